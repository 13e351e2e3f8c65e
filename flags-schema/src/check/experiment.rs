//! Experiments: what they name exists.

use super::rules::window;
use super::scope::{DiagnosticSink, Scope};
use super::variants::known;
use crate::{Code, Diagnostic, Experiment, Flag, Spanned};
use std::collections::HashSet;

/// The variants, events and metrics that the flag's experiment names exist, and it ends after it starts.
pub(super) fn experiment(scope: &Scope<'_>, flag: &Flag, found: &DiagnosticSink) {
    let Some(experiment) = &flag.experiment else { return };
    known(scope, flag, &experiment.control, found);
    events(scope, flag, experiment, found);
    primary(scope, flag, experiment, found);
    if let (Some(effect), []) = (&experiment.minimum_effect, experiment.metrics.as_slice()) {
        let message =
            format!("`minimum_effect` of flag `{}` has no effect: nothing is measured", flag.key.value);
        let help = "add `metrics`, or remove it";
        found.push(Diagnostic::new(Code::NoEffect, effect.position, message).help(help));
    }
    window(&"the experiment", experiment.starts.as_ref(), experiment.ends.as_ref(), found);
}

/// Metrics measure events that are tracked.
fn events(scope: &Scope<'_>, flag: &Flag, experiment: &Experiment, found: &DiagnosticSink) {
    let declared: HashSet<&str> = experiment.events.iter().map(|event| event.as_str()).collect();
    for metric in &experiment.metrics {
        if !declared.contains(metric.event.as_str()) {
            let message =
                format!("the experiment of flag `{}` has no event `{}`", flag.key.value, metric.event.value);
            let help = "add it to `events`";
            unknown(scope, Code::UnknownEvent, &metric.event, &message, help, &experiment.events, found);
        }
    }
}

/// The metric that decides is one.
fn primary(scope: &Scope<'_>, flag: &Flag, experiment: &Experiment, found: &DiagnosticSink) {
    let Some(primary) = &experiment.primary else { return };
    if experiment.metrics.iter().any(|metric| metric.name.value == primary.value)
        || scope.damage.is_at(flag.key.position)
    {
        return;
    }
    let message = format!("the experiment of flag `{}` has no metric `{}`", flag.key.value, primary.value);
    let names: Vec<_> = experiment.metrics.iter().map(|metric| metric.name.clone()).collect();
    let help = "declare it under `metrics` of the experiment";
    unknown(scope, Code::UnknownMetric, primary, &message, help, &names, found);
}

fn unknown(
    scope: &Scope<'_>,
    code: Code,
    name: &Spanned<String>,
    message: &str,
    help: &str,
    known: &[Spanned<String>],
    found: &DiagnosticSink,
) {
    let diagnostic = Diagnostic::new(code, name.position, message).help(help);
    found.push(scope.nearest(diagnostic, name, known.iter().map(|name| name.as_str())));
}
