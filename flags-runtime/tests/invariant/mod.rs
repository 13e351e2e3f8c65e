//! What holds of every text that is read as the JSON of a context: shared by a test and by the fuzz target `contexts`.

#![allow(clippy::unwrap_used, clippy::panic, reason = "it fails by panicking")]

use flags_runtime::{Context, Engine, Options};
use flags_schema::{SourceFile, load};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// Rules of every sort of operator over a few attributes, of which `email` is private. No rule asks for it.
const DOCUMENT: &str = "\
context:
  plan: { type: string, values: [free, premium] }
  age: number
  version: version
  address: address
  groups: [string]
  since: timestamp
  admin: boolean
  email: { type: string, private: true }
segments:
  beta: { users: [ann, bob], when: { groups: { contains: beta } } }
flags:
  words: { state: targeted, rules: [ { when: { plan: { in: [free, premium] }, admin: true } } ] }
  numbers: { state: targeted, rules: [ { when: { age: { gte: 18 } } } ] }
  versions: { state: targeted, rules: [ { when: { version: { semver: '>=2.1' } } } ] }
  networks: { state: targeted, rules: [ { when: { address: { cidr: 10.0.0.0/8 } } } ] }
  lists: { state: targeted, rules: [ { when: { groups: { contains_any: [beta, staff] } } } ] }
  moments: { state: targeted, rules: [ { when: { since: { before: 2025-01-01 } } } ] }
  negated: { state: targeted, rules: [ { when: \"!(plan == 'free') && !exists(age)\" } ] }
  members: { state: beta }
  rollout: { state: gradual, rollout: 50 }
  by-plan: { state: gradual, rollout: { percentage: 50, by: plan } }
  variants: { state: on, variants: { a: { weight: 50 }, b: { weight: 50 } } }
";

/// Attributes of the document whose values may be shown, and the targeting key.
const PUBLIC: &[&str] = &[
    "user",
    "targetingKey",
    "targeting_key",
    "plan",
    "age",
    "version",
    "address",
    "groups",
    "since",
    "admin",
];

/// What evaluates the contexts.
pub(crate) fn engine() -> Engine {
    let loaded = load(
        SourceFile::new("flags.yaml", DOCUMENT),
        &mut |_| Err(String::new()),
        &flags_schema::Options::default(),
    );
    assert!(!loaded.diagnostics.has_errors(), "{:?}", loaded.diagnostics);
    Engine::new(loaded.document, Options::default()).unwrap()
}

/// Checks what holds of the text.
pub(crate) fn check(engine: &Engine, text: &str) {
    let read = serde_json::from_str::<Context>(text);
    let again = serde_json::from_str::<Context>(text);
    let checked = Context::from_json_checked(engine, &mut serde_json::Deserializer::from_str(text));
    let value = serde_json::from_str::<Value>(text);
    let Ok(context) = read else {
        assert!(again.is_err(), "read once, and not again");
        assert!(!matches!(value, Ok(Value::Object(_))), "every object is a context");
        return;
    };
    assert_eq!(again.as_ref().ok(), Some(&context), "read twice, it is the same");
    // Of text that follows the object, only a reader of the whole text knows.
    match checked {
        Ok(checked) => assert_eq!(checked, context, "checked, it is the same"),
        Err(error) => {
            let same = error.into_context().as_ref() == Some(&context);
            assert!(same, "what is wrong with it does not change it");
        }
    }
    assert_eq!(context.clone(), context);
    same_answers(engine, &context, &context.clone());

    let Ok(Value::Object(object)) = value else { return };
    let mut names = BTreeSet::new();
    // `serde_json` keeps members in the order of their names, and of several of one name the last.
    let sorted = serde_json::from_value::<Context>(Value::Object(object.clone())).unwrap();
    if are_different(&object, "", &mut names) {
        let other = serde_json::from_str::<Context>(&backwards(&object)).unwrap();
        assert_eq!(other, sorted, "the order of members does not matter");
        same_answers(engine, &sorted, &other);
    }
    let hidden = serde_json::from_value::<Context>(changed(&object, &|_| true)).unwrap();
    assert_eq!(format!("{hidden:?}"), format!("{sorted:?}"), "`Debug` shows names and types alone");
    let private = |name: &str| !PUBLIC.contains(&name);
    let hidden = serde_json::from_value::<Context>(changed(&object, &private)).unwrap();
    assert_eq!(engine.shown(&hidden), engine.shown(&sorted), "values are shown of public attributes alone");
    for flag in engine.flags() {
        let [hidden, sorted] = [&hidden, &sorted].map(|context| flag.explain(context).to_string());
        assert_eq!(hidden, sorted, "an explanation tells nothing of what is private");
    }
}

fn same_answers(engine: &Engine, one: &Context, other: &Context) {
    let (one, other) = (engine.evaluate_all(one), engine.evaluate_all(other));
    for (one, other) in one.iter().zip(other.iter()) {
        let told =
            [&one, &other].map(|it| (it.variant().map(str::to_owned), it.value().clone(), it.reason()));
        assert_eq!(told[0], told[1], "equal contexts get the same");
    }
}

/// Whether no two members become one attribute: then their order does not matter.
fn are_different(object: &Map<String, Value>, prefix: &str, names: &mut BTreeSet<String>) -> bool {
    object.iter().all(|(name, value)| {
        let name = match name.as_str() {
            "targetingKey" | "targeting_key" if prefix.is_empty() => "user".to_owned(),
            name => format!("{prefix}{name}"),
        };
        let inside = match value {
            Value::Object(members) => are_different(members, &format!("{name}."), names),
            _ => true,
        };
        inside && names.insert(name)
    })
}

fn backwards(object: &Map<String, Value>) -> String {
    let members = object.iter().rev().map(|(name, value)| {
        let value = match value {
            Value::Object(members) => backwards(members),
            other => other.to_string(),
        };
        format!("{}:{value}", Value::from(name.as_str()))
    });
    format!("{{{}}}", members.collect::<Vec<_>>().join(","))
}

/// The same with other texts and booleans in the members whose names are so.
fn changed(object: &Map<String, Value>, which: &dyn Fn(&str) -> bool) -> Value {
    fn other(value: &Value) -> Value {
        match value {
            Value::String(_) => Value::from("something else"),
            Value::Bool(value) => Value::from(!value),
            Value::Array(items) => items.iter().map(other).collect(),
            Value::Object(members) => changed(members, &|_| true),
            same => same.clone(),
        }
    }
    let members = object.iter().map(|(name, value)| {
        let value = if which(name) { other(value) } else { value.clone() };
        (name.clone(), value)
    });
    Value::Object(members.collect())
}
