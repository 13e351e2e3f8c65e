//! Rollouts: a percentage, a bucket by an attribute, or a ramp.

use super::Decoder;
use crate::yaml::{Key, Node, NodeKind};
use crate::{Amount, Code, Pace, Percent, Ramp, Rollout, Spanned};

const KEYS: &[&str] = &["percentage", "by", "salt", "from", "to", "start", "end", "step", "every"];
const EXAMPLE: &str = "`rollout: 25`, or `rollout: { percentage: 25, by: tenant_id }`";

/// The keys as written; what is needed is decided when all are known.
#[derive(Default)]
struct Parts<'n, 'a> {
    percentage: Option<&'n Node<'a>>,
    from: Option<&'n Node<'a>>,
    to: Option<&'n Node<'a>>,
    start: Option<&'n Node<'a>>,
    end: Option<&'n Node<'a>>,
    step: Option<&'n Node<'a>>,
    every: Option<&'n Node<'a>>,
}

impl<'a> Decoder<'_, 'a> {
    pub(super) fn rollout(&mut self, node: &Node<'a>) -> Spanned<Rollout> {
        let rollout = match &node.kind {
            NodeKind::Map(entries) => self.rollout_map(node, entries),
            NodeKind::Null | NodeKind::Bool(_) | NodeKind::List(_) => {
                self.wrong("rollout", node, "a percentage or a map", format!("write {EXAMPLE}"));
                neutral(node)
            }
            _ => match self.percent("rollout", node) {
                Some(percent) => Rollout { amount: Amount::Fixed(percent), by: None, salt: None },
                None => neutral(node),
            },
        };
        Spanned::new(rollout, node.position)
    }

    fn rollout_map(&mut self, node: &Node<'a>, entries: &[(Key<'a>, Node<'a>)]) -> Rollout {
        let mut rollout = neutral(node);
        let mut parts = Parts::default();
        for (key, node) in entries {
            match &*key.value {
                "by" => rollout.by = self.string("by", node),
                "salt" => rollout.salt = self.string("salt", node),
                "percentage" => parts.percentage = Some(node),
                "from" => parts.from = Some(node),
                "to" => parts.to = Some(node),
                "start" => parts.start = Some(node),
                "end" => parts.end = Some(node),
                "step" => parts.step = Some(node),
                "every" => parts.every = Some(node),
                _ => self.unknown_key("a rollout", key, KEYS),
            }
        }
        let ramp = [parts.from, parts.to, parts.start, parts.end, parts.step, parts.every];
        let amount = match (parts.percentage, ramp.into_iter().flatten().next()) {
            (Some(percentage), None) => self.percent("percentage", percentage).map(Amount::Fixed),
            (None, Some(_)) => self.ramp(node, &parts).map(Amount::Ramp),
            (Some(_), Some(other)) => {
                let message = "a rollout is a `percentage` or a ramp, not both";
                let help = "remove `percentage`, or the keys of the ramp";
                self.report(Code::UnknownKey, other.position, message, help);
                None
            }
            (None, None) => {
                if !Self::misspelt(entries, "percentage", KEYS) {
                    self.missing(
                        node.position,
                        "the rollout has no `percentage`",
                        format!("write {EXAMPLE}"),
                    );
                }
                None
            }
        };
        Rollout { amount: amount.unwrap_or(rollout.amount), ..rollout }
    }

    fn ramp(&mut self, node: &Node<'a>, parts: &Parts<'_, 'a>) -> Option<Ramp> {
        let bound = |it: &mut Self, what, part: Option<&Node<'a>>, absent| match part {
            Some(node) => it.percent(what, node),
            None => Some(Spanned::new(absent, node.position)),
        };
        let from = bound(self, "from", parts.from, Percent::ZERO);
        let to = bound(self, "to", parts.to, Percent::HUNDRED);
        let start = parts.start.and_then(|node| self.timestamp("start", node));
        if parts.start.is_none() {
            self.missing(node.position, "the ramp has no `start`", "write `start: 2026-12-01T09:00:00Z`");
        }
        let pace = self.pace(node, parts);
        Some(Ramp { from: from?, to: to?, start: start?, pace: pace? })
    }

    fn pace(&mut self, node: &Node<'a>, parts: &Parts<'_, 'a>) -> Option<Pace> {
        let step = parts.step.map(|node| self.percent("step", node));
        let every = parts.every.map(|node| self.duration("every", node));
        let end = parts.end.map(|node| self.timestamp("end", node));
        match (step, every, end) {
            (Some(step), Some(every), None) => Some(Pace::Steps { step: step?, every: every? }),
            (None, None, Some(end)) => Some(Pace::Straight { end: end? }),
            (None, None, None) => {
                let help = "add `end:` for a straight line, or `step:` and `every:`";
                self.missing(node.position, "the ramp does not say how it moves", help);
                None
            }
            (Some(_), None, None) => {
                self.missing(node.position, "the ramp has a `step` but no `every`", "add `every: 1d`");
                None
            }
            (None, Some(_), None) => {
                self.missing(node.position, "the ramp has `every` but no `step`", "add `step: 10`");
                None
            }
            (_, _, Some(_)) => {
                let position = parts.end.map_or(node.position, |end| end.position);
                let message = "a ramp goes straight to its `end` or in steps, not both";
                self.report(Code::UnknownKey, position, message, "remove `end`, or `step` and `every`");
                None
            }
        }
    }
}

/// What stands for a rollout that cannot be read: neither nobody nor everybody.
fn neutral(node: &Node<'_>) -> Rollout {
    let half = Percent::from_thousandths(50_000).unwrap_or_default();
    Rollout { amount: Amount::Fixed(Spanned::new(half, node.position)), by: None, salt: None }
}
