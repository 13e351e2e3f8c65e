//! Cycles of a graph.

use crate::Position;

/// One thing names another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Edge<'a> {
    /// The other.
    pub(super) to: usize,
    /// Its name.
    pub(super) name: &'a str,
    /// Where it is named.
    pub(super) position: Position,
}

/// A node on the way from where the search began.
struct Step {
    node: usize,
    /// How many of its edges were followed.
    followed: usize,
    /// Nodes before this depth, up to this one, are in a cycle that was reported, or before one.
    reported: usize,
}

/// Cycles of the graph, at least one of each group that depends on itself; no node is in two of them.
///
/// Each is the edges from its lowest node back to it. Takes time linear in nodes and edges.
pub(super) fn cycles<'a>(edges: &[Vec<Edge<'a>>]) -> Vec<Vec<Edge<'a>>> {
    let mut marks = vec![Mark::New; edges.len()];
    let mut cycles = Vec::new();
    for start in 0..edges.len() {
        // Kept here and not on the call stack, which a long chain would overflow.
        let mut way: Vec<Step> = Vec::new();
        if marks.get(start) == Some(&Mark::New) {
            set(&mut marks, start, Mark::OnTheWay(0));
            way.push(Step { node: start, followed: 0, reported: 0 });
        }
        while let Some(step) = way.last_mut() {
            let Some(edge) = edges.get(step.node).and_then(|edges| edges.get(step.followed)) else {
                set(&mut marks, step.node, Mark::Done);
                way.pop();
                continue;
            };
            step.followed += 1;
            let reported = step.reported;
            match marks.get(edge.to) {
                Some(Mark::New) => {
                    set(&mut marks, edge.to, Mark::OnTheWay(way.len()));
                    way.push(Step { node: edge.to, followed: 0, reported });
                }
                Some(Mark::OnTheWay(depth)) if *depth >= reported => {
                    cycles.extend(close(edges, &way, *depth));
                    for (at, step) in way.iter_mut().enumerate().skip(*depth) {
                        step.reported = at + 1;
                    }
                }
                Some(Mark::OnTheWay(_) | Mark::Done) | None => {}
            }
        }
    }
    cycles
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    New,
    /// With how many steps before it.
    OnTheWay(usize),
    Done,
}

fn set<T>(all: &mut [T], at: usize, value: T) {
    if let Some(slot) = all.get_mut(at) {
        *slot = value;
    }
}

/// The edges of `way` from that depth on, which its last edge leads back to.
fn close<'a>(edges: &[Vec<Edge<'a>>], way: &[Step], depth: usize) -> Option<Vec<Edge<'a>>> {
    let mut cycle = Vec::new();
    for Step { node, followed, .. } in way.get(depth..)? {
        cycle.push((*node, *edges.get(*node)?.get(followed.checked_sub(1)?)?));
    }
    let lowest = cycle.iter().enumerate().min_by_key(|(_, (node, _))| *node).map_or(0, |(at, _)| at);
    cycle.rotate_left(lowest);
    Some(cycle.into_iter().map(|(_, edge)| edge).collect())
}

#[cfg(test)]
mod tests {
    use super::{Edge, cycles};
    use crate::Position;

    fn found(edges: &[&[usize]]) -> Vec<Vec<usize>> {
        let edges: Vec<Vec<Edge<'_>>> = edges
            .iter()
            .map(|to| to.iter().map(|to| Edge { to: *to, name: "", position: Position::default() }).collect())
            .collect();
        cycles(&edges).into_iter().map(|cycle| cycle.into_iter().map(|edge| edge.to).collect()).collect()
    }

    #[test]
    fn cycles_of_graphs() {
        let none: Vec<Vec<usize>> = Vec::new();
        assert_eq!(found(&[]), none);
        assert_eq!(found(&[&[1, 2], &[2], &[]]), none, "a diamond is no cycle");
        assert_eq!(found(&[&[0]]), [vec![0]]);
        assert_eq!(found(&[&[], &[2], &[1]]), [vec![2, 1]]);
        assert_eq!(found(&[&[2], &[0], &[1]]), [vec![2, 1, 0]]);
        assert_eq!(found(&[&[1], &[0], &[3], &[2], &[0, 2]]), [vec![1, 0], vec![3, 2]]);
        assert_eq!(found(&[&[1], &[2, 0], &[0]]), [vec![1, 2, 0]], "one of each group");
    }

    #[test]
    fn a_long_chain_does_not_overflow() {
        let edges: Vec<Vec<usize>> = (0..100_000).map(|n| vec![(n + 1) % 100_000]).collect();
        let edges: Vec<&[usize]> = edges.iter().map(Vec::as_slice).collect();
        assert_eq!(found(&edges).len(), 1);
    }
}
