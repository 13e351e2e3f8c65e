//! docs/cli.md: its transcripts are true, and it has every subcommand.
//!
//! A test binary of its own: the transcripts run where the flags of the other transcripts are.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const PAGE: &str = include_str!("../../docs/cli.md");

#[test]
fn transcripts_are_true() {
    let crate_directory = Path::new(env!("CARGO_MANIFEST_DIR"));
    std::env::set_current_dir(crate_directory.join("tests/fixtures")).unwrap();
    trycmd::TestCases::new()
        .env("FLAGS_FILE", "")
        .env("FLAGS_ENVIRONMENT", "")
        .case(crate_directory.join("../docs/cli.md"));
}

#[test]
fn every_subcommand_has_its_place() {
    let help = Command::new(env!("CARGO_BIN_EXE_flags")).arg("--help").output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let commands =
        help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let names: Vec<&str> = commands.filter_map(|line| line.split_whitespace().next()).collect();
    assert!(names.len() > 20, "{names:?}");
    for name in names.into_iter().filter(|name| *name != "help") {
        assert!(
            PAGE.contains(&format!("\n$ flags {name}")),
            "docs/cli.md has no transcript of `flags {name}`"
        );
        assert!(PAGE.contains(&format!("| [`{name}`](#")), "docs/cli.md does not list `flags {name}`");
    }
}

/// The lines `flags …` in blocks of text of the README and the guide, without their comments.
fn commands() -> Vec<String> {
    let pages =
        [include_str!("../../README.md"), include_str!("../../docs/guide.md"), include_str!("../README.md")];
    let blocks = pages.iter().flat_map(|page| page.split("```text\n").skip(1));
    let lines = blocks.flat_map(|rest| rest.split("```").next().unwrap_or_default().lines());
    let commands = lines.filter(|line| line.starts_with("flags "));
    commands.map(|line| line.split('#').next().unwrap_or_default().trim().to_owned()).collect()
}

/// A directory with the flags of the repository, committed twice, a retired flag and a source file.
fn clone_of_the_flags() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("guide");
    let _ = fs::remove_dir_all(&directory);
    fs::create_dir_all(directory.join("src")).unwrap();
    for name in ["flags.yaml", "flags.development.yaml", "flags.staging.yaml", "flags.production.yaml"] {
        fs::copy(root.join(name), directory.join(name)).unwrap();
    }
    let text = fs::read_to_string(directory.join("flags.yaml")).unwrap();
    fs::write(directory.join("flags.yaml"), format!("{text}  old-ui: on\n")).unwrap();
    fs::write(directory.join("src/main.rs"), "fn main() {}\n").unwrap();
    let git = |arguments: &str| {
        let mut git = Command::new("git");
        git.args(["-c", "user.name=guide", "-c", "user.email=guide@example.com"]);
        assert!(git.args(arguments.split(' ')).current_dir(&directory).output().unwrap().status.success());
    };
    git("init --quiet");
    git("add .");
    git("commit --quiet --message one");
    git("commit --quiet --allow-empty --message two");
    directory
}

#[test]
fn commands_of_the_guide_are_accepted() {
    let commands = commands();
    assert!(commands.len() >= 10, "{commands:?}");
    let directory = clone_of_the_flags();
    for command in commands {
        let output = Command::new(env!("CARGO_BIN_EXE_flags"))
            .args(command.split_whitespace().skip(1))
            .args([" delete ", " rollout "].iter().any(|edit| command.contains(edit)).then_some("--yes"))
            .env("FLAGS_FILE", "")
            .env("FLAGS_ENVIRONMENT", "")
            .current_dir(&directory)
            .output()
            .unwrap();
        // 1 is for findings: a warning, a flag without users.
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(matches!(output.status.code(), Some(0 | 1)), "`{command}`: {said}");
    }
}
