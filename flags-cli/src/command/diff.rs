//! `flags diff`: two files or git revisions compared.

use crate::args::Diff;
use crate::failure::Failure;
use crate::file::{self, File};
use crate::outcome::Outcome;
use crate::output;
use flags_edit::impact::{FlagImpact, Impact, Move, UserMove, compare};
use flags_schema::printable::escaped;
use flags_schema::{Document, Loaded, Options, SourceFile, load};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

pub(crate) fn diff(path: Option<&Path>, arguments: &Diff) -> Result<Outcome, Failure> {
    let old = read(&arguments.old)?;
    let new = match &arguments.new {
        Some(new) => read(new)?,
        None => File::sound(path)?.loaded.document,
    };
    for document in [&old, &new] {
        file::environment(document, arguments.environment.as_deref())?;
    }
    let at = arguments.at.unwrap_or_else(|| SystemTime::now().into());
    let impact = compare(&old, &new, arguments.environment.as_deref(), at)?;
    if arguments.json {
        let json = serde_json::to_value(&impact);
        output::print_json(&json.map_err(|error| Failure::new(format!("no JSON can be made: {error}")))?)?;
    } else if impact.is_empty() {
        output::tell("both answer the same");
    } else {
        output::print(&as_text(&impact))?;
    }
    Ok(if impact.is_empty() || !arguments.exit_code { Outcome::Clean } else { Outcome::Findings })
}

/// A file, or `REVISION:PATH`.
fn read(written: &str) -> Result<Document, Failure> {
    let path = Path::new(written);
    if path.exists() || !written.contains(':') {
        return Ok(File::sound(Some(path))?.loaded.document);
    }
    let loaded = read_revision(written)?;
    let file = File { path: PathBuf::from(written), loaded };
    file.refuse_errors()?;
    Ok(file.loaded.document)
}

fn read_revision(written: &str) -> Result<Loaded, Failure> {
    let (revision, path) = written.split_once(':').unwrap_or((written, ""));
    let text = git(revision, path)
        .map_err(|reason| Failure::new(format!("`{written}` cannot be read: {reason}")).help(
            "write a file, or REVISION:PATH with the path from the repository's root, such as HEAD~1:flags.yaml",
        ))?;
    let directory = file::directory(Path::new(path)).to_owned();
    let mut overlay = |name: &str| {
        let path = file::shown(&file::beside(&directory, name));
        git(revision, &path).map(|text| SourceFile::new(format!("{revision}:{path}"), text))
    };
    Ok(load(SourceFile::new(written, text), &mut overlay, &Options::default()))
}

/// A file of a revision.
fn git(revision: &str, path: &str) -> Result<String, String> {
    let output = Command::new("git")
        .args(["show", "--end-of-options", &format!("{revision}:{path}")])
        .output()
        .map_err(|error| format!("git cannot be run: {error}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let said = said.lines().next().unwrap_or("git failed").trim_start_matches("fatal: ");
        return Err(format!("git says: {said}"));
    }
    String::from_utf8(output.stdout).map_err(|_| "it is not UTF-8".to_owned())
}

fn as_text(impact: &Impact) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    for (title, lines) in [("contract", &impact.contract), ("segments", &impact.segments)] {
        if !lines.is_empty() {
            let _ = writeln!(out, "{title}");
            for line in lines {
                let _ = writeln!(out, "  {}", escaped(line));
            }
            out.push('\n');
        }
    }
    for flag in &impact.flags {
        out.push_str(&flag_text(flag));
        out.push('\n');
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

/// Longer definitions stand below each other.
const LONG: usize = 40;

fn flag_text(impact: &FlagImpact) -> String {
    let mut out = escaped(&impact.flag).into_owned();
    if !impact.environments.is_empty() {
        let _ = write!(out, "  in {}", escaped(&impact.environments.join(", ")));
    }
    out.push('\n');
    for line in &impact.definition {
        let key = escaped(&line.key);
        let [old, new] = [&line.old, &line.new].map(|words| words.as_deref().map(escaped));
        let long = old.iter().chain(&new).any(|words| words.chars().count() > LONG);
        let _ = match (old, new) {
            (Some(old), Some(new)) if long => writeln!(out, "  {key}\n    - {old}\n    + {new}"),
            (Some(old), Some(new)) => writeln!(out, "  {key}: {old} -> {new}"),
            (Some(old), None) => writeln!(out, "  {key}: {old} -> gone"),
            (None, new) => writeln!(out, "  {key}: new, {}", new.unwrap_or_default()),
        };
    }
    if !impact.through.is_empty() {
        let _ = writeln!(out, "  dragged along by {}", escaped(&impact.through.join(", ")));
    }
    for moved in &impact.moves {
        let Move { old, new, percent, .. } = moved;
        let _ = writeln!(
            out,
            "  {} % of {}: {} -> {}",
            figure(*percent),
            whom(moved),
            escaped(old),
            escaped(new)
        );
    }
    for moved in &impact.users {
        let UserMove { user, holds, old, new } = moved;
        let (user, old, new) = (escaped(user), escaped(old), escaped(new));
        let _ = match holds.as_slice() {
            [] => writeln!(out, "  user {user}: {old} -> {new}"),
            holds => writeln!(out, "  user {user}, with {}: {old} -> {new}", escaped(&holds.join(" and "))),
        };
    }
    let nobody = impact.moves.is_empty() && impact.users.is_empty();
    if impact.complete && nobody {
        out.push_str("  nobody gets anything else\n");
    } else if !impact.complete {
        let _ = writeln!(
            out,
            "  compared over {}{}: reasoning cannot decide {}",
            output::count(impact.contexts, "generated context"),
            if nobody { ", which get nothing else" } else { "" },
            impact.undecided.join(", "),
        );
    }
    out
}

/// Which contexts.
fn whom(moved: &Move) -> String {
    let whom = match &moved.whom {
        Some(condition) => format!("those with {}", escaped(condition)),
        None => "everybody no rule is about".to_owned(),
    };
    match moved.lacks.as_slice() {
        [] => whom,
        lacks => format!("{whom}, without {}", escaped(&lacks.join(", "))),
    }
}

/// Up to three decimal places.
fn figure(percent: f64) -> String {
    let text = format!("{percent:.3}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "0" { "less than 0.001".to_owned() } else { text.to_owned() }
}
