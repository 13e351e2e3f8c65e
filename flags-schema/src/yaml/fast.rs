//! A fast reader of the YAML that flags are usually written in: block maps and lists, flow collections, scalars on
//! one line, and simple block scalars.
//!
//! It never reports a mistake. Whatever it does not know, or finds wrong, makes it give up, and `serde_yaml` reads
//! the whole text instead. What it does read is the tree that `serde_yaml` would give, every position included:
//! `tests.rs` compares both on each document of the repository and on generated ones.

use super::{Key, Node, NodeKind, bounds};
use crate::{FileId, Position, Spanned};
use std::borrow::Cow;
use std::collections::HashSet;

/// Levels of nesting; deeper texts are left to the other reader.
const DEEPEST: usize = 32;
/// Bytes of a key; YAML itself ends at 1,024 characters.
const LONGEST_KEY: usize = 256;
/// Up to so many entries of a map are compared one by one; more are hashed.
const FEW: usize = 12;

/// Reads a text; `None` when it has something that only the other reader knows.
pub(super) fn read(source: &str, file: FileId) -> Option<Node<'_>> {
    Reader::new(source, file, (0, 1))?.document()
}

/// Reads the entries of a block map that stands in the root map, from the beginning of a line, given as its offset
/// and number, up to the one at `end`, where the next entry begins. The map's keys stand at `column`, from 0.
pub(crate) fn read_entries(
    source: &str,
    start: (usize, u32),
    end: usize,
    column: usize,
) -> Option<Vec<(Key<'_>, Node<'_>)>> {
    // The map is the second level.
    const DEPTH: usize = 2;
    let mut reader = Reader::new(source, FileId(0), start)?;
    reader.next_content();
    while reader.line_start < end {
        if reader.column() != column {
            return None;
        }
        let at = reader.position();
        let key = reader.key()?;
        let value = reader.block_value(column, DEPTH)?;
        reader.entries.push((Spanned::new(key, at), value));
    }
    (reader.line_start == end && reader.column() == column).then_some(reader.entries)
}

/// Whether there are no control characters but line ends, and nothing that YAML refuses or takes for a line end.
fn has_plain_characters(source: &str) -> bool {
    let bytes = source.as_bytes();
    let control = |byte: &u8| (*byte < b' ' && *byte != b'\n') || *byte == 0x7f;
    if bytes.iter().any(control) {
        let line_end = |(index, byte): (usize, &u8)| {
            !control(byte) || *byte == b'\r' && bytes.get(index + 1) == Some(&b'\n')
        };
        if !bytes.iter().enumerate().all(line_end) {
            return false;
        }
    }
    source.is_ascii() || bounds::characters(source).is_ok()
}

struct Reader<'a> {
    source: &'a str,
    bytes: &'a [u8],
    file: FileId,
    /// Whether a column is a byte.
    ascii: bool,
    at: usize,
    line: u32,
    /// Offset at which the line begins.
    line_start: usize,
    /// Entries of the maps that are open, so that each map is allocated once and exactly.
    entries: Vec<(Key<'a>, Node<'a>)>,
    /// Items of the lists that are open.
    items: Vec<Node<'a>>,
}

impl<'a> Reader<'a> {
    /// A reader at the beginning of a line, given as its offset and number.
    fn new(source: &'a str, file: FileId, (start, line): (usize, u32)) -> Option<Self> {
        let plain = source.len() <= crate::LARGEST && has_plain_characters(source);
        plain.then(|| Self {
            source,
            bytes: source.as_bytes(),
            file,
            ascii: source.is_ascii(),
            at: start,
            line,
            line_start: start,
            entries: Vec::new(),
            items: Vec::new(),
        })
    }

    fn document(&mut self) -> Option<Node<'a>> {
        self.next_content();
        if self.marker(b"---") {
            self.at += 3;
            self.line_end()?;
            self.next_content();
        }
        if self.column() != 0 {
            return None;
        }
        let mut root = match self.peek(0)? {
            b'{' => {
                let root = self.flow(1)?;
                self.line_end()?;
                self.next_content();
                root
            }
            _ => self.block_map(0, 1)?,
        };
        if self.marker(b"...") {
            self.at += 3;
            self.line_end()?;
            self.next_content();
        }
        let NodeKind::Map(entries) = &root.kind else { return None };
        root.position = entries.first()?.0.position;
        self.peek(0).is_none().then_some(root)
    }

    fn peek(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.at + ahead).copied()
    }

    /// Bytes from the line's beginning. Before a token of a block there are only spaces and `-`.
    const fn column(&self) -> usize {
        self.at - self.line_start
    }

    fn position(&self) -> Position {
        let before = if self.ascii {
            self.column()
        } else {
            self.source.get(self.line_start..self.at).map_or(0, |before| before.chars().count())
        };
        Position::new(self.file, self.line, u32::try_from(before + 1).unwrap_or(u32::MAX))
    }

    fn blank_or_end(&self, ahead: usize) -> bool {
        self.peek(ahead).is_none_or(|byte| matches!(byte, b' ' | b'\n' | b'\r'))
    }

    /// Whether a list's item begins here.
    fn dash(&self) -> bool {
        self.peek(0) == Some(b'-') && self.blank_or_end(1)
    }

    /// Whether a marker between documents stands here.
    fn marker(&self, marker: &[u8]) -> bool {
        self.column() == 0
            && self.bytes.get(self.at..).is_some_and(|rest| rest.starts_with(marker))
            && self.blank_or_end(3)
    }

    fn skip_spaces(&mut self) {
        while self.peek(0) == Some(b' ') {
            self.at += 1;
        }
    }

    /// Whether nothing but a comment follows on the line.
    fn at_line_end(&self) -> bool {
        match self.peek(0) {
            None | Some(b'\n' | b'\r') => true,
            Some(b'#') => self.at == self.line_start || self.bytes.get(self.at - 1) == Some(&b' '),
            Some(_) => false,
        }
    }

    /// Steps to the end of the line; `None` when there is something else before it.
    fn line_end(&mut self) -> Option<()> {
        self.skip_spaces();
        self.at_line_end().then_some(())
    }

    /// Steps over spaces, comments and line ends.
    fn next_content(&mut self) {
        loop {
            match self.peek(0) {
                Some(b' ' | b'\r') => self.at += 1,
                Some(b'\n') => {
                    self.at += 1;
                    self.line += 1;
                    self.line_start = self.at;
                }
                Some(b'#') if self.at_line_end() => {
                    while self.peek(0).is_some_and(|byte| byte != b'\n') {
                        self.at += 1;
                    }
                }
                _ => return,
            }
        }
    }

    /// A block map whose keys stand at that column, the first of them here.
    fn block_map(&mut self, column: usize, depth: usize) -> Option<Node<'a>> {
        let (first, position) = (self.entries.len(), self.position());
        loop {
            let at = self.position();
            let key = self.key()?;
            let value = self.block_value(column, depth)?;
            self.entries.push((Spanned::new(key, at), value));
            if self.peek(0).is_none() || self.column() < column || self.marker(b"...") {
                break;
            }
            if self.column() > column {
                return None;
            }
        }
        Some(Node { position, kind: self.close_map(first)? })
    }

    /// The map of the entries from an index on; `None` when a key is there twice.
    fn close_map(&mut self, first: usize) -> Option<NodeKind<'a>> {
        let keys = self.entries.get(first..)?;
        let unique = if keys.len() <= FEW {
            keys.iter().enumerate().all(|(index, (key, _))| {
                keys.get(..index)
                    .is_some_and(|before| before.iter().all(|(known, _)| known.value != key.value))
            })
        } else {
            let mut seen = HashSet::with_capacity(keys.len());
            keys.iter().all(|(key, _)| seen.insert(&*key.value))
        };
        unique.then(|| NodeKind::Map(self.entries.drain(first..).collect()))
    }

    /// A key of a block map, up to and with its colon.
    fn key(&mut self) -> Option<Cow<'a, str>> {
        let key = match self.peek(0)? {
            b'"' | b'\'' => self.quoted()?,
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'_' | 0x80.. => {
                let start = self.at;
                while !(self.peek(0)? == b':' && self.blank_or_end(1)) {
                    if self.peek(0)? == b'\n' || self.peek(0)? == b' ' && self.peek(1)? == b'#' {
                        return None;
                    }
                    self.at += 1;
                }
                Cow::Borrowed(self.source.get(start..self.at)?)
            }
            _ => return None,
        };
        let fine = key.len() <= LONGEST_KEY && !key.ends_with(' ') && key != "<<";
        if !fine || self.peek(0)? != b':' || !self.blank_or_end(1) {
            return None;
        }
        self.at += 1;
        Some(key)
    }

    /// What follows a key's colon, in a block map at that column; then steps to the next content.
    fn block_value(&mut self, column: usize, depth: usize) -> Option<Node<'a>> {
        let nothing = Node { position: self.position(), kind: NodeKind::Null };
        self.skip_spaces();
        if !self.at_line_end() {
            let node = match self.peek(0)? {
                b'|' | b'>' => return self.block_scalar(column),
                b'[' | b'{' => self.flow(depth + 1)?,
                _ => self.scalar(false)?,
            };
            self.line_end()?;
            self.next_content();
            return Some(node);
        }
        self.next_content();
        if self.peek(0).is_none() {
            return Some(nothing);
        }
        let inner = self.column();
        if self.dash() && inner >= column {
            return self.block_list(inner, inner == column, depth + 1);
        }
        if inner <= column { Some(nothing) } else { self.block_node(inner, depth + 1) }
    }

    /// A collection that begins a line of its own; then steps to the next content.
    fn block_node(&mut self, column: usize, depth: usize) -> Option<Node<'a>> {
        match self.peek(0)? {
            b'[' | b'{' => {
                let node = self.flow(depth)?;
                self.line_end()?;
                self.next_content();
                Some(node)
            }
            _ if depth > DEEPEST => None,
            _ => self.block_map(column, depth),
        }
    }

    /// A block list whose dashes stand at that column, which may be that of the map around it.
    fn block_list(&mut self, column: usize, shares_column: bool, depth: usize) -> Option<Node<'a>> {
        if depth > DEEPEST {
            return None;
        }
        let (first, position) = (self.items.len(), self.position());
        loop {
            self.at += 1;
            self.skip_spaces();
            let item = self.block_item(column, depth + 1)?;
            self.items.push(item);
            if self.peek(0).is_none() || self.column() < column {
                break;
            }
            if self.column() > column {
                return None;
            }
            if !self.dash() {
                if shares_column {
                    break;
                }
                return None;
            }
        }
        Some(Node { position, kind: NodeKind::List(self.items.drain(first..).collect()) })
    }

    /// What follows a dash; then steps to the next content.
    fn block_item(&mut self, column: usize, depth: usize) -> Option<Node<'a>> {
        if depth > DEEPEST {
            return None;
        }
        if self.at_line_end() {
            self.next_content();
            let inner = self.column();
            if self.peek(0).is_none() || inner <= column {
                return None;
            }
            return if self.dash() {
                self.block_list(inner, false, depth)
            } else {
                self.block_node(inner, depth)
            };
        }
        if self.begins_key() {
            return self.block_map(self.column(), depth);
        }
        let node = match self.peek(0)? {
            b'[' | b'{' => self.flow(depth)?,
            _ => self.scalar(false)?,
        };
        self.line_end()?;
        self.next_content();
        Some(node)
    }

    /// Whether the rest of the line begins with a key. A wrong guess is noticed by who reads it.
    fn begins_key(&self) -> bool {
        if matches!(self.peek(0), Some(b'[' | b'{')) {
            return false;
        }
        let quote = self.peek(0).filter(|byte| matches!(byte, b'"' | b'\''));
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let line = rest.split(|byte| *byte == b'\n').next().unwrap_or_default();
        match quote {
            Some(quote) => {
                let end =
                    line.iter().skip(1).position(|byte| *byte == quote).map_or(line.len(), |end| end + 2);
                line.get(end) == Some(&b':')
            }
            None => {
                let ends = |pair: &[u8]| matches!(pair, [b':', b' ' | b'\r'] | [b' ', b'#']);
                match line.windows(2).find(|pair| ends(pair)) {
                    Some(pair) => pair.first() == Some(&b':'),
                    None => line.last() == Some(&b':'),
                }
            }
        }
    }

    /// A scalar on one line.
    fn scalar(&mut self, in_flow: bool) -> Option<Node<'a>> {
        let position = self.position();
        let kind = match self.peek(0)? {
            b'"' | b'\'' => NodeKind::String(self.quoted()?),
            _ => typed(self.plain(in_flow)?)?,
        };
        Some(Node { position, kind })
    }

    /// An unquoted scalar, up to where the line, the scalar or the flow collection ends.
    fn plain(&mut self, in_flow: bool) -> Option<&'a str> {
        match self.peek(0)? {
            b'-' | b'.' if !self.peek(1)?.is_ascii_digit() => return None,
            b'?' | b':' | b',' | b'[' | b']' | b'{' | b'}' | b'#' | b'&' | b'*' | b'!' | b'|' | b'>'
            | b'%' | b'@' | b'`' => return None,
            _ => {}
        }
        let (start, mut end) = (self.at, self.at);
        while let Some(byte) = self.peek(0) {
            match byte {
                b'\n' => break,
                b' ' | b'\r' => {
                    self.at += 1;
                    if self.peek(0) == Some(b'#') {
                        break;
                    }
                    continue;
                }
                b':' if self.blank_or_end(1) => break,
                b':' if in_flow && matches!(self.peek(1)?, b',' | b'?' | b'[' | b']' | b'{' | b'}') => {
                    return None;
                }
                b',' | b']' | b'}' if in_flow => break,
                b'?' | b'[' | b'{' if in_flow => return None,
                _ => {}
            }
            self.at += 1;
            end = self.at;
        }
        // What follows on the line is told apart from here: a comment has a space before it.
        self.at = end;
        self.source.get(start..end)
    }

    /// A quoted scalar that ends on its line.
    fn quoted(&mut self) -> Option<Cow<'a, str>> {
        let quote = self.peek(0)?;
        self.at += 1;
        let start = self.at;
        let mut owned: Option<String> = None;
        let mut copied = start;
        loop {
            let byte = self.peek(0)?;
            if byte == b'\n' {
                return None;
            }
            let escaped = match (quote, byte) {
                (b'\'', b'\'') if self.peek(1) == Some(b'\'') => '\'',
                (b'"', b'\\') => match self.peek(1)? {
                    b'"' => '"',
                    b'\\' => '\\',
                    b'/' => '/',
                    b'n' => '\n',
                    b't' => '\t',
                    _ => return None,
                },
                (_, byte) if byte == quote => break,
                _ => {
                    self.at += 1;
                    continue;
                }
            };
            let text = owned.get_or_insert_default();
            text.push_str(self.source.get(copied..self.at)?);
            text.push(escaped);
            self.at += 2;
            copied = self.at;
        }
        let rest = self.source.get(copied..self.at)?;
        self.at += 1;
        Some(match owned {
            Some(text) => Cow::Owned(text + rest),
            None => Cow::Borrowed(rest),
        })
    }

    /// A literal or folded scalar whose lines are indented alike, without empty ones between them; then steps to
    /// the next content. `column` is that of the map around it.
    fn block_scalar(&mut self, column: usize) -> Option<Node<'a>> {
        let position = self.position();
        let separator = if self.peek(0)? == b'|' { '\n' } else { ' ' };
        self.at += 1;
        let stripped = self.peek(0)? == b'-';
        self.at += usize::from(stripped);
        let rest = self.bytes.get(self.at..)?;
        self.at += rest
            .iter()
            .position(|byte| *byte == b'\n')
            .filter(|end| matches!(rest.get(..*end), Some(b"" | b"\r")))?;
        let mut text = String::new();
        let mut indent = None;
        let mut ended = false;
        while self.peek(0) == Some(b'\n') {
            let line = self.at + 1;
            let rest = self.bytes.get(line..)?;
            let spaces = rest.iter().take_while(|byte| **byte == b' ').count();
            let end = rest.iter().position(|byte| *byte == b'\n');
            let Some(end) = end else {
                // The last line of the text has no line end, and then the scalar has none.
                if spaces == rest.len() || spaces > column {
                    return None;
                }
                break;
            };
            if spaces == end || rest.get(spaces) == Some(&b'\r') {
                // Empty lines may only follow.
                ended = true;
                if spaces > 0 || indent.is_none() {
                    return None;
                }
            } else if spaces < *indent.get_or_insert(spaces) || spaces <= column {
                break;
            } else if ended || indent != Some(spaces) {
                return None;
            } else {
                let content = self.source.get(line + spaces..line + end)?;
                if !text.is_empty() {
                    text.push(separator);
                }
                text.push_str(content.strip_suffix('\r').unwrap_or(content));
            }
            self.at = line + end;
            self.line += 1;
            self.line_start = line;
        }
        if text.is_empty() {
            return None;
        }
        if !stripped {
            text.push('\n');
        }
        self.next_content();
        Some(Node { position, kind: NodeKind::String(Cow::Owned(text)) })
    }

    /// A flow list or map, on however many lines.
    fn flow(&mut self, depth: usize) -> Option<Node<'a>> {
        if depth > DEEPEST {
            return None;
        }
        let position = self.position();
        let kind = if self.peek(0)? == b'[' { self.flow_list(depth)? } else { self.flow_map(depth)? };
        Some(Node { position, kind })
    }

    fn flow_list(&mut self, depth: usize) -> Option<NodeKind<'a>> {
        let first = self.items.len();
        self.at += 1;
        self.next_content();
        while self.peek(0)? != b']' {
            let item = self.flow_value(depth)?;
            self.items.push(item);
            self.next_content();
            self.flow_separator(b']')?;
        }
        self.at += 1;
        Some(NodeKind::List(self.items.drain(first..).collect()))
    }

    fn flow_map(&mut self, depth: usize) -> Option<NodeKind<'a>> {
        let first = self.entries.len();
        self.at += 1;
        self.next_content();
        while self.peek(0)? != b'}' {
            let position = self.position();
            let key = match self.peek(0)? {
                b'"' | b'\'' => self.quoted()?,
                b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'_' | 0x80.. => {
                    let key = self.plain(true)?;
                    if !self.blank_or_end(1) {
                        return None;
                    }
                    Cow::Borrowed(key)
                }
                _ => return None,
            };
            if key.len() > LONGEST_KEY || key == "<<" || self.peek(0)? != b':' {
                return None;
            }
            self.at += 1;
            self.next_content();
            let value = self.flow_value(depth)?;
            self.entries.push((Spanned::new(key, position), value));
            self.next_content();
            self.flow_separator(b'}')?;
        }
        self.at += 1;
        self.close_map(first)
    }

    fn flow_value(&mut self, depth: usize) -> Option<Node<'a>> {
        match self.peek(0)? {
            b'[' | b'{' => self.flow(depth + 1),
            _ => self.scalar(true),
        }
    }

    /// A comma, or the end of the collection, which is left where it is.
    fn flow_separator(&mut self, end: u8) -> Option<()> {
        match self.peek(0)? {
            b',' => {
                self.at += 1;
                self.next_content();
                Some(())
            }
            byte => (byte == end).then_some(()),
        }
    }
}

/// What an unquoted scalar stands for, by the rules of `serde_yaml`; `None` for rare forms of numbers.
fn typed(text: &str) -> Option<NodeKind<'_>> {
    let string = NodeKind::String(Cow::Borrowed(text));
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    Some(match *text.as_bytes().first()? {
        b'~' | b'n' | b'N' if matches!(text, "~" | "null" | "Null" | "NULL") => NodeKind::Null,
        b't' | b'T' if matches!(text, "true" | "True" | "TRUE") => NodeKind::Bool(true),
        b'f' | b'F' if matches!(text, "false" | "False" | "FALSE") => NodeKind::Bool(false),
        b'+' => return None,
        b'0'..=b'9' | b'-' | b'.' => {
            if unsigned.bytes().all(|byte| byte.is_ascii_digit()) {
                match unsigned.len() {
                    // Digits behind a zero are text: an id, not a number.
                    2.. if unsigned.starts_with('0') => string,
                    1..=18 => NodeKind::Integer(text.parse().ok()?),
                    _ => return None,
                }
            } else if matches!(unsigned.as_bytes(), [b'0', b'x' | b'o' | b'b', ..]) {
                return None;
            } else {
                match text.parse::<f64>() {
                    Ok(number) if number.is_finite() => NodeKind::Float(number),
                    _ => string,
                }
            }
        }
        _ => string,
    })
}
