//! docs/cli.md: its transcripts are true, and it has every subcommand.
//!
//! A test binary of its own: the transcripts run where the flags of the other transcripts are.

use std::path::Path;
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
