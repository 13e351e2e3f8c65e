//! What can be decided without a context and without the time.

use super::decide::{Facts, Hit, Silent, decide, decide_state};
use super::decision::Decision;
use super::{Amount, Compare, Flag, LayerRange, Rollout, Split, Truth, Window};
use crate::context::TextSet;

/// Answers for all contexts at once.
pub(super) struct Everybody<'a> {
    /// What is known of other flags.
    pub(super) constants: &'a [Option<Decision>],
}

/// Contexts or moments differ.
pub(super) struct Differs;

/// What a flag decides for everybody, if it does, prerequisites and overrides left out.
pub(super) fn constant(flag: &Flag) -> Option<Decision> {
    decide(&Everybody { constants: &[] }, flag, None, &mut Silent).ok()
}

/// What the flag's state decides for everybody, if it does.
pub(super) fn constant_state(flag: &Flag) -> Option<Decision> {
    decide_state(&Everybody { constants: &[] }, flag).ok()
}

impl Facts for Everybody<'_> {
    type Open = Differs;

    fn decision(&self, flag: u32) -> Result<Decision, Differs> {
        self.constants.get(flag as usize).copied().flatten().ok_or(Differs)
    }

    fn is_open(&self, window: &Window) -> Result<bool, Differs> {
        if window.starts.is_none() && window.ends.is_none() { Ok(true) } else { Err(Differs) }
    }

    fn is_named(&self, users: &TextSet) -> Result<bool, Differs> {
        if users.is_empty() { Ok(false) } else { Err(Differs) }
    }

    fn listed(&self, users: &TextSet) -> Result<Truth, Differs> {
        if users.is_empty() { Ok(Truth::False) } else { Err(Differs) }
    }

    fn compared(&self, _: &Compare) -> Result<Truth, Differs> {
        Err(Differs)
    }

    fn is_member(&self, _: u32) -> Result<Truth, Differs> {
        Err(Differs)
    }

    fn stands_in(&self, range: &LayerRange) -> Result<Hit, Differs> {
        if range.is_whole() { Ok(Hit::In) } else { Err(Differs) }
    }

    fn hit(&self, rollout: &Rollout) -> Result<Hit, Differs> {
        match rollout.amount {
            Amount::Everybody => Ok(Hit::In),
            Amount::Nobody => Ok(Hit::Out),
            Amount::Below(_) | Amount::Ramp(_) => Err(Differs),
        }
    }

    fn range(&self, _: &Split) -> Result<Option<u32>, Differs> {
        Err(Differs)
    }
}
