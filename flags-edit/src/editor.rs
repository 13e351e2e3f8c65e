//! Where things stand in a YAML text, and what to replace for entries of maps to be set, removed and renamed.

use crate::change::{New, Refusal};
use crate::json;
use crate::scan::{self, comments};
use crate::tree::{Path, Step, at, show};
use flags_schema::{Lines, Spanned, Value};
use std::ops::Range;

/// Replacements, from the end of the text to its beginning.
pub(super) type Edits = Vec<(Range<usize>, String)>;

pub(super) struct Editor<'t> {
    pub(super) text: &'t str,
    pub(super) lines: Lines<'t>,
    root: &'t Spanned<Value>,
    /// Whether the text is JSON, and has to stay so.
    is_json: bool,
}

/// An entry of a map, or an item of a list.
pub(super) struct Entry<'t> {
    pub(super) key: Option<&'t Spanned<String>>,
    pub(super) value: &'t Spanned<Value>,
    /// Whether it stands between braces or brackets.
    pub(super) in_flow: bool,
    /// Where the entry after it begins, or what contains it ends.
    next: usize,
}

impl<'t> Editor<'t> {
    pub(super) fn new(text: &'t str, root: &'t Spanned<Value>, is_json: bool) -> Self {
        Self { text, lines: Lines::new(text), root, is_json }
    }

    pub(super) fn by_hand(&self, path: &[Step]) -> Refusal {
        let line = (0..=path.len()).rev().find_map(|length| {
            let value = at(self.root, path.get(..length)?)?;
            Some(value.position.line)
        });
        format!(
            "`{}` is written in a way that only a person should change, near line {}",
            show(path),
            line.unwrap_or(1)
        )
    }

    pub(super) fn rest(&self, offset: usize) -> &'t str {
        self.text.get(offset..).unwrap_or_default()
    }

    pub(super) fn is_flow(&self, value: &Spanned<Value>) -> bool {
        if std::ptr::eq(value, self.root) {
            // Its position is not known; what comes first in the text is its brace, if there is one.
            let mut lines = self.text.trim_start_matches('\u{feff}').lines().map(str::trim_start);
            return lines
                .find(|line| !line.is_empty() && !line.starts_with('#'))
                .is_some_and(|line| line.trim_start_matches("---").trim_start().starts_with(['{', '[']));
        }
        matches!(value.value, Value::Map(_) | Value::List(_))
            && self.rest(self.lines.offset(value.position)).starts_with(['{', '['])
    }

    /// What a path leads to.
    pub(super) fn entry(&self, path: &[Step]) -> Option<Entry<'t>> {
        let mut entry = Entry { key: None, value: self.root, in_flow: false, next: self.text.len() };
        for step in path {
            let in_flow = entry.in_flow || self.is_flow(entry.value);
            entry = match (step, &entry.value.value) {
                (Step::Key(key), Value::Map(entries)) => {
                    let nth = entries.iter().position(|(name, _)| *name.value == **key)?;
                    let (name, value) = entries.get(nth)?;
                    let next = entries.get(nth + 1).map(|(name, _)| self.lines.offset(name.position));
                    Entry { key: Some(name), value, in_flow, next: next.unwrap_or(entry.next) }
                }
                (Step::Index(nth), Value::List(items)) => {
                    let value = items.get(*nth)?;
                    let next = items.get(nth + 1).map(|item| self.lines.offset(item.position));
                    Entry { key: None, value, in_flow, next: next.unwrap_or(entry.next) }
                }
                _ => return None,
            };
        }
        Some(entry)
    }

    pub(super) fn set(&self, path: &Path, new: &New) -> Result<Edits, Refusal> {
        match self.entry(path) {
            Some(entry) => self.replace(path, &entry, new),
            None => self.insert(path, new),
        }
    }

    /// Replaces the value of an entry.
    pub(super) fn replace(&self, path: &[Step], entry: &Entry<'t>, new: &New) -> Result<Edits, Refusal> {
        let refuse = || self.by_hand(path);
        let flow;
        let with = match new {
            New::Flow(with) => with,
            New::Block(_) | New::Items(_) if entry.in_flow || !is_empty(entry.value) => {
                flow = new.flow();
                &flow
            }
            New::Block(_) | New::Items(_) => {
                // Of what is empty: `flags: {}` or `flags:`. A comment that stands there stays on its line.
                let key = entry.key.ok_or_else(refuse)?;
                let from = self.after_colon(key).ok_or_else(refuse)?;
                let to = if entry.value.value == Value::Null {
                    let written = self.lines.offset(entry.value.position);
                    let is_there = written >= from && self.rest(written).starts_with(['n', 'N', '~']);
                    if is_there { self.value(entry).ok_or_else(refuse)?.end } else { from }
                } else {
                    self.value(entry).ok_or_else(refuse)?.end
                };
                let line = self.rest(to).lines().next().unwrap_or_default();
                let indent = " ".repeat(indentation(key) + STEP);
                let lines = self.nested(new, &indent);
                let at = to + line.len();
                return Ok(vec![
                    (at..at, format!("{}{}", self.line_end(), lines.trim_end())),
                    (from..to, String::new()),
                ]);
            }
        };
        let offset = self.lines.offset(entry.value.position);
        let is_absent = entry.value.value == Value::Null && !self.rest(offset).starts_with(['n', 'N', '~']);
        if is_absent {
            let after = self.after_colon(entry.key.ok_or_else(refuse)?).ok_or_else(refuse)?;
            return Ok(vec![(after..after, format!(" {with}"))]);
        }
        if self.rest(offset).starts_with(['&', '*', '!']) {
            return Err(refuse());
        }
        let range = self.value(entry).ok_or_else(refuse)?;
        let from = entry.key.and_then(|key| self.after_colon(key)).unwrap_or(range.start);
        let written = self.text.get(from..range.end).unwrap_or_default();
        let kept = comments(written);
        if kept.is_empty() && !self.is_block(entry) {
            return Ok(vec![(range, with.clone())]);
        }
        // What the old value's comments say stays, above the entry.
        let key = entry.key.ok_or_else(refuse)?;
        let colon = self.after_colon(key).ok_or_else(refuse)?;
        let line = self.lines.start(self.lines.offset(key.position));
        let indent = " ".repeat(indentation(key));
        let mut above = String::new();
        for comment in kept {
            above.extend([&indent, comment, self.line_end()]);
        }
        Ok(vec![(colon..range.end, format!(" {with}")), (line..line, above)])
    }

    /// Adds an entry to a map, as the last one.
    fn insert(&self, path: &Path, new: &New) -> Result<Edits, Refusal> {
        let refuse = || self.by_hand(path);
        let (Some(Step::Key(key)), Some(parent)) = (path.last(), path.get(..path.len().saturating_sub(1)))
        else {
            return Err(refuse());
        };
        let map = self.entry(parent).ok_or_else(refuse)?;
        let key = self.written_key(key);
        let entries = match &map.value.value {
            Value::Map(entries) => entries.as_slice(),
            Value::Null => &[],
            _ => return Err(refuse()),
        };
        let Some((_, last)) = entries.last() else {
            // An empty map: `{}`, or nothing at all.
            let inner = vec![(key, new.flow())];
            if std::ptr::eq(map.value, self.root) {
                return self.fill_root(&scan::flow_map(&inner)).ok_or_else(refuse);
            }
            let in_flow = map.in_flow || self.is_json;
            return self.replace(
                parent,
                &map,
                &if in_flow { New::Flow(scan::flow_map(&inner)) } else { New::Block(inner) },
            );
        };
        let step = |(name, _): &(Spanned<String>, Spanned<Value>)| Step::Key(name.value.clone());
        let last_path: Path = parent.iter().cloned().chain(entries.last().map(step)).collect();
        let last_entry = self.entry(&last_path).ok_or_else(refuse)?;
        if self.is_flow(map.value) {
            let end = if last.value == Value::Null && !self.is_json { None } else { self.value(&last_entry) };
            let end = end.ok_or_else(refuse)?.end;
            let start = last_entry.key.map(|key| self.lines.offset(key.position));
            return Ok(self.after_last(start.unwrap_or(end), end, &format!("{key}: {}", new.flow())));
        }
        let indent = " ".repeat(last_entry.key.map_or(0, indentation));
        let at = self.end(&last_entry);
        let mut lines = match new {
            New::Flow(text) => format!("{indent}{key}: {text}{}", self.line_end()),
            New::Block(_) | New::Items(_) => {
                let inner = self.nested(new, &format!("{indent}{}", " ".repeat(STEP)));
                format!("{indent}{key}:{}{inner}", self.line_end())
            }
        };
        if matches!(new, New::Block(_)) && self.are_apart(entries) {
            lines.insert_str(0, self.line_end());
        }
        if !self.text.get(..at).unwrap_or_default().ends_with('\n') {
            lines.insert_str(0, self.line_end());
            lines.truncate(lines.trim_end().len());
        }
        Ok(vec![(at..at, lines)])
    }

    /// Adds an entry or item to what stands between braces or brackets, behind the last one: on a line of its own
    /// where the last one has one.
    pub(super) fn after_last(&self, start: usize, end: usize, new: &str) -> Edits {
        let line = self.lines.start(start);
        let indent = self.text.get(line..start).unwrap_or_default();
        let rest = self.rest(end).lines().next().unwrap_or_default();
        let has_comma = rest.trim_start().starts_with(',');
        let behind = rest.trim_start().trim_start_matches(',').trim_start();
        if line > 0 && indent.trim().is_empty() && (behind.is_empty() || behind.starts_with('#')) {
            let at = end + rest.len();
            let comma = if has_comma { "," } else { "" };
            let mut edits = vec![(at..at, format!("{}{indent}{new}{comma}", self.line_end()))];
            if !has_comma {
                edits.push((end..end, ",".to_owned()));
            }
            return edits;
        }
        vec![(end..end, format!(", {new}"))]
    }

    /// Gives a file that is an empty map its first entry.
    fn fill_root(&self, with: &str) -> Option<Edits> {
        let open = self.text.find('{')?;
        let close = open + scan::flow_end(self.rest(open))?;
        Some(vec![(open..close, with.to_owned())])
    }

    /// A key as it is written in this text.
    fn written_key(&self, key: &str) -> String {
        if self.is_json { json::quoted(key) } else { scan::quoted(key) }
    }

    /// Removes an entry or item with its lines; comments above it stay.
    pub(super) fn remove(&self, path: &Path) -> Result<Edits, Refusal> {
        let refuse = || self.by_hand(path);
        let entry = self.entry(path).ok_or_else(refuse)?;
        if let Some(Step::Index(index)) = path.last() {
            return self.remove_item(path, &entry, *index);
        }
        let key = entry.key.ok_or_else(refuse)?;
        let parent = path.get(..path.len().saturating_sub(1)).unwrap_or_default();
        let map = self.entry(parent).ok_or_else(refuse)?;
        let Value::Map(entries) = &map.value.value else { return Err(refuse()) };
        let from = self.lines.offset(key.position);
        if self.is_flow(map.value) {
            let to = self.value(&entry).ok_or_else(refuse)?.end;
            return Ok(self.remove_from_flow(from..to));
        }
        let line = self.lines.start(from);
        if !self.text.get(line..from).unwrap_or_default().trim().is_empty() {
            return self.remove_first_key(&entry, entries, from).ok_or_else(refuse);
        }
        let mut end = self.end(&entry);
        // Of blank lines before and after it one stays.
        if self.is_blank(end) && line > 0 && self.is_blank(self.lines.start(line - 1)) {
            end = self.lines.next(end);
        }
        let mut edits = vec![(line..end, String::new())];
        if entries.len() == 1 {
            let colon = map.key.and_then(|key| self.after_colon(key)).ok_or_else(refuse)?;
            edits.push((colon..colon, " {}".to_owned()));
        }
        Ok(edits)
    }

    /// Removes what stands between braces or brackets, with the comma behind it, or else the one before it.
    pub(super) fn remove_from_flow(&self, range: Range<usize>) -> Edits {
        let rest = self.rest(range.end);
        let spaces = rest.len() - rest.trim_start().len();
        if rest.trim_start().starts_with(',') {
            let to = range.end + spaces + 1;
            let after = self.rest(to);
            let blank = after.len() - after.trim_start_matches(' ').len();
            let line = self.lines.start(range.start);
            let is_alone = self.text.get(line..range.start).unwrap_or_default().trim().is_empty()
                && after.trim_start_matches(' ').starts_with(['\n', '\r']);
            if line > 0 && is_alone {
                return vec![(line..self.lines.next(to), String::new())];
            }
            return vec![(range.start..to + blank, String::new())];
        }
        let before = self.text.get(..range.start).unwrap_or_default().trim_end();
        let from = before.strip_suffix(',').map_or(before.len(), str::len);
        if scan::comments(self.text.get(from..range.start).unwrap_or_default()).is_empty() {
            return vec![(from..range.end, String::new())];
        }
        vec![(range, String::new())]
    }

    pub(super) fn rename(&self, path: &Path, to: &str) -> Result<Edits, Refusal> {
        let key = self.entry(path).and_then(|entry| entry.key).ok_or_else(|| self.by_hand(path))?;
        let range = self.key(key).ok_or_else(|| self.by_hand(path))?;
        Ok(vec![(range, self.written_key(to))])
    }

    /// The bytes of a key.
    fn key(&self, key: &Spanned<String>) -> Option<Range<usize>> {
        let from = self.lines.offset(key.position);
        let rest = self.rest(from);
        let length = if rest.starts_with(['"', '\'']) {
            scan::quoted_end(rest)?
        } else {
            rest.starts_with(key.as_str()).then_some(key.value.len())?
        };
        Some(from..from + length)
    }

    pub(super) fn after_colon(&self, key: &Spanned<String>) -> Option<usize> {
        let end = self.key(key)?.end;
        let rest = self.rest(end);
        let spaces = rest.len() - rest.trim_start_matches(' ').len();
        rest.trim_start_matches(' ').starts_with(':').then_some(end + spaces + 1)
    }

    /// Whether a value stands on lines of its own.
    pub(super) fn is_block(&self, entry: &Entry<'t>) -> bool {
        let rest = self.rest(self.lines.offset(entry.value.position));
        let collection = matches!(entry.value.value, Value::Map(_) | Value::List(_));
        (collection && !self.is_flow(entry.value)) || (!entry.in_flow && rest.starts_with(['|', '>']))
    }

    /// The bytes of a value.
    pub(super) fn value(&self, entry: &Entry<'t>) -> Option<Range<usize>> {
        let from = self.lines.offset(entry.value.position);
        let rest = self.rest(from);
        if self.is_block(entry) {
            let end = self.end(entry);
            let written = self.text.get(from..end)?;
            return Some(from..from + written.trim_end().len());
        }
        let length = match rest.chars().next()? {
            '{' | '[' => scan::flow_end(rest)?,
            '"' | '\'' => scan::quoted_end(rest)?,
            '&' | '*' | '!' => return None,
            _ => scan::plain_end(rest, entry.in_flow),
        };
        Some(from..from + length)
    }

    /// Where the lines of an entry end: the beginning of the first line that belongs to something else. Blank
    /// lines and comments before what comes next do not belong to it.
    pub(super) fn end(&self, entry: &Entry<'t>) -> usize {
        let limit =
            if entry.next >= self.text.len() { self.text.len() } else { self.lines.start(entry.next) };
        let column = last_key(entry).map_or(0, indentation);
        let written_from = self.lines.offset(entry.key.map_or(entry.value.position, |key| key.position));
        let scalar = self.rest(self.lines.offset(last_leaf(entry.value).position)).starts_with(['|', '>']);
        let mut end = limit;
        while end > written_from {
            let start = self.lines.start(end - 1);
            let line = self.text.get(start..end).unwrap_or_default();
            let trimmed = line.trim();
            let spaces = line.len() - line.trim_start_matches(' ').len();
            let comment = trimmed.starts_with('#') && !(scalar && spaces > column);
            let mark = trimmed == "..." || trimmed == "---";
            if start <= written_from || !(trimmed.is_empty() || comment || mark) {
                break;
            }
            end = start;
        }
        end
    }

    /// Whether a line that begins here is blank.
    pub(super) fn is_blank(&self, start: usize) -> bool {
        let line = self.text.get(start..self.lines.next(start)).unwrap_or_default();
        !line.is_empty() && line.trim().is_empty()
    }

    /// Whether the last two entries of a map have a blank line between them.
    fn are_apart(&self, entries: &[(Spanned<String>, Spanned<Value>)]) -> bool {
        let [.., (before, _), (last, _)] = entries else { return false };
        let last = self.lines.start(self.lines.offset(last.position));
        let between = self.lines.offset(before.position)..last;
        let lines = self.text.get(between).unwrap_or_default();
        lines.lines().any(|line| line.trim().is_empty())
    }

    pub(super) fn block(&self, entries: &[(String, String)], indent: &str) -> String {
        let mut lines = String::new();
        for (key, value) in entries {
            lines.extend([indent, key, ": ", value, self.line_end()]);
        }
        lines
    }

    /// Lines of a new map or list.
    fn nested(&self, new: &New, indent: &str) -> String {
        match new {
            New::Flow(text) => format!("{indent}{text}{}", self.line_end()),
            New::Block(entries) => self.block(entries, indent),
            New::Items(items) => items.iter().map(|entries| self.item(entries, indent)).collect(),
        }
    }

    /// Lines of a new item: a map behind a dash.
    pub(super) fn item(&self, entries: &[(String, String)], indent: &str) -> String {
        let lines = self.block(entries, &format!("{indent}  "));
        let first = indent.len();
        let mut item = lines;
        // The spaces of the first line make room for the dash.
        item.replace_range(first..=first, "-");
        item
    }

    pub(super) fn line_end(&self) -> &'static str {
        if self.text.contains("\r\n") { "\r\n" } else { "\n" }
    }
}

/// Whether nothing stands in a value.
const fn is_empty(value: &Spanned<Value>) -> bool {
    match &value.value {
        Value::Null => true,
        Value::Map(entries) => entries.is_empty(),
        Value::List(items) => items.is_empty(),
        _ => false,
    }
}

/// Spaces by which entries stand farther in than what contains them.
const STEP: usize = 2;

/// Spaces before a key that begins its line, or that stands as far in as one.
fn indentation(key: &Spanned<String>) -> usize {
    usize::try_from(key.position.column).unwrap_or(1).saturating_sub(1)
}

/// The value that a value ends with.
fn last_leaf(value: &Spanned<Value>) -> &Spanned<Value> {
    let last = match &value.value {
        Value::Map(entries) => entries.last().map(|(_, value)| value),
        Value::List(items) => items.last(),
        _ => None,
    };
    last.map_or(value, last_leaf)
}

/// The key of the value that an entry ends with.
fn last_key<'t>(entry: &Entry<'t>) -> Option<&'t Spanned<String>> {
    let (mut key, mut value) = (entry.key, entry.value);
    loop {
        value = match &value.value {
            Value::Map(entries) => {
                let Some((name, value)) = entries.last() else { return key };
                key = Some(name);
                value
            }
            Value::List(items) => {
                let Some(item) = items.last() else { return key };
                item
            }
            _ => return key,
        };
    }
}
