//! What was counted until now, as people read it, and when it was last looked at.

use super::snapshot::Snapshot;
use crate::counts::Counts;
use crate::reason::Reason;
use flags_schema::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;

/// How often a flag served something for a reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Count {
    /// The variant's name: `on` or `off` of a switch; `None` for a value flag.
    pub variant: Option<String>,
    /// Why it was served.
    pub reason: Reason,
    /// How often.
    pub evaluations: u64,
}

/// When a flag was last evaluated: no clock is read for an evaluation, so it is known as well as
/// [`Engine::metrics`](crate::Engine::metrics) is called often. Where no clock tells the time both are `None`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct LastEvaluated {
    /// Not before this moment, at which it had not happened yet: the call before the one that saw it.
    pub after: Option<Timestamp>,
    /// Not later than this moment: the call that saw it.
    pub by: Option<Timestamp>,
}

/// What earlier calls of `Engine::metrics` saw, and what was counted for flags that are gone.
#[derive(Debug, Default)]
pub(crate) struct MetricsHistory {
    pub(super) since: Option<Timestamp>,
    pub(super) at: Option<Timestamp>,
    flags: BTreeMap<String, (u64, LastEvaluated)>,
    pub(super) gone: BTreeMap<String, Vec<Count>>,
}

impl MetricsHistory {
    pub(crate) fn new(now: Option<Timestamp>) -> Self {
        Self { since: now, at: now, ..Self::default() }
    }

    /// Keeps what was counted for flags that a reload had added, before their counts go.
    pub(crate) fn keep(&mut self, snapshot: &Snapshot) {
        let Some(added) = &snapshot.added else { return };
        let first = snapshot.contract.flags.len();
        for flag in indices(first, added.counts.flags()) {
            if let Some(key) = snapshot.ruleset.key(flag) {
                let counts = self.gone.entry(key.to_owned()).or_default();
                add(counts, self::counts(snapshot, &added.counts, flag, first));
            }
        }
    }

    pub(super) fn last(
        &mut self,
        key: &str,
        evaluations: u64,
        now: Option<Timestamp>,
    ) -> Option<LastEvaluated> {
        if evaluations == 0 {
            return None;
        }
        let fresh = LastEvaluated { after: self.at, by: now };
        let (counted, last) = self.flags.entry(key.to_owned()).or_insert((evaluations, fresh));
        if *counted != evaluations {
            (*counted, *last) = (evaluations, fresh);
        }
        Some(*last)
    }
}

pub(super) fn indices(first: usize, count: usize) -> impl Iterator<Item = u32> {
    (first..first + count).filter_map(|flag| u32::try_from(flag).ok())
}

/// What was counted for a flag of the snapshot; `first` is the flag that the counts begin with.
pub(super) fn counts(snapshot: &Snapshot, counts: &Counts, flag: u32, first: usize) -> Vec<Count> {
    let index = u32::try_from(first).map_or(u32::MAX, |first| flag.saturating_sub(first));
    let sums = counts.sums(index).map(|(index, reason, evaluations)| {
        let variant = snapshot.variant_name(flag, index).map(str::to_owned);
        Count { variant, reason, evaluations }
    });
    sums.collect()
}

pub(super) fn add(counts: &mut Vec<Count>, more: Vec<Count>) {
    for count in more {
        let same = counts.iter_mut().find(|c| c.variant == count.variant && c.reason == count.reason);
        match same {
            Some(same) => same.evaluations += count.evaluations,
            None => counts.push(count),
        }
    }
}
