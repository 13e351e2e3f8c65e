//! Typed constants: switches, variants, values, as generated code declares them.

mod support;

use flags_runtime::__private::{Embedded, StaticValues, decode, field};
use flags_runtime::{
    Context, Engine, ErrorCode, FixedFlag, Flag, FlagValue, OverrideState, Reason, Value, ValueRef, Variant,
    VariantValue,
};
use std::sync::OnceLock;
use std::time::Duration;

const FLAGS: &str = "
settings: { env_prefix: SPEC_VALUES_ }
segments: { beta: { users: [beta1] } }
flags:
  switch: { state: targeted, users: [ann] }
  plain: { state: targeted, variants: [one, two, three], rules: [ { when: { n: 2 }, serve: two }, { when: { n: 3 }, serve: three } ] }
  look:
    state: beta
    variants:
      control: { weight: 0, value: { color: blue, size: 1, note: null, tags: [a] } }
      treatment: { weight: 100, value: { color: green, size: 2, note: new, tags: [] } }
  size: { type: integer, value: 20, off: 10, rules: [ { when: { plan: pro }, serve: 100 } ] }
  ratio: { type: float, value: 0.5, rules: [ { when: { plan: pro }, serve: 1 } ] }
  greeting: { type: string, value: hello, rules: [ { when: { plan: pro }, serve: welcome back } ] }
  wait: { type: duration, value: 30s, rules: [ { when: { plan: pro }, serve: 1h30m } ] }
  verbose: { type: boolean, value: false, rules: [ { when: { plan: pro }, serve: true } ] }
  theme: { type: object, value: { color: blue, size: 1, note: null, tags: [] }, rules: [ { when: { plan: pro }, serve: { color: gold, size: 3, note: x, tags: [b] } } ] }
";

#[derive(Debug, PartialEq)]
struct Look {
    color: String,
    size: i64,
    note: Option<String>,
    tags: Vec<String>,
}

impl FlagValue for Look {
    fn from_value(value: &Value) -> Option<Self> {
        Some(Self {
            color: field(value, "color")?,
            size: field(value, "size")?,
            note: field(value, "note")?,
            tags: field(value, "tags")?,
        })
    }
    fn empty() -> Self {
        Self { color: String::new(), size: 0, note: None, tags: Vec::new() }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Plain {
    One,
    Two,
    Three,
}

impl Variant for Plain {
    const NAMES: &'static [&'static str] = &["one", "two", "three"];
    fn from_index(index: usize) -> Self {
        [Self::One, Self::Two, Self::Three].get(index).copied().unwrap_or(Self::One)
    }
    fn index(self) -> usize {
        self as usize
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LookVariant {
    Control,
    Treatment,
}

impl Variant for LookVariant {
    const NAMES: &'static [&'static str] = &["control", "treatment"];
    fn from_index(index: usize) -> Self {
        [Self::Control, Self::Treatment].get(index).copied().unwrap_or(Self::Control)
    }
    fn index(self) -> usize {
        self as usize
    }
}

impl VariantValue for LookVariant {
    type Value = Look;
    fn __static_values() -> Option<&'static StaticValues<Look>> {
        static STATIC_VALUES: StaticValues<Look> = StaticValues::new();
        Some(&STATIC_VALUES)
    }
}

fn embedded() -> Engine {
    let bytes = support::document(FLAGS).to_bytes().unwrap_or_default();
    Engine::embedded(&Embedded {
        document: bytes.leak(),
        decoders: &[
            (2, decode::<Look>),
            (3, decode::<i64>),
            (4, decode::<f64>),
            (5, decode::<String>),
            (6, decode::<Duration>),
            (7, decode::<bool>),
            (8, decode::<Look>),
        ],
    })
}

/// The constants of a program, with an engine that no other test changes.
struct Flags {
    engine: fn() -> &'static Engine,
}

impl Flags {
    const fn switch(&self) -> Flag<bool> {
        Flag::__new(0, self.engine)
    }
    const fn plain(&self) -> Flag<Plain> {
        Flag::__new(1, self.engine)
    }
    const fn look(&self) -> Flag<LookVariant> {
        Flag::__new(2, self.engine)
    }
    const fn size(&self) -> Flag<i64> {
        Flag::__new(3, self.engine)
    }
    const fn ratio(&self) -> Flag<f64> {
        Flag::__new(4, self.engine)
    }
    const fn greeting(&self) -> Flag<String> {
        Flag::__new(5, self.engine)
    }
    const fn wait(&self) -> Flag<Duration> {
        Flag::__new(6, self.engine)
    }
    const fn verbose(&self) -> Flag<bool> {
        Flag::__new(7, self.engine)
    }
}

macro_rules! program {
    () => {
        Flags {
            engine: || {
                static ENGINE: OnceLock<Engine> = OnceLock::new();
                ENGINE.get_or_init(embedded)
            },
        }
    };
}

#[test]
fn each_type_answers_with_itself() {
    const FLAGS: Flags = program!();
    let (anyone, pro) = (Context::anonymous(), Context::new("ann").with("plan", "pro"));
    assert!(FLAGS.switch().enabled(&pro));
    assert!(!FLAGS.switch().enabled(&anyone));
    assert_eq!((FLAGS.size().get(&anyone), FLAGS.size().get(&pro)), (20, 100));
    assert_eq!((FLAGS.ratio().get(&anyone), FLAGS.ratio().get(&pro)), (0.5, 1.0));
    assert_eq!(FLAGS.greeting().get(&anyone), "hello");
    assert_eq!(FLAGS.greeting().get(&pro), "welcome back");
    assert_eq!(FLAGS.wait().get(&anyone), Duration::from_secs(30));
    assert_eq!(FLAGS.wait().get(&pro), Duration::from_secs(5400));
    assert_eq!((FLAGS.verbose().get(&anyone), FLAGS.verbose().get(&pro)), (false, true));
    assert_eq!((FLAGS.verbose().enabled(&anyone), FLAGS.verbose().enabled(&pro)), (false, true));
    for (n, variant) in [(1, Plain::One), (2, Plain::Two), (3, Plain::Three)] {
        let context = Context::anonymous().with("n", n);
        assert_eq!(FLAGS.plain().variant(&context), variant);
        assert_eq!(FLAGS.plain().get(&context), variant);
        assert_eq!(FLAGS.plain().evaluate(&context).variant(), Some(Plain::NAMES[variant.index()]));
    }
}

#[test]
fn values_of_variants() {
    const FLAGS: Flags = program!();
    let blue = Look { color: "blue".to_owned(), size: 1, note: None, tags: vec!["a".to_owned()] };
    let green = Look { color: "green".to_owned(), size: 2, note: Some("new".to_owned()), tags: Vec::new() };
    for (user, variant, look) in
        [("ann", LookVariant::Control, blue), ("beta1", LookVariant::Treatment, green)]
    {
        let context = Context::new(user);
        assert_eq!(FLAGS.look().variant(&context), variant);
        let value: ValueRef<Look> = FLAGS.look().value(&context);
        assert_eq!(*value, look);
        assert_eq!(value.color, look.color, "it reads as what it holds");
        assert!(FLAGS.look().with_value(&context, |value| *value == look));
    }
}

/// Programs have one engine for an enum; tests have several, of which one comes first.
#[test]
#[cfg(feature = "reload")]
fn values_are_those_of_the_engine_and_of_the_document_in_force() {
    const FIRST: Flags = program!();
    const OTHER: Flags = program!();
    let user = Context::new("beta1");
    let sizes = || (FIRST.look().value(&user).size, OTHER.look().value(&user).size);
    assert_eq!(sizes(), (2, 2));
    let changed = FLAGS.replace("size: 2, note: new", "size: 7, note: new");
    for (engine, text, expected) in [
        (FIRST.size().engine(), changed.as_str(), (7, 2)),
        (OTHER.size().engine(), &changed, (7, 7)),
        (FIRST.size().engine(), FLAGS, (2, 7)),
    ] {
        let before = FIRST.look().value(&user);
        let size = before.size;
        engine.reload_from(&flags_runtime::SourceFile::new("flags.yaml", text)).unwrap();
        assert_eq!(sizes(), expected);
        assert_eq!(before.size, size, "what was asked for stays what it was");
    }
}

#[test]
fn a_value_outlives_the_rules_that_served_it() {
    const FLAGS: Flags = program!();
    let anyone = Context::anonymous();
    let engine = FLAGS.size().engine();
    engine.set_override(FLAGS.greeting(), OverrideState::Value(Value::String("first".to_owned()))).unwrap();
    let first = FLAGS.greeting().get(&anyone);
    let evaluation = FLAGS.greeting().evaluate(&anyone);
    engine.set_override(FLAGS.greeting(), OverrideState::Value(Value::String("second".to_owned()))).unwrap();
    let second = std::thread::spawn(move || FLAGS.greeting().get(&Context::anonymous())).join().unwrap();
    engine.reset_override(FLAGS.greeting()).unwrap();
    assert_eq!(FLAGS.greeting().get(&anyone), "hello");
    assert_eq!((first.as_str(), second.as_str()), ("first", "second"));
    assert_eq!((evaluation.value().as_str(), evaluation.reason()), ("first", Reason::Override));
}

#[test]
#[expect(clippy::float_cmp, reason = "what is set is what is served")]
fn an_override_is_of_the_compiled_type() {
    const FLAGS: Flags = program!();
    let engine = FLAGS.size().engine();
    let anyone = Context::anonymous();
    engine.set_override(FLAGS.size(), OverrideState::Value(Value::Integer(-1))).unwrap();
    assert_eq!(FLAGS.size().get(&anyone), -1);
    let error =
        engine.set_override(FLAGS.size(), OverrideState::Value(Value::String("7".to_owned()))).unwrap_err();
    assert_eq!(error.to_string(), "the value is not of the type of `size`");
    assert_eq!(FLAGS.size().get(&anyone), -1, "the one before stays");
    engine.set_override(FLAGS.size(), OverrideState::Off).unwrap();
    assert_eq!(FLAGS.size().get(&anyone), 10);
    engine.set_override(FLAGS.ratio(), OverrideState::Value(Value::Integer(3))).unwrap();
    assert_eq!(FLAGS.ratio().get(&anyone), 3.0, "a float may be written without a fraction");
    engine.set_override(FLAGS.wait(), OverrideState::Value(Value::String("2m".to_owned()))).unwrap();
    assert_eq!(FLAGS.wait().get(&anyone), Duration::from_secs(120));
    engine.set_override(FLAGS.verbose(), OverrideState::Value(Value::Bool(true))).unwrap();
    assert!(FLAGS.verbose().enabled(&anyone) && FLAGS.verbose().get(&anyone));
    engine.set_override(FLAGS.look(), OverrideState::Variant("treatment".to_owned())).unwrap();
    assert_eq!(FLAGS.look().variant(&anyone), LookVariant::Treatment);
    assert_eq!(FLAGS.look().value(&anyone).color, "green");
    engine.set_override(FLAGS.switch(), OverrideState::On).unwrap();
    assert!(FLAGS.switch().enabled(&anyone));
    assert_eq!(engine.overrides().len(), 6);
}

#[test]
fn constants_and_handles_agree() {
    const FLAGS: Flags = program!();
    for context in [Context::anonymous(), Context::new("ann").with("plan", "pro"), Context::new("beta1")] {
        let all: Vec<_> = FLAGS.size().engine().evaluate_all(&context).iter().collect();
        assert_eq!(*all[0].value(), Value::Bool(FLAGS.switch().enabled(&context)));
        assert_eq!(all[1].variant(), Some(Plain::NAMES[FLAGS.plain().variant(&context).index()]));
        assert_eq!(all[2].variant(), FLAGS.look().evaluate(&context).variant());
        assert_eq!(*all[3].value(), Value::Integer(*FLAGS.size().evaluate(&context).value()));
        assert_eq!(*all[5].value(), Value::String(FLAGS.greeting().get(&context).to_string()));
        assert_eq!(
            Look::from_value(all[8].value()).map(|look| look.size),
            Some(if context.get("plan").is_some() { 3 } else { 1 })
        );
        assert_eq!(
            FLAGS.size().explain(&context).to_string(),
            FLAGS.size().engine().flag("size").unwrap().explain(&context).to_string()
        );
        assert_eq!(
            FLAGS.size().bucket(&context),
            FLAGS.size().engine().flag("size").unwrap().bucket(&context)
        );
    }
    assert_eq!(FLAGS.size().key(), "size");
    assert_eq!(format!("{:?}", FLAGS.size()), "Flag(\"size\")");
}

#[test]
fn a_fixed_flag_is_a_constant() {
    const ON: FixedFlag<true> = FixedFlag::__new();
    const OFF: FixedFlag<false> = FixedFlag::__new();
    static ANYONE: Context = Context::anonymous();
    const { assert!(ON.enabled(&ANYONE) && !OFF.enabled(&ANYONE)) };
}

#[test]
fn a_damaged_document_is_told_and_everything_is_off() {
    const FLAGS: Flags = Flags {
        engine: || {
            static ENGINE: OnceLock<Engine> = OnceLock::new();
            ENGINE.get_or_init(|| Engine::embedded(&Embedded { document: b"\x01nonsense", decoders: &[] }))
        },
    };
    let anyone = Context::anonymous();
    assert!(!FLAGS.switch().enabled(&anyone));
    assert_eq!(FLAGS.look().variant(&anyone), LookVariant::Control);
    assert_eq!(*FLAGS.look().value(&anyone), Look::empty());
    assert_eq!(FLAGS.size().get(&anyone), 0);
    assert_eq!(FLAGS.greeting().get(&anyone), "");
    let evaluation = FLAGS.size().evaluate(&anyone);
    assert_eq!(
        (evaluation.reason(), evaluation.error_code()),
        (Reason::Error, Some(ErrorCode::FlagNotFound))
    );
    assert_eq!((evaluation.key(), evaluation.variant()), ("", None));
    let _ = FLAGS.size().explain(&anyone).to_string();
    assert_eq!(FLAGS.size().bucket(&anyone), None);
    assert!(FLAGS.size().engine().set_override(FLAGS.size(), OverrideState::On).is_err());
    let problems = FLAGS.size().engine().problems();
    assert_eq!(problems.len(), 1);
    assert!(problems[0].to_string().starts_with("the embedded document: "), "{problems:?}");
}

/// Values of any shape: what each user gets of each flag, as `flags eval --json` writes it.
#[test]
fn json_values_have_any_shape() {
    let engine = support::engine(
        "
segments: { beta: { users: [beta1] } }
flags:
  layout:
    type: json
    value: { columns: 3, ratio: 0.5, widgets: [news, { name: weather, on: true }] }
    off: null
    state: beta
    rules: [ { when: { plan: list }, serve: [1, two, [3]] }, { when: { plan: text }, serve: hello }, { when: { plan: map }, serve: { a: 1, b: 2 } } ]
  theme:
    state: on
    type: json
    variants: { control: { weight: 100, value: plain }, treatment: { weight: 0, value: { color: gold } }, none: { weight: 0 } }
    users: { control: [ann], treatment: [bob], none: [eve] }
",
    );
    for (flag, user, plan, expected) in [
        (
            "layout",
            "beta1",
            "",
            r#"{"columns":3,"ratio":0.5,"widgets":["news",{"name":"weather","on":true}]}"#,
        ),
        ("layout", "other", "", "null"),
        ("layout", "other", "list", r#"[1,"two",[3]]"#),
        ("layout", "other", "text", r#""hello""#),
        ("layout", "other", "map", r#"{"a":1,"b":2}"#),
        ("theme", "ann", "", r#""plain""#),
        ("theme", "bob", "", r#"{"color":"gold"}"#),
        ("theme", "eve", "", "null"),
    ] {
        let context = Context::new(user).with("plan", plan);
        let evaluation = engine.flag(flag).unwrap().evaluate(&context);
        let json = serde_json::to_value(&evaluation).unwrap();
        assert_eq!(json["value"].to_string(), expected, "{flag} for {user} {plan}");
    }
    engine.set_override("layout", "value:{\"columns\":[]}".parse().unwrap()).unwrap();
    let json = serde_json::to_value(engine.flag("layout").unwrap().evaluate(&Context::new("x"))).unwrap();
    assert_eq!(json["value"].to_string(), r#"{"columns":[]}"#, "an override may have another shape too");
}
