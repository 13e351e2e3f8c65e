//! Errors of conversions into types that `flags!` generates.

use std::error::Error;
use std::fmt;

/// A text that is none of the names an enum stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownName {
    name: String,
    known: &'static [&'static str],
}

impl UnknownName {
    /// `name` is none of `known`.
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
        write!(f, "unknown name `{}`: expected `{}`", self.name, self.known.join("`, `"))
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
