//! Operands of conditions, parsed once, and how an attribute compares with them.

use super::networks::Networks;
use super::number::Number;
use super::one_of::OneOf;
use super::pattern::Pattern;
use super::truth::Truth;
use crate::context::{Attribute, Short, Text, TextSet};
use flags_schema::parse::{Requirement, Version};
use flags_schema::{Timestamp, parse};
use std::cmp::Ordering;

/// One operand that an attribute may equal.
#[derive(Clone, Debug)]
pub(crate) enum Literal {
    /// Text that is no number: it equals text only.
    Word(Text),
    /// Text that is wholly a number: it equals the same text, and numbers of its value.
    Digits(Text, Number),
    Number(Number),
    Boolean(bool),
}

impl Literal {
    /// Whether the attribute is equal; unknown between types that are not coerced.
    #[inline]
    pub(crate) fn equals(&self, value: &Attribute) -> Truth {
        match (self, value) {
            (Self::Word(text) | Self::Digits(text, _), Attribute::Text(value)) => (text == value).into(),
            (Self::Digits(_, number), Attribute::Integer(_) | Attribute::Float(_))
            | (Self::Number(number), Attribute::Integer(_) | Attribute::Float(_) | Attribute::Text(_)) => {
                Number::of(value)
                    .and_then(|value| value.order(*number))
                    .map_or(Truth::Unknown, |order| (order == Ordering::Equal).into())
            }
            (Self::Boolean(boolean), Attribute::Boolean(value)) => (boolean == value).into(),
            _ => Truth::Unknown,
        }
    }

    /// How the attribute stands to it: by number where both are, or are read as, numbers; by code
    /// point where both are text.
    fn order(&self, value: &Attribute) -> Option<Ordering> {
        match (self, value) {
            (Self::Word(text) | Self::Digits(text, _), Attribute::Text(value)) => {
                Some(value.as_bytes().cmp(text.as_bytes()))
            }
            (Self::Digits(_, number) | Self::Number(number), _) => Number::of(value)?.order(*number),
            _ => None,
        }
    }
}

/// What an attribute, or one element of a list attribute, is tested for.
#[derive(Debug)]
pub(crate) enum Operand {
    /// Equal to a short text that is no number: nearly all conditions in practice.
    Word(Short),
    /// Equal to one of a few of these.
    Words(Box<[Short]>),
    /// Equal to one of many texts that are no numbers.
    WordSet(Box<TextSet>),
    Equal(Literal),
    /// Equal to one of these, or to one when case is ignored.
    OneOf(OneOf),
    Order(Relation, Literal),
    /// By code point, when case is ignored; the text is lower case.
    FoldedOrder(Relation, Box<str>),
    Part(Anchor, Box<str>),
    FoldedPart(Anchor, Box<str>),
    Regex(Box<Pattern>),
    Moment(Relation, Timestamp),
    /// In the milliseconds that end now.
    Within(i64),
    Version(Relation, OwnedVersion),
    Requirement(Box<Requirement>),
    Networks(Box<Networks>),
}

/// How two things that have an order must stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Relation {
    Equal,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

impl Relation {
    #[inline]
    fn holds(self, order: Ordering) -> bool {
        match self {
            Self::Equal => order.is_eq(),
            Self::Greater => order.is_gt(),
            Self::GreaterOrEqual => order.is_ge(),
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
        }
    }
}

/// Where the part of a text is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Anchor {
    Anywhere,
    Start,
    End,
}

impl Anchor {
    fn found(self, text: &str, part: &str) -> bool {
        match self {
            Self::Anywhere => text.contains(part),
            Self::Start => text.starts_with(part),
            Self::End => text.ends_with(part),
        }
    }
}

/// A version that owns its text.
#[derive(Clone, Debug)]
pub(crate) struct OwnedVersion {
    major: u64,
    minor: u64,
    patch: u64,
    pre: Box<str>,
}

impl OwnedVersion {
    pub(crate) fn new(version: &Version<'_>) -> Self {
        Self { major: version.major, minor: version.minor, patch: version.patch, pre: version.pre.into() }
    }

    pub(super) fn borrow(&self) -> Version<'_> {
        Version { major: self.major, minor: self.minor, patch: self.patch, pre: &self.pre }
    }
}

impl Operand {
    /// Whether the value meets the operand. It is no list: lists ask for each of their elements.
    #[inline]
    pub(crate) fn meets(&self, value: &Attribute, now: &impl Fn() -> Option<i64>) -> Truth {
        match (self, value) {
            (Self::Word(word), Attribute::Text(Text::Short(text))) => (word == text).into(),
            (Self::Words(words), Attribute::Text(Text::Short(text))) => words.contains(text).into(),
            (Self::Word(_) | Self::Words(_), Attribute::Text(Text::Long(_))) => Truth::False,
            (Self::WordSet(set), Attribute::Text(text)) => set.contains(text).into(),
            _ => self.meets_rarer(value, now),
        }
    }

    fn meets_rarer(&self, value: &Attribute, now: &impl Fn() -> Option<i64>) -> Truth {
        let held = |holds: Option<bool>| holds.map_or(Truth::Unknown, Truth::from);
        match self {
            Self::Word(_) | Self::Words(_) | Self::WordSet(_) => Truth::Unknown,
            Self::Equal(literal) => literal.equals(value),
            Self::OneOf(operands) => operands.any(value),
            Self::Order(relation, literal) => held(literal.order(value).map(|order| relation.holds(order))),
            Self::FoldedOrder(relation, operand) => {
                held(text(value).map(|value| relation.holds(folded_order(value, operand))))
            }
            Self::Part(anchor, operand) => held(text(value).map(|value| anchor.found(value, operand))),
            Self::FoldedPart(anchor, operand) => {
                held(text(value).map(|value| folded_part(*anchor, value, operand)))
            }
            Self::Regex(regex) => held(text(value).and_then(|value| regex.is_match(value))),
            Self::Moment(relation, moment) => {
                held(self::moment(value).map(|value| relation.holds(value.cmp(moment))))
            }
            Self::Within(length) => held(self::moment(value).and_then(|Timestamp(value)| {
                let now = now()?;
                Some(value <= now && value >= now.saturating_sub(*length))
            })),
            Self::Version(relation, version) => held(
                self::version(value).map(|value| relation.holds(value.cmp_precedence(&version.borrow()))),
            ),
            Self::Requirement(requirement) => {
                held(self::version(value).map(|value| requirement.matches(&value)))
            }
            Self::Networks(networks) => held(
                text(value).and_then(|value| value.parse().ok()).map(|address| networks.contains(address)),
            ),
        }
    }
}

#[inline]
fn text(value: &Attribute) -> Option<&str> {
    match value {
        Attribute::Text(text) => Some(text.as_str()),
        _ => None,
    }
}

/// A moment as a context says it: RFC 3339, a plain date, or a number of epoch milliseconds.
pub(super) fn moment(value: &Attribute) -> Option<Timestamp> {
    match value {
        Attribute::Text(text) => {
            parse::timestamp_if(text.as_str()).or_else(|| Number::from_text(text.as_str()).map(millis))
        }
        _ => Number::of(value).map(millis),
    }
}

fn millis(number: Number) -> Timestamp {
    Timestamp(match number {
        Number::Integer(millis) => millis,
        #[expect(
            clippy::cast_possible_truncation,
            reason = "saturates; fractions of a millisecond are dropped"
        )]
        Number::Float(millis) => millis.floor() as i64,
    })
}

pub(super) fn version(value: &Attribute) -> Option<Version<'_>> {
    text(value).and_then(Version::parse)
}

/// The text in lower case, character by character, as operands that ignore case are kept.
pub(super) fn fold(text: &str) -> String {
    lower(text).collect()
}

fn lower(text: &str) -> impl Iterator<Item = char> {
    text.chars().flat_map(char::to_lowercase)
}

pub(super) fn folded_order(value: &str, folded: &str) -> Ordering {
    lower(value).cmp(folded.chars())
}

fn folded_part(anchor: Anchor, value: &str, folded: &str) -> bool {
    let starts = |at: usize| {
        let mut rest = value.get(at..).unwrap_or_default().chars().flat_map(char::to_lowercase);
        folded.chars().all(|wanted| rest.next() == Some(wanted))
    };
    match anchor {
        Anchor::Start => starts(0),
        Anchor::Anywhere => folded.is_empty() || value.char_indices().any(|(at, _)| starts(at)),
        Anchor::End => {
            let wanted = folded.chars().count();
            let has = lower(value).count();
            has >= wanted && lower(value).skip(has - wanted).eq(folded.chars())
        }
    }
}
