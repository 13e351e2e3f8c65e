//! The order of evaluation, written once: for one context, for every context at once, and to explain it.

use super::decision::{Cause, Decision};
use super::{
    Amount, Compare, Disabled, Enrollment, Experiment, Flag, LayerRange, Override, ResolvedState, Rollout,
    Segment, Serve, Split, Test, Truth, Window,
};
use crate::context::TextSet;
use crate::reason::{ErrorCode, Layer, Reason};
use std::sync::Arc;

/// Overrides by flag.
pub(crate) type Overrides = [Option<(Layer, Arc<Override>)>];

/// A step as the evaluation tells it, in indices.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    Overridden(Layer, bool),
    Disabled(Disabled),
    Prerequisite { flag: u32, wanted: bool, met: bool },
    Layer { stands_in: bool },
    Experiment { running: bool },
    Users { named: bool },
    Rule { rule: u32, missed: Option<Missed> },
    State { holds: bool },
    Default,
}

/// Is called for each step; [`Silent`] costs nothing.
pub(crate) trait Tracer {
    fn step(&mut self, held: bool, step: impl FnOnce() -> Step);
}

#[derive(Default)]
pub(crate) struct Silent;

impl Tracer for Silent {
    #[inline]
    fn step(&mut self, _held: bool, _step: impl FnOnce() -> Step) {}
}

/// Answers what the steps ask.
///
/// [`Evaluator`](super::Evaluator) answers for one context and knows everything. [`Everybody`](super::Everybody)
/// answers for all contexts and moments, and where they differ says so: then the flag is no constant.
pub(super) trait Facts {
    /// Says that there is no answer.
    type Open;
    /// What another flag decides.
    fn decision(&self, flag: u32) -> Result<Decision, Self::Open>;
    /// Whether it is the time.
    fn is_open(&self, window: &Window) -> Result<bool, Self::Open>;
    /// Whether the targeting key is one of these.
    fn is_named(&self, users: &TextSet) -> Result<bool, Self::Open>;
    /// Whether the targeting key is one of these, where it is not known of those who have none.
    fn listed(&self, users: &TextSet) -> Result<Truth, Self::Open>;
    /// Whether a comparison holds.
    fn compared(&self, compare: &Compare) -> Result<Truth, Self::Open>;
    /// Whether it is a member of the segment.
    fn is_member(&self, segment: u32) -> Result<Truth, Self::Open>;
    /// Whether it stands in a range of a layer.
    fn stands_in(&self, range: &LayerRange) -> Result<Hit, Self::Open>;
    /// Whether it is in a rollout.
    fn hit(&self, rollout: &Rollout) -> Result<Hit, Self::Open>;
    /// The index in whose range it falls; `None` when there is no key to go by.
    fn range(&self, split: &Split) -> Result<Option<u32>, Self::Open>;
}

/// What a rollout says of a context.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Hit {
    In,
    Out,
    NoKey,
}

/// Why a rule did not serve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Missed {
    Window,
    Condition(Truth),
    Rollout,
    NoKey,
}

/// Decides a flag.
#[inline(always)]
#[expect(clippy::inline_always, reason = "a decision in registers is half the time")]
pub(super) fn decide<F: Facts>(
    facts: &F,
    flag: &Flag,
    overridden: Option<&(Layer, Arc<Override>)>,
    tracer: &mut impl Tracer,
) -> Result<Decision, F::Open> {
    let steps = Steps { facts, flag };
    if let Some((layer, to)) = overridden {
        return steps.overridden(*layer, to, tracer);
    }
    if let Some(disabled) = flag.disabled {
        tracer.step(true, || Step::Disabled(disabled));
        let cause = match disabled {
            Disabled::State => Cause::State,
            Disabled::Environment => Cause::Environment,
        };
        return Ok(Decision::off(flag.off, Reason::Disabled, cause));
    }
    steps.targeting(tracer)
}

/// Decides a flag by its state alone.
pub(super) fn decide_state<F: Facts>(facts: &F, flag: &Flag) -> Result<Decision, F::Open> {
    Steps { facts, flag }.state(None, &mut Silent)
}

struct Steps<'a, F> {
    facts: &'a F,
    flag: &'a Flag,
}

impl<F: Facts> Steps<'_, F> {
    #[cold]
    fn overridden(&self, layer: Layer, to: &Override, tracer: &mut impl Tracer) -> Result<Decision, F::Open> {
        let cause = Cause::Override(layer);
        let mut error = None;
        let on = match to {
            Override::Serve(Serve::Off) => false,
            Override::Serve(Serve::One(_) | Serve::Split(_)) | Override::Value(..) => true,
            Override::Rollout(rollout) => self.hits(rollout, &mut error)?,
            Override::Members(segment) => self.facts.is_member(*segment)? == Truth::True,
            Override::Users(users) => self.facts.is_named(users)?,
        };
        tracer.step(true, || Step::Overridden(layer, on));
        let served = match to {
            _ if !on => None,
            Override::Value(..) => Some(Decision::OVERRIDDEN),
            Override::Serve(serve) => self.serve(serve, &mut error)?,
            Override::Rollout(_) | Override::Members(_) | Override::Users(_) => {
                self.serve(&self.flag.on, &mut error)?
            }
        };
        Ok(match served {
            Some(index) => Decision::on(index, Reason::Override, cause),
            None => Decision::off(self.flag.off, Reason::Override, cause).with_error(error),
        })
    }

    /// What prerequisites, users and rules say, and then the state.
    #[inline]
    fn targeting(&self, tracer: &mut impl Tracer) -> Result<Decision, F::Open> {
        let flag = self.flag;
        for (prerequisite, position) in flag.prerequisites.iter().zip(0_u32..) {
            let met = prerequisite.is_met(self.facts.decision(prerequisite.flag)?);
            tracer.step(!met, || Step::Prerequisite {
                flag: prerequisite.flag,
                wanted: prerequisite.wanted,
                met,
            });
            if !met {
                let cause = Cause::Prerequisite(position);
                return Ok(Decision::off(flag.off, Reason::PrerequisiteFailed, cause));
            }
        }
        if let Some(enrollment) = &flag.enrollment
            && let Some(decision) = self.not_enrolled(enrollment, tracer)?
        {
            return Ok(decision);
        }
        let mut error = None;
        for (users, serve) in &flag.users {
            if self.facts.is_named(users)?
                && let Some(decision) = self.targeted(serve, Cause::Users, &mut error)?
            {
                tracer.step(true, || Step::Users { named: true });
                return Ok(decision);
            }
        }
        if !flag.users.is_empty() {
            tracer.step(false, || Step::Users { named: false });
        }
        for (rule, position) in flag.rules.iter().zip(0_u32..) {
            let missed = 'missed: {
                if !self.facts.is_open(&rule.window)? {
                    break 'missed Missed::Window;
                }
                if let Some(when) = &rule.when {
                    let truth = when.truth(self.facts)?;
                    if truth != Truth::True {
                        break 'missed Missed::Condition(truth);
                    }
                }
                if let Some(rollout) = &rule.rollout
                    && !self.hits(rollout, &mut error)?
                {
                    break 'missed Missed::Rollout;
                }
                if let Some(decision) = self.targeted(&rule.serve, Cause::Rule(position), &mut error)? {
                    tracer.step(true, || Step::Rule { rule: position, missed: None });
                    return Ok(decision);
                }
                Missed::NoKey
            };
            tracer.step(false, || Step::Rule { rule: position, missed: Some(missed) });
        }
        self.state(error, tracer)
    }

    /// What is decided for who stands elsewhere in the flag's layer, and while its experiment does not run.
    fn not_enrolled(
        &self,
        Enrollment { layer, experiment }: &Enrollment,
        tracer: &mut impl Tracer,
    ) -> Result<Option<Decision>, F::Open> {
        if let Some(range) = layer {
            let hit = self.facts.stands_in(range)?;
            tracer.step(hit != Hit::In, || Step::Layer { stands_in: hit == Hit::In });
            let off = |reason| Decision::off(self.flag.off, reason, Cause::Layer);
            match hit {
                Hit::In => {}
                Hit::Out => return Ok(Some(off(Reason::Default))),
                Hit::NoKey => {
                    let error = Some(ErrorCode::TargetingKeyMissing);
                    return Ok(Some(off(Reason::Error).with_error(error)));
                }
            }
        }
        if let Some(Experiment { control, window }) = experiment {
            let running = self.facts.is_open(window)?;
            tracer.step(!running, || Step::Experiment { running });
            if !running {
                return Ok(Some(Decision::off(*control, Reason::Default, Cause::Experiment)));
            }
        }
        Ok(None)
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a decision in registers is half the time")]
    fn state(&self, mut error: Option<ErrorCode>, tracer: &mut impl Tracer) -> Result<Decision, F::Open> {
        let flag = self.flag;
        let everybody = match flag.on {
            Serve::Split(_) => Reason::Split,
            Serve::One(_) | Serve::Off => Reason::Static,
        };
        let (holds, reason) = match &flag.state {
            ResolvedState::On | ResolvedState::Rollout(Rollout { amount: Amount::Everybody, .. }) => {
                (true, everybody)
            }
            ResolvedState::Nobody => (false, Reason::Default),
            ResolvedState::Members(segment) => {
                (self.facts.is_member(*segment)? == Truth::True, Reason::TargetingMatch)
            }
            ResolvedState::Rollout(rollout) => (self.hits(rollout, &mut error)?, Reason::Split),
        };
        let served = if holds { self.serve(&flag.on, &mut error)? } else { None };
        tracer.step(served.is_some(), || Step::State { holds });
        Ok(match served {
            Some(index) => Decision::on(index, reason, Cause::State),
            None => {
                tracer.step(true, || Step::Default);
                let reason = if error.is_some() { Reason::Error } else { Reason::Default };
                Decision::off(flag.off, reason, Cause::Default).with_error(error)
            }
        })
    }

    /// The decision of a user list or a rule, or `None` when its split has no key to go by.
    #[inline]
    fn targeted(
        &self,
        serve: &Serve,
        cause: Cause,
        error: &mut Option<ErrorCode>,
    ) -> Result<Option<Decision>, F::Open> {
        if matches!(serve, Serve::Off) {
            return Ok(Some(Decision::off(self.flag.off, Reason::TargetingMatch, cause)));
        }
        let index = self.serve(serve, error)?;
        Ok(index.map(|index| Decision::on(index, Reason::TargetingMatch, cause)))
    }

    #[inline]
    fn serve(&self, serve: &Serve, error: &mut Option<ErrorCode>) -> Result<Option<u32>, F::Open> {
        Ok(match serve {
            Serve::One(index) => Some(*index),
            Serve::Off => Some(self.flag.off),
            Serve::Split(split) => {
                let index = self.facts.range(split)?;
                if index.is_none() {
                    *error = Some(ErrorCode::TargetingKeyMissing);
                }
                index
            }
        })
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a call would cost as much as the multiplication")]
    fn hits(&self, rollout: &Rollout, error: &mut Option<ErrorCode>) -> Result<bool, F::Open> {
        let hit = self.facts.hit(rollout)?;
        if hit == Hit::NoKey {
            *error = Some(ErrorCode::TargetingKeyMissing);
        }
        Ok(hit == Hit::In)
    }
}

impl Test {
    /// Whether it holds.
    ///
    /// # Errors
    /// When the facts do not say.
    #[inline]
    pub(super) fn truth<F: Facts>(&self, facts: &F) -> Result<Truth, F::Open> {
        match self {
            Self::Compare(compare) => facts.compared(compare),
            Self::All(tests) => Truth::try_all(tests.iter().map(|test| match test {
                Self::Compare(compare) => facts.compared(compare),
                Self::All(_) | Self::Any(_) | Self::Not(_) | Self::Segment(_) | Self::Flag(_) => {
                    test.nested(facts)
                }
            })),
            Self::Any(_) | Self::Not(_) | Self::Segment(_) | Self::Flag(_) => self.nested(facts),
        }
    }

    fn nested<F: Facts>(&self, facts: &F) -> Result<Truth, F::Open> {
        match self {
            Self::Compare(compare) => facts.compared(compare),
            Self::All(tests) => Truth::try_all(tests.iter().map(|test| test.nested(facts))),
            Self::Any(tests) => Truth::try_any(tests.iter().map(|test| test.nested(facts))),
            Self::Not(test) => Ok(test.nested(facts)?.not()),
            Self::Segment(segment) => facts.is_member(*segment),
            Self::Flag(other) => Ok(other.is_met(facts.decision(other.flag)?).into()),
        }
    }
}

impl Segment {
    /// Whether it has the context as a member: one who is not excluded, and is named, or for whom its condition
    /// holds and whom its rollout lets in. Where there is no key it is not known who is named.
    ///
    /// # Errors
    /// When the facts do not say.
    pub(super) fn membership<F: Facts>(&self, facts: &F) -> Result<Truth, F::Open> {
        let allowed = facts.listed(&self.exclude)?.not();
        if allowed == Truth::False {
            return Ok(Truth::False);
        }
        let listed = facts.listed(&self.users)?;
        if listed == Truth::True {
            return Ok(allowed);
        }
        Ok(allowed.min(listed.max(self.let_in(facts)?)))
    }

    /// Whether its condition and its rollout let the context in.
    #[inline]
    fn let_in<F: Facts>(&self, facts: &F) -> Result<Truth, F::Open> {
        let held = match (&self.when, &self.rollout) {
            (Some(when), _) => when.truth(facts)?,
            (None, Some(_)) => Truth::True,
            (None, None) => Truth::False,
        };
        match &self.rollout {
            Some(rollout) if held != Truth::False => Ok(held.min(match facts.hit(rollout)? {
                Hit::In => Truth::True,
                Hit::Out => Truth::False,
                Hit::NoKey => Truth::Unknown,
            })),
            _ => Ok(held),
        }
    }
}
