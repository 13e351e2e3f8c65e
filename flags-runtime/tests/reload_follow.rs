//! Following sources that are no files: when they are asked, what they are told, and that nothing about them
//! stops or slows the program.
#![cfg(feature = "reload")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use flags_runtime::reload::{
    Change, DocumentSource, FetchError, FetchRequest, Fetched, FetchedDocument, Refused, Waker, Watch,
    WatchOptions,
};
use flags_runtime::{Context, Engine, Options, SourceFile, Variables};
use flags_schema::load;
use std::borrow::Cow;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const OFF: &str = "flags:\n  forums: off\n";
const ON: &str = "flags:\n  forums: on\n";

fn engine() -> Arc<Engine> {
    let base = SourceFile::new("flags.yaml", OFF);
    let loaded = load(base, &mut |_| Err(String::new()), &flags_schema::Options::default());
    Arc::new(Engine::new(loaded.document, Options::default().variables(Variables::None)).unwrap())
}

fn is_on(engine: &Engine) -> bool {
    engine.flag("forums").unwrap().enabled(&Context::anonymous())
}

/// Waits for what must come true; only what never does fails.
#[track_caller]
fn eventually(what: &str, holds: impl Fn() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < Duration::from_secs(60), "{what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// What a server does next.
#[derive(Clone)]
enum Answer {
    /// This version of this text.
    Serve(&'static str, &'static str),
    /// A text that has no version.
    Plain(&'static str),
    Fail(&'static str, Option<Duration>),
    Panic,
    /// Waits until the program stops.
    LongPoll,
    /// Never answers, whatever it is told.
    Hang,
}

#[derive(Clone)]
struct Server(Arc<Mutex<Inside>>);

struct Inside {
    answer: Answer,
    asked: Vec<(Instant, Option<String>)>,
    concluded: Vec<Result<Vec<String>, String>>,
    waker: Option<Waker>,
    stops: usize,
}

impl Server {
    fn new(answer: Answer) -> Self {
        let inside = Inside { answer, asked: Vec::new(), concluded: Vec::new(), waker: None, stops: 0 };
        Self(Arc::new(Mutex::new(inside)))
    }

    fn with<T>(&self, look: impl FnOnce(&mut Inside) -> T) -> T {
        look(&mut self.0.lock().unwrap())
    }

    fn now(&self, answer: Answer) {
        self.with(|inside| inside.answer = answer);
    }

    fn asked(&self) -> usize {
        self.with(|inside| inside.asked.len())
    }

    fn wake(&self) {
        self.with(|inside| inside.waker.clone()).unwrap().wake();
    }
}

impl DocumentSource for Server {
    fn name(&self) -> String {
        "https://flags.example".to_owned()
    }
    fn fetch(&self, request: &FetchRequest<'_>) -> Result<Fetched<'_>, FetchError> {
        let answer = self.with(|inside| {
            inside.asked.push((Instant::now(), request.since().map(str::to_owned)));
            inside.answer.clone()
        });
        match answer {
            Answer::Serve(version, _) if request.since() == Some(version) => Ok(Fetched::Unchanged),
            Answer::Serve(version, text) => {
                let base = SourceFile::new(self.name(), text);
                Ok(FetchedDocument::new(base).version(version).into())
            }
            Answer::Plain(text) => Ok(FetchedDocument::new(SourceFile::new(self.name(), text)).into()),
            Answer::Fail(message, None) => Err(FetchError::new(message)),
            Answer::Fail(message, Some(time)) => Err(FetchError::new(message).retry_after(time)),
            Answer::Panic => panic!("a bug of the source"),
            Answer::LongPoll => {
                while !request.is_stopped() {
                    std::thread::sleep(Duration::from_millis(5));
                }
                Ok(FetchedDocument::new(SourceFile::new(self.name(), ON)).into())
            }
            Answer::Hang => loop {
                std::thread::sleep(Duration::from_secs(60));
            },
        }
    }
    fn listen(&self, waker: Waker) -> Result<(), Cow<'static, str>> {
        self.with(|inside| inside.waker = Some(waker));
        Ok(())
    }
    fn concluded(&self, outcome: Result<&Change, &Refused>) {
        let outcome = outcome.map(|it| it.flags.clone()).map_err(|it| it.report.clone());
        self.with(|inside| inside.concluded.push(outcome));
    }
    fn stop(&self) {
        self.with(|inside| inside.stops += 1);
    }
}

fn quick() -> WatchOptions {
    let ms = Duration::from_millis;
    WatchOptions::default().poll(ms(20)).quiet(ms(5)).retry(ms(20), ms(20))
}

#[test]
fn the_source_knows_what_was_fetched_and_hears_what_became_of_it() {
    let (engine, server) = (engine(), Server::new(Answer::Serve("1", ON)));
    let _watch = Watch::follow(engine.clone(), server.clone(), quick());
    eventually("on", || is_on(&engine));
    eventually("asked again", || server.asked() > 3);
    server.now(Answer::Serve("2", "flags:\n  forums: onn\n"));
    eventually("refused", || engine.status().last_refusal.is_some());
    eventually("asked again", || server.with(|it| it.asked.last().unwrap().1.as_deref() == Some("2")));
    server.now(Answer::Serve("3", OFF));
    eventually("off", || !is_on(&engine));
    // The source hears of it afterwards.
    eventually("concluded", || server.with(|it| it.concluded.len() > 2));
    let status = engine.status();
    assert_eq!((status.reloads, status.refusals, status.last_refusal), (2, 1, None));
    assert_eq!(status.watches[0].source, "https://flags.example");
    assert_eq!((&status.watches[0].polling, status.watches[0].failures), (&None, 0));
    assert!(status.watches[0].asked_at.is_some());
    server.with(|inside| {
        assert_eq!(inside.asked[0].1, None);
        assert_eq!(inside.asked[1].1.as_deref(), Some("1"));
        let concluded = &inside.concluded;
        assert_eq!(concluded.len(), 3, "{concluded:?}");
        assert_eq!(concluded[0].as_deref(), Ok(&["forums".to_owned()][..]));
        assert!(concluded[1].as_ref().unwrap_err().contains("`onn`"));
        assert_eq!(concluded[2].as_deref(), Ok(&["forums".to_owned()][..]));
    });
}

#[test]
fn the_same_content_is_loaded_once_whatever_its_version() {
    let (engine, server) = (engine(), Server::new(Answer::Plain(ON)));
    let _watch = Watch::follow(engine.clone(), server.clone(), quick());
    eventually("asked", || server.asked() > 5);
    server.now(Answer::Serve("1", ON));
    let asked = server.asked();
    eventually("asked", || server.asked() > asked + 5);
    assert_eq!(engine.status().reloads, 1);
    server.now(Answer::Plain("flags: ["));
    let asked = server.asked();
    eventually("asked", || server.asked() > asked + 5);
    assert_eq!(engine.status().refusals, 1);
}

#[test]
fn failures_are_told_once_and_wait_longer_and_longer() {
    let (engine, server) = (engine(), Server::new(Answer::Fail("connection refused", None)));
    let ms = Duration::from_millis;
    let _watch = Watch::follow(engine.clone(), server.clone(), quick().retry(ms(20), ms(160)));
    eventually("asked", || server.asked() > 7);
    let waits: Vec<Duration> =
        server.with(|it| it.asked.windows(2).map(|two| two[1].0.duration_since(two[0].0)).collect());
    // At least half of 20, 40, 80, 160, 160; more on a busy machine.
    for (wait, least) in waits.iter().zip([10, 20, 40, 80, 80, 80]) {
        assert!(*wait >= ms(least), "{waits:?}");
    }
    let status = engine.status();
    assert_eq!(status.refusals, 1);
    assert!(status.watches[0].failures >= 7);
    assert_eq!(status.watches[0].last_failure.as_deref(), Some("connection refused"));
    assert!(status.last_refusal.unwrap().report.contains("connection refused"));
    server.now(Answer::Serve("1", ON));
    server.wake();
    eventually("on", || is_on(&engine));
    let status = engine.status();
    assert_eq!((status.watches[0].failures, status.last_refusal), (0, None));
    // A failure between two answers of one version leaves nothing behind.
    server.now(Answer::Fail("timed out", None));
    eventually("failed", || engine.status().last_refusal.is_some());
    server.now(Answer::Serve("1", ON));
    eventually("recovered", || engine.status().last_refusal.is_none());
    assert_eq!(engine.status().reloads, 1);
    assert_eq!(server.with(|it| it.asked.last().unwrap().1.clone()).as_deref(), Some("1"));
}

#[test]
fn retry_after_is_kept_although_the_source_is_woken() {
    let (engine, server) = (engine(), Server::new(Answer::Fail("503", Some(Duration::from_millis(600)))));
    let _watch = Watch::follow(engine.clone(), server.clone(), quick());
    eventually("asked", || server.asked() == 1);
    server.now(Answer::Serve("1", ON));
    for _ in 0..20 {
        server.wake();
        std::thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(server.asked(), 1);
    eventually("on", || is_on(&engine));
    let waited = server.with(|it| it.asked[1].0.duration_since(it.asked[0].0));
    assert!(waited >= Duration::from_millis(600), "{waited:?}");
}

#[test]
fn a_wake_asks_at_once_and_many_wakes_ask_once() {
    let (engine, server) = (engine(), Server::new(Answer::Serve("1", OFF)));
    let options = quick().poll(Duration::from_secs(3600)).quiet(Duration::from_millis(50));
    let _watch = Watch::follow(engine.clone(), server.clone(), options);
    eventually("asked", || server.asked() == 1);
    server.now(Answer::Serve("2", ON));
    for _ in 0..1000 {
        server.wake();
    }
    eventually("on", || is_on(&engine));
    std::thread::sleep(Duration::from_millis(200));
    assert!(server.asked() <= 3, "{}", server.asked());
}

#[test]
fn a_source_that_panics_is_a_source_that_fails() {
    let (engine, server) = (engine(), Server::new(Answer::Panic));
    let _watch = Watch::follow(engine.clone(), server.clone(), quick());
    eventually("asked", || server.asked() > 3);
    assert_eq!(engine.status().watches[0].last_failure.as_deref(), Some("the source panicked"));
    server.now(Answer::Serve("1", ON));
    eventually("on", || is_on(&engine));
}

#[test]
fn following_ends_whatever_the_source_does() {
    for (answer, name) in [
        (Answer::Serve("1", OFF), "idle"),
        (Answer::LongPoll, "long poll"),
        (Answer::Fail("503", Some(Duration::from_secs(3600))), "retry after"),
        (Answer::Hang, "hangs"),
    ] {
        let (engine, server) = (engine(), Server::new(answer));
        // Both return though the next question is an hour away, and though a fetch never answers.
        let watch = Watch::follow(engine.clone(), server.clone(), quick().poll(Duration::from_secs(3600)));
        eventually("asked", || server.asked() == 1);
        assert!(engine.status().watching);
        drop(watch);
        assert!(!engine.status().watching && engine.status().watches.is_empty(), "{name}");
        assert_eq!(server.with(|it| it.stops), 1, "{name}");
        std::thread::sleep(Duration::from_millis(50));
        assert!(!is_on(&engine), "{name}: what came after the end is not loaded");
    }
}

#[test]
fn a_source_that_answers_at_once_does_not_keep_a_core_busy() {
    let (engine, server) = (engine(), Server::new(Answer::Serve("1", ON)));
    let watch = Watch::follow(engine, server.clone(), quick().poll(Duration::ZERO));
    std::thread::sleep(Duration::from_millis(300));
    drop(watch);
    assert!((2..=40).contains(&server.asked()), "{}", server.asked());
}

#[test]
fn a_subscriber_may_end_the_watch() {
    let (engine, server) = (engine(), Server::new(Answer::Serve("1", ON)));
    let slot: Arc<Mutex<Option<Watch>>> = Arc::default();
    let taken = slot.clone();
    let subscription = engine.subscribe(move |_| drop(taken.lock().unwrap().take()));
    {
        // The subscriber waits until the watch is there.
        let mut slot = slot.lock().unwrap();
        *slot = Some(Watch::follow(engine.clone(), server.clone(), quick()));
    }
    eventually("ended", || !engine.status().watching);
    assert!(is_on(&engine));
    drop(subscription);
}
