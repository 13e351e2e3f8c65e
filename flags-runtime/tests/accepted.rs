//! What the checks accept an engine accepts, in every environment: no bound and no rule of resolving goes beyond them.

mod support;

use flags_runtime::{Context, Engine};
use flags_schema::{Document, Severity, SourceFile, load};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::TestRunner;
use std::cell::Cell;
use std::fmt::Write;
use support::options;

/// The document and whether the checks accept it.
fn checked(yaml: &str) -> (Document, bool) {
    let overlay = "flags:\n  f0: { state: on, requires: [] }\n  f1: { rollout: 30 }\n";
    let mut read = |name: &str| Ok(SourceFile::new(name, overlay));
    let loaded = load(SourceFile::new("flags.yaml", yaml), &mut read, &flags_schema::Options::default());
    let accepted = !loaded.diagnostics.iter().any(|found| found.severity == Severity::Error);
    (loaded.document, accepted)
}

/// An engine takes the document in every environment, and every flag is evaluated and explained.
fn taken(yaml: &str, document: &Document) -> Result<(), TestCaseError> {
    let environments = document.environments.iter().map(|environment| Some(environment.name.value.clone()));
    for environment in environments.chain([None]) {
        let options = match &environment {
            Some(environment) => options().environment(environment.clone()),
            None => options(),
        };
        let engine = match Engine::new(document.clone(), options) {
            Ok(engine) => engine,
            // Without a default environment one has to be named.
            Err(errors) if environment.is_none() && !document.environments.is_empty() => {
                prop_assert!(
                    errors.iter().all(|error| error.message.contains("environment")),
                    "{:#?}",
                    errors
                );
                continue;
            }
            Err(errors) => return Err(TestCaseError::fail(format!("{errors:#?}\nin\n{yaml}"))),
        };
        prop_assert!(engine.problems().is_empty(), "{:#?}\nin\n{}", engine.problems(), yaml);
        for context in [Context::anonymous(), Context::new("ann").with("s", "a").with("n", 5)] {
            let all: Vec<bool> = engine.evaluate_all(&context).iter().map(|it| it.is_on()).collect();
            for (flag, on) in engine.flags().iter().zip(all) {
                prop_assert_eq!(flag.evaluate(&context).is_on(), on);
                prop_assert_eq!(flag.explain(&context).evaluation().is_on(), on);
            }
        }
    }
    Ok(())
}

const ATTRIBUTES: &str = "context:\n  s: string\n  n: number\n  i: integer\n  b: boolean\n  t: timestamp\n  v: version\n  a: address\n  l: [string]\n  ln: [number]\n";

fn literal() -> impl Strategy<Value = String> {
    select(vec![
        "a",
        "A",
        "''",
        "'5'",
        "5",
        "-1",
        "2.5",
        "1e3",
        "true",
        "false",
        "null",
        "~",
        ".inf",
        "-.inf",
        ".nan",
        "2026-01-01",
        "'2026-01-01T00:00:00Z'",
        "1700000000000",
        "'1.2.3'",
        "v1.2",
        "'^1.2, <2'",
        "30d",
        "10.0.0.0/8",
        "'::1'",
        "192.0.2.1",
        "'^a.*$'",
        "'('",
        "'(a{9}){9}'",
        "9223372036854775807",
        "99999999999999999999",
        "{}",
        "é",
    ])
    .prop_map(str::to_owned)
}

fn operand() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => literal(),
        2 => prop::collection::vec(literal(), 0..4).prop_map(|items| format!("[{}]", items.join(", "))),
    ]
}

fn condition() -> impl Strategy<Value = String> {
    let operators = vec![
        "eq",
        "neq",
        "in",
        "nin",
        "gt",
        "gte",
        "lt",
        "lte",
        "exists",
        "contains",
        "contains_any",
        "contains_all",
        "startswith",
        "endswith",
        "regex",
        "before",
        "after",
        "within",
        "semver",
        "semver_eq",
        "semver_neq",
        "semver_gt",
        "semver_lte",
        "semver_in",
        "cidr",
    ];
    let name = select(vec!["s", "n", "i", "b", "t", "v", "a", "l", "ln", "user", "undeclared"]);
    let compared = (name, select(operators), operand(), prop::bool::weighted(0.2))
        .prop_map(|(name, operator, operand, ignore_case)| {
            let case = if ignore_case { ", ignore_case: true" } else { "" };
            format!("{{ {name}: {{ {operator}: {operand}{case} }} }}")
        })
        .boxed();
    // Those that hold together more often than chance has it.
    let likely = select(vec![
        "s: a",
        "s: { in: [a, A, '5'] }",
        "s: { gt: a, ignore_case: true }",
        "s: { lte: '5' }",
        "n: { lt: 2.5 }",
        "i: { in: [1, -1, 9223372036854775807] }",
        "i: { gte: 1.5 }",
        "b: true",
        "t: { gt: 2026-01-01 }",
        "t: { in: [2026-01-01, 1700000000000] }",
        "t: { within: 30d }",
        "v: { lt: v1.2 }",
        "v: { in: ['1.2.3'] }",
        "v: { semver: '^1.2, <2' }",
        "a: { cidr: 10.0.0.0/8 }",
        "a: { cidr: ['::1', 192.0.2.1] }",
        "l: { contains: a }",
        "l: { contains_all: [a, A], ignore_case: true }",
        "ln: { contains_any: [1, 2.5] }",
        "ln: { gt: 1 }",
        "user: { startswith: a }",
        "undeclared: { in: [a, 5, true, 2.5] }",
        "undeclared: { exists: false }",
        "s: { regex: '^a.*$', ignore_case: true }",
        "l: { regex: a }",
        "undeclared: { before: 1700000000000 }",
    ])
    .prop_map(|comparison| format!("{{ {comparison} }}"));
    prop_oneof![
        12 => likely,
        4 => compared.clone(),
        1 => Just("{ segment: s0 }".to_owned()),
        1 => (compared.clone(), compared).prop_map(|(a, b)| format!("{{ any: [ {a}, {{ not: {b} }} ] }}")),
    ]
}

/// The body of a flag; it may be a mistake.
fn flag() -> impl Strategy<Value = String> {
    let serve = select(vec!["on", "on", "off", "off", "a", "b", "5", "x", "{ a: 50, b: 50 }"]);
    let rule = (
        condition(),
        prop::option::of(serve),
        prop::option::of(select(vec!["0", "25", "100", "{ percentage: 5, by: n }"])),
    )
        .prop_map(|(when, serve, rollout)| {
            let mut rule = format!("{{ when: {when}");
            let _ = serve.map(|serve| write!(rule, ", serve: {serve}"));
            let _ = rollout.map(|rollout| write!(rule, ", rollout: {rollout}"));
            rule + " }"
        });
    let kinds = vec![
        "",
        "",
        "",
        "variants: [a, b]",
        "variants: { a: { weight: 20, value: 1 }, b: { weight: 80, value: 2 } }",
        "variants: { a: { value: x }, b: { value: 5 } }",
        "type: integer, value: 5",
        "type: string, value: x, off: a",
        "type: boolean, value: true",
        "type: integer",
    ];
    let states = vec![
        "on",
        "off",
        "targeted",
        "gradual, rollout: 25",
        "gradual",
        "s0",
        "s1",
        "nobody",
        "gradual, rollout: { start: 2026-01-01, end: 2026-02-01 }",
        "gradual, rollout: { percentage: 5, by: i, salt: other }",
    ];
    let more = vec![
        "",
        "",
        "",
        "requires: [f0]",
        "excludes: [f0]",
        "requires: [ { flag: f0, variant: a } ]",
        "users: [ann]",
        "users: { a: [ann] }",
        "experiment: { control: a, starts: 2026-01-01 }",
        "environments: [one]",
        "environments: { two: { state: off } }",
        "off: b",
    ];
    (select(states), select(kinds), select(more), prop::collection::vec(rule, 0..3)).prop_map(
        |(state, kind, more, rules)| {
            let mut flag = format!("{{ state: {state}");
            for part in [kind, more].iter().filter(|part| !part.is_empty()) {
                let _ = write!(flag, ", {part}");
            }
            if !rules.is_empty() {
                let _ = write!(flag, ", rules: [ {} ]", rules.join(", "));
            }
            flag + " }"
        },
    )
}

/// Flags that may name any of those before them, segments likewise: deep, wide, and with many ways to each.
fn dependencies() -> impl Strategy<Value = String> {
    let edges = || prop::collection::vec(prop::collection::vec((1_usize..60, any::<bool>()), 0..4), 1..400);
    (edges(), edges(), 1_usize..60).prop_map(|(flags, segments, far)| {
        let mut yaml = "segments:\n".to_owned();
        for (i, edges) in segments.iter().enumerate() {
            let inner = edges.iter().filter(|(back, _)| *back <= i);
            let inner: Vec<String> = inner
                .map(|(back, not)| format!("{}segment('s{}')", if *not { "!" } else { "" }, i - back))
                .collect();
            let _ = match inner.as_slice() {
                [] => writeln!(yaml, "  s{i}: {{ users: [ann, u{i}] }}"),
                inner => writeln!(yaml, "  s{i}: \"{} || n == {i}\"", inner.join(" && ")),
            };
        }
        yaml.push_str("flags:\n");
        for (i, edges) in flags.iter().enumerate() {
            let names = |wanted: bool| {
                let of = edges.iter().filter(|(back, excluded)| *back <= i && *excluded != wanted);
                let mut names: Vec<String> = of.map(|(back, _)| format!("f{}", i - back)).collect();
                names.sort();
                names.dedup();
                names.join(", ")
            };
            let state = if i % 3 == 0 { format!("s{}", (i * far) % segments.len()) } else { "on".to_owned() };
            // What is required is not excluded too.
            let (requires, excludes) = (names(true), names(false));
            let list = if requires.is_empty() {
                format!("excludes: [{excludes}]")
            } else {
                format!("requires: [{requires}]")
            };
            let _ = writeln!(yaml, "  f{i}: {{ state: {state}, {list} }}");
        }
        yaml
    })
}

#[test]
fn what_the_checks_accept_an_engine_accepts() {
    // Most are refused.
    let cases = if cfg!(miri) { 4 } else { ProptestConfig::default().cases * 32 };
    let mut runner = TestRunner::new(ProptestConfig { cases, ..ProptestConfig::default() });
    let documents = (any::<bool>(), any::<bool>(), prop::collection::vec(flag(), 1..3));
    let count = Cell::new(0);
    let result = runner.run(&documents, |(declared, environments, flags)| {
        let mut yaml = String::new();
        if declared {
            yaml.push_str(ATTRIBUTES);
        }
        if environments {
            yaml.push_str("environments: { one: { default: true }, two: { overlay: two.yaml } }\n");
        }
        yaml.push_str("segments: { s0: { users: [ann] }, s1: { when: { segment: s0 } } }\nflags:\n");
        for (i, flag) in flags.iter().enumerate() {
            writeln!(yaml, "  f{i}: {flag}").unwrap();
        }
        let (document, accepted) = checked(&yaml);
        if accepted {
            count.set(count.get() + 1);
            taken(&yaml, &document)?;
        }
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
    assert!(cfg!(miri) || count.get() > cases / 40, "only {} of {cases} were accepted", count.get());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: if cfg!(miri) { 2 } else { 60 }, ..ProptestConfig::default() })]

    #[test]
    fn so_it_is_however_flags_and_segments_depend_on_each_other(yaml in dependencies()) {
        let (document, accepted) = checked(&yaml);
        prop_assert!(accepted, "{}", yaml);
        taken(&yaml, &document)?;
    }
}
