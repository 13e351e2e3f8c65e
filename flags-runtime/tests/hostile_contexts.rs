//! Contexts made by somebody who wants to break something: names that share a hash, JSON of any shape and size, what
//! is private.

#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

mod support;

use flags_runtime::{Context, Engine};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::{Duration, Instant};
use support::{context, enabled, engine};

/// Two names for each of which a look-up by the 64-bit hash of the first version found the other.
const COLLIDING: [[&str; 2]; 2] = [["plan", "HqjVoDg7vSu0nJTs"], ["signed_up_during", "gWLjVivu1t4cn6wI"]];

#[test]
fn names_that_share_a_hash_are_two_names() {
    for [name, other] in COLLIDING {
        let engine = engine(&format!(
            "context: {{ {name}: {{ type: string, private: true }} }}\n\
             flags:\n  x: {{ state: targeted, rules: [ {{ when: {{ {name}: premium }} }} ] }}\n  \
             y: {{ state: gradual, rollout: {{ percentage: 50, by: {name} }} }}\n"
        ));
        for (json, on) in [
            (format!(r#"{{"user": "u", "{name}": "free", "{other}": "premium"}}"#), false),
            (format!(r#"{{"user": "u", "{other}": "premium", "{name}": "free"}}"#), false),
            (format!(r#"{{"user": "u", "{other}": "premium"}}"#), false),
            (format!(r#"{{"user": "u", "{other}": "free", "{name}": "premium"}}"#), true),
        ] {
            let ctx = context(&json);
            assert_eq!(enabled(&engine, "x", &ctx), on, "{json}");
            assert!(!engine.shown(&ctx).contains(r#""free""#), "{json}");
        }
        assert_eq!(engine.flag("y").unwrap().bucket(&Context::new("u").with(other, "pro")), None);
        let both = Context::new("u").with(name, 1).with(other, 2);
        assert_ne!(both, Context::new("u").with(name, 2).with(other, 1));
        assert_eq!(both, Context::new("u").with(other, 2).with(name, 1));
    }
}

/// A document that declares some, and JSON that hides its secret wherever it can.
const PRIVATE: &str = "\
context:
  email: { type: string, private: true }
  plan: string
flags:
  x: { state: targeted, users: [secret-user], rules: [ { when: { plan: { contains: free }, email: { exists: true } } } ] }
";

#[test]
fn what_is_not_known_to_be_public_is_not_printed() {
    for json in [
        r#"{"user": "secret"}"#,
        r#"{"email": "secret"}"#,
        r#"{"email": {"home": "secret"}}"#,
        r#"{"email": {"secret": true}}"#,
        r#"{"email": {"home": {"secret": true}}}"#,
        r#"{"email": {"secret": [[1]]}}"#,
        r#"{"email": ["secret"]}"#,
        r#"{"mail": "secret"}"#,
        r#"{"plan": "public", "phone": ["secret", 1]}"#,
    ] {
        let ctx = context(json);
        // Of a context alone nothing is known, before the first engine is made and after.
        assert!(!format!("{ctx:?} {ctx:#?}").contains("secret"), "{ctx:?}");
        let engine = engine(PRIVATE);
        assert!(!format!("{ctx:?}").contains("secret"), "{ctx:?}");
        if !json.contains("user") {
            let flag = engine.flag("x").unwrap();
            let explanation = flag.explain(&ctx);
            let shown = format!("{explanation} {explanation:?} {}", engine.shown(&ctx));
            assert!(!shown.contains("secret"), "{json}: {shown}");
        }
        let evaluations = engine.evaluate_all(&ctx);
        assert!(!format!("{evaluations:?} {evaluations:#?}").contains("secret"), "{evaluations:?}");
        assert!(format!("{evaluations:?}").contains("reason: "));
    }
}

#[test]
fn privacy_is_of_an_engine() {
    let private = engine("context: { user: { type: string, private: true }, plan: string }\nflags: {}\n");
    let public = engine("context: { plan: { type: string, private: true } }\nflags: {}\n");
    let undeclared = engine("flags: {}\n");
    let ctx = Context::new("ann").with("plan", "free");
    assert_eq!(private.shown(&ctx), r#"{user: <private>, plan: "free"}"#);
    assert_eq!(public.shown(&ctx), r#"{user: "ann", plan: <private>}"#);
    assert_eq!(undeclared.shown(&ctx), r#"{user: "ann", plan: "free"}"#);
}

/// JSON of many attributes, in each of the ways in which there can be many.
fn many(count: usize) -> [String; 4] {
    let mut json = [const { String::new() }; 4];
    for i in 0..count {
        let comma = if i == 0 { "" } else { "," };
        let [flat, nested, twice, dropped] = &mut json;
        write!(flat, r#"{comma}"attribute-{i}":"value {i}""#).unwrap();
        write!(nested, r#"{comma}"object-{}":{{"member-{i}":{i}}}"#, i % 100).unwrap();
        write!(twice, r#"{comma}"attribute-{}":{i}"#, i % 1000).unwrap();
        write!(dropped, r#"{comma}"attribute-{i}":[[{i}]]"#).unwrap();
    }
    json.map(|members| format!("{{{members}}}"))
}

/// The shortest of some runs: others run at the same time.
fn shortest<R>(mut run: impl FnMut() -> R) -> Duration {
    let time = |_| {
        let start = Instant::now();
        std::hint::black_box(run());
        start.elapsed()
    };
    (0..3).map(time).min().unwrap()
}

/// How many times as long as `serde_json::Value` takes to read it something may take. Optimised, contexts take less than
/// 3 times; without that our code pays more than the parser that both share. Quadratic, it would be hundreds.
const MOST: u32 = if cfg!(debug_assertions) { 8 } else { 3 };

#[test]
fn many_attributes_take_time_in_proportion() {
    for json in &many(100_000) {
        let parse = || serde_json::from_str::<Context>(json).unwrap();
        let value = shortest(|| serde_json::from_str::<serde_json::Value>(json).unwrap());
        let parsed = shortest(parse);
        let ctx = parse();
        let compared = shortest(|| assert!(ctx == ctx.clone()));
        let longest = parsed.max(compared);
        assert!(longest < MOST * value, "{json:.40}: {parsed:?} and {compared:?}, a Value takes {value:?}");
    }
}

#[test]
fn setting_many_takes_time_in_proportion() {
    let names: Vec<String> = (0..100_000).map(|i| format!("attribute-{i}")).collect();
    let set = || names.iter().fold(Context::new("u"), |ctx, name| ctx.with(name.clone(), true));
    let json =
        serde_json::to_string(&names.iter().map(|name| (name, true)).collect::<BTreeMap<_, _>>()).unwrap();
    let value = shortest(|| serde_json::from_str::<serde_json::Value>(&json).unwrap());
    let taken = shortest(set);
    assert!(taken < MOST * value, "{taken:?}, a Value takes {value:?}");
}

#[test]
fn a_name_is_not_kept_once_for_each_of_many_members() {
    let members: Vec<String> = (0..50_000).map(|i| format!(r#""{i}":1"#)).collect();
    let json = format!(r#"{{"{}":{{{}}},"plan":"free"}}"#, "n".repeat(1_000_000), members.join(","));
    let taken = shortest(|| assert_eq!(context(&json).names().collect::<Vec<_>>(), ["plan"]));
    assert!(taken < Duration::from_secs(2), "{taken:?}");
}

fn notes(engine: &Engine, json: &str) -> Vec<String> {
    engine.flag("x").unwrap().explain(&context(json)).notes().to_vec()
}

#[test]
fn what_cannot_be_an_attribute_is_left_out_alone() {
    let deep = |levels: usize| format!("{}1{}", r#"{"a":"#.repeat(levels), "}".repeat(levels));
    let engine = engine("flags: { x: { state: targeted, rules: [ { when: { plan: pro } } ] } }");
    let nested = "a list holds strings, numbers and booleans only";
    for (member, note) in [
        (r#""a": [[1]]"#, format!("the attribute `a` was left out: {nested}")),
        (r#""a": [{"b": 1}]"#, format!("the attribute `a` was left out: {nested}")),
        (r#""a": [1, {"b": 1}, "x", [2]]"#, format!("the attribute `a` was left out: {nested}")),
        (r#""a": {"b": [[]]}"#, format!("the attribute `a.b` was left out: {nested}")),
        (r#""user": [[1]]"#, format!("the attribute `user` was left out: {nested}")),
        (&format!(r#""a": {}"#, deep(40)), "it is nested more than 32 deep".to_owned()),
        (&format!(r#""{}": 1"#, "n".repeat(300)), "its name is longer than 255 bytes".to_owned()),
        (&format!(r#""a": {{"{}": 1}}"#, "n".repeat(300)), "its name is longer than 255 bytes".to_owned()),
        (r#""\u001b[31m\u202e": [[1]]"#, r"`\u{1b}[31m\u{202e}`".to_owned()),
    ] {
        let json = format!(r#"{{{member}, "plan": "pro"}}"#);
        let ctx = context(&json);
        assert_eq!(ctx.names().filter(|name| *name != "plan").count(), 0, "{json}");
        assert!(enabled(&engine, "x", &ctx), "{json}");
        let told = notes(&engine, &json);
        assert!(told.len() == 1 && told[0].contains(&note), "{json}: {told:?}");
        let explanation = engine.flag("x").unwrap().explain(&ctx).to_string();
        assert!(explanation.ends_with(&format!("note: {}\n", told[0])), "{explanation}");
    }
    let told = notes(&engine, &many(1_000)[3]);
    assert_eq!(told.len(), 17);
    assert_eq!(told[16], "984 more attributes were left out");
    assert_eq!(notes(&engine, "{}"), [""; 0], "the next context of a thread has no notes of the one before");
}

#[test]
fn the_last_of_several_members_counts() {
    let engine = engine("flags: {}");
    for (json, shown) in [
        (r#"{"a": 1, "b": 0, "a": 2}"#, "{user: null, a: 2, b: 0}"),
        (r#"{"a": {"b": 1}, "a.b": 2}"#, "{user: null, a.b: 2}"),
        (r#"{"a": 1, "a": {"b": 2}}"#, "{user: null, a: 1, a.b: 2}"),
        (r#"{"a": 1, "a": [[2]]}"#, "{user: null, a: null}"),
        (r#"{"user": "ann", "targetingKey": "bob"}"#, r#"{user: "bob"}"#),
        (r#"{"user": "ann", "user": [{}]}"#, "{user: null}"),
        // How serde_json hands numbers over when some crate asks it for any precision.
        (r#"{"a": {"$serde_json::private::Number": "5"}}"#, "{user: null, a: 5}"),
        (r#"{"a": [{"$serde_json::private::Number": "0.5"}]}"#, "{user: null, a: [0.5]}"),
    ] {
        assert_eq!(engine.shown(&context(json)), shown, "{json}");
    }
}
