//! Evaluation allocates nothing: every kind of flag, asked in every way, with every kind of context.
//!
//! What remains, by design: an evaluation's first run on a thread (which is why each case is run once
//! before it is counted); a regex that more than eight threads match at the same moment makes another
//! cache, once; `evaluate_all` makes its list; overriding, reloading and explaining allocate as they like.

#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

mod support;

use allocation_counter::measure;
use flags_runtime::__private::{AttributeName, Embedded, decode};
use flags_runtime::{AsContext, Context, Engine, Flag, OverrideState, Value, Variant, VariantValue};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

/// Switches, each with a rule or a state of its own.
const SWITCHES: &[(&str, &str)] = &[
    ("on", "on"),
    ("off", "off"),
    ("gradual", "{ state: gradual, rollout: 25 }"),
    ("gradual-by", "{ state: gradual, rollout: { percentage: 25, by: plan, salt: other } }"),
    ("gradual-by-number", "{ state: gradual, rollout: { percentage: 25, by: age } }"),
    ("gradual-by-float", "{ state: gradual, rollout: { percentage: 25, by: score } }"),
    ("ramp-steps", "{ state: gradual, rollout: { start: 2026-01-01, step: 1, every: 30d } }"),
    ("ramp-straight", "{ state: gradual, rollout: { start: 2026-01-01, end: 2099-01-01 } }"),
    ("segment", "beta"),
    ("segment-nested", "nested"),
    ("segment-rollout", "tenth"),
    ("segment-exclude", "{ state: targeted, rules: [ { when: { segment: others } } ] }"),
    ("layer", "{ state: on, layer: { name: line, from: 0, to: 40 } }"),
    ("layer-by", "{ state: gradual, rollout: 50, layer: { name: plans, from: 40, to: 100 } }"),
    ("targeted", "{ state: targeted, users: [ann, bob] }"),
    (
        "users-many",
        "{ state: targeted, users: [u1, u2, u3, u4, u5, u6, u7, u8, u9, u10, u11, u12, u13, u14, a user whose name is longer than fits in place] }",
    ),
    ("elsewhere", "{ state: on, environments: [there] }"),
    ("requires", "{ state: on, requires: [on, gradual, segment], excludes: [off] }"),
    ("requires-variant", "{ state: on, requires: [ { flag: split, variant: b } ] }"),
    ("requires-variants", "{ state: on, requires: [ { flag: split, variant: [a, b] } ] }"),
    ("flag", "{ flag: gradual }"),
    ("flag-variants", "{ not: { flag: { split: [a, b] } }, segment: nested }"),
    ("window", "{ state: targeted, rules: [ { starts: 2026-01-01, ends: 2099-01-01, rollout: 50 } ] }"),
    (
        "rollouts",
        "{ state: targeted, rules: [ { name: a, rollout: 1 }, { rollout: { percentage: 1, by: plan } } ] }",
    ),
    ("eq", "{ plan: pro }"),
    ("eq-number", "{ age: 18 }"),
    ("eq-float", "{ score: 1.5 }"),
    ("eq-boolean", "{ staff: true }"),
    ("eq-digits", "{ plan: '18' }"),
    ("neq", "{ plan: { neq: pro } }"),
    ("in", "{ plan: { in: [free, pro] } }"),
    (
        "in-many",
        "{ plan: { in: [a, b, c, d, e, f, g, h, i, j, k, l, a text that is longer than fits in place] } }",
    ),
    ("in-mixed", "{ plan: { in: [free, 1, 2.5, true] } }"),
    ("nin", "{ plan: { nin: [free, pro] } }"),
    ("exists", "{ plan: { exists: true } }"),
    ("numbers", "{ age: { gt: 1, gte: 1, lt: 99, lte: 99 } }"),
    ("order", "{ plan: { gt: a, gte: a, lt: z, lte: z } }"),
    ("strings", "{ plan: { contains: r, startswith: p, endswith: o } }"),
    (
        "ignore-case",
        "{ plan: { eq: PRO, neq: FREE, in: [PRO, '1'], nin: [FREE], contains: R, startswith: P, endswith: O, ignore_case: true } }",
    ),
    ("regex", "{ plan: { regex: '^p.o$' } }"),
    ("regex-ignore-case", "{ plan: { regex: '^P.O$', ignore_case: true } }"),
    ("lists", "{ groups: { contains: staff, contains_any: [x, staff], contains_all: [staff, parents] } }"),
    ("lists-any", "{ groups: { in: [staff], startswith: st, regex: '^st' } }"),
    ("moments", "{ since: { before: 2099-01-01, after: 2000-01-01 } }"),
    ("within", "{ since: { within: 9999d } }"),
    (
        "versions",
        "{ version: { semver_eq: 1.2.3, semver_neq: 1.0.0, semver_gt: 1.0.0-rc.1, semver_gte: 1.0.0, semver_lt: 2.0.0, semver_lte: 2.0.0, semver_in: [1.2.3], semver: '^1.2, <2' } }",
    ),
    ("networks", "{ ip: { cidr: [10.0.0.0/8, '2001:db8::/32'] } }"),
    ("key", "{ user: { startswith: a } }"),
    (
        "logic",
        "{ any: [ { plan: pro }, { not: { age: { gte: 18 } } } ], not: { all: [ { staff: true }, { segment: beta } ] } }",
    ),
    ("expression", "\"plan == 'pro' && (age >= 18 || !segment('nested'))\""),
];

/// Flags of other types, which follow the switches.
const TYPED: &str = "
  split: { state: on, variants: { a: { weight: 50 }, b: { weight: 30 }, c: { weight: 20 } } }
  equal: { state: on, variants: [a, b, c] }
  payload: { state: gradual, rollout: 60, variants: { a: { weight: 50, value: blue, }, b: { weight: 50, value: a text of a length beyond what fits in place } } }
  trial: { state: on, variants: [a, b], experiment: { control: a, starts: 2026-01-01, ends: 2099-01-01 } }
  over: { state: on, variants: [a, b], experiment: { control: a, ends: 2026-01-01 } }
  rule-split: { state: targeted, variants: [a, b], rules: [ { when: { plan: pro }, serve: { a: 20, b: 80 } } ] }
  users-variants: { state: targeted, variants: [a, b, c], users: { b: [ann], c: [bob] } }
  size: { type: integer, value: 20, rules: [ { when: { plan: pro }, serve: 100 } ] }
  ratio: { type: float, value: 0.5, rules: [ { when: { plan: pro }, serve: 1.5 } ] }
  greeting: { type: string, value: a greeting that is longer than what fits in place, rules: [ { when: { plan: pro }, serve: hello } ] }
  wait: { type: duration, value: 30s, rules: [ { when: { plan: pro }, serve: 1m } ] }
";

fn yaml() -> String {
    let mut yaml = "
settings: { env_prefix: ALLOCATIONS_ }
environments: { here: { default: true }, there: {} }
segments:
  beta: { users: [ann] }
  nested: { users: [bob], when: { segment: beta, plan: { in: [pro, free] } } }
  tenth: { when: { plan: { exists: true } }, rollout: 10 }
  others: { rollout: { percentage: 50, by: plan }, exclude: [ann] }
layers: { line: { by: user }, plans: { by: plan } }
flags:
"
    .to_owned();
    for (key, flag) in SWITCHES {
        let condition = flag.starts_with('"') || flag.starts_with("{ ") && !flag.starts_with("{ state");
        let flag = if condition {
            format!("{{ state: targeted, rules: [ {{ when: {flag} }} ] }}")
        } else {
            (*flag).to_owned()
        };
        yaml = format!("{yaml}  {key}: {flag}\n");
    }
    yaml + TYPED
}

fn index(key: &str) -> u32 {
    let typed = TYPED.lines().filter_map(|line| line.trim().split_once(':')).map(|(key, _)| key);
    let index = SWITCHES.iter().map(|(key, _)| *key).chain(typed).position(|known| known == key);
    index.and_then(|index| u32::try_from(index).ok()).unwrap_or(u32::MAX)
}

fn engine() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| {
        let bytes = support::document(&yaml()).to_bytes().unwrap_or_default();
        let decoders = vec![
            (index("payload"), decode::<String> as fn(&Value) -> _),
            (index("size"), decode::<i64>),
            (index("ratio"), decode::<f64>),
            (index("greeting"), decode::<String>),
            (index("wait"), decode::<Duration>),
        ];
        Engine::embedded(&Embedded { document: bytes.leak(), decoders: decoders.leak() })
    })
}

/// Another engine of the same flags, to override them.
fn own() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| {
        let bytes = support::document(&yaml()).to_bytes().unwrap_or_default();
        let decoders = vec![(index("greeting"), decode::<String> as fn(&Value) -> _)];
        Engine::embedded(&Embedded { document: bytes.leak(), decoders: decoders.leak() })
    })
}

fn flag<T, C>(key: &str) -> Flag<T, C> {
    Flag::__new(index(key), engine)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Abc(usize);

impl Variant for Abc {
    const NAMES: &'static [&'static str] = &["a", "b", "c"];
    fn from_index(index: usize) -> Self {
        Self(index.min(2))
    }
    fn index(self) -> usize {
        self.0
    }
}

impl VariantValue for Abc {
    type Value = String;
}

/// What `flags!` makes when attributes are declared.
struct Typed(Context);

impl AsContext for Typed {
    fn as_context(&self) -> &Context {
        &self.0
    }
}

const ANN: &str = r#"{ "user": "ann", "plan": "pro", "age": 18, "score": 1.5, "staff": true, "groups": ["staff", "parents"],
    "since": "2026-01-01T00:00:00Z", "version": "v1.2.3", "ip": "10.0.0.1" }"#;

fn contexts() -> Vec<Context> {
    let mut contexts: Vec<Context> = [
        "{}",
        ANN,
        // What is none of what the rules take it for.
        r#"{ "user": "a user whose name is longer than fits in place", "plan": 18, "age": "old", "score": "high", "staff": "yes",
            "groups": "staff", "since": "the day before yesterday, or so", "version": "the latest and greatest of versions", "ip": "somewhere far away from here" }"#,
        r#"{ "user": 42, "plan": "PRO", "age": "18", "score": 1e300, "staff": false, "groups": [], "since": 1767225600000,
            "version": "2026-13-01", "ip": "2001:db8::1" }"#,
        // Dates that do not exist, lists, long texts, beyond ASCII.
        r#"{ "user": "bob", "plan": ["free", "pro"], "age": [1, "2"], "score": [0.5], "staff": [true], "groups": ["a", 1, null, true],
            "since": ["2026-02-30", "2026-01-01T25:00:00Z", "9999-12-31T23:59:59+23:59"], "version": ["1.2.3-rc.1+build", "x"], "ip": ["::ffff:10.0.0.1"] }"#,
        r#"{ "user": "éèà", "plan": "ÀÉÎ of a length that is more than what fits in place", "since": "86400000", "version": "1" }"#,
    ]
    .into_iter()
    .map(support::context)
    .collect();
    let mut typed = Context::new("ann");
    typed.__set(const { AttributeName::new("plan") }, "pro");
    typed.__set(const { AttributeName::new("age") }, 18);
    contexts.push(typed);
    contexts
}

/// One test at a time: what other threads allocate is not counted, but they may share a regex's cache.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs it once, and then counts what it allocates.
fn allocations(mut run: impl FnMut()) -> u64 {
    run();
    measure(run).count_total
}

#[test]
fn switches() {
    let _alone = alone();
    for context in contexts() {
        let typed = Typed(context.clone());
        support::table(SWITCHES.iter().map(|(key, _)| {
            let (flag, typed_flag) = (flag::<bool, Context>(key), flag::<bool, Typed>(key));
            let count = allocations(|| {
                let on = flag.enabled(&context);
                assert_eq!(flag.get(&context), on);
                assert_eq!(*flag.evaluate(&context).value(), on);
                assert_eq!(typed_flag.enabled(&typed), on);
            });
            ((key, &context), count, 0)
        }));
    }
}

#[test]
fn contexts_asked_for_the_first_time() {
    let _alone = alone();
    // The digests of keys are made, and kept in the context.
    support::table(SWITCHES.iter().map(|(key, _)| {
        let flag = flag::<bool, Context>(key);
        let mut fresh = contexts();
        for context in &fresh {
            drop(flag.evaluate(context));
        }
        fresh = contexts();
        let count = measure(|| fresh.iter().for_each(|context| drop(flag.evaluate(context)))).count_total;
        (key, count, 0)
    }));
}

#[test]
fn variants_and_values() {
    let _alone = alone();
    for context in contexts() {
        let variants = ["split", "equal", "payload", "trial", "over", "rule-split", "users-variants"];
        support::table(variants.iter().map(|key| {
            let flag = flag::<Abc, Context>(key);
            let count = allocations(|| {
                let variant = flag.variant(&context);
                assert_eq!(*flag.evaluate(&context).value(), variant);
            });
            ((key, &context), count, 0)
        }));
        let payload = flag::<Abc, Context>("payload");
        let count = allocations(|| {
            let length = payload.value(&context).len();
            assert_eq!(payload.with_value(&context, |value| value.len()), length);
        });
        assert_eq!(count, 0, "payload {context:?}");
        let count = allocations(|| {
            drop(flag::<i64, _>("size").evaluate(&context));
            drop(flag::<f64, _>("ratio").evaluate(&context));
            drop(flag::<String, _>("greeting").evaluate(&context));
            drop(flag::<Duration, _>("wait").evaluate(&context));
            let _ = flag::<i64, _>("size").get(&context);
            let _ = flag::<String, _>("greeting").get(&context);
        });
        // The keys are looked up by this test alone, and without allocating.
        assert_eq!(count, 0, "values {context:?}");
    }
}

/// Asks for the flag in every way that goes by its key, the value read too.
fn by_key(engine: &Engine, key: &str, context: &Context) {
    let handle = engine.flag(key).unwrap();
    let evaluation = handle.evaluate(context);
    let other = engine.evaluate(key, context).unwrap();
    assert_eq!(evaluation.value(), other.value());
    assert_eq!((evaluation.variant(), evaluation.reason()), (other.variant(), other.reason()));
    assert_eq!(
        handle.enabled(context),
        matches!(evaluation.value(), Value::Bool(true))
            || !matches!(evaluation.value(), Value::Bool(_)) && evaluation.is_on()
    );
}

#[test]
fn by_handle_and_by_key() {
    let _alone = alone();
    let keys: Vec<String> = engine().flags().iter().map(flags_runtime::FlagHandle::key).collect();
    assert!(keys.len() > SWITCHES.len() && keys.iter().any(|key| key == "wait"));
    for context in contexts() {
        support::table(keys.iter().map(|key| {
            let count = allocations(|| by_key(engine(), key, &context));
            ((key, &context), count, 0)
        }));
    }
}

/// Flags that the program was compiled without.
#[cfg(feature = "reload")]
#[test]
fn added_by_handle_and_by_key() {
    let _alone = alone();
    let engine = support::engine("flags: { old: on }\n");
    let source = flags_runtime::SourceFile::new("flags.yaml", yaml() + "  old: on\n");
    engine.reload_from(&source).unwrap();
    let keys: Vec<String> = engine.flags().iter().map(flags_runtime::FlagHandle::key).collect();
    assert!(keys.len() > SWITCHES.len() && keys.iter().any(|key| key == "wait"));
    for context in contexts() {
        support::table(keys.iter().map(|key| {
            let count = allocations(|| by_key(&engine, key, &context));
            ((key, &context), count, 0)
        }));
    }
}

#[test]
fn overridden() {
    let _alone = alone();
    let states = [
        OverrideState::On,
        OverrideState::Off,
        OverrideState::Percentage(50.0),
        OverrideState::Segment("nested".to_owned()),
        OverrideState::users(["ann", "bob"]),
        OverrideState::Variant("b".to_owned()),
        OverrideState::Value(Value::String("a text that is longer than what fits in place".to_owned())),
    ];
    let switch: Flag<bool> = Flag::__new(index("off"), own);
    let split: Flag<Abc> = Flag::__new(index("split"), own);
    let greeting: Flag<String> = Flag::__new(index("greeting"), own);
    let contexts = contexts();
    for state in states {
        let set = [
            own().set_override(switch, state.clone()),
            own().set_override(split, state.clone()),
            own().set_override(greeting, state.clone()),
        ];
        assert!(set.iter().any(Result::is_ok), "{state:?} {set:?}");
        let count = allocations(|| {
            for context in &contexts {
                drop((switch.evaluate(context), switch.enabled(context)));
                drop((split.evaluate(context), split.variant(context)));
                drop((greeting.evaluate(context), greeting.get(context)));
                for key in ["off", "split", "greeting"] {
                    by_key(own(), key, context);
                }
            }
        });
        assert_eq!(count, 0, "{state:?}");
    }
}

#[test]
fn all_flags_at_once_make_one_list() {
    let _alone = alone();
    for context in contexts() {
        assert_eq!(allocations(|| drop(engine().evaluate_all(&context))), 1, "{context:?}");
    }
}

#[test]
fn making_a_context() {
    let _alone = alone();
    let five = || {
        Context::new("user-123")
            .with("plan", "premium")
            .with("country", "DE")
            .with("age", 25)
            .with("staff", false)
            .with("email", "someone@example.com")
    };
    let new = |key: &str| measure(|| drop(Context::new(key))).count_total;
    assert!(new("user-123") <= 1, "the storage of a thread's first one");
    assert_eq!(new("user-123"), 0, "that of the one before");
    assert_eq!(new("a-user-id-of-36-characters-0123456789"), 1, "a long key");
    assert_eq!(measure(|| drop(five())).count_total, 0);
    let context = five();
    assert!(measure(|| drop(five())).count_total <= 1, "two at a time");
    assert!(measure(|| drop(context.clone())).count_total <= 1, "a clone");
    let more = || five().with("a", 1).with("b", 2).with("c", 3);
    assert!(allocations(|| drop(more())) <= 1, "eight attributes");
    assert_eq!(measure(|| drop(Context::anonymous())).count_total, 0);
    assert_eq!(
        measure(|| {
            let _ = (context.get("plan"), context.key(), context.get("nothing"));
        })
        .count_total,
        0
    );
}

#[test]
fn a_regex_matched_by_several_threads_at_once() {
    let _alone = alone();
    let barrier = std::sync::Barrier::new(2);
    let context = support::context(r#"{"targetingKey": "ann", "plan": "pro"}"#);
    let counted = || {
        let flag = flag::<bool, Context>("regex");
        assert!(flag.enabled(&context));
        barrier.wait();
        measure(|| (0..1_000).for_each(|_| assert!(flag.enabled(&context)))).count_total
    };
    std::thread::scope(|scope| {
        let threads = [(); 2].map(|()| scope.spawn(counted));
        assert_eq!(threads.map(|thread| thread.join().unwrap()), [0, 0]);
    });
}
