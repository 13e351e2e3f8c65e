//! `flags show`: a flag in every environment, what depends on it, and where it is used.

use super::unused::{location, source_paths};
use crate::args::Show;
use crate::failure::Failure;
use crate::file::File;
use crate::outcome::Outcome;
use crate::output;
use crate::sources::references;
use flags_edit::describe::{self, Line, definition, shown};
use flags_schema::printable::escaped;
use flags_schema::{Dependencies, Document, Flag, FlagKind, names};
use serde_json::{Value as Json, json};
use std::fmt::Write as _;
use std::path::Path;

pub(crate) fn show(path: Option<&Path>, arguments: &Show) -> Result<Outcome, Failure> {
    let file = File::sound(path)?;
    let document = file.document();
    let flag = file.flag(&arguments.name)?;
    let head = head(flag, document);
    let environments = definitions(flag, document);
    let dependents: Vec<(&str, &str)> = dependents(flag, document);
    let found = references(document, &source_paths(&file, &arguments.sources))?;
    let uses = found.get(flag.key.as_str()).map_or(&[][..], Vec::as_slice);
    if arguments.json {
        let lines = |lines: &[Line]| -> Json {
            let of = |line: &Line| json!({ "key": line.key, "is": line.words, "from": line.position });
            lines.iter().map(of).collect()
        };
        let environments: Vec<Json> = environments
            .iter()
            .map(|(names, definition)| json!({ "environments": names, "definition": lines(definition) }))
            .collect();
        output::print_json(&json!({
            "flag": *flag.key,
            "about": head.iter().map(|line| (line.key.clone(), json!(line.words))).collect::<serde_json::Map<_, _>>(),
            "definitions": environments,
            "dependents": dependents.iter().map(|(key, how)| json!({ "flag": key, "how": how })).collect::<Vec<_>>(),
            "references": uses.iter().map(location).collect::<Vec<_>>(),
        }))?;
        return Ok(Outcome::Clean);
    }
    let mut out = format!("{}\n", escaped(&flag.key));
    write_lines(&mut out, &head);
    for (names, definition) in &environments {
        let title = if names.is_empty() {
            "everywhere".to_owned()
        } else {
            format!("in {}", escaped(&marked(names, document)))
        };
        // Writing to a string cannot fail.
        let _ = write!(out, "\n{title}\n");
        write_lines(&mut out, definition);
    }
    if !dependents.is_empty() {
        out.push_str("\nother flags depend on it\n");
        for (key, how) in &dependents {
            let _ = writeln!(out, "  {} {how} it", escaped(key));
        }
    }
    out.push_str(if uses.is_empty() { "\nno Rust source refers to it\n" } else { "\nused in\n" });
    for reference in uses {
        let _ = writeln!(out, "  {}:{}:{}", escaped(&reference.file), reference.line, reference.column);
    }
    output::print(&out)?;
    Ok(Outcome::Clean)
}

/// Names of environments, the default one marked.
fn marked(names: &[String], document: &Document) -> String {
    let default = crate::file::default_environment(document);
    let mark = |name: &String| if Some(name.as_str()) == default { " (default)" } else { "" };
    names.iter().map(|name| format!("{name}{}", mark(name))).collect::<Vec<_>>().join(", ")
}

fn write_lines(out: &mut String, lines: &[Line]) {
    let width = |text: &str| escaped(text).chars().count();
    // One long name does not push all others to the right.
    let keys = lines.iter().map(|line| width(&line.key)).filter(|width| *width <= 30).max().unwrap_or(0);
    let words = lines.iter().filter(|line| line.position.is_some()).map(|line| width(&line.words));
    let words = words.filter(|width| *width <= 60).max().unwrap_or(0);
    for Line { key, words: said, position } in lines {
        // A description has lines of its own.
        let said = said.trim_end().replace('\n', " ");
        let (key, said) = (escaped(key), escaped(&said));
        let _ = match position {
            Some(position) => writeln!(out, "  {key:keys$}  {said:words$}  {}", escaped(position)),
            None => writeln!(out, "  {key:keys$}  {said}"),
        };
    }
}

/// What is the same in every environment.
fn head(flag: &Flag, document: &Document) -> Vec<Line> {
    let constant = names::constant(&flag.key);
    let mut lines = Vec::new();
    let mut line = |key: &str, words: Option<String>| {
        if let Some(words) = words.filter(|words| !words.is_empty()) {
            lines.push(Line { key: key.to_owned(), words, position: None });
        }
    };
    line("description", flag.description.as_ref().map(|it| it.value.clone()));
    line("owner", flag.owner.as_ref().map(|it| it.value.clone()));
    line("tags", Some(describe::joined(&flag.tags)));
    line("ticket", flag.ticket.as_ref().map(|it| it.value.clone()));
    for (name, value) in &flag.metadata {
        line(name, Some(describe::flow(value)));
    }
    line("kind", Some(flag.kind.as_str().to_owned()));
    line("type", Some(FlagKind::of(flag).as_str().to_owned()));
    line("expires", flag.expires.as_ref().map(|it| it.value.to_string()));
    line("mutability", Some(flag.mutability.as_str().to_owned()));
    line("constant", Some(format!("Flags::{constant}")));
    let variable = format!("{}{constant}", document.settings.env_prefix());
    line("variable", Some(if flag.env_override { variable } else { format!("{variable} has no say") }));
    line("declared", Some(shown(flag.key.position, document)));
    lines
}

/// The definition in each environment, environments that agree together.
fn definitions(flag: &Flag, document: &Document) -> Vec<(Vec<String>, Vec<Line>)> {
    let index = |effective: &Document| effective.flags.iter().position(|it| it.key == flag.key);
    let at = |environment: Option<&str>| {
        let effective = document.effective(environment);
        let flag = index(&effective).and_then(|index| effective.flags.get(index));
        flag.map(|flag| definition(flag, &effective, environment)).unwrap_or_default()
    };
    if document.environments.is_empty() {
        return vec![(Vec::new(), at(None))];
    }
    let mut all: Vec<(Vec<String>, Vec<Line>)> = Vec::new();
    for environment in &document.environments {
        let lines = at(Some(&environment.name));
        let same = |other: &[Line]| {
            other.len() == lines.len()
                && other
                    .iter()
                    .zip(&lines)
                    .all(|(a, b)| (&a.key, &a.words, &a.position) == (&b.key, &b.words, &b.position))
        };
        let name = environment.name.value.clone();
        match all.iter_mut().find(|(_, other)| same(other)) {
            Some((names, _)) => names.push(name),
            None => all.push((vec![name], lines)),
        }
    }
    all
}

/// Flags that require, exclude or ask for this one in any environment, and which of these.
fn dependents<'d>(flag: &Flag, document: &'d Document) -> Vec<(&'d str, &'static str)> {
    let names = document.environments.iter().map(|environment| Some(environment.name.as_str()));
    let mut found: Vec<(String, &'static str)> = Vec::new();
    for environment in std::iter::once(None).chain(names) {
        let effective = document.effective(environment);
        let dependencies = Dependencies::new(&effective);
        for other in &effective.flags {
            let this = dependencies.of(other).into_iter().filter(|it| *it.requirement.flag == *flag.key);
            for how in this.map(|it| it.kind.as_str()) {
                if !found.iter().any(|(key, known)| *key == *other.key && *known == how) {
                    found.push((other.key.value.clone(), how));
                }
            }
        }
    }
    let key = |name: &str| document.flags.iter().find(|it| *it.key == *name).map(|it| it.key.as_str());
    found.iter().filter_map(|(name, how)| Some((key(name)?, *how))).collect()
}
