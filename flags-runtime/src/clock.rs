//! Where the time comes from.

use flags_schema::Timestamp;
use std::fmt;
use std::time::SystemTime;

/// Tells the time. It is asked only by flags whose rules depend on it, at most once per evaluation.
pub trait Clock: Send + Sync + fmt::Debug {
    /// The moment, in milliseconds since 1970-01-01T00:00:00Z.
    fn now(&self) -> Timestamp;
}

/// The system's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        crate::context::timestamp(SystemTime::now())
    }
}

/// A clock that stands still.
///
/// ```
/// use flags_runtime::{Clock, FixedClock, Timestamp};
/// assert_eq!(FixedClock(Timestamp(5)).now(), Timestamp(5));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct FixedClock(
    /// The moment it tells.
    pub Timestamp,
);

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        self.0
    }
}
