//! What is recorded of experiments, for whom, and what is not.
#![cfg(feature = "macros")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests fail by panicking")]

use flags_runtime::experiment::{JsonLines, Metadata, Record, Recording};
use flags_runtime::observe::{ObserveContext, Observer};
use flags_runtime::{Clock, Context, Engine, Options, OverrideState, SourceFile, Timestamp, Variables};
use flags_schema::load;
use serde_json::Value as Json;
use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

const TEXT: &str = "
context:
  plan: string
  phone: { type: string, private: true }
flags:
  button:
    state: on
    variants: { control: { weight: 50 }, green: { weight: 50 } }
    experiment: { control: control, events: [view, click], starts: 2026-01-01T00:00:00Z, ends: 2026-02-01T00:00:00Z }
  page:
    state: on
    variants: [old, new]
    experiment: { control: old, events: [read] }
  plain: { state: on, variants: [a, b] }
";

/// The first of February.
const END: i64 = 1_769_904_000_000;
const WAIT: Duration = Duration::from_secs(20);

#[derive(Clone, Debug)]
struct Hand(Arc<AtomicI64>);

impl Clock for Hand {
    fn now(&self) -> Option<Timestamp> {
        Some(Timestamp(self.0.load(Ordering::Relaxed)))
    }
}

fn engine() -> (Engine, Hand) {
    let options = flags_schema::Options::default();
    let loaded = load(SourceFile::new("flags.yaml", TEXT), &mut |_| Err(String::new()), &options);
    assert!(!loaded.diagnostics.has_errors(), "{:#?}", loaded.diagnostics);
    let hand = Hand(Arc::new(AtomicI64::new(END - 86_400_000)));
    let options = Options::default().variables(Variables::None).clock(hand.clone());
    (Engine::new(loaded.document, options).unwrap(), hand)
}

/// Keeps what it is told.
#[derive(Clone, Default)]
struct Notes {
    wants: ObserveContext,
    records: Arc<Mutex<Vec<Record>>>,
    batches: Arc<Mutex<Vec<usize>>>,
}

impl Observer for Notes {
    fn wants(&self) -> ObserveContext {
        self.wants
    }
    fn records(&self) -> Option<Recording> {
        Some(Recording::default().every(Duration::from_millis(1)).batch(10))
    }
    fn recorded(&self, records: &[Record]) {
        self.batches.lock().unwrap().push(records.len());
        self.records.lock().unwrap().extend_from_slice(records);
    }
}

impl Notes {
    fn told(&self, engine: &Engine) -> Vec<Record> {
        assert!(engine.flush(WAIT));
        std::mem::take(&mut self.records.lock().unwrap())
    }
}

fn ask(engine: &Engine, flag: &str, context: &Context) {
    let _ = engine.flag(flag).unwrap().enabled(context);
}

#[test]
fn once_for_each_context_and_flag_within_the_window() {
    let (engine, hand) = engine();
    let notes = Notes::default();
    engine.set_observer(notes.clone());
    for _ in 0..3 {
        for flag in ["button", "page", "plain"] {
            for user in ["ann", "bob"] {
                ask(&engine, flag, &Context::new(user).with("plan", "free"));
            }
        }
    }
    let told = notes.told(&engine);
    let flags: Vec<_> = told.iter().map(|record| record.exposure().flag.as_str()).collect();
    assert_eq!(flags, ["button", "button", "page", "page"]);
    let first = told[0].exposure();
    assert_eq!(first.unit, "49915e0d7d4b402e3017d010bc1c0e83", "the first half of the key's SHA-256");
    assert_eq!((first.key.as_deref(), first.reason.as_str(), first.at.0), (None, "SPLIT", END - 86_400_000));
    assert_eq!(first.unit, told[2].exposure().unit, "the same in every experiment");
    assert_ne!(first.unit, told[1].exposure().unit);
    hand.0.fetch_add(3_600_000, Ordering::Relaxed);
    ask(&engine, "button", &Context::new("ann"));
    assert_eq!(notes.told(&engine).len(), 1, "again after the window");
}

#[test]
fn only_who_takes_part() {
    let (engine, hand) = engine();
    let notes = Notes::default();
    ask(&engine, "button", &Context::new("before"));
    engine.set_observer(notes.clone());
    ask(&engine, "button", &Context::anonymous());
    engine.set_override("button", OverrideState::Variant("green".to_owned())).unwrap();
    ask(&engine, "button", &Context::new("overridden"));
    engine.reset_override("button").unwrap();
    hand.0.store(END, Ordering::Relaxed);
    ask(&engine, "button", &Context::new("after the end"));
    assert_eq!(notes.told(&engine), []);
    assert!(engine.flush(WAIT), "nothing is waited for");
    engine.clear_observer();
    assert!(engine.flush(Duration::ZERO));
}

#[test]
fn keys_only_when_asked() {
    for (wants, key) in [(ObserveContext::Nothing, None), (ObserveContext::Key, Some("ann"))] {
        let (engine, _) = engine();
        let (one, other) = (Notes { wants, ..Notes::default() }, Notes::default());
        engine.set_observer((one.clone(), other.clone()));
        ask(&engine, "button", &Context::new("ann"));
        assert_eq!(one.told(&engine)[0].exposure().key.as_deref(), key);
        assert_eq!(other.told(&engine)[0].exposure().key, None, "each sees what it asked for");
    }
}

/// Holds on until it is let go.
#[derive(Clone, Default)]
struct Slow(Arc<(Mutex<(bool, usize)>, Condvar)>);

impl Observer for Slow {
    fn records(&self) -> Option<Recording> {
        Some(Recording::default().waiting(8).batch(1))
    }
    fn recorded(&self, records: &[Record]) {
        let (state, changed) = &*self.0;
        let mut state = changed.wait_while(state.lock().unwrap(), |(free, _)| !*free).unwrap();
        state.1 += records.len();
    }
}

#[test]
fn a_full_queue_drops_counts_and_says_so() {
    let (engine, _) = engine();
    let slow = Slow::default();
    engine.set_observer(slow.clone());
    for i in 0..1000 {
        ask(&engine, "button", &Context::new(format!("user-{i}")));
    }
    let experiments = engine.metrics().experiments;
    assert!(experiments.dropped >= 1000 - 10 && experiments.delivered == 0, "{experiments:?}");
    assert_eq!(experiments.dropped + experiments.waiting, 1000);
    assert!(!engine.flush(Duration::from_millis(20)));
    #[cfg(feature = "reload")]
    assert_eq!(engine.status().experiments.dropped, experiments.dropped);
    slow.0.0.lock().unwrap().0 = true;
    slow.0.1.notify_all();
    assert!(engine.flush(WAIT));
    let after = engine.metrics().experiments;
    assert_eq!((after.delivered, after.waiting), (experiments.waiting, 0));
    assert_eq!(slow.0.0.lock().unwrap().1 as u64, after.delivered);
}

#[test]
fn in_batches() {
    let (engine, _) = engine();
    let notes = Notes::default();
    engine.set_observer(notes.clone());
    for i in 0..100 {
        ask(&engine, "button", &Context::new(format!("user-{i}")));
    }
    assert_eq!(notes.told(&engine).len(), 100);
    let batches = notes.batches.lock().unwrap();
    assert!(batches.iter().all(|batch| *batch <= 10) && batches.iter().sum::<usize>() == 100, "{batches:?}");
}

#[test]
fn an_observer_that_fails_is_asked_again() {
    struct Fails(Arc<AtomicI64>);
    impl Observer for Fails {
        fn records(&self) -> Option<Recording> {
            Some(Recording::default().batch(1))
        }
        fn recorded(&self, _: &[Record]) {
            assert!(self.0.fetch_add(1, Ordering::Relaxed) > 0, "on purpose");
        }
    }
    let (engine, _) = engine();
    let calls = Arc::new(AtomicI64::new(0));
    engine.set_observer(Fails(calls.clone()));
    ask(&engine, "button", &Context::new("ann"));
    ask(&engine, "button", &Context::new("bob"));
    assert!(engine.flush(WAIT));
    assert_eq!((calls.load(Ordering::Relaxed), engine.metrics().experiments.dropped), (2, 1));
}

struct Directory(PathBuf);

impl Directory {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("flags-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
    fn lines(&self, name: &str) -> Vec<Json> {
        let text = std::fs::read_to_string(self.0.join(name)).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_file_that_rotates() {
    let directory = Directory::new("rotates");
    let (engine, _) = engine();
    let recording = Recording::default().batch(1);
    let lines =
        JsonLines::create(directory.0.join("e.jsonl")).unwrap().rotate_at(700).keep(2).recording(recording);
    engine.set_observer(lines.clone());
    for i in 0..12 {
        ask(&engine, "page", &Context::new(format!("user-{i}")));
    }
    assert!(engine.flush(WAIT));
    assert_eq!((lines.status().written, lines.status().failed), (12, 0));
    let mut names: Vec<_> =
        std::fs::read_dir(&directory.0).unwrap().map(|e| e.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["e.jsonl", "e.jsonl.1", "e.jsonl.2"]);
    for name in ["e.jsonl", "e.jsonl.1", "e.jsonl.2"] {
        assert!(directory.0.join(name).metadata().unwrap().len() <= 700);
        for line in directory.lines(name) {
            assert_eq!((&line["type"], &line["flag"]), (&Json::from("exposure"), &Json::from("page")));
        }
    }
    drop(JsonLines::create(directory.0.join("e.jsonl")).unwrap());
    assert!(!directory.lines("e.jsonl").is_empty(), "what is there is kept");
}

#[test]
fn a_file_that_cannot_be_written() {
    let directory = Directory::new("unwritable");
    let (engine, _) = engine();
    let recording = Recording::default().batch(1);
    let folder = directory.0.join("folder");
    std::fs::create_dir(&folder).unwrap();
    assert!(JsonLines::create(&folder).is_err());
    let lines = JsonLines::create(folder.join("e.jsonl")).unwrap().rotate_at(1).keep(1).recording(recording);
    engine.set_observer(lines.clone());
    ask(&engine, "page", &Context::new("ann"));
    assert!(engine.flush(WAIT));
    std::fs::remove_dir_all(&folder).unwrap();
    ask(&engine, "page", &Context::new("bob"));
    assert!(engine.flush(WAIT));
    let status = lines.status();
    assert_eq!((status.written, status.failed, status.error.is_some()), (1, 1, true));
    std::fs::create_dir(&folder).unwrap();
    ask(&engine, "page", &Context::new("eve"));
    assert!(engine.flush(WAIT));
    assert_eq!((lines.status().written, lines.status().error), (2, None));
}

mod typed {
    use super::{Directory, Metadata, WAIT};
    use flags_runtime::experiment::JsonLines;
    use flags_runtime::{Context, track};

    flags_runtime::flags!(
        inline = "
context:
  email: { type: string, private: true }
flags:
  button:
    state: on
    variants: [control, green]
    experiment: { control: control, events: [widget_view, widget_click] }
"
    );

    #[test]
    fn events() {
        let directory = Directory::new("events");
        let lines = JsonLines::create(directory.0.join("e.jsonl")).unwrap();
        let ctx = Context::new("ann").with("email", "ann@example.com");
        Flags::BUTTON.track(&ctx, ButtonEvent::WidgetView, ());
        Flags::engine().set_observer(lines.with_keys());
        let variant = Flags::BUTTON.variant(&ctx);
        Flags::BUTTON.track(&ctx, ButtonEvent::WidgetView, ());
        let metadata =
            Metadata::new().with("widget", 7).with("email", "ann@example.com").with("tags", ["a", "b"]);
        Flags::BUTTON.track(&ctx, ButtonEvent::WidgetClick, metadata);
        track!(Flags::BUTTON, &ctx, "widget_click", "widget" => 8, "share" => 0.5, "new" => true);
        track!(Flags::BUTTON, &Context::anonymous(), "widget_view");
        assert!(Flags::engine().flush(WAIT));
        assert_eq!(Flags::engine().metrics().evaluations(), 1, "events are no evaluations");
        let text = std::fs::read_to_string(directory.0.join("e.jsonl")).unwrap();
        assert!(!text.contains("example.com"), "{text}");
        let lines = directory.lines("e.jsonl");
        assert_eq!(lines.len(), 4, "{text}");
        for line in &lines {
            assert_eq!((&line["flag"], &line["key"]), (&"button".into(), &"ann".into()));
            assert_eq!(line["variant"], variant.as_str());
            assert_eq!(line["unit"].as_str().unwrap().len(), 32);
        }
        let events: Vec<_> = lines.iter().map(|line| line["event"].as_str().unwrap_or_default()).collect();
        assert_eq!(events, ["", "widget_view", "widget_click", "widget_click"]);
        assert_eq!(lines[1].get("metadata"), None);
        assert_eq!(lines[2]["metadata"], serde_json::json!({ "widget": 7, "tags": ["a", "b"] }));
        assert_eq!(lines[3]["metadata"], serde_json::json!({ "widget": 8, "share": 0.5, "new": true }));
        let all: Vec<_> = ButtonEvent::ALL.iter().map(|event| event.as_str()).collect();
        assert_eq!(all, ["widget_view", "widget_click"]);
    }
}

/// Flags of a program that measures what events are worth.
mod measured {
    flags_runtime::flags!(
        inline = "
flags:
  checkout:
    state: on
    variants: [control, treatment]
    experiment:
      control: control
      events: [purchase, page, click]
      metrics: { revenue: { event: purchase, sum: value }, latency: { event: page, mean: value }, clicks: { event: click } }
"
    );
}

#[test]
fn a_value_is_told_with_its_event() {
    use measured::{CheckoutEvent, Flags};
    let notes = Notes::default();
    let engine = Flags::engine();
    engine.set_observer(notes.clone());
    let ann = Context::new("ann");
    Flags::CHECKOUT.track(&ann, CheckoutEvent::Purchase, 12.5);
    Flags::CHECKOUT.track(&ann, CheckoutEvent::Purchase, (3, [("currency", "EUR")]));
    let milliseconds: u64 = 80;
    flags_runtime::track!(Flags::CHECKOUT, &ann, "page", milliseconds, "path" => "/cart");
    flags_runtime::track!(Flags::CHECKOUT, &ann, "purchase", -1.5);
    Flags::CHECKOUT.track(&ann, CheckoutEvent::Click, [("widget", 7)]);
    flags_runtime::track!(Flags::CHECKOUT, &ann, "click");
    let told = notes.told(engine);
    let told: Vec<Json> = told.iter().map(|record| serde_json::to_value(record).unwrap()).collect();
    let what: Vec<_> =
        told.iter().map(|event| (&event["event"], &event["value"], &event["metadata"])).collect();
    let (purchase, page, click) = (Json::from("purchase"), Json::from("page"), Json::from("click"));
    let json = serde_json::json!([12.5, 3.0, 80.0, -1.5, null, {"currency": "EUR"}, {"path": "/cart"}, {"widget": 7}]);
    let expected = [
        (&purchase, &json[0], &json[4]),
        (&purchase, &json[1], &json[5]),
        (&page, &json[2], &json[6]),
        (&purchase, &json[3], &json[4]),
        (&click, &json[4], &json[7]),
        (&click, &json[4], &json[4]),
    ];
    assert_eq!(what, expected);
    assert!(told[4].get("value").is_none(), "a line has no value where there is none");

    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        Flags::CHECKOUT.track(&ann, CheckoutEvent::Purchase, value);
    }
    assert!(notes.told(engine).is_empty());
    assert_eq!(engine.metrics().experiments.refused, 3, "and they are counted");
    assert_eq!(CheckoutEvent::ALL.len(), 3);
    assert_eq!(CheckoutEvent::Purchase.event().as_str(), "purchase");
}
