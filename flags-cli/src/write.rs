//! Writing files whole: a reader sees the old text or the new one, never half of it.

use crate::failure::Failure;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process;

/// Writes texts to files that exist: first each to a file beside it, then all renamed over the old ones. Links
/// stay links, and permissions stay as they were.
///
/// # Errors
/// When a file cannot be written; the old ones stay then, unless a rename fails after another succeeded.
pub(crate) fn all(texts: &[(&Path, &str)]) -> Result<(), Failure> {
    let mut prepared: Vec<Prepared> = Vec::new();
    for (path, text) in texts {
        prepared.push(Prepared::new(path, text).map_err(|error| failure(path, &error))?);
    }
    for ready in prepared {
        ready.finish()?;
    }
    Ok(())
}

/// Writes a file that must not exist yet.
///
/// # Errors
/// When it exists, or cannot be written.
pub(crate) fn new(path: &Path, text: &str) -> Result<(), Failure> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(path).map_err(|error| {
        if error.kind() == io::ErrorKind::AlreadyExists {
            Failure::new(format!("`{}` exists already", path.display()))
                .help("edit it, or name another place")
        } else {
            failure(path, &error)
        }
    })?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(|error| failure(path, &error))
}

fn failure(path: &Path, error: &io::Error) -> Failure {
    Failure::new(format!("`{}` cannot be written: {error}", path.display()))
}

/// A text that was written beside its place. It is removed again unless it gets there.
struct Prepared {
    beside: PathBuf,
    place: PathBuf,
    done: bool,
}

impl Prepared {
    fn new(path: &Path, text: &str) -> io::Result<Self> {
        let place = fs::canonicalize(path)?;
        let name = place.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let beside = place.with_file_name(format!(".{name}.{}", process::id()));
        let permissions = fs::metadata(&place)?.permissions();
        let mut file: File = OpenOptions::new().write(true).create_new(true).open(&beside)?;
        let prepared = Self { beside, place, done: false };
        file.write_all(text.as_bytes())?;
        file.set_permissions(permissions)?;
        file.sync_all()?;
        Ok(prepared)
    }

    fn finish(mut self) -> Result<(), Failure> {
        fs::rename(&self.beside, &self.place).map_err(|error| failure(&self.place, &error))?;
        self.done = true;
        Ok(())
    }
}

impl Drop for Prepared {
    fn drop(&mut self) {
        if !self.done {
            // It is only a leftover; the failure itself is told.
            let _ = fs::remove_file(&self.beside);
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::{all, new};
    use std::fs;
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    #[test]
    fn links_and_permissions_stay() {
        let directory = std::env::temp_dir().join(format!("flags-write-{}", std::process::id()));
        fs::create_dir_all(&directory).unwrap();
        let (file, link) = (directory.join("real.yaml"), directory.join("flags.yaml"));
        new(&file, "old").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        symlink("real.yaml", &link).unwrap();
        all(&[(&link, "new")]).unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "new");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert!(new(&file, "again").is_err());
        assert!(all(&[(&file, "newer"), (&directory.join("missing.yaml"), "x")]).is_err());
        assert_eq!(fs::read_to_string(&file).unwrap(), "new");
        assert_eq!(fs::read_dir(&directory).unwrap().count(), 2);
        fs::remove_dir_all(&directory).unwrap();
    }
}
