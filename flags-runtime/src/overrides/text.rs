//! Override states as text: what environment variables, servers and command lines write.

use super::OverrideState;
use crate::plain::Plain;
use flags_schema::printable::escaped;
use flags_schema::{Percent, Position, Spanned, Value};
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use std::error::Error;
use std::fmt;
use std::str::FromStr;

const USERS: &str = "users:";
const VARIANT: &str = "variant:";
const SEGMENT: &str = "segment:";
const VALUE: &str = "value:";

impl fmt::Display for OverrideState {
    /// As it is parsed: `on`, `off`, `12.5%`, `variant:NAME`, `segment:NAME`, `users:NAME,NAME`, `value:JSON`.
    /// Users whose names have commas or blanks at an end are a JSON list: `users:["a,b"]`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::On => f.write_str("on"),
            Self::Off => f.write_str("off"),
            Self::Percentage(percent) => write!(f, "{percent}%"),
            Self::Variant(name) => write!(f, "{VARIANT}{name}"),
            Self::Segment(name) => write!(f, "{SEGMENT}{name}"),
            Self::Users(users) => {
                let simple = |user: &String| !user.is_empty() && !user.contains(',') && user.trim() == user;
                if users.iter().all(simple) && users.first().is_some_and(|user| !user.starts_with('[')) {
                    write!(f, "{USERS}{}", users.join(","))
                } else {
                    write!(f, "{USERS}{}", serde_json::to_string(users).map_err(|_| fmt::Error)?)
                }
            }
            Self::Value(value) => {
                write!(f, "{VALUE}{}", serde_json::to_string(&Plain(value)).map_err(|_| fmt::Error)?)
            }
        }
    }
}

/// A text that is no override state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseOverrideError(String);

impl fmt::Display for ParseOverrideError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for ParseOverrideError {}

impl FromStr for OverrideState {
    type Err = ParseOverrideError;

    /// Reads what environment variables hold, without a flag to read it for: names of variants and of segments, and
    /// literals, are written with their prefix, and percentages with a `%`. It reads what `Display` writes.
    ///
    /// # Errors
    /// When it is no such text; the message says what could be written.
    fn from_str(text: &str) -> Result<Self, ParseOverrideError> {
        if let Some(state) = prefixed(text) {
            return state.map_err(ParseOverrideError);
        }
        let text = text.trim();
        if let Some(state) = word(text) {
            return Ok(state);
        }
        if text.ends_with('%')
            && let Some(percent) = percentage(text)
        {
            return percent.map_err(ParseOverrideError);
        }
        Err(ParseOverrideError(format!(
            "`{}` is no override; write on, off, 25%, variant:NAME, segment:NAME, users:NAME,NAME or value:JSON",
            escaped(text)
        )))
    }
}

/// `on` and `off`, and what else says so.
pub(crate) fn word(text: &str) -> Option<OverrideState> {
    match text.to_ascii_lowercase().as_str() {
        "on" | "true" | "yes" | "enabled" => Some(OverrideState::On),
        "off" | "false" | "no" | "disabled" => Some(OverrideState::Off),
        _ => None,
    }
}

/// A percentage, with or without its sign; `None` for what does not begin as a number does.
pub(crate) fn percentage(text: &str) -> Option<Result<OverrideState, String>> {
    // `inf` and `nan` are numbers to a parser, and words to people.
    let number = text.strip_suffix('%').unwrap_or(text).trim_end();
    let begins = number.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c));
    let percent = number.parse().ok().filter(|_| begins)?;
    Some(match Percent::from_f64(percent) {
        Ok(_) => Ok(OverrideState::Percentage(percent)),
        Err(_) => Err(format!("`{text}` is no percentage: it takes 0 to 100 in steps of 0.001")),
    })
}

/// A state that says by a prefix what it is; `None` without one.
pub(crate) fn prefixed(text: &str) -> Option<Result<OverrideState, String>> {
    let text = text.trim_start();
    if let Some(name) = text.strip_prefix(VARIANT) {
        return Some(Ok(OverrideState::Variant(name.to_owned())));
    }
    if let Some(name) = text.strip_prefix(SEGMENT) {
        return Some(Ok(OverrideState::Segment(name.to_owned())));
    }
    if let Some(json) = text.strip_prefix(VALUE) {
        return Some(match serde_json::from_str(json) {
            Ok(Literal(value)) => Ok(OverrideState::Value(value)),
            Err(error) => Err(format!("`{text}` holds no JSON: {error}")),
        });
    }
    let users = text.strip_prefix(USERS)?;
    if users.starts_with('[')
        && let Ok(users) = serde_json::from_str(users)
    {
        return Some(Ok(OverrideState::Users(users)));
    }
    Some(match list(users).next() {
        Some(_) => Ok(OverrideState::users(list(users))),
        None => Err(format!("`{text}` names no user; write users:NAME,NAME")),
    })
}

pub(crate) fn list(users: &str) -> impl Iterator<Item = &str> {
    users.split(',').map(str::trim).filter(|user| !user.is_empty())
}

/// A literal from JSON, fields in the order written.
struct Literal(Value);

impl<'de> Deserialize<'de> for Literal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LiteralVisitor).map(Self)
    }
}

struct LiteralVisitor;

impl<'de> Visitor<'de> for LiteralVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, boolean: bool) -> Result<Value, E> {
        Ok(Value::Bool(boolean))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value::Integer(number))
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "as flags.yaml reads a number of more than 64 signed bits"
    )]
    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(i64::try_from(number).map_or(Value::Float(number as f64), Value::Integer))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(Value::Float(number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::String(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(Literal(item)) = sequence.next_element()? {
            items.push(Spanned::new(item, Position::default()));
        }
        Ok(Value::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut fields = Vec::new();
        while let Some((name, Literal(value))) = map.next_entry::<String, _>()? {
            let position = Position::default();
            fields.push((Spanned::new(name, position), Spanned::new(value, position)));
        }
        Ok(Value::Map(fields))
    }
}
