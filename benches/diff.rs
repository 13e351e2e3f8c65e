//! What comparing two documents costs, beside reading the two: `cargo bench --bench diff`; `-- 1000 quick` for fewer flags
//! and rounds. Every flag of the second document answers something else, in both of its environments.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    clippy::print_stdout,
    reason = "a bench stops where it is wrong"
)]

mod support;

use flags_edit::impact::compare;
use flags_schema::Timestamp;
use std::fmt::Write as _;
use std::hint::black_box;
use support::clock::{cpu, median, pin};
use support::load;

const HEAD: &str = "environments: { staging: {}, production: { default: true } }
context: { plan: string, country: string, app_version: version, age: integer, groups: [string] }
segments:
  beta: { users: [ann, bob], when: { plan: premium } }
flags:
";

/// The members of a flag by its number and by whether it is the second document's.
type Members = fn(usize, bool) -> String;

fn percent(new: bool) -> usize {
    if new { 30 } else { 20 }
}

/// Three rules of which each asks for something.
fn rules(new: bool) -> String {
    format!(
        "[{{ when: {{ plan: premium, country: {{ in: [DE, FR] }} }}, rollout: {} }}, {{ when: {{ age: {{ gte: 18 }} }}, \
         rollout: 50 }}, {{ when: {{ segment: beta }} }}]",
        percent(new)
    )
}

/// Each tenth flag requires none, each other one the flag before.
fn requires(n: usize) -> String {
    if n.is_multiple_of(10) { String::new() } else { format!(", requires: [flag_{}]", n - 1) }
}

const SHAPES: &[(&str, Members)] = &[
    ("on instead of off", |_, new| format!("state: {}", if new { "on" } else { "off" })),
    ("a rollout", |_, new| format!("state: gradual, rollout: {}", percent(new))),
    ("one of 100 changed", |n, new| format!("state: gradual, rollout: {}", percent(new && n % 100 == 0))),
    ("a rollout in one environment", |_, new| {
        format!("state: on, environments: {{ staging: {{ state: gradual, rollout: {} }} }}", percent(new))
    }),
    ("weights of variants", |_, new| {
        format!(
            "state: on, variants: {{ a: {{ weight: {} }}, b: {{ weight: {} }} }}",
            percent(new),
            100 - percent(new)
        )
    }),
    ("three rules, the same", |_, new| format!("state: targeted, rules: {}", rules(new))),
    ("three rules, each its own", |n, new| {
        format!(
            "state: targeted, rules: [{{ when: {{ plan: p{n}, country: {{ in: [c{n}, d{n}] }} }}, rollout: {} }}, {{ when: {{ age: \
             {{ gte: {n} }} }}, rollout: 50 }}, {{ when: {{ segment: beta }} }}]",
            percent(new)
        )
    }),
    ("versions and lists", |n, new| {
        format!(
            "state: targeted, rules: [{{ when: {{ app_version: {{ semver: '>=2.{n}' }} }}, rollout: {} }}, {{ when: {{ groups: \
             {{ contains: g{n} }} }} }}]",
            percent(new)
        )
    }),
    ("ten that require each other", |n, new| {
        format!("state: gradual, rollout: {}{}", percent(new) + 50, requires(n))
    }),
    ("ten that require each other, three rules", |n, new| {
        format!("state: gradual, rollout: 50, rules: {}{}", rules(new), requires(n))
    }),
    ("ten that require each other, a rule each its own", |n, new| {
        format!(
            "state: gradual, rollout: 50, rules: [{{ when: {{ plan: p{n} }}, rollout: {} }}]{}",
            percent(new),
            requires(n)
        )
    }),
];

fn text(flags: usize, members: Members, new: bool) -> String {
    let mut text = HEAD.to_owned();
    for n in 0..flags {
        writeln!(text, "  flag_{n}: {{ {} }}", members(n, new)).unwrap();
    }
    text
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let flags = arguments.iter().find_map(|argument| argument.parse().ok()).unwrap_or(10_000);
    let rounds = if arguments.iter().any(|argument| argument == "quick") { 1 } else { 5 };
    let only = arguments.iter().find_map(|argument| argument.strip_prefix("shape="));
    pin(1);
    println!("| what differs, {flags} flags | reading both, ms | comparing, ms | ratio |\n|---|---|---|---|");
    for (shape, members) in SHAPES.iter().filter(|(shape, _)| only.is_none_or(|only| shape.contains(only))) {
        let texts = [false, true].map(|new| text(flags, *members, new));
        let mut times = [Vec::new(), Vec::new()];
        for _ in 0..rounds {
            let before = cpu();
            let [old, new] = texts.clone().map(|text| black_box(load::read(text)));
            let read = cpu();
            let impact = black_box(compare(&old, &new, None, Timestamp(0)).unwrap());
            times[1].push(cpu() - read);
            times[0].push(read - before);
            assert!(!impact.is_empty(), "{shape}");
        }
        let ratio = median(times[1].iter().zip(&times[0]).map(|(compare, read)| compare / read));
        let [read, compare] = times.map(|times| median(times) / 1e6);
        println!("| {shape} | {read:.0} | {compare:.0} | {ratio:.1} |");
    }
}
