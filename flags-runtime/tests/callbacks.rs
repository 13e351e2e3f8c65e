//! Code of the program that an engine calls, or drops, may panic and may use the engine: nothing waits for itself.
#![cfg(feature = "reload")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::format_collect, reason = "tests fail by panicking")]

use flags_runtime::observe::{Loaded, ObserveContext, Observed, Observer, Reload};
use flags_runtime::{Clock, Context, Engine, Options, OverrideState, SourceFile, Timestamp, Variables};
use flags_schema::load;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

fn engine() -> Arc<Engine> {
    let source = SourceFile::new("flags.yaml", TEXT);
    let document = load(source, &mut |_| Err(String::new()), &flags_schema::Options::default()).document;
    Arc::new(Engine::new(document, Options::default().variables(Variables::None)).unwrap())
}

const TEXT: &str = "flags: { a: on, b: { state: gradual, rollout: 50 } }";

fn live(state: &str) -> SourceFile {
    SourceFile::new("live.yaml", TEXT.replace("a: on", &format!("a: {state}")))
}

/// Fails when `f` has not ended after ten seconds: it waits for itself.
#[track_caller]
fn ends(f: impl FnOnce() + Send + 'static) {
    let (done, wait) = channel();
    let thread = std::thread::spawn(move || {
        f();
        done.send(()).unwrap();
    });
    assert!(wait.recv_timeout(Duration::from_secs(10)).is_ok(), "it waits for itself, or it panicked");
    thread.join().unwrap();
}

/// Everything that takes the engine's lock, from a thread of its own: a lock that is held is not seen by the thread
/// that may hold it.
fn use_everything(engine: &Engine) {
    std::thread::scope(|scope| {
        let other = scope.spawn(|| {
            let _ = (
                engine.status(),
                engine.metrics(),
                engine.problems(),
                engine.overrides(),
                engine.environment(),
            );
            engine.set_override("a", OverrideState::Off).unwrap();
            engine.reset_override("a").unwrap();
            engine.reload_env();
            let _ = engine.evaluate_all(&Context::anonymous());
            drop(engine.subscribe(|_| ()));
        });
        other.join().unwrap();
    });
}

/// Uses the engine in everything that is asked of it, and when it is dropped.
struct Nosy {
    engine: Weak<Engine>,
    asked: Arc<AtomicUsize>,
    /// Whether it uses the engine already: other threads tell it of that.
    busy: Arc<AtomicBool>,
}

impl Nosy {
    fn ask(&self) {
        if let Some(engine) = self.engine.upgrade()
            && !self.busy.swap(true, Ordering::SeqCst)
        {
            use_everything(&engine);
            self.busy.store(false, Ordering::SeqCst);
        }
    }
}

impl Observer for Nosy {
    fn wants(&self) -> ObserveContext {
        self.asked.fetch_add(1, Ordering::Relaxed);
        self.ask();
        ObserveContext::Key
    }
    fn evaluated(&self, _observed: &Observed<'_>) {
        self.ask();
    }
    fn loaded(&self, _loaded: &Loaded<'_>) {
        self.ask();
    }
    fn reloaded(&self, _reload: &Reload<'_>) {
        self.ask();
    }
}

impl Drop for Nosy {
    fn drop(&mut self) {
        self.ask();
    }
}

#[test]
fn observers_may_use_the_engine_and_are_asked_once() {
    let asked = Arc::<AtomicUsize>::default();
    let counted = asked.clone();
    ends(move || {
        let engine = engine();
        let busy = Arc::<AtomicBool>::default();
        let nosy = || Nosy { engine: Arc::downgrade(&engine), asked: asked.clone(), busy: busy.clone() };
        engine.set_observer((nosy(), Arc::new((nosy(), nosy()))));
        for state in ["off", "on"] {
            engine.reload_from(&live(state)).unwrap();
            engine.reload_from(&live("nonsense")).unwrap_err();
            assert_eq!(engine.flag("a").unwrap().enabled(&Context::new("ann")), state == "on");
            engine.set_override("b", OverrideState::On).unwrap();
        }
        // The three that are replaced are dropped, by whoever is last to hold them.
        engine.set_observer(nosy());
        engine.clear_observer();
    });
    assert_eq!(counted.load(Ordering::Relaxed), 4, "each is asked once what it wants");
}

#[test]
fn subscribers_may_use_the_engine_and_end_each_other() {
    ends(|| {
        let engine = engine();
        let weak = Arc::downgrade(&engine);
        let dropped = Nosy { engine: weak.clone(), asked: Arc::default(), busy: Arc::default() };
        let calls = Arc::<AtomicUsize>::default();
        let counted = calls.clone();
        let subscription = engine.subscribe(move |_| {
            let _ = &dropped;
            counted.fetch_add(1, Ordering::Relaxed);
            use_everything(&weak.upgrade().unwrap());
        });
        engine.reload_from(&live("off")).unwrap();
        // What the callback owns is dropped here.
        drop(subscription);
        engine.reload_from(&live("on")).unwrap();
        assert_eq!(calls.load(Ordering::Relaxed), 1);
    });
}

#[test]
fn a_clock_may_use_the_engine() {
    #[derive(Debug)]
    struct NosyClock(Weak<Engine>);
    impl Clock for NosyClock {
        fn now(&self) -> Option<Timestamp> {
            if let Some(engine) = self.0.upgrade() {
                std::thread::scope(|scope| {
                    scope
                        .spawn(|| (engine.overrides(), engine.problems(), engine.environment()))
                        .join()
                        .unwrap();
                });
                engine.set_override("b", OverrideState::On).unwrap();
            }
            Some(Timestamp(7))
        }
    }
    impl Drop for NosyClock {
        fn drop(&mut self) {
            if let Some(engine) = self.0.upgrade() {
                use_everything(&engine);
            }
        }
    }
    ends(|| {
        let engine = engine();
        engine.set_clock(NosyClock(Arc::downgrade(&engine)));
        let _ = (engine.status(), engine.metrics());
        engine.reload_from(&live("off")).unwrap();
        engine.reload_from(&live("nonsense")).unwrap_err();
        engine.set_clock(NosyClock(Weak::new()));
    });
}

#[test]
fn a_panic_in_one_does_not_keep_others_from_being_told() {
    struct Panics;
    impl Observer for Panics {
        fn evaluated(&self, _observed: &Observed<'_>) {
            panic!("evaluated on purpose");
        }
        fn loaded(&self, _loaded: &Loaded<'_>) {
            panic!("loaded on purpose");
        }
        fn reloaded(&self, _reload: &Reload<'_>) {
            panic!("reloaded on purpose");
        }
    }
    struct Counts(Arc<Mutex<Vec<&'static str>>>);
    impl Observer for Counts {
        fn evaluated(&self, _observed: &Observed<'_>) {
            self.0.lock().unwrap().push("evaluated");
        }
        fn loaded(&self, _loaded: &Loaded<'_>) {
            self.0.lock().unwrap().push("loaded");
        }
        fn reloaded(&self, _reload: &Reload<'_>) {
            self.0.lock().unwrap().push("reloaded");
        }
    }
    let engine = engine();
    assert_eq!(engine.problems(), []);
    let told = Arc::<Mutex<Vec<&'static str>>>::default();
    engine.set_observer((Panics, Counts(told.clone()), Panics));
    assert!(engine.flag("a").unwrap().enabled(&Context::new("ann")), "the evaluation goes on");

    let called = Arc::<AtomicUsize>::default();
    let (one, other) = (called.clone(), called.clone());
    let _first = engine.subscribe(move |_| {
        one.fetch_add(1, Ordering::Relaxed);
        panic!("subscribed on purpose");
    });
    let _second = engine.subscribe(move |_| {
        other.fetch_add(1, Ordering::Relaxed);
    });
    engine.reload_from(&live("off")).unwrap();
    assert_eq!(called.load(Ordering::Relaxed), 2);
    assert_eq!(*told.lock().unwrap(), ["loaded", "evaluated", "loaded", "reloaded"]);

    let problems = engine.status().problems;
    let problem = problems.iter().find(|problem| problem.subject == "a subscriber").unwrap();
    assert!(problem.message.contains("subscribed on purpose"), "{problem}");
    assert!(
        problem.message.contains("so far: 9"),
        "two observers, four times each, and a subscriber: {problem}"
    );
}

/// Status and fingerprints are computed once for each document, when it is loaded.
#[test]
fn a_status_allocates_no_more_for_a_large_document() {
    let of = |flags: usize| {
        let lines: Vec<String> =
            (0..flags).map(|i| format!("  flag-{i}: {{ state: gradual, rollout: 50 }}\n")).collect();
        let source = SourceFile::new("flags.yaml", format!("flags:\n{}", lines.concat()));
        let document =
            load(source.clone(), &mut |_| Err(String::new()), &flags_schema::Options::default()).document;
        let engine = Engine::new(document, Options::default().variables(Variables::None)).unwrap();
        engine.reload_from(&source).unwrap();
        let _ = engine.status();
        allocation_counter::measure(|| drop(engine.status()))
    };
    let (few, many) = (of(2), of(2_000));
    assert_eq!(few.count_total, many.count_total);
    assert!(many.bytes_max < 4_096, "{} bytes at once", many.bytes_max);
}
