//! A flag's answer for those of whom only ranges of buckets are known.
//!
//! The steps are those of an evaluation; what an evaluation would ask of a bucket is asked of a range, and a
//! range that does not lie on one side has to be divided.

use crate::describe;
use flags_schema::names::TARGETING_KEY;
use flags_schema::{
    Amount, Condition, Document, Environments, Flag, FlagState, Pace, Percent, Ramp, Requirement, Rollout,
    Rule, Serve, Spanned, Timestamp, Value,
};
use std::collections::{BTreeMap, HashMap};

/// Buckets by one salt and attribute: uniform, and independent of all others.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Stream {
    salt: String,
    by: String,
    variant: bool,
}

/// Bounds of buckets in 2⁻⁶⁴; those not mentioned may be anywhere.
pub(crate) type Ranges = BTreeMap<Stream, (u128, u128)>;

/// All of a stream.
pub(crate) const WHOLE: (u128, u128) = (0, 1 << 64);

/// A range that has to be divided before the answer is one answer.
#[derive(Debug)]
pub(crate) struct Divide {
    pub(crate) stream: Stream,
    pub(crate) at: u128,
}

/// What is served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Served {
    pub(crate) answer: String,
    on: bool,
}

/// A document as one environment sees it at one moment, asked for those who meet one condition and no other.
#[derive(Debug)]
pub(crate) struct World<'d> {
    document: &'d Document,
    environment: Option<&'d str>,
    now: Timestamp,
    /// The condition they meet, as an expression.
    condition: Option<&'d str>,
    flags: HashMap<&'d str, &'d Flag>,
}

impl<'d> World<'d> {
    pub(crate) fn new(
        document: &'d Document,
        environment: Option<&'d str>,
        now: Timestamp,
        condition: Option<&'d str>,
    ) -> Self {
        let flags = document.flags.iter().map(|flag| (flag.key.as_str(), flag)).collect();
        Self { document, environment, now, condition, flags }
    }

    /// What the flag serves.
    pub(crate) fn serve(&self, key: &str, ranges: &Ranges) -> Result<Served, Divide> {
        let Some(flag) = self.flags.get(key) else {
            return Ok(Served { answer: "nothing".to_owned(), on: false });
        };
        let answer = &flag.answer;
        let elsewhere = match &flag.environments {
            Environments::Only(names) => !names.iter().any(|name| Some(name.as_str()) == self.environment),
            Environments::All | Environments::Each(_) => false,
        };
        if elsewhere || answer.state.value == FlagState::Off {
            return Ok(off(flag));
        }
        for (requirements, wanted) in [(&answer.requires, true), (&answer.excludes, false)] {
            for requirement in requirements {
                if self.satisfied(requirement, ranges)? != wanted {
                    return Ok(off(flag));
                }
            }
        }
        if let Some(experiment) = &flag.experiment
            && !self.within(experiment.starts.as_ref(), experiment.ends.as_ref())
        {
            return Ok(Served { answer: experiment.control.value.clone(), on: false });
        }
        let mut rules: Vec<(usize, &Rule)> = (1..).zip(&answer.rules).collect();
        rules.sort_by_key(|(_, rule)| std::cmp::Reverse(rule.priority.as_ref().map_or(0, |it| it.value)));
        for (number, rule) in rules {
            let matches = rule.when.as_ref().is_none_or(|when| self.meets(&when.value));
            if !matches || !self.within(rule.starts.as_ref(), rule.ends.as_ref()) {
                continue;
            }
            let salt = match (rule.rollout.as_ref().and_then(|it| it.salt.as_ref()), &rule.name) {
                (Some(salt), _) => salt.value.clone(),
                (None, Some(name)) => format!("{}/{}", salt(flag), name.value),
                (None, None) => format!("{}/{number}", salt(flag)),
            };
            let by = by(rule.rollout.as_ref());
            if let Some(rollout) = &rule.rollout
                && !is_in(self.percent(&rollout.amount), &salt, by, ranges)?
            {
                continue;
            }
            return serve_rule(flag, rule, &salt, by, ranges);
        }
        let on = match &answer.state.value {
            FlagState::On => true,
            FlagState::Off | FlagState::Targeted => false,
            FlagState::Segment(name) => self.condition.is_some_and(|met| met == membership(name)),
            FlagState::Gradual => {
                let default = self.document.settings.default_rollout.as_ref().map(|percent| percent.value);
                let rollout = answer.rollout.as_ref();
                let percent = rollout.map(|it| self.percent(&it.amount)).or(default).unwrap_or_default();
                is_in(percent, salt(flag), by(rollout), ranges)?
            }
        };
        if on { on_answer(flag, ranges) } else { Ok(off(flag)) }
    }

    fn satisfied(&self, requirement: &Requirement, ranges: &Ranges) -> Result<bool, Divide> {
        let served = self.serve(&requirement.flag, ranges)?;
        Ok(served.on && requirement.variant.as_ref().is_none_or(|variant| variant.value == served.answer))
    }

    fn meets(&self, condition: &Condition) -> bool {
        self.condition.is_some_and(|met| met == condition.to_string())
    }

    fn within(&self, starts: Option<&Spanned<Timestamp>>, ends: Option<&Spanned<Timestamp>>) -> bool {
        starts.is_none_or(|starts| self.now >= starts.value) && ends.is_none_or(|ends| self.now < ends.value)
    }

    fn percent(&self, amount: &Amount) -> Percent {
        match amount {
            Amount::Fixed(percent) => percent.value,
            Amount::Ramp(ramp) => self.ramp(ramp),
        }
    }

    fn ramp(&self, ramp: &Ramp) -> Percent {
        let (from, to) = (i128::from(ramp.from.value.thousandths()), i128::from(ramp.to.value.thousandths()));
        let elapsed = i128::from(self.now.0) - i128::from(ramp.start.value.0);
        let way = to - from;
        let gone = match &ramp.pace {
            _ if elapsed < 0 => 0,
            Pace::Steps { step, every } => {
                let steps = elapsed / i128::from(every.value.0.max(1));
                (steps * i128::from(step.value.thousandths())).min(way.abs()) * way.signum()
            }
            Pace::Straight { end } => {
                let length = (i128::from(end.value.0) - i128::from(ramp.start.value.0)).max(1);
                way * elapsed.min(length) / length
            }
        };
        u32::try_from(from + gone).ok().and_then(Percent::from_thousandths).unwrap_or_default()
    }
}

/// A condition that says that a context is in a segment.
pub(crate) fn membership(segment: &str) -> String {
    Condition::Segment(Spanned::new(segment.to_owned(), flags_schema::Position::default())).to_string()
}

fn salt(flag: &Flag) -> &str {
    flag.answer.rollout.as_ref().and_then(|it| it.salt.as_ref()).map_or(flag.key.as_str(), |salt| salt)
}

fn by(rollout: Option<&Spanned<Rollout>>) -> &str {
    rollout.and_then(|rollout| rollout.by.as_ref()).map_or(TARGETING_KEY, |by| by)
}

const fn on(answer: String) -> Served {
    Served { answer, on: true }
}

/// What the flag serves when it is off.
fn off(flag: &Flag) -> Served {
    let answer = &flag.answer;
    let word = match (&answer.off, &answer.value, flag.variants.first()) {
        (Some(off), _, _) if flag.value_type.is_some() => describe::flow(off),
        (Some(off), _, _) => match &off.value {
            Value::String(name) => name.clone(),
            other => describe::flow(other),
        },
        (None, Some(value), _) if flag.value_type.is_some() => describe::flow(value),
        (None, _, Some(first)) => first.name.value.clone(),
        (None, _, None) => "off".to_owned(),
    };
    Served { answer: word, on: false }
}

/// What the flag serves when it is on and nothing more is said.
fn on_answer(flag: &Flag, ranges: &Ranges) -> Result<Served, Divide> {
    if flag.value_type.is_some() {
        let value = flag.answer.value.as_ref().map(|value| describe::flow(value));
        return Ok(on(value.unwrap_or_else(|| "null".to_owned())));
    }
    if flag.variants.is_empty() {
        return Ok(on("on".to_owned()));
    }
    let weights: Option<Vec<(&str, Percent)>> = flag
        .variants
        .iter()
        .map(|variant| Some((variant.name.as_str(), variant.weight.as_ref()?.value)))
        .collect();
    let bounds = match weights {
        Some(weights) => bounds(weights.into_iter()),
        None => {
            let count = flag.variants.len() as u128;
            let bound = |nth: u128| (nth << 64) / count.max(1);
            (1..).zip(&flag.variants).map(|(nth, variant)| (bound(nth), variant.name.value.clone())).collect()
        }
    };
    let stream = Stream {
        salt: salt(flag).to_owned(),
        by: by(flag.answer.rollout.as_ref()).to_owned(),
        variant: true,
    };
    split(&bounds, &stream, ranges)
}

/// What a rule serves that holds.
fn serve_rule(flag: &Flag, rule: &Rule, salt: &str, by: &str, ranges: &Ranges) -> Result<Served, Divide> {
    let named = |name: &str| flag.variants.iter().any(|variant| *variant.name == *name);
    match rule.serve.as_ref().map(|serve| &serve.value) {
        None => on_answer(flag, ranges),
        Some(Serve::Split(shares)) => {
            let shares = shares.iter().map(|(name, percent)| (name.as_str(), percent.value));
            let bounds = bounds(shares);
            let stream = Stream { salt: salt.to_owned(), by: by.to_owned(), variant: true };
            split(&bounds, &stream, ranges)
        }
        Some(Serve::Value(value)) if flag.value_type.is_some() => Ok(on(describe::flow(value))),
        Some(Serve::Value(Value::String(name))) if named(name) => Ok(on(name.clone())),
        Some(Serve::Value(Value::String(name))) if name == "off" => Ok(off(flag)),
        Some(Serve::Value(Value::Bool(false))) => Ok(off(flag)),
        Some(Serve::Value(_)) => on_answer(flag, ranges),
    }
}

/// Whether a rollout has all of a range, or none of it.
fn is_in(percent: Percent, salt: &str, by: &str, ranges: &Ranges) -> Result<bool, Divide> {
    let stream = Stream { salt: salt.to_owned(), by: by.to_owned(), variant: false };
    below(&stream, bound(percent.thousandths()), ranges)
}

/// Upper bounds of shares in their order.
fn bounds<'n>(shares: impl Iterator<Item = (&'n str, Percent)>) -> Vec<(u128, String)> {
    let mut sum = 0;
    shares
        .filter(|(_, percent)| *percent > Percent::ZERO)
        .map(|(name, percent)| {
            sum += percent.thousandths();
            (bound(sum), name.to_owned())
        })
        .collect()
}

fn bound(thousandths: u32) -> u128 {
    (u128::from(thousandths.min(100_000)) << 64) / 100_000
}

fn split(bounds: &[(u128, String)], stream: &Stream, ranges: &Ranges) -> Result<Served, Divide> {
    let Some((last, others)) = bounds.split_last() else {
        return Ok(Served { answer: "off".to_owned(), on: false });
    };
    for (bound, name) in others {
        if below(stream, *bound, ranges)? {
            return Ok(on(name.clone()));
        }
    }
    Ok(on(last.1.clone()))
}

/// Whether all of a stream's range lies below a bound, or none of it.
fn below(stream: &Stream, bound: u128, ranges: &Ranges) -> Result<bool, Divide> {
    let (from, to) = ranges.get(stream).copied().unwrap_or(WHOLE);
    if to <= bound {
        Ok(true)
    } else if from >= bound {
        Ok(false)
    } else {
        Err(Divide { stream: stream.clone(), at: bound })
    }
}
