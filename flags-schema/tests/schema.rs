//! The JSON Schema: it is the committed one, it describes every key, valid documents pass it, and what it
//! refuses is an error to the reader too.
#![cfg(all(feature = "schema", feature = "yaml"))]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests may panic, and so may what they call"
)]

use flags_schema::{Options, SourceFile, load};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn base() -> jsonschema::Validator {
    jsonschema::draft7::new(&flags_schema::json_schema()).unwrap()
}

fn overlay() -> jsonschema::Validator {
    let definitions = flags_schema::json_schema()["definitions"].clone();
    jsonschema::draft7::new(&json!({ "$ref": "#/definitions/overlay", "definitions": definitions })).unwrap()
}

fn yaml(text: &str) -> Value {
    serde_yaml::from_str(text).unwrap()
}

/// The committed file is what the crate says. `UPDATE_SCHEMA=1` writes it anew.
#[test]
fn the_committed_schema_is_true() {
    let path = here("flags.schema.json");
    let current = format!("{:#}\n", flags_schema::json_schema());
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        std::fs::write(&path, &current).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == current, "{} is out of date: run this test with UPDATE_SCHEMA=1", path.display());
}

#[test]
fn the_schema_is_one() {
    assert!(jsonschema::draft7::meta::is_valid(&flags_schema::json_schema()));
}

#[test]
fn every_key_has_a_description() {
    fn walk(schema: &Value, path: &str, missing: &mut Vec<String>) {
        match schema {
            Value::Object(map) => {
                if let Some(Value::Object(properties)) = map.get("properties") {
                    for (key, value) in properties {
                        if !value.get("description").is_some_and(Value::is_string) {
                            missing.push(format!("{path}/{key}"));
                        }
                    }
                }
                for (key, value) in map {
                    walk(value, &format!("{path}/{key}"), missing);
                }
            }
            Value::Array(items) => items.iter().for_each(|item| walk(item, path, missing)),
            _ => {}
        }
    }
    let mut missing = Vec::new();
    walk(&flags_schema::json_schema(), "#", &mut missing);
    assert!(missing.is_empty(), "{missing:#?}");
}

/// Every fixture, and the flags of the examples where the repository is there.
#[test]
fn valid_documents_pass() {
    let yaml_files = |folder: &str, prefix: &'static str| {
        let entries = std::fs::read_dir(here(folder)).into_iter().flatten();
        entries.map(|entry| entry.unwrap().path()).filter(move |path| {
            path.extension().is_some_and(|extension| extension == "yaml")
                && path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(prefix))
        })
    };
    let mut files: Vec<PathBuf> = yaml_files("tests/valid", "").chain(yaml_files("..", "flags.")).collect();
    files.sort();
    assert!(files.len() >= 8, "{files:?}");
    let (base, overlay) = (base(), overlay());
    for path in files {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let is_overlay = name.starts_with("overlay-") || name.starts_with("flags.") && name != "flags.yaml";
        let document = yaml(&std::fs::read_to_string(&path).unwrap());
        let validator = if is_overlay { &overlay } else { &base };
        let errors: Vec<String> = validator
            .iter_errors(&document)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{name}: {errors:#?}");
    }
}

/// Flags of a wrong structure.
const FLAGS: &[&str] = &[
    "1",
    "[on]",
    "true",
    "{}",
    "{ state: yes }",
    "{ state: 'true' }",
    "{ state: [on] }",
    "{ state: on, sate: on }",
    "{ state: on, description: 1 }",
    "{ state: on, tags: core }",
    "{ state: on, kind: toggle }",
    "{ state: on, mutability: never }",
    "{ state: on, env_override: maybe }",
    "{ state: on, expires: soon }",
    "{ state: on, expires: 2026-12-01T09:00:00 }",
    "{ state: gradual, rollout: 101 }",
    "{ state: gradual, rollout: -1 }",
    "{ state: gradual, rollout: '25' }",
    "{ state: gradual, rollout: {} }",
    "{ state: gradual, rollout: { percent: 25 } }",
    "{ state: gradual, rollout: { percentage: 25, start: 2026-12-01 } }",
    "{ state: gradual, rollout: { start: 2026-12-01 } }",
    "{ state: gradual, rollout: { start: 2026-12-01, step: 10, every: 10 } }",
    "{ state: gradual, rollout: { start: 2026-12-01, step: 10, every: 1day } }",
    "{ state: gradual, rollout: { start: 2026-12-01, end: 2026-12-11, step: 10, every: 1d } }",
    "{ state: targeted, users: user-1 }",
    "{ state: targeted, users: { on: user-1 } }",
    "{ state: targeted, rules: { when: { a: 1 } } }",
    "{ state: targeted, rules: [on] }",
    "{ state: targeted, rules: [{ if: { a: 1 } }] }",
    "{ state: targeted, rules: [{ when: {} }] }",
    "{ state: targeted, rules: [{ when: [] }] }",
    "{ state: targeted, rules: [{ when: '' }] }",
    "{ state: targeted, rules: [{ when: { any: [] } }] }",
    "{ state: targeted, rules: [{ when: { all: { a: 1 } } }] }",
    "{ state: targeted, rules: [{ when: { not: [] } }] }",
    "{ state: targeted, rules: [{ when: { a: [1] } }] }",
    "{ state: targeted, rules: [{ when: { a: null } }] }",
    "{ state: targeted, rules: [{ when: { a: {} } }] }",
    "{ state: targeted, rules: [{ when: { a: { is: 1 } } }] }",
    "{ state: targeted, rules: [{ when: { a: { in: 1 } } }] }",
    "{ state: targeted, rules: [{ when: { a: { contains_any: [] } } }] }",
    "{ state: targeted, rules: [{ when: { a: { in: [[1]] } } }] }",
    "{ state: targeted, rules: [{ when: { a: { eq: [1] } } }] }",
    "{ state: targeted, rules: [{ when: { a: { exists: 1 } } }] }",
    "{ state: targeted, rules: [{ when: { a: { within: 30 } } }] }",
    "{ state: targeted, rules: [{ when: { a: { regex: 1 } } }] }",
    "{ state: targeted, rules: [{ when: { a: { eq: x, ignore_case: 1 } } }] }",
    "{ state: targeted, rules: [{ when: { segment: [beta] } }] }",
    "{ state: targeted, rules: [{ serve: null }] }",
    "{ state: targeted, rules: [{ priority: high }] }",
    "{ state: targeted, rules: [{ starts: 12 }] }",
    "{ state: on, variants: control }",
    "{ state: on, variants: {} }",
    "{ state: on, variants: [a, a] }",
    "{ state: on, variants: [-1] }",
    "{ state: on, variants: { -1st: { weight: 100 } } }",
    "{ state: on, variants: { a: { weight: 101 } } }",
    "{ state: on, variants: { a: { weight: heavy } } }",
    "{ state: on, variants: { a: { weight: 100, color: blue } } }",
    "{ state: on, requires: other }",
    "{ state: on, requires: [{ variant: treatment }] }",
    "{ state: on, environments: production }",
    "{ state: on, environments: [] }",
    "{ state: on, environments: { production: { owner: me } } }",
    "{ state: on, experiment: { control: a } }",
    "{ state: on, variants: [a], experiment: { events: [click] } }",
    "{ state: on, variants: [a], experiment: { control: a, event: [click] } }",
    "{ state: on, variants: [a], experiment: { control: a, metrics: { m: { sum: value } } } }",
    "{ state: on, variants: [a], experiment: { control: a, metrics: { m: { event: x, sum: price } } } }",
    "{ state: on, variants: [a], experiment: { control: a, metrics: { m: { event: x, cap: 5 } } } }",
    "{ state: on, variants: [a], experiment: { control: a, metrics: { m: { event: x, sum: value, mean: value } } } }",
    "{ state: on, variants: [a], experiment: { control: a, metrics: { m: { event: x, mean: value, cap: 0 } } } }",
    "{ state: on, variants: [a], experiment: { control: a, metrics: { m: { event: x, better: more } } } }",
    "{ state: on, variants: [a], experiment: { control: a, minimum_effect: 2 } }",
    "{ state: on, type: json, variants: [a, b] }",
    "{ state: on, type: json, value: 1, variants: { a: 1 } }",
    "{ type: json, variants: { a: 1 } }",
    "{ state: on, type: object, variants: { a: { value: { x: 1 } } } }",
    "{ type: integer }",
    "{ value: 1 }",
    "{ type: text, value: a }",
    "{ type: integer, value: 1, variants: [a] }",
    "{ type: integer, value: 1, users: [a] }",
];

/// Documents of a wrong structure around their flags.
const DOCUMENTS: &[&str] = &[
    "[]",
    "{}",
    "{ context: { plan: { type: string, values: [] } }, flags: {} }",
    "flags: []",
    "flags: { _fa: on }",
    "flags: { 'a b': on }",
    "flags: { a-: on }",
    "{ flag: {}, flags: {} }",
    "{ version: 2, flags: {} }",
    "{ version: '1', flags: {} }",
    "{ settings: { prefix: A_ }, flags: {} }",
    "{ settings: { env_prefix: a-b }, flags: {} }",
    "{ settings: { default_rollout: 200 }, flags: {} }",
    "{ settings: { require: [color] }, flags: {} }",
    "{ environments: [staging], flags: {} }",
    "{ environments: { staging: overlay.yaml }, flags: {} }",
    "{ environments: { staging: { file: overlay.yaml } }, flags: {} }",
    "{ context: { plan: text }, flags: {} }",
    "{ context: { plan: [string, integer] }, flags: {} }",
    "{ context: { plan: { values: [a] } }, flags: {} }",
    "{ context: { plan: { type: string, optional: true } }, flags: {} }",
    "{ segments: { beta: {} }, flags: {} }",
    "{ segments: { beta: [user-1] }, flags: {} }",
    "{ segments: { beta: { members: [user-1] } }, flags: {} }",
];

#[test]
fn documents_of_a_wrong_structure_fail() {
    let validator = base();
    let flags = FLAGS.iter().map(|flag| format!("flags: {{ f: {flag} }}"));
    let mut accepted = Vec::new();
    for text in flags.chain(DOCUMENTS.iter().map(|text| (*text).to_owned())) {
        assert!(!validator.is_valid(&yaml(&text)), "{text}");
        let read = &mut |name: &str| Ok(SourceFile::new(name, ""));
        let loaded = load(SourceFile::new("flags.yaml", &*text), read, &Options::default());
        if !loaded.diagnostics.has_errors() {
            accepted.push(text);
        }
    }
    assert!(accepted.is_empty(), "the reader takes what the schema refuses: {accepted:#?}");
}

#[test]
fn overlays_of_a_wrong_structure_fail() {
    let validator = overlay();
    for text in [
        "[]",
        "{ context: { plan: string } }",
        "{ environments: { staging: {} } }",
        "flags: { f: { owner: me } }",
        "flags: { f: { type: integer } }",
        "flags: { f: { state: yes } }",
        "flags: { f: { rollout: 101 } }",
    ] {
        assert!(!validator.is_valid(&yaml(text)), "{text}");
    }
}
