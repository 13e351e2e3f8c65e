//! What `#[feature_flag]` leans on: what a function returns when it does not run, and how it asks for
//! one variant.

use crate::{AsContext, Flag, Variant};
use std::error::Error;
use std::fmt;

/// A flag kept a function from running.
///
/// A function under `#[feature_flag]` may return `Result<_, E>` for any `E: From<FlagDisabled>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FlagDisabled {
    flag: &'static str,
}

impl FlagDisabled {
    /// The flag of that key kept something from running.
    #[must_use]
    pub const fn new(flag: &'static str) -> Self {
        Self { flag }
    }

    /// The flag's key.
    #[must_use]
    pub const fn flag(&self) -> &'static str {
        self.flag
    }
}

impl fmt::Display for FlagDisabled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the flag `{}` is off", self.flag)
    }
}

impl Error for FlagDisabled {}

/// A type that says by itself what a function under `#[feature_flag]` returns when it does not run:
/// nothing, `None`, or an error made from [`FlagDisabled`].
///
/// ```
/// use flags_runtime::{FlagDisabled, WhenDisabled};
///
/// /// Answers that say why they are empty.
/// struct Answers(Vec<String>, Option<&'static str>);
///
/// impl WhenDisabled for Answers {
///     fn when_disabled(disabled: FlagDisabled) -> Self {
///         Self(Vec::new(), Some(disabled.flag()))
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "nothing says what to return as `{Self}` when the flag is off",
    label = "returned when the flag is off",
    note = "write `#[feature_flag(…, default)]` or `#[feature_flag(…, else = …)]`, return `Option` or \
            `Result<_, E>` with `E: From<FlagDisabled>`, or implement `WhenDisabled` for the type"
)]
pub trait WhenDisabled: Sized {
    /// What is returned instead of running.
    fn when_disabled(disabled: FlagDisabled) -> Self;
}

impl WhenDisabled for () {
    fn when_disabled(_disabled: FlagDisabled) {}
}

impl<T> WhenDisabled for Option<T> {
    fn when_disabled(_disabled: FlagDisabled) -> Self {
        None
    }
}

#[diagnostic::do_not_recommend]
impl<T, E: From<FlagDisabled>> WhenDisabled for Result<T, E> {
    fn when_disabled(disabled: FlagDisabled) -> Self {
        Err(disabled.into())
    }
}

/// One variant of a flag, asked for as if it were a switch.
#[doc(hidden)]
#[derive(Debug)]
pub struct Serving<V, C> {
    flag: Flag<V, C>,
    index: usize,
}

impl<V: Variant, C: AsContext> Serving<V, C> {
    /// The variant of that index.
    #[must_use]
    pub const fn new(flag: Flag<V, C>, index: usize) -> Self {
        Self { flag, index }
    }

    /// Whether the context gets it.
    #[inline]
    #[must_use]
    pub fn enabled(&self, ctx: &C) -> bool {
        self.flag.variant(ctx).index() == self.index
    }
}

#[cfg(test)]
mod tests {
    use super::{FlagDisabled, WhenDisabled};

    #[test]
    fn fallbacks() {
        let disabled = FlagDisabled::new("a.b");
        <()>::when_disabled(disabled);
        assert_eq!(Option::<u8>::when_disabled(disabled), None);
        let error = Result::<u8, Box<dyn std::error::Error>>::when_disabled(disabled).unwrap_err();
        assert_eq!(error.to_string(), "the flag `a.b` is off");
        assert_eq!(Result::<u8, FlagDisabled>::when_disabled(disabled).unwrap_err().flag(), "a.b");
    }
}
