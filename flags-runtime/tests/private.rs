//! What is declared `private` is nowhere in clear: not in observers, files, events, explanations, `Debug`.
#![cfg(feature = "macros")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use flags_runtime::Context;
use flags_runtime::experiment::{JsonLines, Metadata, Record, Recording};
use flags_runtime::observe::{ObserveContext, Observed, Observer};
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};
use std::time::Duration;

flags_runtime::flags!(
    inline = "
context:
  user: { type: string, private: true }
  email: { type: string, private: true }
  plan: string
flags:
  paid:
    state: targeted
    rules: [{ name: payers, when: { plan: premium, email: { endswith: '@example.com' } } }]
  button:
    state: on
    variants: [control, green]
    experiment: { control: control, events: [click] }
"
);

const NAME: &str = "secret-name";
const EMAIL: &str = "secret-mail@example.com";

/// Writes down everything that an observer can see.
#[derive(Clone, Default)]
struct Everything(Arc<Mutex<String>>);

impl Observer for Everything {
    fn wants(&self) -> ObserveContext {
        ObserveContext::Attributes
    }
    fn records(&self) -> Option<Recording> {
        Some(Recording::default())
    }
    fn recorded(&self, records: &[Record]) {
        writeln!(self.0.lock().unwrap(), "{records:?}").unwrap();
    }
    fn evaluated(&self, observed: &Observed<'_>) {
        let attributes: Vec<_> = observed.attributes().collect();
        writeln!(self.0.lock().unwrap(), "{observed:?} {:?} {attributes:?}", observed.targeting_key())
            .unwrap();
    }
}

#[test]
fn nowhere() {
    let path = std::env::temp_dir().join(format!("flags-private-{}.jsonl", std::process::id()));
    let ctx = Flags::context(NAME).plan("premium").email(EMAIL);
    let untyped = Context::new(NAME).with("plan", "premium").with("email", EMAIL);
    let everything = Everything::default();
    let lines = JsonLines::create(&path).unwrap().with_keys();
    let engine = Flags::engine();
    engine.set_observer((everything.clone(), lines));
    let mut shown = format!("{ctx:?} {untyped:?}\n");
    assert!(Flags::PAID.enabled(&ctx) && Flags::PAID.enabled(&untyped));
    let _ = Flags::BUTTON.variant(&ctx);
    let metadata = Metadata::new().with("email", EMAIL).with("user", NAME).with("place", "top");
    Flags::BUTTON.track(&ctx, ButtonEvent::Click, metadata);
    for evaluation in engine.evaluate_all(&untyped).iter() {
        writeln!(shown, "{evaluation:?}").unwrap();
    }
    for explanation in [Flags::PAID.explain(&ctx), Flags::BUTTON.explain(&ctx)] {
        writeln!(shown, "{explanation}{explanation:?}").unwrap();
    }
    writeln!(shown, "{:?}", engine.metrics()).unwrap();
    assert!(engine.flush(Duration::from_secs(20)));
    shown.push_str(&std::fs::read_to_string(&path).unwrap());
    std::fs::remove_file(&path).unwrap();
    shown.push_str(&everything.0.lock().unwrap());
    for expected in
        ["payers", "premium", "(it is private)", "Event(", "\"type\":\"event\"", "\"place\":\"top\""]
    {
        assert!(shown.contains(expected), "`{expected}` is not in\n{shown}");
    }
    for secret in [NAME, EMAIL, "secret"] {
        let line = shown.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "{secret}");
    }
}
