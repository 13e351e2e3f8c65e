use crate::change::{Change, New};
use crate::tree::keys;

fn flow(text: &str) -> New {
    New::Flow(text.to_owned())
}

#[test]
fn changes_touch_what_they_change_only() {
    let set = |path: &[&str], text: &str| Change::Set(keys(path.iter().copied()), flow(text));
    let remove = |path: &[&str]| Change::Remove(keys(path.iter().copied()));
    for (text, change, expected) in [
        ("a: off # why\n", set(&["a"], "on"), "a: on # why\n"),
        ("a:   'x'   # why\n", set(&["a"], "on"), "a:   on   # why\n"),
        ("a: { b: 1, c: 2 } # why\n", set(&["a", "b"], "3"), "a: { b: 3, c: 2 } # why\n"),
        ("a: { b: 1 }\n", set(&["a", "c"], "3"), "a: { b: 1, c: 3 }\n"),
        ("a: {}\n", set(&["a", "c"], "3"), "a:\n  c: 3\n"),
        ("x: { a: {} }\n", set(&["x", "a", "c"], "3"), "x: { a: { c: 3 } }\n"),
        ("a:\n", set(&["a", "c"], "3"), "a:\n  c: 3\n"),
        ("a: # why\nb: 1\n", set(&["a"], "3"), "a: 3 # why\nb: 1\n"),
        ("a:\n  b: 1 # x\n\n# y\nd: 2\n", set(&["a", "c"], "3"), "a:\n  b: 1 # x\n  c: 3\n\n# y\nd: 2\n"),
        ("a:\n  b: 1", set(&["a", "c"], "3"), "a:\n  b: 1\n  c: 3"),
        ("a:\r\n  b: 1\r\n", set(&["a", "c"], "3"), "a:\r\n  b: 1\r\n  c: 3\r\n"),
        ("\u{feff}a: 1\n", set(&["a"], "2"), "\u{feff}a: 2\n"),
        ("\"旗\": off # 旗\n", set(&["旗"], "on"), "\"旗\": on # 旗\n"),
        (
            "a:\n  r:\n    x: 1 # one\n    # two\n    y: 2\n  z: 3\n",
            set(&["a", "r"], "50"),
            "a:\n  # one\n  # two\n  r: 50\n  z: 3\n",
        ),
        ("a:\n  r: # one\n  - 1\n  - 2\n  z: 3\n", set(&["a", "r"], "50"), "a:\n  # one\n  r: 50\n  z: 3\n"),
        ("a: |\n  # no comment\n  x\nb: 1\n", set(&["b"], "2"), "a: |\n  # no comment\n  x\nb: 2\n"),
        ("a: 1\nb: 2 # x\n\n# c\nc: 3\n", remove(&["b"]), "a: 1\n\n# c\nc: 3\n"),
        ("f:\n  # s\n\n  a: 1\n\n  b: 1\n", remove(&["f", "a"]), "f:\n  # s\n\n  b: 1\n"),
        ("f:\n  a: 1 # x\n  # y\ng: 1\n", remove(&["f", "a"]), "f: {}\n  # y\ng: 1\n"),
        ("f:\n  a: |\n    x\n    # text\n# y\n", remove(&["f", "a"]), "f: {}\n# y\n"),
        ("f: { a: 1, b: 2, c: 3 }\n", remove(&["f", "b"]), "f: { a: 1, c: 3 }\n"),
        ("f: { a: 1, b: 2 }\n", remove(&["f", "b"]), "f: { a: 1 }\n"),
        ("f: { a: 1 }\n", remove(&["f", "a"]), "f: { }\n"),
        ("f:\n  'a': 1\n", Change::Rename(keys(["f", "a"]), "b.c".to_owned()), "f:\n  b.c: 1\n"),
        (
            "f:\n  a: 1 # a\n  b: a\n...\n",
            Change::Rename(keys(["f", "a"]), "c".to_owned()),
            "f:\n  c: 1 # a\n  b: a\n...\n",
        ),
    ] {
        assert_eq!(change.apply(text).as_deref(), Ok(expected), "{change:?}\n{text}");
    }
}

#[test]
fn blocks_stand_apart_where_others_do() {
    let new =
        || New::Block(vec![("state".to_owned(), "off".to_owned()), ("tags".to_owned(), "[x]".to_owned())]);
    for (text, expected) in [
        (
            "flags:\n  a: on\n\n  b: off # x\n# end\n",
            "flags:\n  a: on\n\n  b: off # x\n\n  c:\n    state: off\n    tags: [x]\n# end\n",
        ),
        (
            "flags:\n    a: on\n    b: off\n",
            "flags:\n    a: on\n    b: off\n    c:\n      state: off\n      tags: [x]\n",
        ),
        ("flags: {}\n", "flags:\n  c: { state: off, tags: [x] }\n"),
        ("flags: { a: on }\n", "flags: { a: on, c: { state: off, tags: [x] } }\n"),
    ] {
        let change = Change::Set(keys(["flags", "c"]), new());
        assert_eq!(change.apply(text).as_deref(), Ok(expected), "{text}");
    }
}

#[test]
fn what_cannot_be_changed_safely_is_refused() {
    let set = |path: &[&str]| Change::Set(keys(path.iter().copied()), flow("1"));
    for (text, change) in [
        ("a: &x { b: 2 }\nc: *x\n", set(&["c", "b"])),
        ("a: &x 5\nc: *x\n", set(&["c"])),
        ("a: &x 5\nc: *x\n", set(&["a"])),
        ("a: [1]\n", set(&["a", "b"])),
        ("a: [1\n", set(&["a"])),
        ("a: x\n  y z\n", set(&["a"])),
        ("? a\n: 1\n", Change::Remove(keys(["a"]))),
        ("a: 1\n", Change::Remove(keys(["b"]))),
        ("a: 1\n", Change::Set(keys(["a"]), flow("[1"))),
        ("a: 1\n", Change::Set(keys(["a"]), flow("1, 2"))),
    ] {
        assert!(change.apply(text).is_err(), "{change:?}\n{text}{:?}", change.apply(text));
    }
}
