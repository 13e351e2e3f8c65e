//! An engine's observer while it is in force, and what calls it.

#[cfg(feature = "reload")]
use super::observer::Reload;
use super::observer::{Event, OBSERVER, Observed, Observer, loaded};
use super::registered::Registered;
use crate::bucket::Digest;
use crate::callbacks::Callbacks;
use crate::context::Context;
use crate::engine::{Delivery, Listener, Snapshot};
use crate::recording::{Exposure, Record, Recorder};
use crate::ruleset::{Cause, Decision};
use flags_schema::Timestamp;
use std::any::Any;
use std::cell::Cell;
use std::fmt;
use std::sync::Arc;

/// An observer in force.
pub(crate) struct ActiveObserver {
    observer: Arc<Registered>,
    pub(crate) recorder: Option<Arc<Recorder>>,
}

impl ActiveObserver {
    /// Asks the observer what it wants, once, and starts to record experiments for it if it wants that.
    pub(super) fn new(observer: Arc<dyn Observer>, callbacks: &Arc<Callbacks>) -> Self {
        let mut recording = None;
        callbacks.call(OBSERVER, || recording = observer.records());
        let observer = Arc::new(Registered::new(observer, callbacks.clone()));
        let recorder = recording.map(|recording| {
            let observer = observer.clone();
            Arc::new(Recorder::start(recording, move |records| {
                let mut told = false;
                quietly(|| told = observer.tell(Event::Recorded(records)));
                told
            }))
        });
        Self { observer, recorder }
    }

    /// The observer of a snapshot: whatever listens was made here.
    pub(crate) fn of(snapshot: &Snapshot) -> Option<&Self> {
        let listener: &dyn Any = &**snapshot.observer.as_ref()?;
        listener.downcast_ref()
    }

    /// Who sees what; `None` for a context that cannot be told from others, and where no clock tells the
    /// moment.
    pub(crate) fn exposure(
        &self,
        snapshot: &Snapshot,
        flag: u32,
        context: &Context,
        decision: Decision,
    ) -> Option<Exposure> {
        let unit = unit(snapshot, flag, context)?;
        Some(self.exposure_of(unit, snapshot.clock.now()?, snapshot, flag, context, decision))
    }

    fn exposure_of(
        &self,
        unit: Digest,
        at: Timestamp,
        snapshot: &Snapshot,
        flag: u32,
        context: &Context,
        decision: Decision,
    ) -> Exposure {
        let observed = self.observed(snapshot, flag, context, decision);
        Exposure {
            at,
            flag: observed.key().to_owned(),
            variant: observed.variant().unwrap_or_default().to_owned(),
            reason: observed.reason(),
            unit: unit.to_string(),
            key: observed.targeting_key().map(str::to_owned),
            version: snapshot.document.fingerprint().clone(),
        }
    }

    fn observed<'a>(
        &self,
        snapshot: &'a Snapshot,
        flag: u32,
        context: &'a Context,
        decision: Decision,
    ) -> Observed<'a> {
        Observed { snapshot, flag, decision, context, shown: self.observer.wants() }
    }
}

impl Listener for ActiveObserver {
    /// Tells of an evaluation, unless it is the observer's own.
    #[cold]
    fn evaluated(&self, snapshot: &Snapshot, flag: u32, context: &Context, decision: Decision) {
        quietly(|| {
            self.observer.tell(Event::Evaluated(&self.observed(snapshot, flag, context, decision)));
            if let Some(recorder) = &self.recorder
                && exposes(snapshot, flag, decision)
                && let Some(unit) = unit(snapshot, flag, context)
            {
                // Without a moment nothing can be said of who saw what first.
                if let Some(now) = snapshot.clock.now()
                    && recorder.is_first(unit.hash_with(flag), now.0)
                {
                    let exposure = self.exposure_of(unit, now, snapshot, flag, context, decision);
                    recorder.record(Record::Exposure(exposure));
                }
            }
        });
    }

    /// Tells of the document that answers.
    fn loaded(&self, snapshot: &Snapshot) {
        quietly(|| {
            self.observer.tell(Event::Loaded(&loaded(snapshot)));
        });
    }

    /// What became of what it wanted recorded.
    fn delivery(&self) -> Delivery {
        self.recorder.as_ref().map(|recorder| recorder.delivery()).unwrap_or_default()
    }
}

impl fmt::Debug for ActiveObserver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ActiveObserver").field("wants", &self.observer.wants()).finish_non_exhaustive()
    }
}

/// Whether the flag's decision exposes a context to a variant of a running experiment.
fn exposes(snapshot: &Snapshot, flag: u32, decision: Decision) -> bool {
    let resolved = snapshot.ruleset.flags.get(flag as usize);
    resolved.is_some_and(|flag| flag.enrollment.as_ref().is_some_and(|it| it.experiment.is_some()))
        && decision.is_on()
        && !matches!(decision.cause(), Cause::Experiment | Cause::Override(_))
}

/// What tells the context from others in the flag's experiment.
fn unit(snapshot: &Snapshot, flag: u32, context: &Context) -> Option<Digest> {
    let resolved = snapshot.ruleset.flags.get(flag as usize)?;
    context.digest().copied().or_else(|| resolved.by.digest(context))
}

/// Tells the engine's observer of a reload.
#[cfg(feature = "reload")]
pub(crate) fn reloaded(engine: &crate::Engine, reload: &Reload<'_>) {
    let observer = engine.read(|snapshot| Some(ActiveObserver::of(snapshot)?.observer.clone()));
    if let Some(observer) = observer {
        quietly(|| {
            observer.tell(Event::Reloaded(reload));
        });
    }
}

thread_local! {
    static TELLING: Cell<bool> = const { Cell::new(false) };
}

/// Calls an observer, unless this thread is in one already: what observers evaluate is not observed,
/// else they would be told without end.
pub(crate) fn quietly(tell: impl FnOnce()) {
    struct Done;
    impl Drop for Done {
        fn drop(&mut self) {
            TELLING.set(false);
        }
    }
    if !TELLING.replace(true) {
        let _done = Done;
        tell();
    }
}
