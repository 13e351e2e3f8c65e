//! Whether an engine gives the right answers, before it is timed.

use crate::flags::Flags;
use crate::ours::{typed, untyped};
use crate::peer::{Peer, json_of};
use crate::support::document::{
    User, VARIANTS, W1, W2, W3_10, W3_1000, W4, W5, W6, W7, Workload, user, users, workloads,
};

/// Percentages may be off by that much over 10,000 users.
const TOLERANCE: f64 = 3.0;

struct Answers<'a> {
    name: &'static str,
    enabled: &'a dyn Fn(&'static str, &User) -> bool,
    knows: fn(Workload) -> bool,
}

impl Answers<'_> {
    /// The questions with one answer.
    fn check(&self) {
        let other = User { country: "DE", ..user(0) };
        let free = User { plan: "free", ..user(0) };
        let stranger = user(2000);
        let ask = |kind, key, user: &User, expected| {
            if (self.knows)(kind) {
                assert_eq!((self.enabled)(key, user), expected, "{}: {key} for {user:?}", self.name);
            }
        };
        for n in [0, 9] {
            ask(Workload::On, W1, &user(n), true);
            ask(Workload::Off, W2, &user(n), false);
            ask(Workload::Users(10), W3_10, &user(n), true);
            ask(Workload::Users(1000), W3_1000, &user(n * 111), true);
            ask(Workload::Attributes, W4, &user(n), true);
            ask(Workload::FiveRules, W7, &user(n), true);
        }
        ask(Workload::Users(10), W3_10, &user(10), false);
        ask(Workload::Users(1000), W3_1000, &stranger, false);
        for outside in [&other, &free] {
            ask(Workload::Attributes, W4, outside, false);
            ask(Workload::FiveRules, W7, outside, false);
        }
        if (self.knows)(Workload::Rollout) {
            let on = users(0..10_000).iter().filter(|user| (self.enabled)(W5, user)).count();
            close(self.name, W5, on, 25);
        }
    }
}

fn close(name: &str, what: &str, of_ten_thousand: usize, percent: u32) {
    let share = of_ten_thousand as f64 / 100.0;
    assert!((share - f64::from(percent)).abs() < TOLERANCE, "{name}: {what} is {share} %");
}

pub fn peer<P: Peer>() -> &'static str {
    let (main, lists) = [false, true].map(|lists| P::load(&P::document(&known::<P>(lists)))).into();
    let enabled = |key: &'static str, user: &User| {
        let engine = if key == W3_1000 { &lists } else { &main };
        engine.enabled(key, &P::context(user))
    };
    Answers { name: P::NAME, enabled: &enabled, knows: P::knows }.check();
    if P::knows(Workload::Variants) {
        let mut counts = [0; VARIANTS.len()];
        for user in users(0..10_000) {
            let (name, value) = P::describe(&main.variant(W6, &P::context(&user)));
            let index = VARIANTS.iter().position(|(known, ..)| *known == name);
            let index = index.unwrap_or_else(|| panic!("{}: unknown variant {name}", P::NAME));
            assert_eq!(value, json_of(&VARIANTS[index].2), "{}: value of {name}", P::NAME);
            counts[index] += 1;
        }
        for (count, (name, weight, _)) in counts.into_iter().zip(VARIANTS) {
            close(P::NAME, name, count, *weight);
        }
    }
    P::NAME
}

/// The flags that the engine can have.
pub fn known<P: Peer>(lists: bool) -> Vec<crate::support::document::Flag> {
    let mut flags = workloads(lists);
    flags.retain(|flag| P::knows(flag.kind));
    flags
}

pub fn ours() {
    for context in [typed, untyped] {
        let enabled = |key: &'static str, user: &User| {
            let context = context(user);
            let constant = match key {
                W1 => Flags::W1_ALWAYS_ON,
                W2 => Flags::W2_KILL_SWITCH,
                W3_10 => Flags::W3_TEN_USERS,
                W3_1000 => Flags::W3_THOUSAND_USERS,
                W4 => Flags::W4_ATTRIBUTES,
                W5 => Flags::W5_ROLLOUT,
                _ => Flags::W7_FIVE_RULES,
            };
            constant.enabled(&context)
        };
        Answers { name: "flags", enabled: &enabled, knows: |_| true }.check();
    }
}
