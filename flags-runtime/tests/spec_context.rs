//! Contexts: made by hand, from JSON, changed, compared and printed.

mod support;

use flags_runtime::{AttributeValue, Context, Engine, Timestamp};
use std::net::IpAddr;
use std::time::{Duration, UNIX_EPOCH};
use support::{context, document, engine, engine_with, options, table};

#[test]
fn json_objects_are_flattened() {
    table(
        [
            ("{}", "{user: null}"),
            (r#"{"user": "ann"}"#, r#"{user: "ann"}"#),
            (r#"{"targetingKey": "ann"}"#, r#"{user: "ann"}"#),
            (r#"{"targeting_key": "ann"}"#, r#"{user: "ann"}"#),
            (r#"{"user": 42}"#, r#"{user: "42"}"#),
            (r#"{"user": 1.5}"#, r#"{user: "1.5"}"#),
            (r#"{"user": null}"#, "{user: null}"),
            (r#"{"user": {"role": "admin"}}"#, r#"{user: null, user.role: "admin"}"#),
            (r#"{"targetingKey": "ann", "user": {"role": "admin"}}"#, r#"{user: "ann", user.role: "admin"}"#),
            (r#"{"user.role": "admin"}"#, r#"{user: null, user.role: "admin"}"#),
            (
                r#"{"a": {"b": {"c": 1}, "d": [1, "x", true, 0.5, null]}}"#,
                r#"{user: null, a.b.c: 1, a.d: [1, "x", true, 0.5, null]}"#,
            ),
            (r#"{"a": {"targetingKey": "x"}}"#, r#"{user: null, a.targetingKey: "x"}"#),
            (r#"{"a": {}}"#, "{user: null}"),
            (r#"{"a": 1, "a": 2}"#, "{user: null, a: 2}"),
            (
                r#"{"a": -9223372036854775808, "b": 9223372036854775808}"#,
                "{user: null, a: -9223372036854775808, b: 9223372036854776000}",
            ),
            (r#"{"a": "\u0000é\"\n"}"#, r#"{user: null, a: "\0é\"\n"}"#),
            (r#"{"a": []}"#, "{user: null, a: []}"),
            (r#"{"": 1}"#, "{user: null, : 1}"),
        ]
        .map(|(json, expected)| (json, open().shown(&context(json)), expected.to_owned())),
    );
}

/// An engine that keeps nothing private.
fn open() -> Engine {
    engine("flags: {}")
}

#[test]
fn what_is_no_context() {
    let deep = |levels: usize| format!("{}1{}", r#"{"a":"#.repeat(levels), "}".repeat(levels));
    for (json, part) in [
        ("1", "a context is an object"),
        ("[]", "a context is an object"),
        ("null", "a context is an object"),
        ("{", "EOF"),
    ] {
        let error = serde_json::from_str::<Context>(json).unwrap_err().to_string();
        assert!(error.contains(part), "{json:.40}: {error}");
    }
    for levels in [30, 100, 100_000] {
        assert!(serde_json::from_str::<Context>(&deep(levels)).is_ok());
    }
}

#[test]
fn every_type_of_attribute() {
    let moment = UNIX_EPOCH + Duration::from_millis(1500);
    let address: IpAddr = "10.0.0.1".parse().unwrap();
    table(
        [
            (AttributeValue::from("text"), r#""text""#),
            ("text".to_owned().into(), r#""text""#),
            ((&"text".to_owned()).into(), r#""text""#),
            (std::borrow::Cow::Borrowed("text").into(), r#""text""#),
            (7_i8.into(), "7"),
            (u32::MAX.into(), "4294967295"),
            (i64::MIN.into(), "-9223372036854775808"),
            (7_u64.into(), "7"),
            (u64::MAX.into(), "18446744073709552000"),
            (7_usize.into(), "7"),
            (0.5_f64.into(), "0.5"),
            (0.5_f32.into(), "0.5"),
            ((-0.0_f64).into(), "0"),
            (f64::NAN.into(), "null"),
            (true.into(), "true"),
            (Timestamp(-5).into(), "-5"),
            (moment.into(), "1500"),
            ((UNIX_EPOCH - Duration::from_millis(1500)).into(), "-1500"),
            (address.into(), r#""10.0.0.1""#),
            (vec!["a", "b"].into(), r#"["a", "b"]"#),
            ([1, 2].into(), "[1, 2]"),
            ((&["a"][..]).into(), r#"["a"]"#),
            ([true, false].into_iter().collect(), "[true, false]"),
            (Some(5).into(), "5"),
            (None::<&str>.into(), "null"),
            (AttributeValue::NULL, "null"),
        ]
        .map(|(value, expected)| (value.clone(), value.to_string(), expected.to_owned())),
    );
}

#[test]
fn setting_replaces_in_place() {
    let mut ctx = Context::new("ann").with("a", 1).with("b", 2);
    ctx.set("a", 3);
    ctx.set("c", None::<i64>);
    assert_eq!(ctx.names().collect::<Vec<_>>(), ["a", "b", "c"]);
    assert_eq!(ctx.get("a"), Some(&AttributeValue::from(3)));
    assert_eq!(ctx.get("c"), None, "null is absent");
    assert_eq!(ctx.get("d"), None);
    assert_eq!(ctx.get("user"), Some(&AttributeValue::from("ann")));
    ctx.set("user", "bob");
    assert_eq!(ctx.key(), Some("bob"));
    ctx.set("user", 7);
    assert_eq!(ctx.key(), Some("7"));
    ctx.set("user", None::<&str>);
    assert_eq!((ctx.key(), ctx.get("user")), (None, None));
    assert_eq!(Context::new("").key(), Some(""));
    assert_eq!(Context::default(), Context::anonymous());
}

#[test]
fn equality_does_not_ask_for_the_order() {
    let ab = Context::new("x").with("a", 1).with("b", 2);
    for (other, equal) in [
        (Context::new("x").with("b", 2).with("a", 1), true),
        (Context::new("y").with("a", 1).with("b", 2), false),
        (Context::new("x").with("a", 1), false),
        (Context::new("x").with("a", 1).with("b", 3), false),
        (Context::new("x").with("a", 1).with("c", 2), false),
        (context(r#"{"user": "x", "a": 1, "b": 2}"#), true),
    ] {
        assert_eq!(ab == other, equal, "{other:?}");
    }
}

#[test]
fn many_attributes_and_long_names_are_found() {
    let names: Vec<String> =
        (0..100).map(|i| format!("{}{i}", "attribute.with.a.long.name.".repeat(3))).collect();
    let ctx = names.iter().zip(0..).fold(Context::new("ann"), |ctx, (name, i)| ctx.with(name.clone(), i));
    for (name, i) in names.iter().zip(0..) {
        assert_eq!(ctx.get(name), Some(&AttributeValue::from(i)), "{name}");
        let engine = engine(&format!(
            "flags: {{ x: {{ state: targeted, rules: [ {{ when: {{ {name}: {i} }} }} ] }} }}"
        ));
        assert!(support::enabled(&engine, "x", &ctx), "{name}");
    }
}

#[test]
fn the_order_of_attributes_does_not_matter() {
    // Declared attributes are looked for in their slot first.
    let yaml = "context: { a: integer, b: integer, c: integer }\n\
                flags:\n  x: { state: targeted, rules: [ { when: { a: 1, b: 2, c: 3 } } ] }\n";
    let engine = engine(yaml);
    let attributes = [("a", 1), ("b", 2), ("c", 3), ("d", 4)];
    for i in 0..24 {
        let mut left = attributes.to_vec();
        let mut ctx = Context::anonymous();
        for choices in [i / 6, i / 2 % 3, i % 2, 0] {
            let (name, value) = left.remove(choices);
            ctx.set(name, value);
        }
        assert!(support::enabled(&engine, "x", &ctx), "{ctx:?}");
    }
}

#[test]
fn private_attributes_are_not_shown() {
    let yaml = "context:\n  contact.email: { type: string, private: true }\n  plan: string\n\
                flags:\n  x:\n    state: targeted\n    rules:\n      \
                  - { when: { contact.email: { endswith: '@example.com' }, plan: free } }\n";
    let ctx = context(r#"{"user": "ann", "plan": "pro", "contact": {"email": "ann@example.com"}}"#);
    let engine = engine_with(document(yaml), options());
    let handle = engine.flag("x").unwrap();
    for shown in [
        format!("{ctx:?}"),
        format!("{ctx:#?}"),
        handle.explain(&ctx).to_string(),
        format!("{:?}", handle.explain(&ctx)),
        format!("{:?}", handle.evaluate(&ctx)),
        engine.shown(&ctx),
    ] {
        assert!(!shown.contains("ann@example.com"), "{shown}");
    }
    assert_eq!(engine.shown(&ctx), r#"{user: "ann", plan: "pro", contact.email: <private>}"#);
    assert!(handle.explain(&ctx).to_string().contains(r#"(it is "pro")"#));
}

#[test]
fn clones_are_independent() {
    let ctx = Context::new("ann").with("tags", vec!["a"; 100]);
    let mut other = ctx.clone();
    other.set("tags", "none");
    other.set("user", "bob");
    assert_eq!(ctx.key(), Some("ann"));
    assert_eq!(ctx.get("tags"), Some(&AttributeValue::from(vec!["a"; 100])));
}
