//! What a program says of an event.

use crate::context::{Attribute, AttributeValue};
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use std::borrow::Cow;

/// Names with values, in the order they were given: `()`, `[("widget", 7)]`, or
/// `Metadata::new().with("widget", 7).with("place", "top")`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Metadata(Vec<(Cow<'static, str>, AttributeValue)>);

impl Metadata {
    /// Nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// The same and that.
    #[must_use]
    pub fn with(mut self, name: impl Into<Cow<'static, str>>, value: impl Into<AttributeValue>) -> Self {
        self.0.push((name.into(), value.into()));
        self
    }

    /// Whether there is nothing.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The value of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&AttributeValue> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// Names and values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &AttributeValue)> {
        self.0.iter().map(|(name, value)| (&**name, value))
    }

    pub(crate) fn retain(&mut self, keep: impl Fn(&str) -> bool) {
        self.0.retain(|(name, _)| keep(name));
    }
}

impl From<()> for Metadata {
    fn from((): ()) -> Self {
        Self::new()
    }
}

impl<N: Into<Cow<'static, str>>, V: Into<AttributeValue>, const LENGTH: usize> From<[(N, V); LENGTH]>
    for Metadata
{
    fn from(entries: [(N, V); LENGTH]) -> Self {
        entries.into_iter().collect()
    }
}

impl<N: Into<Cow<'static, str>>, V: Into<AttributeValue>> FromIterator<(N, V)> for Metadata {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(entries: I) -> Self {
        Self(entries.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

impl Serialize for Metadata {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, &Plain(&value.0))?;
        }
        map.end()
    }
}

/// A value as JSON has it.
struct Plain<'a>(&'a Attribute);

impl Serialize for Plain<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Attribute::Text(text) => serializer.serialize_str(text.as_str()),
            Attribute::Integer(number) => serializer.serialize_i64(*number),
            Attribute::Float(number) => serializer.serialize_f64(*number),
            Attribute::Boolean(boolean) => serializer.serialize_bool(*boolean),
            Attribute::Null => serializer.serialize_unit(),
            Attribute::List(items) => {
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                for item in items.iter() {
                    list.serialize_element(&Plain(item))?;
                }
                list.end()
            }
        }
    }
}
