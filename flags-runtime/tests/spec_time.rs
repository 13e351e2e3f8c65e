//! Time: moments, the last days, windows, ramps, experiments; and who asks the clock.

mod support;

use flags_runtime::{Clock, Engine, FixedClock, Timestamp};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use support::{conditions, context, document, enabled, engine, engine_with, moment, options, table, told};

const DAY: i64 = 86_400_000;

#[test]
fn before_and_after_exclude_the_instant() {
    conditions(
        "",
        &[
            ("{ t: { before: 2026-01-01 } }", r#"{"t": "2025-12-31"}"#, "true"),
            ("{ t: { before: 2026-01-01 } }", r#"{"t": "2026-01-01"}"#, "false"),
            ("{ t: { before: 2026-01-01 } }", r#"{"t": "2025-12-31T23:59:59.999Z"}"#, "true"),
            ("{ t: { after: 2026-01-01 } }", r#"{"t": "2026-01-01"}"#, "false"),
            ("{ t: { after: 2026-01-01 } }", r#"{"t": "2026-01-01T00:00:00.001Z"}"#, "true"),
            ("{ t: { after: '2026-01-01T12:00:00+02:00' } }", r#"{"t": "2026-01-01T10:00:00Z"}"#, "false"),
            ("{ t: { after: '2026-01-01T12:00:00+02:00' } }", r#"{"t": "2026-01-01T10:00:01Z"}"#, "true"),
            ("{ t: { after: 2025-01-01, before: 2026-01-01 } }", r#"{"t": "2025-06-01"}"#, "true"),
            ("{ t: { before: 9999-12-31 } }", r#"{"t": "2026-01-01"}"#, "true"),
            ("{ t: { before: 9999-12-31 } }", r#"{"t": "9999-12-31"}"#, "false"),
        ],
    );
}

#[test]
fn moments_of_a_context() {
    conditions(
        "",
        &[
            // Epoch milliseconds, as a number or as a wholly numeric string.
            ("{ t: { before: 1970-01-02 } }", r#"{"t": 86399999}"#, "true"),
            ("{ t: { before: 1970-01-02 } }", r#"{"t": 86400000}"#, "false"),
            ("{ t: { before: 1970-01-02 } }", r#"{"t": "86399999"}"#, "true"),
            ("{ t: { before: 1970-01-02 } }", r#"{"t": 86399999.5}"#, "true"),
            ("{ t: { before: 1970-01-02 } }", r#"{"t": "86399999.5"}"#, "true"),
            ("{ t: { before: 1970-01-01 } }", r#"{"t": -1}"#, "true"),
            ("{ t: { before: 86400000 } }", r#"{"t": "1970-01-01"}"#, "true"),
            ("{ t: { before: 2026-01-01 } }", r#"{"t": "2025-12-31 23:00:00Z"}"#, "true"),
            ("{ t: { before: 2026-01-01 } }", r#"{"t": "2026-01-01T00:30:00+01:00"}"#, "true"),
            // No moment at all.
            ("{ t: { before: 2026-01-01 } }", r#"{"t": "2025-12-31T23:00:00"}"#, "unknown"),
            ("{ t: { before: 2026-01-01 } }", r#"{"t": "2025-13-01"}"#, "unknown"),
            ("{ t: { before: 2026-01-01 } }", r#"{"t": "2025-02-29"}"#, "unknown"),
            ("{ t: { before: 2026-01-01 } }", r#"{"t": ""}"#, "unknown"),
            ("{ t: { before: 2026-01-01 } }", r#"{"t": false}"#, "unknown"),
        ],
    );
}

#[test]
fn within_is_the_last_while() {
    // Now is 2026-06-15T12:00:00Z.
    conditions(
        "",
        &[
            ("{ t: { within: 30d } }", r#"{"t": "2026-06-15T12:00:00Z"}"#, "true"),
            ("{ t: { within: 30d } }", r#"{"t": "2026-06-15T12:00:00.001Z"}"#, "false"),
            ("{ t: { within: 30d } }", r#"{"t": "2026-05-16T12:00:00Z"}"#, "true"),
            ("{ t: { within: 30d } }", r#"{"t": "2026-05-16T11:59:59.999Z"}"#, "false"),
            ("{ t: { within: 1h30m } }", r#"{"t": "2026-06-15T10:30:00Z"}"#, "true"),
            ("{ t: { within: 1h30m } }", r#"{"t": "2026-06-15T10:29:59Z"}"#, "false"),
            ("{ not: { t: { within: 30d } } }", r#"{"t": "2020-01-01"}"#, "true"),
            ("{ t: { within: 9223372036854775807ms } }", r#"{"t": -9223372036854775808}"#, "false"),
            ("{ t: { within: 9223372036854775807ms } }", r#"{"t": 0}"#, "true"),
        ],
    );
}

#[test]
fn on_a_declared_timestamp_plain_operators_compare_moments() {
    let noon = r#"{"t": "2026-01-01T12:00:00Z"}"#;
    conditions(
        "t: timestamp",
        &[
            ("{ t: 2026-01-01T12:00:00Z }", noon, "true"),
            ("{ t: '2026-01-01T13:00:00+01:00' }", noon, "true"),
            ("{ t: { neq: '2026-01-01T13:00:00+01:00' } }", noon, "false"),
            ("{ t: 2026-01-01 }", noon, "false"),
            ("{ t: { gt: 2026-01-01 } }", noon, "true"),
            ("{ t: { gte: 2026-01-01T12:00:00Z } }", noon, "true"),
            ("{ t: { lt: 2026-01-01T12:00:00Z } }", noon, "false"),
            ("{ t: { lte: '2026-01-01T11:00:00-01:00' } }", noon, "true"),
            ("{ t: { in: [2025-01-01, 2026-01-01T12:00:00Z] } }", noon, "true"),
            ("{ t: { nin: [2025-01-01, 2026-01-01T12:00:00Z] } }", noon, "false"),
            ("{ t: { gt: 2026-01-01 } }", r#"{"t": 1767225600001}"#, "true"),
            ("{ t: 2026-01-01 }", r#"{"t": "1767225600000"}"#, "true"),
            ("{ t: 2026-01-01 }", r#"{"t": "new year"}"#, "unknown"),
        ],
    );
    // Without a declaration the same words compare texts.
    conditions(
        "",
        &[
            ("{ t: 2026-01-01 }", r#"{"t": "2026-01-01"}"#, "true"),
            ("{ t: 2026-01-01 }", r#"{"t": "2026-01-01T00:00:00Z"}"#, "false"),
        ],
    );
}

fn at(yaml: &str, time: Timestamp) -> Engine {
    engine_with(document(yaml), options().clock(FixedClock(time)))
}

#[test]
fn windows_are_half_open() {
    let yaml = "flags:\n  x: { state: targeted, rules: [ { starts: 2026-12-01T00:00:00Z, ends: 2027-01-01T00:00:00Z } ] }\n";
    for (time, expected) in [
        ("2026-11-30T23:59:59.999Z", false),
        ("2026-12-01T00:00:00Z", true),
        ("2026-12-31T23:59:59.999Z", true),
        ("2027-01-01T00:00:00Z", false),
    ] {
        assert_eq!(enabled(&at(yaml, moment(time)), "x", &context("{}")), expected, "{time}");
    }
}

#[test]
fn experiments_give_the_control_to_everyone_before_and_after() {
    let yaml = "\
segments:
  nobody: { users: [someone else] }
flags:
  x:
    state: STATE
    variants: { control: { weight: 0 }, treatment: { weight: 100 } }
    off: control
    experiment: { control: control, starts: 2026-12-01, ends: 2027-01-01 }
    requires: [y]
    users: { treatment: [ann] }
    rules: [ { when: { plan: premium }, serve: treatment } ]
  y: { state: targeted, rules: [ { when: { y: false }, serve: off }, { serve: on } ] }
";
    let running = yaml.replace("STATE", "on");
    table(
        [
            ("2026-11-30T23:59:59Z", r#"{"user": "ann"}"#, "control DEFAULT"),
            ("2026-11-30T23:59:59Z", r#"{"plan": "premium"}"#, "control DEFAULT"),
            ("2026-12-01T00:00:00Z", r#"{"user": "ann"}"#, "treatment TARGETING_MATCH"),
            ("2026-12-31T23:59:59Z", r#"{"user": "bob"}"#, "treatment STATIC"),
            ("2027-01-01T00:00:00Z", r#"{"user": "bob"}"#, "control DEFAULT"),
            ("2026-12-15T00:00:00Z", r#"{"user": "bob", "y": false}"#, "control PREREQUISITE_FAILED"),
        ]
        .map(|(time, json, expected)| {
            ((time, json), told(&at(&running, moment(time)), "x", &context(json)), expected.to_owned())
        }),
    );
    let off = at(&yaml.replace("STATE", "off"), moment("2026-12-15"));
    assert_eq!(told(&off, "x", &context("{}")), "control DISABLED");
}

#[test]
fn ramps_in_steps_and_straight() {
    let start = moment("2026-12-01T09:00:00Z").0;
    let steps = "from: 0, to: 100, start: 2026-12-01T09:00:00Z, step: 10, every: 1d";
    let straight = "from: 0, to: 100, start: 2026-12-01T09:00:00Z, end: 2026-12-11T09:00:00Z";
    let down = "from: 50, to: 20, start: 2026-12-01T09:00:00Z, step: 12.5, every: 1h";
    let part = "from: 20, to: 30, start: 2026-12-01T09:00:00Z, end: 2026-12-02T09:00:00Z";
    let short = "start: 2026-12-01T09:00:00Z, step: 50, every: 1d";
    let cases = [
        (steps, -DAY, 0.0),
        (steps, 0, 0.0),
        (steps, DAY - 1, 0.0),
        (steps, DAY, 10.0),
        (steps, 5 * DAY + 1, 50.0),
        (steps, 10 * DAY, 100.0),
        (steps, 1000 * DAY, 100.0),
        (straight, -DAY, 0.0),
        (straight, 0, 0.0),
        (straight, DAY / 2, 5.0),
        (straight, 5 * DAY, 50.0),
        (straight, 10 * DAY, 100.0),
        (straight, 1000 * DAY, 100.0),
        (down, 0, 50.0),
        (down, DAY / 24, 37.5),
        (down, DAY / 12, 25.0),
        (down, DAY / 8, 20.0),
        (part, 0, 20.0),
        (part, DAY / 2, 25.0),
        (part, DAY, 30.0),
        (short, DAY, 50.0),
        (short, 2 * DAY, 100.0),
    ];
    // The percentage is known by who is in: whose buckets lie right below it and right above.
    let keys: Vec<(String, f64)> = (0..4000)
        .map(|i| format!("user-{i}"))
        .map(|key| (key.clone(), 100.0 * support::rollout_bucket("x", &key)))
        .collect();
    table(cases.map(|(ramp, after, percent)| {
        let yaml = format!("flags:\n  x: {{ state: gradual, rollout: {{ {ramp} }} }}\n");
        let engine = at(&yaml, Timestamp(start + after));
        let strays = keys.iter().filter(|(key, bucket)| {
            enabled(&engine, "x", &flags_runtime::Context::new(key)) != (*bucket < percent)
        });
        ((ramp, after), strays.count(), 0)
    }));
}

#[test]
fn a_ramp_at_either_end_needs_no_key() {
    let yaml = "flags:\n  x: { state: gradual, rollout: { start: 2026-12-01, end: 2026-12-02 } }\n";
    for (time, expected) in [
        ("2026-11-01", "off DEFAULT"),
        ("2026-12-01T12:00:00Z", "off ERROR TARGETING_KEY_MISSING"),
        ("2026-12-03", "on SPLIT"),
    ] {
        assert_eq!(told(&at(yaml, moment(time)), "x", &context("{}")), expected, "{time}");
    }
}

/// A clock that counts how often it is asked, and moves on each time.
#[derive(Debug)]
struct Counting(Arc<AtomicUsize>, Arc<AtomicI64>);

impl Clock for Counting {
    fn now(&self) -> Option<Timestamp> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Some(Timestamp(self.1.fetch_add(DAY, Ordering::Relaxed)))
    }
}

#[test]
fn the_clock_is_asked_once_and_only_by_what_needs_the_time() {
    let yaml = "\
environments: { here: { default: true }, there: {} }
segments:
  fresh: { when: { t: { within: 30d } } }
  beta: { users: [ann] }
flags:
  switch: on
  dark: { state: off, rules: [ { starts: 2026-01-01 } ] }
  elsewhere: { state: on, environments: [there], rules: [ { starts: 2026-01-01 } ] }
  dates: { state: targeted, rules: [ { when: { t: { before: 2026-01-01 } } } ] }
  share: { state: gradual, rollout: 25 }
  member: { state: beta }
  named: { state: targeted, users: [ann], rules: [ { starts: 2026-01-01 } ] }
  window: { state: targeted, rules: [ { starts: 2026-01-01, ends: 2026-12-31 }, { ends: 2027-01-01 } ] }
  recent: { state: targeted, rules: [ { when: { t: { within: 30d } } } ] }
  fresh: { state: fresh }
  ramp: { state: gradual, rollout: { start: 2026-06-01, end: 2026-07-01 } }
  trial: { state: on, variants: [a, b], experiment: { control: a, ends: 2026-12-31 } }
  needs: { state: on, requires: [window] }
  twice: { state: on, requires: [recent, window, ramp], rules: [ { when: { t: { within: 1h } } }, { starts: 2027-01-01 } ] }
";
    let asked = Arc::new(AtomicUsize::new(0));
    let time = Arc::new(AtomicI64::new(moment(support::NOW).0));
    let clock = Counting(asked.clone(), time.clone());
    let engine = engine_with(document(yaml), options().clock(clock));
    let ann = context(r#"{"user": "ann", "t": "2026-06-01"}"#);
    table(
        [
            ("switch", 0),
            ("dark", 0),
            ("elsewhere", 0),
            ("dates", 0),
            ("share", 0),
            ("member", 0),
            ("named", 0),
            ("window", 1),
            ("recent", 1),
            ("fresh", 1),
            ("ramp", 1),
            ("trial", 1),
            ("needs", 1),
            ("twice", 1),
        ]
        .map(|(flag, expected)| {
            asked.store(0, Ordering::Relaxed);
            let _ = engine.flag(flag).unwrap().evaluate(&ann);
            (flag, asked.load(Ordering::Relaxed), expected)
        }),
    );
    // Nobody asks for the time of what is not there.
    asked.store(0, Ordering::Relaxed);
    let _ = engine.flag("recent").unwrap().evaluate(&context("{}"));
    assert_eq!(asked.load(Ordering::Relaxed), 0);

    // An explanation, and all flags of one context, are of one moment.
    asked.store(0, Ordering::Relaxed);
    let _ = engine.flag("twice").unwrap().explain(&ann);
    assert_eq!(asked.load(Ordering::Relaxed), 1, "explain");
    asked.store(0, Ordering::Relaxed);
    let _ = engine.evaluate_all(&ann);
    assert_eq!(asked.load(Ordering::Relaxed), 1, "evaluate_all");
}

#[test]
fn the_clock_may_be_replaced() {
    let engine = engine("flags:\n  x: { state: targeted, rules: [ { starts: 2027-01-01 } ] }\n");
    assert!(!enabled(&engine, "x", &context("{}")));
    engine.set_clock(FixedClock(moment("2027-01-01")));
    assert!(enabled(&engine, "x", &context("{}")));
}

/// A platform without a clock.
#[derive(Debug)]
struct NoClock;

impl Clock for NoClock {
    fn now(&self) -> Option<Timestamp> {
        None
    }
}

#[test]
fn what_depends_on_the_time_is_unknown_without_a_clock() {
    let yaml = "\
flags:
  switch: on
  half: { state: gradual, rollout: 50 }
  dates: { state: targeted, rules: [ { when: { t: { before: 2027-01-01 } } } ] }
  begun: { state: targeted, rules: [ { starts: 2000-01-01 } ] }
  not-over: { state: targeted, rules: [ { ends: 2100-01-01 } ] }
  recent: { state: targeted, rules: [ { when: { t: { within: 30d } } } ] }
  not-recent: { state: targeted, rules: [ { when: { not: { t: { within: 30d } } } } ] }
  up: { state: gradual, rollout: { start: 2000-01-01, end: 2000-01-02 } }
  down: { state: gradual, rollout: { from: 100, to: 0, start: 2000-01-01, end: 2000-01-02 } }
  trial: { state: on, variants: { a: { weight: 0 }, b: { weight: 100 } }, experiment: { control: a, starts: 2000-01-01 } }
  always: { state: on, variants: { a: { weight: 0 }, b: { weight: 100 } }, experiment: { control: a } }
";
    let engine = engine_with(document(yaml), options().clock(NoClock));
    let ann = context(r#"{"user": "ann", "t": "2026-06-01"}"#);
    table(
        [
            ("switch", "on STATIC"),
            ("dates", "on TARGETING_MATCH by rule 1"),
            ("begun", "off DEFAULT"),
            ("not-over", "off DEFAULT"),
            ("recent", "off DEFAULT"),
            ("not-recent", "off DEFAULT"),
            ("up", "off DEFAULT"),
            ("down", "off DEFAULT"),
            ("trial", "a DEFAULT"),
            ("always", "b STATIC"),
        ]
        .map(|(flag, expected)| (flag, told(&engine, flag, &ann), expected.to_owned())),
    );
    let explained = |flag: &str| engine.flag(flag).unwrap().explain(&ann).to_string();
    table(
        [
            ("begun", "no clock tells whether it is in its window"),
            ("recent", "its condition is unknown"),
            ("up", "no clock tells how far the ramp is"),
            ("trial", "no clock tells whether it runs"),
        ]
        .map(|(flag, part)| ((flag, part), explained(flag).contains(part), true)),
    );
    assert_eq!(engine.metrics().since, None);

    engine.set_clock(FixedClock(moment(support::NOW)));
    assert_eq!(told(&engine, "begun", &ann), "on TARGETING_MATCH by rule 1", "with a clock it is known");
    assert!(engine.metrics().at.is_some());
}
