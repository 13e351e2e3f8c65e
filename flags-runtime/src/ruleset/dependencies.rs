//! Bounds on what one evaluation may ask of other flags and segments.

use super::{Ruleset, Test};
use flags_schema::{Code, Diagnostic, Spanned};

/// How often one evaluation may ask other flags and segments, all levels taken together.
const VISITS: u64 = 10_000;
/// How deep flags and segments may depend on each other.
const LEVELS: u32 = 64;

/// Refuses cycles, and dependencies so deep or so many that an evaluation would take long.
pub(super) fn bound_dependencies(ruleset: &Ruleset, errors: &mut Vec<Diagnostic>) {
    let segments: Vec<Vec<u32>> = ruleset
        .segments
        .iter()
        .map(|segment| {
            let mut inner = Vec::new();
            segment.when.iter().for_each(|when| nested(when, &mut inner));
            inner
        })
        .collect();
    let flags: Vec<Vec<u32>> =
        ruleset.flags.iter().map(|flag| flag.prerequisites.iter().map(|p| p.flag).collect()).collect();
    let segment_name = |i: usize| ruleset.segment_names().nth(i);
    let flag_name = |i: usize| ruleset.written(u32::try_from(i).ok()?).map(|flag| &flag.key);
    bound("segment", &segments, segment_name, errors);
    bound("flag", &flags, flag_name, errors);
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

fn bound<'a>(
    what: &str,
    edges: &[Vec<u32>],
    name: impl Fn(usize) -> Option<&'a Spanned<String>>,
    errors: &mut Vec<Diagnostic>,
) {
    let mut seen = vec![Seen::No; edges.len()];
    for root in 0..edges.len() {
        // Depth first without recursion: an entry and how many of its edges are done.
        let mut path = vec![(root, 0_usize)];
        while let Some((node, done)) = path.pop() {
            if done == 0 && !matches!(seen.get(node), Some(Seen::No)) {
                continue;
            }
            let targets = edges.get(node).map(Vec::as_slice).unwrap_or_default();
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
                        below.fold((1_u64, 0), |(v, l), (v2, l2)| (v.saturating_add(v2), l.max(l2)));
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
            if let (Some(problem), Some(name)) = (problem, name(node)) {
                let message = format!("{what} `{}` {problem}", **name);
                errors.push(Diagnostic::new(Code::Cycle, name.position, message));
                return;
            }
        }
    }
}
