//! The document of feature flags: `flags.yaml` and its overlays, read with positions and checked.
//!
//! No evaluation, and no I/O but reading files with the feature `files`. It serves the macro that compiles flags, the runtime that
//! reloads them, and the command line; tools of your own may use it as they do.
//!
//! ```
//! use flags_schema::{Options, SourceFile, load, render};
//!
//! let text = "\
//! flags:
//!   new-ui: { state: gradual, rollout: 150 }
//!   search: { state: betta }
//! ";
//! let mut no_overlays = |name: &str| Err(format!("`{name}` is not here"));
//! let loaded = load(SourceFile::new("flags.yaml", text), &mut no_overlays, &Options::default());
//!
//! assert!(loaded.diagnostics.has_errors());
//! let codes: Vec<_> = loaded.diagnostics.iter().map(|diagnostic| diagnostic.code.as_str()).collect();
//! assert_eq!(codes, ["percentage-range", "unknown-segment"]);
//!
//! let report = render::text(loaded.diagnostics.as_slice(), &loaded.sources);
//! assert!(report.contains("--> flags.yaml:2:38"));
//! ```
//!
//! # The way of a document
//!
//! | step | |
//! |---|---|
//! | [`load`] | text to positioned tree to [`Document`], every mistake collected on the way, then [`check`] |
//! | [`Document`] | what a person wrote, every value with its [`Position`]; names resolved to nothing |
//! | [`Document::effective`] | the same as one environment sees it |
//! | [`Diagnostic`] | what is wrong, where, and one thing to do; [`Code::ALL`] are its stable names |
//! | [`render`] | diagnostics as rustc prints them, and as JSON |
//! | [`Contract`] | what programs are compiled against; [`Contract::check`] compares a later document with it |
//! | [`Document::to_bytes`], [`Document::from_bytes`] | the compact form that is embedded in programs |
//! | [`Document::fingerprint`] | SHA-256 of the canonical form |
//!
//! Conditions have two spellings and one tree, [`Condition`]: [`expression`] reads and prints the other one. [`parse`] has
//! the parsers of single values, [`names`] what becomes of keys in Rust, [`suggest`] the nearest name.
//!
//! Any text ends in a document and diagnostics: reading takes time and memory linear in it, and never panics.
//!
//! # Features
//!
//! | feature | default | brings |
//! |---|---|---|
//! | `yaml` | yes | [`load`]: reading text. Without it a document comes from its bytes |
//! | `files` | no | `DocumentFiles`: reading a base file and its overlays from the disk |
//! | `schema` | no | `json_schema`: the JSON Schema of the format, draft-07 |

#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

mod check;
mod condition;
mod contract;
#[cfg(feature = "yaml")]
mod decode;
mod dependency;
mod diagnostic;
mod document;
mod effective;
mod embed;
mod ending;
mod experiment;
pub mod expression;
#[cfg(feature = "yaml")]
mod file_diagnostics;
#[cfg(feature = "files")]
mod files;
mod fingerprint;
mod kind;
mod layer;
mod lines;
#[cfg(feature = "yaml")]
mod load;
pub mod names;
mod options;
#[cfg(feature = "yaml")]
mod outline;
pub mod parse;
mod position;
pub mod printable;
pub mod render;
mod requirement;
#[cfg(feature = "yaml")]
mod revision;
#[cfg(feature = "schema")]
mod schema;
mod shape;
mod source;
pub mod suggest;
mod value;
#[cfg(feature = "yaml")]
mod yaml;

/// The most bytes that the texts of a document may have together.
#[cfg(any(feature = "yaml", feature = "files"))]
pub(crate) const LARGEST: usize = 16 * 1024 * 1024;

pub use check::check;
pub use condition::{Comparison, Condition, Operator};
pub use contract::{Answers, AttributeContract, Contract, ContractReport, FlagContract, KeptFlag};
pub use dependency::{Dependencies, Dependency, DependencyKind};
pub use diagnostic::{Code, Diagnostic, Diagnostics, Related, Severity};
pub use document::{
    Amount, Answer, Attribute, AttributeType, Document, Environment, Environments, Flag, FlagCategory,
    FlagState, Mutability, Overlay, Pace, Patch, ProblemReporting, Ramp, Rollout, Rule, ScalarType, Segment,
    Serve, Settings, Users, ValueType, Variant,
};
pub use embed::{EmbedError, EmbeddedDocument, EmbeddedFlag};
pub use ending::{cut_off, left_out};
pub use experiment::{Better, Experiment, Measure, Metric};
#[cfg(feature = "files")]
pub use files::{DocumentFiles, FileText, LARGEST_DOCUMENT, ReadError};
pub use fingerprint::Fingerprint;
pub use kind::FlagKind;
pub use layer::{ExclusionLayer, LayerRange};
pub use lines::Lines;
#[cfg(feature = "yaml")]
pub use load::{Loaded, load};
pub use options::Options;
#[cfg(feature = "yaml")]
pub use outline::outline;
pub use position::{FileId, Position, Spanned};
pub use requirement::Requirement;
#[cfg(feature = "yaml")]
pub use revision::{Baseline, Revision};
#[cfg(feature = "schema")]
pub use schema::json_schema;
pub use shape::{Field, Misfit, Shape, ShapeError};
pub use source::{SourceFile, Sources};
pub use value::{Millis, Percent, PercentError, Timestamp, Value};
