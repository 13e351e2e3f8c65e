//! Environments: which exist, and what overlays may change in them.

use super::scope::{DiagnosticSink, Scope};
use crate::{Code, Diagnostic, Environments, Flag, Spanned};

/// At most one environment is the default one.
pub(super) fn defaults(scope: &Scope<'_>, found: &DiagnosticSink) {
    let mut defaults = scope.document.environments.iter().filter(|environment| environment.default);
    let Some(first) = defaults.next() else { return };
    for other in defaults {
        let message =
            format!("both `{}` and `{}` are the default environment", first.name.value, other.name.value);
        found.push(
            Diagnostic::new(Code::SeveralDefaults, other.name.position, message)
                .help("leave `default: true` to one of them")
                .related(first.name.position, format!("`{}` is here", first.name.value)),
        );
    }
}

/// Environments that a flag names are declared.
pub(super) fn known(scope: &Scope<'_>, flag: &Flag, found: &DiagnosticSink) {
    let one = |name: &Spanned<String>| {
        if !scope.environments.contains_key(name.as_str()) {
            let message = format!("no environment `{}`", name.value);
            let diagnostic = Diagnostic::new(Code::UnknownEnvironment, name.position, message)
                .help("declare it under `environments`");
            let known = scope.document.environments.iter().map(|environment| environment.name.as_str());
            found.push(scope.nearest(diagnostic, name, known));
        }
    };
    match &flag.environments {
        Environments::All => {}
        Environments::Only(names) => names.iter().for_each(one),
        Environments::Each(each) => each.iter().for_each(|(name, _)| one(name)),
    }
}

/// Overlays change flags and segments that exist, and flags that are there in their environment.
pub(super) fn overlays(scope: &Scope<'_>, found: &DiagnosticSink) {
    for overlay in &scope.document.overlays {
        for (key, _) in &overlay.flags {
            if let Some(flag) = scope.flags.get(key.as_str()) {
                in_its_environment(flag, key, &overlay.environment, found);
            } else {
                let message = format!("no flag `{}` in the base file, and an overlay adds none", key.value);
                let diagnostic = Diagnostic::new(Code::UnknownFlag, key.position, message)
                    .help("declare it in the base file");
                let known = scope.document.flags.iter().map(|flag| flag.key.as_str());
                found.push(scope.nearest(diagnostic, key, known));
            }
        }
        for segment in &overlay.segments {
            let name = &segment.name;
            if !scope.segments.contains_key(name.as_str()) {
                let message =
                    format!("no segment `{}` in the base file, and an overlay adds none", name.value);
                let diagnostic = Diagnostic::new(Code::UnknownSegment, name.position, message)
                    .help("declare it in the base file");
                let known = scope.document.segments.iter().map(|segment| segment.name.as_str());
                found.push(scope.nearest(diagnostic, name, known));
            }
        }
    }
}

fn in_its_environment(flag: &Flag, key: &Spanned<String>, environment: &str, found: &DiagnosticSink) {
    if let Environments::Only(names) = &flag.environments
        && !names.iter().any(|name| name.value == environment)
    {
        let message =
            format!("flag `{}` is not there in `{environment}`, whatever this overlay says", key.value);
        found.push(
            Diagnostic::new(Code::NoEffect, key.position, message)
                .help(format!(
                    "add `{environment}` to the flag's `environments`, or remove it from the overlay"
                ))
                .related(flag.key.position, "the flag is declared here"),
        );
    }
}
