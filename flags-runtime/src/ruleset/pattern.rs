//! Regular expressions that many threads match at once.

use crate::threads;
use flags_schema::parse::Regex;

/// Copies of a pattern: threads with different numbers, up to this many, never meet.
const COPIES: usize = 8;

/// The longest text that is searched, in bytes.
///
/// The time of a search is in proportion to the text and to the size of the compiled pattern, which is
/// bounded when it is compiled. Who sends a context decides how long its texts are.
const LONGEST: usize = 16 * 1024;

/// A regular expression with copies for several threads.
///
/// A [`Regex`] keeps what it needs for matching behind a lock, makes more of it when several threads match
/// at once, and shares it with nobody when it is cloned. The compiled program is shared by all copies.
///
/// A thread that matches takes the copy of its number, so that neither waits for a lock nor allocates:
///
/// 1. The number is the one under which the thread's evaluations are counted. A thread that matches before anything
///    was counted for it claims the number here, and is counted under it from then on.
/// 2. A number is one thread's alone until that thread ends, and the lowest that is free is given first. Two threads
///    share a copy only when a multiple of [`COPIES`] lies between their numbers. Without the claim all threads that
///    are not counted yet would take the first copy, and wait for each other.
/// 3. A thread that gets no number, since too many have one or since it is ending, takes the first copy. That is
///    right for every copy; only its time is shared.
#[derive(Debug)]
pub(crate) struct Pattern([Regex; COPIES]);

impl Pattern {
    pub(crate) fn new(regex: &Regex) -> Self {
        let copies = std::array::from_fn(|_| regex.clone());
        for copy in &copies {
            // Makes what matching needs, so that evaluations allocate nothing.
            copy.is_match("");
        }
        Self(copies)
    }

    /// Whether it is found in `text`, in time linear in the text; not known of a text that is too long.
    pub(crate) fn is_match(&self, text: &str) -> Option<bool> {
        if text.len() > LONGEST {
            return None;
        }
        let [first, ..] = &self.0;
        let thread = threads::claim().unwrap_or_default();
        Some(self.0.get(thread % COPIES).unwrap_or(first).is_match(text))
    }
}
