//! Evaluations for one context, at one moment.

use super::decide::{Facts, Hit, Overrides, Silent, Tracer, decide};
use super::decision::{Cause, Decision};
use super::fast_path::{FastPath, in_range};
use super::plan::{Answer, Dependent, Memo};
use super::{
    Amount, Bucket, Compare, Flag, LayerRange, Rollout, Ruleset, Segment, Split, Test, Truth, Window,
};
use crate::context::{Attribute, Context, TextSet};
use crate::reason::{ErrorCode, Reason};
use crate::value::OFF;
use std::convert::Infallible;

/// Everything an evaluation reads.
pub(crate) struct Evaluator<'a, N> {
    ruleset: &'a Ruleset,
    overrides: &'a Overrides,
    pub(super) context: &'a Context,
    /// The moment; asked only by what depends on time.
    pub(super) now: &'a N,
    /// Answers of the flags and segments that are planned.
    memo: Memo<'a>,
}

impl<'a, N: Fn() -> Option<i64>> Evaluator<'a, N> {
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "what it holds stays in registers")]
    pub(crate) fn new(
        ruleset: &'a Ruleset,
        overrides: &'a Overrides,
        context: &'a Context,
        now: &'a N,
    ) -> Self {
        Self { ruleset, overrides, context, now, memo: Memo::NONE }
    }

    /// Decides a flag. An index that the ruleset does not have is off.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a decision in registers is half the time")]
    pub(crate) fn decide(&self, flag: u32, tracer: &mut impl Tracer) -> Decision {
        match self.ruleset.flags.get(flag as usize) {
            Some(Flag { planned: Some(slot), .. }) => self.decide_planned(*slot, flag, tracer),
            _ => self.decide_directly(flag, tracer),
        }
    }

    /// Decides every flag, in their order: what several depend on is decided once.
    pub(crate) fn decide_all(&self) -> Vec<Decision> {
        if self.ruleset.plan.is_empty() {
            return self.decide_each();
        }
        let evaluate = |what, memo: Memo<'_>| self.with(memo).answer(what);
        self.ruleset.plan.prepare_all(evaluate, |memo| self.with(memo).decide_each())
    }

    fn decide_each(&self) -> Vec<Decision> {
        let flags = (0..).zip(&self.ruleset.flags).zip(&*self.ruleset.fast_paths);
        let decide = |((flag, resolved), path): ((u32, &Flag), &FastPath)| {
            let overridden = self.overrides.get(flag as usize).is_some_and(Option::is_some);
            match path.decide(self.context) {
                Some(decision) if !overridden => decision,
                _ => self.decision_of(flag, resolved),
            }
        };
        flags.map(decide).collect()
    }

    /// Calls `then` with an evaluator that knows what a flag depends on, where that is much.
    pub(crate) fn for_flag<R>(&self, flag: u32, then: impl FnOnce(&Evaluator<'_, N>) -> R) -> R {
        match self.ruleset.flags.get(flag as usize) {
            Some(Flag { planned: Some(slot), .. }) => {
                let evaluate = |what, memo: Memo<'_>| self.with(memo).answer(what);
                self.ruleset.plan.prepare(*slot, evaluate, |memo| then(&self.with(memo)))
            }
            _ => then(&self.with(self.memo)),
        }
    }

    fn with<'b>(&'b self, memo: Memo<'b>) -> Evaluator<'b, N> {
        Evaluator {
            ruleset: self.ruleset,
            overrides: self.overrides,
            context: self.context,
            now: self.now,
            memo,
        }
    }

    #[cold]
    #[inline(never)]
    fn decide_planned(&self, slot: u32, flag: u32, tracer: &mut impl Tracer) -> Decision {
        match self.memo.get(slot) {
            Answer::Decided(_) => self.decide_directly(flag, tracer),
            Answer::NotWanted | Answer::Wanted | Answer::Member(_) => {
                self.for_flag(flag, |evaluator| evaluator.decide_directly(flag, tracer))
            }
        }
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a decision in registers is half the time")]
    pub(crate) fn decide_directly(&self, flag: u32, tracer: &mut impl Tracer) -> Decision {
        let Some(resolved) = self.ruleset.flags.get(flag as usize) else {
            let nowhere = Decision::off(OFF, Reason::Error, Cause::Default);
            return nowhere.with_error(Some(ErrorCode::FlagNotFound));
        };
        let overridden = self.overrides.get(flag as usize).and_then(Option::as_ref);
        let Ok(decision) = decide(self, resolved, overridden, tracer);
        decision
    }

    /// What another flag decides, which is never unknown.
    pub(crate) fn decided(&self, flag: u32) -> Decision {
        match self.ruleset.flags.get(flag as usize) {
            Some(resolved) => self.decision_of(flag, resolved),
            None => self.inner(flag),
        }
    }

    /// What a flag decides that another one, or nobody in particular, asks for.
    fn decision_of(&self, flag: u32, resolved: &Flag) -> Decision {
        match resolved.planned.map(|slot| self.memo.get(slot)) {
            Some(Answer::Decided(decision)) => decision,
            _ => self.inner(flag),
        }
    }

    /// Decides another flag. This recurs as often as the plan allows to do without it.
    #[inline(never)]
    fn inner(&self, flag: u32) -> Decision {
        self.decide(flag, &mut Silent)
    }

    fn answer(&self, what: Dependent) -> Answer {
        match what {
            Dependent::Flag(flag) => Answer::Decided(self.decide_directly(flag, &mut Silent)),
            Dependent::Segment(segment) => match self.ruleset.segments.get(segment as usize) {
                Some(segment) => Answer::Member(self.is_in(segment)),
                None => Answer::Member(Truth::Unknown),
            },
        }
    }

    /// Whether the context is a member of the segment.
    pub(super) fn member(&self, segment: u32) -> Truth {
        // Indices come from the resolver, which knows every segment.
        let Some(segment) = self.ruleset.segments.get(segment as usize) else {
            return Truth::Unknown;
        };
        match segment.planned {
            None => self.is_in(segment),
            Some(slot) => match self.memo.get(slot) {
                Answer::Member(truth) => truth,
                Answer::NotWanted | Answer::Wanted | Answer::Decided(_) => {
                    let evaluate = |what, memo: Memo<'_>| self.with(memo).answer(what);
                    self.ruleset.plan.prepare(slot, evaluate, |memo| self.with(memo).is_in(segment))
                }
            },
        }
    }

    /// Whether the segment excludes the context by its key.
    pub(crate) fn is_excluded(&self, segment: &Segment) -> bool {
        is_listed(&segment.exclude, self.context) == Truth::True
    }

    fn is_in(&self, segment: &Segment) -> Truth {
        let Ok(truth) = segment.membership(self);
        truth
    }
}

impl<N: Fn() -> Option<i64>> Facts for Evaluator<'_, N> {
    type Open = Infallible;

    #[inline]
    fn decision(&self, flag: u32) -> Result<Decision, Infallible> {
        Ok(self.decided(flag))
    }

    #[inline]
    fn is_open(&self, window: &Window) -> Result<bool, Infallible> {
        Ok(window.holds(self.now))
    }

    #[inline]
    fn is_named(&self, users: &TextSet) -> Result<bool, Infallible> {
        Ok(matches!(self.context.key_value(), Attribute::Text(key) if users.contains(key)))
    }

    #[inline]
    fn listed(&self, users: &TextSet) -> Result<Truth, Infallible> {
        Ok(is_listed(users, self.context))
    }

    #[inline]
    fn compared(&self, compare: &Compare) -> Result<Truth, Infallible> {
        Ok(compare.holds(self.context, self.now))
    }

    fn is_member(&self, segment: u32) -> Result<Truth, Infallible> {
        Ok(self.member(segment))
    }

    fn stands_in(&self, range: &LayerRange) -> Result<Hit, Infallible> {
        if range.is_whole() {
            return Ok(Hit::In);
        }
        Ok(match range.bucket.by.digest(self.context).map(|key| range.bucket.salt.rollout.bucket(&key)) {
            Some(at) if at >= range.from && range.to.is_none_or(|to| at < to) => Hit::In,
            Some(_) => Hit::Out,
            None => Hit::NoKey,
        })
    }

    #[inline]
    fn hit(&self, rollout: &Rollout) -> Result<Hit, Infallible> {
        let below = match rollout.amount.at(self.now) {
            Amount::Below(below) => below,
            Amount::Everybody => return Ok(Hit::In),
            Amount::Nobody | Amount::Ramp(_) => return Ok(Hit::Out),
        };
        Ok(match rollout.bucket.by.digest(self.context) {
            Some(key) if rollout.bucket.salt.rollout.bucket(&key) < below => Hit::In,
            Some(_) => Hit::Out,
            None => Hit::NoKey,
        })
    }

    #[inline]
    fn range(&self, split: &Split) -> Result<Option<u32>, Infallible> {
        let key = split.bucket.by.digest(self.context);
        Ok(key.and_then(|key| in_range(&split.ranges, split.bucket.salt.variant.bucket(&key))))
    }
}

/// Whether the context's targeting key is one of these; not known without a key.
#[inline]
pub(super) fn is_listed(users: &TextSet, context: &Context) -> Truth {
    match context.key_value() {
        _ if users.is_empty() => Truth::False,
        Attribute::Text(key) => users.contains(key).into(),
        _ => Truth::Unknown,
    }
}

/// Where the context stands in a bucket: the top 64 bits of its rollout bucket.
pub(crate) fn position(bucket: &Bucket, context: &Context) -> Option<u64> {
    bucket.by.digest(context).map(|key| bucket.salt.rollout.bucket(&key))
}

impl Test {
    /// Whether it holds for one context.
    #[inline]
    pub(crate) fn holds<N: Fn() -> Option<i64>>(&self, evaluator: &Evaluator<'_, N>) -> Truth {
        let Ok(truth) = self.truth(evaluator);
        truth
    }
}
