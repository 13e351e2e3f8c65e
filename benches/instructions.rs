//! Instructions of W1 to W7, counted by callgrind and pinned: `cargo bench --bench instructions`.
//!
//! It needs valgrind, and gungraun-runner of gungraun's version; where one is not there it says so, and
//! nothing fails. A count more than 2 % above its pin fails (12.5 % where a set is asked for strangers); after a gain,
//! lower the pin.

#![allow(
    missing_docs,
    unreachable_pub,
    clippy::must_use_candidate,
    reason = "gungraun generates public items"
)]

#[path = "support/ours.rs"]
mod ours;
mod support;

#[allow(dead_code, reason = "most are there to be in the way")]
mod flags {
    flags_runtime::flags!("benches/flags.yaml");
}

use flags::Flags;
use flags_runtime::Context;
use gungraun::{Callgrind, EventKind, LibraryBenchmarkConfig, library_benchmark, library_benchmark_group};
use ours::{typed, untyped};
use std::hint::black_box;
use std::ops::Range;
use std::process::Command;
use support::document::{User, W5, W6, users};

/// Evaluations of one count.
const TIMES: usize = 1024;

/// What callgrind counts for all of them, the loop included; a fiftieth more still passes.
fn pinned(instructions: u64) -> LibraryBenchmarkConfig {
    limited(instructions + instructions / 50)
}

/// The same for strangers to a set, an eighth more at most: each set draws the numbers that decide where its members
/// stand, and so how long one looks for who is not there.
fn drawn(instructions: u64) -> LibraryBenchmarkConfig {
    limited(instructions + instructions / 8)
}

fn limited(most: u64) -> LibraryBenchmarkConfig {
    let mut config = LibraryBenchmarkConfig::default();
    config.tool(Callgrind::with_args(["--cache-sim=no"]).hard_limits([(EventKind::Ir, most)]));
    config
}

/// How a switch is asked.
type Check = fn(&Context) -> bool;

const ASKED: [Check; 8] = [
    |context| Flags::W1_ALWAYS_ON.enabled(context),
    |context| Flags::W2_KILL_SWITCH.enabled(context),
    |context| Flags::W3_TEN_USERS.enabled(context),
    |context| Flags::W3_THOUSAND_USERS.enabled(context),
    |context| Flags::W4_ATTRIBUTES.enabled(context),
    |context| Flags::W5_ROLLOUT.enabled(context),
    |context| ours::columns(context) > 0,
    |context| Flags::W7_FIVE_RULES.enabled(context),
];

/// Contexts that have been asked before: their digests are there, and so are the engine and the counts.
fn warm(make: fn(&User) -> Context, who: Range<usize>) -> Vec<Context> {
    let contexts: Vec<Context> = users(who).iter().map(make).collect();
    for key in [W5, W6] {
        black_box(
            Flags::engine()
                .flag(key)
                .map(|handle| contexts.iter().map(|c| handle.evaluate(c)).collect::<Vec<_>>().len()),
        );
    }
    for context in &contexts {
        for ask in ASKED {
            black_box(ask(context));
        }
    }
    contexts
}

fn ring() -> Vec<Context> {
    warm(typed, 0..16)
}

fn named() -> Vec<Context> {
    let mut contexts = warm(typed, 0..16);
    contexts.truncate(8);
    contexts
}

/// So many that it is the numbers a set has drawn that count, and not which of them are asked for.
fn strangers() -> Vec<Context> {
    warm(typed, 2000..2000 + TIMES)
}

fn untyped_ring() -> Vec<Context> {
    warm(untyped, 0..16)
}

/// Asks of each context in turn. Returns the contexts: dropping them is not counted.
#[inline]
fn asked<R>(contexts: Vec<Context>, ask: impl Fn(&Context) -> R) -> Vec<Context> {
    for context in contexts.iter().cycle().take(TIMES) {
        black_box(ask(black_box(context)));
    }
    contexts
}

#[library_benchmark(config = pinned(42_015))]
#[bench::counted(setup = ring)]
fn w1_on_for_all(contexts: Vec<Context>) -> Vec<Context> {
    asked(contexts, |context| Flags::W1_ALWAYS_ON.enabled(context))
}

#[library_benchmark(config = pinned(42_015))]
#[bench::counted(setup = ring)]
fn w2_off(contexts: Vec<Context>) -> Vec<Context> {
    asked(contexts, |context| Flags::W2_KILL_SWITCH.enabled(context))
}

#[library_benchmark(config = pinned(207_903))]
#[bench::counted(setup = named)]
fn w3_in_ten(contexts: Vec<Context>) -> Vec<Context> {
    asked(contexts, |context| Flags::W3_TEN_USERS.enabled(context))
}

#[library_benchmark(config = drawn(223_543))]
#[bench::counted(setup = strangers)]
fn w3_not_in_ten(contexts: Vec<Context>) -> Vec<Context> {
    asked(contexts, |context| Flags::W3_TEN_USERS.enabled(context))
}

#[library_benchmark(config = pinned(207_903))]
#[bench::counted(setup = ring)]
fn w3_in_thousand(contexts: Vec<Context>) -> Vec<Context> {
    asked(contexts, |context| Flags::W3_THOUSAND_USERS.enabled(context))
}

#[library_benchmark(config = drawn(243_227))]
#[bench::counted(setup = strangers)]
fn w3_not_in_thousand(contexts: Vec<Context>) -> Vec<Context> {
    asked(contexts, |context| Flags::W3_THOUSAND_USERS.enabled(context))
}

#[library_benchmark(config = pinned(241_695))]
#[bench::counted(setup = ring)]
fn w4_attributes(contexts: Vec<Context>) -> Vec<Context> {
    asked(contexts, |context| Flags::W4_ATTRIBUTES.enabled(context))
}

#[library_benchmark(config = pinned(356_383))]
#[bench::counted(setup = untyped_ring)]
fn w4_untyped(contexts: Vec<Context>) -> Vec<Context> {
    asked(contexts, |context| Flags::W4_ATTRIBUTES.enabled(context))
}

#[library_benchmark(config = pinned(110_623))]
#[bench::counted(setup = ring)]
fn w5_rollout(contexts: Vec<Context>) -> Vec<Context> {
    asked(contexts, |context| Flags::W5_ROLLOUT.enabled(context))
}

#[library_benchmark(config = pinned(145_442))]
#[bench::counted(setup = ring)]
fn w6_value(contexts: Vec<Context>) -> Vec<Context> {
    asked(contexts, ours::columns)
}

/// The evaluation of the flag's handle, and its value.
fn evaluated(contexts: Vec<Context>, key: &str) -> Vec<Context> {
    let Some(handle) = Flags::engine().flag(black_box(key)) else { return contexts };
    asked(contexts, |context| std::ptr::from_ref(handle.evaluate(context).value()) as usize)
}

#[library_benchmark(config = pinned(263_442))]
#[bench::counted(setup = ring)]
fn w5_by_handle(contexts: Vec<Context>) -> Vec<Context> {
    evaluated(contexts, W5)
}

#[library_benchmark(config = pinned(338_632))]
#[bench::counted(setup = ring)]
fn w6_by_handle(contexts: Vec<Context>) -> Vec<Context> {
    evaluated(contexts, W6)
}

#[library_benchmark(config = pinned(441_375))]
#[bench::counted(setup = ring)]
fn w7_five_rules(contexts: Vec<Context>) -> Vec<Context> {
    asked(contexts, |context| Flags::W7_FIVE_RULES.enabled(context))
}

#[library_benchmark(config = pinned(717_855))]
#[bench::counted(setup = untyped_ring)]
fn w7_untyped(contexts: Vec<Context>) -> Vec<Context> {
    asked(contexts, |context| Flags::W7_FIVE_RULES.enabled(context))
}

library_benchmark_group!(
    name = workloads,
    benchmarks = [
        w1_on_for_all,
        w2_off,
        w3_in_ten,
        w3_not_in_ten,
        w3_in_thousand,
        w3_not_in_thousand,
        w4_attributes,
        w4_untyped,
        w5_rollout,
        w5_by_handle,
        w6_value,
        w6_by_handle,
        w7_five_rules,
        w7_untyped,
    ]
);

/// What is not there, and how to get it.
fn missing() -> Option<&'static str> {
    let runs = |program: &str| Command::new(program).arg("--version").output().is_ok();
    if !runs("valgrind") {
        return Some("no valgrind here; Debian has it");
    }
    let runner = option_env!("GUNGRAUN_RUNNER").unwrap_or("gungraun-runner");
    (!runs(runner)).then_some("no gungraun-runner here; `cargo install gungraun-runner --version 0.20.0`")
}

fn main() {
    // The runner starts this program again, under valgrind.
    let counted = std::env::args().any(|argument| argument.starts_with("--gungraun"));
    match missing() {
        Some(missing) if !counted => println!("instructions: skipped: {missing}"),
        _ => count(),
    }
}

fn count() {
    gungraun::main!(library_benchmark_groups = workloads);
    main();
}
