//! A document as texts: the base file and its overlays.

use flags_schema::{Loaded, Options, SourceFile, load};
use serde::{Deserialize, Serialize};

/// One text of a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceText {
    /// How `environments` names it, as in `overlay: flags.staging.yaml`; of the base file, its name.
    pub file: String,
    /// What messages call it; most often the same.
    pub name: String,
    /// The text.
    pub text: String,
}

/// The texts of a document: the base file, and the overlays that its environments name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceSet {
    base: SourceText,
    overlays: Vec<SourceText>,
}

impl SourceSet {
    /// A base file without overlays; `name` is what messages call it.
    #[must_use]
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        let name = name.into();
        Self { base: SourceText { file: name.clone(), name, text: text.into() }, overlays: Vec::new() }
    }

    /// Adds an overlay, or replaces the one of that file; `file` is how the base file names it.
    #[must_use]
    pub fn with_overlay(self, file: impl Into<String>, text: impl Into<String>) -> Self {
        let file = file.into();
        self.with_overlay_named(file.clone(), file, text)
    }

    /// Adds an overlay that messages call `name`.
    #[must_use]
    pub fn with_overlay_named(
        mut self,
        file: impl Into<String>,
        name: impl Into<String>,
        text: impl Into<String>,
    ) -> Self {
        let overlay = SourceText { file: file.into(), name: name.into(), text: text.into() };
        match self.overlays.iter_mut().find(|other| other.file == overlay.file) {
            Some(other) => *other = overlay,
            None => self.overlays.push(overlay),
        }
        self
    }

    /// The base file.
    #[must_use]
    pub const fn base(&self) -> &SourceText {
        &self.base
    }

    /// The overlays.
    #[must_use]
    pub fn overlays(&self) -> &[SourceText] {
        &self.overlays
    }

    /// All texts, the base file first.
    pub fn iter(&self) -> impl Iterator<Item = &SourceText> + Clone {
        std::iter::once(&self.base).chain(&self.overlays)
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut SourceText> {
        std::iter::once(&mut self.base).chain(&mut self.overlays)
    }

    /// Reads and checks the document. An overlay that is named and not in the set is an error of it.
    #[must_use]
    pub fn load(&self, options: &Options) -> Loaded {
        let mut overlay = |file: &str| {
            let overlay = self.overlays.iter().find(|overlay| overlay.file == file);
            overlay
                .map(|overlay| SourceFile::new(overlay.name.clone(), overlay.text.clone()))
                .ok_or_else(|| "there is no such file".to_owned())
        };
        load(SourceFile::new(self.base.name.clone(), self.base.text.clone()), &mut overlay, options)
    }
}
