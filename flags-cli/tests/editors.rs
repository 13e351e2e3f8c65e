//! Editors that run at once: each change is in the file in the end, whoever came first.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

fn directory(name: &str) -> PathBuf {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&directory);
    fs::create_dir_all(&directory).unwrap();
    directory
}

fn flags(directory: &Path, arguments: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_flags"))
        .args(arguments)
        .args(["--file", "flags.yaml", "--yes"])
        .current_dir(directory)
        .env_remove("FLAGS_ENVIRONMENT")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Ten editors at once are 45 pairs; 23 rounds of them more than a thousand.
const EDITORS: usize = 10;
const ROUNDS: usize = 23;

#[test]
fn a_thousand_pairs_of_editors_lose_nothing() {
    let directory = directory("editors");
    let file = directory.join("flags.yaml");
    let mut text = String::from("# The flags.\nsegments:\n  beta: { users: [u] }\nflags:\n");
    for editor in 0..EDITORS {
        write!(text, "  flag{editor}:\n    state: targeted # {editor}\n    users: [u]\n").unwrap();
    }
    fs::write(&file, text).unwrap();
    for round in 0..ROUNDS {
        let editors: Vec<Child> = (0..EDITORS)
            .map(|editor| {
                let (flag, mark) = (format!("flag{editor}"), format!("r{round}e{editor}"));
                match editor % 4 {
                    0 => flags(&directory, &["set", &flag, &format!("owner={mark}")]),
                    1 => flags(
                        &directory,
                        &["rule", "add", &flag, "--name", &mark, "--when", "user == 'x'", "--first"],
                    ),
                    2 => flags(&directory, &["create", &format!("new-{mark}")]),
                    _ => flags(&directory, &["segment", "set", "beta", "--add-user", &mark]),
                }
            })
            .collect();
        for editor in editors {
            let output = editor.wait_with_output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        }
        let now = fs::read_to_string(&file).unwrap();
        for editor in 0..EDITORS {
            assert!(now.contains(&format!("r{round}e{editor}")), "round {round}, editor {editor}\n{now}");
            assert!(now.contains(&format!("# {editor}\n")), "{now}");
        }
    }
    // Nothing is left beside the file, and no lock.
    assert_eq!(fs::read_dir(&directory).unwrap().count(), 1);
    fs::remove_dir_all(&directory).unwrap();
}

#[test]
fn what_a_killed_editor_left_is_in_nobodys_way() {
    let directory = directory("killed");
    let file = directory.join("flags.yaml");
    fs::write(&file, "flags:\n  new-ui: off\n").unwrap();
    // Whatever number a process has: in a container it is often the same.
    for pid in 1..5000 {
        if pid % 7 == 0 || pid > 4900 {
            fs::write(directory.join(format!(".flags.yaml.{pid}")), "half").unwrap();
        }
    }
    fs::write(directory.join(".flags.yaml.a1B2c3D4e5F6.tmp"), "half").unwrap();
    let output = flags(&directory, &["enable", "new-ui"]).wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(fs::read_to_string(&file).unwrap(), "flags:\n  new-ui: on\n");
    assert_eq!(fs::read_dir(&directory).unwrap().count(), 1);
    fs::remove_dir_all(&directory).unwrap();
}
