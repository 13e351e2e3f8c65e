//! Bounds on what one evaluation may ask of other flags and segments.

use super::{Ruleset, State, Test};
use flags_schema::{Code, Diagnostic, Spanned};

/// How often one evaluation may ask flags and segments, all levels taken together.
const VISITS: u64 = 10_000;
/// How deep flags and segments may depend on each other.
const LEVELS: u32 = 64;

/// Refuses cycles, and dependencies so deep or so many that an evaluation would take long.
pub(super) fn bound_dependencies(ruleset: &Ruleset, errors: &mut Vec<Diagnostic>) {
    let segments: Vec<Node> =
        ruleset.segments.iter().map(|segment| Node { own: 1, edges: asked(&segment.when) }).collect();
    let segment_name = |i: usize| ruleset.segment_names().nth(i);
    let Some(visits) = bound("segment", &segments, segment_name, errors) else { return };
    if segments.is_empty() && ruleset.flags.iter().all(|flag| flag.prerequisites.is_empty()) {
        return;
    }
    let flags: Vec<Node> = ruleset
        .flags
        .iter()
        .map(|flag| {
            let mut asked = asked(flag.rules.iter().filter_map(|rule| rule.when.as_ref()));
            if let State::Members(segment) = flag.state {
                asked.push(segment);
            }
            let visits = asked.iter().filter_map(|segment| visits.get(*segment as usize));
            let own = visits.fold(1_u64, |sum, visits| sum.saturating_add(*visits));
            Node { own, edges: flag.prerequisites.iter().map(|p| p.flag).collect() }
        })
        .collect();
    let flag_name = |i: usize| ruleset.written(u32::try_from(i).ok()?).map(|flag| &flag.key);
    bound("flag", &flags, flag_name, errors);
}

/// A flag or a segment.
struct Node {
    /// Visits to itself and to what is of another kind.
    own: u64,
    /// Others of its kind that it asks.
    edges: Vec<u32>,
}

/// The segments that conditions ask for.
fn asked<'a>(tests: impl IntoIterator<Item = &'a Test>) -> Vec<u32> {
    let mut asked = Vec::new();
    tests.into_iter().for_each(|test| nested(test, &mut asked));
    asked
}

fn nested(test: &Test, into: &mut Vec<u32>) {
    match test {
        Test::All(members) | Test::Any(members) => members.iter().for_each(|m| nested(m, into)),
        Test::Not(member) => nested(member, into),
        Test::Segment(segment) => into.push(*segment),
        Test::Compare(_) => {}
    }
}

#[derive(Clone, Copy)]
enum Seen {
    No,
    Open,
    /// Visits and levels below it, itself included.
    Done(u64, u32),
}

fn mark(seen: &mut [Seen], node: usize, to: Seen) {
    if let Some(slot) = seen.get_mut(node) {
        *slot = to;
    }
}

/// The visits of each node; `None`, and an error, when they are too many.
fn bound<'a>(
    what: &str,
    nodes: &[Node],
    name: impl Fn(usize) -> Option<&'a Spanned<String>>,
    errors: &mut Vec<Diagnostic>,
) -> Option<Vec<u64>> {
    let mut seen = vec![Seen::No; nodes.len()];
    // Depth first without recursion: an entry and how many of its edges are done.
    let mut path = Vec::new();
    for root in 0..nodes.len() {
        path.push((root, 0_usize));
        while let Some((node, done)) = path.pop() {
            if done == 0 && !matches!(seen.get(node), Some(Seen::No)) {
                continue;
            }
            let (own, targets) = nodes.get(node).map_or((1, &[][..]), |node| (node.own, &node.edges));
            let problem = match targets.get(done) {
                Some(target) => {
                    let target = *target as usize;
                    mark(&mut seen, node, Seen::Open);
                    path.push((node, done + 1));
                    if let Some(Seen::Open) = seen.get(target) {
                        Some("depends on itself")
                    } else {
                        path.push((target, 0));
                        None
                    }
                }
                None => {
                    let below = targets.iter().map(|t| match seen.get(*t as usize) {
                        Some(Seen::Done(visits, levels)) => (*visits, *levels),
                        _ => (0, 0),
                    });
                    let (visits, levels) =
                        below.fold((own, 0), |(v, l), (v2, l2)| (v.saturating_add(v2), l.max(l2)));
                    mark(&mut seen, node, Seen::Done(visits, levels + 1));
                    if levels + 1 > LEVELS {
                        Some("depends on others more than 64 levels deep")
                    } else if visits > VISITS {
                        Some("depends on others through more than 10000 paths")
                    } else {
                        None
                    }
                }
            };
            if let Some(problem) = problem
                && let Some(name) = name(node)
            {
                let message = format!("{what} `{}` {problem}", **name);
                errors.push(Diagnostic::new(Code::Cycle, name.position, message));
                return None;
            }
        }
    }
    let visits = |seen: &Seen| match seen {
        Seen::Done(visits, _) => *visits,
        Seen::No | Seen::Open => 0,
    };
    Some(seen.iter().map(visits).collect())
}
