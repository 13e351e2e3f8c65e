//! Overrides: by the program and by environment variables, and what is refused or ignored.

mod support;

use flags_runtime::{Context, Engine, FlagHandle, Layer, OverrideState, Value, Variables};
use support::{context, document, engine, engine_with, options, rollout_bucket, table, told, variant_bucket};

const FLAGS: &str = "\
segments:
  beta: { users: [beta1] }
  nan: { users: [granny] }
flags:
  switch: { state: off }
  trial: { state: off, variants: { control: { weight: 50 }, treatment: { weight: 50 }, extra: { weight: 0 } } }
  page.size: { type: integer, value: 20, off: 10 }
  ratio: { type: float, value: 0.5 }
  greeting: { type: string, value: hello }
  wait: { type: duration, value: 30s }
  verbose: { type: boolean, value: false }
  look: { type: object, value: { color: blue, size: 1 } }
  locked: { state: on, env_override: false }
  boot: { state: off, mutability: startup }
  baked: { state: on, mutability: fixed }
";

fn with(variables: &[(&str, &str)]) -> Engine {
    let given = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    engine_with(document(FLAGS), options().variables(Variables::Given(given)))
}

fn problems(engine: &Engine) -> Vec<String> {
    engine.problems().iter().map(ToString::to_string).collect()
}

#[test]
fn every_value_of_a_variable() {
    let ann = r#"{"user": "ann"}"#;
    let in_ten = rollout_bucket("switch", "ann") < 0.1;
    let split = if variant_bucket("trial", "ann") < 0.5 { "control" } else { "treatment" };
    let split = format!("{split} OVERRIDE");
    table(
        [
            ("SWITCH", "on", ann, "on OVERRIDE"),
            ("SWITCH", "true", ann, "on OVERRIDE"),
            ("SWITCH", "1", ann, "on OVERRIDE"),
            ("SWITCH", "yes", ann, "on OVERRIDE"),
            ("SWITCH", "enabled", ann, "on OVERRIDE"),
            ("SWITCH", " ON ", ann, "on OVERRIDE"),
            ("SWITCH", "True", ann, "on OVERRIDE"),
            ("SWITCH", "off", ann, "off OVERRIDE"),
            ("SWITCH", "false", ann, "off OVERRIDE"),
            ("SWITCH", "0", ann, "off OVERRIDE"),
            ("SWITCH", "no", ann, "off OVERRIDE"),
            ("SWITCH", "disabled", ann, "off OVERRIDE"),
            ("SWITCH", "100", ann, "on OVERRIDE"),
            ("SWITCH", "100%", ann, "on OVERRIDE"),
            ("SWITCH", "0%", ann, "off OVERRIDE"),
            ("SWITCH", "10", ann, if in_ten { "on OVERRIDE" } else { "off OVERRIDE" }),
            ("SWITCH", "99.999 %", ann, "on OVERRIDE"),
            ("SWITCH", "50", "{}", "off OVERRIDE TARGETING_KEY_MISSING"),
            ("SWITCH", "beta", ann, "off OVERRIDE"),
            ("SWITCH", "beta", r#"{"user": "beta1"}"#, "on OVERRIDE"),
            ("SWITCH", "nan", r#"{"user": "granny"}"#, "on OVERRIDE"),
            ("SWITCH", "ann,bob", ann, "on OVERRIDE"),
            ("SWITCH", " bob , ann ", ann, "on OVERRIDE"),
            ("SWITCH", "bob,cid", ann, "off OVERRIDE"),
            ("SWITCH", "users:ann", ann, "on OVERRIDE"),
            ("SWITCH", "users:beta", r#"{"user": "beta"}"#, "on OVERRIDE"),
            ("SWITCH", "users:bob, ann", ann, "on OVERRIDE"),
            ("SWITCH", "users:ann", "{}", "off OVERRIDE"),
            ("TRIAL", "treatment", ann, "treatment OVERRIDE"),
            ("TRIAL", "extra", ann, "extra OVERRIDE"),
            ("TRIAL", "on", ann, &split),
            ("TRIAL", "100%", ann, &split),
            ("TRIAL", "ann,bob", ann, &split),
            ("TRIAL", "off", ann, "control OVERRIDE"),
            ("TRIAL", "0", ann, "control OVERRIDE"),
            ("PAGE_SIZE", "50", ann, "50 OVERRIDE"),
            ("PAGE_SIZE", "1", ann, "1 OVERRIDE"),
            ("PAGE_SIZE", "-3", ann, "-3 OVERRIDE"),
            ("PAGE_SIZE", "off", ann, "10 OVERRIDE"),
            ("PAGE_SIZE", "on", ann, "20 OVERRIDE"),
            ("PAGE_SIZE", "100%", ann, "20 OVERRIDE"),
            ("PAGE_SIZE", "beta", ann, "10 OVERRIDE"),
            ("RATIO", "0.25", ann, "0.25 OVERRIDE"),
            ("RATIO", "1", ann, "1 OVERRIDE"),
            ("GREETING", "good day", ann, "\"good day\" OVERRIDE"),
            ("WAIT", "1m", ann, "\"1m\" OVERRIDE"),
            ("VERBOSE", "1", ann, "true OVERRIDE"),
            ("VERBOSE", "on", ann, "true OVERRIDE"),
            ("VERBOSE", "no", ann, "false OVERRIDE"),
            ("LOOK", "on", ann, r#"{"color":"blue","size":1} OVERRIDE"#),
            ("BOOT", "on", ann, "on OVERRIDE"),
        ]
        .map(|(name, value, json, expected)| {
            let engine = with(&[(&format!("FEATURE_{name}"), value)]);
            let key = if name == "PAGE_SIZE" { "page.size".to_owned() } else { name.to_lowercase() };
            let mut found = told(&engine, &key, &context(json));
            for problem in engine.problems() {
                found = format!("{found} but {problem}");
            }
            ((name, value, json), found, expected.to_owned())
        }),
    );
}

#[test]
fn what_means_nothing_is_ignored_and_told() {
    let words = "write on, off, a percentage, ";
    table(
        [
            ("SWITCH", "onn", "`onn` means nothing for `switch`; did you mean `on`?".to_owned()),
            ("SWITCH", "betta", "`betta` means nothing for `switch`; did you mean `beta`?".to_owned()),
            (
                "SWITCH",
                "treatment",
                format!("`treatment` means nothing for `switch`; {words}a segment, or users:NAME,NAME"),
            ),
            ("SWITCH", "101", "`101` is no percentage: it takes 0 to 100 in steps of 0.001".to_owned()),
            ("SWITCH", "-5%", "`-5%` is no percentage: it takes 0 to 100 in steps of 0.001".to_owned()),
            ("SWITCH", "0.0001", "`0.0001` is no percentage: it takes 0 to 100 in steps of 0.001".to_owned()),
            ("SWITCH", "1e999", "`1e999` is no percentage: it takes 0 to 100 in steps of 0.001".to_owned()),
            ("SWITCH", "users:", "`users:` names no user; write users:NAME,NAME".to_owned()),
            ("SWITCH", " , ", "`,` names no user; write users:NAME,NAME".to_owned()),
            (
                "TRIAL",
                "treatmnt",
                "`treatmnt` means nothing for `trial`; did you mean `treatment`?".to_owned(),
            ),
            (
                "TRIAL",
                "Treatment",
                "`Treatment` means nothing for `trial`; did you mean `treatment`?".to_owned(),
            ),
            ("PAGE_SIZE", "many", "`many` is no integer for `page.size`".to_owned()),
            ("RATIO", "much", "`much` is no float for `ratio`".to_owned()),
            ("WAIT", "long", "`long` is no duration for `wait`".to_owned()),
            ("LOOK", "pretty", "`pretty` is no object for `look`".to_owned()),
            ("LOCKED", "off", "`locked` is `env_override: false`: set it in the file instead".to_owned()),
            ("BAKED", "off", "`baked` is `mutability: fixed`: it is compiled in".to_owned()),
            ("SWICH", "on", "names no flag; did you mean `FEATURE_SWITCH`?".to_owned()),
            ("QQQQQQQQQQQQ", "on", "names no flag, though it starts with `FEATURE_`".to_owned()),
        ]
        .map(|(name, value, expected)| {
            let name = format!("FEATURE_{name}");
            let engine = with(&[(&name, value)]);
            assert!(engine.overrides().is_empty(), "{name}={value}: {:?}", engine.overrides());
            (format!("{name}={value}"), problems(&engine), vec![format!("{name}: {expected}")])
        }),
    );
    let engine = with(&[
        ("FEATURE_SWITCH", ""),
        ("FEATURE_LOCKED", "x"),
        ("OTHER_SWITCH", "on"),
        ("feature_switch", "on"),
    ]);
    let found = problems(&engine);
    assert_eq!(found.len(), 2, "all at once, and nothing of other prefixes: {found:?}");
    assert!(found[1].contains("FEATURE_SWITCH"), "in the order of their names: {found:?}");
    assert_eq!(told(&engine, "switch", &context("{}")), "off DISABLED");
}

#[test]
fn the_prefix_is_the_documents() {
    let yaml = "settings: { env_prefix: FLAGS_ }\nflags: { a.b-c_d: off }\n";
    let given = [
        ("FLAGS_A_B_C_D", "on"),
        ("FLAGS_ENVIRONMENT", ""),
        ("FLAGS_FILE", "flags.yaml"),
        ("FEATURE_A_B_C_D", "off"),
    ];
    let given = given.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    let engine = engine_with(document(yaml), options().variables(Variables::Given(given)));
    assert_eq!(told(&engine, "a.b-c_d", &context("{}")), "on OVERRIDE");
    assert_eq!(problems(&engine), Vec::<String>::new(), "our own variables are no overrides");
}

#[test]
fn the_program_stands_above_variables() {
    let engine = with(&[("FEATURE_SWITCH", "on")]);
    let anyone = Context::anonymous();
    assert_eq!(told(&engine, "switch", &anyone), "on OVERRIDE");
    engine.set_override("switch", OverrideState::Off).unwrap();
    assert_eq!(told(&engine, "switch", &anyone), "off OVERRIDE");
    let layers: Vec<_> = engine.overrides().into_iter().map(|it| (it.key, it.state, it.layer)).collect();
    assert_eq!(layers, [("switch".to_owned(), OverrideState::Off, Layer::Program)]);
    assert_eq!(engine.flag("switch").unwrap().evaluate(&anyone).provenance().layer, Layer::Program);

    assert!(engine.reset_override("switch").unwrap());
    assert!(!engine.reset_override("switch").unwrap(), "there was nothing left");
    assert_eq!(told(&engine, "switch", &anyone), "on OVERRIDE");
    assert_eq!(engine.overrides()[0].layer, Layer::EnvironmentVariable);
    let evaluation = engine.flag("switch").unwrap().evaluate(&anyone);
    assert_eq!(evaluation.provenance().to_string(), "environment variable");
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn every_state_that_a_program_can_set() {
    let split = if variant_bucket("trial", "ann") < 0.5 { "control" } else { "treatment" };
    let split = format!("{split} OVERRIDE");
    let in_half =
        if rollout_bucket("trial", "ann") < 0.5 { split.clone() } else { "control OVERRIDE".to_owned() };
    let ann = Context::new("ann");
    let fields = |color: &str, size: Value| {
        let spanned =
            |name: &str| flags_schema::Spanned::new(name.to_owned(), flags_schema::Position::default());
        Value::Map(vec![
            (spanned("color"), spanned("").with(Value::String(color.to_owned()))),
            (spanned("size"), spanned("").with(size)),
        ])
    };
    table(
        [
            ("switch", OverrideState::On, Ok("on OVERRIDE".to_owned())),
            ("switch", OverrideState::Off, Ok("off OVERRIDE".to_owned())),
            ("switch", OverrideState::Percentage(100.0), Ok("on OVERRIDE".to_owned())),
            ("switch", OverrideState::Percentage(0.0), Ok("off OVERRIDE".to_owned())),
            ("switch", OverrideState::Segment("beta".to_owned()), Ok("off OVERRIDE".to_owned())),
            ("switch", OverrideState::users(["ann"]), Ok("on OVERRIDE".to_owned())),
            ("switch", OverrideState::users(["bob"]), Ok("off OVERRIDE".to_owned())),
            ("switch", OverrideState::Variant("on".to_owned()), Ok("on OVERRIDE".to_owned())),
            ("switch", OverrideState::Variant("off".to_owned()), Ok("off OVERRIDE".to_owned())),
            ("switch", OverrideState::Value(Value::Bool(true)), Ok("on OVERRIDE".to_owned())),
            ("trial", OverrideState::On, Ok(split)),
            ("trial", OverrideState::Percentage(50.0), Ok(in_half)),
            ("trial", OverrideState::Off, Ok("control OVERRIDE".to_owned())),
            ("trial", OverrideState::Variant("extra".to_owned()), Ok("extra OVERRIDE".to_owned())),
            ("page.size", OverrideState::Value(Value::Integer(7)), Ok("7 OVERRIDE".to_owned())),
            ("page.size", OverrideState::Off, Ok("10 OVERRIDE".to_owned())),
            ("ratio", OverrideState::Value(Value::Integer(7)), Ok("7 OVERRIDE".to_owned())),
            ("verbose", OverrideState::Value(Value::Bool(true)), Ok("true OVERRIDE".to_owned())),
            (
                "look",
                OverrideState::Value(fields("red", Value::Integer(5))),
                Ok(r#"{"color":"red","size":5} OVERRIDE"#.to_owned()),
            ),
            // Refused.
            (
                "switch",
                OverrideState::Percentage(100.5),
                Err("100.5 is no percentage for `switch`: it takes 0 to 100 in steps of 0.001"),
            ),
            (
                "switch",
                OverrideState::Percentage(f64::NAN),
                Err("NaN is no percentage for `switch`: it takes 0 to 100 in steps of 0.001"),
            ),
            (
                "switch",
                OverrideState::Percentage(0.000_1),
                Err("0.0001 is no percentage for `switch`: it takes 0 to 100 in steps of 0.001"),
            ),
            ("switch", OverrideState::Variant("blue".to_owned()), Err("`switch` has no variant `blue`")),
            (
                "switch",
                OverrideState::Segment("alpha".to_owned()),
                Err("segment `alpha` does not exist (for `switch`)"),
            ),
            (
                "switch",
                OverrideState::Value(Value::Integer(1)),
                Err("the value is not of the type of `switch`"),
            ),
            ("trial", OverrideState::Variant("Control".to_owned()), Err("`trial` has no variant `Control`")),
            (
                "trial",
                OverrideState::Value(Value::String("control".to_owned())),
                Err("the value is not of the type of `trial`"),
            ),
            ("page.size", OverrideState::Variant("on".to_owned()), Err("`page.size` has no variant `on`")),
            (
                "page.size",
                OverrideState::Value(Value::String("7".to_owned())),
                Err("the value is not of the type of `page.size`"),
            ),
            (
                "page.size",
                OverrideState::Value(Value::Float(7.0)),
                Err("the value is not of the type of `page.size`"),
            ),
            (
                "ratio",
                OverrideState::Value(Value::Float(f64::NAN)),
                Err("the value is not of the type of `ratio`"),
            ),
            (
                "greeting",
                OverrideState::Value(Value::Bool(true)),
                Err("the value is not of the type of `greeting`"),
            ),
            (
                "wait",
                OverrideState::Value(Value::String("soon".to_owned())),
                Err("the value is not of the type of `wait`"),
            ),
            (
                "verbose",
                OverrideState::Value(Value::Integer(1)),
                Err("the value is not of the type of `verbose`"),
            ),
            (
                "look",
                OverrideState::Value(fields("red", Value::Bool(true))),
                Err("the value is not of the type of `look`"),
            ),
            (
                "boot",
                OverrideState::On,
                Err("`boot` is `mutability: startup` and cannot be changed while the program runs"),
            ),
            (
                "baked",
                OverrideState::Off,
                Err("`baked` is `mutability: fixed` and cannot be changed while the program runs"),
            ),
            ("nothing", OverrideState::On, Err("flag `nothing` does not exist")),
        ]
        .map(|(flag, state, expected)| {
            let engine = engine(FLAGS);
            let before: Vec<String> = engine.evaluate_all(&ann).iter().map(|it| format!("{it:?}")).collect();
            let found = engine.set_override(flag, state.clone()).map(|()| told(&engine, flag, &ann));
            if found.is_err() {
                let after: Vec<String> =
                    engine.evaluate_all(&ann).iter().map(|it| format!("{it:?}")).collect();
                assert_eq!(before, after, "what is refused changes nothing: {flag} {state:?}");
                assert!(engine.overrides().is_empty());
            }
            ((flag, state), found.map_err(|error| error.to_string()), expected.map_err(str::to_owned))
        }),
    );
}

#[test]
fn a_flag_is_named_by_key_or_by_handle() {
    let engine = engine(FLAGS);
    let handle: FlagHandle<'_> = engine.flag("switch").unwrap();
    engine.set_override(handle, OverrideState::On).unwrap();
    assert!(handle.enabled(&Context::anonymous()));
    assert!(engine.reset_override(String::from("switch")).unwrap());
    assert!(!handle.enabled(&Context::anonymous()));
    let error = engine.reset_override("swtch").unwrap_err();
    assert_eq!((error.key(), error.to_string().as_str()), ("swtch", "flag `swtch` does not exist"));
}

#[test]
fn variables_are_read_at_start_and_when_told() {
    let engine = with(&[("FEATURE_SWITCH", "on"), ("FEATURE_BOOT", "on")]);
    engine.reload_env();
    assert_eq!(told(&engine, "switch", &context("{}")), "on OVERRIDE");
    assert_eq!(told(&engine, "boot", &context("{}")), "on OVERRIDE");
}

#[test]
fn states_print_as_variables_are_written() {
    for (state, text) in [
        (OverrideState::On, "on"),
        (OverrideState::Off, "off"),
        (OverrideState::Percentage(12.5), "12.5%"),
        (OverrideState::Percentage(25.0), "25%"),
        (OverrideState::Variant("treatment".to_owned()), "variant:treatment"),
        (OverrideState::Segment("beta".to_owned()), "segment:beta"),
        (OverrideState::users(["ann", "bob"]), "users:ann,bob"),
        (OverrideState::Value(Value::Integer(-3)), "value:-3"),
        (OverrideState::Value(Value::Bool(true)), "value:true"),
        (OverrideState::Value(Value::String("1m".to_owned())), "value:\"1m\""),
    ] {
        assert_eq!(state.to_string(), text);
    }
}
