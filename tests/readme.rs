//! The README's blocks do what they say. Its Rust is a doctest of flags-runtime.

use flags_schema::{Document, Options, Source};
use std::process::Command;

const README: &str = include_str!("../README.md");

/// Its fenced blocks of one language.
fn blocks(language: &str) -> Vec<&'static str> {
    let opening = format!("```{language}\n");
    let blocks: Vec<_> = README
        .split(&opening)
        .skip(1)
        .filter_map(|rest| rest.split_once("```"))
        .map(|(block, _)| block)
        .collect();
    assert!(!blocks.is_empty(), "no block of {language}");
    blocks
}

/// The document, without so much as a warning.
fn load(text: &str) -> Document {
    let mut overlays = |path: &str| {
        std::fs::read_to_string(path).map(|text| Source::new(path, text)).map_err(|e| e.to_string())
    };
    let loaded = flags_schema::load(Source::new("flags.yaml", text), &mut overlays, &Options::default());
    assert!(loaded.diagnostics.as_slice().is_empty(), "{text}\n{:#?}", loaded.diagnostics);
    loaded.document
}

#[test]
fn yaml_is_valid() {
    for block in blocks("yaml") {
        load(block);
    }
}

#[test]
fn the_first_block_is_an_excerpt_of_flags_yaml() {
    let whole = load(include_str!("../flags.yaml"));
    let excerpt = load(blocks("yaml")[0]);
    assert_eq!(excerpt.flags.len(), 3);
    for flag in excerpt.flags {
        let original = whole.flags.iter().find(|original| original.key == flag.key).unwrap();
        assert_eq!(original.answer, flag.answer);
        assert_eq!(original.variants, flag.variants);
    }
}

#[test]
fn python_computes_the_place() {
    let [program] = &blocks("python")[..] else { panic!("another Python block") };
    match Command::new("python3").arg("-c").arg(program).output() {
        Ok(output) => {
            let printed = String::from_utf8(output.stdout).unwrap();
            assert_eq!(printed, "15.6263, so in at 25 %\n", "{}", String::from_utf8_lossy(&output.stderr));
        }
        Err(error) => eprintln!("skipped: no python3 ({error})"),
    }
    assert!(README.contains("Both say 15.6263."));
}
