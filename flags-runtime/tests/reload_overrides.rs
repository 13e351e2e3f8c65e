//! Reloads and what stands above them: overrides stay with their flags, and what becomes private is hidden.
#![cfg(feature = "reload")]

mod support;

use flags_runtime::{Context, Engine, OverrideState, SourceFile, Value};
use support::{engine, told};

#[track_caller]
fn reload(engine: &Engine, yaml: &str) {
    let text = SourceFile::new("flags.yaml", yaml);
    let reloaded = engine.reload_from(&text);
    assert!(reloaded.is_ok(), "{reloaded:?}");
}

#[test]
fn overrides_stay_with_flags_that_a_reload_adds_and_moves() {
    let engine = engine("flags: { compiled: off }");
    let anyone = Context::anonymous();
    reload(&engine, "flags:\n  compiled: off\n  a: off\n  b: off\n  size: { type: integer, value: 1 }\n");
    engine.set_override("b", OverrideState::On).unwrap();
    engine.set_override("size", OverrideState::Value(Value::Integer(7))).unwrap();
    engine.set_override("compiled", OverrideState::On).unwrap();

    // `a` is gone, so that `b` and `size` move up; `c` stands where `size` was.
    reload(&engine, "flags:\n  b: off\n  size: { type: integer, value: 2 }\n  c: off\n  compiled: off\n");
    let expected =
        [("b", "on OVERRIDE"), ("size", "7 OVERRIDE"), ("c", "off DISABLED"), ("compiled", "on OVERRIDE")];
    for (flag, expected) in expected {
        assert_eq!(told(&engine, flag, &anyone), expected, "{flag}");
    }
    let mut keys: Vec<String> = engine.overrides().into_iter().map(|it| it.key).collect();
    keys.sort();
    assert_eq!(keys, ["b", "compiled", "size"]);

    // A flag that goes takes its override along.
    reload(&engine, "flags:\n  compiled: off\n  c: off\n");
    assert_eq!(told(&engine, "c", &anyone), "off DISABLED");
    assert_eq!(engine.overrides().len(), 1);
    assert!(engine.reset_override("compiled").unwrap());
    assert_eq!(told(&engine, "compiled", &anyone), "off DISABLED");
}

#[test]
fn an_attribute_that_becomes_private_is_hidden() {
    let yaml = |private: &str| {
        format!(
            "context:\n  reload.phone: {{ type: string{private} }}\n\
             flags:\n  x: {{ state: targeted, rules: [ {{ when: {{ reload.phone: '1' }} }} ] }}\n"
        )
    };
    let engine = engine(&yaml(""));
    let ctx = Context::new("ann").with("reload.phone", "555-0100");
    assert!(engine.shown(&ctx).contains("555-0100"));
    reload(&engine, &yaml(", private: true"));
    let explained = engine.flag("x").map(|flag| flag.explain(&ctx).to_string()).unwrap_or_default();
    for shown in [engine.shown(&ctx), explained] {
        assert!(shown.contains("private") && !shown.contains("555-0100"), "{shown}");
    }
}
