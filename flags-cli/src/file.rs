//! Finding, reading and checking the file of flags.

use crate::failure::Failure;
use crate::output;
use flags_schema::{Document, DocumentFiles, Flag, Loaded, Options, SourceFile, Timestamp, load, render};
use std::path::{Path, PathBuf};
use std::{env, fs};

/// The name that is looked for.
pub(crate) const NAME: &str = "flags.yaml";

/// A file that was read, overlays included.
#[derive(Debug)]
pub(crate) struct File {
    pub(crate) path: PathBuf,
    pub(crate) loaded: Loaded,
}

impl File {
    /// Finds and reads the file; it may have errors.
    pub(crate) fn open(path: Option<&Path>, today: Option<Timestamp>) -> Result<Self, Failure> {
        let path = match path {
            Some(path) => path.to_owned(),
            None => find()?,
        };
        let mut files = DocumentFiles::new(path.as_path());
        let base = files
            .read_base()
            .map_err(|reason| Failure::new(format!("`{}` cannot be read: {reason}", path.display())))?;
        let mut read = |name: &str| {
            let read = files.read_overlay(name).map_err(|reason| reason.to_string())?;
            Ok(SourceFile::new(shown(&read.path), read.text))
        };
        let loaded = load(SourceFile::new(shown(&path), base.text), &mut read, &Options { today });
        Ok(Self { path, loaded })
    }

    /// Finds and reads the file; one with errors is a failure, and standard error says which.
    pub(crate) fn sound(path: Option<&Path>) -> Result<Self, Failure> {
        let file = Self::open(path, None)?;
        file.refuse_errors()?;
        Ok(file)
    }

    /// Tells the errors, if there are any, and fails.
    pub(crate) fn refuse_errors(&self) -> Result<(), Failure> {
        if !self.loaded.diagnostics.has_errors() {
            return Ok(());
        }
        let errors: Vec<_> = self
            .loaded
            .diagnostics
            .iter()
            .filter(|diagnostic| diagnostic.severity == flags_schema::Severity::Error)
            .collect();
        let count = output::count(errors.len(), "error");
        output::tell_styled(render::styled(errors, &self.loaded.sources).trim_end());
        Err(Failure::new(format!("`{}` has {count}", self.path.display()))
            .help("correct the file; `flags check` reports everything"))
    }

    /// What it says.
    pub(crate) const fn document(&self) -> &Document {
        &self.loaded.document
    }

    /// The flag of that key.
    pub(crate) fn flag(&self, key: &str) -> Result<&Flag, Failure> {
        flag(self.document(), key)
    }

    /// The directory that it is in.
    pub(crate) fn directory(&self) -> &Path {
        directory(&self.path)
    }
}

/// The flag of that key.
pub(crate) fn flag<'d>(document: &'d Document, key: &str) -> Result<&'d Flag, Failure> {
    document.flags.iter().find(|flag| *flag.key == *key).ok_or_else(|| {
        let known = document.flags.iter().map(|flag| flag.key.as_str());
        Failure::unknown("flag", key, known, "`flags list` shows those that do")
    })
}

/// Refuses an environment that the document does not declare.
pub(crate) fn environment<'n>(
    document: &Document,
    name: Option<&'n str>,
) -> Result<Option<&'n str>, Failure> {
    let Some(name) = name.filter(|name| !name.is_empty()) else { return Ok(None) };
    let known = || document.environments.iter().map(|environment| environment.name.as_str());
    if known().any(|known| known == name) {
        return Ok(Some(name));
    }
    let otherwise = if document.environments.is_empty() {
        "the file declares no environments".to_owned()
    } else {
        format!(
            "the file declares {}",
            known().map(|known| format!("`{known}`")).collect::<Vec<_>>().join(", ")
        )
    };
    Err(Failure::unknown("environment", name, known(), &otherwise))
}

/// The environment that applies when none is asked for.
pub(crate) fn default_environment(document: &Document) -> Option<&str> {
    document.environments.iter().find(|environment| environment.default).map(|it| it.name.as_str())
}

/// The path of an overlay: relative to the base file's directory.
pub(crate) fn beside(directory: &Path, name: &str) -> PathBuf {
    if directory.as_os_str().is_empty() || directory == Path::new(".") {
        PathBuf::from(name)
    } else {
        directory.join(name)
    }
}

pub(crate) fn directory(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new(""))
}

/// A path as it is shown: with slashes, so that what is printed is the same everywhere.
pub(crate) fn shown(path: &Path) -> String {
    path.display().to_string().replace('\\', "/")
}

/// `flags.yaml` here or above, no farther than the root of the workspace or repository.
pub(crate) fn find() -> Result<PathBuf, Failure> {
    let here = env::current_dir()
        .map_err(|error| Failure::new(format!("the current directory cannot be read: {error}")))?;
    let mut upwards = PathBuf::new();
    for directory in here.ancestors() {
        let candidate = upwards.join(NAME);
        if candidate.is_file() {
            return Ok(candidate);
        }
        if is_root(directory) {
            break;
        }
        upwards.push("..");
    }
    Err(Failure::usage(format!("there is no `{NAME}` in this directory or above it"))
        .help("write a first one with `flags init`, or name it with `--file`"))
}

/// Whether the search ends here: at a workspace, a repository, or a packaged crate.
fn is_root(directory: &Path) -> bool {
    let manifest = || fs::read_to_string(directory.join("Cargo.toml"));
    directory.join(".git").exists()
        || directory.join("Cargo.toml.orig").is_file()
        || manifest().is_ok_and(|text| text.lines().any(|line| line.trim().starts_with("[workspace")))
}
