//! Strings: compared by code point, case matters, nothing is trimmed. Regexes search.

#![allow(clippy::string_slice, reason = "the texts are ASCII")]

mod support;

use flags_runtime::Engine;
use support::conditions;

#[test]
fn equality_is_exact() {
    conditions(
        "",
        &[
            ("{ x: Abc }", r#"{"x": "abc"}"#, "false"),
            ("{ x: abc }", r#"{"x": "abc "}"#, "false"),
            ("{ x: ' abc' }", r#"{"x": "abc"}"#, "false"),
            // One sign in two spellings is two texts.
            (r#"{ x: "\u00e9" }"#, r#"{"x": "e\u0301"}"#, "false"),
            (r#"{ x: "a\0" }"#, r#"{"x": "a"}"#, "false"),
        ],
    );
}

/// Texts of up to 24 bytes are kept in place and compared as integers, longer ones by their bytes.
#[test]
fn equality_is_exact_on_both_sides_of_the_length_kept_in_place() {
    for length in [7, 8, 9, 15, 16, 17, 23, 24, 25, 26, 300] {
        let text = "a".repeat(length);
        let json = |value: &str| format!(r#"{{"x": "{value}"}}"#);
        let when = format!("{{ x: {text} }}");
        let shorter = text.get(1..).unwrap();
        let last_other = format!("{shorter}b");
        conditions(
            "",
            &[
                (&when, &json(&text), "true"),
                (&when, &json(shorter), "false"),
                (&when, &json(&format!("{text}a")), "false"),
                (&when, &json(&last_other), "false"),
                (&when, &json(&format!("b{shorter}")), "false"),
            ],
        );
    }
}

#[test]
fn sets_of_every_size_and_length() {
    let long = "l".repeat(40);
    for count in [1, 2, 9, 10, 11, 50] {
        let names: Vec<String> = (0..count).map(|i| format!("name-{i}")).collect();
        for extra in [None, Some(long.as_str())] {
            let members: Vec<&str> = names.iter().map(String::as_str).chain(extra).collect();
            let when = format!("{{ x: {{ in: [{}] }} }}", members.join(", "));
            let last = format!(r#"{{"x": "{}"}}"#, members.last().unwrap());
            let absent_long = format!(r#"{{"x": "{}m"}}"#, "l".repeat(39));
            conditions(
                "",
                &[
                    (&when, &last, "true"),
                    (&when, r#"{"x": "name-0"}"#, "true"),
                    (&when, r#"{"x": "name-"}"#, "false"),
                    (&when, &absent_long, "false"),
                    (&when, r#"{"x": 5}"#, "unknown"),
                ],
            );
        }
    }
}

#[test]
fn order_is_by_code_point() {
    conditions(
        "",
        &[
            ("{ x: { gt: a } }", r#"{"x": "b"}"#, "true"),
            ("{ x: { gt: a } }", r#"{"x": "a"}"#, "false"),
            ("{ x: { gte: a } }", r#"{"x": "a"}"#, "true"),
            ("{ x: { lt: a } }", r#"{"x": "Z"}"#, "true"),
            ("{ x: { lt: ab } }", r#"{"x": "a"}"#, "true"),
            // Two texts, though both are digits.
            ("{ x: { lt: '9' } }", r#"{"x": "10"}"#, "true"),
            // U+FF5E stands before U+1F600, whatever their UTF-16 says.
            ("{ x: { gt: '～' } }", r#"{"x": "😀"}"#, "true"),
        ],
    );
}

#[test]
fn parts() {
    conditions(
        "",
        &[
            ("{ x: { contains: bc } }", r#"{"x": "abcd"}"#, "true"),
            ("{ x: { contains: BC } }", r#"{"x": "abcd"}"#, "false"),
            ("{ x: { contains: '' } }", r#"{"x": ""}"#, "true"),
            ("{ x: { contains: 5 } }", r#"{"x": "a5b"}"#, "unknown"),
            ("{ x: { contains: '5' } }", r#"{"x": "a5b"}"#, "true"),
            ("{ x: { startswith: ab } }", r#"{"x": "abcd"}"#, "true"),
            ("{ x: { startswith: bc } }", r#"{"x": "abcd"}"#, "false"),
            ("{ x: { endswith: cd } }", r#"{"x": "abcd"}"#, "true"),
            ("{ x: { endswith: bc } }", r#"{"x": "abcd"}"#, "false"),
            ("{ x: { startswith: abcde } }", r#"{"x": "abcd"}"#, "false"),
            ("{ x: { startswith: a, endswith: d, contains: bc } }", r#"{"x": "abcd"}"#, "true"),
            ("{ x: { startswith: a, endswith: x } }", r#"{"x": "abcd"}"#, "false"),
            ("\"x contains 'bc' && x startswith 'a'\"", r#"{"x": "abcd"}"#, "true"),
        ],
    );
}

#[test]
fn case_may_be_ignored() {
    conditions(
        "",
        &[
            ("{ x: { eq: HELLO, ignore_case: true } }", r#"{"x": "hello"}"#, "true"),
            ("{ x: { eq: hello, ignore_case: true } }", r#"{"x": "HeLLo"}"#, "true"),
            ("{ x: { eq: hello, ignore_case: true } }", r#"{"x": "hello!"}"#, "false"),
            ("{ x: { neq: HELLO, ignore_case: true } }", r#"{"x": "hello"}"#, "false"),
            ("{ x: { in: [A, B], ignore_case: true } }", r#"{"x": "b"}"#, "true"),
            ("{ x: { nin: [A, B], ignore_case: true } }", r#"{"x": "c"}"#, "true"),
            ("{ x: { gt: B, ignore_case: true } }", r#"{"x": "c"}"#, "true"),
            ("{ x: { gt: b, ignore_case: true } }", r#"{"x": "A"}"#, "false"),
            ("{ x: { lte: b, ignore_case: true } }", r#"{"x": "B"}"#, "true"),
            ("{ x: { contains: BC, ignore_case: true } }", r#"{"x": "abcd"}"#, "true"),
            ("{ x: { startswith: AB, ignore_case: true } }", r#"{"x": "abcd"}"#, "true"),
            ("{ x: { endswith: '@Example.COM', ignore_case: true } }", r#"{"x": "Ann@eXample.com"}"#, "true"),
            ("{ x: { endswith: '@Example.COM', ignore_case: true } }", r#"{"x": "com"}"#, "false"),
            ("{ x: { regex: '^AB', ignore_case: true } }", r#"{"x": "abcd"}"#, "true"),
            // Beyond ASCII.
            ("{ x: { eq: STRASSE, ignore_case: true } }", r#"{"x": "Strasse"}"#, "true"),
            ("{ x: { eq: ÄÖÜ, ignore_case: true } }", r#"{"x": "äöü"}"#, "true"),
            ("{ x: { endswith: ÖÜ, ignore_case: true } }", r#"{"x": "äöü"}"#, "true"),
            ("{ x: { contains: ДА, ignore_case: true } }", r#"{"x": "вода"}"#, "true"),
            ("{ x: { startswith: i, ignore_case: true } }", r#"{"x": "İstanbul"}"#, "true"),
            // A type that has no case stays what it is, and coerces as ever.
            ("{ x: { eq: 5, ignore_case: true } }", r#"{"x": "5"}"#, "true"),
            ("{ x: { gt: 5, ignore_case: true } }", r#"{"x": 6}"#, "true"),
            ("{ x: { eq: '5', ignore_case: true } }", r#"{"x": 5}"#, "true"),
            ("{ x: { in: ['5', A], ignore_case: true } }", r#"{"x": 5}"#, "true"),
            ("{ x: { in: ['5', A], ignore_case: true } }", r#"{"x": "a"}"#, "true"),
            ("{ x: { eq: '1E3', ignore_case: true } }", r#"{"x": "1e3"}"#, "true"),
            ("{ x: { eq: A, ignore_case: true } }", r#"{"x": 5}"#, "unknown"),
            ("\"x endswith '@EXAMPLE.com' ignore_case\"", r#"{"x": "a@example.com"}"#, "true"),
        ],
    );
}

#[test]
fn regexes_search() {
    conditions(
        "",
        &[
            ("{ x: { regex: b } }", r#"{"x": "abc"}"#, "true"),
            ("{ x: { regex: '^b' } }", r#"{"x": "abc"}"#, "false"),
            ("{ x: { regex: '^abc$' } }", r#"{"x": "abc"}"#, "true"),
            ("{ x: { regex: '^abc$' } }", r#"{"x": "abc\n"}"#, "false"),
            ("{ x: { regex: '^[^@]+@example[.]com$' } }", r#"{"x": "ann@example.com"}"#, "true"),
            ("{ x: { regex: '' } }", r#"{"x": ""}"#, "true"),
            ("{ x: { regex: '^.$' } }", r#"{"x": "é"}"#, "true"),
            ("\"x =~ '^a.c$'\"", r#"{"x": "abc"}"#, "true"),
            ("\"x =~ 'A' || x == 'abc'\"", r#"{"x": "abc"}"#, "true"),
        ],
    );
    // Patterns over which backtracking engines hang.
    let text = format!(r#"{{"x": "{}!"}}"#, "a".repeat(5000));
    conditions(
        "",
        &[("{ x: { regex: '^(a+)+$' } }", &text, "false"), ("{ x: { regex: '(a|a)*b' } }", &text, "false")],
    );
}

#[test]
fn a_search_is_bounded_by_the_pattern_and_by_the_text() {
    let text = |length: usize| format!(r#"{{"x": "{}b"}}"#, "a".repeat(length - 1));
    // As large as a pattern of this sort may be, on a text as long as one that is searched.
    let slow = format!("{{ x: {{ regex: '{}c' }} }}", "(a?)".repeat(300));
    conditions(
        "",
        &[
            ("{ x: { regex: b } }", &text(16 * 1024), "true"),
            ("{ x: { regex: b } }", &text(16 * 1024 + 1), "unknown"),
            ("{ not: { x: { regex: b } } }", &text(16 * 1024 + 1), "unknown"),
            (&slow, &text(16 * 1024), "false"),
        ],
    );
    let refused = format!(
        "flags: {{ a: {{ state: targeted, rules: [ {{ when: {{ x: {{ regex: '{}' }} }} }} ] }} }}",
        "(a?)".repeat(9000)
    );
    let errors = Engine::new(support::unchecked(&refused), support::options()).unwrap_err();
    assert!(
        errors[0].message.ends_with("compiled, it takes more than 64 KiB"),
        "{}",
        errors[0].message.len()
    );
}
