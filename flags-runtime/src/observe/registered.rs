//! An observer that was set: each observer of a tuple is called separately and sees no more than it asked for, and a
//! panic in one does not affect the others.

use super::observer::{Event, OBSERVER, ObserveContext, Observer, Telling};
use crate::callbacks::Callbacks;
use std::sync::Arc;

/// An observer, with what it said it wants when it was set.
pub(crate) struct Registered {
    observer: Arc<dyn Observer>,
    /// Of several observers in one, what each wants, in their order.
    wants: Box<[ObserveContext]>,
    callbacks: Arc<Callbacks>,
}

impl Registered {
    pub(super) fn new(observer: Arc<dyn Observer>, callbacks: Arc<Callbacks>) -> Self {
        let mut wants = Vec::new();
        // One that panics instead of saying what it wants sees nothing.
        callbacks.call(OBSERVER, || observer.__wants(&mut wants));
        Self { observer, wants: wants.into(), callbacks }
    }

    /// The most that any of them wants.
    pub(super) fn wants(&self) -> ObserveContext {
        self.wants.iter().copied().max().unwrap_or_default()
    }

    /// Tells each of them. Returns whether all took it without a panic.
    pub(crate) fn tell(&self, event: Event<'_>) -> bool {
        let mut telling = Telling { event, wants: &self.wants, callbacks: &self.callbacks, panicked: false };
        self.observer.__tell(&mut telling);
        !telling.panicked
    }
}
