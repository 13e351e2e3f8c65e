//! Whatever the text, reading it ends with a document or with diagnostics that lie in it.
#![cfg(feature = "yaml")]
#![expect(clippy::indexing_slicing, reason = "tests may panic, and so may what they call")]

use flags_schema::{
    Code, Contract, Document, EmbeddedDocument, Loaded, Options, SourceFile, Timestamp, load, render,
};
use proptest::prelude::*;
use std::path::Path;

const OPTIONS: Options = Options { today: Some(Timestamp(1_767_225_600_000)) };

/// Every valid document, by its file's name.
fn valid() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/valid");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let text = std::fs::read_to_string(entry.path()).ok()?;
            Some((entry.file_name().to_string_lossy().into_owned(), text))
        })
        .collect();
    files.sort();
    files
}

fn read(base: &str, overlay: &str) -> Loaded {
    load(SourceFile::new("flags.yaml", base), &mut |name| Ok(SourceFile::new(name, overlay)), &OPTIONS)
}

/// What holds for everything that was read.
fn assert_sound(loaded: &Loaded) -> Result<(), TestCaseError> {
    // Columns of each line, of each file; where a file ends may be told as the line after its last.
    let columns = |source: &SourceFile| {
        source.text.split('\n').map(|line| line.chars().count() + 1).chain([1]).collect()
    };
    let files: Vec<Vec<usize>> = loaded.sources.iter().map(columns).collect();
    for diagnostic in &loaded.diagnostics {
        let message = &diagnostic.message;
        prop_assert!(!message.is_empty() && !message.contains('\n'), "{:?}", diagnostic);
        prop_assert!(message.len() < 10_000, "{:?}", diagnostic);
        for position in diagnostic.position.iter().chain(diagnostic.related.iter().map(|it| &it.position)) {
            let line = files
                .get(usize::from(position.file.0))
                .and_then(|lines| lines.get(position.line as usize - 1));
            prop_assert!(
                line.is_some_and(|last| (1..=*last).contains(&(position.column as usize))),
                "{:?}",
                diagnostic
            );
        }
    }
    prop_assert!(!render::json(&loaded.diagnostics, &loaded.sources).is_empty());
    let shown = render::text(&loaded.diagnostics, &loaded.sources);
    prop_assert_eq!(shown.is_empty(), loaded.diagnostics.as_slice().is_empty());
    if !loaded.diagnostics.has_errors() {
        let document = &loaded.document;
        let bytes = document.to_bytes().map_err(|error| TestCaseError::fail(error.to_string()))?;
        let embedded = Document::from_bytes(&bytes);
        prop_assert_eq!(embedded.as_ref(), Ok(document));
        let contract = Contract::of(document);
        let embedded =
            EmbeddedDocument::new(bytes).map_err(|error| TestCaseError::fail(error.to_string()))?;
        for environment in &document.environments {
            let effective = document.effective(Some(&environment.name));
            for (index, flag) in effective.flags.iter().enumerate() {
                let read = embedded.flag(index, Some(&environment.name));
                prop_assert_eq!(read.as_deref(), Ok(flag));
            }
            prop_assert_eq!(&Contract::of(&document.effective(Some(&environment.name))), &contract);
        }
    }
    Ok(())
}

#[test]
fn names_stay_on_one_short_line_of_a_message() {
    let text = include_str!("../fuzz/corpus/decode/names");
    let loaded = read(text, "");
    assert_sound(&loaded).unwrap();
    let messages: Vec<_> = loaded.diagnostics.iter().map(|one| one.message.as_str()).collect();
    let state =
        r"no state and no segment `no\nsuch\tsegment \u{202e} and some more of it, longer than anybody r…`";
    assert!(messages.contains(&state), "{messages:#?}");
    assert!(messages.len() >= 8, "{messages:#?}");
}

#[test]
fn valid_documents_are_read_without_a_word() {
    let files = valid();
    assert!(files.len() >= 8, "{files:?}");
    for (name, text) in files.iter().filter(|(name, _)| !name.starts_with("overlay-")) {
        let read = &mut |overlay: &str| {
            let found = files.iter().find(|(name, _)| name == overlay);
            found.map(|(name, text)| SourceFile::new(name, text)).ok_or_else(|| "no such file".to_owned())
        };
        let loaded = load(SourceFile::new(name, text), read, &OPTIONS);
        assert_eq!(render::text(&loaded.diagnostics, &loaded.sources), "", "{name}");
        assert_sound(&loaded).unwrap();
    }
}

/// Each text is refused for its reason alone, in time linear to its size.
#[test]
fn hostile_documents_are_refused() {
    let bomb: String = std::iter::once("a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned())
        .chain((1..30).map(|n| format!("a{n}: &a{n} [{}]\n", vec![format!("*a{}", n - 1); 9].join(", "))))
        .chain(["flags: {}\n".to_owned()])
        .collect();
    let flow = |open: &str, close: &str, depth: usize| {
        format!("flags: {{ f: {{ metadata: {}{} }} }}\n", open.repeat(depth), close.repeat(depth))
    };
    let block: Vec<String> = (0..200).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect();
    let unknown: Vec<String> = (0..10_000).map(|n| format!("? f{n}\n")).collect();
    for (what, text, code) in [
        ("too large", format!("flags: {{}} #{}", "x".repeat(16 << 20)), Code::TooLarge),
        ("lists in lists", flow("[", "]", 100_000), Code::TooDeep),
        ("maps in maps", flow("{a: ", "}", 100_000), Code::TooDeep),
        ("never closed", "[".repeat(1_000_000), Code::TooDeep),
        ("indented", block.concat(), Code::TooDeep),
        ("dashes", format!("flags: \n  {}a", "- ".repeat(10_000)), Code::TooDeep),
    ] {
        let loaded = read(&text, "");
        let codes: Vec<Code> = loaded.diagnostics.as_slice().iter().map(|it| it.code).collect();
        assert_eq!(codes, [code], "{what}");
    }
    for (what, text) in [
        ("alias bomb", bomb),
        ("many mistakes", "a: 1\n".repeat(10_000)),
        ("many unknown keys", unknown.concat()),
        ("a long line", format!("flags: {{ {} }}", "f: on, ".repeat(10_000))),
        ("a long name", format!("flags: {{ {}: onn }}", "f".repeat(1_000_000))),
        ("a long expression", format!("segments: {{ s: \"{}\" }}\nflags: {{}}", "(a = b) & ".repeat(20_000))),
        ("long dashes", "-".repeat(1_000_000)),
        ("long question marks", "? ".repeat(10_000)),
        ("nothing but quotes", "\"".repeat(1_000_001)),
        ("nothing but anchors", "&a ".repeat(100_000)),
        ("binary", (0..100_000_u32).filter_map(|n| char::from_u32(n % 0x3000)).collect()),
    ] {
        let loaded = read(&text, "");
        assert!(loaded.diagnostics.has_errors(), "{what}");
        assert_sound(&loaded).unwrap();
    }
}

/// A piece of YAML or of the format.
fn token() -> impl Strategy<Value = String> {
    let words = [
        "flags:",
        "segments:",
        "context:",
        "environments:",
        "settings:",
        "version: 1",
        "state:",
        "on",
        "off",
        "gradual",
        "rollout:",
        "rules:",
        "when:",
        "serve:",
        "variants:",
        "weight:",
        "value:",
        "type:",
        "users:",
        "requires:",
        "overlay:",
        "{",
        "}",
        "[",
        "]",
        ",",
        ": ",
        "- ",
        "? ",
        "\n",
        "\n  ",
        "\n    ",
        "\t",
        "'",
        "\"",
        "|",
        ">",
        "|-\n",
        "&a ",
        "*a",
        "<<: *a",
        "!!str ",
        "!x ",
        "#",
        " # x\n",
        "---\n",
        "...\n",
        "%YAML 1.2\n",
        "\u{feff}",
        "\r\n",
        "\r",
        "\u{85}",
        "\u{2028}",
        "é",
        "😀",
        "1",
        "-1",
        "0.1",
        ".inf",
        ".nan",
        "~",
        "null",
        "true",
        "2026-12-01",
        "30d",
        "a",
        "b.c",
        "a == 1",
        "x in ['a']",
        "\\",
        "\u{0}",
        "99999999999999999999",
    ];
    proptest::sample::select(words.to_vec()).prop_map(str::to_owned)
}

/// One change to a text, at offsets given as shares of its length.
#[derive(Clone, Debug)]
enum Change {
    DeleteLine(f64),
    RepeatLine(f64),
    SwapLines(f64, f64),
    Indent(f64, usize),
    Insert(f64, String),
    Delete(f64, usize),
    Cut(f64),
}

fn change() -> impl Strategy<Value = Change> {
    let offset = || 0.0..1.0_f64;
    prop_oneof![
        offset().prop_map(Change::DeleteLine),
        offset().prop_map(Change::RepeatLine),
        (offset(), offset()).prop_map(|(a, b)| Change::SwapLines(a, b)),
        (offset(), 1..6_usize).prop_map(|(a, by)| Change::Indent(a, by)),
        (offset(), token()).prop_map(|(a, token)| Change::Insert(a, token)),
        (offset(), 1..20_usize).prop_map(|(a, count)| Change::Delete(a, count)),
        offset().prop_map(Change::Cut),
    ]
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a share of a small length"
)]
fn apply(text: &str, change: &Change) -> String {
    let mut lines: Vec<&str> = text.split('\n').collect();
    let mut chars: Vec<char> = text.chars().collect();
    let line = |share: f64| (lines.len() as f64 * share) as usize;
    let char = |share: f64| (chars.len() as f64 * share) as usize;
    let (first, second);
    match change {
        Change::DeleteLine(at) => {
            lines.remove(line(*at));
        }
        Change::RepeatLine(at) => {
            first = line(*at);
            lines.extend_from_within(first..=first);
            lines[first..].rotate_right(1);
        }
        Change::SwapLines(a, b) => {
            (first, second) = (line(*a), line(*b));
            lines.swap(first, second);
        }
        Change::Indent(at, by) => {
            first = line(*at);
            let indented = format!("{}{}", " ".repeat(*by), lines[first]);
            lines[first] = &indented;
            return lines.join("\n");
        }
        Change::Insert(at, token) => {
            first = char(*at);
            chars.splice(first..first, token.chars());
            return chars.into_iter().collect();
        }
        Change::Delete(at, count) => {
            first = char(*at);
            chars.drain(first..(first + count).min(chars.len()));
            return chars.into_iter().collect();
        }
        Change::Cut(at) => {
            chars.truncate(char(*at));
            return chars.into_iter().collect();
        }
    }
    lines.join("\n")
}

/// A valid document with a few changes.
fn changed() -> impl Strategy<Value = String> {
    let texts: Vec<String> = valid().into_iter().map(|(_, text)| text).collect();
    (proptest::sample::select(texts), proptest::collection::vec(change(), 0..4))
        .prop_map(|(text, changes)| changes.iter().fold(text, |text, change| apply(&text, change)))
}

#[cfg(feature = "schema")]
static SCHEMA: std::sync::LazyLock<Option<jsonschema::Validator>> =
    std::sync::LazyLock::new(|| jsonschema::draft7::new(&flags_schema::json_schema()).ok());

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read(text in "(\\PC|\\pC){0,200}", overlay in "(\\PC|\\pC){0,50}") {
        assert_sound(&read(&text, &overlay))?;
    }

    #[test]
    fn any_heap_of_tokens_is_read(tokens in proptest::collection::vec(token(), 0..60)) {
        assert_sound(&read(&tokens.concat(), ""))?;
    }

    #[test]
    fn changed_documents_are_read(text in changed(), overlay in changed()) {
        let loaded = read(&text, &overlay);
        assert_sound(&loaded)?;
        #[cfg(feature = "schema")]
        if !loaded.diagnostics.has_errors()
            && let Ok(value) = serde_yaml::from_str(text.trim_start_matches('\u{feff}'))
        {
            let errors: Vec<String> =
                SCHEMA.iter().flat_map(|schema| schema.iter_errors(&value)).map(|it| it.to_string()).collect();
            prop_assert!(errors.is_empty(), "the schema refuses what the reader takes: {:?}\n{}", errors, text);
        }
    }
}
