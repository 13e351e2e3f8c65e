//! Experiments: who was shown which variant, and what they did then. Both are delivered in batches to
//! the engine's observer; nothing is recorded without one that wants it.

mod json_lines;
mod rotation;
mod track;

pub use crate::engine::Delivery;
pub use crate::recording::{Exposure, Metadata, Record, Recording, Tracked};
pub use json_lines::{JsonLines, JsonLinesStatus};
pub use track::{Number, TrackWith, Valued};
#[doc(hidden)]
pub use track::{event_index, event_value};

use crate::variant::Variant;

/// Variants that an experiment compares, with the events that it declares.
pub trait Experiment: Variant {
    /// Its events.
    type Event: Event;
}

/// An event that an experiment declares: an enum made from flags.yaml.
pub trait Event: Copy + Send + Sync + 'static {
    /// The events' names in flags.yaml, in their order.
    const NAMES: &'static [&'static str];
    /// The names of the events whose value a metric measures.
    #[doc(hidden)]
    const VALUED: &'static [&'static str] = &[];
    /// The message for a misspelt event: the flag, and the names that it has.
    #[doc(hidden)]
    const UNKNOWN: &'static str;

    /// Its index among [`Event::NAMES`].
    fn index(self) -> usize;
}
