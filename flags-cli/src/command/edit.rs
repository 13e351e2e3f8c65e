//! `flags create`, `enable`, `disable`, `rollout`, `set`, `delete`, `rename` and `init`: edits of the file.

use crate::args::{Create, Delete, Init, Rename, RolloutTo, Set, Switch, Target};
use crate::edit::{
    self, Change, New, Place, Session, at, key, keys, quoted, remove_flag, rename_flag, set_key, set_rollout,
    steps, value_text,
};
use crate::failure::Failure;
use crate::file::{self, File};
use crate::sources::references;
use crate::{Outcome, output};
use flags_schema::{Flag, FlagState, json_schema, names};
use std::path::Path as FilePath;

pub(crate) fn create(path: Option<&FilePath>, arguments: &Create) -> Result<Outcome, Failure> {
    let file = File::sound(path)?;
    if let Some(existing) = file.document().flags.iter().find(|flag| *flag.key == *arguments.name) {
        let line = existing.key.position.line;
        return Err(Failure::new(format!("flag `{}` exists already, on line {line}", arguments.name))
            .help("give the new one another name, or change this one with `flags set`"));
    }
    let mut entries: Vec<(String, String)> = Vec::new();
    let mut entry = |key: &str, value: Option<String>| {
        entries.extend(value.map(|value| (key.to_owned(), value)));
    };
    entry("description", arguments.description.as_deref().map(quoted));
    entry("owner", arguments.owner.as_deref().map(quoted));
    if !arguments.tag.is_empty() {
        let tags: Vec<String> = arguments.tag.iter().map(|tag| quoted(tag)).collect();
        entry("tags", Some(format!("[{}]", tags.join(", "))));
    }
    entry("ticket", arguments.ticket.as_deref().map(quoted));
    entry("kind", arguments.kind.map(|kind| kind.as_str().to_owned()));
    entry("expires", arguments.expires.clone());
    let state = match (&arguments.state, &arguments.rollout) {
        (Some(state), _) => state.as_str(),
        (None, Some(_)) => "gradual",
        (None, None) => "off",
    };
    entry("state", Some(quoted(state)));
    entry("rollout", arguments.rollout.map(|percent| percent.to_string()));
    entry("variants", variants(&arguments.variants)?);
    let new = if entries.len() == 1 { New::Flow(quoted(state)) } else { New::Block(entries) };
    let mut session = Session::new(&file);
    session.change(&file.path, &Change::Set(keys(["flags", arguments.name.as_str()]), new))?;
    session.finish(arguments.mode)
}

/// Variants as a list of names, or with their weights.
fn variants(written: &[String]) -> Result<Option<String>, Failure> {
    if written.is_empty() {
        return Ok(None);
    }
    let split: Vec<(String, Option<&str>)> = written
        .iter()
        .map(|variant| match variant.split_once('=') {
            Some((name, weight)) => (quoted(name), Some(weight)),
            None => (quoted(variant), None),
        })
        .collect();
    if split.iter().all(|(_, weight)| weight.is_none()) {
        let names: Vec<_> = split.into_iter().map(|(name, _)| name).collect();
        return Ok(Some(format!("[{}]", names.join(", "))));
    }
    let entries = split.into_iter().map(|(name, weight)| {
        let weight = weight.ok_or_else(|| {
            Failure::usage(format!("variant `{name}` has no weight, and others have"))
                .help("give each a weight, NAME=WEIGHT, or none of them")
        })?;
        let weight = weight.trim_end_matches('%');
        weight
            .parse::<f64>()
            .map_err(|_| Failure::usage(format!("`{weight}` is no weight")).help("write a percentage"))?;
        Ok((name, format!("{{ weight: {weight} }}")))
    });
    Ok(Some(edit::flow_map(&entries.collect::<Result<Vec<_>, Failure>>()?)))
}

fn place(file: &File, name: &str, target: &Target) -> Result<Place, Failure> {
    file.flag(name)?;
    let flag = keys(["flags", name]);
    let Some(wanted) = file::environment(file.document(), target.environment.as_deref())? else {
        return Ok(Place { path: file.path.clone(), flag });
    };
    let environment = file.document().environments.iter().find(|it| *it.name == *wanted);
    match environment.and_then(|environment| environment.overlay.as_ref()) {
        Some(overlay) => Ok(Place { path: file::beside(file.directory(), overlay), flag }),
        None => Err(Failure::new(format!("environment `{wanted}` has no overlay"))
            .help(format!("declare one: `{wanted}: {{ overlay: flags.{wanted}.yaml }}`"))),
    }
}

pub(crate) fn switch(path: Option<&FilePath>, arguments: &Switch, on: bool) -> Result<Outcome, Failure> {
    let file = File::sound(path)?;
    let place = place(&file, &arguments.name, &arguments.target)?;
    let mut session = Session::new(&file);
    set_key(&mut session, &place, &key("state"), if on { "on" } else { "off" })?;
    session.finish(arguments.target.mode)
}

pub(crate) fn rollout(path: Option<&FilePath>, arguments: &RolloutTo) -> Result<Outcome, Failure> {
    let file = File::sound(path)?;
    let place = place(&file, &arguments.name, &arguments.target)?;
    let document = file.document().effective(arguments.target.environment.as_deref());
    let flag = file::flag(&document, &arguments.name)?;
    let mut session = Session::new(&file);
    set_rollout(&mut session, &place, flag, arguments.percent)?;
    session.finish(arguments.target.mode)
}

pub(crate) fn set(path: Option<&FilePath>, arguments: &Set) -> Result<Outcome, Failure> {
    let file = File::sound(path)?;
    let place = place(&file, &arguments.name, &arguments.target)?;
    let mut session = Session::new(&file);
    for written in &arguments.values {
        let Some((name, value)) = written.split_once('=') else {
            return Err(Failure::usage(format!("`{written}` sets nothing"))
                .help("write KEY=VALUE, such as owner=growth or variants.control.weight=20"));
        };
        let value = value_text(value)?;
        let root = session.tree(&place.path);
        let flag = root.as_ref().and_then(|root| at(root, &place.flag));
        set_key(&mut session, &place, &steps(name, flag), &value)?;
    }
    session.finish(arguments.target.mode)
}

pub(crate) fn delete(path: Option<&FilePath>, arguments: &Delete) -> Result<Outcome, Failure> {
    let file = File::sound(path)?;
    let flag = file.flag(&arguments.name)?;
    tell_uses(&file, flag, "will not compile without it")?;
    let mut session = Session::new(&file);
    remove_flag(&mut session, &arguments.name)?;
    session.finish(arguments.mode)
}

pub(crate) fn rename(path: Option<&FilePath>, arguments: &Rename) -> Result<Outcome, Failure> {
    let file = File::sound(path)?;
    let (name, to) = (arguments.name.as_str(), arguments.to.as_str());
    let flag = file.flag(name)?;
    if let Some(other) = file.document().flags.iter().find(|flag| *flag.key == *to) {
        return Err(Failure::new(format!("flag `{to}` exists already, on line {}", other.key.position.line))
            .help("choose another name"));
    }
    tell_uses(&file, flag, &format!("must say `Flags::{}`, or `\"{to}\"`", names::constant(to)))?;
    if is_bucketed(flag) {
        output::tell(&format!(
            "note: its buckets go by its key: renaming gives other users the same percentage\n  help: to keep \
             them, set `salt: {}` in its rollout",
            quoted(name)
        ));
    }
    let mut session = Session::new(&file);
    rename_flag(&mut session, name, to)?;
    session.finish(arguments.mode)
}

/// Whether the flag's key decides who is in: a percentage or a split without a salt of its own.
fn is_bucketed(flag: &Flag) -> bool {
    let salted = flag.answer.rollout.as_ref().is_some_and(|rollout| rollout.salt.is_some());
    let divides = flag.answer.state.value == FlagState::Gradual
        || flag.answer.rollout.is_some()
        || !flag.variants.is_empty()
        || flag.answer.rules.iter().any(|rule| rule.rollout.is_some());
    divides && !salted
}

/// Tells how many places of Rust sources a change of the flag's name concerns.
fn tell_uses(file: &File, flag: &Flag, what: &str) -> Result<(), Failure> {
    let found = references(file.document(), &[file.directory().to_owned()])?;
    if let Some(uses) = found.get(flag.key.as_str()).filter(|uses| !uses.is_empty()) {
        let places: Vec<String> =
            uses.iter().take(3).map(|it| format!("{}:{}:{}", it.file, it.line, it.column)).collect();
        let more = if uses.len() > places.len() { ", …" } else { "" };
        let count = output::count(uses.len(), "place");
        output::tell(&format!("note: {count} in Rust sources {what}: {}{more}", places.join(", ")));
    }
    Ok(())
}

/// The name of the JSON Schema that `flags init` writes beside the file.
const SCHEMA: &str = "flags.schema.json";

const FIRST: &str = "\
# yaml-language-server: $schema=flags.schema.json
#
# The flags of this program. `flags check` says what is wrong with this file.

version: 1

flags:
  new-ui:
    description: The new user interface
    state: off
";

pub(crate) fn init(path: Option<&FilePath>, arguments: &Init) -> Result<Outcome, Failure> {
    let path = arguments.path.as_deref().or(path).unwrap_or(FilePath::new(file::NAME));
    edit::write_new(path, FIRST)?;
    output::tell(&format!("`{}` is written", file::shown(path)));
    let schema = file::beside(file::directory(path), SCHEMA);
    if !schema.exists() {
        edit::write_new(&schema, &format!("{:#}\n", json_schema()))?;
        output::tell(&format!(
            "`{}` is written: editors complete and check the file with it",
            file::shown(&schema)
        ));
    }
    Ok(Outcome::Clean)
}
