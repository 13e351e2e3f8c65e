//! How observers are told: each by itself, with no more than it asked for, and a panic in one is no matter
//! of the others.

use super::{Loaded, OBSERVER, ObserveContext, Observed, Observer};
use crate::callbacks::Callbacks;
use crate::recording::Record;
use std::borrow::Cow;
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

/// What observers are told of.
#[derive(Clone, Copy)]
pub(crate) enum Event<'a> {
    Evaluated(&'a Observed<'a>),
    Recorded(&'a [Record]),
    Loaded(&'a Loaded<'a>),
    #[cfg(feature = "reload")]
    Reloaded(&'a super::Reload<'a>),
}

/// Something that is told to one observer after the other.
#[doc(hidden)]
pub struct Telling<'a> {
    event: Event<'a>,
    /// What those want who are not told yet.
    wants: &'a [ObserveContext],
    callbacks: &'a Callbacks,
    panicked: bool,
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

impl std::fmt::Debug for Telling<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Telling")
    }
}

/// The records for an observer that asked for no more than that of contexts.
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
