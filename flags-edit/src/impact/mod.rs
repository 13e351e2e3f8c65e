//! Two documents compared: what the program was compiled for, what it answers, and whom that moves.

mod named;
mod shares;
mod world;

#[cfg(test)]
mod tests;

pub use named::UserMove;
use named::user_moves;
pub use shares::Move;
use shares::moves;

use crate::describe;
use crate::refusal::{Refusal, RefusalKind};
use flags_runtime::{Engine, FixedClock, Options, Variables};
use flags_schema::{Contract, Document, Flag, Segment, Sources, Spanned, Timestamp};
use std::collections::BTreeSet;

/// Everything that two documents differ in.
#[derive(Debug)]
pub struct Difference {
    /// What changed of the contract, in sentences.
    pub contract: Vec<String>,
    /// What changed of segments, in sentences.
    pub segments: Vec<String>,
    /// The flags that answer otherwise.
    pub flags: Vec<Changed>,
}

/// A flag that answers otherwise, in some environments.
#[derive(Debug, PartialEq)]
pub struct Changed {
    /// Its key.
    pub flag: String,
    /// The environments in which it does; none where the documents declare none.
    pub environments: Vec<String>,
    /// What its definition says otherwise.
    pub definition: Vec<Definition>,
    /// Which contexts get something else.
    /// `None` when there are too many combinations to follow.
    pub moves: Option<Vec<Move>>,
    /// Users named individually who get something else.
    pub users: Vec<UserMove>,
}

/// A key of a definition that changed.
#[derive(Debug, PartialEq, Eq)]
pub struct Definition {
    /// The key of the format.
    pub key: String,
    /// What it said; `None` where it was not there.
    pub old: Option<String>,
    /// What it says; `None` where it is gone.
    pub new: Option<String>,
}

/// An engine for an environment and a moment. Environment variables do not count: those of this process are
/// not those of the program.
///
/// # Errors
/// When the document cannot be evaluated, or does not declare the environment.
pub fn engine_in(
    document: &Document,
    environment: Option<&str>,
    at: Option<Timestamp>,
) -> Result<Engine, Refusal> {
    let mut options = Options::default().variables(Variables::None);
    if let Some(environment) = environment.filter(|name| !name.is_empty()) {
        options = options.environment(environment);
    }
    if let Some(at) = at {
        options = options.clock(FixedClock(at));
    }
    Engine::new(document.clone(), options).map_err(|errors| {
        let messages: Vec<&str> = errors.iter().map(|diagnostic| diagnostic.message.as_str()).collect();
        let message = format!("the flags cannot be evaluated: {}", messages.join("; "));
        Refusal::new(RefusalKind::Evaluation, message).with_diagnostics(errors, Sources::default())
    })
}

/// Compares two documents in one environment, or in all of them, at a moment.
///
/// # Errors
/// When one of them cannot be evaluated.
pub fn compare(
    old: &Document,
    new: &Document,
    environment: Option<&str>,
    at: Timestamp,
) -> Result<Difference, Refusal> {
    let mut flags: Vec<Changed> = Vec::new();
    for environment in environments(old, new, environment) {
        for changed in in_environment(old, new, environment.as_deref(), at)? {
            let same = |other: &&mut Changed| {
                other.flag == changed.flag
                    && other.definition == changed.definition
                    && other.moves == changed.moves
                    && other.users == changed.users
            };
            match flags.iter_mut().find(same) {
                Some(known) => known.environments.extend(changed.environments),
                None => flags.push(changed),
            }
        }
    }
    let position = |key: &str| new.flags.iter().position(|flag| *flag.key == *key);
    flags.sort_by_key(|changed| position(&changed.flag));
    Ok(Difference { contract: contract(old, new), segments: segments(old, new), flags })
}

/// The environments that both have; none when one of them has none.
fn environments(old: &Document, new: &Document, asked: Option<&str>) -> Vec<Option<String>> {
    if let Some(asked) = asked {
        return vec![Some(asked.to_owned())];
    }
    let both: Vec<_> = new
        .environments
        .iter()
        .filter(|environment| old.environments.iter().any(|other| other.name == environment.name))
        .map(|environment| Some(environment.name.value.clone()))
        .collect();
    if both.is_empty() { vec![None] } else { both }
}

/// What changed of the contract, in sentences.
fn contract(old: &Document, new: &Document) -> Vec<String> {
    let (before, after) = (Contract::of(old), Contract::of(new));
    let report = before.check(new);
    let mut found: Vec<String> = Vec::new();
    for key in &report.added {
        let sort = after.flags.iter().find(|flag| flag.key == *key).map(|flag| flag.answers.describe());
        found.push(format!("flag `{key}` is new: {}", sort.unwrap_or_default()));
    }
    found.extend(report.missing.iter().map(|key| format!("flag `{key}` is gone")));
    found.extend(report.diagnostics.iter().map(|diagnostic| diagnostic.message.clone()));
    let names = |contract: &Contract| -> BTreeSet<String> {
        contract.attributes.iter().flatten().map(|attribute| attribute.name.clone()).collect()
    };
    let (old_names, new_names) = (names(&before), names(&after));
    found.extend(new_names.difference(&old_names).map(|name| format!("attribute `{name}` is new")));
    found.extend(old_names.difference(&new_names).map(|name| format!("attribute `{name}` is gone")));
    if found.is_empty() && before.fingerprint() != after.fingerprint() {
        found.push("the declared values or demands of attributes changed".to_owned());
    }
    found
}

fn segments(old: &Document, new: &Document) -> Vec<String> {
    let mut found = Vec::new();
    let condition =
        |segment: &Segment| segment.when.as_ref().map_or("none".to_owned(), |when| when.value.to_string());
    for segment in &new.segments {
        let name = &segment.name.value;
        let Some(before) = old.segments.iter().find(|other| other.name == segment.name) else {
            found.push(format!("segment `{name}` is new"));
            continue;
        };
        if condition(before) != condition(segment) {
            found.push(format!(
                "segment `{name}`: condition {} -> {}",
                condition(before),
                condition(segment)
            ));
        }
        let users = |segment: &Segment| -> BTreeSet<String> { names(&segment.users) };
        let (before, after) = (users(before), users(segment));
        found.extend(after.difference(&before).map(|user| format!("segment `{name}`: user `{user}` is new")));
        found
            .extend(before.difference(&after).map(|user| format!("segment `{name}`: user `{user}` is gone")));
    }
    for segment in old.segments.iter().filter(|it| new.segments.iter().all(|other| other.name != it.name)) {
        found.push(format!("segment `{}` is gone", segment.name.value));
    }
    found
}

fn names(users: &[Spanned<String>]) -> BTreeSet<String> {
    users.iter().map(|user| user.value.clone()).collect()
}

fn in_environment(
    old: &Document,
    new: &Document,
    environment: Option<&str>,
    at: Timestamp,
) -> Result<Vec<Changed>, Refusal> {
    let (before, after) = (old.effective(environment), new.effective(environment));
    let named = user_moves(old, new, environment, at)?;
    let mut found = Vec::new();
    for flag in &after.flags {
        let Some(other) = before.flags.iter().find(|other| other.key == flag.key) else { continue };
        let definition = definition(other, &before, flag, &after, environment);
        let moves = moves(&flag.key, &before, &after, environment, at);
        let users: Vec<UserMove> =
            named.iter().filter(|(key, _)| *key == *flag.key).map(|(_, moved)| moved.clone()).collect();
        if !definition.is_empty() || moves.as_ref().is_none_or(|moves| !moves.is_empty()) || !users.is_empty()
        {
            let environments = environment.map(str::to_owned).into_iter().collect();
            found.push(Changed { flag: flag.key.value.clone(), environments, definition, moves, users });
        }
    }
    Ok(found)
}

/// The keys of a flag's definition that say something else.
fn definition(
    old: &Flag,
    before: &Document,
    new: &Flag,
    after: &Document,
    environment: Option<&str>,
) -> Vec<Definition> {
    let lines = |flag: &Flag, document: &Document| -> Vec<(String, String)> {
        let lines = describe::definition(flag, document, environment);
        lines.into_iter().map(|line| (line.key, line.words)).collect()
    };
    let (old, new) = (lines(old, before), lines(new, after));
    // Keys may stand several times: those of the one that the other does not have.
    let left: Vec<_> = old.iter().filter(|line| !new.contains(line)).collect();
    let come: Vec<_> = new.iter().filter(|line| !old.contains(line)).collect();
    let mut found: Vec<Definition> = Vec::new();
    for (key, words) in &left {
        let after = come.iter().find(|(other, _)| other == key).map(|(_, words)| words.clone());
        found.push(Definition { key: key.clone(), old: Some(words.clone()), new: after });
    }
    for (key, words) in come {
        if !left.iter().any(|(other, _)| other == key) {
            found.push(Definition { key: key.clone(), old: None, new: Some(words.clone()) });
        }
    }
    let order = |names: &[(String, String)]| names.iter().map(|(key, _)| key.clone()).collect::<Vec<_>>();
    let kept = |keys: &[String], others: &[String]| -> Vec<String> {
        keys.iter().filter(|key| others.contains(key)).cloned().collect()
    };
    let (before, after) = (order(&old), order(&new));
    if found.is_empty() && kept(&before, &after) != kept(&after, &before) {
        let shown = |keys: &[String]| Some(keys.join(", "));
        found.push(Definition { key: "order".to_owned(), old: shown(&before), new: shown(&after) });
    }
    found
}
