use crate::change::{Change, New};
use crate::tree::{Path, Step, keys};

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
fn items_are_added_moved_and_removed_with_what_belongs_to_them() {
    let block = |text: &str| {
        New::Block(vec![("n".to_owned(), text.to_owned()), ("w".to_owned(), "{ p: 1 }".to_owned())])
    };
    let insert = |index| Change::Insert(keys(["r"]), index, block("x"));
    let remove = |index| Change::Remove(keys(["r"]).into_iter().chain([Step::Index(index)]).collect());
    let moved = |from, to| Change::Move(keys(["r"]), from, to);
    let list = "r: # r\n  # a\n  - n: a # aa\n    w: 1\n  # b\n  # bb\n  - n: b\n\nz: 1\n";
    for (text, change, expected) in [
        (
            list,
            insert(0),
            "r: # r\n  - n: x\n    w: { p: 1 }\n  # a\n  - n: a # aa\n    w: 1\n  # b\n  # bb\n  - n: b\n\nz: 1\n",
        ),
        (
            list,
            insert(1),
            "r: # r\n  # a\n  - n: a # aa\n    w: 1\n  - n: x\n    w: { p: 1 }\n  # b\n  # bb\n  - n: b\n\nz: 1\n",
        ),
        (
            list,
            insert(2),
            "r: # r\n  # a\n  - n: a # aa\n    w: 1\n  # b\n  # bb\n  - n: b\n  - n: x\n    w: { p: 1 }\n\nz: 1\n",
        ),
        (list, moved(0, 1), "r: # r\n  # b\n  # bb\n  - n: b\n  # a\n  - n: a # aa\n    w: 1\n\nz: 1\n"),
        (list, moved(1, 0), "r: # r\n  # b\n  # bb\n  - n: b\n  # a\n  - n: a # aa\n    w: 1\n\nz: 1\n"),
        (list, remove(0), "r: # r\n  # a\n  # b\n  # bb\n  - n: b\n\nz: 1\n"),
        (list, remove(1), "r: # r\n  # a\n  - n: a # aa\n    w: 1\n  # b\n  # bb\n\nz: 1\n"),
        ("r:\n- a\n- b", moved(0, 1), "r:\n- b\n- a"),
        ("r:\n- a\n- b", moved(1, 0), "r:\n- b\n- a"),
        ("r:\n- a\n- b", remove(1), "r:\n- a\n"),
        ("r:\n- a\n- b", insert(2), "r:\n- a\n- b\n- n: x\n  w: { p: 1 }"),
        ("r: # c\n- a # d\n", remove(0), "r: [] # c\n"),
        ("r: [] # c\n", insert(0), "r: # c\n  - n: x\n    w: { p: 1 }\n"),
        ("r: [a, b, c] # c\n", moved(0, 2), "r: [b, c, a] # c\n"),
        ("r: [a, b, c] # c\n", remove(1), "r: [a, c] # c\n"),
        ("r: [a, b] # c\n", insert(1), "r: [a, { n: x, w: { p: 1 } }, b] # c\n"),
        ("r: [a, b] # c\n", insert(2), "r: [a, b, { n: x, w: { p: 1 } }] # c\n"),
        ("r:\n  - n: a\n\n  - n: b\n", insert(1), "r:\n  - n: a\n\n  - n: x\n    w: { p: 1 }\n\n  - n: b\n"),
    ] {
        assert_eq!(change.apply(text).as_deref(), Ok(expected), "{change:?}\n{text}");
    }
    let first_key: Path =
        keys(["r"]).into_iter().chain([Step::Index(0), Step::Key("n".to_owned())]).collect();
    let removed = Change::Remove(first_key).apply("r:\n  - n: a # aa\n    w: 1\n");
    assert_eq!(removed.as_deref(), Ok("r:\n  # aa\n  - w: 1\n"));
}

#[test]
fn json_stays_json() {
    let text = "{\n  \"flags\": {\n    \"a\": \"off\",\n    \"b\": {\"state\": \"on\"}\n  }\n}\n";
    for (change, expected) in [
        (
            Change::Set(keys(["flags", "a"]), flow("on")),
            "{\n  \"flags\": {\n    \"a\": \"on\",\n    \"b\": {\"state\": \"on\"}\n  }\n}\n",
        ),
        (
            Change::Set(
                keys(["flags", "c"]),
                New::Block(vec![
                    ("state".to_owned(), "off".to_owned()),
                    ("rollout".to_owned(), "5".to_owned()),
                ]),
            ),
            "{\n  \"flags\": {\n    \"a\": \"off\",\n    \"b\": {\"state\": \"on\"},\n    \"c\": { \"state\": \"off\", \"rollout\": 5 }\n  }\n}\n",
        ),
        (
            Change::Set(keys(["flags", "b", "rollout"]), flow("{ percentage: 5, salt: x }")),
            "{\n  \"flags\": {\n    \"a\": \"off\",\n    \"b\": {\"state\": \"on\", \"rollout\": { \"percentage\": 5, \"salt\": \"x\" }}\n  }\n}\n",
        ),
        (Change::Remove(keys(["flags", "a"])), "{\n  \"flags\": {\n    \"b\": {\"state\": \"on\"}\n  }\n}\n"),
        (Change::Remove(keys(["flags", "b"])), "{\n  \"flags\": {\n    \"a\": \"off\"\n  }\n}\n"),
        (
            Change::Rename(keys(["flags", "a"]), "x.y".to_owned()),
            "{\n  \"flags\": {\n    \"x.y\": \"off\",\n    \"b\": {\"state\": \"on\"}\n  }\n}\n",
        ),
    ] {
        assert_eq!(change.apply(text).as_deref(), Ok(expected), "{change:?}");
    }
    let set = Change::Set(keys(["flags"]), New::Block(vec![("a".to_owned(), "off".to_owned())]));
    assert_eq!(set.apply("{}\n").as_deref(), Ok("{ \"flags\": { \"a\": \"off\" } }\n"));
    let set = Change::Set(keys(["flags", "a"]), flow("off"));
    assert_eq!(set.apply("{\"flags\": {}}").as_deref(), Ok("{\"flags\": { \"a\": \"off\" }}"));
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
