//! Resolved conditions, and whether they hold.

use super::decision::Decision;
use super::one_of::OneOf;
use super::operand::Operand;
use super::truth::Truth;
use crate::bucket::Digest;
use crate::context::{Attribute, Context, SharedName, Text};

/// A resolved condition; its tree is the document's.
#[derive(Debug)]
pub(crate) enum Test {
    All(Box<[Test]>),
    Any(Box<[Test]>),
    Not(Box<Test>),
    Segment(u32),
    /// Another flag.
    Flag(Prerequisite),
    Compare(Compare),
}

/// Another flag that must be on, or must not be.
#[derive(Debug)]
pub(crate) struct Prerequisite {
    pub(crate) flag: u32,
    /// The indices of which it must serve one; any, when empty.
    pub(crate) variants: Box<[u32]>,
    /// Whether it must be so (`requires`) or must not (`excludes`).
    pub(crate) wanted: bool,
}

impl Prerequisite {
    /// Whether what the other flag decided is what is wanted. A flag that is off never satisfies,
    /// whatever it serves.
    #[inline]
    pub(super) fn is_met(&self, other: Decision) -> bool {
        let serves = self.variants.is_empty() || self.variants.contains(&other.index());
        (other.is_on() && serves) == self.wanted
    }
}

/// What is read of a context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum AttributeRef {
    Key,
    Attribute {
        name: SharedName,
        /// Where a context that sets declared attributes in their order has it.
        hint: u32,
    },
}

impl AttributeRef {
    /// The value, or `None` when it is absent or null.
    #[inline]
    pub(crate) fn read<'a>(&self, context: &'a Context) -> Option<&'a Attribute> {
        let value = match self {
            Self::Key => Some(context.key_value()),
            Self::Attribute { name, hint } => context.find(name, *hint as usize),
        };
        value.filter(|value| !value.is_null())
    }

    /// The digest of the value for buckets.
    #[inline]
    pub(crate) fn digest(&self, context: &Context) -> Option<Digest> {
        match self {
            Self::Key => context.digest().copied(),
            Self::Attribute { name, hint } => context.digest_by(name, *hint as usize),
        }
    }
}

/// An attribute compared with an operand.
#[derive(Debug)]
pub(crate) struct Compare {
    pub(crate) source: AttributeRef,
    pub(crate) how: How,
}

#[derive(Debug)]
pub(crate) enum How {
    Exists,
    /// The value meets the operand; of a list, one element does.
    Meets(Operand),
    /// It does not.
    Lacks(Operand),
    /// Text has the part; a list has the element.
    Contains {
        part: Option<Operand>,
        element: Operand,
    },
    /// A list has one of the elements.
    HasAny(OneOf),
    /// A list has each of the elements.
    HasAll(OneOf),
}

impl Compare {
    #[inline]
    pub(crate) fn holds(&self, context: &Context, now: &impl Fn() -> Option<i64>) -> Truth {
        let value = self.source.read(context);
        // Nearly all conditions in practice.
        if let (How::Meets(operand), Some(Attribute::Text(Text::Short(text)))) = (&self.how, value) {
            match operand {
                Operand::Word(word) => return (word == text).into(),
                Operand::Words(words) => return words.contains(text).into(),
                _ => {}
            }
        }
        self.holds_rarer(value, now)
    }

    #[inline(never)]
    fn holds_rarer(&self, value: Option<&Attribute>, now: &impl Fn() -> Option<i64>) -> Truth {
        if matches!(self.how, How::Exists) {
            return value.is_some().into();
        }
        let Some(value) = value else { return Truth::Unknown };
        match &self.how {
            How::Exists => Truth::True,
            How::Meets(operand) => meets(operand, value, now),
            How::Lacks(operand) => meets(operand, value, now).not(),
            How::Contains { part, element } => match (value, part) {
                (Attribute::List(_), _) => meets(element, value, now),
                (_, Some(part)) => part.meets(value, now),
                _ => Truth::Unknown,
            },
            How::HasAny(elements) => match value {
                Attribute::List(items) => Truth::any(items.iter().map(|item| elements.any(item))),
                _ => Truth::Unknown,
            },
            How::HasAll(elements) => match value {
                Attribute::List(items) => elements.all(items),
                _ => Truth::Unknown,
            },
        }
    }
}

#[inline]
fn meets(operand: &Operand, value: &Attribute, now: &impl Fn() -> Option<i64>) -> Truth {
    match value {
        Attribute::List(items) => Truth::any(items.iter().map(|item| operand.meets(item, now))),
        _ => operand.meets(value, now),
    }
}
