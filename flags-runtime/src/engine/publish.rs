//! How a change of an engine's state is published.
//!
//! The state is never changed where it stands: whoever changes something copies it, works outside of the
//! lock, and replaces it only if nobody else did meanwhile; then he begins anew. So nothing is parsed,
//! resolved, hashed, dropped or called back while the lock is held, and whatever a callback asks of the
//! engine is answered.

use super::Engine;
use super::added::AddedFlags;
use super::snapshot::Snapshot;
use super::state::EngineState;
use super::table::TableEntries;
use std::sync::atomic::Ordering;
use std::sync::{Arc, MutexGuard, PoisonError};

/// A snapshot to be published, with what its flags answer whatever the context.
struct Publication {
    snapshot: Arc<Snapshot>,
    entries: TableEntries,
}

impl Engine {
    /// The present state.
    pub(crate) fn state(&self) -> Arc<EngineState> {
        self.locked_state().clone()
    }

    fn locked_state(&self) -> MutexGuard<'_, Arc<EngineState>> {
        // Under the lock one reference is replaced by another: there is no half-made change to find.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the state, and lets evaluations see it. `change` is called again when somebody else was
    /// quicker, and must then do the same to the newer state.
    ///
    /// # Errors
    /// With what `change` refuses; nothing changes then.
    pub(crate) fn update<T, E>(
        &self,
        mut change: impl FnMut(&mut EngineState) -> Result<T, E>,
    ) -> Result<T, E> {
        loop {
            let old = self.state();
            let mut new = EngineState::clone(&old);
            let answer = change(&mut new)?;
            new.version = Arc::default();
            if !Arc::ptr_eq(&old.ruleset, &new.ruleset) {
                let compiled = self.contract.flags.len();
                new.added = AddedFlags::of(&new.ruleset, compiled, &mut new.known_keys, old.added.as_ref());
            }
            let publication = self.publication(&new);
            if self.replace(&old, Arc::new(new), Some(publication)) {
                return Ok(answer);
            }
        }
    }

    /// Changes something of the state that evaluations do not see. `change` may be called again.
    #[cfg(feature = "reload")]
    pub(crate) fn amend<T>(&self, mut change: impl FnMut(&mut EngineState) -> T) -> T {
        loop {
            let old = self.state();
            let mut new = EngineState::clone(&old);
            let answer = change(&mut new);
            if self.replace(&old, Arc::new(new), None) {
                return answer;
            }
        }
    }

    fn publication(&self, state: &EngineState) -> Publication {
        let overrides = state.overrides(&self.contract);
        let document = state.ruleset.document();
        let metrics = document.and_then(|document| document.settings.metrics.as_ref());
        let snapshot = Snapshot {
            epoch: Snapshot::next_epoch(),
            slot: self.slot.index(),
            ruleset: state.ruleset.clone(),
            fast_paths: Snapshot::fast_paths(&state.ruleset, &overrides),
            overrides,
            contract: self.contract.clone(),
            clock: state.clock.clone(),
            counting: metrics.is_none_or(|metrics| **metrics),
            added: state.added.clone(),
            document: state.in_force().clone(),
            observer: state.observer.clone(),
        };
        let entries = TableEntries::of(&snapshot, &self.counts);
        Publication { snapshot: Arc::new(snapshot), entries }
    }

    /// Replaces `old` by `new`; `false` when `old` is not the state any more.
    ///
    /// 1. The snapshot is swapped. Threads go on reading the one that they keep.
    /// 2. The epoch follows: from now on a thread that evaluates sees that what it keeps is old, and loads
    ///    the new one. The other way round it would load the old one again, at each evaluation, until the
    ///    snapshot was there.
    /// 3. The table comes last. A thread that still sees an old entry answers as it did a
    ///    moment ago. It is written under the lock, or two changes at once could leave the entries of the
    ///    older one.
    /// 4. What was replaced is dropped when the lock is free: its values may be of types whose `Drop` asks
    ///    this engine.
    fn replace(
        &self,
        old: &Arc<EngineState>,
        new: Arc<EngineState>,
        publication: Option<Publication>,
    ) -> bool {
        let mut state = self.locked_state();
        if !Arc::ptr_eq(&state, old) {
            drop(state);
            return false;
        }
        let before = std::mem::replace(&mut *state, new);
        let retired = publication.map(|Publication { snapshot, entries }| {
            let epoch = snapshot.epoch;
            let retired = self.current.swap(snapshot);
            self.epoch.store(epoch, Ordering::Release);
            self.table.write(&entries);
            (retired, entries)
        });
        drop(state);
        drop(before);
        if let Some((snapshot, _)) = retired {
            self.retire(snapshot);
        }
        true
    }

    fn retire(&self, snapshot: Arc<Snapshot>) {
        let present = self.current.load();
        let replaced = match (&snapshot.added, &present.added) {
            (Some(old), Some(new)) => !Arc::ptr_eq(old, new),
            (Some(_), None) => true,
            (None, _) => false,
        };
        drop(present);
        if replaced {
            // Evaluations that still run with the old snapshot may be missed.
            self.history().keep(&snapshot);
        }
        self.locked_retired().push(snapshot);
        self.free_retired();
    }

    /// Frees the snapshots that nobody reads any more.
    pub(crate) fn free_retired(&self) {
        let mut retired = self.locked_retired();
        let unread = |snapshot: &mut Arc<Snapshot>| Arc::strong_count(snapshot) == 1;
        let free: Vec<Arc<Snapshot>> = retired.extract_if(.., unread).collect();
        drop(retired);
        drop(free);
    }

    fn locked_retired(&self) -> MutexGuard<'_, Vec<Arc<Snapshot>>> {
        self.retired.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
