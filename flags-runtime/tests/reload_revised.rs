//! A reload reads only the flags that are different, where that is enough: it answers, tells and refuses as one that
//! reads the whole document.

#![cfg(feature = "reload")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where it is wrong")]

#[path = "../../flags-schema/tests/edited/mod.rs"]
mod edited;
mod support;

use allocation_counter::measure;
use edited::texts;
use flags_runtime::{Context, Engine, Options, SourceFile, Variables};
use proptest::test_runner::{Config, TestRunner};
use support::document;

fn engine(text: &str) -> Engine {
    Engine::new(document(text), Options::default().variables(Variables::None)).unwrap()
}

fn source(text: &str) -> SourceFile {
    SourceFile::new("flags.yaml", text)
}

/// The same text, of which the next reload knows nothing: behind a byte order mark it is always read as a whole.
fn whole(text: &str) -> SourceFile {
    source(&format!("\u{feff}{text}"))
}

/// Everything that there is to see of a reload.
fn reload(engine: &Engine, source: &SourceFile) -> String {
    let told = match engine.reload_from(source) {
        Ok(change) => format!("{change:?}"),
        Err(refused) => format!("{:?}", refused.diagnostics),
    };
    let status = engine.status();
    let mut seen =
        vec![told, status.version, format!("{:?} {:?} {:?}", status.missing, status.added, status.kept)];
    for key in (0..9).map(|number| format!("flag-{number}")) {
        for context in [Context::anonymous(), Context::new("ann").with("plan", "beta"), Context::new("u17")] {
            seen.push(format!("{:?}", engine.evaluate(&key, &context)));
            seen.extend(engine.flag(&key).map(|flag| flag.explain(&context).to_string()));
        }
    }
    seen.join("\n")
}

#[test]
fn reading_in_part_is_reading_as_a_whole() {
    let config = Config { cases: 100, failure_persistence: None, ..Config::default() };
    let outcome = TestRunner::new(config).run(&texts(), |texts| {
        let compiled = "flags:\n  flag-0: on\n  flag-1: off\n  flag-2: { state: gradual, rollout: 20 }\n";
        let (one, other) = (engine(compiled), engine(compiled));
        for text in &texts {
            assert_eq!(reload(&one, &source(text)), reload(&other, &whole(text)), "{text}");
        }
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}

/// One flag that changed takes a fraction of what all of them take.
#[test]
fn a_reload_is_in_proportion_to_what_changed() {
    let text = |middle: &str| {
        let flags = |range: std::ops::Range<usize>| -> String {
            let flag =
                |i| format!("  flag-{i}:\n    state: targeted\n    rules:\n      - when: {{ plan: p{i} }}\n");
            range.map(flag).collect::<Vec<_>>().concat()
        };
        format!("flags:\n{}  middle: {middle}\n{}", flags(0..500), flags(500..1000))
    };
    let allocations = |write: fn(&str) -> SourceFile| {
        let engine = engine(&text("off"));
        engine.reload_from(&write(&text("on"))).unwrap();
        let next = write(&text("{ state: gradual,\n    rollout: 30 }"));
        measure(|| assert_eq!(engine.reload_from(&next).unwrap().flags, ["middle"])).count_total
    };
    let (in_part, as_a_whole) = (allocations(source), allocations(whole));
    assert!(in_part * 2 < as_a_whole, "{in_part} allocations, {as_a_whole} for all flags");
}
