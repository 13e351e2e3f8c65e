//! Environments: for which a flag is, what it changes in them, overlays, and how one is chosen.

mod support;

use flags_runtime::{Context, Engine, Layer, Options, OverrideState, Variables};
use support::{context, document, document_with, engine_with, evaluate, options, told};

const LISTED: &str = "\
environments: { development: {}, staging: {}, production: { default: true } }
flags:
  everywhere: on
  some: { state: on, environments: [development, staging], users: [ann] }
  off: { state: off, environments: [staging] }
";

fn variables(pairs: &[(&str, &str)]) -> Variables {
    Variables::Given(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
}

fn given(environment: &str) -> Options {
    options().variables(variables(&[("FLAGS_ENVIRONMENT", environment)]))
}

#[test]
fn a_list_of_environments() {
    for (environment, flag, expected) in [
        ("development", "some", "on STATIC"),
        ("staging", "some", "on STATIC"),
        ("production", "some", "off DISABLED"),
        ("production", "everywhere", "on STATIC"),
        ("staging", "off", "off DISABLED"),
        ("production", "off", "off DISABLED"),
    ] {
        let engine = engine_with(document(LISTED), options().environment(environment));
        assert_eq!(told(&engine, flag, &Context::anonymous()), expected, "{flag} in {environment}");
        assert_eq!(engine.environment().as_deref(), Some(environment));
    }
    // Users are named further down than the environment.
    let engine = engine_with(document(LISTED), options());
    assert_eq!(told(&engine, "some", &Context::new("ann")), "off DISABLED");
}

#[test]
fn which_environment_it_is() {
    let none_is_default = LISTED.replace("production: { default: true }", "production: {}");
    for (yaml, options, environment, problem) in [
        (LISTED, options(), Some("production"), None),
        (LISTED, given("staging"), Some("staging"), None),
        (LISTED, given(""), Some("production"), None),
        // What the program says stands above the variable.
        (LISTED, given("staging").environment("development"), Some("development"), None),
        (&none_is_default, options(), None, None),
        (&none_is_default, given("staging"), Some("staging"), None),
        (
            LISTED,
            given("stagin"),
            Some("production"),
            Some("FLAGS_ENVIRONMENT: environment `stagin` is not declared; did you mean `staging`?"),
        ),
        (
            LISTED,
            given("qqq"),
            Some("production"),
            Some("FLAGS_ENVIRONMENT: environment `qqq` is not declared"),
        ),
        (
            "flags: { x: on }",
            given("staging"),
            None,
            Some("FLAGS_ENVIRONMENT: environment `staging` is not declared"),
        ),
        ("flags: { x: on }", options(), None, None),
    ] {
        let engine = engine_with(document(yaml), options);
        assert_eq!(engine.environment().as_deref(), environment);
        let problems: Vec<String> = engine.problems().iter().map(ToString::to_string).collect();
        assert_eq!(problems, problem.into_iter().collect::<Vec<_>>());
    }
    let engine = engine_with(document(&none_is_default), options());
    assert_eq!(
        told(&engine, "some", &Context::anonymous()),
        "off DISABLED",
        "for some only, and this is none"
    );
}

#[test]
fn an_unknown_environment_is_refused_to_the_program() {
    let refused = Engine::new(document(LISTED), options().environment("prodction")).unwrap_err();
    assert_eq!(refused.len(), 1);
    assert_eq!(refused[0].message, "environment `prodction` is not declared");
    assert_eq!(refused[0].help.as_deref(), Some("did you mean `production`?"));

    let engine = engine_with(document(LISTED), options());
    assert!(engine.set_environment("stage").is_err());
    assert_eq!(engine.environment().as_deref(), Some("production"), "nothing changed");
    engine.set_environment("staging").unwrap();
    assert_eq!(told(&engine, "some", &Context::anonymous()), "on STATIC");
}

const CHANGED: &str = "\
settings: { default_rollout: 0 }
environments:
  development: { overlay: dev.yaml }
  staging: {}
  production: { default: true, overlay: prod.yaml }
segments:
  beta: { users: [beta1] }
flags:
  switch:
    state: off
    environments:
      development: { state: on }
      staging: { state: gradual, rollout: 100 }
  trial:
    state: on
    variants: { a: { weight: 100, value: 1 }, b: { weight: 0, value: 2 } }
    environments:
      staging: { variants: { a: { weight: 0 }, b: { weight: 100, value: 20 } }, rules: [ { name: staged, when: { x: 1 }, serve: a } ] }
  size:
    type: integer
    value: 5
    environments:
      development: { value: 50 }
      staging: { value: 500, off: 0, state: off }
  member: beta
  graded: { state: gradual }
  needs: { state: on }
";
const DEV: &str = "\
settings: { default_rollout: 100 }
segments:
  beta: { users: [dev1] }
flags:
  switch: { state: targeted, users: [ann] }
  size: { value: 51 }
  needs: { requires: [member] }
";
const PROD: &str = "flags:\n  switch: beta\n";

fn changed(environment: &str) -> Engine {
    let document = document_with(CHANGED, &[("dev.yaml", DEV), ("prod.yaml", PROD)]);
    engine_with(document, options().environment(environment))
}

#[test]
fn maps_and_overlays() {
    for (environment, flag, json, expected) in [
        // The flag's own map.
        ("staging", "switch", "{}", "on STATIC"),
        ("staging", "trial", "{}", "b STATIC"),
        ("staging", "trial", r#"{"x": 1}"#, "a TARGETING_MATCH by staged"),
        ("staging", "size", "{}", "0 DISABLED"),
        ("production", "trial", r#"{"x": 1}"#, "a STATIC"),
        ("production", "size", "{}", "5 STATIC"),
        // The overlay comes after the map.
        ("development", "switch", "{}", "off DEFAULT"),
        ("development", "switch", r#"{"user": "ann"}"#, "on TARGETING_MATCH"),
        ("development", "size", "{}", "51 STATIC"),
        ("production", "switch", r#"{"user": "beta1"}"#, "on TARGETING_MATCH"),
        // Segments, settings and requirements.
        ("development", "member", r#"{"user": "beta1"}"#, "off DEFAULT"),
        ("development", "member", r#"{"user": "dev1"}"#, "on TARGETING_MATCH"),
        ("production", "member", r#"{"user": "beta1"}"#, "on TARGETING_MATCH"),
        ("development", "graded", "{}", "on STATIC"),
        ("production", "graded", "{}", "off DEFAULT"),
        ("development", "needs", r#"{"user": "beta1"}"#, "off PREREQUISITE_FAILED"),
        ("production", "needs", "{}", "on STATIC"),
    ] {
        let told = told(&changed(environment), flag, &context(json));
        assert_eq!(told, expected, "{flag} {json} in {environment}");
    }
    let staged = changed("staging");
    let value = evaluate(&staged, "trial", &Context::anonymous()).into_value();
    assert_eq!(support::literal(&value), "20", "a variant's value is an answer too");
}

#[test]
fn provenance_names_the_layer_the_file_and_the_line() {
    for (environment, flag, layer, expected) in [
        ("production", "size", Layer::File, "flags.yaml:21"),
        ("development", "size", Layer::Overlay, "dev.yaml:6"),
        ("staging", "size", Layer::File, "flags.yaml:24"),
        ("production", "switch", Layer::Overlay, "prod.yaml:2"),
        ("development", "switch", Layer::Overlay, "dev.yaml:5"),
        ("staging", "switch", Layer::File, "flags.yaml:13"),
    ] {
        let engine = changed(environment);
        let evaluation = evaluate(&engine, flag, &Context::new("ann"));
        let provenance = evaluation.provenance();
        assert_eq!(
            (provenance.layer, provenance.to_string().as_str()),
            (layer, expected),
            "{flag} in {environment}"
        );
    }
}

#[test]
fn changing_the_environment_keeps_overrides() {
    let engine = changed("production");
    engine.set_override("size", OverrideState::Value(flags_runtime::Value::Integer(7))).unwrap();
    engine.set_override("switch", OverrideState::Segment("beta".to_owned())).unwrap();
    engine.set_environment("development").unwrap();
    assert_eq!(told(&engine, "size", &Context::anonymous()), "7 OVERRIDE");
    assert_eq!(
        told(&engine, "switch", &Context::new("dev1")),
        "on OVERRIDE",
        "the segment is that of the environment"
    );
    engine.reset_override("size").unwrap();
    assert_eq!(told(&engine, "size", &Context::anonymous()), "51 STATIC");
}
