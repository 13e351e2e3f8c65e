//! Writing files whole: a reader sees the old text or the new one, never half of it, and what else a file is
//! (owner, mode, attributes, links) stays as it was.

use crate::failure::Failure;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// A text to be written: where, what is there now, and what shall be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Replacement<'t> {
    pub(crate) path: &'t Path,
    pub(crate) before: &'t str,
    pub(crate) after: &'t str,
}

/// Writes texts to files that exist: first each to a file beside it, then all renamed over the old ones.
///
/// # Errors
/// When a file is not what was read, must not be written, or cannot be replaced by one that is the same but for its
/// text. Then nothing is written: what was already renamed is put back.
pub(crate) fn all(texts: &[Replacement<'_>]) -> Result<(), Failure> {
    let prepared: Vec<Prepared> = texts.iter().map(Prepared::new).collect::<Result<_, _>>()?;
    for text in texts {
        if fs::read(text.path).ok().as_deref() != Some(text.before.as_bytes()) {
            return Err(Failure::new(format!("`{}` has changed meanwhile", text.path.display()))
                .help("run the command again"));
        }
    }
    for (done, ready) in prepared.into_iter().enumerate() {
        let Err(failure) = ready.finish() else { continue };
        for text in texts.iter().take(done) {
            let back = Replacement { path: text.path, before: text.after, after: text.before };
            if Prepared::new(&back).and_then(Prepared::finish).is_err() {
                return Err(
                    failure.help(format!("`{}` is written already: put it back", text.path.display()))
                );
            }
        }
        return Err(failure);
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
            Failure::new(format!("`{}` exists already", path.display())).help("edit it, or name another path")
        } else {
            failure(path, &error)
        }
    })?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(|error| failure(path, &error))
}

/// Removes what edits that were killed left beside a file. Only while nobody else edits there.
pub(crate) fn clean(path: &Path) {
    let Ok(real) = fs::canonicalize(path) else { return };
    let (Some(directory), Some(name)) = (real.parent(), real.file_name().and_then(|name| name.to_str()))
    else {
        return;
    };
    let Ok(entries) = fs::read_dir(directory) else { return };
    for entry in entries.flatten() {
        let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
        if is_file && entry.file_name().to_str().is_some_and(|found| is_leftover(found, name)) {
            // One that cannot be removed does no harm: new ones have other names.
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Whether a file's name is that of a text which was being written for `name`: `.flags.yaml.x1y2z3.tmp`, or with the
/// number of a process as earlier versions wrote it.
fn is_leftover(found: &str, name: &str) -> bool {
    let Some(rest) = found.strip_prefix('.').and_then(|rest| rest.strip_prefix(name)) else { return false };
    let Some(rest) = rest.strip_prefix('.') else { return false };
    match rest.strip_suffix(SUFFIX) {
        Some(random) => random.len() == RANDOM && random.chars().all(|c| c.is_ascii_alphanumeric()),
        None => !rest.is_empty() && rest.chars().all(|c| c.is_ascii_digit()),
    }
}

const SUFFIX: &str = ".tmp";

/// Letters and digits of a name that no other file has.
const RANDOM: usize = 12;

fn failure(path: &Path, error: &io::Error) -> Failure {
    Failure::new(format!("`{}` cannot be written: {error}", path.display()))
}

/// A text that was written beside where it belongs. It is removed again unless it gets there.
#[derive(Debug)]
struct Prepared {
    beside: NamedTempFile,
    /// Where it belongs, links followed.
    real: PathBuf,
}

impl Prepared {
    fn new(text: &Replacement<'_>) -> Result<Self, Failure> {
        let refuse = |error: io::Error| failure(text.path, &error);
        let real = fs::canonicalize(text.path).map_err(refuse)?;
        let old = fs::metadata(&real).map_err(refuse)?;
        refuse_what_must_not_be_replaced(text.path, &real, &old)?;
        let name = real.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let directory = real.parent().unwrap_or(Path::new("."));
        let mut beside = tempfile::Builder::new()
            .prefix(&format!(".{name}."))
            .rand_bytes(RANDOM)
            .suffix(SUFFIX)
            .tempfile_in(directory)
            .map_err(|error| {
                failure(text.path, &error)
                    .help("an edit writes a new file beside it: the directory must be writable")
            })?;
        beside.write_all(text.after.as_bytes()).map_err(refuse)?;
        keep(text.path, &real, &old, beside.as_file())?;
        beside.as_file().set_permissions(old.permissions()).map_err(refuse)?;
        beside.as_file().sync_all().map_err(refuse)?;
        Ok(Self { beside, real })
    }

    fn finish(self) -> Result<(), Failure> {
        self.beside.persist(&self.real).map_err(|error| failure(&self.real, &error.error))?;
        #[cfg(unix)]
        if let Some(directory) = self.real.parent() {
            // The rename is done; that it also survives a power cut is the most that can be asked for.
            let _ = File::open(directory).and_then(|directory| directory.sync_all());
        }
        Ok(())
    }
}

/// Refuses files that a person has closed to edits, and those that cannot be replaced.
fn refuse_what_must_not_be_replaced(path: &Path, real: &Path, old: &Metadata) -> Result<(), Failure> {
    let shown = path.display();
    if !old.is_file() {
        return Err(Failure::new(format!("`{shown}` is no regular file")).help("name a file"));
    }
    let closed = || {
        Failure::new(format!("`{shown}` is read-only"))
            .help("make it writable first, if you may: somebody has closed it to edits")
    };
    if old.permissions().readonly() {
        return Err(closed());
    }
    OpenOptions::new().write(true).open(real).map_err(|error| match error.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => closed(),
        _ => failure(path, &error),
    })?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        if old.nlink() > 1 {
            return Err(Failure::new(format!(
                "`{shown}` has {} names (hard links), and an edit would part this one from the others",
                old.nlink()
            ))
            .help("make it the only one, or a symbolic link, or edit the text in place"));
        }
    }
    Ok(())
}

/// Gives the new file the owner and the extended attributes of the old one, access control lists among them.
#[cfg(unix)]
fn keep(path: &Path, real: &Path, old: &Metadata, new: &File) -> Result<(), Failure> {
    use std::os::unix::fs::{MetadataExt as _, fchown};
    use xattr::FileExt as _;
    let refuse = |what: &str, error: io::Error| {
        Failure::new(format!("`{}` is not written: {what} cannot be kept: {error}", path.display()))
            .help("run the command as its owner, or edit the text in place")
    };
    let now = new.metadata().map_err(|error| failure(path, &error))?;
    if (now.uid(), now.gid()) != (old.uid(), old.gid()) {
        fchown(new, Some(old.uid()), Some(old.gid())).map_err(|error| refuse("its owner", error))?;
    }
    let names = match xattr::list(real) {
        Ok(names) => names,
        Err(error) if error.kind() == io::ErrorKind::Unsupported => return Ok(()),
        Err(error) => return Err(refuse("its extended attributes", error)),
    };
    for name in names {
        let told = |error| refuse(&format!("the extended attribute `{}`", name.to_string_lossy()), error);
        let Some(value) = xattr::get(real, &name).map_err(told)? else { continue };
        // What the directory gives to each new file, such as a security label, may not be for us to set.
        if new.get_xattr(&name).ok().flatten().as_deref() != Some(&value) {
            new.set_xattr(&name, &value).map_err(told)?;
        }
    }
    Ok(())
}

/// The system keeps what belongs to a file when it is replaced.
#[cfg(not(unix))]
fn keep(_path: &Path, _real: &Path, _old: &Metadata, _new: &File) -> Result<(), Failure> {
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use super::{Replacement, all, clean, is_leftover, new};
    use std::fs;
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
    use std::path::Path;

    fn replace<'t>(path: &'t Path, before: &'t str, after: &'t str) -> Replacement<'t> {
        Replacement { path, before, after }
    }

    #[test]
    fn links_permissions_and_attributes_stay() {
        let directory = tempfile::tempdir().unwrap();
        let (file, link) = (directory.path().join("real.yaml"), directory.path().join("flags.yaml"));
        new(&file, "old").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        let has_attributes = xattr::set(&file, "user.team", b"growth").is_ok();
        symlink("real.yaml", &link).unwrap();
        all(&[replace(&link, "old", "new")]).unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "new");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        if has_attributes {
            assert_eq!(xattr::get(&file, "user.team").unwrap().as_deref(), Some(&b"growth"[..]));
        }
        assert!(new(&file, "again").is_err());
        let missing = directory.path().join("missing.yaml");
        assert!(all(&[replace(&file, "new", "newer"), replace(&missing, "", "x")]).is_err());
        assert!(all(&[replace(&file, "not this", "newer")]).is_err());
        assert_eq!(fs::read_to_string(&file).unwrap(), "new");
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 2);
    }

    #[test]
    fn an_owner_stays() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("flags.yaml");
        new(&file, "old").unwrap();
        if std::os::unix::fs::chown(&file, Some(1234), Some(2345)).is_err() {
            return; // only root may give files away
        }
        all(&[replace(&file, "old", "new")]).unwrap();
        let kept = fs::metadata(&file).unwrap();
        assert_eq!((kept.uid(), kept.gid()), (1234, 2345));
    }

    #[test]
    fn what_is_closed_or_shared_is_refused_and_stays() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("flags.yaml");
        new(&file, "old").unwrap();
        fs::hard_link(&file, directory.path().join("other.yaml")).unwrap();
        let failure = all(&[replace(&file, "old", "new")]).unwrap_err().to_string();
        assert!(failure.contains("has 2 names (hard links)"), "{failure}");
        fs::remove_file(directory.path().join("other.yaml")).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o444)).unwrap();
        let failure = all(&[replace(&file, "old", "new")]).unwrap_err().to_string();
        assert!(failure.contains("is read-only"), "{failure}");
        assert_eq!(fs::read_to_string(&file).unwrap(), "old");
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_killed_edits_left_is_removed() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("flags.yaml");
        new(&file, "old").unwrap();
        let others =
            [".flags.yaml", ".flags.yaml.swp", ".flags.yaml.12a", ".flags.staging.yaml.7", "flags.yaml.7"];
        for other in others {
            new(&directory.path().join(other), "theirs").unwrap();
        }
        fs::create_dir(directory.path().join(".flags.yaml.77")).unwrap();
        new(&directory.path().join(".flags.yaml.4711"), "half").unwrap();
        new(&directory.path().join(".flags.yaml.a1B2c3D4e5F6.tmp"), "half").unwrap();
        clean(&file);
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), others.len() + 2);
        for name in ["flags.yaml.1", ".flags.yaml.", ".flags.yaml.tmp", ".flags.yaml.short.tmp"] {
            assert!(!is_leftover(name, "flags.yaml"), "{name}");
        }
    }
}
