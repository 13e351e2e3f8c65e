//! Other products' public test suites, through real documents: what the field means by a condition or a
//! flag is what ours means.
//!
//! Reads every `*.jsonl` of the directory that `FLAGS_CONFORMANCE` names; without it nothing runs.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod document;

use document::{Inexpressible, PROBE};
use flags_runtime::{Context, Engine};
use flags_schema::{Diagnostic, Options, Severity, SourceFile};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::Write as _;

/// What became of a case.
enum Outcome {
    /// Our answer is the expected one.
    Agrees,
    /// It is not: how.
    Differs(String),
    /// It has no form in our format.
    Inexpressible(Inexpressible),
    /// Its form is a document that is refused when it is loaded, so that it never answers: the codes.
    Refused(String),
}

/// What of the known suites does not run, and why: it cannot grow unseen. The texts are those of
/// [`Inexpressible::describe`] or, of refused documents, the codes of their errors.
const NOT_RUN: &[(&str, &str, usize)] = &[
    ("growthbook", "compares a whole list or object for equality; ours compare elements and fields", 9),
    ("growthbook", "refused: bad-regex", 2),
    ("growthbook", "refused: bad-version", 1),
    ("growthbook", "refused: empty-list", 1),
    ("growthbook", "refused: operand-type", 4),
    ("growthbook", "refused: unknown-operator", 1),
    ("openfeature-spec", "expects a provider's cache; ours has none", 2),
    ("split", "refused: bad-version", 24),
];

#[test]
fn every_case_means_the_same() {
    // Written past the test harness, which swallows what a passing test prints.
    let mut out = std::io::stdout().lock();
    let Some(directory) = std::env::var_os("FLAGS_CONFORMANCE") else {
        writeln!(out, "conformance: skipped, FLAGS_CONFORMANCE names no directory").unwrap();
        return;
    };
    let (mut agreed, mut disputed, mut differences) = (0, 0, Vec::new());
    let mut not_run = BTreeMap::<(String, String), Vec<String>>::new();
    let mut suites = Vec::new();
    for (suite, cases) in read_suites(directory.as_ref()) {
        for case in &cases {
            let name = case["case"].as_str().unwrap_or_default().to_owned();
            if case.get("disputed").is_some() && case.get("ours").is_none() {
                disputed += 1;
                continue;
            }
            match run(case) {
                Outcome::Agrees => agreed += 1,
                Outcome::Differs(how) => differences.push(format!("{suite}: {name}\n{how}")),
                Outcome::Inexpressible(why) => {
                    not_run.entry((suite.clone(), why.describe().to_owned())).or_default().push(name);
                }
                Outcome::Refused(codes) => not_run.entry((suite.clone(), codes)).or_default().push(name),
            }
        }
        suites.push(suite);
    }

    let left_out: usize = not_run.values().map(Vec::len).sum();
    writeln!(
        out,
        "conformance: {agreed} agree, {disputed} disputed by others, {left_out} cannot be expressed"
    )
    .unwrap();
    for ((suite, why), names) in &not_run {
        writeln!(out, "  {suite}, {}: {why}", names.len()).unwrap();
        for name in names {
            writeln!(out, "    {name}").unwrap();
        }
    }
    assert!(agreed > 0, "no case was read");
    assert!(differences.is_empty(), "{} cases differ\n\n{}", differences.len(), differences.join("\n"));
    let not_run: Vec<_> =
        not_run.iter().map(|((s, why), names)| (s.as_str(), why.as_str(), names.len())).collect();
    for suite in suites {
        let of_suite = |rows: &[(&str, &str, usize)]| {
            rows.iter()
                .filter(|(s, _, _)| *s == suite)
                .map(|(_, why, count)| format!("{count}: {why}"))
                .collect::<Vec<_>>()
        };
        if KNOWN_SUITES.contains(&suite.as_str()) {
            assert_eq!(of_suite(&not_run), of_suite(NOT_RUN), "what does not run of {suite} has changed");
        }
    }
}

/// Suites whose list of what does not run is pinned by [`NOT_RUN`].
const KNOWN_SUITES: &[&str] = &["growthbook", "openfeature-spec", "split"];

fn read_suites(directory: &std::path::Path) -> BTreeMap<String, Vec<Value>> {
    let mut suites = BTreeMap::new();
    let entries = std::fs::read_dir(directory).unwrap_or_else(|e| panic!("{}: {e}", directory.display()));
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.extension().is_none_or(|extension| extension != "jsonl") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let cases = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        suites.insert(path.file_stem().unwrap().to_string_lossy().into_owned(), cases);
    }
    suites
}

fn run(case: &Value) -> Outcome {
    let is_condition = case["kind"] == "condition";
    let document = if is_condition { document::of_condition(case) } else { document::of_flag(case, &meets) };
    let text = match document {
        Ok(document) => document::to_yaml(&document),
        Err(why) => return Outcome::Inexpressible(why),
    };
    let engine = match load(&text) {
        Ok(engine) => engine,
        Err(codes) if expected(case) == &Value::Bool(true) => {
            return Outcome::Refused(format!("{codes}, expected true"));
        }
        Err(codes) => return Outcome::Refused(codes),
    };
    let attributes = if is_condition { &case["attributes"] } else { &case["context"] };
    let context: Context = serde_json::from_value(attributes.clone()).unwrap();
    let how = if is_condition {
        condition_differs(case, &engine, &context)
    } else {
        flag_differs(case, &engine, &context)
    };
    match how {
        None => Outcome::Agrees,
        Some(how) => Outcome::Differs(format!("  {how}\n  for {attributes}\n{}", indented(&text))),
    }
}

/// What our semantics give where they are written down, else what every product gives.
fn expected(case: &Value) -> &Value {
    case.get("ours").unwrap_or(&case["expect"])
}

/// Whether a prerequisite's condition holds of a variant's value: our own engine says so.
fn meets(condition: &Value, value: &Value) -> bool {
    let document = document::of_condition(&json!({ "condition": condition })).unwrap();
    let context: Context = serde_json::from_value(json!({ "value": value })).unwrap();
    load(&document::to_yaml(&document)).unwrap().flag(PROBE).unwrap().enabled(&context)
}

/// The engine of a document, or the codes of the errors for which it was refused.
fn load(text: &str) -> Result<Engine, String> {
    let mut overlays = |path: &str| Err(format!("`{path}` is not there"));
    let loaded = flags_schema::load(SourceFile::new("flags.yaml", text), &mut overlays, &Options::default());
    let diagnostics = loaded.diagnostics.into_vec();
    let errors: Vec<_> = diagnostics.into_iter().filter(|d| d.severity == Severity::Error).collect();
    let refused = |errors: Vec<Diagnostic>| {
        let codes: BTreeSet<&str> = errors.iter().map(|d| d.code.as_str()).collect();
        format!("refused: {}", codes.into_iter().collect::<Vec<_>>().join(", "))
    };
    if errors.is_empty() {
        Engine::new(loaded.document, flags_runtime::Options::default()).map_err(refused)
    } else {
        Err(refused(errors))
    }
}

fn condition_differs(case: &Value, engine: &Engine, context: &Context) -> Option<String> {
    let expected = expected(case).as_bool().unwrap();
    let holds = engine.flag(PROBE).unwrap().enabled(context);
    (holds != expected).then(|| format!("expected {expected}, got {holds}"))
}

fn flag_differs(case: &Value, engine: &Engine, context: &Context) -> Option<String> {
    let expected = expected(case);
    let Some(flag) = engine.flag(&document::key(case["flag"]["key"].as_str().unwrap())) else {
        // Nothing to ask: the caller keeps what it would have passed as default.
        let agrees = expected["error"] == "FLAG_NOT_FOUND" || expected["value"] == case["default"];
        return (!agrees).then(|| "the flag is not there".to_owned());
    };
    let evaluation = flag.evaluate(context);
    let mut how = String::new();
    if let Some(value) = expected.get("value") {
        // A variant without a value of its own is served as its name.
        let named = flag.definition().unwrap().variants;
        let has_value = evaluation
            .variant()
            .is_none_or(|name| named.iter().any(|v| *v.name == *name && v.value.is_some()));
        let ours = if has_value { to_json(evaluation.value()) } else { Value::Null };
        if !same(&ours, value) {
            writeln!(how, "expected the value {value}, got {ours}").unwrap();
        }
    }
    for (what, ours) in [("variant", evaluation.variant()), ("reason", Some(evaluation.reason().as_str()))] {
        if let Some(expected) = expected.get(what)
            && expected.as_str() != ours
        {
            writeln!(how, "expected the {what} {expected}, got {ours:?}").unwrap();
        }
    }
    (!how.is_empty()).then_some(how)
}

/// A value as JSON; fields that a variant does without (`null`) are left out again.
fn to_json(value: &flags_schema::Value) -> Value {
    use flags_schema::Value as Ours;
    match value {
        Ours::Null => Value::Null,
        Ours::Bool(b) => Value::from(*b),
        Ours::Integer(i) => Value::from(*i),
        Ours::Float(f) => Value::from(*f),
        Ours::String(s) => Value::from(s.as_str()),
        Ours::List(members) => members.iter().map(|member| to_json(member)).collect(),
        Ours::Map(entries) => entries
            .iter()
            .filter(|(_, value)| !matches!(**value, Ours::Null))
            .map(|(name, value)| ((**name).clone(), to_json(value)))
            .collect(),
    }
}

/// Equal, where `1` and `1.0` are one number.
fn same(ours: &Value, theirs: &Value) -> bool {
    ours == theirs
        || matches!((ours.as_f64(), theirs.as_f64()), (Some(a), Some(b)) if a.total_cmp(&b).is_eq())
}

fn indented(text: &str) -> String {
    text.lines().fold(String::new(), |mut out, line| {
        writeln!(out, "    {line}").unwrap();
        out
    })
}
