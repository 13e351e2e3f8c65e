//! W1 to W9 under criterion, for times and their spread: `cargo bench --bench w`.

#[path = "support/ours.rs"]
mod ours;
mod support;

#[allow(dead_code, reason = "most are there to be in the way")]
mod flags {
    flags_runtime::flags!("benches/flags.yaml");
}

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use flags::Flags;
use flags_runtime::Context;
use ours::{typed, untyped};
use std::hint::black_box;
use support::document::{Flag, User, W1, W2, W3_10, W3_1000, W4, W5, W6, W7, mixed, users, workloads};
use support::limit::{Context as Bare, Limit};
use support::load;

/// Goes round a ring, one element per iteration.
fn ring<'a, T, R>(group: &mut Group<'_>, name: &str, ring: &'a [T], mut ask: impl FnMut(&'a T) -> R) {
    let mut next = ring.iter().cycle();
    group.bench_function(name, |bencher| {
        bencher.iter(|| next.next().map(|element| ask(black_box(element))));
    });
}

/// How a switch is asked.
type Check = fn(&Context) -> bool;

type Group<'a> = criterion::BenchmarkGroup<'a, criterion::measurement::WallTime>;

fn evaluations(criterion: &mut Criterion) {
    let flags = workloads(true);
    let limit = &Limit::new(&flags);
    let users = users(0..1024);
    let bare: Vec<Bare<'_>> = users.iter().map(Bare::new).collect();
    let (known, plain): (Vec<Context>, Vec<Context>) =
        (users.iter().map(typed).collect(), users.iter().map(untyped).collect());
    let index = |key: &str| flags.iter().position(|flag: &Flag| flag.key == key).unwrap_or_default();

    let switches: [(&str, &str, Check); 7] = [
        ("W1 on for all", W1, |context| Flags::W1_ALWAYS_ON.enabled(context)),
        ("W2 off", W2, |context| Flags::W2_KILL_SWITCH.enabled(context)),
        ("W3 list of 10", W3_10, |context| Flags::W3_TEN_USERS.enabled(context)),
        ("W3 list of 1000", W3_1000, |context| Flags::W3_THOUSAND_USERS.enabled(context)),
        ("W4 attributes", W4, |context| Flags::W4_ATTRIBUTES.enabled(context)),
        ("W5 rollout", W5, |context| Flags::W5_ROLLOUT.enabled(context)),
        ("W7 five rules", W7, |context| Flags::W7_FIVE_RULES.enabled(context)),
    ];
    for (name, key, enabled) in switches {
        let flag = index(key);
        let mut group = criterion.benchmark_group(name);
        ring(&mut group, "limit", &bare, |bare| limit.enabled(black_box(flag), bare));
        ring(&mut group, "typed", &known, enabled);
        ring(&mut group, "untyped", &plain, enabled);
        group.finish();
    }

    let flag = index(W6);
    let mut group = criterion.benchmark_group("W6 variants");
    ring(&mut group, "limit", &bare, |bare| limit.value(black_box(flag), bare).columns);
    ring(&mut group, "typed", &known, ours::columns);
    ring(&mut group, "untyped", &plain, ours::columns);
    group.finish();
}

fn bulk(criterion: &mut Criterion) {
    let users = users(0..16);
    let bare: Vec<Bare<'_>> = users.iter().map(Bare::new).collect();
    let known: Vec<Context> = users.iter().map(typed).collect();
    for n in [100, 1000] {
        let flags = mixed(n);
        let (limit, engine) = (Limit::new(&flags), load::engine(&flags));
        let mut group = criterion.benchmark_group(format!("W8 all of {n}"));
        group.throughput(Throughput::Elements(n as u64));
        ring(&mut group, "limit", &bare, |bare| limit.all(bare));
        ring(&mut group, "typed", &known, |context| engine.evaluate_all(context));
        group.finish();
    }
}

fn contexts(criterion: &mut Criterion) {
    let users = users(0..1024);
    let mut group = criterion.benchmark_group("W9 context");
    ring(&mut group, "limit", &users, |user: &User| {
        black_box(&Bare::new(user));
    });
    ring(&mut group, "typed", &users, |user| {
        black_box(&typed(user));
    });
    ring(&mut group, "untyped", &users, |user| {
        black_box(&untyped(user));
    });
    group.finish();
}

fn loads(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("W10 start");
    for n in [100, 1000, 10_000] {
        let embedded = load::embed(&mixed(n));
        group.sample_size(if n > 1000 { 10 } else { 50 }).throughput(Throughput::Elements(n as u64));
        group.bench_function(BenchmarkId::from_parameter(n), |bencher| {
            bencher.iter_with_large_drop(|| flags_runtime::Engine::embedded(black_box(&embedded)));
        });
    }
    group.finish();
}

criterion_group!(benches, evaluations, bulk, contexts, loads);
criterion_main!(benches);
