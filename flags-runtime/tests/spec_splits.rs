//! Splits: variants by weight, their ranges laid out in declared order.

mod support;

use flags_runtime::Context;
use support::{context, engine, evaluate, table, told, variant, variant_bucket};

/// The first whose share, added to those before it, lies above the bucket.
fn expected<'a>(shares: &[(&'a str, f64)], bucket: f64) -> &'a str {
    let mut sum = 0.0;
    for (name, share) in shares {
        sum += share / 100.0;
        if bucket < sum {
            return name;
        }
    }
    shares.last().map_or("", |(name, _)| name)
}

fn check(flag: &str, shares: &[(&str, f64)], salt: &str) {
    let engine = engine(&format!("flags:\n  x: {flag}\n"));
    table((0..400).map(|i| {
        let user = format!("user-{i}");
        let variant = variant(&engine, "x", &Context::new(&user));
        let expected = expected(shares, variant_bucket(salt, &user)).to_owned();
        ((flag, user), variant, expected)
    }));
}

#[test]
fn weights_in_declared_order() {
    check(
        "{ state: on, variants: { a: { weight: 50 }, b: { weight: 30 }, c: { weight: 20 } } }",
        &[("a", 50.0), ("b", 30.0), ("c", 20.0)],
        "x",
    );
    check(
        "{ state: on, variants: { c: { weight: 20 }, b: { weight: 30 }, a: { weight: 50 } } }",
        &[("c", 20.0), ("b", 30.0), ("a", 50.0)],
        "x",
    );
    check(
        "{ state: on, variants: { a: { weight: 0.001 }, b: { weight: 99.999 } } }",
        &[("a", 0.001), ("b", 99.999)],
        "x",
    );
    check(
        "{ state: on, variants: { a: { weight: 0 }, b: { weight: 60 }, c: { weight: 40 } } }",
        &[("b", 60.0), ("c", 40.0)],
        "x",
    );
    // Without weights: equal shares.
    check("{ state: on, variants: [a, b] }", &[("a", 50.0), ("b", 50.0)], "x");
    check(
        "{ state: on, variants: [a, b, c] }",
        &[("a", 100.0 / 3.0), ("b", 100.0 / 3.0), ("c", 100.0 / 3.0)],
        "x",
    );
    check("{ state: gradual, rollout: 100, variants: [a, b] }", &[("a", 50.0), ("b", 50.0)], "x");
    check(
        "{ state: gradual, rollout: { percentage: 100, salt: other }, variants: [a, b] }",
        &[("a", 50.0), ("b", 50.0)],
        "other",
    );
}

#[test]
fn a_rule_may_split_with_buckets_of_its_own() {
    let variants = "variants: [a, b, c]";
    check(
        &format!("{{ state: targeted, {variants}, rules: [ {{ serve: {{ b: 20, c: 80 }} }} ] }}"),
        &[("b", 20.0), ("c", 80.0)],
        "x/1",
    );
    check(
        &format!(
            "{{ state: targeted, {variants}, rules: [ {{ name: trial, serve: {{ c: 25, a: 75 }} }} ] }}"
        ),
        &[("c", 25.0), ("a", 75.0)],
        "x/trial",
    );
    check(
        &format!(
            "{{ state: targeted, {variants}, rules: [ {{ rollout: {{ percentage: 100, salt: mine }}, serve: {{ c: 25, a: 75 }} }} ] }}"
        ),
        &[("c", 25.0), ("a", 75.0)],
        "mine",
    );
    // A rule without `serve`, or that serves `on`, gives what the flag gives, to the same people.
    check(
        &format!("{{ state: targeted, {variants}, rules: [ {{ name: trial }} ] }}"),
        &[("a", 100.0 / 3.0), ("b", 100.0 / 3.0), ("c", 100.0 / 3.0)],
        "x",
    );
    check(
        &format!("{{ state: targeted, {variants}, rules: [ {{ name: trial, serve: on }} ] }}"),
        &[("a", 100.0 / 3.0), ("b", 100.0 / 3.0), ("c", 100.0 / 3.0)],
        "x",
    );
}

#[test]
fn the_attribute_that_is_bucketed_decides_the_split_too() {
    let engine = engine(
        "flags:\n  x: { state: gradual, rollout: { percentage: 100, by: tenant }, variants: [a, b] }\n",
    );
    table((0..100).map(|i| {
        let ctx = Context::new(format!("user-{i}")).with("tenant", i / 10);
        let variant = variant(&engine, "x", &ctx);
        (
            i,
            variant,
            expected(&[("a", 50.0), ("b", 50.0)], variant_bucket("x", &(i / 10).to_string())).to_owned(),
        )
    }));
}

#[test]
fn rollout_and_split_are_independent_streams() {
    let engine = engine("flags:\n  x: { state: gradual, rollout: 50, variants: [off, a, b, c], off: off }\n");
    table((0..400).map(|i| {
        let user = format!("user-{i}");
        let variant = variant(&engine, "x", &Context::new(&user));
        let quarters = [("off", 25.0), ("a", 25.0), ("b", 25.0), ("c", 25.0)];
        let expected = if support::rollout_bucket("x", &user) < 0.5 {
            expected(&quarters, variant_bucket("x", &user))
        } else {
            "off"
        };
        (user, variant, expected.to_owned())
    }));
}

#[test]
fn reasons_and_missing_keys() {
    for (flag, anonymous, ann) in [
        // Ann's bucket is in the one range there is.
        ("{ state: on, variants: { a: { weight: 100 }, b: { weight: 0 } } }", "a STATIC", "a STATIC"),
        (
            "{ state: on, variants: { z: { weight: 0.001 }, b: { weight: 99.999 } } }",
            "z ERROR TARGETING_KEY_MISSING",
            "b SPLIT",
        ),
        (
            "{ state: gradual, rollout: 99.999, variants: { z: { weight: 0 }, b: { weight: 100 } } }",
            "z ERROR TARGETING_KEY_MISSING",
            "b SPLIT",
        ),
        (
            "{ state: targeted, variants: { z: { weight: 0.001 }, b: { weight: 99.999 } }, rules: [ {} ] }",
            "z ERROR TARGETING_KEY_MISSING",
            "b TARGETING_MATCH by rule 1",
        ),
        // A split that cannot be decided is passed by: the next rule serves.
        (
            "{ state: targeted, variants: [z, b], rules: [ { serve: { z: 0.001, b: 99.999 } }, { serve: z } ] }",
            "z TARGETING_MATCH by rule 2",
            "b TARGETING_MATCH by rule 1",
        ),
    ] {
        let engine = engine(&format!("flags:\n  x: {flag}\n"));
        assert_eq!(told(&engine, "x", &Context::anonymous()), anonymous, "{flag}");
        assert_eq!(told(&engine, "x", &Context::new("ann")), ann, "{flag}");
    }
}

#[test]
fn values_of_variants() {
    let engine = engine(
        "flags:\n  \
           look:\n    state: targeted\n    variants:\n      \
             control: { weight: 50, value: { color: blue, text: Buy Now } }\n      \
             treatment: { weight: 50, value: { color: green, text: Purchase } }\n    \
             rules: [ { when: { plan: premium }, serve: treatment } ]\n  \
           size:\n    state: on\n    variants: { small: 1, large: 10 }\n    rules: [ { serve: large } ]\n  \
           plain: { state: targeted, variants: [a, b] }\n",
    );
    for (flag, json, expected) in [
        ("look", "{}", r#"{"color":"blue","text":"Buy Now"}"#),
        ("look", r#"{"plan": "premium"}"#, r#"{"color":"green","text":"Purchase"}"#),
        ("size", "{}", "10"),
        // A variant without a value is its name.
        ("plain", "{}", r#""a""#),
    ] {
        assert_eq!(
            support::literal(evaluate(&engine, flag, &context(json)).value()),
            expected,
            "{flag} {json}"
        );
    }
}

/// Who is bucketed by something is split by it: at 100 % and beside `state: on` too, in a rule by what the rule goes by.
#[test]
fn splits_go_by_what_is_bucketed() {
    let engine = engine(
        "context: { tenant: string, plan: string }\n\
         flags:\n  \
           on: { state: on, variants: [a, b], rollout: { percentage: 100, by: tenant, salt: s } }\n  \
           full: { state: gradual, variants: [a, b], rollout: { percentage: 100, by: tenant } }\n  \
           by: { state: targeted, variants: [a, b], rules: [{ rollout: { percentage: 100, by: tenant } }] }\n  \
           salted: { state: targeted, variants: [a, b], rules: [{ rollout: { percentage: 100, by: tenant, salt: s }, serve: on }] }\n  \
           own: { state: on, variants: [a, b], rollout: { percentage: 100, by: tenant }, rules: [{ when: { plan: free }, rollout: { percentage: 100, salt: s } }] }\n  \
           plain: { state: targeted, variants: [a, b], rules: [{ rollout: 100 }] }\n",
    );
    let halves = [("a", 50.0), ("b", 50.0)];
    let (user, tenant) = ("u", "t");
    table((0..200).flat_map(|i| {
        let context =
            context(&format!(r#"{{"user": "{user}{i}", "tenant": "{tenant}{}", "plan": "free"}}"#, i / 4));
        let key = format!("{tenant}{}", i / 4);
        [
            ("on", "s", &key),
            ("full", "full", &key),
            ("by", "by", &key),
            ("salted", "s", &key),
            ("own", "s", &key),
        ]
        .map(|(flag, salt, key)| (flag, expected(&halves, variant_bucket(salt, key)).to_owned()))
        .into_iter()
        .chain([("plain", expected(&halves, variant_bucket("plain", &format!("{user}{i}"))).to_owned())])
        .map(|(flag, expected)| ((flag, i), variant(&engine, flag, &context), expected))
        .collect::<Vec<_>>()
    }));
    // Without the attribute there is no variant to give.
    let nobody = context(r#"{"user": "u"}"#);
    for flag in ["on", "full", "by", "salted"] {
        assert_eq!(told(&engine, flag, &nobody), "a ERROR TARGETING_KEY_MISSING", "{flag}");
    }
}
