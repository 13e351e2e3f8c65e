//! Marks of the members of a set, while a list is compared with it.

use std::cell::Cell;

/// Words of 64 marks that are kept on the call stack.
const FEW: usize = 16;

thread_local! {
    /// Room for more: a thread allocates it once.
    static ROOM: Cell<Vec<u64>> = const { Cell::new(Vec::new()) };
}

/// One mark for each index below a number.
pub(super) struct Marks<'a>(&'a mut [u64]);

impl Marks<'_> {
    pub(super) fn set(&mut self, index: usize) {
        if let Some(word) = self.0.get_mut(index / 64) {
            *word |= 1 << (index % 64);
        }
    }

    pub(super) fn has(&self, index: usize) -> bool {
        self.0.get(index / 64).is_some_and(|word| word >> (index % 64) & 1 == 1)
    }
}

/// Calls `run` with that many marks, none of which is set.
pub(super) fn with_marks<R>(count: usize, run: impl FnOnce(&mut Marks<'_>) -> R) -> R {
    let words = count.div_ceil(64);
    let mut few = [0; FEW];
    if let Some(few) = few.get_mut(..words) {
        return run(&mut Marks(few));
    }
    // A thread that ends keeps nothing.
    let mut room = ROOM.try_with(Cell::take).unwrap_or_default();
    room.clear();
    room.resize(words, 0);
    let result = run(&mut Marks(&mut room));
    let _ = ROOM.try_with(|kept| kept.set(room));
    result
}

#[cfg(test)]
mod tests {
    use super::with_marks;

    #[test]
    fn marks_are_kept_apart() {
        for count in [0, 1, 64, 65, 1024, 1025, 100_000, 3] {
            with_marks(count, |marks| {
                assert!((0..count).all(|index| !marks.has(index)), "of {count}");
                (0..count).step_by(3).for_each(|index| marks.set(index));
                assert!((0..count).all(|index| marks.has(index) == (index % 3 == 0)), "of {count}");
                marks.set(usize::MAX);
                assert!(!marks.has(usize::MAX), "there is none");
            });
        }
    }
}
