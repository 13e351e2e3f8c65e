//! Observers: told what flags answer, of what is loaded, and of experiments. What they send where is
//! theirs.

mod active;
#[cfg(feature = "metrics")]
mod metrics;
mod several;
mod telling;
#[cfg(feature = "tracing")]
mod tracing;

#[cfg(feature = "metrics")]
pub use self::metrics::{EVALUATIONS, FLAGS, INFO, MetricsObserver, RELOADS};
#[cfg(feature = "tracing")]
pub use self::tracing::TracingObserver;
pub(crate) use active::ActiveObserver;
#[cfg(feature = "reload")]
pub(crate) use active::reloaded;
pub(crate) use telling::Telling;

use crate::context::{AttributeValue, Context};
use crate::engine::{Engine, Listener, Snapshot};
use crate::reason::{ErrorCode, Provenance, Reason, RuleRef};
use crate::recording::{Record, Recording};
use crate::ruleset::{Cause, Decision};
use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;

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

/// Is told what the flags of an engine answer: see [`Engine::set_observer`].
///
/// Its methods are called by the thread that evaluates, so they had better be quick. They may use the
/// engine; flags that they evaluate are not observed. A panic in one is caught and told by
/// [`Engine::problems`]. Observe with several at once by setting a tuple of them.
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
const OBSERVER: &str = "an observer";

/// An evaluation, as an [`Observer`] is told of it.
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
        active::loaded(self.snapshot)
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

    /// The same for an observer that asked for no more than that.
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

impl Engine {
    /// Tells `observer` of every evaluation from now on, instead of the one before.
    ///
    /// Without an observer nothing is spent on one. With one, flags whose answer is the same for
    /// everybody are decided each time as the others are.
    pub fn set_observer(&self, observer: impl Observer) {
        self.observe(Some(Arc::new(observer)));
    }

    /// Tells nobody any more.
    pub fn clear_observer(&self) {
        self.observe(None);
    }

    fn observe(&self, observer: Option<Arc<dyn Observer>>) {
        // It is asked what it wants before anything is locked: it may use the engine.
        let observer = observer.map(|observer| -> Arc<dyn Listener> {
            Arc::new(ActiveObserver::new(observer, self.callbacks()))
        });
        let Ok(()) = self.update(|state| {
            state.observer.clone_from(&observer);
            Ok::<_, Infallible>(())
        });
        self.tell_loaded();
    }
}
