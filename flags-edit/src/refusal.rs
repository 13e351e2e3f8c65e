//! Why an edit cannot be made.

use crate::EnvironmentAnswer;
use flags_schema::{Diagnostic, Sources, suggest};
use std::fmt;

/// What sort of reason a [`Refusal`] has, for those who act on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RefusalKind {
    /// The edit names something that does not exist, or says something that cannot be meant.
    Invalid,
    /// What the edit would make is there already.
    Exists,
    /// Some environment would answer otherwise than the edit says: its [`Scope`](crate::Scope) has to say
    /// whether that environment changes too.
    Unstated,
    /// The text is written in a way that only a person should change.
    ByHand,
    /// The document would have errors: [`Refusal::diagnostics`] says what is wrong.
    Errors,
    /// The documents cannot be evaluated, and so not be compared.
    Evaluation,
}

/// Why an edit cannot be made, and what to do about it. Nothing has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refusal {
    /// What sort of reason it is.
    pub kind: RefusalKind,
    /// What is wrong, in a sentence.
    pub message: String,
    /// What to do, in a sentence.
    pub help: Option<String>,
    /// What few refusals have.
    details: Box<Details>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Details {
    diagnostics: Vec<Diagnostic>,
    sources: Sources,
    answers: Vec<EnvironmentAnswer>,
}

impl Refusal {
    pub(crate) fn new(kind: RefusalKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), help: None, details: Box::default() }
    }

    /// What is wrong with the document that the edit would make, with positions in [`Refusal::sources`].
    #[must_use]
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.details.diagnostics
    }

    /// The texts that the diagnostics are about.
    #[must_use]
    pub fn sources(&self) -> &Sources {
        &self.details.sources
    }

    /// What each environment answers, and would: of [`RefusalKind::Unstated`].
    #[must_use]
    pub fn answers(&self) -> &[EnvironmentAnswer] {
        &self.details.answers
    }

    pub(crate) fn with_diagnostics(mut self, diagnostics: Vec<Diagnostic>, sources: Sources) -> Self {
        (self.details.diagnostics, self.details.sources) = (diagnostics, sources);
        self
    }

    pub(crate) fn with_answers(mut self, answers: Vec<EnvironmentAnswer>) -> Self {
        self.details.answers = answers;
        self
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(RefusalKind::Invalid, message)
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// A name that does not exist, with the nearest one that does.
    pub(crate) fn unknown<'a>(what: &str, name: &str, known: impl Iterator<Item = &'a str> + Clone) -> Self {
        let help = match suggest::nearest(name, known.clone()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => {
                let mut shown: Vec<String> = known.map(|known| format!("`{known}`")).collect();
                let more = shown.len().saturating_sub(SHOWN);
                shown.truncate(SHOWN);
                match (shown.is_empty(), more) {
                    (true, _) => format!("the file has no {what}s"),
                    (false, 0) => format!("the file has {}", shown.join(", ")),
                    (false, more) => format!("the file has {} and {more} more", shown.join(", ")),
                }
            }
        };
        Self::invalid(format!("{what} `{name}` does not exist")).help(help)
    }
}

/// How many of the names that exist a message lists.
const SHOWN: usize = 10;

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.help {
            Some(help) => write!(f, "\n  help: {help}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Refusal {}
