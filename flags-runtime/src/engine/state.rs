//! What an engine's snapshots are made from, and how a change of it is published.
//!
//! The state is never changed where it stands: whoever changes something copies it, works outside of the
//! lock, and replaces it only if nobody else did meanwhile; then he begins anew. So nothing is parsed,
//! resolved, hashed, dropped or called back while the lock is held, and whatever a callback asks of the
//! engine is answered.

use super::added::{AddedFlags, FlagId, KnownKeys};
use super::kept::KeptAnswers;
use super::snapshot::{Listener, Snapshot};
use super::{Engine, Variables};
use crate::clock::Clock;
use crate::document::StoredDocument;
use crate::overrides::{OverrideState, Problem};
use crate::reason::Layer;
use crate::ruleset::{Overrides, Ruleset, resolve_override};
use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, MutexGuard, OnceLock, PoisonError};

/// What a snapshot is made from. Cheap to copy: what is large is shared.
#[derive(Clone)]
pub(crate) struct EngineState {
    pub(crate) clock: Arc<dyn Clock>,
    /// As it was compiled in or given: every environment's answers.
    pub(crate) compiled: StoredDocument,
    /// What was loaded since, and is in force.
    pub(crate) reloaded: Option<StoredDocument>,
    /// Flags that keep the answer of a document before that.
    pub(crate) kept: Arc<KeptAnswers>,
    pub(crate) environment: Option<Arc<str>>,
    pub(super) variables: Arc<Variables>,
    pub(crate) ruleset: Arc<Ruleset>,
    /// Flags of the ruleset that the program was compiled without.
    pub(super) added: Option<Arc<AddedFlags>>,
    /// Keys of such flags, those that are gone too.
    pub(super) known_keys: Arc<KnownKeys>,
    /// Overrides that the program set, by flag.
    pub(super) program: BTreeMap<u32, OverrideState>,
    /// Overrides of environment variables, by flag.
    pub(super) variable: BTreeMap<u32, OverrideState>,
    /// Why every flag is off, when the embedded document could not be used.
    pub(super) embedded_problems: Arc<[Problem]>,
    pub(super) environment_problem: Option<Problem>,
    pub(super) variable_problems: Arc<[Problem]>,
    pub(crate) observer: Option<Arc<dyn Listener>>,
    #[cfg(feature = "reload")]
    pub(crate) reload: super::progress::Progress,
    /// Of what is answered; computed when somebody first asks.
    pub(super) version: Arc<OnceLock<Arc<str>>>,
}

impl EngineState {
    /// The document that answers.
    pub(crate) fn in_force(&self) -> &StoredDocument {
        self.reloaded.as_ref().unwrap_or(&self.compiled)
    }

    /// Whether the other has the same documents in force, for the same environment.
    #[cfg(feature = "reload")]
    pub(crate) fn is_same_document(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.ruleset, &other.ruleset)
    }

    /// The key of a flag that the program was compiled without, also when it is gone.
    pub(super) fn added_key(&self, id: FlagId) -> Option<&Arc<str>> {
        id.key(&self.known_keys)
    }

    /// What was ignored, and why.
    pub(super) fn problems(&self) -> impl Iterator<Item = &Problem> {
        let embedded = self.embedded_problems.iter();
        embedded.chain(&self.environment_problem).chain(&*self.variable_problems)
    }

    /// The overrides, resolved against the ruleset; those that mean nothing there any more are left out.
    fn overrides(&self, engine: &Engine) -> Box<Overrides> {
        let mut overrides: Box<Overrides> = (0..self.ruleset.flags.len()).map(|_| None).collect();
        let layers = [(&self.variable, Layer::EnvironmentVariable), (&self.program, Layer::Program)];
        for (set, layer) in layers {
            for (flag, state) in set {
                if let Some(slot) = overrides.get_mut(*flag as usize)
                    && let Ok(to) = resolve_override(&self.ruleset, &engine.contract, *flag, state)
                {
                    *slot = Some((layer, Arc::new(to)));
                }
            }
        }
        overrides
    }
}

/// A snapshot to be published, with what its flags answer whatever the context.
struct Publication {
    snapshot: Arc<Snapshot>,
    constants: Box<[u32]>,
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
        let overrides = state.overrides(self);
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
        let constants = snapshot.constants(&self.counts);
        Publication { snapshot: Arc::new(snapshot), constants }
    }

    /// Replaces `old` by `new`; `false` when `old` is not the state any more.
    ///
    /// 1. The snapshot is swapped. Threads go on reading the one that they keep.
    /// 2. The epoch follows: from now on a thread that evaluates sees that what it keeps is old, and loads
    ///    the new one. The other way round it would load the old one again, at each evaluation, until the
    ///    snapshot was there.
    /// 3. The table of constants comes last. A thread that still sees an old entry answers as it did a
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
        let retired = publication.map(|Publication { snapshot, constants }| {
            let epoch = snapshot.epoch;
            let retired = self.current.swap(snapshot);
            self.epoch.store(epoch, Ordering::Release);
            for (entry, constant) in self.table.iter().zip(&constants) {
                entry.store(*constant, Ordering::Relaxed);
            }
            (retired, constants)
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
