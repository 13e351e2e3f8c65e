//! Conditions asked of many contexts at once, which combine few values of some attributes: each comparison is evaluated
//! once for each value of its attribute, and for each context only the truths are combined.

use super::evaluator::{Evaluator, is_listed};
use super::{Amount, AttributeRef, ResolvedState, Rollout, Ruleset, Segment, Test, Truth};
use crate::context::{Attribute, AttributeValue, Context};
use flags_schema::names::TARGETING_KEY;
use std::collections::HashMap;
use std::rc::Rc;

/// Segments within segments that are followed; those below are asked for each context.
const DEEPEST: u32 = 64;

/// Contexts that have one value of each attribute, or lack it.
#[derive(Debug)]
pub struct Combinations {
    attributes: Vec<Values>,
    /// For each context and attribute: 0 where the context lacks it, else the number of its value from 1.
    rows: Vec<u32>,
}

#[derive(Debug)]
struct Values {
    name: String,
    all: Vec<AttributeValue>,
    /// A context with nothing, then one with each value alone.
    alone: Vec<Context>,
}

impl Combinations {
    /// Attributes with their values, and for each context and attribute 0 where the context lacks it, else the number
    /// of its value from 1.
    #[must_use]
    pub fn new(attributes: Vec<(String, Vec<AttributeValue>)>, rows: Vec<u32>) -> Self {
        let attributes = attributes.into_iter().map(|(name, values)| {
            let with = |value: &AttributeValue| Context::anonymous().with(name.clone(), value.clone());
            let alone = std::iter::once(Context::anonymous()).chain(values.iter().map(with)).collect();
            Values { name, all: values, alone }
        });
        Self { attributes: attributes.collect(), rows }
    }

    /// How many contexts there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len() / self.attributes.len().max(1)
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Where an attribute is among those of a row.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<usize> {
        self.attributes.iter().position(|attribute| attribute.name == name)
    }

    /// The value of an attribute by its number in rows.
    #[must_use]
    pub fn value(&self, attribute: usize, number: u32) -> Option<&AttributeValue> {
        let number = usize::try_from(number).ok()?.checked_sub(1)?;
        self.attributes.get(attribute)?.all.get(number)
    }

    /// Whether contexts with that value fall into buckets by the attribute: lists do not.
    #[must_use]
    pub fn has_bucket(&self, attribute: usize, number: u32) -> bool {
        self.value(attribute, number)
            .is_some_and(|value| !matches!(value.0, Attribute::List(_) | Attribute::Null))
    }

    /// The contexts as numbers of values.
    pub fn rows(&self) -> impl Iterator<Item = &[u32]> {
        self.rows.chunks(self.attributes.len().max(1))
    }

    /// One of the contexts.
    #[must_use]
    pub fn context(&self, row: &[u32]) -> Context {
        let mut context = Context::anonymous();
        for (at, (attribute, number)) in self.attributes.iter().zip(row).enumerate() {
            if let Some(value) = self.value(at, *number) {
                context.set(attribute.name.clone(), value.clone());
            }
        }
        context
    }
}

/// The truth of one thing for contexts that are alike but for their buckets: the least and the greatest that it may be.
type Between = (Truth, Truth);

/// The same for each of the contexts.
type Column = Rc<[Between]>;

/// For which of the contexts that are alike but for their buckets a condition holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Holds {
    /// For none.
    Never,
    /// It may depend on their buckets.
    Sometimes,
    /// For all.
    Always,
}

/// What conditions of one document say of contexts, at one moment.
pub(crate) struct Truths<'a, N> {
    ruleset: &'a Ruleset,
    now: &'a N,
    combinations: &'a Combinations,
    segments: HashMap<u32, Column>,
}

impl<'a, N: Fn() -> Option<i64>> Truths<'a, N> {
    pub(crate) fn new(ruleset: &'a Ruleset, now: &'a N, combinations: &'a Combinations) -> Self {
        Self { ruleset, now, combinations, segments: HashMap::new() }
    }

    /// For each context whether it meets the condition of a flag's rule, by the rule's index as written; `None` is
    /// the segment of its state. Nothing where there is no such condition.
    pub(crate) fn condition(&mut self, flag: u32, rule: Option<u32>) -> Option<Vec<Holds>> {
        let resolved = self.ruleset.flags.get(flag as usize)?;
        let column = match (rule, &resolved.state) {
            (Some(rule), _) => {
                let rule = resolved.rules.iter().find(|resolved| resolved.source == rule)?;
                self.test(rule.when.as_ref()?, 0)
            }
            (None, ResolvedState::Members(segment)) => self.segment(*segment, 0),
            (None, ResolvedState::On | ResolvedState::Nobody | ResolvedState::Rollout(_)) => return None,
        };
        let holds = column.iter().map(|between| match between {
            (Truth::True, _) => Holds::Always,
            (_, Truth::True) => Holds::Sometimes,
            _ => Holds::Never,
        });
        Some(holds.collect())
    }

    fn test(&mut self, test: &Test, depth: u32) -> Column {
        match test {
            Test::Compare(compare) => {
                self.by_value(name(&compare.source), |context| sure(compare.holds(context, self.now)))
            }
            Test::All(tests) => self.joined(tests, Truth::True, Truth::min, depth),
            Test::Any(tests) => self.joined(tests, Truth::False, Truth::max, depth),
            Test::Not(test) => self.test(test, depth).iter().map(|it| not(*it)).collect(),
            Test::Segment(segment) => self.segment(*segment, depth),
            // What another flag serves depends on buckets too, which are not known here.
            Test::Flag(_) => self.constant((Truth::False, Truth::True)),
        }
    }

    fn joined(&mut self, tests: &[Test], none: Truth, join: fn(Truth, Truth) -> Truth, depth: u32) -> Column {
        let mut joined = self.constant(sure(none));
        for test in tests {
            joined = both(&joined, &self.test(test, depth), join);
        }
        joined
    }

    fn segment(&mut self, index: u32, depth: u32) -> Column {
        if let Some(known) = self.segments.get(&index) {
            return known.clone();
        }
        let column = match self.ruleset.segments.get(index as usize) {
            None => self.constant(sure(Truth::Unknown)),
            Some(segment) if depth >= DEEPEST && segment.bucketed => {
                self.constant((Truth::False, Truth::True))
            }
            Some(_) if depth >= DEEPEST => self.one_by_one(index),
            Some(Segment { users, when, rollout, exclude, .. }) => {
                let mut let_in = match (when, rollout) {
                    (Some(when), _) => self.test(when, depth + 1),
                    (None, Some(_)) => self.constant(sure(Truth::True)),
                    (None, None) => self.constant(sure(Truth::False)),
                };
                if let Some(rollout) = rollout {
                    let_in = both(&let_in, &self.rollout(rollout), Truth::min);
                }
                let listed = |users| self.by_value(TARGETING_KEY, |context| sure(is_listed(users, context)));
                let member = both(&listed(users), &let_in, Truth::max);
                if exclude.is_empty() {
                    member
                } else {
                    let allowed: Column = listed(exclude).iter().map(|it| not(*it)).collect();
                    both(&member, &allowed, Truth::min)
                }
            }
        };
        self.segments.insert(index, column.clone());
        column
    }

    /// Whether it is in a rollout: that depends on its bucket, where it has one.
    fn rollout(&self, rollout: &Rollout) -> Column {
        match rollout.amount.at(self.now) {
            Amount::Everybody => self.constant(sure(Truth::True)),
            Amount::Nobody | Amount::Ramp(_) => self.constant(sure(Truth::False)),
            Amount::Below(_) => {
                let by = &rollout.bucket.by;
                self.by_value(name(by), |context| match by.digest(context) {
                    Some(_) => (Truth::False, Truth::True),
                    None => sure(Truth::Unknown),
                })
            }
        }
    }

    /// A truth that depends on one attribute alone.
    fn by_value(&self, name: &str, truth: impl Fn(&Context) -> Between) -> Column {
        let Some(at) = self.combinations.attribute(name) else {
            return self.constant(truth(&Context::anonymous()));
        };
        let alone = self.combinations.attributes.get(at).map_or(&[][..], |attribute| &attribute.alone);
        let truths: Vec<Between> = alone.iter().map(truth).collect();
        let of = |row: &[u32]| row.get(at).and_then(|number| truths.get(*number as usize)).copied();
        self.combinations.rows().map(|row| of(row).unwrap_or(sure(Truth::Unknown))).collect()
    }

    fn constant(&self, truth: Between) -> Column {
        std::iter::repeat_n(truth, self.combinations.len()).collect()
    }

    fn one_by_one(&self, segment: u32) -> Column {
        let member = |row: &[u32]| {
            let context = self.combinations.context(row);
            sure(Evaluator::new(self.ruleset, &[], &context, self.now).member(segment))
        };
        self.combinations.rows().map(member).collect()
    }
}

const fn sure(truth: Truth) -> Between {
    (truth, truth)
}

fn not((least, greatest): Between) -> Between {
    (greatest.not(), least.not())
}

fn both(one: &[Between], other: &[Between], join: fn(Truth, Truth) -> Truth) -> Column {
    one.iter().zip(other).map(|(one, other)| (join(one.0, other.0), join(one.1, other.1))).collect()
}

fn name(by: &AttributeRef) -> &str {
    match by {
        AttributeRef::Key => TARGETING_KEY,
        AttributeRef::Attribute { name, .. } => name.as_str(),
    }
}
