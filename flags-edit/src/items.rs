//! Changes of lists in a YAML text: items added, moved and removed, and what belongs to them.

use crate::change::{New, Refusal};
use crate::editor::{Editor, Edits, Entry};
use crate::scan::comments;
use crate::tree::{Path, Step};
use flags_schema::{Spanned, Value};
use std::ops::Range;

impl<'t> Editor<'t> {
    /// The list at a path, and its items.
    fn list(&self, path: &[Step]) -> Option<(Entry<'t>, Vec<Entry<'t>>)> {
        let list = self.entry(path)?;
        let Value::List(items) = &list.value.value else { return None };
        let entries: Option<Vec<_>> = (0..items.len())
            .map(|index| {
                let path: Path = path.iter().cloned().chain([Step::Index(index)]).collect();
                self.entry(&path)
            })
            .collect();
        Some((list, entries?))
    }

    /// Adds an item before the one at `index`, or as the last one.
    pub(super) fn insert_item(&self, path: &Path, index: usize, new: &New) -> Result<Edits, Refusal> {
        let refuse = || self.by_hand(path);
        let (list, items) = self.list(path).ok_or_else(refuse)?;
        let (Some(first), Some(last)) = (items.first(), items.last()) else {
            let items = match new {
                New::Block(entries) => New::Items(vec![entries.clone()]),
                New::Flow(_) | New::Items(_) => New::Flow(format!("[{}]", new.flow())),
            };
            return self.replace(path, &list, &items);
        };
        if self.is_flow(list.value) {
            return match items.get(index) {
                Some(next) => {
                    let from = self.value(next).ok_or_else(refuse)?.start;
                    Ok(vec![(from..from, format!("{}, ", new.flow()))])
                }
                None => {
                    let range = self.value(last).ok_or_else(refuse)?;
                    Ok(self.after_last(range.start, range.end, &new.flow()))
                }
            };
        }
        let dash = self.dash(first).ok_or_else(refuse)?;
        let indent = self.text.get(self.lines.start(dash)..dash).unwrap_or_default();
        let mut lines = match new {
            New::Block(entries) => self.item(entries, indent),
            New::Flow(_) | New::Items(_) => format!("{indent}- {}{}", new.flow(), self.line_end()),
        };
        let before = index.checked_sub(1).map(|before| items.get(before).unwrap_or(last));
        let at = match before {
            Some(before) => self.end(before),
            None => self.lines.start(dash),
        };
        let at = if before.is_none() { self.with_comments(at, self.top(&list)) } else { at };
        if self.are_apart_items(&items) {
            if before.is_some() {
                lines.insert_str(0, self.line_end());
            } else {
                lines.push_str(self.line_end());
            }
        }
        if at > 0 && !self.text.get(..at).unwrap_or_default().ends_with(['\n', '\r']) {
            lines.insert_str(0, self.line_end());
            lines.truncate(lines.trim_end().len());
        }
        Ok(vec![(at..at, lines)])
    }

    /// Removes an item with its lines; comments above it stay.
    pub(super) fn remove_item(&self, path: &Path, item: &Entry<'t>, index: usize) -> Result<Edits, Refusal> {
        let refuse = || self.by_hand(path);
        let parent = path.get(..path.len().saturating_sub(1)).unwrap_or_default();
        let (list, items) = self.list(parent).ok_or_else(refuse)?;
        if index >= items.len() {
            return Err(refuse());
        }
        if self.is_flow(list.value) {
            return Ok(self.remove_from_flow(self.value(item).ok_or_else(refuse)?));
        }
        let line = self.lines.start(self.dash(item).ok_or_else(refuse)?);
        let mut end = self.end(item);
        // Of blank lines before and after it one stays.
        if self.is_blank(end) && line > 0 && self.is_blank(self.lines.start(line - 1)) {
            end = self.lines.next(end);
        }
        let mut edits = vec![(line..end, String::new())];
        if items.len() == 1 {
            let colon = list.key.and_then(|key| self.after_colon(key)).ok_or_else(refuse)?;
            edits.push((colon..colon, " []".to_owned()));
        }
        Ok(edits)
    }

    /// Moves an item, the comments right above it with it.
    pub(super) fn move_item(&self, path: &Path, from: usize, to: usize) -> Result<Edits, Refusal> {
        let refuse = || self.by_hand(path);
        let (list, items) = self.list(path).ok_or_else(refuse)?;
        if from.max(to) >= items.len() {
            return Err(refuse());
        }
        if from == to {
            return Ok(Vec::new());
        }
        if self.is_flow(list.value) {
            return self.move_in_flow(&items, from, to).ok_or_else(refuse);
        }
        let top = self.top(&list);
        let mut chunks: Vec<Range<usize>> = Vec::new();
        for (index, item) in items.iter().enumerate() {
            let line = self.lines.start(self.dash(item).ok_or_else(refuse)?);
            let limit = match index.checked_sub(1).and_then(|before| items.get(before)) {
                Some(before) => self.end(before),
                None => top,
            };
            chunks.push(self.with_comments(line, limit)..self.end(item));
        }
        let chunk = chunks.get(from).cloned().ok_or_else(refuse)?;
        let target = chunks.get(to).ok_or_else(refuse)?;
        let at = if to < from { target.start } else { target.end };
        let mut lines = self.text.get(chunk.clone()).unwrap_or_default().to_owned();
        let is_ended = |at: usize| self.text.get(..at).unwrap_or_default().ends_with(['\n', '\r']);
        let mut removed = chunk.clone();
        if !lines.ends_with(['\n', '\r']) {
            // The file ends with the item: the line end before it is the one that goes.
            lines.push_str(self.line_end());
            let before = self.text.get(..chunk.start).unwrap_or_default();
            removed.start = before
                .strip_suffix("\r\n")
                .or_else(|| before.strip_suffix('\n'))
                .map_or(chunk.start, str::len);
        } else if !is_ended(at) {
            lines.insert_str(0, self.line_end());
            lines.truncate(lines.trim_end().len());
        }
        let mut edits = vec![(at..at, lines), (removed, String::new())];
        edits.sort_by_key(|(range, _)| std::cmp::Reverse((range.start, range.end)));
        Ok(edits)
    }

    /// Items between brackets change their contents: what stands between them stays.
    fn move_in_flow(&self, items: &[Entry<'t>], from: usize, to: usize) -> Option<Edits> {
        let ranges: Vec<Range<usize>> = items.iter().map(|item| self.value(item)).collect::<Option<_>>()?;
        let mut texts: Vec<&str> =
            ranges.iter().map(|range| self.text.get(range.clone())).collect::<Option<_>>()?;
        let text = texts.remove(from);
        texts.insert(to, text);
        let edits = ranges.into_iter().zip(texts).map(|(range, text)| (range, text.to_owned()));
        Some(edits.rev().collect())
    }

    /// Removes the first key of an item, which stands behind its dash; its comments go above the item.
    pub(super) fn remove_first_key(
        &self,
        entry: &Entry<'t>,
        entries: &[(Spanned<String>, Spanned<Value>)],
        from: usize,
    ) -> Option<Edits> {
        let line = self.lines.start(from);
        let before = self.text.get(line..from)?;
        let indent = before.strip_suffix(before.trim_start())?;
        if before.trim() != "-" {
            return None;
        }
        let (first, _) = entries.first()?;
        if !entry.key.is_some_and(|key| std::ptr::eq(key, first)) {
            return None;
        }
        let (next, _) = entries.get(1)?;
        let to = self.lines.offset(next.position);
        let mut above = String::new();
        for comment in comments(self.text.get(from..to)?) {
            above.extend([indent, comment, self.line_end()]);
        }
        Some(vec![(from..to, String::new()), (line..line, above)])
    }

    /// Where the dash of an item is; `None` when it has no line of its own with the item.
    fn dash(&self, item: &Entry<'t>) -> Option<usize> {
        let from = self.lines.offset(item.value.position);
        let line = self.lines.start(from);
        let before = self.text.get(line..from)?;
        let dash = before.find('-')?;
        (before.trim() == "-").then_some(line + dash)
    }

    /// Where the lines of a list begin: behind the line of its key.
    fn top(&self, list: &Entry<'t>) -> usize {
        list.key.map_or(0, |key| self.lines.next(self.lines.offset(key.position)))
    }

    /// The beginning of the comments that stand right above a line, none of them before `limit`.
    fn with_comments(&self, line: usize, limit: usize) -> usize {
        let mut start = line;
        while start > limit {
            let above = self.lines.start(start - 1);
            let text = self.text.get(above..start).unwrap_or_default().trim();
            if above < limit || !text.starts_with('#') {
                break;
            }
            start = above;
        }
        start
    }

    /// Whether the last two items have a blank line between them.
    fn are_apart_items(&self, items: &[Entry<'t>]) -> bool {
        let [.., before, last] = items else { return false };
        let last = self.lines.start(self.lines.offset(last.value.position));
        let between = self.text.get(self.lines.offset(before.value.position)..last).unwrap_or_default();
        between.lines().any(|line| line.trim().is_empty())
    }
}
