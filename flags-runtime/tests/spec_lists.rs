//! Lists: a list attribute satisfies an operator if any element does; a negation, if none does.

mod support;

use support::conditions;

#[test]
fn any_element_satisfies() {
    conditions(
        "",
        &[
            ("{ groups: a }", r#"{"groups": ["a", "b"]}"#, "true"),
            ("{ groups: c }", r#"{"groups": ["a", "b"]}"#, "false"),
            ("{ groups: { in: [b, c] } }", r#"{"groups": ["a", "b"]}"#, "true"),
            ("{ groups: { in: [c, d] } }", r#"{"groups": ["a", "b"]}"#, "false"),
            ("{ groups: { startswith: te } }", r#"{"groups": ["a", "test"]}"#, "true"),
            ("{ groups: { endswith: st } }", r#"{"groups": ["a", "test"]}"#, "true"),
            ("{ groups: { regex: '^te' } }", r#"{"groups": ["a", "test"]}"#, "true"),
            ("{ groups: { regex: '^x' } }", r#"{"groups": ["a", "test"]}"#, "false"),
            ("{ scores: { gt: 5 } }", r#"{"scores": [1, 9]}"#, "true"),
            ("{ scores: { gt: 9 } }", r#"{"scores": [1, 9]}"#, "false"),
            ("{ scores: 9 }", r#"{"scores": ["1", "9"]}"#, "true"),
            ("{ seen: { before: 2026-01-01 } }", r#"{"seen": ["2027-01-01", "2025-01-01"]}"#, "true"),
            ("{ seen: { within: 1d } }", r#"{"seen": ["2026-06-15", "2025-01-01"]}"#, "true"),
            ("{ versions: { semver: ^1 } }", r#"{"versions": ["0.9.0", "1.2.3"]}"#, "true"),
            ("{ addresses: { cidr: 10.0.0.0/8 } }", r#"{"addresses": ["192.168.0.1", "10.0.0.1"]}"#, "true"),
        ],
    );
}

#[test]
fn a_negation_holds_if_no_element_does() {
    conditions(
        "",
        &[
            ("{ groups: { neq: a } }", r#"{"groups": ["a", "b"]}"#, "false"),
            ("{ groups: { neq: c } }", r#"{"groups": ["a", "b"]}"#, "true"),
            ("{ groups: { nin: [b, c] } }", r#"{"groups": ["a", "b"]}"#, "false"),
            ("{ groups: { nin: [c, d] } }", r#"{"groups": ["a", "b"]}"#, "true"),
            ("{ not: { groups: a } }", r#"{"groups": ["a", "b"]}"#, "false"),
            ("{ not: { groups: { startswith: x } } }", r#"{"groups": ["a", "b"]}"#, "true"),
            ("{ versions: { semver_neq: 1.0.0 } }", r#"{"versions": ["1.0.0", "2.0.0"]}"#, "false"),
            ("{ versions: { semver_neq: 3.0.0 } }", r#"{"versions": ["1.0.0", "2.0.0"]}"#, "true"),
        ],
    );
}

#[test]
fn an_empty_list_satisfies_nothing_and_is_there() {
    conditions(
        "",
        &[
            ("{ groups: a }", r#"{"groups": []}"#, "false"),
            ("{ groups: { neq: a } }", r#"{"groups": []}"#, "true"),
            ("{ groups: { nin: [a] } }", r#"{"groups": []}"#, "true"),
            ("{ groups: { contains: a } }", r#"{"groups": []}"#, "false"),
            ("{ groups: { contains_any: [a] } }", r#"{"groups": []}"#, "false"),
            ("{ groups: { contains_all: [a] } }", r#"{"groups": []}"#, "false"),
            ("{ groups: { exists: true } }", r#"{"groups": []}"#, "true"),
        ],
    );
}

/// An `in` over nothing is nobody, and a `nin` everybody who has the attribute.
#[test]
fn an_empty_operand_matches_nobody() {
    let empty = ["{ a: { in: [] } }", "{ a: { nin: [] } }", "{ a: { in: [], ignore_case: true } }"];
    for value in ["'x'", "5", "1.5", "true", "[]", "['x']", "[5, true]"] {
        for (condition, answer) in empty.into_iter().zip(["false", "true", "false"]) {
            let context = format!(r#"{{"a": {}}}"#, value.replace('\'', "\""));
            conditions("", &[(condition, &context, answer)]);
        }
    }
    for condition in empty {
        conditions("", &[(condition, "{}", "unknown")]);
    }
    for kind in ["string", "number", "version", "timestamp", "address", "[string]"] {
        let declared = format!("a: {kind}");
        conditions(&declared, &[("{ a: { in: [] } }", "{}", "unknown")]);
    }
}

#[test]
fn contains_asks_for_elements() {
    conditions(
        "",
        &[
            ("{ groups: { contains: parents } }", r#"{"groups": ["staff", "parents"]}"#, "true"),
            ("{ groups: { contains: parent } }", r#"{"groups": ["staff", "parents"]}"#, "false"),
            ("{ groups: { contains: Staff } }", r#"{"groups": ["staff"]}"#, "false"),
            ("{ groups: { contains: Staff, ignore_case: true } }", r#"{"groups": ["staff"]}"#, "true"),
            ("{ groups: { contains_any: [x, staff] } }", r#"{"groups": ["staff", "parents"]}"#, "true"),
            ("{ groups: { contains_any: [x, y] } }", r#"{"groups": ["staff", "parents"]}"#, "false"),
            ("{ groups: { contains_any: [STAFF], ignore_case: true } }", r#"{"groups": ["staff"]}"#, "true"),
            (
                "{ groups: { contains_all: [staff, parents] } }",
                r#"{"groups": ["parents", "staff", "x"]}"#,
                "true",
            ),
            ("{ groups: { contains_all: [staff, parents] } }", r#"{"groups": ["staff"]}"#, "false"),
            ("{ groups: { contains_all: [Staff], ignore_case: true } }", r#"{"groups": ["staff"]}"#, "true"),
            ("{ scores: { contains: 5 } }", r#"{"scores": [1, 5]}"#, "true"),
            ("{ scores: { contains: 5 } }", r#"{"scores": ["5"]}"#, "true"),
            ("{ scores: { contains: '5' } }", r#"{"scores": [5]}"#, "true"),
            ("{ scores: { contains_any: [5, 6] } }", r#"{"scores": ["6"]}"#, "true"),
            ("{ scores: { contains_all: [5, 6] } }", r#"{"scores": ["6", 5.0]}"#, "true"),
            ("\"groups contains_any ['x', 'staff']\"", r#"{"groups": ["staff"]}"#, "true"),
        ],
    );
}

#[test]
fn elements_of_which_nothing_is_known() {
    conditions(
        "",
        &[
            // One element satisfies it: what the others are does not matter.
            ("{ groups: a }", r#"{"groups": [1, null, "a"]}"#, "true"),
            // None does, and whether the number would is not known.
            ("{ groups: a }", r#"{"groups": [1, "b"]}"#, "unknown"),
            ("{ groups: { neq: a } }", r#"{"groups": [1, "b"]}"#, "unknown"),
            ("{ groups: { contains_all: [a, b] } }", r#"{"groups": ["a", 1]}"#, "unknown"),
            ("{ groups: a }", r#"{"groups": [null]}"#, "unknown"),
        ],
    );
}

#[test]
fn declared_lists_compare_as_their_elements_do() {
    conditions(
        "seen: [timestamp], versions: [version]",
        &[
            ("{ seen: { contains: 2026-01-01 } }", r#"{"seen": [1767225600000]}"#, "true"),
            ("{ seen: { contains_any: [2026-01-01] } }", r#"{"seen": ["2026-01-01T00:00:00Z"]}"#, "true"),
            (
                "{ seen: { contains_all: [2026-01-01] } }",
                r#"{"seen": ["2026-01-01T01:00:00+01:00"]}"#,
                "true",
            ),
            ("{ versions: { contains: '1.2' } }", r#"{"versions": ["v1.2.0"]}"#, "true"),
            ("{ versions: { contains_any: [1.2.0] } }", r#"{"versions": ["v1.2"]}"#, "true"),
            ("{ versions: { contains_all: [1.2.0, 2.0.0] } }", r#"{"versions": ["2", "v1.2"]}"#, "true"),
            ("{ versions: { gt: 1.9.0 } }", r#"{"versions": ["1.2.0", "1.10.0"]}"#, "true"),
        ],
    );
}
