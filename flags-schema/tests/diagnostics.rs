//! Every diagnostic as its reader sees it: one file per code under `diagnostics/`, with what is said about it.
//!
//! `name.yaml` is the document, `name.*.yaml` its overlays, `name.txt` what is expected. A document with a
//! `name.compiled.yaml` is compared with the contract of that one. `UPDATE=1 cargo test --test diagnostics`
//! writes what is said now.

#![cfg(feature = "yaml")]
#![allow(clippy::unwrap_used, reason = "a test panics: that is how it fails")]

use flags_schema::{
    Code, Contract, Diagnostic, Loaded, Options, SourceFile, Timestamp, cut_off, left_out, load, render,
};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// 2026-12-01T00:00:00Z.
const TODAY: Timestamp = Timestamp(1_796_083_200_000);

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diagnostics")
}

fn read(file: &str) -> Option<SourceFile> {
    fs::read_to_string(directory().join(file)).ok().map(|text| SourceFile::new(file, text))
}

fn load_source(base: SourceFile) -> Loaded {
    let mut overlay = |name: &str| read(name).ok_or_else(|| "there is no such file".to_owned());
    load(base, &mut overlay, &Options { today: Some(TODAY) })
}

/// What is said about the document of that name, and how.
fn diagnose(name: &str) -> (Vec<Diagnostic>, String) {
    let base = match name {
        // Not worth keeping.
        "too-large" => SourceFile::new("too-large.yaml", " ".repeat(16 * 1024 * 1024 + 1)),
        "too-many-environments" => {
            let names = (0..300).map(|n| format!("  e{n}: {{}}\n")).collect::<Vec<_>>().concat();
            SourceFile::new(format!("{name}.yaml"), format!("environments:\n{names}flags:\n  new-ui: off\n"))
        }
        _ => read(&format!("{name}.yaml")).unwrap(),
    };
    let loaded = load_source(base);
    let mut diagnostics = loaded.diagnostics.into_vec();
    if let Some(compiled) = read(&format!("{name}.compiled.yaml")) {
        let compiled = load_source(compiled);
        assert_eq!(compiled.diagnostics.as_slice(), []);
        let report = Contract::of(&compiled.document).check(&loaded.document);
        // What is refused leaves nothing out.
        let accepted = report.diagnostics.is_empty();
        diagnostics.extend(report.diagnostics);
        diagnostics.extend(cut_off(&compiled.document, &loaded.document, &loaded.sources));
        diagnostics.extend(left_out(&report.missing).filter(|_| accepted));
    }
    let text = render::text(&diagnostics, &loaded.sources);
    // No text of the fixtures holds an escape sequence: those that are there are colours.
    let styled = render::styled(&diagnostics, &loaded.sources);
    let mut parts = styled.split("\u{1b}[");
    let first = parts.next().unwrap_or_default().to_owned();
    let plain = parts.fold(first, |plain, part| plain + part.split_once('m').unwrap().1);
    assert_eq!(plain, text, "without colours it is the same");
    (diagnostics, text)
}

/// Names of the cases: files with one dot in their names.
fn names() -> BTreeSet<String> {
    let mut names: BTreeSet<String> = fs::read_dir(directory())
        .unwrap()
        .filter_map(|entry| {
            let file = entry.unwrap().file_name().into_string().unwrap();
            file.strip_suffix(".yaml").filter(|name| !name.contains('.')).map(str::to_owned)
        })
        .collect();
    names.extend(["too-large".to_owned(), "too-many-environments".to_owned()]);
    names
}

#[test]
fn says_what_is_expected() {
    let update = std::env::var_os("UPDATE").is_some();
    let mut wrong = Vec::new();
    for name in names() {
        let (diagnostics, text) = diagnose(&name);
        assert!(!diagnostics.is_empty(), "{name}: nothing is said");
        if let Some(code) = Code::ALL.iter().find(|code| code.as_str() == name) {
            for diagnostic in &diagnostics {
                assert_eq!(diagnostic.code, *code, "{name}: another mistake is in the way\n{text}");
            }
        }
        for diagnostic in &diagnostics {
            // What is not in a document stands nowhere in it.
            let somewhere = diagnostic.position.is_some() || diagnostic.code == Code::LeftOut;
            assert!(somewhere, "{name}: no position\n{text}");
            assert!(diagnostic.help.is_some(), "{name}: no help\n{text}");
            assert!(!diagnostic.message.ends_with('.'), "{name}: a full stop\n{text}");
        }
        let file = directory().join(format!("{name}.txt"));
        if update {
            fs::write(&file, &text).unwrap();
        } else if fs::read_to_string(&file).unwrap_or_default() != text {
            wrong.push(format!("{name}:\n{text}"));
        }
    }
    assert!(wrong.is_empty(), "expected otherwise in `diagnostics/*.txt`:\n{}", wrong.join("\n"));
}

#[test]
fn every_code_has_a_case() {
    let names = names();
    let missing: Vec<_> = Code::ALL.iter().filter(|code| !names.contains(code.as_str())).collect();
    assert!(missing.is_empty(), "no case for {missing:?}");
    if std::env::var_os("UPDATE").is_some() {
        // They are being written.
        return;
    }
    for name in &names {
        assert!(directory().join(format!("{name}.txt")).exists(), "{name}.txt is missing");
    }
}

#[test]
fn ten_mistakes_are_ten_diagnostics() {
    assert_eq!(diagnose("ten-mistakes").0.len(), 10);
}

/// What is said about a text, as codes.
fn codes(text: &str) -> Vec<&'static str> {
    let loaded = load_source(SourceFile::new("flags.yaml", text));
    loaded.diagnostics.iter().map(|diagnostic| diagnostic.code.as_str()).collect()
}

#[test]
fn one_mistake_is_one_diagnostic() {
    for (text, expected) in [
        ("flags: { a: { state: gradual, rolout: 5 } }", "unknown-key"),
        ("flags: { a: { state: gradual, rollout: 500 } }", "percentage-range"),
        ("settings: { require: [owner] }\nflags: { a: { state: on, ownr: me } }", "unknown-key"),
        ("flags: { a: { state: on, varients: [x, y], off: x } }", "unknown-key"),
        ("flags: { a: { state: on, variants: 5, rules: [{ serve: x }] } }", "wrong-type"),
        (
            "flags: { a: { state: on, variants: { x: { weight: 150 }, y: { weight: 50 } } } }",
            "percentage-range",
        ),
        (
            "context: { age: intger }\nflags: { a: { state: targeted, rules: [{ when: { age: { gte: 18 } } }] } }",
            "unknown-value",
        ),
        (
            "segments: { beta: { user: [x] } }\nflags: { a: beta, b: { state: on, requires: [a] } }",
            "unknown-key",
        ),
        ("flags: { a: { value: 5, off: 4 } }", "missing-key"),
        ("flags: { a: { type: integr, value: 5, off: 4 } }", "unknown-value"),
        ("flags: { a: { type: object, value: 5, off: { x: 1 } } }", "value-type"),
        (
            "environments: { p: { overlay: nowhere } }\nflags: { a: on, b: { state: on, requires: [c] } }",
            "unreadable-file",
        ),
        ("flags: { a: { state: on, requires: [a], excludes: [] } }", "cycle"),
        ("flags: { a: on, a: off, b: { state: on, requires: [a] } }", "duplicate-key"),
    ] {
        assert_eq!(codes(text), [expected], "{text}");
    }
}

#[test]
fn what_is_right_is_not_complained_about() {
    for text in [
        "flags: { a: { state: off, rollout: 5, rules: [{ when: { x: 1 } }] } }",
        "settings: { default_rollout: 5 }\nflags: { a: gradual }",
        "flags: { a: { state: on, variants: [on, off], rules: [{ serve: off, when: { user: x } }] } }",
        "flags: { a: { state: on, variants: { x: { weight: 0 }, y: { weight: 100 } } } }",
        "flags: { a: { state: on, variants: { y: { weight: 100 }, x: { weight: 0 } }, off: x } }",
        "flags: { a: { state: on, variants: [type, match, async] } }",
        "flags: { a: on, b: { state: on, requires: [a] }, c: { state: on, requires: [a, b], excludes: [d] }, d: on }",
        "context: { t: { type: string, required: true } }\n\
         flags: { a: { state: gradual, rollout: { percentage: 5, by: t } } }",
        "flags: { a: { state: gradual, rollout: { percentage: 5, by: anything } } }",
        "context: { user: { type: string, private: true } }\n\
         flags: { a: { state: targeted, rules: [{ when: { user: { regex: ^a } } }] } }",
        "context: { v: version, d: timestamp, n: integer, g: [string] }\nflags: { a: { state: targeted, rules: [\
         { when: { v: { gte: '1.2' } } }, { when: { d: { lt: 2026-01-01 } } }, { when: { d: 1700000000000 } }, \
         { when: { n: { lt: 1.5 } } }, { when: { g: { startswith: a } } }, { when: { g: x } }] } }",
        "context: { plan: { type: string, values: [free] } }\nflags: { a: { state: targeted, rules: [\
         { when: { plan: { eq: FREE, ignore_case: true } } }, { when: { plan: { startswith: f } } }] } }",
        "flags: { a: { state: targeted, rules: [{ when: { x: 1 }, rollout: 50 }, { when: { x: 1 } }] } }",
        "flags: { a: { state: targeted, rules: [{ when: { x: 1 }, ends: 2030-01-01 }, { when: { x: 1 } }] } }",
        "flags: { a: { type: duration, value: 1h30m, rules: [{ when: { x: 1 }, serve: 2h }] } }",
        "flags: { a: { type: float, value: 1, off: 2.5 } }",
        "flags: { a: { state: on, variants: { x: { value: { a: null, b: [] } }, y: { value: { a: 1, b: [2] } } } } }",
        "flags: { a: { state: on, mutability: fixed }, b: { state: off, mutability: fixed } }",
        "environments: { s: {}, p: {} }\n\
         flags: { a: { state: off, environments: { s: { state: gradual, rollout: 5 } } } }",
        "segments: { a: { when: { segment: b } }, b: { users: [x] } }\nflags: { f: a, on: on }",
    ] {
        assert_eq!(codes(text), [""; 0], "{text}");
    }
}

#[test]
fn json_says_the_same() {
    let loaded = load_source(read("operand-type.yaml").unwrap());
    let json: serde_json::Value =
        serde_json::from_str(&render::json(&loaded.diagnostics, &loaded.sources)).unwrap();
    let diagnostics = loaded.diagnostics.as_slice();
    let items = json.as_array().unwrap();
    assert_eq!(items.len(), diagnostics.len());
    for (item, diagnostic) in items.iter().zip(diagnostics) {
        let position = diagnostic.position.unwrap();
        assert_eq!(item["severity"], "error");
        assert_eq!(item["code"], "operand-type");
        assert_eq!(item["message"], diagnostic.message.as_str());
        assert_eq!(item["help"], diagnostic.help.as_deref().unwrap());
        assert_eq!(item["file"], "operand-type.yaml");
        assert_eq!((&item["line"], &item["column"]), (&position.line.into(), &position.column.into()));
    }
}
