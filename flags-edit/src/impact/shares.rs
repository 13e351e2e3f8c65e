//! How many of whom get something else: both documents evaluated, shares computed from ranges of buckets, nobody drawn
//! by lot.

use super::atoms::{Atoms, Bits, Met};
use super::contexts::{SOMEBODY, Space, scalars};
use super::moves::{Move, UserMove};
use super::outcomes::{Outcome, Outcomes, Situation};
use super::touched::View;
use crate::describe;
use flags_runtime::__private::{Combinations, Holds, PopulationDecision};
use flags_runtime::{AttributeValue, Engine};
use flags_schema::names::TARGETING_KEY;
use flags_schema::{Flag, Segment, Users};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::rc::Rc;

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
    views: [&'a View<'a>; 2],
    outcomes: Outcomes<'a>,
    /// Attributes that no context has a list of.
    scalars: BTreeSet<String>,
    /// Users named by segments alone, by the segments of both documents.
    named: HashMap<[Vec<&'a str>; 2], Rc<Named<'a>>>,
}

/// What groups contexts that get the same: the conditions that they meet, and what they lack.
type Group = (Met, Vec<String>);

/// What contexts get, by both documents, and how many percent of them.
type Shares = BTreeMap<(String, String), f64>;

impl<'a> Comparison<'a> {
    pub(super) fn new(views: [&'a View<'a>; 2], engines: &[Engine; 2]) -> Self {
        Self {
            views,
            outcomes: Outcomes::new(views, engines.each_ref().map(Engine::populations)),
            scalars: scalars(views.map(|view| view.document)),
            named: HashMap::new(),
        }
    }

    /// The users that lists name, worked out once for all flags that ask for the same segments.
    fn named(&mut self, sides: &[Side<'a>; 2]) -> Rc<Named<'a>> {
        let by_flag = |flag: &&Flag| !matches!(flag.answer.users, Users::Nobody);
        if sides.iter().any(|side| side.flags.iter().any(by_flag)) {
            return Rc::new(named(sides));
        }
        let segments = |side: &Side<'a>| side.segments.iter().map(|segment| segment.name.as_str()).collect();
        let key = sides.each_ref().map(segments);
        self.named.entry(key).or_insert_with(|| Rc::new(named(sides))).clone()
    }

    /// Compares what both answer for one flag.
    #[expect(
        clippy::too_many_lines,
        reason = "one pass over the contexts, of which each step needs the others"
    )]
    pub(super) fn flag(&mut self, key: &'a str) -> Answers {
        let mut answers = Answers::default();
        let sides = [0, 1].map(|index| Side::new(self.views, index, key));
        let mut atoms = Atoms::default();
        let asked = sides.each_ref().map(|side| side.conditions(&mut self.outcomes, &mut atoms));
        let named = self.named(&sides);
        let mut space = Space::new(&self.scalars);
        let mut undecided = BTreeSet::new();
        space.presence(TARGETING_KEY);
        fill(&mut space, &sides, &atoms);
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
        let (contexts, complete) = space.contexts(all().filter(|_| !few).copied());
        if !complete {
            undecided.insert("so many combinations of attributes".to_owned());
        }
        answers.contexts = contexts.len();

        // For each condition, and each document that asks for it, which of the contexts meet it.
        let mut columns: Vec<((usize, usize), Vec<Holds>)> = Vec::new();
        for (side, (asked, populations)) in asked.iter().zip(&self.outcomes.populations).enumerate() {
            let met = populations.conditions(asked.values().map(Vec::as_slice), &contexts);
            let met = asked.keys().zip(met);
            columns.extend(met.filter_map(|(atom, met)| Some(((*atom, side), met?))));
        }
        columns.sort_by_key(|(condition, _)| *condition);
        let by = by(&sides);
        let by: Vec<(&str, Option<usize>)> =
            by.into_iter().map(|name| (name, contexts.attribute(name))).collect();
        let user = contexts.attribute(TARGETING_KEY);
        let somebody = named.members.iter().copied().chain([SOMEBODY]).map(AttributeValue::from);
        let somebody: Vec<AttributeValue> = somebody.collect();
        let named_users: Vec<Option<&AttributeValue>> = user.map_or_else(Vec::new, |at| {
            let values = (1..).map_while(|number| contexts.value(at, number));
            std::iter::once(None)
                .chain(values.map(|user| (!somebody.contains(user)).then_some(user)))
                .collect()
        });

        let mut groups: HashSet<Bits> = HashSet::new();
        let mut representatives: Vec<(usize, usize, Group, &[u32])> = Vec::new();
        let mut users: BTreeMap<(String, String, String), Met> = BTreeMap::new();
        let mut texts = AnswerTexts::new(key, &self.outcomes);
        let mut signature = Bits::default();
        for (index, row) in contexts.rows().enumerate() {
            let of = |at: Option<usize>| {
                at.and_then(|at| Some((at, *row.get(at)?))).filter(|(_, number)| *number > 0)
            };
            let named_user = of(user).and_then(|(_, number)| *named_users.get(number as usize)?);
            let held = |column: &[Holds]| column.get(index).copied().unwrap_or(Holds::Never);
            let met = || -> Met {
                let all = columns.iter().map(|((atom, side), column)| (*atom, *side, held(column)));
                all.filter(|(.., holds)| *holds != Holds::Never).collect()
            };
            if let Some(user) = named_user {
                let outcome = self.outcomes.at_once(key, &contexts.context(row), true);
                let shares = texts.shares(&outcome, &self.outcomes, &mut undecided);
                if shares.is_empty() {
                    continue;
                }
                // Of the key alone, nothing has to be said.
                let alone = row.iter().filter(|number| **number > 0).count() == 1;
                let met = if alone { Vec::new() } else { met() };
                for (old, new) in shares.into_keys() {
                    let known = users.entry((shown(user), old, new)).or_insert_with(|| met.clone());
                    if met.len() < known.len() {
                        known.clone_from(&met);
                    }
                }
                continue;
            }
            let buckets = by.iter().flat_map(|(_, at)| {
                let value = of(*at);
                [value.is_some(), value.is_some_and(|(at, number)| contexts.has_bucket(at, number))]
            });
            signature.set(columns.iter().map(|(_, column)| held(column) == Holds::Always).chain(buckets));
            // Where buckets have a say in a condition, contexts that look alike may get something else.
            let unlike_others = columns.iter().any(|(_, column)| held(column) == Holds::Sometimes);
            if !unlike_others {
                if groups.contains(&signature) {
                    continue;
                }
                groups.insert(signature.clone());
            }
            let lacks = by.iter().filter(|(_, at)| of(*at).is_none()).map(|(name, _)| (*name).to_owned());
            let (met, lacks): (Met, Vec<String>) = (met(), lacks.collect());
            let conditions = met.iter().map(|(atom, ..)| atom).collect::<BTreeSet<_>>().len();
            representatives.push((lacks.len(), conditions, (met, lacks), row));
        }
        representatives.sort_by(|a, b| (a.0, a.1, &a.2).cmp(&(b.0, b.1, &b.2)));
        for (.., group, row) in representatives {
            let situation = Situation {
                context: contexts.context(row),
                met: group
                    .0
                    .iter()
                    .filter_map(|(atom, side, _)| Some((atoms.number(*atom)?, *side)))
                    .collect(),
                unlike_others: group.0.iter().any(|(.., holds)| *holds == Holds::Sometimes),
                without_bucket: without_bucket(&by, &contexts, row),
            };
            let outcome = self.outcomes.of(key, &situation, 0);
            let shares = texts.shares(&outcome, &self.outcomes, &mut undecided);
            if !shares.is_empty() {
                add(&mut answers.moves, &group, shares, &atoms, self.views);
            }
        }
        if answers.moves.len() > MOST_LINES {
            answers.moves.truncate(MOST_LINES);
            undecided.insert("so many groups".to_owned());
        }
        answers.users = users
            .into_iter()
            .map(|((user, old, new), met)| UserMove { user, holds: atoms.texts(&met, self.views), old, new })
            .collect();
        answers.undecided = undecided.into_iter().collect();
        answers
    }
}

/// Adds what a group of contexts gets otherwise, unless a line says so already.
fn add(moves: &mut Vec<Move>, group: &Group, shares: Shares, atoms: &Atoms<'_>, views: [&View<'_>; 2]) {
    let (met, lacks) = group;
    let holds = atoms.texts(met, views);
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
            let whom = atoms.whom(met, views);
            moves.push(Move { whom, holds: holds.clone(), lacks: lacks.clone(), old, new, percent });
        }
    }
}

/// One of the two documents, and what of it has a say in a flag's answer.
struct Side<'a> {
    index: usize,
    view: &'a View<'a>,
    flags: Vec<&'a Flag>,
    segments: Vec<&'a Segment>,
}

/// Where one of the documents asks for a condition: in which flags, in which of their rules.
type AskedBy = BTreeMap<usize, Vec<(u32, Option<u32>)>>;

impl<'a> Side<'a> {
    fn new(views: [&'a View<'a>; 2], index: usize, key: &str) -> Self {
        let [old, new] = views;
        let view = if index == 0 { old } else { new };
        let flags = view.closure(key);
        Self { index, view, segments: view.segments_of(&flags), flags }
    }

    /// The conditions that decide, and where they are asked.
    fn conditions(&self, outcomes: &mut Outcomes<'a>, atoms: &mut Atoms<'a>) -> AskedBy {
        let mut found = AskedBy::new();
        for flag in &self.flags {
            let Some(index) = outcomes.index(self.index, &flag.key) else { continue };
            for asked in &*outcomes.conditions.of(self.index, flag) {
                let atom = atoms.of(asked, &outcomes.conditions);
                found.entry(atom).or_default().push((index, asked.rule));
            }
        }
        found
    }
}

/// Adds what the conditions of both documents tell apart.
fn fill(space: &mut Space<'_>, sides: &[Side<'_>; 2], atoms: &Atoms<'_>) {
    atoms.written().for_each(|condition| space.condition(condition));
    let [old, new] = sides;
    let changed = new.segments.iter().filter(|segment| !old.segments.contains(segment));
    for when in old.segments.iter().chain(changed).filter_map(|segment| segment.when.as_ref()) {
        space.condition(&when.value);
    }
    for name in by(sides) {
        space.presence(name);
    }
}

/// What the flag answers, in words, each once.
struct AnswerTexts {
    indices: [Option<u32>; 2],
    known: [Vec<(PopulationDecision, String)>; 2],
}

impl AnswerTexts {
    fn new(key: &str, outcomes: &Outcomes<'_>) -> Self {
        Self { indices: [0, 1].map(|side| outcomes.index(side, key)), known: [Vec::new(), Vec::new()] }
    }

    /// The shares of those who get something else.
    fn shares(
        &mut self,
        outcome: &Outcome,
        outcomes: &Outcomes<'_>,
        undecided: &mut BTreeSet<String>,
    ) -> Shares {
        if outcome.incomplete {
            undecided.insert("so many ranges of buckets".to_owned());
        }
        let mut shares = Shares::new();
        for (pair, percent) in &outcome.shares {
            let mut texts = [None, None];
            for (side, (decision, text)) in pair.iter().zip(&mut texts).enumerate() {
                *text = decision.and_then(|decision| self.text(side, decision, outcomes));
            }
            if let [Some(old), Some(new)] = texts
                && old != new
            {
                *shares.entry((old, new)).or_default() += percent;
            }
        }
        shares
    }

    fn text(&mut self, side: usize, decision: PopulationDecision, outcomes: &Outcomes<'_>) -> Option<String> {
        let known = self.known.get_mut(side)?;
        if let Some((_, text)) = known.iter().find(|(known, _)| *known == decision) {
            return Some(text.clone());
        }
        let index = self.indices.get(side).copied().flatten()?;
        let text = describe::answer(&outcomes.populations.get(side)?.evaluation(index, decision));
        known.push((decision, text.clone()));
        Some(text)
    }
}

/// Attributes whose buckets decide, the targeting key among them.
fn by<'a>(sides: &[Side<'a>; 2]) -> BTreeSet<&'a str> {
    let of_flags = sides.iter().flat_map(|side| side.flags.iter().flat_map(|flag| side.view.by(flag)));
    let segments = sides.iter().flat_map(|side| side.segments.iter().copied());
    let rollouts = segments.filter_map(|segment| segment.rollout.as_ref()?.by.as_ref());
    let by_segments = rollouts.map(|by| by.as_str());
    of_flags.chain(by_segments).chain([TARGETING_KEY]).collect()
}

/// Attributes by which a context has no bucket.
fn without_bucket(by: &[(&str, Option<usize>)], contexts: &Combinations, row: &[u32]) -> BTreeSet<String> {
    let has = |at: &Option<usize>| {
        at.and_then(|at| Some((at, *row.get(at)?)))
            .is_some_and(|(at, number)| contexts.has_bucket(at, number))
    };
    by.iter().filter(|(_, at)| !has(at)).map(|(name, _)| (*name).to_owned()).collect()
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
            for user in &segment.exclude {
                names.entry(user).or_default().insert((false, &segment.name, "exclude"));
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

fn shown(user: &AttributeValue) -> String {
    let user = user.to_string();
    user.strip_prefix('"').and_then(|it| it.strip_suffix('"')).map_or(user.clone(), str::to_owned)
}
