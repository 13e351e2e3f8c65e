//! From a checked document to a ruleset: names become indices, texts what they stand for.
//!
//! What the checks of flags-schema refuse is refused here too, as a diagnostic: a document may have
//! come from elsewhere.

use super::number::Number;
use super::operand::{Literal, Operand, OwnedVersion, Part, Relation, fold};
use super::{
    Amount, Bucket, Compare, Disabled, Experiment, Flag, How, OFF, ON, Override, Pace, Prerequisite, Ramp,
    Rule, Ruleset, Segment, Serve, Share, Source, Split, State, Test, Window,
};
use crate::bucket::{Salt, threshold};
use crate::context::{AttributeId, Short, Text, TextSet, USER};
use crate::contract::{Contract, ContractFlag};
use crate::value::Typed;
use flags_schema::parse::{self, Requirement, Version};
use flags_schema::{
    AttributeType, Code, Comparison, Condition, Diagnostic, Document, Environments, Operator, Percent,
    Position, ScalarType, Spanned, Timestamp, Users, Value,
};
use std::collections::HashMap;
use std::sync::Arc;

/// How often one evaluation may ask other flags and segments, all levels taken together.
const VISITS: u64 = 10_000;
/// How deep flags and segments may depend on each other.
const LEVELS: u32 = 64;

/// Resolves a document whose environment's changes are already applied. Flags come in the order of
/// the contract, then those that the contract does not know.
///
/// # Errors
/// With everything that keeps it from being evaluated.
pub(crate) fn resolve(
    document: Arc<Document>,
    environment: Option<Arc<str>>,
    contract: &Contract,
) -> Result<Ruleset, Vec<Diagnostic>> {
    let mut loader = Loader::new(&document, environment.as_deref(), contract);
    let segments = document.segments.iter().map(|segment| loader.segment(segment)).collect();
    let order = loader.order.clone();
    let flags: Box<[Flag]> = order
        .iter()
        .filter_map(|(source, compiled)| {
            let flag = document.flags.get(*source as usize)?;
            Some(loader.flag(*source, flag, *compiled))
        })
        .collect();
    let mut errors = loader.errors;
    let ruleset = Ruleset { document: document.clone(), environment, segments, flags };
    bound_dependencies(&ruleset, &mut errors);
    if errors.is_empty() { Ok(ruleset) } else { Err(errors) }
}

/// Looks names up, and collects what is wrong.
pub(crate) struct Loader<'a> {
    document: &'a Document,
    environment: Option<&'a str>,
    /// Flags of the ruleset: their place in the document, and what was compiled of them.
    order: Vec<(u32, Option<&'a ContractFlag>)>,
    flags: HashMap<&'a str, u32>,
    segments: HashMap<&'a str, u32>,
    attributes: HashMap<&'a str, (u32, AttributeType)>,
    errors: Vec<Diagnostic>,
}

impl<'a> Loader<'a> {
    pub(crate) fn new(document: &'a Document, environment: Option<&'a str>, contract: &'a Contract) -> Self {
        let mut errors = Vec::new();
        let written: HashMap<&str, u32> =
            (0..).zip(&document.flags).map(|(i, flag)| (flag.key.as_str(), i)).collect();
        let mut order = Vec::with_capacity(document.flags.len());
        for compiled in &contract.flags {
            match written.get(&*compiled.key) {
                Some(source) => order.push((*source, Some(compiled))),
                None => errors.push(Diagnostic::new(
                    Code::ContractChanged,
                    None,
                    format!("flag `{}` of the program is not there", compiled.key),
                )),
            }
        }
        for (source, flag) in (0..).zip(&document.flags) {
            if contract.index(&flag.key).is_none() {
                order.push((source, None));
            }
        }
        let key = |source: &u32| document.flags.get(*source as usize).map(|flag| flag.key.as_str());
        let flags = (0..).zip(&order).filter_map(|(i, (source, _))| Some((key(source)?, i))).collect();
        Self {
            document,
            environment,
            order,
            flags,
            segments: (0..).zip(&document.segments).map(|(i, s)| (s.name.as_str(), i)).collect(),
            attributes: (0..)
                .zip(document.context.iter().flatten().filter(|a| *a.name != USER))
                .map(|(i, a)| (a.name.as_str(), (i, *a.kind)))
                .collect(),
            errors,
        }
    }

    fn error(&mut self, code: Code, position: Position, message: impl Into<String>) {
        self.errors.push(Diagnostic::new(code, position, message));
    }

    fn segment(&mut self, segment: &flags_schema::Segment) -> Segment {
        Segment { users: set(&segment.users), when: segment.when.as_ref().map(|when| self.test(when)) }
    }

    fn segment_index(&mut self, name: &str, position: Position) -> u32 {
        self.segments.get(name).copied().unwrap_or_else(|| {
            self.error(Code::UnknownSegment, position, format!("segment `{name}` does not exist"));
            0
        })
    }

    fn source(&self, name: &str) -> Source {
        if name == USER {
            return Source::Key;
        }
        let hint = self.attributes.get(name).map_or(0, |(slot, _)| *slot);
        Source::Attribute { id: AttributeId::of(name), hint }
    }

    fn flag(&mut self, source: u32, flag: &'a flags_schema::Flag, compiled: Option<&ContractFlag>) -> Flag {
        let answer = &flag.answer;
        let mut served = Served::new(flag, compiled);
        let rollout = answer.rollout.as_ref();
        let salt = rollout.and_then(|r| r.salt.as_ref()).map_or(flag.key.as_str(), |salt| salt);
        let by = rollout.and_then(|r| r.by.as_ref()).map_or(USER, |by| by);
        let bucket = Bucket { salt: Salt::new(salt), by: self.source(by) };
        let off = match &answer.off {
            Some(value) => self.literal(&mut served, value, &value.position),
            None => match &answer.value {
                Some(value) if served.kind == Kind::Value => {
                    self.literal(&mut served, value, &value.position)
                }
                _ => OFF,
            },
        };
        let on = self.on(&mut served, flag, &bucket);
        let disabled = match (&*answer.state, &flag.environments) {
            (flags_schema::State::Off, _) => Some(Disabled::State),
            (_, Environments::Only(names)) if !names.iter().any(|n| Some(n.as_str()) == self.environment) => {
                Some(Disabled::Environment)
            }
            _ => None,
        };
        let prerequisites = self.prerequisites(answer);
        let experiment = flag.experiment.as_ref().map(|experiment| {
            let control = self.variant(&served, &experiment.control, &experiment.control.position);
            Box::new(Experiment { control, window: window(&experiment.starts, &experiment.ends) })
        });
        let users = match &answer.users {
            Users::Nobody => Box::default(),
            Users::On(users) => [(set(users), on.clone())].into(),
            Users::Variants(lists) => lists
                .iter()
                .map(|(name, users)| (set(users), self.named(&served, name, &name.position)))
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
            flags_schema::State::On => State::On,
            flags_schema::State::Off | flags_schema::State::Targeted => State::Nobody,
            flags_schema::State::Gradual => {
                let amount = match (rollout, &self.document.settings.default_rollout) {
                    (Some(rollout), _) => amount(&rollout.amount),
                    (None, Some(percent)) => Amount::of(**percent),
                    (None, None) => {
                        let message = format!("`{}` is gradual without a rollout", *flag.key);
                        self.error(Code::MissingRollout, answer.state.position, message);
                        Amount::Nobody
                    }
                };
                State::Share(Share { bucket: bucket.clone(), amount })
            }
            flags_schema::State::Segment(name) => {
                State::Members(self.segment_index(name, answer.state.position))
            }
        };
        let values = self.typed(flag, compiled, &served);
        let literals = match served.kind {
            Kind::Value => served.values.iter().map(|value| (*value).clone()).collect(),
            Kind::Switch | Kind::Variants => Box::default(),
        };
        Flag {
            source,
            disabled,
            off,
            on,
            prerequisites,
            experiment,
            users,
            rules: rules.into(),
            state,
            bucket,
            values,
            literals,
        }
    }

    /// What the flag serves when it is on and nothing more is said.
    fn on(&mut self, served: &mut Served<'a>, flag: &'a flags_schema::Flag, bucket: &Bucket) -> Serve {
        match served.kind {
            Kind::Switch => Serve::One(ON),
            Kind::Value => match &flag.answer.value {
                Some(value) => Serve::One(self.literal(served, value, &value.position)),
                None => {
                    let message = format!("`{}` has a type and no value", *flag.key);
                    self.error(Code::MissingKey, flag.key.position, message);
                    Serve::Off
                }
            },
            Kind::Variants => {
                let count = flag.variants.len() as u64;
                let shares: Vec<(u64, u32, bool)> = (0_u64..)
                    .zip(&flag.variants)
                    .map(|(i, variant)| {
                        let index = served.names.get(variant.name.as_str()).copied().unwrap_or(OFF);
                        match &variant.weight {
                            Some(weight) => (u64::from(weight.thousandths()), index, false),
                            // Equal shares: bounds are computed from the position, not summed up.
                            None => (i + 1, index, true),
                        }
                    })
                    .collect();
                let weights = |share: &(u64, u32, bool)| !share.2;
                if shares.iter().all(weights) {
                    split(shares.iter().map(|(weight, index, _)| (*weight, *index)), bucket)
                } else {
                    let bound = |i: u64| (u128::from(i) << 64) / u128::from(count.max(1));
                    let ranges = shares
                        .iter()
                        .map(|(i, index, _)| (u64::try_from(bound(*i)).unwrap_or(u64::MAX), *index))
                        .collect();
                    ranges_of(ranges, bucket)
                }
            }
        }
    }

    fn rule(
        &mut self,
        flag: &'a flags_schema::Flag,
        served: &mut Served<'a>,
        on: &Serve,
        source: u32,
        rule: &'a flags_schema::Rule,
    ) -> Rule {
        let rollout = rule.rollout.as_ref();
        let salt = match (rollout.and_then(|r| r.salt.as_ref()), &rule.name) {
            (Some(salt), _) => salt.value.clone(),
            (None, Some(name)) => format!("{}/{}", *flag.key, **name),
            (None, None) => format!("{}/{}", *flag.key, source + 1),
        };
        let by = rollout.and_then(|r| r.by.as_ref()).map_or(USER, |by| by);
        let bucket = Bucket { salt: Salt::new(&salt), by: self.source(by) };
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
                split(shares.into_iter(), &bucket)
            }
        };
        Rule {
            source,
            window: window(&rule.starts, &rule.ends),
            when: rule.when.as_ref().map(|when| self.test(when)),
            share: rollout.map(|rollout| Share { bucket, amount: amount(&rollout.amount) }),
            serve,
        }
    }

    /// One thing that a rule serves: a variant, `on` or `off`, or a literal.
    fn serve(&mut self, served: &mut Served<'a>, on: &Serve, value: &'a Value, position: Position) -> Serve {
        match (served.kind, value) {
            (Kind::Value, _) => Serve::One(self.literal(served, value, &position)),
            (_, Value::String(name)) => match name.as_str() {
                _ if served.names.contains_key(name.as_str()) => self.named(served, name, &position),
                "on" => on.clone(),
                "off" => Serve::Off,
                _ => self.named(served, name, &position),
            },
            (Kind::Switch, Value::Bool(true)) => Serve::One(ON),
            (Kind::Switch, Value::Bool(false)) => Serve::Off,
            _ => {
                self.error(Code::WrongType, position, format!("{} cannot be served here", value.describe()));
                Serve::Off
            }
        }
    }

    /// A variant by its name; of a switch, `off` is off.
    fn named(&mut self, served: &Served<'_>, name: &str, position: &Position) -> Serve {
        match (served.kind, self.variant(served, name, position)) {
            (Kind::Switch, OFF) => Serve::Off,
            (_, index) => Serve::One(index),
        }
    }

    fn variant(&mut self, served: &Served<'_>, name: &str, position: &Position) -> u32 {
        served.names.get(name).copied().unwrap_or_else(|| {
            self.error(Code::UnknownVariant, *position, format!("variant `{name}` does not exist"));
            OFF
        })
    }

    /// The index of a literal: of a typed value in its table, else of the variant it names.
    fn literal(&mut self, served: &mut Served<'a>, value: &'a Value, position: &Position) -> u32 {
        match (served.kind, value) {
            (Kind::Value, _) => served.index(value),
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
        both.filter_map(|(requirement, wanted)| {
            let name = requirement.flag.as_str();
            let Some(flag) = self.flags.get(name).copied() else {
                let message = format!("flag `{name}` does not exist");
                self.error(Code::UnknownFlag, requirement.flag.position, message);
                return None;
            };
            let variant = requirement.variant.as_ref().map(|variant| {
                let (source, compiled) = self.order.get(flag as usize).copied().unwrap_or_default();
                let other = self.document.flags.get(source as usize)?;
                let index = Served::new(other, compiled).names.get(variant.as_str()).copied();
                if index.is_none() {
                    let message = format!("variant `{}` of `{name}` does not exist", **variant);
                    self.error(Code::UnknownVariant, variant.position, message);
                }
                index
            });
            Some(Prerequisite { flag, variant: variant.flatten(), wanted })
        })
        .collect()
    }

    /// The typed values of the indices that the flag serves.
    fn typed(
        &mut self,
        flag: &flags_schema::Flag,
        compiled: Option<&ContractFlag>,
        served: &Served<'_>,
    ) -> Box<[Typed]> {
        let Some(compiled) = compiled.filter(|compiled| compiled.decoder.is_some()) else {
            return Box::default();
        };
        served
            .values
            .iter()
            .map(|value| {
                compiled.typed(value).unwrap_or_else(|| {
                    let message = format!(
                        "a value of `{}` is not of the type that the program was compiled for",
                        *flag.key
                    );
                    self.error(Code::ContractChanged, flag.key.position, message);
                    Typed::new(())
                })
            })
            .collect()
    }

    fn test(&mut self, condition: &Condition) -> Test {
        match condition {
            Condition::All(members) => Test::All(members.iter().map(|m| self.test(m)).collect()),
            Condition::Any(members) => Test::Any(members.iter().map(|m| self.test(m)).collect()),
            Condition::Not(member) => Test::Not(Box::new(self.test(member))),
            Condition::Segment(name) => Test::Segment(self.segment_index(name, name.position)),
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

/// An operand that does not parse.
type Refused = (Code, String);

fn how(comparison: &Comparison, kind: Option<ScalarType>) -> Result<How, Refused> {
    let (operand, fold_case) = (&comparison.operand.value, comparison.ignore_case);
    let moments = kind == Some(ScalarType::Timestamp);
    let versions = kind == Some(ScalarType::Version);
    let relation = |relation| {
        Ok(if moments {
            Operand::Moment(relation, moment(operand)?)
        } else if versions {
            Operand::Version(relation, version(operand)?)
        } else if fold_case {
            Operand::FoldedOrder(relation, fold(text(operand)?).into())
        } else {
            Operand::Order(relation, literal(operand)?)
        })
    };
    let equal = || {
        if moments || versions {
            return relation(Relation::Equal);
        }
        if fold_case && let Value::String(text) = operand {
            return Ok(Operand::Folded([fold(text).into()].into()));
        }
        Ok(match literal(operand)? {
            Literal::Word(Text::Short(word)) => Operand::Word(word),
            literal => Operand::Equal(literal),
        })
    };
    let one_of = || {
        let items = list(operand)?;
        if moments {
            return Ok(Operand::MomentOneOf(collect(items, moment)?));
        }
        if versions {
            return Ok(Operand::VersionOneOf(collect(items, version)?));
        }
        if fold_case {
            return Ok(Operand::Folded(collect(items, |item| Ok(fold(text(item)?).into()))?));
        }
        Ok(words(collect(items, literal)?))
    };
    let part = |part| {
        let text = text(operand)?;
        Ok(if fold_case {
            Operand::FoldedPart(part, fold(text).into())
        } else {
            Operand::Part(part, text.into())
        })
    };
    let elements = || {
        collect(list(operand)?, |item| {
            Ok(match item {
                Value::String(text) if fold_case => Operand::Folded([fold(text).into()].into()),
                item => Operand::Equal(literal(item)?),
            })
        })
    };
    let by_version = |relation| Ok(Operand::Version(relation, version(operand)?));
    Ok(How::Meets(match comparison.operator.value {
        Operator::Exists => return Ok(How::Exists),
        Operator::Neq => return Ok(How::Lacks(equal()?)),
        Operator::Nin => return Ok(How::Lacks(one_of()?)),
        Operator::SemverNeq => return Ok(How::Lacks(by_version(Relation::Equal)?)),
        Operator::ContainsAny => return Ok(How::HasAny(elements()?)),
        Operator::ContainsAll => return Ok(How::HasAll(elements()?)),
        Operator::Contains => {
            let part = match operand {
                Value::String(_) => Some(part(Part::Anywhere)?),
                _ => None,
            };
            return Ok(How::Contains { part, element: equal()? });
        }
        Operator::Eq => equal()?,
        Operator::In => one_of()?,
        Operator::Gt => relation(Relation::Greater)?,
        Operator::Gte => relation(Relation::GreaterOrEqual)?,
        Operator::Lt => relation(Relation::Less)?,
        Operator::Lte => relation(Relation::LessOrEqual)?,
        Operator::StartsWith => part(Part::Start)?,
        Operator::EndsWith => part(Part::End)?,
        Operator::Regex => {
            let regex = parse::regex(text(operand)?, fold_case).map_err(|e| (Code::BadRegex, e))?;
            Operand::Regex(Box::new(regex))
        }
        Operator::Before => Operand::Moment(Relation::Less, moment(operand)?),
        Operator::After => Operand::Moment(Relation::Greater, moment(operand)?),
        Operator::Within => {
            Operand::Within(parse::duration(text(operand)?).map_err(|e| (Code::BadDuration, e))?.0)
        }
        Operator::SemverEq => by_version(Relation::Equal)?,
        Operator::SemverGt => by_version(Relation::Greater)?,
        Operator::SemverGte => by_version(Relation::GreaterOrEqual)?,
        Operator::SemverLt => by_version(Relation::Less)?,
        Operator::SemverLte => by_version(Relation::LessOrEqual)?,
        Operator::SemverIn => Operand::VersionOneOf(collect(list(operand)?, version)?),
        Operator::Semver => {
            let requirement = Requirement::parse(text(operand)?).map_err(|e| (Code::BadRequirement, e))?;
            Operand::Requirement(Box::new(requirement))
        }
        Operator::Cidr => {
            let network = |item: &Value| parse::network(text(item)?).map_err(|e| (Code::BadAddress, e));
            Operand::Networks(match operand {
                Value::List(items) => collect(items, network)?,
                one => [network(one)?].into(),
            })
        }
    }))
}

/// From about this many members on a set is hashed rather than scanned.
const MANY: usize = 10;

fn words(literals: Box<[Literal]>) -> Operand {
    let words: Option<Vec<&Text>> = literals
        .iter()
        .map(|literal| match literal {
            Literal::Word(text) => Some(text),
            _ => None,
        })
        .collect();
    let Some(words) = words else { return Operand::OneOf(literals) };
    let short: Option<Vec<Short>> = words
        .iter()
        .map(|text| match text {
            Text::Short(short) => Some(*short),
            Text::Long(_) => None,
        })
        .collect();
    match short {
        Some(short) if short.len() < MANY => Operand::Words(short.into()),
        _ => Operand::WordSet(words.into_iter().cloned().collect()),
    }
}

fn collect<T>(
    items: &[Spanned<Value>],
    each: impl Fn(&Value) -> Result<T, Refused>,
) -> Result<Box<[T]>, Refused> {
    items.iter().map(|item| each(item)).collect()
}

fn wrong(value: &Value, wanted: &str) -> Refused {
    (Code::OperandType, format!("{} where {wanted} is needed", value.describe()))
}

fn text(value: &Value) -> Result<&str, Refused> {
    match value {
        Value::String(text) => Ok(text),
        other => Err(wrong(other, "a string")),
    }
}

fn list(value: &Value) -> Result<&[Spanned<Value>], Refused> {
    match value {
        Value::List(items) => Ok(items),
        other => Err(wrong(other, "a list")),
    }
}

fn literal(value: &Value) -> Result<Literal, Refused> {
    Ok(match value {
        Value::String(text) => match Number::from_text(text) {
            Some(number) => Literal::Digits(Text::new(text), number),
            None => Literal::Word(Text::new(text)),
        },
        Value::Integer(number) => Literal::Number(Number::Integer(*number)),
        Value::Float(number) => Literal::Number(Number::Float(*number)),
        Value::Bool(boolean) => Literal::Boolean(*boolean),
        other => return Err(wrong(other, "a string, a number or a boolean")),
    })
}

fn moment(value: &Value) -> Result<Timestamp, Refused> {
    match value {
        Value::Integer(millis) => Ok(Timestamp(*millis)),
        other => parse::timestamp(text(other)?).map_err(|e| (Code::BadTimestamp, e)),
    }
}

fn version(value: &Value) -> Result<OwnedVersion, Refused> {
    let text = text(value)?;
    match Version::parse(text) {
        Some(version) => Ok(OwnedVersion::new(&version)),
        None => Err((Code::BadVersion, format!("`{text}` is no version"))),
    }
}

fn set(users: &[Spanned<String>]) -> TextSet {
    users.iter().map(|user| Text::new(user)).collect()
}

fn window(starts: &Option<Spanned<Timestamp>>, ends: &Option<Spanned<Timestamp>>) -> Window {
    Window { starts: starts.as_ref().map(|s| s.value), ends: ends.as_ref().map(|e| e.value) }
}

fn amount(amount: &flags_schema::Amount) -> Amount {
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
fn split(shares: impl Iterator<Item = (u64, u32)>, bucket: &Bucket) -> Serve {
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

fn ranges_of(ranges: Vec<(u64, u32)>, bucket: &Bucket) -> Serve {
    match ranges.as_slice() {
        [] => Serve::Off,
        [(_, index)] => Serve::One(*index),
        _ => Serve::Split(Arc::new(Split { bucket: bucket.clone(), ranges: ranges.into() })),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Switch,
    Variants,
    Value,
}

/// What a flag can serve, by index.
struct Served<'a> {
    kind: Kind,
    names: HashMap<&'a str, u32>,
    /// Values of the indices; of variants, those that were compiled, in their order.
    values: Vec<&'a Value>,
}

const FALSE: Value = Value::Bool(false);
const TRUE: Value = Value::Bool(true);
const NULL: Value = Value::Null;

impl<'a> Served<'a> {
    /// Variants keep the indices that they were compiled with.
    fn new(flag: &'a flags_schema::Flag, compiled: Option<&ContractFlag>) -> Self {
        if let Some(kind) = &flag.value_type {
            let booleans = kind.value == flags_schema::ValueType::Boolean;
            let values = if booleans { vec![&FALSE, &TRUE] } else { Vec::new() };
            return Self { kind: Kind::Value, names: HashMap::new(), values };
        }
        if flag.variants.is_empty() {
            let names = [("off", OFF), ("on", ON)].into();
            return Self { kind: Kind::Switch, names, values: Vec::new() };
        }
        let order = |name: &str, written: u32| match compiled {
            Some(compiled) => compiled.variant(name),
            None => Some(written),
        };
        let names: HashMap<&str, u32> = (0..)
            .zip(&flag.variants)
            .filter_map(|(i, variant)| Some((variant.name.as_str(), order(&variant.name, i)?)))
            .collect();
        let mut values = vec![&NULL; flag.variants.len()];
        for variant in &flag.variants {
            if let (Some(value), Some(index)) = (&variant.value, names.get(variant.name.as_str()))
                && let Some(slot) = values.get_mut(*index as usize)
            {
                *slot = value;
            }
        }
        Self { kind: Kind::Variants, names, values }
    }

    /// The index of a literal; a new one when it was not served before.
    fn index(&mut self, value: &'a Value) -> u32 {
        let position = self.values.iter().position(|known| *known == value).unwrap_or_else(|| {
            self.values.push(value);
            self.values.len() - 1
        });
        u32::try_from(position).unwrap_or(OFF)
    }
}

/// Refuses cycles, and dependencies so deep or so many that an evaluation would take long.
fn bound_dependencies(ruleset: &Ruleset, errors: &mut Vec<Diagnostic>) {
    let segments: Vec<Vec<u32>> = ruleset
        .segments
        .iter()
        .map(|segment| {
            let mut inner = Vec::new();
            segment.when.iter().for_each(|when| nested(when, &mut inner));
            inner
        })
        .collect();
    let flags: Vec<Vec<u32>> =
        ruleset.flags.iter().map(|flag| flag.prerequisites.iter().map(|p| p.flag).collect()).collect();
    let segment_name = |i: usize| ruleset.document.segments.get(i).map(|s| &s.name);
    let flag_name = |i: usize| {
        let source = ruleset.flags.get(i)?.source;
        ruleset.document.flags.get(source as usize).map(|f| &f.key)
    };
    bound("segment", &segments, segment_name, errors);
    bound("flag", &flags, flag_name, errors);
}

fn nested(test: &Test, into: &mut Vec<u32>) {
    match test {
        Test::All(members) | Test::Any(members) => members.iter().for_each(|m| nested(m, into)),
        Test::Not(member) => nested(member, into),
        Test::Segment(segment) => into.push(*segment),
        Test::Compare(_) => {}
    }
}

fn bound<'a>(
    what: &str,
    edges: &[Vec<u32>],
    name: impl Fn(usize) -> Option<&'a Spanned<String>>,
    errors: &mut Vec<Diagnostic>,
) {
    #[derive(Clone, Copy)]
    enum Seen {
        No,
        Open,
        /// Visits and levels below it, itself included.
        Done(u64, u32),
    }
    let mut seen = vec![Seen::No; edges.len()];
    for root in 0..edges.len() {
        // Depth first without recursion: an entry and how many of its edges are done.
        let mut path = vec![(root, 0_usize)];
        while let Some((node, done)) = path.pop() {
            if done == 0 && !matches!(seen.get(node), Some(Seen::No)) {
                continue;
            }
            let targets = edges.get(node).map(Vec::as_slice).unwrap_or_default();
            let problem = match targets.get(done) {
                Some(target) => {
                    let target = *target as usize;
                    seen[node] = Seen::Open;
                    path.push((node, done + 1));
                    if let Some(Seen::Open) = seen.get(target) {
                        Some("depends on itself")
                    } else {
                        path.push((target, 0));
                        None
                    }
                }
                None => {
                    let below = targets.iter().map(|t| match seen.get(*t as usize) {
                        Some(Seen::Done(visits, levels)) => (*visits, *levels),
                        _ => (0, 0),
                    });
                    let (visits, levels) =
                        below.fold((1_u64, 0), |(v, l), (v2, l2)| (v.saturating_add(v2), l.max(l2)));
                    seen[node] = Seen::Done(visits, levels + 1);
                    if levels + 1 > LEVELS {
                        Some("depends on others more than 64 levels deep")
                    } else if visits > VISITS {
                        Some("depends on others through more than 10000 paths")
                    } else {
                        None
                    }
                }
            };
            if let (Some(problem), Some(name)) = (problem, name(node)) {
                let message = format!("{what} `{}` {problem}", **name);
                errors.push(Diagnostic::new(Code::Cycle, name.position, message));
                return;
            }
        }
    }
}

/// What a programmatic or environment-variable override makes of a flag.
///
/// # Errors
/// When the flag has no such variant, segment or value; the message says so.
pub(crate) fn resolve_override(
    ruleset: &Ruleset,
    contract: &Contract,
    flag: u32,
    state: &crate::overrides::State,
) -> Result<Override, crate::overrides::OverrideProblem> {
    use crate::overrides::{OverrideProblem as Problem, State as Wanted};
    let Some(resolved) = ruleset.flags.get(flag as usize) else { return Err(Problem::NoFlag) };
    let Some(written) = ruleset.document.flags.get(resolved.source as usize) else {
        return Err(Problem::NoFlag);
    };
    let compiled = contract.flags.get(flag as usize);
    let served = Served::new(written, compiled);
    Ok(match state {
        Wanted::On => Override::Serve(resolved.on.clone()),
        Wanted::Off => Override::Serve(Serve::Off),
        Wanted::Percentage(percent) => {
            let percent = Percent::from_f64(*percent).map_err(|_| Problem::Percentage(*percent))?;
            Override::Share(Share { bucket: resolved.bucket.clone(), amount: Amount::of(percent) })
        }
        Wanted::Variant(name) => match (served.kind, served.names.get(name.as_str())) {
            (Kind::Switch, Some(&OFF)) => Override::Serve(Serve::Off),
            (_, Some(index)) => Override::Serve(Serve::One(*index)),
            (_, None) => return Err(Problem::Variant(name.clone())),
        },
        Wanted::Segment(name) => {
            let segment = ruleset.document.segments.iter().position(|s| *s.name == *name);
            match segment.and_then(|segment| u32::try_from(segment).ok()) {
                Some(segment) => Override::Members(segment),
                None => return Err(Problem::Segment(name.clone())),
            }
        }
        Wanted::Users(users) => Override::Users(users.iter().map(|user| Text::new(user)).collect()),
        Wanted::Value(value) => match (served.kind, value) {
            (Kind::Value, Value::Bool(on))
                if written
                    .value_type
                    .as_ref()
                    .is_some_and(|t| t.value == flags_schema::ValueType::Boolean) =>
            {
                Override::Serve(Serve::One(u32::from(*on)))
            }
            (Kind::Value, _) => {
                let typed = match compiled.filter(|compiled| compiled.decoder.is_some()) {
                    Some(compiled) => compiled.typed(value),
                    None => Some(Typed::new(())),
                };
                Override::Value(typed.ok_or(Problem::Value)?, value.clone())
            }
            (Kind::Switch, Value::Bool(true)) => Override::Serve(Serve::One(ON)),
            (Kind::Switch, Value::Bool(false)) => Override::Serve(Serve::Off),
            _ => return Err(Problem::Value),
        },
    })
}
