//! Texts that are JSON: YAML reads them too, and an edit leaves them what they are.

use flags_schema::{Spanned, Value};
use serde::de::IgnoredAny;

/// Whether a text is an object of JSON.
pub(crate) fn is_json(text: &str) -> bool {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    text.trim_start().starts_with('{') && serde_json::from_str::<IgnoredAny>(text).is_ok()
}

/// A text as a string of JSON.
pub(crate) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// A value as JSON on one line.
///
/// # Errors
/// When JSON has no such number.
pub(crate) fn written(value: &Spanned<Value>) -> Result<String, String> {
    Ok(match &value.value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Integer(value) => value.to_string(),
        Value::Float(value) if value.is_finite() => format!("{value:?}"),
        Value::Float(value) => return Err(format!("JSON has no number `{value}`")),
        Value::String(text) => quoted(text),
        Value::List(items) => {
            let items: Vec<String> = items.iter().map(written).collect::<Result<_, _>>()?;
            format!("[{}]", items.join(", "))
        }
        Value::Map(entries) if entries.is_empty() => "{}".to_owned(),
        Value::Map(entries) => {
            let entries =
                entries.iter().map(|(key, value)| Ok(format!("{}: {}", quoted(key), written(value)?)));
            format!("{{ {} }}", entries.collect::<Result<Vec<_>, String>>()?.join(", "))
        }
    })
}
