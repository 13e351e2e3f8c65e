//! States: what they need, and what has no effect in them.

use super::scope::{DiagnosticSink, View};
use crate::{Code, Diagnostic, Document, FlagState, Position};
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

/// A rollout has an effect in some environment: while the state is `gradual`. A flag that is off keeps
/// it for later.
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
                idle.entry(rollout.position).or_insert(view);
            }
        }
    }
    for (position, view) in idle.into_iter().filter(|(position, _)| !used.contains(position)) {
        let message = format!(
            "the rollout of flag `{}` has no effect while the state is `{}`",
            view.flag.key.value,
            view.state.as_str()
        );
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
