//! Definitions in words: states, rollouts, rules, values. The same words in every subcommand.

mod definition;

pub use definition::{Line, definition, shown};
pub(crate) use definition::{rule_key, words};

use flags_runtime::Evaluation;
use flags_schema::{
    Amount, Document, Environments, Flag, FlagState, Pace, Requirement, Rollout, Rule, Serve, Spanned, Users,
    Value,
};
use std::fmt::Write as _;

/// Names after each other.
#[must_use]
pub fn joined(names: &[Spanned<String>]) -> String {
    names.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(", ")
}

/// Whether the flag can be on in an environment.
#[must_use]
pub fn applies(flag: &Flag, environment: Option<&str>) -> bool {
    match &flag.environments {
        Environments::Only(names) => names.iter().any(|name| Some(name.as_str()) == environment),
        Environments::All | Environments::Each(_) => true,
    }
}

/// The state, with its percentage: `gradual 25 %`.
#[must_use]
pub fn state(flag: &Flag, document: &Document, environment: Option<&str>) -> String {
    if !applies(flag, environment) {
        return "off here".to_owned();
    }
    match (flag.answer.state.value.clone(), rollout(flag, document)) {
        (FlagState::Gradual, Some(rollout)) => format!("gradual {rollout}"),
        (FlagState::Segment(name), _) => format!("segment {name}"),
        (state, _) => state.as_str().to_owned(),
    }
}

/// The rollout of a gradual flag, the file's default one included.
#[must_use]
pub fn rollout(flag: &Flag, document: &Document) -> Option<String> {
    match (&flag.answer.rollout, &document.settings.default_rollout) {
        (Some(rollout), _) => Some(share(rollout)),
        (None, Some(percent)) if flag.answer.state.value == FlagState::Gradual => {
            Some(format!("{} %", percent.value))
        }
        _ => None,
    }
}

/// A rollout in words.
#[must_use]
pub fn share(rollout: &Rollout) -> String {
    let mut words = match &rollout.amount {
        Amount::Fixed(percent) => format!("{} %", percent.value),
        Amount::Ramp(ramp) => {
            let way = format!("{} % to {} % from {}", ramp.from.value, ramp.to.value, ramp.start.value);
            match &ramp.pace {
                Pace::Steps { step, every } => {
                    format!("{way}, {} % every {}", step.value, every.value)
                }
                Pace::Straight { end } => format!("{way} until {}", end.value),
            }
        }
    };
    if let Some(by) = &rollout.by {
        let _ = write!(words, " by `{}`", by.value);
    }
    if let Some(salt) = &rollout.salt {
        let _ = write!(words, " with the salt `{}`", salt.value);
    }
    words
}

/// A rule in words, its name apart.
#[must_use]
pub fn rule(rule: &Rule) -> String {
    let mut words = Vec::new();
    if let Some(when) = &rule.when {
        words.push(format!("when {}", when.value));
    }
    if let Some(rollout) = &rule.rollout {
        words.push(format!("for {}", share(rollout)));
    }
    if let Some(starts) = &rule.starts {
        words.push(format!("from {}", starts.value));
    }
    if let Some(ends) = &rule.ends {
        words.push(format!("until {}", ends.value));
    }
    let serve = match rule.serve.as_ref().map(|serve| &serve.value) {
        None => "on".to_owned(),
        Some(Serve::Value(Value::String(name))) => name.clone(),
        Some(Serve::Value(value)) => flow(value),
        Some(Serve::Split(split)) => split
            .iter()
            .map(|(name, percent)| format!("{} {} %", name.value, percent.value))
            .collect::<Vec<_>>()
            .join(", "),
    };
    words.push(format!("serve {serve}"));
    words.join(" ")
}

/// A rule's name, or its number among the rules, from 1.
#[must_use]
pub fn rule_name(rule: &Rule, number: usize) -> String {
    rule.name.as_ref().map_or_else(|| format!("rule {number}"), |name| name.value.clone())
}

/// Users in words.
#[must_use]
pub fn users(users: &Users) -> Option<String> {
    match users {
        Users::Nobody => None,
        Users::On(users) => Some(joined(users)),
        Users::Variants(lists) => Some(
            lists
                .iter()
                .map(|(variant, users)| format!("{}: {}", variant.value, joined(users)))
                .collect::<Vec<_>>()
                .join("; "),
        ),
    }
}

/// A requirement in words.
#[must_use]
pub fn requirement(requirement: &Requirement) -> String {
    let flag = &requirement.flag.value;
    match requirement.variants.as_slice() {
        [] => flag.clone(),
        [only] => format!("{flag} = {}", only.value),
        several => {
            let names: Vec<&str> = several.iter().map(|variant| variant.as_str()).collect();
            format!("{flag} = {}", names.join(" or "))
        }
    }
}

/// A literal as YAML on one line.
#[must_use]
pub fn flow(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Integer(value) => value.to_string(),
        Value::Float(value) => format!("{value:?}"),
        Value::String(text) => quoted(text),
        Value::List(items) => {
            format!("[{}]", items.iter().map(|item| flow(item)).collect::<Vec<_>>().join(", "))
        }
        Value::Map(fields) if fields.is_empty() => "{}".to_owned(),
        Value::Map(fields) => {
            let fields = fields.iter().map(|(name, value)| format!("{}: {}", quoted(name), flow(value)));
            format!("{{ {} }}", fields.collect::<Vec<_>>().join(", "))
        }
    }
}

/// A text as a YAML scalar: plain where that reads back as the same text, else in double quotes.
#[must_use]
pub fn quoted(text: &str) -> String {
    let plain = text.chars().next().is_some_and(|c| c.is_alphabetic())
        && !text.ends_with(' ')
        && text.chars().all(|c| c.is_alphanumeric() || matches!(c, ' ' | '.' | '-' | '_' | '/' | '+' | '@'))
        && !matches!(
            text.to_ascii_lowercase().as_str(),
            "true" | "false" | "null" | "yes" | "no" | "on" | "off" | "y" | "n" | "nan" | "inf"
        );
    // The states are words of the format, which reads them as such.
    if plain || matches!(text, "on" | "off") {
        return text.to_owned();
    }
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if c.is_control() || matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{feff}') => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// What is served, in a word: the variant, its value beside it when it has one, or the value.
#[must_use]
pub fn answer(evaluation: &Evaluation<Value>) -> String {
    match (evaluation.variant(), evaluation.value()) {
        (Some(variant), Value::Bool(_)) => variant.to_owned(),
        (Some(variant), Value::String(name)) if name == variant => variant.to_owned(),
        (Some(variant), value) => format!("{variant} {}", flow(value)),
        (None, value) => flow(value),
    }
}
