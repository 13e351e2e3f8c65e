//! A thousand assignments that an independent implementation made, through real documents: no user may
//! ever change sides.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use flags_runtime::{Context, Engine};
use flags_schema::{Options, SourceFile};
use std::collections::BTreeMap;

/// One line of tests/golden/buckets.csv, by column.
type Row = BTreeMap<&'static str, &'static str>;

const CSV: &str = include_str!("golden/buckets.csv");
const PERCENTAGES: [&str; 7] = ["0.001", "1", "10", "25", "50", "75", "99.999"];

/// A salt that cannot be a flag's key is given as `salt`.
const FIRST_EXPLICIT_SALT: &str = "checkout-2026";

fn rows() -> Vec<Row> {
    let mut lines = CSV.lines();
    let columns: Vec<_> = lines.next().unwrap().split(',').collect();
    let rows: Vec<Row> = lines.map(|line| columns.iter().copied().zip(line.split(',')).collect()).collect();
    assert_eq!(rows.len(), 1_000);
    rows
}

/// Whether the salt is a flag's own key, or given explicitly.
fn is_key(rows: &[Row], salt: &str) -> bool {
    let salts: Vec<_> = rows.iter().map(|row| row["salt"]).collect();
    let first = salts.iter().position(|s| *s == FIRST_EXPLICIT_SALT).unwrap();
    salts.iter().position(|s| *s == salt).unwrap() < first
}

/// An engine of one flag, and that flag's key. `rest` follows its key; `{salt}` in it is replaced by the
/// explicit salt, if there is one.
fn engine(rows: &[Row], salt: &str, rest: &str) -> (Engine, String) {
    let (key, given) = if is_key(rows, salt) {
        (salt.to_owned(), String::new())
    } else {
        ("salted".to_owned(), format!(", salt: {salt:?}"))
    };
    let text = format!("version: 1\nflags:\n  {key}: {}\n", rest.replace("{salt}", &given));
    let loaded = flags_schema::load(
        SourceFile::new("flags.yaml", text.as_str()),
        &mut |_| Err("no overlays".to_owned()),
        &Options::default(),
    );
    assert!(!loaded.diagnostics.has_errors(), "{text}\n{:?}", loaded.diagnostics);
    (Engine::new(loaded.document, flags_runtime::Options::default()).unwrap(), key)
}

/// Calls `check` with each salt and its rows.
fn for_each_salt(check: impl Fn(&[Row], &str, &[&Row])) {
    let rows = rows();
    let mut by_salt = BTreeMap::<&str, Vec<&Row>>::new();
    for row in &rows {
        by_salt.entry(row["salt"]).or_default().push(row);
    }
    assert_eq!(by_salt.len(), 25);
    for (salt, of_salt) in by_salt {
        check(&rows, salt, &of_salt);
    }
}

#[test]
fn rollouts() {
    for_each_salt(|rows, salt, of_salt| {
        for percentage in PERCENTAGES {
            let rest = format!("{{ state: gradual, rollout: {{ percentage: {percentage}{{salt}} }} }}");
            let (engine, key) = engine(rows, salt, &rest);
            let flag = engine.flag(&key).unwrap();
            for row in of_salt {
                let context = Context::new(row["key"]);
                let expected = row[format!("in_{percentage}").as_str()] == "1";
                assert_eq!(flag.enabled(&context), expected, "{salt} at {percentage} % for {}", row["key"]);
                let percent = row["rollout"].parse::<f64>().unwrap() / 2_f64.powi(64) * 100.0;
                assert!((flag.bucket(&context).unwrap() - percent).abs() < 1e-9, "{salt}, {}", row["key"]);
            }
        }
    });
}

#[test]
fn splits() {
    for_each_salt(|rows, salt, of_salt| {
        // The salt of a split is the rollout's, whatever its percentage.
        let variants =
            "variants: { control: { weight: 50 }, variant_a: { weight: 30 }, variant_b: { weight: 20 } }";
        let rest = format!("{{ state: gradual, rollout: {{ percentage: 100{{salt}} }}, {variants} }}");
        let (engine, key) = engine(rows, salt, &rest);
        for row in of_salt {
            let evaluation = engine.flag(&key).unwrap().evaluate(&Context::new(row["key"]));
            assert_eq!(evaluation.variant(), Some(row["split"]), "{salt} for {}", row["key"]);
        }
    });
}

#[test]
fn rules_have_salts_of_their_own() {
    for_each_salt(|rows, salt, of_salt| {
        for row in of_salt {
            let name = row["rule_salt"].strip_prefix(salt).unwrap().strip_prefix('/').unwrap();
            // `1` and `2` stand for rules without a name, at that position.
            let (before, named) = match name {
                "1" => ("", String::new()),
                "2" => ("{ when: { user: nobody }, serve: control }, ", String::new()),
                name => ("", format!("name: {name:?}, ")),
            };
            let start = "{ state: targeted, rollout: { percentage: 100{salt} }, variants: [control, variant_a, variant_b], ";
            let context = Context::new(row["key"]);

            let rest = format!(
                "{start}off: variant_b, rules: [{before}{{ {named}rollout: 10, serve: variant_a }}] }}"
            );
            let (ten_percent, key) = engine(rows, salt, &rest);
            let expected = if row["rule_in_10"] == "1" { "variant_a" } else { "variant_b" };
            let evaluation = ten_percent.flag(&key).unwrap().evaluate(&context);
            assert_eq!(
                evaluation.variant(),
                Some(expected),
                "10 % of {} for {}",
                row["rule_salt"],
                row["key"]
            );

            let split = "serve: { control: 50, variant_a: 30, variant_b: 20 }";
            let (splits, key) =
                engine(rows, salt, &format!("{start}rules: [{before}{{ {named}{split} }}] }}"));
            let evaluation = splits.flag(&key).unwrap().evaluate(&context);
            assert_eq!(
                evaluation.variant(),
                Some(row["rule_split"]),
                "{} for {}",
                row["rule_salt"],
                row["key"]
            );
        }
    });
}
