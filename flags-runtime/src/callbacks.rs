//! Calls of the program's own code, by observers and subscribers: a panic in it ends nothing but that call.

use crate::overrides::Problem;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What went wrong in callbacks of an engine.
#[derive(Debug, Default)]
pub(crate) struct Callbacks {
    panics: Mutex<Panics>,
}

#[derive(Clone, Debug, Default)]
struct Panics {
    count: u64,
    /// Who panicked last, and with what.
    last: Option<(&'static str, String)>,
}

impl Callbacks {
    /// Calls `callback`, which is `who`'s: a panic is caught and kept for [`Callbacks::problem`]. Returns
    /// whether there was none.
    pub(crate) fn call(&self, who: &'static str, callback: impl FnOnce()) -> bool {
        match catch_unwind(AssertUnwindSafe(callback)) {
            Ok(()) => true,
            Err(payload) => {
                self.report(who, payload);
                false
            }
        }
    }

    #[cold]
    fn report(&self, who: &'static str, payload: Box<dyn Any + Send>) {
        let text = match (payload.downcast_ref::<&str>(), payload.downcast_ref::<String>()) {
            (Some(text), _) => (*text).to_owned(),
            (None, Some(text)) => text.clone(),
            (None, None) => "a value that is no text".to_owned(),
        };
        // What was thrown may itself panic when it is dropped; that panic's own payload is leaked.
        if let Err(again) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
            std::mem::forget(again);
        }
        #[cfg(feature = "tracing")]
        crate::log::panicked(who, &text);
        let mut panics = self.panics();
        panics.count += 1;
        panics.last = Some((who, text));
    }

    /// What to tell people of panics, if there were any.
    pub(crate) fn problem(&self) -> Option<Problem> {
        let Panics { count, last } = self.panics().clone();
        let (who, text) = last?;
        let message = match count {
            1 => format!("panicked: {text}"),
            _ => format!("panicked: {text} (panics of observers and subscribers so far: {count})"),
        };
        Some(Problem { subject: who.to_owned(), message })
    }

    fn panics(&self) -> MutexGuard<'_, Panics> {
        self.panics.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::Callbacks;

    #[test]
    fn panics_are_caught_and_told() {
        struct Worse;
        impl Drop for Worse {
            fn drop(&mut self) {
                panic!("on purpose, while it is dropped");
            }
        }
        let callbacks = Callbacks::default();
        assert!(callbacks.call("an observer", || ()));
        assert_eq!(callbacks.problem(), None);
        assert!(!callbacks.call("an observer", || panic!("on {}", "purpose")));
        assert_eq!(
            callbacks.problem().map(|p| p.to_string()).as_deref(),
            Some("an observer: panicked: on purpose")
        );
        assert!(!callbacks.call("a subscriber", || std::panic::panic_any(Worse)));
        let problem = callbacks.problem().unwrap().to_string();
        assert!(problem.starts_with("a subscriber: panicked: a value that is no text"), "{problem}");
        assert!(problem.contains("so far: 2"), "{problem}");
    }
}
