use super::engine_in;
use super::{Move, compare};
use flags_runtime::Context;
use flags_schema::{Document, Options, SourceFile, Timestamp, load};
use std::collections::BTreeMap;

fn document(flags: &str) -> Document {
    let text = format!("segments:\n  beta: {{ users: [b] }}\nflags:\n{flags}");
    let loaded = load(SourceFile::new("flags.yaml", text), &mut |_| Err(String::new()), &Options::default());
    assert!(!loaded.diagnostics.has_errors(), "{:?}", loaded.diagnostics);
    loaded.document
}

fn moves(old: &str, new: &str, at: Timestamp) -> Vec<Move> {
    let difference = compare(&document(old), &document(new), None, at).unwrap();
    let moves = difference.flags.into_iter().filter(|changed| changed.flag == "f");
    moves.flat_map(|changed| changed.moves).collect()
}

/// The condition, what it got, what it gets, and the percentage.
type Expected = &'static [(&'static str, &'static str, &'static str, f64)];

/// Old flags, new flags, and whom that moves.
const CASES: &[(&str, &str, Expected)] = &[
    (
        "  f: { state: gradual, rollout: 25 }",
        "  f: { state: gradual, rollout: 30 }",
        &[("", "off", "on", 5.0)],
    ),
    (
        "  f: { state: gradual, rollout: 30 }",
        "  f: { state: gradual, rollout: 0.125 }",
        &[("", "on", "off", 29.875)],
    ),
    ("  f: on", "  f: { state: gradual, rollout: 25 }", &[("", "on", "off", 75.0)]),
    (
        "  f: { state: gradual, rollout: 20 }",
        "  f: { state: gradual, rollout: { percentage: 20, salt: x } }",
        &[("", "off", "on", 16.0), ("", "on", "off", 16.0)],
    ),
    (
        "  f: { state: on, variants: { a: { weight: 60 }, b: { weight: 40 } } }",
        "  f: { state: on, variants: { b: { weight: 40 }, a: { weight: 60 } } }",
        &[("", "a", "b", 40.0), ("", "b", "a", 40.0)],
    ),
    (
        "  f: { state: on, variants: [a, b, c] }",
        "  f: { state: on, variants: { a: { weight: 50 }, b: { weight: 30 }, c: { weight: 20 } } }",
        &[("", "b", "a", 50.0 - 100.0 / 3.0), ("", "c", "b", 80.0 - 200.0 / 3.0)],
    ),
    (
        "  f: { state: gradual, rollout: 50, variants: [a, b], off: a }",
        "  f: { state: gradual, rollout: 80, variants: [a, b], off: a }",
        &[("", "a", "b", 15.0)],
    ),
    (
        "  g: { state: gradual, rollout: 50 }\n  f: { state: gradual, rollout: 20, requires: [g] }",
        "  g: { state: gradual, rollout: 75 }\n  f: { state: gradual, rollout: 40, requires: [g] }",
        &[("", "off", "on", 20.0)],
    ),
    (
        "  f: { state: beta }",
        "  f: { state: gradual, rollout: 10, rules: [{ when: { segment: beta }, rollout: 50 }] }",
        &[("", "off", "on", 10.0), ("segment('beta')", "on", "off", 45.0)],
    ),
    (
        "  f: { state: targeted, rules: [{ name: r, when: { plan: x }, rollout: 40 }] }",
        "  f: { state: targeted, rules: [{ name: r, when: { plan: x }, rollout: 60 }, { when: { plan: y } }] }",
        &[("plan == 'x'", "off", "on", 20.0), ("plan == 'y'", "off", "on", 100.0)],
    ),
    (
        "  f: { state: gradual, rollout: { from: 0, to: 100, start: 1970-01-01, step: 10, every: 1d } }",
        "  f: { state: gradual, rollout: { from: 0, to: 100, start: 1970-01-01, end: 1970-01-06 } }",
        &[("", "off", "on", 30.0)],
    ),
    (
        "  f: { type: integer, value: 20, rules: [{ rollout: 30, serve: 50 }] }",
        "  f: { type: integer, value: 20, rules: [{ rollout: 30, serve: 60 }] }",
        &[("", "50", "60", 30.0)],
    ),
    ("  f: { state: gradual, rollout: 7 }", "  f: { state: gradual, rollout: 7, tags: [x] }", &[]),
];

/// Three days after the beginning of time.
const AT: Timestamp = Timestamp(3 * 86_400_000);

#[test]
fn shares_of_those_who_change_side() {
    for (old, new, expected) in CASES {
        let found = moves(old, new, AT);
        let told: Vec<_> = found
            .iter()
            .map(|it| (it.whom.clone().unwrap_or_default(), it.old.as_str(), it.new.as_str(), it.percent))
            .collect();
        assert_eq!(told.len(), expected.len(), "{old}\n{new}\n{told:?}");
        for ((whom, old_answer, new_answer, percent), expected) in told.iter().zip(*expected) {
            assert_eq!((whom.as_str(), *old_answer, *new_answer), (expected.0, expected.1, expected.2));
            assert!((percent - expected.3).abs() < 1e-9, "{old}\n{new}\n{percent}");
        }
    }
}

/// The figures are those that a hundred thousand users would show.
#[test]
fn shares_agree_with_a_simulation() {
    // One rollout alone is simulated once; the others add splits, salts, rules and requirements to it.
    let more = |text: &str| ["salt", "variants", "rules", "requires"].iter().any(|word| text.contains(word));
    let cases: Vec<_> = CASES
        .iter()
        .enumerate()
        .filter(|(nth, (_, new, _))| *nth == 0 || more(new))
        .map(|(_, case)| case)
        .collect();
    std::thread::scope(|scope| {
        for half in [0, 1] {
            let cases = cases.iter().skip(half).step_by(2);
            scope.spawn(|| cases.for_each(|(old, new, expected)| simulate(old, new, expected)));
        }
    });
}

fn simulate(old: &str, new: &str, expected: Expected) {
    const USERS: u32 = 100_000;
    // Whom the expected figures speak of: everybody, and one condition besides.
    let mut conditions: Vec<&str> = expected.iter().map(|(whom, ..)| *whom).collect();
    conditions.sort_unstable();
    conditions.dedup();
    let documents = [document(old), document(new)];
    for condition in conditions {
        // Members of the segment are named, so that they have buckets to simulate.
        let prepare = |document: &Document| {
            let mut document = document.clone();
            if let Some(segment) = document.segments.first_mut().filter(|_| condition.starts_with("segment"))
            {
                segment.when = flags_schema::expression::parse("exists(user)").ok().map(|condition| {
                    flags_schema::Spanned::new(condition, flags_schema::Position::default())
                });
            }
            engine_in(&document, None, Some(AT)).unwrap()
        };
        let engines = documents.each_ref().map(prepare);
        let flags = engines.each_ref().map(|engine| engine.flag("f").unwrap());
        let mut counts: BTreeMap<(String, String), u32> = BTreeMap::new();
        for user in 0..USERS {
            let mut context = Context::new(user.to_string());
            if let Some(plan) = condition.strip_prefix("plan == ") {
                context.set("plan", plan.trim_matches('\''));
            }
            let [old, new] = flags.each_ref().map(|flag| flag.evaluate(&context));
            if old.variant() == new.variant() && old.value() == new.value() {
                continue;
            }
            let pair = (crate::describe::answer(&old), crate::describe::answer(&new));
            *counts.entry(pair).or_default() += 1;
        }
        let told: Vec<_> = expected.iter().filter(|(whom, ..)| *whom == condition).collect();
        assert_eq!(counts.len(), told.len(), "{old}\n{new}\n{counts:?}");
        for (_, old_answer, new_answer, percent) in told {
            let count = counts[&((*old_answer).to_owned(), (*new_answer).to_owned())];
            let simulated = f64::from(count) / f64::from(USERS) * 100.0;
            assert!((simulated - percent).abs() < 0.5, "{old}\n{new}\n{simulated} instead of {percent}");
        }
    }
}

#[test]
fn users_named_in_lists_are_asked_one_by_one() {
    let old = document("  f: { state: targeted, users: [a, b] }");
    let new = document("  f: { state: targeted, users: [b, c] }");
    let difference = compare(&old, &new, None, AT).unwrap();
    let users: Vec<_> =
        difference.flags[0].users.iter().map(|it| (it.user.as_str(), it.new.as_str())).collect();
    assert_eq!(users, [("a", "off"), ("c", "on")]);
}

#[test]
fn what_is_compiled_in() {
    let old = document("  f: on\n  g: on\n  h: { state: on, variants: [a, b] }");
    let new = document("  f: on\n  h: { state: on, variants: [a, c] }\n  i: { type: integer, value: 3 }");
    let difference = compare(&old, &new, None, AT).unwrap();
    assert_eq!(
        difference.contract,
        [
            "flag `i` is new: a value of type `integer`",
            "flag `g` is gone",
            "flag `h` has the variants `a`, `c`, but the program was compiled for `a`, `b`",
        ]
    );
}
