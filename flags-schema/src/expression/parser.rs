//! Expressions to conditions, by recursive descent; every mistake is found, not only the first.

use super::lexer::{Lexer, Token, TokenKind};
use super::{ExpressionError, MAX_DEPTH};
use crate::printable::quoted;
use crate::suggest::nearest;
use crate::{Comparison, Condition, Operator, Spanned, Value};

/// How many mistakes of one expression are told.
const MAX_ERRORS: usize = 20;

/// The condition that `text` states, in the canonical form that [`Condition`] describes.
///
/// Its positions are those in `text`: the file is 0, line and column count from 1, columns in characters.
///
/// # Errors
/// All mistakes, in the order of their positions, but at most twenty. Takes time linear in the text.
///
/// ```
/// use flags_schema::expression::parse;
///
/// assert!(parse("plan in ['premium', 'enterprise'] && !segment('new_users')").is_ok());
///
/// let errors = parse("plan = 'premium' & age > ").unwrap_err();
/// assert_eq!(errors.len(), 3);
/// assert_eq!(errors[0].help.as_deref(), Some("write `==`"));
/// ```
pub fn parse(text: &str) -> Result<Condition, Vec<ExpressionError>> {
    let mut parser =
        Parser { lexer: Lexer::new(text), token: Lexer::new("").next(), errors: Vec::new(), stopped: false };
    parser.advance();
    let condition = parser.whole();
    match condition {
        Some(condition) if parser.errors.is_empty() => Ok(condition),
        _ => {
            parser.errors.sort_by_key(|error| error.offset);
            Err(parser.errors)
        }
    }
}

pub(super) struct Parser<'a> {
    lexer: Lexer<'a>,
    /// The next token, not yet consumed.
    pub(super) token: Token<'a>,
    pub(super) errors: Vec<ExpressionError>,
    /// Nesting was too deep: nothing more is read or told.
    stopped: bool,
}

/// The position of a token that was consumed, and its text for messages.
#[derive(Clone, Copy)]
pub(super) struct TokenSpan<'a> {
    pub(super) text: &'a str,
    pub(super) offset: usize,
    length: usize,
    pub(super) position: crate::Position,
}

impl<'a> Parser<'a> {
    /// Consumes the next token. What is wrong with the one after it is told now, once.
    pub(super) fn advance(&mut self) -> TokenSpan<'a> {
        let span = self.span();
        if !self.stopped {
            self.token = self.lexer.next();
            if let Some(problem) = self.token.problem.take() {
                self.push(*problem);
            }
        }
        span
    }

    pub(super) fn span(&self) -> TokenSpan<'a> {
        let Token { text, offset, position, .. } = self.token;
        TokenSpan { text, offset, length: self.token.length(), position }
    }

    pub(super) fn peek(&self) -> TokenKind<'a> {
        self.lexer.clone().next().kind
    }

    fn push(&mut self, error: ExpressionError) {
        if !self.stopped && self.errors.len() < MAX_ERRORS {
            self.errors.push(error);
        }
    }

    pub(super) fn error(&mut self, at: TokenSpan<'a>, message: impl Into<String>, help: impl Into<String>) {
        self.push(ExpressionError {
            offset: at.offset,
            length: at.length,
            message: message.into(),
            help: Some(help.into()),
        });
    }

    fn stop(&mut self, at: TokenSpan<'a>, message: String, help: &str) {
        self.error(at, message, help);
        self.stopped = true;
        self.token.kind = TokenKind::End;
    }

    /// Whether the next token ends a condition.
    pub(super) fn at_boundary(&self) -> bool {
        matches!(self.token.kind, TokenKind::And | TokenKind::Or | TokenKind::Close | TokenKind::End)
    }

    /// Goes on to the end of the condition that was not understood, over parentheses and all.
    pub(super) fn recover(&mut self) {
        let mut open = 0_usize;
        loop {
            match self.token.kind {
                TokenKind::End => return,
                TokenKind::Open => open += 1,
                TokenKind::Close if open > 0 => open -= 1,
                _ if open > 0 => {}
                _ if self.at_boundary() => return,
                _ => {}
            }
            self.advance();
        }
    }

    fn whole(&mut self) -> Option<Condition> {
        if self.token.kind == TokenKind::End {
            let at = TokenSpan { length: 0, ..self.span() };
            self.error(at, "the expression is empty", "write a condition, like `plan == 'premium'`");
            return None;
        }
        let mut condition = self.any(0);
        while self.token.kind == TokenKind::Close {
            let close = self.advance();
            self.error(close, "this `)` was never opened", "remove it, or add a `(`");
            if matches!(self.token.kind, TokenKind::And | TokenKind::Or) {
                self.advance();
            }
            if !matches!(self.token.kind, TokenKind::Close | TokenKind::End) {
                condition = self.any(0);
            }
        }
        condition
    }

    fn any(&mut self, depth: usize) -> Option<Condition> {
        self.chain(&TokenKind::Or, Condition::Any, |parser| {
            parser.chain(&TokenKind::And, Condition::All, |parser| parser.negated(depth))
        })
    }

    /// Members between `connective`s; one alone is itself. `None` when one of them has a mistake.
    fn chain(
        &mut self,
        connective: &TokenKind<'static>,
        wrap: fn(Vec<Condition>) -> Condition,
        mut member: impl FnMut(&mut Self) -> Option<Condition>,
    ) -> Option<Condition> {
        let first = member(self);
        if self.token.kind != *connective {
            return first;
        }
        let mut members = first.map(|first| vec![first]);
        while self.token.kind == *connective {
            let connective = self.advance();
            if matches!(self.token.kind, TokenKind::Close | TokenKind::End) {
                self.error(
                    connective,
                    format!("{} has no condition after it", quoted(connective.text)),
                    "add a condition, or remove it",
                );
                return None;
            }
            let next = member(self);
            members = members.zip(next).map(|(mut members, next)| {
                members.push(next);
                members
            });
        }
        members.map(wrap)
    }

    fn negated(&mut self, depth: usize) -> Option<Condition> {
        let mut negations = 0;
        while self.token.kind == TokenKind::Not {
            let not = self.advance();
            negations += 1;
            if depth + negations > MAX_DEPTH {
                self.too_deep(not);
                return None;
            }
            if matches!(self.token.kind, TokenKind::Close | TokenKind::End) {
                let message = format!("{} has no condition after it", quoted(not.text));
                self.error(not, message, "add a condition, or remove it");
                return None;
            }
        }
        let condition = self.atom(depth + negations);
        self.expect_boundary();
        (0..negations).fold(condition, |condition, _| condition.map(|c| Condition::Not(Box::new(c))))
    }

    fn too_deep(&mut self, at: TokenSpan<'a>) {
        self.stop(at, format!("nested deeper than {MAX_DEPTH} levels"), "move parts into segments");
    }

    /// After a condition comes a connective, a `)` or the end.
    fn expect_boundary(&mut self) {
        if self.at_boundary() {
            return;
        }
        if self.token.kind != TokenKind::Bad {
            let at = self.span();
            let help = match &self.token.kind {
                TokenKind::Symbol(_) => {
                    "a comparison has one operator; write two, like `age >= 18 && age < 65`"
                }
                TokenKind::Word(word) if nearest(word, ["ignore_case"]).is_some() => {
                    "did you mean `ignore_case`?"
                }
                _ => "write `&&` or `||` between conditions",
            };
            self.error(at, format!("unexpected {} after a condition", quoted(at.text)), help);
        }
        self.recover();
    }

    fn atom(&mut self, depth: usize) -> Option<Condition> {
        match &self.token.kind {
            TokenKind::Open => self.group(depth),
            TokenKind::Word("true" | "false" | "null")
            | TokenKind::Text(_)
            | TokenKind::Integer(_)
            | TokenKind::Float(_)
            | TokenKind::OpenList => {
                let at = self.span();
                let message = format!("a condition starts with an attribute, not with {}", quoted(at.text));
                let help = match &self.token.kind {
                    TokenKind::Text(text) => format!("an attribute stands without quotes: `{}`", shown(text)),
                    _ => "put the attribute first, like `age > 5`".to_owned(),
                };
                self.error(at, message, help);
                self.recover();
                None
            }
            TokenKind::Word(word) if self.peek() == TokenKind::Open => self.function(word),
            TokenKind::Word(word) => self.comparison((*word).to_owned()),
            TokenKind::Name(name) => {
                let name = name.clone();
                self.comparison(name)
            }
            TokenKind::And | TokenKind::Or => {
                let at = self.span();
                let message = format!("{} has no condition before it", quoted(at.text));
                self.error(at, message, "add a condition, or remove it");
                None
            }
            TokenKind::Close | TokenKind::End => {
                let at = self.span();
                self.error(at, "a condition is missing here", "write one, like `plan == 'premium'`");
                None
            }
            TokenKind::Bad => {
                self.recover();
                None
            }
            TokenKind::Not | TokenKind::Symbol(_) | TokenKind::CloseList | TokenKind::Comma => {
                let at = self.span();
                self.error(
                    at,
                    format!("unexpected {}", quoted(at.text)),
                    "start with an attribute, like `plan == 'premium'`",
                );
                self.recover();
                None
            }
        }
    }

    fn group(&mut self, depth: usize) -> Option<Condition> {
        let open = self.advance();
        if depth >= MAX_DEPTH {
            self.too_deep(open);
            return None;
        }
        let condition = self.any(depth + 1);
        if self.token.kind == TokenKind::Close {
            self.advance();
        } else {
            self.error(open, "this `(` is never closed", "add a `)`");
        }
        condition
    }

    /// `exists(attribute)`, `segment('name')` or `flag('name')`; the next two tokens are a word and `(`.
    fn function(&mut self, word: &'a str) -> Option<Condition> {
        let function = self.advance();
        match word {
            "exists" => {
                let attribute = self.argument(function, |kind| match kind {
                    TokenKind::Word(word) => Some((*word).to_owned()),
                    TokenKind::Name(name) => Some(name.clone()),
                    _ => None,
                })?;
                Some(Condition::Compare(Comparison {
                    attribute,
                    operator: Spanned::new(Operator::Exists, function.position),
                    operand: Spanned::new(Value::Bool(true), function.position),
                    ignore_case: false,
                }))
            }
            "segment" => self
                .argument(function, |kind| match kind {
                    TokenKind::Text(name) => Some(name.clone()),
                    _ => None,
                })
                .map(Condition::Segment),
            "flag" => {
                let flag = self.argument(function, |kind| match kind {
                    TokenKind::Text(name) => Some(name.clone()),
                    _ => None,
                })?;
                self.served(flag)
            }
            _ => {
                let help = match nearest(word, ["exists", "segment", "flag"]) {
                    Some(name) => format!("did you mean `{name}`?"),
                    None => "there are `exists(attribute)`, `segment('name')` and `flag('name')`".to_owned(),
                };
                self.error(function, format!("unknown function {}", quoted(word)), help);
                self.recover();
                None
            }
        }
    }

    /// The one argument of `function`, between parentheses.
    fn argument(
        &mut self,
        function: TokenSpan<'a>,
        read: impl Fn(&TokenKind<'a>) -> Option<String>,
    ) -> Option<Spanned<String>> {
        let open = self.advance();
        let found = read(&self.token.kind);
        let Some(argument) = found else {
            let (wanted, example) = match function.text {
                "segment" => ("a segment's name in quotes", "segment('beta')"),
                "flag" => ("a flag's name in quotes", "flag('wallet')"),
                _ => ("an attribute, without quotes", "exists(email)"),
            };
            if self.token.kind != TokenKind::Bad {
                let message = format!("{} takes {wanted}", quoted(function.text));
                self.error(function, message, format!("write `{example}`"));
            }
            self.recover();
            if self.token.kind == TokenKind::Close {
                self.advance();
            }
            return None;
        };
        let argument = Spanned::new(argument, self.advance().position);
        if self.token.kind == TokenKind::Close {
            self.advance();
            return Some(argument);
        }
        if self.token.kind == TokenKind::Comma {
            let message = format!("{} takes one argument", quoted(function.text));
            self.error(function, message, "ask for each alone, with `||` or `&&` between");
            self.recover();
            if self.token.kind == TokenKind::Close {
                self.advance();
            }
        } else {
            self.error(open, "this `(` is never closed", "add a `)`");
            self.recover();
        }
        None
    }
}

/// A name for a help: whole when it is short.
pub(super) fn shown(text: &str) -> &str {
    if text.chars().take(41).count() > 40 { "…" } else { text }
}
