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
    let [one, other] =
        ["# one\n", "# other\n"].map(|head| SourceFile::new("flags.yaml", head.to_owned() + &yaml));

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

    let mut times = [Vec::new(), Vec::new(), Vec::new()];
    for round in 0..rounds {
        let source = if round % 2 == 0 { &one } else { &other };
        let before = cpu();
        black_box(serde_json::from_str::<Plain>(black_box(&json)).unwrap());
        let parsed = cpu();
        black_box(load::read(source.text.clone()));
        let read = cpu();
        reload(source);
        times[0].push(parsed - before);
        times[1].push(read - parsed);
        times[2].push(cpu() - read);
    }
    let ratios: Vec<f64> = times[2].iter().zip(&times[0]).map(|(reload, parse)| reload / parse).collect();
    let [parse, read, reload] = times.map(|times| median(times) / 1e6);
    println!("\n| | ms |\n|---|---|");
    println!(
        "| JSON into plain structs | {parse:.1} |\n| read and checked | {read:.1} |\n| reload | {reload:.1} |"
    );
    println!("\nreload over JSON: {:.2}", median(ratios));
}
