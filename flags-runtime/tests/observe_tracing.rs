//! What `tracing` is told.
#![cfg(feature = "tracing")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use flags_runtime::observe::TracingObserver;
use flags_runtime::{Context, Engine, Options, SourceFile, Variables};
use flags_schema::load;
use std::fmt::{self, Write as _};
use std::sync::{Arc, Mutex};
use tracing::field::{Field, Visit};
use tracing::{Event, Metadata, Subscriber, span};

const TEXT: &str = "\
context: { email: { type: string, private: true } }
flags: { new-ui: on, half: { state: gradual, rollout: 50 } }
";

/// Writes events down.
#[derive(Clone, Default)]
struct Notes(Arc<Mutex<Vec<String>>>);

impl Subscriber for Notes {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }
    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }
    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn event(&self, event: &Event<'_>) {
        struct Line(String);
        impl Visit for Line {
            fn record_str(&mut self, field: &Field, value: &str) {
                let _ = write!(self.0, " {field}={value}");
            }
            fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
                let _ = write!(self.0, " {field}={value:?}");
            }
        }
        let mut line = Line(format!("{} {}", event.metadata().level(), event.metadata().name()));
        event.record(&mut line);
        self.0.lock().unwrap().push(line.0);
    }
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

fn told(observer: TracingObserver, act: impl FnOnce(&Engine)) -> Vec<String> {
    let options = flags_schema::Options::default();
    let loaded = load(SourceFile::new("flags.yaml", TEXT), &mut |_| Err(String::new()), &options);
    let version = loaded.document.fingerprint().to_string();
    let engine = Engine::new(loaded.document, Options::default().variables(Variables::None)).unwrap();
    engine.set_observer(observer);
    let notes = Notes::default();
    tracing::subscriber::with_default(notes.clone(), || act(&engine));
    let lines = notes.0.lock().unwrap().clone();
    lines.into_iter().map(|line| line.replace(&version, "VERSION")).collect()
}

#[test]
fn evaluations() {
    let ask = |engine: &Engine| {
        let ann = Context::new("ann").with("email", "ann@example.com");
        let _ = engine.flag("new-ui").unwrap().enabled(&ann);
        let _ = engine.flag("half").unwrap().enabled(&Context::anonymous());
    };
    let end = "feature_flag.set.id=flags.yaml feature_flag.version=VERSION feature_flag.provider.name=flags";
    let on = "DEBUG feature_flag.evaluation feature_flag.key=new-ui feature_flag.result.variant=on \
              feature_flag.result.reason=static";
    let off = "DEBUG feature_flag.evaluation feature_flag.key=half feature_flag.result.variant=off \
               feature_flag.result.reason=error";
    let off = format!("{off} {end} error.type=targeting_key_missing");
    assert_eq!(told(TracingObserver::new(), ask), [format!("{on} {end}"), off.clone()]);
    let with_id = format!("{on} feature_flag.context.id=ann {end}");
    assert_eq!(told(TracingObserver::with_context_id(), ask), [with_id, off]);
}

#[cfg(feature = "reload")]
#[test]
fn reloads_and_refusals() {
    let lines = told(TracingObserver::new(), |engine| {
        engine.reload_from(&SourceFile::new("live.yaml", TEXT.replace("new-ui: on", "new-ui: off"))).unwrap();
        engine.clear_observer();
        engine
            .reload_from(&SourceFile::new("bad.yaml", TEXT.replace("new-ui: on", "new-ui: onn")))
            .unwrap_err();
    });
    assert_eq!(
        lines[0],
        "INFO feature_flag.reload message=flags were loaded feature_flag.provider.name=flags changed=new-ui"
    );
    assert!(lines[1].starts_with("WARN feature_flag.refusal message=flags were refused"), "{}", lines[1]);
    assert!(lines[1].contains("bad.yaml") && lines[1].contains("unknown"), "{}", lines[1]);
    assert_eq!(lines.len(), 2);
}
