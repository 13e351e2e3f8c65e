//! Variants: those that are served exist, and their weights share out everybody.

use super::rules::{RuleName, named};
use super::scope::{DiagnosticSink, Layer, Scope, View};
use crate::{
    Amount, Code, Diagnostic, Flag, Patch, Percent, Position, Serve, Spanned, Users, Value, Variant,
};
use std::collections::{HashMap, HashSet};

/// Every variant that is served, named or weighted exists, and only flags with variants serve them.
pub(super) fn served(scope: &Scope<'_>, layer: &Layer<'_>, found: &DiagnosticSink) {
    if let (Some(_), false) = (layer.environment, layer.is_typed()) {
        layer.variants.iter().for_each(|variant| known(scope, layer.flag, &variant.name, found));
    }
    if layer.is_typed() {
        return; // literals, which have checks of their own
    }
    if let Some(off) = layer.off {
        off_variant(scope, layer.flag, off, found);
    }
    match layer.users {
        Some(Users::Variants(lists)) => {
            for (name, _) in lists {
                known(scope, layer.flag, name, found);
            }
            user_of_two_variants(layer, lists, found);
        }
        Some(Users::Nobody | Users::On(_)) | None => {}
    }
    for (rule, what) in named(layer) {
        match rule.serve.as_ref().map(|serve| (serve, &serve.value)) {
            Some((serve, Serve::Value(value))) => served_value(scope, layer.flag, &serve.with(value), found),
            Some((_, Serve::Split(shares))) => {
                for (name, _) in shares {
                    known(scope, layer.flag, name, found);
                }
                split(&what, shares, found);
            }
            None => {}
        }
    }
}

/// `name` is one of the flag's variants.
pub(super) fn known(scope: &Scope<'_>, flag: &Flag, name: &Spanned<String>, found: &DiagnosticSink) {
    if scope.has_variant(flag, name) || variants_unread(scope, flag) {
        return;
    }
    let key = &flag.key.value;
    let diagnostic = if flag.variants.is_empty() {
        let message = format!("flag `{key}` has no variants, hence no `{}`", name.value);
        Diagnostic::new(Code::UnknownVariant, name.position, message)
            .help("declare it under `variants` of the flag")
    } else {
        let message = format!("flag `{key}` has no variant `{}`", name.value);
        Diagnostic::new(Code::UnknownVariant, name.position, message)
            .help(format!("use one of {}", all(flag)))
    };
    let names = flag.variants.iter().map(|variant| variant.name.as_str());
    found.push(scope.nearest(diagnostic, name, names));
}

/// Whether the flag may have variants that could not be read.
fn variants_unread(scope: &Scope<'_>, flag: &Flag) -> bool {
    flag.variants.is_empty() && scope.damage.is_at(flag.key.position)
}

fn all(flag: &Flag) -> String {
    const MOST: usize = 10;
    let names = flag.variants.iter().take(MOST).map(|variant| format!("`{}`", variant.name.value));
    let mut names = names.collect::<Vec<_>>().join(", ");
    if flag.variants.len() > MOST {
        names.push_str(", …");
    }
    names
}

fn off_variant(scope: &Scope<'_>, flag: &Flag, off: &Spanned<Value>, found: &DiagnosticSink) {
    match &off.value {
        Value::String(name) => known(scope, flag, &off.with(name.clone()), found),
        other => {
            let message =
                format!("`off` of flag `{}` names a variant, not {}", flag.key.value, other.describe());
            let help = "write the name of a variant";
            found.push(Diagnostic::new(Code::ValueType, off.position, message).help(help));
        }
    }
}

fn served_value(scope: &Scope<'_>, flag: &Flag, serve: &Spanned<&Value>, found: &DiagnosticSink) {
    let key = &flag.key.value;
    let choice = if flag.variants.is_empty() { "`on` or `off`" } else { "a variant, `on` or `off`" };
    match serve.value {
        Value::String(name) if matches!(name.as_str(), "on" | "off") => {}
        Value::String(name) if !flag.variants.is_empty() => {
            known(scope, flag, &serve.with(name.clone()), found);
        }
        Value::String(_) if variants_unread(scope, flag) => {}
        Value::String(name) => {
            let message = format!("flag `{key}` is a switch, hence it cannot serve `{name}`");
            let help = "serve `on` or `off`, or declare `variants`";
            found.push(Diagnostic::new(Code::UnknownVariant, serve.position, message).help(help));
        }
        other => {
            let message = format!("a rule of flag `{key}` serves {choice}, not {}", other.describe());
            let help = match other {
                Value::Bool(true) => "write `on`".to_owned(),
                Value::Bool(false) => "write `off`".to_owned(),
                _ => format!("write {choice}, or give the flag a `type`"),
            };
            found.push(Diagnostic::new(Code::ValueType, serve.position, message).help(help));
        }
    }
}

/// A user gets one variant.
fn user_of_two_variants(
    layer: &Layer<'_>,
    lists: &[(Spanned<String>, Vec<Spanned<String>>)],
    found: &DiagnosticSink,
) {
    let mut seen: HashMap<&str, (&str, Position)> = HashMap::new();
    for (variant, users) in lists {
        for user in users {
            let first = *seen.entry(user.as_str()).or_insert((variant.as_str(), user.position));
            if first.0 != variant.as_str() {
                let message = format!(
                    "user `{}` of flag `{}` is listed for `{}` and for `{}`",
                    user.value, layer.flag.key.value, first.0, variant.value
                );
                let diagnostic = Diagnostic::new(Code::DuplicateKey, user.position, message);
                found.push(diagnostic.help("remove one of them").related(first.1, "the first is here"));
            }
        }
    }
}

/// The shares of a rule's split sum to 100.
fn split(what: &RuleName<'_>, shares: &[(Spanned<String>, Spanned<Percent>)], found: &DiagnosticSink) {
    let weights = shares.iter().map(|(_, percent)| percent.value);
    if let (Some(sum), Some((first, _))) = (wrong_sum(weights), shares.first()) {
        let message = format!("the shares of {what} sum to {sum}, not to 100");
        found.push(Diagnostic::new(Code::WeightsSum, first.position, message).help(adjust(&sum)));
    }
}

/// Either every variant has a weight and they sum to 100, or none has.
pub(super) fn weights(view: &View<'_>, patches: &[&Patch], found: &DiagnosticSink) {
    let flag = view.flag;
    // An environment that leaves the weights alone says nothing new.
    let changed = patches.iter().flat_map(|patch| &patch.variants).filter(|v| v.weight.is_some());
    let changed: HashMap<&str, &Variant> = changed.map(|variant| (variant.name.as_str(), variant)).collect();
    if view.environment.is_some() && changed.is_empty() {
        return;
    }
    let weight = |variant: &Variant| {
        let changed = changed.get(variant.name.as_str()).and_then(|other| other.weight);
        changed.map(|weight| (weight, true)).or(variant.weight.map(|weight| (weight, false)))
    };
    let weights: Vec<(Spanned<Percent>, bool)> = flag.variants.iter().filter_map(weight).collect();
    // Where they were touched last: what is to be corrected.
    let Some((first, _)) = weights.iter().find(|(_, changed)| *changed).or(weights.first()) else { return };
    let here = view.environment.map_or_else(String::new, |environment| format!(" in `{environment}`"));
    if weights.len() < flag.variants.len() {
        for variant in flag.variants.iter().filter(|variant| weight(variant).is_none()) {
            let message =
                format!("variant `{}` has no weight{here}, but others have one", variant.name.value);
            let help = "give every variant a `weight`, or none for equal shares";
            let diagnostic = Diagnostic::new(Code::MissingWeight, variant.name.position, message).help(help);
            found.push(diagnostic.related(first.position, "this one has a weight"));
        }
    } else if let Some(sum) = wrong_sum(weights.iter().map(|(weight, _)| weight.value)) {
        let message = format!("the weights of flag `{}` sum to {sum}{here}, not to 100", flag.key.value);
        found.push(Diagnostic::new(Code::WeightsSum, first.position, message).help(adjust(&sum)));
    }
}

/// A sum of percentages, as a percentage that may be above 100.
struct Sum(u64);

impl std::fmt::Display for Sum {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0 / 1000)?;
        match self.0 % 1000 {
            0 => Ok(()),
            rest => write!(f, ".{}", format!("{rest:03}").trim_end_matches('0')),
        }
    }
}

/// Their sum, when it is not 100.
fn wrong_sum(weights: impl Iterator<Item = Percent>) -> Option<Sum> {
    let sum: u64 = weights.map(|weight| u64::from(weight.thousandths())).sum();
    (sum != u64::from(Percent::HUNDRED.thousandths())).then_some(Sum(sum))
}

fn adjust(sum: &Sum) -> String {
    let hundred = u64::from(Percent::HUNDRED.thousandths());
    if sum.0 > hundred {
        format!("take {} away", Sum(sum.0 - hundred))
    } else {
        format!("add {}", Sum(hundred - sum.0))
    }
}

/// A variant of weight 0 is served by something else.
pub(super) fn never_served(flag: &Flag, layers: &[Layer<'_>], found: &DiagnosticSink) {
    let idle = |weight: &Spanned<Percent>| weight.value == Percent::ZERO;
    if !flag.variants.iter().any(|variant| variant.weight.as_ref().is_some_and(idle)) {
        return;
    }
    let mut served: HashSet<&str> = HashSet::new();
    served.extend(flag.experiment.iter().map(|experiment| experiment.control.as_str()));
    for layer in layers {
        collect_served(flag, layer, &mut served);
    }
    for variant in flag.variants.iter().filter(|variant| !served.contains(variant.name.as_str())) {
        if let Some(weight) = variant.weight.as_ref().filter(|weight| idle(weight)) {
            let message = format!(
                "variant `{}` of flag `{}` is never served: its weight is 0",
                variant.name.value, flag.key.value
            );
            let help = "give it a weight, serve it in a rule, or remove it";
            found.push(Diagnostic::new(Code::NeverServed, weight.position, message).help(help));
        }
    }
}

/// The variants that a layer serves to somebody.
fn collect_served<'a>(flag: &'a Flag, layer: &Layer<'a>, served: &mut HashSet<&'a str>) {
    match layer.off.map(|off| &off.value) {
        Some(Value::String(name)) => {
            served.insert(name);
        }
        _ if layer.environment.is_none() => served.extend(flag.variants.first().map(|v| v.name.as_str())),
        _ => {}
    }
    if let Some(Users::Variants(lists)) = layer.users {
        served.extend(lists.iter().map(|(name, _)| name.as_str()));
    }
    for rule in layer.rules {
        if rule
            .rollout
            .as_ref()
            .is_some_and(|r| matches!(&r.amount, Amount::Fixed(p) if p.value == Percent::ZERO))
        {
            continue;
        }
        match rule.serve.as_ref().map(|serve| &serve.value) {
            Some(Serve::Value(Value::String(name))) => {
                served.insert(name);
            }
            Some(Serve::Split(shares)) => {
                let shares = shares.iter().filter(|(_, share)| share.value > Percent::ZERO);
                served.extend(shares.map(|(name, _)| name.as_str()));
            }
            _ => {}
        }
    }
    let weighted = layer.variants.iter().filter(|v| v.weight.is_some_and(|w| w.value > Percent::ZERO));
    served.extend(weighted.map(|variant| variant.name.as_str()));
}
