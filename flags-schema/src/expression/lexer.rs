//! The tokens of an expression, one at a time, with their positions.

use super::{ExpressionError, continues_word, starts_word};
use crate::printable::quoted;
use crate::{FileId, Position};

/// What a token is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum TokenKind<'a> {
    /// A bare word.
    Word(&'a str),
    /// A name in backticks.
    Name(String),
    /// A text in quotes.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// Another number.
    Float(f64),
    /// `&&`, `and`, or what was meant so.
    And,
    /// `||`, `or`, or what was meant so.
    Or,
    /// `!` or `not`.
    Not,
    /// Characters of a comparison, known or not: `==`, `=`.
    Symbol(&'static str),
    /// `(`
    Open,
    /// `)`
    Close,
    /// `[`
    OpenList,
    /// `]`
    CloseList,
    /// `,`
    Comma,
    /// No token; what is wrong with it is in [`Token::problem`].
    Bad,
    /// The end of the text.
    End,
}

/// A token and its position.
#[derive(Clone, Debug)]
pub(super) struct Token<'a> {
    pub(super) kind: TokenKind<'a>,
    /// As written.
    pub(super) text: &'a str,
    /// Characters before it.
    pub(super) offset: usize,
    pub(super) position: Position,
    /// What is wrong with it, if anything is: a mistaken `&` is still a [`TokenKind::And`].
    pub(super) problem: Option<Box<ExpressionError>>,
}

impl Token<'_> {
    /// How many characters it has, but never 0.
    pub(super) fn length(&self) -> usize {
        self.text.chars().count().max(1)
    }
}

/// Symbols, longer ones before their beginnings. Mistaken ones are here to be recognised whole.
const SYMBOLS: [&str; 20] = [
    "===", "!==", "==", "!=", "=~", "!~", ">=", "<=", "=>", "=<", "<>", "&&", "||", ">", "<", "=", "!", "~",
    "&", "|",
];

/// Reads tokens from a text.
#[derive(Clone)]
pub(super) struct Lexer<'a> {
    rest: &'a str,
    offset: usize,
    line: u32,
    column: u32,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { rest: text, offset: 0, line: 1, column: 1 }
    }

    /// The next token; [`TokenKind::End`] for ever after the last.
    pub(super) fn next(&mut self) -> Token<'a> {
        let blank = self.rest.find(|c: char| !c.is_whitespace()).unwrap_or(self.rest.len());
        self.take(blank);
        let mut token = Token {
            kind: TokenKind::End,
            text: "",
            offset: self.offset,
            position: Position::new(FileId(0), self.line, self.column),
            problem: None,
        };
        let Some(first) = self.rest.chars().next() else { return token };
        match first {
            '(' => self.single(&mut token, TokenKind::Open),
            ')' => self.single(&mut token, TokenKind::Close),
            '[' => self.single(&mut token, TokenKind::OpenList),
            ']' => self.single(&mut token, TokenKind::CloseList),
            ',' => self.single(&mut token, TokenKind::Comma),
            '\'' | '"' | '`' => self.quoted(&mut token, first),
            '‘' | '’' | '“' | '”' | '„' | '«' | '»' => self.smart_quote(&mut token),
            '0'..='9' => self.number(&mut token),
            '-' if self.rest.chars().nth(1).is_some_and(|c| c.is_ascii_digit()) => self.number(&mut token),
            c if starts_word(c) => self.word(&mut token),
            c => self.symbol(&mut token, c),
        }
        token
    }

    /// Consumes `bytes` bytes, keeping count of characters and lines.
    fn take(&mut self, bytes: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at_checked(bytes).unwrap_or((self.rest, ""));
        for c in taken.chars() {
            self.offset += 1;
            if c == '\n' {
                self.line = self.line.saturating_add(1);
                self.column = 1;
            } else {
                self.column = self.column.saturating_add(1);
            }
        }
        self.rest = rest;
        taken
    }

    fn take_while(&mut self, keep: impl Fn(char) -> bool) -> &'a str {
        self.take(self.rest.find(|c| !keep(c)).unwrap_or(self.rest.len()))
    }

    fn single(&mut self, token: &mut Token<'a>, kind: TokenKind<'a>) {
        token.text = self.take(1);
        token.kind = kind;
    }

    fn word(&mut self, token: &mut Token<'a>) {
        let word = self.take_while(continues_word);
        token.text = word;
        token.kind = TokenKind::Word(word);
        for (name, kind) in [("and", TokenKind::And), ("or", TokenKind::Or), ("not", TokenKind::Not)] {
            if word.eq_ignore_ascii_case(name) {
                token.kind = kind;
                if word != name {
                    token.fail(format!("`{word}` is no operator"), format!("write `{name}`"));
                }
                return;
            }
        }
    }

    fn symbol(&mut self, token: &mut Token<'a>, first: char) {
        let Some(symbol) = SYMBOLS.into_iter().find(|symbol| self.rest.starts_with(symbol)) else {
            token.text = self.take(first.len_utf8());
            token.kind = TokenKind::Bad;
            let help = match first {
                '.' => "write a number with a digit before its point, like `0.5`",
                '+' | '*' | '/' | '%' => "there is no arithmetic; compare an attribute with a number",
                '{' | '}' | '$' => {
                    "there are no variables; name the attribute alone, like `plan == 'premium'`"
                }
                _ => "put an attribute with such characters between backticks, and a text between quotes",
            };
            token.fail(format!("unexpected character {}", quoted(&first.to_string())), help);
            return;
        };
        token.text = self.take(symbol.len());
        token.kind = match symbol {
            "&&" => TokenKind::And,
            "||" => TokenKind::Or,
            "!" => TokenKind::Not,
            "&" => {
                token.fail("`&` is no operator", "write `&&`");
                TokenKind::And
            }
            "|" => {
                token.fail("`|` is no operator", "write `||`");
                TokenKind::Or
            }
            _ => TokenKind::Symbol(symbol),
        };
    }

    /// A text in quotes or a name in backticks.
    fn quoted(&mut self, token: &mut Token<'a>, quote: char) {
        let start = self.rest;
        let mut value = String::new();
        let mut chars = start.char_indices();
        chars.next();
        while let Some((at, c)) = chars.next() {
            if c == quote {
                token.text = self.take(at + c.len_utf8());
                token.kind = if quote == '`' { TokenKind::Name(value) } else { TokenKind::Text(value) };
                return;
            }
            if c != '\\' {
                value.push(c);
                continue;
            }
            let mut ahead = chars.clone();
            match ahead.next().map(|(_, c)| c) {
                Some(c @ ('\\' | '\'' | '"' | '`')) => value.push(c),
                Some('n') => value.push('\n'),
                Some('r') => value.push('\r'),
                Some('t') => value.push('\t'),
                Some('u') => {
                    if let Some((c, length)) = code_point(ahead.as_str()) {
                        value.push(c);
                        ahead.nth(length - 1);
                    } else if token.problem.is_none() {
                        let before = start.get(..at).map_or(0, |text| text.chars().count());
                        token.problem = Some(Box::new(ExpressionError {
                            offset: token.offset + before,
                            length: 2,
                            message: "`\\u` without a code point".to_owned(),
                            help: Some(
                                "write one in braces, like `\\u{e9}`, or `\\\\u` for a backslash".to_owned(),
                            ),
                        }));
                    }
                }
                _ => {
                    value.push('\\');
                    continue;
                }
            }
            chars = ahead;
        }
        token.kind = TokenKind::Bad;
        token.text = start.get(..1).unwrap_or_default();
        let what = if quote == '`' { "name" } else { "text" };
        token.fail(format!("the {what} that starts here has no closing {quote}"), format!("add a {quote}"));
        self.take(start.len());
    }

    fn smart_quote(&mut self, token: &mut Token<'a>) {
        let is_smart = |c: char| matches!(c, '‘' | '’' | '“' | '”' | '„' | '«' | '»');
        let inside = self.rest.char_indices().skip(1).find(|(_, c)| is_smart(*c));
        let end = match inside {
            Some((at, c)) => at + c.len_utf8(),
            None => self.rest.chars().next().map_or(0, char::len_utf8),
        };
        token.text = self.take(end);
        token.kind = TokenKind::Bad;
        token.fail("typographic quotes do not enclose a text", "write straight quotes: 'premium'");
    }

    fn number(&mut self, token: &mut Token<'a>) {
        let text =
            self.take_while(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | ':' | '/' | '+' | '-' | '%'));
        token.text = text;
        let digits = text.strip_prefix('-').unwrap_or(text);
        let (kind, problem) = match shape(digits) {
            None => (TokenKind::Bad, "is no number"),
            Some(Shape::Whole) => {
                text.parse().map_or((TokenKind::Bad, TOO_LARGE), |n| (TokenKind::Integer(n), ""))
            }
            Some(Shape::Fraction) => text
                .parse()
                .ok()
                .filter(|n: &f64| n.is_finite())
                .map_or((TokenKind::Bad, TOO_LARGE), |n| (TokenKind::Float(n), "")),
        };
        token.kind = kind;
        if token.kind == TokenKind::Bad {
            token.fail(format!("{} {problem}", quoted(text)), "put quotes around it if it is a text");
        }
    }
}

const TOO_LARGE: &str = "does not fit a 64-bit number";

impl Token<'_> {
    fn fail(&mut self, message: impl Into<String>, help: impl Into<String>) {
        self.problem = Some(Box::new(ExpressionError {
            offset: self.offset,
            length: self.length(),
            message: message.into(),
            help: Some(help.into()),
        }));
    }
}

enum Shape {
    Whole,
    Fraction,
}

/// Whether `text`, without its sign, is a number as JSON writes them.
fn shape(text: &str) -> Option<Shape> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))),
        None => (text, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let fits = digits(whole)
        && (whole.len() == 1 || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(digits);
    fits.then_some(if fraction.is_none() && exponent.is_none() { Shape::Whole } else { Shape::Fraction })
}

/// The code point in braces at the start of `text`, and how many characters it takes there.
fn code_point(text: &str) -> Option<(char, usize)> {
    const LONGEST: usize = 6;
    let hex = text.strip_prefix('{')?;
    let length = hex.bytes().take(LONGEST + 1).position(|b| b == b'}')?;
    let hex = hex.get(..length).filter(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()))?;
    Some((char::from_u32(u32::from_str_radix(hex, 16).ok()?)?, length + 2))
}
