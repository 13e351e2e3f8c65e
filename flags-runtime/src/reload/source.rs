//! Where a reloaded document comes from.

use flags_schema::Source as Text;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Somewhere that a document can be read from: a file, a text, or one's own.
///
/// ```
/// use flags_runtime::{Text, reload::Source};
///
/// /// A document kept in some configuration service.
/// struct Service;
///
/// impl Source for Service {
///     fn read(&self) -> Result<Text, String> {
///         Ok(Text::new("service:flags", "flags:\n  new-ui: on\n"))
///     }
///     fn read_overlay(&self, name: &str) -> Result<Text, String> {
///         Err(format!("the service has no overlay `{name}`"))
///     }
/// }
/// ```
pub trait Source {
    /// The base file's name and text.
    ///
    /// # Errors
    /// A message that says why it cannot be read.
    fn read(&self) -> Result<Text, String>;

    /// The name and text of an overlay, called as the base file calls it.
    ///
    /// # Errors
    /// A message that says why it cannot be read.
    fn read_overlay(&self, name: &str) -> Result<Text, String>;
}

impl<S: Source + ?Sized> Source for &S {
    fn read(&self) -> Result<Text, String> {
        (**self).read()
    }
    fn read_overlay(&self, name: &str) -> Result<Text, String> {
        (**self).read_overlay(name)
    }
}

/// A file; overlays are relative to it.
impl Source for Path {
    fn read(&self) -> Result<Text, String> {
        read_file(self)
    }
    fn read_overlay(&self, name: &str) -> Result<Text, String> {
        read_file(&beside(self, name))
    }
}

/// A file; overlays are relative to it.
impl Source for PathBuf {
    fn read(&self) -> Result<Text, String> {
        self.as_path().read()
    }
    fn read_overlay(&self, name: &str) -> Result<Text, String> {
        self.as_path().read_overlay(name)
    }
}

/// A text, which has no overlays.
impl Source for Text {
    fn read(&self) -> Result<Text, String> {
        Ok(self.clone())
    }
    fn read_overlay(&self, name: &str) -> Result<Text, String> {
        Err(format!("a text has no overlay `{name}` beside it"))
    }
}

pub(crate) fn beside(base: &Path, name: &str) -> PathBuf {
    base.parent().unwrap_or_else(|| Path::new("")).join(name)
}

/// Bytes of the largest file that is read: one more than is accepted, so that it is seen to be too
/// large.
const LARGEST: u64 = 16 * 1024 * 1024 + 1;

fn read_file(path: &Path) -> Result<Text, String> {
    let refused = |error: &io::Error| format!("cannot read `{}`: {error}", path.display());
    let file = File::open(path).map_err(|error| refused(&error))?;
    let metadata = file.metadata().map_err(|error| refused(&error))?;
    if !metadata.is_file() {
        return Err(format!("`{}` is no file", path.display()));
    }
    let mut bytes = Vec::new();
    file.take(LARGEST).read_to_end(&mut bytes).map_err(|error| refused(&error))?;
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Text::new(path.display().to_string(), text)),
        // A cut through the middle of a character of a file that is too large anyway.
        Err(error) if error.as_bytes().len() as u64 == LARGEST => {
            Ok(Text::new(path.display().to_string(), String::from_utf8_lossy(error.as_bytes())))
        }
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            Err(format!("`{}` is not UTF-8 (at byte {at})", path.display()))
        }
    }
}
