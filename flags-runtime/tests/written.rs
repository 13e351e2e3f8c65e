//! What servers and tools write and read: evaluations, explanations and overrides as JSON, states of overrides as text.

#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

mod support;

use flags_runtime::{Context, Engine, OverrideState, SourceFile, Value, Variables};
use flags_schema::{Percent, Position, Spanned};
use proptest::prelude::*;
use serde_json::{Value as Json, json, to_value};
use support::{document, engine, engine_with, options};

const FLAGS: &str = "\
segments: { beta: { users: [ann] } }
flags:
  switch: { state: targeted, rules: [ { name: premium, when: { plan: premium } } ] }
  split: { state: on, variants: { a: { value: { size: 1, tags: [x] } }, b: { value: { size: 2, tags: [] } } } }
  size: { type: integer, value: 20 }
  ratio: { type: float, value: 0.5 }
  greeting: { type: string, value: hello }
";

#[test]
fn evaluations_are_plain_json() {
    let engine = engine(FLAGS);
    let context = Context::new("ann").with("plan", "premium");
    let evaluation = engine.flag("switch").unwrap().evaluate(&context);
    let expected = json!({
        "flag": "switch", "value": true, "variant": "on", "on": true, "reason": "TARGETING_MATCH", "errorCode": null,
        "rule": "premium", "layer": "file", "file": "flags.yaml", "line": 3,
    });
    assert_eq!(to_value(&evaluation).unwrap(), expected);
    assert_eq!(to_value(evaluation.map(|_| true)).unwrap(), expected, "typed, it is the same");
    engine.set_override("split", OverrideState::Variant("b".to_owned())).unwrap();
    let evaluations: Vec<_> = engine.evaluate_all(&context).iter().collect();
    let values: Vec<Json> = evaluations.iter().map(|one| to_value(one).unwrap()["value"].clone()).collect();
    assert_eq!(json!(values), json!([true, { "size": 2, "tags": [] }, 20, 0.5, "hello"]));
    let split = to_value(&evaluations[1]).unwrap();
    assert_eq!(
        (&split["layer"], &split["file"], &split["line"]),
        (&json!("program"), &json!(null), &json!(null))
    );
    let missing = engine.flag("switch").unwrap().evaluate(&Context::anonymous());
    assert_eq!(to_value(missing).unwrap()["rule"], json!(null));
}

#[test]
fn explanations_overrides_and_metrics() {
    let engine = engine(FLAGS);
    let context: Context = serde_json::from_str(r#"{"plan": "free", "orders": [{}]}"#).unwrap();
    let explanation = to_value(engine.flag("switch").unwrap().explain(&context)).unwrap();
    assert_eq!(explanation["flag"], json!("switch"));
    assert_eq!(
        explanation["steps"][0],
        json!({
            "decided": false, "subject": "rule 'premium'", "outcome": "its condition is false",
            "details": ["plan == 'premium': false (it is \"free\")"],
        })
    );
    assert!(explanation["notes"][0].as_str().unwrap().contains("`orders` was left out"));
    engine.set_override("switch", OverrideState::users(["ann", "b,c"])).unwrap();
    let overrides = to_value(engine.overrides()).unwrap();
    assert_eq!(
        overrides,
        json!([{ "flag": "switch", "state": r#"users:["ann","b,c"]"#, "layer": "program" }])
    );
    let metrics = to_value(engine.metrics()).unwrap();
    assert_eq!(metrics["flags"][0]["key"], json!("switch"));
}

#[test]
fn states_from_text() {
    let state = |text: &str| text.parse::<OverrideState>().map_err(|error| error.to_string());
    let help = "write on, off, 25%, variant:NAME, segment:NAME, users:NAME,NAME or value:JSON";
    for (text, expected) in [
        ("on", Ok(OverrideState::On)),
        (" ENABLED ", Ok(OverrideState::On)),
        ("No", Ok(OverrideState::Off)),
        ("12.5%", Ok(OverrideState::Percentage(12.5))),
        ("100 %", Ok(OverrideState::Percentage(100.0))),
        ("101%", Err("`101%` is no percentage: it takes 0 to 100 in steps of 0.001".to_owned())),
        ("nan%", Err(format!("`nan%` is no override; {help}"))),
        ("1", Err(format!("`1` is no override; {help}"))),
        ("", Err(format!("`` is no override; {help}"))),
        ("beta", Err(format!("`beta` is no override; {help}"))),
        ("be\u{1b}ta", Err(format!("`be\\u{{1b}}ta` is no override; {help}"))),
        ("variant:a b", Ok(OverrideState::Variant("a b".to_owned()))),
        ("segment:users:x", Ok(OverrideState::Segment("users:x".to_owned()))),
        ("users: ann , bob,", Ok(OverrideState::users(["ann", "bob"]))),
        ("users:[ann", Ok(OverrideState::users(["[ann"]))),
        (r#"users:["[ann", ""]"#, Ok(OverrideState::users(["[ann", ""]))),
        ("users:", Err("`users:` names no user; write users:NAME,NAME".to_owned())),
        ("value:20", Ok(OverrideState::Value(Value::Integer(20)))),
        ("value:\"on\"", Ok(OverrideState::Value(Value::String("on".to_owned())))),
        (
            "value:{",
            Err("`value:{` holds no JSON: EOF while parsing an object at line 1 column 1".to_owned()),
        ),
    ] {
        assert_eq!(state(text), expected, "{text}");
    }
}

/// An engine of which the variables override flags, and what is wrong with them.
fn with_variables(variables: &[(&str, &str)]) -> Engine {
    let given = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    engine_with(document(FLAGS), options().variables(Variables::Given(given)))
}

#[test]
fn variables_hold_what_is_written() {
    let states = [
        ("switch", "FEATURE_SWITCH", OverrideState::Segment("beta".to_owned())),
        ("switch", "FEATURE_SWITCH", OverrideState::users(["a,b", "c"])),
        ("switch", "FEATURE_SWITCH", OverrideState::Percentage(12.5)),
        ("split", "FEATURE_SPLIT", OverrideState::Variant("b".to_owned())),
        ("size", "FEATURE_SIZE", OverrideState::Value(Value::Integer(7))),
        ("ratio", "FEATURE_RATIO", OverrideState::Value(Value::Float(0.25))),
        ("greeting", "FEATURE_GREETING", OverrideState::Value(Value::String(" value:\"x\" ".to_owned()))),
    ];
    for (key, name, state) in states {
        let engine = with_variables(&[(name, &state.to_string())]);
        assert_eq!(engine.problems(), [], "{state}");
        let found: Vec<_> = engine.overrides().into_iter().map(|it| (it.key, it.state)).collect();
        assert_eq!(found, [(key.to_owned(), state)]);
    }
    // What does not fit the flag is told, and does nothing.
    for (name, text, message) in [
        ("FEATURE_SWITCH", "segment:gamma", "segment `gamma` does not exist (for `switch`)"),
        ("FEATURE_SPLIT", "variant:c", "`split` has no variant `c`"),
        ("FEATURE_SIZE", "value:\"x\"", "the value is not of the type of `size`"),
    ] {
        let engine = with_variables(&[(name, text)]);
        assert_eq!(engine.overrides(), []);
        assert_eq!(engine.problems()[0].message, message, "{text}");
    }
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Integer),
        prop::num::f64::NORMAL.prop_map(Value::Float),
        any::<String>().prop_map(Value::String),
    ];
    let spanned = |value| Spanned::new(value, Position::default());
    leaf.prop_recursive(3, 16, 4, move |inner| {
        let inner = inner.prop_map(spanned);
        let name = any::<String>().prop_map(move |name| Spanned::new(name, Position::default()));
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::List),
            prop::collection::vec((name, inner), 0..4).prop_map(Value::Map),
        ]
    })
}

fn state() -> impl Strategy<Value = OverrideState> {
    let percent = (0_u32..=100_000).prop_map(|thousandths| {
        OverrideState::Percentage(
            f64::from(Percent::from_thousandths(thousandths).unwrap().thousandths()) / 1000.0,
        )
    });
    prop_oneof![
        Just(OverrideState::On),
        Just(OverrideState::Off),
        percent,
        any::<String>().prop_map(OverrideState::Variant),
        any::<String>().prop_map(OverrideState::Segment),
        prop::collection::vec(any::<String>(), 0..4).prop_map(OverrideState::Users),
        prop::collection::vec("[a-c, \\[]{0,3}", 0..4).prop_map(OverrideState::Users),
        value().prop_map(OverrideState::Value),
    ]
}

proptest! {
    #[test]
    fn every_state_is_read_back(state in state()) {
        prop_assert_eq!(state.to_string().parse(), Ok(state));
    }

    #[test]
    fn no_text_panics(text in any::<String>(), prefix in "(users:|value:|variant:|segment:)?") {
        let text = prefix + &text;
        if let Ok(state) = text.parse::<OverrideState>() {
            prop_assert_eq!(state.to_string().parse(), Ok(state));
        }
    }
}

/// Contexts that are not what is declared.
mod checked {
    use super::{Context, Engine, SourceFile, engine};
    use flags_runtime::ContextProblem;

    const DECLARED: &str = "\
context:
  country: string
  plan: { type: string, values: [free, premium] }
  age: integer
  score: number
  staff: boolean
  groups: [string]
  since: timestamp
  version: version
  tenant: { type: string, required: true }
  email: { type: string, private: true }
flags: {}
";

    fn problems(engine: &Engine, json: &str) -> Vec<String> {
        let mut reader = serde_json::Deserializer::from_str(json);
        match Context::from_json_checked(engine, &mut reader) {
            Ok(_) => Vec::new(),
            Err(error) => {
                assert!(!error.to_string().contains("secret"), "{error}");
                assert!(!format!("{error:?}").contains("secret"), "{error:?}");
                error.problems().iter().map(ContextProblem::to_string).collect()
            }
        }
    }

    #[test]
    fn against_the_document() {
        let engine = engine(DECLARED);
        for (members, expected) in [
            ("", None),
            (
                r#""country": "US", "plan": "free", "age": 7, "score": 1, "staff": true, "groups": ["a"],
                   "since": "2026-01-01", "version": "1.2.3", "email": "x@y""#,
                None,
            ),
            (r#""score": 1.5, "since": 1767225600000, "groups": [], "age": null, "user": 42"#, None),
            (r#""age": "secret""#, Some("the attribute `age` is declared as integer, and this is a string")),
            (
                r#""age": 7.5"#,
                Some("the attribute `age` is declared as integer, and this is a number with a fraction"),
            ),
            (r#""age": [7]"#, Some("the attribute `age` is declared as integer, and this is a list")),
            (
                r#""staff": "true""#,
                Some("the attribute `staff` is declared as boolean, and this is a string"),
            ),
            (r#""email": true"#, Some("the attribute `email` is declared as string, and this is a boolean")),
            (
                r#""groups": "a""#,
                Some("the attribute `groups` is declared as [string], and this is a string"),
            ),
            (
                r#""groups": ["a", 1]"#,
                Some("the attribute `groups` is declared as [string], and this is a list with an integer"),
            ),
            (
                r#""plan": "secret""#,
                Some("the attribute `plan` has a value that is none of `free`, `premium`"),
            ),
            (r#""plna": "free""#, Some("the document declares no attribute `plna`; did you mean `plan`?")),
            (r#""email": {"secret": 1}"#, Some("the document declares no attribute `email.…`")),
            (r#""user": true"#, Some("the attribute `user` is declared as string, and this is a boolean")),
            (
                r#""age": [[1]]"#,
                Some("the attribute `age` was left out: a list holds strings, numbers and booleans only"),
            ),
        ] {
            let comma = if members.is_empty() { "" } else { ", " };
            let found = problems(&engine, &format!(r#"{{"tenant": "t"{comma}{members}}}"#));
            assert_eq!(found, expected.iter().map(ToString::to_string).collect::<Vec<_>>(), "{members}");
        }
        assert_eq!(
            problems(&engine, "{}"),
            ["the attribute `tenant` is required, and this context has none"]
        );
        for json in ["\"secret\"", "42", "[\"secret\"]", "null"] {
            assert!(problems(&engine, json)[0].contains("a context is an object"), "{json}");
        }
        let many: Vec<String> = (0..1000).map(|i| format!(r#""x{i}": 1"#)).collect();
        assert_eq!(problems(&engine, &format!("{{{}}}", many.join(","))).len(), 100);
    }

    #[test]
    fn without_a_declaration_anything_goes() {
        let engine = engine("flags: {}");
        assert_eq!(problems(&engine, r#"{"x": [1, "a"], "y": {"z": true}}"#), [""; 0]);
    }

    #[test]
    fn what_is_wrong_may_be_used_nevertheless() {
        let text = SourceFile::new("flags.yaml", "context: { age: integer }\nflags: {}\n");
        let loaded = flags_schema::load(text, &mut |_| Err(String::new()), &flags_schema::Options::default());
        let engine = Engine::new(loaded.document, super::options()).unwrap();
        let error = Context::from_json_checked(&engine, serde_json::json!({ "age": "7" })).unwrap_err();
        assert_eq!(error.into_context(), Some(Context::anonymous().with("age", "7")));
    }
}
