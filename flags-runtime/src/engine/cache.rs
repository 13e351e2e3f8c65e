//! The snapshots that a thread keeps, so that an evaluation reads what is its own: one of each engine.

use super::snapshot::Snapshot;
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};

/// Engines whose snapshots need no allocation.
const FIRST: usize = 4;

/// What one thread keeps, by the slots of the engines.
struct Kept {
    first: [Option<Arc<Snapshot>>; FIRST],
    /// Of the same engines.
    spares: [Spare; FIRST],
    others: Vec<(Option<Arc<Snapshot>>, Spare)>,
}

/// Another reference to a snapshot that a thread keeps, for the next [`SharedSnapshot`].
type Spare = Cell<Option<Arc<Snapshot>>>;

thread_local! {
    static CACHE: RefCell<Kept> = const {
        RefCell::new(Kept {
            first: [const { None }; FIRST],
            spares: [const { Cell::new(None) }; FIRST],
            others: Vec::new(),
        })
    };
}

impl Kept {
    #[inline]
    fn get(&self, slot: usize) -> Option<Lent<'_>> {
        let (snapshot, spare) = match (self.first.get(slot), self.spares.get(slot)) {
            (Some(snapshot), Some(spare)) => (snapshot, spare),
            _ => self.others.get(slot - FIRST).map(|(snapshot, spare)| (snapshot, spare))?,
        };
        Some(Lent { snapshot: snapshot.as_ref()?, spare: Some(spare) })
    }

    /// Keeps a snapshot in that slot. Returns what was there.
    fn replace(
        &mut self,
        slot: usize,
        snapshot: Option<Arc<Snapshot>>,
    ) -> Option<(Option<Arc<Snapshot>>, Spare)> {
        if let (Some(kept), Some(spare)) = (self.first.get_mut(slot), self.spares.get_mut(slot)) {
            return Some((std::mem::replace(kept, snapshot), std::mem::take(spare)));
        }
        let other = slot - FIRST;
        if self.others.len() <= other {
            self.others.resize_with(other + 1, Default::default);
        }
        Some(std::mem::replace(self.others.get_mut(other)?, (snapshot, Cell::new(None))))
    }
}

/// A snapshot while it is read.
#[derive(Clone, Copy)]
pub(crate) struct Lent<'a> {
    snapshot: &'a Arc<Snapshot>,
    /// `None` when the thread does not keep the snapshot.
    spare: Option<&'a Spare>,
}

impl<'a> Lent<'a> {
    /// One that the thread does not keep.
    pub(super) fn unkept(snapshot: &'a Arc<Snapshot>) -> Self {
        Self { snapshot, spare: None }
    }

    /// A reference that may be held.
    #[inline]
    pub(crate) fn share(self) -> SharedSnapshot {
        let spare = self.spare.and_then(Cell::take);
        SharedSnapshot(Some(spare.unwrap_or_else(|| self.snapshot.clone())))
    }
}

impl Deref for Lent<'_> {
    type Target = Arc<Snapshot>;
    #[inline]
    fn deref(&self) -> &Arc<Snapshot> {
        self.snapshot
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
    fn read(&mut self, snapshot: Lent<'_>) -> Self::Answer;
}

/// A closure, where time does not count.
pub(super) struct Closure<F>(pub(super) F);

impl<R, F: FnMut(&Arc<Snapshot>) -> R> Read for Closure<F> {
    type Answer = R;
    #[inline]
    fn read(&mut self, snapshot: Lent<'_>) -> R {
        self.0(snapshot.snapshot)
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
            lent if lent.epoch == epoch => Some(reader.read(lent)),
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
    reader.read(Lent::unkept(&snapshot))
}

/// A snapshot that is held for longer than it is read.
///
/// References are counted in memory that all threads share, and counting two of them takes longer than most evaluations. So
/// a thread keeps the reference that it drops for the next one, as long as it keeps the snapshot.
pub(crate) struct SharedSnapshot(Option<Arc<Snapshot>>);

impl SharedSnapshot {
    /// A reference that this thread has to spare, or another.
    pub(crate) fn of(snapshot: &Arc<Snapshot>) -> Self {
        let shared =
            with_lent(snapshot.slot, |lent| Arc::ptr_eq(lent.snapshot, snapshot).then(|| lent.share()));
        shared.flatten().unwrap_or_else(|| Lent::unkept(snapshot).share())
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
        let Some(held) = self.0.take() else { return };
        // What is not kept may be the last reference: it is dropped while the cache is free.
        drop(keep(held));
    }
}

/// Keeps a reference to spare, if the thread keeps the snapshot. Returns what it does not keep.
#[inline]
fn keep(held: Arc<Snapshot>) -> Option<Arc<Snapshot>> {
    let slot = held.slot;
    let mut held = Some(held);
    with_lent(slot, |lent| {
        if let Some(spare) = lent.spare
            && held.as_ref().is_some_and(|held| Arc::ptr_eq(held, lent.snapshot))
        {
            held = spare.replace(held.take());
        }
    });
    held
}

/// Calls `read` with the snapshot that this thread keeps in the slot.
#[inline]
fn with_lent<R>(slot: usize, read: impl FnOnce(Lent<'_>) -> R) -> Option<R> {
    let found = CACHE.try_with(|cache| {
        let cache = cache.try_borrow().ok()?;
        cache.get(slot).map(read)
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
