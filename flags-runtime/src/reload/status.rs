//! What an engine says of its document: for health endpoints and logs.

use crate::engine::{Delivery, Refused, WatchStatus};
use crate::overrides::Problem;
use flags_schema::{KeptFlag, Timestamp};
use serde::Serialize;

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
