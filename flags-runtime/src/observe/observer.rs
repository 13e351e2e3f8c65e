//! Observers of an engine, and what they see.

use crate::callbacks::Callbacks;
use crate::context::{AttributeValue, Context};
use crate::engine::Snapshot;
use crate::reason::{ErrorCode, Provenance, Reason, RuleRef};
use crate::recording::{Record, Recording};
use crate::ruleset::{Cause, Decision};
use std::borrow::Cow;
use std::fmt;

/// What an [`Observer`] sees of contexts. Attributes declared `private` it never sees.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum ObserveContext {
    /// Nothing.
    #[default]
    Nothing,
    /// The targeting key, which usually names a person.
    Key,
    /// The targeting key and all attributes.
    Attributes,
}

/// Is told what the flags of an engine answer: see [`Engine::set_observer`](crate::Engine::set_observer).
///
/// Its methods are called by the thread that evaluates, so they must be fast. They may use the
/// engine; flags that they evaluate are not observed. A panic in one is caught and told by
/// [`Engine::problems`](crate::Engine::problems). Observe with several at once by setting a tuple of them.
///
/// ```
/// use flags_runtime::observe::{Observed, Observer};
/// use flags_runtime::{Context, Engine, Options};
/// # use flags_schema::{SourceFile, load};
/// use std::sync::{Arc, Mutex};
///
/// struct Log(Arc<Mutex<Vec<String>>>);
///
/// impl Observer for Log {
///     fn evaluated(&self, observed: &Observed<'_>) {
///         let variant = observed.variant().unwrap_or("a value");
///         self.0.lock().unwrap().push(format!("{} = {variant}: {}", observed.key(), observed.reason()));
///     }
/// }
///
/// # let source = SourceFile::new("flags.yaml", "flags:\n  new-ui: on\n");
/// # let loaded = load(source, &mut |_| Err(String::new()), &Default::default());
/// # let engine = Engine::new(loaded.document, Options::default()).unwrap();
/// let lines = Arc::new(Mutex::new(Vec::new()));
/// engine.set_observer(Log(lines.clone()));
/// engine.flag("new-ui").unwrap().enabled(&Context::new("ann"));
/// assert_eq!(*lines.lock().unwrap(), ["new-ui = on: STATIC"]);
/// ```
pub trait Observer: Send + Sync + 'static {
    /// What it wants to see of contexts; asked once, when it is set.
    fn wants(&self) -> ObserveContext {
        ObserveContext::Nothing
    }

    /// How experiments are to be recorded for it; not at all when `None`. Asked once, when it is set.
    fn records(&self) -> Option<Recording> {
        None
    }

    /// What happened in experiments, a batch at a time. It is called by a thread of its own, so it may
    /// take its time: what finds the queue full meanwhile is dropped and counted.
    fn recorded(&self, records: &[Record]) {
        let _ = records;
    }

    /// A flag was evaluated.
    fn evaluated(&self, observed: &Observed<'_>) {
        let _ = observed;
    }

    /// The document that answers: called when the observer is set, and after each change of it.
    fn loaded(&self, loaded: &Loaded<'_>) {
        let _ = loaded;
    }

    /// A document was to be loaded while the program runs.
    fn reloaded(&self, reload: &Reload<'_>) {
        let _ = reload;
    }

    /// [`Observer::wants`] of each observer that this one stands for.
    #[doc(hidden)]
    fn __wants(&self, all: &mut Vec<ObserveContext>) {
        all.push(self.wants());
    }

    /// Tells each observer that this one stands for.
    #[doc(hidden)]
    fn __tell(&self, telling: &mut Telling<'_>) {
        telling.tell(self);
    }
}

/// Who panicked, for messages.
pub(super) const OBSERVER: &str = "an observer";

/// An evaluation, as an [`Observer`] sees it.
#[derive(Clone, Copy)]
pub struct Observed<'a> {
    pub(crate) snapshot: &'a Snapshot,
    pub(crate) flag: u32,
    pub(crate) decision: Decision,
    pub(crate) context: &'a Context,
    pub(crate) shown: ObserveContext,
}

impl<'a> Observed<'a> {
    /// The flag's key.
    #[must_use]
    pub fn key(&self) -> &'a str {
        self.snapshot.ruleset.key(self.flag).unwrap_or_default()
    }

    /// The variant's name: `on` or `off` of a switch; `None` for a value flag.
    #[must_use]
    pub fn variant(&self) -> Option<&'a str> {
        self.snapshot.variant_name(self.flag, self.decision.index())
    }

    /// Why it was served.
    #[must_use]
    pub fn reason(&self) -> Reason {
        self.decision.reason()
    }

    /// What kept it from being decided.
    #[must_use]
    pub const fn error_code(&self) -> Option<ErrorCode> {
        self.decision.error()
    }

    /// Whether the flag was on for the context.
    #[must_use]
    pub const fn is_on(&self) -> bool {
        self.decision.is_on()
    }

    /// The rule that decided, if one did.
    #[must_use]
    pub fn rule(&self) -> Option<RuleRef<'a>> {
        match self.decision.cause() {
            Cause::Rule(rule) => self.snapshot.rule(self.flag, rule),
            _ => None,
        }
    }

    /// The layer, file and line of what decided.
    #[must_use]
    pub fn provenance(&self) -> Provenance<'a> {
        self.snapshot.provenance(self.flag, self.decision.cause())
    }

    /// The document that answered.
    #[must_use]
    pub fn loaded(&self) -> Loaded<'a> {
        loaded(self.snapshot)
    }

    /// The context's targeting key; `None` when there is none, when `user` is declared `private`, or
    /// when the observer did not ask for it.
    #[must_use]
    pub fn targeting_key(&self) -> Option<&'a str> {
        let privacy = &self.snapshot.ruleset.privacy;
        let shown = self.shown >= ObserveContext::Key && privacy.is_public(crate::context::TARGETING_KEY);
        self.context.key().filter(|_| shown)
    }

    /// The context's attributes that may be shown, which are those that the document declares without `private`, and
    /// all of them where it declares none; nothing unless the observer asked for them.
    pub fn attributes(&self) -> impl Iterator<Item = (&'a str, &'a AttributeValue)> + use<'a> {
        let (context, privacy) = (self.context, &self.snapshot.ruleset.privacy);
        let shown = self.shown >= ObserveContext::Attributes;
        let names = context.names().filter(move |name| shown && privacy.is_public(name));
        names.filter_map(move |name| Some((name, context.get(name)?)))
    }

    /// Shows no more than an observer asked for.
    pub(crate) fn limited(&self, shown: ObserveContext) -> Self {
        Self { shown: self.shown.min(shown), ..*self }
    }
}

impl fmt::Debug for Observed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Observed")
            .field("key", &self.key())
            .field("variant", &self.variant())
            .field("reason", &self.reason())
            .field("error_code", &self.error_code())
            .field("rule", &self.rule())
            .finish_non_exhaustive()
    }
}

/// The document that answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Loaded<'a> {
    /// Its file, as it was named when it was read.
    pub name: &'a str,
    /// Its fingerprint: it changes when an answer does.
    pub version: &'a str,
    /// The environment whose answers are in force.
    pub environment: Option<&'a str>,
    /// How many flags there are.
    pub flags: usize,
}

/// What came of a document that was to be loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reload<'a> {
    /// It answers from now on.
    Accepted {
        /// Keys of the flags that it changed.
        flags: &'a [String],
    },
    /// It was refused; the one before keeps answering.
    Refused {
        /// Its file or name.
        source: &'a str,
        /// What is wrong with it, with the lines that it is about.
        report: &'a str,
    },
}

impl Reload<'_> {
    /// `accepted` or `refused`.
    #[must_use]
    pub const fn outcome(&self) -> &'static str {
        match self {
            Self::Accepted { .. } => "accepted",
            Self::Refused { .. } => "refused",
        }
    }
}

/// The document that answers.
pub(super) fn loaded(snapshot: &Snapshot) -> Loaded<'_> {
    let document = snapshot.ruleset.document();
    Loaded {
        name: document.and_then(|document| document.files.first()).map_or("", String::as_str),
        version: snapshot.document.fingerprint(),
        environment: snapshot.ruleset.environment.as_deref(),
        flags: snapshot.ruleset.flags.len(),
    }
}

/// What observers can be called for.
#[derive(Clone, Copy)]
pub(crate) enum Event<'a> {
    Evaluated(&'a Observed<'a>),
    Recorded(&'a [Record]),
    Loaded(&'a Loaded<'a>),
    #[cfg(feature = "reload")]
    Reloaded(&'a Reload<'a>),
}

/// Something that one observer after the other is called with.
#[doc(hidden)]
pub struct Telling<'a> {
    pub(super) event: Event<'a>,
    /// What those want who are not told yet.
    pub(super) wants: &'a [ObserveContext],
    pub(super) callbacks: &'a Callbacks,
    pub(super) panicked: bool,
}

impl Telling<'_> {
    /// Tells one observer.
    pub(super) fn tell(&mut self, observer: &(impl Observer + ?Sized)) {
        let (wants, rest) =
            self.wants.split_first().map_or((ObserveContext::Nothing, self.wants), |(w, r)| (*w, r));
        self.wants = rest;
        let event = self.event;
        let quiet = self.callbacks.call(OBSERVER, || match event {
            Event::Evaluated(observed) => observer.evaluated(&observed.limited(wants)),
            Event::Recorded(records) => observer.recorded(&limited(records, wants)),
            Event::Loaded(loaded) => observer.loaded(loaded),
            #[cfg(feature = "reload")]
            Event::Reloaded(reload) => observer.reloaded(reload),
        });
        self.panicked |= !quiet;
    }
}

impl fmt::Debug for Telling<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Telling")
    }
}

/// The records for an observer, with no more of the contexts than it asked for.
pub(super) fn limited(records: &[Record], wants: ObserveContext) -> Cow<'_, [Record]> {
    if wants >= ObserveContext::Key {
        return Cow::Borrowed(records);
    }
    if records.iter().all(|record| record.exposure().key.is_none()) {
        return Cow::Borrowed(records);
    }
    let without = records.iter().cloned().map(|mut record| {
        record.exposure_mut().key = None;
        record
    });
    Cow::Owned(without.collect())
}
