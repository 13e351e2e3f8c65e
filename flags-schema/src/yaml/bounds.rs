//! What a text must keep to before it reaches the YAML scanner: size, characters, nesting. No tree here.
//!
//! The scanner takes quadratic time in the depth of flow nesting, so the depth is found first, by walking the
//! tokens as the scanner would: one pass, no allocation but for the open block collections.

use crate::{Code, LARGEST};

/// The deepest nesting of lists and maps.
pub(crate) const DEEPEST: usize = 64;

/// What keeps a text from being read.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) code: Code,
    /// Byte offset.
    pub(super) offset: usize,
    pub(super) message: String,
    pub(super) help: &'static str,
}

/// What the walk learned.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Outline {
    /// The depth of the tree; more when there are aliases, or maps in lists without braces: `[a: b]`.
    pub(super) depth: usize,
}

/// Checks size, characters and nesting.
pub(super) fn check(text: &str) -> Result<Outline, Refusal> {
    if text.len() > LARGEST {
        return Err(Refusal {
            code: Code::TooLarge,
            offset: 0,
            message: format!("the file has {} bytes, more than 16 MiB", text.len()),
            help: "split the flags over several programs, or move long lists of users out of the file",
        });
    }
    characters(text)?;
    Walk::new(text).run()
}

/// YAML's characters, and line ends that every tool counts alike.
pub(super) fn characters(text: &str) -> Result<(), Refusal> {
    let bytes = text.as_bytes();
    let next = |offset: usize| bytes.get(offset + 1).copied().unwrap_or(0);
    let suspect = |(offset, byte): &(usize, u8)| match byte {
        b' '..=b'~' | b'\n' | b'\t' => false,
        b'\r' => next(*offset) != b'\n',
        // The first bytes of U+0080, U+2028 and U+FEFF, among many innocent ones.
        0xC2 => next(*offset) < 0xA0,
        0xE2 => next(*offset) == 0x80,
        0xEF => matches!(next(*offset), 0xBB | 0xBF),
        byte => *byte < 0x80,
    };
    for (offset, _) in bytes.iter().copied().enumerate().filter(suspect) {
        let Some(c) = text.get(offset..).and_then(|rest| rest.chars().next()) else { continue };
        let escape = "remove it, or write it as an escape in double quotes";
        let (message, help) = match c {
            '\r' => ("a carriage return without a line feed".to_owned(), "end lines with LF or CRLF"),
            '\u{85}' | '\u{2028}' | '\u{2029}' => {
                (format!("the invisible line break U+{:04X}", u32::from(c)), escape)
            }
            '\u{0}'..='\u{9f}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' => {
                (format!("the character U+{:04X} is not allowed", u32::from(c)), escape)
            }
            _ => continue,
        };
        return Err(Refusal { code: Code::Syntax, offset, message, help });
    }
    Ok(())
}

/// An open block collection.
struct Level {
    column: usize,
    mapping: bool,
    /// Whether a list stands at the mapping's own column, as in `key:` above `- item`.
    list: bool,
}

struct Walk<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Offset at which the line begins.
    line: usize,
    levels: Vec<Level>,
    lists: usize,
    flow: usize,
    /// Where a key of a block mapping may have begun, on this line.
    key: Option<usize>,
    key_allowed: bool,
    outline: Outline,
}

impl<'a> Walk<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            bytes: text.as_bytes(),
            at: 0,
            line: 0,
            levels: Vec::new(),
            lists: 0,
            flow: 0,
            key: None,
            key_allowed: true,
            outline: Outline { depth: 1 },
        }
    }

    fn run(mut self) -> Result<Outline, Refusal> {
        while let Some(byte) = self.next_token() {
            let start = self.at;
            if self.flow == 0 {
                self.close_to(self.column());
            }
            if self.column() == 0 && self.document_indicator() {
                self.close_to(0);
                self.at += 3;
                continue;
            }
            match byte {
                b'%' if self.column() == 0 => self.directive()?,
                b'[' | b'{' => {
                    self.begin_key();
                    self.flow += 1;
                    self.at += 1;
                }
                b']' | b'}' => {
                    self.flow = self.flow.saturating_sub(1);
                    self.at += 1;
                }
                b',' => self.at += 1,
                b'-' | b'?' | b':' if self.indicator(byte) => self.entry(byte),
                b'*' | b'&' => {
                    self.begin_key();
                    self.at += 1;
                    while self.peek(0).is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
                    {
                        self.at += 1;
                    }
                }
                b'!' => {
                    return Err(Refusal {
                        code: Code::Syntax,
                        offset: start,
                        message: "a YAML tag, which this format does not have".to_owned(),
                        help: "remove it; put the value in quotes to make it a string",
                    });
                }
                b'|' | b'>' if self.flow == 0 => self.block_scalar(),
                b'\'' | b'"' => {
                    self.begin_key();
                    self.quoted(byte);
                }
                // No token starts so: the scanner stops here and says it better.
                b'@' | b'`' | b'%' | b'|' | b'>' => break,
                _ => {
                    self.begin_key();
                    self.plain();
                }
            }
            if self.depth() > DEEPEST {
                return Err(Refusal {
                    code: Code::TooDeep,
                    offset: start,
                    message: format!("lists and maps are nested deeper than {DEEPEST} levels"),
                    help: "flatten the structure; flags need no more than a handful of levels",
                });
            }
            self.outline.depth = self.outline.depth.max(self.depth());
            self.at = self.at.max(start + 1);
        }
        Ok(self.outline)
    }

    fn depth(&self) -> usize {
        self.levels.len() + self.lists + self.flow
    }

    fn peek(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.at + ahead).copied()
    }

    fn column(&self) -> usize {
        self.at - self.line
    }

    fn blank_or_end(&self, ahead: usize) -> bool {
        self.peek(ahead).is_none_or(|b| matches!(b, b' ' | b'\t' | b'\n' | b'\r'))
    }

    /// Steps over a byte and notices line ends.
    fn step(&mut self) {
        let newline = self.peek(0) == Some(b'\n');
        self.at += 1;
        if newline {
            self.line = self.at;
            if self.flow == 0 {
                self.key = None;
            }
        }
    }

    /// Steps over blanks, line ends and comments to the next token's first byte.
    fn next_token(&mut self) -> Option<u8> {
        loop {
            match self.peek(0)? {
                b'\n' => {
                    self.step();
                    self.key_allowed |= self.flow == 0;
                }
                b' ' | b'\t' | b'\r' => self.at += 1,
                b'#' => self.skip_line(),
                other => return Some(other),
            }
        }
    }

    /// Up to the line end, not over it.
    fn skip_line(&mut self) {
        while self.peek(0).is_some_and(|b| b != b'\n') {
            self.at += 1;
        }
    }

    fn document_indicator(&self) -> bool {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        (rest.starts_with(b"---") || rest.starts_with(b"...")) && self.blank_or_end(3)
    }

    fn directive(&mut self) -> Result<(), Refusal> {
        if self.bytes.get(self.at..).is_some_and(|rest| rest.starts_with(b"%TAG")) {
            return Err(Refusal {
                code: Code::Syntax,
                offset: self.at,
                message: "a `%TAG` directive, which this format does not have".to_owned(),
                help: "remove the line",
            });
        }
        self.skip_line();
        Ok(())
    }

    fn begin_key(&mut self) {
        if self.flow == 0 && self.key_allowed {
            self.key = Some(self.column());
            self.key_allowed = false;
        }
    }

    /// Whether `-`, `?` or `:` stands for itself and begins no plain text.
    fn indicator(&self, byte: u8) -> bool {
        self.blank_or_end(1) || self.flow > 0 && byte != b'-'
    }

    fn entry(&mut self, byte: u8) {
        if self.flow == 0 {
            let key = if byte == b':' { self.key.take() } else { None };
            self.key_allowed = key.is_none();
            self.open(key.unwrap_or_else(|| self.column()), byte != b'-');
        }
        self.at += 1;
    }

    fn open(&mut self, column: usize, mapping: bool) {
        match self.levels.last_mut() {
            Some(top) if top.column >= column => {
                let list = top.mapping && !mapping;
                if top.list != list {
                    top.list = list;
                    if list {
                        self.lists += 1;
                    } else {
                        self.lists -= 1;
                    }
                }
            }
            _ => self.levels.push(Level { column, mapping, list: false }),
        }
    }

    /// Closes the block collections that begin right of `column`.
    fn close_to(&mut self, column: usize) {
        while let Some(top) = self.levels.pop_if(|top| top.column > column) {
            self.lists -= usize::from(top.list);
        }
    }

    fn quoted(&mut self, quote: u8) {
        self.at += 1;
        while let Some(byte) = self.peek(0) {
            self.step();
            if byte == b'\\' && quote == b'"' {
                self.step();
            } else if byte == quote {
                if quote == b'\'' && self.peek(0) == Some(quote) {
                    self.at += 1;
                } else {
                    return;
                }
            }
        }
    }

    fn plain(&mut self) {
        let indent = self.levels.last().map_or(0, |level| level.column + 1);
        loop {
            if self.column() == 0 && self.document_indicator() || self.peek(0) == Some(b'#') {
                return;
            }
            while let Some(byte) = self.peek(0) {
                let ends = match byte {
                    b' ' | b'\t' | b'\n' | b'\r' => true,
                    b':' => {
                        self.blank_or_end(1)
                            || self.flow > 0
                                && matches!(self.peek(1), Some(b',' | b'?' | b'[' | b']' | b'{' | b'}'))
                    }
                    b',' | b'[' | b']' | b'{' | b'}' => self.flow > 0,
                    _ => false,
                };
                if ends {
                    break;
                }
                self.at += 1;
            }
            if !matches!(self.peek(0), Some(b' ' | b'\t' | b'\n' | b'\r')) {
                return;
            }
            while let Some(byte @ (b' ' | b'\t' | b'\n' | b'\r')) = self.peek(0) {
                self.key_allowed |= byte == b'\n' && self.flow == 0;
                self.step();
            }
            if self.flow == 0 && self.column() < indent {
                return;
            }
        }
    }

    fn block_scalar(&mut self) {
        let parent = self.levels.last().map(|level| level.column);
        let least = parent.map_or(0, |column| column + 1).max(1);
        self.at += 1;
        let mut indent = None;
        while let Some(byte @ (b'+' | b'-' | b'0'..=b'9')) = self.peek(0) {
            if byte.is_ascii_digit() {
                indent = Some((parent.unwrap_or(0) + usize::from(byte - b'0')).max(1));
            }
            self.at += 1;
        }
        self.skip_line();
        let mut deepest = 0;
        while self.peek(0).is_some() {
            self.step();
            let (start, limit) = (self.at, indent.unwrap_or(usize::MAX));
            while self.peek(0) == Some(b' ') && self.at - start < limit {
                self.at += 1;
            }
            let spaces = self.at - start;
            deepest = deepest.max(spaces);
            if matches!(self.peek(0), Some(b'\n'))
                || self.peek(0) == Some(b'\r') && self.peek(1) == Some(b'\n')
            {
                self.skip_line();
                continue;
            }
            if spaces < *indent.get_or_insert(deepest.max(least)) {
                // The line belongs to what follows: the next token finds its column from its start.
                self.at = start;
                break;
            }
            self.skip_line();
        }
        self.key_allowed = true;
    }
}
