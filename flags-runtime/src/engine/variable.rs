//! What the value of an environment variable means for a flag.

use crate::overrides::{OverrideState, text};
use crate::ruleset::Ruleset;
use flags_schema::{Value, ValueType, parse, suggest};

/// Reads the value of an environment variable for a flag.
///
/// # Errors
/// When it means nothing for the flag: a message that says what it could be.
pub(super) fn read(
    text: &str,
    flag: &flags_schema::Flag,
    ruleset: &Ruleset,
) -> Result<OverrideState, String> {
    let whole = text;
    let text = text.trim();
    // Any text is a literal of a string flag, but for one that says that it is JSON.
    let json =
        text::prefixed(whole).and_then(Result::ok).filter(|state| matches!(state, OverrideState::Value(_)));
    if let Some(kind) = &flag.value_type {
        if let Some(state) = json {
            return Ok(state);
        }
        if let Some(literal) = literal(text, kind.value) {
            return Ok(OverrideState::Value(literal));
        }
    }
    if let Some(variant) = flag.variants.iter().find(|v| *v.name == *text) {
        return Ok(OverrideState::Variant(variant.name.value.clone()));
    }
    let switch = flag.variants.is_empty() && flag.value_type.is_none();
    match text {
        "1" if switch => return Ok(OverrideState::On),
        "0" if switch => return Ok(OverrideState::Off),
        _ => {}
    }
    if let Some(state) = text::word(text) {
        return Ok(state);
    }
    if let Some(percent) = text::percentage(text) {
        return percent;
    }
    if let Some(state) = text::prefixed(whole) {
        return state;
    }
    if let Some(segment) = ruleset.segment_names().find(|name| ***name == *text) {
        return Ok(OverrideState::Segment(segment.value.clone()));
    }
    if text.contains(',') {
        return match text::list(text).next() {
            Some(_) => Ok(OverrideState::users(text::list(text))),
            None => Err(format!("`{text}` names no user; write users:NAME,NAME")),
        };
    }
    let words = ["on", "off"].into_iter();
    let known = words
        .chain(flag.variants.iter().map(|v| v.name.as_str()))
        .chain(ruleset.segment_names().map(|name| name.as_str()));
    Err(match (suggest::nearest(text, known), &flag.value_type) {
        (Some(near), _) => format!("`{text}` means nothing for `{}`; did you mean `{near}`?", *flag.key),
        (None, Some(kind)) => format!("`{text}` is no {} for `{}`", kind.as_str(), *flag.key),
        (None, None) => format!(
            "`{text}` means nothing for `{}`; write on, off, a percentage, {}a segment, or users:NAME,NAME",
            *flag.key,
            if flag.variants.is_empty() { "" } else { "a variant, " }
        ),
    })
}

/// The text as a literal of a value flag's type.
fn literal(text: &str, kind: ValueType) -> Option<Value> {
    Some(match kind {
        ValueType::Boolean => Value::Bool(match (text::word(text), text) {
            (Some(OverrideState::On), _) | (None, "1") => true,
            (Some(OverrideState::Off), _) | (None, "0") => false,
            _ => return None,
        }),
        ValueType::String => Value::String(text.to_owned()),
        ValueType::Integer => Value::Integer(text.parse().ok()?),
        ValueType::Float => Value::Float(text.parse().ok().filter(|f: &f64| f.is_finite())?),
        ValueType::Duration => {
            parse::duration(text).ok()?;
            Value::String(text.to_owned())
        }
        // Written as JSON, `value:` before it says so.
        ValueType::Object | ValueType::Json => return None,
    })
}
