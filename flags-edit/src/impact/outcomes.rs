//! What two flags decide for all contexts like one, and for how many of them: ranges of buckets are divided until each
//! decides one thing. What a required flag decides is worked out once for all that require it.

use super::atoms::{Bits, Conditions};
use super::touched::View;
use flags_runtime::__private::{BucketRanges, BucketStream, Divide, PopulationDecision, Populations, WHOLE};
use flags_runtime::Context;
use flags_schema::names::TARGETING_KEY;
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

/// Ranges that are followed for one group of contexts.
const MOST_RANGES: usize = 10_000;
/// Combinations of what required flags decide that are followed one by one.
const MOST_COMBINATIONS: usize = 64;
/// Flags that require each other that are worked out one by one.
const DEEPEST: usize = 64;

/// What a flag decides by the old document and by the new one; nothing where it has no such flag.
pub(super) type Pair = [Option<PopulationDecision>; 2];

/// What a flag decides for all contexts like one.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// How many percent of them get what.
    pub(super) shares: Vec<(Pair, f64)>,
    /// The buckets that this depends on.
    streams: BTreeSet<BucketStream>,
    /// Whether there were too many ranges to follow them all.
    pub(super) incomplete: bool,
}

impl Outcome {
    fn add(&mut self, pair: Pair, percent: f64) {
        match self.shares.iter_mut().find(|(known, _)| *known == pair) {
            Some((_, sum)) => *sum += percent,
            None => self.shares.push((pair, percent)),
        }
    }
}

/// A condition, by its number among those of the comparison, and the document in which it is asked.
pub(super) type AskedCondition = (u32, usize);

/// What decides a flag's answer, of itself and of those that it depends on.
#[derive(Debug)]
struct Dependence<'a> {
    /// Its index in each of the documents.
    indices: [Option<u32>; 2],
    conditions: Vec<AskedCondition>,
    /// Attributes that buckets go by.
    by: Vec<&'a str>,
    /// The flags that it asks for itself.
    prerequisites: Vec<&'a str>,
}

/// Contexts that all get the same wherever their buckets are the same, one for all of them.
pub(super) struct Situation {
    pub(super) context: Context,
    /// The conditions that hold.
    pub(super) met: BTreeSet<AskedCondition>,
    /// Attributes by which they have no bucket.
    pub(super) without_bucket: BTreeSet<String>,
    /// Whether buckets have a say in which conditions hold: then others of these conditions may get something else.
    pub(super) unlike_others: bool,
}

/// One range of buckets after the other.
struct Walk<'s> {
    context: &'s Context,
    own_key: bool,
    /// The flags that are decided, each after what it depends on: in which document, and its index.
    steps: &'s [(usize, u32)],
    ranges: BucketRanges,
    /// The share of what is known of other flags.
    weight: f64,
    left: usize,
    flag: [Option<u32>; 2],
}

pub(super) struct Outcomes<'a> {
    views: [&'a View<'a>; 2],
    pub(super) populations: [Populations; 2],
    /// What flags have decided where a walk is.
    decided: [Vec<Option<PopulationDecision>>; 2],
    /// By flag, and by what of a situation decides its answer.
    known: HashMap<(&'a str, Bits), Rc<Outcome>>,
    dependences: HashMap<&'a str, Rc<Dependence<'a>>>,
    pub(super) conditions: Conditions<'a>,
}

impl<'a> Outcomes<'a> {
    pub(super) fn new(views: [&'a View<'a>; 2], populations: [Populations; 2]) -> Self {
        let decided = views.map(|view| vec![None; view.document.flags.len()]);
        Self {
            views,
            populations,
            decided,
            known: HashMap::new(),
            dependences: HashMap::new(),
            conditions: Conditions::default(),
        }
    }

    /// The index of a flag in one of the documents.
    pub(super) fn index(&self, side: usize, flag: &str) -> Option<u32> {
        self.populations.get(side)?.index(flag)
    }

    /// What decides a flag's answer.
    fn dependence(&mut self, flag: &'a str) -> Rc<Dependence<'a>> {
        if let Some(known) = self.dependences.get(flag) {
            return known.clone();
        }
        let (mut conditions, mut by, mut prerequisites) =
            (BTreeSet::new(), BTreeSet::from([TARGETING_KEY]), Vec::new());
        for (side, view) in self.views.into_iter().enumerate() {
            for depends in view.closure(flag) {
                let asked = self.conditions.of(side, depends);
                conditions.extend(asked.iter().map(|asked| (asked.number, side)));
                by.extend(view.by(depends));
            }
            let Some(written) = view.flags.get(flag) else { continue };
            for dependency in view.dependencies.of(written) {
                let key = dependency.requirement.flag.as_str();
                if view.flags.contains_key(key) && !prerequisites.contains(&key) {
                    prerequisites.push(key);
                }
            }
        }
        let indices = self.populations.each_ref().map(|populations| populations.index(flag));
        let (conditions, by) = (conditions.into_iter().collect(), by.into_iter().collect());
        let dependence = Rc::new(Dependence { indices, conditions, by, prerequisites });
        self.dependences.insert(flag, dependence.clone());
        dependence
    }

    /// What a flag decides for a situation. Users that flags name are in none.
    pub(super) fn of(&mut self, flag: &'a str, situation: &Situation, depth: usize) -> Rc<Outcome> {
        if situation.unlike_others {
            return Rc::new(self.at_once(flag, &situation.context, false));
        }
        let depends = self.dependence(flag);
        let met = depends.conditions.iter().map(|condition| situation.met.contains(condition));
        let without = depends.by.iter().map(|name| situation.without_bucket.contains(*name));
        let mut key = (flag, Bits::default());
        key.1.set(met.chain(without));
        if let Some(known) = self.known.get(&key) {
            return known.clone();
        }
        let outcome = self
            .by_prerequisites(&depends, situation, depth)
            .unwrap_or_else(|| self.at_once(flag, &situation.context, false));
        let outcome = Rc::new(outcome);
        self.known.insert(key, outcome.clone());
        outcome
    }

    /// From what the flags decide that it asks for; `None` unless all these go by buckets that are independent.
    fn by_prerequisites(
        &mut self,
        depends: &Dependence<'a>,
        situation: &Situation,
        depth: usize,
    ) -> Option<Outcome> {
        if depth >= DEEPEST {
            return None;
        }
        let mut outcomes = Vec::new();
        let mut others: BTreeSet<BucketStream> = BTreeSet::new();
        let mut combinations = 1_usize;
        for prerequisite in &depends.prerequisites {
            let indices = self.dependence(prerequisite).indices;
            let outcome = self.of(prerequisite, situation, depth + 1);
            combinations = combinations.checked_mul(outcome.shares.len())?;
            if outcome.incomplete || combinations > MOST_COMBINATIONS || !others.is_disjoint(&outcome.streams)
            {
                return None;
            }
            others.extend(outcome.streams.iter().cloned());
            outcomes.push((indices, outcome));
        }
        let steps: Vec<_> =
            (0..2).filter_map(|side| Some((side, depends.indices.get(side).copied().flatten()?))).collect();
        let mut found = Outcome::default();
        let mut left = MOST_RANGES;
        for mut combination in 0..combinations {
            let mut weight = 1.0;
            for (indices, outcome) in &outcomes {
                let (pair, percent) = outcome.shares.get(combination % outcome.shares.len())?;
                combination /= outcome.shares.len();
                weight *= percent / 100.0;
                for ((decided, index), decision) in self.decided.iter_mut().zip(indices).zip(pair) {
                    if let Some(slot) = index.and_then(|index| decided.get_mut(index as usize)) {
                        *slot = *decision;
                    }
                }
            }
            let mut walk = Walk {
                context: &situation.context,
                own_key: false,
                steps: &steps,
                ranges: BucketRanges::new(),
                weight,
                left,
                flag: depends.indices,
            };
            found.incomplete |= self.walk(&mut walk, 0, &mut found).is_none();
            left = walk.left;
        }
        if !found.streams.is_disjoint(&others) {
            return None;
        }
        found.streams.extend(others);
        Some(found)
    }

    /// With all flags that it depends on. With `own_key` the targeting key is somebody's, whose own buckets count.
    pub(super) fn at_once(&mut self, flag: &str, context: &Context, own_key: bool) -> Outcome {
        let indices = self.populations.each_ref().map(|populations| populations.index(flag));
        let mut steps = Vec::new();
        for (side, (populations, index)) in self.populations.iter().zip(indices).enumerate() {
            let order = index.map(|index| populations.prerequisites_first(index));
            steps.extend(order.into_iter().flatten().map(|index| (side, index)));
        }
        let mut walk = Walk {
            context,
            own_key,
            steps: &steps,
            ranges: BucketRanges::new(),
            weight: 1.0,
            left: MOST_RANGES,
            flag: indices,
        };
        let mut found = Outcome::default();
        found.incomplete = self.walk(&mut walk, 0, &mut found).is_none();
        found
    }

    /// Decides the flags from this step on; where one divides the ranges, each half is gone on with by itself.
    fn walk(&mut self, walk: &mut Walk<'_>, from: usize, found: &mut Outcome) -> Option<()> {
        walk.left = walk.left.checked_sub(1)?;
        for (at, (side, flag)) in walk.steps.iter().enumerate().skip(from) {
            let (populations, decided) = (self.populations.get(*side)?, self.decided.get_mut(*side)?);
            match populations.decide(*flag, walk.context, &walk.ranges, walk.own_key, decided) {
                Ok(decision) => *decided.get_mut(*flag as usize)? = Some(decision),
                Err(Divide { stream, at: bound }) => {
                    found.streams.insert(stream.clone());
                    let before = walk.ranges.get(&stream).copied();
                    let (low, high) = before.unwrap_or(WHOLE);
                    for half in [(low, bound), (bound, high)] {
                        walk.ranges.insert(stream.clone(), half);
                        self.walk(walk, at, found)?;
                    }
                    match before {
                        Some(range) => walk.ranges.insert(stream, range),
                        None => walk.ranges.remove(&stream),
                    };
                    return Some(());
                }
            }
        }
        let mut pair = [None, None];
        for ((known, index), decided) in pair.iter_mut().zip(walk.flag).zip(&self.decided) {
            *known = index.and_then(|index| decided.get(index as usize).copied().flatten());
        }
        found.add(pair, walk.weight * share(&walk.ranges));
        Some(())
    }
}

/// The percentage of people in these ranges: the streams are independent, so their shares multiply.
#[expect(clippy::cast_precision_loss, reason = "53 bits are plenty for percentages")]
fn share(ranges: &BucketRanges) -> f64 {
    let whole = WHOLE.1 as f64;
    ranges.values().map(|(from, to)| (to - from) as f64 / whole).product::<f64>() * 100.0
}
