//! What the built-in counts say of evaluations.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use flags_runtime::{
    Clock, Context, Engine, Metrics, Options, OverrideState, Reason, SourceFile, Timestamp, Value, Variables,
};
use flags_schema::{Document, load};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::thread;

const FLAGS: &str = "\
segments:
  beta: { users: [ann] }
flags:
  always: on
  never: off
  half: { state: gradual, rollout: 50 }
  signals: beta
  needs: { state: on, requires: [never] }
  button: { state: on, variants: { control: { weight: 0 }, green: { weight: 100 } } }
  page-size: { type: integer, value: 20, rules: [{ when: { user: ann }, serve: 50 }] }
";

fn document(text: &str) -> Document {
    let loaded = load(
        SourceFile::new("flags.yaml", text),
        &mut |_| Err(String::new()),
        &flags_schema::Options::default(),
    );
    assert!(!loaded.diagnostics.has_errors(), "{:#?}", loaded.diagnostics);
    loaded.document
}

fn engine(text: &str) -> Engine {
    Engine::new(document(text), Options::default().variables(Variables::None)).unwrap()
}

fn ask(engine: &Engine, flag: &str, users: &[&str]) {
    for user in users {
        let _ = engine.flag(flag).unwrap().evaluate(&Context::new(user));
    }
}

/// The counts of a flag as `variant reason count`.
fn counts(metrics: &Metrics, flag: &str) -> Vec<String> {
    let counts = metrics.flag(flag).unwrap().counts.iter();
    let mut lines: Vec<_> = counts
        .map(|c| format!("{} {} {}", c.variant.as_deref().unwrap_or("-"), c.reason, c.evaluations))
        .collect();
    lines.sort();
    lines
}

#[test]
fn by_flag_variant_and_reason() {
    let engine = engine(FLAGS);
    for (flag, users) in [
        ("always", &["ann", "bob", "eve"][..]),
        ("never", &["ann"]),
        ("signals", &["ann", "bob", "bob"]),
        ("needs", &["ann"]),
        ("button", &["ann", "bob"]),
        ("page-size", &["ann", "bob"]),
    ] {
        ask(&engine, flag, users);
    }
    let _ = engine.flag("half").unwrap().enabled(&Context::anonymous());
    engine.set_override("never", OverrideState::On).unwrap();
    ask(&engine, "never", &["ann"]);
    let metrics = engine.metrics();
    for (flag, expected) in [
        ("always", &["on STATIC 3"][..]),
        ("never", &["off DISABLED 1", "on OVERRIDE 1"]),
        ("half", &["off ERROR 1"]),
        ("signals", &["off DEFAULT 2", "on TARGETING_MATCH 1"]),
        ("needs", &["off PREREQUISITE_FAILED 1"]),
        ("button", &["green STATIC 2"]),
        ("page-size", &["- STATIC 1", "- TARGETING_MATCH 1"]),
    ] {
        let found = counts(&metrics, flag);
        let one_reason: Vec<_> = found.iter().map(|line| line.replace("SPLIT", "STATIC")).collect();
        assert_eq!(if flag == "button" { one_reason } else { found }, expected, "{flag}");
    }
    assert_eq!(metrics.evaluations(), 14);
    assert_eq!(metrics.flag("signals").unwrap().variants(), [(Some("off"), 2), (Some("on"), 1)]);
    assert_eq!(metrics.never_evaluated().count(), 0);
    let json = serde_json::to_value(&metrics).unwrap();
    assert_eq!(json["flags"][0]["counts"][0]["reason"], "STATIC");
}

#[test]
fn explanations_and_prerequisites_are_no_evaluations() {
    let engine = engine(FLAGS);
    let _ = engine.flag("needs").unwrap().explain(&Context::new("ann"));
    let _ = engine.flag("needs").unwrap().enabled(&Context::new("ann"));
    let metrics = engine.metrics();
    assert_eq!(metrics.evaluations(), 1);
    let never: Vec<_> = metrics.never_evaluated().map(|flag| flag.key.as_str()).collect();
    assert_eq!(never, ["always", "never", "half", "signals", "button", "page-size"]);
}

#[test]
fn of_every_thread_also_of_those_that_ended() {
    let engine = engine(FLAGS);
    for _ in 0..3 {
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| (0..1000).for_each(|i| ask(&engine, "half", &[&format!("user-{i}")])));
            }
        });
    }
    let metrics = engine.metrics();
    let half = metrics.flag("half").unwrap();
    assert_eq!(
        (half.evaluations, half.reason(Reason::Split) + half.reason(Reason::Default)),
        (24_000, 24_000)
    );
}

#[test]
fn of_more_threads_than_have_counts_of_their_own() {
    let engine = engine(FLAGS);
    let barrier = std::sync::Barrier::new(300);
    thread::scope(|scope| {
        for _ in 0..300 {
            scope.spawn(|| {
                ask(&engine, "always", &["ann"]);
                barrier.wait();
                ask(&engine, "always", &["bob"]);
            });
        }
    });
    assert_eq!(engine.metrics().flag("always").unwrap().variant("on"), 600);
}

#[test]
fn each_engine_has_its_own() {
    let (one, other) = (engine(FLAGS), engine(FLAGS));
    ask(&one, "always", &["ann"]);
    ask(&other, "never", &["ann"]);
    assert_eq!((one.metrics().evaluations(), other.metrics().evaluations()), (1, 1));
    assert_eq!(one.metrics().flag("never").unwrap().evaluations, 0);
}

#[test]
fn can_be_switched_off() {
    let engine = engine(&format!("settings: {{ metrics: false }}\n{FLAGS}"));
    ask(&engine, "always", &["ann"]);
    ask(&engine, "half", &["ann"]);
    let metrics = engine.metrics();
    assert_eq!((metrics.counting, metrics.evaluations()), (false, 0));
}

#[derive(Clone, Debug, Default)]
struct Hand(Arc<AtomicI64>);

impl Clock for Hand {
    fn now(&self) -> Option<Timestamp> {
        Some(Timestamp(self.0.load(Ordering::Relaxed)))
    }
}

#[test]
fn last_evaluated_lies_between_two_calls() {
    let hand = Hand::default();
    let options = Options::default().variables(Variables::None).clock(hand.clone());
    let engine = Engine::new(document(FLAGS), options).unwrap();
    let at = |moment: i64| {
        hand.0.store(moment, Ordering::Relaxed);
        let metrics = engine.metrics();
        let last = metrics.flag("always").unwrap().last_evaluated;
        last.map(|last| (last.after.unwrap().0, last.by.unwrap().0))
    };
    assert_eq!(at(10), None);
    ask(&engine, "always", &["ann"]);
    assert_eq!(at(20), Some((10, 20)));
    assert_eq!(at(30), Some((10, 20)), "nothing since");
    ask(&engine, "always", &["ann"]);
    assert_eq!(at(40), Some((30, 40)));
    assert_eq!(engine.metrics().since, Some(Timestamp(0)));
}

#[test]
fn of_value_overrides() {
    let engine = engine(FLAGS);
    engine.set_override("page-size", OverrideState::Value(Value::Integer(7))).unwrap();
    ask(&engine, "page-size", &["ann"]);
    assert_eq!(counts(&engine.metrics(), "page-size"), ["- OVERRIDE 1"]);
}

#[cfg(feature = "reload")]
#[test]
fn of_flags_that_come_and_go() {
    let engine = engine(FLAGS);
    let with = |more: &str| SourceFile::new("live.yaml", format!("{FLAGS}{more}"));
    for (more, flags) in [
        ("  extra: on\n", &["extra"][..]),
        ("  other: off\n  extra: on\n", &["extra", "other", "other"]),
        ("  other: off\n  extra: on\n  third: on\n", &["other"]),
    ] {
        engine.reload_from(&with(more)).unwrap();
        for flag in flags {
            ask(&engine, flag, &["ann"]);
        }
    }
    let metrics = engine.metrics();
    let of = |flag: &str| metrics.flag(flag).unwrap().evaluations;
    assert_eq!((of("extra"), of("other"), of("third")), (2, 3, 0));
    engine.reload_from(&with("")).unwrap();
    assert!(engine.metrics().flag("extra").is_none());
    engine.reload_from(&with("  extra: on\n")).unwrap();
    assert_eq!(engine.metrics().flag("extra").unwrap().evaluations, 2, "what was counted is kept");
}
