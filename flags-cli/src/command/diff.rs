//! `flags diff`: two files or git revisions compared.

use crate::args::Diff;
use crate::failure::Failure;
use crate::file::{self, File};
use crate::{Outcome, output};
use flags_edit::impact::{Changed, Difference, Move, compare};
use flags_schema::{Document, Loaded, Options, SourceFile, load};
use serde_json::{Value as Json, json};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

pub(crate) fn diff(path: Option<&Path>, arguments: &Diff) -> Result<Outcome, Failure> {
    let old = read(&arguments.old)?;
    let new = match &arguments.new {
        Some(new) => read(new)?,
        None => File::sound(path)?.loaded.document,
    };
    for document in [&old, &new] {
        file::environment(document, arguments.environment.as_deref())?;
    }
    let at = arguments.at.unwrap_or_else(file::now);
    let difference = compare(&old, &new, arguments.environment.as_deref(), at)?;
    let same =
        difference.contract.is_empty() && difference.segments.is_empty() && difference.flags.is_empty();
    if arguments.json {
        output::print_json(&as_json(&difference))?;
    } else if same {
        output::tell("both answer the same");
    } else {
        output::print(&as_text(&difference))?;
    }
    Ok(if same || !arguments.exit_code { Outcome::Clean } else { Outcome::Findings })
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

fn as_text(difference: &Difference) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    for (title, lines) in [("contract", &difference.contract), ("segments", &difference.segments)] {
        if !lines.is_empty() {
            let _ = writeln!(out, "{title}");
            for line in lines {
                let _ = writeln!(out, "  {line}");
            }
            out.push('\n');
        }
    }
    for changed in &difference.flags {
        out.push_str(&flag_text(changed));
        out.push('\n');
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

/// Longer definitions stand below each other.
const LONG: usize = 40;

fn flag_text(changed: &Changed) -> String {
    let mut out = changed.flag.clone();
    if !changed.environments.is_empty() {
        let _ = write!(out, "  in {}", changed.environments.join(", "));
    }
    out.push('\n');
    for line in &changed.definition {
        let long = line.old.iter().chain(&line.new).any(|words| words.chars().count() > LONG);
        let _ = match (&line.old, &line.new) {
            (Some(old), Some(new)) if long => writeln!(out, "  {}\n    - {old}\n    + {new}", line.key),
            (Some(old), Some(new)) => writeln!(out, "  {}: {old} -> {new}", line.key),
            (Some(old), None) => writeln!(out, "  {}: {old} -> gone", line.key),
            (None, new) => writeln!(out, "  {}: new, {}", line.key, new.as_deref().unwrap_or_default()),
        };
    }
    match &changed.moves {
        Some(moves) => {
            for Move { whom, old, new, percent } in moves {
                let whom = match whom {
                    Some(condition) => format!("those with {condition}"),
                    None => "everybody no rule is about".to_owned(),
                };
                let _ = writeln!(out, "  {} % of {whom}: {old} -> {new}", figure(*percent));
            }
            if moves.is_empty() && changed.users.is_empty() {
                out.push_str("  nobody gets anything else\n");
            }
        }
        None => out.push_str("  too many combinations to say who changes side; see `flags simulate`\n"),
    }
    for moved in &changed.users {
        let _ = writeln!(out, "  user {}: {} -> {}", moved.user, moved.old, moved.new);
    }
    out
}

/// Up to three decimal places.
fn figure(percent: f64) -> String {
    let text = format!("{percent:.3}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "0" { "less than 0.001".to_owned() } else { text.to_owned() }
}

fn as_json(difference: &Difference) -> Json {
    let flags: Vec<Json> = difference
        .flags
        .iter()
        .map(|changed| {
            let definition = changed.definition.iter();
            let moves = changed.moves.iter().flatten();
            let users = changed.users.iter();
            json!({
                "flag": changed.flag,
                "environments": changed.environments,
                "definition": definition
                    .map(|it| json!({ "key": it.key, "old": it.old, "new": it.new }))
                    .collect::<Vec<_>>(),
                "moves": moves
                    .map(|it| json!({ "whom": it.whom, "old": it.old, "new": it.new, "percent": it.percent }))
                    .collect::<Vec<_>>(),
                "complete": changed.moves.is_some(),
                "users": users
                    .map(|it| json!({ "user": it.user, "old": it.old, "new": it.new }))
                    .collect::<Vec<_>>(),
            })
        })
        .collect();
    json!({ "contract": difference.contract, "segments": difference.segments, "flags": flags })
}
