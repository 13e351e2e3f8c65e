//! Whether a value fits a shape that was inferred from others.

use super::Shape;
use crate::{Position, Spanned, Value};
use std::collections::HashMap;

/// A place where a value does not fit a [`Shape`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misfit {
    /// What does not fit: ``field `color` is an integer, not a string``.
    pub message: String,
    /// Where.
    pub position: Position,
}

impl Shape {
    /// Every place where `value`, written at `position`, does not fit.
    #[must_use]
    pub fn misfits(&self, value: &Value, position: Position) -> Vec<Misfit> {
        let mut misfits = Vec::new();
        self.fit(value, position, &mut String::new(), &mut misfits);
        misfits
    }

    fn fit(&self, value: &Value, position: Position, path: &mut String, misfits: &mut Vec<Misfit>) {
        match (self, value) {
            (Self::Boolean, Value::Bool(_))
            | (Self::Integer | Self::Float, Value::Integer(_))
            | (Self::String, Value::String(_)) => {}
            (Self::Float, Value::Float(number)) if number.is_finite() => {}
            (Self::Duration, Value::String(text)) if crate::parse::duration(text).is_ok() => {}
            (Self::List(shape), Value::List(elements)) => {
                for element in elements {
                    nested(path, "[]", |path| shape.fit(&element.value, element.position, path, misfits));
                }
            }
            (Self::Object(fields), Value::Map(entries)) => {
                fit_fields(fields, entries, position, path, misfits);
            }
            _ => misfits.push(Misfit {
                message: format!("{} is {}, not {}", place(path), value.describe(), self.describe()),
                position,
            }),
        }
    }
}

fn fit_fields(
    fields: &[super::Field],
    entries: &[(Spanned<String>, Spanned<Value>)],
    position: Position,
    path: &mut String,
    misfits: &mut Vec<Misfit>,
) {
    let mut left: HashMap<&str, &Spanned<Value>> =
        entries.iter().map(|(name, value)| (name.as_str(), value)).collect();
    for field in fields {
        match left.remove(field.name.as_str()) {
            Some(value) if field.optional && value.value == Value::Null => {}
            Some(value) => {
                nested(path, &field.name, |path| {
                    field.shape.fit(&value.value, value.position, path, misfits);
                });
            }
            None => nested(path, &field.name, |path| {
                misfits.push(Misfit { message: format!("{} is missing", place(path)), position });
            }),
        }
    }
    for (name, _) in entries.iter().filter(|(name, _)| left.contains_key(name.as_str())) {
        nested(path, name, |path| {
            misfits.push(Misfit {
                message: format!("{} is not expected", place(path)),
                position: name.position,
            });
        });
    }
}

fn nested(path: &mut String, name: &str, within: impl FnOnce(&mut String)) {
    let length = path.len();
    if length > 0 && name != "[]" {
        path.push('.');
    }
    path.push_str(name);
    within(path);
    path.truncate(length);
}

fn place(path: &str) -> String {
    if path.is_empty() { "the value".into() } else { format!("field `{path}`") }
}
