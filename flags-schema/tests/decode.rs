//! Reading through `load`: what mistakes are told, where, and what a document of every key becomes.

#![cfg(feature = "yaml")]

use flags_schema::{
    Amount, AttributeType, Code, Condition, Document, Environments, FlagState, Loaded, Operator, Options,
    Pace, Position, ScalarType, Serve, SourceFile, Users, Value, expression, load,
};
use std::fmt::Write as _;
use std::path::Path;

fn read(text: &str) -> Loaded {
    load(SourceFile::new("flags.yaml", text), &mut |name| Err(format!("no file {name}")), &Options::default())
}

fn valid(text: &str) -> Document {
    let loaded = read(text);
    assert!(!loaded.diagnostics.has_errors(), "{:#?}", loaded.diagnostics);
    loaded.document
}

fn at(position: Position) -> String {
    format!("{}:{}", position.line, position.column)
}

/// Each block of `mistakes.txt` is a document, `=>`, and what is told of it. `UPDATE=1` writes what is told now.
#[test]
fn every_mistake_is_told_at_its_position() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/decode/mistakes.txt");
    let expected = std::fs::read_to_string(&file).unwrap();
    let mut actual = String::new();
    for block in expected.split_inclusive("===\n") {
        let (text, _) = block.split_once("=>\n").unwrap();
        writeln!(actual, "{text}=>").unwrap();
        for diagnostic in &read(text).diagnostics {
            let position = diagnostic.position.map(at).unwrap();
            writeln!(actual, "{} {position} {}", diagnostic.code, diagnostic.message).unwrap();
            writeln!(actual, "    {}", diagnostic.help.as_deref().unwrap_or("(no help)")).unwrap();
        }
        actual.push_str("===\n");
    }
    assert!(!actual.contains("(no help)"), "{actual}");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&file, &actual).unwrap();
        return;
    }
    assert_eq!(actual, expected);
}

const WHOLE: &str = r#"
version: 1
settings:
  env_prefix: MY_
  default_rollout: 10
  require: [owner]
  metrics: false
environments:
  staging: {}
  production: { default: true }
  local:
context:
  plan: { type: string, values: [free, premium] }
  age: integer
  groups: [string]
  tenant_id: { type: string, required: true, private: true }
segments:
  beta: { users: [b1, 1002, "007"] }
  adults: "age >= 18 && !segment('beta')"
  both: { users: [x], when: { plan: premium } }
flags:
  short: { state: on, owner: team }
  whole:
    description: A flag of every key
    owner: team
    tags: [a, b]
    ticket: 4711
    metadata: { url: "https://example.org", nested: { list: [1, 2.5, true, ~, on] }, 404: x }
    kind: experiment
    expires: 2099-12-31
    mutability: startup
    env_override: false
    state: targeted
    rollout: { percentage: 12.5, by: tenant_id, salt: pepper }
    users: { treatment: [u1], control: [u2] }
    rules:
      - name: premium
        when:
          plan: { in: [premium, free], neq: free, ignore_case: true }
          segment: beta
          any: [ { age: { greater_than: 18 } }, { groups: { contains: parents } } ]
          not: { tenant_id: { exists: false } }
        rollout: 50
        serve: { control: 20, treatment: 80 }
        priority: 100
        starts: 2026-12-01T00:00:00Z
        ends: 2099-01-01
      - serve: treatment
    requires: [short, { flag: other, variant: b }]
    excludes: [valued]
    environments:
      production: { state: off, rules: [], variants: { treatment: { weight: 0 }, control: { weight: 100 } } }
      staging: on
    variants:
      control: { weight: 50, value: { color: blue } }
      treatment: { weight: 50, value: { color: green } }
    off: control
    experiment: { control: control, events: [click], starts: 2026-01-01, ends: 2026-12-31T23:59:59Z }
  other: { state: on, owner: team, variants: [a, b] }
  plain-values: { state: on, owner: team, variants: { a: 1, b: 2 } }
  steps: { state: gradual, owner: team, rollout: { from: 5, to: 50, start: 2026-12-01, step: 10, every: 1d } }
  straight: { state: gradual, owner: team, rollout: { start: 2026-12-01, end: 2026-12-11T00:00:00Z } }
  valued: { type: object, owner: team, value: { n: 1 }, off: { n: 0 }, rules: [ { when: { plan: free }, serve: { n: 2 } } ] }
  somewhere: { state: beta, owner: team, environments: [staging] }
"#;

#[test]
fn a_document_of_every_key_is_read_whole() {
    let document = valid(WHOLE);
    let settings = &document.settings;
    assert_eq!(settings.env_prefix(), "MY_");
    assert_eq!(settings.default_rollout.unwrap().to_string(), "10");
    assert_eq!(settings.metrics.map(|it| it.value), Some(false));
    let environments: Vec<_> =
        document.environments.iter().map(|it| (it.name.as_str(), it.default)).collect();
    assert_eq!(environments, [("staging", false), ("production", true), ("local", false)]);
    let context = document.context.as_ref().unwrap();
    assert_eq!(context[1].kind.value, AttributeType::One(ScalarType::Integer));
    assert_eq!(context[2].kind.value, AttributeType::List(ScalarType::String));
    assert!(context[3].required && context[3].private && !context[0].required);
    assert_eq!(context[0].values.len(), 2);
    let users: Vec<_> = document.segments[0].users.iter().map(|user| user.as_str()).collect();
    assert_eq!(users, ["b1", "1002", "007"]);

    let flag = document.flags.iter().find(|flag| flag.key.value == "whole").unwrap();
    assert_eq!(flag.ticket.as_ref().unwrap().value, "4711");
    assert_eq!(flag.metadata[2].0.value, "404");
    assert_eq!((flag.kind.as_str(), flag.mutability.as_str()), ("experiment", "startup"));
    assert!(!flag.env_override);
    assert_eq!(flag.answer.state.value, FlagState::Targeted);
    let rollout = flag.answer.rollout.as_ref().unwrap();
    assert!(matches!(rollout.amount, Amount::Fixed(percent) if percent.thousandths() == 12_500));
    assert_eq!(
        (rollout.by.as_ref().unwrap().as_str(), rollout.salt.as_ref().unwrap().as_str()),
        ("tenant_id", "pepper")
    );
    assert!(matches!(&flag.answer.users, Users::Variants(users) if users[0].1[0].value == "u1"));
    let rule = &flag.answer.rules[0];
    assert_eq!(rule.priority.unwrap().value, 100);
    assert!(
        matches!(&rule.serve.as_ref().unwrap().value, Serve::Split(shares) if shares[1].1.to_string() == "80")
    );
    assert_eq!(
        expression::print(rule.when.as_ref().unwrap()),
        "(plan in ['premium', 'free'] ignore_case && plan != 'free' ignore_case) && segment('beta') \
         && (age > 18 || groups contains 'parents') && !!exists(tenant_id)"
    );
    assert!(flag.answer.rules[1].when.is_none());
    assert_eq!(flag.answer.requires[1].variants[0].value, "b");
    let Environments::Each(patches) = &flag.environments else { panic!("{:?}", flag.environments) };
    assert_eq!(patches[0].1.state.as_ref().unwrap().value, FlagState::Off);
    assert_eq!(patches[0].1.rules.as_ref().unwrap().value, []);
    assert_eq!(patches[0].1.variants[1].weight.unwrap().to_string(), "100");
    assert_eq!(patches[1].1.state.as_ref().unwrap().value, FlagState::On);
    assert_eq!(flag.experiment.as_ref().unwrap().ends.unwrap().0, 1_798_761_599_000);

    let answer = |key: &str| &document.flags.iter().find(|flag| flag.key.value == key).unwrap().answer;
    let ramp = |key: &str| match &answer(key).rollout.as_ref().unwrap().amount {
        Amount::Ramp(ramp) => ramp.clone(),
        Amount::Fixed(_) => panic!("{key}"),
    };
    assert!(matches!(ramp("steps").pace, Pace::Steps { every, .. } if every.0 == 86_400_000));
    assert!(matches!(ramp("straight").pace, Pace::Straight { end } if end.0 == 1_796_947_200_000));
    assert_eq!(
        (ramp("straight").from.to_string(), ramp("straight").to.to_string()),
        ("0".into(), "100".into())
    );
    assert_eq!(answer("valued").state.value, FlagState::On);
    assert!(matches!(&answer("valued").rules[0].serve.as_ref().unwrap().value, Serve::Value(Value::Map(_))));
    let values: Vec<_> =
        document.flags[3].variants.iter().map(|variant| variant.value.clone().unwrap().value).collect();
    assert_eq!(values, [Value::Integer(1), Value::Integer(2)]);
    assert_eq!(document.flags.last().unwrap().answer.state.value, FlagState::Segment("beta".into()));
}

/// The position of every name in an expression, however the expression is written.
#[test]
fn expressions_have_the_positions_of_their_text() {
    for (when, expected) in [
        ("plan == 'x' && zip in ['a']", "10:15 10:30 10:37 10:38"),
        ("\"plan == 'x' && zip in ['a']\"", "10:16 10:31 10:38 10:39"),
        ("'plan == ''x'' && zip in [''a'']'", "10:16 10:33 10:40 10:41"),
        ("\"plan == \\\"x\\\" && zip in ['a']\"", "10:16 10:33 10:40 10:41"),
        ("|\n          plan == 'x' &&\n            zip in ['a']", "11:11 12:13 12:20 12:21"),
        (">-\n          plan == 'x' &&\n          zip\n          in ['a']", "11:11 12:11 13:14 13:15"),
        ("plan == 'x'\n         && zip in\n         ['a']", "10:15 11:13 12:10 12:11"),
    ] {
        let text =
            format!("# é\n#\n#\n#\n#\nflags:\n  a:\n    state: targeted\n    rules:\n      - when: {when}\n");
        let document = valid(&text);
        let when_read = document.flags[0].answer.rules[0].when.as_ref().unwrap();
        let Condition::All(all) = &when_read.value else { panic!("{when_read:?}") };
        let [Condition::Compare(plan), Condition::Compare(zip)] = all.as_slice() else { panic!("{all:?}") };
        let Value::List(items) = &zip.operand.value else { panic!("{zip:?}") };
        let positions =
            [plan.attribute.position, zip.attribute.position, zip.operand.position, items[0].position];
        assert_eq!(positions.map(at).join(" "), expected, "{when}");
        assert_eq!(zip.operator.value, Operator::In);
    }
}

#[test]
fn both_spellings_are_one_condition() {
    for (structured, expression) in [
        ("{ plan: free }", "plan == 'free'"),
        ("{ plan: { eq: free }, age: { gte: 18, lt: 65 } }", "plan == 'free' && (age >= 18 && age < 65)"),
        ("{ any: [ { plan: free } ] }", "plan == 'free'"),
        ("{ all: [ { plan: free }, { user: u1 } ] }", "plan == 'free' && user == 'u1'"),
        ("{ not: { any: [ { plan: free }, { segment: s } ] } }", "!(plan == 'free' || segment('s'))"),
        ("{ plan: { exists: false } }", "not exists(plan)"),
        ("{ plan: { nin: [a, b], ignore_case: true } }", "plan not-in ['a', 'b'] ignore_case"),
        (
            "{ v: { semver_gte: '1.2' }, ip: { cidr: [10.0.0.0/8] } }",
            "v semver_gte '1.2' && ip cidr ['10.0.0.0/8']",
        ),
        ("{ signup: { within: 30d } }", "signup within '30d'"),
        ("{ email: { regex: '^a' } }", "email =~ '^a'"),
        (
            "{ any: [ \"plan == 'free'\", { n: 1.5 }, { b: true } ] }",
            "plan == 'free' || n == 1.5 || b == true",
        ),
    ] {
        let [structured, expression] = [structured, &format!("\"{expression}\"")].map(|when| {
            let text = format!("segments:\n  s: {{ users: [u] }}\nflags:\n  a: {{ state: targeted, rules: [ {{ when: {when} }} ] }}\n");
            valid(&text).flags[0].answer.rules[0].when.clone().unwrap().value
        });
        assert_eq!(structured, expression);
    }
}

fn with_overlay(base: &str, overlay: Result<&str, &str>) -> Loaded {
    let mut read = |name: &str| overlay.map(|text| SourceFile::new(name, text)).map_err(str::to_owned);
    load(SourceFile::new("flags.yaml", base), &mut read, &Options::default())
}

const BASE: &str = "\
environments:
  production: { overlay: prod.yaml }
  staging: { overlay: prod.yaml }
segments:
  beta: { users: [b] }
flags:
  a: { state: off }
  b: { state: on, variants: { x: { weight: 50 }, y: { weight: 50 } } }
  c: { type: object, value: { n: 1 } }
";

#[test]
fn overlays_change_answers() {
    let overlay = "\
version: 1
segments: { beta: { users: [c] } }
settings: { default_rollout: 5 }
flags:
  a: on
  b: { state: beta, variants: { x: { weight: 100 }, y: { weight: 0 } } }
  c: { value: { n: 2 }, rules: [ { when: { plan: free }, serve: { n: 3 } } ] }
";
    let loaded = with_overlay(BASE, Ok(overlay));
    assert!(!loaded.diagnostics.has_errors(), "{:#?}", loaded.diagnostics);
    let document = loaded.document;
    // The file that two environments share is read once.
    assert_eq!(document.files, ["flags.yaml", "prod.yaml"]);
    let names: Vec<_> = document.overlays.iter().map(|it| (it.environment.as_str(), it.file.0)).collect();
    assert_eq!(names, [("production", 1), ("staging", 1)]);
    let overlay = &document.overlays[0];
    assert_eq!(overlay.flags[0].1.state.as_ref().unwrap().value, FlagState::On);
    assert_eq!(overlay.flags[0].1.state.as_ref().unwrap().position.file.0, 1);
    assert_eq!(overlay.flags[1].1.variants[0].weight.unwrap().to_string(), "100");
    let rules = &overlay.flags[2].1.rules.as_ref().unwrap().value;
    assert!(matches!(&rules[0].serve.as_ref().unwrap().value, Serve::Value(Value::Map(_))));
}

#[test]
fn overlays_leave_the_contract_alone() {
    for (overlay, expected) in [
        (Err("no such file"), vec!["unreadable-file 0 2:26", "unreadable-file 0 3:23"]),
        (Ok(""), vec![]),
        (Ok("# nothing yet\n"), vec![]),
        (Ok("- a"), vec!["wrong-type 1 1:1"]),
        (
            Ok("context: { plan: string }\nenvironments: {}"),
            vec!["overlay-contract 1 1:1", "overlay-contract 1 2:1"],
        ),
        (
            Ok("flags:\n  a: { kind: ops, state: on, ownr: x }"),
            vec!["overlay-contract 1 2:8", "unknown-key 1 2:30"],
        ),
        (Ok("flags: { a: true }"), vec!["wrong-type 1 1:13"]),
        (Ok("a: [b"), vec!["syntax 1 1:6"]),
    ] {
        let loaded = with_overlay(BASE, overlay);
        let found: Vec<_> = loaded
            .diagnostics
            .as_slice()
            .iter()
            .map(|it| format!("{} {} {}", it.code, it.position.unwrap().file.0, at(it.position.unwrap())))
            .collect();
        assert_eq!(found, expected, "{overlay:?}");
    }
}

/// So that uses of flags add no errors of their own to the one that matters.
#[test]
fn names_survive_mistakes() {
    let names = |text: &str| {
        let loaded = read(text);
        assert!(loaded.diagnostics.has_errors());
        loaded.document.flags.iter().map(|flag| flag.key.value.clone()).collect::<Vec<_>>()
    };
    assert_eq!(
        names("flags:\n  a: true\n  b: { stat: on }\n  c: 5\n  d:\n  e: [x]\n  a: off\n"),
        ["a", "b", "c", "d", "e"]
    );
    assert_eq!(names("flags:\n  a: on\n  b: { state: off }\n  c: [\n"), ["a", "b", "c"]);
}

#[test]
fn a_syntax_error_stands_alone() {
    let loaded = read("flags:\n  a: { state: nowhere, requires: [nothing], ownr: x }\n  b: [\n");
    let codes: Vec<_> = loaded.diagnostics.as_slice().iter().map(|it| it.code).collect();
    assert_eq!(codes, [Code::Syntax]);
}

#[test]
fn problems_are_listed_up_to_a_thousand() {
    let text = (0..1500).fold("flags: {}\n".to_owned(), |text, number| text + &format!("k{number}: 1\n"));
    let loaded = read(&text);
    let all = loaded.diagnostics.as_slice();
    assert_eq!(all.len(), 1000);
    let last = all.last().unwrap().help.as_deref().unwrap();
    assert_eq!(last, "mend these first: 500 more problems of this file are not listed");
}
