//! What a flag decides for all contexts like one, of whose buckets only ranges are known: how many of them get what.
//!
//! The order of evaluation is asked as for one context. Where the contexts of a range do not all lie on one side of a
//! bound, the answer is the bound at which to divide them.

use super::decide::{Facts, Hit, Silent, decide};
use super::decision::Decision;
use super::evaluator::{Evaluator, is_listed};
use super::{
    Amount, AttributeRef, Bucket, Compare, LayerRange, ResolvedState, Rollout, Ruleset, Split, Test, Truth,
    Window,
};
use crate::bucket::{Digest, Multiplier};
use crate::context::{Attribute, Context, TextSet};
use std::cell::Cell;
use std::collections::{BTreeMap, HashSet};

/// Buckets by one salt and attribute: uniform, and independent of all others.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BucketStream {
    multiplier: (u64, u64),
    /// The attribute; `None` for the targeting key.
    by: Option<String>,
}

impl BucketStream {
    fn new(multiplier: Multiplier, by: &AttributeRef) -> Self {
        let by = match by {
            AttributeRef::Key => None,
            AttributeRef::Attribute { name, .. } => Some(name.as_str().to_owned()),
        };
        Self { multiplier: multiplier.halves(), by }
    }
}

/// Bounds of buckets in 2⁻⁶⁴, the upper one not among them; streams that are not mentioned may be anywhere.
pub type BucketRanges = BTreeMap<BucketStream, (u128, u128)>;

/// All of a stream.
pub const WHOLE: (u128, u128) = (0, 1 << 64);

/// A range that has to be divided before the decision is one decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Divide {
    /// Which buckets.
    pub stream: BucketStream,
    /// Where: a lower bound of the upper part.
    pub at: u128,
}

/// What a flag decided before, by its index.
pub(crate) type Decided<'a> = dyn Fn(u32) -> Option<Decision> + 'a;

struct Population<'a, N> {
    ruleset: &'a Ruleset,
    evaluator: &'a Evaluator<'a, N>,
    context: &'a Context,
    ranges: &'a BucketRanges,
    /// Whether the targeting key is somebody's, whose own bucket counts.
    own_key: bool,
    decided: &'a Decided<'a>,
    /// Segments within segments.
    depth: Cell<u32>,
}

/// Segments within segments that are followed; those below are asked for the one context, whose buckets are its own.
const DEEPEST: u32 = 64;

/// What a flag decides for contexts like this one in these ranges. What it depends on was decided before.
pub(crate) fn decide_within<N: Fn() -> Option<i64>>(
    ruleset: &Ruleset,
    evaluator: &Evaluator<'_, N>,
    flag: u32,
    ranges: &BucketRanges,
    own_key: bool,
    decided: &Decided<'_>,
) -> Result<Decision, Divide> {
    let (context, depth) = (evaluator.context, Cell::new(0));
    let population = Population { ruleset, evaluator, context, ranges, own_key, decided, depth };
    match ruleset.flags.get(flag as usize) {
        Some(resolved) => decide(&population, resolved, None, &mut Silent),
        None => population.decision(flag),
    }
}

/// The flag and those that it asks for, by itself or through segments, each after what it asks for itself.
pub(crate) fn prerequisites_first(ruleset: &Ruleset, flag: u32) -> Vec<u32> {
    let (mut order, mut seen) = (Vec::new(), HashSet::from([flag]));
    let mut open = vec![(flag, asked_flags(ruleset, flag).into_iter())];
    while let Some((flag, asked)) = open.last_mut() {
        match asked.next() {
            Some(other) if seen.insert(other) => open.push((other, asked_flags(ruleset, other).into_iter())),
            Some(_) => {}
            None => {
                order.push(*flag);
                open.pop();
            }
        }
    }
    order
}

/// The flags that a flag asks for: none where it is off for everybody.
fn asked_flags(ruleset: &Ruleset, flag: u32) -> Vec<u32> {
    let resolved = ruleset.flags.get(flag as usize).filter(|resolved| resolved.disabled.is_none());
    let Some(resolved) = resolved else { return Vec::new() };
    let mut flags: Vec<u32> = resolved.prerequisites.iter().map(|prerequisite| prerequisite.flag).collect();
    let mut open: Vec<&Test> = resolved.rules.iter().filter_map(|rule| rule.when.as_ref()).collect();
    let mut segments = HashSet::new();
    let condition = |segment: u32| ruleset.segments.get(segment as usize).and_then(|it| it.when.as_ref());
    if let ResolvedState::Members(segment) = resolved.state {
        open.extend(condition(segment));
    }
    while let Some(test) = open.pop() {
        match test {
            Test::All(members) | Test::Any(members) => open.extend(members.iter()),
            Test::Not(member) => open.push(member),
            Test::Segment(segment) => {
                open.extend(condition(*segment).filter(|_| segments.insert(*segment)));
            }
            Test::Flag(other) => flags.push(other.flag),
            Test::Compare(_) => {}
        }
    }
    flags
}

impl<N: Fn() -> Option<i64>> Population<'_, N> {
    /// Whether all of a stream's range lies below a bound, or none of it.
    fn below(&self, stream: BucketStream, bound: u64) -> Result<bool, Divide> {
        let (from, to) = self.ranges.get(&stream).copied().unwrap_or(WHOLE);
        let at = u128::from(bound);
        if to <= at {
            Ok(true)
        } else if from >= at {
            Ok(false)
        } else {
            Err(Divide { stream, at })
        }
    }

    /// Whether the bucket lies below a bound; the key is there.
    fn is_below(
        &self,
        key: &Digest,
        multiplier: Multiplier,
        by: &AttributeRef,
        bound: u64,
    ) -> Result<bool, Divide> {
        if self.own_key && matches!(by, AttributeRef::Key) {
            return Ok(multiplier.bucket(key) < bound);
        }
        self.below(BucketStream::new(multiplier, by), bound)
    }
}

impl<N: Fn() -> Option<i64>> Facts for Population<'_, N> {
    type Open = Divide;

    fn decision(&self, flag: u32) -> Result<Decision, Divide> {
        // Every flag that is asked for was decided before; an index that the ruleset lacks is off.
        Ok((self.decided)(flag).unwrap_or_else(|| self.evaluator.decide(flag, &mut Silent)))
    }

    fn is_open(&self, window: &Window) -> Result<bool, Divide> {
        Ok(window.holds(self.evaluator.now))
    }

    fn is_named(&self, users: &TextSet) -> Result<bool, Divide> {
        Ok(matches!(self.context.key_value(), Attribute::Text(key) if users.contains(key)))
    }

    fn listed(&self, users: &TextSet) -> Result<Truth, Divide> {
        Ok(is_listed(users, self.context))
    }

    fn compared(&self, compare: &Compare) -> Result<Truth, Divide> {
        Ok(compare.holds(self.context, self.evaluator.now))
    }

    fn is_member(&self, segment: u32) -> Result<Truth, Divide> {
        let resolved = self.ruleset.segments.get(segment as usize);
        match resolved.filter(|resolved| resolved.bucketed) {
            Some(resolved) if self.depth.get() < DEEPEST => {
                self.depth.set(self.depth.get() + 1);
                let truth = resolved.membership(self);
                self.depth.set(self.depth.get() - 1);
                truth
            }
            _ => Ok(self.evaluator.member(segment)),
        }
    }

    fn stands_in(&self, range: &LayerRange) -> Result<Hit, Divide> {
        if range.is_whole() {
            return Ok(Hit::In);
        }
        let Bucket { salt, by } = &range.bucket;
        let Some(key) = by.digest(self.context) else { return Ok(Hit::NoKey) };
        let before = self.is_below(&key, salt.rollout, by, range.from)?;
        let inside = match range.to {
            Some(to) => !before && self.is_below(&key, salt.rollout, by, to)?,
            None => !before,
        };
        Ok(if inside { Hit::In } else { Hit::Out })
    }

    fn hit(&self, rollout: &Rollout) -> Result<Hit, Divide> {
        let below = match rollout.amount.at(self.evaluator.now) {
            Amount::Below(below) => below,
            Amount::Everybody => return Ok(Hit::In),
            Amount::Nobody | Amount::Ramp(_) => return Ok(Hit::Out),
        };
        let Bucket { salt, by } = &rollout.bucket;
        let Some(key) = by.digest(self.context) else { return Ok(Hit::NoKey) };
        Ok(if self.is_below(&key, salt.rollout, by, below)? { Hit::In } else { Hit::Out })
    }

    fn range(&self, split: &Split) -> Result<Option<u32>, Divide> {
        let Some(((_, last), others)) = split.ranges.split_last() else { return Ok(None) };
        let Bucket { salt, by } = &split.bucket;
        let Some(key) = by.digest(self.context) else { return Ok(None) };
        for (bound, index) in others {
            if self.is_below(&key, salt.variant, by, *bound)? {
                return Ok(Some(*index));
            }
        }
        Ok(Some(*last))
    }
}
