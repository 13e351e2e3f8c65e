//! A document of which only a part was read is the one that reading all of it gives: generated documents, edited
//! in every way, read both ways.

#![cfg(feature = "yaml")]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops where it is wrong"
)]

mod edited;

use edited::texts;
use flags_schema::{Baseline, EmbeddedDocument, Loaded, Options, SourceFile, Timestamp, load};
use proptest::test_runner::{Config, TestRunner};
use std::cell::Cell;

const OPTIONS: Options = Options { today: Some(Timestamp(1_700_000_000_000)) };

fn read(source: SourceFile) -> Loaded {
    load(source, &mut |_| Err(String::new()), &OPTIONS)
}

fn embedded(loaded: &Loaded) -> EmbeddedDocument {
    EmbeddedDocument::new(loaded.document.to_bytes().unwrap()).unwrap()
}

/// Every text after the first is read by what is remembered of the one before, which may have been read so itself.
/// Returns how many were read in part.
fn compare(texts: &[SourceFile]) -> usize {
    let mut revised = 0;
    let mut before: Option<(Baseline, EmbeddedDocument)> = None;
    for text in texts {
        let whole = read(text.clone());
        let revision = before
            .as_ref()
            .and_then(|(baseline, document)| baseline.revise(document, text, &OPTIONS).unwrap());
        before = match revision {
            Some(revision) => {
                revised += 1;
                assert_eq!(whole.diagnostics.as_slice(), [], "{text:?}");
                // Positions are part of the bytes.
                let (bytes, of_whole) =
                    (revision.document.to_document().unwrap().to_bytes(), whole.document.to_bytes());
                assert_eq!(bytes, of_whole, "{text:?}");
                assert_eq!(revision.document.fingerprint().unwrap(), whole.document.fingerprint());
                Some((revision.baseline, revision.document))
            }
            None => Baseline::of(&whole).map(|baseline| (baseline, embedded(&whole))),
        };
    }
    revised
}

#[test]
fn what_is_read_in_part_is_what_is_read_as_a_whole() {
    let (revised, all) = (Cell::new(0), Cell::new(0));
    let config = Config { cases: 1000, failure_persistence: None, ..Config::default() };
    let outcome = TestRunner::new(config).run(&texts(), |texts| {
        let texts: Vec<_> = texts.into_iter().map(|text| SourceFile::new("flags.yaml", text)).collect();
        all.set(all.get() + texts.len() - 1);
        revised.set(revised.get() + compare(&texts));
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
    // Both ways are taken often.
    assert!(
        revised.get() > all.get() / 20 && revised.get() < all.get(),
        "{} of {}",
        revised.get(),
        all.get()
    );
}

/// What is seen only in other flags is seen.
#[test]
fn what_concerns_other_flags_is_read_as_a_whole() {
    let text = |flag: &str| {
        SourceFile::new(
            "flags.yaml",
            format!(
                "flags:\n  first: on\n  one: {flag}\n  two: {{ state: on, requires: [one] }}\n  last: on\n"
            ),
        )
    };
    let document = read(text("on"));
    let (baseline, before) = (Baseline::of(&document).unwrap(), embedded(&document));
    let revised = |source: &SourceFile, options| baseline.revise(&before, source, options).unwrap().is_some();
    for (flag, in_part) in [
        ("{ state: gradual, rollout: 10 }", true),
        ("{ state: on, description: for all }", true),
        // `two` requires it.
        ("off", false),
        ("{ state: on, requires: [two] }", false),
        ("{ state: on, variants: [a, b] }", false),
        ("{ type: integer, value: 1 }", false),
        // It is told.
        ("{ state: on, expires: 2020-01-01 }", false),
        ("onn", false),
        ("[", false),
    ] {
        assert_eq!(revised(&text(flag), &OPTIONS), in_part, "{flag}");
    }
    let renamed = text("on").text.replace("one", "two");
    assert!(!revised(&SourceFile::new("flags.yaml", renamed), &OPTIONS), "another key");
    assert!(!revised(&SourceFile::new("other.yaml", text("{ state: on }").text), &OPTIONS), "another file");
}

/// A flag expires while the document stays as it is.
#[test]
fn what_expires_is_told_by_the_next_document() {
    let text = |state: &str| {
        SourceFile::new(
            "flags.yaml",
            format!("flags:\n  a: {{ state: on, expires: 2023-11-20 }}\n  b: {state}\n  c: on\n"),
        )
    };
    let document = read(text("on"));
    let (baseline, before) = (Baseline::of(&document).unwrap(), embedded(&document));
    for (days, in_part) in [(0, true), (3, true), (6, false), (100, false)] {
        let options = Options { today: Some(Timestamp(1_700_000_000_000 + days * 86_400_000)) };
        let whole = load(text("off"), &mut |_| Err(String::new()), &options);
        let revised = baseline.revise(&before, &text("off"), &options).unwrap();
        assert!(revised.is_none() || whole.diagnostics.as_slice().is_empty(), "{days}");
        assert_eq!(revised.is_some(), in_part, "{days}");
    }
}
