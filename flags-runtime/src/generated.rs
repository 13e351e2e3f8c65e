//! What types that `flags!` generates have in common: how they are read, and errors of conversions into
//! them.

use crate::value::{FlagValue, field};
use flags_schema::Value;
use flags_schema::printable::escaped;
use std::error::Error;
use std::fmt;

/// A struct of values. It is read by one function, whether there is a value or not.
#[doc(hidden)]
pub trait Object: Sized + Send + Sync + 'static {
    /// The struct of these fields.
    fn read(fields: &mut Fields<'_>) -> Self;
}

/// The fields of an object, while a struct is made of them.
#[doc(hidden)]
#[derive(Debug)]
pub struct Fields<'a> {
    object: &'a Value,
    /// Whether a field was of another type, or missing.
    wrong: bool,
}

impl Fields<'_> {
    /// The field of that name.
    pub fn get<T: FlagValue>(&mut self, name: &str) -> T {
        field(self.object, name).unwrap_or_else(|| {
            self.wrong = true;
            T::empty()
        })
    }
}

impl<T: Object> FlagValue for T {
    fn from_value(value: &Value) -> Option<Self> {
        let mut fields = Fields { object: value, wrong: !matches!(value, Value::Map(_)) };
        let object = Self::read(&mut fields);
        (!fields.wrong).then_some(object)
    }

    fn empty() -> Self {
        Self::read(&mut Fields { object: &Value::Null, wrong: false })
    }
}

/// Which of `all` has that name; `names` are theirs, in the same order.
///
/// # Errors
/// When none has.
#[doc(hidden)]
pub fn named<T: Copy>(text: &str, all: &[T], names: &'static [&'static str]) -> Result<T, UnknownName> {
    let found = all.iter().zip(names).find(|(_, name)| **name == text);
    found.map(|(one, _)| *one).ok_or_else(|| UnknownName::new(text, names))
}

/// A text that is not one of the names of an enum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownName {
    name: String,
    known: &'static [&'static str],
}

impl UnknownName {
    /// `name` is not one of `known`.
    #[must_use]
    pub fn new(name: impl Into<String>, known: &'static [&'static str]) -> Self {
        Self { name: name.into(), known }
    }

    /// What was given.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The names there are.
    #[must_use]
    pub const fn known(&self) -> &'static [&'static str] {
        self.known
    }
}

impl fmt::Display for UnknownName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown name `{}`: expected `{}`", escaped(&self.name), self.known.join("`, `"))
    }
}

impl Error for UnknownName {}

/// A context lacks an attribute that flags.yaml declares `required`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MissingAttribute {
    name: &'static str,
}

impl MissingAttribute {
    /// The attribute of that name is missing.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self { name }
    }

    /// The attribute's name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }
}

impl fmt::Display for MissingAttribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the context has no `{}`, which is required", self.name)
    }
}

impl Error for MissingAttribute {}
