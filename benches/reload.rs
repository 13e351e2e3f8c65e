//! What a reload costs: memory that is kept and needed meanwhile, and time beside the same flags as JSON, which
//! `serde_json` reads into plain structs. `cargo bench --bench reload`; `-- 1000 quick` for fewer flags and rounds.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    clippy::print_stdout,
    reason = "a bench stops where it is wrong"
)]

mod support;

use flags_runtime::{Engine, SourceFile};
use serde::Deserialize;
use std::collections::HashMap;
use std::hint::black_box;
use support::alloc::count;
use support::clock::{cpu, median, pin};
use support::document::{mixed, yaml};
use support::load;

/// The document as plain data: no positions, no checks, nothing resolved.
#[derive(Debug, Deserialize)]
#[allow(dead_code, reason = "the fields are what is read")]
struct Plain {
    version: u32,
    context: HashMap<String, String>,
    flags: HashMap<String, PlainFlag>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "the fields are what is read")]
struct PlainFlag {
    state: String,
    rollout: Option<f64>,
    #[serde(default)]
    rules: Vec<PlainRule>,
    #[serde(default)]
    variants: HashMap<String, PlainVariant>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "the fields are what is read")]
struct PlainRule {
    when: HashMap<String, PlainOperand>,
    serve: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
#[allow(dead_code, reason = "the fields are what is read")]
enum PlainOperand {
    Text(String),
    Operators(HashMap<String, Vec<String>>),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "the fields are what is read")]
struct PlainVariant {
    weight: f64,
    value: PlainPayload,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "the fields are what is read")]
struct PlainPayload {
    color: String,
    columns: i64,
    cta: String,
}

/// The flags as JSON, a state alone written as an object, as plain structs want it.
fn json(yaml: &str) -> String {
    let mut document: serde_json::Value = serde_yaml::from_str(yaml).unwrap();
    for flag in document["flags"].as_object_mut().unwrap().values_mut() {
        if flag.is_string() {
            *flag = serde_json::json!({ "state": flag.take() });
        }
    }
    document.to_string()
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let flags = arguments.iter().find_map(|argument| argument.parse().ok()).unwrap_or(10_000);
    let rounds = if arguments.iter().any(|argument| argument == "quick") { 5 } else { 25 };
    pin(1);
    let flags = mixed(flags);
    let yaml = yaml(&flags);
    let json = json(&yaml);
    let per_flag = |bytes: i64| bytes / i64::try_from(flags.len()).unwrap();
    let source = |text: String| SourceFile::new("flags.yaml", text);
    // Of every flag something is different: `on` is `off`, percentages and operands are others.
    let changed = yaml
        .replace(": on\n", ": 0ff\n")
        .replace(": off\n", ": on\n")
        .replace(": 0ff\n", ": off\n")
        .replace("rollout: 25", "rollout: 52")
        .replace("premium", "premier")
        .replace("cta: Buy", "cta: Get");
    let middle = format!("flag-{:05}: on", flags.len() / 10 * 5);
    let edited = yaml.replace(&middle, &middle.replace(": on", ": off"));
    assert!(edited != yaml, "a flag in the middle is on");
    let [one, other] = ["# one\n", "# other\n"].map(|head| source(head.to_owned() + &yaml));
    let reloads = [
        ("every flag changed", [source(yaml.clone()), source(changed)]),
        ("one flag changed", [source(yaml.clone()), source(edited)]),
        ("a comment above changed", [one.clone(), other.clone()]),
    ];

    let embedded = load::embed(&flags);
    let (engine, started) = count(|| Engine::embedded(&embedded));
    let reload = |source: &SourceFile| drop(engine.reload_from(source).unwrap());
    let ((), first) = count(|| reload(&one));
    let ((), second) = count(|| reload(&other));
    let (_, plain) = count(|| serde_json::from_str::<Plain>(&json).unwrap());
    println!("{} flags: {} kB of YAML, {} kB of JSON", flags.len(), yaml.len() / 1000, json.len() / 1000);
    println!("| | bytes kept per flag | bytes at most per flag | allocations per flag |\n|---|---|---|---|");
    for (what, heap) in [
        ("start", started),
        ("the first reload", first),
        ("the next reload", second),
        ("JSON into plain structs", plain),
    ] {
        let calls = heap.calls as f64 / flags.len() as f64;
        println!("| {what} | {} | {} | {calls:.1} |", per_flag(heap.kept), per_flag(heap.peak));
    }

    let mut parses = Vec::new();
    let mut reads = Vec::new();
    let mut timed = reloads.each_ref().map(|_| (Vec::new(), Vec::new()));
    let time = |code: &mut dyn FnMut()| {
        let before = cpu();
        code();
        cpu() - before
    };
    for round in 0..rounds {
        for ((_, sources), (times, ratios)) in reloads.iter().zip(&mut timed) {
            // The other one is in force.
            reload(&sources[(round + 1) % 2]);
            let parsed =
                time(&mut || drop(black_box(serde_json::from_str::<Plain>(black_box(&json)).unwrap())));
            let reloaded = time(&mut || reload(&sources[round % 2]));
            parses.push(parsed);
            times.push(reloaded);
            ratios.push(reloaded / parsed);
        }
        reads.push(time(&mut || drop(black_box(load::read(yaml.clone())))));
    }
    println!("\n| | ms | over JSON |\n|---|---|---|");
    let parse = median(parses.iter().copied());
    println!("| JSON into plain structs | {:.1} | 1 |", parse / 1e6);
    let read = median(reads.iter().copied());
    println!("| read and checked | {:.1} | {:.2} |", read / 1e6, read / parse);
    for ((what, _), (times, ratios)) in reloads.iter().zip(timed) {
        println!("| reload, {what} | {:.1} | {:.2} |", median(times) / 1e6, median(ratios));
    }
}
