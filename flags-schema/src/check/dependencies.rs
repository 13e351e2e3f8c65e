//! Dependencies: flags on flags, segments on segments.

use super::cycles::{Edge, cycles};
use super::scope::{self, DiagnosticSink, Layer, Scope, View};
use super::variants;
use crate::{Code, Condition, Diagnostic, Flag, Overlay, Patch, Requirement, Segment, Spanned};
use std::collections::{BTreeMap, HashMap};

/// Flags that are required or excluded exist, with the variants asked of them.
pub(super) fn known(scope: &Scope<'_>, requirements: &[Requirement], found: &DiagnosticSink) {
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
pub(super) fn contradiction(view: &View<'_>, found: &DiagnosticSink) {
    let key = &view.flag.key.value;
    // By flag, the requirement of a variant rather than that of any.
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
        if other.variant.is_none() {
            *other = requirement;
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
pub(super) fn never_met(scope: &Scope<'_>, layer: &Layer<'_>, found: &DiagnosticSink) {
    let by = &layer.flag.key.value;
    for requirement in layer.requires {
        if scope.is_off_everywhere(&requirement.flag) {
            let name = &requirement.flag.value;
            let message = format!("flag `{by}` requires `{name}`, which is off in every environment");
            let help = format!("switch `{name}` on somewhere, or remove the requirement");
            found.push(Diagnostic::new(Code::NeverMet, requirement.flag.position, message).help(help));
        }
    }
}

/// No flag depends on itself, through whatever other flags, in whatever environment.
pub(super) fn flag_cycles(scope: &Scope<'_>, found: &DiagnosticSink) {
    let asks = |flag: &Flag| !flag.answer.requires.is_empty() || !flag.answer.excludes.is_empty();
    if scope.patches.is_empty() && !scope.document.flags.iter().any(asks) {
        return;
    }
    let index: HashMap<&str, usize> =
        scope.document.flags.iter().enumerate().map(|(i, flag)| (flag.key.as_str(), i)).collect();
    let mut edges: Vec<Vec<Edge<'_>>> = scope
        .document
        .flags
        .iter()
        .map(|flag| flag_edges(&flag.answer.requires, &flag.answer.excludes, &index))
        .collect();
    report(&edges, FLAGS, found);

    // Where all environments together have no cycle, none has one: mostly there is no more to do.
    let mut together = edges.clone();
    for (from, flag) in together.iter_mut().zip(&scope.document.flags) {
        for (_, patch) in scope.patches.get(flag.key.as_str()).into_iter().flatten() {
            from.extend(patch_edges(patch, &index));
        }
    }
    if cycles(&together).is_empty() {
        return;
    }
    let mut changed: BTreeMap<&str, Vec<(usize, View<'_>)>> = BTreeMap::new();
    for (at, flag) in scope.document.flags.iter().enumerate() {
        for (view, patches) in scope::views(scope, flag) {
            let changes = patches.iter().any(|patch| patch.requires.is_some() || patch.excludes.is_some());
            if let Some(environment) = view.environment.filter(|_| changes) {
                changed.entry(environment).or_default().push((at, view));
            }
        }
    }
    for views in changed.into_values() {
        let mut base = Vec::with_capacity(views.len());
        for (at, view) in views {
            if let Some(slot) = edges.get_mut(at) {
                let seen = flag_edges(view.requires, view.excludes, &index);
                base.push((at, std::mem::replace(slot, seen)));
            }
        }
        report(&edges, FLAGS, found);
        restore(&mut edges, base);
    }
}

fn restore<'a>(edges: &mut [Vec<Edge<'a>>], base: Vec<(usize, Vec<Edge<'a>>)>) {
    // The last first: a thing changed twice gets back what it had before both.
    for (at, before) in base.into_iter().rev() {
        if let Some(slot) = edges.get_mut(at) {
            *slot = before;
        }
    }
}

fn patch_edges<'a>(patch: &'a Patch, index: &HashMap<&str, usize>) -> Vec<Edge<'a>> {
    let list =
        |list: &'a Option<Spanned<Vec<Requirement>>>| list.as_ref().map_or(&[][..], |list| list.as_slice());
    flag_edges(list(&patch.requires), list(&patch.excludes), index)
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
pub(super) fn segment_cycles(scope: &Scope<'_>, found: &DiagnosticSink) {
    let segments = &scope.document.segments;
    let index: HashMap<&str, usize> =
        segments.iter().enumerate().map(|(i, segment)| (segment.name.as_str(), i)).collect();
    let mut edges: Vec<Vec<Edge<'_>>> =
        segments.iter().map(|segment| segment_edges(segment, &index)).collect();
    report(&edges, SEGMENTS, found);
    for Overlay { segments, .. } in &scope.document.overlays {
        let mut base = Vec::new();
        for segment in segments {
            let slot = index.get(segment.name.as_str()).and_then(|at| Some((*at, edges.get_mut(*at)?)));
            if let Some((at, slot)) = slot {
                base.push((at, std::mem::replace(slot, segment_edges(segment, &index))));
            }
        }
        if !base.is_empty() {
            report(&edges, SEGMENTS, found);
        }
        restore(&mut edges, base);
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

/// What to call the members of a cycle, and how to break it.
#[derive(Clone, Copy)]
struct CycleWording {
    members: &'static str,
    help: &'static str,
}

const FLAGS: CycleWording = CycleWording { members: "flags", help: "remove one of the requirements" };
const SEGMENTS: CycleWording = CycleWording { members: "segments", help: "remove one of the references" };

/// Each cycle, written from the first of its members on: `a -> b -> a`.
fn report(edges: &[Vec<Edge<'_>>], wording: CycleWording, found: &DiagnosticSink) {
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
        let each_other = if cycle.len() == 1 { "themselves" } else { "each other" };
        let message = format!("{} depend on {each_other}: {text}", wording.members);
        let mut diagnostic = Diagnostic::new(Code::Cycle, first.position, message).help(wording.help);
        for (edge, next) in cycle.iter().zip(cycle.iter().skip(1)).take(MOST) {
            diagnostic =
                diagnostic.related(next.position, format!("`{}` names `{}` here", edge.name, next.name));
        }
        found.push(diagnostic);
    }
}
