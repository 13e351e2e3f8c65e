//! What tests force: for whom, how long, above what.
#![cfg(all(feature = "macros", feature = "test-util"))]
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use flags_runtime::testing::{self, Forced};
use flags_runtime::{
    Context, Layer, OverrideState, Reason, assert_disabled, assert_enabled, assert_variant, flag_matrix,
};
use std::panic::catch_unwind;
use std::pin::{Pin, pin};
use std::sync::Mutex;
use std::task::{self, Poll, Waker};
use std::time::Duration;

flags_runtime::flags!(
    inline = "
segments:
  beta: { users: [ann] }
flags:
  new-ui: { state: targeted, users: [someone] }
  dark: on
  half: { state: gradual, rollout: 50 }
  button: { state: off, variants: [control, green, blue] }
  needs: { state: on, requires: [new-ui] }
  at-start: { state: off, mutability: startup }
  limit: { type: integer, value: 20 }
  rate: { type: float, value: 0.5 }
  title: { type: string, value: Hello }
  wait: { type: duration, value: 30s }
  strict: { type: boolean, value: false }
  look: { type: object, value: { color: red, size: 3 } }
  sale: { state: targeted, rules: [{ starts: 2026-12-01T00:00:00Z, ends: 2026-12-24T00:00:00Z }] }
"
);

fn ann() -> Context {
    Context::new("ann")
}

#[test]
fn every_type() {
    let ctx = ann();
    let _guards: [Forced; 9] = [
        Flags::NEW_UI.force(true),
        Flags::BUTTON.force(Button::Blue),
        Flags::AT_START.force(true),
        Flags::LIMIT.force(7),
        Flags::RATE.force(0.25),
        Flags::TITLE.force("Hi"),
        Flags::WAIT.force(Duration::from_millis(1500)),
        Flags::STRICT.force(true),
        Flags::LOOK.force(Look { color: "blue".to_owned(), size: 9 }),
    ];
    assert!(Flags::NEW_UI.enabled(&ctx) && Flags::AT_START.enabled(&ctx) && Flags::STRICT.enabled(&ctx));
    assert_eq!(Flags::BUTTON.variant(&ctx), Button::Blue);
    assert_eq!((Flags::LIMIT.get(&ctx), Flags::RATE.get(&ctx)), (7, 0.25));
    assert_eq!(*Flags::TITLE.get(&ctx), "Hi");
    assert_eq!(Flags::WAIT.get(&ctx), Duration::from_millis(1500));
    assert_eq!((Flags::LOOK.get(&ctx).color.as_str(), Flags::LOOK.get(&ctx).size), ("blue", 9));
    assert!(Flags::NEEDS.enabled(&ctx), "flags that require it see it");
    let evaluation = Flags::NEW_UI.evaluate(&ctx);
    assert_eq!((evaluation.reason(), evaluation.provenance().layer), (Reason::Override, Layer::Scope));
    assert!(Flags::engine().flag("new-ui").unwrap().enabled(&ctx));
    assert!(Flags::engine().evaluate_all(&ctx).iter().next().unwrap().is_on());
}

#[test]
fn states_of_overrides() {
    let ctx = ann();
    for (state, on) in [
        (OverrideState::On, true),
        (OverrideState::Off, false),
        (OverrideState::Percentage(100.0), true),
        (OverrideState::Percentage(0.0), false),
        (OverrideState::Segment("beta".to_owned()), true),
        (OverrideState::users(["bob"]), false),
    ] {
        let _guard = Flags::HALF.force(state.clone());
        assert_eq!(Flags::HALF.enabled(&ctx), on, "{state}");
    }
    let _guard = Flags::HALF.force(OverrideState::Percentage(25.0));
    let on = (0..1000).filter(|i| Flags::HALF.enabled(&Context::new(format!("user-{i}")))).count();
    assert!((200..300).contains(&on), "{on}");
}

#[test]
fn the_last_counts_and_ends_with_its_guard() {
    let ctx = ann();
    let first = Flags::BUTTON.force(Button::Green);
    let second = Flags::BUTTON.force(Button::Blue);
    assert_eq!(Flags::BUTTON.variant(&ctx), Button::Blue);
    drop(first);
    assert_eq!(Flags::BUTTON.variant(&ctx), Button::Blue, "in whatever order they end");
    drop(second);
    assert_eq!(Flags::BUTTON.variant(&ctx), Button::Control);
    let panicked = catch_unwind(|| {
        let _guard = Flags::NEW_UI.force(true);
        panic!("on purpose");
    });
    assert!(panicked.is_err() && !Flags::NEW_UI.enabled(&ctx));
    assert_eq!(Flags::NEW_UI.evaluate(&ctx).reason(), Reason::Default);
}

#[test]
fn above_overrides_of_the_program() {
    let engine = Flags::engine();
    engine.set_override(Flags::RATE, OverrideState::Value(flags_runtime::Value::Float(0.1))).unwrap();
    let guard = Flags::RATE.force(0.9);
    assert!(Flags::RATE.get(&ann()) > 0.8);
    drop(guard);
    assert!(Flags::RATE.get(&ann()) < 0.2);
    let _guard = Flags::RATE.force(0.5);
    engine.reset_override(Flags::RATE).unwrap();
    assert!(Flags::RATE.get(&ann()) > 0.4);
}

#[test]
fn what_cannot_be_forced_says_why() {
    for (force, expected) in [
        (
            (|| testing::force(Flags::engine(), "new-uii", OverrideState::On)) as fn() -> Forced,
            "`new-uii` does not exist",
        ),
        (|| Flags::BUTTON.force(OverrideState::Variant("red".to_owned())), "`button` has no variant `red`"),
        (|| Flags::NEW_UI.force(OverrideState::Percentage(101.0)), "101 is no percentage for `new-ui`"),
        (|| Flags::NEW_UI.force(OverrideState::Segment("x".to_owned())), "segment `x` does not exist"),
        (
            || Flags::LIMIT.force(OverrideState::Value(flags_runtime::Value::Bool(true))),
            "not of the type of `limit`",
        ),
    ] {
        let panicked = catch_unwind(force).unwrap_err();
        let message = panicked.downcast_ref::<String>().unwrap();
        assert!(message.contains(expected), "{message}");
    }
}

#[test]
fn threads_have_their_own() {
    let _guard = Flags::NEW_UI.force(true);
    let ask = || Flags::NEW_UI.enabled(&ann());
    assert!(!std::thread::scope(|scope| scope.spawn(ask).join().unwrap()));
    assert!(std::thread::spawn(testing::inherit(ask)).join().unwrap());
}

/// Is pending once.
struct Later(bool);

impl Future for Later {
    type Output = ();
    fn poll(mut self: Pin<&mut Self>, _: &mut task::Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.0, true) { Poll::Ready(()) } else { Poll::Pending }
    }
}

fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut task::Context::from_waker(Waker::noop()))
}

#[test]
fn futures_keep_theirs_on_whatever_thread() {
    fn is_send<T: Send>(value: T) -> T {
        value
    }
    let work = |variant: Button| {
        is_send(testing::scope(async move {
            let _guard = Flags::BUTTON.force(variant);
            Later(false).await;
            (Flags::BUTTON.variant(&ann()), Flags::NEW_UI.enabled(&ann()))
        }))
    };
    let outside = Flags::NEW_UI.force(true);
    let (mut green, mut blue) = (Box::pin(work(Button::Green)), Box::pin(work(Button::Blue)));
    assert!(poll(green.as_mut()).is_pending() && poll(blue.as_mut()).is_pending());
    assert_eq!(Flags::BUTTON.variant(&ann()), Button::Control, "what a future forces is its own");
    let green = std::thread::spawn(move || poll(green.as_mut())).join().unwrap();
    assert_eq!(green, Poll::Ready((Button::Green, true)), "what is forced where it was made counts too");
    drop(outside);
    assert_eq!(poll(blue.as_mut()), Poll::Ready((Button::Blue, false)));
}

#[test]
fn the_clock() {
    let clock = testing::clock(Flags::engine(), "2026-11-30T23:59:59Z");
    assert_disabled!(Flags::SALE, &ann());
    clock.advance(Duration::from_secs(1));
    assert_enabled!(Flags::SALE, &ann());
    clock.set("2026-12-24");
    assert_disabled!(Flags::SALE, &ann());
}

#[test]
fn assertions_explain() {
    let _guard = Flags::HALF.force(OverrideState::Percentage(100.0));
    assert_variant!(Flags::BUTTON, &ann(), Button::Control);
    assert_variant!(Flags::BUTTON, &ann(), "control");
    for (assertion, expected) in [
        (
            (|| assert_variant!(Flags::BUTTON, &ann(), Button::Green)) as fn(),
            &["expected the variant `green` of `button`, found `control`", "DISABLED", "for {user: \"ann\"}"]
                [..],
        ),
        (|| assert_enabled!(Flags::NEW_UI, &ann()), &["expected `new-ui` to be on", "nobody but the users"]),
        (|| assert_disabled!(Flags::DARK, &ann()), &["expected `dark` to be off", "on for everybody"]),
    ] {
        let message = *catch_unwind(assertion).unwrap_err().downcast::<String>().unwrap();
        for expected in expected {
            assert!(message.contains(expected), "{message}");
        }
    }
}

static SEEN: Mutex<Vec<(bool, Button)>> = Mutex::new(Vec::new());

#[flag_matrix("new-ui", "button")]
fn tried() {
    SEEN.lock().unwrap().push((Flags::NEW_UI.enabled(&ann()), Flags::BUTTON.variant(&ann())));
}

#[test]
fn a_matrix_tries_every_combination() {
    tried();
    let mut seen = SEEN.lock().unwrap();
    let all = [false, true].into_iter().flat_map(|on| Button::ALL.iter().map(move |variant| (on, *variant)));
    assert_eq!(*seen, all.collect::<Vec<_>>());
    seen.clear();
    assert!(!Flags::NEW_UI.enabled(&ann()));
}

#[flag_matrix("new-ui", "dark", flags = self::Flags)]
fn fails_sometimes() -> Result<(), String> {
    match (Flags::NEW_UI.enabled(&ann()), Flags::DARK.enabled(&ann())) {
        (true, true) => Err("both".to_owned())?,
        (true, false) => panic!("only {}", "one"),
        _ => {}
    }
    Ok(())
}

#[test]
fn a_matrix_names_what_failed() {
    let message = *catch_unwind(fails_sometimes).unwrap_err().downcast::<String>().unwrap();
    assert_eq!(
        message,
        "2 of 4 combinations failed:\n  \
         `new-ui` = on, `dark` = off: only one\n  \
         `new-ui` = on, `dark` = on: \"both\""
    );
}

#[flag_matrix("new-ui", "strict")]
async fn waits() {
    let before = (Flags::NEW_UI.enabled(&ann()), Flags::STRICT.enabled(&ann()));
    Later(false).await;
    assert_eq!(before, (Flags::NEW_UI.enabled(&ann()), Flags::STRICT.enabled(&ann())));
    assert!(!(before.0 && before.1), "both are on");
}

#[test]
fn a_matrix_of_a_test_that_waits() {
    let mut polls = 0;
    let result = catch_unwind(move || {
        let mut future = pin!(waits());
        while poll(future.as_mut()).is_pending() {
            polls += 1;
            assert!(!Flags::NEW_UI.enabled(&ann()), "in between nothing is forced");
        }
        polls
    });
    let message = *result.unwrap_err().downcast::<String>().unwrap();
    assert!(
        message.starts_with("1 of 4 combinations failed:\n  `new-ui` = on, `strict` = on: both"),
        "{message}"
    );
}

#[flag_matrix("new-ui", "dark", "half", "needs", "at-start", "button")]
#[test]
fn a_matrix_of_many_is_pairwise() {
    static TIMES: Mutex<u32> = Mutex::new(0);
    let mut times = TIMES.lock().unwrap();
    *times += 1;
    assert!(*times <= 16, "{times}");
}
