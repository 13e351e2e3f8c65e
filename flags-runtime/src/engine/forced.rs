//! The states that tests force on a thread, as the engine asks for them.

use super::snapshot::Snapshot;
use std::cell::Cell;
use std::sync::Arc;

/// The snapshot of the engine of that number with what is forced on this thread; `None` when nothing is. The other
/// argument gives the engine's own snapshot.
pub(crate) type Forced = fn(usize, &dyn Fn() -> Arc<Snapshot>) -> Option<Arc<Snapshot>>;

thread_local! {
    static FORCED: Cell<Option<Forced>> = const { Cell::new(None) };
}

/// Has engines ask `forced` on this thread from now on; with `None`, nobody.
pub(crate) fn set_forced(forced: Option<Forced>) {
    FORCED.set(forced);
}

/// Whether anything may be forced on this thread.
pub(super) fn is_forced() -> bool {
    FORCED.get().is_some()
}

/// The snapshot of an engine with what is forced on this thread; `None` when nothing is.
pub(super) fn snapshot(engine: usize, own: &dyn Fn() -> Arc<Snapshot>) -> Option<Arc<Snapshot>> {
    FORCED.get()?(engine, own)
}
