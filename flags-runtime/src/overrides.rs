//! Overrides: what stands above a flag's own definition.

mod text;

pub use text::ParseOverrideError;

use crate::reason::Layer;
use crate::ruleset::Ruleset;
use flags_schema::printable::{escaped, lines};
use flags_schema::{Value, ValueType, parse, suggest};
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

/// Reads the value of an environment variable for a flag.
///
/// # Errors
/// When it means nothing for the flag: a message that says what it could be.
pub(crate) fn read(
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
        ValueType::Boolean => Value::Bool(match text.to_ascii_lowercase().as_str() {
            "on" | "true" | "1" | "yes" | "enabled" => true,
            "off" | "false" | "0" | "no" | "disabled" => false,
            _ => return None,
        }),
        ValueType::String => Value::String(text.to_owned()),
        ValueType::Integer => Value::Integer(text.parse().ok()?),
        ValueType::Float => Value::Float(text.parse().ok().filter(|f: &f64| f.is_finite())?),
        ValueType::Duration => {
            parse::duration(text).ok()?;
            Value::String(text.to_owned())
        }
        ValueType::Object => return None,
    })
}
