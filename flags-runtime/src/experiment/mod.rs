//! Experiments: who was shown which variant, and what they did then. Both are delivered in batches to
//! the engine's observer; nothing is recorded without one that wants it.

mod exposures;
mod json_lines;
mod metadata;
mod queue;
mod rotation;

pub use json_lines::{JsonLines, JsonLinesStatus};
pub use metadata::Metadata;
pub use queue::Delivery;
pub(crate) use queue::Recorder;

use crate::context::{AsContext, Context};
use crate::engine::{Engine, Snapshot};
use crate::evaluation::Reason;
use crate::flag::Flag;
use crate::ruleset::{Cause, Decision};
use crate::variant::Variant;
use flags_schema::Timestamp;
use serde::{Serialize, Serializer};
use std::sync::Arc;
use std::time::Duration;

/// Variants that an experiment compares, with the events that it declares.
pub trait Experiment: Variant {
    /// Its events.
    type Event: Event;
}

/// An event that an experiment declares: an enum made from flags.yaml.
pub trait Event: Copy + Send + Sync + 'static {
    /// The events' names in flags.yaml, in their order.
    const NAMES: &'static [&'static str];
    /// What a misspelt event is told: the flag, and the names that there are.
    #[doc(hidden)]
    const UNKNOWN: &'static str;

    /// Its index among [`Event::NAMES`].
    fn index(self) -> usize;
}

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
    /// The same with that window.
    #[must_use]
    pub const fn window(mut self, window: Duration) -> Self {
        self.window = window;
        self
    }

    /// The same with so many exposures remembered.
    #[must_use]
    pub const fn remembered(mut self, remembered: usize) -> Self {
        self.remembered = remembered;
        self
    }

    /// The same with so many that may wait.
    #[must_use]
    pub const fn waiting(mut self, waiting: usize) -> Self {
        self.waiting = waiting;
        self
    }

    /// The same with so many delivered at once.
    #[must_use]
    pub const fn batch(mut self, batch: usize) -> Self {
        self.batch = batch;
        self
    }

    /// The same with deliveries so far apart.
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
    /// Who saw which variant when the event happened.
    #[serde(flatten)]
    pub exposure: Exposure,
    /// What the program says of it.
    #[serde(skip_serializing_if = "Metadata::is_empty")]
    pub metadata: Metadata,
}

impl<V: Experiment, C: AsContext> Flag<V, C> {
    /// Records that an event of the experiment happened, for the engine's observer. It never waits, and
    /// nothing is recorded outside of the experiment's dates, for a context without a key, or when
    /// nobody observes.
    ///
    /// Events are an enum, so a misspelt one does not compile; [`track!`](crate::track) takes their
    /// names. Metadata is anything that becomes [`Metadata`]: `()`, or names with values. Values whose
    /// names are those of `private` attributes are left out.
    ///
    /// ```
    /// use flags_runtime::Context;
    ///
    /// flags_runtime::flags!(inline = "
    /// flags:
    ///   new_feature:
    ///     state: on
    ///     variants: [control, variant_a]
    ///     experiment: { control: control, events: [widget_view, widget_click] }
    /// ");
    ///
    /// let ctx = Context::new("ann");
    /// Flags::NEW_FEATURE.track(&ctx, NewFeatureEvent::WidgetClick, [("widget", 7)]);
    /// flags_runtime::track!(Flags::NEW_FEATURE, &ctx, "widget_click", "widget" => 7, "place" => "top");
    /// ```
    pub fn track(&self, ctx: &C, event: V::Event, metadata: impl Into<Metadata>) {
        self.__track(ctx, event.index(), metadata.into());
    }

    /// [`Flag::track`] with the index of the event.
    #[doc(hidden)]
    pub fn __track(&self, ctx: &C, event: usize, metadata: Metadata) {
        let Some(event) = V::Event::NAMES.get(event) else { return };
        self.engine().track(self.index(), ctx.as_context(), event, metadata);
    }
}

/// The index of an event, for a constant: where there is none, that does not compile.
///
/// # Panics
/// When the experiment declares no such event.
#[doc(hidden)]
#[must_use]
#[expect(clippy::panic, reason = "it is called by the compiler")]
#[expect(clippy::indexing_slicing, reason = "constant functions have no iterators")]
pub const fn event_index<V: Experiment, C>(_flag: &Flag<V, C>, name: &str) -> usize {
    let names = V::Event::NAMES;
    let mut index = 0;
    while index < names.len() {
        let (known, name) = (names[index].as_bytes(), name.as_bytes());
        let mut same = 0;
        while same < known.len() && same < name.len() && known[same] == name[same] {
            same += 1;
        }
        if same == known.len() && same == name.len() {
            return index;
        }
        index += 1;
    }
    panic!("{}", V::Event::UNKNOWN)
}

/// [`Flag::track`] with the event's name, which the compiler checks against the experiment's:
/// `track!(Flags::NEW_FEATURE, &ctx, "widget_click", "widget" => 7)`.
///
/// ```compile_fail
/// # use flags_runtime::Context;
/// # flags_runtime::flags!(inline = "
/// # flags:
/// #   new_feature:
/// #     state: on
/// #     variants: [control, variant_a]
/// #     experiment: { control: control, events: [widget_view, widget_click] }
/// # ");
/// // `new_feature` declares no such event: it has `widget_view`, `widget_click`
/// flags_runtime::track!(Flags::NEW_FEATURE, &Context::new("ann"), "widget_clik");
/// ```
#[macro_export]
macro_rules! track {
    ($flag:expr, $ctx:expr, $event:literal $(, $name:literal => $value:expr)* $(,)?) => {{
        // An item, which is checked also where no code is made.
        const EVENT: usize = $crate::__private::event_index(&$flag, $event);
        $flag.__track($ctx, EVENT, $crate::experiment::Metadata::new()$(.with($name, $value))*)
    }};
}

impl Engine {
    /// Waits until what was recorded of experiments before is delivered, at most so long. Returns
    /// whether it was. Call it before the program ends.
    #[must_use = "it may not all be delivered"]
    pub fn flush(&self, at_most: Duration) -> bool {
        let recorder = self.state().observer.as_ref().and_then(|observer| observer.recorder.clone());
        recorder.is_none_or(|recorder| recorder.flush(at_most))
    }

    fn track(&self, flag: u32, context: &Context, event: &'static str, mut metadata: Metadata) {
        let found = self.read(|snapshot| {
            let observer = snapshot.observer.as_ref()?;
            let recorder = observer.recorder.as_ref()?;
            let decision = snapshot.decide(flag, context);
            let runs = decision.cause() != Cause::Experiment;
            let exposure = observer.exposure(snapshot, flag, context, decision).filter(|_| runs)?;
            Some((recorder.clone(), exposure, snapshot.clone()))
        });
        if let Some((recorder, exposure, snapshot)) = found {
            metadata.retain(|name| !snapshot.ruleset.privacy.is_private(name));
            recorder.record(Record::Event(Tracked { event, exposure, metadata }));
        }
    }
}

/// Whether the flag's decision exposes a context to a variant of a running experiment.
pub(crate) fn exposes(snapshot: &Snapshot, flag: u32, decision: Decision) -> bool {
    let resolved = snapshot.ruleset.flags.get(flag as usize);
    resolved.is_some_and(|flag| flag.experiment.is_some())
        && decision.is_on()
        && !matches!(decision.cause(), Cause::Experiment | Cause::Override(_))
}
