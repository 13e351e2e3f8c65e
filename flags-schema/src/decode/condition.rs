//! Conditions, structured or as an expression.

use super::{Decoder, owned};
use crate::expression::{self, ExpressionError};
use crate::yaml::{Key, Node, NodeKind};
use crate::{Code, Comparison, Condition, Operator, Position, Requirement, Spanned, Value};

const EXAMPLE: &str = "`when: { plan: premium }`, or an expression: `when: \"plan == 'premium'\"`";

impl<'a> Decoder<'_, 'a> {
    /// A condition; `None`, and diagnostics, when nothing of it can be read.
    pub(super) fn when(&mut self, node: &Node<'a>) -> Option<Spanned<Condition>> {
        self.condition("when", node).map(|condition| Spanned::new(condition, node.position))
    }

    fn condition(&mut self, what: &str, node: &Node<'a>) -> Option<Condition> {
        match &node.kind {
            NodeKind::String(text) => self.expression(node, text),
            NodeKind::Map(entries) if entries.is_empty() => {
                let message = format!("`{what}` asks for nothing");
                self.report(Code::EmptyList, node.position, message, "put a condition into it, or remove it");
                None
            }
            NodeKind::Map(entries) => {
                let found = entries.iter().filter_map(|(key, node)| self.entry(key, node)).collect();
                one_or(found, Condition::All)
            }
            _ => {
                self.wrong(what, node, "a map or an expression", format!("write {EXAMPLE}"));
                None
            }
        }
    }

    fn entry(&mut self, key: &Key<'a>, node: &Node<'a>) -> Option<Condition> {
        match &*key.value {
            "any" => self.conditions("any", node).and_then(|found| one_or(found, Condition::Any)),
            "all" => self.conditions("all", node).and_then(|found| one_or(found, Condition::All)),
            "not" => self.condition("not", node).map(|condition| Condition::Not(Box::new(condition))),
            "segment" => {
                if let NodeKind::List(_) = node.kind {
                    let help = "write `any: [ { segment: beta }, { segment: admin } ]`, or `all:`";
                    self.wrong("segment", node, "the name of one segment", help);
                    return None;
                }
                self.string("segment", node).map(Condition::Segment)
            }
            "flag" => self.flag_condition(node),
            "" => {
                self.report(
                    Code::BadName,
                    key.position,
                    "an attribute without a name",
                    "write the attribute's name",
                );
                None
            }
            _ => self.comparisons(key, node),
        }
    }

    /// `flag: wallet`, `flag: { checkout: treatment }`, `flag: { checkout: [a, b] }`.
    fn flag_condition(&mut self, node: &Node<'a>) -> Option<Condition> {
        let NodeKind::Map(entries) = &node.kind else {
            if let NodeKind::List(_) = node.kind {
                let help = "write `all: [ { flag: wallet }, { flag: checkout } ]`, or `any:`";
                self.wrong("flag", node, "the name of one flag", help);
                return None;
            }
            let flag = self.id("flag", node, "the name of a flag, or a map from it to its variant")?;
            return Some(Condition::Flag(Requirement { flag, variants: Vec::new() }));
        };
        if entries.is_empty() {
            let message = "`flag` names no flag";
            self.report(
                Code::EmptyList,
                node.position,
                message,
                "write `flag: wallet`, or `flag: { checkout: treatment }`",
            );
            return None;
        }
        let found = entries.iter().filter_map(|(key, node)| {
            let variants = self.variants_of(&key.value, node)?;
            Some(Condition::Flag(Requirement { flag: owned(key), variants }))
        });
        one_or(found.collect(), Condition::All)
    }

    fn conditions(&mut self, what: &str, node: &Node<'a>) -> Option<Vec<Condition>> {
        let items =
            self.items(what, node, &format!("`{what}: [ {{ plan: premium }}, {{ country: DE }} ]`"))?;
        if items.is_empty() {
            let message = format!("`{what}: []` asks for nothing");
            self.report(Code::EmptyList, node.position, message, "put a condition into it, or remove it");
        }
        Some(items.iter().filter_map(|item| self.condition(what, item)).collect())
    }

    /// What is asked of one attribute: `DE` for `{ eq: DE }`, or operators that must all hold.
    fn comparisons(&mut self, attribute: &Key<'a>, node: &Node<'a>) -> Option<Condition> {
        let name = &attribute.value;
        match &node.kind {
            NodeKind::Map(entries) if entries.is_empty() => {
                let message = format!("`{name}` is compared with nothing");
                self.report(
                    Code::EmptyList,
                    node.position,
                    message,
                    format!("write `{name}: {{ exists: true }}`"),
                );
                None
            }
            NodeKind::Map(entries) => self.operators(attribute, entries),
            NodeKind::Null => {
                let help = format!("write what it equals, or `{name}: {{ exists: true }}`");
                self.wrong(name, node, "a value or operators", help);
                None
            }
            NodeKind::List(_) => {
                let help = format!("write `{name}: {{ in: [one, two] }}`");
                self.wrong(name, node, "a value or operators", help);
                None
            }
            _ => Some(Condition::Compare(Comparison {
                attribute: owned(attribute),
                operator: Spanned::new(Operator::Eq, node.position),
                operand: self.value(node),
                ignore_case: false,
            })),
        }
    }

    fn operators(&mut self, attribute: &Key<'a>, entries: &[(Key<'a>, Node<'a>)]) -> Option<Condition> {
        let mut ignore_case = false;
        if let Some((_, node)) = entries.iter().find(|(key, _)| key.value == "ignore_case") {
            ignore_case = self.boolean("ignore_case", node).is_some_and(|it| it.value);
            if entries.len() == 1 {
                let message = format!("`{}` is compared with nothing", attribute.value);
                self.missing(node.position, message, "write an operator beside it, such as `eq: text`");
            }
        }
        let mut found = Vec::with_capacity(entries.len());
        for (key, node) in entries {
            if key.value != "ignore_case" {
                found.extend(self.operator(attribute, key, node, ignore_case));
            }
        }
        one_or(found, Condition::All)
    }

    fn operator(
        &mut self,
        attribute: &Key<'a>,
        key: &Key<'a>,
        node: &Node<'a>,
        ignore_case: bool,
    ) -> Option<Condition> {
        let Some(operator) = Operator::from_name(&key.value) else {
            let known: Vec<_> =
                Operator::ALL.iter().map(|operator| operator.as_str()).chain(["ignore_case"]).collect();
            let message = format!("there is no operator {}", crate::printable::quoted(&key.value));
            let diagnostic = crate::Diagnostic::new(Code::UnknownOperator, key.position, message)
                .help(format!("the operators are {}", super::listing(&known)));
            let aliases: Vec<_> = Operator::ALIASES.iter().map(|(alias, _)| *alias).collect();
            let diagnostic = self.suggest(diagnostic, &key.value, &[known, aliases].concat());
            self.push(diagnostic);
            return None;
        };
        if let NodeKind::Null | NodeKind::Map(_) = node.kind {
            let help = format!("write what to compare with: `{}: premium`", key.value);
            self.wrong(&key.value, node, "a value or a list", help);
            return None;
        }
        let mut operand = self.value(node);
        let mut negated = false;
        if operator == Operator::Exists {
            negated = !self.boolean("exists", node)?.value;
            operand.value = Value::Bool(true);
        }
        let compare = Condition::Compare(Comparison {
            attribute: owned(attribute),
            operator: Spanned::new(operator, key.position),
            operand,
            // It says nothing about whether the attribute is there.
            ignore_case: ignore_case && operator != Operator::Exists,
        });
        Some(if negated { Condition::Not(Box::new(compare)) } else { compare })
    }

    fn expression(&mut self, node: &Node<'a>, text: &str) -> Option<Condition> {
        let positions = TextPositions::new(self.text.positions(node.position, text), text);
        match expression::parse(text) {
            Ok(mut condition) => {
                positions.put(&mut condition);
                Some(condition)
            }
            Err(errors) => {
                for ExpressionError { offset, message, help, .. } in errors {
                    let position = positions.at(offset).unwrap_or(node.position);
                    let help = help.unwrap_or_else(|| format!("write {EXAMPLE}"));
                    self.report(Code::Expression, position, message, help);
                }
                None
            }
        }
    }
}

/// The only one, or all of them together.
fn one_or(mut found: Vec<Condition>, together: fn(Vec<Condition>) -> Condition) -> Option<Condition> {
    match found.len() {
        0 => None,
        1 => found.pop(),
        _ => Some(together(found)),
    }
}

/// Replaces positions inside a text by positions in the file.
struct TextPositions {
    positions: Vec<Position>,
    /// The character each line of the text begins with.
    lines: Vec<usize>,
}

impl TextPositions {
    fn new(positions: Vec<Position>, text: &str) -> Self {
        let ends = text.chars().enumerate().filter(|(_, c)| *c == '\n').map(|(number, _)| number + 1);
        Self { positions, lines: std::iter::once(0).chain(ends).collect() }
    }

    fn at(&self, offset: usize) -> Option<Position> {
        self.positions.get(offset).or(self.positions.last()).copied()
    }

    fn move_one(&self, position: &mut Position) {
        let index = |count: u32| usize::try_from(count).ok()?.checked_sub(1);
        let offset = index(position.line)
            .and_then(|line| self.lines.get(line))
            .zip(index(position.column))
            .map(|(start, column)| start + column);
        if let Some(decoded) = offset.and_then(|offset| self.at(offset)) {
            *position = decoded;
        }
    }

    fn put(&self, condition: &mut Condition) {
        match condition {
            Condition::All(all) | Condition::Any(all) => {
                for condition in all {
                    self.put(condition);
                }
            }
            Condition::Not(condition) => self.put(condition),
            Condition::Segment(name) => self.move_one(&mut name.position),
            Condition::Flag(Requirement { flag, variants }) => {
                self.move_one(&mut flag.position);
                for variant in variants {
                    self.move_one(&mut variant.position);
                }
            }
            Condition::Compare(Comparison { attribute, operator, operand, .. }) => {
                self.move_one(&mut attribute.position);
                self.move_one(&mut operator.position);
                self.move_one(&mut operand.position);
                if let Value::List(values) = &mut operand.value {
                    for value in values {
                        self.move_one(&mut value.position);
                    }
                }
            }
        }
    }
}
