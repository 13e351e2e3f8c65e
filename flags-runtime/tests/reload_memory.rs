//! What reloads need of memory: what a document in force keeps, and what is needed while one is replaced.

#![cfg(feature = "reload")]
#![allow(clippy::unwrap_used, clippy::cast_possible_wrap, reason = "a test stops where it is wrong")]

use allocation_counter::measure;
use flags_runtime::__private::{Embedded, Value, decode, field};
use flags_runtime::{Context, Engine, FlagValue};
use flags_schema::{Options, SourceFile, load};
use std::fmt::Write as _;

/// Flags of the document.
const FLAGS: u64 = 2000;
/// Bytes that a reloaded document may keep for each flag.
const KEPT: u64 = 1000;
/// Bytes that a reload may need for each flag, at the moment when it needs most.
const PEAK: u64 = 3000;

/// A document of switches, rules, rollouts and variants, a fifth of each kind. `mark` is what the variants say.
fn document(mark: &str) -> SourceFile {
    let mut text = String::from("version: 1\ncontext:\n  country: string\n  plan: string\nflags:\n");
    for number in 0..FLAGS {
        let flag = match number % 5 {
            0 => "on",
            1 => "off",
            2 => {
                "\n    state: targeted\n    rules:\n      - when: { country: { in: [US, CA, UK] }, plan: \"premium\" }"
            }
            3 => "{ state: gradual, rollout: 25 }",
            _ => {
                "\n    state: on\n    variants:\n      \
                 control: { weight: 50, value: { color: blue, columns: 2, cta: MARK } }\n      \
                 wide: { weight: 30, value: { color: blue, columns: 4, cta: MARK } }\n      \
                 green: { weight: 20, value: { color: green, columns: 2, cta: MARK } }"
            }
        };
        writeln!(text, "  flag-{number:05}: {}", flag.replace("MARK", mark)).unwrap();
    }
    SourceFile::new("flags.yaml", text)
}

/// What `flags!` makes of the variants' values.
#[derive(Clone, Debug)]
struct Button {
    _color: String,
    _columns: i64,
    _cta: String,
}

impl FlagValue for Button {
    fn from_value(value: &Value) -> Option<Self> {
        let (color, columns, cta) = (field(value, "color")?, field(value, "columns")?, field(value, "cta")?);
        Some(Self { _color: color, _columns: columns, _cta: cta })
    }
    fn empty() -> Self {
        Self { _color: String::new(), _columns: 0, _cta: String::new() }
    }
}

/// An engine of the document as `flags!` embeds it.
fn engine(source: SourceFile) -> Engine {
    let loaded = load(source, &mut |_| Err(String::new()), &Options::default());
    assert!(!loaded.diagnostics.has_errors(), "{:?}", loaded.diagnostics);
    let variants = (0..u32::try_from(FLAGS).unwrap()).filter(|index| index % 5 == 4);
    let decoders: Vec<_> = variants.map(|index| (index, decode::<Button> as fn(&Value) -> _)).collect();
    Engine::embedded(&Embedded {
        document: loaded.document.to_bytes().unwrap().leak(),
        decoders: decoders.leak(),
    })
}

#[test]
fn a_reloaded_document_takes_little_memory() {
    let engine = engine(document("Buy"));
    let mut kept = 0;
    // The same document, others of which a fifth of the flags differs, and the same ones farther down.
    let moved = SourceFile::new("flags.yaml", format!("# moved\n\n{}", document("Now").text));
    let sources = [document("Buy"), document("Now"), moved, document("Buy"), document("Buy")];
    for (round, source) in sources.iter().enumerate() {
        let heap = measure(|| drop(engine.reload_from(source).unwrap()));
        kept += heap.bytes_current;
        let kept = kept / FLAGS as i64;
        let peak = heap.bytes_max / FLAGS;
        assert!(kept < KEPT as i64, "reload {round} keeps {kept} bytes a flag");
        assert!(peak < PEAK, "reload {round} needs {peak} bytes a flag");
        assert!(engine.flag("flag-00000").unwrap().enabled(&Context::anonymous()));
    }
}
