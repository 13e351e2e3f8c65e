//! Threads: whatever changes meanwhile, each answer is one that some state of the engine could give, and
//! no evaluation sees half of two states.

mod support;

use flags_runtime::{Context, Engine, Flag, OverrideState, Value};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use support::{context, document, engine, engine_with, evaluate, options};

/// As many threads as there may be, and how often each asks; fewer where every step is interpreted.
const THREADS: usize = if cfg!(miri) { 3 } else { 64 };
const ROUNDS: usize = if cfg!(miri) { 10 } else { 500 };

/// Lets threads ask while `change` is called over and over, with the number of the call.
fn while_changing(ask: impl Fn(usize) + Sync, mut change: impl FnMut(usize)) {
    let done = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let (ask, done) = (&ask, &done);
            scope.spawn(move || {
                // Counted on a panic too, or the changes would never end.
                struct Done<'a>(&'a AtomicUsize);
                impl Drop for Done<'_> {
                    fn drop(&mut self) {
                        self.0.fetch_add(1, Ordering::Release);
                    }
                }
                let _done = Done(done);
                (0..ROUNDS).for_each(|round| ask(thread + round));
            });
        }
        for call in 0.. {
            change(call);
            if done.load(Ordering::Acquire) == THREADS {
                break;
            }
        }
    });
}

const FLAGS: &str = "
settings: { env_prefix: STRESS_ }
environments: { one: { default: true }, two: {} }
segments:
  even: { users: [u0, u2, u4, u6] }
flags:
  lead: { state: gradual, rollout: 50 }
  left: { state: on, requires: [lead] }
  right: { state: on, requires: [lead] }
  opposite: { state: on, excludes: [lead] }
  torn: { state: on, requires: [left], excludes: [right] }
  both: { state: on, requires: [lead, opposite] }
  always: on
  trial: { state: on, variants: { a: { weight: 50 }, b: { weight: 50 }, never: { weight: 0 } } }
  first: { type: integer, value: 1, environments: { two: { value: 2 } } }
  second: { type: string, value: '1', environments: { two: { value: '2' } } }
";

#[test]
fn overrides_change_under_readers() {
    let engine = engine(FLAGS);
    let states = [
        OverrideState::On,
        OverrideState::Off,
        OverrideState::Percentage(25.0),
        OverrideState::Segment("even".to_owned()),
        OverrideState::users(["u1", "u3"]),
    ];
    let ask = |n: usize| {
        let user = format!("u{}", n % 8);
        let context = Context::new(&user);
        let all: Vec<_> = engine.evaluate_all(&context).iter().collect();
        let on = |key: &str| {
            all.iter().find(|it| it.key() == key).is_some_and(|it| *it.value() == Value::Bool(true))
        };
        let lead = on("lead");
        assert_eq!((on("left"), on("right"), on("opposite")), (lead, lead, !lead), "{user}: {all:?}");
        // Each of these asks for `lead` more than once: one evaluation has one answer.
        assert!(!evaluate(&engine, "torn", &context).is_on(), "{user}");
        assert!(!evaluate(&engine, "both", &context).is_on(), "{user}");
        assert!(support::enabled(&engine, "always", &context));
        let explained = engine.flag("left").map(|flag| flag.explain(&context));
        let explained = explained
            .as_ref()
            .map(|it| (it.evaluation().is_on(), it.steps().last().is_some_and(|it| it.decided)));
        assert!(matches!(explained, Some((_, true))), "{explained:?}");
        let trial = support::variant(&engine, "trial", &context);
        assert!(["a", "b"].contains(&trial.as_str()), "{trial}");
    };
    while_changing(ask, |call| {
        if call % 7 == 6 {
            let _ = engine.reset_override("lead");
        } else if let Some(state) = states.get(call % states.len()) {
            let _ = engine.set_override("lead", state.clone());
        }
        let _ = engine.set_override("trial", OverrideState::Variant(["a", "b"][call % 2].to_owned()));
    });
    engine.set_override("lead", OverrideState::Off).unwrap();
    assert!(!support::enabled(&engine, "left", &Context::new("u1")));
    assert!(support::enabled(&engine, "opposite", &Context::new("u1")));
}

#[test]
fn environments_change_under_readers() {
    let engine = engine(FLAGS);
    let ask = |_| {
        let all: Vec<_> = engine.evaluate_all(&Context::anonymous()).iter().collect();
        let of = |key: &str| all.iter().find(|it| it.key() == key).map(|it| support::literal(it.value()));
        let pair = (of("first"), of("second"));
        let one = (Some("1".to_owned()), Some("\"1\"".to_owned()));
        let two = (Some("2".to_owned()), Some("\"2\"".to_owned()));
        assert!(pair == one || pair == two, "{pair:?}");
    };
    while_changing(ask, |call| engine.set_environment(["two", "one"][call % 2]).unwrap());
}

#[test]
fn constants_never_leave_the_states_there_are() {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    let lead: Flag<bool> = Flag::__new(0, || ENGINE.get_or_init(|| engine(FLAGS)));
    let always: Flag<bool> = Flag::__new(6, || ENGINE.get_or_init(|| engine(FLAGS)));
    assert_eq!((lead.key(), always.key()), ("lead".to_owned(), "always".to_owned()));
    let seen = [AtomicBool::new(false), AtomicBool::new(false)];
    let ask = |_| {
        assert!(always.enabled(&Context::anonymous()));
        let on = lead.enabled(&Context::new("ann"));
        seen[usize::from(on)].store(true, Ordering::Relaxed);
        let evaluation = lead.evaluate(&Context::new("ann"));
        assert_eq!(*evaluation.value(), evaluation.is_on());
    };
    while_changing(ask, |call| {
        let state = if call % 2 == 0 { OverrideState::On } else { OverrideState::Off };
        lead.engine().set_override(lead, state).unwrap();
    });
    // What a thread sets, it sees.
    for state in [
        OverrideState::On,
        OverrideState::Off,
        OverrideState::users(["ann"]),
        OverrideState::Off,
        OverrideState::Percentage(100.0),
    ] {
        lead.engine().set_override(lead, state.clone()).unwrap();
        assert_eq!(lead.enabled(&Context::new("ann")), state != OverrideState::Off, "{state:?}");
    }
    // And so does one that it is told by.
    for on in [true, false, true] {
        lead.engine().set_override(lead, if on { OverrideState::On } else { OverrideState::Off }).unwrap();
        let other = std::thread::spawn(move || lead.enabled(&Context::new("bob")));
        assert_eq!(other.join().unwrap(), on);
    }
}

#[test]
fn a_context_is_shared_by_threads() {
    let engine = engine(
        "flags:\n  x: { state: gradual, rollout: 50 }\n  y: { state: gradual, rollout: { percentage: 50, by: a } }\n  z: { state: gradual, rollout: { percentage: 50, by: b } }\n",
    );
    for n in 0..(if cfg!(miri) { 3 } else { 50 }) {
        let context = Context::new(format!("u{n}")).with("a", n).with("b", -n);
        let expected = ["x", "y", "z"].map(|flag| support::enabled(&engine, flag, &context.clone()));
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let (engine, context) = (&engine, &context);
                scope.spawn(move || {
                    let mut flags = ["x", "y", "z"];
                    flags.rotate_left(thread % 3);
                    let mut expected = expected;
                    expected.rotate_left(thread % 3);
                    assert_eq!(
                        flags.map(|flag| support::enabled(engine, flag, context)),
                        expected,
                        "{context:?}"
                    );
                });
            }
        });
    }
}

#[test]
fn many_engines_on_one_thread() {
    let yaml = |n: usize| format!("flags: {{ x: {{ type: integer, value: {n} }} }}");
    let mut engines: Vec<Engine> = (0..20).map(|n| engine_with(document(&yaml(n)), options())).collect();
    let check = |engines: &[Engine], first: usize| {
        for round in 0..3 {
            for (n, engine) in engines.iter().enumerate() {
                let value = evaluate(engine, "x", &context("{}")).into_value();
                assert_eq!(value, Value::Integer(i64::try_from(first + n).unwrap()), "round {round}");
            }
        }
    };
    check(&engines, 0);
    // The threads still keep what the dropped ones last answered from; it answers for nobody else.
    engines.drain(..10);
    check(&engines, 10);
    engines.extend((20..30).map(|n| engine_with(document(&yaml(n)), options())));
    check(&engines, 10);
    engines[0].set_override("x", OverrideState::Value(Value::Integer(-1))).unwrap();
    check(&engines[1..], 11);
    assert_eq!(evaluate(&engines[0], "x", &context("{}")).into_value(), Value::Integer(-1));
}

#[test]
fn an_evaluation_outlives_its_engine() {
    let engine = engine("flags: { x: { type: string, value: hello } }");
    let evaluation = evaluate(&engine, "x", &context("{}"));
    let all = engine.evaluate_all(&context("{}"));
    drop(engine);
    assert_eq!((evaluation.key(), support::literal(evaluation.value())), ("x", "\"hello\"".to_owned()));
    assert_eq!(all.iter().next().map(|it| it.provenance().to_string()).as_deref(), Some("flags.yaml:1"));
}

#[test]
fn evaluations_nest() {
    use flags_runtime::__private::{Embedded, decode};
    use flags_runtime::{FlagValue, Variant, VariantValue};
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    struct Only;
    impl Variant for Only {
        const NAMES: &'static [&'static str] = &["only"];
        fn from_index(_: usize) -> Self {
            Self
        }
        fn index(self) -> usize {
            0
        }
    }
    impl VariantValue for Only {
        type Value = String;
    }
    fn own() -> &'static Engine {
        static ENGINE: OnceLock<Engine> = OnceLock::new();
        ENGINE.get_or_init(|| {
            let yaml = "settings: { env_prefix: STRESS_ }\nflags:\n  outer: { state: on, variants: { only: value } }\n  inner: off\n";
            let bytes = document(yaml).to_bytes().unwrap_or_default();
            Engine::embedded(&Embedded { document: bytes.leak(), decoders: &[(0, decode::<String>)] })
        })
    }
    let outer: Flag<Only> = Flag::__new(0, own);
    let inner: Flag<bool> = Flag::__new(1, own);
    let anyone = Context::anonymous();
    let length = outer.with_value(&anyone, |value| {
        assert!(!inner.enabled(&anyone));
        own().set_override(inner, OverrideState::users(["ann"])).unwrap();
        assert!(inner.enabled(&Context::new("ann")), "inside of another evaluation too");
        assert!(!inner.enabled(&anyone));
        value.len()
    });
    assert_eq!(length, String::from_value(&Value::String("value".to_owned())).map_or(0, |it| it.len()));
}
