//! An engine's observer, and what it is told with.

use super::{Loaded, ObserveContext, Observed, Observer};
use crate::context::Context;
use crate::engine::Snapshot;
use crate::ruleset::Decision;
use std::cell::Cell;
use std::fmt;
use std::sync::Arc;

/// An observer in force.
pub(crate) struct Watched {
    pub(crate) observer: Arc<dyn Observer>,
    wants: ObserveContext,
    /// Fingerprint of the document.
    version: Arc<str>,
}

impl Watched {
    pub(crate) fn new(observer: Arc<dyn Observer>, version: Arc<str>) -> Self {
        let wants = observer.wants();
        Self { observer, wants, version }
    }

    /// Tells of an evaluation, unless it is the observer's own.
    #[cold]
    pub(crate) fn evaluated(&self, snapshot: &Snapshot, flag: u32, context: &Context, decision: Decision) {
        quietly(|| {
            let shown = self.wants;
            self.observer.evaluated(&Observed { snapshot, watched: self, flag, decision, context, shown });
        });
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
fn quietly(tell: impl FnOnce()) {
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
