//! Feature flags that the Rust compiler knows: one flags.yaml becomes typed constants, a misspelt flag does not
//! compile, and what the flags answer can still change while the program runs.
//!
//! ```
//! use flags_runtime::{Context, feature_flag};
//!
//! // A program writes `flags!()`, which finds flags.yaml beside its Cargo.toml.
//! flags_runtime::flags!(
//!     inline = r#"
//! segments:
//!   admin: { users: [ann] }
//! flags:
//!   community.forums: { state: gradual, rollout: 25 }
//!   ai-signals: { state: admin }
//!   checkout: { state: on, variants: [control, treatment] }
//! "#
//! );
//!
//! #[feature_flag("ai-signals")] // `None` for everyone but the admins
//! fn signals(ctx: &Context) -> Option<f64> {
//!     Some(0.7)
//! }
//!
//! fn main() {
//!     let ctx = Context::new("ann").with("plan", "premium");
//!     if Flags::COMMUNITY_FORUMS.enabled(&ctx) {
//!         println!("welcome to the forums");
//!     }
//!     match Flags::CHECKOUT.variant(&ctx) {
//!         Checkout::Control => println!("as before"),
//!         Checkout::Treatment => println!("in one step"),
//!     }
//!     assert_eq!(signals(&ctx), Some(0.7));
//!     assert_eq!(signals(&Context::new("bob")), None);
//! }
//! ```
//!
//! The contract is compiled: which flags exist, their types, their variants' names, the shape of their values. The
//! answers are live: states, rules, percentages may change, and never stop matching the contract.
//!
//! # A flag is asked
//!
//! [`flags!`] makes a constant [`Flag<T>`](Flag) for each flag; its page says which `T`. A flag is asked with a
//! [`Context`]: a targeting key, usually the user, and attributes.
//!
//! | | |
//! |---|---|
//! | [`Flag::enabled`] | whether a switch is on |
//! | [`Flag::variant`], [`Flag::value`] | which variant, and its value |
//! | [`Flag::get`] | a typed value |
//! | [`Flag::evaluate`] | the same with the reason, the rule, the file and the line: [`Evaluation`] |
//! | [`Flag::explain`] | every step, and why it held or not: [`Explanation`] |
//! | [`feature_flag`] | a function that runs only when a flag is on |
//!
//! Evaluating never fails, allocates nothing and takes no lock: whatever happens, the caller gets a value of the flag's
//! type. The order is the same for every flag: overrides, state and environment, prerequisites, named users, rules, what
//! the state says, the off variant.
//!
//! Where there is no context at hand, [`scope`] and [`InScope`] carry one for closures and futures, and [`current`] is it.
//!
//! # The engine
//!
//! `Flags::engine()` is the [`Engine`] that answers for the whole process.
//!
//! ```
//! use flags_runtime::{Context, OverrideState};
//!
//! flags_runtime::flags!(inline = "flags: { payments: on, wallet: { state: on, requires: [payments] } }");
//!
//! fn main() -> Result<(), flags_runtime::OverrideError> {
//!     let engine = Flags::engine();
//!     engine.set_override(Flags::PAYMENTS, OverrideState::Off)?;
//!     assert!(!Flags::WALLET.enabled(&Context::new("ann")));
//!
//!     engine.reset_override(Flags::PAYMENTS)?;
//!     assert!(Flags::WALLET.enabled(&Context::new("ann")));
//!     Ok(())
//! }
//! ```
//!
//! | | |
//! |---|---|
//! | [`Engine::set_override`], [`Engine::overrides`] | what stands above the document; environment variables do too |
//! | [`Engine::problems`], `Flags::init()` | what was ignored, and why; a program that would rather not start then |
//! | [`Engine::metrics`] | how often each flag answered what, and why |
//! | [`Engine::flag`], [`Engine::list`], [`Engine::evaluate_all`] | flags by key, for servers and tools |
//! | [`Engine::set_observer`] | an observer of evaluations: module [`observe`] |
//! | [`Engine::shown`], [`Engine::check_context`] | a context without what is private; what it has that the document does not declare |
//! | [`Engine::new`] | an engine of another document |
//!
//! # Modules
//!
//! | module | feature | |
//! |---|---|---|
//! | [`observe`] | | observers; with `metrics` and `tracing` ready-made ones |
//! | [`experiment`] | | who was shown which variant, and what they did then |
//! | `reload` | `reload` | documents loaded and watched while the program runs |
//! | `axum` | `axum` | services made with axum: a layer, an extractor, 404 where a flag is off |
//! | `testing` | `test-util` | flags forced for a test, a clock that is set, every combination of flags |
//!
//! # Features
//!
//! | feature | default | brings |
//! |---|---|---|
//! | `macros` | yes | [`flags!`], [`feature_flag`] |
//! | `reload` | no | YAML parsing, file watching, `Engine::watch`, `Engine::status` |
//! | `axum` | no | `axum::ScopeLayer`, `axum::CurrentContext`, `FlagDisabled` as a response |
//! | `js` | no | on wasm32-unknown-unknown the browser's clock |
//! | `metrics` | no | `observe::MetricsObserver`, through the `metrics` facade |
//! | `tracing` | no | `observe::TracingObserver`, in the words of OpenTelemetry |
//! | `test-util` | no | the module `testing`, `flag_matrix` |
//!
//! Without `reload` no YAML parser is linked: [`flags!`] embeds the checked document in a compact form.
//!
//! The repository's `docs/` has the reference: the format key by key, every decision of the evaluation with its reason.

#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

mod ambient;
#[cfg(feature = "axum")]
pub mod axum;
mod bucket;
mod callbacks;
mod checked;
mod clock;
mod context;
mod contract;
mod counts;
mod document;
mod engine;
pub mod experiment;
mod flag;
mod gate;
mod generated;
#[cfg(feature = "tracing")]
mod log;
pub mod observe;
mod overrides;
mod plain;
mod reason;
mod recording;
#[cfg(feature = "reload")]
pub mod reload;
mod ruleset;
mod serialize;
#[cfg(feature = "test-util")]
pub mod testing;
mod threads;
mod value;
mod variant;

pub use ambient::{InScope, Scoped, current, scope};
pub use checked::{ContextError, ContextProblem};
pub use clock::{Clock, FixedClock, SystemClock};
pub use context::{AsContext, AttributeValue, Context};
pub use engine::{
    Count, Engine, Evaluation, Evaluations, ExplainedStep, Explanation, Filter, FlagHandle, FlagMetrics,
    FlagRef, LastEvaluated, Metrics, Options, Variables,
};
pub use flag::{FixedFlag, Flag};
#[cfg(all(feature = "macros", feature = "test-util"))]
pub use flags_macros::flag_matrix;
#[cfg(feature = "macros")]
pub use flags_macros::{feature_flag, flags};
pub use flags_schema::{FlagCategory, SourceFile, Timestamp, Value};
pub use gate::{FlagDisabled, WhenDisabled};
pub use generated::{MissingAttribute, UnknownName};
pub use overrides::{OverrideError, OverrideInfo, OverrideState, ParseOverrideError, Problem, Problems};
pub use reason::{ErrorCode, Layer, Provenance, Reason, RuleRef};
pub use value::{FlagType, FlagValue, Json, ValueRef};
pub use variant::{Variant, VariantValue};

/// What generated code and our own tests name; no part of the interface.
#[doc(hidden)]
pub mod __private {
    pub use crate::bucket::buckets;
    pub use crate::context::AttributeName;
    pub use crate::engine::Embedded;
    pub use crate::engine::{PopulationDecision, Populations};
    pub use crate::experiment::{event_index, event_value};
    pub use crate::gate::Serving;
    pub use crate::generated::{Fields, Object, named};
    pub use crate::ruleset::{BucketRanges, BucketStream, Combinations, Divide, Holds, WHOLE};
    pub use crate::value::{ServedValue, StaticValues, Typed, decode, field};
    #[cfg(feature = "macros")]
    pub use flags_macros::__flag_error as flag_error;
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
    #[doc = include_str!("../../docs/guide.md")]
    struct Guide;
    #[doc = include_str!("../../docs/format.md")]
    struct Format;
    #[doc = include_str!("../../docs/evaluation.md")]
    struct Evaluation;
    #[doc = include_str!("../../docs/macros.md")]
    struct Macros;
    #[doc = include_str!("../../docs/metrics.md")]
    struct Metrics;
    #[doc = include_str!("../../docs/wasm.md")]
    struct Wasm;
}
