//! `flags rule` and `flags segment`: edits of rules and segments.

use crate::args::{Mode, Order, Rule, Says, Segment};
use crate::edit::Session;
use crate::failure::Failure;
use crate::outcome::Outcome;
use flags_edit::{Edit, RuleOrder, RuleText, SegmentChange, SegmentText};
use std::path::Path;

impl Says {
    fn text(&self) -> RuleText {
        RuleText {
            name: self.name.clone(),
            when: self.when.clone(),
            rollout: percentage(self.rollout.as_deref()),
            serve: self.serve.clone(),
            priority: self.priority.clone(),
            starts: self.starts.clone(),
            ends: self.ends.clone(),
        }
    }
}

impl Order {
    fn order(&self) -> RuleOrder {
        match (self.first, self.at, &self.before, &self.after) {
            (true, ..) => RuleOrder::First,
            (_, Some(position), ..) => RuleOrder::At(position),
            (_, _, Some(rule), _) => RuleOrder::Before(rule.clone()),
            (_, _, _, Some(rule)) => RuleOrder::After(rule.clone()),
            (false, None, None, None) => RuleOrder::Last,
        }
    }
}

pub(crate) fn rule(path: Option<&Path>, command: &Rule) -> Result<Outcome, Failure> {
    let (edit, mode) = match command {
        Rule::Add(it) => {
            let (flag, rule, order) = (it.flag.clone(), it.says.text(), it.order.order());
            (Edit::AddRule { flag, rule, order, scope: it.options.reach.scope() }, it.options.mode)
        }
        Rule::Move(it) => {
            let (flag, rule, order) = (it.flag.clone(), it.rule.clone(), it.order.order());
            (Edit::MoveRule { flag, rule, order, scope: it.options.reach.scope() }, it.options.mode)
        }
        Rule::Set(it) => {
            let (flag, rule, change) = (it.flag.clone(), it.rule.clone(), it.says.text());
            (
                Edit::SetRule {
                    flag,
                    rule,
                    change,
                    clear: it.clear.clone(),
                    scope: it.options.reach.scope(),
                },
                it.options.mode,
            )
        }
        Rule::Remove(it) => {
            let (flag, rule) = (it.flag.clone(), it.rule.clone());
            (Edit::RemoveRule { flag, rule, scope: it.options.reach.scope() }, it.options.mode)
        }
    };
    apply(path, &edit, mode)
}

/// A percentage may be written with its sign here.
fn percentage(written: Option<&str>) -> Option<String> {
    written.map(|written| written.trim_end_matches('%').to_owned())
}

pub(crate) fn segment(path: Option<&Path>, command: &Segment) -> Result<Outcome, Failure> {
    let (edit, mode) = match command {
        Segment::Add(it) => {
            let definition = SegmentText {
                users: it.user.clone(),
                when: it.when.clone(),
                rollout: percentage(it.rollout.as_deref()),
                exclude: it.exclude.clone(),
            };
            (Edit::AddSegment { segment: it.name.clone(), definition }, it.mode)
        }
        Segment::Set(it) => {
            let change = SegmentChange {
                add: it.add_user.clone(),
                remove: it.remove_user.clone(),
                when: it.when.clone(),
                rollout: percentage(it.rollout.as_deref()),
                exclude: it.exclude.clone(),
                include: it.include.clone(),
                clear: it.clear.clone(),
            };
            (
                Edit::SetSegment { segment: it.name.clone(), change, scope: it.options.reach.scope() },
                it.options.mode,
            )
        }
        Segment::Rename(it) => (Edit::RenameSegment { segment: it.name.clone(), to: it.to.clone() }, it.mode),
        Segment::Remove(it) => (Edit::RemoveSegment { segment: it.name.clone() }, it.mode),
    };
    apply(path, &edit, mode)
}

fn apply(path: Option<&Path>, edit: &Edit, mode: Mode) -> Result<Outcome, Failure> {
    let mut session = Session::open(path)?;
    session.apply(edit)?;
    session.finish(mode)
}
