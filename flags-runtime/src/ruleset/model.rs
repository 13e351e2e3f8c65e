//! Flags and segments in the form that is evaluated, and what overrides make of flags.

use super::condition::{AttributeRef, Prerequisite, Test};
use crate::bucket::{Salt, threshold};
use crate::context::TextSet;
use crate::value::{Typed, TypedValues};
use flags_schema::{Percent, Timestamp};
use std::sync::Arc;

/// A flag, ready to be evaluated. Indices into `values` are what it serves.
#[derive(Debug)]
pub(crate) struct Flag {
    /// The part that it comes from.
    pub(crate) part: usize,
    /// Where it is in that part's document.
    pub(crate) source: u32,
    /// Its slot in the plan, when it depends on many others.
    pub(super) planned: Option<u32>,
    /// Why it is off for everybody, if it is.
    pub(crate) disabled: Option<Disabled>,
    pub(crate) off: u32,
    pub(crate) on: Serve,
    pub(crate) prerequisites: Box<[Prerequisite]>,
    pub(crate) enrollment: Option<Box<Enrollment>>,
    pub(crate) users: Box<[(Arc<TextSet>, Serve)]>,
    pub(crate) rules: Box<[Rule]>,
    pub(crate) state: ResolvedState,
    /// What its own bucket goes by: of its rollout and its weights.
    pub(crate) by: AttributeRef,
    /// The typed values that indices stand for; empty for a switch and for variants without values.
    pub(crate) values: TypedValues,
    /// The literals that indices of a value flag stand for.
    pub(crate) literals: Box<[flags_schema::Value]>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Disabled {
    State,
    Environment,
}

/// Salt and attribute of a rollout.
#[derive(Clone, Debug)]
pub(crate) struct Bucket {
    pub(crate) salt: Salt,
    pub(crate) by: AttributeRef,
}

/// The salt of a flag: its key, unless its rollout gives another. Those of its rules begin with it.
pub(super) fn salt(flag: &flags_schema::Flag) -> &str {
    let given = flag.answer.rollout.as_ref().and_then(|rollout| rollout.salt.as_ref());
    given.map_or(flag.key.as_str(), |salt| salt)
}

/// What is served when a step holds.
#[derive(Clone, Debug)]
pub(crate) enum Serve {
    /// The off variant, and the flag is off.
    Off,
    /// That index.
    One(u32),
    /// The index in whose range the variant bucket falls: the first whose bound is above it.
    Split(Arc<Split>),
}

#[derive(Debug)]
pub(crate) struct Split {
    pub(crate) bucket: Bucket,
    /// Upper bounds, rising; the last takes what is left.
    pub(crate) ranges: Box<[(u64, u32)]>,
}

/// A percentage of contexts.
#[derive(Debug)]
pub(crate) struct Rollout {
    pub(crate) bucket: Bucket,
    pub(crate) amount: Amount,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Amount {
    Nobody,
    Everybody,
    Below(u64),
    Ramp(Ramp),
}

impl Amount {
    pub(crate) const fn of(percent: Percent) -> Self {
        match percent {
            Percent::ZERO => Self::Nobody,
            Percent::HUNDRED => Self::Everybody,
            _ => Self::Below(threshold(percent)),
        }
    }

    /// The amount at that moment, which is no ramp. Nobody is in a ramp while no clock tells the moment.
    #[inline]
    pub(crate) fn at(self, now: &impl Fn() -> Option<i64>) -> Self {
        match self {
            Self::Ramp(ramp) => now().map_or(Self::Nobody, |now| Self::of(ramp.at(now))),
            fixed => fixed,
        }
    }
}

/// A percentage that moves with time. Thousandths of a percent, milliseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Ramp {
    pub(crate) from: i64,
    pub(crate) to: i64,
    pub(crate) start: i64,
    pub(crate) pace: Pace,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Pace {
    Steps { step: i64, every: i64 },
    Straight { end: i64 },
}

impl Ramp {
    /// The percentage at that moment: `from` until the start, `to` once it has arrived.
    pub(crate) fn at(&self, now: i64) -> Percent {
        let way = self.to - self.from;
        let elapsed = now.saturating_sub(self.start);
        let gone = if elapsed < 0 {
            0
        } else {
            match self.pace {
                Pace::Steps { step, every } => {
                    (elapsed / every.max(1)).saturating_mul(step).min(way.abs()) * way.signum()
                }
                Pace::Straight { end } => {
                    let length = end.saturating_sub(self.start).max(1);
                    // At most 10^5 times 2^63: it needs 128 bits on the way.
                    let gone = i128::from(way) * i128::from(elapsed.min(length)) / i128::from(length);
                    i64::try_from(gone).unwrap_or(way)
                }
            }
        };
        let thousandths = u32::try_from((self.from + gone).clamp(0, 100_000)).unwrap_or_default();
        Percent::from_thousandths(thousandths).unwrap_or_default()
    }
}

#[derive(Debug)]
pub(crate) enum ResolvedState {
    On,
    Nobody,
    Members(u32),
    Rollout(Rollout),
}

/// Who takes part before users and rules are asked.
#[derive(Debug)]
pub(crate) struct Enrollment {
    pub(crate) layer: Option<LayerRange>,
    pub(crate) experiment: Option<Experiment>,
}

/// A range of a layer.
#[derive(Debug)]
pub(crate) struct LayerRange {
    pub(crate) bucket: Bucket,
    pub(crate) from: u64,
    /// `None` at the end of the line.
    pub(crate) to: Option<u64>,
}

impl LayerRange {
    /// Whether it is the whole line.
    pub(crate) const fn is_whole(&self) -> bool {
        self.from == 0 && self.to.is_none()
    }
}

#[derive(Debug)]
pub(crate) struct Experiment {
    pub(crate) control: u32,
    pub(crate) window: Window,
}

/// From a moment on, until before another; milliseconds. It does not hold while no clock tells the moment.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Window {
    pub(crate) starts: Option<Timestamp>,
    pub(crate) ends: Option<Timestamp>,
}

impl Window {
    #[inline]
    pub(crate) fn holds(&self, now: &impl Fn() -> Option<i64>) -> bool {
        if self.starts.is_none() && self.ends.is_none() {
            return true;
        }
        let Some(now) = now().map(Timestamp) else { return false };
        self.starts.is_none_or(|starts| now >= starts) && self.ends.is_none_or(|ends| now < ends)
    }
}

#[derive(Debug)]
pub(crate) struct Rule {
    /// Where it is among the flag's rules as written.
    pub(crate) source: u32,
    pub(crate) window: Window,
    pub(crate) when: Option<Test>,
    pub(crate) rollout: Option<Rollout>,
    pub(crate) serve: Serve,
}

#[derive(Debug)]
pub(crate) struct Segment {
    /// Its slot in the plan, when it depends on many others.
    pub(super) planned: Option<u32>,
    pub(crate) users: TextSet,
    pub(crate) when: Option<Test>,
    pub(crate) rollout: Option<Rollout>,
    pub(crate) exclude: TextSet,
    /// Whether buckets have a say in who is a member: those of its rollout, or of one that it asks for.
    pub(crate) bucketed: bool,
}

/// What an override makes of a flag.
#[derive(Debug)]
pub(crate) enum Override {
    Serve(Serve),
    Rollout(Rollout),
    Members(u32),
    Users(TextSet),
    /// A value that the document does not have.
    Value(Typed, flags_schema::Value),
}

#[cfg(test)]
mod tests {
    use super::{Pace, Ramp};

    #[test]
    fn ramps() {
        let steps = |from, to| Ramp { from, to, start: 1000, pace: Pace::Steps { step: 10_000, every: 100 } };
        let straight = |from, to| Ramp { from, to, start: 1000, pace: Pace::Straight { end: 2000 } };
        for (ramp, now, expected) in [
            (steps(0, 100_000), 0, 0),
            (steps(0, 100_000), 1099, 0),
            (steps(0, 100_000), 1100, 10_000),
            (steps(0, 100_000), 1999, 90_000),
            (steps(0, 100_000), i64::MAX, 100_000),
            (steps(5_000, 12_000), 1200, 12_000),
            (steps(100_000, 0), 1300, 70_000),
            (straight(0, 100_000), i64::MIN, 0),
            (straight(0, 100_000), 1500, 50_000),
            (straight(20_000, 40_000), 1250, 25_000),
            (straight(40_000, 20_000), 1250, 35_000),
            (straight(0, 100_000), 5000, 100_000),
        ] {
            assert_eq!(ramp.at(now).thousandths(), expected, "{ramp:?} at {now}");
        }
    }
}
