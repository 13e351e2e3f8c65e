//! Counts of evaluations, by flag, what was served and why. They cost a load and a store, and no
//! thread waits for another: each counts in a block of its own.

use crate::reason::Reason;
use crate::ruleset::Decision;
use crate::threads;
use flags_schema::Flag;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// Counts of one thread, or of all threads that have no block of their own.
type Block = Box<[AtomicU64]>;

/// The index of a count; 0 means that nothing is counted.
pub(crate) type Slot = u32;

/// Counts for each reason why something was served.
const REASONS: u32 = 8;
const _: () = assert!(Reason::ALL.len() == REASONS as usize);

/// Unused counts at the end of a block, so that no two threads write to neighbouring cache lines.
const PADDING: usize = 16;

/// Counts of the evaluations of some flags.
#[derive(Debug)]
pub(crate) struct Counts {
    /// Where each flag's counts begin, and the last index that has counts of its own.
    slots: Box<[(Slot, u32)]>,
    /// How many counts there are.
    length: usize,
    /// By the number of the thread.
    blocks: Box<[OnceLock<Block>]>,
    /// Of threads without a number.
    shared: OnceLock<Block>,
}

impl Counts {
    /// Counts of flags that serve so many things each, all zero.
    pub(crate) fn new(flags: impl Iterator<Item = usize>) -> Self {
        let mut next = 1;
        let slots = flags.map(|served| {
            let (start, served) = (next, u32::try_from(served).unwrap_or(u32::MAX / REASONS));
            next += served * REASONS;
            (start, served - 1)
        });
        Self {
            slots: slots.collect(),
            length: next as usize,
            blocks: (0..threads::THREADS).map(|_| OnceLock::new()).collect(),
            shared: OnceLock::new(),
        }
    }

    /// How many flags are counted.
    pub(crate) fn flags(&self) -> usize {
        self.slots.len()
    }

    /// Where an evaluation of the flag is counted: 0 when the flag is none of these.
    #[inline]
    pub(crate) fn slot(&self, flag: u32, index: u32, reason: Reason) -> Slot {
        self.slot_of(flag, index, reason as u32)
    }

    #[inline]
    fn slot_of(&self, flag: u32, index: u32, reason: u32) -> Slot {
        // Values of a value flag share their counts: they have no names.
        let Some((start, last)) = self.slots.get(flag as usize) else { return 0 };
        start + index.min(*last) * REASONS + reason
    }

    /// Counts an evaluation of each flag, in their order; those beyond `flags` are passed on.
    #[inline]
    pub(crate) fn add_all(&self, decisions: &[Decision], mut rest: impl FnMut(u32, Decision)) {
        // The first evaluation of a thread gives it a block.
        let Some(block) = self.blocks.get(threads::number()).and_then(OnceLock::get) else {
            for (flag, decision) in (0..).zip(decisions) {
                if !self.add(flag, *decision) {
                    rest(flag, *decision);
                }
            }
            return;
        };
        for ((start, last), decision) in self.slots.iter().zip(decisions) {
            let slot = start + decision.index().min(*last) * REASONS + decision.reason_index();
            if let Some(count) = block.get(slot as usize) {
                count.store(count.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
            }
        }
        for (flag, decision) in (0..).zip(decisions).skip(self.slots.len()) {
            rest(flag, *decision);
        }
    }

    /// Counts an evaluation. Returns whether the flag is one of these.
    #[inline]
    pub(crate) fn add(&self, flag: u32, decision: Decision) -> bool {
        let slot = self.slot_of(flag, decision.index(), decision.reason_index());
        if slot != 0 {
            self.count(slot);
        }
        slot != 0
    }

    /// Counts an evaluation in its slot; slot 0 is never read.
    #[inline]
    pub(crate) fn count(&self, slot: Slot) {
        match self.blocks.get(threads::number()).and_then(OnceLock::get) {
            Some(block) => {
                if let Some(count) = block.get(slot as usize) {
                    // Nobody else writes here: no need of an atomic addition, which costs ten times as much.
                    count.store(count.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
                }
            }
            None => self.count_first(slot),
        }
    }

    /// Counts the first evaluation of a thread, and every one of a thread that gets no number.
    #[cold]
    fn count_first(&self, slot: Slot) {
        match threads::claim().and_then(|number| self.blocks.get(number)) {
            Some(block) => {
                block.get_or_init(|| self.block());
                self.count(slot);
            }
            None => {
                if let Some(count) = self.shared.get_or_init(|| self.block()).get(slot as usize) {
                    count.fetch_add(1, Ordering::Relaxed);
                }
            }
        }
    }

    fn block(&self) -> Block {
        (0..self.length + PADDING).map(|_| AtomicU64::new(0)).collect()
    }

    /// The flag's counts of all threads together: what was served, why, how often.
    pub(crate) fn sums(&self, flag: u32) -> impl Iterator<Item = (u32, Reason, u64)> {
        let slots = self.slots.get(flag as usize);
        let (start, end) = slots.map_or((0, 0), |(start, last)| (*start, start + (last + 1) * REASONS));
        (start..end).filter_map(move |slot| {
            let count = self.sum(slot);
            let reason = Reason::ALL.get(((slot - start) % REASONS) as usize)?;
            (count > 0).then_some(((slot - start) / REASONS, *reason, count))
        })
    }

    fn sum(&self, slot: Slot) -> u64 {
        let blocks = self.blocks.iter().chain([&self.shared]).filter_map(OnceLock::get);
        let counts = blocks.filter_map(|block| block.get(slot as usize));
        counts.fold(0, |sum, count| sum.wrapping_add(count.load(Ordering::Relaxed)))
    }
}

/// How many things a flag serves that have names.
pub(crate) fn served(flag: &Flag) -> usize {
    match (&flag.value_type, flag.variants.len()) {
        (Some(_), _) => 1,
        (None, 0) => 2,
        (None, variants) => variants,
    }
}
