//! Rules: their order, their windows, and who they serve.

use super::scope::{DiagnosticSink, Layer};
use crate::{
    Amount, Code, Comparison, Condition, Diagnostic, Percent, Position, Requirement, Rule, Spanned,
    Timestamp, Value,
};
use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::fmt;
use std::hash::{Hash, Hasher};

/// Two rules of a flag do not share a name: it is the salt of their rollouts, and what explanations
/// call them.
pub(super) fn names(layer: &Layer<'_>, found: &DiagnosticSink) {
    let mut seen: HashMap<&str, Position> = HashMap::new();
    for name in layer.rules.iter().filter_map(|rule| rule.name.as_ref()) {
        if let Some(first) = seen.insert(name, name.position) {
            let message = format!("two rules of flag `{}` are named `{}`", layer.flag.key.value, name.value);
            let diagnostic =
                Diagnostic::new(Code::DuplicateKey, name.position, message).help("rename one of them");
            found.push(diagnostic.related(first, "the first is here"));
        }
    }
}

/// A window ends after it starts.
pub(super) fn window(
    what: &dyn fmt::Display,
    starts: Option<&Spanned<Timestamp>>,
    ends: Option<&Spanned<Timestamp>>,
    found: &DiagnosticSink,
) {
    if let (Some(starts), Some(ends)) = (starts, ends)
        && ends.value <= starts.value
    {
        let message = format!("{what} ends before it starts");
        let diagnostic = Diagnostic::new(Code::WindowOrder, ends.position, message);
        found.push(
            diagnostic.help("make `ends` later than `starts`").related(starts.position, "it starts here"),
        );
    }
}

/// A rule ends after it starts.
pub(super) fn windows(layer: &Layer<'_>, found: &DiagnosticSink) {
    for (rule, name) in named(layer) {
        window(&name, rule.starts.as_ref(), rule.ends.as_ref(), found);
    }
}

/// A rule's own rollout lets somebody in.
pub(super) fn never_served(layer: &Layer<'_>, found: &DiagnosticSink) {
    for (rule, name) in named(layer) {
        if let Some(rollout) = &rule.rollout
            && let Amount::Fixed(percent) = &rollout.amount
            && percent.value == Percent::ZERO
        {
            let message = format!("{name} serves nobody: its rollout is 0");
            let help = "raise the rollout, or remove the rule";
            found.push(Diagnostic::new(Code::NeverServed, percent.position, message).help(help));
        }
    }
}

/// A rule stands before neither one that serves everybody nor one with the same condition.
pub(super) fn unreachable(layer: &Layer<'_>, found: &DiagnosticSink) {
    if layer.rules.len() < 2 {
        return;
    }
    let mut order: Vec<(&Rule, RuleName<'_>)> = named(layer).collect();
    // Stable, so that equal priorities stay as written.
    order.sort_by_key(|(rule, _)| std::cmp::Reverse(rule.priority.as_ref().map_or(0, |p| p.value)));

    let mut everybody: Option<&Rule> = None;
    let mut conditions: HashMap<u64, Vec<&Rule>> = HashMap::new();
    for (rule, name) in order {
        if let Some(before) = everybody {
            let message = format!("{name} can never be reached: one that serves everybody comes first");
            found.push(unreachable_rule(rule, before, message));
            continue;
        }
        let condition = rule.when.as_ref().map(|when| &when.value);
        let same = condition.map(|condition| conditions.entry(hash_of(condition)).or_default());
        let earlier = same.as_ref().and_then(|same| {
            same.iter().find(|other| other.when.as_ref().map(|when| &when.value) == condition)
        });
        if let Some(before) = earlier {
            let message = format!("{name} can never be reached: one with the same condition comes first");
            found.push(unreachable_rule(rule, before, message));
        } else if serves_all_it_matches(rule) {
            match same {
                Some(same) => same.push(rule),
                None => everybody = Some(rule),
            }
        }
    }
}

fn unreachable_rule(rule: &Rule, before: &Rule, message: String) -> Diagnostic {
    Diagnostic::new(Code::Unreachable, rule.position, message)
        .help("remove the rule, or give it a higher `priority`")
        .related(before.position, "that rule is here")
}

/// The rules, each with what to call it.
pub(super) fn named<'a>(layer: &Layer<'a>) -> impl Iterator<Item = (&'a Rule, RuleName<'a>)> {
    let flag = &layer.flag.key.value;
    layer.rules.iter().enumerate().map(move |(index, rule)| (rule, RuleName { rule, index, flag }))
}

/// What a rule is called: by its name, or its number from 1. Written only when there is something to tell.
pub(super) struct RuleName<'a> {
    rule: &'a Rule,
    index: usize,
    flag: &'a str,
}

impl fmt::Display for RuleName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.rule.name {
            Some(name) => write!(f, "rule `{}` of flag `{}`", name.value, self.flag),
            None => write!(f, "rule {} of flag `{}`", self.index + 1, self.flag),
        }
    }
}

/// Whether nobody who meets its condition goes on to the next rule.
fn serves_all_it_matches(rule: &Rule) -> bool {
    let all = match rule.rollout.as_ref().map(|rollout| &rollout.amount) {
        None => true,
        Some(Amount::Fixed(percent)) => percent.value == Percent::HUNDRED,
        Some(Amount::Ramp(_)) => false,
    };
    all && rule.starts.is_none() && rule.ends.is_none()
}

fn hash_of(condition: &Condition) -> u64 {
    let mut hasher = DefaultHasher::new();
    hash(condition, &mut hasher);
    hasher.finish()
}

fn hash(condition: &Condition, hasher: &mut impl Hasher) {
    std::mem::discriminant(condition).hash(hasher);
    match condition {
        Condition::All(all) | Condition::Any(all) => {
            all.len().hash(hasher);
            for condition in all {
                hash(condition, hasher);
            }
        }
        Condition::Not(condition) => hash(condition, hasher),
        Condition::Segment(name) => name.value.hash(hasher),
        Condition::Flag(Requirement { flag, variants }) => {
            (&flag.value, variants.len()).hash(hasher);
            for variant in variants {
                variant.value.hash(hasher);
            }
        }
        Condition::Compare(Comparison { attribute, operator, operand, ignore_case }) => {
            (&attribute.value, operator.value, ignore_case).hash(hasher);
            hash_value(&operand.value, hasher);
        }
    }
}

fn hash_value(value: &Value, hasher: &mut impl Hasher) {
    match value {
        Value::Null | Value::Map(_) => {}
        Value::Bool(value) => value.hash(hasher),
        Value::Integer(value) => value.hash(hasher),
        // 0.0 and -0.0 are equal, so that they must not differ here.
        Value::Float(value) => (value + 0.0).to_bits().hash(hasher),
        Value::String(value) => value.hash(hasher),
        Value::List(elements) => elements.iter().for_each(|element| hash_value(&element.value, hasher)),
    }
}
