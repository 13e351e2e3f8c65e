//! Values that operands hold, and attributes read as values of their sort: moments, versions, texts without their case.

use super::number::Number;
use super::truth::Truth;
use crate::context::{Attribute, Text};
use flags_schema::parse::Version;
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
    pub(super) fn order(&self, value: &Attribute) -> Option<Ordering> {
        match (self, value) {
            (Self::Word(text) | Self::Digits(text, _), Attribute::Text(value)) => {
                Some(value.as_bytes().cmp(text.as_bytes()))
            }
            (Self::Digits(_, number) | Self::Number(number), _) => Number::of(value)?.order(*number),
            _ => None,
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

#[inline]
pub(super) fn text(value: &Attribute) -> Option<&str> {
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

pub(super) fn lower(text: &str) -> impl Iterator<Item = char> {
    text.chars().flat_map(char::to_lowercase)
}

pub(super) fn folded_order(value: &str, folded: &str) -> Ordering {
    lower(value).cmp(folded.chars())
}
