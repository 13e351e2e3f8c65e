//! Contexts from JSON and other self-describing forms: nested objects become dotted names.

use super::{Attribute, Context, Text};
use crate::AttributeValue;
use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// Names of the targeting key in the objects of other products, beside `user`.
const KEYS: [&str; 2] = ["targetingKey", "targeting_key"];

/// Levels of nesting that are read.
const DEPTH: usize = 32;

impl<'de> Deserialize<'de> for Context {
    /// From an object. `user`, `targetingKey` or `targeting_key` is the targeting key; an object
    /// inside becomes attributes with dotted names: `{"user": {"role": "admin"}}` is `user.role`.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Json::Object(members) = Json::deserialize(deserializer)? else {
            return Err(D::Error::custom("a context is an object"));
        };
        let mut context = Self::anonymous();
        flatten(&mut context, "", members, 0).map_err(D::Error::custom)?;
        Ok(context)
    }
}

fn flatten(
    context: &mut Context,
    prefix: &str,
    members: Vec<(String, Json)>,
    depth: usize,
) -> Result<(), String> {
    if depth > DEPTH {
        return Err(format!("a context is nested at most {DEPTH} deep"));
    }
    for (name, value) in members {
        let name = match prefix {
            "" if KEYS.contains(&name.as_str()) => super::USER.to_owned(),
            "" => name,
            _ => format!("{prefix}.{name}"),
        };
        match value {
            Json::Object(inner) => flatten(context, &name, inner, depth + 1)?,
            Json::Value(value) => context.set(name, AttributeValue(value)),
        }
    }
    Ok(())
}

enum Json {
    Value(Attribute),
    Object(Vec<(String, Json)>),
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(JsonVisitor)
    }
}

struct JsonVisitor;

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an attribute: a string, a number, a boolean, a list of these, or an object")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Value(Attribute::Boolean(value)))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Value(Attribute::Integer(value)))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(Json::Value(AttributeValue::from(value).0))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
        Ok(Json::Value(AttributeValue::from(value).0))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(Json::Value(Attribute::Text(Text::new(value))))
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Value(Attribute::Null))
    }

    fn visit_none<E>(self) -> Result<Json, E> {
        Ok(Json::Value(Attribute::Null))
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
        Json::deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Json, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = sequence.next_element::<Json>()? {
            match item {
                Json::Value(Attribute::List(_)) | Json::Object(_) => {
                    return Err(A::Error::custom(
                        "a list attribute holds strings, numbers and booleans only",
                    ));
                }
                Json::Value(value) => items.push(value),
            }
        }
        Ok(Json::Value(Attribute::List(items.into())))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Json::Object(members))
    }
}
