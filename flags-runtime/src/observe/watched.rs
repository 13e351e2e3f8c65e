//! An engine's observer, and what it is told with.

use super::{Loaded, ObserveContext, Observed, Observer};
use crate::bucket::Digest;
use crate::context::Context;
use crate::engine::Snapshot;
use crate::experiment::{Exposure, Record, Recorder, exposes};
use crate::ruleset::Decision;
use flags_schema::Timestamp;
use std::cell::Cell;
use std::fmt;
use std::sync::Arc;

/// An observer in force.
pub(crate) struct Watched {
    pub(crate) observer: Arc<dyn Observer>,
    pub(crate) recorder: Option<Arc<Recorder>>,
    wants: ObserveContext,
    /// Fingerprint of the document.
    version: Arc<str>,
}

impl Watched {
    pub(crate) fn new(
        observer: Arc<dyn Observer>,
        recorder: Option<Arc<Recorder>>,
        version: Arc<str>,
    ) -> Self {
        let wants = observer.wants();
        Self { observer, recorder, wants, version }
    }

    /// Tells of an evaluation, unless it is the observer's own.
    #[cold]
    pub(crate) fn evaluated(&self, snapshot: &Snapshot, flag: u32, context: &Context, decision: Decision) {
        quietly(|| {
            let shown = self.wants;
            self.observer.evaluated(&Observed { snapshot, watched: self, flag, decision, context, shown });
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

    /// Who sees what; `None` for a context that cannot be told from others, and where no clock tells the moment.
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
        let observed = Observed { snapshot, watched: self, flag, decision, context, shown: self.wants };
        Exposure {
            at,
            flag: observed.key().to_owned(),
            variant: observed.variant().unwrap_or_default().to_owned(),
            reason: observed.reason(),
            unit: unit.to_string(),
            key: observed.targeting_key().map(str::to_owned),
            version: self.version.clone(),
        }
    }

    pub(crate) fn tell_loaded(&self, snapshot: &Snapshot) {
        quietly(|| self.observer.loaded(&self.loaded(snapshot)));
    }

    pub(super) fn loaded<'a>(&'a self, snapshot: &'a Snapshot) -> Loaded<'a> {
        let document = snapshot.ruleset.document();
        Loaded {
            name: document.and_then(|document| document.files.first()).map_or("", String::as_str),
            version: &self.version,
            environment: snapshot.ruleset.environment.as_deref(),
            flags: snapshot.ruleset.flags.len(),
        }
    }
}

impl fmt::Debug for Watched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watched").field("wants", &self.wants).finish_non_exhaustive()
    }
}

/// What tells the context from others in the flag's experiment.
fn unit(snapshot: &Snapshot, flag: u32, context: &Context) -> Option<Digest> {
    let resolved = snapshot.ruleset.flags.get(flag as usize)?;
    context.digest().copied().or_else(|| resolved.by.digest(context))
}

/// Tells the engine's observer of a reload.
#[cfg(feature = "reload")]
pub(crate) fn reloaded(engine: &crate::Engine, reload: &super::Reload<'_>) {
    let watched = engine.read(|snapshot| snapshot.watched.clone());
    if let Some(watched) = watched {
        quietly(|| watched.observer.reloaded(reload));
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
