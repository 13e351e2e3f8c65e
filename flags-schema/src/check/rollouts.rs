//! Rollouts: what they bucket by, and how ramps move.

use super::conditions::attribute_type;
use super::scope::{DiagnosticSink, Layer, Scope};
use crate::names::TARGETING_KEY;
use crate::{Amount, AttributeType, Code, Diagnostic, Pace, Percent, Rollout, Serve, Spanned, Value};

/// Rollouts bucket by an attribute that exists, has one value, and that every context has; their ramps move, and
/// forwards in time.
pub(super) fn rollouts(scope: &Scope<'_>, layer: &Layer<'_>, found: &DiagnosticSink) {
    let splits = layer.flag.variants.len() > 1;
    if let Some(rollout) = layer.rollout {
        self::rollout(scope, rollout, splits, found);
    }
    for rule in layer.rules {
        let splits = match rule.serve.as_ref().map(|serve| &serve.value) {
            None => splits,
            Some(Serve::Value(Value::String(word))) => {
                splits && word == "on" && !scope.has_variant(layer.flag, word)
            }
            Some(Serve::Value(_)) => false,
            Some(Serve::Split(shares)) => shares.len() > 1,
        };
        if let Some(rollout) = &rule.rollout {
            self::rollout(scope, rollout, splits, found);
        }
    }
}

/// `splits`: whether who is let in is split among variants, by what the rollout goes by.
pub(super) fn rollout(scope: &Scope<'_>, rollout: &Spanned<Rollout>, splits: bool, found: &DiagnosticSink) {
    if let Some(by) = &rollout.by {
        bucket(scope, by, &rollout.amount, splits, found);
    }
    ramp(rollout, found);
}

fn bucket(scope: &Scope<'_>, by: &Spanned<String>, amount: &Amount, splits: bool, found: &DiagnosticSink) {
    let everybody = matches!(amount, Amount::Fixed(percent) if percent.value == Percent::HUNDRED);
    let without = if everybody { "gets a variant" } else { "is let in" };
    self::by(scope, by, everybody && !splits, without, found);
}

/// An attribute that is bucketed exists, has one value, and every context has it unless that is `indifferent`: without it
/// nobody is or gets what `without` says.
pub(super) fn by(
    scope: &Scope<'_>,
    by: &Spanned<String>,
    indifferent: bool,
    without: &str,
    found: &DiagnosticSink,
) {
    let name = &by.value;
    let Ok(Some(kind)) = attribute_type(scope, by, found) else { return };
    if let AttributeType::List(_) = kind {
        let message = format!("a rollout needs one value to bucket, and attribute `{name}` is a list");
        let help = "name an attribute with one value";
        found.push(Diagnostic::new(Code::OperandType, by.position, message).help(help));
        return;
    }
    let declared = scope.attributes.as_ref().and_then(|all| all.get(name.as_str()));
    if let Some(attribute) = declared.filter(|a| !a.required && name != TARGETING_KEY && !indifferent) {
        let message = format!("contexts may lack attribute `{name}`, and without it nobody {without}");
        found.push(
            Diagnostic::new(Code::OptionalBucket, by.position, message)
                .help(format!("declare `{name}` with `required: true`"))
                .related(attribute.name.position, format!("`{name}` is declared here")),
        );
    }
}

fn ramp(rollout: &Rollout, found: &DiagnosticSink) {
    let Amount::Ramp(ramp) = &rollout.amount else { return };
    let error = |position, message: String, help: &str| {
        found.push(Diagnostic::new(Code::RampOrder, position, message).help(help));
    };
    if ramp.from.value == ramp.to.value {
        let message = format!("the ramp never moves: it goes from {0} to {0}", ramp.from.value);
        error(ramp.start.position, message, "give it another `to`, or write a plain percentage");
    }
    match &ramp.pace {
        Pace::Straight { end } if end.value <= ramp.start.value => {
            let diagnostic = Diagnostic::new(Code::RampOrder, end.position, "the ramp ends before it starts");
            let diagnostic = diagnostic.help("make `end` later than `start`");
            found.push(diagnostic.related(ramp.start.position, "it starts here"));
        }
        Pace::Steps { step, .. } if step.value == Percent::ZERO => {
            error(step.position, "the ramp never moves: its step is 0".into(), "give it a greater `step`");
        }
        Pace::Steps { every, .. } if every.value.0 == 0 => {
            let help = "give it a longer `every`, such as `1d`";
            error(
                every.position,
                "the ramp takes all its steps at once: there is no time between them".into(),
                help,
            );
        }
        Pace::Straight { .. } | Pace::Steps { .. } => {}
    }
}
