//! The snapshots that a thread keeps, so that an evaluation reads what is its own: one of each engine.

use super::snapshot::Snapshot;
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

/// Engines whose snapshots need no allocation.
const FIRST: usize = 4;

/// What one thread keeps, by the slots of the engines.
struct Kept {
    first: [Option<Entry>; FIRST],
    others: Vec<Option<Entry>>,
}

/// The snapshot of one engine.
struct Entry {
    snapshot: Arc<Snapshot>,
    /// Another reference to it, for the next [`SharedSnapshot`].
    spare: Cell<Option<Arc<Snapshot>>>,
}

thread_local! {
    static CACHE: RefCell<Kept> = const {
        RefCell::new(Kept { first: [const { None }; FIRST], others: Vec::new() })
    };
}

impl Kept {
    #[inline]
    fn get(&self, slot: usize) -> Option<&Option<Entry>> {
        match self.first.get(slot) {
            Some(entry) => Some(entry),
            None => self.others.get(slot - FIRST),
        }
    }

    /// Keeps a snapshot in that slot. Returns the one that was there.
    fn replace(&mut self, slot: usize, snapshot: Option<Arc<Snapshot>>) -> Option<Entry> {
        let new = snapshot.map(|snapshot| Entry { snapshot, spare: Cell::new(None) });
        if let Some(entry) = self.first.get_mut(slot) {
            return std::mem::replace(entry, new);
        }
        let other = slot - FIRST;
        if self.others.len() <= other {
            self.others.resize_with(other + 1, || None);
        }
        std::mem::replace(self.others.get_mut(other)?, new)
    }
}

/// Slots that no engine has: those given back, and all from the second on.
static FREE: Mutex<(BTreeSet<usize>, usize)> = Mutex::new((BTreeSet::new(), 0));

/// Where threads keep the snapshot of one engine. While an engine has a slot no other has it.
#[derive(Debug)]
pub(super) struct Slot(usize);

impl Slot {
    pub(super) fn take() -> Self {
        let mut free = FREE.lock().unwrap_or_else(PoisonError::into_inner);
        Self(free.0.pop_first().unwrap_or_else(|| {
            free.1 += 1;
            free.1 - 1
        }))
    }

    #[inline]
    pub(super) const fn index(&self) -> usize {
        self.0
    }
}

impl Drop for Slot {
    /// What other threads keep of the engine goes when they read of the next one that has the slot.
    fn drop(&mut self) {
        let kept = CACHE.try_with(|cache| {
            let mut cache = cache.try_borrow_mut().ok()?;
            cache.get(self.0)?;
            cache.replace(self.0, None)
        });
        FREE.lock().unwrap_or_else(PoisonError::into_inner).0.insert(self.0);
        drop(kept);
    }
}

/// What is done with a snapshot. Where time counts it is a method: a closure that is called from two
/// functions may be a call in both.
pub(crate) trait Read {
    type Answer;
    fn read(&mut self, snapshot: &Arc<Snapshot>) -> Self::Answer;
}

/// A closure, where time does not count.
pub(super) struct Closure<F>(pub(super) F);

impl<R, F: FnMut(&Arc<Snapshot>) -> R> Read for Closure<F> {
    type Answer = R;
    #[inline]
    fn read(&mut self, snapshot: &Arc<Snapshot>) -> R {
        self.0(snapshot)
    }
}

/// Calls `reader` with the snapshot of that epoch, kept by this thread; `load` gives it when it is not.
///
/// A thread keeps the last snapshot that it read until it reads the next one.
#[inline(always)]
#[expect(clippy::inline_always, reason = "what it reads is decided in registers")]
pub(crate) fn with_cached<R: Read>(
    slot: usize,
    epoch: u64,
    load: impl FnOnce() -> Arc<Snapshot>,
    mut reader: R,
) -> R::Answer {
    let cached = CACHE.try_with(|cache| {
        let cache = cache.try_borrow().ok()?;
        match cache.get(slot)? {
            Some(entry) if entry.snapshot.epoch == epoch => Some(reader.read(&entry.snapshot)),
            _ => None,
        }
    });
    match cached {
        Ok(Some(result)) => result,
        _ => uncached(slot, load, reader),
    }
}

#[cold]
#[inline(never)]
fn uncached<R: Read>(slot: usize, load: impl FnOnce() -> Arc<Snapshot>, mut reader: R) -> R::Answer {
    let snapshot = load();
    // While the thread ends, or inside of another evaluation, there is nowhere to keep it. The old
    // one is dropped when the cache is free again: values may be of types that evaluate flags.
    let old = CACHE.try_with(|cache| {
        let mut cache = cache.try_borrow_mut().ok()?;
        cache.replace(slot, Some(snapshot.clone()))
    });
    drop(old);
    reader.read(&snapshot)
}

/// A snapshot that is held for longer than it is read.
///
/// References are counted in memory that all threads share, and counting two of them takes longer than most evaluations. So
/// a thread keeps the reference that it drops for the next one, as long as it keeps the snapshot.
pub(crate) struct SharedSnapshot(Option<Arc<Snapshot>>);

impl SharedSnapshot {
    #[inline]
    pub(crate) fn of(snapshot: &Arc<Snapshot>) -> Self {
        let spare = with_entry(snapshot, |entry| entry.spare.take()).flatten();
        Self(Some(spare.unwrap_or_else(|| snapshot.clone())))
    }

    /// The snapshot; it is there until this is dropped.
    #[inline]
    pub(crate) fn get(&self) -> Option<&Snapshot> {
        self.0.as_deref()
    }
}

impl Clone for SharedSnapshot {
    fn clone(&self) -> Self {
        self.0.as_ref().map_or(Self(None), Self::of)
    }
}

impl Drop for SharedSnapshot {
    #[inline]
    fn drop(&mut self) {
        let mut held = self.0.take();
        if let Some(snapshot) = held.as_deref() {
            let slot = snapshot.slot;
            let address = std::ptr::from_ref(snapshot);
            let _ = with_slot(slot, |entry| {
                if std::ptr::eq(&raw const *entry.snapshot, address) {
                    entry.spare.set(held.take());
                }
            });
        }
        // What is still held may be the last reference: it is dropped while the cache is free.
    }
}

/// Calls `read` with what this thread keeps of the snapshot's engine, if it is this snapshot.
#[inline]
fn with_entry<R>(snapshot: &Arc<Snapshot>, read: impl FnOnce(&Entry) -> R) -> Option<R> {
    with_slot(snapshot.slot, |entry| Arc::ptr_eq(&entry.snapshot, snapshot).then(|| read(entry))).flatten()
}

#[inline]
fn with_slot<R>(slot: usize, read: impl FnOnce(&Entry) -> R) -> Option<R> {
    let found = CACHE.try_with(|cache| {
        let cache = cache.try_borrow().ok()?;
        cache.get(slot)?.as_ref().map(read)
    });
    found.ok().flatten()
}

#[cfg(test)]
mod tests {
    use super::SharedSnapshot;
    use crate::{Engine, Options, Variables};
    use flags_schema::Document;
    use std::sync::Arc;

    /// A thread keeps a snapshot of every engine, however many there are: none is loaded anew because of another.
    #[test]
    fn any_number_of_engines_is_kept() {
        let engine =
            || Engine::new(Document::default(), Options::default().variables(Variables::None)).unwrap();
        let engines: Vec<Engine> = (0..40).map(|_| engine()).collect();
        for _ in 0..2 {
            for engine in &engines {
                engine.read(|_| ());
            }
        }
        for engine in &engines {
            let snapshot = engine.current.load_full();
            assert_eq!(Arc::strong_count(&snapshot), 3, "of the engine, of this thread, and here");
        }
        // Slots are used again: a process that makes engines and drops them keeps nothing of them.
        let highest = engines.iter().map(|engine| engine.slot.index()).max().unwrap();
        drop(engines);
        for _ in 0..200 {
            let engine = engine();
            engine.read(|_| ());
            assert!(engine.slot.index() <= highest + 40, "other tests have engines too");
        }
    }

    /// A thread keeps one reference for the next to hold, and none to a snapshot that was replaced.
    #[test]
    fn one_reference_is_spare() {
        let engine = Engine::new(Document::default(), Options::default().variables(Variables::None)).unwrap();
        let hold = || engine.read(SharedSnapshot::of);
        let before = engine.current.load_full();
        let count = || Arc::strong_count(&before);
        drop(hold());
        assert_eq!(count(), 4, "of the engine, of this thread, its spare one, and here");
        let one = hold();
        assert_eq!(count(), 4, "the spare one is held");
        let two = one.clone();
        assert_eq!(count(), 5);
        std::thread::scope(|scope| scope.spawn(|| drop(two)).join()).unwrap();
        assert_eq!(count(), 4, "that thread keeps nothing of this engine");
        engine.set_clock(crate::FixedClock(flags_schema::Timestamp(0)));
        engine.read(|_| ());
        drop(one);
        assert_eq!(count(), 2, "of the snapshots that were replaced, and here");
    }
}
