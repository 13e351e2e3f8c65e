//! For tests: flags forced for a thread or a future, a clock that is set by hand, tests run for every
//! combination of flags, assertions that say why. Programs are built without it.
//!
//! What is forced holds for the thread that forced it, so tests that run at the same time do not see
//! each other:
//!
//! ```
//! use flags_runtime::{Context, OverrideState};
//!
//! flags_runtime::flags!(inline = "flags: { new-ui: off, limits: { type: integer, value: 20 } }");
//!
//! let ctx = Context::new("ann");
//! let forced = Flags::NEW_UI.force(true);
//! let _limits = Flags::LIMITS.force(100);
//! assert!(Flags::NEW_UI.enabled(&ctx));
//! assert_eq!(Flags::LIMITS.get(&ctx), 100);
//!
//! drop(forced);
//! assert!(!Flags::NEW_UI.enabled(&ctx));
//! ```
//!
//! `#[flag_matrix]` runs a test for every combination of flags, whose names the compiler checks:
//!
//! ```
//! use flags_runtime::{Context, assert_enabled, flag_matrix};
//!
//! flags_runtime::flags!(inline = "flags: { new-ui: off, dark: on, always: on }");
//!
//! #[flag_matrix("new-ui", "dark")]
//! # fn test() { always_is_always() }
//! # fn always_is_always() {
//! # /*
//! #[test]
//! fn always_is_always() {
//! # */
//!     assert_enabled!(Flags::ALWAYS, &Context::new("ann"));
//! }
//! # test();
//! ```
//!
//! ```compile_fail
//! # use flags_runtime::flag_matrix;
//! # flags_runtime::flags!(inline = "flags: { new-ui: off, dark: on }");
//! #[flag_matrix("new-uii", "dark")] // unknown flag `new-uii`; did you mean `new-ui`?
//! fn test() {}
//! ```
//!
//! A future that may be polled by any thread goes through [`scope`]; a thread of the test's own
//! through [`inherit`].

mod assert;
mod clock;
mod force;
mod future;
mod matrix;
mod pairwise;
mod stack;

pub use assert::VariantName;
#[doc(hidden)]
pub use assert::{assert_switch, assert_variant};
pub use clock::{ForcedClock, Moment, clock};
pub use force::{ForceTo, Forced, force};
pub use future::{Scope, scope};
pub use matrix::Outcome;
#[doc(hidden)]
pub use matrix::{Axis, matrix, matrix_async};
pub use stack::{Forcing, inherit};
