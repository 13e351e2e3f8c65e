//! Single values: text, numbers, percentages, moments, lengths of time, literals.

use super::Decoder;
use crate::printable::quoted;
use crate::yaml::{Node, NodeKind};
use crate::{Code, Percent, PercentError, Position, Spanned, Timestamp, Value};
use crate::{Millis, parse};

impl<'a> Decoder<'_, 'a> {
    /// Text. Numbers and booleans are refused, as a version or an id written so loses digits.
    pub(super) fn string(&mut self, what: &str, node: &Node<'a>) -> Option<Spanned<String>> {
        self.text_of(what, node, "a string")
    }

    fn text_of(&mut self, what: &str, node: &Node<'a>, expected: &str) -> Option<Spanned<String>> {
        let help = match &node.kind {
            NodeKind::String(text) => return Some(Spanned::new(text.clone().into_owned(), node.position)),
            NodeKind::Null | NodeKind::List(_) | NodeKind::Map(_) => {
                "write a text, in quotes if it has special characters".into()
            }
            _ => format!("put it in quotes: `\"{}\"`", self.text.scalar_at(node.position).unwrap_or("…")),
        };
        self.wrong(what, node, expected, help);
        None
    }

    /// Text, or a whole number that is its own text: many users and tickets are numbered.
    pub(super) fn id(&mut self, what: &str, node: &Node<'a>, expected: &str) -> Option<Spanned<String>> {
        if let NodeKind::Integer(_) | NodeKind::Huge = node.kind
            && let Some(written) = self.text.scalar_at(node.position)
            && written.bytes().all(|b| b.is_ascii_digit())
        {
            return Some(Spanned::new(written.to_owned(), node.position));
        }
        self.text_of(what, node, expected)
    }

    pub(super) fn boolean(&mut self, what: &str, node: &Node<'a>) -> Option<Spanned<bool>> {
        if let NodeKind::Bool(value) = node.kind {
            return Some(Spanned::new(value, node.position));
        }
        self.wrong(what, node, "`true` or `false`", format!("write `{what}: true`"));
        None
    }

    pub(super) fn integer(&mut self, what: &str, node: &Node<'a>) -> Option<Spanned<i64>> {
        match node.kind {
            NodeKind::Integer(value) => Some(Spanned::new(value, node.position)),
            NodeKind::Huge => {
                self.huge(node);
                None
            }
            _ => {
                self.wrong(what, node, "a whole number", format!("write `{what}: 1`"));
                None
            }
        }
    }

    fn huge(&mut self, node: &Node<'a>) {
        let message = format!("{} does not fit 64 bits", self.as_written(node));
        self.report(Code::WrongType, node.position, message, "put it in quotes to make it a string");
    }

    fn as_written(&self, node: &Node<'a>) -> String {
        quoted(self.text.scalar_at(node.position).unwrap_or("the number"))
    }

    /// A percentage from 0 to 100, with its sign or without.
    pub(super) fn percent(&mut self, what: &str, node: &Node<'a>) -> Option<Spanned<Percent>> {
        let mut signed = false;
        #[expect(clippy::cast_precision_loss, reason = "what loses precision is out of range")]
        let number = match &node.kind {
            NodeKind::Integer(value) => *value as f64,
            NodeKind::Float(value) => *value,
            NodeKind::Huge => f64::INFINITY,
            NodeKind::String(text) => {
                let number = |text: &str| {
                    let text = text.trim();
                    // `inf` and `nan` are numbers to the parser.
                    text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c))
                        .then(|| text.parse::<f64>().ok())?
                };
                signed = true;
                if let Some(number) = text.trim_end().strip_suffix('%').and_then(number) {
                    number
                } else {
                    let help = match number(text) {
                        Some(_) => format!("write it without quotes: `{what}: {}`", text.trim()),
                        None => format!("write `{what}: 25`"),
                    };
                    self.wrong(what, node, "a percentage", help);
                    return None;
                }
            }
            _ => {
                self.wrong(what, node, "a percentage", format!("write `{what}: 25`"));
                return None;
            }
        };
        if !signed && matches!(what, "rollout" | "percentage" | "default_rollout") {
            self.small_percentage(what, number, node.position);
        }
        match Percent::from_f64(number) {
            Ok(percent) => Some(Spanned::new(percent, node.position)),
            Err(PercentError::Range) => {
                let message = format!("`{what}` is {}, outside 0 to 100", self.as_written(node));
                self.report(
                    Code::PercentageRange,
                    node.position,
                    message,
                    "write a percentage from 0 to 100",
                );
                None
            }
            Err(PercentError::Precision) => {
                let message = format!("`{what}` is {}, finer than 0.001", self.as_written(node));
                self.report(Code::PercentagePrecision, node.position, message, "round it to three decimals");
                None
            }
        }
    }

    /// `0.25` is a quarter of one percent, but others write a quarter so.
    fn small_percentage(&mut self, what: &str, number: f64, position: Position) {
        if number <= 0.0 || number >= 1.0 {
            return;
        }
        if let (Ok(percent), Ok(hundredfold)) = (Percent::from_f64(number), Percent::from_f64(number * 100.0))
        {
            let message = format!("`{what}` is {percent} percent, less than one in a hundred");
            let help = format!("write `{what}: {percent}%` if it is meant so, or `{what}: {hundredfold}`");
            self.report(Code::SmallPercentage, position, message, help);
        }
    }

    pub(super) fn timestamp(&mut self, what: &str, node: &Node<'a>) -> Option<Spanned<Timestamp>> {
        let help = format!("write `{what}: 2026-12-31` or `{what}: 2026-12-31T09:00:00Z`");
        self.parsed(what, node, "a date or timestamp", help, Code::BadTimestamp, parse::timestamp)
    }

    pub(super) fn duration(&mut self, what: &str, node: &Node<'a>) -> Option<Spanned<Millis>> {
        let help = format!("write `{what}: 1d`, or with `h`, `m`, `s`, `ms`, `w`");
        self.parsed(what, node, "a duration", help, Code::BadDuration, parse::duration)
    }

    fn parsed<T>(
        &mut self,
        what: &str,
        node: &Node<'a>,
        expected: &str,
        help: String,
        code: Code,
        parse: fn(&str) -> Result<T, String>,
    ) -> Option<Spanned<T>> {
        let NodeKind::String(text) = &node.kind else {
            self.wrong(what, node, expected, help);
            return None;
        };
        match parse(text) {
            Ok(value) => Some(Spanned::new(value, node.position)),
            Err(message) => {
                self.report(code, node.position, message, help);
                None
            }
        }
    }

    /// One of a few words.
    pub(super) fn word<T: Copy>(
        &mut self,
        what: &str,
        node: &Node<'a>,
        all: &[T],
        name: impl Fn(T) -> &'static str,
    ) -> Option<Spanned<T>> {
        let names: Vec<_> = all.iter().copied().map(&name).collect();
        let NodeKind::String(text) = &node.kind else {
            self.wrong(what, node, "a word", format!("write one of {}", super::listing(&names)));
            return None;
        };
        let found = all.iter().copied().find(|one| name(*one) == text);
        if found.is_none() {
            self.unknown_value(what, text, node.position, &names);
        }
        found.map(|one| Spanned::new(one, node.position))
    }

    /// A list of texts.
    pub(super) fn strings(&mut self, what: &str, node: &Node<'a>) -> Vec<Spanned<String>> {
        let items = self.items(what, node, &format!("`{what}: [one, two]`")).unwrap_or_default();
        items.iter().filter_map(|item| self.text_of(what, item, "strings")).collect()
    }

    /// A list of users.
    pub(super) fn users(&mut self, what: &str, node: &Node<'a>) -> Vec<Spanned<String>> {
        let items = self.items(what, node, &format!("`{what}: [user-1, user-2]`")).unwrap_or_default();
        items.iter().filter_map(|item| self.id(what, item, "strings")).collect()
    }

    /// A literal of any shape.
    pub(super) fn value(&mut self, node: &Node<'a>) -> Spanned<Value> {
        let value = match &node.kind {
            NodeKind::Null => Value::Null,
            NodeKind::Bool(value) => Value::Bool(*value),
            NodeKind::Integer(value) => Value::Integer(*value),
            NodeKind::Huge => {
                self.huge(node);
                Value::Integer(i64::MAX)
            }
            NodeKind::Float(value) if value.is_finite() => Value::Float(*value),
            NodeKind::Float(_) => {
                let message = format!("{} is not a number to calculate with", self.as_written(node));
                self.report(Code::WrongType, node.position, message, "write a finite number");
                Value::Float(0.0)
            }
            NodeKind::String(text) => Value::String(text.clone().into_owned()),
            NodeKind::List(items) => Value::List(items.iter().map(|item| self.value(item)).collect()),
            NodeKind::Map(entries) => {
                Value::Map(entries.iter().map(|(key, node)| (super::owned(key), self.value(node))).collect())
            }
        };
        Spanned::new(value, node.position)
    }
}
