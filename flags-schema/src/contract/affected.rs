//! Which flags a change of some attributes concerns: those that use one, by themselves or through segments.

use crate::{Condition, Diagnostic, Document, Flag, FlagState, Patch, Rollout, Rule, Spanned};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The changed attributes, and which of them each segment uses.
pub(super) struct Affected<'a> {
    attributes: &'a BTreeMap<&'a str, Diagnostic>,
    segments: HashMap<&'a str, BTreeSet<&'a str>>,
}

impl<'a> Affected<'a> {
    pub(super) fn new(document: &'a Document, attributes: &'a BTreeMap<&'a str, Diagnostic>) -> Self {
        let mut affected = Self { attributes, segments: HashMap::new() };
        if attributes.is_empty() {
            return affected;
        }
        let overlaid = document.overlays.iter().flat_map(|overlay| &overlay.segments);
        // What uses each segment, and the attributes that are still to be passed on to it.
        let mut askers: HashMap<&str, Vec<&str>> = HashMap::new();
        let mut waiting = Vec::new();
        for segment in document.segments.iter().chain(overlaid) {
            let name = segment.name.as_str();
            if let Some(when) = &segment.when {
                let (mut used, mut asked) = (BTreeSet::new(), Vec::new());
                affected.condition(when, &mut used);
                segments(when, &mut asked);
                for asked in asked {
                    askers.entry(asked).or_default().push(name);
                }
                waiting.extend(used.into_iter().map(|attribute| (name, attribute)));
            }
        }
        while let Some((name, attribute)) = waiting.pop() {
            if affected.segments.entry(name).or_default().insert(attribute) {
                waiting.extend(askers.get(name).into_iter().flatten().map(|asker| (*asker, attribute)));
            }
        }
        affected
    }

    /// Why the flag is concerned: once for each changed attribute that it uses in some environment.
    pub(super) fn uses(&self, flag: &'a Flag, patches: &[(&str, &'a Patch)]) -> Vec<&'a Diagnostic> {
        let mut used = BTreeSet::new();
        if self.attributes.is_empty() {
            return Vec::new();
        }
        let answer = &flag.answer;
        self.parts(Some(&answer.state), answer.rollout.as_ref(), &answer.rules, &mut used);
        for (_, patch) in patches {
            let rules = patch.rules.as_ref().map_or(&[][..], |rules| rules.value.as_slice());
            self.parts(patch.state.as_ref(), patch.rollout.as_ref(), rules, &mut used);
        }
        used.into_iter().filter_map(|name| self.attributes.get(name)).collect()
    }

    fn parts(
        &self,
        state: Option<&'a Spanned<FlagState>>,
        rollout: Option<&'a Spanned<Rollout>>,
        rules: &'a [Rule],
        used: &mut BTreeSet<&'a str>,
    ) {
        if let Some(FlagState::Segment(segment)) = state.map(|state| &state.value) {
            used.extend(self.segments.get(segment.as_str()).into_iter().flatten());
        }
        let rollouts = rollout.into_iter().chain(rules.iter().filter_map(|rule| rule.rollout.as_ref()));
        for by in rollouts.filter_map(|rollout| rollout.by.as_ref()) {
            self.attribute(by, used);
        }
        rules.iter().filter_map(|rule| rule.when.as_ref()).for_each(|when| self.condition(when, used));
    }

    /// Conditions nest no deeper than their document.
    fn condition(&self, condition: &'a Condition, used: &mut BTreeSet<&'a str>) {
        match condition {
            Condition::All(members) | Condition::Any(members) => {
                for member in members {
                    self.condition(member, used);
                }
            }
            Condition::Not(member) => self.condition(member, used),
            Condition::Segment(name) => used.extend(self.segments.get(name.as_str()).into_iter().flatten()),
            // As with `requires`: what the other flag uses is its own concern.
            Condition::Flag(_) => {}
            Condition::Compare(comparison) => self.attribute(&comparison.attribute, used),
        }
    }

    fn attribute(&self, name: &'a str, used: &mut BTreeSet<&'a str>) {
        if self.attributes.contains_key(name) {
            used.insert(name);
        }
    }
}

/// The segments that a condition asks for.
fn segments<'a>(condition: &'a Condition, asked: &mut Vec<&'a str>) {
    match condition {
        Condition::All(members) | Condition::Any(members) => {
            for member in members {
                segments(member, asked);
            }
        }
        Condition::Not(member) => segments(member, asked),
        Condition::Segment(name) => asked.push(name),
        Condition::Flag(_) | Condition::Compare(_) => {}
    }
}
