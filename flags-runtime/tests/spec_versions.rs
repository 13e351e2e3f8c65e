//! Versions: SemVer 2.0 precedence, build metadata ignored, liberties in contexts.

mod support;

use support::conditions;

#[test]
fn operators() {
    conditions(
        "",
        &[
            ("{ v: { semver_eq: 1.2.3 } }", r#"{"v": "1.2.3"}"#, "true"),
            ("{ v: { semver_eq: 1.2.3 } }", r#"{"v": "1.2.4"}"#, "false"),
            ("{ v: { semver_neq: 1.2.3 } }", r#"{"v": "1.2.4"}"#, "true"),
            ("{ v: { semver_gt: 1.2.3 } }", r#"{"v": "1.10.0"}"#, "true"),
            ("{ v: { semver_gt: 1.2.3 } }", r#"{"v": "1.2.3"}"#, "false"),
            ("{ v: { semver_gte: 1.2.3 } }", r#"{"v": "1.2.3"}"#, "true"),
            ("{ v: { semver_lt: 1.2.3 } }", r#"{"v": "1.2.2"}"#, "true"),
            ("{ v: { semver_lte: 1.2.3 } }", r#"{"v": "1.2.3"}"#, "true"),
            ("{ v: { semver_in: [1.0.0, 2.0.0] } }", r#"{"v": "2.0.0"}"#, "true"),
            ("{ v: { semver_in: [1.0.0, 2.0.0] } }", r#"{"v": "2.0.1"}"#, "false"),
            ("{ v: { semver: ^1.2 } }", r#"{"v": "1.9.0"}"#, "true"),
            ("{ v: { semver: ^1.2 } }", r#"{"v": "2.0.0"}"#, "false"),
            ("{ v: { semver: ~1.2.3 } }", r#"{"v": "1.2.9"}"#, "true"),
            ("{ v: { semver: '>=1.2, <1.5' } }", r#"{"v": "1.4.9"}"#, "true"),
            ("{ v: { semver: '>=1.2, <1.5' } }", r#"{"v": "1.5.0"}"#, "false"),
            ("{ v: { semver: '*' } }", r#"{"v": "0.0.1"}"#, "true"),
            ("{ v: { semver_gte: 1.0.0, semver_lt: 2.0.0 } }", r#"{"v": "1.5.0"}"#, "true"),
            ("\"v semver_gte '1.2' && v semver '<2'\"", r#"{"v": "1.5.0"}"#, "true"),
        ],
    );
}

#[test]
fn requirements_as_people_write_them() {
    conditions(
        "",
        &[
            ("{ v: { semver: '^v1.2' } }", r#"{"v": "v1.9"}"#, "true"),
            ("{ v: { semver: '>=1.2 <2 || ^3' } }", r#"{"v": "1.4.0"}"#, "true"),
            ("{ v: { semver: '>=1.2 <2 || ^3' } }", r#"{"v": "2.0.0"}"#, "false"),
            ("{ v: { semver: '>=1.2 <2 || ^3' } }", r#"{"v": "3.1.0"}"#, "true"),
            ("{ v: { semver_gte: 2-rc } }", r#"{"v": "2.0.0"}"#, "true"),
            ("{ v: { semver_lt: 2.0.0 } }", r#"{"v": "2-rc"}"#, "true"),
            ("{ v: { semver_eq: 1.2.3 } }", r#"{"v": "1-2-3"}"#, "unknown"),
        ],
    );
}

#[test]
fn precedence() {
    conditions(
        "",
        &[
            // Pre-releases come before their release, numbers before words, by number and not by text.
            ("{ v: { semver_lt: 1.0.0 } }", r#"{"v": "1.0.0-alpha"}"#, "true"),
            ("{ v: { semver_lt: 1.0.0-alpha.1 } }", r#"{"v": "1.0.0-alpha"}"#, "true"),
            ("{ v: { semver_lt: 1.0.0-alpha.beta } }", r#"{"v": "1.0.0-alpha.1"}"#, "true"),
            ("{ v: { semver_lt: 1.0.0-rc.11 } }", r#"{"v": "1.0.0-rc.2"}"#, "true"),
            // Build metadata does not count.
            ("{ v: { semver_eq: 1.0.0 } }", r#"{"v": "1.0.0+build.7"}"#, "true"),
            ("{ v: { semver_gt: 1.0.0+build.1 } }", r#"{"v": "1.0.0+build.7"}"#, "false"),
            ("{ v: { semver_in: [1.0.0+a] } }", r#"{"v": "1.0.0+b"}"#, "true"),
            // Cargo's requirements leave pre-releases of other versions out.
            ("{ v: { semver: '>=1.0.0' } }", r#"{"v": "1.1.0-rc.1"}"#, "false"),
            ("{ v: { semver: '>=1.1.0-rc.0' } }", r#"{"v": "1.1.0-rc.1"}"#, "true"),
        ],
    );
}

#[test]
fn liberties_and_limits_in_contexts() {
    conditions(
        "",
        &[
            ("{ v: { semver_eq: 1.2.3 } }", r#"{"v": "v1.2.3"}"#, "true"),
            ("{ v: { semver_eq: 1.2.0 } }", r#"{"v": "1.2"}"#, "true"),
            ("{ v: { semver_eq: 1.0.0 } }", r#"{"v": "v1"}"#, "true"),
            ("{ v: { semver: ^1.2 } }", r#"{"v": "v1.2"}"#, "true"),
            ("{ v: { semver_eq: 1.2.3 } }", r#"{"v": "01.2.3"}"#, "unknown"),
            ("{ v: { semver_eq: 1.2.3 } }", r#"{"v": "1.2.3.4"}"#, "unknown"),
            ("{ v: { semver_eq: 1.2.3 } }", r#"{"v": " 1.2.3"}"#, "unknown"),
            ("{ v: { semver_eq: 1.2.3 } }", r#"{"v": "latest"}"#, "unknown"),
            ("{ v: { semver_eq: 1.2.3 } }", r#"{"v": ""}"#, "unknown"),
            ("{ v: { semver_gt: 1.2.3 } }", r#"{"v": "18446744073709551616.0.0"}"#, "unknown"),
            // A number is no version: 1.10 would be 1.1.
            ("{ v: { semver_gte: 1.1.0 } }", r#"{"v": 1.10}"#, "unknown"),
        ],
    );
}

#[test]
fn on_a_declared_version_plain_operators_compare_versions() {
    conditions(
        "v: version",
        &[
            ("{ v: 1.2.0 }", r#"{"v": "v1.2"}"#, "true"),
            ("{ v: { eq: 1.2.0 } }", r#"{"v": "1.2.0+build"}"#, "true"),
            ("{ v: { neq: 1.2.0 } }", r#"{"v": "v1.2"}"#, "false"),
            ("{ v: { gt: 1.9.0 } }", r#"{"v": "1.10.0"}"#, "true"),
            ("{ v: { gte: 1.10.0 } }", r#"{"v": "1.10.0"}"#, "true"),
            ("{ v: { lt: 1.10.0 } }", r#"{"v": "1.9.0"}"#, "true"),
            ("{ v: { lte: 1.10.0 } }", r#"{"v": "1.10.1"}"#, "false"),
            ("{ v: { in: [1.2.0, 2.0.0] } }", r#"{"v": "2"}"#, "true"),
            ("{ v: { nin: [1.2.0, 2.0.0] } }", r#"{"v": "2"}"#, "false"),
            ("{ v: { gt: 1.9.0 } }", r#"{"v": "newest"}"#, "unknown"),
        ],
    );
    conditions("", &[("{ v: { gt: 1.9.0 } }", r#"{"v": "1.10.0"}"#, "false")]);
}
