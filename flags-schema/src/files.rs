//! Reading the files of one document: the only code of these crates that opens them.
//!
//! A document's text decides which overlays are opened, and may come from somebody who must not read
//! everything that the program may. So only regular files are read, overlays lie inside the base file's
//! directory, and all files together are bounded while they are read, whatever their size is said to be.

use std::collections::HashMap;
use std::fmt;
use std::fs::{self, File, FileType, Metadata, OpenOptions};
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

/// Bytes that the files of a document may have together: 16 MiB.
pub const LARGEST_DOCUMENT: u64 = crate::LARGEST as u64;

/// How often a file is looked up again that vanished between its look-up and its opening: whoever swaps
/// a directory under a symbolic link, as Kubernetes does, removes the old one at that moment.
const ATTEMPTS: usize = 4;

/// Reads a base file and its overlays, each at most once.
///
/// The base file may be a symbolic link to anywhere. Overlays are looked for relative to the base file's
/// directory, and lie in it or below it once their symbolic links are followed; where the base file is a
/// link, the directory of the file that it leads to counts too. In a Kubernetes volume
/// each file is a link into a directory that is swapped.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use flags_schema::{DocumentFiles, ReadError};
///
/// # let directory = std::env::temp_dir().join(format!("flags-schema-files-{}", std::process::id()));
/// # std::fs::create_dir_all(&directory)?;
/// std::fs::write(directory.join("flags.yaml"), "flags: { new-ui: on }\n")?;
///
/// let mut files = DocumentFiles::new(directory.join("flags.yaml"));
/// assert_eq!(files.read_base()?.text, "flags: { new-ui: on }\n");
/// assert!(matches!(files.read_overlay("../elsewhere.yaml"), Err(ReadError::Outside)));
/// assert!(matches!(files.read_overlay("nowhere.yaml"), Err(ReadError::NotFound)));
/// # std::fs::remove_dir_all(&directory)?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct DocumentFiles {
    base: PathBuf,
    /// Bytes that may still be read.
    left: u64,
    /// What was read of overlays, by their paths without symbolic links.
    overlays: HashMap<PathBuf, Result<FileText, ReadError>>,
}

/// A file that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileText {
    /// Its path: the base file's as it was given, an overlay's from the base file's directory on, without
    /// `.` and `..`. A file that overlays name in several ways has the path of the first.
    pub path: PathBuf,
    /// What it holds.
    pub text: String,
}

/// Why a file is not read. It prints as the reason alone, without the file's name or a word of its text.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReadError {
    /// There is no such file.
    NotFound,
    /// It is something else than a regular file: what, with its article.
    NotRegular(&'static str),
    /// An overlay outside the base file's directory.
    Outside,
    /// An overlay that is the base file.
    BaseFile,
    /// The files of the document have more than 16 MiB together.
    TooLarge,
    /// It is not UTF-8.
    NotUtf8 {
        /// The first byte that is not.
        offset: usize,
    },
    /// What the system said.
    System(String),
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound => f.write_str("there is no such file"),
            Self::NotRegular(what) => write!(f, "it is {what}, and only regular files are read"),
            Self::Outside => f.write_str("it lies outside the directory of the base file"),
            Self::BaseFile => f.write_str("it is the base file itself"),
            Self::TooLarge => f.write_str("the files of a document have at most 16 MiB together"),
            Self::NotUtf8 { offset } => write!(f, "it is not UTF-8 from byte {offset} on"),
            Self::System(said) => f.write_str(said),
        }
    }
}

impl std::error::Error for ReadError {}

impl From<io::Error> for ReadError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::NotFound,
            _ => Self::System(error.to_string()),
        }
    }
}

impl DocumentFiles {
    /// The document whose base file is at this path. Nothing is read yet.
    #[must_use]
    pub fn new(base: impl Into<PathBuf>) -> Self {
        Self { base: base.into(), left: LARGEST_DOCUMENT, overlays: HashMap::new() }
    }

    /// The base file. Reading it is optional: overlays of a text that is not there yet are found all the
    /// same.
    ///
    /// # Errors
    /// When it is no regular file in UTF-8, or larger than 16 MiB.
    pub fn read_base(&mut self) -> Result<FileText, ReadError> {
        let text = self.text(&self.base.clone(), false)?;
        Ok(FileText { path: self.base.clone(), text })
    }

    /// The overlay that the base file calls `name`.
    ///
    /// # Errors
    /// When it is no regular file in UTF-8, lies outside the base file's directory, or makes the files of
    /// the document larger than 16 MiB together.
    pub fn read_overlay(&mut self, name: &str) -> Result<FileText, ReadError> {
        let path = self.overlay_path(name).ok_or(ReadError::Outside)?;
        let mut outcome = Err(ReadError::NotFound);
        for _ in 0..ATTEMPTS {
            let found = self.inside(&path)?;
            if let Some(read) = self.overlays.get(&found) {
                return read.clone();
            }
            outcome = self.text(&found, true).map(|text| FileText { path: path.clone(), text });
            if outcome != Err(ReadError::NotFound) {
                self.overlays.insert(found, outcome.clone());
                break;
            }
        }
        outcome
    }

    /// Where an overlay of that name is looked for; `None` when the name alone leads out of the base
    /// file's directory.
    #[must_use]
    pub fn overlay_path(&self, name: &str) -> Option<PathBuf> {
        let mut path = PathBuf::new();
        for part in Path::new(name).components() {
            match part {
                Component::Normal(part) => path.push(part),
                Component::CurDir => {}
                Component::ParentDir => {
                    if !path.pop() {
                        return None;
                    }
                }
                Component::RootDir | Component::Prefix(_) => return None,
            }
        }
        let directory = self.base.parent().unwrap_or(Path::new(""));
        let here = directory.as_os_str().is_empty() || directory == Path::new(".");
        Some(if here { path } else { directory.join(path) })
    }

    /// The path of an overlay without symbolic links, when it is one that may be read.
    fn inside(&self, path: &Path) -> Result<PathBuf, ReadError> {
        let found = path.canonicalize()?;
        let base = self.base.canonicalize().ok();
        if base.as_ref() == Some(&found) {
            return Err(ReadError::BaseFile);
        }
        let directory = match self.base.parent() {
            Some(directory) if !directory.as_os_str().is_empty() => directory,
            _ => Path::new("."),
        };
        let given = directory.canonicalize()?;
        let target = base.as_deref().and_then(Path::parent);
        if found.starts_with(given) || target.is_some_and(|target| found.starts_with(target)) {
            return Ok(found);
        }
        Err(ReadError::Outside)
    }

    /// The text of a file, counted against the bound.
    fn text(&mut self, path: &Path, resolved: bool) -> Result<String, ReadError> {
        let file = open(path, resolved)?;
        let mut bytes = Vec::new();
        file.take(self.left.saturating_add(1)).read_to_end(&mut bytes)?;
        self.left = self.left.checked_sub(bytes.len() as u64).ok_or(ReadError::TooLarge)?;
        String::from_utf8(bytes)
            .map_err(|error| ReadError::NotUtf8 { offset: error.utf8_error().valid_up_to() })
    }
}

/// Opens a regular file, and waits for nobody: neither a FIFO's writer nor a device. What it is, is asked
/// before it is opened, since opening a device may do something, and of what was opened, since another
/// file may have taken its name.
fn open(path: &Path, resolved: bool) -> Result<File, ReadError> {
    regular(&fs::metadata(path)?)?;
    let file = options(resolved).open(path)?;
    regular(&file.metadata()?)?;
    Ok(file)
}

#[cfg(unix)]
fn options(resolved: bool) -> OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = OpenOptions::new();
    // A path without symbolic links that has one now is not what was looked at.
    let links = if resolved { libc::O_NOFOLLOW } else { 0 };
    options.read(true).custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY | links);
    options
}

#[cfg(not(unix))]
fn options(_: bool) -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true);
    options
}

fn regular(metadata: &Metadata) -> Result<(), ReadError> {
    if metadata.is_file() { Ok(()) } else { Err(ReadError::NotRegular(describe(metadata.file_type()))) }
}

fn describe(kind: FileType) -> &'static str {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        if kind.is_fifo() {
            return "a named pipe";
        }
        if kind.is_socket() {
            return "a socket";
        }
        if kind.is_char_device() || kind.is_block_device() {
            return "a device";
        }
    }
    if kind.is_dir() { "a directory" } else { "no file" }
}
