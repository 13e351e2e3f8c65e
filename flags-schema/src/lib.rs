//! The document of feature flags: `flags.yaml` and its overlays, read with positions and checked.
//!
//! No evaluation, and no I/O but reading what it is given.

#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

mod check;
mod condition;
mod contract;
#[cfg(feature = "yaml")]
mod decode;
mod diagnostic;
mod document;
mod effective;
mod embed;
pub mod expression;
mod fingerprint;
#[cfg(feature = "yaml")]
mod found;
#[cfg(feature = "yaml")]
mod load;
pub mod names;
mod options;
#[cfg(feature = "yaml")]
mod outline;
pub mod parse;
mod position;
mod printable;
pub mod render;
#[cfg(feature = "schema")]
mod schema;
mod shape;
mod source;
pub mod suggest;
mod value;
#[cfg(feature = "yaml")]
mod yaml;

pub use check::check;
pub use condition::{Comparison, Condition, Operator};
pub use contract::{Answers, AttributeContract, Contract, ContractReport, FlagContract};
pub use diagnostic::{Code, Diagnostic, Diagnostics, Related, Severity};
pub use document::{
    Amount, Answer, Attribute, AttributeType, Document, Environment, Environments, Experiment, Flag, Kind,
    Mutability, Overlay, Pace, Patch, Ramp, Requirement, Rollout, Rule, ScalarType, Segment, Serve, Settings,
    State, Users, ValueType, Variant,
};
pub use embed::EmbedError;
pub use fingerprint::Fingerprint;
#[cfg(feature = "yaml")]
pub use load::{Loaded, load};
pub use options::Options;
#[cfg(feature = "yaml")]
pub use outline::outline;
pub use position::{FileId, Position, Spanned};
#[cfg(feature = "schema")]
pub use schema::json_schema;
pub use shape::{Field, Misfit, Shape, ShapeError};
pub use source::{Source, Sources};
pub use value::{Millis, Percent, PercentError, Timestamp, Value};
