//! Standard output and standard error: text, tables and JSON.

use crate::failure::Failure;
use comfy_table::{ContentArrangement, Table, presets};
use serde_json::Value as Json;
use std::io::{self, IsTerminal as _, Write as _};

/// Writes data to standard output, colours only where they are wanted.
///
/// # Errors
/// When it cannot be written. A reader that has gone, `flags list | head`, is no failure.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
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
    print(&format!("{json:#}\n"))
}

/// Says something to people, on standard error.
pub(crate) fn tell(text: &str) {
    // With standard error gone there is nobody left to tell.
    let _ = writeln!(anstream::stderr(), "{text}");
}

/// Whether somebody can be asked: questions go to standard error, answers come from standard input.
pub(crate) fn can_ask() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks a yes-or-no question; no is the default.
pub(crate) fn ask(question: &str) -> bool {
    let mut err = anstream::stderr();
    let _ = write!(err, "{question} [y/N] ").and_then(|()| err.flush());
    let mut answer = String::new();
    io::stdin().read_line(&mut answer).is_ok()
        && matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes")
}

/// A table without lines, as wide as its contents: it can be searched and cut.
pub(crate) fn table(header: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(header);
    table.add_rows(rows);
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
