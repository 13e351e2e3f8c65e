//! Places in a text: from lines and columns, as diagnostics tell them, to bytes.

use flags_schema::Position;
use std::ops::Range;

/// What YAML ends a line with.
const BREAKS: [char; 5] = ['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}'];

/// A text and the beginnings of its lines.
#[derive(Debug)]
pub struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    /// The lines of a text.
    #[must_use]
    pub fn new(text: &'t str) -> Self {
        // A byte order mark stands before the first column.
        let mut starts = vec![if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 }];
        let mut chars = text.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            let first_of_two = c == '\r' && chars.peek().is_some_and(|(_, next)| *next == '\n');
            if BREAKS.contains(&c) && !first_of_two {
                starts.push(at + c.len_utf8());
            }
        }
        Self { text, starts }
    }

    /// The bytes of a line that counts from 1, its end not among them.
    #[must_use]
    pub fn line(&self, number: usize) -> Range<usize> {
        let end = self.text.len();
        let Some(nth) = number.checked_sub(1) else { return 0..0 };
        let Some(start) = self.starts.get(nth).copied() else { return end..end };
        let next = self.starts.get(nth + 1).copied().unwrap_or(end);
        let line = self.text.get(start..next).unwrap_or_default();
        start..start + line.trim_end_matches(BREAKS).len()
    }

    /// The byte of a position; the end of its line when the line is shorter.
    #[must_use]
    pub fn offset(&self, position: Position) -> usize {
        let line = self.line(usize::try_from(position.line).unwrap_or(usize::MAX));
        let text = self.text.get(line.clone()).unwrap_or_default();
        let column = usize::try_from(position.column).unwrap_or(usize::MAX).saturating_sub(1);
        text.char_indices().nth(column).map_or(line.end, |(at, _)| line.start + at)
    }

    /// The number, from 1, of the line that a byte is in.
    #[must_use]
    pub fn number(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset).max(1)
    }

    /// Where the line that a byte is in begins.
    #[must_use]
    pub fn start(&self, offset: usize) -> usize {
        self.starts.get(self.number(offset) - 1).copied().unwrap_or(0)
    }

    /// Where the line after the one that a byte is in begins; the end of the text after the last one.
    #[must_use]
    pub fn next(&self, offset: usize) -> usize {
        self.starts.get(self.number(offset)).copied().unwrap_or(self.text.len())
    }
}

/// Bytes of the word, number or quoted text that a text begins with.
#[must_use]
pub fn token(text: &str) -> usize {
    let in_word =
        |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '/' | '%' | '@' | '^' | '~' | '+');
    match text.chars().next() {
        Some(quote @ ('"' | '\'')) => {
            let close = text.char_indices().skip(1).find(|(_, c)| *c == quote);
            close.map_or(1, |(at, _)| at + 1)
        }
        Some(first) if in_word(first) => text.find(|c| !in_word(c)).unwrap_or(text.len()),
        Some(other) => other.len_utf8(),
        None => 0,
    }
}
