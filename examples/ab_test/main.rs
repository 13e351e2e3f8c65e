//! An A/B test: who saw which variant and what they did then, written to a file and counted from it.
//!
//! `cargo run --example ab_test` shows a button to 10,000 visitors; some of them buy.

use flags_runtime::experiment::{JsonLines, Recording};
use flags_runtime::{Context, FixedClock, Timestamp};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::path::Path;
use std::time::Duration;

flags_runtime::flags!("examples/ab_test/flags.yaml");

const VISITORS: u32 = 10_000;

/// Within the experiment's dates. A program leaves the clock as it is.
const NOW: Timestamp = Timestamp(1_796_547_600_000); // 2026-12-06T09:00:00Z

fn main() -> Result<(), Box<dyn Error>> {
    let directory = std::env::temp_dir().join(format!("flags-ab-test-{}", std::process::id()));
    std::fs::create_dir_all(&directory)?;
    let done = run(&directory.join("experiments.jsonl"));
    std::fs::remove_dir_all(&directory)?;
    done
}

fn run(path: &Path) -> Result<(), Box<dyn Error>> {
    // All visitors come within a moment here, so that many may have to wait for the file.
    let recording = Recording::default().waiting(40_000).remembered(1 << 20);
    let lines = JsonLines::create(path)?.recording(recording);
    let engine = Flags::engine();
    engine.set_clock(FixedClock(NOW));
    engine.set_observer(lines.clone());

    for n in 0..VISITORS {
        visit(n);
    }
    if !engine.flush(Duration::from_secs(30)) {
        return Err("not everything was written in time".into());
    }
    let text = std::fs::read_to_string(path)?;
    println!("{} lines for {VISITORS} visitors, among them:\n", lines.status().written);
    for kind in ["\"exposure\"", "\"bought\""] {
        println!("{}", shortened(text.lines().find(|line| line.contains(kind)).unwrap_or_default())?);
    }
    println!();
    report(&text)?;

    println!("\nafter the experiment everyone sees the control:");
    engine.set_clock(FixedClock(Timestamp(NOW.0 + 30 * 24 * 60 * 60 * 1000)));
    let seen: BTreeSet<_> = (0..VISITORS).map(|n| button(&visitor(n)).0.as_str()).collect();
    println!("{}", seen.into_iter().collect::<Vec<_>>().join(", "));
    print!("{}", Flags::CHECKOUT_BUTTON.explain(&visitor(1)));
    Ok(())
}

fn visitor(n: u32) -> Context {
    Flags::context(format!("visitor-{n}"))
}

/// The variant that the visitor gets, always the same one, and how the button looks.
fn button(ctx: &Context) -> (CheckoutButton, String) {
    let look = Flags::CHECKOUT_BUTTON.value(ctx);
    (Flags::CHECKOUT_BUTTON.variant(ctx), format!("a {} button that says `{}`", look.color, look.text))
}

/// Shows the button twice, which is one exposure; some buy.
fn visit(n: u32) {
    let ctx = visitor(n);
    for _ in 0..2 {
        let (variant, _) = button(&ctx);
        // What visitors make of the variants, so that there is something to find out.
        let buys = match variant {
            CheckoutButton::Control => n.is_multiple_of(10),
            CheckoutButton::Green => n.is_multiple_of(8),
            CheckoutButton::Short => n.is_multiple_of(11),
        };
        Flags::CHECKOUT_BUTTON.track(&ctx, CheckoutButtonEvent::Shown, ());
        if buys {
            // The same by name: a misspelt one does not compile.
            flags_runtime::track!(Flags::CHECKOUT_BUTTON, &ctx, "bought", "price" => 12.5);
            break;
        }
    }
}

/// The line, with the document's fingerprint cut short.
fn shortened(line: &str) -> Result<String, serde_json::Error> {
    let fields: Value = serde_json::from_str(line)?;
    let version = fields.get("version").and_then(Value::as_str).unwrap_or_default();
    Ok(line.replace(version, "…"))
}

/// What can be told of a variant from the file alone.
#[derive(Default)]
struct Tally {
    visitors: u32,
    shown: u32,
    bought: u32,
}

fn report(text: &str) -> Result<(), serde_json::Error> {
    let mut tallies: BTreeMap<String, Tally> = BTreeMap::new();
    for line in text.lines() {
        let line: Value = serde_json::from_str(line)?;
        let name = |field: &str| line.get(field).and_then(Value::as_str).unwrap_or_default();
        let tally = tallies.entry(name("variant").to_owned()).or_default();
        match (name("type"), name("event")) {
            ("exposure", _) => tally.visitors += 1,
            (_, "bought") => tally.bought += 1,
            _ => tally.shown += 1,
        }
    }
    println!("variant    visitors   share   shown  bought   of 100");
    for variant in CheckoutButton::ALL {
        let Some(Tally { visitors, shown, bought }) = tallies.get(variant.as_str()) else { continue };
        let [share, rate] = [(visitors, &VISITORS), (bought, visitors)]
            .map(|(part, all)| f64::from(*part) * 100.0 / f64::from(*all));
        println!("{variant:<9}  {visitors:>8}  {share:>5.1}%  {shown:>6}  {bought:>6}  {rate:>7.1}");
    }
    Ok(())
}
