//! Several observers as one.

use super::{Loaded, ObserveContext, Observed, Observer, Reload};
use std::sync::Arc;

impl<O: Observer + ?Sized> Observer for Arc<O> {
    fn wants(&self) -> ObserveContext {
        (**self).wants()
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
