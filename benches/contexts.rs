//! How long a context of many attributes takes to be read from JSON and to be compared, beside the same text read as a
//! `serde_json::Value`: at most three times as long. `cargo bench --bench contexts`; `-- 1000 quick` for fewer
//! attributes and rounds.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a bench stops where it is wrong")]

mod support;

use flags_runtime::Context;
use serde_json::Value;
use std::fmt::Write as _;
use std::hint::black_box;
use support::clock::{cpu, median, pin};

/// JSON of many attributes, in each of the ways in which there can be many.
fn many(count: usize) -> [(&'static str, String); 4] {
    let mut json = [const { String::new() }; 4];
    for i in 0..count {
        let comma = if i == 0 { "" } else { "," };
        let [flat, nested, twice, dropped] = &mut json;
        write!(flat, r#"{comma}"attribute-{i}":"value {i}""#).unwrap();
        write!(nested, r#"{comma}"object-{}":{{"member-{i}":{i}}}"#, i % 100).unwrap();
        write!(twice, r#"{comma}"attribute-{}":{i}"#, i % 1000).unwrap();
        write!(dropped, r#"{comma}"attribute-{i}":[[{i}]]"#).unwrap();
    }
    let [flat, nested, twice, dropped] = json.map(|members| format!("{{{members}}}"));
    [("texts", flat), ("in objects", nested), ("of few names", twice), ("left out", dropped)]
}

fn time<R>(run: impl FnOnce() -> R) -> (R, f64) {
    let before = cpu();
    let result = black_box(run());
    (result, cpu() - before)
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let count = arguments.iter().find_map(|argument| argument.parse().ok()).unwrap_or(100_000);
    let rounds = if arguments.iter().any(|argument| argument == "quick") { 3 } else { 15 };
    pin(1);
    println!(
        "| {count} attributes | a `Value`, ms | read, ms | over a `Value` | compared, ms | over a `Value` |\n|---|---|---|---|---|---|"
    );
    for (what, json) in many(count) {
        let mut times = [Vec::new(), Vec::new(), Vec::new()];
        for _ in 0..rounds {
            let (_, value) = time(|| serde_json::from_str::<Value>(&json).unwrap());
            let (context, read) = time(|| serde_json::from_str::<Context>(&json).unwrap());
            let other = context.clone();
            let (same, compared) = time(|| context == other);
            assert!(same, "{what}");
            for (times, taken) in times.iter_mut().zip([value, read, compared]) {
                times.push(taken);
            }
        }
        let [values, reads, compared] = &times;
        let over = |times: &[f64]| median(times.iter().zip(values).map(|(taken, value)| taken / value));
        let ratios = [over(reads), over(compared)];
        let [value, read, compare] = [values, reads, compared].map(|times| median(times.clone()) / 1e6);
        println!("| {what} | {value:.1} | {read:.1} | {:.2} | {compare:.1} | {:.2} |", ratios[0], ratios[1]);
    }
}
