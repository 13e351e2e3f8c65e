//! The comparisons of an expression: `attribute operator operand`.

use super::lexer::TokenKind;
use super::parser::{Parser, TokenSpan, shown};
use super::printer::spelling;
use crate::printable::quoted;
use crate::suggest::nearest;
use crate::{Comparison, Condition, Operator, Requirement, Spanned, Value};

impl<'a> Parser<'a> {
    /// `attribute operator operand`; the next token is the attribute, of that name.
    pub(super) fn comparison(&mut self, name: String) -> Option<Condition> {
        let span = self.advance();
        let attribute = Spanned::new(name, span.position);
        let at = self.span();
        let operator = Spanned::new(self.operator(span)?, at.position);
        let operand = self.operand(at, operator.value)?;
        let ignore_case = self.token.kind == TokenKind::Word("ignore_case");
        if ignore_case {
            self.advance();
        }
        Some(Condition::Compare(Comparison { attribute, operator, operand, ignore_case }))
    }

    /// What follows `flag('…')`: nothing, `== 'variant'`, `in ['one', 'other']`, or a negation of these.
    pub(super) fn served(&mut self, flag: Spanned<String>) -> Option<Condition> {
        if self.at_boundary() {
            return Some(Condition::Flag(Requirement { flag, variants: Vec::new() }));
        }
        let at = self.span();
        let operator = self.operator(at)?;
        let negated = match operator {
            Operator::Eq | Operator::In => false,
            Operator::Neq | Operator::Nin => true,
            _ => {
                let message = format!("{} does not compare variants", quoted(at.text));
                self.error(at, message, "write `==`, `!=`, `in` or `not-in`");
                self.recover();
                return None;
            }
        };
        let at = self.span();
        let operand = self.operand(at, operator)?;
        let named = |value: &Spanned<Value>| match &value.value {
            Value::String(name) => Some(value.with(name.clone())),
            _ => None,
        };
        let variants = match &operand.value {
            Value::List(items) => items.iter().map(&named).collect::<Option<Vec<_>>>(),
            _ => named(&operand).map(|variant| vec![variant]),
        };
        let Some(variants) = variants.filter(|variants| !variants.is_empty()) else {
            let help = "write the name of a variant in quotes, or a list of them, like `['a', 'b']`";
            self.error(at, "a flag is compared with the names of its variants", help);
            return None;
        };
        let condition = Condition::Flag(Requirement { flag, variants });
        Some(if negated { Condition::Not(Box::new(condition)) } else { condition })
    }

    /// The operator after `attribute`. A mistaken one whose meaning is plain is told and taken.
    fn operator(&mut self, attribute: TokenSpan<'a>) -> Option<Operator> {
        let at = self.span();
        let operator = match &self.token.kind {
            TokenKind::Symbol(symbol) => self.symbol_operator(symbol, at),
            TokenKind::Word("not-in") => Some(Operator::Nin),
            TokenKind::Word("exists") => {
                let help = format!("write `exists({})`", shown(attribute.text));
                self.error(at, "`exists` goes around its attribute", help);
                None
            }
            TokenKind::Word(word) => {
                let known = Operator::from_name(word);
                if known.is_none() {
                    let help = operator_help(word);
                    self.error(at, format!("unknown operator {}", quoted(word)), help);
                }
                known
            }
            TokenKind::Not if matches!(self.peek(), TokenKind::Word("in")) => {
                self.error(at, "`not in` is one word here", "write `not-in`");
                self.advance();
                Some(Operator::Nin)
            }
            TokenKind::Bad => None,
            _ if self.at_boundary() => {
                let help = format!(
                    "compare it, like `{0} == true`, or ask whether it is there with `exists({0})`",
                    shown(attribute.text)
                );
                self.error(attribute, format!("{} is compared with nothing", quoted(attribute.text)), help);
                return None;
            }
            _ => {
                let message =
                    format!("an operator belongs between {} and {}", quoted(attribute.text), quoted(at.text));
                self.error(at, message, format!("write one, like `{} == 'premium'`", shown(attribute.text)));
                None
            }
        };
        if operator.is_some() {
            self.advance();
        } else {
            self.recover();
        }
        operator
    }

    fn symbol_operator(&mut self, symbol: &str, at: TokenSpan<'a>) -> Option<Operator> {
        let operator = Operator::ALL.iter().copied().find(|operator| spelling(*operator) == symbol);
        if operator.is_some() {
            return operator;
        }
        let meant = match symbol {
            "=" | "===" => Operator::Eq,
            "<>" | "!==" => Operator::Neq,
            "=>" => Operator::Gte,
            "=<" => Operator::Lte,
            "~" => Operator::Regex,
            _ => {
                self.error(
                    at,
                    format!("`{symbol}` is no operator"),
                    "negate the condition, like `!(email =~ '@example')`",
                );
                return None;
            }
        };
        self.error(at, format!("`{symbol}` is no operator"), format!("write `{}`", spelling(meant)));
        Some(meant)
    }

    /// The operand of the operator at `at`.
    fn operand(&mut self, at: TokenSpan<'a>, operator: Operator) -> Option<Spanned<Value>> {
        let position = self.token.position;
        match &self.token.kind {
            TokenKind::OpenList => self.list(),
            TokenKind::Open => {
                let here = self.span();
                self.error(
                    here,
                    "a list stands in brackets, not in parentheses",
                    "write it like `['a', 'b']`",
                );
                self.recover();
                None
            }
            _ if self.at_boundary() => {
                let message = format!("{} has nothing to compare with", quoted(at.text));
                let example = match operator {
                    Operator::In | Operator::Nin => "['free', 'premium']",
                    _ => "'premium'",
                };
                self.error(at, message, format!("write a value after it, like `{example}`"));
                None
            }
            _ => {
                let value = self.scalar();
                if value.is_none() {
                    self.recover();
                }
                value.map(|value| Spanned::new(value, position))
            }
        }
    }

    /// A text, number or boolean. Without one, says so and stays.
    fn scalar(&mut self) -> Option<Value> {
        let value = match &self.token.kind {
            TokenKind::Text(text) => Value::String(text.clone()),
            TokenKind::Integer(number) => Value::Integer(*number),
            TokenKind::Float(number) => Value::Float(*number),
            TokenKind::Word("true") => Value::Bool(true),
            TokenKind::Word("false") => Value::Bool(false),
            TokenKind::Bad => return None,
            other => {
                let at = self.span();
                let (message, help) = match other {
                    TokenKind::Word("null") => {
                        ("nothing equals `null`".to_owned(), "ask with `exists(attribute)`".to_owned())
                    }
                    TokenKind::Word(word)
                        if word.eq_ignore_ascii_case("true") || word.eq_ignore_ascii_case("false") =>
                    {
                        (
                            format!("{} is no value", quoted(word)),
                            format!("write `{}`", word.to_ascii_lowercase()),
                        )
                    }
                    TokenKind::Word(word) => (
                        format!("{} is no value", quoted(word)),
                        format!("as a text it is `'{}'`", shown(word)),
                    ),
                    TokenKind::Name(_) => {
                        let message = format!("{} is an attribute, not a value", quoted(at.text));
                        (message, "put a text between single or double quotes".to_owned())
                    }
                    TokenKind::OpenList => {
                        ("a list holds no lists".to_owned(), "write all values in one list".to_owned())
                    }
                    _ => (
                        format!("{} stands where a value belongs", quoted(at.text)),
                        "write a text in quotes, a number, `true`, `false` or a list".to_owned(),
                    ),
                };
                self.error(at, message, help);
                return None;
            }
        };
        self.advance();
        Some(value)
    }

    /// `['a', 'b']`; the next token is `[`.
    fn list(&mut self) -> Option<Spanned<Value>> {
        let open = self.advance();
        let mut values = Vec::new();
        let mut sound = true;
        loop {
            let position = self.token.position;
            match &self.token.kind {
                TokenKind::CloseList => break,
                _ if self.at_boundary() => return self.unclosed_list(open),
                _ => match self.scalar() {
                    Some(value) => values.push(Spanned::new(value, position)),
                    None => sound = false,
                },
            }
            if !sound {
                self.skip_value();
            }
            match &self.token.kind {
                TokenKind::Comma => {
                    self.advance();
                }
                TokenKind::CloseList => break,
                _ if self.at_boundary() => return self.unclosed_list(open),
                _ => {
                    let at = self.span();
                    if self.token.kind != TokenKind::Bad {
                        let message = format!("{} stands where a `,` or `]` belongs", quoted(at.text));
                        self.error(at, message, "put commas between the values of a list");
                    }
                    sound = false;
                    self.skip_value();
                    if self.token.kind == TokenKind::Comma {
                        self.advance();
                    }
                }
            }
        }
        self.advance();
        sound.then(|| Spanned::new(Value::List(values), open.position))
    }

    fn unclosed_list(&mut self, open: TokenSpan<'a>) -> Option<Spanned<Value>> {
        // A text without its closing quote has swallowed the bracket, and is told already.
        if self.errors.last().is_none_or(|last| last.offset < open.offset) {
            self.error(open, "this `[` is never closed", "add a `]`");
        }
        None
    }

    /// Goes on to the end of a list's value that was not understood.
    fn skip_value(&mut self) {
        let mut open = 0_usize;
        while !self.at_boundary() {
            match self.token.kind {
                TokenKind::OpenList => open += 1,
                TokenKind::CloseList if open > 0 => open -= 1,
                TokenKind::Comma | TokenKind::CloseList if open == 0 => return,
                _ => {}
            }
            self.advance();
        }
    }
}

fn operator_help(word: &str) -> String {
    if word.eq_ignore_ascii_case("is") {
        return "write `==`".to_owned();
    }
    if word.eq_ignore_ascii_case("matches") || word.eq_ignore_ascii_case("like") {
        return "write `=~` with a regular expression".to_owned();
    }
    let names = Operator::ALL.iter().map(|operator| operator.as_str());
    let aliases = Operator::ALIASES.iter().map(|(alias, _)| *alias);
    match nearest(word, names.chain(aliases).chain(["not-in"])) {
        Some(name) => format!("did you mean `{name}`?"),
        None => "there are `== != > >= < <= in not-in contains startswith endswith =~` and the operators \
                 of structured conditions"
            .to_owned(),
    }
}
