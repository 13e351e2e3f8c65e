//! Feature flags that the Rust compiler knows.

#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

mod ambient;
mod bucket;
mod clock;
mod context;
mod contract;
mod counts;
mod disabled;
mod engine;
mod evaluation;
pub mod experiment;
mod explain;
mod flag;
mod generated;
pub mod observe;
mod overrides;
#[cfg(feature = "reload")]
pub mod reload;
mod ruleset;
#[cfg(feature = "test-util")]
pub mod testing;
mod value;
mod variant;

pub use ambient::{InScope, Scoped, current, scope};
pub use clock::{Clock, FixedClock, SystemClock};
pub use context::{AsContext, AttributeValue, Context};
pub use counts::{Count, FlagMetrics, LastEvaluated, Metrics};
pub use disabled::{FlagDisabled, WhenDisabled};
pub use engine::{Engine, Evaluations, Filter, FlagHandle, Options, Variables};
pub use evaluation::{ErrorCode, Evaluation, Layer, Provenance, Reason, RuleRef};
pub use explain::{ExplainedStep, Explanation};
pub use flag::{FixedFlag, Flag, FlagRef};
#[cfg(all(feature = "macros", feature = "test-util"))]
pub use flags_macros::flag_matrix;
#[cfg(feature = "macros")]
pub use flags_macros::{feature_flag, flags};
pub use flags_schema::{Kind, Source as Text, Timestamp, Value};
pub use generated::{MissingAttribute, UnknownName};
pub use overrides::{OverrideError, OverrideInfo, Problem, State};
pub use value::{FlagType, FlagValue, ValueRef};
pub use variant::{Variant, VariantValue};

/// What generated code and our own tests name; no part of the interface.
#[doc(hidden)]
pub mod __private {
    pub use crate::bucket::buckets;
    pub use crate::context::attribute_hash;
    pub use crate::disabled::Serving;
    pub use crate::engine::Embedded;
    pub use crate::experiment::event_index;
    pub use crate::value::{Served, Typed, decode, field};
    #[cfg(feature = "macros")]
    pub use flags_macros::__mistake as mistake;
    pub use flags_schema::Value;
    pub use once_cell;
}

/// What `flags!` writes for tests: nothing without the feature `test-util`.
#[cfg(feature = "test-util")]
#[doc(hidden)]
#[macro_export]
macro_rules! __test_util {
    ($($code:tt)*) => { $($code)* };
}

/// What `flags!` writes for tests: nothing without the feature `test-util`.
#[cfg(not(feature = "test-util"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __test_util {
    ($($code:tt)*) => {};
}

/// The Rust of the README and of docs/, compiled and run with every feature.
#[cfg(all(
    doctest,
    feature = "macros",
    feature = "metrics",
    feature = "reload",
    feature = "test-util",
    feature = "tracing"
))]
mod pages {
    #[doc = include_str!("../../README.md")]
    struct Readme;
    #[doc = include_str!("../../docs/format.md")]
    struct Format;
    #[doc = include_str!("../../docs/evaluation.md")]
    struct Evaluation;
    #[doc = include_str!("../../docs/macros.md")]
    struct Macros;
    #[doc = include_str!("../../docs/metrics.md")]
    struct Metrics;
}
