//! The rows of the table as batches, one column per engine.

use crate::flags::Flags;
use crate::ours::{columns, typed};
use crate::peer::Peer;
use crate::support::alloc::count;
use crate::support::clock::{cpu, median};
use crate::support::document::{
    Flag, User, W1, W2, W3_10, W3_1000, W4, W5, W6, W7, Workload, mixed, users, workloads,
};
use crate::support::limit::{Context as Bare, Limit};
use crate::support::load;
use crate::support::rounds::{Batch, round};
use crate::support::threads::scaling;
use crate::verify::known;
use flags_runtime::{Context, Engine};
use std::hint::black_box;

/// Names of the timed rows, and how many evaluations one of each is.
pub const ROWS: [(&str, f64); 13] = [
    ("W1 flag on for all", 1.0),
    ("W2 flag off", 1.0),
    ("W3 user in a list of 10", 1.0),
    ("W3 not in it", 1.0),
    ("W3 user in a list of 1,000", 1.0),
    ("W3 not in it", 1.0),
    ("W4 country in 3 and plan = premium", 1.0),
    ("W5 25 % rollout, varying ids", 1.0),
    ("W6 50/30/20 variants with payload", 1.0),
    ("W7 five rules, the last matches", 1.0),
    ("W8 all of 100 flags, per flag", 100.0),
    ("W8 all of 1,000 flags, per flag", 1000.0),
    ("W9 making and dropping the context", 1.0),
];

/// Rounds of the two-thread measurement.
const ROUNDS: usize = 300;

/// An engine's side of the table.
pub struct Column {
    pub name: &'static str,
    pub batches: Vec<Option<Batch<'static>>>,
    /// Throughput of two threads over that of one: W1, W5.
    pub scaling: [Option<f64>; 2],
    /// Allocations: W1, W5, a context.
    pub allocations: [Option<f64>; 3],
    /// Milliseconds to parse and compile 1,000 and 10,000 flags.
    pub loads: [Option<f64>; 2],
}

fn leak<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

fn of_one(times: usize, work: impl FnOnce()) -> f64 {
    let ((), heap) = count(work);
    heap.calls as f64 / times as f64
}

/// Milliseconds of processor time; what is made is dropped outside of it.
fn load_time<T>(times: usize, mut load: impl FnMut() -> T) -> f64 {
    median((0..times).map(|_| {
        let before = cpu();
        let made = black_box(load());
        let took = cpu() - before;
        drop(made);
        took / 1e6
    }))
}

/// Loads are timed that often.
fn times(flags: usize) -> usize {
    if flags > 1000 { 5 } else { 15 }
}

pub fn of<P: Peer>() -> Column
where
    P: Sync,
{
    let [some, others]: [&'static [P::Context]; 2] =
        [0..1024, 2000..3024].map(|range| &**leak(users(range).iter().map(P::context).collect::<Vec<_>>()));
    let [main, lists]: [&'static P; 2] =
        [false, true].map(|lists| leak(P::load(&P::document(&known::<P>(lists)))));
    let switch = |kind, engine: &'static P, key: &'static str, ring: &'static [P::Context]| {
        P::knows(kind).then(|| round(ring, move |context| engine.enabled(black_box(key), context)))
    };
    let mut batches = vec![
        switch(Workload::On, main, W1, some),
        switch(Workload::Off, main, W2, some),
        switch(Workload::Users(10), main, W3_10, &some[..10]),
        switch(Workload::Users(10), main, W3_10, others),
        switch(Workload::Users(1000), lists, W3_1000, &some[..1000]),
        switch(Workload::Users(1000), lists, W3_1000, others),
        switch(Workload::Attributes, main, W4, some),
        switch(Workload::Rollout, main, W5, some),
        P::knows(Workload::Variants)
            .then(|| round(some, move |context| main.variant(black_box(W6), context))),
        switch(Workload::FiveRules, main, W7, some),
    ];
    // A facade over a map has no document of its own to evaluate as a whole, nor to load.
    let whole = P::knows(Workload::Rollout);
    for n in [100, 1000] {
        let flags = mixed(n);
        batches.push(whole.then(|| {
            let engine = leak(P::load(&P::document(&flags)));
            let keys: &'static [&'static str] =
                leak(flags.iter().map(|f| &**leak(f.key.clone())).collect::<Vec<_>>());
            round(&some[..16], move |context| engine.all(keys, context))
        }));
    }
    let people: &'static [User] = leak(users(0..1024));
    batches.push(Some(round(people, |user| {
        black_box(&P::context(user));
    })));
    let evaluations = |key| {
        of_one(some.len(), || {
            for context in some {
                black_box(main.enabled(key, context));
            }
        })
    };
    let contexts = of_one(people.len(), || people.iter().for_each(|user| drop(black_box(P::context(user)))));
    Column {
        name: P::NAME,
        batches,
        scaling: [(Workload::On, W1), (Workload::Rollout, W5)].map(|(kind, key)| {
            P::knows(kind)
                .then(|| scaling(some, |context| main.enabled(key, context), ROUNDS / 10).throughput)
        }),
        allocations: [
            Some(evaluations(W1)),
            P::knows(Workload::Rollout).then(|| evaluations(W5)),
            Some(contexts),
        ],
        loads: [1000, 10_000].map(|n| {
            whole.then(|| {
                let document = P::document(&mixed(n));
                load_time(times(n), || P::load(&document))
            })
        }),
    }
}

pub fn limit() -> Column {
    let people: &'static [User] = leak(users(0..1024));
    let strangers: &'static [User] = leak(users(2000..3024));
    let [some, others]: [&'static [Bare<'static>]; 2] =
        [people, strangers].map(|users| &**leak(users.iter().map(Bare::new).collect::<Vec<_>>()));
    let flags = workloads(true);
    let limit = leak(Limit::new(&flags));
    let index = |key: &str| flags.iter().position(|flag: &Flag| flag.key == key).unwrap();
    let switch = |key, ring: &'static [Bare<'static>]| {
        let flag = index(key);
        Some(round(ring, move |context| limit.enabled(black_box(flag), context)))
    };
    let variants = index(W6);
    let mut batches = vec![
        switch(W1, some),
        switch(W2, some),
        switch(W3_10, &some[..10]),
        switch(W3_10, others),
        switch(W3_1000, &some[..1000]),
        switch(W3_1000, others),
        switch(W4, some),
        switch(W5, some),
        Some(round(some, move |context| limit.value(black_box(variants), context).columns)),
        switch(W7, some),
    ];
    for n in [100, 1000] {
        let limit = leak(Limit::new(&mixed(n)));
        batches.push(Some(round(&some[..16], |context| limit.all(context))));
    }
    batches.push(Some(round(people, |user| {
        black_box(&Bare::new(user));
    })));
    Column { name: "limit", batches, scaling: [None; 2], allocations: [Some(0.0); 3], loads: [None; 2] }
}

pub fn ours() -> Column {
    let [some, others]: [&'static [Context]; 2] =
        [0..1024, 2000..3024].map(|range| &**leak(users(range).iter().map(typed).collect::<Vec<_>>()));
    let people: &'static [User] = leak(users(0..1024));
    let mut batches: Vec<Option<Batch<'static>>> = vec![
        Some(round(some, |context| Flags::W1_ALWAYS_ON.enabled(context))),
        Some(round(some, |context| Flags::W2_KILL_SWITCH.enabled(context))),
        Some(round(&some[..10], |context| Flags::W3_TEN_USERS.enabled(context))),
        Some(round(others, |context| Flags::W3_TEN_USERS.enabled(context))),
        Some(round(&some[..1000], |context| Flags::W3_THOUSAND_USERS.enabled(context))),
        Some(round(others, |context| Flags::W3_THOUSAND_USERS.enabled(context))),
        Some(round(some, |context| Flags::W4_ATTRIBUTES.enabled(context))),
        Some(round(some, |context| Flags::W5_ROLLOUT.enabled(context))),
        Some(round(some, columns)),
        Some(round(some, |context| Flags::W7_FIVE_RULES.enabled(context))),
    ];
    for n in [100, 1000] {
        let engine: &'static Engine = leak(load::engine(&mixed(n)));
        batches.push(Some(round(&some[..16], |context| engine.evaluate_all(context))));
    }
    batches.push(Some(round(people, |user| {
        black_box(&typed(user));
    })));
    type Check = fn(&Context) -> bool;
    let asks: [Check; 2] =
        [|context| Flags::W1_ALWAYS_ON.enabled(context), |context| Flags::W5_ROLLOUT.enabled(context)];
    let [w1, w5] = asks.map(|ask| {
        of_one(some.len(), || {
            for context in some {
                black_box(ask(context));
            }
        })
    });
    let contexts = of_one(people.len(), || people.iter().for_each(|user| drop(black_box(typed(user)))));
    Column {
        name: "flags",
        batches,
        scaling: asks.map(|ask| Some(scaling(some, ask, ROUNDS).throughput)),
        allocations: [w1, w5, contexts].map(Some),
        loads: [1000, 10_000].map(|n| {
            let embedded = load::embed(&mixed(n));
            Some(load_time(times(n), || Engine::embedded(&embedded)))
        }),
    }
}
