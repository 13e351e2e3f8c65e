//! Texts of documents that are edited one time after the other.

#![allow(clippy::indexing_slicing, reason = "a test stops where it is wrong")]

use proptest::prelude::*;
use proptest::sample::{Index, select};

/// What a flag may be written as, behind its key's colon. `{n}` is replaced by a number.
const FLAGS: &[&str] = &[
    " on",
    " off",
    " 'on'",
    "    off  # for now",
    " beta",
    " { state: gradual, rollout: {n} }",
    " { state: gradual, rollout: { percentage: {n}, by: plan } }",
    " {\n    state: targeted, users: [ann,\n  bob] }",
    "\n    state: targeted\n    rules:\n      - when: { plan: premium }\n        rollout: {n}\n      - when: { segment: beta }",
    "\n    state: targeted\n    rules:\n    - when: plan == \"p{n}\"\n",
    "\n    state: on\n    variants:\n      control: { weight: 40, value: { color: blue-{n} } }\n      treatment: { weight: 60, value: { color: red } }",
    "\n    state: on\n    variants:\n      control: { weight: 40, value: { color: blue, size: {n} } }\n      treatment: { weight: 60, value: { color: red, size: 1 } }",
    "\n    state: on\n    variants: [control, treatment]\n    off: treatment",
    "\n    state: on\n    variants: [control, other]",
    " { type: integer, value: {n} }",
    " { type: integer, value: 1, rules: [ { when: { plan: a }, serve: {n} } ] }",
    " { type: string, value: text-{n} }",
    " { state: on, requires: [flag-1] }",
    " { state: on, excludes: [flag-3] }",
    " { state: targeted, rules: [ { when: { flag: flag-1 }, rollout: {n} } ] }",
    " { state: targeted, rules: [ { when: { flag: flag-3 } } ] }",
    " { state: off, requires: [flag-1, flag-2] }",
    " { state: on, environments: { staging: { state: off } } }",
    " { state: off, environments: { staging: { state: gradual, rollout: {n} } } }",
    " { state: on, environments: { staging: { requires: [flag-1] } } }",
    " { state: on, environments: [staging] }",
    " { state: on, expires: 2030-01-{n} }",
    "\n    description: |\n      Several lines.\n      Not a key: off\n    state: on",
    "\n    description: >-\n      folded\n      lines {n}\n    state: on\n    tags: [a, b]",
    "\n    # A comment.\n    state: on\n\n    owner: team é",
    " { state: on, mutability: startup }",
    // Wrong in themselves, or together with others.
    " { state: on, requires: [ { flag: flag-2, variant: treatment } ] }",
    " { state: on, expires: 2020-01-01 }",
    " betta",
    " { state: gradual, rollout: 2{n}0 }",
    " { state: on, requires: [nobody] }",
    " { state: [",
    " &anchor on",
    "",
];

/// How many of them are fine, mostly.
const FINE: usize = 31;

const HEADS: &[&str] = &[
    "version: 1\ncontext:\n  plan: string\nenvironments: { production: {}, staging: {} }\nsegments:\n  beta: { when: { plan: beta } }\nflags:\n",
    "# A comment.\n\nenvironments: { production: {}, staging: {} }\nsegments: { beta: { users: [ann] } }\nflags:\n",
    "environments: { production: {}, staging: {} }\nsegments: { beta: { users: [ann] } }\nflags:\n  # of flags\n",
    "environments: { production: {}, staging: {} }\nsegments: { beta: { when: { flag: flag-2 } } }\nflags:\n",
];

const ENDS: &[&str] = &["", "...\n", "# the end\n", "settings: { default_rollout: 10 }\n"];

/// Lines that may stand before a flag.
const BETWEEN: &[&str] = &["", "", "", "\n", "  # about the next one\n", "# far left\n\n"];

#[derive(Clone, Debug)]
struct Flag {
    /// What stands before it.
    before: &'static str,
    key: String,
    /// One of [`FLAGS`], and the number in it.
    written: (&'static str, u32),
}

#[derive(Clone, Debug)]
struct Text {
    head: &'static str,
    flags: Vec<Flag>,
    end: &'static str,
}

impl Text {
    fn write(&self) -> String {
        let flags = self.flags.iter().map(|Flag { before, key, written: (flag, number) }| {
            format!("{before}  {key}:{}\n", flag.replace("{n}", &number.to_string()))
        });
        format!("{}{}{}", self.head, flags.collect::<String>(), self.end)
    }
}

fn flag() -> impl Strategy<Value = (&'static str, u32)> {
    // Most flags are fine: a document with a problem is always read as a whole.
    let kind = prop_oneof![40 => select(&FLAGS[..FINE]), 1 => select(&FLAGS[FINE..])];
    (kind, 10_u32..28)
}

fn text() -> impl Strategy<Value = Text> {
    let flags = proptest::collection::vec((select(BETWEEN), flag()), 4..9);
    (select(HEADS), flags, select(ENDS)).prop_map(|(head, flags, end)| {
        let flags = flags.into_iter().enumerate();
        let flags =
            flags.map(|(i, (before, written))| Flag { before, key: format!("flag-{i}"), written }).collect();
        Text { head, flags, end }
    })
}

#[derive(Clone, Debug)]
enum Edit {
    Flag(Index, (&'static str, u32)),
    Number(Index, u32),
    Before(Index, &'static str),
    Key(Index, &'static str),
    Remove(Index),
    Swap(Index),
    Head(&'static str),
    End(&'static str),
}

fn edit() -> impl Strategy<Value = Edit> {
    let at = any::<Index>;
    prop_oneof![
        8 => (at(), flag()).prop_map(|(at, flag)| Edit::Flag(at, flag)),
        8 => (at(), 10_u32..28).prop_map(|(at, number)| Edit::Number(at, number)),
        4 => (at(), select(BETWEEN)).prop_map(|(at, before)| Edit::Before(at, before)),
        1 => (at(), select(&["flag-1", "Flag_1", "other", "'flag-2'", "2"][..])).prop_map(|(at, key)| Edit::Key(at, key)),
        1 => at().prop_map(Edit::Remove),
        1 => at().prop_map(Edit::Swap),
        1 => select(HEADS).prop_map(Edit::Head),
        1 => select(ENDS).prop_map(Edit::End),
    ]
}

fn apply(text: &mut Text, edit: &Edit) {
    let count = text.flags.len();
    match edit {
        Edit::Flag(at, flag) => text.flags[at.index(count)].written = *flag,
        Edit::Number(at, number) => text.flags[at.index(count)].written.1 = *number,
        Edit::Before(at, before) => text.flags[at.index(count)].before = before,
        Edit::Key(at, key) => (*key).clone_into(&mut text.flags[at.index(count)].key),
        Edit::Remove(at) if count > 1 => drop(text.flags.remove(at.index(count))),
        Edit::Remove(_) => {}
        Edit::Swap(at) => text.flags.swap(0, at.index(count)),
        Edit::Head(head) => text.head = head,
        Edit::End(end) => text.end = end,
    }
}

/// A text, and what becomes of it by edits. Some have mistakes.
pub(crate) fn texts() -> impl Strategy<Value = Vec<String>> {
    let edits = proptest::collection::vec(proptest::collection::vec(edit(), 1..3), 1..6);
    (text(), edits).prop_map(|(mut text, edits)| {
        let mut texts = vec![text.write()];
        for edits in edits {
            for edit in &edits {
                apply(&mut text, edit);
            }
            texts.push(text.write());
        }
        texts
    })
}
