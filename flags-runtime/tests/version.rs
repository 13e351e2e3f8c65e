//! The version of what an engine answers.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

mod support;

use flags_runtime::{Engine, Options, OverrideState, Variables};
use support::document;

const TEXT: &str = "environments: { staging: {}, production: { default: true } }\nflags: { a: on, b: off }\n";

fn engine(text: &str) -> Engine {
    Engine::new(document(text), Options::default().variables(Variables::None)).unwrap()
}

#[test]
fn covers_document_overrides_and_environment() {
    let engine = engine(TEXT);
    let first = engine.version();
    assert!(first.len() == 32 && first.chars().all(|c| c.is_ascii_hexdigit()), "{first}");
    let same = self::engine(&format!("# a comment\n{TEXT}"));
    assert_eq!(same.version(), first, "another process that answers the same");

    let mut seen = vec![first.clone()];
    let mut new = |what: &str| {
        let version = engine.version();
        assert!(!seen.contains(&version), "{what}");
        seen.push(version);
    };
    engine.set_override("a", OverrideState::Off).unwrap();
    new("an override");
    engine.set_override("a", OverrideState::Percentage(50.0)).unwrap();
    new("another override");
    engine.set_override("b", OverrideState::Percentage(50.0)).unwrap();
    new("two overrides");
    engine.reset_override("a").unwrap();
    new("of the other flag");
    engine.set_environment("staging").unwrap();
    new("another environment");
    engine.set_environment("production").unwrap();
    engine.reset_override("b").unwrap();
    assert_eq!(engine.version(), first, "as it was");
    assert_ne!(self::engine(&TEXT.replace("b: off", "b: on")).version(), first);
}

#[test]
fn an_environment_variable_counts() {
    let variables = Variables::Given(vec![("FEATURE_B".to_owned(), "on".to_owned())]);
    let with = Engine::new(document(TEXT), Options::default().variables(variables)).unwrap();
    assert_ne!(with.version(), engine(TEXT).version());
}

#[test]
fn is_computed_once() {
    let engine = engine(TEXT);
    let version = engine.version();
    let allocated = allocation_counter::measure(|| drop(engine.version()));
    assert_eq!(allocated.count_total, 0);
    assert!(std::sync::Arc::ptr_eq(&version, &engine.version()));
}

#[cfg(feature = "reload")]
#[test]
fn what_flags_keep_counts() {
    use flags_runtime::SourceFile;
    let live = |text: &str| SourceFile::new("live.yaml", text.to_owned());
    let of = |texts: &[&str]| {
        let engine = engine("flags: { a: on, b: off }");
        for text in texts {
            drop(engine.reload_from(&live(text)).unwrap());
        }
        engine.version()
    };
    let other = "flags: { a: { type: integer, value: 1 }, b: off }";
    assert_ne!(
        of(&["flags: { a: off, b: off }", other]),
        of(&[other]),
        "the same document, and another answer"
    );
    assert_eq!(of(&[other, other]), of(&[other]));
}
