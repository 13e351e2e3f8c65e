//! One editor at a time: a lock that is held from reading a file until the new one is in its place.

use crate::failure::Failure;
use std::path::Path;

/// Held while a file is edited; released when it is dropped, or when the process ends however it ends.
#[derive(Debug)]
pub(crate) struct Lock {
    #[cfg(unix)]
    directory: Option<std::fs::File>,
}

#[cfg(unix)]
impl Lock {
    /// Waits until nobody else edits a file of the directory that `path` leads to.
    ///
    /// The directory itself is locked, so that no lock file is left behind. Where the file system knows no
    /// locks that is told, and the edit goes on: what was changed meanwhile is noticed before writing.
    pub(crate) fn of(path: &Path) -> Result<Self, Failure> {
        use crate::{file, output};
        use rustix::fs::{FlockOperation, flock};
        use rustix::io::Errno;

        let unreadable =
            |error: std::io::Error| Failure::new(format!("`{}` cannot be read: {error}", path.display()));
        let target = std::fs::canonicalize(path).map_err(unreadable)?;
        let directory = std::fs::File::open(file::directory(&target)).map_err(unreadable)?;
        loop {
            match flock(&directory, FlockOperation::NonBlockingLockExclusive) {
                Err(Errno::WOULDBLOCK) => {
                    output::tell(&format!("waiting for another edit of `{}`", file::shown(path)));
                    // Whatever comes of waiting, the next turn tells it.
                    if flock(&directory, FlockOperation::LockExclusive).is_ok() {
                        return Ok(Self { directory: Some(directory) });
                    }
                }
                Err(Errno::INTR) => {}
                Err(error) => {
                    output::tell(&format!(
                        "note: the file system does not lock `{}` ({error}); of two edits at once one may be refused",
                        file::shown(path)
                    ));
                    return Ok(Self { directory: None });
                }
                Ok(()) => return Ok(Self { directory: Some(directory) }),
            }
        }
    }
}

impl Lock {
    /// Whether nobody else edits there: not so where the file system knows no locks.
    pub(crate) const fn is_held(&self) -> bool {
        #[cfg(unix)]
        return self.directory.is_some();
        #[cfg(not(unix))]
        false
    }
}

#[cfg(not(unix))]
impl Lock {
    /// Directories cannot be locked here: what was changed meanwhile is noticed before writing.
    #[expect(clippy::unnecessary_wraps, reason = "elsewhere it may fail")]
    pub(crate) fn of(_path: &Path) -> Result<Self, Failure> {
        Ok(Self {})
    }
}
