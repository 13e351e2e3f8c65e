//! How many of whom get something else: both documents evaluated, shares computed from ranges of buckets, nobody drawn
//! by lot.

use super::canonical::{condition, membership};
use super::contexts::{Assignment, SOMEBODY, Space};
use super::moves::{Move, UserMove};
use super::touched::View;
use crate::describe;
use flags_runtime::__private::{BucketRanges, Divide, WHOLE};
use flags_runtime::{AttributeValue, Context, Engine, FlagHandle};
use flags_schema::names::TARGETING_KEY;
use flags_schema::{Condition, Flag, FlagState, Segment, Users};
use std::collections::{BTreeMap, BTreeSet};

/// Ranges that are followed for one group of contexts.
const MOST_RANGES: usize = 10_000;
/// Users named in lists that are asked one by one.
const MOST_USERS: usize = 500;
/// Lines that say who gets something else.
const MOST_LINES: usize = 200;

/// What one flag answers otherwise.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Answers {
    pub(super) moves: Vec<Move>,
    pub(super) users: Vec<UserMove>,
    pub(super) contexts: usize,
    pub(super) undecided: Vec<String>,
}

/// Two documents as one environment sees them, and what evaluates them.
pub(super) struct Comparison<'a> {
    pub(super) views: [&'a View<'a>; 2],
    pub(super) engines: [Engine; 2],
}

/// A condition that groups contexts: what it is called, and where each document asks for it.
struct Atom {
    text: String,
    simple: bool,
}

/// What groups contexts that get the same: the conditions that they meet, and what they lack.
type Group = (Met, Vec<String>);

/// Conditions that contexts meet, each with the document in which they do.
type Met = Vec<(usize, usize)>;

impl Comparison<'_> {
    /// Compares what both answer for one flag.
    pub(super) fn flag(&self, key: &str) -> Answers {
        let mut answers = Answers::default();
        let [Some(old), Some(new)] = self.engines.each_ref().map(|engine| engine.flag(key)) else {
            return answers;
        };
        let sides = [0, 1].map(|side| Side::new(self, side, key));
        let mut space = Space::new(self.views.map(|view| view.document));
        let mut undecided = BTreeSet::new();
        space.presence(TARGETING_KEY);
        for side in &sides {
            side.fill(&mut space);
        }
        let named = named(&sides);
        if named.one_by_one.len() > MOST_USERS {
            undecided.insert(format!("{} users named in lists", named.one_by_one.len()));
        }
        let all = || named.one_by_one.iter().take(MOST_USERS).chain(&named.members);
        // Few are combined with everything else; many are asked by their key alone.
        let few = all().count() <= 8;
        if few {
            all().for_each(|user| space.value(TARGETING_KEY, user));
        }
        undecided.extend(space.undecided.iter().map(|operator| format!("`{operator}`")));
        let (mut contexts, complete) = space.contexts();
        if !complete {
            undecided.insert("so many combinations of attributes".to_owned());
        }
        if !few {
            contexts.extend(all().map(|user| vec![(TARGETING_KEY.to_owned(), AttributeValue::from(*user))]));
        }
        answers.contexts = contexts.len();

        let mut atoms = Atoms::default();
        let handles = sides.each_ref().map(|side| side.handles(self, &mut atoms));
        let by = by(&sides);
        let mut groups: BTreeMap<(usize, usize, Group), Context> = BTreeMap::new();
        let mut users: BTreeMap<(String, String, String), Met> = BTreeMap::new();
        for assignment in contexts {
            let context = context(&assignment);
            let met = Atoms::met(&handles, &context);
            let user = assignment.iter().find(|(name, _)| name == TARGETING_KEY).map(|(_, user)| user);
            let anybody = |user: &AttributeValue| {
                *user == AttributeValue::from(SOMEBODY)
                    || named.members.iter().any(|member| *user == AttributeValue::from(*member))
            };
            match user {
                Some(user) if !anybody(user) => {
                    let mut shares = BTreeMap::new();
                    let mut left = MOST_RANGES;
                    let whole = BucketRanges::new();
                    if follow([&old, &new], &context, true, &whole, &mut shares, &mut left).is_none() {
                        undecided.insert("so many ranges of buckets".to_owned());
                    }
                    // Of the key alone, nothing has to be said.
                    let met = if assignment.len() == 1 { Vec::new() } else { met };
                    for (old, new) in shares.into_keys() {
                        let known =
                            users.entry((shown(&assignment), old, new)).or_insert_with(|| met.clone());
                        if met.len() < known.len() {
                            known.clone_from(&met);
                        }
                    }
                }
                _ => {
                    let lacks: Vec<String> = by
                        .iter()
                        .filter(|name| context.get(name).is_none())
                        .map(|name| (*name).clone())
                        .collect();
                    let conditions = atoms.named(&met).count();
                    groups.entry((lacks.len(), conditions, (met, lacks))).or_insert(context);
                }
            }
        }
        for ((.., group), context) in groups {
            let mut shares = BTreeMap::new();
            let mut left = MOST_RANGES;
            if follow([&old, &new], &context, false, &BucketRanges::new(), &mut shares, &mut left).is_none() {
                undecided.insert("so many ranges of buckets".to_owned());
            }
            add(&mut answers.moves, &group, shares, &atoms);
        }
        if answers.moves.len() > MOST_LINES {
            answers.moves.truncate(MOST_LINES);
            undecided.insert("so many groups".to_owned());
        }
        answers.users = users
            .into_iter()
            .map(|((user, old, new), met)| UserMove { user, holds: atoms.texts(&met), old, new })
            .collect();
        answers.undecided = undecided.into_iter().collect();
        answers
    }
}

/// Adds what a group of contexts gets otherwise, unless a line says so already.
fn add(moves: &mut Vec<Move>, group: &Group, shares: BTreeMap<(String, String), f64>, atoms: &Atoms) {
    let (met, lacks) = group;
    let holds = atoms.texts(met);
    for ((old, new), percent) in shares {
        let said = moves.iter().any(|line| {
            let narrower = if line.holds.is_empty() {
                holds.is_empty()
            } else {
                line.holds.iter().all(|it| holds.contains(it))
            };
            narrower && line.lacks.iter().all(|it| lacks.contains(it)) && line.old == old && line.new == new
        });
        if !said {
            let whom = atoms.whom(met);
            moves.push(Move { whom, holds: holds.clone(), lacks: lacks.clone(), old, new, percent });
        }
    }
}

/// One of the two documents, and what of it has a say in a flag's answer.
struct Side<'a> {
    index: usize,
    flags: Vec<&'a Flag>,
    segments: Vec<&'a Segment>,
}

impl<'a> Side<'a> {
    fn new(comparison: &Comparison<'a>, index: usize, key: &str) -> Self {
        let [old, new] = comparison.views;
        let view = if index == 0 { old } else { new };
        let flags = view.closure(key);
        Self { index, segments: view.segments_of(&flags), flags }
    }

    fn fill(&self, space: &mut Space) {
        for when in
            self.flags.iter().flat_map(|flag| &flag.answer.rules).filter_map(|rule| rule.when.as_ref())
        {
            space.condition(&when.value);
        }
        for when in self.segments.iter().filter_map(|segment| segment.when.as_ref()) {
            space.condition(&when.value);
        }
        for flag in &self.flags {
            by_of(flag).for_each(|name| space.presence(name));
        }
    }

    /// The flags that decide, and which atom each of their conditions is.
    fn handles<'e>(
        &self,
        comparison: &'e Comparison<'_>,
        atoms: &mut Atoms,
    ) -> Vec<(FlagHandle<'e>, BTreeMap<Option<u32>, usize>)> {
        let [old, new] = &comparison.engines;
        let engine = if self.index == 0 { old } else { new };
        let mut handles = Vec::new();
        for flag in &self.flags {
            let mut conditions = BTreeMap::new();
            for (index, rule) in (0..).zip(&flag.answer.rules) {
                if let Some(when) = &rule.when {
                    conditions.insert(Some(index), atoms.of(&when.value));
                }
            }
            if let FlagState::Segment(name) = &flag.answer.state.value {
                conditions.insert(None, atoms.of(&membership(name)));
            }
            if let Some(handle) = engine.flag(&flag.key).filter(|_| !conditions.is_empty()) {
                handles.push((handle, conditions));
            }
        }
        handles
    }
}

/// The conditions that group contexts, each once.
#[derive(Default)]
struct Atoms {
    indices: BTreeMap<String, usize>,
    atoms: Vec<Atom>,
}

/// A flag whose conditions are asked, and which atom each of them is.
type AskedConditions<'e> = (FlagHandle<'e>, BTreeMap<Option<u32>, usize>);

impl Atoms {
    fn of(&mut self, written: &Condition) -> usize {
        let canonical = condition(written);
        let next = self.atoms.len();
        let index = *self.indices.entry(canonical.to_string()).or_insert(next);
        if index == next {
            let simple = !matches!(canonical, Condition::Any(_));
            self.atoms.push(Atom { text: written.to_string(), simple });
        }
        index
    }

    /// Those that the context meets, and in which of the documents: a segment may mean something else in each.
    fn met(handles: &[Vec<AskedConditions<'_>>; 2], context: &Context) -> Met {
        let mut met = BTreeSet::new();
        for (side, handles) in handles.iter().enumerate() {
            for (handle, conditions) in handles {
                let holding = handle.conditions(context).into_iter().filter(|(_, holds)| *holds);
                met.extend(holding.filter_map(|(index, _)| Some((*conditions.get(&index)?, side))));
            }
        }
        met.into_iter().collect()
    }

    /// Those of either document, each once.
    fn named(&self, met: &Met) -> impl Iterator<Item = &Atom> {
        let indices: BTreeSet<usize> = met.iter().map(|(index, _)| *index).collect();
        indices.into_iter().filter_map(|index| self.atoms.get(index))
    }

    fn texts(&self, met: &Met) -> Vec<String> {
        self.named(met).map(|atom| atom.text.clone()).collect()
    }

    /// All of them as one expression; `None` where there are none.
    fn whom(&self, met: &Met) -> Option<String> {
        let several = self.named(met).count() > 1;
        let parts = self
            .named(met)
            .map(|atom| if several && !atom.simple { format!("({})", atom.text) } else { atom.text.clone() });
        let parts: Vec<String> = parts.collect();
        (!parts.is_empty()).then(|| parts.join(" && "))
    }
}

/// Attributes whose buckets decide, the targeting key among them.
fn by(sides: &[Side<'_>; 2]) -> BTreeSet<String> {
    let others = sides.iter().flat_map(|side| &side.flags).flat_map(|flag| by_of(flag)).map(str::to_owned);
    others.chain([TARGETING_KEY.to_owned()]).collect()
}

fn by_of(flag: &Flag) -> impl Iterator<Item = &str> {
    let rules = flag.answer.rules.iter().filter_map(|rule| rule.rollout.as_ref());
    let all = rules.chain(flag.answer.rollout.as_ref());
    all.filter_map(|rollout| rollout.by.as_ref()).map(|by| by.as_str())
}

/// Users that lists name.
struct Named<'a> {
    /// Those whose naming changed, then those whom a flag names: each has a bucket of his own.
    one_by_one: Vec<&'a str>,
    /// For each set of segments somebody whom they name, and nothing else does.
    members: BTreeSet<&'a str>,
}

fn named<'a>(sides: &[Side<'a>; 2]) -> Named<'a> {
    let [old, new] = sides.each_ref().map(|side| {
        let mut names: BTreeMap<&'a str, BTreeSet<(bool, &'a str, &'a str)>> = BTreeMap::new();
        for segment in &side.segments {
            for user in &segment.users {
                names.entry(user).or_default().insert((false, &segment.name, ""));
            }
        }
        for flag in &side.flags {
            let mut add = |what: &'a str, users: &'a [flags_schema::Spanned<String>]| {
                for user in users {
                    names.entry(user).or_default().insert((true, &flag.key, what));
                }
            };
            match &flag.answer.users {
                Users::Nobody => {}
                Users::On(users) => add("on", users),
                Users::Variants(lists) => lists.iter().for_each(|(variant, users)| add(variant, users)),
            }
        }
        names
    });
    let mut sets = BTreeSet::new();
    let mut named = Named { one_by_one: Vec::new(), members: BTreeSet::new() };
    let mut kept = Vec::new();
    for user in old.keys().chain(new.keys().filter(|user| !old.contains_key(*user))) {
        match (old.get(user), new.get(user)) {
            (Some(before), Some(after)) if before == after => {
                if before.iter().any(|(by_flag, ..)| *by_flag) {
                    kept.push(*user);
                } else if sets.insert(before) {
                    named.members.insert(user);
                }
            }
            _ => named.one_by_one.push(user),
        }
    }
    named.one_by_one.sort_unstable();
    named.one_by_one.extend(kept);
    named
}

fn context(assignment: &Assignment) -> Context {
    let mut context = Context::anonymous();
    for (name, value) in assignment {
        context.set(name.clone(), value.clone());
    }
    context
}

fn shown(assignment: &Assignment) -> String {
    let user = assignment.iter().find(|(name, _)| name == TARGETING_KEY).map(|(_, value)| value.to_string());
    let user = user.unwrap_or_default();
    user.strip_prefix('"').and_then(|it| it.strip_suffix('"')).map_or(user.clone(), str::to_owned)
}

/// Adds up the shares of those for whom the two flags differ.
fn follow(
    flags: [&FlagHandle<'_>; 2],
    context: &Context,
    own_key: bool,
    ranges: &BucketRanges,
    shares: &mut BTreeMap<(String, String), f64>,
    left: &mut usize,
) -> Option<()> {
    *left = left.checked_sub(1)?;
    let [old, new] = flags.map(|flag| flag.evaluate_within(context, ranges, own_key));
    match old.and_then(|old| Ok((old, new?))) {
        Ok((old, new)) => {
            let (old, new) = (describe::answer(&old), describe::answer(&new));
            if old != new {
                *shares.entry((old, new)).or_default() += share(ranges);
            }
            Some(())
        }
        Err(Divide { stream, at }) => {
            let (from, to) = ranges.get(&stream).copied().unwrap_or(WHOLE);
            for half in [(from, at), (at, to)] {
                let mut ranges = ranges.clone();
                ranges.insert(stream.clone(), half);
                follow(flags, context, own_key, &ranges, shares, left)?;
            }
            Some(())
        }
    }
}

/// The percentage of people in these ranges: the streams are independent, so their shares multiply.
#[expect(clippy::cast_precision_loss, reason = "53 bits are plenty for percentages")]
fn share(ranges: &BucketRanges) -> f64 {
    let whole = WHOLE.1 as f64;
    ranges.values().map(|(from, to)| (to - from) as f64 / whole).product::<f64>() * 100.0
}
