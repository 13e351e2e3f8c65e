//! Operands of conditions, parsed once, and how an attribute compares with them.

use super::literal::{Literal, OwnedVersion, folded_order, lower, moment, text, version};
use super::networks::Networks;
use super::one_of::OneOf;
use super::pattern::Pattern;
use super::truth::Truth;
use crate::context::{Attribute, Short, Text, TextSet};
use flags_schema::Timestamp;
use flags_schema::parse::Requirement;
use std::cmp::Ordering;

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
            Self::Moment(relation, bound) => {
                held(moment(value).map(|value| relation.holds(value.cmp(bound))))
            }
            Self::Within(length) => held(moment(value).and_then(|Timestamp(value)| {
                let now = now()?;
                Some(value <= now && value >= now.saturating_sub(*length))
            })),
            Self::Version(relation, bound) => {
                held(version(value).map(|value| relation.holds(value.cmp_precedence(&bound.borrow()))))
            }
            Self::Requirement(requirement) => held(version(value).map(|value| requirement.matches(&value))),
            Self::Networks(networks) => held(
                text(value).and_then(|value| value.parse().ok()).map(|address| networks.contains(address)),
            ),
        }
    }
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
