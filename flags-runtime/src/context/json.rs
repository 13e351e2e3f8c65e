//! Contexts from JSON and other self-describing forms: nested objects become dotted names.
//!
//! Each attribute is set as it is read, so that a context takes time and memory in proportion to its text.

use super::{Attribute, Context, TARGETING_KEY, Text};
use crate::AttributeValue;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// Names of the targeting key in the objects of other products, beside `user`.
const KEYS: [&str; 2] = ["targetingKey", "targeting_key"];

/// Levels of nesting that are read.
const DEPTH: usize = 32;

/// Bytes of the longest name, with its dots: else a long name of an object would be kept once for each of its members.
const LONGEST: usize = 255;

/// How `serde_json` hands a number over when some crate of the program asks it for numbers of any precision.
const NUMBER: &str = "$serde_json::private::Number";

const NESTED: &str = "a list holds strings, numbers and booleans only";
const DEEP: &str = "it is nested more than 32 deep";
const LONG: &str = "its name is longer than 255 bytes";

impl<'de> Deserialize<'de> for Context {
    /// From an object. `user`, `targetingKey` or `targeting_key` is the targeting key; an object
    /// inside becomes attributes with dotted names: `{"user": {"role": "admin"}}` is `user.role`.
    ///
    /// Of several members of one name the last counts. What cannot be an attribute is left out, and
    /// [`Explanation::notes`](crate::Explanation::notes) tells: a list that holds lists or objects, what is nested
    /// more than 32 deep, what has a name of more than 255 bytes.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Not `deserialize_map`: its errors quote what they find, which may be private.
        deserializer.deserialize_any(ContextVisitor)
    }
}

/// Reads the object that a context is.
struct ContextVisitor;

macro_rules! no_context {
    ($($visit:ident($t:ty))*) => {$(
        fn $visit<E: Error>(self, _: $t) -> Result<Context, E> {
            Err(E::custom("a context is an object"))
        }
    )*};
}

impl<'de> Visitor<'de> for ContextVisitor {
    type Value = Context;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object: a context is an object")
    }

    no_context! { visit_bool(bool) visit_i64(i64) visit_u64(u64) visit_f64(f64) visit_str(&str) visit_bytes(&[u8]) }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Context, A::Error> {
        let mut context = Context::anonymous();
        while let Some(name) = map.next_key::<String>()? {
            let name = if KEYS.contains(&name.as_str()) { TARGETING_KEY.to_owned() } else { name };
            map.next_value_seed(Member { context: &mut context, name, depth: 0 })?;
        }
        Ok(context)
    }
}

/// Sets the attribute, or those of the object, that a member is.
struct Member<'a> {
    context: &'a mut Context,
    name: String,
    /// How many objects it is in, beside the context itself.
    depth: usize,
}

impl Member<'_> {
    fn set(self, value: Attribute) {
        match self.name.len() {
            0..=LONGEST => self.context.set(self.name, AttributeValue(value)),
            _ => self.drop(LONG),
        }
    }

    fn drop(self, why: &'static str) {
        self.context.drop_attribute(self.name, why);
    }
}

impl<'de> DeserializeSeed<'de> for Member<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Member<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an attribute: a string, a number, a boolean, a list of these, or an object")
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        self.set(Attribute::Boolean(value));
        Ok(())
    }

    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        self.set(Attribute::Integer(value));
        Ok(())
    }

    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        self.set(AttributeValue::from(value).0);
        Ok(())
    }

    fn visit_f64<E>(self, value: f64) -> Result<(), E> {
        self.set(AttributeValue::from(value).0);
        Ok(())
    }

    fn visit_str<E>(self, value: &str) -> Result<(), E> {
        self.set(Attribute::Text(Text::new(value)));
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.set(Attribute::Null);
        Ok(())
    }

    fn visit_none<E: Error>(self) -> Result<(), E> {
        self.visit_unit()
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        self.deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<(), A::Error> {
        let mut items = Vec::new();
        while let Some(item) = sequence.next_element()? {
            match item {
                Element(Some(item)) => items.push(item),
                Element(None) => {
                    while sequence.next_element::<IgnoredAny>()?.is_some() {}
                    self.drop(NESTED);
                    return Ok(());
                }
            }
        }
        self.set(Attribute::List(items.into()));
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let depth = self.depth + 1;
        while let Some(member) = map.next_key::<String>()? {
            if member == NUMBER {
                let Element(value) = map.next_value()?;
                let name = self.name.clone();
                let this = Member { context: &mut *self.context, name, depth };
                match value {
                    Some(Attribute::Text(text)) => this.set(number(text.as_str())),
                    Some(other) => this.set(other),
                    None => this.drop(NESTED),
                }
            } else if self.name.len() + 1 + member.len() > LONGEST {
                map.next_value::<IgnoredAny>()?;
                self.context.note(&self.name, &member, LONG);
            } else if depth > DEPTH {
                map.next_value::<IgnoredAny>()?;
                self.context.note(&self.name, &member, DEEP);
            } else {
                let name = format!("{}.{member}", self.name);
                map.next_value_seed(Member { context: &mut *self.context, name, depth })?;
            }
        }
        Ok(())
    }
}

/// A number that is handed over as text.
fn number(text: &str) -> Attribute {
    let integer = text.parse::<i64>().map(AttributeValue::from);
    let value = integer.or_else(|_| text.parse::<f64>().map(AttributeValue::from));
    value.map_or_else(|_| Attribute::Text(Text::new(text)), |value| value.0)
}

/// An element of a list; nothing, when it is a list or an object itself.
struct Element(Option<Attribute>);

impl<'de> Deserialize<'de> for Element {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ElementVisitor)
    }
}

struct ElementVisitor;

impl<'de> Visitor<'de> for ElementVisitor {
    type Value = Element;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an element of a list: a string, a number or a boolean")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Element, E> {
        Ok(Element(Some(Attribute::Boolean(value))))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Element, E> {
        Ok(Element(Some(Attribute::Integer(value))))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Element, E> {
        Ok(Element(Some(AttributeValue::from(value).0)))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Element, E> {
        Ok(Element(Some(AttributeValue::from(value).0)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Element, E> {
        Ok(Element(Some(Attribute::Text(Text::new(value)))))
    }

    fn visit_unit<E: Error>(self) -> Result<Element, E> {
        Ok(Element(Some(Attribute::Null)))
    }

    fn visit_none<E: Error>(self) -> Result<Element, E> {
        self.visit_unit()
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Element, D::Error> {
        Element::deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Element, A::Error> {
        while sequence.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Element(None))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Element, A::Error> {
        let mut element = None;
        while let Some(member) = map.next_key::<String>()? {
            if member == NUMBER {
                let Element(value) = map.next_value()?;
                element = value.map(|value| match value {
                    Attribute::Text(text) => number(text.as_str()),
                    other => other,
                });
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(Element(element))
    }
}
