//! The lines of a text: from positions, as diagnostics tell them, to bytes and back.

use crate::{FileId, Position};
use std::ops::Range;

/// What YAML ends a line with.
const BREAKS: [char; 5] = ['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}'];

/// Characters from one whose byte is known to the next.
const STRIDE: usize = 64;

/// A text and the beginnings of its lines.
///
/// A byte order mark at the beginning of the text stands before the first column. Looking for a position takes no
/// longer in a long line than in a short one.
///
/// ```
/// use flags_schema::{FileId, Lines, Position};
///
/// let text = "flags:\n  été: on\n";
/// let lines = Lines::new(text);
/// let position = Position::new(FileId(0), 2, 8);
/// let offset = lines.offset(position);
/// assert_eq!(&text[offset..], "on\n");
/// assert_eq!(lines.get(2).map(|line| &text[line]), Some("  été: on"));
/// assert_eq!(lines.position(FileId(0), offset), position);
/// ```
#[derive(Debug)]
pub struct Lines<'t> {
    text: &'t str,
    /// The first character of each line: its number in the text, and its byte.
    starts: Vec<(usize, usize)>,
    /// The byte of every [`STRIDE`]th character.
    strides: Vec<usize>,
}

impl<'t> Lines<'t> {
    /// The lines of a text.
    #[must_use]
    pub fn new(text: &'t str) -> Self {
        let mark = if text.starts_with('\u{feff}') { (1, '\u{feff}'.len_utf8()) } else { (0, 0) };
        let mut starts = vec![mark];
        let mut strides = Vec::with_capacity(text.len() / STRIDE + 1);
        for (number, (byte, c)) in text.char_indices().enumerate() {
            if number % STRIDE == 0 {
                strides.push(byte);
            }
            let first_of_two = c == '\r' && text.as_bytes().get(byte + 1) == Some(&b'\n');
            if BREAKS.contains(&c) && !first_of_two {
                starts.push((number + 1, byte + c.len_utf8()));
            }
        }
        Self { text, starts, strides }
    }

    /// The bytes of a line that counts from 1, without its line break; `None` when there is no such line.
    #[must_use]
    pub fn get(&self, line: u32) -> Option<Range<usize>> {
        let nth = usize::try_from(line).ok()?.checked_sub(1)?;
        let (_, start) = *self.starts.get(nth)?;
        let next = self.starts.get(nth + 1).map_or(self.text.len(), |(_, next)| *next);
        let length = self.text.get(start..next)?.trim_end_matches(BREAKS).len();
        Some(start..start + length)
    }

    /// The byte of a position; the end of its line when the line is shorter, and of the text when there are fewer lines.
    #[must_use]
    pub fn offset(&self, position: Position) -> usize {
        let before = |count: u32| usize::try_from(count).unwrap_or(usize::MAX).saturating_sub(1);
        let first = self.starts.get(before(position.line));
        let (Some((first, _)), Some(line)) = (first, self.get(position.line.max(1))) else {
            return self.text.len();
        };
        self.byte(first.saturating_add(before(position.column))).min(line.end)
    }

    /// The byte of a character; the end of the text when there are not so many.
    fn byte(&self, number: usize) -> usize {
        let end = self.text.len();
        let Some(stride) = self.strides.get(number / STRIDE) else { return end };
        let rest = self.text.get(*stride..).unwrap_or_default();
        rest.char_indices().nth(number % STRIDE).map_or(end, |(byte, _)| stride + byte)
    }

    /// The position of the character that begins at a byte.
    #[must_use]
    pub fn position(&self, file: FileId, offset: usize) -> Position {
        let line = self.number(offset);
        let (first, start) = self.starts.get(line - 1).copied().unwrap_or_default();
        let passed = self.strides.partition_point(|byte| *byte <= offset).saturating_sub(1);
        let (known, byte) = match self.strides.get(passed) {
            Some(byte) if *byte > start => (passed * STRIDE, *byte),
            _ => (first, start),
        };
        let after = self.text.get(byte..offset).unwrap_or_default().chars().count();
        Position::new(file, number(line), number(known + after - first + 1))
    }

    /// The number, from 1, of the line that a byte is in.
    #[must_use]
    pub fn number(&self, offset: usize) -> usize {
        self.starts.partition_point(|(_, start)| *start <= offset).max(1)
    }

    /// Where the line that a byte is in begins.
    #[must_use]
    pub fn start(&self, offset: usize) -> usize {
        self.starts.get(self.number(offset) - 1).map_or(0, |(_, start)| *start)
    }

    /// Where the line after the one that a byte is in begins; the end of the text after the last one.
    #[must_use]
    pub fn next(&self, offset: usize) -> usize {
        self.starts.get(self.number(offset)).map_or(self.text.len(), |(_, start)| *start)
    }
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::{BREAKS, Lines, STRIDE};
    use crate::{FileId, Position};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_character_has_its_position(
            text in "\u{feff}?([ -z旗\u{e9}]{0,90}(\n|\r|\r\n|\u{85}|\u{2028}|\u{2029})){0,5}[a-z]{0,70}",
        ) {
            let lines = Lines::new(&text);
            let (mut line, mut column) = (1, 1);
            let mut chars = text.char_indices().peekable();
            if text.starts_with('\u{feff}') {
                chars.next();
            }
            while let Some((byte, c)) = chars.next() {
                let position = Position::new(FileId(3), line, column);
                prop_assert_eq!(lines.position(FileId(3), byte), position);
                if !BREAKS.contains(&c) {
                    prop_assert_eq!(lines.offset(position), byte);
                }
                let first_of_two = c == '\r' && chars.peek().is_some_and(|(_, next)| *next == '\n');
                (line, column) =
                    if BREAKS.contains(&c) && !first_of_two { (line + 1, 1) } else { (line, column + 1) };
            }
        }
    }

    #[test]
    fn positions_that_are_not_there_are_at_an_end() {
        let text = format!("ab\n{}\n", "c".repeat(3 * STRIDE));
        let lines = Lines::new(&text);
        let offset = |line, column| lines.offset(Position::new(FileId(0), line, column));
        assert_eq!((offset(1, 9), offset(2, 1000), offset(9, 1)), (2, text.len() - 1, text.len()));
        assert_eq!((offset(0, 0), offset(1, 0), offset(u32::MAX, u32::MAX)), (0, 0, text.len()));
        assert_eq!((lines.get(0), lines.get(1), lines.get(4)), (None, Some(0..2), None));
    }
}
