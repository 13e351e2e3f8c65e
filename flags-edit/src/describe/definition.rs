//! A flag's definition in one environment, key by key, with where each was written.

use super::{applies, flow, joined, rule_name, share, users};
use flags_schema::{Amount, Document, Experiment, Flag, FlagState, Position, Rollout, Rule, Users};

/// A key of a definition: its name, what it says in words, where that was written.
#[derive(Debug)]
pub struct Line {
    /// The key of the format that it is about.
    pub key: String,
    /// What it says.
    pub words: String,
    /// File and line where it is written.
    pub position: Option<String>,
}

/// What the flag answers with in one environment.
#[must_use]
pub fn definition(flag: &Flag, document: &Document, environment: Option<&str>) -> Vec<Line> {
    let mut lines = Vec::new();
    each(flag, document, environment, |key, words, position| {
        lines.push(Line { key: key.to_owned(), words, position: Some(shown(position, document)) });
    });
    lines
}

/// The same, each with its key, without where it is written.
pub(crate) fn words(flag: &Flag, document: &Document, environment: Option<&str>) -> Vec<(String, String)> {
    let mut words = Vec::new();
    each(flag, document, environment, |key, said, _| words.push((key.to_owned(), said)));
    words
}

fn each(
    flag: &Flag,
    document: &Document,
    environment: Option<&str>,
    mut line: impl FnMut(&str, String, Position),
) {
    let answer = &flag.answer;
    let state = if applies(flag, environment) { answer.state.as_str() } else { "off here" };
    line("state", state.to_owned(), answer.state.position);
    match (&answer.rollout, &document.settings.default_rollout) {
        (Some(rollout), _) => line("rollout", share(rollout), rollout_position(rollout)),
        (None, Some(percent)) if answer.state.value == FlagState::Gradual && applies(flag, environment) => {
            line("rollout", format!("{} %", percent.value), percent.position);
        }
        _ => {}
    }
    for variant in &flag.variants {
        let mut words = vec![match &variant.weight {
            Some(weight) => format!("{} %", weight.value),
            None => format!("1/{}", flag.variants.len()),
        }];
        words.extend(variant.value.as_ref().map(|value| flow(value)));
        let position = variant.weight.as_ref().map_or(variant.name.position, |weight| weight.position);
        line(&format!("variant {}", variant.name.value), words.join("  "), position);
    }
    if let Some(value) = &answer.value {
        line("value", flow(value), value.position);
    }
    if let Some(off) = &answer.off {
        line("off", flow(off), off.position);
    }
    if let Some(range) = &flag.layer {
        let words = format!("{}, {} % to {} %", range.name.value, range.from.value, range.to.value);
        line("layer", words, range.name.position);
    }
    if let Some(experiment) = &flag.experiment {
        line("experiment", running(experiment), experiment.control.position);
    }
    for requirement in &answer.requires {
        line("requires", super::requirement(requirement), requirement.flag.position);
    }
    for requirement in &answer.excludes {
        line("excludes", super::requirement(requirement), requirement.flag.position);
    }
    if let Some(users) = users(&answer.users) {
        let position = match &answer.users {
            Users::On(users) => users.first().map(|user| user.position),
            Users::Variants(lists) => lists.first().map(|(variant, _)| variant.position),
            Users::Nobody => None,
        };
        line("users", users, position.unwrap_or(answer.state.position));
    }
    for (number, rule) in (1..).zip(&answer.rules) {
        line(&rule_key(rule, number), super::rule(rule), rule.position);
    }
}

/// The key of a rule's line, by its number from 1.
pub(crate) fn rule_key(rule: &Rule, number: usize) -> String {
    let name = rule_name(rule, number);
    if rule.name.is_some() { format!("rule {name}") } else { name }
}

fn running(experiment: &Experiment) -> String {
    let mut words = vec![format!("control {}", experiment.control.value)];
    if let Some(starts) = &experiment.starts {
        words.push(format!("from {}", starts.value));
    }
    if let Some(ends) = &experiment.ends {
        words.push(format!("until {}", ends.value));
    }
    if !experiment.events.is_empty() {
        words.push(format!("events {}", joined(&experiment.events)));
    }
    if !experiment.metrics.is_empty() {
        let names: Vec<_> = experiment.metrics.iter().map(|metric| metric.name.clone()).collect();
        words.push(format!("metrics {}", joined(&names)));
    }
    if let Some(primary) = &experiment.primary {
        words.push(format!("primary {}", primary.value));
    }
    if let Some(effect) = &experiment.minimum_effect {
        words.push(format!("minimum effect {} %", effect.value));
    }
    words.join(" ")
}

fn rollout_position(rollout: &Rollout) -> Position {
    match &rollout.amount {
        Amount::Fixed(percent) => percent.position,
        Amount::Ramp(ramp) => ramp.start.position,
    }
}

/// A position for people.
#[must_use]
pub fn shown(position: Position, document: &Document) -> String {
    let file = document.files.get(usize::from(position.file.0)).map_or("?", String::as_str);
    format!("{file}:{}", position.line)
}
