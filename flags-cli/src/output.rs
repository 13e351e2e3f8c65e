//! Standard output and standard error: text, tables and JSON.
//!
//! Whatever is printed leaves through here, and here it is made harmless: see [`printable`]. Texts of documents are
//! escaped as parts of lines before, so that no line feed of theirs begins a line.

use crate::failure::Failure;
use comfy_table::{ContentArrangement, Table, presets};
use flags_schema::printable::{self, escaped};
use serde_json::Value as Json;
use std::borrow::Cow;
use std::io::{self, IsTerminal as _, Write as _};

/// Writes lines to standard output. What disturbs in them is escaped.
///
/// # Errors
/// When it cannot be written. A reader that has gone, `flags list | head`, is no failure.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    write(&printable::lines(text))
}

/// Writes lines with colours, which are shown only where they are wanted. Their parts were escaped before.
///
/// # Errors
/// As [`print()`].
pub(crate) fn print_styled(text: &str) -> Result<(), Failure> {
    write(&styled(text))
}

/// Writes what is no text of a document: scripts, pages, and commands to a CI system.
///
/// # Errors
/// As [`print()`].
pub(crate) fn write(text: &str) -> Result<(), Failure> {
    let mut out = anstream::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::new(format!("standard output cannot be written: {error}")))
        }
        _ => Ok(()),
    }
}

/// Prints JSON, indented.
pub(crate) fn print_json(json: &Json) -> Result<(), Failure> {
    write(&printable::json(&format!("{json:#}\n")))
}

/// Says something to people, on one line of standard error.
pub(crate) fn tell(text: &str) {
    tell_styled(&escaped(text));
}

/// Says something worth knowing, and what to do about it.
pub(crate) fn note(text: &str, help: &str) {
    tell(&format!("note: {text}"));
    tell_styled(&format!("  help: {}", escaped(help)));
}

/// Says something to people on lines with colours, whose parts were escaped before.
pub(crate) fn tell_styled(text: &str) {
    // With standard error gone there is nobody left to tell.
    let _ = writeln!(anstream::stderr(), "{}", styled(text));
}

/// The lines; one that disturbs by more than its colours has none.
fn styled(text: &str) -> String {
    let lines = text.split('\n').map(|line| {
        let plain = anstream::adapter::strip_str(line).to_string();
        match printable::lines(&plain) {
            Cow::Borrowed(_) => line.to_owned(),
            Cow::Owned(escaped) => escaped,
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Whether somebody can be asked: questions go to standard error, answers come from standard input.
pub(crate) fn can_ask() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks a yes-or-no question; no is the default.
pub(crate) fn ask(question: &str) -> bool {
    let mut err = anstream::stderr();
    let _ = write!(err, "{} [y/N] ", escaped(question)).and_then(|()| err.flush());
    let mut answer = String::new();
    io::stdin().read_line(&mut answer).is_ok()
        && matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes")
}

/// A table without lines, as wide as its contents: it can be searched and cut. Cells are escaped.
pub(crate) fn table(header: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(header);
    table.add_rows(
        rows.into_iter().map(|row| row.iter().map(|cell| escaped(cell).into_owned()).collect::<Vec<_>>()),
    );
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    let mut text = String::new();
    for line in table.lines() {
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// `1 error`, `2 errors`.
pub(crate) fn count(number: usize, one: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {one}s") }
}
