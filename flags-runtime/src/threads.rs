//! Numbers of the threads that evaluate: while a thread has one, no other thread does. Counts and regexes have a block
//! or a copy for each, so that threads do not wait for each other.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

/// How many threads have numbers at the same time; the others have none.
pub(crate) const THREADS: usize = 256;

/// The thread has not asked for a number yet.
const UNSET: usize = usize::MAX;
/// The thread gets none: too many have one, or it is ending.
const NONE: usize = usize::MAX - 1;

thread_local! {
    // Without a destructor, so that reading it is one load.
    static NUMBER: Cell<usize> = const { Cell::new(UNSET) };
    static GIVE_BACK: GiveBack = const { GiveBack };
}

/// Numbers that no thread has: those given back, and all from the second on.
static FREE: Mutex<(BTreeSet<usize>, usize)> = Mutex::new((BTreeSet::new(), 0));

/// The thread's number, which may be none; [`claim`] then gives one where it can.
#[inline]
pub(crate) fn number() -> usize {
    NUMBER.get()
}

/// Gives the thread a number, if it has none and there is one.
pub(crate) fn claim() -> Option<usize> {
    match NUMBER.get() {
        NONE => None,
        UNSET => {
            // Ending threads get none: nobody would give it back.
            let number = if GIVE_BACK.try_with(|_| ()).is_ok() { take() } else { NONE };
            NUMBER.set(number);
            (number != NONE).then_some(number)
        }
        number => Some(number),
    }
}

fn take() -> usize {
    let mut free = FREE.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(number) = free.0.pop_first() {
        return number;
    }
    if free.1 == THREADS {
        return NONE;
    }
    free.1 += 1;
    free.1 - 1
}

/// Frees the thread's number when the thread ends. The next owner goes on from what this one
/// counted: the lock orders what both write.
struct GiveBack;

impl Drop for GiveBack {
    fn drop(&mut self) {
        let number = NUMBER.replace(NONE);
        if number < THREADS {
            FREE.lock().unwrap_or_else(PoisonError::into_inner).0.insert(number);
        }
    }
}
