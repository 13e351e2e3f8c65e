//! Dependencies: flags on flags, segments on segments.

use super::cycles::{Edge, cycles};
use super::scope::{Found, Part, Scope, View};
use super::variants;
use crate::{Code, Condition, Diagnostic, Overlay, Requirement, Segment, State};
use std::collections::HashMap;

/// Flags that are required or excluded exist, with the variants asked of them.
pub(super) fn known(scope: &Scope<'_>, requirements: &[Requirement], found: &Found) {
    for Requirement { flag: name, variant } in requirements {
        let Some(flag) = scope.flags.get(name.as_str()) else {
            let message = format!("no flag `{}`", name.value);
            let diagnostic =
                Diagnostic::new(Code::UnknownFlag, name.position, message).help("declare it under `flags`");
            let known = scope.document.flags.iter().map(|flag| flag.key.as_str());
            found.push(scope.nearest(diagnostic, name, known));
            continue;
        };
        if let Some(variant) = variant {
            variants::known(scope, flag, variant, found);
        }
    }
}

/// A flag neither requires what it excludes, nor two variants of one flag.
pub(super) fn contradiction(view: &View<'_>, found: &Found) {
    let key = &view.flag.key.value;
    let mut required: HashMap<&str, &Requirement> = HashMap::new();
    for requirement in view.requires {
        let other = required.entry(requirement.flag.as_str()).or_insert(requirement);
        if let (Some(first), Some(second)) = (&other.variant, &requirement.variant)
            && first != second
        {
            let message = format!(
                "flag `{key}` requires both `{}` and `{}` of `{}`",
                first.value, second.value, requirement.flag.value
            );
            found.push(
                Diagnostic::new(Code::Contradiction, second.position, message)
                    .help("require one of them")
                    .related(first.position, "the first is here"),
            );
        }
    }
    for exclusion in view.excludes {
        let Some(requirement) = required.get(exclusion.flag.as_str()) else { continue };
        // Excluding one variant leaves the others to be required.
        if exclusion.variant.is_none() || exclusion.variant == requirement.variant {
            let message = format!("flag `{key}` requires and excludes `{}`", exclusion.flag.value);
            found.push(
                Diagnostic::new(Code::Contradiction, exclusion.flag.position, message)
                    .help("remove one of them")
                    .related(requirement.flag.position, "it is required here"),
            );
        }
    }
}

/// A flag that is required is on in some environment.
pub(super) fn never_met(scope: &Scope<'_>, part: &Part<'_>, found: &Found) {
    let by = &part.flag.key.value;
    for requirement in part.requires {
        if scope.flags.contains_key(requirement.flag.as_str()) && is_off_everywhere(scope, &requirement.flag)
        {
            let name = &requirement.flag.value;
            let message = format!("flag `{by}` requires `{name}`, which is off in every environment");
            let help = format!("switch `{name}` on somewhere, or remove the requirement");
            found.push(Diagnostic::new(Code::NeverMet, requirement.flag.position, message).help(help));
        }
    }
}

fn is_off_everywhere(scope: &Scope<'_>, key: &str) -> bool {
    let Some(flag) = scope.flags.get(key) else { return false };
    let changes = scope.patches.get(key).into_iter().flatten().filter_map(|(_, patch)| patch.state.as_ref());
    std::iter::once(&flag.answer.state).chain(changes).all(|state| state.value == State::Off)
}

/// No flag depends on itself, through whatever other flags, in whatever environment.
pub(super) fn flag_cycles(scope: &Scope<'_>, found: &Found) {
    let index: HashMap<&str, usize> =
        scope.document.flags.iter().enumerate().map(|(i, flag)| (flag.key.as_str(), i)).collect();
    let mut edges: Vec<Vec<Edge<'_>>> = scope
        .document
        .flags
        .iter()
        .map(|flag| flag_edges(&flag.answer.requires, &flag.answer.excludes, &index))
        .collect();
    report(&edges, "flags depend on each other", "remove one of the requirements", found);

    // Environments only where they change dependencies.
    let mut changed: HashMap<&str, Vec<usize>> = HashMap::new();
    for (key, patches) in &scope.patches {
        for (environment, patch) in patches {
            if (patch.requires.is_some() || patch.excludes.is_some())
                && let Some(flag) = index.get(key)
            {
                changed.entry(environment).or_default().push(*flag);
            }
        }
    }
    let mut changed: Vec<_> = changed.into_iter().collect();
    changed.sort_unstable();
    for (environment, flags) in changed {
        let mut base = Vec::new();
        for flag in flags {
            let Some(declared) = scope.document.flags.get(flag) else { continue };
            let view = super::scope::views(scope, declared)
                .into_iter()
                .find_map(|(view, _)| (view.environment == Some(environment)).then_some(view));
            if let (Some(view), Some(slot)) = (view, edges.get_mut(flag)) {
                base.push((flag, std::mem::replace(slot, flag_edges(view.requires, view.excludes, &index))));
            }
        }
        report(&edges, "flags depend on each other", "remove one of the requirements", found);
        for (flag, before) in base {
            if let Some(slot) = edges.get_mut(flag) {
                *slot = before;
            }
        }
    }
}

fn flag_edges<'a>(
    requires: &'a [Requirement],
    excludes: &'a [Requirement],
    index: &HashMap<&str, usize>,
) -> Vec<Edge<'a>> {
    let all = requires.iter().chain(excludes);
    all.filter_map(|other| {
        let to = *index.get(other.flag.as_str())?;
        Some(Edge { to, name: &other.flag.value, position: other.flag.position })
    })
    .collect()
}

/// No segment is a member of itself, through whatever other segments, in whatever overlay.
pub(super) fn segment_cycles(scope: &Scope<'_>, found: &Found) {
    let segments = &scope.document.segments;
    let index: HashMap<&str, usize> =
        segments.iter().enumerate().map(|(i, segment)| (segment.name.as_str(), i)).collect();
    let mut edges: Vec<Vec<Edge<'_>>> =
        segments.iter().map(|segment| segment_edges(segment, &index)).collect();
    let message = "segments depend on each other";
    let help = "remove one of the references";
    report(&edges, message, help, found);
    for Overlay { segments, .. } in &scope.document.overlays {
        let mut base = Vec::new();
        for segment in segments {
            if let Some((at, slot)) =
                index.get(segment.name.as_str()).and_then(|i| Some((*i, edges.get_mut(*i)?)))
            {
                base.push((at, std::mem::replace(slot, segment_edges(segment, &index))));
            }
        }
        if !base.is_empty() {
            report(&edges, message, help, found);
        }
        for (at, before) in base.into_iter().rev() {
            if let Some(slot) = edges.get_mut(at) {
                *slot = before;
            }
        }
    }
}

fn segment_edges<'a>(segment: &'a Segment, index: &HashMap<&str, usize>) -> Vec<Edge<'a>> {
    let mut edges = Vec::new();
    let mut left: Vec<&Condition> = segment.when.iter().map(|when| &when.value).collect();
    while let Some(condition) = left.pop() {
        match condition {
            Condition::All(all) | Condition::Any(all) => left.extend(all.iter().rev()),
            Condition::Not(condition) => left.push(condition),
            Condition::Segment(name) => edges.extend(index.get(name.as_str()).map(|to| Edge {
                to: *to,
                name: &name.value,
                position: name.position,
            })),
            Condition::Compare(_) => {}
        }
    }
    edges
}

/// Each cycle, written from the first of its members on: `a -> b -> a`.
fn report(edges: &[Vec<Edge<'_>>], message: &str, help: &str, found: &Found) {
    const MOST: usize = 8;
    for cycle in cycles(edges) {
        let (Some(last), Some(first)) = (cycle.last(), cycle.first()) else { continue };
        let mut text = format!("`{}`", last.name);
        for (nth, edge) in cycle.iter().enumerate() {
            if nth < MOST || nth + 1 == cycle.len() {
                text.push_str(" -> `");
                text.push_str(edge.name);
                text.push('`');
            } else if nth == MOST {
                text.push_str(" -> …");
            }
        }
        let message = if cycle.len() == 1 {
            format!("{}: {text}", message.replace("depend on each other", "depend on themselves"))
        } else {
            format!("{message}: {text}")
        };
        let mut diagnostic = Diagnostic::new(Code::Cycle, first.position, message).help(help);
        for (edge, next) in cycle.iter().zip(cycle.iter().skip(1)).take(MOST) {
            diagnostic =
                diagnostic.related(next.position, format!("`{}` names `{}` here", edge.name, next.name));
        }
        found.push(diagnostic);
    }
}
