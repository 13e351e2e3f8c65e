//! Who was exposed lately: a table of fixed size that threads share without waiting.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Slots where an exposure may be remembered.
const WAYS: usize = 4;
/// A window is measured in so many ticks.
const TICKS: u64 = 16;
/// Bits of an entry that say when; the others say who. 0 is an empty entry.
const WHEN: u64 = (1 << 24) - 1;

/// Exposures by what tells them apart, and when they were told.
#[derive(Debug)]
pub(super) struct Exposures {
    entries: Box<[AtomicU64]>,
    /// Milliseconds.
    tick: u64,
}

impl Exposures {
    pub(super) fn new(remembered: usize, window: Duration) -> Self {
        let sets = remembered.div_ceil(WAYS).clamp(1, 1 << 28).next_power_of_two();
        let window = u64::try_from(window.as_millis()).unwrap_or(u64::MAX);
        Self { entries: (0..sets * WAYS).map(|_| AtomicU64::new(0)).collect(), tick: (window / TICKS).max(1) }
    }

    /// Whether the exposure is to be told: the first one within the window. `who` is a hash, `now` are
    /// milliseconds.
    pub(super) fn is_first(&self, who: u64, now: i64) -> bool {
        let sets = (self.entries.len() / WAYS).max(1);
        let set = usize::try_from(who & WHEN).unwrap_or_default() % sets * WAYS;
        let Some(ways) = self.entries.get(set..set + WAYS) else { return true };
        // The lowest bit is given up, so that no entry looks empty.
        let (who, tick) = (who & !WHEN | (WHEN + 1), (now.cast_unsigned() / self.tick) & WHEN);
        let age = |entry: u64| tick.wrapping_sub(entry & WHEN) & WHEN;
        // Another thread may take a slot in between; it does so at most once for each.
        for _ in 0..=WAYS {
            // Read once: another thread with this exposure must choose the same slot, where one of the two wins.
            let entries: [u64; WAYS] =
                std::array::from_fn(|i| ways.get(i).map_or(0, |way| way.load(Ordering::Acquire)));
            let entries = ways.iter().zip(entries);
            let same = entries.clone().find(|(_, entry)| entry & !WHEN == who);
            if let Some((_, entry)) = same
                && age(entry) < TICKS
            {
                return false;
            }
            // Of those equally old any one goes, so that all go in time.
            let from = usize::try_from(who >> 32).unwrap_or_default() % WAYS;
            let oldest = entries.cycle().skip(from).take(WAYS);
            let oldest = oldest.max_by_key(|(_, entry)| if *entry == 0 { u64::MAX } else { age(*entry) });
            let Some((way, before)) = same.or(oldest) else { return true };
            if way.compare_exchange(before, who | tick, Ordering::AcqRel, Ordering::Acquire).is_ok() {
                return true;
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::Exposures;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::time::Duration;

    /// Spreads numbers as digests are spread.
    fn who(number: u64) -> u64 {
        let mixed = (number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (mixed ^ mixed >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9) ^ mixed >> 32
    }

    #[test]
    fn once_within_the_window() {
        let exposures = Exposures::new(1024, Duration::from_secs(16));
        assert!(exposures.is_first(who(1), 0) && !exposures.is_first(who(1), 0));
        assert!(exposures.is_first(who(2), 0));
        assert!(!exposures.is_first(who(1), 14_999));
        assert!(exposures.is_first(who(1), 16_000) && !exposures.is_first(who(1), 16_000));
        assert!(!exposures.is_first(who(1), 31_000));
    }

    #[test]
    fn memory_is_bounded_and_the_latest_are_kept() {
        let exposures = Exposures::new(1024, Duration::from_secs(3600));
        assert_eq!(exposures.entries.len(), 1024);
        let first = (0..100_000).filter(|i| exposures.is_first(who(*i), 0)).count();
        assert!(first > 99_990, "hardly any is taken for another: {first}");
        assert!(!exposures.is_first(who(99_999), 0));
        let again = (0..100).filter(|i| exposures.is_first(who(*i), 0)).count();
        assert_eq!(again, 100, "the oldest are forgotten");
    }

    #[test]
    fn once_among_threads() {
        let exposures = Exposures::new(1 << 14, Duration::from_secs(3600));
        let told = AtomicU32::new(0);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for i in 0..1000 {
                        told.fetch_add(u32::from(exposures.is_first(who(i), 0)), Ordering::Relaxed);
                    }
                });
            }
        });
        assert_eq!(told.into_inner(), 1000);
    }
}
