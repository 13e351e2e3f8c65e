//! Which flags a reload changed.

use crate::ruleset::Ruleset;
use flags_schema::{Condition, Document, Flag, FlagState};
use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};

/// Keys of the flags whose definitions are not what they were, or refer to segments that are not.
/// Added flags count; positions do not.
pub(crate) fn changed(old: &Ruleset, new: &Ruleset) -> Vec<String> {
    let segments = changed_segments(old.document(), new.document());
    let layers = changed_layers(old.document(), new.document());
    let before = Before { ruleset: old, indices: OnceCell::new() };
    let percent = |ruleset: &Ruleset| {
        ruleset.document().and_then(|document| document.settings.default_rollout.as_ref().map(|p| p.value))
    };
    let defaults_differ = percent(old) != percent(new);
    let is_changed = |index: u32, key: &str| {
        let Some(then) = before.find(key, index) else { return true };
        if !new.says_the_same(index, (old, then)) || switched(old, new, index) {
            return true;
        }
        // One that keeps its answer keeps the segments and settings of its own document too.
        if !new.is_in_force(index) || segments.is_empty() && layers.is_empty() && !defaults_differ {
            return false;
        }
        new.view(index).is_some_and(|flag| {
            let defaulted = *flag.answer.state == FlagState::Gradual && flag.answer.rollout.is_none();
            let layered = flag.layer.as_ref().is_some_and(|range| layers.contains(range.name.as_str()));
            refers(&flag, &segments) || layered || defaults_differ && defaulted
        })
    };
    let flags = indices(new).filter_map(|index| Some((index, new.key(index)?)));
    flags.filter(|(index, key)| is_changed(*index, key)).map(|(_, key)| key.to_owned()).collect()
}

/// Where flags were before. Most are where they are now.
struct Before<'a> {
    ruleset: &'a Ruleset,
    /// Made when one is elsewhere.
    indices: OnceCell<HashMap<&'a str, u32>>,
}

impl Before<'_> {
    fn find(&self, key: &str, likely: u32) -> Option<u32> {
        if self.ruleset.key(likely) == Some(key) {
            return Some(likely);
        }
        let known = || indices(self.ruleset).filter_map(|index| Some((self.ruleset.key(index)?, index)));
        self.indices.get_or_init(|| known().collect()).get(key).copied()
    }
}

/// Whether it is switched off by a document whose other answers cannot be given, and was not before, or the
/// other way round. Only flags of the contract are, whose indices stay.
fn switched(old: &Ruleset, new: &Ruleset, flag: u32) -> bool {
    old.off_by.contains_key(&flag) != new.off_by.contains_key(&flag)
}

fn indices(ruleset: &Ruleset) -> std::ops::Range<u32> {
    0..u32::try_from(ruleset.flags.len()).unwrap_or(u32::MAX)
}

/// Names of the layers that changed.
fn changed_layers<'a>(old: Option<&'a Document>, new: Option<&'a Document>) -> HashSet<&'a str> {
    let of = |document: Option<&'a Document>| document.map(|d| d.layers.as_slice()).unwrap_or_default();
    differing(of(old), of(new), |layer| &layer.name)
}

/// Names of the segments that changed, and of those that refer to them.
fn changed_segments<'a>(old: Option<&'a Document>, new: Option<&'a Document>) -> HashSet<&'a str> {
    let of = |document: Option<&'a Document>| document.map(|d| d.segments.as_slice()).unwrap_or_default();
    let mut changed = differing(of(old), of(new), |segment| &segment.name);
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

/// Names of those that the old ones lack, or say otherwise.
fn differing<'a, T: PartialEq>(old: &'a [T], new: &'a [T], name: fn(&T) -> &str) -> HashSet<&'a str> {
    let before: HashMap<&str, &T> = old.iter().map(|it| (name(it), it)).collect();
    new.iter().filter(|it| before.get(name(it)) != Some(it)).map(name).collect()
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
        Condition::Flag(_) | Condition::Compare(_) => false,
    }
}
