//! Several observers as one.

use super::observer::{Loaded, ObserveContext, Observed, Observer, Reload, Telling, limited};
use crate::recording::{Record, Recording};
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
    fn __wants(&self, all: &mut Vec<ObserveContext>) {
        (**self).__wants(all);
    }
    fn __tell(&self, telling: &mut Telling<'_>) {
        (**self).__tell(telling);
    }
}

macro_rules! tuples {
    ($(($($name:ident $member:tt)+))+) => {$(
        /// Each sees no more of contexts than it asked for, and a panic in one does not keep the others from
        /// being told. An observer that holds a tuple and calls its methods by itself is asked each time what
        /// its members want.
        impl<$($name: Observer),+> Observer for ($($name,)+) {
            fn wants(&self) -> ObserveContext {
                ObserveContext::Nothing$(.max(self.$member.wants()))+
            }
            fn records(&self) -> Option<Recording> {
                let all = [$(self.$member.records()),+];
                all.into_iter().flatten().reduce(Recording::both)
            }
            fn recorded(&self, records: &[Record]) {
                $(self.$member.recorded(&limited(records, self.$member.wants()));)+
            }
            fn evaluated(&self, observed: &Observed<'_>) {
                $(self.$member.evaluated(&observed.limited(self.$member.wants()));)+
            }
            fn loaded(&self, loaded: &Loaded<'_>) {
                $(self.$member.loaded(loaded);)+
            }
            fn reloaded(&self, reload: &Reload<'_>) {
                $(self.$member.reloaded(reload);)+
            }
            fn __wants(&self, all: &mut Vec<ObserveContext>) {
                $(self.$member.__wants(all);)+
            }
            fn __tell(&self, telling: &mut Telling<'_>) {
                $(self.$member.__tell(telling);)+
            }
        }
    )+};
}
tuples!((A 0)(A 0 B 1)(A 0 B 1 C 2)(A 0 B 1 C 2 D 3));
