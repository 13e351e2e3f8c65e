//! What `flags list` is asked for: a day means what it means to `flags check`, and unknown words are refused.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::path::PathBuf;
use std::process::{Command, Output};

const TEXT: &str = "\
segments: { beta: { users: [a] } }
flags:
  day: { state: beta, expires: 2026-05-10, owner: growth, tags: [ui] }
  moment: { state: off, expires: 2026-05-10T12:00:00Z, owner: core }
  never: on
";

fn flags(name: &str, arguments: &[&str]) -> Output {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, TEXT).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_flags"));
    command.arg("--file").arg(path).args(arguments).env_remove("FLAGS_ENVIRONMENT").output().unwrap()
}

#[test]
fn list_and_check_agree_on_the_day() {
    for (today, expected) in [
        ("2026-05-09", &[][..]),
        ("2026-05-10", &[]),
        ("2026-05-10T23:59:59Z", &[]),
        ("2026-05-11", &["day"]),
        ("2026-05-11T11:59:59Z", &["day"]),
        ("2026-05-11T12:00:00Z", &["day", "moment"]),
    ] {
        let run = |arguments: &[&str]| -> serde_json::Value {
            let output = flags("agree.yaml", &[arguments, &["--today", today]].concat());
            serde_json::from_slice(&output.stdout).unwrap()
        };
        let listed = run(&["list", "--expired", "--json"]);
        let listed: Vec<&str> =
            listed.as_array().unwrap().iter().map(|it| it["flag"].as_str().unwrap()).collect();
        assert_eq!(listed, expected, "{today}");
        let found = run(&["check", "--format", "json"]);
        let found = found.as_array().unwrap().iter().filter(|it| it["code"] == "expired");
        let told: Vec<&str> =
            found.map(|it| it["message"].as_str().unwrap().split('`').nth(1).unwrap()).collect();
        assert_eq!(told, expected, "{today}");
    }
}

#[test]
fn filters_by_unknown_words_are_refused() {
    for (arguments, code, said) in [
        (&["--state", "gradual"][..], 0, "no flag meets all of these"),
        (&["--state", "beta"], 0, ""),
        (&["--state", "foo"], 2, "state `foo` does not exist"),
        (&["--state", "betta"], 2, "did you mean `beta`?"),
        (&["--state", "On"], 2, "did you mean `on`?"),
        (&["--owner", "growht"], 2, "did you mean `growth`?"),
        (&["--owner", ""], 2, "owner `` does not exist"),
        (&["--tag", "ui", "--tag", "nothing"], 2, "tag `nothing` does not exist"),
        (&["--tag", "nothing"], 2, "the file has `ui`"),
        (&["--kind", "foo"], 2, "write release, experiment, ops or permission"),
        (&["--env", "foo"], 2, "the file declares no environments"),
        (&["--today", "foo"], 2, "`foo`"),
    ] {
        let output = flags("unknown.yaml", &[&["list"], arguments].concat());
        let err = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {err}");
        assert!(err.contains(said), "{arguments:?}: {err}");
    }
}
