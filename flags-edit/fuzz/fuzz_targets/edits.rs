//! A document and a sequence of edits: what the edits make of it keeps `tests/invariant`.
//!
//! The first line of the input draws the edits; below it stands the base file, and what follows a line `#overlay` is the
//! overlay `flags.staging.yaml`.
#![no_main]

#[path = "../../tests/invariant/mod.rs"]
mod invariant;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let Some(end) = input.iter().position(|byte| *byte == b'\n') else { return };
    let (drawn, text) = (&input[..end], &input[end + 1..]);
    let Ok(text) = std::str::from_utf8(text) else { return };
    // A few edits of a small document find more than many of a large one.
    if drawn.len() > 8 * invariant::DRAWN || text.len() > 4096 {
        return;
    }
    let (base, overlay) = text.split_once("\n#overlay\n").unwrap_or((text, ""));
    invariant::check(base, overlay, drawn);
});
