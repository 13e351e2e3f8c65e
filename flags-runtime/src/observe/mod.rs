//! Observers: told what flags answer, of what is loaded, and of experiments. What they send where is
//! theirs.

mod active;
#[cfg(feature = "metrics")]
mod metrics;
mod observer;
mod registered;
mod several;
#[cfg(feature = "tracing")]
mod tracing;

#[cfg(feature = "metrics")]
pub use self::metrics::{EVALUATIONS, FLAGS, INFO, MetricsObserver, RELOADS};
#[cfg(feature = "tracing")]
pub use self::tracing::TracingObserver;
pub(crate) use active::ActiveObserver;
#[cfg(feature = "reload")]
pub(crate) use active::reloaded;
pub use observer::{Loaded, ObserveContext, Observed, Observer, Reload};

use crate::engine::{Engine, Listener};
use std::convert::Infallible;
use std::sync::Arc;

impl Engine {
    /// Tells `observer` of every evaluation from now on, instead of the one before.
    ///
    /// A program without an observer pays nothing for it. With one, flags whose answer is the same for
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
