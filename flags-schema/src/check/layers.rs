//! Layers: the flags of one take ranges that do not overlap.

use super::rollouts;
use super::scope::{DiagnosticSink, Scope};
use crate::{Code, Diagnostic, Flag, LayerRange};
use std::collections::HashMap;

/// Layers go by an attribute that exists, has one value, and that every context has.
pub(super) fn layers(scope: &Scope<'_>, found: &DiagnosticSink) {
    for layer in &scope.document.layers {
        if let Some(by) = &layer.by {
            rollouts::by(scope, by, false, "gets a flag of the layer", found);
        }
    }
    overlaps(scope, found);
}

/// A flag's layer exists, and its range holds somebody.
pub(super) fn range(scope: &Scope<'_>, flag: &Flag, found: &DiagnosticSink) {
    let Some(range) = &flag.layer else { return };
    let names = || scope.document.layers.iter().map(|layer| layer.name.as_str());
    if !names().any(|name| *range.name.value == *name) {
        let message = format!("no layer `{}`", range.name.value);
        let diagnostic = Diagnostic::new(Code::UnknownLayer, range.name.position, message)
            .help("declare it under `layers`");
        let known: Vec<&str> = names().collect();
        found.push(scope.nearest(diagnostic, &range.name, known.into_iter()));
    }
    if range.from.value >= range.to.value {
        let message =
            format!("the range of flag `{}` holds nobody: it ends before it begins", flag.key.value);
        let diagnostic = Diagnostic::new(Code::LayerRange, range.to.position, message);
        found.push(
            diagnostic.help("make `to` greater than `from`").related(range.from.position, "it begins here"),
        );
    }
}

/// No two flags of a layer take the same part of it.
fn overlaps(scope: &Scope<'_>, found: &DiagnosticSink) {
    let mut by_layer: HashMap<&str, Vec<(&Flag, &LayerRange)>> = HashMap::new();
    for flag in &scope.document.flags {
        if let Some(range) = flag.layer.as_ref().filter(|range| range.from.value < range.to.value) {
            by_layer.entry(&range.name).or_default().push((flag, range));
        }
    }
    for (layer, mut ranges) in by_layer {
        ranges.sort_by_key(|(_, range)| (range.from.value, range.to.value, range.name.position));
        let mut farthest: Option<(&Flag, &LayerRange)> = None;
        for (flag, range) in ranges {
            match farthest {
                Some((first, taken)) if range.from.value < taken.to.value => {
                    let both = range.to.value.min(taken.to.value);
                    let message = format!(
                        "flags `{}` and `{}` both take {} to {} of layer `{layer}`",
                        first.key.value, flag.key.value, range.from.value, both
                    );
                    let diagnostic = Diagnostic::new(Code::LayerRange, range.from.position, message)
                        .help(format!(
                            "begin at {}, or end the other one at {}",
                            taken.to.value, range.from.value
                        ))
                        .related(taken.from.position, format!("the range of `{}` is here", first.key.value));
                    found.push(diagnostic);
                }
                _ => {}
            }
            if farthest.is_none_or(|(_, taken)| taken.to.value < range.to.value) {
                farthest = Some((flag, range));
            }
        }
    }
}
