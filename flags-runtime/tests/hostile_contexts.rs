//! Contexts made by somebody who wants to break something: names that share a hash, JSON of any shape and size, what
//! is private.

#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

mod support;

use flags_runtime::{Context, Engine};
use std::fmt::Write as _;
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

/// How many allocations something takes, and how many bytes.
fn cost<R>(run: impl FnOnce() -> R) -> [u64; 2] {
    let info = allocation_counter::measure(|| drop(std::hint::black_box(run())));
    [info.count_total, info.bytes_total]
}

/// Ten times as many attributes may take ten times as much, and what a table that grows takes more.
#[track_caller]
fn in_proportion(what: &str, few: [u64; 2], many: [u64; 2]) {
    let most = few.map(|few| 13 * few + 1_000);
    assert!(many[0] <= most[0] && many[1] <= most[1], "{what:.40}: {few:?}, of ten times as many {many:?}");
}

// Comparing each with each takes billions of comparisons: these tests would not end. `benches/contexts.rs` measures how
// many times as long as `serde_json::Value` takes.

#[test]
fn many_attributes_take_allocations_in_proportion() {
    for (few, json) in many(10_000).iter().zip(&many(100_000)) {
        let parse = |json: &str| serde_json::from_str::<Context>(json).unwrap();
        in_proportion(json, cost(|| parse(few)), cost(|| parse(json)));
        let context = parse(json);
        assert_eq!(cost(|| assert!(context == context)), [0, 0], "comparing allocates nothing");
        assert_eq!(context.clone(), context);
    }
}

#[test]
fn setting_many_takes_allocations_in_proportion() {
    let names: Vec<String> = (0..100_000).map(|i| format!("attribute-{i}")).collect();
    let set =
        |names: &[String]| names.iter().fold(Context::new("u"), |ctx, name| ctx.with(name.clone(), true));
    in_proportion("setting", cost(|| set(&names[..10_000])), cost(|| set(&names)));
}

#[test]
fn a_name_is_not_kept_once_for_each_of_many_members() {
    let members: Vec<String> = (0..50_000).map(|i| format!(r#""{i}":1"#)).collect();
    let json = format!(r#"{{"{}":{{{}}},"plan":"free"}}"#, "n".repeat(1_000_000), members.join(","));
    assert_eq!(context(&json).names().collect::<Vec<_>>(), ["plan"]);
    // The name itself is read once or twice; kept once for each member it would be 50 GB.
    let [_, bytes] = cost(|| context(&json));
    assert!(bytes < 20_000_000, "{bytes} bytes");
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
