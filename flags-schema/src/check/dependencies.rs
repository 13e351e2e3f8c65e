//! Dependencies: flags and segments on flags and segments.

use super::cycles::{Edge, cycles};
use super::scope::{self, DiagnosticSink, Layer, Scope, View};
use super::variants;
use crate::{
    Code, Condition, Diagnostic, Document, Flag, FlagState, Overlay, Patch, Requirement, Rule, Segment,
    Spanned,
};
use std::collections::{BTreeMap, HashMap, HashSet};

/// Flags that are named exist, with the variants asked of them.
pub(super) fn known(scope: &Scope<'_>, requirements: &[Requirement], found: &DiagnosticSink) {
    for Requirement { flag: name, variants } in requirements {
        let Some(flag) = scope.flags.get(name.as_str()) else {
            let message = format!("no flag `{}`", name.value);
            let diagnostic =
                Diagnostic::new(Code::UnknownFlag, name.position, message).help("declare it under `flags`");
            let known = scope.document.flags.iter().map(|flag| flag.key.as_str());
            found.push(scope.nearest(diagnostic, name, known));
            continue;
        };
        for variant in variants {
            variants::known(scope, flag, variant, found);
        }
    }
}

/// A flag neither requires what it excludes, nor two variants of one flag.
pub(super) fn contradiction(view: &View<'_>, found: &DiagnosticSink) {
    let key = &view.flag.key.value;
    // By flag, the requirement of some variants rather than that of any.
    let mut required: HashMap<&str, &Requirement> = HashMap::new();
    for requirement in view.requires {
        let other = required.entry(requirement.flag.as_str()).or_insert(requirement);
        let names = |of: &Requirement| {
            of.variants.iter().map(|variant| variant.value.clone()).collect::<HashSet<_>>()
        };
        if let (Some(first), Some(second)) = (other.variants.first(), requirement.variants.first())
            && names(other).is_disjoint(&names(requirement))
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
        if other.variants.is_empty() {
            *other = requirement;
        }
    }
    for exclusion in view.excludes {
        let Some(requirement) = required.get(exclusion.flag.as_str()) else { continue };
        // Excluding some variants leaves the others to be required.
        let excluded =
            |variant: &Spanned<String>| exclusion.variants.iter().any(|other| other.value == variant.value);
        let all = !requirement.variants.is_empty() && requirement.variants.iter().all(excluded);
        if exclusion.variants.is_empty() || all {
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

/// What an environment changes of a node of the graph.
enum Changed<'a> {
    Flag(View<'a>),
    Segment(&'a Segment),
}

/// No flag and no segment depends on itself, through whatever other flags and segments, in whatever environment.
pub(super) fn no_cycles(scope: &Scope<'_>, found: &DiagnosticSink) {
    let document = scope.document;
    let asks = |flag: &Flag| !flag.answer.requires.is_empty() || !flag.answer.excludes.is_empty();
    let plain = scope.patches.is_empty() && document.overlays.is_empty() && document.segments.is_empty();
    // Without segments only flags that name flags can be in a circle.
    let names = |flag: &Flag| {
        flag.answer.conditions().any(|when| when.leaves().any(|leaf| matches!(leaf, Condition::Flag(_))))
    };
    if plain && !document.flags.iter().any(|flag| asks(flag) || names(flag)) {
        return;
    }
    let nodes = Nodes::new(scope);
    let segments = document.segments.iter().map(|segment| nodes.of_segment(segment));
    let flags = document.flags.iter().map(|flag| nodes.of_flag(&View::base(flag)));
    let mut edges: Vec<Vec<Edge<'_>>> = segments.chain(flags).collect();
    nodes.report(&edges, found);

    // Where all environments together have no cycle, none has one: mostly there is no more to do.
    let mut together = edges.clone();
    for Overlay { segments, .. } in &document.overlays {
        for segment in segments {
            if let Some(slot) = nodes.segment(&segment.name).and_then(|at| together.get_mut(at)) {
                slot.extend(nodes.of_segment(segment));
            }
        }
    }
    for flag in &document.flags {
        for (_, patch) in scope.patches.get(flag.key.as_str()).into_iter().flatten() {
            if let Some(slot) = nodes.flag(&flag.key).and_then(|at| together.get_mut(at)) {
                slot.extend(nodes.of_patch(patch));
            }
        }
    }
    if cycles(&together).is_empty() {
        return;
    }
    let mut changed: BTreeMap<&str, Vec<(usize, Changed<'_>)>> = BTreeMap::new();
    for flag in &document.flags {
        for (view, _) in scope::views(scope, flag) {
            if let (Some(environment), Some(at)) = (view.environment, nodes.flag(&flag.key)) {
                changed.entry(environment).or_default().push((at, Changed::Flag(view)));
            }
        }
    }
    for Overlay { environment, segments, .. } in &document.overlays {
        let known = segments.iter().filter_map(|it| Some((nodes.segment(&it.name)?, Changed::Segment(it))));
        changed.entry(environment).or_default().extend(known);
    }
    for changes in changed.into_values() {
        let mut base = Vec::with_capacity(changes.len());
        for (at, change) in changes {
            if let Some(slot) = edges.get_mut(at) {
                let seen = match change {
                    Changed::Flag(view) => nodes.of_flag(&view),
                    Changed::Segment(segment) => nodes.of_segment(segment),
                };
                base.push((at, std::mem::replace(slot, seen)));
            }
        }
        nodes.report(&edges, found);
        // The last first: a thing changed twice gets back what it had before both.
        for (at, before) in base.into_iter().rev() {
            if let Some(slot) = edges.get_mut(at) {
                *slot = before;
            }
        }
    }
}

/// The nodes of the graph: segments, followed by flags.
struct Nodes<'a> {
    segments: HashMap<&'a str, usize>,
    flags: HashMap<&'a str, usize>,
}

impl<'a> Nodes<'a> {
    fn new(scope: &Scope<'a>) -> Self {
        let Document { segments, flags, .. } = scope.document;
        let first = segments.len();
        Self {
            segments: segments.iter().enumerate().map(|(i, segment)| (segment.name.as_str(), i)).collect(),
            flags: flags.iter().enumerate().map(|(i, flag)| (flag.key.as_str(), first + i)).collect(),
        }
    }

    fn segment(&self, name: &str) -> Option<usize> {
        self.segments.get(name).copied()
    }

    fn flag(&self, key: &str) -> Option<usize> {
        self.flags.get(key).copied()
    }

    fn of_flag(&self, view: &View<'a>) -> Vec<Edge<'a>> {
        let mut edges = self.of_requirements(view.requires.iter().chain(view.excludes));
        edges.extend(self.of_state(view.state));
        self.of_rules(view.rules, &mut edges);
        edges
    }

    fn of_patch(&self, patch: &'a Patch) -> Vec<Edge<'a>> {
        let lists = patch.requires.iter().chain(&patch.excludes);
        let mut edges = self.of_requirements(lists.flat_map(|list| &list.value));
        edges.extend(patch.state.as_ref().and_then(|state| self.of_state(state)));
        self.of_rules(patch.rules.as_ref().map_or(&[], |rules| rules.as_slice()), &mut edges);
        edges
    }

    fn of_segment(&self, segment: &'a Segment) -> Vec<Edge<'a>> {
        let mut edges = Vec::new();
        segment.when.iter().for_each(|when| self.of_condition(when, &mut edges));
        edges
    }

    fn of_requirements(&self, all: impl Iterator<Item = &'a Requirement>) -> Vec<Edge<'a>> {
        all.filter_map(|requirement| edge(&self.flags, &requirement.flag)).collect()
    }

    fn of_state(&self, state: &'a Spanned<FlagState>) -> Option<Edge<'a>> {
        let FlagState::Segment(name) = &state.value else { return None };
        Some(Edge { to: self.segment(name)?, name, position: state.position })
    }

    fn of_rules(&self, rules: &'a [Rule], edges: &mut Vec<Edge<'a>>) {
        rules.iter().filter_map(|rule| rule.when.as_ref()).for_each(|when| self.of_condition(when, edges));
    }

    fn of_condition(&self, when: &'a Condition, edges: &mut Vec<Edge<'a>>) {
        edges.extend(when.leaves().filter_map(|leaf| match leaf {
            Condition::Segment(name) => edge(&self.segments, name),
            Condition::Flag(requirement) => edge(&self.flags, &requirement.flag),
            Condition::All(_) | Condition::Any(_) | Condition::Not(_) | Condition::Compare(_) => None,
        }));
    }

    /// Each cycle, written from the first of its members on: `a -> b -> a`.
    fn report(&self, edges: &[Vec<Edge<'_>>], found: &DiagnosticSink) {
        const MOST: usize = 8;
        for cycle in cycles(edges) {
            let (Some(last), Some(first)) = (cycle.last(), cycle.first()) else { continue };
            let is_segment = |edge: &Edge<'_>| edge.to < self.segments.len();
            let (members, help) = match (cycle.iter().all(is_segment), cycle.iter().any(is_segment)) {
                (true, _) => ("segments", "remove one of the references"),
                (false, true) => ("segments and flags", "remove one of the references"),
                (false, false) => ("flags", "remove one of the requirements"),
            };
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
            let message = format!("{members} depend on {each_other}: {text}");
            let mut diagnostic = Diagnostic::new(Code::Cycle, first.position, message).help(help);
            for (edge, next) in cycle.iter().zip(cycle.iter().skip(1)).take(MOST) {
                diagnostic =
                    diagnostic.related(next.position, format!("`{}` names `{}` here", edge.name, next.name));
            }
            found.push(diagnostic);
        }
    }
}

fn edge<'a>(index: &HashMap<&'a str, usize>, name: &'a Spanned<String>) -> Option<Edge<'a>> {
    Some(Edge { to: *index.get(name.as_str())?, name, position: name.position })
}
