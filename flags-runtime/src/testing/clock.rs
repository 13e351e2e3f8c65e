//! A clock that stands still until a test moves it.

use super::force::Forced;
use super::stack::{Stack, What};
use crate::clock::Clock;
use crate::engine::Engine;
use flags_schema::{Timestamp, parse};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

/// A moment as tests write it: a [`Timestamp`], a [`SystemTime`], or a text as in flags.yaml.
pub trait Moment {
    /// The moment.
    ///
    /// # Panics
    /// When it is a text that is no moment.
    fn moment(self) -> Timestamp;
}

impl Moment for Timestamp {
    fn moment(self) -> Timestamp {
        self
    }
}

impl Moment for SystemTime {
    fn moment(self) -> Timestamp {
        self.into()
    }
}

impl Moment for &str {
    #[track_caller]
    fn moment(self) -> Timestamp {
        match parse::timestamp(self) {
            Ok(moment) => moment,
            #[expect(clippy::panic, reason = "a test that names no moment is wrong")]
            Err(problem) => panic!("{problem}"),
        }
    }
}

/// Sets the engine's clock for this thread until the guard is dropped: ramps, windows, experiments and
/// `within` go by it.
///
/// ```
/// use flags_runtime::{Context, testing};
/// use std::time::Duration;
///
/// flags_runtime::flags!(inline = "
/// flags:
///   sale:
///     state: targeted
///     rules: [{ starts: 2026-12-01T00:00:00Z, ends: 2026-12-24T00:00:00Z }]
/// ");
///
/// let clock = testing::clock(Flags::engine(), "2026-11-30T23:00:00Z");
/// assert!(!Flags::SALE.enabled(&Context::anonymous()));
/// clock.advance(Duration::from_secs(3600));
/// assert!(Flags::SALE.enabled(&Context::anonymous()));
/// clock.set("2026-12-24");
/// assert!(!Flags::SALE.enabled(&Context::anonymous()));
/// ```
#[track_caller]
pub fn clock(engine: &Engine, moment: impl Moment) -> ForcedClock {
    let hand = Hand(Arc::new(AtomicI64::new(moment.moment().0)));
    let what = What::Clock(Arc::new(hand.clone()));
    ForcedClock { hand, _forced: Forced::on(&Stack::here(), engine, what) }
}

/// The clock that [`clock`] set: it stands still until the test moves it, and is removed when it is dropped.
#[must_use = "the clock is set until this is dropped"]
#[derive(Debug)]
pub struct ForcedClock {
    hand: Hand,
    _forced: Forced,
}

impl ForcedClock {
    /// Moves it to that moment.
    ///
    /// # Panics
    /// When it is a text that is no moment.
    #[track_caller]
    pub fn set(&self, moment: impl Moment) {
        self.hand.0.store(moment.moment().0, Ordering::Relaxed);
    }

    /// Moves it on, in whole milliseconds.
    pub fn advance(&self, by: Duration) {
        let by = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        self.set(Timestamp(self.now().0.saturating_add(by)));
    }

    /// The moment that it tells.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.hand.moment()
    }
}

#[derive(Clone, Debug)]
struct Hand(Arc<AtomicI64>);

impl Hand {
    fn moment(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::Relaxed))
    }
}

impl Clock for Hand {
    fn now(&self) -> Option<Timestamp> {
        Some(self.moment())
    }
}
