//! From a checked document to a ruleset: names become indices, texts what they stand for.
//!
//! What the checks of flags-schema refuse is refused here too, as a diagnostic: a document may have
//! come from elsewhere.

use super::dependencies::plan;
use super::flag_index::{FlagLocation, Flags, Names, Origins};
use super::model::salt;
use super::operand_parse::how;
use super::served::{ServedIndices, VariantValues};
use super::{
    Amount, AttributeRef, Bucket, Compare, Disabled, Enrollment, Experiment, FastPath, Flag, How, LayerRange,
    Pace, Prerequisite, Ramp, ResolvedState, Rollout, Rule, Ruleset, RulesetPart, Segment, Serve, Split,
    Test, Window,
};
use crate::bucket::{Salt, threshold};
use crate::context::{Privacy, SharedName, TARGETING_KEY, Text, TextSet};
use crate::contract::{Contract, ContractFlag};
use crate::value::{OFF, ON, Typed, TypedValues, Values};
use flags_schema::{
    AttributeType, Code, Comparison, Condition, Diagnostic, Document, Environments, FlagKind, Percent,
    Position, Requirement, Spanned, Timestamp, Users, Value,
};
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

/// Resolves documents whose environment's changes are already applied. A flag of the contract comes
/// from the first part that has it, and from the last one unless it is `live`; those that come from
/// elsewhere are in `origins`. `values` says whether the typed values are those that the program keeps.
///
/// # Errors
/// With everything that keeps them from being evaluated.
pub(crate) fn resolve(
    parts: &[RulesetPart],
    origins: &Origins,
    environment: Option<Arc<str>>,
    contract: &Contract,
    values: Values,
) -> Result<Ruleset, Vec<Diagnostic>> {
    let mut errors = Vec::new();
    let flags = &Flags::new(parts, origins, contract, &mut errors);
    let mut loaders = Vec::with_capacity(parts.len());
    let mut segments = Vec::new();
    for (number, part) in parts.iter().enumerate() {
        let first = u32::try_from(segments.len()).unwrap_or(u32::MAX);
        let document = part.written.document();
        let mut loader = Loader::new(document, environment.as_deref(), flags, first, values);
        loader.earlier = number > 0 && part.reloaded;
        segments.extend(document.segments.iter().map(|segment| loader.segment(segment)));
        loaders.push(loader);
    }
    let mut resolved = Vec::with_capacity(flags.locations.len());
    let mut off_by = BTreeMap::new();
    let mut spare = None;
    for (index, location) in (0..).zip(&flags.locations) {
        let (Some(part), Some(loader)) = (parts.get(location.part), loaders.get_mut(location.part)) else {
            continue;
        };
        match part.written.evaluated(location.source, spare.take()) {
            Ok(flag) => {
                let mut made = loader.flag(location, index, &flag);
                if let Some(by) = location.off_by {
                    made.disabled = Some(Disabled::State);
                    made.prerequisites = Box::default();
                    off_by.insert(index, by);
                }
                resolved.push(made);
                spare = flag.spare();
            }
            Err(error) => errors.push(Diagnostic::new(Code::Unreadable, None, error.to_string())),
        }
    }
    errors.extend(loaders.into_iter().flat_map(|loader| loader.errors));
    let plan = plan(&mut resolved, &mut segments, parts, &mut errors);
    if !errors.is_empty() {
        return Err(errors);
    }
    let fast_paths = resolved.iter().map(FastPath::of).collect();
    Ok(Ruleset {
        parts: parts.into(),
        environment,
        segments: segments.into(),
        flags: resolved.into(),
        fast_paths,
        off_by,
        privacy: Privacy::of(parts.iter().map(|part| part.written.document())),
        variant_values: VariantValues::default(),
        plan,
    })
}

/// Looks the names of one document up, and collects what is wrong.
struct Loader<'a> {
    document: &'a Document,
    environment: Option<&'a str>,
    flags: &'a Flags<'a>,
    values: Values,
    segments: Names<'a, u32>,
    attributes: Names<'a, (u32, AttributeType)>,
    /// Names of attributes that were asked for: rules share them.
    names: HashSet<Arc<str>>,
    errors: Vec<Diagnostic>,
    /// Whether it is neither the document in force nor the one that was compiled in, but one of which some flag
    /// keeps its answer: other flags may have changed since.
    earlier: bool,
}

impl<'a> Loader<'a> {
    fn new(
        document: &'a Document,
        environment: Option<&'a str>,
        flags: &'a Flags<'a>,
        first_segment: u32,
        values: Values,
    ) -> Self {
        let declared = document.context.iter().flatten().filter(|attribute| *attribute.name != TARGETING_KEY);
        Self {
            document,
            environment,
            flags,
            values,
            segments: (first_segment..).zip(&document.segments).map(|(i, s)| (s.name.as_str(), i)).collect(),
            attributes: (0..).zip(declared).map(|(i, a)| (a.name.as_str(), (i, *a.kind))).collect(),
            names: HashSet::new(),
            errors: Vec::new(),
            earlier: false,
        }
    }

    /// What a rollout goes by: an attribute, or the targeting key.
    fn by(&mut self, rollout: Option<&Spanned<flags_schema::Rollout>>) -> AttributeRef {
        match rollout.and_then(|rollout| rollout.by.as_ref()) {
            Some(name) => self.source(name),
            None => AttributeRef::Key,
        }
    }

    fn error(&mut self, code: Code, position: Position, message: impl Into<String>) {
        self.errors.push(Diagnostic::new(code, position, message));
    }

    fn segment(&mut self, segment: &flags_schema::Segment) -> Segment {
        Segment {
            planned: None,
            users: set(&segment.users),
            when: segment.when.as_ref().map(|when| self.test(when)),
            rollout: segment.rollout.as_ref().map(|rollout| Rollout {
                bucket: Bucket { salt: Salt::new(segment.salt()), by: self.by(Some(rollout)) },
                amount: amount(&rollout.amount),
            }),
            exclude: set(&segment.exclude),
            // Until all of them are there.
            bucketed: segment.rollout.is_some(),
        }
    }

    fn layer_range(&mut self, range: &flags_schema::LayerRange) -> LayerRange {
        let layer = self.document.layers.iter().find(|layer| layer.name == range.name);
        let by = match layer.and_then(|layer| layer.by.as_ref()) {
            Some(by) => self.source(by),
            None => AttributeRef::Key,
        };
        if layer.is_none() {
            let message = format!("layer `{}` does not exist", *range.name);
            self.error(Code::UnknownLayer, range.name.position, message);
        }
        let salt = layer.map(flags_schema::ExclusionLayer::salt).unwrap_or_default();
        LayerRange {
            bucket: Bucket { salt: Salt::new(&salt), by },
            from: threshold(range.from.value),
            to: (range.to.value < Percent::HUNDRED).then(|| threshold(range.to.value)),
        }
    }

    fn segment_index(&mut self, name: &str, position: Position) -> u32 {
        self.segments.get(name).copied().unwrap_or_else(|| {
            self.error(Code::UnknownSegment, position, format!("segment `{name}` does not exist"));
            0
        })
    }

    fn source(&mut self, name: &Spanned<String>) -> AttributeRef {
        if **name == TARGETING_KEY {
            return AttributeRef::Key;
        }
        let known = self.names.get(name.as_str()).cloned();
        let shared = known.unwrap_or_else(|| {
            let shared = Arc::from(name.as_str());
            self.names.insert(Arc::clone(&shared));
            shared
        });
        let hint = self.attributes.get(name.as_str()).map_or(0, |(slot, _)| *slot);
        AttributeRef::Attribute { name: SharedName::shared(shared), hint }
    }

    fn flag(&mut self, location: &FlagLocation, index: u32, flag: &flags_schema::Flag) -> Flag {
        let compiled = self.flags.contract.flags.get(index as usize);
        let answer = &flag.answer;
        let mut served = ServedIndices::new(flag, compiled);
        let rollout = answer.rollout.as_ref();
        let by = self.by(rollout);
        let off = match &answer.off {
            Some(value) => self.literal(&mut served, value, &value.position),
            None => match &answer.value {
                Some(value) if matches!(served.kind, FlagKind::Value(_)) => {
                    self.literal(&mut served, value, &value.position)
                }
                _ => flag
                    .variants
                    .first()
                    .map_or(OFF, |first| self.variant(&served, &first.name, &first.name.position)),
            },
        };
        let on = self.on(&mut served, flag, &by);
        let disabled = match (&*answer.state, &flag.environments) {
            (flags_schema::FlagState::Off, _) => Some(Disabled::State),
            (_, Environments::Only(names)) if !names.iter().any(|n| Some(n.as_str()) == self.environment) => {
                Some(Disabled::Environment)
            }
            _ => None,
        };
        let prerequisites = self.prerequisites(answer);
        let experiment = flag.experiment.as_ref().map(|experiment| Experiment {
            control: self.variant(&served, &experiment.control, &experiment.control.position),
            window: window(experiment.starts.as_ref(), experiment.ends.as_ref()),
        });
        let layer = flag.layer.as_ref().map(|range| self.layer_range(range));
        let takes_part = experiment.is_some() || layer.is_some();
        let enrollment = takes_part.then(|| Box::new(Enrollment { layer, experiment }));
        let users = match &answer.users {
            Users::Nobody => Box::default(),
            Users::On(users) => [(Arc::new(set(users)), on.clone())].into(),
            Users::Variants(lists) => lists
                .iter()
                .map(|(name, users)| (Arc::new(set(users)), self.named(&served, name, &name.position)))
                .collect(),
        };
        let mut rules: Vec<Rule> =
            (0..).zip(&answer.rules).map(|(i, rule)| self.rule(flag, &mut served, &on, i, rule)).collect();
        let priority = |rule: &Rule| {
            let rule = answer.rules.get(rule.source as usize);
            std::cmp::Reverse(rule.and_then(|r| r.priority.as_ref()).map_or(0, |p| **p))
        };
        rules.sort_by_key(priority);
        let state = match &*answer.state {
            flags_schema::FlagState::On => ResolvedState::On,
            flags_schema::FlagState::Off | flags_schema::FlagState::Targeted => ResolvedState::Nobody,
            flags_schema::FlagState::Gradual => {
                let amount = match (rollout, &self.document.settings.default_rollout) {
                    (Some(rollout), _) => amount(&rollout.amount),
                    (None, Some(percent)) => Amount::of(**percent),
                    (None, None) => {
                        let message = format!("`{}` is gradual without a rollout", *flag.key);
                        self.error(Code::MissingRollout, answer.state.position, message);
                        Amount::Nobody
                    }
                };
                ResolvedState::Rollout(Rollout { bucket: bucket(flag, &by), amount })
            }
            flags_schema::FlagState::Segment(name) => {
                ResolvedState::Members(self.segment_index(name, answer.state.position))
            }
        };
        let values = self.typed(flag, index, compiled, &served);
        let literals = match served.kind {
            FlagKind::Value(_) => served.values.iter().map(|value| (*value).clone()).collect(),
            FlagKind::Switch | FlagKind::Variants => Box::default(),
        };
        Flag {
            part: location.part,
            source: location.source,
            planned: None,
            disabled,
            off,
            on,
            prerequisites,
            enrollment,
            users,
            rules: rules.into(),
            state,
            by,
            values,
            literals,
        }
    }

    /// What the flag serves when it is on and nothing more is said.
    fn on<'f>(
        &mut self,
        served: &mut ServedIndices<'f>,
        flag: &'f flags_schema::Flag,
        by: &AttributeRef,
    ) -> Serve {
        match served.kind {
            FlagKind::Switch => Serve::One(ON),
            FlagKind::Value(_) => match &flag.answer.value {
                Some(value) => Serve::One(self.literal(served, value, &value.position)),
                None => {
                    let message = format!("`{}` has a type and no value", *flag.key);
                    self.error(Code::MissingKey, flag.key.position, message);
                    Serve::Off
                }
            },
            FlagKind::Variants => {
                let count = flag.variants.len() as u64;
                let shares: Vec<(u64, u32, bool)> = (0_u64..)
                    .zip(&flag.variants)
                    .map(|(i, variant)| {
                        let index = served.named(&variant.name).unwrap_or(OFF);
                        match &variant.weight {
                            Some(weight) => (u64::from(weight.thousandths()), index, false),
                            // Equal shares: bounds are computed from the position, not summed up.
                            None => (i + 1, index, true),
                        }
                    })
                    .collect();
                let weights = |of: &(u64, u32, bool)| !of.2;
                if shares.iter().all(weights) {
                    split(shares.iter().map(|(weight, index, _)| (*weight, *index)), || bucket(flag, by))
                } else {
                    let bound = |i: u64| (u128::from(i) << 64) / u128::from(count.max(1));
                    let ranges = shares
                        .iter()
                        .map(|(i, index, _)| (u64::try_from(bound(*i)).unwrap_or(u64::MAX), *index))
                        .collect();
                    ranges_of(ranges, || bucket(flag, by))
                }
            }
        }
    }

    fn rule<'f>(
        &mut self,
        flag: &flags_schema::Flag,
        served: &mut ServedIndices<'f>,
        on: &Serve,
        source: u32,
        rule: &'f flags_schema::Rule,
    ) -> Rule {
        let rollout = rule.rollout.as_ref();
        let by = self.by(rollout);
        let bucket = || {
            let salt = match (rollout.and_then(|r| r.salt.as_ref()), &rule.name) {
                (Some(salt), _) => Salt::new(salt),
                (None, Some(name)) => Salt::new(&format!("{}/{}", salt(flag), **name)),
                (None, None) => Salt::new(&format!("{}/{}", salt(flag), source + 1)),
            };
            Bucket { salt, by: by.clone() }
        };
        let on = &rebucketed(on, rollout, &by);
        let serve = match rule.serve.as_ref().map(|serve| (&serve.value, serve.position)) {
            None => on.clone(),
            Some((flags_schema::Serve::Value(value), position)) => self.serve(served, on, value, position),
            Some((flags_schema::Serve::Split(shares), _)) => {
                let shares: Vec<(u64, u32)> = shares
                    .iter()
                    .map(|(name, percent)| {
                        (u64::from(percent.thousandths()), self.variant(served, name, &name.position))
                    })
                    .collect();
                split(shares.into_iter(), bucket)
            }
        };
        Rule {
            source,
            window: window(rule.starts.as_ref(), rule.ends.as_ref()),
            when: rule.when.as_ref().map(|when| self.test(when)),
            rollout: rollout.map(|rollout| Rollout { bucket: bucket(), amount: amount(&rollout.amount) }),
            serve,
        }
    }

    /// One thing that a rule serves: a variant, `on` or `off`, or a literal.
    fn serve<'f>(
        &mut self,
        served: &mut ServedIndices<'f>,
        on: &Serve,
        value: &'f Value,
        position: Position,
    ) -> Serve {
        match (served.kind, value) {
            (FlagKind::Value(_), _) => Serve::One(self.literal(served, value, &position)),
            (_, Value::String(name)) => match name.as_str() {
                _ if served.named(name).is_some() => self.named(served, name, &position),
                "on" => on.clone(),
                "off" => Serve::Off,
                _ => self.named(served, name, &position),
            },
            (FlagKind::Switch, Value::Bool(true)) => Serve::One(ON),
            (FlagKind::Switch, Value::Bool(false)) => Serve::Off,
            _ => {
                self.error(Code::WrongType, position, format!("{} cannot be served here", value.describe()));
                Serve::Off
            }
        }
    }

    /// A variant by its name; of a switch, `off` is off.
    fn named(&mut self, served: &ServedIndices<'_>, name: &str, position: &Position) -> Serve {
        match (served.kind, self.variant(served, name, position)) {
            (FlagKind::Switch, OFF) => Serve::Off,
            (_, index) => Serve::One(index),
        }
    }

    fn variant(&mut self, served: &ServedIndices<'_>, name: &str, position: &Position) -> u32 {
        served.named(name).unwrap_or_else(|| {
            self.error(Code::UnknownVariant, *position, format!("variant `{name}` does not exist"));
            OFF
        })
    }

    /// The index of a literal: of a typed value in its table, else of the variant it names.
    fn literal<'f>(&mut self, served: &mut ServedIndices<'f>, value: &'f Value, position: &Position) -> u32 {
        match (served.kind, value) {
            (FlagKind::Value(_), _) => served.index(value),
            (_, Value::String(name)) => self.variant(served, name, position),
            _ => {
                self.error(Code::WrongType, *position, format!("{} names no variant", value.describe()));
                OFF
            }
        }
    }

    fn prerequisites(&mut self, answer: &flags_schema::Answer) -> Box<[Prerequisite]> {
        let both =
            answer.requires.iter().map(|r| (r, true)).chain(answer.excludes.iter().map(|r| (r, false)));
        both.filter_map(|(requirement, wanted)| self.prerequisite(requirement, wanted)).collect()
    }

    /// Another flag by its name; `None`, and an error, when it does not exist.
    fn prerequisite(&mut self, requirement: &Requirement, wanted: bool) -> Option<Prerequisite> {
        let name = requirement.flag.as_str();
        let Some(flag) = self.flags.find(name) else {
            if self.earlier {
                // A flag that a document of before added, and that is gone: it is off.
                return Some(Prerequisite { flag: u32::MAX, variants: Box::default(), wanted });
            }
            let message = format!("flag `{name}` does not exist");
            self.error(Code::UnknownFlag, requirement.flag.position, message);
            return None;
        };
        let mut variants = Vec::with_capacity(requirement.variants.len());
        for variant in &requirement.variants {
            match self.flags.variant(flag, variant) {
                Some(index) => variants.push(index),
                // A variant of such a flag: it is not served any more.
                None if self.earlier => variants.push(u32::MAX),
                None => {
                    let message = format!("variant `{}` of `{name}` does not exist", **variant);
                    self.error(Code::UnknownVariant, variant.position, message);
                }
            }
        }
        Some(Prerequisite { flag, variants: variants.into(), wanted })
    }

    /// The typed values of the indices that the flag serves.
    fn typed(
        &mut self,
        flag: &flags_schema::Flag,
        index: u32,
        compiled: Option<&ContractFlag>,
        served: &ServedIndices<'_>,
    ) -> TypedValues {
        let Some(decoder) = compiled.and_then(|compiled| compiled.decoder) else {
            return TypedValues::default();
        };
        let values: Vec<Typed> = served
            .values
            .iter()
            .map(|value| {
                let typed = match self.values {
                    Values::Leaked => decoder(value),
                    Values::Reused => self.flags.contract.typed(index, value),
                };
                typed.unwrap_or_else(|| {
                    let message = format!(
                        "a value of `{}` is not of the type that the program was compiled for",
                        *flag.key
                    );
                    self.error(Code::ContractChanged, flag.key.position, message);
                    Typed::new(())
                })
            })
            .collect();
        // When one of them has another type, that is reported above.
        TypedValues::new(values, self.values).unwrap_or_default()
    }

    fn test(&mut self, condition: &Condition) -> Test {
        match condition {
            Condition::All(members) => Test::All(members.iter().map(|m| self.test(m)).collect()),
            Condition::Any(members) => Test::Any(members.iter().map(|m| self.test(m)).collect()),
            Condition::Not(member) => Test::Not(Box::new(self.test(member))),
            Condition::Segment(name) => Test::Segment(self.segment_index(name, name.position)),
            Condition::Flag(requirement) => {
                let nowhere = Prerequisite { flag: u32::MAX, variants: Box::default(), wanted: true };
                Test::Flag(self.prerequisite(requirement, true).unwrap_or(nowhere))
            }
            Condition::Compare(comparison) => {
                let how = self.how(comparison).unwrap_or_else(|(code, position, message)| {
                    self.error(code, position, message);
                    How::Exists
                });
                Test::Compare(Compare { source: self.source(&comparison.attribute), how })
            }
        }
    }

    fn how(&self, comparison: &Comparison) -> Result<How, (Code, Position, String)> {
        let position = comparison.operand.position;
        let kind = self.attributes.get(comparison.attribute.as_str()).map(|(_, kind)| match kind {
            AttributeType::One(scalar) | AttributeType::List(scalar) => *scalar,
        });
        how(comparison, kind).map_err(|(code, message)| (code, position, message))
    }
}

/// What the flag serves when on, for a rule: who is let in by an attribute, or by a salt, is split by it too.
fn rebucketed(on: &Serve, rollout: Option<&Spanned<flags_schema::Rollout>>, by: &AttributeRef) -> Serve {
    let (Serve::Split(split), Some(rollout)) = (on, rollout) else { return on.clone() };
    if rollout.by.is_none() && rollout.salt.is_none() {
        return on.clone();
    }
    let salt = rollout.salt.as_ref().map_or(split.bucket.salt, |salt| Salt::new(salt));
    let by = if rollout.by.is_some() { by.clone() } else { split.bucket.by.clone() };
    Serve::Split(Arc::new(Split { bucket: Bucket { salt, by }, ranges: split.ranges.clone() }))
}

/// A flag's own bucket.
fn bucket(flag: &flags_schema::Flag, by: &AttributeRef) -> Bucket {
    Bucket { salt: Salt::new(salt(flag)), by: by.clone() }
}

fn set(users: &[Spanned<String>]) -> TextSet {
    users.iter().map(|user| Text::new(user)).collect()
}

fn window(starts: Option<&Spanned<Timestamp>>, ends: Option<&Spanned<Timestamp>>) -> Window {
    Window { starts: starts.map(|s| s.value), ends: ends.map(|e| e.value) }
}

pub(crate) fn amount(amount: &flags_schema::Amount) -> Amount {
    match amount {
        flags_schema::Amount::Fixed(percent) => Amount::of(**percent),
        flags_schema::Amount::Ramp(ramp) => Amount::Ramp(Ramp {
            from: i64::from(ramp.from.thousandths()),
            to: i64::from(ramp.to.thousandths()),
            start: ramp.start.0,
            pace: match &ramp.pace {
                flags_schema::Pace::Steps { step, every } => {
                    Pace::Steps { step: i64::from(step.thousandths()), every: every.0 }
                }
                flags_schema::Pace::Straight { end } => Pace::Straight { end: end.0 },
            },
        }),
    }
}

/// A split by weights in thousandths of a percent.
fn split(shares: impl Iterator<Item = (u64, u32)>, bucket: impl FnOnce() -> Bucket) -> Serve {
    let mut sum = 0_u64;
    let ranges = shares
        .filter(|(weight, _)| *weight > 0)
        .map(|(weight, index)| {
            sum += weight;
            let percent = u32::try_from(sum).ok().and_then(Percent::from_thousandths);
            (threshold(percent.unwrap_or(Percent::HUNDRED)), index)
        })
        .collect();
    ranges_of(ranges, bucket)
}

fn ranges_of(ranges: Vec<(u64, u32)>, bucket: impl FnOnce() -> Bucket) -> Serve {
    match ranges.as_slice() {
        [] => Serve::Off,
        [(_, index)] => Serve::One(*index),
        _ => Serve::Split(Arc::new(Split { bucket: bucket(), ranges: ranges.into() })),
    }
}
