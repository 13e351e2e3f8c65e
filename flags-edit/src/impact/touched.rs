//! Which flags may answer otherwise: those that say something else, and those that ask for a flag or a segment that does.

use super::canonical;
use crate::describe;
use flags_schema::{Condition, Dependencies, Document, Flag, FlagState, Segment, Spanned};
use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap, HashSet};

/// One document as one environment sees it, its parts found by their names.
#[derive(Debug)]
pub(crate) struct View<'d> {
    pub(crate) document: &'d Document,
    pub(crate) environment: Option<&'d str>,
    pub(crate) flags: HashMap<&'d str, &'d Flag>,
    pub(crate) segments: HashMap<&'d str, &'d Segment>,
    /// Segments of which buckets have a say in who is a member: those with a rollout, those
    /// that ask for a flag, and those that ask for one of these.
    bucketed: HashSet<&'d str>,
    pub(crate) dependencies: Dependencies<'d>,
}

impl<'d> View<'d> {
    pub(crate) fn new(document: &'d Document, environment: Option<&'d str>) -> Self {
        Self {
            document,
            environment,
            flags: document.flags.iter().map(|flag| (flag.key.as_str(), flag)).collect(),
            segments: document.segments.iter().map(|segment| (segment.name.as_str(), segment)).collect(),
            bucketed: bucketed(document),
            dependencies: Dependencies::new(document),
        }
    }

    /// Whether buckets have a say in whether a condition holds.
    fn is_bucketed(&self, condition: &Condition) -> bool {
        // What another flag serves depends on buckets.
        condition.leaves().any(|leaf| match leaf {
            Condition::Segment(name) => self.bucketed.contains(name.as_str()),
            leaf => matches!(leaf, Condition::Flag(_)),
        })
    }

    /// What holds of all contexts for which a condition holds at all, whatever their buckets; of a condition that
    /// buckets have no say in, all of it.
    pub(crate) fn without_buckets(&self, condition: &Condition) -> Option<Condition> {
        let (mut parts, mut seen) = (Vec::new(), HashSet::new());
        let mut open = vec![condition];
        while let Some(condition) = open.pop() {
            match condition {
                _ if !self.is_bucketed(condition) => parts.push(condition.clone()),
                Condition::All(members) => open.extend(members.iter().rev()),
                Condition::Segment(name) => {
                    // Those that a list names are asked one by one.
                    let segment = self.segments.get(name.as_str()).filter(|_| seen.insert(name.as_str()));
                    open.extend(segment.and_then(|segment| segment.when.as_ref()).map(|when| &when.value));
                }
                Condition::Any(_) | Condition::Not(_) | Condition::Flag(_) | Condition::Compare(_) => {}
            }
        }
        match parts.len() {
            0 => None,
            1 => parts.pop(),
            _ => Some(Condition::All(parts)),
        }
    }

    /// A flag as every flag is written that says the same.
    fn canonical(&self, flag: &Flag) -> Flag {
        let mut canonical = canonical::flag(flag, describe::applies(flag, self.environment));
        if flag.answer.rollout.is_none() && flag.answer.state.value == FlagState::Gradual {
            // What the settings say instead stands where nothing else of the comparison is.
            canonical.description = describe::rollout(flag, self.document)
                .map(|rollout| flags_schema::Spanned::new(rollout, flag.key.position));
        }
        canonical
    }

    /// Attributes whose buckets decide what the flag answers: who is in a rollout or gets which variant, or where in a
    /// layer.
    pub(crate) fn by(&self, flag: &'d Flag) -> impl Iterator<Item = &'d str> {
        let layer = self.layer(flag).and_then(|(by, _)| by).map(|by| by.as_str());
        by_of(flag).chain(layer)
    }

    /// What decides where contexts stand in the flag's layer.
    fn layer(&self, flag: &Flag) -> Option<(Option<&'d Spanned<String>>, Cow<'d, str>)> {
        let range = flag.layer.as_ref()?;
        let layer = self.document.layers.iter().find(|layer| layer.name == range.name)?;
        Some((layer.by.as_ref(), layer.salt()))
    }

    /// The flag and those that it depends on, each once.
    pub(crate) fn closure(&self, key: &str) -> Vec<&'d Flag> {
        let (mut found, mut seen) = (Vec::new(), HashSet::new());
        let mut open: Vec<&Flag> = self.flags.get(key).copied().into_iter().collect();
        while let Some(flag) = open.pop() {
            if seen.insert(flag.key.as_str()) {
                found.push(flag);
                let asked = self.dependencies.of(flag).into_iter().map(|it| it.requirement.flag.as_str());
                open.extend(asked.filter_map(|key| self.flags.get(key)));
            }
        }
        found
    }

    /// The segments that conditions and states of these flags name, also through others.
    pub(crate) fn segments_of(&self, flags: &[&'d Flag]) -> Vec<&'d Segment> {
        let mut names = Vec::new();
        for flag in flags {
            asked(flag, &mut names);
        }
        let (mut found, mut seen) = (Vec::new(), HashSet::new());
        while let Some(name) = names.pop() {
            if let Some(segment) = self.segments.get(name).filter(|_| seen.insert(name)) {
                found.push(*segment);
                if let Some(when) = &segment.when {
                    mentioned(&when.value, &mut names);
                }
            }
        }
        found
    }
}

/// The segments that a flag asks for itself.
pub(crate) fn asked<'d>(flag: &'d Flag, names: &mut Vec<&'d str>) {
    if let FlagState::Segment(name) = &flag.answer.state.value {
        names.push(name);
    }
    for when in flag.answer.rules.iter().filter_map(|rule| rule.when.as_ref()) {
        mentioned(&when.value, names);
    }
}

fn bucketed(document: &Document) -> HashSet<&str> {
    let mut dependents: HashMap<&str, Vec<&str>> = HashMap::new();
    for segment in &document.segments {
        let mut names = Vec::new();
        if let Some(when) = &segment.when {
            mentioned(&when.value, &mut names);
        }
        for name in names {
            dependents.entry(name).or_default().push(segment.name.as_str());
        }
    }
    let by_itself = |segment: &&Segment| {
        let mut leaves = segment.when.iter().flat_map(|when| when.leaves());
        segment.rollout.is_some() || leaves.any(|leaf| matches!(leaf, Condition::Flag(_)))
    };
    let with_rollout = document.segments.iter().filter(by_itself);
    let mut open: Vec<&str> = with_rollout.map(|segment| segment.name.as_str()).collect();
    let mut found = HashSet::new();
    while let Some(name) = open.pop() {
        if found.insert(name) {
            open.extend(dependents.get(name).into_iter().flatten());
        }
    }
    found
}

/// Attributes whose buckets decide who is in a rollout or gets which variant.
fn by_of(flag: &Flag) -> impl Iterator<Item = &str> {
    let rules = flag.answer.rules.iter().filter_map(|rule| rule.rollout.as_ref());
    let all = rules.chain(flag.answer.rollout.as_ref());
    all.filter_map(|rollout| rollout.by.as_ref()).map(|by| by.as_str())
}

fn mentioned<'d>(condition: &'d Condition, names: &mut Vec<&'d str>) {
    let mut open = vec![condition];
    while let Some(condition) = open.pop() {
        match condition {
            Condition::All(members) | Condition::Any(members) => open.extend(members),
            Condition::Not(member) => open.push(member),
            Condition::Segment(name) => names.push(name),
            Condition::Flag(_) | Condition::Compare(_) => {}
        }
    }
}

/// What may answer otherwise, of what both have.
#[derive(Debug, Default)]
pub(crate) struct Touched<'d> {
    /// Flags, those that depend on others among them.
    pub(crate) flags: HashSet<&'d str>,
    /// Segments that say something else, or ask for one that does.
    pub(crate) segments: HashSet<&'d str>,
}

impl<'d> Touched<'d> {
    pub(crate) fn between(old: &View<'d>, new: &View<'d>) -> Self {
        let mut touched = Self { segments: segments(old, new), flags: HashSet::new() };
        let mut dependents: HashMap<&str, Vec<&str>> = HashMap::new();
        for view in [old, new] {
            for flag in &view.document.flags {
                for it in view.dependencies.of(flag) {
                    dependents.entry(it.requirement.flag.as_str()).or_default().push(flag.key.as_str());
                }
            }
        }
        let mut open = Vec::new();
        for flag in &new.document.flags {
            let key = flag.key.as_str();
            let Some(before) = old.flags.get(key) else {
                open.push(key);
                continue;
            };
            let same_settings =
                old.document.settings.default_rollout == new.document.settings.default_rollout;
            let same = (same_settings
                && *before == flag
                && describe::applies(before, old.environment) == describe::applies(flag, new.environment))
                || (!canonical::plainly_differ(before, flag) && old.canonical(before) == new.canonical(flag));
            let same = same && old.layer(before) == new.layer(flag);
            let mut names = Vec::new();
            asked(flag, &mut names);
            if !same || names.iter().any(|name| touched.segments.contains(name)) {
                open.push(key);
            }
        }
        open.extend(old.flags.keys().filter(|key| !new.flags.contains_key(*key)));
        while let Some(key) = open.pop() {
            if touched.flags.insert(key) {
                open.extend(dependents.get(key).into_iter().flatten());
            }
        }
        touched
    }
}

/// Flags that two environments answer alike, in the old document and in the new one.
pub(crate) struct Alike<'d> {
    of: [&'d [View<'d>; 2]; 2],
    touched: [Touched<'d>; 2],
}

impl<'d> Alike<'d> {
    pub(crate) fn between(first: &'d [View<'d>; 2], other: &'d [View<'d>; 2]) -> Self {
        let [old, new] = first;
        let [other_old, other_new] = other;
        let touched = [Touched::between(old, other_old), Touched::between(new, other_new)];
        Self { of: [first, other], touched }
    }

    /// Whether the flag is one of them, with all that it depends on.
    pub(crate) fn contains(&self, flag: &str) -> bool {
        let [first, other] = self.of;
        let same = first.iter().zip(other).all(|(first, other)| {
            let [one, another] = [first, other].map(|view| view.flags.get(flag));
            one == another
                && one.is_none_or(|it| {
                    describe::applies(it, first.environment) == describe::applies(it, other.environment)
                })
        });
        same && self.touched.iter().all(|touched| !touched.flags.contains(flag))
    }
}

fn segments<'d>(old: &View<'d>, new: &View<'d>) -> HashSet<&'d str> {
    let set =
        |users: &[Spanned<String>]| users.iter().map(|user| user.value.clone()).collect::<BTreeSet<_>>();
    let says = |segment: &Segment| {
        let when = segment.when.as_ref().map(|when| canonical::condition(&when.value));
        let rollout = segment.rollout.clone().map(|rollout| (rollout.value, segment.salt().to_owned()));
        (set(&segment.users), set(&segment.exclude), when, rollout)
    };
    let mut dependents: HashMap<&str, Vec<&str>> = HashMap::new();
    let mut open = Vec::new();
    for view in [old, new] {
        for segment in &view.document.segments {
            let mut names = Vec::new();
            if let Some(when) = &segment.when {
                mentioned(&when.value, &mut names);
            }
            for name in names {
                dependents.entry(name).or_default().push(segment.name.as_str());
            }
        }
    }
    for segment in &new.document.segments {
        let same = old
            .segments
            .get(segment.name.as_str())
            .is_some_and(|before| *before == segment || says(before) == says(segment));
        if !same {
            open.push(segment.name.as_str());
        }
    }
    let mut touched = HashSet::new();
    while let Some(name) = open.pop() {
        if touched.insert(name) {
            open.extend(dependents.get(name).into_iter().flatten());
        }
    }
    touched
}
