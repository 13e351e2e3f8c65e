//! `flags unused`: flags that no Rust source refers to.

use crate::args::Unused;
use crate::failure::Failure;
use crate::file::{self, File};
use crate::outcome::Outcome;
use crate::output;
use crate::sources::{Reference, references};
use serde_json::{Value as Json, json};
use std::path::{Path, PathBuf};

pub(crate) fn unused(path: Option<&Path>, arguments: &Unused) -> Result<Outcome, Failure> {
    let file = File::sound(path)?;
    let found = references(file.document(), &source_paths(&file, &arguments.sources))?;
    let flags: Vec<(&flags_schema::Flag, &[Reference])> = file
        .document()
        .flags
        .iter()
        .map(|flag| (flag, found.get(flag.key.as_str()).map_or(&[][..], Vec::as_slice)))
        .filter(|(_, references)| arguments.all || references.is_empty())
        .collect();
    let unused = flags.iter().filter(|(_, references)| references.is_empty()).count();
    if arguments.json {
        let items: Vec<Json> = flags
            .iter()
            .map(|(flag, references)| {
                json!({
                    "flag": *flag.key,
                    "file": file.document().files.first(),
                    "line": flag.key.position.line,
                    "references": references.iter().map(location).collect::<Vec<_>>(),
                })
            })
            .collect();
        output::print_json(&json!(items))?;
    } else if !flags.is_empty() {
        let rows = flags.iter().map(|(flag, references)| {
            vec![
                flag.key.value.clone(),
                references.len().to_string(),
                format!("{}:{}", file::shown(&file.path), flag.key.position.line),
            ]
        });
        output::print(&output::table(&["flag", "references", "declared"], rows))?;
    }
    let count = output::count(file.document().flags.len(), "flag");
    output::tell(&match unused {
        0 => format!("{count}, all of them are referred to"),
        unused => format!("{count}, {unused} without a reference in Rust sources"),
    });
    Ok(if unused == 0 { Outcome::Clean } else { Outcome::Findings })
}

/// Where to look: what was asked for, or the file's directory.
pub(crate) fn source_paths(file: &File, asked: &[PathBuf]) -> Vec<PathBuf> {
    if asked.is_empty() { vec![file.directory().to_owned()] } else { asked.to_vec() }
}

/// A reference as JSON.
pub(crate) fn location(reference: &Reference) -> Json {
    json!({ "file": reference.file, "line": reference.line, "column": reference.column })
}
