//! Any sequence of edits leaves a file that checks, whose comments are all there, and whose other lines are
//! what they were.

use super::{Change, New, Place, Session, key, keys, remove_flag, rename_flag, set_key, set_rollout};
use crate::failure::Failure;
use crate::file::File;
use flags_schema::{Options, Percent, SourceFile, Value, load, outline};
use proptest::prelude::*;
use proptest::sample::Index;
use std::ops::Range;
use std::path::PathBuf;

#[derive(Clone, Debug)]
enum Edit {
    Switch(Index, bool),
    Rollout(Index, u32),
    Owner(Index, String),
    Create(bool),
    Delete(Index),
    Rename(Index),
}

fn edit() -> impl Strategy<Value = Edit> {
    let flag = any::<Index>;
    prop_oneof![
        (flag(), any::<bool>()).prop_map(|(flag, on)| Edit::Switch(flag, on)),
        (flag(), 0..=100_000_u32).prop_map(|(flag, percent)| Edit::Rollout(flag, percent)),
        (flag(), "[ -~äß旗\u{85}\u{7}]{1,12}").prop_map(|(flag, owner)| Edit::Owner(flag, owner)),
        any::<bool>().prop_map(Edit::Create),
        flag().prop_map(Edit::Delete),
        flag().prop_map(Edit::Rename),
    ]
}

/// Flags in every way of writing one; `N` is a number of its own, `P` that of the flag before.
const WAYS: &[&str] = &[
    "  fN: on # cN\n",
    "  fN:   off\n",
    "  \"fN\": { state: gradual, rollout: 25 } # cN\n",
    "  fN: {state: gradual, # cN\n    rollout: {percentage: 5, salt: \"x # y\"}, tags: ['a,b']} # dN\n",
    "  # cN\n  fN:\n    state: gradual # dN\n    rollout: 25 # eN\n",
    "  fN:\n    rollout:\n      # cN\n      from: 0 # dN\n      start: 2026-01-01\n      end: 2026-02-01\n    # eN\n    state: gradual\n",
    "  'fN':\n    state: targeted\n    users:\n    - user-1 # cN\n    # dN\n    - user-2\n\n",
    "  fN:\n    state: beta\n    description: |\n      text\n      # no comment\n",
    "  fN:\n    description: >-\n      text # no comment\n\n      more\n    # cN\n    state: off\n\n  # dN\n\n",
    "  fN: # cN\n    state: on\n    rules:\n      - when: { plan: x } # dN\n        serve: off\n",
    "  fN:\n    state: on\n    variants: # cN\n      a: { weight: 50 }\n      b: { weight: 50, }\n",
];

fn text() -> impl Strategy<Value = String> {
    let ways = proptest::collection::vec((any::<Index>(), any::<bool>()), 1..8);
    (ways, any::<bool>(), any::<bool>(), any::<bool>()).prop_map(|(ways, windows, mark, tail)| {
        let mut text = String::from("# top\nsegments: { beta: { users: [u] } } # seg\n\nflags: # start\n");
        for (number, (way, apart)) in ways.iter().enumerate() {
            text.push_str(&way.get(WAYS).replace('N', &number.to_string()));
            if *apart {
                text.push('\n');
            }
        }
        if tail {
            text.push_str("# end\nversion: 1\n");
        }
        if windows {
            text = text.replace('\n', "\r\n");
        }
        if mark {
            text.insert(0, '\u{feff}');
        }
        text
    })
}

fn file(text: &str) -> File {
    let source = SourceFile::new("flags.yaml", text);
    let loaded = load(source, &mut |_| Err("there is none".to_owned()), &Options::default());
    assert!(!loaded.diagnostics.has_errors(), "{:?}\n{text}", loaded.diagnostics);
    File { path: PathBuf::from("flags.yaml"), loaded }
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
fn make(edit: &Edit, text: &str, nth: usize) -> Option<(Result<String, Failure>, String)> {
    let file = file(text);
    let names = flags(text);
    let name = |index: &Index| (!names.is_empty()).then(|| index.get(&names).0.clone());
    let mut session = Session::new(&file);
    let place = |name: &str| Place { path: file.path.clone(), flag: keys(["flags", name]) };
    let (done, about) = match edit {
        Edit::Switch(flag, on) => {
            let name = name(flag)?;
            (set_key(&mut session, &place(&name), &key("state"), if *on { "on" } else { "off" }), name)
        }
        Edit::Rollout(flag, percent) => {
            let name = name(flag)?;
            let percent = Percent::from_thousandths(*percent).unwrap();
            (set_rollout(&mut session, &place(&name), file.flag(&name).unwrap(), percent), name)
        }
        Edit::Owner(flag, owner) => {
            let name = name(flag)?;
            let owner = super::quoted(owner);
            (set_key(&mut session, &place(&name), &key("owner"), &owner), name)
        }
        Edit::Create(short) => {
            let name = format!("new{nth}");
            let block = || New::Block(vec![("state".into(), "off".into()), ("tags".into(), "[x]".into())]);
            let new = if *short { New::Flow("off".to_owned()) } else { block() };
            (session.change(&file.path, &Change::Set(keys(["flags", name.as_str()]), new)), name)
        }
        Edit::Delete(flag) => {
            let name = name(flag)?;
            (remove_flag(&mut session, &name), name)
        }
        Edit::Rename(flag) => {
            let name = name(flag)?;
            (rename_flag(&mut session, &name, &format!("renamed.{nth}")), name)
        }
    };
    Some((done.map(|()| session.text(&file.path).to_owned()), about))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

    #[test]
    fn edits_keep_everything_else(text in text(), edits in proptest::collection::vec(edit(), 1..8)) {
        let mut text = text;
        for (nth, edit) in edits.iter().enumerate() {
            let Some((edited, about)) = make(edit, &text, nth) else { continue };
            let edited = edited.unwrap_or_else(|failure| panic!("{edit:?}: {failure}\n{text}"));
            // It checks: `file` would panic.
            file(&edited);
            let (before, after): (Vec<&str>, Vec<&str>) =
                (text.split_inclusive('\n').collect(), edited.split_inclusive('\n').collect());
            let lines = flags(&text).into_iter().find(|(name, _)| *name == about).map(|(_, lines)| lines);
            let told = || format!("{edit:?}\n{text}\n----\n{edited}");
            if let Some(lines) = lines {
                // What stands before and after the flag is what it was; a comment may have moved above it.
                let (head, tail) = (&before[..lines.start], &before[lines.end..]);
                let is_deletion = matches!(edit, Edit::Delete(_));
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
