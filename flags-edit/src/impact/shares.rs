//! How many of whom get something else: shares computed from ranges of buckets, nobody drawn by lot.

use super::world::{Divide, Ranges, WHOLE, World, membership};
use flags_schema::{Document, Flag, FlagState, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// A share of some people who get something else.
#[derive(Clone, Debug, PartialEq)]
pub struct Move {
    /// The condition that they meet, as an expression; `None` for those who meet none.
    pub whom: Option<String>,
    /// What they got.
    pub old: String,
    /// What they get.
    pub new: String,
    /// 0 to 100.
    pub percent: f64,
}

/// Combinations of ranges that are followed, for each condition.
const MOST: usize = 100_000;

/// Whom a change of documents, both as one environment sees them, moves; `None` when there are too many
/// combinations to follow.
pub(super) fn moves(
    key: &str,
    old: &Document,
    new: &Document,
    environment: Option<&str>,
    at: Timestamp,
) -> Option<Vec<Move>> {
    let mut conditions = BTreeSet::new();
    let mut seen = BTreeSet::new();
    collect(key, old, &mut conditions, &mut seen);
    seen.clear();
    collect(key, new, &mut conditions, &mut seen);
    let mut found = Vec::new();
    for condition in std::iter::once(None).chain(conditions.into_iter().map(Some)) {
        let worlds = [old, new].map(|document| World::new(document, environment, at, condition.as_deref()));
        let mut shares = BTreeMap::new();
        let mut left = MOST;
        follow(key, &worlds, &Ranges::new(), &mut shares, &mut left)?;
        found.extend(shares.into_iter().map(|((old, new), percent)| Move {
            whom: condition.clone(),
            old,
            new,
            percent,
        }));
    }
    Some(found)
}

/// The conditions that the flag, and those it depends on, ask for.
fn collect(key: &str, document: &Document, conditions: &mut BTreeSet<String>, seen: &mut BTreeSet<String>) {
    let Some(flag) = document.flags.iter().find(|flag| *flag.key == *key) else { return };
    if !seen.insert(key.to_owned()) {
        return;
    }
    conditions.extend(asked(flag));
    for requirement in flag.answer.requires.iter().chain(&flag.answer.excludes) {
        collect(&requirement.flag, document, conditions, seen);
    }
}

fn asked(flag: &Flag) -> impl Iterator<Item = String> + '_ {
    let state = match &flag.answer.state.value {
        FlagState::Segment(name) => Some(membership(name)),
        _ => None,
    };
    let rules = flag.answer.rules.iter().filter_map(|rule| Some(rule.when.as_ref()?.value.to_string()));
    rules.chain(state)
}

/// Adds up the shares of those for whom the two worlds differ.
fn follow(
    key: &str,
    worlds: &[World<'_>; 2],
    ranges: &Ranges,
    shares: &mut BTreeMap<(String, String), f64>,
    left: &mut usize,
) -> Option<()> {
    *left = left.checked_sub(1)?;
    let [old, new] = worlds;
    let both = old.serve(key, ranges).and_then(|old| Ok((old, new.serve(key, ranges)?)));
    match both {
        Ok((old, new)) => {
            if old.answer != new.answer {
                *shares.entry((old.answer, new.answer)).or_default() += share(ranges);
            }
            Some(())
        }
        Err(Divide { stream, at }) => {
            let (from, to) = ranges.get(&stream).copied().unwrap_or(WHOLE);
            for half in [(from, at), (at, to)] {
                let mut ranges = ranges.clone();
                ranges.insert(stream.clone(), half);
                follow(key, worlds, &ranges, shares, left)?;
            }
            Some(())
        }
    }
}

/// The percentage of people in these ranges: the streams are independent, so their shares multiply.
#[expect(clippy::cast_precision_loss, reason = "53 bits are plenty for percentages")]
fn share(ranges: &Ranges) -> f64 {
    let whole = WHOLE.1 as f64;
    ranges.values().map(|(from, to)| (to - from) as f64 / whole).product::<f64>() * 100.0
}
