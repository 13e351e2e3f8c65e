//! Types: the only coercion is between a number and a wholly numeric string; a mismatch is unknown.

mod support;

use support::conditions;

#[test]
fn equality_within_and_between_types() {
    conditions(
        "",
        &[
            // The same type.
            ("{ x: 5 }", r#"{"x": 5}"#, "true"),
            ("{ x: 5 }", r#"{"x": 6}"#, "false"),
            ("{ x: 5 }", r#"{"x": 5.0}"#, "true"),
            ("{ x: 5.5 }", r#"{"x": 5.5}"#, "true"),
            ("{ x: 5.0 }", r#"{"x": 5}"#, "true"),
            ("{ x: -0.0 }", r#"{"x": 0}"#, "true"),
            ("{ x: true }", r#"{"x": true}"#, "true"),
            ("{ x: true }", r#"{"x": false}"#, "false"),
            ("{ x: abc }", r#"{"x": "abc"}"#, "true"),
            ("{ x: '' }", r#"{"x": ""}"#, "true"),
            // A number and a wholly numeric string.
            ("{ x: 5 }", r#"{"x": "5"}"#, "true"),
            ("{ x: 5 }", r#"{"x": "5.0"}"#, "true"),
            ("{ x: 5 }", r#"{"x": "6"}"#, "false"),
            ("{ x: -5 }", r#"{"x": "-5"}"#, "true"),
            ("{ x: 1000 }", r#"{"x": "1e3"}"#, "true"),
            ("{ x: '5' }", r#"{"x": 5}"#, "true"),
            ("{ x: '5' }", r#"{"x": 6}"#, "false"),
            ("{ x: '5.50' }", r#"{"x": 5.5}"#, "true"),
            // Two strings are compared as strings, numeric or not.
            ("{ x: '5' }", r#"{"x": "5.0"}"#, "false"),
            ("{ x: '05' }", r#"{"x": "5"}"#, "false"),
            // Strings that are not wholly numeric are no numbers.
            ("{ x: 5 }", r#"{"x": "5 "}"#, "unknown"),
            ("{ x: 5 }", r#"{"x": " 5"}"#, "unknown"),
            ("{ x: 5 }", r#"{"x": "5px"}"#, "unknown"),
            ("{ x: 5 }", r#"{"x": ""}"#, "unknown"),
            ("{ x: 16 }", r#"{"x": "0x10"}"#, "unknown"),
            ("{ x: 1000 }", r#"{"x": "1_000"}"#, "unknown"),
            ("{ x: 1000 }", r#"{"x": "1,000"}"#, "unknown"),
            ("{ x: 5 }", r#"{"x": "NaN"}"#, "unknown"),
            ("{ x: 5 }", r#"{"x": "inf"}"#, "unknown"),
            ("{ x: 5 }", r#"{"x": "٥"}"#, "unknown"),
            ("{ x: abc }", r#"{"x": 5}"#, "unknown"),
            // Booleans equal booleans only.
            ("{ x: true }", r#"{"x": "true"}"#, "unknown"),
            ("{ x: 'true' }", r#"{"x": true}"#, "unknown"),
            ("{ x: 1 }", r#"{"x": true}"#, "unknown"),
            ("{ x: true }", r#"{"x": 1}"#, "unknown"),
            ("{ x: true }", r#"{"x": "1"}"#, "unknown"),
        ],
    );
}

#[test]
fn a_mismatch_is_unknown_to_every_operator() {
    conditions(
        "",
        &[
            ("{ x: { neq: abc } }", r#"{"x": 5}"#, "unknown"),
            ("{ x: { neq: true } }", r#"{"x": "true"}"#, "unknown"),
            ("{ x: { in: [a, b] } }", r#"{"x": 5}"#, "unknown"),
            ("{ x: { nin: [a, b] } }", r#"{"x": true}"#, "unknown"),
            ("{ x: { in: [1, 2] } }", r#"{"x": true}"#, "unknown"),
            ("{ x: { gt: 5 } }", r#"{"x": "many"}"#, "unknown"),
            ("{ x: { gt: 5 } }", r#"{"x": true}"#, "unknown"),
            ("{ x: { lt: abc } }", r#"{"x": 5}"#, "unknown"),
            ("{ x: { contains: a } }", r#"{"x": 5}"#, "unknown"),
            ("{ x: { startswith: '5' } }", r#"{"x": 55}"#, "unknown"),
            ("{ x: { endswith: a } }", r#"{"x": true}"#, "unknown"),
            ("{ x: { regex: '.' } }", r#"{"x": 5}"#, "unknown"),
            ("{ x: { contains_any: [a] } }", r#"{"x": "a"}"#, "unknown"),
            ("{ x: { contains_all: [a] } }", r#"{"x": "a"}"#, "unknown"),
            ("{ x: { before: 2026-01-01 } }", r#"{"x": "soon"}"#, "unknown"),
            ("{ x: { before: 2026-01-01 } }", r#"{"x": true}"#, "unknown"),
            ("{ x: { within: 1d } }", r#"{"x": "yesterday"}"#, "unknown"),
            ("{ x: { semver: ^1 } }", r#"{"x": "one"}"#, "unknown"),
            ("{ x: { semver_neq: 1.0.0 } }", r#"{"x": "one"}"#, "unknown"),
            ("{ x: { semver_eq: 1.0.0 } }", r#"{"x": 1}"#, "unknown"),
            ("{ x: { cidr: 10.0.0.0/8 } }", r#"{"x": "localhost"}"#, "unknown"),
            ("{ x: { cidr: 10.0.0.0/8 } }", r#"{"x": 10}"#, "unknown"),
        ],
    );
}

#[test]
fn numbers_compare_by_value_and_exactly() {
    conditions(
        "",
        &[
            ("{ x: { gt: 5 } }", r#"{"x": 6}"#, "true"),
            ("{ x: { gt: 5 } }", r#"{"x": 5}"#, "false"),
            ("{ x: { gte: 5 } }", r#"{"x": 5}"#, "true"),
            ("{ x: { lt: 5 } }", r#"{"x": 5}"#, "false"),
            ("{ x: { lte: 5 } }", r#"{"x": 5}"#, "true"),
            ("{ x: { gt: 5 } }", r#"{"x": 5.000001}"#, "true"),
            ("{ x: { gt: 5.5 } }", r#"{"x": 6}"#, "true"),
            ("{ x: { lt: -5.5 } }", r#"{"x": -6}"#, "true"),
            // As numbers, not as text: "10" is more than 9.
            ("{ x: { gt: 9 } }", r#"{"x": "10"}"#, "true"),
            ("{ x: { gt: '9' } }", r#"{"x": 10}"#, "true"),
            ("{ x: { gte: 18, lt: 65 } }", r#"{"x": 64}"#, "true"),
            ("{ x: { gte: 18, lt: 65 } }", r#"{"x": 65}"#, "false"),
            // 2^53 + 1, which a float cannot hold.
            ("{ x: 9007199254740993 }", r#"{"x": 9007199254740992}"#, "false"),
            ("{ x: { gt: 9007199254740992 } }", r#"{"x": "9007199254740993"}"#, "true"),
            ("{ x: { gt: 9007199254740992.0 } }", r#"{"x": 9007199254740993}"#, "true"),
            ("{ x: 9223372036854775807 }", r#"{"x": 9223372036854775807}"#, "true"),
            ("{ x: { gt: 9223372036854775807 } }", r#"{"x": 18446744073709551615}"#, "true"),
            ("{ x: { lt: 1.0e+300 } }", r#"{"x": 9223372036854775807}"#, "true"),
        ],
    );
}

#[test]
fn lists_of_operands_coerce_one_by_one() {
    conditions(
        "",
        &[
            ("{ x: { in: [1, 2] } }", r#"{"x": "2"}"#, "true"),
            ("{ x: { in: ['1', '2'] } }", r#"{"x": 2}"#, "true"),
            ("{ x: { in: [1, two] } }", r#"{"x": "two"}"#, "true"),
            ("{ x: { in: [1, two] } }", r#"{"x": 1}"#, "true"),
            ("{ x: { in: [1, 2] } }", r#"{"x": 3}"#, "false"),
            ("{ x: { nin: [1, 2] } }", r#"{"x": "3"}"#, "true"),
            // Not 1; whether it is `two` cannot be said of a number.
            ("{ x: { in: [1, two] } }", r#"{"x": 3}"#, "unknown"),
            ("{ x: { in: [true, yes] } }", r#"{"x": true}"#, "true"),
        ],
    );
}

#[test]
fn the_targeting_key_is_text() {
    conditions(
        "",
        &[
            ("{ user: ann }", r#"{"user": "ann"}"#, "true"),
            ("{ user: { startswith: a } }", r#"{"user": "ann"}"#, "true"),
            ("{ user: { in: [ann, bob] } }", r#"{"user": "bob"}"#, "true"),
            ("{ user: { regex: '^beta' } }", r#"{"targetingKey": "beta7"}"#, "true"),
            // A number is its text, as it is in lists of users and in buckets.
            ("{ user: '42' }", r#"{"user": 42}"#, "true"),
            ("{ user: { startswith: '4' } }", r#"{"user": 42}"#, "true"),
        ],
    );
}

#[test]
fn declared_types_change_nothing_about_coercion() {
    conditions(
        "x: string, n: integer, f: number, b: boolean",
        &[
            ("{ x: abc }", r#"{"x": "abc"}"#, "true"),
            ("{ n: 5 }", r#"{"n": "5"}"#, "true"),
            ("{ n: { gte: 5 } }", r#"{"n": 5.5}"#, "true"),
            ("{ f: { lt: 5 } }", r#"{"f": "4.5"}"#, "true"),
            ("{ b: true }", r#"{"b": "true"}"#, "unknown"),
        ],
    );
}
