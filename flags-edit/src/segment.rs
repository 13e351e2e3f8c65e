//! Segments added, changed, renamed and removed.

use crate::change::{Change, New};
use crate::describe;
use crate::draft::{Draft, Target};
use crate::flag::{key, value_text};
use crate::members;
use crate::mentions::{Named, mentions};
use crate::refusal::{Refusal, RefusalKind};
use crate::rule::condition_text;
use crate::scan::{flow_map, quoted};
use crate::scope::Scope;
use crate::tree::{Path, at, keys};
use flags_schema::Value;
use serde::{Deserialize, Serialize};

/// What a new segment says, as it is written in the file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SegmentText {
    /// Members by targeting key.
    pub users: Vec<String>,
    /// Members by condition: an expression, or a map on one line.
    pub when: Option<String>,
    /// How many of those for whom the condition holds, or of all: a percentage, or a rollout on one line.
    pub rollout: Option<String>,
    /// Who is never a member, by targeting key.
    pub exclude: Vec<String>,
}

/// What changes of a segment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SegmentChange {
    /// Users who become members.
    pub add: Vec<String>,
    /// Users who are no members any more by their key.
    pub remove: Vec<String>,
    /// The condition.
    pub when: Option<String>,
    /// The percentage, or a rollout on one line.
    pub rollout: Option<String>,
    /// Users who are never members any more.
    pub exclude: Vec<String>,
    /// Users who are no longer excluded.
    pub include: Vec<String>,
    /// Keys that go: `when`, `users`, `rollout` or `exclude`.
    pub clear: Vec<String>,
}

fn refuse_existing(draft: &Draft, name: &str) -> Result<(), Refusal> {
    match draft.document.segments.iter().find(|segment| *segment.name == *name) {
        None => Ok(()),
        Some(existing) => {
            let line = existing.name.position.line;
            let message = format!("segment `{name}` exists already, on line {line}");
            Err(Refusal::new(RefusalKind::Exists, message).help("choose another name"))
        }
    }
}

fn known(draft: &Draft, name: &str) -> Result<(), Refusal> {
    let names = || draft.document.segments.iter().map(|segment| segment.name.as_str());
    if names().any(|known| known == name) { Ok(()) } else { Err(Refusal::unknown("segment", name, names())) }
}

/// Adds a segment.
pub(crate) fn add(draft: &mut Draft, name: &str, definition: &SegmentText) -> Result<(), Refusal> {
    refuse_existing(draft, name)?;
    let mut entries = Vec::new();
    if !definition.users.is_empty() {
        entries.push(("users".to_owned(), members::list(&definition.users)));
    }
    if let Some(when) = &definition.when {
        entries.push(("when".to_owned(), condition_text(when)?));
    }
    if let Some(rollout) = &definition.rollout {
        entries.push(("rollout".to_owned(), value_text(rollout)?));
    }
    if entries.is_empty() {
        return Err(Refusal::invalid("a segment without users, condition and rollout has no members")
            .help("name its users, or give it a condition or a rollout"));
    }
    if !definition.exclude.is_empty() {
        entries.push(("exclude".to_owned(), members::list(&definition.exclude)));
    }
    let base = draft.sources.base().file.clone();
    declare(draft, &base, name, &flow_map(&entries))
}

/// Writes a segment where it is not written yet.
fn declare(draft: &mut Draft, file: &str, name: &str, with: &str) -> Result<(), Refusal> {
    let segments = keys(["segments"]);
    let there = draft.tree(file).is_some_and(|root| at(&root, &segments).is_some());
    let change = if there {
        Change::Set(keys(["segments", name]), New::Flow(with.to_owned()))
    } else {
        Change::Set(segments, New::Block(vec![(quoted(name), with.to_owned())]))
    };
    draft.change(file, &change)
}

/// The texts that say something of a segment, the base file first.
fn files(draft: &Draft, name: &str) -> Vec<String> {
    let path = keys(["segments", name]);
    let says = |file: &String| draft.tree(file).is_some_and(|root| at(&root, &path).is_some());
    draft.files().into_iter().filter(says).collect()
}

/// Changes a segment.
pub(crate) fn set(
    draft: &mut Draft,
    name: &str,
    change: &SegmentChange,
    scope: &Scope,
) -> Result<(), Refusal> {
    known(draft, name)?;
    let base = draft.sources.base().file.clone();
    let targets = match scope {
        Scope::Environment(environment) => vec![in_overlay(draft, name, environment)?],
        Scope::Everywhere => files(draft, name),
        Scope::Unstated => {
            for other in files(draft, name).into_iter().filter(|file| *file != base) {
                draft.note(format!("`{other}` has a segment `{name}` of its own, which stays as it is"));
            }
            vec![base]
        }
    };
    for file in targets {
        set_in(draft, &file, name, change)?;
    }
    Ok(())
}

/// The overlay of an environment, with the segment as the base file has it when it says nothing of it yet.
fn in_overlay(draft: &mut Draft, name: &str, environment: &str) -> Result<String, Refusal> {
    let Some(overlay) = draft.overlay(environment)?.map(str::to_owned) else {
        return Err(Refusal::invalid(format!("environment `{environment}` has no overlay"))
            .help(format!("declare one: `{environment}: {{ overlay: flags.{environment}.yaml }}`")));
    };
    let path = keys(["segments", name]);
    if draft.tree(&overlay).is_none_or(|root| at(&root, &path).is_none()) {
        let base = draft.tree(&draft.sources.base().file);
        let segment = base.as_ref().and_then(|root| at(root, &path));
        let with = segment.map(|segment| describe::flow(segment)).unwrap_or_default();
        declare(draft, &overlay, name, &with)?;
        draft.note(format!("in `{environment}` the segment no longer follows the base file"));
    }
    Ok(overlay)
}

fn set_in(draft: &mut Draft, file: &str, name: &str, change: &SegmentChange) -> Result<(), Refusal> {
    let path = keys(["segments", name]);
    let written = draft.tree(file).and_then(|root| at(&root, &path).cloned());
    if let Some(Value::String(when)) = written.map(|segment| segment.value) {
        // The short form has no room for anything else.
        let with = flow_map(&[("when".to_owned(), quoted(&when))]);
        draft.change(file, &Change::Set(path.clone(), New::Flow(with)))?;
    }
    let then = |name: &str| -> Path { path.iter().cloned().chain(key(name)).collect() };
    if let Some(when) = &change.when {
        draft.change(file, &Change::Set(then("when"), New::Flow(condition_text(when)?)))?;
    }
    if let Some(rollout) = &change.rollout {
        draft.change(file, &Change::Set(then("rollout"), New::Flow(value_text(rollout)?)))?;
    }
    let target = |key: &str| Target { file: file.to_owned(), path: then(key) };
    members::change(draft, &target("users"), &change.add, &change.remove)?;
    members::change(draft, &target("exclude"), &change.exclude, &change.include)?;
    for key in &change.clear {
        let path = then(key);
        if draft.tree(file).is_none_or(|root| at(&root, &path).is_none()) {
            return Err(Refusal::invalid(format!("segment `{name}` says nothing of `{key}` in `{file}`")));
        }
        draft.change(file, &Change::Remove(path))?;
    }
    Ok(())
}

/// Removes a segment, from the overlays too.
pub(crate) fn remove(draft: &mut Draft, name: &str) -> Result<(), Refusal> {
    known(draft, name)?;
    for file in files(draft, name) {
        draft.change(&file, &Change::Remove(keys(["segments", name])))?;
    }
    Ok(())
}

/// Gives a segment another name, wherever the document names it.
pub(crate) fn rename(draft: &mut Draft, name: &str, to: &str) -> Result<(), Refusal> {
    known(draft, name)?;
    refuse_existing(draft, to)?;
    for file in draft.files() {
        let Some(root) = draft.tree(&file) else { continue };
        for (path, with) in mentions(&root, Named::Segment, name, to) {
            draft.change(&file, &Change::Set(path, New::Flow(with)))?;
        }
        let path = keys(["segments", name]);
        if at(&root, &path).is_some() {
            draft.change(&file, &Change::Rename(path, to.to_owned()))?;
        }
    }
    Ok(())
}
