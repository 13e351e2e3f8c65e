//! Any text, read as the JSON of a context, keeps `tests/invariant`.
#![no_main]

#[path = "../../tests/invariant/mod.rs"]
mod invariant;

use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static ENGINE: LazyLock<flags_runtime::Engine> = LazyLock::new(invariant::engine);

fuzz_target!(|text: &str| {
    // Much of the same finds less than many small texts.
    if text.len() <= 4096 {
        invariant::check(&ENGINE, text);
    }
});
