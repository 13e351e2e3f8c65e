//! Diagnostics as JSON.

use super::first::{Rest, SHOWN, first};
use super::snippet::Files;
use crate::{Diagnostic, Position, Sources, printable};
use serde::Serialize;

#[derive(Serialize)]
struct Item<'a> {
    severity: &'static str,
    code: &'static str,
    message: &'a str,
    #[serde(flatten)]
    position: JsonPosition<'a>,
    help: Option<&'a str>,
    related: Vec<RelatedItem<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    more: Option<Rest>,
}

#[derive(Serialize)]
struct RelatedItem<'a> {
    message: &'a str,
    #[serde(flatten)]
    position: JsonPosition<'a>,
}

#[derive(Serialize)]
struct JsonPosition<'a> {
    file: Option<&'a str>,
    line: Option<u32>,
    column: Option<u32>,
}

impl<'a> JsonPosition<'a> {
    fn new(position: Option<Position>, files: &Files<'a>) -> Self {
        Self {
            file: position.map(|p| files.name(p.file)),
            line: position.map(|p| p.line),
            column: position.map(|p| p.column),
        }
    }
}

/// The first of them as one JSON array of objects with `severity`, `code`, `message`, `file`, `line`,
/// `column`, `help` and `related`; `null` for what is not there. Lines and columns count from 1,
/// columns in characters.
///
/// There are at most [`SHOWN`] of them. Where there are more, one object follows whose `code` is `more`: its `message`
/// says so, and its `more` has the number of `errors` and of `warnings` that are not there.
#[must_use]
pub fn json<'a>(diagnostics: impl IntoIterator<Item = &'a Diagnostic>, sources: &Sources) -> String {
    let files = Files::new(sources);
    let (first, rest) = first(diagnostics, SHOWN);
    let said = rest.map(|rest| rest.to_string()).unwrap_or_default();
    let last = rest.map(|rest| Item {
        severity: rest.severity().as_str(),
        code: "more",
        message: &said,
        position: JsonPosition::new(None, &files),
        help: None,
        related: Vec::new(),
        more: Some(rest),
    });
    let items: Vec<Item<'_>> = first
        .into_iter()
        .map(|diagnostic| Item {
            severity: diagnostic.severity.as_str(),
            code: diagnostic.code.as_str(),
            message: &diagnostic.message,
            position: JsonPosition::new(diagnostic.position, &files),
            help: diagnostic.help.as_deref(),
            related: diagnostic
                .related
                .iter()
                .map(|related| RelatedItem {
                    message: &related.message,
                    position: JsonPosition::new(Some(related.position), &files),
                })
                .collect(),
            more: None,
        })
        .chain(last)
        .collect();
    // Strings and numbers only: nothing here can fail to serialise.
    printable::json(&serde_json::to_string_pretty(&items).unwrap_or_default()).into_owned()
}
