//! Whether a value fits a shape that was inferred from others.

use super::{FEW, Field, Shape};
use crate::{Position, Spanned, Value};
use std::collections::{HashMap, HashSet};

/// A part of a value that does not fit a [`Shape`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misfit {
    /// What does not fit: ``field `color` is an integer, not a string``.
    pub message: String,
    /// Where.
    pub position: Position,
}

impl Shape {
    /// Every part of `value`, written at `position`, that does not fit.
    #[must_use]
    pub fn misfits(&self, value: &Value, position: Position) -> Vec<Misfit> {
        Fit::new(self).misfits(value, position)
    }
}

/// A shape made ready for many values: each takes time linear in the value, not in the shape.
pub(crate) struct Fit<'a> {
    shape: &'a Shape,
    /// Of a list's elements.
    element: Option<Box<Fit<'a>>>,
    fields: Vec<(&'a Field, Fit<'a>)>,
    /// Where each name is among the fields; of few fields it is looked for one by one.
    index: HashMap<&'a str, usize>,
}

impl<'a> Fit<'a> {
    pub(crate) fn new(shape: &'a Shape) -> Self {
        let (mut element, mut fields, mut index) = (None, Vec::new(), HashMap::new());
        match shape {
            Shape::List(shape) => element = Some(Box::new(Fit::new(shape))),
            Shape::Object(all) => {
                fields = all.iter().map(|field| (field, Fit::new(&field.shape))).collect();
                if all.len() > FEW {
                    index = all.iter().map(|field| field.name.as_str()).zip(0..).collect();
                }
            }
            Shape::Boolean
            | Shape::Integer
            | Shape::Float
            | Shape::String
            | Shape::Duration
            | Shape::Json => {}
        }
        Self { shape, element, fields, index }
    }

    fn field(&self, name: &str) -> Option<&(&'a Field, Fit<'a>)> {
        if self.fields.len() > FEW {
            self.fields.get(*self.index.get(name)?)
        } else {
            self.fields.iter().find(|(field, _)| field.name == name)
        }
    }

    pub(crate) fn misfits(&self, value: &Value, position: Position) -> Vec<Misfit> {
        let mut misfits = Vec::new();
        self.fit(value, position, &mut String::new(), &mut misfits);
        misfits
    }

    fn fit(&self, value: &Value, position: Position, path: &mut String, misfits: &mut Vec<Misfit>) {
        match (self.shape, value) {
            (Shape::Json, _)
            | (Shape::Boolean, Value::Bool(_))
            | (Shape::Integer | Shape::Float, Value::Integer(_))
            | (Shape::String, Value::String(_)) => {}
            (Shape::Float, Value::Float(number)) if number.is_finite() => {}
            (Shape::Duration, Value::String(text)) if crate::parse::duration(text).is_ok() => {}
            (Shape::List(_), Value::List(elements)) => {
                for element in elements {
                    nested(path, "[]", |path| {
                        if let Some(fit) = &self.element {
                            fit.fit(&element.value, element.position, path, misfits);
                        }
                    });
                }
            }
            (Shape::Object(fields), Value::Map(entries)) => {
                self.missing(fields, entries, position, path, misfits);
                for (name, value) in entries {
                    nested(path, name, |path| self.entry(name, value, path, misfits));
                }
            }
            _ => misfits.push(Misfit {
                message: format!(
                    "{} is {}, not {}",
                    described(path),
                    value.describe(),
                    self.shape.describe()
                ),
                position,
            }),
        }
    }

    fn entry(
        &self,
        name: &Spanned<String>,
        value: &Spanned<Value>,
        path: &mut String,
        misfits: &mut Vec<Misfit>,
    ) {
        match self.field(name) {
            Some((field, _)) if field.optional && value.value == Value::Null => {}
            Some((_, fit)) => fit.fit(&value.value, value.position, path, misfits),
            None => {
                let message = format!("{} is not expected", described(path));
                misfits.push(Misfit { message, position: name.position });
            }
        }
    }

    /// Each of a few fields that are missing, else the first and how many more.
    fn missing(
        &self,
        fields: &[Field],
        entries: &[(Spanned<String>, Spanned<Value>)],
        position: Position,
        path: &mut String,
        misfits: &mut Vec<Misfit>,
    ) {
        let given =
            || entries.iter().map(|(name, _)| name.as_str()).filter(|name| self.field(name).is_some());
        // No key is there twice.
        if given().count() == fields.len() {
            return;
        }
        let given: HashSet<&str> = given().collect();
        let missing = fields.len().saturating_sub(given.len());
        let named = if missing <= FEW { missing } else { 1 };
        let lacking = fields.iter().filter(|field| !given.contains(field.name.as_str()));
        for (nth, field) in lacking.take(named).enumerate() {
            let more = match missing - named {
                more if more > 0 && nth + 1 == named => format!(" and {more} more"),
                _ => String::new(),
            };
            nested(path, &field.name, |path| {
                let verb = if more.is_empty() { "is" } else { "are" };
                let message = format!("{}{more} {verb} missing", described(path));
                misfits.push(Misfit { message, position });
            });
        }
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

fn described(path: &str) -> String {
    if path.is_empty() { "the value".into() } else { format!("field `{path}`") }
}
