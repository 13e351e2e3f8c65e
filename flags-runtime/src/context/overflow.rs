//! The attributes of a context that do not fit in place, and those that were dropped.

use super::attribute::{AttributeValue, Attributed};
use super::name::AttributeName;
use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};

/// Attributes for which the storage keeps room when it is kept.
const KEPT: usize = 64;

/// From that many attributes on they are found through an index.
const INDEXED: usize = 32;

/// Dropped attributes that are reported by name.
const TOLD: usize = 16;

/// Characters of a dropped attribute's name that are reported.
const LONGEST_TOLD: usize = 64;

/// Attributes beyond those in place, in the order they were set.
#[derive(Clone, Debug, Default)]
pub(super) struct Overflow {
    entries: Vec<Entry>,
    /// Of many entries: where each is. Without it, n attributes would be compared with each other n²/2 times.
    index: Option<Index>,
    /// Attributes that were dropped, and why.
    dropped: Vec<(String, &'static str)>,
    /// How many more were.
    dropped_more: usize,
}

/// An attribute whose name may be owned.
#[derive(Clone, Debug)]
struct Entry {
    name: AttributeName<Cow<'static, str>>,
    value: AttributeValue,
    /// The entry before that has the same key in the index.
    before: Option<u32>,
}

/// Entries by a hash of their names. Names come from outside, so the hash is keyed: nobody knows names that share
/// one. If two do by chance, they are in one list.
#[derive(Clone, Debug)]
struct Index {
    hasher: RandomState,
    last: HashMap<u64, u32>,
}

impl Index {
    fn hash(&self, name: &str) -> u64 {
        self.hasher.hash_one(name)
    }

    /// Adds the entry that is about to be at that position; returns the one before it in its list.
    fn add(&mut self, name: &str, position: u32) -> Option<u32> {
        self.last.insert(self.hash(name), position)
    }
}

impl Overflow {
    /// The position of the attribute among these.
    pub(super) fn position<T: AsRef<str>>(&self, name: &AttributeName<T>) -> Option<usize> {
        let Some(index) = &self.index else {
            return self.entries.iter().position(|entry| entry.name.is(name));
        };
        let mut next = index.last.get(&index.hash(name.as_str())).copied();
        while let Some(position) = next {
            let entry = self.entries.get(position as usize)?;
            if entry.name.is(name) {
                return Some(position as usize);
            }
            next = entry.before;
        }
        None
    }

    pub(super) fn value(&self, position: usize) -> Option<&AttributeValue> {
        self.entries.get(position).map(|entry| &entry.value)
    }

    pub(super) fn value_mut(&mut self, position: usize) -> Option<&mut AttributeValue> {
        self.entries.get_mut(position).map(|entry| &mut entry.value)
    }

    pub(super) const fn len(&self) -> usize {
        self.entries.len()
    }

    /// Adds an attribute that is not there.
    pub(super) fn push(&mut self, name: AttributeName<Cow<'static, str>>, value: AttributeValue) {
        if self.index.is_none() && self.entries.len() >= INDEXED {
            self.index = Some(self.indexed());
        }
        let position = u32::try_from(self.entries.len()).unwrap_or(u32::MAX);
        let before = self.index.as_mut().and_then(|index| index.add(name.as_str(), position));
        self.entries.push(Entry { name, value, before });
    }

    #[cold]
    fn indexed(&mut self) -> Index {
        let mut index = Index { hasher: RandomState::new(), last: HashMap::with_capacity(2 * INDEXED) };
        for (position, entry) in (0..).zip(&mut self.entries) {
            entry.before = index.add(entry.name.as_str(), position);
        }
        index
    }

    /// The attributes in the order they were set.
    pub(super) fn entries(&self) -> impl Iterator<Item = Attributed<'_>> {
        self.entries.iter().map(|Entry { name, value, .. }| Attributed {
            name: name.as_str(),
            is_constant: name.constant().is_some(),
            value,
        })
    }

    /// Notes that the attribute is not in the context. Of a long name the first characters are kept.
    pub(super) fn note(&mut self, name: [&str; 3], why: &'static str) {
        if self.dropped.len() < TOLD {
            let mut characters = name.into_iter().flat_map(str::chars);
            let mut kept: String = characters.by_ref().take(LONGEST_TOLD).collect();
            if characters.next().is_some() {
                kept.push('…');
            }
            self.dropped.push((kept, why));
        } else {
            self.dropped_more += 1;
        }
    }

    pub(super) fn dropped(&self) -> (&[(String, &'static str)], usize) {
        (&self.dropped, self.dropped_more)
    }

    /// Forgets everything, and keeps some room for the next context.
    #[cold]
    #[inline(never)]
    pub(super) fn clear(&mut self) {
        if self.entries.capacity() > KEPT {
            self.entries = Vec::new();
        }
        self.entries.clear();
        self.index = None;
        self.dropped.clear();
        self.dropped_more = 0;
    }
}
