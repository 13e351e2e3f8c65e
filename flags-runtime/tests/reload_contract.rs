//! Documents whose flags are not what the program was compiled for: each flag is taken by itself.
#![cfg(feature = "reload")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::type_complexity, reason = "tests fail by panicking")]

mod support;

use flags_runtime::reload::{Change, Status};
use flags_runtime::{Context, Engine, Layer, Options, Reason, SourceFile, Variables};
use support::{document, literal, table};

const COMPILED: &str = "\
environments:
  staging: {}
  production: { default: true }
context:
  plan: string
  age: integer
segments:
  adults: { when: { age: { gte: 18 } } }
  premium: { when: { plan: premium } }
flags:
  other: off
  switch: off
  button: { state: on, off: control, variants: [control, green, blue] }
  weighed: { state: on, variants: { small: { value: 1 }, large: { value: 2, weight: 100 } } }
  page: { type: integer, value: 20, off: 10 }
  guarded: { state: off, env_override: false }
  boot: { state: off, mutability: startup }
  by-plan: { state: targeted, rules: [ { when: { plan: premium } } ] }
  by-age: adults
  needs: { state: on, requires: [other] }
";

fn compiled() -> String {
    // Weights of all variants or of none.
    COMPILED.replace("small: { value: 1 }", "small: { value: 1, weight: 0 }")
}

fn engine() -> Engine {
    Engine::new(document(&compiled()), Options::default().variables(Variables::None)).unwrap()
}

/// The document with these lines instead of others; `other` is on in it, which is what else it changes.
fn changed(changes: &[(&str, &str)]) -> SourceFile {
    let mut text = compiled().replace("other: off", "other: on");
    for (from, to) in changes {
        assert!(text.contains(from), "{from}");
        text = text.replace(from, to);
    }
    SourceFile::new("live.yaml", text)
}

fn load(engine: &Engine, changes: &[(&str, &str)]) -> Change {
    engine.reload_from(&changed(changes)).unwrap_or_else(|refused| panic!("{changes:?}: {refused}"))
}

fn told(engine: &Engine, flag: &str) -> String {
    let ctx = Context::new("ann").with("plan", "premium").with("age", 17);
    let evaluation = engine.flag(flag).unwrap().evaluate(&ctx);
    let value = evaluation.variant().map_or_else(|| literal(evaluation.value()), str::to_owned);
    format!("{value} {}", evaluation.reason())
}

fn kept(status: &Status) -> Vec<&str> {
    status.kept.iter().map(|kept| kept.flag.as_str()).collect()
}

/// Every kind of difference: the flag keeps its answer, and everything else of the document applies.
#[test]
fn a_flag_of_another_contract_keeps_its_answer_and_the_rest_applies() {
    let button = "button: { state: on, off: control, variants: [control, green, blue] }";
    let weighed = "weighed: { state: on, variants: { small: { value: 1, weight: 0 }, large: { value: 2, weight: 100 } } }";
    let cases: [(&str, &[(&str, &str)], &str); 17] = [
        ("switch", &[("switch: off", "switch: { type: integer, value: 7 }")], "a value of type `integer`"),
        ("switch", &[("switch: off", "switch: { state: on, variants: [a, b] }")], "a flag with variants"),
        ("page", &[("page: { type: integer, value: 20, off: 10 }", "page: on")], "a switch"),
        (
            "page",
            &[("page: { type: integer, value: 20, off: 10 }", "page: { type: string, value: twenty }")],
            "`string`",
        ),
        ("button", &[(button, "button: { state: on, variants: [control, green, blue, red] }")], "`red`"),
        ("button", &[(button, "button: { state: on, variants: [control, green] }")], "`control`, `green`"),
        ("button", &[(button, "button: on")], "a switch"),
        ("weighed", &[(weighed, "weighed: { state: on, variants: [small, large] }")], "values"),
        (
            "weighed",
            &[(weighed, "weighed: { state: on, variants: { small: { value: a }, large: { value: b } } }")],
            "does not match",
        ),
        ("guarded", &[("guarded: { state: off, env_override: false }", "guarded: on")], "env_override"),
        ("boot", &[("boot: { state: off, mutability: startup }", "boot: on")], "`live`"),
        (
            "by-plan",
            &[("plan: string", "plan: version"), ("plan: premium", "plan: { eq: 1.0.0 }")],
            "attribute `plan`",
        ),
        ("by-plan", &[("plan: string", "plan: { type: string, required: true }")], "is required"),
        (
            "by-age",
            &[("age: integer", "age: number"), ("by-age: adults", "by-age: { state: adults }")],
            "`age`",
        ),
        (
            "by-age",
            &[
                ("age: integer", "age: number"),
                ("by-age: adults", "by-age: { state: targeted, rules: [ { when: { segment: adults } } ] }"),
            ],
            "`age`",
        ),
        (
            "needs",
            &[
                (button, "button: { state: on, variants: [control, green, blue, red] }"),
                (
                    "needs: { state: on, requires: [other] }",
                    "needs: { state: on, requires: [ { flag: button, variant: red } ] }",
                ),
            ],
            "the variant `red` of `button`",
        ),
        (
            "needs",
            &[
                ("switch: off", "switch: { state: on, variants: [a, b] }"),
                (
                    "needs: { state: on, requires: [other] }",
                    "needs: { state: on, excludes: [ { flag: switch, variant: b } ] }",
                ),
            ],
            "the variant `b` of `switch`",
        ),
    ];
    for (flag, changes, why) in cases {
        let engine = engine();
        let before = told(&engine, flag);
        let change = load(&engine, changes);
        let status = engine.status();
        assert!(kept(&status).contains(&flag), "{changes:?}: {:?}", status.kept);
        assert_eq!(change.kept, status.kept);
        let reasons: Vec<_> =
            status.kept.iter().find(|kept| kept.flag == flag).unwrap().diagnostics.iter().collect();
        assert!(reasons.iter().any(|reason| reason.message.contains(why)), "{changes:?}: {reasons:#?}");
        assert!(reasons.iter().all(|reason| reason.position.is_some()), "{reasons:#?}");
        if flag != "needs" {
            assert_eq!(told(&engine, flag), before, "{changes:?}");
            assert!(!change.flags.contains(&flag.to_owned()), "{changes:?}: {:?}", change.flags);
        }
        // The rest applies, prerequisites of the kept flag among it.
        assert_eq!(told(&engine, "other"), "on STATIC", "{changes:?}");
        assert_eq!(told(&engine, "needs"), "on STATIC", "{changes:?}");
        assert_eq!((status.reloads, status.refusals), (1, 0));
    }
}

#[test]
fn what_is_no_difference_is_taken() {
    let cases: [&[(&str, &str)]; 5] = [
        // The order of variants is no part of the contract.
        &[("variants: [control, green, blue]", "variants: [blue, control, green]")],
        &[("age: integer", "age: integer, country: string")],
        // What guards a flag may become stronger.
        &[("switch: off", "switch: { state: off, env_override: false }")],
        &[("switch: off", "switch: { state: off, mutability: startup }")],
        // An attribute that no flag uses.
        &[("age: integer", "age: integer, country: { type: string, required: true }")],
    ];
    for changes in cases {
        let changes: Vec<(&str, String)> = changes
            .iter()
            .map(|(from, to)| {
                if *from == "age: integer" {
                    (*from, to.replace(", country", "\n  country"))
                } else {
                    (*from, (*to).to_owned())
                }
            })
            .collect();
        let changes: Vec<(&str, &str)> = changes.iter().map(|(from, to)| (*from, to.as_str())).collect();
        let engine = engine();
        load(&engine, &changes);
        assert_eq!(kept(&engine.status()), Vec::<&str>::new(), "{changes:?}");
        assert_eq!(told(&engine, "other"), "on STATIC");
    }
}

/// `off` reaches every version of a program.
#[test]
fn off_is_off() {
    let button = "button: { state: on, off: control, variants: [control, green, blue] }";
    let page = "page: { type: integer, value: 20, off: 10 }";
    let cases: [(&str, &str, &str, &str, &str); 6] = [
        (
            "button",
            button,
            "button: { state: off, variants: [control, red] }",
            "control DISABLED",
            "as of the program",
        ),
        ("button", button, "button: off", "control DISABLED", "a switch now"),
        ("page", page, "page: { type: string, value: x, state: off }", "10 DISABLED", "the compiled off"),
        (
            "button",
            button,
            "button: { state: on, variants: [control, red], environments: { production: { state: off } } }",
            "control DISABLED",
            "off where the program runs",
        ),
        (
            "button",
            button,
            "button: { state: on, variants: [control, red], environments: [staging] }",
            "control DISABLED",
            "on elsewhere only",
        ),
        (
            "button",
            button,
            "button: { state: on, off: control, variants: [control, red], environments: { staging: { state: off } } }",
            "split",
            "off elsewhere only",
        ),
    ];
    let outcomes = cases.map(|(flag, from, to, expected, what)| {
        let engine = engine();
        let before = told(&engine, flag);
        let change = load(&engine, &[(from, to)]);
        let found = told(&engine, flag);
        assert_eq!(
            change.flags.contains(&flag.to_owned()),
            expected != "split",
            "{what}: {:?}",
            change.flags
        );
        assert_eq!(kept(&engine.status()), [flag]);
        (what, found, if expected == "split" { before } else { expected.to_owned() })
    });
    table(outcomes);
}

#[test]
fn off_says_where_it_was_written() {
    let engine = engine();
    load(&engine, &[("switch: off", "switch: { type: string, value: x, state: off }")]);
    let switch = engine.flag("switch").unwrap();
    let evaluation = switch.evaluate(&Context::anonymous());
    let provenance = evaluation.provenance();
    assert_eq!((evaluation.reason(), provenance.layer), (Reason::Disabled, Layer::Reload));
    assert_eq!((provenance.file, provenance.line), (Some("live.yaml"), 12));
}

/// Over several documents: what is kept is the last answer that was accepted, not the compiled one.
#[test]
fn the_last_accepted_answer_is_kept_over_several_documents() {
    let page = "page: { type: integer, value: 20, off: 10 }";
    let engine = engine();
    let mut outcomes = Vec::new();
    for (to, expected) in [
        ("page: { type: integer, value: 30, off: 10 }", "30 STATIC"),
        ("page: { type: string, value: a }", "30 STATIC"),
        ("page: { type: string, value: b }", "30 STATIC"),
        ("page: { type: integer, value: 40, off: 5 }", "40 STATIC"),
        ("page: on", "40 STATIC"),
        // The compiled off, whatever documents said since.
        ("page: off", "10 DISABLED"),
        // Off was taken: it is the last accepted answer.
        ("page: on", "10 DISABLED"),
        ("page: { type: integer, value: 50, off: 10 }", "50 STATIC"),
        ("page: on", "50 STATIC"),
    ] {
        load(&engine, &[(page, to)]);
        outcomes.push((to, told(&engine, "page"), expected.to_owned()));
        assert_eq!(engine.status().kept.is_empty(), to.contains("integer"), "{to}");
    }
    // Left out, it answers as it was compiled.
    load(&engine, &[(&format!("  {page}\n"), "")]);
    outcomes.push(("left out", told(&engine, "page"), "20 STATIC".to_owned()));
    table(outcomes);
}

/// Rules that are kept go on with the segments that they were accepted with.
#[test]
fn a_kept_answer_keeps_its_segments() {
    let engine = engine();
    load(&engine, &[("gte: 18", "gte: 17")]);
    assert_eq!(told(&engine, "by-age"), "on TARGETING_MATCH");
    let change = load(&engine, &[("age: integer", "age: number"), ("gte: 18", "gte: 21")]);
    assert_eq!(told(&engine, "by-age"), "on TARGETING_MATCH");
    assert!(!change.flags.contains(&"by-age".to_owned()), "{:?}", change.flags);
    load(&engine, &[("gte: 18", "gte: 21")]);
    assert_eq!(told(&engine, "by-age"), "off DEFAULT");
}

/// A kept answer and a new one may form a cycle that neither document has.
#[test]
fn kept_answers_and_new_ones_form_no_cycle() {
    let engine = engine();
    let change = load(
        &engine,
        &[
            // `needs` is kept, and goes on to require `other`, which now would require `needs`.
            ("needs: { state: on, requires: [other] }", "needs: { type: boolean, value: true }"),
            ("other: on", "other: { state: on, requires: [needs] }"),
            ("switch: off", "switch: on"),
        ],
    );
    assert_eq!(change.kept.len(), 2, "{:?}", change.kept);
    assert!(kept(&engine.status()).contains(&"other"));
    assert_eq!(told(&engine, "switch"), "on STATIC", "the rest applies");
    assert_eq!(told(&engine, "other"), "off DISABLED", "it keeps what it had");
    assert_eq!(told(&engine, "needs"), "off PREREQUISITE_FAILED");
}

/// A kept answer may require a flag that only that document had.
#[test]
fn a_flag_that_is_gone_is_off_for_those_who_require_it() {
    let engine = engine();
    let needs = "needs: { state: on, requires: [other] }";
    load(&engine, &[(needs, "needs: { state: on, requires: [added] }\n  added: on")]);
    assert_eq!(told(&engine, "needs"), "on STATIC");
    load(&engine, &[(needs, "needs: { type: integer, value: 1 }\n  added: off")]);
    assert_eq!(told(&engine, "needs"), "off PREREQUISITE_FAILED");
    load(&engine, &[(needs, "needs: { type: integer, value: 1 }")]);
    assert_eq!(told(&engine, "needs"), "off PREREQUISITE_FAILED");
    let explanation = engine.flag("needs").unwrap().explain(&Context::anonymous());
    assert_eq!(explanation.evaluation().reason(), Reason::PrerequisiteFailed);
}

/// The first document that is loaded decides flags of `mutability: startup`.
#[test]
fn the_first_document_decides_startup_flags() {
    let boot = "boot: { state: off, mutability: startup }";
    let engine = engine();
    load(&engine, &[(boot, "boot: { state: on, mutability: startup }")]);
    assert_eq!(told(&engine, "boot"), "on STATIC");
    assert_eq!(kept(&engine.status()), Vec::<&str>::new());
    for to in [boot, "boot: off", "boot: on"] {
        load(&engine, &[(boot, to)]);
        assert_eq!(told(&engine, "boot"), "on STATIC", "{to}");
        assert_eq!(kept(&engine.status()), ["boot"], "{to}");
    }
    load(&engine, &[(boot, "boot: { state: on, mutability: startup }")]);
    assert_eq!(kept(&engine.status()), Vec::<&str>::new());
    load(&engine, &[(&format!("  {boot}\n"), "")]);
    assert_eq!(told(&engine, "boot"), "on STATIC");
}

#[test]
fn the_prefix_of_variables_does_not_change() {
    let variables =
        Variables::Given(vec![("FEATURE_SWITCH".into(), "on".into()), ("OURS_OTHER".into(), "off".into())]);
    let engine = Engine::new(document(&compiled()), Options::default().variables(variables)).unwrap();
    let source = changed(&[("flags:\n", "settings: { env_prefix: OURS_ }\nflags:\n")]);
    engine.reload_from(&source).unwrap();
    engine.reload_env();
    assert_eq!(told(&engine, "switch"), "on OVERRIDE");
    assert_eq!(told(&engine, "other"), "on STATIC");
    let problems = engine.status().problems;
    assert!(problems.iter().any(|problem| problem.message.contains("prefix")), "{problems:?}");
}

#[test]
fn another_environment_has_its_own_off() {
    let engine = engine();
    let button = "button: { state: on, off: control, variants: [control, green, blue] }";
    let to = "button: { state: on, variants: [control, red], environments: { staging: { state: off } } }";
    load(&engine, &[(button, to)]);
    assert_ne!(told(&engine, "button"), "control DISABLED");
    engine.set_environment("staging").unwrap();
    assert_eq!(told(&engine, "button"), "control DISABLED");
    engine.set_environment("production").unwrap();
    assert_ne!(told(&engine, "button"), "control DISABLED");
}

/// What is wrong with the whole document still refuses it whole.
#[test]
fn an_invalid_document_is_refused_whole() {
    for (from, to) in [
        ("  production: { default: true }\n", ""),
        ("gte: 18", "gte: eighteen"),
        ("page: { type", "page: { typ"),
    ] {
        let engine = engine();
        engine.reload_from(&changed(&[(from, to)])).unwrap_err();
        assert_eq!(told(&engine, "other"), "off DISABLED");
    }
}
