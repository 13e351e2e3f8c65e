//! Which flags and segments depend on which: cycles are refused, and what depends on many others gets a plan.

use super::plan::{Dependent, Entry, Plan};
use super::{Flag, ResolvedState, RulesetPart, Segment, Test};
use flags_schema::{Code, Diagnostic, Position};

/// Levels of dependencies up to which an evaluation asks them one within the other.
const LEVELS: u32 = 8;
/// How much such an evaluation may ask: flags, segments, rules and comparisons, all levels taken together.
const QUESTIONS: u32 = 64;

/// The plan for those flags and segments whose dependencies are deeper or more than an evaluation
/// should follow by itself; they are told about it.
///
/// A cycle is an error, and then there is no plan.
pub(super) fn plan(
    flags: &mut [Flag],
    segments: &mut [Segment],
    parts: &[RulesetPart],
    errors: &mut Vec<Diagnostic>,
) -> Plan {
    let graph = Graph::of(flags, segments);
    if graph.targets.is_empty() {
        return Plan::default();
    }
    let order = match graph.order() {
        Ok(order) => order,
        Err(node) => {
            errors.push(cycle(node, flags, segments.len(), parts));
            return Plan::default();
        }
    };
    let mut costs = vec![Cost::default(); graph.len()];
    let mut entries: Vec<Entry> = Vec::new();
    let mut slots = vec![None; costs.len()];
    for node in &order {
        let node = *node as usize;
        // Flags go by buckets too.
        let is_bucketed =
            |target: &u32| segments.get(*target as usize).is_none_or(|segment| segment.bucketed);
        let bucketed = graph.targets(node).iter().any(is_bucketed);
        if let Some(segment) = segments.get_mut(node) {
            segment.bucketed |= bucketed;
        }
        let mut cost = Cost { levels: 1, questions: graph.own(node) };
        for target in graph.targets(node) {
            let Some(below) = costs.get(*target as usize) else { continue };
            cost.levels = cost.levels.max(below.levels.saturating_add(1));
            cost.questions = cost.questions.saturating_add(below.questions);
        }
        if let Some(slot) = costs.get_mut(node) {
            *slot = cost;
        }
        // What asks nobody and is asked by nobody is evaluated once anyway.
        let alone = graph.targets(node).is_empty() && graph.asked_for.get(node) != Some(&true);
        if alone || cost.levels <= LEVELS && cost.questions <= QUESTIONS {
            continue;
        }
        let own = u32::try_from(entries.len()).unwrap_or(u32::MAX);
        let mut needs: Vec<u32> =
            graph.targets(node).iter().filter_map(|target| *slots.get(*target as usize)?).collect();
        needs.sort_unstable();
        needs.dedup();
        let first = needs.iter().filter_map(|need| Some(entries.get(*need as usize)?.first)).min();
        let what = match node.checked_sub(segments.len()) {
            None => {
                if let Some(segment) = segments.get_mut(node) {
                    segment.planned = Some(own);
                }
                Dependent::Segment(u32::try_from(node).unwrap_or(u32::MAX))
            }
            Some(flag) => {
                if let Some(flag) = flags.get_mut(flag) {
                    flag.planned = Some(own);
                }
                Dependent::Flag(u32::try_from(flag).unwrap_or(u32::MAX))
            }
        };
        entries.push(Entry { what, needs: needs.into(), first: first.unwrap_or(own) });
        if let Some(slot) = slots.get_mut(node) {
            *slot = Some(own);
        }
    }
    let flags_in_order = order.iter().filter_map(|node| {
        let flag = node.checked_sub(u32::try_from(segments.len()).ok()?)?;
        flags.get(flag as usize).filter(|flag| !flag.prerequisites.is_empty())?;
        Some(flag)
    });
    Plan { entries: entries.into(), order: flags_in_order.collect() }
}

/// What it takes to evaluate a flag or a segment, itself included.
#[derive(Clone, Copy, Default)]
struct Cost {
    levels: u32,
    questions: u32,
}

/// Segments, followed by flags, and which of these each of them asks for.
struct Graph {
    /// Where in `targets` those of each node begin; one more than there are nodes.
    starts: Vec<usize>,
    targets: Vec<u32>,
    /// What each node asks by itself: rules, comparisons, other nodes.
    own: Vec<u32>,
    /// Whether a node asks for it.
    asked_for: Vec<bool>,
}

impl Graph {
    fn of(flags: &[Flag], segments: &[Segment]) -> Self {
        let first_flag = u32::try_from(segments.len()).unwrap_or(u32::MAX);
        let nodes = segments.len() + flags.len();
        let mut graph = Self {
            starts: Vec::with_capacity(nodes + 1),
            targets: Vec::new(),
            own: Vec::with_capacity(nodes),
            asked_for: vec![false; nodes],
        };
        for segment in segments {
            graph.starts.push(graph.targets.len());
            let comparisons = segment.when.iter().map(|when| asked(when, first_flag, &mut graph.targets));
            let own = comparisons.fold(1, u32::saturating_add);
            graph.own.push(own);
        }
        for flag in flags {
            graph.starts.push(graph.targets.len());
            let prerequisites = flag.prerequisites.iter();
            graph.targets.extend(prerequisites.map(|it| it.flag.saturating_add(first_flag)));
            let rules = flag.rules.iter().map(|rule| {
                rule.when
                    .as_ref()
                    .map_or(1, |when| asked(when, first_flag, &mut graph.targets).saturating_add(1))
            });
            let own = rules.fold(1, u32::saturating_add);
            graph.own.push(own);
            match flag.state {
                ResolvedState::Members(segment) => graph.targets.push(segment),
                ResolvedState::On | ResolvedState::Nobody | ResolvedState::Rollout(_) => {}
            }
        }
        graph.starts.push(graph.targets.len());
        for target in &graph.targets {
            if let Some(asked_for) = graph.asked_for.get_mut(*target as usize) {
                *asked_for = true;
            }
        }
        graph
    }

    fn own(&self, node: usize) -> u32 {
        self.own.get(node).copied().unwrap_or(1)
    }

    fn len(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    fn targets(&self, node: usize) -> &[u32] {
        match (self.starts.get(node), self.starts.get(node + 1)) {
            (Some(start), Some(end)) => self.targets.get(*start..*end).unwrap_or_default(),
            _ => &[],
        }
    }

    /// The nodes, each after those that it asks for; or one that asks for itself in the end.
    ///
    /// Takes time linear in nodes and targets, and no more of the call stack for a longer chain.
    fn order(&self) -> Result<Vec<u32>, usize> {
        let mut states = vec![Visit::Not; self.len()];
        let mut order = Vec::with_capacity(self.len());
        // A node that is being visited, and how many of its targets were followed.
        let mut path: Vec<(usize, usize)> = Vec::new();
        for root in 0..self.len() {
            if states.get(root) == Some(&Visit::Not) {
                path.push((root, 0));
            }
            while let Some((node, followed)) = path.last_mut() {
                let node = *node;
                let Some(target) = self.targets(node).get(*followed) else {
                    order.push(u32::try_from(node).unwrap_or(u32::MAX));
                    if let Some(state) = states.get_mut(node) {
                        *state = Visit::Done;
                    }
                    path.pop();
                    continue;
                };
                *followed += 1;
                if let Some(state) = states.get_mut(node) {
                    *state = Visit::Open;
                }
                let target = *target as usize;
                match states.get(target) {
                    Some(Visit::Not) if target != node => path.push((target, 0)),
                    Some(Visit::Not | Visit::Open) => return Err(node),
                    Some(Visit::Done) | None => {}
                }
            }
        }
        Ok(order)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Visit {
    Not,
    Open,
    Done,
}

/// The segments and flags that a condition asks for, and how many comparisons it has. Conditions nest no deeper
/// than their document.
pub(super) fn asked(test: &Test, first_flag: u32, targets: &mut Vec<u32>) -> u32 {
    match test {
        Test::All(members) | Test::Any(members) => {
            members.iter().map(|member| asked(member, first_flag, targets)).fold(0, u32::saturating_add)
        }
        Test::Not(member) => asked(member, first_flag, targets),
        Test::Segment(segment) => {
            targets.push(*segment);
            0
        }
        Test::Flag(other) => {
            targets.push(other.flag.saturating_add(first_flag));
            0
        }
        Test::Compare(_) => 1,
    }
}

fn cycle(node: usize, flags: &[Flag], segments: usize, parts: &[RulesetPart]) -> Diagnostic {
    let named = |what: &str, name: &str, position: Option<Position>| {
        Diagnostic::new(Code::Cycle, position, format!("{what} `{name}` depends on itself"))
    };
    match node.checked_sub(segments) {
        None => {
            let names = parts.iter().flat_map(|part| &part.written.document().segments);
            let name = names.map(|segment| &segment.name).nth(node);
            named("segment", name.map_or("", |name| name.as_str()), name.map(|name| name.position))
        }
        Some(flag) => {
            let location = flags.get(flag).map(|flag| (flag.part, flag.source));
            let key = location.and_then(|(part, source)| Some(&parts.get(part)?.written.flag(source)?.key));
            named("flag", key.map_or("", |key| key.as_str()), key.map(|key| key.position))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Graph;

    fn graph(targets: &[&[u32]]) -> Graph {
        let mut graph =
            Graph { starts: vec![0], targets: Vec::new(), own: Vec::new(), asked_for: Vec::new() };
        for of in targets {
            graph.targets.extend_from_slice(of);
            graph.starts.push(graph.targets.len());
        }
        graph
    }

    #[test]
    fn each_comes_after_those_that_it_asks_for() {
        type Case<'a> = (&'a [&'a [u32]], Result<Vec<u32>, usize>);
        let cases: [Case<'_>; 6] = [
            (&[], Ok(vec![])),
            (&[&[1, 2], &[2], &[]], Ok(vec![2, 1, 0])),
            (&[&[], &[0, 0], &[1, 0]], Ok(vec![0, 1, 2])),
            (&[&[0]], Err(0)),
            (&[&[1], &[2], &[0]], Err(2)),
            (&[&[], &[2], &[1, 0]], Err(2)),
        ];
        for (targets, expected) in cases {
            assert_eq!(graph(targets).order(), expected, "{targets:?}");
        }
    }
}
