//! Hostile files in place of the base file and of overlays: none is waited for, none is quoted, and what is
//! read is bounded.
#![cfg(all(feature = "files", feature = "yaml", unix))]
#![allow(clippy::unwrap_used, clippy::panic, clippy::format_push_string, reason = "tests fail by panicking")]

use flags_schema::{
    Code, DocumentFiles, LARGEST_DOCUMENT, Loaded, Options, ReadError, SourceFile, load, render,
};
use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A directory of its own for each test, removed at its end.
struct Directory(PathBuf);

impl Directory {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("flags-files-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(path.join("config/overlays")).unwrap();
        fs::write(path.join("secret"), "root:hunter2:0:0\n").unwrap();
        Self(path)
    }

    fn base(&self) -> PathBuf {
        self.0.join("config/flags.yaml")
    }

    fn config(&self, name: &str) -> PathBuf {
        self.0.join("config").join(name)
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn fifo(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

fn with_overlays(names: &[&str]) -> String {
    let mut text = "environments:\n".to_owned();
    for (number, name) in names.iter().enumerate() {
        text += &format!("  e{number}: {{ overlay: '{name}' }}\n");
    }
    text + "flags: { new-ui: off }\n"
}

fn read(base: &Path) -> Loaded {
    let mut files = DocumentFiles::new(base);
    let text = files.read_base().unwrap().text;
    let mut overlay = |name: &str| {
        let read = files.read_overlay(name).map_err(|error| error.to_string())?;
        Ok(SourceFile::new(read.path.display().to_string(), read.text))
    };
    load(SourceFile::new("flags.yaml", text), &mut overlay, &Options::default())
}

#[test]
fn a_base_file_that_is_no_regular_file_is_refused() {
    let directory = Directory::new("base");
    fifo(&directory.config("pipe"));
    let _listener = UnixListener::bind(directory.config("socket")).unwrap();
    symlink("loop", directory.config("loop")).unwrap();
    symlink("pipe", directory.config("link")).unwrap();
    fs::write(directory.config("bytes"), b"flags: \xff").unwrap();
    let sparse = fs::File::create(directory.config("sparse")).unwrap();
    sparse.set_len(1 << 40).unwrap();
    for (path, reason) in [
        (directory.config("pipe"), "a named pipe"),
        (directory.config("link"), "a named pipe"),
        (directory.config("socket"), "a socket"),
        (directory.config("overlays"), "a directory"),
        (directory.config("loop"), "symbolic links"),
        (directory.config("nowhere"), "there is no such file"),
        (directory.config("bytes"), "not UTF-8 from byte 7 on"),
        (directory.config("sparse"), "16 MiB"),
        (directory.config("bytes/flags.yaml"), "Not a directory"),
        (PathBuf::from("/dev/zero"), "a device"),
        (PathBuf::from("/dev/tty"), "a device"),
        (PathBuf::from("nul\0byte"), "NUL byte"),
    ] {
        let error = DocumentFiles::new(&path).read_base().unwrap_err().to_string();
        assert!(error.contains(reason), "{}: {error}", path.display());
    }
}

#[test]
fn an_overlay_that_is_hostile_is_refused_and_not_quoted() {
    let directory = Directory::new("overlays");
    fifo(&directory.config("pipe"));
    let _listener = UnixListener::bind(directory.config("socket")).unwrap();
    symlink("/dev/zero", directory.config("zero")).unwrap();
    symlink("../secret", directory.config("out")).unwrap();
    symlink("..", directory.config("up")).unwrap();
    symlink("loop", directory.config("loop")).unwrap();
    symlink("nowhere", directory.config("dangling")).unwrap();
    symlink("flags.yaml", directory.config("itself")).unwrap();
    let secret = directory.0.join("secret");
    let cases = [
        ("pipe", "a named pipe"),
        ("socket", "a socket"),
        ("overlays", "a directory"),
        (".", "a directory"),
        ("/dev/zero", "outside"),
        ("zero", "outside"),
        ("/etc/shadow", "outside"),
        (secret.to_str().unwrap(), "outside"),
        ("../secret", "outside"),
        ("overlays/../../secret", "outside"),
        ("overlays/../../config/flags.yaml", "outside"),
        ("../nowhere", "outside"),
        ("out", "outside"),
        ("up/secret", "outside"),
        ("loop", "symbolic links"),
        ("dangling", "there is no such file"),
        ("nowhere", "there is no such file"),
        ("itself", "the base file itself"),
        ("./flags.yaml", "the base file itself"),
    ];
    let names: Vec<&str> = cases.iter().map(|(name, _)| *name).collect();
    fs::write(directory.base(), with_overlays(&names)).unwrap();
    let loaded = read(&directory.base());
    assert_eq!(loaded.diagnostics.iter().count(), cases.len());
    for ((name, reason), diagnostic) in cases.iter().zip(loaded.diagnostics.iter()) {
        assert_eq!(diagnostic.code, Code::Unreadable, "{name}");
        assert!(diagnostic.message.contains(reason), "{name}: {}", diagnostic.message);
    }
    let report = render::text(loaded.diagnostics.as_slice(), &loaded.sources);
    assert!(!report.contains("hunter2") && !report.contains("root:"), "{report}");
}

#[test]
fn overlays_below_the_base_file_are_read_whatever_links_lead_there() {
    let directory = Directory::new("links");
    // As Kubernetes lays a volume out.
    fs::create_dir(directory.config("..2026_01")).unwrap();
    fs::write(directory.config("..2026_01/flags.yaml"), "flags: {}\n").unwrap();
    fs::write(directory.config("..2026_01/prod.yaml"), "# prod\n").unwrap();
    symlink("..2026_01", directory.config("..data")).unwrap();
    symlink("..data/flags.yaml", directory.base()).unwrap();
    symlink("..data/prod.yaml", directory.config("prod.yaml")).unwrap();
    fs::write(directory.config("overlays/dev.yaml"), "# dev\n").unwrap();
    let mut files = DocumentFiles::new(directory.base());
    assert_eq!(files.read_base().unwrap().text, "flags: {}\n");
    assert_eq!(files.read_overlay("prod.yaml").unwrap().text, "# prod\n");
    assert_eq!(files.read_overlay("overlays/dev.yaml").unwrap().text, "# dev\n");
    // As build systems and package managers lay sources out: every file is a link into another tree.
    let farm = directory.0.join("farm");
    fs::create_dir(&farm).unwrap();
    symlink(directory.config("..2026_01/flags.yaml"), farm.join("flags.yaml")).unwrap();
    symlink(directory.config("..2026_01/prod.yaml"), farm.join("prod.yaml")).unwrap();
    symlink(directory.0.join("secret"), farm.join("secret.yaml")).unwrap();
    let mut files = DocumentFiles::new(farm.join("flags.yaml"));
    assert_eq!(files.read_overlay("prod.yaml").unwrap().text, "# prod\n");
    assert_eq!(files.read_overlay("secret.yaml"), Err(ReadError::Outside));
}

#[test]
fn a_file_under_two_spellings_is_read_once() {
    let directory = Directory::new("spellings");
    let overlay = "flags: { new-ui: { state: on } }\n".to_owned() + &"# filler\n".repeat(1_000_000);
    fs::write(directory.config("overlays/prod.yaml"), &overlay).unwrap();
    symlink("overlays/prod.yaml", directory.config("link.yaml")).unwrap();
    // Two readings of it would pass the bound of 16 MiB.
    let names = ["overlays/prod.yaml", "./overlays/prod.yaml", "overlays/../overlays/prod.yaml", "link.yaml"];
    fs::write(directory.base(), with_overlays(&names)).unwrap();
    let loaded = read(&directory.base());
    assert!(!loaded.diagnostics.has_errors(), "{:?}", loaded.diagnostics);
    assert_eq!(loaded.document.overlays.len(), 4);
    assert_eq!(loaded.sources.iter().count(), 2);
    assert_eq!(loaded.document.files.len(), 2);
}

#[test]
fn all_files_of_a_document_have_one_bound() {
    let directory = Directory::new("bound");
    let half = "#".repeat(usize::try_from(LARGEST_DOCUMENT / 2).unwrap());
    fs::write(directory.config("a.yaml"), &half).unwrap();
    fs::write(directory.config("b.yaml"), &half).unwrap();
    let base = with_overlays(&["a.yaml", "b.yaml"]);
    fs::write(directory.base(), &base).unwrap();
    let loaded = read(&directory.base());
    let messages: Vec<_> = loaded.diagnostics.iter().map(|it| it.message.as_str()).collect();
    assert_eq!(messages.len(), 1, "{messages:?}");
    assert!(messages[0].contains("overlay `b.yaml`") && messages[0].contains("16 MiB"), "{messages:?}");
    // Texts that come from elsewhere have the same bound.
    let mut overlay = |name: &str| Ok(SourceFile::new(name, half.clone()));
    let loaded = load(SourceFile::new("flags.yaml", base), &mut overlay, &Options::default());
    let codes: Vec<_> = loaded.diagnostics.iter().map(|it| it.code).collect();
    assert_eq!(codes, [Code::TooLarge]);
}
