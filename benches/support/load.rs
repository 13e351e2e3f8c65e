//! Loading: the embedded document when a program starts, YAML when it is reloaded.

use super::alloc::{Heap, count};
use super::clock::{cpu, median};
use super::document::{Flag, Workload, mixed, yaml};
use flags_runtime::__private::{Embedded, Value, decode, field};
use flags_runtime::{Engine, FlagValue, Options, SourceFile};
use flags_schema::{Document, load};
use std::hint::black_box;

/// The flags read and checked.
///
/// # Panics
/// When something is wrong with them.
pub fn document(flags: &[Flag]) -> Document {
    read(yaml(flags))
}

pub fn read(text: String) -> Document {
    let source = SourceFile::new("flags.yaml", text);
    let loaded = load(source, &mut |_| Err(String::new()), &flags_schema::Options::default());
    assert!(!loaded.diagnostics.has_errors(), "{:?}", loaded.diagnostics);
    loaded.document
}

pub fn engine(flags: &[Flag]) -> Engine {
    Engine::new(document(flags), Options::default()).unwrap()
}

/// The same text, evaluations not counted.
pub fn uncounted(yaml: &str) -> String {
    yaml.replace("context:\n", "settings: { metrics: false }\ncontext:\n")
}

/// An engine that counts nothing.
pub fn quiet_engine(flags: &[Flag]) -> Engine {
    Engine::new(read(uncounted(&yaml(flags))), Options::default()).unwrap()
}

/// What `flags!` makes of [`super::document::Payload`].
#[derive(Clone, Debug)]
struct Payload {
    _color: String,
    _columns: i64,
    _cta: String,
}

impl FlagValue for Payload {
    fn from_value(value: &Value) -> Option<Self> {
        Some(Self {
            _color: field(value, "color")?,
            _columns: field(value, "columns")?,
            _cta: field(value, "cta")?,
        })
    }
    fn empty() -> Self {
        Self { _color: String::new(), _columns: 0, _cta: String::new() }
    }
}

/// A document as `flags!` embeds it.
pub fn embed(flags: &[Flag]) -> Embedded {
    let decoders: Vec<_> = (0..)
        .zip(flags)
        .filter(|(_, flag)| flag.kind == Workload::Variants)
        .map(|(i, _)| (i, decode::<Payload> as fn(&Value) -> _))
        .collect();
    Embedded { document: document(flags).to_bytes().unwrap().leak(), decoders: decoders.leak() }
}

/// Milliseconds of processor time, and bytes.
pub struct Loaded {
    pub flags: usize,
    pub embedded_bytes: usize,
    pub start: f64,
    pub heap: Heap,
    pub yaml_bytes: usize,
    pub reload: f64,
}

pub fn measure(flags: usize, times: usize) -> Loaded {
    let flags = mixed(flags);
    let (embedded, yaml) = (embed(&flags), yaml(&flags));
    drop(Engine::embedded(&embedded));
    let start = median((0..times).map(|_| {
        let before = cpu();
        let engine = black_box(Engine::embedded(black_box(&embedded)));
        let took = cpu() - before;
        drop(engine);
        took
    }));
    let (engine, heap) = count(|| Engine::embedded(&embedded));
    let [one, other] =
        [String::new(), "# changed\n".to_owned()].map(|head| SourceFile::new("flags.yaml", head + &yaml));
    let reload = median((0..times).map(|i| {
        let before = cpu();
        engine.reload_from(if i % 2 == 0 { &one } else { &other }).unwrap();
        cpu() - before
    }));
    Loaded {
        flags: flags.len(),
        embedded_bytes: embedded.document.len(),
        start: start / 1e6,
        heap,
        yaml_bytes: yaml.len(),
        reload: reload / 1e6,
    }
}
