//! Where a reloaded document comes from.

use flags_schema::SourceFile;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Somewhere that a document can be read from: a file, a text, or one's own.
///
/// ```
/// use flags_runtime::{SourceFile, reload::DocumentSource};
///
/// /// A document kept in some configuration service.
/// struct Service;
///
/// impl DocumentSource for Service {
///     fn read(&self) -> Result<SourceFile, String> {
///         Ok(SourceFile::new("service:flags", "flags:\n  new-ui: on\n"))
///     }
///     fn read_overlay(&self, name: &str) -> Result<SourceFile, String> {
///         Err(format!("the service has no overlay `{name}`"))
///     }
/// }
/// ```
pub trait DocumentSource {
    /// The base file's name and text.
    ///
    /// # Errors
    /// A message that says why it cannot be read.
    fn read(&self) -> Result<SourceFile, String>;

    /// The name and text of an overlay, called as the base file calls it.
    ///
    /// # Errors
    /// A message that says why it cannot be read.
    fn read_overlay(&self, name: &str) -> Result<SourceFile, String>;
}

impl<S: DocumentSource + ?Sized> DocumentSource for &S {
    fn read(&self) -> Result<SourceFile, String> {
        (**self).read()
    }
    fn read_overlay(&self, name: &str) -> Result<SourceFile, String> {
        (**self).read_overlay(name)
    }
}

/// A file; overlays are relative to it.
impl DocumentSource for Path {
    fn read(&self) -> Result<SourceFile, String> {
        read_file(self)
    }
    fn read_overlay(&self, name: &str) -> Result<SourceFile, String> {
        read_file(&beside(self, name))
    }
}

/// A file; overlays are relative to it.
impl DocumentSource for PathBuf {
    fn read(&self) -> Result<SourceFile, String> {
        self.as_path().read()
    }
    fn read_overlay(&self, name: &str) -> Result<SourceFile, String> {
        self.as_path().read_overlay(name)
    }
}

/// A text, which has no overlays.
impl DocumentSource for SourceFile {
    fn read(&self) -> Result<SourceFile, String> {
        Ok(self.clone())
    }
    fn read_overlay(&self, name: &str) -> Result<SourceFile, String> {
        Err(format!("a text has no overlay `{name}` beside it"))
    }
}

pub(crate) fn beside(base: &Path, name: &str) -> PathBuf {
    base.parent().unwrap_or_else(|| Path::new("")).join(name)
}

/// Bytes of the largest file that is read: one more than is accepted, so that it is seen to be too
/// large.
const LARGEST: u64 = 16 * 1024 * 1024 + 1;

fn read_file(path: &Path) -> Result<SourceFile, String> {
    let refused = |error: &io::Error| format!("cannot read `{}`: {error}", path.display());
    let file = File::open(path).map_err(|error| refused(&error))?;
    let metadata = file.metadata().map_err(|error| refused(&error))?;
    if !metadata.is_file() {
        return Err(format!("`{}` is no file", path.display()));
    }
    let mut bytes = Vec::new();
    file.take(LARGEST).read_to_end(&mut bytes).map_err(|error| refused(&error))?;
    match String::from_utf8(bytes) {
        Ok(text) => Ok(SourceFile::new(path.display().to_string(), text)),
        // A cut through the middle of a character of a file that is too large anyway.
        Err(error) if error.as_bytes().len() as u64 == LARGEST => {
            Ok(SourceFile::new(path.display().to_string(), String::from_utf8_lossy(error.as_bytes())))
        }
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            Err(format!("`{}` is not UTF-8 (at byte {at})", path.display()))
        }
    }
}
