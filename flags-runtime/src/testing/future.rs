//! A future with what is forced for it, on whatever thread it is polled.

use super::stack::Stack;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

/// The same future; what it forces holds for itself alone, and what is forced here holds for it too.
///
/// ```
/// use flags_runtime::{Context, testing};
///
/// flags_runtime::flags!(inline = "flags: { new-ui: off }");
///
/// let work = testing::scope(async {
///     let _forced = Flags::NEW_UI.force(true);
///     // … awaiting, on one thread or another …
///     Flags::NEW_UI.enabled(&Context::new("ann"))
/// });
/// # let mut work = std::pin::pin!(work);
/// # let waker = std::task::Waker::noop();
/// # let done = std::future::Future::poll(work.as_mut(), &mut std::task::Context::from_waker(waker));
/// # assert_eq!(done, std::task::Poll::Ready(true));
/// assert!(!Flags::NEW_UI.enabled(&Context::new("ann")));
/// ```
pub fn scope<F: Future>(future: F) -> Scope<F> {
    Scope { future, stack: Stack::child() }
}

pin_project_lite::pin_project! {
    /// A future with what is forced for it: see [`scope`].
    #[must_use = "futures do nothing unless polled"]
    pub struct Scope<F> {
        #[pin]
        future: F,
        stack: Arc<Stack>,
    }
}

impl<F> Scope<F> {
    pub(super) fn with(future: F, stack: Arc<Stack>) -> Self {
        Self { future, stack }
    }
}

impl<F: Future> Future for Scope<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        this.stack.enter(|| this.future.poll(cx))
    }
}

impl<F> fmt::Debug for Scope<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Scope")
    }
}
