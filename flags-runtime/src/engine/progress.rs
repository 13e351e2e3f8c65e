//! What an engine keeps of the documents that are loaded while the program runs, beside the one in force: the module
//! `reload` writes it, together with the rest of the engine's state.

use crate::overrides::Problem;
use flags_schema::printable::escaped;
use flags_schema::{Diagnostic, KeptFlag, Timestamp};
use serde::Serialize;
use std::fmt;
use std::sync::{Arc, Weak};

/// What an engine keeps for reloading. It is copied with each change of the engine's state.
#[derive(Clone, Default)]
pub(crate) struct Progress {
    pub(crate) source: Option<Arc<str>>,
    pub(crate) loaded_at: Option<Timestamp>,
    pub(crate) missing: Arc<[String]>,
    pub(crate) added: Arc<[String]>,
    pub(crate) kept: Arc<[KeptFlag]>,
    /// What of the document is not what the program was compiled for, and concerns no flag.
    pub(crate) ignored: Arc<[Diagnostic]>,
    pub(crate) last_refusal: Option<Arc<Refused>>,
    pub(crate) watches: Arc<[Weak<dyn Followed>]>,
    pub(crate) reloads: u64,
    pub(crate) refusals: u64,
    pub(crate) subscribers: Arc<[(u64, Subscriber)]>,
}

/// Is called with what a reload changed.
pub(crate) type Subscriber = Arc<dyn Fn(&Change) + Send + Sync>;

impl Progress {
    pub(crate) fn new(now: Option<Timestamp>) -> Self {
        Self { loaded_at: now, ..Self::default() }
    }

    /// What of the document in force is ignored.
    pub(crate) fn problems(&self) -> impl Iterator<Item = Problem> {
        let subject = self.source.as_deref().unwrap_or_default();
        self.ignored
            .iter()
            .map(|found| Problem { subject: subject.to_owned(), message: found.message.clone() })
    }
}

/// A source that is being followed, as the engine knows it.
pub(crate) trait Followed: Send + Sync {
    /// How it goes; `None` once it is not followed any more.
    fn status(&self) -> Option<WatchStatus>;
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
    pub(crate) const fn new(source: String, polling: Option<String>) -> Self {
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
    /// What is wrong with it: the first 100 errors.
    pub diagnostics: Vec<Diagnostic>,
    /// How many errors there are beside those.
    pub more: usize,
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
