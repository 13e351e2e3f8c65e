//! Feature flags that the Rust compiler knows.

mod bucket;
mod clock;
mod context;
mod contract;
mod engine;
mod evaluation;
mod explain;
mod flag;
mod overrides;
mod ruleset;
mod value;
mod variant;

pub use clock::{Clock, FixedClock, SystemClock};
pub use context::{AsContext, AttributeValue, Context};
pub use engine::{Engine, Evaluations, FlagHandle, Options, Variables};
pub use evaluation::{ErrorCode, Evaluation, Layer, Provenance, Reason, RuleRef};
pub use explain::{ExplainedStep, Explanation};
pub use flag::{FixedFlag, Flag, FlagRef};
pub use flags_schema::{Timestamp, Value};
pub use overrides::{OverrideError, OverrideInfo, Problem, State};
pub use value::{FlagType, FlagValue, ValueRef};
pub use variant::{Variant, VariantValue};

/// What generated code and our own tests name; no part of the interface.
#[doc(hidden)]
pub mod __private {
    pub use crate::bucket::buckets;
    pub use crate::context::attribute_hash;
    pub use crate::engine::Embedded;
    pub use crate::value::{Served, Typed, decode, field};
    pub use flags_schema::Value;
    pub use once_cell;
}
