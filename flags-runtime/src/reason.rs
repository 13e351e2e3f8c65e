//! Why something was served: the reason, and where what decided was written.

use flags_schema::printable::escaped;
use std::fmt;

/// Why a value was served. The names are OpenFeature's where it has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// The state says so for everybody.
    Static,
    /// Nothing matched: the off variant.
    Default,
    /// A named user, a rule or a segment matched.
    TargetingMatch,
    /// A percentage decided.
    Split,
    /// The flag is off, or does not apply in this environment.
    Disabled,
    /// An override decided.
    Override,
    /// A flag that it requires is off, or one that it excludes is on.
    PrerequisiteFailed,
    /// It could not be decided; [`Evaluation::error_code`](crate::Evaluation::error_code) says why.
    Error,
}

impl Reason {
    /// Every reason.
    pub const ALL: &'static [Self] = &[
        Self::Static,
        Self::Default,
        Self::TargetingMatch,
        Self::Split,
        Self::Disabled,
        Self::Override,
        Self::PrerequisiteFailed,
        Self::Error,
    ];

    /// Its name: `TARGETING_MATCH`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Static => "STATIC",
            Self::Default => "DEFAULT",
            Self::TargetingMatch => "TARGETING_MATCH",
            Self::Split => "SPLIT",
            Self::Disabled => "DISABLED",
            Self::Override => "OVERRIDE",
            Self::PrerequisiteFailed => "PREREQUISITE_FAILED",
            Self::Error => "ERROR",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What kept an evaluation from being decided. The names are OpenFeature's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorCode {
    /// A percentage between 0 and 100 had no key to go by.
    TargetingKeyMissing,
    /// The flag does not exist.
    FlagNotFound,
    /// The flag is of another type.
    TypeMismatch,
}

impl ErrorCode {
    /// Its name: `TARGETING_KEY_MISSING`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TargetingKeyMissing => "TARGETING_KEY_MISSING",
            Self::FlagNotFound => "FLAG_NOT_FOUND",
            Self::TypeMismatch => "TYPE_MISMATCH",
        }
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The layer that a decision came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Layer {
    /// The base file that was compiled in.
    File,
    /// An overlay that was compiled in.
    Overlay,
    /// A document that was loaded while the program runs.
    Reload,
    /// An environment variable.
    EnvironmentVariable,
    /// The program, through `set_override`.
    Program,
    /// A scope of a test.
    Scope,
}

impl Layer {
    /// Every layer.
    pub const ALL: &'static [Self] =
        &[Self::File, Self::Overlay, Self::Reload, Self::EnvironmentVariable, Self::Program, Self::Scope];

    /// Its name: `environment variable`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Overlay => "overlay",
            Self::Reload => "reload",
            Self::EnvironmentVariable => "environment variable",
            Self::Program => "program",
            Self::Scope => "scope",
        }
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Where a decision was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Provenance<'a> {
    /// The layer.
    pub layer: Layer,
    /// The file; `None` when the layer is no file.
    pub file: Option<&'a str>,
    /// The line, from 1; 0 when the layer is no file.
    pub line: u32,
}

impl fmt::Display for Provenance<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.file {
            Some(file) => write!(f, "{}:{}", escaped(file), self.line),
            None => self.layer.fmt(f),
        }
    }
}

/// The rule that decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RuleRef<'a> {
    /// Its name, if it has one.
    pub name: Option<&'a str>,
    /// Which of the flag's rules it is, in the order written, from 1.
    pub position: usize,
}

impl fmt::Display for RuleRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name {
            Some(name) => f.pad(&escaped(name)),
            None => f.pad(&format!("rule {}", self.position)),
        }
    }
}
