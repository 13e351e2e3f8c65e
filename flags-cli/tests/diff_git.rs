//! `flags diff` of git revisions, overlays included.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn run(program: &str, directory: &Path, arguments: &[&str]) -> Output {
    Command::new(program)
        .args(arguments)
        .current_dir(directory)
        .env_remove("FLAGS_FILE")
        .env_remove("FLAGS_ENVIRONMENT")
        .output()
        .unwrap()
}

fn git(directory: &Path, arguments: &[&str]) {
    let identity =
        ["-c", "user.name=flags", "-c", "user.email=flags@example.com", "-c", "commit.gpgsign=false"];
    let output = run("git", directory, &[&identity, arguments].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn repository() -> PathBuf {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("diff_git");
    let _ = fs::remove_dir_all(&directory);
    fs::create_dir_all(directory.join("config")).unwrap();
    let base = "environments:\n  staging: { overlay: staging.yaml }\nflags:\n  new-ui: { state: gradual, rollout: 25 }\n";
    fs::write(directory.join("config/flags.yaml"), base).unwrap();
    fs::write(directory.join("config/staging.yaml"), "flags:\n  new-ui: { rollout: 50 }\n").unwrap();
    git(&directory, &["init", "-q"]);
    git(&directory, &["add", "."]);
    git(&directory, &["commit", "-qm", "first"]);
    fs::write(directory.join("config/staging.yaml"), "flags:\n  new-ui: { rollout: 75 }\n").unwrap();
    directory
}

#[test]
fn revisions_are_read_with_their_overlays() {
    let directory = repository();
    let flags = env!("CARGO_BIN_EXE_flags");
    for (arguments, code, expected) in [
        (
            &["diff", "HEAD:config/flags.yaml", "config/flags.yaml"][..],
            0,
            "new-ui  in staging\n  rollout: 50 % -> 75 %\n  25 % of everybody no rule is about: off -> on\n",
        ),
        (
            &["diff", "HEAD:config/flags.yaml", "config/flags.yaml", "--exit-code"],
            1,
            "new-ui  in staging\n  rollout: 50 % -> 75 %\n  25 % of everybody no rule is about: off -> on\n",
        ),
        (&["diff", "HEAD:config/flags.yaml", "HEAD:config/flags.yaml", "--exit-code"], 0, ""),
        (&["diff", "HEAD:flags.yaml", "config/flags.yaml"], 1, ""),
        (&["diff", "--", "-x:flags.yaml", "config/flags.yaml"], 1, ""),
    ] {
        let output = run(flags, &directory, arguments);
        assert_eq!(String::from_utf8_lossy(&output.stdout), expected, "{arguments:?}");
        assert_eq!(output.status.code(), Some(code), "{}", String::from_utf8_lossy(&output.stderr));
    }
}
