//! Missing attributes: comparisons of them are unknown, and conditions combine by three-valued logic.

mod support;

use support::{conditions, context, engine, told};

#[test]
fn a_comparison_of_a_missing_attribute_is_unknown() {
    let operators = [
        "{ eq: US }",
        "{ neq: US }",
        "{ in: [US] }",
        "{ nin: [US] }",
        "{ gt: 1 }",
        "{ gte: 1 }",
        "{ lt: 1 }",
        "{ lte: 1 }",
        "{ contains: US }",
        "{ contains_any: [US] }",
        "{ contains_all: [US] }",
        "{ startswith: U }",
        "{ endswith: S }",
        "{ regex: U }",
        "{ eq: US, ignore_case: true }",
        "{ before: 2026-01-01 }",
        "{ after: 2026-01-01 }",
        "{ within: 30d }",
        "{ semver_eq: 1.0.0 }",
        "{ semver_neq: 1.0.0 }",
        "{ semver_gt: 1.0.0 }",
        "{ semver_gte: 1.0.0 }",
        "{ semver_lt: 1.0.0 }",
        "{ semver_lte: 1.0.0 }",
        "{ semver_in: [1.0.0] }",
        "{ semver: ^1 }",
        "{ cidr: 10.0.0.0/8 }",
    ];
    assert_eq!(operators.len() + 1, 28, "every operator but `exists`");
    for operator in operators {
        let when = format!("{{ country: {operator} }}");
        let negated = format!("{{ not: {when} }}");
        for json in ["{}", r#"{"country": null}"#, r#"{"user": "ann", "plan": "free"}"#] {
            conditions("", &[(&when, json, "unknown"), (&negated, json, "unknown")]);
        }
    }
}

#[test]
fn exists_is_always_known() {
    conditions(
        "",
        &[
            ("{ country: { exists: true } }", "{}", "false"),
            ("{ country: { exists: true } }", r#"{"country": null}"#, "false"),
            ("{ country: { exists: true } }", r#"{"country": ""}"#, "true"),
            ("{ country: { exists: true } }", r#"{"country": false}"#, "true"),
            ("{ country: { exists: true } }", r#"{"country": 0}"#, "true"),
            ("{ country: { exists: true } }", r#"{"country": []}"#, "true"),
            ("{ country: { exists: false } }", "{}", "true"),
            ("{ country: { exists: false } }", r#"{"country": "DE"}"#, "false"),
            ("{ user: { exists: true } }", "{}", "false"),
            ("{ user: { exists: true } }", r#"{"user": "ann"}"#, "true"),
            ("{ user: { exists: true } }", r#"{"user": null}"#, "false"),
            ("'exists(user.role)'", r#"{"user": {"role": "admin"}}"#, "true"),
            ("'!exists(user.role)'", r#"{"user": {"role": null}}"#, "true"),
        ],
    );
}

#[test]
fn and_or_not_of_the_unknown() {
    // `yes` is true, `no` is false and `maybe` unknown for this context.
    let json = r#"{"x": 1}"#;
    let (yes, no, maybe) = ("{ x: 1 }", "{ x: 2 }", "{ y: 1 }");
    for (a, b, all, any) in [
        (yes, yes, "true", "true"),
        (yes, no, "false", "true"),
        (yes, maybe, "unknown", "true"),
        (no, no, "false", "false"),
        (no, maybe, "false", "unknown"),
        (maybe, maybe, "unknown", "unknown"),
    ] {
        for (a, b) in [(a, b), (b, a)] {
            conditions(
                "",
                &[
                    (&format!("{{ all: [ {a}, {b} ] }}"), json, all),
                    (&format!("{{ any: [ {a}, {b} ] }}"), json, any),
                ],
            );
        }
    }
    conditions(
        "",
        &[
            ("{ not: { x: 1 } }", json, "false"),
            ("{ not: { x: 2 } }", json, "true"),
            ("{ not: { y: 1 } }", json, "unknown"),
            ("{ not: { not: { y: 1 } } }", json, "unknown"),
            ("{ x: { gte: 1, lt: 2 }, any: [ { y: 1 }, { x: 1 } ] }", json, "true"),
            ("{ x: 1, y: 1 }", json, "unknown"),
            ("{ x: 2, y: 1 }", json, "false"),
            ("'x == 1 || y == 1'", json, "true"),
            ("'x == 2 or y == 1'", json, "unknown"),
            ("'not (x == 2 and y == 1)'", json, "true"),
        ],
    );
}

#[test]
fn not_eq_and_neq_agree_for_everyone() {
    for json in
        ["{}", r#"{"country": null}"#, r#"{"country": "US"}"#, r#"{"country": "DE"}"#, r#"{"country": 7}"#]
    {
        let of = |when| support::truth("", when, &context(json));
        assert_eq!(of("{ not: { country: US } }"), of("{ country: { neq: US } }"), "{json}");
        assert_eq!(of("{ not: { country: { in: [US] } } }"), of("{ country: { nin: [US] } }"), "{json}");
    }
}

#[test]
fn membership_may_be_unknown() {
    conditions(
        "",
        &[
            ("{ segment: beta }", r#"{"user": "beta1"}"#, "true"),
            ("{ segment: beta }", r#"{"user": "ann"}"#, "false"),
            // Nobody knows whether someone without a key is listed.
            ("{ segment: beta }", "{}", "unknown"),
            ("{ segment: adults }", r#"{"age": 20}"#, "true"),
            ("{ segment: adults }", r#"{"age": 7}"#, "false"),
            ("{ segment: adults }", r#"{"user": "ann"}"#, "unknown"),
            ("\"!segment('adults')\"", r#"{"user": "ann"}"#, "unknown"),
            ("\"!segment('adults')\"", r#"{"age": 7}"#, "true"),
        ],
    );
}

#[test]
fn a_rule_or_a_segment_whose_condition_is_unknown_does_not_match() {
    let engine = engine(
        "segments:\n  \
           foreign: { when: { country: { neq: US } } }\n  \
           either: { users: [ann], when: { country: { neq: US } } }\n\
         flags:\n  \
           ruled: { state: targeted, rules: [ { name: abroad, when: { country: { neq: US } } } ] }\n  \
           membered: { state: foreign }\n  \
           listed: { state: either }\n",
    );
    for (flag, json, expected) in [
        ("ruled", "{}", "off DEFAULT"),
        ("ruled", r#"{"country": "US"}"#, "off DEFAULT"),
        ("ruled", r#"{"country": "DE"}"#, "on TARGETING_MATCH by abroad"),
        ("membered", "{}", "off DEFAULT"),
        ("membered", r#"{"country": "DE"}"#, "on TARGETING_MATCH"),
        // Being listed is enough, whatever is known of the condition; and the other way round.
        ("listed", r#"{"user": "ann"}"#, "on TARGETING_MATCH"),
        ("listed", r#"{"country": "DE"}"#, "on TARGETING_MATCH"),
        ("listed", r#"{"user": "bob"}"#, "off DEFAULT"),
        ("listed", "{}", "off DEFAULT"),
    ] {
        assert_eq!(told(&engine, flag, &context(json)), expected, "{flag} {json}");
    }
}
