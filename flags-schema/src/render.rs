//! Diagnostics as people and tools read them: text like rustc's, with colours or without, and JSON.

mod first;
mod json;
mod snippet;

use crate::printable::one_line;
use crate::{Diagnostic, Position, Severity, Sources};
use snippet::{Files, Snippet};
use std::fmt::Write as _;

pub use first::{Rest, SHOWN, first};
pub use json::json;

/// The first [`SHOWN`] of them as text, and the number of the others: headline, position, source line with a caret, help, other positions.
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
    report(diagnostics, sources, &PLAIN)
}

/// The same with the colours of a terminal, as rustc uses them. Without its escape sequences it is equal to [`text()`].
///
/// ```
/// use flags_schema::{Code, Diagnostic, Sources, render};
///
/// let diagnostic = Diagnostic::new(Code::Syntax, None, "the text is empty");
/// let report = render::styled(&[diagnostic], &Sources::default());
/// assert_eq!(report, "\u{1b}[1;91merror[syntax]\u{1b}[0m\u{1b}[1m: the text is empty\u{1b}[0m\n");
/// ```
#[must_use]
pub fn styled<'a>(diagnostics: impl IntoIterator<Item = &'a Diagnostic>, sources: &Sources) -> String {
    report(diagnostics, sources, &COLOURS)
}

/// One without `error[…]:` before the message, for where the reader has a headline of its own.
/// Does not end with a line feed.
#[must_use]
pub fn message(diagnostic: &Diagnostic, sources: &Sources) -> String {
    let mut out = diagnostic.message.clone();
    out.push('\n');
    Body { files: &Files::new(sources), style: &PLAIN, level: "", gutter: gutter(diagnostic) }
        .write(diagnostic, &mut out);
    out.truncate(out.trim_end().len());
    out
}

/// What is written before each part of a report, and after it.
struct Style {
    error: &'static str,
    warning: &'static str,
    note: &'static str,
    help: &'static str,
    /// Line numbers, and the lines around what is quoted.
    frame: &'static str,
    message: &'static str,
    end: &'static str,
}

const PLAIN: Style = Style { error: "", warning: "", note: "", help: "", frame: "", message: "", end: "" };

const COLOURS: Style = Style {
    error: "\u{1b}[1;91m",
    warning: "\u{1b}[1;33m",
    note: "\u{1b}[1;92m",
    help: "\u{1b}[1;96m",
    frame: "\u{1b}[1;94m",
    message: "\u{1b}[1m",
    end: "\u{1b}[0m",
};

fn report<'a>(
    diagnostics: impl IntoIterator<Item = &'a Diagnostic>,
    sources: &Sources,
    style: &Style,
) -> String {
    let files = &Files::new(sources);
    let mut out = String::new();
    let (first, rest) = first(diagnostics, SHOWN);
    for diagnostic in first {
        if !out.is_empty() {
            out.push('\n');
        }
        let level = match diagnostic.severity {
            Severity::Error => style.error,
            Severity::Warning => style.warning,
        };
        let (Diagnostic { severity, code, message, .. }, Style { message: bold, end, .. }) =
            (diagnostic, style);
        // Writing to a string cannot fail.
        let _ = writeln!(out, "{level}{severity}[{code}]{end}{bold}: {message}{end}");
        Body { files, style, level, gutter: gutter(diagnostic) }.write(diagnostic, &mut out);
    }
    if let Some(rest) = rest {
        let _ = writeln!(out, "\n{}{rest}{}", style.message, style.end);
    }
    out
}

/// Columns of the longest line number.
fn gutter(diagnostic: &Diagnostic) -> usize {
    let related = diagnostic.related.iter().map(|related| related.position);
    let positions = diagnostic.position.into_iter().chain(related);
    positions.map(|position| position.line.to_string().len()).max().unwrap_or(0)
}

/// Everything below the headline.
struct Body<'a> {
    files: &'a Files<'a>,
    style: &'a Style,
    /// What is written before a caret.
    level: &'static str,
    gutter: usize,
}

impl Body<'_> {
    fn write(&self, diagnostic: &Diagnostic, out: &mut String) {
        let Self { gutter, style: Style { note, help, frame, end, .. }, .. } = *self;
        if let Some(position) = diagnostic.position {
            let quoted = self.write_position(position, out);
            if quoted && diagnostic.help.is_some() {
                let _ = writeln!(out, "{:gutter$} {frame}|{end}", "");
            }
        }
        if let Some(text) = &diagnostic.help {
            let _ = writeln!(out, "{:gutter$} {frame}={end} {help}help{end}: {text}", "");
        }
        for related in &diagnostic.related {
            let _ = writeln!(out, "{note}note{end}: {}", related.message);
            self.write_position(related.position, out);
        }
    }

    /// `--> path:line:column`, and the line with its caret where there is one to quote: whether there was.
    fn write_position(&self, position: Position, out: &mut String) -> bool {
        let Self { gutter, level, style: Style { frame, end, .. }, files } = *self;
        let Position { line, column, file } = position;
        let name = one_line(files.name(file).to_owned());
        let _ = writeln!(out, "{:gutter$}{frame}-->{end} {name}:{line}:{column}", "");
        let Some(Snippet { text, before, length }) = files.snippet(position) else { return false };
        let _ = writeln!(out, "{:gutter$} {frame}|{end}", "");
        let _ = writeln!(out, "{frame}{line:gutter$} |{end} {text}");
        let _ = writeln!(out, "{:gutter$} {frame}|{end} {:before$}{level}{:^<length$}{end}", "", "", "");
        true
    }
}
