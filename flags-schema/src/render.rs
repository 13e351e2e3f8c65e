//! Diagnostics as people and tools read them: text like rustc's, and JSON.

mod json;
mod lines;

use crate::printable::one_line;
use crate::{Code, Diagnostic, Position, Sources};
use lines::{Files, Snippet};
use std::fmt::Write as _;

pub use json::json;

/// All of them as text: headline, position, source line with a caret, help, other positions.
///
/// Ends with a line feed unless empty. Characters that would disturb a terminal are replaced.
///
/// ```
/// use flags_schema::{Code, Diagnostic, FileId, Position, SourceFile, Sources, render};
///
/// let mut sources = Sources::default();
/// sources.add(SourceFile::new("flags.yaml", "flags:\n  new-ui: betta\n"));
/// let diagnostic = Diagnostic::new(Code::UnknownSegment, Position::new(FileId(0), 2, 11), "no segment `betta`")
///     .help("did you mean `beta`?");
/// assert_eq!(
///     render::text(&[diagnostic], &sources),
///     "\
/// error[unknown-segment]: no segment `betta`
///  --> flags.yaml:2:11
///   |
/// 2 |   new-ui: betta
///   |           ^^^^^
///   |
///   = help: did you mean `beta`?
/// "
/// );
/// ```
#[must_use]
pub fn text<'a>(diagnostics: impl IntoIterator<Item = &'a Diagnostic>, sources: &Sources) -> String {
    let files = Files::new(sources);
    let mut out = String::new();
    for diagnostic in diagnostics {
        if !out.is_empty() {
            out.push('\n');
        }
        write_headline(diagnostic, &mut out);
        out.push('\n');
        write_body(diagnostic, &files, &mut out);
    }
    out
}

/// One without `error[…]:` before the message, for where the reader has a headline of its own.
/// Does not end with a line feed.
#[must_use]
pub fn message(diagnostic: &Diagnostic, sources: &Sources) -> String {
    let mut out = diagnostic.message.clone();
    out.push('\n');
    write_body(diagnostic, &Files::new(sources), &mut out);
    out.truncate(out.trim_end().len());
    out
}

fn write_headline(diagnostic: &Diagnostic, out: &mut String) {
    let code: Code = diagnostic.code;
    // Writing to a string cannot fail.
    let _ = write!(out, "{}[{code}]: {}", diagnostic.severity, diagnostic.message);
}

/// Everything below the headline.
fn write_body(diagnostic: &Diagnostic, files: &Files<'_>, out: &mut String) {
    let positions = || diagnostic.position.into_iter().chain(diagnostic.related.iter().map(|r| r.position));
    let gutter = positions().map(|p| p.line.to_string().len()).max().unwrap_or(0);
    if let Some(position) = diagnostic.position {
        let quoted = write_position(position, gutter, files, out);
        if quoted && diagnostic.help.is_some() {
            let _ = writeln!(out, "{:gutter$} |", "");
        }
    }
    if let Some(help) = &diagnostic.help {
        let _ = writeln!(out, "{:gutter$} = help: {}", "", help);
    }
    for related in &diagnostic.related {
        let _ = writeln!(out, "note: {}", related.message);
        write_position(related.position, gutter, files, out);
    }
}

/// `--> path:line:column`, and the line with its caret where there is one to quote: whether there was.
fn write_position(position: Position, gutter: usize, files: &Files<'_>, out: &mut String) -> bool {
    let Position { line, column, .. } = position;
    let _ =
        writeln!(out, "{:gutter$}--> {}:{line}:{column}", "", one_line(files.name(position.file).to_owned()));
    let Some(Snippet { text, before, length }) = files.snippet(position) else { return false };
    let _ = writeln!(out, "{:gutter$} |", "");
    let _ = writeln!(out, "{line:gutter$} | {text}");
    let _ = writeln!(out, "{:gutter$} | {:before$}{:^<length$}", "", "", "");
    true
}
