//! Values of attributes.

use super::text::Text;
use crate::bucket::Digest;
use flags_schema::Timestamp;
use std::borrow::Cow;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::time::SystemTime;

/// The value of an attribute: text, a number, a boolean, a list of these, or nothing.
///
/// Made with `From`; `None` and [`AttributeValue::NULL`] count as absent.
///
/// ```
/// use flags_runtime::{AttributeValue, Context};
/// let ctx = Context::new("user-123").with("age", 25).with("groups", vec!["parents", "staff"]);
/// assert_eq!(ctx.get("age"), Some(&AttributeValue::from(25)));
/// ```
#[derive(Clone, PartialEq)]
pub struct AttributeValue(pub(crate) Attribute);

/// What an [`AttributeValue`] holds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Attribute {
    Text(Text),
    Integer(i64),
    Float(f64),
    Boolean(bool),
    List(Arc<[Attribute]>),
    Null,
}

/// An attribute as a context lists it.
pub(super) struct Attributed<'a> {
    pub(super) name: &'a str,
    /// Whether the name is written in the program.
    pub(super) is_constant: bool,
    pub(super) value: &'a AttributeValue,
}

impl AttributeValue {
    /// Nothing: the attribute counts as absent.
    pub const NULL: Self = Self(Attribute::Null);
}

impl Attribute {
    /// The digest of the value as text, for buckets: numbers in plain decimal form, booleans as `true` and `false`.
    /// Nothing and lists have none.
    pub(super) fn digest(&self) -> Option<Digest> {
        match self {
            Self::Text(text) => Some(Digest::of_bytes(text.as_bytes())),
            Self::Boolean(true) => Some(Digest::of_bytes(b"true")),
            Self::Boolean(false) => Some(Digest::of_bytes(b"false")),
            Self::Integer(number) => Digest::of_display(number),
            Self::Float(number) => Digest::of_display(number),
            Self::List(_) | Self::Null => None,
        }
    }

    pub(crate) const fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }
}

impl fmt::Debug for AttributeValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for AttributeValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Attribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "{:?}", text.as_str()),
            Self::Integer(number) => number.fmt(f),
            Self::Float(number) => number.fmt(f),
            Self::Boolean(boolean) => boolean.fmt(f),
            Self::List(items) => {
                f.write_str("[")?;
                for (i, item) in items.iter().enumerate() {
                    if i > 0 {
                        f.write_str(", ")?;
                    }
                    item.fmt(f)?;
                }
                f.write_str("]")
            }
            Self::Null => f.write_str("null"),
        }
    }
}

impl From<&str> for AttributeValue {
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "what is made apart goes through memory, twice")]
    fn from(text: &str) -> Self {
        Self(Attribute::Text(Text::new(text)))
    }
}

impl From<&String> for AttributeValue {
    #[inline]
    fn from(text: &String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<String> for AttributeValue {
    #[inline]
    fn from(text: String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<Cow<'_, str>> for AttributeValue {
    fn from(text: Cow<'_, str>) -> Self {
        Self::from(&*text)
    }
}

impl From<bool> for AttributeValue {
    #[inline]
    fn from(boolean: bool) -> Self {
        Self(Attribute::Boolean(boolean))
    }
}

macro_rules! from_integers {
    ($($t:ty)*) => {$(
        impl From<$t> for AttributeValue {
            #[inline]
            fn from(number: $t) -> Self {
                Self(Attribute::Integer(i64::from(number)))
            }
        }
    )*};
}
from_integers!(i8 i16 i32 i64 u8 u16 u32);

impl From<u64> for AttributeValue {
    /// A number that 64 signed bits cannot hold becomes a floating-point one.
    #[expect(clippy::cast_precision_loss, reason = "documented")]
    fn from(number: u64) -> Self {
        i64::try_from(number).map_or(Self(Attribute::Float(number as f64)), Self::from)
    }
}

impl From<usize> for AttributeValue {
    fn from(number: usize) -> Self {
        Self::from(number as u64)
    }
}

impl From<f64> for AttributeValue {
    /// NaN is nothing, and there is one zero.
    #[inline]
    fn from(number: f64) -> Self {
        Self(if number.is_nan() { Attribute::Null } else { Attribute::Float(number + 0.0) })
    }
}

impl From<f32> for AttributeValue {
    #[inline]
    fn from(number: f32) -> Self {
        Self::from(f64::from(number))
    }
}

impl From<Timestamp> for AttributeValue {
    fn from(moment: Timestamp) -> Self {
        Self(Attribute::Integer(moment.0))
    }
}

impl From<SystemTime> for AttributeValue {
    /// Milliseconds since 1970.
    fn from(time: SystemTime) -> Self {
        Self::from(Timestamp::from(time))
    }
}

macro_rules! from_addresses {
    ($($t:ty)*) => {$(
        impl From<$t> for AttributeValue {
            fn from(address: $t) -> Self {
                Self::from(address.to_string())
            }
        }
    )*};
}
from_addresses!(IpAddr Ipv4Addr Ipv6Addr);

impl<T: Into<AttributeValue>> From<Option<T>> for AttributeValue {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::NULL, Into::into)
    }
}

impl<T: Into<AttributeValue>> From<Vec<T>> for AttributeValue {
    fn from(items: Vec<T>) -> Self {
        items.into_iter().collect()
    }
}

impl<T: Into<AttributeValue> + Clone> From<&[T]> for AttributeValue {
    fn from(items: &[T]) -> Self {
        items.iter().cloned().collect()
    }
}

impl<T: Into<AttributeValue>, const N: usize> From<[T; N]> for AttributeValue {
    fn from(items: [T; N]) -> Self {
        items.into_iter().collect()
    }
}

impl<T: Into<AttributeValue>> FromIterator<T> for AttributeValue {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Self(Attribute::List(items.into_iter().map(|item| item.into().0).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::Attribute;
    use crate::bucket::Digest;

    #[test]
    fn numbers_are_bucketed_as_text() {
        for (value, text) in [
            (Attribute::Integer(-42), "-42"),
            (Attribute::Float(0.5), "0.5"),
            (Attribute::Float(1e21), "1000000000000000000000"),
            (Attribute::Float(3.0), "3"),
            (Attribute::Boolean(true), "true"),
        ] {
            assert_eq!(value.digest(), Some(Digest::of_bytes(text.as_bytes())), "{text}");
        }
        assert_eq!(Attribute::Null.digest(), None);
    }
}
