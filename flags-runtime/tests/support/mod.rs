//! What the tests of the specification share: engines from YAML, contexts from JSON, tables of cases.
#![allow(dead_code, reason = "each test file uses what it needs")]
#![allow(unreachable_pub, reason = "a module of several test binaries")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

use flags_runtime::{Context, Engine, Evaluation, FixedClock, Options, Timestamp, Value, Variables};
use flags_schema::{Document, SourceFile, load, render};
use sha2::{Digest, Sha256};
use std::fmt::{Debug, Write};

/// The moment at which the tests take place: 2026-06-15T12:00:00Z.
pub const NOW: &str = "2026-06-15T12:00:00Z";

/// The moment that a text names.
pub fn moment(text: &str) -> Timestamp {
    flags_schema::parse::timestamp(text).expect(text)
}

/// The document of a flags.yaml without overlays.
pub fn document(yaml: &str) -> Document {
    document_with(yaml, &[])
}

/// The document of a flags.yaml and overlays, by their names.
pub fn document_with(yaml: &str, overlays: &[(&str, &str)]) -> Document {
    let mut read = |name: &str| {
        let text = overlays.iter().find(|(known, _)| *known == name);
        text.map(|(name, text)| SourceFile::new(*name, *text)).ok_or_else(|| "no such file".to_owned())
    };
    let loaded = load(SourceFile::new("flags.yaml", yaml), &mut read, &flags_schema::Options::default());
    let errors = loaded.diagnostics.iter().filter(|found| found.severity == flags_schema::Severity::Error);
    let errors = render::text(errors, &loaded.sources);
    assert!(errors.is_empty(), "{errors}\nin\n{yaml}");
    loaded.document
}

/// The document as decoded, whatever the checks say: for what an engine itself refuses.
pub fn unchecked(yaml: &str) -> Document {
    let source = SourceFile::new("flags.yaml", yaml);
    load(source, &mut |_| Err("no overlays".to_owned()), &flags_schema::Options::default()).document
}

/// Options that depend on nothing outside: no environment variables, the time is [`NOW`].
pub fn options() -> Options {
    Options::default().variables(Variables::None).clock(FixedClock(moment(NOW)))
}

/// The engine of a flags.yaml.
pub fn engine(yaml: &str) -> Engine {
    engine_with(document(yaml), options())
}

/// The engine of a document.
pub fn engine_with(document: Document, options: Options) -> Engine {
    Engine::new(document, options).unwrap_or_else(|errors| panic!("{errors:#?}"))
}

/// The context of a JSON object.
pub fn context(json: &str) -> Context {
    serde_json::from_str(json).unwrap_or_else(|error| panic!("{error} in {json}"))
}

/// The evaluation of a flag.
pub fn evaluate(engine: &Engine, flag: &str, context: &Context) -> Evaluation<Value> {
    engine.flag(flag).unwrap_or_else(|| panic!("no flag {flag}")).evaluate(context)
}

/// `variant REASON`, and the error code and the rule where there are any: what tables compare.
pub fn told(engine: &Engine, flag: &str, context: &Context) -> String {
    let evaluation = evaluate(engine, flag, context);
    let mut told = match (evaluation.variant(), evaluation.value()) {
        (Some(variant), _) => variant.to_owned(),
        (None, value) => literal(value),
    };
    write!(told, " {}", evaluation.reason()).unwrap();
    if let Some(code) = evaluation.error_code() {
        write!(told, " {code}").unwrap();
    }
    if let Some(rule) = evaluation.rule() {
        write!(told, " by {rule}").unwrap();
    }
    told
}

/// The name of the variant that a flag serves.
pub fn variant(engine: &Engine, flag: &str, context: &Context) -> String {
    evaluate(engine, flag, context).variant().unwrap().to_owned()
}

/// A literal in the form of JSON, without spaces.
pub fn literal(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(boolean) => boolean.to_string(),
        Value::Integer(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::String(text) => format!("{text:?}"),
        Value::List(items) => {
            format!("[{}]", items.iter().map(|item| literal(item)).collect::<Vec<_>>().join(","))
        }
        Value::Map(fields) => {
            let fields = fields.iter().map(|(name, value)| format!("{:?}:{}", **name, literal(value)));
            format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
        }
    }
}

/// Compares a table's outcomes with what is expected, and shows every case that differs.
pub fn table<C: Debug, T: Debug + PartialEq>(cases: impl IntoIterator<Item = (C, T, T)>) {
    let mut wrong = String::new();
    let mut count = 0;
    for (case, found, expected) in cases {
        count += 1;
        if found != expected {
            writeln!(wrong, "{case:?}\n    expected {expected:?}\n    found    {found:?}").unwrap();
        }
    }
    assert!(count > 0, "an empty table shows nothing");
    assert!(wrong.is_empty(), "\n{wrong}");
}

/// What is known of a condition for a context: a rule tells whether it holds, another one whether its
/// negation does, and where neither does it is unknown.
pub fn truth(declared: &str, when: &str, context: &Context) -> &'static str {
    let declared = if declared.is_empty() { String::new() } else { format!("context: {{ {declared} }}\n") };
    let engine = engine(&format!(
        "{declared}\
         segments:\n  \
           beta: {{ users: [beta1, beta2] }}\n  \
           adults: {{ when: {{ age: {{ gte: 18 }} }} }}\n\
         flags:\n  \
           holds: {{ state: targeted, rules: [ {{ when: {when} }} ] }}\n  \
           fails: {{ state: targeted, rules: [ {{ when: {{ not: {when} }} }} ] }}\n"
    ));
    match (enabled(&engine, "holds", context), enabled(&engine, "fails", context)) {
        (true, false) => "true",
        (false, true) => "false",
        (false, false) => "unknown",
        (true, true) => panic!("{when} and its negation hold"),
    }
}

/// Whether a flag is on.
pub fn enabled(engine: &Engine, flag: &str, context: &Context) -> bool {
    engine.flag(flag).unwrap_or_else(|| panic!("no flag {flag}")).enabled(context)
}

/// Cases of conditions: the condition, the context, what is known of it. `declared` are attributes of
/// `context:` but `age`; none, when any may be used.
pub fn conditions(declared: &str, cases: &[(&str, &str, &'static str)]) {
    // The helper's segments ask for it.
    let declared = if declared.is_empty() { String::new() } else { format!("{declared}, age: integer") };
    table(
        cases.iter().map(|(when, json, expected)| {
            ((*when, *json), truth(&declared, when, &context(json)), *expected)
        }),
    );
}

/// The specification's rollout bucket, in [0, 1), computed from SHA-256 alone.
pub fn rollout_bucket(salt: &str, key: &str) -> f64 {
    bucket(&Sha256::digest(salt)[..16], key)
}

/// The specification's variant bucket, in [0, 1), computed from SHA-256 alone.
pub fn variant_bucket(salt: &str, key: &str) -> f64 {
    bucket(&Sha256::digest(salt)[16..], key)
}

fn bucket(salt: &[u8], key: &str) -> f64 {
    let number = |bytes: &[u8]| u128::from_be_bytes(bytes.try_into().unwrap());
    let product = number(&Sha256::digest(key)[..16]).wrapping_mul(number(salt) | 1);
    #[expect(clippy::cast_precision_loss, reason = "tests stay away from the bounds")]
    let bucket = (product >> 64) as f64 / 2_f64.powi(64);
    bucket
}
