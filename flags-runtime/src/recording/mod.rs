//! What is recorded of experiments: who was shown which variant, what they did then, and the queue in which both wait
//! for the observer.

mod exposures;
mod metadata;
mod queue;

pub use metadata::Metadata;
pub(crate) use queue::Recorder;

use crate::reason::Reason;
use flags_schema::Timestamp;
use serde::{Serialize, Serializer};
use std::sync::Arc;
use std::time::Duration;

/// How experiments are recorded for an observer: see [`Observer::records`](crate::observe::Observer::records).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Recording {
    /// A context that is shown a flag again counts as exposed again after so long: an hour.
    pub window: Duration,
    /// How many exposures are remembered, 8 bytes each: 65,536. Beyond it the oldest are forgotten, so
    /// that some may be told twice.
    pub remembered: usize,
    /// How many exposures and events wait at most to be delivered: 8,192. What comes when so many wait
    /// is dropped and counted.
    pub waiting: usize,
    /// How many are delivered at once: 256.
    pub batch: usize,
    /// How long an exposure or an event waits for others: a second.
    pub every: Duration,
}

impl Default for Recording {
    fn default() -> Self {
        Self {
            window: Duration::from_secs(3600),
            remembered: 1 << 16,
            waiting: 1 << 13,
            batch: 256,
            every: Duration::from_secs(1),
        }
    }
}

impl Recording {
    /// Sets the window.
    #[must_use]
    pub const fn window(mut self, window: Duration) -> Self {
        self.window = window;
        self
    }

    /// Sets how many exposures are remembered.
    #[must_use]
    pub const fn remembered(mut self, remembered: usize) -> Self {
        self.remembered = remembered;
        self
    }

    /// Sets how many records may wait.
    #[must_use]
    pub const fn waiting(mut self, waiting: usize) -> Self {
        self.waiting = waiting;
        self
    }

    /// Sets how many records are delivered at once.
    #[must_use]
    pub const fn batch(mut self, batch: usize) -> Self {
        self.batch = batch;
        self
    }

    /// Sets the time between deliveries.
    #[must_use]
    pub const fn every(mut self, every: Duration) -> Self {
        self.every = every;
        self
    }

    /// What serves both.
    pub(crate) fn both(self, other: Self) -> Self {
        Self {
            window: self.window.min(other.window),
            remembered: self.remembered.max(other.remembered),
            waiting: self.waiting.max(other.waiting),
            batch: self.batch.max(other.batch),
            every: self.every.min(other.every),
        }
    }
}

/// Something that happened in an experiment. As JSON it is an object whose `type` is `exposure` or
/// `event`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Record {
    /// A context was shown a variant, for the first time in a while.
    Exposure(Exposure),
    /// Something that the experiment declares happened.
    Event(Tracked),
}

impl Record {
    /// Who saw which variant.
    #[must_use]
    pub const fn exposure(&self) -> &Exposure {
        match self {
            Self::Exposure(exposure) => exposure,
            Self::Event(tracked) => &tracked.exposure,
        }
    }

    pub(crate) const fn exposure_mut(&mut self) -> &mut Exposure {
        match self {
            Self::Exposure(exposure) => exposure,
            Self::Event(tracked) => &mut tracked.exposure,
        }
    }
}

/// A context was shown a variant.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Exposure {
    /// When, in milliseconds since 1970.
    pub at: Timestamp,
    /// The flag's key.
    pub flag: String,
    /// The variant's name.
    pub variant: String,
    /// Why it was served: `SPLIT` of who was assigned to it by chance.
    pub reason: Reason,
    /// Who: the first 16 bytes of the SHA-256 of the targeting key, in hexadecimal; of the bucketed
    /// attribute where there is no key. It tells contexts apart without naming anyone.
    pub unit: String,
    /// Who, in clear: only for an observer that wants to see it, and never when `user` is `private`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Fingerprint of the document that answered.
    #[serde(serialize_with = "text")]
    pub version: Arc<str>,
}

fn text<S: Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(text)
}

/// Something that an experiment declares happened to a context.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Tracked {
    /// The event's name.
    pub event: &'static str,
    /// The value of the event, when a metric measures it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// Who saw which variant when the event happened.
    #[serde(flatten)]
    pub exposure: Exposure,
    /// What the program says of it.
    #[serde(skip_serializing_if = "Metadata::is_empty")]
    pub metadata: Metadata,
}
