//! Flags forced to answer something.

use super::stack::{Forcing, Stack, What, resolve};
use crate::engine::{Engine, FlagRef};
use crate::flag::Flag;
use crate::overrides::{OverrideError, OverrideState};
use crate::value::Json;
use crate::variant::Variant;
use flags_schema::Value;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// What a flag of type `T` can be forced to: what it answers with, or any [`OverrideState`].
///
/// A switch takes `true` and `false`, a flag with variants a variant (or `false` for off), a value flag
/// a value; durations are kept in whole milliseconds.
pub trait ForceTo<T> {
    /// What is forced.
    #[doc(hidden)]
    fn forcing(self) -> Forcing;
}

impl<T> ForceTo<T> for OverrideState {
    fn forcing(self) -> Forcing {
        Forcing::State(self)
    }
}

impl ForceTo<bool> for bool {
    fn forcing(self) -> Forcing {
        Forcing::value(Value::Bool(self))
    }
}

impl<V: Variant> ForceTo<V> for V {
    fn forcing(self) -> Forcing {
        let name = V::NAMES.get(self.index()).copied().unwrap_or_default();
        Forcing::State(OverrideState::Variant(name.to_owned()))
    }
}

impl<V: Variant> ForceTo<V> for bool {
    fn forcing(self) -> Forcing {
        Forcing::State(if self { OverrideState::On } else { OverrideState::Off })
    }
}

impl ForceTo<i64> for i64 {
    fn forcing(self) -> Forcing {
        Forcing::value(Value::Integer(self))
    }
}

impl ForceTo<f64> for f64 {
    fn forcing(self) -> Forcing {
        Forcing::value(Value::Float(self))
    }
}

impl ForceTo<String> for &str {
    fn forcing(self) -> Forcing {
        Forcing::value(Value::String(self.to_owned()))
    }
}

impl ForceTo<String> for String {
    fn forcing(self) -> Forcing {
        Forcing::value(Value::String(self))
    }
}

impl ForceTo<Json> for Json {
    fn forcing(self) -> Forcing {
        Forcing::of(self)
    }
}

impl ForceTo<Duration> for Duration {
    fn forcing(self) -> Forcing {
        Forcing::value(Value::String(format!("{}ms", self.as_millis())))
    }
}

impl<T, C> Flag<T, C> {
    /// Makes the flag answer that on this thread until the guard is dropped, above every override.
    /// Flags that require it see it too. Of two guards the later one counts.
    ///
    /// ```
    /// use flags_runtime::{Context, OverrideState};
    ///
    /// flags_runtime::flags!(inline = "flags: { button: { state: on, variants: [control, green] } }");
    ///
    /// let ctx = Context::new("ann");
    /// for variant in Button::ALL {
    ///     let _guard = Flags::BUTTON.force(*variant);
    ///     assert_eq!(Flags::BUTTON.variant(&ctx), *variant);
    /// }
    /// let _guard = Flags::BUTTON.force(OverrideState::Percentage(100.0));
    /// ```
    ///
    /// # Panics
    /// When the flag cannot answer that: a variant or a segment that does not exist, a value of another
    /// type.
    #[track_caller]
    pub fn force(&self, to: impl ForceTo<T>) -> Forced {
        forced(self.engine(), self, to.forcing())
    }
}

/// [`Flag::force`] for a flag of any engine, by its key.
///
/// # Panics
/// When the engine has no such flag, when the flag is a constant of another engine, or when it cannot
/// answer that.
#[track_caller]
pub fn force(engine: &Engine, flag: impl FlagRef, to: OverrideState) -> Forced {
    forced(engine, &flag, Forcing::State(to))
}

#[track_caller]
fn forced(engine: &Engine, flag: &impl FlagRef, to: Forcing) -> Forced {
    let checked = engine.find(flag).and_then(|id| {
        let base = engine.unforced();
        let index = id.index(base.added.as_deref()).unwrap_or(u32::MAX);
        match resolve(&base, index, &to) {
            Ok(_) => Ok(id),
            Err(problem) => Err(OverrideError { key: flag.reference().key(), problem }),
        }
    });
    match checked {
        Ok(id) => {
            let stack = Stack::here();
            let number = stack.push(engine, What::Flag(id, to));
            Forced { stack, number }
        }
        #[expect(clippy::panic, reason = "a test that forces what cannot be is wrong")]
        Err(error) => panic!("{error}"),
    }
}

/// Ends what was forced when it is dropped, on whatever thread that is.
#[must_use = "the flag is forced until this is dropped"]
pub struct Forced {
    stack: Arc<Stack>,
    number: u64,
}

impl Forced {
    pub(super) fn on(stack: &Arc<Stack>, engine: &Engine, what: What) -> Self {
        let number = stack.push(engine, what);
        Self { stack: stack.clone(), number }
    }
}

impl Drop for Forced {
    fn drop(&mut self) {
        self.stack.remove(self.number);
    }
}

impl fmt::Debug for Forced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Forced")
    }
}
