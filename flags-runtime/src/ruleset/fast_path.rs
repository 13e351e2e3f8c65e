//! Fast paths: flags of the shapes that nearly all flags have, in a form that is decided at once.
//!
//! They do not look at what flags of other shapes have besides, and decide what the full evaluation does.

use super::everybody::{constant, constant_state};
use super::operand::Operand;
use super::{
    Amount, AttributeRef, Cause, Compare, Decision, Flag, How, ResolvedState, Rollout, Rule, Serve, Test,
    Window,
};
use crate::bucket::Multiplier;
use crate::context::{Attribute, Context, SharedName, Short, Text, TextSet};
use crate::reason::{ErrorCode, Reason};
use std::sync::Arc;

#[derive(Clone, Debug)]
pub(crate) enum FastPath {
    /// None: there is more to it, or an override.
    FullEvaluation,
    /// One decision for every context.
    Fixed(Decision),
    /// On below a bound.
    Rollout { stream: Multiplier, below: u64, on: u32, off: u32 },
    /// On for all, and the index in whose range the bucket falls.
    Split { stream: Multiplier, ranges: Box<[(u64, u32)]>, off: u32 },
    /// On for some users.
    Listed { users: Arc<TextSet>, on: u32, off: u32 },
    /// The answer of the first rule whose words are all those of the context.
    Rules { rules: Box<[WordRule]>, otherwise: Decision },
}

/// Bounds of a [`Bucketed`] flag: of more variants than those make, the snapshot tells.
pub(crate) const BOUNDS: usize = 3;

/// A flag that is decided by the bucket of the targeting key and nothing else, where there is one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bucketed {
    pub(crate) stream: Multiplier,
    /// Bounds of buckets, rising. Those that are not needed are the greatest bucket.
    pub(crate) bounds: [u64; BOUNDS],
    /// What is decided, by how many bounds are [`passed`]; beyond the last one needed, the same as there.
    pub(crate) decisions: [Decision; BOUNDS + 1],
}

/// How many of the bounds, which rise, are not above the bucket.
#[inline]
pub(crate) fn passed(bounds: &[u64; BOUNDS], bucket: u64) -> usize {
    bounds.iter().map(|bound| usize::from(bucket >= *bound)).sum()
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
        // Every part is named: a new one has to be looked at here too.
        let Flag {
            part: _,
            source: _,
            planned: _,
            // It is off for everybody then, and a constant.
            disabled: _,
            off,
            on,
            prerequisites,
            enrollment,
            users,
            rules,
            state,
            by: _,
            values: _,
            literals: _,
        } = flag;
        if !prerequisites.is_empty() || enrollment.is_some() {
            return None;
        }
        Some(match (&**users, &**rules, state, on) {
            (
                [],
                [],
                ResolvedState::On | ResolvedState::Rollout(Rollout { amount: Amount::Everybody, .. }),
                Serve::Split(split),
            ) if split.bucket.by == AttributeRef::Key => {
                let stream = split.bucket.salt.variant;
                Self::Split { stream, ranges: split.ranges.clone(), off: *off }
            }
            (
                [],
                [],
                ResolvedState::Rollout(Rollout { amount: Amount::Below(below), bucket }),
                Serve::One(on),
            ) if bucket.by == AttributeRef::Key => {
                Self::Rollout { stream: bucket.salt.rollout, below: *below, on: *on, off: *off }
            }
            ([(users, Serve::One(on))], [], ResolvedState::Nobody, _) => {
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

    /// The path in the form of the engine's table; `None` where it is another one, or has more bounds.
    pub(crate) fn bucketed(&self) -> Option<Bucketed> {
        match self {
            Self::Rollout { stream, below, on, off } => {
                let off = Decision::off(*off, Reason::Default, Cause::Default);
                let mut decisions = [off; BOUNDS + 1];
                *decisions.first_mut()? = Decision::on(*on, Reason::Split, Cause::State);
                let mut bounds = [u64::MAX; BOUNDS];
                *bounds.first_mut()? = *below;
                Some(Bucketed { stream: *stream, bounds, decisions })
            }
            Self::Split { stream, ranges, off: _ } => {
                let (last, others) = ranges.split_last()?;
                if others.len() > BOUNDS {
                    return None;
                }
                let decision = |range: Option<&(u64, u32)>| {
                    Decision::on(range.unwrap_or(last).1, Reason::Split, Cause::State)
                };
                let bound = |range: Option<&(u64, u32)>| range.map_or(u64::MAX, |(bound, _)| *bound);
                Some(Bucketed {
                    stream: *stream,
                    bounds: std::array::from_fn(|i| bound(others.get(i))),
                    decisions: std::array::from_fn(|i| decision(others.get(i))),
                })
            }
            Self::FullEvaluation | Self::Fixed(_) | Self::Listed { .. } | Self::Rules { .. } => None,
        }
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
        let Rule { source: _, window: Window { starts, ends }, when, rollout, serve } = rule;
        if starts.is_some() || ends.is_some() || rollout.is_some() {
            return None;
        }
        let cause = Cause::Rule(position);
        let decision = match serve {
            Serve::Off => Decision::off(off, Reason::TargetingMatch, cause),
            Serve::One(index) => Decision::on(*index, Reason::TargetingMatch, cause),
            Serve::Split(_) => return None,
        };
        let tests = match when {
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

    /// Whether it is known to hold: an absent attribute, or one of another type, equals no word.
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

#[cfg(test)]
mod tests {
    use super::{BOUNDS, FastPath, passed};
    use crate::context::{AttributeValue, Context};
    use crate::contract::Contract;
    use crate::document::StoredDocument;
    use crate::ruleset::{Evaluator, Origins, Ruleset, RulesetPart, Silent, constants, resolve};
    use crate::value::Values;
    use flags_schema::{SourceFile, load};
    use proptest::prelude::*;
    use proptest::sample::{select, subsequence};
    use std::fmt::Write;
    use std::sync::Arc;

    fn resolved(yaml: &str) -> Ruleset {
        let source = SourceFile::new("flags.yaml", yaml);
        let loaded = load(source, &mut |_| Err("none".to_owned()), &flags_schema::Options::default());
        assert!(!loaded.diagnostics.has_errors(), "{:?}\n{yaml}", loaded.diagnostics);
        let contract = Contract::new(StoredDocument::from(loaded.document), &[]).unwrap();
        let environment = Some(Arc::from("here"));
        let parts = [RulesetPart::new(contract.document(), environment.as_ref(), false)];
        resolve(&parts, &Origins::default(), environment, &contract, Values::Leaked).unwrap()
    }

    const WORDS: &[&str] = &["a", "b", "c", "a word that is longer than what is kept in place", "5", ""];

    /// Contexts with keys of every sort, and attributes that words are compared with.
    fn context() -> impl Strategy<Value = Context> {
        let key = prop_oneof![
            4 => "[a-e]{1,2}".prop_map(AttributeValue::from),
            1 => (0_i64..100).prop_map(AttributeValue::from),
            1 => Just(AttributeValue::NULL),
            1 => Just(AttributeValue::from(vec!["a"])),
            1 => Just(AttributeValue::from(true)),
        ];
        let one = prop_oneof![
            6 => select(WORDS).prop_map(AttributeValue::from),
            1 => Just(AttributeValue::from(5)),
            1 => Just(AttributeValue::from(false)),
            1 => Just(AttributeValue::NULL),
        ];
        let value = prop_oneof![
            4 => one.clone(),
            1 => prop::collection::vec(one, 0..3).prop_map(|items| items.into_iter().collect()),
        ];
        let names = subsequence(vec!["x", "y", "z"], 0..=3);
        (key, names, prop::collection::vec(value, 3)).prop_map(|(key, names, values)| {
            let keyed = Context::anonymous().with("user", key);
            names.into_iter().zip(values).fold(keyed, |context, (name, value)| context.with(name, value))
        })
    }

    fn contexts() -> impl Strategy<Value = Vec<Context>> {
        prop::collection::vec(context(), 1..12)
    }

    /// A percentage that is neither nothing nor everything.
    fn percentage() -> impl Strategy<Value = String> {
        (1_u32..100_000).prop_map(|thousandths| format!("{}.{:03}", thousandths / 1000, thousandths % 1000))
    }

    /// The fast path of the flag `it`, whose shape `is` checks, decides the same as the full evaluation.
    fn equal(flag: &str, is: fn(&FastPath) -> bool, contexts: &[Context]) -> Result<(), TestCaseError> {
        let ruleset = resolved(&format!(
            "environments: {{ here: {{ default: true }}, there: {{}} }}\nsegments: {{ s: {{ users: [a] }} }}\nflags: {{ it: {flag} }}\n"
        ));
        let path = &ruleset.fast_paths[0];
        prop_assert!(is(path), "{}: {:?}", flag, path);
        for context in contexts {
            let now = || Some(0);
            let full = Evaluator::new(&ruleset, &[], context, &now).decide(0, &mut Silent);
            prop_assert_eq!(path.decide(context), Some(full), "{} for {:?}", flag, context);
            if let (Some(bucketed), Some(key)) = (path.bucketed(), context.digest()) {
                let passed = passed(&bucketed.bounds, bucketed.stream.bucket(key));
                prop_assert_eq!(bucketed.decisions[passed], full, "{} for {:?}", flag, context);
            }
        }
        Ok(())
    }

    proptest! {
        #[test]
        fn fixed(
            flag in select(vec![
                "on", "off", "{ state: targeted }", "{ state: gradual, rollout: 0 }",
                "{ state: gradual, rollout: 100 }", "{ state: on, environments: [there] }",
                "{ state: off, variants: [a, b], off: b, users: { a: [a] } }",
                "{ type: integer, value: 5 }", "{ state: targeted, rules: [ { serve: on } ] }",
                "{ type: integer, value: 5, state: off, off: 7 }",
            ]),
            contexts in contexts(),
        ) {
            equal(flag, |path| matches!(path, FastPath::Fixed(_)), &contexts)?;
        }

        #[test]
        fn rollout(percentage in percentage(), salt in "[a-z]{0,3}", values in any::<bool>(), contexts in contexts()) {
            let kind = if values { ", type: integer, value: 5, off: 3" } else { "" };
            let flag = format!("{{ state: gradual, rollout: {{ percentage: {percentage}, salt: 's{salt}' }}{kind} }}");
            equal(&flag, |path| matches!(path, FastPath::Rollout { .. }) && path.bucketed().is_some(), &contexts)?;
        }

        #[test]
        fn split(
            first in 1_u32..99_999,
            equal_shares in any::<bool>(),
            state in select(vec!["on", "gradual, rollout: 100"]),
            contexts in contexts(),
        ) {
            let percent = |thousandths: u32| format!("{}.{:03}", thousandths / 1000, thousandths % 1000);
            let (a, b) = (percent(first), percent(100_000 - first));
            let variants = if equal_shares {
                "[a, b, c]".to_owned()
            } else {
                format!("{{ a: {{ weight: {a} }}, none: {{ weight: 0 }}, b: {{ weight: {b} }} }}")
            };
            let flag = format!("{{ state: {state}, variants: {variants} }}");
            equal(&flag, |path| matches!(path, FastPath::Split { .. }) && path.bucketed().is_some(), &contexts)?;
        }

        #[test]
        fn splits_of_many(variants in 2_usize..9, contexts in contexts()) {
            let names: Vec<String> = (0..variants).map(|number| format!("v{number}")).collect();
            let flag = format!("{{ state: on, variants: [{}] }}", names.join(", "));
            equal(&flag, |path| matches!(path, FastPath::Split { ranges, .. } if path.bucketed().is_some() == (ranges.len() <= BOUNDS + 1)), &contexts)?;
        }

        #[test]
        fn listed(users in prop::collection::vec("[a-e]{1,2}", 1..40), variants in any::<bool>(), contexts in contexts()) {
            let users: std::collections::BTreeSet<String> = users.into_iter().collect();
            let users: Vec<String> = users.into_iter().map(|user| format!("'{user}'")).collect();
            let users = users.join(", ");
            let more = if variants { format!("users: {{ b: [{users}] }}, variants: [a, b]") } else { format!("users: [{users}]") };
            let flag = format!("{{ state: targeted, {more} }}");
            equal(&flag, |path| matches!(path, FastPath::Listed { .. }), &contexts)?;
        }

        #[test]
        fn rules(
            rules in prop::collection::vec(
                (
                    subsequence(vec!["x", "y", "z"], 1..=3),
                    prop::collection::vec(subsequence(vec!["a", "b", "c", "''"], 1..=3), 3),
                    any::<bool>(),
                    -2_i8..2,
                ),
                1..5,
            ),
            state in select(vec!["on", "targeted"]),
            contexts in contexts(),
        ) {
            let rules: Vec<String> = rules
                .iter()
                .map(|(names, words, on, priority)| {
                    let tests: Vec<String> = names
                        .iter()
                        .zip(words)
                        .map(|(name, words)| match words.as_slice() {
                            [word] => format!("{name}: {word}"),
                            words => format!("{name}: {{ in: [{}] }}", words.join(", ")),
                        })
                        .collect();
                    let serve = if *on { "on" } else { "off" };
                    format!("{{ when: {{ {} }}, serve: {serve}, priority: {priority} }}", tests.join(", "))
                })
                .collect();
            let flag = format!("{{ state: {state}, rules: [ {} ] }}", rules.join(", "));
            equal(&flag, |path| matches!(path, FastPath::Rules { .. }), &contexts)?;
        }

        /// What is decided for everybody is what is decided for each.
        #[test]
        fn constants_are_decided_for_every_context(
            flags in prop::collection::vec(
                (
                    select(vec![
                        "on", "off", "targeted", "gradual, rollout: 0", "gradual, rollout: 100",
                        "gradual, rollout: 50", "s",
                        "on, environments: [there]", "on, variants: [a, b]", "off, variants: [a, b], off: b",
                        "targeted, rules: [ { serve: on } ]", "targeted, users: [a]",
                        "on, variants: [a, b], experiment: { control: a, starts: 1971-01-01 }",
                        "targeted, rules: [ { when: { x: a } } ]", "targeted, rules: [ { starts: 1971-01-01 } ]",
                    ]),
                    prop::collection::vec((1_usize..4, any::<bool>()), 0..3),
                ),
                1..12,
            ),
            contexts in contexts(),
        ) {
            let mut yaml = "environments: { here: { default: true }, there: {} }\nsegments: { s: { users: [a] } }\nflags:\n".to_owned();
            for (i, (state, edges)) in flags.iter().enumerate() {
                let mut to: Vec<(usize, bool)> =
                    edges.iter().filter(|(back, _)| *back <= i).map(|(back, wanted)| (i - back, *wanted)).collect();
                to.sort_unstable();
                to.dedup_by_key(|(flag, _)| *flag);
                let names = |of: bool| {
                    let names = to.iter().filter(|(_, wanted)| *wanted == of).map(|(flag, _)| format!("f{flag}"));
                    names.collect::<Vec<_>>().join(", ")
                };
                writeln!(
                    yaml,
                    "  f{i}: {{ state: {state}, requires: [{}], excludes: [{}] }}", names(true), names(false)
                )
                .unwrap();
            }
            let ruleset = resolved(&yaml);
            let constants = constants(&ruleset, &[]);
            for context in &contexts {
                for moment in [Some(0), Some(100_000_000_000), None] {
                    let now = || moment;
                    let all = Evaluator::new(&ruleset, &[], context, &now).decide_all();
                    for ((flag, constant), decided) in (0..).zip(&constants).zip(all) {
                        let one = Evaluator::new(&ruleset, &[], context, &now).decide(flag, &mut Silent);
                        prop_assert_eq!(one, decided);
                        prop_assert!(constant.is_none_or(|constant| constant == one), "f{} in\n{}", flag, yaml);
                    }
                }
            }
        }
    }
}
