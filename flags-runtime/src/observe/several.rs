//! Several observers as one.

use super::{Loaded, ObserveContext, Observed, Observer, Reload};
use crate::experiment::{Record, Recording};
use std::borrow::Cow;
use std::sync::Arc;

impl<O: Observer + ?Sized> Observer for Arc<O> {
    fn wants(&self) -> ObserveContext {
        (**self).wants()
    }
    fn records(&self) -> Option<Recording> {
        (**self).records()
    }
    fn recorded(&self, records: &[Record]) {
        (**self).recorded(records);
    }
    fn evaluated(&self, observed: &Observed<'_>) {
        (**self).evaluated(observed);
    }
    fn loaded(&self, loaded: &Loaded<'_>) {
        (**self).loaded(loaded);
    }
    fn reloaded(&self, reload: &Reload<'_>) {
        (**self).reloaded(reload);
    }
}

macro_rules! tuples {
    ($(($($name:ident $place:tt)+))+) => {$(
        /// Each sees no more of contexts than it asked for.
        impl<$($name: Observer),+> Observer for ($($name,)+) {
            fn wants(&self) -> ObserveContext {
                ObserveContext::Nothing$(.max(self.$place.wants()))+
            }
            fn records(&self) -> Option<Recording> {
                let all = [$(self.$place.records()),+];
                all.into_iter().flatten().reduce(Recording::both)
            }
            fn recorded(&self, records: &[Record]) {
                $(self.$place.recorded(&limited(records, self.$place.wants()));)+
            }
            fn evaluated(&self, observed: &Observed<'_>) {
                $(self.$place.evaluated(&observed.limited(self.$place.wants()));)+
            }
            fn loaded(&self, loaded: &Loaded<'_>) {
                $(self.$place.loaded(loaded);)+
            }
            fn reloaded(&self, reload: &Reload<'_>) {
                $(self.$place.reloaded(reload);)+
            }
        }
    )+};
}
tuples!((A 0)(A 0 B 1)(A 0 B 1 C 2)(A 0 B 1 C 2 D 3));

/// The records for an observer that asked for no more than that of contexts.
fn limited(records: &[Record], wants: ObserveContext) -> Cow<'_, [Record]> {
    if wants >= ObserveContext::Key {
        return Cow::Borrowed(records);
    }
    let without = records.iter().cloned().map(|mut record| {
        record.exposure_mut().key = None;
        record
    });
    Cow::Owned(without.collect())
}
