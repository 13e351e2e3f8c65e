//! `flags check` of a document with many mistakes shows the first of them, and says how many there are, in each format.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::Command;

fn check(format: &str) -> String {
    let mut text = "flags:\n".to_owned();
    (0..1_234).for_each(|n| writeln!(text, "  flag-{n}: betta").unwrap());
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("many-{format}.yaml"));
    std::fs::write(&path, text).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_flags"));
    command.args(["check", "--format", format]).arg(&path).env_remove("FLAGS_ENVIRONMENT");
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("1234 errors"), "all are counted: {told}");
    String::from_utf8(output.stdout).unwrap()
}

const SENTENCE: &str = "and 1,134 more errors; the first 100 are shown";

#[test]
fn the_first_are_shown_and_the_others_counted() {
    let text = check("text");
    assert_eq!(text.matches("error[").count(), 100);
    assert!(text.trim_end().ends_with(SENTENCE), "{text}");

    let json: serde_json::Value = serde_json::from_str(&check("json")).unwrap();
    let items = json.as_array().unwrap();
    assert_eq!(items.len(), 101);
    assert_eq!(items[100]["more"], serde_json::json!({ "errors": 1134, "warnings": 0, "shown": 100 }));

    let github = check("github");
    assert_eq!(github.lines().count(), 101);
    assert_eq!(github.lines().last().unwrap(), format!("::error title=more::{SENTENCE}"));

    let sarif: serde_json::Value = serde_json::from_str(&check("sarif")).unwrap();
    let run = &sarif["runs"][0];
    assert_eq!(run["results"].as_array().unwrap().len(), 100);
    assert_eq!(run["properties"]["more"]["errors"], 1134);
    let told = &run["invocations"][0]["toolExecutionNotifications"][0];
    assert_eq!((&told["level"], &told["message"]["text"]), (&"error".into(), &SENTENCE.into()));
}
