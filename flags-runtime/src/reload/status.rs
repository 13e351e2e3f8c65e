//! What an engine says of its document: for health endpoints and logs.

use crate::experiment::Delivery;
use crate::overrides::Problem;
use flags_schema::printable::escaped;
use flags_schema::{Diagnostic, KeptFlag, Timestamp};
use serde::Serialize;
use std::fmt;

/// What is loaded, since when, and what was last refused. Serialise it for a health endpoint.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Status {
    /// The document's file or name; `None` while the embedded one is in force.
    pub source: Option<String>,
    /// Fingerprint of the document: it changes when an answer does.
    pub version: String,
    /// Fingerprint of the contract that the program was compiled for.
    pub contract: String,
    /// The environment whose answers are in force.
    pub environment: Option<String>,
    /// When it was loaded, in milliseconds since 1970; of the embedded one, when the engine was made. `None` where no clock told it.
    pub loaded_at: Option<Timestamp>,
    /// How many flags there are.
    pub flags: usize,
    /// Flags that the document leaves out: they answer as they were compiled.
    pub missing: Vec<String>,
    /// Flags that the document adds: the program was compiled without them.
    pub added: Vec<String>,
    /// Flags that do not answer as the document says, and why: the program was compiled for something else, or
    /// they may not change while it runs. They keep the last answer that was accepted.
    pub kept: Vec<KeptFlag>,
    /// The document that was last refused; `None` once a later one was accepted.
    pub last_refusal: Option<Refused>,
    /// Whether some [`Watch`](super::Watch) is running.
    pub watching: bool,
    /// Each of them.
    pub watches: Vec<WatchStatus>,
    /// How many documents were accepted.
    pub reloads: u64,
    /// How many were refused.
    pub refusals: u64,
    /// What became of what the observer wanted recorded of experiments.
    pub experiments: Delivery,
    /// How many overrides are in force.
    pub overrides: usize,
    /// What was ignored, and why: [`Engine::problems`](crate::Engine::problems).
    pub problems: Vec<Problem>,
}

/// A source that is being followed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct WatchStatus {
    /// What the source is called: a path, an address.
    pub source: String,
    /// Why the source is only asked at intervals; `None` while it tells of changes itself.
    pub polling: Option<String>,
    /// When it was last asked, in milliseconds since 1970; `None` before that, or without a clock.
    pub asked_at: Option<Timestamp>,
    /// How often in a row it failed to answer; 0 after an answer.
    pub failures: u32,
    /// Why it failed to answer; `None` after an answer.
    pub last_failure: Option<String>,
}

impl WatchStatus {
    pub(super) const fn new(source: String, polling: Option<String>) -> Self {
        Self { source, polling, asked_at: None, failures: 0, last_failure: None }
    }
}

/// A document that was refused. The last good one keeps answering.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Refused {
    /// Its file or name.
    pub source: String,
    /// When, in milliseconds since 1970; `None` where no clock told it.
    pub at: Option<Timestamp>,
    /// What is wrong with it.
    pub diagnostics: Vec<Diagnostic>,
    /// The same as text, with the lines that it is about.
    pub report: String,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "`{}` was refused; the flags answer as before", escaped(&self.source))?;
        f.write_str(self.report.trim_end())
    }
}

impl std::error::Error for Refused {}

/// What a reload changed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Change {
    /// Keys of the flags whose definitions, or whose segments, are not what they were.
    pub flags: Vec<String>,
    /// Warnings about the new document.
    pub warnings: Vec<Diagnostic>,
    /// Flags that keep their answers instead of those of the new document, and why.
    pub kept: Vec<KeptFlag>,
}
