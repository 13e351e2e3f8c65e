//! The order of evaluation: seven steps, the same for every flag, each against the next.

mod support;

use flags_runtime::{Engine, Options, OverrideState, Variables};
use support::{context, document, engine, engine_with, evaluate, options, table, told};

/// A flag to which everything applies for `ann` in `staging`, less what the cases take away.
fn flag(changes: &str) -> String {
    let keys = [
        ("state", "state: gradual"),
        ("rollout", "rollout: 100"),
        ("environments", "environments: [staging]"),
        ("requires", "requires: [off-for-all]"),
        ("excludes", ""),
        (
            "variants",
            "variants: { none: { weight: 0 }, user: { weight: 0 }, rule: { weight: 0 }, state: { weight: 100 }, env: { weight: 0 }, program: { weight: 0 } }",
        ),
        ("users", "users: { user: [ann] }"),
        ("rules", "rules: [ { name: everyone, serve: rule } ]"),
    ];
    let mut lines: Vec<&str> = Vec::new();
    for (key, line) in keys {
        match changes.split('|').map(str::trim).find(|change| change.starts_with(key)) {
            Some(change) if change.ends_with('-') => {}
            Some(change) => lines.push(change),
            None if line.is_empty() => {}
            None => lines.push(line),
        }
    }
    format!(
        "environments:\n  production: {{ default: true }}\n  staging: {{}}\n\
         segments:\n  members: {{ when: {{ country: DE }} }}\n\
         flags:\n  off-for-all: off\n  on-for-all: on\n  the-flag: {{ {} }}\n",
        lines.join(", ")
    )
}

fn staging(yaml: &str, variables: Variables) -> Engine {
    engine_with(document(yaml), options().variables(variables).environment("staging"))
}

#[test]
fn each_step_stands_above_the_next() {
    let ann = context(r#"{"user": "ann", "country": "DE"}"#);
    let off = "none";
    let env = || Variables::Given(vec![("FEATURE_THE_FLAG".into(), "env".into())]);
    let none = || Variables::None;
    let steps: Vec<(&str, Option<&str>, Variables, String)> = vec![
        // Everything applies: the program's override wins.
        ("", Some("program"), env(), "program OVERRIDE".to_owned()),
        // Without it, the environment variable does.
        ("", None, env(), "env OVERRIDE".to_owned()),
        // Overrides stand above a state that is off, other environments and prerequisites.
        ("state: off", Some("program"), none(), "program OVERRIDE".to_owned()),
        ("state: off", None, env(), "env OVERRIDE".to_owned()),
        ("environments: [production]", None, env(), "env OVERRIDE".to_owned()),
        // Off, or not for this environment: before prerequisites.
        ("state: off", None, none(), format!("{off} DISABLED")),
        ("environments: [production]", None, none(), format!("{off} DISABLED")),
        // Prerequisites: before users.
        ("", None, none(), format!("{off} PREREQUISITE_FAILED")),
        ("requires: - | excludes: [on-for-all]", None, none(), format!("{off} PREREQUISITE_FAILED")),
        // Users: before rules.
        ("requires: [on-for-all]", None, none(), "user TARGETING_MATCH".to_owned()),
        // Rules: before what the state says.
        (
            "requires: [on-for-all] | users: { user: [bob] }",
            None,
            none(),
            "rule TARGETING_MATCH by everyone".to_owned(),
        ),
        // The state.
        ("requires: - | users: - | rules: -", None, none(), "state STATIC".to_owned()),
        (
            "requires: - | users: - | rules: - | state: on | rollout: -",
            None,
            none(),
            "state STATIC".to_owned(),
        ),
        (
            "requires: - | users: - | rules: - | state: members | rollout: -",
            None,
            none(),
            "state TARGETING_MATCH".to_owned(),
        ),
        // Otherwise.
        ("requires: - | users: - | rules: - | rollout: 0", None, none(), format!("{off} DEFAULT")),
        (
            "requires: - | users: - | rules: - | state: targeted | rollout: -",
            None,
            none(),
            format!("{off} DEFAULT"),
        ),
    ];
    table(steps.into_iter().map(|(changes, program, variables, expected)| {
        let engine = staging(&flag(changes), variables);
        if let Some(variant) = program {
            engine.set_override("the-flag", OverrideState::Variant(variant.to_owned())).unwrap();
        }
        (changes, told(&engine, "the-flag", &ann), expected)
    }));
}

#[test]
fn the_off_variant_is_the_first_or_the_one_named() {
    let anyone = context("{}");
    for (flag, expected) in [
        ("{ state: off }", "off DISABLED"),
        ("{ state: off, variants: [a, b] }", "a DISABLED"),
        ("{ state: off, variants: [a, b], off: b }", "b DISABLED"),
        ("{ state: targeted, variants: [a, b], off: b }", "b DEFAULT"),
        ("{ type: integer, value: 5, state: off }", "5 DISABLED"),
        ("{ type: integer, value: 5, off: 0, state: off }", "0 DISABLED"),
        ("{ type: integer, value: 5, off: 0 }", "5 STATIC"),
    ] {
        let engine = engine(&format!("flags:\n  x: {flag}\n"));
        assert_eq!(told(&engine, "x", &anyone), expected, "{flag}");
    }
}

#[test]
fn rules_are_asked_by_priority_then_as_written() {
    let engine = engine(
        "flags:\n  \
           x:\n    state: targeted\n    variants: [none, a, b, c, d, e]\n    rules:\n      \
             - { name: second, when: { n: { gte: 1 } }, serve: a }\n      \
             - { name: third, when: { n: { gte: 0 } }, serve: b }\n      \
             - { name: last, priority: -5, serve: c }\n      \
             - { name: first, when: { n: { gte: 3 } }, serve: d, priority: 10 }\n      \
             - { name: also ten, when: { n: { gte: 2 } }, serve: e, priority: 10 }\n",
    );
    for (n, expected, position) in [
        (3, "d TARGETING_MATCH by first", 4),
        (2, "e TARGETING_MATCH by also ten", 5),
        (1, "a TARGETING_MATCH by second", 1),
        (0, "b TARGETING_MATCH by third", 2),
        (-1, "c TARGETING_MATCH by last", 3),
    ] {
        let context = context(&format!(r#"{{"n": {n}}}"#));
        assert_eq!(told(&engine, "x", &context), expected, "{n}");
        assert_eq!(evaluate(&engine, "x", &context).rule().unwrap().position, position, "as written: {n}");
    }
}

#[test]
fn a_rule_needs_its_window_its_condition_and_its_rollout() {
    let ann = context(r#"{"user": "ann", "plan": "premium"}"#);
    for (rule, expected) in [
        ("{ when: { plan: premium } }", "on TARGETING_MATCH by rule 1"),
        ("{ when: { plan: free } }", "off DEFAULT"),
        ("{ when: { plan: premium }, rollout: 100 }", "on TARGETING_MATCH by rule 1"),
        ("{ when: { plan: premium }, rollout: 0 }", "off DEFAULT"),
        ("{ when: { plan: premium }, starts: 2026-06-01 }", "on TARGETING_MATCH by rule 1"),
        ("{ when: { plan: premium }, starts: 2026-07-01 }", "off DEFAULT"),
        ("{ when: { plan: premium }, ends: 2026-06-01 }", "off DEFAULT"),
        ("{ when: { plan: premium }, ends: 2026-07-01 }", "on TARGETING_MATCH by rule 1"),
        ("{ starts: 2026-06-01, ends: 2026-07-01, rollout: 100 }", "on TARGETING_MATCH by rule 1"),
        // Who misses one goes on to the next.
        ("{ rollout: 0 }, { when: { plan: premium } }", "on TARGETING_MATCH by rule 2"),
        ("{ ends: 2026-06-01 }, { when: { plan: premium }, serve: on }", "on TARGETING_MATCH by rule 2"),
        ("{ when: { plan: premium }, serve: off }, { serve: on }", "off TARGETING_MATCH by rule 1"),
    ] {
        let engine = engine(&format!("flags:\n  x: {{ state: targeted, rules: [ {rule} ] }}\n"));
        assert_eq!(told(&engine, "x", &ann), expected, "{rule}");
    }
}

#[test]
fn users_are_named_with_what_they_get() {
    let engine = engine(
        "flags:\n  \
           list: { state: targeted, users: [ann, 42] }\n  \
           variants:\n    state: targeted\n    variants: [a, b, c]\n    users: { b: [ann, bob], c: [cid] }\n  \
           split: { state: targeted, variants: [a, b], users: [ann] }\n",
    );
    for (flag, user, expected) in [
        ("list", r#""ann""#, "on TARGETING_MATCH"),
        ("list", r#""42""#, "on TARGETING_MATCH"),
        ("list", "42", "on TARGETING_MATCH"),
        ("list", "42.0", "on TARGETING_MATCH"),
        ("list", r#""Ann""#, "off DEFAULT"),
        ("list", "null", "off DEFAULT"),
        ("variants", r#""ann""#, "b TARGETING_MATCH"),
        ("variants", r#""bob""#, "b TARGETING_MATCH"),
        ("variants", r#""cid""#, "c TARGETING_MATCH"),
        ("variants", r#""dan""#, "a DEFAULT"),
    ] {
        let context = context(&format!(r#"{{"user": {user}}}"#));
        assert_eq!(told(&engine, flag, &context), expected, "{flag} {user}");
    }
    // A list of users gets `on`: of variants, what the flag splits into.
    let ann = context(r#"{"user": "ann"}"#);
    let expected = if support::variant_bucket("split", "ann") < 0.5 { "a" } else { "b" };
    assert_eq!(told(&engine, "split", &ann), format!("{expected} TARGETING_MATCH"));
}

#[test]
fn what_decided_says_where_it_is_written() {
    let yaml = "\
segments:
  members: { users: [mem] }
flags:
  x:
    state: members
    requires: [y]
    users: [ann]
    rules:
      - when: { plan: premium }
  y:
    state: targeted
    users: [ann, bob, mem]
    rules:
      - name: everyone else
        when: { z: 1 }
  z: off
";
    let engine = engine(yaml);
    for (flag, json, expected) in [
        ("x", r#"{"user": "ann"}"#, "flags.yaml:7"),
        ("x", r#"{"user": "bob", "plan": "premium"}"#, "flags.yaml:9"),
        ("x", r#"{"user": "mem"}"#, "flags.yaml:5"),
        ("x", r#"{"user": "bob"}"#, "flags.yaml:5"),
        ("x", r#"{"user": "cid"}"#, "flags.yaml:6"),
        ("y", r#"{"z": 1}"#, "flags.yaml:14"),
        ("z", "{}", "flags.yaml:16"),
    ] {
        let evaluation = evaluate(&engine, flag, &context(json));
        assert_eq!(evaluation.provenance().to_string(), expected, "{flag} {json}");
    }
    engine.set_override("z", OverrideState::On).unwrap();
    assert_eq!(evaluate(&engine, "z", &context("{}")).provenance().to_string(), "program");
}

#[test]
fn options_need_nothing() {
    let engine = Engine::new(document("flags: { x: on }"), Options::default().variables(Variables::None));
    assert_eq!(told(&engine.unwrap(), "x", &context("{}")), "on STATIC");
}
