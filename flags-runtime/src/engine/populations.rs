//! Flags asked for whole populations, for tools that say how many get what.

use super::cache::SharedSnapshot;
use super::evaluation::Evaluation;
use super::{Engine, Snapshot};
use crate::context::Context;
use crate::ruleset::{
    BucketRanges, Combinations, Decision, Divide, Holds, Truths, decide_within, prerequisites_first,
};
use flags_schema::Value;
use std::sync::Arc;

impl Engine {
    /// The present document's flags, asked for whole populations at the present moment; overrides do not count.
    #[doc(hidden)]
    #[must_use]
    pub fn populations(&self) -> Populations {
        self.read(|snapshot| Populations {
            snapshot: snapshot.clone(),
            now: snapshot.clock.now().map(|now| now.0),
        })
    }
}

/// Flags of one document at one moment, by their indices.
#[derive(Debug)]
pub struct Populations {
    snapshot: Arc<Snapshot>,
    now: Option<i64>,
}

/// What a flag decides for a population.
#[derive(Clone, Copy, Debug)]
pub struct PopulationDecision(Decision);

impl PartialEq for PopulationDecision {
    /// Whether both serve the same: not by which rule.
    fn eq(&self, other: &Self) -> bool {
        (self.0.index(), self.0.is_on()) == (other.0.index(), other.0.is_on())
    }
}

impl Populations {
    /// The index of a flag.
    #[must_use]
    pub fn index(&self, key: &str) -> Option<u32> {
        let added = || self.snapshot.added.as_deref()?.index(key);
        self.snapshot.contract.index(key).or_else(added)
    }

    /// The flag and what it depends on, each after what it depends on itself.
    #[must_use]
    pub fn prerequisites_first(&self, flag: u32) -> Vec<u32> {
        prerequisites_first(&self.snapshot.ruleset, flag)
    }

    /// For each of these conditions, and then for each context, whether it meets it. Each is told by the flags that
    /// ask for it, each with the rule's index as written, from 0; `None` is the segment of its state. Nothing where
    /// none of them does.
    #[must_use]
    pub fn conditions<'w>(
        &self,
        conditions: impl Iterator<Item = &'w [(u32, Option<u32>)]>,
        combinations: &Combinations,
    ) -> Vec<Option<Vec<Holds>>> {
        let now = || self.now;
        let mut truths = Truths::new(&self.snapshot.ruleset, &now, combinations);
        let first = |asked: &[(u32, Option<u32>)]| {
            asked.iter().find_map(|(flag, rule)| truths.condition(*flag, *rule))
        };
        conditions.map(first).collect()
    }

    /// Decides the flag for all contexts like this one whose buckets are in these ranges. With `own_key` the
    /// targeting key is somebody's, whose own buckets count. What the flag depends on was decided before.
    ///
    /// # Errors
    /// When they do not all get the same: where to divide them.
    pub fn decide(
        &self,
        flag: u32,
        context: &Context,
        ranges: &BucketRanges,
        own_key: bool,
        decided: &[Option<PopulationDecision>],
    ) -> Result<PopulationDecision, Divide> {
        let now = || self.now;
        let evaluator = self.snapshot.evaluator(context, &now);
        let known = |flag: u32| decided.get(flag as usize).copied().flatten().map(|decision| decision.0);
        let decision = decide_within(&self.snapshot.ruleset, &evaluator, flag, ranges, own_key, &known)?;
        Ok(PopulationDecision(decision))
    }

    /// What the flag answers with that decision.
    #[must_use]
    pub fn evaluation(
        &self,
        flag: u32,
        PopulationDecision(decision): PopulationDecision,
    ) -> Evaluation<Value> {
        Evaluation::written(flag, decision, SharedSnapshot::of(&self.snapshot))
    }
}
