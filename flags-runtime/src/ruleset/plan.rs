//! The order in which flags and segments with many dependencies are evaluated, and what is remembered meanwhile.
//!
//! Most flags depend on few others, and an evaluation asks these one within the other. Where a chain
//! is long that would need a long call stack, and where many ways lead to the same flag it would be
//! asked once for each. Those flags and segments are planned: numbered such that each comes after those
//! it needs, and evaluated in that order, each once.

use super::{Decision, Truth};
use std::cell::Cell;

/// Flags and segments that are evaluated in an order of their own.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    /// Each after those that it needs.
    pub(super) entries: Box<[Entry]>,
    /// Every flag that has prerequisites, after those of them that have some themselves.
    pub(super) order: Box<[u32]>,
}

/// A flag or a segment of the plan.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) what: Dependent,
    /// The entries that it asks for, by their slots in the plan.
    pub(super) needs: Box<[u32]>,
    /// The lowest slot of all that it needs, directly or not.
    pub(super) first: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Dependent {
    Flag(u32),
    Segment(u32),
}

/// What is known of an entry.
#[derive(Clone, Copy, Debug, Default)]
pub(super) enum Answer {
    #[default]
    NotWanted,
    Wanted,
    Decided(Decision),
    Member(Truth),
}

/// Answers of some successive entries.
#[derive(Clone, Copy, Debug)]
pub(super) struct Memo<'a> {
    /// The slot of the first one.
    first: usize,
    answers: &'a [Cell<Answer>],
}

impl Memo<'_> {
    /// For evaluations that need nothing of the plan.
    pub(super) const NONE: Self = Memo { first: 0, answers: &[] };

    #[inline]
    pub(super) fn get(&self, slot: u32) -> Answer {
        self.cell(slot).map_or(Answer::NotWanted, Cell::get)
    }

    fn set(&self, slot: u32, answer: Answer) {
        if let Some(cell) = self.cell(slot) {
            cell.set(answer);
        }
    }

    fn cell(&self, slot: u32) -> Option<&Cell<Answer>> {
        self.answers.get((slot as usize).checked_sub(self.first)?)
    }
}

/// Answers that are kept on the call stack.
const FEW: usize = 64;

thread_local! {
    /// Room for the answers of larger plans: a thread allocates it once.
    static ROOM: Cell<Vec<Answer>> = const { Cell::new(Vec::new()) };
}

impl Plan {
    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Evaluates what the entry of that slot needs, and calls `then` with the answers.
    ///
    /// `evaluate` gets each of them after those that it needs itself.
    #[inline(never)]
    pub(super) fn prepare<R>(
        &self,
        slot: u32,
        evaluate: impl FnMut(Dependent, Memo<'_>) -> Answer,
        then: impl FnOnce(Memo<'_>) -> R,
    ) -> R {
        let first = self.entries.get(slot as usize).map_or(slot, |entry| entry.first);
        let run = |answers: &mut [Answer]| {
            let memo = Memo { first: first as usize, answers: Cell::from_mut(answers).as_slice_of_cells() };
            self.want(slot, memo);
            self.evaluate(first..slot, memo, evaluate);
            then(memo)
        };
        with_room((slot - first.min(slot)) as usize, run)
    }

    /// Evaluates every entry, and calls `then` with the answers.
    #[inline(never)]
    pub(super) fn prepare_all<R>(
        &self,
        evaluate: impl FnMut(Dependent, Memo<'_>) -> Answer,
        then: impl FnOnce(Memo<'_>) -> R,
    ) -> R {
        let run = |answers: &mut [Answer]| {
            answers.fill(Answer::Wanted);
            let memo = Memo { first: 0, answers: Cell::from_mut(answers).as_slice_of_cells() };
            self.evaluate(0..u32::try_from(self.entries.len()).unwrap_or(u32::MAX), memo, evaluate);
            then(memo)
        };
        with_room(self.entries.len(), run)
    }

    /// Marks all that the entry needs: what an entry needs has a lower slot.
    fn want(&self, slot: u32, memo: Memo<'_>) {
        let need = |slot: u32| {
            let needs = self.entries.get(slot as usize).map(|entry| &*entry.needs);
            needs.into_iter().flatten().for_each(|need| memo.set(*need, Answer::Wanted));
        };
        need(slot);
        for below in (0..slot).rev().take(memo.answers.len()) {
            if matches!(memo.get(below), Answer::Wanted) {
                need(below);
            }
        }
    }

    fn evaluate(
        &self,
        slots: std::ops::Range<u32>,
        memo: Memo<'_>,
        mut evaluate: impl FnMut(Dependent, Memo<'_>) -> Answer,
    ) {
        for slot in slots {
            if let (Answer::Wanted, Some(entry)) = (memo.get(slot), self.entries.get(slot as usize)) {
                memo.set(slot, evaluate(entry.what, memo));
            }
        }
    }
}

/// Calls `run` with that many answers, none of them wanted yet.
fn with_room<R>(count: usize, run: impl FnOnce(&mut [Answer]) -> R) -> R {
    let mut few = [Answer::NotWanted; FEW];
    if let Some(few) = few.get_mut(..count) {
        return run(few);
    }
    // Taken out meanwhile: a clock of the program's may evaluate flags too. A thread that ends has none.
    let mut room = ROOM.try_with(Cell::take).unwrap_or_default();
    room.clear();
    room.resize(count, Answer::NotWanted);
    let result = run(&mut room);
    let _ = ROOM.try_with(|kept| kept.set(room));
    result
}
