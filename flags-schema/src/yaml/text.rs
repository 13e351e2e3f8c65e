//! Positions in a text: offsets to positions and back, and the positions of characters inside a scalar.

use crate::{FileId, Lines, Position};
use std::cell::OnceCell;

/// A text that finds its positions in constant time.
pub(crate) struct SourceText<'a> {
    source: &'a str,
    file: FileId,
    /// Made when they are first needed: most documents are read without them.
    lines: OnceCell<Lines<'a>>,
}

impl<'a> SourceText<'a> {
    pub(crate) const fn new(source: &'a str, file: FileId) -> Self {
        Self { source, file, lines: OnceCell::new() }
    }

    fn lines(&self) -> &Lines<'a> {
        self.lines.get_or_init(|| Lines::new(self.source))
    }

    pub(crate) const fn file(&self) -> FileId {
        self.file
    }

    /// The position of the character at a byte offset.
    pub(crate) fn position(&self, offset: usize) -> Position {
        self.lines().position(self.file, offset)
    }

    /// The text from a position on.
    pub(crate) fn from(&self, position: Position) -> &'a str {
        self.source.get(self.lines().offset(position)..).unwrap_or_default()
    }

    /// The unquoted scalar written at a position; `None` when an alias stands there.
    pub(crate) fn scalar_at(&self, position: Position) -> Option<&'a str> {
        let rest = self.skip_anchor(self.from(position));
        let end = rest.find([' ', '\t', '\r', '\n', ',', ':', ']', '}']).unwrap_or(rest.len());
        rest.get(..end).filter(|text| !text.starts_with(['*', '"', '\'']))
    }

    #[expect(clippy::unused_self, reason = "reads as one of the text's questions")]
    fn skip_anchor(&self, rest: &'a str) -> &'a str {
        match rest.strip_prefix('&') {
            Some(anchor) => anchor
                .find([' ', '\t', '\r', '\n'])
                .and_then(|end| anchor.get(end..))
                .map_or("", str::trim_start),
            None => rest,
        }
    }

    /// The positions of a scalar's characters, and of the position after the last one: `value` is what was read from
    /// the scalar written at `position`, be it plain, quoted, with escapes, folded or a block.
    pub(crate) fn positions(&self, position: Position, value: &str) -> Vec<Position> {
        let written = self.from(position);
        let content = self.skip_anchor(written);
        let mut walk = Walk { rest: written, line: position.line, column: position.column };
        while walk.rest.len() > content.len() {
            walk.step();
        }
        let quote = match content.chars().next() {
            Some(quote @ ('"' | '\'')) => {
                walk.step();
                Some(quote)
            }
            Some('|' | '>') => {
                while walk.peek().is_some_and(|c| c != '\n') {
                    walk.step();
                }
                walk.step();
                None
            }
            _ => None,
        };
        let mut positions = Vec::with_capacity(value.len() + 1);
        for wanted in value.chars() {
            walk.find(wanted, quote);
            positions.push(walk.position(self.file));
            walk.pass(quote);
        }
        positions.push(walk.position(self.file));
        positions
    }
}

/// Walks over the written form of a scalar.
struct Walk<'a> {
    rest: &'a str,
    line: u32,
    column: u32,
}

impl Walk<'_> {
    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    const fn position(&self, file: FileId) -> Position {
        Position::new(file, self.line, self.column)
    }

    fn step(&mut self) {
        let mut chars = self.rest.chars();
        match chars.next() {
            Some('\n') => {
                self.line = self.line.saturating_add(1);
                self.column = 1;
            }
            Some(_) => self.column = self.column.saturating_add(1),
            None => {}
        }
        self.rest = chars.as_str();
    }

    /// Goes on to where `wanted` is written: over indentation, folded line ends and escaped ones.
    fn find(&mut self, wanted: char, quote: Option<char>) {
        loop {
            match self.peek() {
                Some('\\') if quote == Some('"') && self.rest.starts_with(['\\']) => {
                    let mut after = self.rest.chars().skip(1);
                    if !matches!(after.next(), Some('\n' | '\r')) {
                        return;
                    }
                    self.step();
                }
                Some(c) if c == wanted => return,
                // A folded line end is read as a space.
                Some('\n') if wanted == ' ' => return,
                Some(' ' | '\t' | '\r' | '\n') => {}
                _ => return,
            }
            self.step();
        }
    }

    /// Steps over one character as it is written.
    fn pass(&mut self, quote: Option<char>) {
        let count = match (quote, self.peek()) {
            (Some('"'), Some('\\')) => match self.rest.chars().nth(1) {
                Some('x') => 4,
                Some('u') => 6,
                Some('U') => 10,
                _ => 2,
            },
            (Some('\''), Some('\'')) => 2,
            _ => 1,
        };
        for _ in 0..count {
            self.step();
        }
    }
}
