//! The engine: flags, what they answer at present, and what may change it.

mod added;
mod cache;
mod environment;
mod evaluation;
mod explain;
mod filter;
#[cfg(feature = "test-util")]
mod forced;
mod handle;
mod history;
mod kept;
mod metrics;
mod overriding;
mod populations;
#[cfg(feature = "reload")]
mod progress;
mod publish;
mod reference;
mod settings;
mod snapshot;
mod start;
mod state;
mod table;
mod variable;
mod version;

#[cfg(feature = "test-util")]
pub(crate) use added::FlagId;
pub use environment::Variables;
pub use evaluation::Evaluation;
pub(crate) use explain::explain;
pub use explain::{ExplainedStep, Explanation};
pub use filter::Filter;
#[cfg(feature = "test-util")]
pub(crate) use forced::{Forced, set_forced};
pub use handle::{Evaluations, FlagHandle};
use history::MetricsHistory;
pub use history::{Count, LastEvaluated};
#[cfg(feature = "reload")]
pub(crate) use kept::{KeptAnswer, KeptAnswers, is_off};
pub use metrics::{FlagMetrics, Metrics};
pub use populations::{PopulationDecision, Populations};
#[cfg(feature = "reload")]
pub use progress::{Change, Refused, WatchStatus};
#[cfg(feature = "reload")]
pub(crate) use progress::{Followed, Subscriber};
pub use reference::FlagRef;
pub(crate) use reference::Reference;
pub(crate) use reference::sealed::Sealed;
pub use snapshot::Delivery;
pub(crate) use snapshot::{Listener, Snapshot};
pub use start::{Embedded, Options};
pub(crate) use state::EngineState;

use crate::callbacks::Callbacks;
use crate::context::Context;
use crate::contract::Contract;
use crate::counts::Counts;
use crate::ruleset::Decision;
use arc_swap::ArcSwap;
use cache::{Closure, Lent, Read, Slot, with_cached};
use std::fmt;
#[cfg(feature = "reload")]
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use table::{Entry, ServedSlot, Table};

/// Evaluates flags. `flags!` makes one for the program, `Flags::engine()`; servers and tools make
/// their own from a document.
///
/// Evaluating never waits: it takes no lock and allocates nothing, whatever other threads change at
/// the same time.
pub struct Engine {
    /// Where threads keep its snapshot.
    slot: Slot,
    /// Which engine it is, for what tests force.
    #[cfg(feature = "test-util")]
    number: usize,
    contract: Arc<Contract>,
    /// The contract as loaded documents are checked against it; made when one first is.
    #[cfg(feature = "reload")]
    compiled: OnceLock<flags_schema::Contract>,
    #[cfg(feature = "reload")]
    compiled_fingerprint: OnceLock<Box<str>>,
    /// What flags serve where no snapshot is needed to say it.
    table: Table,
    counts: Counts,
    history: Mutex<MetricsHistory>,
    /// Of the snapshot that `current` holds, or is about to hold.
    epoch: AtomicU64,
    current: ArcSwap<Snapshot>,
    /// What the present snapshot was made from. The lock is held to read or to replace one reference:
    /// see [`publish`].
    state: Mutex<Arc<EngineState>>,
    /// Snapshots that threads may still read: freeing one takes long, and is not for an evaluation.
    retired: Mutex<Vec<Arc<Snapshot>>>,
    /// What went wrong in callbacks.
    callbacks: Arc<Callbacks>,
}

impl Engine {
    /// What the program was compiled for.
    #[cfg(feature = "reload")]
    pub(crate) fn contract(&self) -> &Contract {
        &self.contract
    }

    /// What loaded documents are checked against.
    #[cfg(feature = "reload")]
    pub(crate) fn compiled_contract(&self) -> &flags_schema::Contract {
        self.compiled.get_or_init(|| {
            let document = self.contract.document();
            match document.embedded() {
                // It was read once when the engine was made: it is not damaged.
                Some(embedded) => flags_schema::Contract::of_embedded(embedded).unwrap_or_default(),
                None => flags_schema::Contract::of(document.document()),
            }
        })
    }

    #[cfg(feature = "reload")]
    pub(crate) fn compiled_fingerprint(&self) -> &str {
        self.compiled_fingerprint.get_or_init(|| self.compiled_contract().fingerprint().to_string().into())
    }

    pub(crate) fn counts(&self) -> &Counts {
        &self.counts
    }

    pub(crate) fn history(&self) -> MutexGuard<'_, MetricsHistory> {
        self.history.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the table says of the flag.
    #[inline]
    fn entry(&self, flag: u32) -> Entry {
        #[cfg(feature = "test-util")]
        if forced::is_forced() {
            return Entry::Nothing;
        }
        self.table.entry(flag)
    }

    /// Counts what the table says, and returns its index.
    #[inline]
    fn counted(&self, (index, slot): ServedSlot) -> u32 {
        if slot != 0 {
            self.counts.count(slot);
        }
        index
    }

    /// The index of the value that the flag serves, counted, where the table says it and the values are those of that
    /// number.
    #[inline(never)]
    pub(crate) fn value_index(&self, flag: u32, context: &Context, values: u64) -> Option<u32> {
        let Entry::Bucket = self.entry(flag) else { return None };
        let (served, number) = self.table.bucketed(flag, context)?;
        (number == values).then(|| self.counted(served))
    }

    /// Calls `read` with the present snapshot.
    #[inline]
    pub(crate) fn read<R>(&self, read: impl FnMut(&Arc<Snapshot>) -> R) -> R {
        self.read_by(Closure(read))
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "as `with_cached`")]
    fn read_by<R: Read>(&self, reader: R) -> R::Answer {
        #[cfg(feature = "test-util")]
        if let Some(forced) = forced::snapshot(self.number, &|| self.unforced()) {
            let mut reader = reader;
            return reader.read(Lent::unkept(&forced));
        }
        self.read_shared(reader)
    }

    /// Calls `read` with the present snapshot, whatever this thread forces.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "as `with_cached`")]
    fn read_shared<R: Read>(&self, reader: R) -> R::Answer {
        let epoch = self.epoch.load(Ordering::Acquire);
        with_cached(self.slot.index(), epoch, || self.current.load_full(), reader)
    }

    /// The present snapshot, whatever this thread forces.
    #[cfg(feature = "test-util")]
    pub(crate) fn unforced(&self) -> Arc<Snapshot> {
        self.read_shared(Closure(Arc::clone))
    }

    #[cfg(feature = "test-util")]
    pub(crate) const fn number(&self) -> usize {
        self.number
    }

    /// Evaluates a flag, and calls `answer` with what was decided.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "as `with_cached`")]
    pub(crate) fn ask<R>(
        &self,
        flag: u32,
        context: &Context,
        answer: impl FnMut(Lent<'_>, Decision) -> R,
    ) -> R {
        self.read_by(EvaluatingRead { engine: self, flag, context, answer })
    }

    /// Counts an evaluation, and tells the observer of it.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "as `with_cached`")]
    fn note(&self, snapshot: &Snapshot, flag: u32, context: &Context, decision: Decision) {
        if snapshot.counting && !self.counts.add(flag, decision) {
            snapshot.count_added(flag, decision);
        }
        if snapshot.observer.is_some() {
            snapshot.tell_evaluated(flag, context, decision);
        }
    }

    /// Tells the observer which document answers.
    pub(crate) fn tell_loaded(&self) {
        let snapshot = self.read(Arc::clone);
        if let Some(observer) = &snapshot.observer {
            observer.loaded(&snapshot);
        }
    }

    /// The index that a flag serves, when the table of constants has it.
    #[inline]
    pub(crate) fn index_asked(&self, flag: u32, context: &Context) -> u32 {
        match self.entry(flag) {
            Entry::Constant(served) => self.counted(served),
            Entry::Bucket => self.index_by_bucket(flag, context),
            Entry::Nothing => self.index_by_snapshot(flag, context),
        }
    }

    // Apart, as the next, so that what asks for constants stays small where it is inlined.
    #[inline(never)]
    fn index_by_bucket(&self, flag: u32, context: &Context) -> u32 {
        match self.table.bucketed(flag, context) {
            Some((served, _)) => self.counted(served),
            None => self.index_by_snapshot(flag, context),
        }
    }

    #[inline(never)]
    fn index_by_snapshot(&self, flag: u32, context: &Context) -> u32 {
        self.ask(flag, context, |_, decision| decision.index())
    }
}

/// One evaluation: what reads the snapshot, notes the evaluation and makes the answer of it.
struct EvaluatingRead<'a, A> {
    engine: &'a Engine,
    flag: u32,
    context: &'a Context,
    answer: A,
}

impl<R, A: FnMut(Lent<'_>, Decision) -> R> Read for EvaluatingRead<'_, A> {
    type Answer = R;

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "as `with_cached`")]
    fn read(&mut self, snapshot: Lent<'_>) -> R {
        // Followed once: the reference to it lies in memory.
        let followed: &Snapshot = &snapshot;
        let decision = followed.decide(self.flag, self.context);
        self.engine.note(followed, self.flag, self.context, decision);
        (self.answer)(snapshot, decision)
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let flags = self.read(|snapshot| snapshot.ruleset.flags.len());
        f.debug_struct("Engine").field("flags", &flags).finish_non_exhaustive()
    }
}
