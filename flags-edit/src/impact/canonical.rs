//! Documents written otherwise that say the same: conditions as sets, lists without an order, nothing that is for
//! people only.

use crate::describe;
use flags_schema::{
    Comparison, Condition, Environments, Flag, FlagCategory, Mutability, Operator, Position, Requirement,
    Spanned, Users, Value,
};

/// A condition that every condition of the same sets is written as.
pub(crate) fn condition(written: &Condition) -> Condition {
    match written {
        Condition::All(members) => {
            let members = flattened(members, |member| match member {
                Condition::All(members) => Ok(members),
                other => Err(other),
            });
            joined(members, Condition::All)
        }
        Condition::Any(members) => {
            let members = flattened(members, |member| match member {
                Condition::Any(members) => Ok(members),
                other => Err(other),
            });
            joined(members, Condition::Any)
        }
        Condition::Not(member) => match condition(member) {
            Condition::Not(member) => *member,
            other => Condition::Not(Box::new(other)),
        },
        Condition::Segment(name) => Condition::Segment(name.clone()),
        Condition::Flag(requirement) => {
            let mut requirement = requirement.clone();
            in_order(&mut requirement);
            Condition::Flag(requirement)
        }
        Condition::Compare(comparison) => compared(comparison),
    }
}

fn flattened(
    members: &[Condition],
    inner: fn(Condition) -> Result<Vec<Condition>, Condition>,
) -> Vec<Condition> {
    let members = members.iter().map(condition).flat_map(|member| match inner(member) {
        Ok(members) => members,
        Err(member) => vec![member],
    });
    let mut members: Vec<(String, Condition)> = members.map(|member| (member.to_string(), member)).collect();
    members.sort_by(|a, b| a.0.cmp(&b.0));
    members.dedup_by(|a, b| a.0 == b.0);
    members.into_iter().map(|(_, member)| member).collect()
}

fn joined(mut members: Vec<Condition>, join: fn(Vec<Condition>) -> Condition) -> Condition {
    match members.pop() {
        Some(only) if members.is_empty() => only,
        Some(last) => {
            members.push(last);
            join(members)
        }
        None => join(members),
    }
}

/// `neq` and `nin` are `not` of `eq` and `in`; a list is a set, and one of one member that member.
fn compared(comparison: &Comparison) -> Condition {
    let mut comparison = comparison.clone();
    let (operator, negated) = match comparison.operator.value {
        Operator::Neq => (Operator::Eq, true),
        Operator::Nin => (Operator::In, true),
        Operator::SemverNeq => (Operator::SemverEq, true),
        other => (other, false),
    };
    comparison.operator.value = operator;
    if let Value::List(items) = &mut comparison.operand.value {
        items.sort_by_key(|item| format!("{:?}", item.value));
        items.dedup_by(|a, b| a.value == b.value);
    }
    let one = match (&comparison.operator.value, &comparison.operand.value) {
        (Operator::In | Operator::SemverIn, Value::List(items)) => match items.as_slice() {
            [only] => Some(only.value.clone()),
            _ => None,
        },
        _ => None,
    };
    if let Some(one) = one {
        comparison.operand.value = one;
        comparison.operator.value =
            if comparison.operator.value == Operator::In { Operator::Eq } else { Operator::SemverEq };
    }
    let condition = Condition::Compare(comparison);
    if negated { Condition::Not(Box::new(condition)) } else { condition }
}

/// A flag that every flag which answers the same by its text alone is written as.
pub(crate) fn flag(written: &Flag, applies: bool) -> Flag {
    let mut flag = written.clone();
    flag.description = None;
    flag.owner = None;
    flag.tags.clear();
    flag.ticket = None;
    flag.metadata.clear();
    flag.expires = None;
    flag.env_override = true;
    flag.kind.value = FlagCategory::default();
    flag.mutability.value = Mutability::default();
    flag.environments = if applies { Environments::All } else { Environments::Only(Vec::new()) };
    for rule in &mut flag.answer.rules {
        if let Some(when) = &mut rule.when {
            when.value = condition(&when.value);
        }
    }
    sort_users(&mut flag.answer.users);
    for requirements in [&mut flag.answer.requires, &mut flag.answer.excludes] {
        requirements.iter_mut().for_each(in_order);
        let names = |it: &Requirement| it.variants.iter().map(|it| it.value.clone()).collect::<Vec<_>>();
        requirements.sort_by_key(|it| (it.flag.value.clone(), names(it)));
    }
    flag
}

/// The variants of a requirement are a set.
fn in_order(requirement: &mut Requirement) {
    requirement.variants.sort_by(|a, b| a.value.cmp(&b.value));
    requirement.variants.dedup_by(|a, b| a.value == b.value);
}

/// A line of a flag's definition as every flag has it that says the same there.
pub(crate) fn words(flag: &Flag, key: &str, written: &str) -> String {
    if key == "users" {
        let mut users = flag.answer.users.clone();
        sort_users(&mut users);
        return describe::users(&users).unwrap_or_default();
    }
    let mut rules = (1..).zip(&flag.answer.rules).filter(|(_, rule)| rule.when.is_some());
    match rules.find(|(number, rule)| describe::rule_key(rule, *number) == key) {
        Some((_, rule)) => {
            let mut rule = rule.clone();
            if let Some(when) = &mut rule.when {
                when.value = condition(&when.value);
            }
            describe::rule(&rule)
        }
        None => written.to_owned(),
    }
}

/// Whether two flags say something else at first sight: no two ways to write the same differ by this.
pub(crate) fn plainly_differ(one: &Flag, other: &Flag) -> bool {
    let (a, b) = (&one.answer, &other.answer);
    let rules = || {
        a.rules.len() != b.rules.len()
            || a.rules.iter().zip(&b.rules).any(|(a, b)| {
                a.when.is_some() != b.when.is_some()
                    || (&a.rollout, &a.serve, &a.starts, &a.ends)
                        != (&b.rollout, &b.serve, &b.starts, &b.ends)
            })
    };
    (&a.state, &a.rollout, &a.value, &a.off) != (&b.state, &b.rollout, &b.value, &b.off)
        || one.variants != other.variants
        || rules()
}

fn sort_users(users: &mut Users) {
    let by_name = |name: &Spanned<String>| name.value.clone();
    match users {
        Users::Nobody => {}
        Users::On(users) => users.sort_by_key(by_name),
        Users::Variants(lists) => lists.iter_mut().for_each(|(_, users)| users.sort_by_key(by_name)),
    }
}

/// A condition that says that a context is in a segment.
pub(crate) fn membership(segment: &str) -> Condition {
    Condition::Segment(Spanned::new(segment.to_owned(), Position::default()))
}
