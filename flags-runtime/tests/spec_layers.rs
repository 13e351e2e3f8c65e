//! Layers: flags that exclude each other, each for a range of one line.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    clippy::maybe_infinite_iter,
    reason = "tests fail by panicking, and somebody is everywhere"
)]

mod support;

use flags_runtime::{Context, OverrideState};
use support::{context, enabled, engine, evaluate, rollout_bucket, table, told};

const LAYERS: &str = "
context: { tenant_id: string, plan: string }
layers: { checkout: {}, all: {}, search: { by: tenant_id, salt: search-2026 } }
flags:
  first: { state: on, layer: { name: checkout, from: 0, to: 40 } }
  second: { state: on, layer: { name: checkout, from: 40, to: 70 }, users: [named] }
  third: { state: gradual, rollout: 50, layer: { name: checkout, from: 70, to: 90 } }
  tenants: { state: on, variants: [control, treatment], layer: { name: search, from: 50 } }
  whole: { state: on, layer: { name: all } }
  off: { state: off, layer: { name: checkout, from: 90, to: 95 } }
  needs: { state: on, requires: [first] }
";

/// No user is in two flags of one layer; every flag holds its part, whatever its own rollout; nobody is in what no flag
/// takes.
#[test]
fn flags_of_one_layer_exclude_each_other() {
    const USERS: u32 = 20_000;
    let engine = engine(LAYERS);
    let mut counts = [0_u32; 3];
    for user in 0..USERS {
        let user = user.to_string();
        let context = Context::new(&user);
        let at = rollout_bucket("layer/checkout", &user);
        let on: Vec<&str> = ["first", "second", "third"]
            .into_iter()
            .filter(|flag| enabled(&engine, flag, &context))
            .collect();
        assert!(on.len() <= 1, "{user} is in {on:?}");
        assert_eq!(on == ["first"], at < 0.4, "{user} at {at}");
        assert_eq!(on == ["second"], (0.4..0.7).contains(&at), "{user} at {at}");
        assert!(on != ["third"] || (0.7..0.9).contains(&at), "{user} at {at}");
        assert!(enabled(&engine, "whole", &context));
        assert_eq!(enabled(&engine, "needs", &context), at < 0.4, "what requires it sees it");
        for (count, flag) in counts.iter_mut().zip(["first", "second", "third"]) {
            *count += u32::from(on == [flag]);
        }
    }
    // Five standard deviations are 347 users at most.
    for (count, share) in counts.into_iter().zip([0.4, 0.3, 0.1]) {
        let expected = f64::from(USERS) * share;
        assert!((f64::from(count) - expected).abs() < 350.0, "{count} of {expected}");
    }
}

/// Variant, reason, error and rule for users who stand in the range, elsewhere, and nowhere.
#[test]
fn what_is_told() {
    let engine = engine(LAYERS);
    let user = |from: f64, to: f64| {
        let stands = |user: &String| (from..to).contains(&rollout_bucket("layer/checkout", user));
        (0..).map(|i| format!("user-{i}")).find(stands).unwrap()
    };
    let tenant = |from: f64, to: f64| {
        let stands = |user: &String| (from..to).contains(&rollout_bucket("search-2026", user));
        (0..).map(|i| format!("tenant-{i}")).find(stands).unwrap()
    };
    let someone = |user: &str| format!(r#"{{"user":"{user}"}}"#);
    let (low, high) = (user(0.0, 0.4), user(0.4, 0.7));
    let (inside, outside) = (tenant(0.5, 1.0), tenant(0.0, 0.5));
    let elsewhere_named = rollout_bucket("layer/checkout", "named");
    assert!(
        !(0.4..0.7).contains(&elsewhere_named),
        "a user who stands elsewhere is named: {elsewhere_named}"
    );
    let cases = [
        ("first", someone(&low), "on STATIC"),
        ("first", someone(&high), "off DEFAULT"),
        ("second", someone(&high), "on STATIC"),
        // The layer is asked before users, so that who is named is in no two flags either.
        ("second", someone("named"), "off DEFAULT"),
        ("first", "{}".to_owned(), "off ERROR TARGETING_KEY_MISSING"),
        ("whole", "{}".to_owned(), "on STATIC"),
        ("tenants", format!(r#"{{"user":"x","tenant_id":"{outside}"}}"#), "control DEFAULT"),
        ("tenants", r#"{"user":"x"}"#.to_owned(), "control ERROR TARGETING_KEY_MISSING"),
        ("off", someone(&low), "off DISABLED"),
    ];
    table(cases.iter().map(|(flag, json, expected)| {
        ((*flag, json.as_str()), told(&engine, flag, &context(json)), (*expected).to_owned())
    }));
    let inside = context(&format!(r#"{{"user":"x","tenant_id":"{inside}"}}"#));
    assert_eq!(evaluate(&engine, "tenants", &inside).reason().as_str(), "SPLIT");

    // An override is above it, as it is above everything.
    engine.set_override("first", OverrideState::On).unwrap();
    assert!(enabled(&engine, "first", &context(&someone(&high))));
}

#[test]
fn explain_says_where_the_context_stands() {
    let engine = engine(LAYERS);
    let at = rollout_bucket("layer/checkout", "ann") * 100.0;
    let explained = engine.flag("first").unwrap().explain(&Context::new("ann")).to_string();
    assert!(explained.contains("layer `checkout`: the context stands "), "{explained}");
    assert!(explained.contains(&format!("stands at {at:.3} of 100, the flag takes 0 to 40")), "{explained}");
}
