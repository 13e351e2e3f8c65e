//! States: what they need, and what has no effect in them.

use super::scope::{DiagnosticSink, View};
use crate::{Amount, Code, Diagnostic, Document, FlagState, Percent, Position, Rollout, Rule, Serve};
use std::collections::{HashMap, HashSet};

/// A `gradual` flag has a rollout, its own or the default one.
pub(super) fn missing_rollout(document: &Document, view: &View<'_>, found: &DiagnosticSink) {
    if view.state.value != FlagState::Gradual || view.rollout.is_some() {
        return;
    }
    let overlay =
        document.overlays.iter().find(|overlay| view.environment == Some(overlay.environment.as_str()));
    let settings = overlay.map(|overlay| &overlay.settings).into_iter().chain([&document.settings]);
    if settings.into_iter().any(|settings| settings.default_rollout.is_some()) {
        return;
    }
    let message = format!("flag `{}` is gradual, but has no rollout", view.flag.key.value);
    let help = "add a `rollout`, such as `rollout: 10`";
    found.push(Diagnostic::new(Code::MissingRollout, view.state.position, message).help(help));
}

/// A rollout has an effect in some environment: while the state is `gradual`, or by what it says of buckets. A
/// flag that is off keeps it for later.
pub(super) fn rollout_without_effect<'v, 'a: 'v>(
    views: impl Iterator<Item = &'v View<'a>>,
    found: &DiagnosticSink,
) {
    let mut used: HashSet<Position> = HashSet::new();
    let mut idle: HashMap<Position, &View<'a>> = HashMap::new();
    for view in views {
        let Some(rollout) = view.rollout else { continue };
        match view.state.value {
            FlagState::Gradual | FlagState::Off => {
                used.insert(rollout.position);
            }
            FlagState::On | FlagState::Targeted | FlagState::Segment(_) => {
                if decides_buckets(view, rollout) && is_everybody(rollout) {
                    used.insert(rollout.position);
                } else {
                    idle.entry(rollout.position).or_insert(view);
                }
            }
        }
    }
    for (position, view) in idle.into_iter().filter(|(position, _)| !used.contains(position)) {
        let state = view.state.as_str();
        let key = &view.flag.key.value;
        if view.rollout.is_some_and(|rollout| decides_buckets(view, rollout)) {
            let message = format!(
                "the percentage of flag `{key}` has no effect while the state is `{state}`; its buckets decide the split"
            );
            found.push(
                Diagnostic::new(Code::NoEffect, position, message)
                    .help("write `percentage: 100`, and leave `by` and `salt`: without them others get the variants")
                    .related(view.state.position, "the state is here"),
            );
            continue;
        }
        let message = format!("the rollout of flag `{key}` has no effect while the state is `{state}`");
        let help = match &view.state.value {
            FlagState::Segment(name) => {
                format!("write a rule with `when: {{ segment: {name} }}` and this rollout")
            }
            _ => "write `state: gradual`, or remove the rollout".to_owned(),
        };
        found.push(
            Diagnostic::new(Code::NoEffect, position, message)
                .help(help)
                .related(view.state.position, "the state is here"),
        );
    }
}

/// Whether what a rollout says of buckets decides something beside its percentage: which variant who is served gets,
/// or, by a salt, who is in the rules' percentages.
fn decides_buckets(view: &View<'_>, rollout: &Rollout) -> bool {
    let splits = view.flag.variants.len() > 1 && (rollout.by.is_some() || rollout.salt.is_some());
    let salted = |rule: &Rule| {
        let split = matches!(rule.serve.as_ref().map(|serve| &serve.value), Some(Serve::Split(_)));
        match &rule.rollout {
            Some(rollout) => rollout.salt.is_none(),
            None => split,
        }
    };
    splits || rollout.salt.is_some() && view.rules.iter().any(salted)
}

fn is_everybody(rollout: &Rollout) -> bool {
    matches!(&rollout.amount, Amount::Fixed(percent) if percent.value == Percent::HUNDRED)
}
