//! `flags create`, `enable`, `disable`, `rollout`, `set`, `delete`, `rename` and `init`: edits of the file.

use crate::args::{Create, Delete, Init, Rename, RolloutTo, Set, Switch, Target};
use crate::edit::{self, Change, New, Path, Session, Step, at, keys, quoted, scalar};
use crate::failure::Failure;
use crate::file::{self, File};
use crate::sources::references;
use crate::{Outcome, output};
use flags_schema::{Amount, Flag, Spanned, State, Value, json_schema, names};
use std::path::{Path as FilePath, PathBuf};

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

/// Where the keys of a flag are set: in the file, or in an environment's overlay.
struct Place {
    path: PathBuf,
    flag: Path,
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

/// Sets one key of a flag, whatever way the flag is written: in full, in short (`new-ui: off`), or, in an
/// overlay, not yet at all.
fn set_key(session: &mut Session, place: &Place, path: &[Step], with: &str) -> Result<(), Failure> {
    let is_state = path == [Step::Key("state".to_owned())];
    let root = session.tree(&place.path);
    let flag = root.as_ref().and_then(|root| at(root, &place.flag));
    let whole = |session: &mut Session, text: String| {
        session.change(&place.path, &Change::Set(place.flag.clone(), New::Flow(text)))
    };
    match flag.map(|flag| &flag.value) {
        None => {
            let flags = keys(["flags"]);
            if root.as_ref().is_none_or(|root| at(root, &flags).is_none()) {
                let name =
                    place.flag.last().map(|step| edit::show(std::slice::from_ref(step))).unwrap_or_default();
                let value = if is_state { with.to_owned() } else { nested(path, with) };
                let block = New::Block(vec![(quoted(&name), value)]);
                return session.change(&place.path, &Change::Set(flags, block));
            }
            whole(session, if is_state { with.to_owned() } else { nested(path, with) })
        }
        Some(Value::Map(_)) => {
            // What is on the way and not there yet is written as one value.
            let there = |length: usize| {
                let path: Path = place.flag.iter().chain(path.iter().take(length)).cloned().collect();
                root.as_ref().is_some_and(|root| at(root, &path).is_some())
            };
            let known = (0..path.len()).rev().find(|length| there(*length)).unwrap_or(0);
            let (way, rest) = path.split_at((known + 1).min(path.len()));
            let value = if rest.is_empty() { with.to_owned() } else { nested(rest, with) };
            let full: Path = place.flag.iter().chain(way).cloned().collect();
            session.change(&place.path, &Change::Set(full, New::Flow(value)))
        }
        Some(_) if is_state => whole(session, with.to_owned()),
        Some(Value::String(state)) => {
            let state = ("state".to_owned(), quoted(state));
            let (first, rest) = path.split_first().map_or(("", path), |(first, rest)| match first {
                Step::Key(key) => (key.as_str(), rest),
                Step::Index(_) => ("", rest),
            });
            let value = if rest.is_empty() { with.to_owned() } else { nested(rest, with) };
            whole(session, edit::flow_map(&[state, (quoted(first), value)]))
        }
        Some(_) => Err(Failure::new(format!("`{}` is not written as a flag", edit::show(&place.flag)))),
    }
}

/// `{ variants: { control: { weight: 20 } } }`.
fn nested(path: &[Step], with: &str) -> String {
    path.iter().rev().fold(with.to_owned(), |value, step| {
        edit::flow_map(&[(quoted(&edit::show(std::slice::from_ref(step))), value)])
    })
}

fn key(name: &str) -> [Step; 1] {
    [Step::Key(name.to_owned())]
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
    if flag.answer.state.value != State::Gradual {
        if !matches!(flag.answer.state.value, State::On | State::Off) {
            output::tell(&format!("note: its state was `{}`", flag.answer.state.as_str()));
        }
        set_key(&mut session, &place, &key("state"), "gradual")?;
    }
    let percent = arguments.percent.to_string();
    // Salt and attribute of a rollout stay, so that nobody changes side who need not.
    let whole: Path = place.flag.iter().cloned().chain(key("rollout")).collect();
    let root = session.tree(&place.path);
    let written = root.as_ref().and_then(|root| at(root, &whole)).map(|rollout| &rollout.value);
    let full = match written {
        Some(Value::Map(entries)) => entries.iter().any(|(name, _)| *name.value == *"percentage"),
        _ => false,
    };
    if full {
        set_key(&mut session, &place, &[key("rollout"), key("percentage")].concat(), &percent)?;
    } else {
        let rollout = flag.answer.rollout.as_ref();
        let mut entries = vec![("percentage".to_owned(), percent.clone())];
        for (name, value) in
            [("by", rollout.and_then(|it| it.by.as_ref())), ("salt", rollout.and_then(|it| it.salt.as_ref()))]
        {
            entries.extend(value.map(|value| (name.to_owned(), quoted(value))));
        }
        if rollout.is_some_and(|rollout| matches!(rollout.amount, Amount::Ramp(_))) {
            output::tell("note: it was a ramp; now its percentage stands still");
        }
        let value = if entries.len() == 1 { percent } else { edit::flow_map(&entries) };
        set_key(&mut session, &place, &key("rollout"), &value)?;
    }
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

/// A value as it is written: as given when that is YAML of one line, else as quoted text.
fn value_text(text: &str) -> Result<String, Failure> {
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return Err(
            Failure::usage("an empty value sets nothing").help("write '' in quotes for an empty text")
        );
    }
    Ok(if scalar(trimmed).is_ok_and(|value| !trimmed.contains(" #") && !is_odd(trimmed, &value)) {
        trimmed.to_owned()
    } else {
        quoted(text)
    })
}

/// Whether a plain text would be a map between brackets, though nobody wrote braces: `a: b`.
fn is_odd(text: &str, value: &Spanned<Value>) -> bool {
    matches!(value.value, Value::Map(_)) && !text.starts_with('{')
}

/// A path with dots; where a whole key with dots exists, that is meant.
fn steps(path: &str, flag: Option<&Spanned<Value>>) -> Path {
    let mut steps = Path::new();
    let mut value = flag;
    let mut rest = path;
    while !rest.is_empty() {
        let entries = match value.map(|value| &value.value) {
            Some(Value::Map(entries)) => entries.as_slice(),
            _ => &[],
        };
        let prefix =
            |name: &str| rest == name || rest.strip_prefix(name).is_some_and(|it| it.starts_with('.'));
        let known = entries.iter().filter(|(name, _)| prefix(name)).max_by_key(|(name, _)| name.len());
        let name = match known {
            Some((name, _)) => name.as_str(),
            None => rest.split('.').next().unwrap_or(rest),
        };
        steps.push(Step::Key(name.to_owned()));
        value = known.map(|(_, value)| value);
        rest = rest.strip_prefix(name).unwrap_or_default();
        rest = rest.strip_prefix('.').unwrap_or(rest);
    }
    steps
}

pub(crate) fn delete(path: Option<&FilePath>, arguments: &Delete) -> Result<Outcome, Failure> {
    let file = File::sound(path)?;
    let flag = file.flag(&arguments.name)?;
    tell_uses(&file, flag, "will not compile without it")?;
    let mut session = Session::new(&file);
    let flag = keys(["flags", arguments.name.as_str()]);
    for path in session.paths() {
        if session.tree(&path).is_some_and(|root| at(&root, &flag).is_some()) {
            session.change(&path, &Change::Remove(flag.clone()))?;
        }
    }
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
    tell_uses(&file, flag, &format!("must say `Flags::{}`", names::constant(to)))?;
    if is_bucketed(flag) {
        output::tell(&format!(
            "note: its buckets go by its key: renaming gives other users the same percentage\n  help: to keep \
             them, set `salt: {}` in its rollout",
            quoted(name)
        ));
    }
    let mut session = Session::new(&file);
    for path in session.paths() {
        let Some(root) = session.tree(&path) else { continue };
        for reference in mentions(&root, name) {
            session.change(&path, &Change::Set(reference, New::Flow(quoted(to))))?;
        }
        let flag = keys(["flags", name]);
        if at(&root, &flag).is_some() {
            session.change(&path, &Change::Rename(flag, to.to_owned()))?;
        }
    }
    session.finish(arguments.mode)
}

/// Whether the flag's key decides who is in: a percentage or a split without a salt of its own.
fn is_bucketed(flag: &Flag) -> bool {
    let salted = flag.answer.rollout.as_ref().is_some_and(|rollout| rollout.salt.is_some());
    let divides = flag.answer.state.value == State::Gradual
        || flag.answer.rollout.is_some()
        || !flag.variants.is_empty()
        || flag.answer.rules.iter().any(|rule| rule.rollout.is_some());
    divides && !salted
}

/// Where a tree names a flag as a requirement or exclusion.
fn mentions(root: &Spanned<Value>, name: &str) -> Vec<Path> {
    let mut found = Vec::new();
    let flags = keys(["flags"]);
    if let Some(flags_tree) = at(root, &flags) {
        collect(flags_tree, &flags, false, name, &mut found);
    }
    found
}

/// `depends` says whether the value is that of `requires` or `excludes`.
fn collect(value: &Spanned<Value>, path: &Path, depends: bool, name: &str, found: &mut Vec<Path>) {
    let then = |step: Step| -> Path { path.iter().cloned().chain([step]).collect() };
    match &value.value {
        Value::String(text) if depends && text == name => found.push(path.clone()),
        Value::List(items) => {
            for (nth, item) in items.iter().enumerate() {
                collect(item, &then(Step::Index(nth)), depends, name, found);
            }
        }
        Value::Map(entries) => {
            for (key, value) in entries {
                let path = then(Step::Key(key.value.clone()));
                let is_dependency = matches!(key.as_str(), "requires" | "excludes");
                // Inside of a requirement only `flag` names a flag; metadata may hold anything.
                match (depends, key.as_str()) {
                    (true, "flag") => collect(value, &path, true, name, found),
                    (true, _) | (false, "metadata" | "value" | "rules") => {}
                    (false, _) => collect(value, &path, is_dependency && path.len() > 2, name, found),
                }
            }
        }
        _ => {}
    }
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
