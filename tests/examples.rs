//! Every example is named in the README, and what it prints is compared: `.ci/run` runs the transcripts.

#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

const README: &str = include_str!("../README.md");

/// Names of what is in a directory, without extensions.
fn names(directory: &str) -> BTreeSet<String> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join(directory);
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    entries.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect()
}

/// The example that a transcript is of: `$ VARIABLE=value cargo run --quiet --example tour`.
fn example_of(transcript: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("examples/expected/{transcript}.txt"));
    let text = fs::read_to_string(path).unwrap();
    let command = text.lines().next().unwrap().strip_prefix("$ ").unwrap();
    let (_, example) = command.split_once("cargo run --quiet --example ").unwrap();
    example.split(' ').next().unwrap().to_owned()
}

#[test]
fn each_has_a_transcript_and_a_line_in_the_readme() {
    let mut examples = names("examples");
    examples.remove("expected");
    let mut transcribed: BTreeSet<_> =
        names("examples/expected").iter().map(|name| example_of(name)).collect();
    // It serves until it is stopped; tests/monitoring.rs asks it.
    transcribed.insert("metrics".to_owned());
    assert_eq!(examples, transcribed);
    for example in &examples {
        assert!(
            README.contains(&format!("| [`{example}`](examples/{example}")),
            "`{example}` is not in the README"
        );
    }
}
