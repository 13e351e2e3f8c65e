//! Conditions that tell contexts apart, each once however it is written.

use super::canonical::{condition, membership};
use super::touched::View;
use flags_runtime::__private::Holds;
use flags_schema::{Condition, Flag, FlagState};
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

/// Whether each of some things holds, a bit for each.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Bits(Vec<u64>);

impl Bits {
    /// The same memory for other things.
    pub(super) fn set(&mut self, holds: impl Iterator<Item = bool>) {
        self.0.clear();
        for (at, holds) in holds.enumerate() {
            if at % 64 == 0 {
                self.0.push(0);
            }
            if let Some(last) = self.0.last_mut() {
                *last |= u64::from(holds) << (at % 64);
            }
        }
    }
}

/// Conditions that contexts meet, each with the document in which they do, for a segment may mean something else in
/// each; and whether they do whatever their buckets are.
pub(super) type Met = Vec<(usize, usize, Holds)>;

/// A condition that a flag asks: where, and its number among all of the comparison.
pub(super) struct FlagCondition<'a> {
    /// Of which of the flag's rules; of its state, which names a segment, for `None`.
    pub(super) rule: Option<u32>,
    pub(super) number: u32,
    written: Cow<'a, Condition>,
}

/// The conditions of both documents: those that say the same have one number.
#[derive(Default)]
pub(super) struct Conditions<'a> {
    numbers: HashMap<String, u32>,
    /// By number, whether it can stand beside others without parentheses.
    simple: Vec<bool>,
    of_flags: HashMap<(usize, &'a str), Rc<[FlagCondition<'a>]>>,
}

impl<'a> Conditions<'a> {
    /// What a flag of one of the documents asks.
    pub(super) fn of(&mut self, side: usize, flag: &'a Flag) -> Rc<[FlagCondition<'a>]> {
        let key = (side, flag.key.as_str());
        if let Some(known) = self.of_flags.get(&key) {
            return known.clone();
        }
        let rules = (0..).zip(&flag.answer.rules);
        let rules =
            rules.filter_map(|(rule, it)| Some((Some(rule), Cow::Borrowed(&it.when.as_ref()?.value))));
        let state = match &flag.answer.state.value {
            FlagState::Segment(name) => Some((None, Cow::Owned(membership(name)))),
            _ => None,
        };
        // What has the same index in the other document is mostly the same.
        let other = self.of_flags.get(&(1 - side, flag.key.as_str())).cloned();
        let asked = rules.chain(state).map(|(rule, written)| {
            let same = other.iter().flat_map(|other| other.iter()).find(|it| it.written == written);
            let number = same.map_or_else(|| self.number(&written), |same| same.number);
            FlagCondition { rule, number, written }
        });
        let asked: Rc<[FlagCondition<'a>]> = asked.collect();
        self.of_flags.insert(key, asked.clone());
        asked
    }

    fn number(&mut self, written: &Condition) -> u32 {
        let canonical = condition(written);
        let next = u32::try_from(self.simple.len()).unwrap_or(u32::MAX);
        let number = *self.numbers.entry(canonical.to_string()).or_insert(next);
        if number == next {
            self.simple.push(!matches!(canonical, Condition::Any(_)));
        }
        number
    }
}

/// The conditions that group contexts of one flag, in the order in which they are asked.
#[derive(Default)]
pub(super) struct Atoms<'a> {
    indices: HashMap<u32, usize>,
    atoms: Vec<Atom<'a>>,
}

struct Atom<'a> {
    number: u32,
    /// As the first flag that asks for it says it.
    written: Cow<'a, Condition>,
    simple: bool,
}

impl<'a> Atoms<'a> {
    pub(super) fn of(&mut self, asked: &FlagCondition<'a>, conditions: &Conditions<'a>) -> usize {
        let next = self.atoms.len();
        let index = *self.indices.entry(asked.number).or_insert(next);
        if index == next {
            let simple = conditions.simple.get(asked.number as usize).copied().unwrap_or(false);
            self.atoms.push(Atom { number: asked.number, written: asked.written.clone(), simple });
        }
        index
    }

    /// Each condition, as it is written first.
    pub(super) fn written(&self) -> impl Iterator<Item = &Condition> {
        self.atoms.iter().map(|atom| &*atom.written)
    }

    /// The number that a condition has in the whole comparison.
    pub(super) fn number(&self, atom: usize) -> Option<u32> {
        self.atoms.get(atom).map(|atom| atom.number)
    }

    /// What is said of those who meet conditions of either document, each condition once: all of it where it holds
    /// whatever their buckets are, else what of it does not go by buckets.
    fn named(&self, met: &Met, views: [&View<'_>; 2]) -> Vec<(String, bool)> {
        let mut named: BTreeMap<usize, Option<(String, bool)>> = BTreeMap::new();
        for (index, side, holds) in met {
            let Some(atom) = self.atoms.get(*index) else { continue };
            let known = named.entry(*index).or_default();
            match holds {
                Holds::Always => *known = Some((atom.written.to_string(), atom.simple)),
                Holds::Sometimes if known.is_none() => {
                    let part = views.get(*side).and_then(|view| view.without_buckets(&atom.written));
                    *known = part.map(|part| (part.to_string(), !matches!(part, Condition::Any(_))));
                }
                Holds::Sometimes | Holds::Never => {}
            }
        }
        let mut said: Vec<(String, bool)> = Vec::new();
        for part in named.into_values().flatten() {
            if !said.contains(&part) {
                said.push(part);
            }
        }
        said
    }

    pub(super) fn texts(&self, met: &Met, views: [&View<'_>; 2]) -> Vec<String> {
        self.named(met, views).into_iter().map(|(text, _)| text).collect()
    }

    /// All of them as one expression; `None` where there are none.
    pub(super) fn whom(&self, met: &Met, views: [&View<'_>; 2]) -> Option<String> {
        let named = self.named(met, views);
        let several = named.len() > 1;
        let parts = named
            .into_iter()
            .map(|(text, simple)| if several && !simple { format!("({text})") } else { text });
        let parts: Vec<String> = parts.collect();
        (!parts.is_empty()).then(|| parts.join(" && "))
    }
}
