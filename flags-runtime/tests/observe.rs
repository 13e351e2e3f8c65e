//! What observers are told, and what they are not.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use flags_runtime::observe::{Loaded, ObserveContext, Observed, Observer, Reload};
use flags_runtime::{Context, Engine, Options, OverrideState, SourceFile, Variables};
use flags_schema::load;
use std::sync::{Arc, Mutex};

const FLAGS: &str = "\
context:
  plan: string
  email: { type: string, private: true }
flags:
  always: on
  never: off
  paid:
    state: targeted
    rules: [{ name: payers, when: { plan: premium, email: { exists: true } } }]
  needs: { state: on, requires: [always] }
  page-size: { type: integer, value: 20 }
";

fn engine(text: &str) -> Engine {
    let loaded = load(
        SourceFile::new("flags.yaml", text),
        &mut |_| Err(String::new()),
        &flags_schema::Options::default(),
    );
    assert!(!loaded.diagnostics.has_errors(), "{:#?}", loaded.diagnostics);
    Engine::new(loaded.document, Options::default().variables(Variables::None)).unwrap()
}

/// Writes down what it is told.
struct Notes {
    wants: ObserveContext,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Notes {
    fn new(wants: ObserveContext) -> (Self, Arc<Mutex<Vec<String>>>) {
        let lines = Arc::<Mutex<Vec<String>>>::default();
        (Self { wants, lines: lines.clone() }, lines)
    }
}

impl Observer for Notes {
    fn wants(&self) -> ObserveContext {
        self.wants
    }
    fn evaluated(&self, observed: &Observed<'_>) {
        let rule = observed.rule().map(|rule| rule.to_string()).unwrap_or_default();
        let attributes: Vec<_> = observed.attributes().map(|(name, v)| format!("{name}={v}")).collect();
        self.lines.lock().unwrap().push(format!(
            "{} {} {} [{rule}] {:?} {}",
            observed.key(),
            observed.variant().unwrap_or("-"),
            observed.reason(),
            observed.targeting_key(),
            attributes.join(" "),
        ));
    }
    fn loaded(&self, loaded: &Loaded<'_>) {
        assert_eq!(loaded.version.len(), 64, "{loaded:?}");
        self.lines.lock().unwrap().push(format!("loaded {} with {} flags", loaded.name, loaded.flags));
    }
    fn reloaded(&self, reload: &Reload<'_>) {
        let what = match reload {
            Reload::Accepted { flags } => flags.join(" "),
            Reload::Refused { source, report } => {
                assert!(report.contains("unknown-key"), "{report}");
                (*source).to_owned()
            }
            _ => String::new(),
        };
        self.lines.lock().unwrap().push(format!("{} {what}", reload.outcome()));
    }
}

fn ann() -> Context {
    Context::new("ann").with("plan", "premium").with("email", "ann@example.com")
}

fn told(lines: &Mutex<Vec<String>>) -> Vec<String> {
    std::mem::take(&mut *lines.lock().unwrap())
}

#[test]
fn every_way_of_evaluating_is_told_once() {
    let engine = engine(FLAGS);
    let (notes, lines) = Notes::new(ObserveContext::Nothing);
    assert!(engine.flag("always").unwrap().enabled(&ann()));
    engine.set_observer(notes);
    assert_eq!(told(&lines), ["loaded flags.yaml with 5 flags"]);
    for flag in ["always", "never", "paid", "needs", "page-size"] {
        let handle = engine.flag(flag).unwrap();
        let _ = (handle.enabled(&ann()), handle.explain(&ann()), handle.bucket(&ann()));
    }
    assert_eq!(
        told(&lines),
        [
            "always on STATIC [] None ",
            "never off DISABLED [] None ",
            "paid on TARGETING_MATCH [payers] None ",
            "needs on STATIC [] None ",
            "page-size - STATIC [] None ",
        ]
    );
    let _ = engine.evaluate_all(&ann());
    assert_eq!(told(&lines).len(), 5);
    let _ = engine.flag("always").unwrap().evaluate(&ann());
    engine.set_override("always", OverrideState::Off).unwrap();
    let _ = engine.flag("always").unwrap().evaluate(&ann());
    assert_eq!(told(&lines), ["always on STATIC [] None ", "always off OVERRIDE [] None "]);
    engine.clear_observer();
    let _ = engine.flag("paid").unwrap().enabled(&ann());
    assert_eq!(told(&lines), [""; 0]);
    assert_eq!(engine.metrics().evaluations(), 14, "observed or not, they count");
}

#[test]
fn contexts_only_when_asked_and_never_what_is_private() {
    for (wants, expected) in [
        (ObserveContext::Nothing, "None "),
        (ObserveContext::Key, "Some(\"ann\") "),
        (ObserveContext::Attributes, "Some(\"ann\") plan=\"premium\""),
    ] {
        let engine = engine(FLAGS);
        let (notes, lines) = Notes::new(wants);
        engine.set_observer(notes);
        told(&lines);
        let _ = engine.flag("always").unwrap().enabled(&ann());
        assert_eq!(told(&lines), [format!("always on STATIC [] {expected}")]);
    }
}

#[test]
fn several_see_what_each_asked_for() {
    let engine = engine(FLAGS);
    let (nothing, first) = Notes::new(ObserveContext::Nothing);
    let (all, second) = Notes::new(ObserveContext::Attributes);
    engine.set_observer((nothing, Arc::new(all)));
    let _ = engine.flag("always").unwrap().enabled(&ann());
    assert_eq!(told(&first).pop().unwrap(), "always on STATIC [] None ");
    assert_eq!(told(&second).pop().unwrap(), "always on STATIC [] Some(\"ann\") plan=\"premium\"");
}

#[test]
fn what_observers_evaluate_is_not_observed() {
    struct Asks(Arc<Engine>, Arc<Mutex<u32>>);
    impl Observer for Asks {
        fn evaluated(&self, _: &Observed<'_>) {
            *self.1.lock().unwrap() += 1;
            assert!(self.0.flag("always").unwrap().enabled(&Context::anonymous()));
        }
    }
    let engine = Arc::new(engine(FLAGS));
    let times = Arc::default();
    engine.set_observer(Asks(engine.clone(), Arc::clone(&times)));
    let _ = engine.flag("never").unwrap().enabled(&ann());
    let _ = engine.flag("always").unwrap().enabled(&ann());
    assert_eq!(*times.lock().unwrap(), 2);
    engine.clear_observer();
}

#[test]
fn other_documents_have_other_private_attributes() {
    let loaded = load(
        SourceFile::new(
            "flags.yaml",
            "flags:\n  always: on\ncontext:\n  plan: { type: string, private: true }\n  age: integer\n",
        ),
        &mut |_| Err(String::new()),
        &flags_schema::Options::default(),
    );
    let engine = Engine::new(loaded.document, Options::default().variables(Variables::None)).unwrap();
    let (notes, lines) = Notes::new(ObserveContext::Attributes);
    engine.set_observer(notes);
    told(&lines);
    let ctx = Context::new("ann").with("plan", "secret").with("age", 7).with("mail", "secret");
    let _ = engine.flag("always").unwrap().enabled(&ctx);
    assert_eq!(told(&lines), ["always on STATIC [] Some(\"ann\") age=7"]);
    for shown in [format!("{ctx:?}"), engine.flag("always").unwrap().explain(&ctx).to_string()] {
        assert!(!shown.contains("secret"), "{shown}");
    }
}

#[cfg(feature = "reload")]
#[test]
fn reloads() {
    let engine = engine(FLAGS);
    let (notes, lines) = Notes::new(ObserveContext::Nothing);
    engine.set_observer(notes);
    told(&lines);
    engine.reload_from(&SourceFile::new("live.yaml", FLAGS.replace("never: off", "never: on"))).unwrap();
    engine.reload_from(&SourceFile::new("bad.yaml", format!("{FLAGS}  bad: {{ stat: on }}\n"))).unwrap_err();
    assert_eq!(told(&lines), ["loaded live.yaml with 5 flags", "accepted never", "refused bad.yaml"]);
}
