//! Any sequence of edits leaves a file that checks, whose comments are all there, and whose other lines are
//! what they were.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test")]

mod texts;

use flags_edit::{Edit, NewFlag, Refusal, Scope, SourceSet};
use flags_schema::{Options, Percent, Value, outline};
use proptest::prelude::*;
use proptest::sample::Index;
use std::ops::Range;

#[derive(Clone, Debug)]
enum Drawn {
    Switch(Index, bool),
    Rollout(Index, u32),
    Owner(Index, String),
    Create(bool),
    Delete(Index),
    Rename(Index),
}

fn edit() -> impl Strategy<Value = Drawn> {
    let flag = any::<Index>;
    prop_oneof![
        (flag(), any::<bool>()).prop_map(|(flag, on)| Drawn::Switch(flag, on)),
        (flag(), 0..=100_000_u32).prop_map(|(flag, percent)| Drawn::Rollout(flag, percent)),
        (flag(), "[ -~äß旗\u{85}\u{7}]{1,12}").prop_map(|(flag, owner)| Drawn::Owner(flag, owner)),
        any::<bool>().prop_map(Drawn::Create),
        flag().prop_map(Drawn::Delete),
        flag().prop_map(Drawn::Rename),
    ]
}

/// The ways of this file alone; their marks of comments are single letters.
const WAYS: &[&str] =
    &["  fN: # cN\n    state: on\n    rules:\n      - when: { plan: x } # dN\n        serve: off\n"];

const HEAD: &str = "# top\nsegments: { beta: { users: [u] } } # seg\n\nflags: # start\n";

fn check(text: &str) -> SourceSet {
    let sources = SourceSet::new("flags.yaml", text);
    let loaded = sources.load(&Options::default());
    assert!(!loaded.diagnostics.has_errors(), "{:?}\n{text}", loaded.diagnostics);
    sources
}

/// The flags of a text, and the lines, from 0, from each one's key to the next key.
fn flags(text: &str) -> Vec<(String, Range<usize>)> {
    let tree = outline(text).unwrap();
    let Value::Map(entries) = &tree.value else { panic!() };
    let mut starts: Vec<usize> = entries.iter().map(|(key, _)| key.position.line as usize - 1).collect();
    starts.push(text.lines().count());
    let (at, (_, flags)) = entries.iter().enumerate().find(|(_, (key, _))| **key == *"flags").unwrap();
    let Value::Map(flags) = &flags.value else { return Vec::new() };
    let lines: Vec<usize> = flags.iter().map(|(key, _)| key.position.line as usize - 1).collect();
    let ends = lines.iter().skip(1).copied().chain([starts[at + 1]]);
    flags
        .iter()
        .zip(lines.iter().zip(ends))
        .map(|((key, _), (from, to))| (key.value.clone(), *from..to))
        .collect()
}

/// The marks of all comments: those of the texts above, which stand nowhere else.
fn marks(lines: &[&str]) -> Vec<String> {
    let words = lines.iter().flat_map(|line| line.split("# ").skip(1));
    let mut marks: Vec<String> = words
        .filter_map(|word| word.split([' ', '\r']).next())
        .filter(|mark| mark.len() < 6 && !["y\"},", "no", "y"].contains(mark))
        .map(str::to_owned)
        .collect();
    marks.sort();
    marks
}

/// Makes an edit: the new text, and the flag that it is about.
fn make(edit: &Drawn, text: &str, nth: usize) -> Option<(Result<String, Refusal>, String)> {
    let sources = check(text);
    let names = flags(text);
    let name = |index: &Index| (!names.is_empty()).then(|| index.get(&names).0.clone());
    let scope = Scope::Unstated;
    let (edit, about) = match edit {
        Drawn::Switch(flag, on) => {
            let flag = name(flag)?;
            let about = flag.clone();
            (if *on { Edit::Enable { flag, scope } } else { Edit::Disable { flag, scope } }, about)
        }
        Drawn::Rollout(flag, percent) => {
            let flag = name(flag)?;
            let percentage = Percent::from_thousandths(*percent).unwrap();
            (Edit::Rollout { flag: flag.clone(), percentage, scope }, flag)
        }
        Drawn::Owner(flag, owner) => {
            let flag = name(flag)?;
            let (path, value) = ("owner".to_owned(), flags_edit::describe::quoted(owner));
            (Edit::Set { flag: flag.clone(), path, value, scope }, flag)
        }
        Drawn::Create(short) => {
            let flag = format!("new{nth}");
            let tags = if *short { Vec::new() } else { vec!["x".to_owned()] };
            let definition = NewFlag { tags, ..NewFlag::default() };
            (Edit::Create { flag: flag.clone(), definition }, flag)
        }
        Drawn::Delete(flag) => {
            let flag = name(flag)?;
            (Edit::Delete { flag: flag.clone() }, flag)
        }
        Drawn::Rename(flag) => {
            let flag = name(flag)?;
            (Edit::Rename { flag: flag.clone(), to: format!("renamed.{nth}") }, flag)
        }
    };
    let json = serde_json::to_string(&edit).unwrap();
    assert_eq!(serde_json::from_str::<Edit>(&json).unwrap(), edit, "{json}");
    Some((edit.apply(&sources).map(|edited| edited.sources.base().text.clone()), about))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

    #[test]
    fn edits_keep_everything_else(text in texts::text(HEAD, WAYS), edits in proptest::collection::vec(edit(), 1..8)) {
        let mut text = text;
        for (nth, edit) in edits.iter().enumerate() {
            let Some((edited, about)) = make(edit, &text, nth) else { continue };
            let edited = edited.unwrap_or_else(|failure| panic!("{edit:?}: {failure}\n{text}"));
            check(&edited);
            let (before, after): (Vec<&str>, Vec<&str>) =
                (text.split_inclusive('\n').collect(), edited.split_inclusive('\n').collect());
            let lines = flags(&text).into_iter().find(|(name, _)| *name == about).map(|(_, lines)| lines);
            let told = || format!("{edit:?}\n{text}\n----\n{edited}");
            if let Some(lines) = lines {
                // What stands before and after the flag is what it was; a comment may have moved above it.
                let (head, tail) = (&before[..lines.start], &before[lines.end..]);
                let is_deletion = matches!(edit, Drawn::Delete(_));
                let emptied = usize::from(is_deletion && edited.contains("flags: {}"));
                for (nth, line) in head.iter().enumerate() {
                    prop_assert!(after[nth] == *line || (emptied == 1 && line.starts_with("flags:"))
                        || (is_deletion && line.trim().is_empty()), "{}", told());
                }
                prop_assert!(after.ends_with(tail), "{}", told());
                if is_deletion {
                    let outside: Vec<&str> = head.iter().chain(tail).copied().collect();
                    let kept = marks(&after);
                    prop_assert!(marks(&outside).iter().all(|mark| kept.contains(mark)), "{}", told());
                } else {
                    prop_assert_eq!(marks(&before), marks(&after), "{}", told());
                }
            } else {
                // A new flag: all lines are still there, in their order.
                let mut rest = after.iter();
                let same = |a: &str, b: &str| a.trim_end() == b.trim_end() || b.starts_with("flags: {}");
                prop_assert!(before.iter().all(|line| rest.any(|other| same(other, line)) || line.starts_with("flags:")), "{}", told());
                prop_assert_eq!(marks(&before), marks(&after), "{}", told());
            }
            text = edited;
        }
    }
}
