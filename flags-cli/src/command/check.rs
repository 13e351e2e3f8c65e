//! `flags check`: everything that is wrong, for people and for machines.

use crate::args::{Check, Deny, Format};
use crate::failure::Failure;
use crate::file::{self, File};
use crate::outcome::Outcome;
use crate::output;
use flags_schema::printable::escaped;
use flags_schema::{Code, Diagnostic, Position, Severity, Sources, Timestamp, render};
use serde_json::json;
use std::fmt::Write as _;
use std::path::Path;

pub(crate) fn check(path: Option<&Path>, arguments: &Check) -> Result<Outcome, Failure> {
    let today = arguments.today.unwrap_or_else(Timestamp::of_build);
    let file = File::open(arguments.path.as_deref().or(path), Some(today))?;
    let sources = &file.loaded.sources;
    let mut found = file.loaded.diagnostics.clone().into_vec();
    if matches!(arguments.deny, Some(Deny::Warnings)) {
        for diagnostic in &mut found {
            diagnostic.severity = Severity::Error;
        }
    }
    let errors = found.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).count();
    match arguments.format {
        Format::Text if found.is_empty() => {}
        Format::Text => output::print_styled(&format!("{}\n", render::styled(&found, sources)))?,
        Format::Json => output::write(&format!("{}\n", render::json(&found, sources)))?,
        Format::Github => output::write(&github(&found, sources))?,
        Format::Sarif => output::print_json(&sarif(&found, sources))?,
    }
    output::tell(&summary(&file, errors, found.len() - errors));
    Ok(if errors > 0 { Outcome::Findings } else { Outcome::Clean })
}

fn summary(file: &File, errors: usize, warnings: usize) -> String {
    let mut words = vec![output::count(file.document().flags.len(), "flag")];
    if !file.document().overlays.is_empty() {
        words.push(output::count(file.document().overlays.len(), "overlay"));
    }
    let found = match (errors, warnings) {
        (0, 0) => "no problems".to_owned(),
        (0, warnings) => output::count(warnings, "warning"),
        (errors, 0) => output::count(errors, "error"),
        (errors, warnings) => {
            format!("{} and {}", output::count(errors, "error"), output::count(warnings, "warning"))
        }
    };
    format!("{}: {}, {found}", file::shown(&file.path), words.join(", "))
}

/// Workflow commands: GitHub shows them at the lines of a pull request.
fn github(diagnostics: &[Diagnostic], sources: &Sources) -> String {
    let data = |text: &str| escaped(text).replace('%', "%25");
    let property = |text: &str| data(text).replace(':', "%3A").replace(',', "%2C");
    let mut out = String::new();
    let (first, rest) = render::first(diagnostics, render::SHOWN);
    for diagnostic in first {
        let mut properties = Vec::new();
        if let Some(position) = diagnostic.position
            && let Some(source) = sources.get(position.file)
        {
            properties.push(format!("file={}", property(&source.name)));
            properties.push(format!("line={},col={}", position.line, position.column));
        }
        properties.push(format!("title={}", property(diagnostic.code.as_str())));
        let help =
            diagnostic.help.as_ref().map(|help| format!("%0Ahelp: {}", data(help))).unwrap_or_default();
        // Writing to a string cannot fail.
        let _ = writeln!(
            out,
            "::{} {}::{}{help}",
            diagnostic.severity,
            properties.join(","),
            data(&diagnostic.message)
        );
    }
    if let Some(rest) = rest {
        let _ = writeln!(out, "::{} title=more::{}", rest.severity(), data(&rest.to_string()));
    }
    out
}

fn sarif(diagnostics: &[Diagnostic], sources: &Sources) -> serde_json::Value {
    let location = |position: Position, message: Option<&str>| {
        let uri = sources.get(position.file).map_or("", |source| source.name.as_str());
        let mut location = json!({
            "physicalLocation": {
                "artifactLocation": { "uri": uri },
                "region": { "startLine": position.line, "startColumn": position.column },
            }
        });
        if let (Some(message), Some(fields)) = (message, location.as_object_mut()) {
            fields.insert("message".to_owned(), json!({ "text": message }));
        }
        location
    };
    let (first, rest) = render::first(diagnostics, render::SHOWN);
    let results: Vec<_> = first
        .iter()
        .map(|diagnostic| {
            let text = match &diagnostic.help {
                Some(help) => format!("{}; help: {help}", diagnostic.message),
                None => diagnostic.message.clone(),
            };
            let related =
                diagnostic.related.iter().map(|related| location(related.position, Some(&related.message)));
            json!({
                "ruleId": diagnostic.code.as_str(),
                "level": diagnostic.severity.as_str(),
                "message": { "text": text },
                "locations": diagnostic.position.map(|it| location(it, None)).into_iter().collect::<Vec<_>>(),
                "relatedLocations": related.collect::<Vec<_>>(),
            })
        })
        .collect();
    let mut codes: Vec<Code> = first.iter().map(|diagnostic| diagnostic.code).collect();
    codes.sort_unstable();
    codes.dedup();
    let rules: Vec<_> = codes
        .iter()
        .map(|code| {
            json!({
                "id": code.as_str(),
                "shortDescription": { "text": code.describe() },
                "defaultConfiguration": { "level": code.severity().as_str() },
            })
        })
        .collect();
    let mut run = json!({
        "tool": { "driver": { "name": "flags", "version": env!("CARGO_PKG_VERSION"), "rules": rules } },
        "columnKind": "unicodeCodePoints",
        "results": results,
    });
    // Where SARIF tells what a tool has to say about its run.
    if let (Some(rest), Some(fields)) = (rest, run.as_object_mut()) {
        let told = json!({ "level": rest.severity().as_str(), "message": { "text": rest.to_string() } });
        let invocation = json!({ "executionSuccessful": true, "toolExecutionNotifications": [told] });
        fields.insert("invocations".to_owned(), json!([invocation]));
        fields.insert("properties".to_owned(), json!({ "more": rest }));
    }
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [run],
    })
}
