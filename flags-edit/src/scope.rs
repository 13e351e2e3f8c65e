//! Where an edit of an answer applies.

use serde::{Deserialize, Serialize};

/// Where an answer changes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// In the base file; what an environment has of its own stays, and a note says so. Where one would answer
    /// otherwise, turning a flag on or giving it to a percentage is refused with [`RefusalKind::Unstated`](crate::RefusalKind::Unstated); turning it off
    /// turns it off there too.
    #[default]
    Unstated,
    /// In the base file, and in each environment that has something of its own there, or would answer otherwise.
    Everywhere,
    /// In this environment alone: in its overlay, or where it has none in the flag's own `environments`.
    Environment(String),
}

impl Scope {
    /// The environment that it names.
    #[must_use]
    pub fn environment(&self) -> Option<&str> {
        match self {
            Self::Environment(name) => Some(name),
            Self::Unstated | Self::Everywhere => None,
        }
    }

    pub(crate) fn words(&self) -> String {
        match self {
            Self::Unstated => String::new(),
            Self::Everywhere => " everywhere".to_owned(),
            Self::Environment(name) => format!(" in `{name}`"),
        }
    }
}
