//! What users get whose naming in lists changed: of flags, and of the segments that flags ask for.

use super::engine_in;
use crate::describe;
use crate::refusal::Refusal;
use flags_runtime::Context;
use flags_schema::{Condition, Document, Flag, FlagState, Spanned, Timestamp, Users};
use std::collections::BTreeSet;

/// A user named individually who gets something else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserMove {
    /// The user.
    pub user: String,
    /// What they got.
    pub old: String,
    /// What they get.
    pub new: String,
}

/// A list that names users, and one of them.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Naming {
    Segment(String, String),
    /// The flag, what it serves, the user.
    Flag(String, String, String),
}

/// What the users get whose naming changed, by their key alone, with the flag's key.
pub(super) fn user_moves(
    old: &Document,
    new: &Document,
    environment: Option<&str>,
    at: Timestamp,
) -> Result<Vec<(String, UserMove)>, Refusal> {
    let effective = [old, new].map(|document| document.effective(environment));
    let [before, after] = effective.each_ref().map(naming);
    let changed: Vec<&Naming> = before.symmetric_difference(&after).collect();
    if changed.is_empty() {
        return Ok(Vec::new());
    }
    let engines = [engine_in(old, environment, Some(at))?, engine_in(new, environment, Some(at))?];
    let mut found = Vec::new();
    for flag in &new.flags {
        let mut lists = Lists::default();
        for document in &effective {
            lists.of_flag(&flag.key, document);
        }
        for user in changed.iter().filter_map(|naming| lists.user(naming)).collect::<BTreeSet<_>>() {
            let context = Context::new(user);
            let answers = engines
                .each_ref()
                .map(|engine| engine.flag(&flag.key).map(|flag| describe::answer(&flag.evaluate(&context))));
            if let [Some(old), Some(new)] = answers
                && old != new
            {
                found.push((flag.key.value.clone(), UserMove { user: user.to_owned(), old, new }));
            }
        }
    }
    Ok(found)
}

/// Which lists name which users.
fn naming(document: &Document) -> BTreeSet<Naming> {
    let mut found = BTreeSet::new();
    for segment in &document.segments {
        let name = |user: &Spanned<String>| Naming::Segment(segment.name.value.clone(), user.value.clone());
        found.extend(segment.users.iter().map(name));
    }
    for flag in &document.flags {
        let mut add = |what: &str, users: &[Spanned<String>]| {
            let name = |user: &Spanned<String>| {
                Naming::Flag(flag.key.value.clone(), what.to_owned(), user.value.clone())
            };
            found.extend(users.iter().map(name));
        };
        match &flag.answer.users {
            Users::Nobody => {}
            Users::On(users) => add("on", users),
            Users::Variants(lists) => lists.iter().for_each(|(variant, users)| add(variant, users)),
        }
    }
    found
}

/// The flags and segments whose lists have a say in a flag's answer.
#[derive(Debug, Default)]
struct Lists {
    flags: BTreeSet<String>,
    segments: BTreeSet<String>,
}

impl Lists {
    /// The user of a list that has a say.
    fn user<'n>(&self, naming: &'n Naming) -> Option<&'n str> {
        match naming {
            Naming::Segment(segment, user) => self.segments.contains(segment).then_some(user.as_str()),
            Naming::Flag(flag, _, user) => self.flags.contains(flag).then_some(user.as_str()),
        }
    }

    /// Those of a flag, and of the flags that it depends on. Documents without errors have no cycles.
    fn of_flag(&mut self, key: &str, document: &Document) {
        let Some(flag) = document.flags.iter().find(|flag| *flag.key == *key) else { return };
        self.flags.insert(key.to_owned());
        let Flag { answer, .. } = flag;
        if let FlagState::Segment(name) = &answer.state.value {
            self.of_segment(name, document);
        }
        for condition in answer.rules.iter().filter_map(|rule| rule.when.as_ref()) {
            self.of_condition(&condition.value, document);
        }
        for requirement in answer.requires.iter().chain(&answer.excludes) {
            self.of_flag(&requirement.flag, document);
        }
    }

    fn of_segment(&mut self, name: &str, document: &Document) {
        self.segments.insert(name.to_owned());
        let segment = document.segments.iter().find(|segment| *segment.name == *name);
        if let Some(condition) = segment.and_then(|segment| segment.when.as_ref()) {
            self.of_condition(&condition.value, document);
        }
    }

    fn of_condition(&mut self, condition: &Condition, document: &Document) {
        match condition {
            Condition::All(members) | Condition::Any(members) => {
                for member in members {
                    self.of_condition(member, document);
                }
            }
            Condition::Not(member) => self.of_condition(member, document),
            Condition::Segment(name) => self.of_segment(name, document),
            Condition::Compare(_) => {}
        }
    }
}
