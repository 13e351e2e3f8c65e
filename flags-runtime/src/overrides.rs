//! Overrides: what stands above a flag's own definition.

pub(crate) mod text;

pub use text::ParseOverrideError;

use crate::reason::Layer;
use flags_schema::Value;
use flags_schema::printable::{escaped, lines};
use serde::Serialize;
use std::fmt;

/// What an override makes of a flag. Its text is what environment variables hold, and is parsed again.
///
/// ```
/// use flags_runtime::OverrideState;
/// assert_eq!(OverrideState::Percentage(12.5).to_string(), "12.5%");
/// assert_eq!("users:ann,bob".parse(), Ok(OverrideState::users(["ann", "bob"])));
/// assert_eq!("variant:treatment".parse(), Ok(OverrideState::Variant("treatment".to_owned())));
/// assert_eq!(
///     "beta".parse::<OverrideState>().unwrap_err().to_string(),
///     "`beta` is no override; write on, off, 25%, variant:NAME, segment:NAME, users:NAME,NAME or value:JSON"
/// );
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum OverrideState {
    /// On for everybody; a flag with variants splits by their weights.
    On,
    /// Off for everybody.
    Off,
    /// On for that percentage, 0 to 100, in the flag's own buckets.
    Percentage(f64),
    /// That variant for everybody.
    Variant(String),
    /// On for the members of that segment.
    Segment(String),
    /// On for these users.
    Users(Vec<String>),
    /// That value for everybody, of a value flag.
    Value(Value),
}

impl OverrideState {
    /// On for these users.
    pub fn users<S: Into<String>>(users: impl IntoIterator<Item = S>) -> Self {
        Self::Users(users.into_iter().map(Into::into).collect())
    }
}

/// Why an override was refused.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct OverrideError {
    pub(crate) key: String,
    pub(crate) problem: OverrideProblem,
}

impl OverrideError {
    /// The flag's key.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum OverrideProblem {
    NoFlag,
    /// It was there when its handle was made.
    Gone,
    /// A flag of one document was asked of an engine of another.
    Foreign {
        /// What its own engine's document is called.
        own: String,
        /// What the document of the engine that was asked is called.
        asked: String,
    },
    Percentage(f64),
    Variant(String),
    Segment(String),
    Value,
    Mutability(&'static str),
}

impl fmt::Display for OverrideError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = escaped(&self.key);
        match &self.problem {
            OverrideProblem::NoFlag => write!(f, "flag `{key}` does not exist"),
            OverrideProblem::Gone => {
                write!(f, "flag `{key}` is gone: the document in force does not have it")
            }
            OverrideProblem::Foreign { own, asked } if own == asked => {
                let own = escaped(own);
                write!(
                    f,
                    "`{key}` is a flag of another engine, both of `{own}`; ask that one, or name the flag by its key"
                )
            }
            OverrideProblem::Foreign { own, asked } => {
                let (own, asked) = (escaped(own), escaped(asked));
                write!(
                    f,
                    "`{key}` is a flag of the engine of `{own}`, not of that of `{asked}`; ask its own engine, or name \
                     a flag of this one by its key"
                )
            }
            OverrideProblem::Percentage(percent) => {
                write!(f, "{percent} is no percentage for `{key}`: it takes 0 to 100 in steps of 0.001")
            }
            OverrideProblem::Variant(name) => write!(f, "`{key}` has no variant `{}`", escaped(name)),
            OverrideProblem::Segment(name) => {
                write!(f, "segment `{}` does not exist (for `{key}`)", escaped(name))
            }
            OverrideProblem::Value => write!(f, "the value is not of the type of `{key}`"),
            OverrideProblem::Mutability(mutability) => {
                write!(
                    f,
                    "`{key}` is `mutability: {mutability}` and cannot be changed while the program runs"
                )
            }
        }
    }
}

impl std::error::Error for OverrideError {}

/// An override that is in force.
#[derive(Clone, Debug, PartialEq)]
pub struct OverrideInfo {
    /// The flag's key.
    pub key: String,
    /// What it makes of the flag.
    pub state: OverrideState,
    /// Who set it: the program or an environment variable.
    pub layer: Layer,
}

/// Something that was ignored, and why. None of them stops the program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// What it is about: an environment variable, usually.
    pub subject: String,
    /// What is wrong, and what to do.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&lines(&format!("{}: {}", escaped(&self.subject), escaped(&self.message))))
    }
}

/// Everything that a program ignores of its settings: see `Flags::init`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Problems(Box<[Problem]>);

impl Problems {
    /// These problems; `None` when there are none.
    pub(crate) fn new(problems: impl IntoIterator<Item = Problem>) -> Option<Self> {
        let problems: Box<[Problem]> = problems.into_iter().collect();
        (!problems.is_empty()).then_some(Self(problems))
    }

    /// One by one; there is at least one.
    pub fn iter(&self) -> impl Iterator<Item = &Problem> {
        self.0.iter()
    }
}

impl fmt::Display for Problems {
    /// All on one line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, problem) in self.0.iter().enumerate() {
            let before = if number == 0 { "" } else { "; " };
            write!(f, "{before}{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}
