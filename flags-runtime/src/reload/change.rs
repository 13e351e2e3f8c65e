//! Which flags a reload changed.

use crate::ruleset::Ruleset;
use flags_schema::{Condition, Document, Flag, FlagState};
use std::collections::{HashMap, HashSet};

/// Keys of the flags whose definitions are not what they were, or refer to segments that are not.
/// Added flags count; positions do not.
pub(crate) fn changed(old: &Ruleset, new: &Ruleset) -> Vec<String> {
    let segments = changed_segments(old.document(), new.document());
    let before: HashMap<&str, (&Flag, u32)> =
        flags(old).map(|(flag, i)| (flag.key.as_str(), (flag, i))).collect();
    let percent = |ruleset: &Ruleset| {
        ruleset.document().and_then(|document| document.settings.default_rollout.as_ref().map(|p| p.value))
    };
    let defaults_differ = percent(old) != percent(new);
    flags(new)
        .filter(|(flag, index)| match before.get(flag.key.as_str()) {
            None => true,
            // One that keeps its answer keeps the segments and settings of its own document too.
            Some((then, _)) if !new.is_in_force(*index) => then != flag || switched(old, new, *index),
            Some((then, _)) => {
                then != flag
                    || switched(old, new, *index)
                    || refers(flag, &segments)
                    || (defaults_differ
                        && *flag.answer.state == FlagState::Gradual
                        && flag.answer.rollout.is_none())
            }
        })
        .map(|(flag, _)| flag.key.value.clone())
        .collect()
}

/// Whether it is switched off by a document whose other answers cannot be given, and was not before, or the
/// other way round. Only flags of the contract are, whose indices stay.
fn switched(old: &Ruleset, new: &Ruleset, flag: u32) -> bool {
    old.off_by.contains_key(&flag) != new.off_by.contains_key(&flag)
}

fn flags(ruleset: &Ruleset) -> impl Iterator<Item = (&Flag, u32)> {
    let indices = 0..u32::try_from(ruleset.flags.len()).unwrap_or(u32::MAX);
    indices.filter_map(|i| Some((ruleset.written(i)?, i)))
}

/// Names of the segments that changed, and of those that refer to them.
fn changed_segments<'a>(old: Option<&'a Document>, new: Option<&'a Document>) -> HashSet<&'a str> {
    let of = |document: Option<&'a Document>| document.map(|d| d.segments.as_slice()).unwrap_or_default();
    let before: HashMap<&str, _> = of(old).iter().map(|segment| (segment.name.as_str(), segment)).collect();
    let mut changed: HashSet<&str> = of(new)
        .iter()
        .filter(|segment| before.get(segment.name.as_str()) != Some(segment))
        .map(|segment| segment.name.as_str())
        .collect();
    // Through other segments; the depth of references is bounded when they are resolved.
    loop {
        let known = changed.len();
        for segment in of(new) {
            if segment.when.as_ref().is_some_and(|when| mentions(when, &changed)) {
                changed.insert(&segment.name);
            }
        }
        if changed.len() == known {
            return changed;
        }
    }
}

fn refers(flag: &Flag, segments: &HashSet<&str>) -> bool {
    if segments.is_empty() {
        return false;
    }
    let by_state =
        matches!(&*flag.answer.state, FlagState::Segment(name) if segments.contains(name.as_str()));
    by_state
        || flag.answer.rules.iter().filter_map(|rule| rule.when.as_ref()).any(|when| mentions(when, segments))
}

fn mentions(condition: &Condition, segments: &HashSet<&str>) -> bool {
    match condition {
        Condition::All(members) | Condition::Any(members) => members.iter().any(|m| mentions(m, segments)),
        Condition::Not(member) => mentions(member, segments),
        Condition::Segment(name) => segments.contains(name.as_str()),
        Condition::Compare(_) => false,
    }
}
