//! A report of many diagnostics shows the first of them and counts the others, in each form.
#![allow(clippy::unwrap_used, clippy::string_slice, reason = "a test, of ASCII texts")]

use flags_schema::{Code, Diagnostic, FileId, Position, Severity, SourceFile, Sources, render};

fn many(count: u32) -> (Vec<Diagnostic>, Sources) {
    let mut sources = Sources::default();
    sources.add(SourceFile::new("flags.yaml", "x\n".repeat(count as usize)));
    let position = |line| Position::new(FileId(0), line, 1);
    let one = |line| Diagnostic::new(Code::UnknownSegment, position(line), format!("mistake {line}"));
    ((1..=count).map(one).collect(), sources)
}

#[test]
fn text_ends_with_the_number_of_the_others() {
    let (all, sources) = many(100_000);
    let text = render::text(&all, &sources);
    assert_eq!(text.matches("error[unknown-segment]").count(), 100);
    assert!(text.contains("mistake 100\n") && !text.contains("mistake 101\n"));
    assert!(
        text.ends_with("^\n\nand 99,900 more errors; the first 100 are shown\n"),
        "{}",
        &text[text.len() - 200..]
    );
    // Nothing of the others is rendered.
    assert!(text.len() < render::text(&all[..100], &sources).len() + 60);
    let styled = render::styled(&all, &sources);
    assert!(styled.ends_with("\u{1b}[1mand 99,900 more errors; the first 100 are shown\u{1b}[0m\n"));
    assert!(!render::text(&all[..100], &sources).contains("more"));
}

#[test]
fn json_has_the_number_of_the_others_as_data() {
    let (mut all, sources) = many(1_102);
    all[5].severity = Severity::Warning;
    let json: serde_json::Value = serde_json::from_str(&render::json(&all, &sources)).unwrap();
    let items = json.as_array().unwrap();
    assert_eq!(items.len(), 101);
    assert!(items[..100].iter().all(|item| item["severity"] == "error" && item.get("more").is_none()));
    let expected = serde_json::json!({
        "severity": "error",
        "code": "more",
        "message": "and 1,001 more errors and 1 more warning; the first 100 are shown",
        "file": null,
        "line": null,
        "column": null,
        "help": null,
        "related": [],
        "more": { "errors": 1001, "warnings": 1, "shown": 100 },
    });
    assert_eq!(items[100], expected);
    let json = render::json(&all[..100], &sources);
    assert_eq!(serde_json::from_str::<serde_json::Value>(&json).unwrap().as_array().unwrap().len(), 100);
}

#[test]
fn errors_are_shown_before_warnings_and_all_in_order_where_there_are_few() {
    let (mut all, _) = many(300);
    all[..150].iter_mut().for_each(|diagnostic| diagnostic.severity = Severity::Warning);
    let (first, rest) = render::first(&all, 100);
    assert_eq!(first, all[150..250].iter().collect::<Vec<_>>());
    assert_eq!(rest, Some(render::Rest { errors: 50, warnings: 150, shown: 100 }));
    let (first, rest) = render::first(&all[100..200], 100);
    assert_eq!((first, rest), (all[100..200].iter().collect(), None));
    let (first, rest) = render::first(&all, 200);
    assert_eq!(
        (first.len(), first[0].message.as_str(), first[150].message.as_str()),
        (200, "mistake 151", "mistake 1")
    );
    assert_eq!(rest.unwrap().to_string(), "and 100 more warnings; the first 200 are shown");
}
