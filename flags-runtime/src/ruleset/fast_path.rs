//! Fast paths: flags of the shapes that nearly all flags have, in a form that is decided at once.
//!
//! They do not look at what flags of other shapes have besides, and decide what the full evaluation does.

use super::everybody::{constant, constant_state};
use super::operand::Operand;
use super::{Amount, AttributeRef, Cause, Compare, Decision, Flag, How, Rule, Serve, Share, State, Test};
use crate::bucket::Multiplier;
use crate::context::{Attribute, Context, SharedName, Short, Text, TextSet};
use crate::evaluation::{ErrorCode, Reason};
use std::sync::Arc;

#[derive(Clone, Debug)]
pub(crate) enum FastPath {
    /// None: there is more to it, or an override.
    FullEvaluation,
    /// The same for every context.
    Fixed(Decision),
    /// On below a bound.
    Rollout { stream: Multiplier, below: u64, on: u32, off: u32 },
    /// On for all, and the index in whose range the bucket falls.
    Split { stream: Multiplier, ranges: Box<[(u64, u32)]>, off: u32 },
    /// On for some users.
    Listed { users: Arc<TextSet>, on: u32, off: u32 },
    /// What the first rule says of which all words are the context's.
    Rules { rules: Box<[WordRule]>, otherwise: Decision },
}

/// A rule of words.
#[derive(Clone, Debug)]
pub(crate) struct WordRule {
    tests: Box<[Word]>,
    decision: Decision,
}

/// An attribute is one of some words.
#[derive(Clone, Debug)]
struct Word {
    name: SharedName,
    hint: u32,
    /// With the first one apart: most often there is no other.
    first: Short,
    others: Box<[Short]>,
}

impl FastPath {
    /// The fast path of a flag.
    pub(crate) fn of(flag: &Flag) -> Self {
        Self::shape(flag).unwrap_or(Self::FullEvaluation)
    }

    fn shape(flag: &Flag) -> Option<Self> {
        if let Some(decision) = constant(flag) {
            return Some(Self::Fixed(decision));
        }
        let Flag { off, on, users, rules, state, .. } = flag;
        if !flag.prerequisites.is_empty() || flag.experiment.is_some() {
            return None;
        }
        Some(match (&**users, &**rules, state, on) {
            (
                [],
                [],
                State::On | State::Share(Share { amount: Amount::Everybody, .. }),
                Serve::Split(split),
            ) if split.bucket.by == AttributeRef::Key => {
                let stream = split.bucket.salt.variant;
                Self::Split { stream, ranges: split.ranges.clone(), off: *off }
            }
            ([], [], State::Share(Share { amount: Amount::Below(below), bucket }), Serve::One(on))
                if bucket.by == AttributeRef::Key =>
            {
                Self::Rollout { stream: bucket.salt.rollout, below: *below, on: *on, off: *off }
            }
            ([(users, Serve::One(on))], [], State::Nobody, _) => {
                Self::Listed { users: users.clone(), on: *on, off: *off }
            }
            ([], rules, ..) => {
                let otherwise = constant_state(flag)?;
                let rules = rules.iter().zip(0..).map(|(rule, position)| WordRule::of(rule, position, *off));
                Self::Rules { rules: rules.collect::<Option<_>>()?, otherwise }
            }
            _ => return None,
        })
    }

    /// What is decided, or `None` when that takes more.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a call would cost as much as most of these")]
    pub(crate) fn decide(&self, context: &Context) -> Option<Decision> {
        Some(match self {
            Self::FullEvaluation => return None,
            Self::Fixed(decision) => *decision,
            Self::Rollout { stream, below, on, off } => match context.digest() {
                Some(key) if stream.bucket(key) < *below => Decision::on(*on, Reason::Split, Cause::State),
                Some(_) => Decision::off(*off, Reason::Default, Cause::Default),
                None => keyless(*off),
            },
            Self::Split { stream, ranges, off } => match context.digest() {
                Some(key) => match in_range(ranges, stream.bucket(key)) {
                    Some(index) => Decision::on(index, Reason::Split, Cause::State),
                    None => return None,
                },
                None => keyless(*off),
            },
            Self::Listed { users, on, off } => match context.key_value() {
                Attribute::Text(key) if users.contains(key) => {
                    Decision::on(*on, Reason::TargetingMatch, Cause::Users)
                }
                _ => Decision::off(*off, Reason::Default, Cause::Default),
            },
            Self::Rules { rules, otherwise } => {
                // No closures: what they ask of the context would be asked again by each.
                'rules: for rule in rules {
                    for test in &rule.tests {
                        if !test.holds(context) {
                            continue 'rules;
                        }
                    }
                    return Some(rule.decision);
                }
                *otherwise
            }
        })
    }
}

#[cold]
fn keyless(off: u32) -> Decision {
    Decision::off(off, Reason::Error, Cause::Default).with_error(Some(ErrorCode::TargetingKeyMissing))
}

/// The index in whose range the bucket falls; the last one takes what is left. Bounds rise: as many are
/// passed as are not above the bucket, which is found without a branch that depends on it.
#[inline]
pub(super) fn in_range(ranges: &[(u64, u32)], bucket: u64) -> Option<u32> {
    let passed: usize = ranges.iter().map(|(bound, _)| usize::from(bucket >= *bound)).sum();
    ranges.get(passed).or(ranges.last()).map(|(_, index)| *index)
}

impl WordRule {
    fn of(rule: &Rule, position: u32, off: u32) -> Option<Self> {
        if rule.window.starts.is_some() || rule.window.ends.is_some() || rule.share.is_some() {
            return None;
        }
        let cause = Cause::Rule(position);
        let decision = match rule.serve {
            Serve::Off => Decision::off(off, Reason::TargetingMatch, cause),
            Serve::One(index) => Decision::on(index, Reason::TargetingMatch, cause),
            Serve::Split(_) => return None,
        };
        let tests = match &rule.when {
            None => Box::default(),
            Some(Test::All(tests)) => tests.iter().map(Word::of).collect::<Option<_>>()?,
            Some(test) => [Word::of(test)?].into(),
        };
        Some(Self { tests, decision })
    }
}

impl Word {
    fn of(test: &Test) -> Option<Self> {
        let Test::Compare(Compare { source, how: How::Meets(operand) }) = test else { return None };
        let AttributeRef::Attribute { name, hint } = source else { return None };
        let (first, others) = match operand {
            Operand::Word(word) => (word, &[][..]),
            Operand::Words(words) => words.split_first()?,
            _ => return None,
        };
        Some(Self { name: name.clone(), hint: *hint, first: *first, others: others.into() })
    }

    /// Whether it is known to hold: absent attributes, and those of other types, are none of the words.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "as `FastPath::decide`")]
    fn holds(&self, context: &Context) -> bool {
        match context.find(&self.name, self.hint as usize) {
            Some(Attribute::Text(Text::Short(text))) => self.has(text),
            Some(Attribute::List(items)) => self.has_one(items),
            _ => false,
        }
    }

    #[inline]
    fn has(&self, text: &Short) -> bool {
        self.first == *text || self.others.contains(text)
    }

    #[cold]
    fn has_one(&self, items: &[Attribute]) -> bool {
        items.iter().any(|item| matches!(item, Attribute::Text(Text::Short(text)) if self.has(text)))
    }
}
