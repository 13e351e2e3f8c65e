//! The shape of values: what the structs of variants and of typed values are made from.
//!
//! Shapes are inferred from the base file alone; whatever else serves values has to fit them.

mod fit;
mod infer;

use crate::{Environments, Flag, Patch, Position, Serve, Spanned, Value, ValueType};
use serde::{Deserialize, Serialize};
use std::fmt;

pub(crate) use fit::Fit;
pub use fit::Misfit;

/// Missing fields up to which each is reported by name.
const FEW: usize = 8;

/// What values look like.
///
/// ```
/// use flags_schema::Shape;
///
/// let shape = Shape::List(Box::new(Shape::Integer));
/// assert_eq!(shape.to_string(), "[integer]");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Shape {
    /// `true` or `false`.
    Boolean,
    /// A whole number, 64 bits.
    Integer,
    /// A number, 64-bit floating point; whole numbers fit too.
    Float,
    /// Text.
    String,
    /// A length of time written as text: `30s`.
    Duration,
    /// A list whose elements have one shape.
    List(Box<Shape>),
    /// An object, its fields in the order of the first value written.
    Object(Vec<Field>),
    /// Anything.
    Json,
}

/// A field of a [`Shape::Object`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub shape: Shape,
    /// Whether it may be `null`.
    pub optional: bool,
}

/// Why values have no common shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShapeError {
    /// Which field in which variant.
    pub message: String,
    /// Where.
    pub position: Position,
    /// What to do next.
    pub help: String,
    /// Where the value stands that it does not agree with.
    pub other: Option<Position>,
}

/// One literal a flag serves, and who serves it.
#[derive(Clone, Debug)]
pub(crate) struct Literal<'a> {
    pub(crate) source: LiteralSource<'a>,
    pub(crate) value: &'a Value,
    pub(crate) position: Position,
}

/// Who serves a literal, for messages: ``variant `control` ``, ``rule 2 in `staging` ``.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LiteralSource<'a> {
    of: Server<'a>,
    /// The environment that says so.
    environment: Option<&'a str>,
}

#[derive(Clone, Copy, Debug)]
enum Server<'a> {
    Variant(&'a str),
    /// The flag itself, in the value of a key.
    Key(&'a str),
    Rule {
        name: Option<&'a str>,
        index: usize,
    },
}

impl fmt::Display for LiteralSource<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.of {
            Server::Variant(name) => write!(f, "variant `{name}`"),
            Server::Key(key) => write!(f, "`{key}`"),
            Server::Rule { name: Some(name), .. } => write!(f, "rule `{name}`"),
            Server::Rule { name: None, index } => write!(f, "rule {}", index + 1),
        }?;
        self.environment.map_or(Ok(()), |environment| write!(f, " in `{environment}`"))
    }
}

impl Flag {
    /// The shape of its values, inferred from everything the base file serves: `None` for a switch,
    /// and for variants without values. Scalar types of value flags are taken at their word.
    ///
    /// # Errors
    /// When the values have no common shape, or one that cannot be known: every literal that disagrees.
    pub fn shape(&self) -> Result<Option<Shape>, Vec<ShapeError>> {
        let noun = match self.value_type.as_deref() {
            Some(ValueType::Boolean) => return Ok(Some(Shape::Boolean)),
            Some(ValueType::String) => return Ok(Some(Shape::String)),
            Some(ValueType::Integer) => return Ok(Some(Shape::Integer)),
            Some(ValueType::Float) => return Ok(Some(Shape::Float)),
            Some(ValueType::Duration) => return Ok(Some(Shape::Duration)),
            Some(ValueType::Json) => return Ok(Some(Shape::Json)),
            Some(ValueType::Object) => "value",
            None => "variant",
        };
        let literals = self.literals();
        if self.json_variants {
            return Ok((!literals.is_empty()).then_some(Shape::Json));
        }
        let mut errors = self.variants_without_value(&literals);
        let shape = infer::infer(&literals, noun, &mut errors);
        if errors.is_empty() { Ok(shape) } else { Err(errors) }
    }

    /// Every literal that the base file serves.
    pub(crate) fn literals(&self) -> Vec<Literal<'_>> {
        let mut literals = Vec::new();
        if self.value_type.is_some() {
            let answer = &self.answer;
            push_typed(&mut literals, answer.value.as_ref(), answer.off.as_ref(), &answer.rules, None);
        } else {
            push_variants(&mut literals, &self.variants, None);
        }
        if let Environments::Each(patches) = &self.environments {
            for (environment, patch) in patches {
                literals.extend(patch.literals(self.value_type.is_some(), Some(environment.as_str())));
            }
        }
        literals
    }

    /// Variants that have no value where others, or they themselves in some environment, have one.
    fn variants_without_value(&self, literals: &[Literal<'_>]) -> Vec<ShapeError> {
        let (None, Some(with)) = (&self.value_type, literals.first()) else { return Vec::new() };
        self.variants
            .iter()
            .filter(|variant| !has_value(variant.value.as_ref()))
            .map(|without| ShapeError {
                message: format!(
                    "variant `{}` has no value, but {} has one",
                    without.name.value, with.source
                ),
                position: without.name.position,
                help: "give every variant a `value`, or none".into(),
                other: Some(with.position),
            })
            .collect()
    }
}

impl Patch {
    /// Every literal that it serves in the environment.
    pub(crate) fn literals<'a>(&'a self, typed: bool, environment: Option<&'a str>) -> Vec<Literal<'a>> {
        let mut literals = Vec::new();
        if typed {
            let rules = self.rules.as_ref().map_or(&[][..], |rules| rules.as_slice());
            push_typed(&mut literals, self.value.as_ref(), self.off.as_ref(), rules, environment);
        } else {
            push_variants(&mut literals, &self.variants, environment);
        }
        literals
    }
}

fn has_value(value: Option<&Spanned<Value>>) -> bool {
    value.is_some_and(|v| v.value != Value::Null)
}

fn push_typed<'a>(
    literals: &mut Vec<Literal<'a>>,
    value: Option<&'a Spanned<Value>>,
    off: Option<&'a Spanned<Value>>,
    rules: &'a [crate::Rule],
    environment: Option<&'a str>,
) {
    for (name, value) in [("value", value), ("off", off)] {
        if let Some(value) = value {
            let source = LiteralSource { of: Server::Key(name), environment };
            literals.push(Literal { source, value: &value.value, position: value.position });
        }
    }
    for (index, rule) in rules.iter().enumerate() {
        if let Some(Spanned { value: Serve::Value(value), position }) = &rule.serve {
            let name = rule.name.as_ref().map(|name| name.as_str());
            let source = LiteralSource { of: Server::Rule { name, index }, environment };
            literals.push(Literal { source, value, position: *position });
        }
    }
}

fn push_variants<'a>(
    literals: &mut Vec<Literal<'a>>,
    variants: &'a [crate::Variant],
    environment: Option<&'a str>,
) {
    for variant in variants {
        if let Some(value) = variant.value.as_ref().filter(|v| v.value != Value::Null) {
            let source = LiteralSource { of: Server::Variant(&variant.name), environment };
            literals.push(Literal { source, value: &value.value, position: value.position });
        }
    }
}

impl Shape {
    /// What kind of thing it is, for messages: `a string`, `a list`, …
    #[must_use]
    pub const fn describe(&self) -> &'static str {
        match self {
            Self::Boolean => "a boolean",
            Self::Integer => "an integer",
            Self::Float => "a number",
            Self::String => "a string",
            Self::Duration => "a duration",
            Self::List(_) => "a list",
            Self::Object(_) => "a map",
            Self::Json => "any value",
        }
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Boolean => f.write_str("boolean"),
            Self::Integer => f.write_str("integer"),
            Self::Float => f.write_str("float"),
            Self::String => f.write_str("string"),
            Self::Duration => f.write_str("duration"),
            Self::Json => f.write_str("json"),
            Self::List(element) => write!(f, "[{element}]"),
            Self::Object(fields) if fields.is_empty() => f.write_str("{}"),
            Self::Object(fields) => {
                for (index, field) in fields.iter().enumerate() {
                    let before = if index == 0 { "{ " } else { ", " };
                    let after = if field.optional { "?" } else { "" };
                    write!(f, "{before}{}: {}{after}", field.name, field.shape)?;
                }
                f.write_str(" }")
            }
        }
    }
}
