//! Where the time comes from.

use flags_schema::Timestamp;
use std::fmt;

/// Tells the time. It is asked only by flags whose rules depend on it, at most once per evaluation.
pub trait Clock: Send + Sync + fmt::Debug {
    /// The moment, in milliseconds since 1970-01-01T00:00:00Z; `None` where it is not known.
    ///
    /// Without a moment, what depends on it is unknown: a rule or an experiment with a window does not
    /// run, nobody is in a ramp, `within` is neither true nor false, and no exposure is recorded.
    fn now(&self) -> Option<Timestamp>;
}

/// The system's clock.
///
/// On `wasm32-unknown-unknown`, where the system has none, it is the browser's with the feature `js`;
/// without that feature it does not know the time, and [`Engine::set_clock`](crate::Engine::set_clock)
/// gives the engine a clock that does.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

#[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
impl Clock for SystemClock {
    fn now(&self) -> Option<Timestamp> {
        Some(Timestamp::from(std::time::SystemTime::now()))
    }
}

#[cfg(all(target_family = "wasm", target_os = "unknown"))]
impl Clock for SystemClock {
    #[cfg(feature = "js")]
    fn now(&self) -> Option<Timestamp> {
        let since = web_time::SystemTime::now().duration_since(web_time::UNIX_EPOCH).ok()?;
        i64::try_from(since.as_millis()).ok().map(Timestamp)
    }

    #[cfg(not(feature = "js"))]
    fn now(&self) -> Option<Timestamp> {
        None
    }
}

/// A clock that stands still.
///
/// ```
/// use flags_runtime::{Clock, FixedClock, Timestamp};
/// assert_eq!(FixedClock(Timestamp(5)).now(), Some(Timestamp(5)));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct FixedClock(
    /// The moment it tells.
    pub Timestamp,
);

impl Clock for FixedClock {
    fn now(&self) -> Option<Timestamp> {
        Some(self.0)
    }
}
