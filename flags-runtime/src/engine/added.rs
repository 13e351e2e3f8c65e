//! Flags that a reload added: the program was compiled without them, so that their indices change from one
//! document to the next, and they are known by their keys.

use crate::counts::{Counts, served};
use crate::ruleset::Ruleset;
use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::Arc;

/// A flag of an engine, whatever is loaded later.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FlagId {
    /// Of a flag that a reload added, the index that it had last.
    index: u32,
    /// Which key it is among those that reloads ever added.
    added: Option<NonZeroU32>,
}

impl FlagId {
    /// A flag that the program was compiled with.
    pub(crate) const fn compiled(index: u32) -> Self {
        Self { index, added: None }
    }

    /// The flag that has the index now.
    pub(super) fn of(index: u32, added: Option<&AddedFlags>) -> Self {
        Self { index, added: added.and_then(|added| added.number(index)) }
    }

    /// Its index among the flags that there are; `None` when it is gone.
    #[inline]
    pub(crate) fn index(self, added: Option<&AddedFlags>) -> Option<u32> {
        match self.added {
            None => Some(self.index),
            Some(number) => added?.index_of(number, self.index),
        }
    }

    /// Its index, if the program was compiled with it.
    pub(super) fn compiled_index(self) -> Option<u32> {
        self.added.is_none().then_some(self.index)
    }

    /// The index that it had when it was looked up.
    pub(super) const fn last_index(self) -> u32 {
        self.index
    }

    /// Its key among those that reloads added.
    pub(super) fn key(self, known: &KnownKeys) -> Option<&Arc<str>> {
        known.keys.get(self.added?.get() as usize - 1)
    }
}

/// Keys that reloads ever added to an engine, each with a number that it keeps when it is gone for a while.
#[derive(Clone, Debug, Default)]
pub(super) struct KnownKeys {
    /// The first has the number 1.
    keys: Vec<Arc<str>>,
    numbers: HashMap<Arc<str>, NonZeroU32>,
}

impl KnownKeys {
    /// The number of the key; a new number when the key has none yet.
    fn number(self: &mut Arc<Self>, key: &str) -> Option<NonZeroU32> {
        if let Some(number) = self.numbers.get(key) {
            return Some(*number);
        }
        let known = Arc::make_mut(self);
        let key: Arc<str> = Arc::from(key);
        known.keys.push(key.clone());
        let number = u32::try_from(known.keys.len()).ok().and_then(NonZeroU32::new)?;
        known.numbers.insert(key, number);
        Some(number)
    }
}

/// The flags of a ruleset that the program was compiled without.
#[derive(Debug)]
pub(crate) struct AddedFlags {
    /// The index of the first of them.
    first: u32,
    /// The numbers of their keys, in the order of their indices.
    numbers: Box<[NonZeroU32]>,
    by_number: HashMap<NonZeroU32, u32>,
    by_key: HashMap<Arc<str>, u32>,
    /// Their variants' names, which say whether counts of before still are theirs.
    variants: Box<[Box<[String]>]>,
    pub(crate) counts: Counts,
}

impl AddedFlags {
    /// Those of a ruleset; `before` are the ones that were there until now. `None` when there are none.
    pub(super) fn of(
        ruleset: &Ruleset,
        compiled: usize,
        known: &mut Arc<KnownKeys>,
        before: Option<&Arc<Self>>,
    ) -> Option<Arc<Self>> {
        let first = u32::try_from(compiled).ok()?;
        let indices = (first..).take(ruleset.flags.len().saturating_sub(compiled));
        let (mut numbers, mut variants, mut sizes) = (Vec::new(), Vec::new(), Vec::new());
        for flag in indices.filter_map(|flag| ruleset.view(flag)) {
            numbers.push(known.number(&flag.key)?);
            variants.push(flag.variants.iter().map(|v| v.name.value.clone()).collect());
            sizes.push(served(&flag));
        }
        if numbers.is_empty() {
            return None;
        }
        let numbers: Box<[NonZeroU32]> = numbers.into();
        let variants: Box<[Box<[String]>]> = variants.into();
        if let Some(before) = before
            && before.numbers == numbers
            && before.variants == variants
        {
            return Some(before.clone());
        }
        let keys = numbers.iter().filter_map(|number| known.keys.get(number.get() as usize - 1)).cloned();
        Some(Arc::new(Self {
            first,
            by_number: numbers.iter().copied().zip(first..).collect(),
            by_key: keys.zip(first..).collect(),
            numbers,
            variants,
            counts: Counts::new(sizes.into_iter()),
        }))
    }

    /// The index of the flag of that key.
    pub(crate) fn index(&self, key: &str) -> Option<u32> {
        self.by_key.get(key).copied()
    }

    /// The index of a flag that was at `likely` when it was last looked up.
    #[inline]
    fn index_of(&self, number: NonZeroU32, likely: u32) -> Option<u32> {
        if self.number(likely) == Some(number) { Some(likely) } else { self.by_number.get(&number).copied() }
    }

    #[inline]
    fn number(&self, index: u32) -> Option<NonZeroU32> {
        self.numbers.get(index.checked_sub(self.first)? as usize).copied()
    }
}
