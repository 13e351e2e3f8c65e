//! What flags serve, where no snapshot is needed to say it: the same for every context, or by the bucket of the
//! targeting key alone.

use super::snapshot::Snapshot;
use crate::bucket::Multiplier;
use crate::context::Context;
use crate::counts::{Counts, Slot};
use crate::ruleset::{BOUNDS, Bucketed, Decision, constants, passed};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering, fence};

/// The table of an engine. Each entry changes when a snapshot is published; who reads one sees all of the entry before
/// or all of the one after.
#[derive(Debug)]
pub(super) struct Table {
    /// By flag. What each serves when no context can change it, and where that is counted: 0 where a context can,
    /// or somebody observes; [`BUCKET`] where a bucket decides; else, in [`CONSTANT_INDEX`], 1 and the index, and above
    /// it the slot among the counts, 0 when nothing is counted.
    constants: Box<[AtomicU32]>,
    /// By flag. Made when a flag is first decided by a bucket.
    buckets: Box<[OnceLock<Box<BucketEntry>>]>,
}

/// What to write into the table.
pub(super) struct TableEntries {
    constants: Box<[u32]>,
    /// Of the flags that are decided by a bucket, in their order.
    buckets: Vec<(u32, BucketFields)>,
}

/// Bits of a constant that hold 1 and the index.
const CONSTANT_INDEX: u32 = 0xff;

/// Stands for no constant: it has no index.
const BUCKET: u32 = CONSTANT_INDEX + 1;

/// What the table says of a flag.
pub(super) enum Entry {
    /// It serves this, whatever the context.
    Constant(ServedSlot),
    /// [`Table::bucketed`] says it.
    Bucket,
    Nothing,
}

/// The index that is served, and the slot where it is counted; 0 when nothing is counted.
pub(super) type ServedSlot = (u32, Slot);

/// Fields of a [`BucketEntry`].
struct BucketFields {
    multiplier: (u64, u64),
    bounds: [u64; BOUNDS],
    served: [ServedSlot; BOUNDS + 1],
    /// The number of the flag's values, if they live as long as the program; else 0.
    values: u64,
}

/// [`BucketFields`] that may change while they are read.
#[derive(Debug)]
struct BucketEntry {
    /// Even while the fields are those of one state, another number for each; odd while they are written, and where the
    /// bucket does not decide.
    version: AtomicU64,
    high: AtomicU64,
    low: AtomicU64,
    bounds: [AtomicU64; BOUNDS],
    /// The index in the upper half, the slot among the counts in the lower one.
    served: [AtomicU64; BOUNDS + 1],
    values: AtomicU64,
}

impl BucketEntry {
    fn new() -> Self {
        Self {
            version: AtomicU64::new(1),
            high: AtomicU64::new(0),
            low: AtomicU64::new(0),
            bounds: [const { AtomicU64::new(0) }; BOUNDS],
            served: [const { AtomicU64::new(0) }; BOUNDS + 1],
            values: AtomicU64::new(0),
        }
    }

    /// Replaces the fields. One thread at a time may.
    fn write(&self, fields: Option<&BucketFields>) {
        let writing = self.version.load(Ordering::Relaxed) | 1;
        self.version.store(writing, Ordering::Relaxed);
        let Some(BucketFields { multiplier: (high, low), bounds, served, values }) = fields else { return };
        // Whoever reads one of these sees after it that the version has changed.
        fence(Ordering::Release);
        self.high.store(*high, Ordering::Relaxed);
        self.low.store(*low, Ordering::Relaxed);
        for (to, from) in self.bounds.iter().zip(bounds) {
            to.store(*from, Ordering::Relaxed);
        }
        for (to, (index, slot)) in self.served.iter().zip(served) {
            to.store(u64::from(*index) << 32 | u64::from(*slot), Ordering::Relaxed);
        }
        self.values.store(*values, Ordering::Relaxed);
        self.version.store(writing + 1, Ordering::Release);
    }

    /// What is served for the context, and the number of the values; `None` when the bucket does not decide.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "each half is wanted")]
    fn read(&self, context: &Context) -> Option<(ServedSlot, u64)> {
        let version = self.version.load(Ordering::Acquire);
        if version & 1 != 0 {
            return None;
        }
        let key = context.digest()?;
        let stream =
            Multiplier::of_halves(self.high.load(Ordering::Relaxed), self.low.load(Ordering::Relaxed));
        let bounds = self.bounds.each_ref().map(|bound| bound.load(Ordering::Relaxed));
        let served = self.served.get(passed(&bounds, stream.bucket(key)))?.load(Ordering::Relaxed);
        let values = self.values.load(Ordering::Relaxed);
        fence(Ordering::Acquire);
        let same = self.version.load(Ordering::Relaxed) == version;
        same.then_some((((served >> 32) as u32, served as u32), values))
    }
}

impl Table {
    /// One of so many flags, that says nothing yet.
    pub(super) fn new(flags: usize) -> Self {
        Self {
            constants: (0..flags).map(|_| AtomicU32::new(0)).collect(),
            buckets: (0..flags).map(|_| OnceLock::new()).collect(),
        }
    }

    #[inline]
    pub(super) fn entry(&self, flag: u32) -> Entry {
        let entry = self.constants.get(flag as usize).map_or(0, |entry| entry.load(Ordering::Relaxed));
        match (entry & CONSTANT_INDEX).checked_sub(1) {
            Some(index) => Entry::Constant((index, entry >> CONSTANT_INDEX.trailing_ones())),
            None if entry == 0 => Entry::Nothing,
            None => Entry::Bucket,
        }
    }

    /// What the flag serves by the bucket of the context's key, and the number of its values; `None` where something
    /// else decides.
    #[inline]
    pub(super) fn bucketed(&self, flag: u32, context: &Context) -> Option<(ServedSlot, u64)> {
        self.buckets.get(flag as usize)?.get()?.read(context)
    }

    /// Replaces all entries. One thread at a time may.
    pub(super) fn write(&self, entries: &TableEntries) {
        for (entry, constant) in self.constants.iter().zip(&entries.constants) {
            entry.store(*constant, Ordering::Relaxed);
        }
        let mut decided = entries.buckets.iter().peekable();
        for (entry, flag) in self.buckets.iter().zip(0_u32..) {
            match decided.next_if(|(decided, _)| *decided == flag) {
                Some((_, fields)) => entry.get_or_init(|| Box::new(BucketEntry::new())).write(Some(fields)),
                None => {
                    if let Some(entry) = entry.get() {
                        entry.write(None);
                    }
                }
            }
        }
    }
}

impl TableEntries {
    /// What a snapshot says of every flag.
    pub(super) fn of(snapshot: &Snapshot, counts: &Counts) -> Self {
        let counts = snapshot.counting.then_some(counts);
        let alone = snapshot.observer.is_none();
        let constants = constants(&snapshot.ruleset, &snapshot.overrides);
        let constant = |(flag, constant): (u32, Option<Decision>)| match constant {
            Some(decision) if alone => packed(served(flag, decision, counts)),
            _ => 0,
        };
        let mut constants: Box<[u32]> = (0_u32..).zip(constants).map(constant).collect();
        let buckets = (0_u32..).zip(&*snapshot.fast_paths).filter_map(|(flag, path)| {
            let Bucketed { stream, bounds, decisions } = path.bucketed().filter(|_| alone)?;
            let values = snapshot.ruleset.flags.get(flag as usize).map_or(0, |flag| flag.values.number());
            let served = decisions.map(|decision| served(flag, decision, counts));
            Some((flag, BucketFields { multiplier: stream.halves(), bounds, served, values }))
        });
        let buckets: Vec<(u32, BucketFields)> = buckets.collect();
        for (flag, _) in &buckets {
            if let Some(entry) = constants.get_mut(*flag as usize) {
                *entry = BUCKET;
            }
        }
        Self { constants, buckets }
    }
}

fn served(flag: u32, decision: Decision, counts: Option<&Counts>) -> ServedSlot {
    let index = decision.index();
    (index, counts.map_or(0, |counts| counts.slot(flag, index, decision.reason())))
}

fn packed((index, slot): ServedSlot) -> u32 {
    let room = u32::MAX >> CONSTANT_INDEX.trailing_ones();
    // What does not fit is asked for each time.
    if index >= CONSTANT_INDEX || slot > room {
        return 0;
    }
    slot << CONSTANT_INDEX.trailing_ones() | (index + 1)
}

#[cfg(test)]
mod tests {
    use super::{BOUNDS, BucketEntry, BucketFields};
    use crate::context::Context;
    use std::sync::atomic::{AtomicBool, Ordering};

    /// Fields that all tell the same number.
    fn fields(number: u32) -> BucketFields {
        BucketFields {
            multiplier: (u64::from(number), u64::from(number) | 1),
            bounds: [u64::MAX; BOUNDS],
            served: [(number, number); BOUNDS + 1],
            values: u64::from(number),
        }
    }

    #[test]
    fn nobody_reads_half_of_an_entry() {
        let entry = BucketEntry::new();
        let context = Context::new("a");
        assert!(entry.read(&context).is_none());
        let stop = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let reader = scope.spawn(|| {
                let mut read = 0;
                while !stop.load(Ordering::Relaxed) || read == 0 {
                    if let Some(((index, slot), values)) = entry.read(&context) {
                        assert_eq!((index, u64::from(index)), (slot, values));
                        read += 1;
                    }
                }
            });
            for number in 0..200_000 {
                entry.write(if number % 7 == 6 { None } else { Some(fields(number)) }.as_ref());
            }
            entry.write(Some(&fields(5)));
            stop.store(true, Ordering::Relaxed);
            reader.join().unwrap();
        });
        assert_eq!(entry.read(&context), Some(((5, 5), 5)));
        assert_eq!(entry.read(&Context::anonymous()), None);
        entry.write(None);
        assert_eq!(entry.read(&context), None);
    }
}
