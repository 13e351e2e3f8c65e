//! The ambient context: set for a stretch of code or a future, read where no context is at hand.

use crate::Context;
use std::cell::RefCell;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{self, Poll};

thread_local! {
    static AMBIENT: RefCell<Option<Context>> = const { RefCell::new(None) };
}

/// The ambient context: that of the innermost [`scope`] or [`InScope::in_scope`] around the call, an
/// anonymous one outside of any.
///
/// Nothing uses it unless told to: `#[feature_flag("my.flag", ctx = flags_runtime::current())]`.
///
/// ```
/// use flags_runtime::{Context, current, scope};
///
/// assert_eq!(current().key(), None);
/// scope(Context::new("user-123"), || assert_eq!(current().key(), Some("user-123")));
/// ```
#[must_use]
pub fn current() -> Context {
    // The thread's storage may be gone already while the thread ends.
    let ambient = AMBIENT.try_with(|ambient| ambient.borrow().clone());
    ambient.ok().flatten().unwrap_or_else(Context::anonymous)
}

/// Runs `f` with `context` as the ambient one, on this thread. Afterwards, also after a panic, the one
/// before is back. Threads and tasks that `f` starts do not inherit it.
///
/// Futures go through [`InScope::in_scope`] instead: they may be polled on any thread.
pub fn scope<R>(context: impl Into<Context>, f: impl FnOnce() -> R) -> R {
    let mut context = Some(context.into());
    let _back = Back::swap(&mut context);
    f()
}

/// Puts back the ambient context that was there before.
struct Back<'a>(&'a mut Option<Context>);

impl<'a> Back<'a> {
    /// Makes `context` the ambient one, and keeps the former in its place until dropped.
    fn swap(context: &'a mut Option<Context>) -> Self {
        swap(context);
        Self(context)
    }
}

impl Drop for Back<'_> {
    fn drop(&mut self) {
        swap(self.0);
    }
}

fn swap(context: &mut Option<Context>) {
    // Without storage, while the thread ends, there is nothing to swap with.
    let _ = AMBIENT.try_with(|ambient| std::mem::swap(&mut *ambient.borrow_mut(), context));
}

/// Gives futures an ambient context.
pub trait InScope: Future + Sized {
    /// The same future, in which [`current`] is `context`, on whatever thread it is polled.
    ///
    /// Tasks that it spawns do not inherit the context: spawn `task.in_scope(flags_runtime::current())`.
    ///
    /// ```
    /// use flags_runtime::{Context, InScope, current};
    ///
    /// let work = async { current().key().map(str::to_owned) }.in_scope(Context::new("user-123"));
    /// # let mut work = std::pin::pin!(work);
    /// # let waker = std::task::Waker::noop();
    /// # let done = std::future::Future::poll(work.as_mut(), &mut std::task::Context::from_waker(waker));
    /// # assert_eq!(done, std::task::Poll::Ready(Some("user-123".to_owned())));
    /// ```
    fn in_scope(self, context: impl Into<Context>) -> Scoped<Self> {
        Scoped { future: self, context: Some(context.into()) }
    }
}

impl<F: Future> InScope for F {}

pin_project_lite::pin_project! {
    /// A future with an ambient context: see [`InScope::in_scope`].
    #[must_use = "futures do nothing unless polled"]
    pub struct Scoped<F> {
        #[pin]
        future: F,
        // What is put in place while the future is polled; in between it waits here.
        context: Option<Context>,
    }
}

impl<F: Future> Future for Scoped<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let _back = Back::swap(this.context);
        this.future.poll(cx)
    }
}

impl<F> fmt::Debug for Scoped<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scoped").field("context", &self.context).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::{InScope, current, scope};
    use crate::Context;
    use std::future::{Future, poll_fn};
    use std::pin::pin;
    use std::task::{self, Poll, Waker};

    fn key() -> Option<String> {
        current().key().map(str::to_owned)
    }

    #[test]
    fn scopes_nest_and_end() {
        scope(Context::new("a"), || {
            scope(Context::new("b"), || assert_eq!(key().as_deref(), Some("b")));
            assert_eq!(key().as_deref(), Some("a"));
            let panicked = std::panic::catch_unwind(|| scope(Context::new("c"), || panic!("on purpose")));
            assert!(panicked.is_err());
            assert_eq!(key().as_deref(), Some("a"), "a panic ends the scope");
            assert_eq!(std::thread::scope(|s| s.spawn(key).join().unwrap()), None, "threads do not inherit");
        });
        assert_eq!(key(), None);
    }

    #[test]
    fn futures_carry_theirs_between_polls_and_threads() {
        let mut polls = 0;
        let future = poll_fn(move |_| {
            polls += 1;
            assert_eq!(key().as_deref(), Some("task"));
            if polls == 2 { Poll::Ready(polls) } else { Poll::Pending }
        });
        let mut future = pin!(future.in_scope(Context::new("task")));
        let mut cx = task::Context::from_waker(Waker::noop());
        scope(Context::new("outside"), || {
            assert_eq!(future.as_mut().poll(&mut cx), Poll::Pending);
            assert_eq!(key().as_deref(), Some("outside"));
        });
        std::thread::scope(|s| {
            let other = s.spawn(|| future.as_mut().poll(&mut task::Context::from_waker(Waker::noop())));
            assert_eq!(other.join().unwrap(), Poll::Ready(2));
        });
        assert_eq!(key(), None);
    }
}
