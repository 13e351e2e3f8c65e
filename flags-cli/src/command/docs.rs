//! `flags docs`: a catalogue of the flags in Markdown.

use crate::failure::Failure;
use crate::file::{self, File};
use crate::outcome::Outcome;
use crate::output;
use flags_edit::describe;
use flags_schema::printable::escaped;
use flags_schema::{Document, Flag, names};
use std::fmt::Write as _;
use std::path::Path;

pub(crate) fn docs(path: Option<&Path>) -> Result<Outcome, Failure> {
    let file = File::sound(path)?;
    output::print(&catalogue(file.document(), &file::shown(&file.path)))?;
    Ok(Outcome::Clean)
}

fn catalogue(document: &Document, name: &str) -> String {
    let environment = file::default_environment(document);
    let effective = document.effective(environment);
    let mut out = "# Feature flags\n\n".to_owned();
    // Writing to a string cannot fail.
    let _ = write!(out, "{} in {}", output::count(effective.flags.len(), "flag"), code(name));
    let _ = match environment {
        Some(environment) => write!(out, ", as they are in {}.\n\n", code(environment)),
        None => write!(out, ".\n\n"),
    };
    out.push_str("| flag | what it is for | state | owner |\n|---|---|---|---|\n");
    for flag in &effective.flags {
        let _ = writeln!(
            out,
            "| [`{key}`](#{anchor}) | {} | {} | {} |",
            text(flag.description.as_deref().map_or("", String::as_str)),
            text(&describe::state(flag, &effective, environment)),
            text(flag.owner.as_deref().map_or("", String::as_str)),
            key = flag.key.value,
            anchor = anchor(&flag.key),
        );
    }
    for flag in &effective.flags {
        out.push_str(&entry(flag, &effective, environment));
    }
    out
}

fn entry(flag: &Flag, document: &Document, environment: Option<&str>) -> String {
    let mut out = format!("\n## `{}`\n\n", flag.key.value);
    if let Some(description) = &flag.description {
        let _ = write!(out, "{}\n\n", text(description));
    }
    let mut line = |what: &str, words: String| {
        if !words.is_empty() {
            let _ = writeln!(out, "- {what}: {words}");
        }
    };
    let constant = names::constant(&flag.key);
    line("constant", format!("`Flags::{constant}`"));
    if flag.env_override {
        line("environment variable", format!("`{}{constant}`", document.settings.env_prefix()));
    }
    line("kind", flag.kind.as_str().to_owned());
    line("state", text(&describe::state(flag, document, environment)));
    line("owner", flag.owner.as_deref().map(|owner| text(owner)).unwrap_or_default());
    line("tags", text(&describe::joined(&flag.tags)));
    line("ticket", flag.ticket.as_deref().map(|ticket| text(ticket)).unwrap_or_default());
    line("expires", flag.expires.as_ref().map(|it| it.value.to_string()).unwrap_or_default());
    for (name, value) in &flag.metadata {
        line(&text(name), code(&describe::flow(value)));
    }
    for variant in &flag.variants {
        let mut words = vec![code(&variant.name)];
        words.extend(variant.weight.as_ref().map(|weight| format!("{} %", weight.value)));
        words.extend(variant.value.as_ref().map(|value| code(&describe::flow(value))));
        line("variant", words.join(", "));
    }
    line("value", flag.answer.value.as_ref().map(|value| code(&describe::flow(value))).unwrap_or_default());
    line("users", describe::users(&flag.answer.users).map(|users| text(&users)).unwrap_or_default());
    for (number, rule) in (1..).zip(&flag.answer.rules) {
        line(&text(&describe::rule_name(rule, number)), code(&describe::rule(rule)));
    }
    for requirement in &flag.answer.requires {
        line("requires", code(&describe::requirement(requirement)));
    }
    for requirement in &flag.answer.excludes {
        line("excludes", code(&describe::requirement(requirement)));
    }
    out
}

/// The anchor that Markdown viewers give a heading.
fn anchor(key: &str) -> String {
    key.to_lowercase().chars().filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_')).collect()
}

/// On one line, with what Markdown would read as markup escaped, references to characters among it.
fn text(text: &str) -> String {
    let mut out = String::new();
    let words = text.split_whitespace().map(escaped).collect::<Vec<_>>().join(" ");
    // What makes a list, a heading or a line only where it begins the text.
    let digits = words.chars().take_while(char::is_ascii_digit).count();
    let opening = if digits > 0 && words.chars().nth(digits).is_some_and(|c| matches!(c, '.' | ')')) {
        digits
    } else {
        0
    };
    for (index, c) in words.chars().enumerate() {
        let opens = index == opening && matches!(c, '-' | '+' | '=' | ':' | '.' | ')');
        if opens || matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '&' | '~' | '$' | '|')
        {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// As code, between as many backticks as it takes.
fn code(text: &str) -> String {
    let text = escaped(text);
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let space = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{space}{text}{space}{fence}")
}
