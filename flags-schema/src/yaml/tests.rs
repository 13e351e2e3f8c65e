//! The two facts that the probe rests on, and every way of writing YAML with its positions.

#![allow(
    clippy::case_sensitive_file_extension_comparisons,
    clippy::string_slice,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "tests of texts and names that they make themselves"
)]

use super::{Key, Node, NodeKind, fast, read, read_any};
use crate::{FileId, Position};
use proptest::prelude::*;
use serde::de::{Deserialize, DeserializeSeed, Deserializer, MapAccess, Visitor};
use std::fmt::{self, Write as _};
use std::sync::OnceLock;

/// A tree on one line: `{1:1 key: 1:6 "value"}`.
fn show(node: &Node<'_>) -> String {
    fn position(position: Position) -> String {
        format!("{}:{}", position.line, position.column)
    }
    let mut out = format!("{} ", position(node.position));
    match &node.kind {
        NodeKind::List(items) => {
            let items: Vec<_> = items.iter().map(show).collect();
            write!(out, "[{}]", items.join(", ")).unwrap();
        }
        NodeKind::Map(entries) => {
            let show = |(key, node): &(Key<'_>, Node<'_>)| {
                format!("{} {}: {}", position(key.position), key.value, show(node))
            };
            let entries: Vec<_> = entries.iter().map(show).collect();
            write!(out, "{{{}}}", entries.join(", ")).unwrap();
        }
        NodeKind::String(text) => write!(out, "{text:?}").unwrap(),
        NodeKind::Null => out.push_str("null"),
        NodeKind::Bool(value) => write!(out, "{value}").unwrap(),
        NodeKind::Integer(value) => write!(out, "{value}").unwrap(),
        NodeKind::Huge => out.push_str("huge"),
        NodeKind::Float(value) => write!(out, "{value:?}").unwrap(),
    }
    out
}

/// The tree, or the diagnostics as `code line:column`.
fn outcome(text: &str) -> String {
    let mut found = Vec::new();
    let tree = read(text, FileId(0), &mut found);
    if found.is_empty() {
        assert!(tree.complete);
        return tree.root.as_ref().map(show).unwrap_or_default();
    }
    found
        .iter()
        .map(|it| {
            let Position { line, column, .. } = it.position.unwrap();
            assert!(it.help.is_some(), "{it:?}");
            format!("{} {line}:{column}", it.code)
        })
        .collect::<Vec<_>>()
        .join(", ")
}

/// Asks for a newtype in a newtype without end.
struct Endless;

impl<'a> DeserializeSeed<'a> for Endless {
    type Value = ();
    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_newtype_struct("", self)
    }
}

impl<'a> Visitor<'a> for Endless {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("nothing")
    }
    fn visit_newtype_struct<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        self.deserialize(deserializer)
    }
}

#[test]
fn a_probe_tells_the_position_of_the_next_event_and_takes_nothing() {
    /// Probes the second value three times, then reads it: the messages, and the value.
    #[derive(Debug)]
    struct Probed(Vec<String>, String);
    impl<'a> Deserialize<'a> for Probed {
        fn deserialize<D: Deserializer<'a>>(deserializer: D) -> Result<Self, D::Error> {
            deserializer.deserialize_map(Self(Vec::new(), String::new()))
        }
    }
    impl<'a> Visitor<'a> for Probed {
        type Value = Self;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a map")
        }
        fn visit_map<A: MapAccess<'a>>(mut self, mut access: A) -> Result<Self, A::Error> {
            access.next_entry::<String, String>()?;
            self.0.push(access.next_key_seed(Endless).unwrap_err().to_string());
            access.next_key::<String>()?;
            for _ in 0..3 {
                self.0.push(access.next_value_seed(Endless).unwrap_err().to_string());
            }
            self.1 = access.next_value()?;
            Ok(self)
        }
    }
    let Probed(messages, value) = serde_yaml::from_str("a: &x one\nb:   *x\n").unwrap();
    let at = |position: &str| format!("recursion limit exceeded at {position}");
    assert_eq!(messages[0], at("line 2 column 1"));
    assert_eq!(messages[1..], [(); 3].map(|()| at("line 2 column 6")));
    assert_eq!(value, "one");
}

#[test]
fn every_way_of_writing_has_its_positions() {
    for (text, expected) in [
        ("", "1:1 null"),
        ("# nothing\n", "2:1 null"),
        ("a: 1\n", "1:1 {1:1 a: 1:4 1}"),
        // The byte order mark is no column.
        ("\u{feff}a: 1\nb: 2\n", "1:1 {1:1 a: 1:4 1, 2:1 b: 2:4 2}"),
        ("a: 1\r\nb:\r\n  - x\r\n", "1:1 {1:1 a: 1:4 1, 2:1 b: 3:3 [3:5 \"x\"]}"),
        ("a:\t1\t# tab\nb: 2", "1:1 {1:1 a: 1:4 1, 2:1 b: 2:4 2}"),
        // Columns are characters, not bytes.
        ("größe: {ключ: 🎉, z: 1}", "1:1 {1:1 größe: 1:8 {1:9 ключ: 1:15 \"🎉\", 1:18 z: 1:21 1}}"),
        (
            "a: {b: [1, {c: d}], e: f}",
            "1:1 {1:1 a: 1:4 {1:5 b: 1:8 [1:9 1, 1:12 {1:13 c: 1:16 \"d\"}], 1:21 e: 1:24 \"f\"}}",
        ),
        ("a: [\n  x,\n  y: z\n]", "1:1 {1:1 a: 1:4 [2:3 \"x\", 3:3 {3:3 y: 3:6 \"z\"}]}"),
        ("a: {}\nb: []", "1:1 {1:1 a: 1:4 {}, 2:1 b: 2:4 []}"),
        (
            "a:\n- x\n- - y\n  - z\nb: 1",
            "1:1 {1:1 a: 2:1 [2:3 \"x\", 3:3 [3:5 \"y\", 4:5 \"z\"]], 5:1 b: 5:4 1}",
        ),
        (
            "a: |\n  one\n   two\nb: >-\n  three\n  four\n",
            "1:1 {1:1 a: 1:4 \"one\\n two\\n\", 4:1 b: 4:4 \"three four\"}",
        ),
        (
            "a: one\n  two\nb: 'it''s'\nc: \"x\\ty\"",
            "1:1 {1:1 a: 1:4 \"one two\", 3:1 b: 3:4 \"it's\", 4:1 c: 4:4 \"x\\ty\"}",
        ),
        // An alias stands where it is used; what is inside, where it is written.
        (
            "a: &l [x, y]\nb: *l\nc: [*l]",
            "1:1 {1:1 a: 1:4 [1:8 \"x\", 1:11 \"y\"], 2:1 b: 2:4 [1:8 \"x\", 1:11 \"y\"], 3:1 c: 3:4 [3:5 [1:8 \"x\", 1:11 \"y\"]]}",
        ),
        ("a: &k key\n*k : 1", "1:1 {1:1 a: 1:4 \"key\", 2:1 key: 2:6 1}"),
        (
            "a: on\nb: off\nc: yes\nd: no\ne: y",
            "1:1 {1:1 a: 1:4 \"on\", 2:1 b: 2:4 \"off\", 3:1 c: 3:4 \"yes\", 4:1 d: 4:4 \"no\", 5:1 e: 5:4 \"y\"}",
        ),
        (
            "a: true\nb: False\nc: ~\nd:\ne: null",
            "1:1 {1:1 a: 1:4 true, 2:1 b: 2:4 false, 3:1 c: 3:4 null, 4:1 d: 4:3 null, 5:1 e: 5:4 null}",
        ),
        (
            "a: 0x1F\nb: -7\nc: 1.50\nd: 1e3\ne: 99999999999999999999\nf: 2026-01-02\ng: 1_000\nh: 007",
            "1:1 {1:1 a: 1:4 31, 2:1 b: 2:4 -7, 3:1 c: 3:4 1.5, 4:1 d: 4:4 1000.0, 5:1 e: 5:4 huge, 6:1 f: 6:4 \"2026-01-02\", 7:1 g: 7:4 \"1_000\", 8:1 h: 8:4 \"007\"}",
        ),
        // Keys are text, whatever they look like.
        (
            "on: 1\n404: 2\ntrue: 3\n1.50: 4\n~: 5\n'q': 6",
            "1:1 {1:1 on: 1:5 1, 2:1 404: 2:6 2, 3:1 true: 3:7 3, 4:1 1.50: 4:7 4, 5:1 ~: 5:4 5, 6:1 q: 6:6 6}",
        ),
        ("{é: 1, 2: x, [a]: b}", "syntax 1:14"),
        ("? a\n: b", "1:3 {1:3 a: 2:3 \"b\"}"),
        ("%YAML 1.2\n---\na: 1\n...\n", "3:1 {3:1 a: 3:4 1}"),
        ("--- text", "1:5 \"text\""),
        ("\n  - a\n", "2:3 [2:5 \"a\"]"),
        (
            "a: 'x' # comment [\nb: http://x#y\nc: a,b]c",
            "1:1 {1:1 a: 1:4 \"x\", 2:1 b: 2:4 \"http://x#y\", 3:1 c: 3:4 \"a,b]c\"}",
        ),
    ] {
        assert_eq!(outcome(text), expected, "{text}");
    }
}

#[test]
fn what_is_no_yaml_of_ours_is_told_at_its_position() {
    for (text, expected) in [
        ("a: 1\na: 2\n", "duplicate-key 2:1"),
        ("a: {b: 1, 'b': 2, \"b\": 3}", "duplicate-key 1:11, duplicate-key 1:19"),
        ("x: &x {a: 1}\ny:\n  <<: *x\n  b: 2\n", "merge-key 3:3"),
        ("a: 1\n---\nb: 2\n", "several-documents 3:1"),
        ("a: 1\n---\n", "several-documents 3:1"),
        ("a: b: c", "syntax 1:5"),
        ("a: [1, 2\nb: 3\n", "syntax 2:2"),
        ("a: {b: 1\n", "syntax 2:1"),
        ("a: \"x\nb: 1\n", "syntax 1:4"),
        ("a:\n\tb: 1\n", "syntax 2:1"),
        ("a: *nowhere", "syntax 1:4"),
        ("a: @x", "syntax 1:4"),
        ("a: %x", "syntax 1:4"),
        ("a: \"\\q\"", "syntax 1:5"),
        ("a: 1\n b: 2\n", "syntax 2:3"),
        ("a:\n  - b\n c: 2\n", "syntax 3:2"),
        ("a: !!str 5", "syntax 1:4"),
        ("a: !ref {b: 1}", "syntax 1:4"),
        ("%TAG ! tag:x,2000:\n---\na: 1", "syntax 1:1"),
        ("a: 1\rb: 2", "syntax 1:5"),
        ("a: \u{7}", "syntax 1:4"),
        ("é: \u{2028}", "syntax 1:4"),
        ("a: \u{feff}b", "syntax 1:4"),
        ("a: 1\n...\n]", "syntax 3:1"),
    ] {
        assert_eq!(outcome(text), expected, "{text}");
    }
}

#[test]
fn what_was_read_before_a_syntax_error_is_kept() {
    let mut found = Vec::new();
    let tree = read("flags:\n  a: on\n  b: {state: off }\n]", FileId(0), &mut found);
    assert!(!tree.complete);
    let shown = show(tree.root.as_ref().unwrap());
    assert!(shown.contains("2:3 a: 2:6 \"on\", 3:3 b: 3:6 {3:7 state: 3:14 \"off\"}"), "{shown}");
}

/// What the scanner would take quadratic time for is refused before it starts; so this is done in no time.
#[test]
fn depth_and_size_are_bounded() {
    let deep =
        |open: &str, close: &str, times: usize| format!("{}{}", open.repeat(times), close.repeat(times));
    let indented =
        |times: usize| (0..times).fold(String::new(), |text, level| text + &" ".repeat(level) + "a:\n");
    for (text, expected) in [
        (deep("[", "]", 64), None),
        (deep("[", "]", 65), Some("too-deep 1:65")),
        (deep("[a: ", "]", 32), None),
 (deep("[a: ", "]", 33), Some("too-deep 1:129")),
        (deep("[", "]", 1_000_000), Some("too-deep 1:65")),
        (deep("{a: ", "}", 64), None),
        (deep("{a: ", "}", 65), Some("too-deep 1:257")),
        (deep("{? ", "}", 1_000_000), Some("too-deep 1:193")),
        (deep("- ", "x", 64), None),
        (deep("- ", "", 1_000_000), Some("too-deep 1:129")),
        (deep("? ", "", 1_000_000), Some("too-deep 1:129")),
        (deep("a: [\n", "]", 1_000_000), Some("too-deep 64:4")),
        (indented(64), None),
        (indented(65), Some("too-deep 65:66")),
        // Brackets that are text, in every way of writing text.
        (format!("a: \"{0}\"\nb: '{0}'\nc: x{0}\nd: |\n  {0}\n  '\ne: x # {0}\nf: y\n  {0}\ng: 1", "[".repeat(99)), None),
        (format!("a: [x\n  \"{}", "[".repeat(99)), Some("too-deep 2:66")),
        (format!("- |\n '\n- {}", "[".repeat(99)), Some("too-deep 3:66")),
        (format!("a:\n  b: >\n   x\n  c: {}", "[".repeat(99)), Some("too-deep 4:68")),
        ("a: 1\n".repeat(crate::LARGEST / 5 + 1), Some("too-large 1:1")),
        // Aliases: depth, and more nodes than the text could hold.
        (format!("a: &a {}\nb: {}*a{}", deep("[", "]", 40), "[".repeat(40), "]".repeat(40)), Some("too-deep 2:44")),
        ("a: &a [*a]".to_owned(), Some("too-deep 1:8")),
        ("a: &a [*a, *a]".to_owned(), Some("too-deep 1:8")),
        ("a: &a [x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c]\ne: [*d,*d,*d,*d,*d,*d,*d,*d]".to_owned(), Some("too-large 4:14")),
        (format!("a: &a \"{}\"\nb: [{}]", "x".repeat(10_000), "*a,".repeat(1_000)), Some("too-large 2:11")),
    ] {
        let outcome = outcome(&text);
        let start = text.chars().take(80).collect::<String>();
        match expected {
            Some(expected) => assert_eq!(outcome, expected, "{start}"),
            None => assert!(!outcome.contains("too-"), "{start}: {outcome}"),
        }
    }
}

#[test]
fn the_characters_of_a_scalar_have_positions() {
    for (text, wanted) in [
        ("a: plain x", "1:10"),
        ("a: 'quoted x'", "1:12"),
        ("a: \"quoted x\"", "1:12"),
        ("a: \"t\\tu\\u00e9\\\\ x\"", "1:18"),
        ("a: 'it''s x'", "1:11"),
        ("a: &b 'x'", "1:8"),
        ("a: &b\n  'x'", "2:4"),
        ("a: one\n   two\n\n  x", "4:3"),
        ("a: |\n  one\n    two\n  x", "4:3"),
        ("a: >2-\n   one\n\n  x", "4:3"),
        ("a: \"one\n   two \\\n   x\"", "3:4"),
        ("a: 'one  \r\n   two\r\n   x'", "3:4"),
        ("é: 'éé x'", "1:8"),
    ] {
        let mut found = Vec::new();
        let tree = read(text, FileId(0), &mut found);
        let Some(NodeKind::Map(entries)) = tree.root.map(|root| root.kind) else {
            panic!("{text}: {found:?}")
        };
        let NodeKind::String(value) = &entries[0].1.kind else { panic!("{text}") };
        let positions = tree.text.positions(entries[0].1.position, value);
        assert_eq!(positions.len(), value.chars().count() + 1);
        let position = positions[value.chars().position(|c| c == 'x').unwrap()];
        assert_eq!(format!("{}:{}", position.line, position.column), wanted, "{text}");
    }
}

/// What the fast reader made of a text, after comparing it with what the other one makes of it.
fn fast_is_right(text: &str) -> Result<bool, TestCaseError> {
    let Some(fast) = fast::read(text, FileId(3)) else { return Ok(false) };
    let mut found = Vec::new();
    let tree = read_any(text, FileId(3), &mut found);
    prop_assert!(tree.complete && found.is_empty(), "{text}\n{found:?}\n{}", show(&fast));
    prop_assert_eq!(show(&fast), tree.root.as_ref().map(show).unwrap_or_default(), "{}", text);
    Ok(true)
}

/// Every YAML file and fuzz corpus of the repository that a package of this crate does not lack.
fn corpus() -> &'static [(String, String)] {
    static CORPUS: OnceLock<Vec<(String, String)>> = OnceLock::new();
    CORPUS.get_or_init(read_corpus)
}

fn read_corpus() -> Vec<(String, String)> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders =
        ["tests/valid", "tests/decode", "tests/diagnostics", "fuzz/corpus/decode", "..", "../benches"];
    let files =
        folders.iter().filter_map(|folder| std::fs::read_dir(root.join(folder)).ok()).flatten().flatten();
    let mut texts: Vec<_> = files
        .filter_map(|file| {
            Some((file.path().display().to_string(), std::fs::read_to_string(file.path()).ok()?))
        })
        .filter(|(path, _)| !path.ends_with(".rs") && !path.ends_with(".lock"))
        .collect();
    texts.sort();
    texts
}

#[test]
fn the_fast_reader_reads_documents_as_the_other_does() {
    let texts = corpus();
    assert!(texts.len() > 30, "{}", texts.len());
    let mut slow = Vec::new();
    for (path, text) in texts {
        // With both kinds of line ends, with an end marker, and each prefix that ends with a line.
        if !fast_is_right(text).unwrap() && path.ends_with(".yaml") && !path.contains("diagnostics/") {
            slow.push(path);
        }
        fast_is_right(&text.replace('\n', "\r\n")).unwrap();
        fast_is_right(&format!("---\n{text}...\n# end\n")).unwrap();
        for (end, _) in text.match_indices('\n').take(200) {
            fast_is_right(&text[..end]).unwrap();
        }
    }
    // An empty one, one with anchors and the like, one with a block that is indented unevenly.
    assert!(slow.len() <= 3, "{slow:#?}");
}

#[test]
fn the_fast_reader_reads_what_people_write() {
    for text in [
        "---\nflags:\n  a: on # why\n  b: {state: off, tags: [x, \"y z\", 'it''s',]}\n...\n",
        "{\"flags\":{\"a\":\"on\",\"b\":{\"state\":\"gradual\",\"rollout\":12.5}}}",
        "flags:\n  a:\n    description: >-\n      folded text\n      on two lines\n    state: on\n  b:\n    description: |\n      one\n      two: 3\n\n    state: off\n",
        "a:\n- x: 1\n  y: 2\n- z:\n  - 1\n  - -2\nb:\nc: ~\nd:\n  [1,\n2 # two\n, 3]\n",
        "größe: \"ä\"\nключ: [ö, {ü: 1}]\n",
        "when: 'plan == \"x\" && user.id != \"a:b\"'\nurl: https://example.org/a#b\ntime: 12:30:00\nday: 2026-12-31\n",
        "a: \"tab\\t\\\"quoted\\\" back\\\\slash\"\r\nb: 1e3\r\nc: 007\r\n",
    ] {
        assert!(fast_is_right(text).unwrap(), "{text}");
    }
}

/// Pieces of YAML, among them what the fast reader does not know.
const PIECES: &[&str] = &[
    "a",
    "b",
    "key",
    "flags",
    "1",
    "-1",
    "0",
    "007",
    "1.5",
    "2026-12-31",
    "1e3",
    ".5",
    "0x1f",
    "~",
    "null",
    "true",
    "no",
    ": ",
    ":",
    ":\n",
    "- ",
    "-",
    "-\n",
    "\n",
    "\n",
    "\n  ",
    "\n  ",
    "\n    ",
    "\n      ",
    "\n\n",
    " ",
    "  ",
    ", ",
    ",",
    "[",
    "]",
    "{",
    "}",
    "[]",
    "{}",
    "\"",
    "'",
    "\"x\"",
    "'y'",
    "\"a: b\"",
    "''",
    "\\",
    "#",
    " # note",
    "\n# note",
    "\n    # note",
    "|",
    ">",
    "|-\n  ",
    ">\n  ",
    ">-\n      ",
    "*",
    "&",
    "&x ",
    "*x",
    "!",
    "!!str ",
    "?",
    "? ",
    "%",
    "@",
    "`",
    "<<",
    "---",
    "\n---\n",
    "...",
    "\n...\n",
    "\t",
    "\r\n",
    "\r",
    "é",
    "🎉",
    "\u{85}",
    "\u{2028}",
    "\u{feff}",
    "a: 1",
    "\n  b: on",
    "\n- c: 2",
    "x y",
    "a:b",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn the_fast_reader_reads_pieces_as_the_other_does(pieces in prop::collection::vec(prop::sample::select(PIECES), 1..24)) {
        fast_is_right(&pieces.concat())?;
        fast_is_right(&format!("a: {}", pieces.concat()))?;
    }

    #[test]
    fn the_fast_reader_reads_mutated_documents_as_the_other_does(
        which in 0..1000_usize,
        changes in prop::collection::vec((0.0..1.0_f64, 0..6_usize, prop::sample::select(PIECES)), 1..4),
    ) {
        let texts = corpus();
        let (_, text) = &texts[which % texts.len()];
        let mut chars: Vec<char> = text.chars().collect();
        // Part of a long document is as good as the whole.
        chars.truncate(3000);
        for (at, removed, piece) in changes {
            let at = (at * chars.len() as f64) as usize;
            chars.splice(at..(at + removed).min(chars.len()), piece.chars());
        }
        fast_is_right(&chars.into_iter().collect::<String>())?;
    }
}
