//! Percentages: half-open, never a random answer, and raising one only adds people.

mod support;

use flags_runtime::Context;
use support::{context, engine, evaluate, rollout_bucket, table, told};

#[test]
fn the_ends_need_no_key_and_what_lies_between_does() {
    for (percent, anonymous, ann) in [
        ("0", "off DEFAULT", "off DEFAULT"),
        ("100", "on STATIC", "on STATIC"),
        ("0.001", "off ERROR TARGETING_KEY_MISSING", "off DEFAULT"),
        ("99.999", "off ERROR TARGETING_KEY_MISSING", "on SPLIT"),
    ] {
        let engine = engine(&format!("flags:\n  x: {{ state: gradual, rollout: {percent} }}\n"));
        assert_eq!(told(&engine, "x", &Context::anonymous()), anonymous, "{percent}");
        assert_eq!(told(&engine, "x", &Context::new("ann")), ann, "{percent}");
    }
}

#[test]
fn a_context_is_in_when_its_bucket_is_below() {
    let keys: Vec<String> = (0..500).map(|i| format!("user-{i}")).collect();
    for percent in [0.001, 1.0, 12.5, 25.0, 50.0, 99.0, 99.999] {
        let engine = engine(&format!("flags:\n  x: {{ state: gradual, rollout: {percent} }}\n"));
        table(keys.iter().map(|key| {
            let expected = rollout_bucket("x", key) < percent / 100.0;
            (
                (percent, key),
                evaluate(&engine, "x", &Context::new(key)).into_value(),
                flags_runtime::Value::Bool(expected),
            )
        }));
    }
}

#[test]
fn by_and_salt() {
    let engine = engine(
        "flags:\n  \
           plain: { state: gradual, rollout: 50 }\n  \
           salted: { state: gradual, rollout: { percentage: 50, salt: plain } }\n  \
           tenant: { state: gradual, rollout: { percentage: 50, by: tenant } }\n  \
           user: { state: gradual, rollout: { percentage: 50, by: user } }\n",
    );
    for i in 0..100 {
        let (user, tenant) = (format!("user-{i}"), i % 10);
        let ctx = Context::new(&user).with("tenant", tenant);
        let of = |flag| support::enabled(&engine, flag, &ctx);
        assert_eq!(of("plain"), rollout_bucket("plain", &user) < 0.5, "{user}");
        assert_eq!(of("salted"), of("plain"), "buckets may be shared on purpose: {user}");
        assert_eq!(of("tenant"), rollout_bucket("tenant", &tenant.to_string()) < 0.5, "{tenant}");
        assert_eq!(of("user"), rollout_bucket("user", &user) < 0.5, "{user}");
    }
    assert_eq!(told(&engine, "tenant", &Context::new("ann")), "off ERROR TARGETING_KEY_MISSING");
}

#[test]
fn keys_are_bucketed_as_text() {
    let engine = engine("flags:\n  x: { state: gradual, rollout: { percentage: 50, by: k } }\n");
    let of = |json: &str| engine.flag("x").unwrap().bucket(&context(json)).map(|at| format!("{at:.9}"));
    for (json, text) in [
        (r#"{"k": "42"}"#, "42"),
        (r#"{"k": 42}"#, "42"),
        (r#"{"k": -7}"#, "-7"),
        (r#"{"k": 42.0}"#, "42"),
        (r#"{"k": -0.0}"#, "0"),
        (r#"{"k": 0.1}"#, "0.1"),
        (r#"{"k": 1e21}"#, "1000000000000000000000"),
        (r#"{"k": 18446744073709551615}"#, "18446744073709552000"),
        (r#"{"k": true}"#, "true"),
        (r#"{"k": false}"#, "false"),
        (r#"{"k": ""}"#, ""),
    ] {
        assert_eq!(of(json), Some(format!("{:.9}", 100.0 * rollout_bucket("x", text))), "{json}");
    }
    for json in ["{}", r#"{"k": null}"#, r#"{"k": ["a"]}"#, r#"{"user": "ann"}"#] {
        assert_eq!(of(json), None, "{json}");
    }
}

#[test]
fn the_position_of_a_context() {
    let engine = engine("flags:\n  x: { state: gradual, rollout: 25 }\n  y: on\n");
    for user in ["ann", "bob", "a user with a name that is longer than fits in place"] {
        for flag in ["x", "y"] {
            let at = engine.flag(flag).unwrap().bucket(&Context::new(user)).unwrap();
            assert!((at - 100.0 * rollout_bucket(flag, user)).abs() < 1e-9, "{flag} {user}");
        }
    }
    assert_eq!(engine.flag("x").unwrap().bucket(&Context::anonymous()), None);
}

#[test]
fn a_rule_has_buckets_of_its_own() {
    let engine = engine(
        "flags:\n  x:\n    state: targeted\n    variants: [none, one, two, three, four]\n    rules:\n      \
           - { name: some, rollout: 30, serve: one }\n      \
           - { rollout: 30, serve: two }\n      \
           - { rollout: { percentage: 30, salt: mine }, serve: three }\n      \
           - { rollout: { percentage: 30, by: tenant }, serve: four, priority: -1 }\n",
    );
    table((0..500).map(|i| {
        let (user, tenant) = (format!("user-{i}"), format!("tenant-{i}"));
        let expected = if rollout_bucket("x/some", &user) < 0.3 {
            "one"
        } else if rollout_bucket("x/2", &user) < 0.3 {
            "two"
        } else if rollout_bucket("mine", &user) < 0.3 {
            "three"
        } else if rollout_bucket("x/4", &tenant) < 0.3 {
            "four"
        } else {
            "none"
        };
        let ctx = Context::new(&user).with("tenant", tenant.as_str());
        (user, evaluate(&engine, "x", &ctx).variant().unwrap().to_owned(), expected.to_owned())
    }));
}

#[test]
fn a_rule_without_a_key_falls_through() {
    let yaml = |state: &str| {
        format!(
            "flags:\n  x:\n    state: {state}\n    rules:\n      \
               - {{ rollout: 50 }}\n      - {{ when: {{ plan: premium }} }}\n"
        )
    };
    for (state, json, expected) in [
        ("targeted", "{}", "off ERROR TARGETING_KEY_MISSING"),
        // What is decided further on is decided.
        ("targeted", r#"{"plan": "premium"}"#, "on TARGETING_MATCH by rule 2"),
        ("on", "{}", "on STATIC"),
    ] {
        assert_eq!(told(&engine(&yaml(state)), "x", &context(json)), expected, "{state} {json}");
    }
}

#[test]
fn gradual_without_a_rollout_takes_the_default() {
    let engine = engine("settings: { default_rollout: 10 }\nflags:\n  x: { state: gradual }\n");
    table((0..300).map(|i| {
        let user = format!("user-{i}");
        let on = support::enabled(&engine, "x", &Context::new(&user));
        (user.clone(), on, rollout_bucket("x", &user) < 0.1)
    }));
}

#[test]
fn raising_a_percentage_only_adds() {
    let steps = [0.0, 0.001, 1.0, 5.0, 25.0, 25.001, 50.0, 99.0, 100.0];
    let engines: Vec<_> = steps
        .iter()
        .map(|percent| engine(&format!("flags:\n  x: {{ state: gradual, rollout: {percent} }}\n")))
        .collect();
    for i in 0..500 {
        let ctx = Context::new(format!("user-{i}"));
        let on: Vec<bool> = engines.iter().map(|engine| support::enabled(engine, "x", &ctx)).collect();
        assert!(on.is_sorted(), "user-{i}: {on:?} at {steps:?}");
        assert!(!on[0] && on[steps.len() - 1], "0 is nobody and 100 everybody");
    }
}

#[test]
fn a_context_changed_is_another_one() {
    let engine = engine(
        "flags:\n  x: { state: gradual, rollout: 50 }\n  y: { state: gradual, rollout: { percentage: 50, by: t } }\n",
    );
    // What is computed once per context must not outlive the key.
    let mut ctx = Context::new("nobody").with("t", "nothing");
    for i in 0..100 {
        let key = format!("user-{i}");
        ctx.set("user", key.as_str());
        ctx.set("t", i);
        let clone = ctx.clone();
        for ctx in [&ctx, &clone] {
            assert_eq!(support::enabled(&engine, "x", ctx), rollout_bucket("x", &key) < 0.5, "{key}");
            assert_eq!(support::enabled(&engine, "y", ctx), rollout_bucket("y", &i.to_string()) < 0.5, "{i}");
        }
    }
}
