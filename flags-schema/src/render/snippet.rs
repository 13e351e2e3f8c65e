//! The line that a position is in, as it is quoted, and where the caret goes under it.

use crate::printable::disturbs;
use crate::{FileId, Lines, Position, SourceFile, Sources};
use std::cell::OnceCell;
use unicode_width::UnicodeWidthChar;

/// Longer lines are not quoted: nobody could read them.
const LONGEST_LINE: usize = 10_000;
/// Columns quoted of a line, and how many of them before the caret.
const WINDOW: usize = 140;
const BEFORE_CARET: usize = 60;
const TAB: &str = "    ";

/// The sources, with their lines once they are asked for.
pub(super) struct Files<'a> {
    files: Vec<(&'a SourceFile, OnceCell<Lines<'a>>)>,
}

/// A line as shown, and the caret under it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Snippet {
    pub(super) text: String,
    /// Columns before the caret.
    pub(super) before: usize,
    /// Columns of the caret, at least 1.
    pub(super) length: usize,
}

impl<'a> Files<'a> {
    pub(super) fn new(sources: &'a Sources) -> Self {
        Self { files: sources.iter().map(|source| (source, OnceCell::new())).collect() }
    }

    /// The name of a file, as given.
    pub(super) fn name(&self, file: FileId) -> &'a str {
        self.files.get(usize::from(file.0)).map_or("?", |(source, _)| &source.name)
    }

    /// The line of a position; `None` when the file does not have it, or when it is too long.
    pub(super) fn snippet(&self, position: Position) -> Option<Snippet> {
        let (source, lines) = self.files.get(usize::from(position.file.0))?;
        let lines = lines.get_or_init(|| Lines::new(&source.text));
        let line = source.text.get(lines.get(position.line)?)?;
        let column = usize::try_from(position.column).ok()?.checked_sub(1)?;
        (line.len() <= LONGEST_LINE).then(|| snippet(line, column))
    }
}

fn snippet(line: &str, column: usize) -> Snippet {
    let cells: Vec<(String, usize)> = line.chars().map(cell).collect();
    let width = |cells: &[(String, usize)]| cells.iter().map(|(_, width)| width).sum::<usize>();
    let column = column.min(cells.len());
    let (before, after) = cells.split_at(column);
    let token = token_length(line.chars().skip(column));

    let whole = width(&cells) <= WINDOW;
    let (before, cut_before) = last_columns(before, if whole { WINDOW } else { BEFORE_CARET });
    let (after, cut_after) = first_columns(after, if whole { WINDOW } else { WINDOW - BEFORE_CARET });
    let mut text = String::new();
    text.push_str(if cut_before { "…" } else { "" });
    text.extend(before.iter().chain(after).map(|(shown, _)| shown.as_str()));
    text.push_str(if cut_after { "…" } else { "" });
    let token = after.get(..token.min(after.len())).unwrap_or(after);
    Snippet {
        text: text.trim_end().to_owned(),
        before: width(before) + usize::from(cut_before),
        length: width(token).max(1),
    }
}

/// A character as shown, and its columns.
fn cell(c: char) -> (String, usize) {
    match c {
        '\t' => (TAB.to_owned(), TAB.len()),
        // Nothing that moves the cursor, changes colours or turns the direction of writing.
        c if disturbs(c) => ("\u{fffd}".to_owned(), 1),
        c => (c.to_string(), c.width().unwrap_or(0)),
    }
}

/// As many cells from the end as fit into `columns`, and whether others are left.
fn last_columns(cells: &[(String, usize)], columns: usize) -> (&[(String, usize)], bool) {
    let mut width = 0;
    let fitting = cells
        .iter()
        .rev()
        .take_while(|(_, w)| {
            width += w;
            width <= columns
        })
        .count();
    let (left, last) = cells.split_at(cells.len() - fitting);
    (last, !left.is_empty())
}

/// As many cells as fit into `columns`, and whether others are left.
fn first_columns(cells: &[(String, usize)], columns: usize) -> (&[(String, usize)], bool) {
    let mut width = 0;
    let fitting = cells
        .iter()
        .take_while(|(_, w)| {
            width += w;
            width <= columns
        })
        .count();
    let (first, left) = cells.split_at(fitting);
    (first, !left.is_empty())
}

/// Characters of the word, number or quoted text that begins here.
fn token_length(mut chars: impl Iterator<Item = char>) -> usize {
    let in_word =
        |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '/' | '%' | '@' | '^' | '~' | '+');
    match chars.next() {
        Some(quote @ ('"' | '\'')) => {
            let mut length = 1;
            let mut escaped = false;
            for c in chars {
                length += 1;
                if c == quote && !escaped {
                    return length;
                }
                escaped = quote == '"' && c == '\\' && !escaped;
            }
            1
        }
        Some(first) if in_word(first) => 1 + chars.take_while(|c| in_word(*c)).count(),
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::{Files, Snippet};
    use crate::{FileId, Position, SourceFile, Sources};

    fn at(text: &str, line: u32, column: u32) -> Option<(String, usize, usize)> {
        let mut sources = Sources::default();
        sources.add(SourceFile::new("flags.yaml", text));
        Files::new(&sources)
            .snippet(Position::new(FileId(0), line, column))
            .map(|Snippet { text, before, length }| (text, before, length))
    }

    #[test]
    fn carets_stand_under_their_words() {
        for (text, line, column, expected) in [
            ("a: on\n", 1, 4, ("a: on", 3, 2)),
            ("a: on\r\nb: off\r\n", 2, 4, ("b: off", 3, 3)),
            ("a: on\rb: off\r", 2, 1, ("b: off", 0, 1)),
            ("a: on\u{2028}b: off", 2, 4, ("b: off", 3, 3)),
            ("\u{feff}a: on", 1, 1, ("a: on", 0, 1)),
            ("\ta: on", 1, 2, ("    a: on", 4, 1)),
            ("\"旗\": on", 1, 6, ("\"旗\": on", 6, 2)),
            ("旗: 旗子 # x", 1, 4, ("旗: 旗子 # x", 4, 4)),
            ("e\u{301}: on", 1, 5, ("e\u{301}: on", 3, 2)),
            ("a: 'b c' d", 1, 4, ("a: 'b c' d", 3, 5)),
            ("a: \"b\\\" c\" d", 1, 4, ("a: \"b\\\" c\" d", 3, 7)),
            ("a: 'open", 1, 4, ("a: 'open", 3, 1)),
            ("a: [1]", 1, 4, ("a: [1]", 3, 1)),
            ("a:", 1, 9, ("a:", 2, 1)),
            ("a: \u{1b}[31m", 1, 4, ("a: \u{fffd}[31m", 3, 1)),
        ] {
            let (shown, before, length) = expected;
            assert_eq!(at(text, line, column), Some((shown.to_owned(), before, length)), "{text:?}");
        }
    }

    #[test]
    fn long_lines_are_cut_around_the_caret() {
        let text = format!("{}word{}", "x ".repeat(200), " y".repeat(200));
        let (shown, before, length) = at(&text, 1, 401).unwrap();
        assert_eq!((before, length), (61, 4));
        assert!(shown.starts_with('…') && shown.ends_with('…'));
        assert_eq!(shown.chars().skip(before).take(length).collect::<String>(), "word");
    }

    #[test]
    fn positions_that_are_not_there_have_no_snippet() {
        for (line, column) in [(0, 1), (1, 0), (9, 1)] {
            assert_eq!(at("a: on", line, column), None);
        }
        assert_eq!(at(&"x".repeat(10_001), 1, 1), None);
    }
}
