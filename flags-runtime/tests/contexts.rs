//! Contexts from JSON: what the fuzz target `contexts` looks for holds of its corpus, and of each text of it with one
//! part left out or doubled.

#![allow(clippy::unwrap_used, clippy::string_slice, reason = "tests fail by panicking")]

mod invariant;

#[test]
fn every_text_keeps_the_invariant() {
    let engine = invariant::engine();
    let corpus = concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/corpus/contexts");
    let mut texts = 0;
    for entry in std::fs::read_dir(corpus).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        invariant::check(&engine, &text);
        texts += 1;
        for at in text.char_indices().map(|(at, _)| at) {
            for length in [1, 2, 5, 13] {
                let Some((part, rest)) = text[at..].split_at_checked(length) else { continue };
                let before = &text[..at];
                invariant::check(&engine, &format!("{before}{rest}"));
                invariant::check(&engine, &format!("{before}{part}{part}{rest}"));
            }
        }
    }
    assert!(texts >= 8, "{texts} texts");
}
