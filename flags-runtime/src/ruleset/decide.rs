//! The evaluation of a flag: one order, the same for every flag.

use super::decision::{Cause, Decision};
use super::quick::in_range;
use super::{Amount, Bucket, Experiment, Flag, OFF, Override, Prerequisite, Ruleset, Serve, Share, State};
use crate::context::{Attribute, Context};
use crate::evaluation::{ErrorCode, Layer, Reason};
use crate::explain::Step;
use crate::ruleset::Truth;
use std::sync::Arc;

/// Overrides by flag.
pub(crate) type Overrides = [Option<(Layer, Arc<Override>)>];

/// Is told of each step; [`Silent`] costs nothing.
pub(crate) trait Tracer {
    fn step(&mut self, held: bool, step: impl FnOnce() -> Step);
    /// Told of the steps of another flag, which has its own explanation.
    type Inner: Tracer + Default;
}

#[derive(Default)]
pub(crate) struct Silent;

impl Tracer for Silent {
    type Inner = Self;
    #[inline]
    fn step(&mut self, _held: bool, _step: impl FnOnce() -> Step) {}
}

/// Everything an evaluation reads.
pub(crate) struct Asked<'a, N> {
    pub(crate) ruleset: &'a Ruleset,
    pub(crate) overrides: &'a Overrides,
    pub(crate) context: &'a Context,
    /// The moment, `None` where no clock tells it; asked only by what depends on time.
    pub(crate) now: N,
}

/// What a share or a split says of a context.
enum Hit {
    In,
    Out,
    NoKey,
}

impl<N: Fn() -> Option<i64>> Asked<'_, N> {
    /// Decides a flag. An index that the ruleset does not have is off.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a decision in registers is half the time")]
    pub(crate) fn decide(&self, flag: u32, tracer: &mut impl Tracer) -> Decision {
        let overridden = self.overrides.get(flag as usize).and_then(Option::as_ref);
        let Some(resolved) = self.ruleset.flags.get(flag as usize) else {
            let nowhere = Decision::off(OFF, Reason::Error, Cause::Default);
            return nowhere.with_error(Some(ErrorCode::FlagNotFound));
        };
        if let Some((layer, overridden)) = overridden {
            return self.overridden(resolved, *layer, overridden, tracer);
        }
        if let Some(disabled) = resolved.disabled {
            tracer.step(true, || Step::Disabled(disabled));
            return Decision::off(resolved.off, Reason::Disabled, disabled.cause());
        }
        self.by_targets(resolved, tracer)
    }

    #[cold]
    fn overridden(&self, flag: &Flag, layer: Layer, to: &Override, tracer: &mut impl Tracer) -> Decision {
        let cause = Cause::Override(layer);
        let mut error = None;
        let on = match to {
            Override::Serve(Serve::Off) => false,
            Override::Serve(_) | Override::Value(..) => true,
            Override::Share(share) => self.hits(share, &mut error),
            Override::Members(segment) => {
                self.ruleset.member(*segment, self.context, &self.now) == Truth::True
            }
            Override::Users(users) => {
                matches!(self.context.key_value(), Attribute::Text(key) if users.contains(key))
            }
        };
        tracer.step(true, || Step::Overridden(layer, on));
        let served = match to {
            _ if !on => None,
            Override::Value(..) => Some(Decision::OVERRIDDEN),
            Override::Serve(serve) => self.serve(flag, serve, &mut error),
            _ => self.serve(flag, &flag.on, &mut error),
        };
        match served {
            Some(index) => Decision::on(index, Reason::Override, cause),
            None => Decision::off(flag.off, Reason::Override, cause).with_error(error),
        }
    }

    /// What prerequisites, users and rules say, and then the state.
    #[inline]
    fn by_targets(&self, flag: &Flag, tracer: &mut impl Tracer) -> Decision {
        for (prerequisite, position) in flag.prerequisites.iter().zip(0_u16..) {
            let met = self.met::<_>(prerequisite, tracer);
            tracer.step(!met, || Step::Prerequisite {
                flag: prerequisite.flag,
                wanted: prerequisite.wanted,
                met,
            });
            if !met {
                return Decision::off(flag.off, Reason::PrerequisiteFailed, Cause::Prerequisite(position));
            }
        }
        if let Some(experiment) = &flag.experiment {
            let Experiment { control, window } = **experiment;
            let running = window.holds(&self.now);
            tracer.step(!running, || Step::Experiment { running });
            if !running {
                return Decision::off(control, Reason::Default, Cause::Experiment);
            }
        }
        let mut error = None;
        if let Attribute::Text(key) = self.context.key_value() {
            for (users, serve) in &flag.users {
                if users.contains(key)
                    && let Some(decision) = self.targeted(flag, serve, Cause::Users, &mut error)
                {
                    tracer.step(true, || Step::Users { named: true });
                    return decision;
                }
            }
        }
        if !flag.users.is_empty() {
            tracer.step(false, || Step::Users { named: false });
        }
        // In this order the positions end with the rules, of which there may be as many as positions.
        for (rule, position) in flag.rules.iter().zip(0_u16..) {
            let missed = 'missed: {
                if !rule.window.holds(&self.now) {
                    break 'missed Missed::Window;
                }
                if let Some(when) = &rule.when {
                    let truth = when.holds(self.ruleset, self.context, &self.now);
                    if truth != Truth::True {
                        break 'missed Missed::Condition(truth);
                    }
                }
                if let Some(share) = &rule.share
                    && !self.hits(share, &mut error)
                {
                    break 'missed Missed::Rollout;
                }
                if let Some(decision) = self.targeted(flag, &rule.serve, Cause::Rule(position), &mut error) {
                    tracer.step(true, || Step::Rule { rule: position, missed: None });
                    return decision;
                }
                Missed::NoKey
            };
            tracer.step(false, || Step::Rule { rule: position, missed: Some(missed) });
        }
        self.by_state(flag, error, tracer)
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a decision in registers is half the time")]
    fn by_state(&self, flag: &Flag, mut error: Option<ErrorCode>, tracer: &mut impl Tracer) -> Decision {
        let (holds, reason) = match &flag.state {
            State::On if matches!(flag.on, Serve::Split(_)) => (true, Reason::Split),
            State::On => (true, Reason::Static),
            State::Nobody => (false, Reason::Default),
            State::Members(segment) => {
                let member = self.ruleset.member(*segment, self.context, &self.now);
                (member == Truth::True, Reason::TargetingMatch)
            }
            State::Share(Share { amount: Amount::Everybody, .. }) => match flag.on {
                Serve::Split(_) => (true, Reason::Split),
                _ => (true, Reason::Static),
            },
            State::Share(share) => (self.hits(share, &mut error), Reason::Split),
        };
        let served = if holds { self.serve(flag, &flag.on, &mut error) } else { None };
        tracer.step(served.is_some(), || Step::State { holds });
        match served {
            Some(index) => Decision::on(index, reason, Cause::State),
            None => {
                tracer.step(true, || Step::Default);
                let reason = if error.is_some() { Reason::Error } else { Reason::Default };
                Decision::off(flag.off, reason, Cause::Default).with_error(error)
            }
        }
    }

    /// The decision of a user list or a rule, or `None` when its split has no key to go by.
    #[inline]
    fn targeted(
        &self,
        flag: &Flag,
        serve: &Serve,
        cause: Cause,
        error: &mut Option<ErrorCode>,
    ) -> Option<Decision> {
        if matches!(serve, Serve::Off) {
            return Some(Decision::off(flag.off, Reason::TargetingMatch, cause));
        }
        let index = self.serve(flag, serve, error)?;
        Some(Decision::on(index, Reason::TargetingMatch, cause))
    }

    #[inline]
    fn serve(&self, flag: &Flag, serve: &Serve, error: &mut Option<ErrorCode>) -> Option<u32> {
        match serve {
            Serve::One(index) => Some(*index),
            Serve::Off => Some(flag.off),
            Serve::Split(split) => {
                let Some(key) = split.bucket.by.digest(self.context) else {
                    *error = Some(ErrorCode::TargetingKeyMissing);
                    return None;
                };
                in_range(&split.ranges, split.bucket.salt.variant.bucket(&key))
            }
        }
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a call would cost as much as the multiplication")]
    fn hits(&self, share: &Share, error: &mut Option<ErrorCode>) -> bool {
        match self.hit(share) {
            Hit::In => true,
            Hit::Out => false,
            Hit::NoKey => {
                *error = Some(ErrorCode::TargetingKeyMissing);
                false
            }
        }
    }

    #[inline]
    fn hit(&self, share: &Share) -> Hit {
        let below = match share.amount.at(&self.now) {
            Amount::Below(below) => below,
            Amount::Everybody => return Hit::In,
            Amount::Nobody | Amount::Ramp(_) => return Hit::Out,
        };
        match share.bucket.by.digest(self.context) {
            Some(key) if share.bucket.salt.rollout.bucket(&key) < below => Hit::In,
            Some(_) => Hit::Out,
            None => Hit::NoKey,
        }
    }

    /// Decides another flag. The resolver bounds how often this recurs.
    #[inline(never)]
    fn inner(&self, flag: u32, tracer: &mut impl Tracer) -> Decision {
        self.decide(flag, tracer)
    }

    fn met<T: Tracer>(&self, prerequisite: &Prerequisite, _tracer: &T) -> bool {
        let decision = self.inner(prerequisite.flag, &mut T::Inner::default());
        let satisfied =
            decision.is_on() && prerequisite.variant.is_none_or(|variant| variant == decision.index());
        satisfied == prerequisite.wanted
    }
}

/// Where the context stands in a bucket: the top 64 bits of its rollout bucket.
pub(crate) fn position(bucket: &Bucket, context: &Context) -> Option<u64> {
    bucket.by.digest(context).map(|key| bucket.salt.rollout.bucket(&key))
}

/// Why a rule did not serve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Missed {
    Window,
    Condition(Truth),
    Rollout,
    NoKey,
}
