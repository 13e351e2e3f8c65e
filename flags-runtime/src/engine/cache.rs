//! The snapshots that a thread keeps, so that an evaluation reads what is its own: one of each engine.

use super::snapshot::Snapshot;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

/// Engines whose snapshots need no allocation.
const FIRST: usize = 4;

/// What one thread keeps, by the slots of the engines.
struct Kept {
    first: [Option<Arc<Snapshot>>; FIRST],
    others: Vec<Option<Arc<Snapshot>>>,
}

thread_local! {
    static CACHE: RefCell<Kept> = const {
        RefCell::new(Kept { first: [const { None }; FIRST], others: Vec::new() })
    };
}

impl Kept {
    #[inline]
    fn get(&self, slot: usize) -> Option<&Option<Arc<Snapshot>>> {
        match self.first.get(slot) {
            Some(entry) => Some(entry),
            None => self.others.get(slot - FIRST),
        }
    }

    /// Keeps a snapshot in that slot. Returns the one that was there.
    fn replace(&mut self, slot: usize, snapshot: Option<Arc<Snapshot>>) -> Option<Arc<Snapshot>> {
        if let Some(entry) = self.first.get_mut(slot) {
            return std::mem::replace(entry, snapshot);
        }
        let other = slot - FIRST;
        if self.others.len() <= other {
            self.others.resize(other + 1, None);
        }
        std::mem::replace(self.others.get_mut(other)?, snapshot)
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
            Some(snapshot) if snapshot.epoch == epoch => Some(reader.read(snapshot)),
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

#[cfg(test)]
mod tests {
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
}
