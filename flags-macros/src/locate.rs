//! Finding the document: which file, and what a message calls it. Nothing is read but manifests.

use crate::args::Origin;
use crate::host::Host;
use crate::manifest::Manifest;
use std::path::{Component, Path, PathBuf};

const FILE: &str = "flags.yaml";

/// Where the document is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Location {
    /// Its absolute path.
    pub(crate) path: PathBuf,
    /// Its directory, relative to which overlays are.
    pub(crate) directory: PathBuf,
    /// The directory that names in messages are relative to: the workspace's root, as in rustc's own.
    pub(crate) root: PathBuf,
    /// The manifest whose metadata named it.
    pub(crate) manifest: Option<PathBuf>,
    /// Whether `FLAGS_FILE` can change which file is read.
    pub(crate) by_environment: bool,
}

/// Why there is no document.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NotFound {
    /// The path argument leads nowhere.
    Path(String),
    /// The candidates that were tried, each with what was found there.
    Tried(Vec<String>),
}

impl NotFound {
    /// The fact and the action, for a compile error.
    pub(crate) fn message(&self) -> (String, String) {
        match self {
            Self::Path(path) => (
                format!("there is no file `{path}`"),
                "create it, or correct the path: it starts at the directory of `Cargo.toml`".to_owned(),
            ),
            Self::Tried(candidates) => (
                format!("no flags document found; tried\n  {}", candidates.join("\n  ")),
                format!(
                    "create `{FILE}` beside `Cargo.toml`, or give its path: `flags!(\"path/to/{FILE}\")`"
                ),
            ),
        }
    }
}

/// Finds the document of `flags!(…)`. An inline document has no file: its location is where the file would be.
pub(crate) fn locate(origin: &Origin, host: &Host) -> Result<Location, NotFound> {
    let root = workspace(&host.manifest_dir);
    let search = Search { host, root: root.as_deref(), tried: Vec::new() };
    match origin {
        Origin::Inline(_) => Ok(search.location(host.manifest_dir.join(FILE))),
        Origin::Path(path) => search.path(path),
        Origin::Search => search.usual(),
    }
}

struct Search<'a> {
    host: &'a Host,
    root: Option<&'a Path>,
    tried: Vec<String>,
}

impl Search<'_> {
    /// A path argument: that file and no other.
    fn path(self, path: &str) -> Result<Location, NotFound> {
        let absolute = self.absolute(Path::new(path));
        if absolute.is_file() {
            return Ok(self.location(absolute));
        }
        Err(NotFound::Path(self.shown(&absolute)))
    }

    /// `FLAGS_FILE`, the manifest's metadata, beside the manifest, the workspace's root.
    fn usual(mut self) -> Result<Location, NotFound> {
        let mut location = self.first()?;
        location.by_environment = true;
        Ok(location)
    }

    fn first(&mut self) -> Result<Location, NotFound> {
        let package = &self.host.manifest_dir;
        if let Some(value) = &self.host.flags_file {
            let path = self.absolute(Path::new(value));
            // Whoever sets the variable means that file. Falling back to another one would hide the mistake.
            return self
                .take(&path, "`FLAGS_FILE`")
                .ok_or_else(|| NotFound::Tried(std::mem::take(&mut self.tried)));
        }
        self.tried.push("the environment variable `FLAGS_FILE`: not set".to_owned());
        if let Some(file) = Manifest::read(package).and_then(|manifest| manifest.file) {
            let path = self.absolute(Path::new(&file));
            let found = self.take(&path, "`package.metadata.flags.file` in `Cargo.toml`");
            return found
                .map(|location| Location { manifest: Some(package.join("Cargo.toml")), ..location })
                .ok_or_else(|| NotFound::Tried(std::mem::take(&mut self.tried)));
        }
        self.tried.push("`package.metadata.flags.file` in `Cargo.toml`: not set".to_owned());
        if let Some(location) = self.take(&package.join(FILE), "beside the manifest") {
            return Ok(location);
        }
        match self.root {
            Some(root) if root != package => self.take(&root.join(FILE), "at the workspace's root"),
            _ => None,
        }
        .ok_or_else(|| NotFound::Tried(std::mem::take(&mut self.tried)))
    }

    fn take(&mut self, path: &Path, what: &str) -> Option<Location> {
        if path.is_file() {
            return Some(self.location(path.to_owned()));
        }
        self.tried.push(format!("{what}: `{}` is no file", self.shown(path)));
        None
    }

    fn location(&self, path: PathBuf) -> Location {
        let directory = path.parent().map_or_else(|| self.host.manifest_dir.clone(), Path::to_owned);
        let root = self.root.unwrap_or(&self.host.manifest_dir).to_owned();
        Location { path, directory, root, manifest: None, by_environment: false }
    }

    fn absolute(&self, path: &Path) -> PathBuf {
        normal(&self.host.manifest_dir.join(path))
    }

    fn shown(&self, path: &Path) -> String {
        display(path, self.root.unwrap_or(&self.host.manifest_dir))
    }
}

/// The root of the workspace that the package belongs to, if it is a workspace's member.
///
/// The search stops at a directory with a `Cargo.toml.orig`: that is a packaged crate, and the directories
/// above it belong to a registry or to another project.
fn workspace(package: &Path) -> Option<PathBuf> {
    for directory in package.ancestors() {
        if let Some(manifest) = Manifest::read(directory).filter(|manifest| manifest.workspace) {
            let excluded = manifest.exclude.iter().any(|path| package.starts_with(directory.join(path)));
            return (!excluded).then(|| directory.to_owned());
        }
        if directory.join("Cargo.toml.orig").is_file() {
            return None;
        }
    }
    None
}

/// `path` as messages name it: relative to `root` where it lies within, with `/`.
pub(crate) fn display(path: &Path, root: &Path) -> String {
    relative(path, root).unwrap_or_else(|| path.display().to_string()).replace('\\', "/")
}

/// The way from the directory `from` to `path`; `None` when they share no root, or no UTF-8.
pub(crate) fn relative(path: &Path, from: &Path) -> Option<String> {
    let (path, from) = (normal(path), normal(from));
    let mut there = path.components().peekable();
    let mut here = from.components().peekable();
    if there.peek() != here.peek() {
        return None;
    }
    while there.peek().is_some() && there.peek() == here.peek() {
        there.next();
        here.next();
    }
    let up = here.map(|_| Some(".."));
    let parts: Option<Vec<&str>> = up.chain(there.map(|part| part.as_os_str().to_str())).collect();
    parts.map(|parts| parts.join("/"))
}

/// The path without `.` and `..`. The file system is not asked, so links are not followed.
fn normal(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(out.components().next_back(), Some(Component::Normal(_))) => {
                out.pop();
            }
            _ => out.push(part),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Location, NotFound, locate, normal, relative};
    use crate::args::Origin;
    use crate::host::Host;
    use std::fs;
    use std::path::{Path, PathBuf};

    /// A directory of its own, removed at the end.
    struct Tree(PathBuf);

    impl Tree {
        fn new(name: &str, files: &[(&str, &str)]) -> Self {
            let root = std::env::temp_dir().join(format!("flags-locate-{}-{name}", std::process::id()));
            for (path, text) in files {
                let path = root.join(path);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, text).unwrap();
            }
            Self(root)
        }

        fn find(
            &self,
            package: &str,
            origin: &Origin,
            flags_file: Option<&str>,
        ) -> Result<Location, NotFound> {
            let host = Host {
                manifest_dir: self.0.join(package),
                caller: None,
                position: (1, 1),
                flags_file: flags_file.map(Into::into),
                editor: false,
                today: None,
            };
            locate(origin, &host)
        }
    }

    impl Drop for Tree {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    const PACKAGE: &str = "[package]\nname = 'p'\n";
    const NAMED: &str = "[package]\nname = 'p'\n[package.metadata.flags]\nfile = 'config/f.yaml'\n";
    const WORKSPACE: &str = "[workspace]\nmembers = ['p']\nexclude = ['out']\n";

    #[test]
    fn candidates_in_order() {
        let tree = Tree::new(
            "order",
            &[
                ("Cargo.toml", WORKSPACE),
                ("flags.yaml", ""),
                ("p/Cargo.toml", PACKAGE),
                ("q/Cargo.toml", PACKAGE),
                ("q/flags.yaml", ""),
                ("n/Cargo.toml", NAMED),
                ("n/flags.yaml", ""),
                ("n/config/f.yaml", ""),
                ("out/Cargo.toml", PACKAGE),
                ("packed/Cargo.toml", PACKAGE),
                ("packed/Cargo.toml.orig", PACKAGE),
                ("other.yaml", ""),
            ],
        );
        let origin = Origin::Search;
        let found = |package, variable| {
            tree.find(package, &origin, variable).map(|l| relative(&l.path, &tree.0).unwrap())
        };
        assert_eq!(found("p", None).as_deref(), Ok("flags.yaml"));
        assert_eq!(found("q", None).as_deref(), Ok("q/flags.yaml"));
        assert_eq!(found("n", None).as_deref(), Ok("n/config/f.yaml"));
        assert_eq!(found("n", Some("../other.yaml")).as_deref(), Ok("other.yaml"));
        assert!(found("n", Some("nowhere.yaml")).is_err());
        assert!(found("out", None).is_err(), "an excluded package is no member");
        assert!(found("packed", None).is_err(), "a packaged crate looks at itself only");
        let path = Origin::Path("config/../config/f.yaml".to_owned());
        let location = tree.find("n", &path, Some("../other.yaml")).unwrap();
        assert_eq!(location.path, tree.0.join("n/config/f.yaml"), "a path argument is that file");
        assert!(!location.by_environment && location.manifest.is_none());
    }

    #[test]
    fn what_was_tried_is_told() {
        let tree = Tree::new("tried", &[("Cargo.toml", WORKSPACE), ("p/Cargo.toml", PACKAGE)]);
        let (fact, help) = tree.find("p", &Origin::Search, None).unwrap_err().message();
        for part in [
            "`FLAGS_FILE`: not set",
            "in `Cargo.toml`: not set",
            "`p/flags.yaml` is no file",
            "root: `flags.yaml`",
        ] {
            assert!(fact.contains(part), "{fact}");
        }
        assert!(help.contains("beside `Cargo.toml`"), "{help}");
        let (fact, _) = tree.find("p", &Origin::Path("f.yaml".to_owned()), None).unwrap_err().message();
        assert_eq!(fact, "there is no file `p/f.yaml`");
    }

    #[test]
    fn ways() {
        for (path, from, expected) in [
            ("/a/b/flags.yaml", "/a/b/src", "../flags.yaml"),
            ("/a/flags.yaml", "/a", "flags.yaml"),
            ("/a/./x/../flags.yaml", "/a/b/c", "../../flags.yaml"),
        ] {
            assert_eq!(relative(Path::new(path), Path::new(from)).as_deref(), Some(expected));
        }
        assert_eq!(normal(Path::new("../a/../../b")), Path::new("../../b"));
    }
}
