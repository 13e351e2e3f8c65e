//! Flags asked by handle and by key, beside their constants.

#![allow(unreachable_pub, reason = "as in support")]

use super::flags::Flags;
use super::support::document::{W1, W2, W3_10, W3_1000, W4, W5, W6, W7};
use super::support::rounds::{Measured, Row, measure, round};
use flags_runtime::{Context, Engine};
use std::hint::black_box;

/// How a constant is asked.
type Check = fn(&Context) -> bool;

/// Columns: the constant, its handle's `enabled` and `evaluate` (the value is read), the look-up of the handle, the
/// look-up and `enabled`, and `Engine::evaluate`.
pub fn by_key(contexts: &[Context], rounds: usize, batch: f64) -> Vec<Measured> {
    let engine: &'static Engine = Flags::engine();
    let cases: [(&'static str, &'static str, Check); 8] = [
        ("W1 on for all", W1, |context| Flags::W1_ALWAYS_ON.enabled(context)),
        ("W2 off", W2, |context| Flags::W2_KILL_SWITCH.enabled(context)),
        ("W3 in a list of 10, or not", W3_10, |context| Flags::W3_TEN_USERS.enabled(context)),
        ("W3 in a list of 1,000, or not", W3_1000, |context| Flags::W3_THOUSAND_USERS.enabled(context)),
        ("W4 country in 3 and plan", W4, |context| Flags::W4_ATTRIBUTES.enabled(context)),
        ("W5 25 % rollout", W5, |context| Flags::W5_ROLLOUT.enabled(context)),
        ("W6 50/30/20 variants", W6, |context| Flags::W6_VARIANTS.value(context).columns > 0),
        ("W7 five rules, the last holds", W7, |context| Flags::W7_FIVE_RULES.enabled(context)),
    ];
    let rows = cases.map(|(name, key, constant)| {
        let found = || engine.flag(black_box(key));
        let handle = found().unwrap();
        let value = |value: &flags_runtime::Value| std::ptr::from_ref(value) as usize;
        Row {
            name,
            operations: 1.0,
            columns: vec![
                Some(round(contexts, constant)),
                Some(round(contexts, move |context| handle.enabled(context))),
                Some(round(contexts, move |context| value(handle.evaluate(context).value()))),
                Some(round(contexts, move |_| found().is_some())),
                Some(round(contexts, move |context| found().map(|handle| handle.enabled(context)))),
                Some(round(contexts, move |context| {
                    engine.evaluate(black_box(key), context).map(|evaluation| value(evaluation.value()))
                })),
            ],
        }
    });
    measure(rows.into(), rounds, batch)
}
