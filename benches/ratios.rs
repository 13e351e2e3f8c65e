//! W1 to W10 beside the limit, as ratios in one run, in Markdown: `cargo bench --bench ratios`.
//!
//! `-- document` writes benches/flags.yaml, `-- document uncounted` benches/flags.uncounted.yaml, `-- document
//! 1000` a mixed one of that many flags; `-- quick` measures less, `-- times` the first table alone, `-- times W4 W7` only rows of it,
//! `-- keys` the table of handles and keys.

#![allow(
    clippy::cast_precision_loss,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "as in support"
)]

#[path = "support/by_key.rs"]
mod by_key;
#[path = "support/ours.rs"]
mod ours;
#[path = "support/readers.rs"]
mod readers;
mod support;

/// The flags as any program has them: evaluations are counted.
#[allow(dead_code, reason = "most are there to be in the way")]
mod flags {
    flags_runtime::flags!("benches/flags.yaml");
}

/// The same with counting switched off.
#[allow(dead_code, reason = "most are there to be in the way")]
mod quiet {
    flags_runtime::flags!("benches/flags.uncounted.yaml");
}

use flags::Flags;
use flags_runtime::Context;
use ours::{typed, untyped};
use quiet::Flags as Quiet;
use std::hint::black_box;
use support::alloc::count;
use support::clock::pin;
use support::document::{
    Flag, User, W1, W2, W3_10, W3_1000, W4, W5, W6, W7, Workload, mixed, users, workloads, yaml,
};
use support::limit::{Context as Bare, Limit, Owned};
use support::load;
use support::rounds::{Batch, Measured, Row, measure, round};

/// What a row asks: four ways to the same answer.
struct Contexts<'a> {
    users: &'a [User],
    bare: &'a [Bare<'a>],
    typed: &'a [Context],
    untyped: &'a [Context],
}

fn index(flags: &[Flag], key: &str) -> usize {
    flags.iter().position(|flag| flag.key == key).unwrap()
}

/// A row of a switch.
macro_rules! switch {
    ($name:literal, $limit:ident, $flag:expr, $constant:ident, $asked:expr) => {{
        let (flag, asked) = (black_box($flag), &$asked);
        for ((bare, typed), untyped) in asked.bare.iter().zip(asked.typed).zip(asked.untyped) {
            let answer = $limit.enabled(flag, bare);
            assert_eq!(answer, Flags::$constant.enabled(typed), "{}", $name);
            assert_eq!(answer, Flags::$constant.enabled(untyped), "{}", $name);
            assert_eq!(answer, Quiet::$constant.enabled(typed), "{}", $name);
        }
        row(
            $name,
            1.0,
            [
                round(asked.bare, move |bare| $limit.enabled(flag, bare)),
                round(asked.typed, |context| Quiet::$constant.enabled(context)),
                round(asked.typed, |context| Flags::$constant.enabled(context)),
                round(asked.untyped, |context| Flags::$constant.enabled(context)),
            ],
        )
    }};
}

/// Something made, looked at and dropped.
#[inline]
fn seen<T>(made: T) {
    black_box(&made);
    drop(made);
}

fn row<'a>(name: &'static str, operations: f64, columns: [Batch<'a>; 4]) -> Row<'a> {
    Row { name, operations, columns: columns.into_iter().map(Some).collect() }
}

#[expect(clippy::too_many_lines, reason = "one table after the other")]
fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let Some(at) = arguments.iter().position(|argument| argument == "document") {
        print_document(&arguments[at + 1..]);
        return;
    }
    let quick = arguments.iter().any(|argument| argument == "quick");
    let (rounds, batch) = if quick { (15, 2e5) } else { (101, 1e6) };
    pin(1);
    assert_counting_is_off();

    if arguments.iter().any(|argument| argument == "keys") {
        print_keys(&users(0..1024).iter().map(typed).collect::<Vec<_>>(), rounds, batch);
        return;
    }

    let flags = workloads(true);
    let limit = &Limit::new(&flags);
    let some = users(0..1024);
    let others = users(2000..3024);
    let [bare, other_bare] = [&some, &others].map(|users| users.iter().map(Bare::new).collect::<Vec<_>>());
    let [known, other_known] = [&some, &others].map(|users| users.iter().map(typed).collect::<Vec<_>>());
    let [plain, other_plain] = [&some, &others].map(|users| users.iter().map(untyped).collect::<Vec<_>>());
    let named =
        |n: usize| Contexts { users: &some[..n], bare: &bare[..n], typed: &known[..n], untyped: &plain[..n] };
    let all = named(1024);
    let nobody = Contexts { users: &others, bare: &other_bare, typed: &other_known, untyped: &other_plain };

    let bulk = [100, 1000]
        .map(mixed)
        .map(|flags| (Limit::new(&flags), load::quiet_engine(&flags), load::engine(&flags)));
    let mut rows = vec![
        switch!("W1 on for all", limit, index(&flags, W1), W1_ALWAYS_ON, all),
        switch!("W2 off", limit, index(&flags, W2), W2_KILL_SWITCH, all),
        switch!("W3 in a list of 10", limit, index(&flags, W3_10), W3_TEN_USERS, named(10)),
        switch!("W3 not in a list of 10", limit, index(&flags, W3_10), W3_TEN_USERS, nobody),
        switch!("W3 in a list of 1,000", limit, index(&flags, W3_1000), W3_THOUSAND_USERS, named(1000)),
        switch!("W3 not in a list of 1,000", limit, index(&flags, W3_1000), W3_THOUSAND_USERS, nobody),
        switch!("W4 country in 3 and plan", limit, index(&flags, W4), W4_ATTRIBUTES, all),
        switch!("W5 25 % rollout", limit, index(&flags, W5), W5_ROLLOUT, all),
        variants(limit, index(&flags, W6), &all),
        switch!("W7 five rules, the last holds", limit, index(&flags, W7), W7_FIVE_RULES, all),
    ];
    for ((limit, quiet, engine), (name, n)) in
        bulk.iter().zip([("W8 all of 100, per flag", 100.0), ("W8 all of 1,000, per flag", 1000.0)])
    {
        rows.push(Row {
            name,
            operations: n,
            columns: vec![
                Some(round(&all.bare[..16], |bare| limit.all(bare))),
                Some(round(&all.typed[..16], |context| quiet.evaluate_all(context))),
                Some(round(&all.typed[..16], |context| engine.evaluate_all(context))),
                Some(round(&all.untyped[..16], |context| engine.evaluate_all(context))),
            ],
        });
    }
    rows.push(Row {
        name: "W9 a context made and dropped",
        operations: 1.0,
        columns: vec![
            Some(round(all.users, |user| seen(Bare::new(user)))),
            Some(round(all.users, |user| seen(typed(user)))),
            None,
            Some(round(all.users, |user| seen(untyped(user)))),
        ],
    });
    rows.push(Row {
        name: "W9, the limit owning its texts",
        operations: 1.0,
        columns: vec![
            Some(round(all.users, |user| seen(Owned::new(user)))),
            Some(round(all.users, |user| seen(typed(user)))),
            None,
            Some(round(all.users, |user| seen(untyped(user)))),
        ],
    });
    rows.push(Row {
        name: "W5 of a new context",
        operations: 1.0,
        columns: vec![
            Some(round(all.users, |user| limit.enabled(index(&flags, W5), &Bare::new(user)))),
            Some(round(all.users, |user| Quiet::W5_ROLLOUT.enabled(&typed(user)))),
            Some(round(all.users, |user| Flags::W5_ROLLOUT.enabled(&typed(user)))),
            Some(round(all.users, |user| Flags::W5_ROLLOUT.enabled(&untyped(user)))),
        ],
    });
    rows.push(Row {
        name: "(the loop alone)",
        operations: 1.0,
        columns: vec![Some(round(all.bare, |_| ())), Some(round(all.typed, |_| ())), None, None],
    });
    let named = |row: &Row<'_>| {
        let mut names = arguments.iter().filter(|argument| argument.starts_with('W')).peekable();
        names.peek().is_none() || names.any(|name| row.name.starts_with(name.as_str()))
    };
    rows.retain(named);
    let mut times = measure(rows, rounds, batch);
    print_times(&mut times);
    if arguments.iter().any(|argument| argument == "times") {
        return;
    }
    print_keys(&known, rounds, batch);
    print_scale(rounds, batch);
    print_threads(&known, if quick { 100 } else { 1000 });
    print_allocations(&all, &bulk[1].2);
    print_loads(quick);
    print_readers(quick);
}

fn variants<'a>(limit: &'a Limit, flag: usize, asked: &Contexts<'a>) -> Row<'a> {
    for (bare, typed) in asked.bare.iter().zip(asked.typed) {
        let value = Flags::W6_VARIANTS.value(typed);
        let expected = limit.value(flag, bare);
        assert_eq!(
            (value.color.as_str(), value.columns, value.cta.as_str()),
            (expected.color, expected.columns, expected.cta)
        );
    }
    let flag = black_box(flag);
    row(
        "W6 50/30/20 variants, the value",
        1.0,
        [
            round(asked.bare, move |bare| limit.value(flag, bare).columns),
            round(asked.typed, |context| Quiet::W6_VARIANTS.value(context).columns),
            round(asked.typed, ours::columns),
            round(asked.untyped, ours::columns),
        ],
    )
}

fn print_document(arguments: &[String]) {
    let mixed = arguments.first().and_then(|count| count.parse().ok()).map(mixed);
    let yaml = yaml(&mixed.unwrap_or_else(|| workloads(true)));
    let uncounted = arguments.iter().any(|argument| argument == "uncounted");
    print!("{}", if uncounted { load::uncounted(&yaml) } else { yaml });
}

fn assert_counting_is_off() {
    assert!(!Quiet::engine().metrics().counting);
}

fn print_times(times: &mut [Measured]) {
    println!("| work | limit, ns | ours, ns | ratio | counted, ns | ratio | untyped context, ns | ratio |");
    println!("|---|---|---|---|---|---|---|---|");
    for Measured { name, nanoseconds, ratios } in times {
        print!("| {name} | {} ", figure(nanoseconds[0]));
        for column in 1..4 {
            print!("| {} | {} ", figure(nanoseconds[column]), ratio(ratios[column]));
        }
        println!("|");
    }
}

/// By handle and by key, counted: what a handle's `enabled` takes of the constant's time, and its `evaluate` of that.
fn print_keys(contexts: &[Context], rounds: usize, batch: f64) {
    println!(
        "\n| by key | constant, ns | handle, ns | ratio | `evaluate`, ns | to the handle's `enabled` | look-up, ns | look-up and `enabled`, ns | to both apart | `Engine::evaluate`, ns |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|");
    for Measured { name, nanoseconds: times, ratios } in by_key::by_key(contexts, rounds, batch) {
        println!(
            "| {name} | {} | {} | {} | {} | {} | {} | {} | {} | {} |",
            figure(times[0]),
            figure(times[1]),
            ratio(ratios[1]),
            figure(times[2]),
            ratio(ratios[2] / ratios[1]),
            figure(times[3]),
            figure(times[4]),
            ratio(ratios[4] / (1.0 + ratios[3])),
            figure(times[5])
        );
    }
}

/// The same question in a small document and in a large one.
fn print_scale(rounds: usize, batch: f64) {
    const LISTED: usize = 100_000;
    let [few, many] = [100, 10_000].map(|n| load::engine(&mixed(n)));
    let [short, long] =
        [1000, LISTED].map(|n| load::engine(&[Flag { key: "listed".to_owned(), kind: Workload::Users(n) }]));
    // All of these are in both lists.
    let contexts: Vec<Context> = users(0..1000).iter().map(typed).collect();
    let ask = |engine, key: &str| {
        let flag = flags_runtime::Engine::flag(engine, key).unwrap();
        Some(round(&contexts, move |context| flag.enabled(context)))
    };
    let rows = [("on for all", "flag-00050"), ("attributes", "flag-00052"), ("a rollout", "flag-00053")];
    let mut rows: Vec<Row<'_>> = rows
        .map(|(name, key)| Row { name, operations: 1.0, columns: vec![ask(&few, key), ask(&many, key)] })
        .into();
    rows.push(Row {
        name: "a list of users",
        operations: 1.0,
        columns: vec![ask(&short, "listed"), ask(&long, "listed")],
    });
    println!("\n| looked up by key | of 100 flags, or 1,000 users, ns | of 10,000, or 100,000, ns | ratio |");
    println!("|---|---|---|---|");
    for Measured { name, nanoseconds, ratios } in measure(rows, rounds, batch) {
        println!(
            "| {name} | {} | {} | {} |",
            figure(nanoseconds[0]),
            figure(nanoseconds[1]),
            ratio(ratios[1])
        );
    }
}

fn figure(nanoseconds: f64) -> String {
    match nanoseconds {
        n if n.is_nan() => "–".to_owned(),
        n if n < 10.0 => format!("{n:.1}"),
        n => format!("{n:.0}"),
    }
}

fn ratio(ratio: f64) -> String {
    if ratio.is_nan() { "–".to_owned() } else { format!("{ratio:.2}") }
}

/// How a switch is asked.
type Check = fn(&Context) -> bool;

fn print_threads(ring: &[Context], rounds: usize) {
    println!("\n| two threads | one, ns | two, ns each | throughput of two over one | clean rounds |");
    println!("|---|---|---|---|---|");
    let cases: [(&str, Check); 4] = [
        ("W1", |context| Quiet::W1_ALWAYS_ON.enabled(context)),
        ("W1, counted", |context| Flags::W1_ALWAYS_ON.enabled(context)),
        ("W5", |context| Quiet::W5_ROLLOUT.enabled(context)),
        ("W5, counted", |context| Flags::W5_ROLLOUT.enabled(context)),
    ];
    for (name, ask) in cases {
        let two = support::threads::scaling(ring, ask, rounds);
        println!(
            "| {name} | {} | {} | {:.2} | {} of {rounds} |",
            figure(two.one),
            figure(two.two),
            two.throughput,
            two.clean
        );
    }
}

fn print_allocations(asked: &Contexts<'_>, all: &flags_runtime::Engine) {
    let contexts = || asked.typed.iter().chain(asked.untyped);
    let per = |heap: support::alloc::Heap, n: usize| heap.calls as f64 / n as f64;
    let n = asked.typed.len() + asked.untyped.len();
    println!("\n| allocations | of one |\n|---|---|");
    let ((), heap) = count(|| {
        for context in contexts() {
            black_box(Flags::W1_ALWAYS_ON.enabled(context));
            black_box(Flags::W2_KILL_SWITCH.enabled(context));
            black_box(Flags::W3_TEN_USERS.enabled(context));
            black_box(Flags::W3_THOUSAND_USERS.enabled(context));
            black_box(Flags::W4_ATTRIBUTES.enabled(context));
            black_box(Flags::W5_ROLLOUT.enabled(context));
            black_box(Flags::W6_VARIANTS.value(context));
            black_box(Flags::W7_FIVE_RULES.evaluate(context));
        }
    });
    println!("| W1 to W7, each | {} |", per(heap, n));
    let ((), heap) = count(|| contexts().for_each(|context| drop(black_box(all.evaluate_all(context)))));
    println!("| W8, all of 1,000 | {} |", per(heap, n));
    let ((), heap) = count(|| asked.users.iter().for_each(|user| seen(typed(user))));
    println!("| W9, a typed context of five attributes | {} |", per(heap, asked.users.len()));
    let ((), heap) = count(|| asked.users.iter().for_each(|user| seen(untyped(user))));
    println!("| W9, an untyped one | {} |", per(heap, asked.users.len()));
}

fn print_loads(quick: bool) {
    println!(
        "\n| W10 flags | embedded, kB | start, ms | allocations | heap per flag, bytes | YAML, kB | reload, ms |"
    );
    println!("|---|---|---|---|---|---|---|");
    for (flags, times) in [(100, 31), (1000, 21), (10_000, 7)] {
        let loaded = load::measure(flags, if quick { 3 } else { times });
        println!(
            "| {} | {} | {:.2} | {} | {} | {} | {:.1} |",
            loaded.flags,
            loaded.embedded_bytes / 1000,
            loaded.start,
            loaded.heap.calls,
            loaded.heap.kept / i64::try_from(loaded.flags).unwrap(),
            loaded.yaml_bytes / 1000,
            loaded.reload
        );
    }
}

fn print_readers(quick: bool) {
    println!("\n| W7 of 32, ns each, while another thread | half | 99 % | 99.9 % |\n|---|---|---|---|");
    let yaml = yaml(&workloads(true));
    let [idle, busy] = readers::readers(&yaml, if quick { 20_000 } else { 400_000 });
    for (what, quantiles) in [("is still", idle), ("reloads without pause", busy)] {
        println!(
            "| {what} | {} | {} | {} |",
            figure(quantiles[0]),
            figure(quantiles[1]),
            figure(quantiles[2])
        );
    }
}
