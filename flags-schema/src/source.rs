//! The texts a document is read from.

use crate::FileId;

/// One file: its name as shown to people, and its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// The name shown in messages, usually its path.
    pub name: String,
    /// The text.
    pub text: String,
}

impl SourceFile {
    /// A file of that name and text.
    #[must_use]
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self { name: name.into(), text: text.into() }
    }
}

/// The base file and the overlays that were read; [`FileId`] indexes them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sources(Vec<SourceFile>);

impl Sources {
    /// Adds a file and returns its index, or `None` after 65,536 of them.
    pub fn add(&mut self, source: SourceFile) -> Option<FileId> {
        let id = u16::try_from(self.0.len()).ok()?;
        self.0.push(source);
        Some(FileId(id))
    }

    /// The file of that index.
    #[must_use]
    pub fn get(&self, file: FileId) -> Option<&SourceFile> {
        self.0.get(usize::from(file.0))
    }

    /// All files in the order of their indices.
    pub fn iter(&self) -> std::slice::Iter<'_, SourceFile> {
        self.0.iter()
    }
}

impl<'a> IntoIterator for &'a Sources {
    type Item = &'a SourceFile;
    type IntoIter = std::slice::Iter<'a, SourceFile>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
