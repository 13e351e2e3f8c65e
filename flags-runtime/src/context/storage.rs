//! Where contexts keep what they hold, and the storage that a thread keeps for its next context.

use super::{Attribute, AttributeId, AttributeValue, Text};
use crate::bucket::Digest;
use std::borrow::Cow;
use std::cell::Cell;
use std::mem::{forget, replace};
use std::sync::OnceLock;

/// Attributes that are kept in place.
const ROOM: usize = 6;

/// Attributes beyond those, and from the first one on whose name is owned, for which the storage
/// keeps room when it is kept.
const MORE: usize = 64;

/// What a context holds. How many of `first` it holds is the context's to know: what lies beyond is
/// of contexts before.
#[derive(Debug)]
#[repr(C)] // What rollouts and lists of users read lies together.
pub(super) struct Storage {
    pub(super) digest: OnceLock<Digest>,
    pub(super) key: AttributeValue,
    pub(super) first: [First; ROOM],
    pub(super) more: Vec<More>,
    /// The digest of the attribute that a rollout was last `by`.
    pub(super) by: OnceLock<(AttributeId, Digest)>,
}

/// An attribute in place.
#[derive(Clone, Debug)]
pub(super) struct First {
    pub(super) id: AttributeId,
    pub(super) name: &'static str,
    pub(super) value: AttributeValue,
}

/// An attribute of which the name may be owned.
#[derive(Clone, Debug)]
pub(super) struct More {
    pub(super) id: AttributeId,
    pub(super) name: Cow<'static, str>,
    pub(super) value: AttributeValue,
}

impl First {
    const NONE: Self = Self { id: AttributeId(0), name: "", value: AttributeValue::NULL };

    /// Sets one that holds nothing, or nothing that must be dropped.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "as `Context::put`")]
    pub(super) fn fill(&mut self, id: AttributeId, name: &'static str, value: AttributeValue) {
        self.id = id;
        self.name = name;
        forget(replace(&mut self.value, value));
    }
}

/// Where an attribute was put.
#[derive(Clone, Copy)]
pub(super) enum Placed {
    /// It was there.
    Replaced,
    First,
    More,
}

thread_local! {
    /// Storage of the last context that was dropped here: the next one need not allocate.
    static SPARE: Cell<Option<Box<Storage>>> = const { Cell::new(None) };
}

impl Storage {
    /// Storage that holds nothing but a key.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "as `Context::put`")]
    pub(super) fn keyed(key: impl Into<AttributeValue>) -> Box<Self> {
        let mut storage = match SPARE.try_with(Cell::take) {
            Ok(Some(spare)) => spare,
            _ => Self::new(),
        };
        forget(replace(&mut storage.key, key.into()));
        storage
    }

    #[cold]
    #[inline(never)]
    pub(super) fn empty() -> Box<Self> {
        Self::keyed(AttributeValue::NULL)
    }

    #[cold]
    #[inline(never)]
    fn new() -> Box<Self> {
        Box::new(Self {
            digest: OnceLock::new(),
            key: AttributeValue::NULL,
            first: [const { First::NONE }; ROOM],
            more: Vec::new(),
            by: OnceLock::new(),
        })
    }

    /// Sets an attribute that may be there, or may have no place in `first`, of which that many are
    /// held, or which is full.
    #[cold]
    #[inline(never)]
    pub(super) fn put<T: Into<AttributeValue>>(
        &mut self,
        id: AttributeId,
        name: Cow<'static, str>,
        value: T,
        taken: u32,
        full: bool,
    ) -> Placed {
        let value = value.into();
        if let Some(before) = self.entry_mut(id, taken) {
            *before = value;
            // The kept digest may be of the value before.
            self.by = OnceLock::new();
            return Placed::Replaced;
        }
        match (name, self.first.get_mut(taken as usize)) {
            (Cow::Borrowed(name), Some(free)) if !full => {
                free.fill(id, name, value);
                Placed::First
            }
            (name, _) => {
                self.more.push(More { id, name, value });
                Placed::More
            }
        }
    }

    /// Names and values in the order they were set. Of `first` that many are held.
    pub(super) fn entries(&self, taken: u32) -> impl Iterator<Item = (&str, &AttributeValue)> {
        let first = self.first.iter().take(taken as usize).map(|entry| (entry.name, &entry.value));
        first.chain(self.more.iter().map(|entry| (&*entry.name, &entry.value)))
    }

    pub(super) fn entry(&self, id: AttributeId, taken: u32) -> Option<&AttributeValue> {
        let mut first = self.first.iter().take(taken as usize);
        match first.find(|entry| entry.id == id) {
            Some(entry) => Some(&entry.value),
            None => self.more.iter().find(|entry| entry.id == id).map(|entry| &entry.value),
        }
    }

    pub(super) fn entry_mut(&mut self, id: AttributeId, taken: u32) -> Option<&mut AttributeValue> {
        let mut first = self.first.iter_mut().take(taken as usize);
        match first.find(|entry| entry.id == id) {
            Some(entry) => Some(&mut entry.value),
            None => self.more.iter_mut().find(|entry| entry.id == id).map(|entry| &mut entry.value),
        }
    }

    #[cold]
    pub(super) fn first_digest(&self) -> Option<&Digest> {
        Digest::of(&self.key.0).map(|digest| self.digest.get_or_init(|| digest))
    }

    /// Another one that holds the same, of `first` that many.
    pub(super) fn copy(&self, taken: u32) -> Box<Self> {
        let mut copy = Self::keyed(self.key.clone());
        for (to, from) in copy.first.iter_mut().zip(&self.first).take(taken as usize) {
            to.clone_from(from);
        }
        copy.more.clone_from(&self.more);
        copy.digest = self.digest.clone();
        copy.by = self.by.clone();
        copy
    }

    /// Keeps the storage for this thread's next context. Of `first` that many are held.
    #[inline(never)]
    pub(super) fn keep(mut self: Box<Self>, taken: u32) {
        let held = self.first.iter_mut().take(taken as usize).map(|first| &mut first.value);
        for value in held.chain([&mut self.key]) {
            // Numbers and short texts may stay: they are written over.
            if matches!(value.0, Attribute::Text(Text::Long(_)) | Attribute::List(_)) {
                release(value);
            }
        }
        self.digest = OnceLock::new();
        self.by = OnceLock::new();
        if self.more.capacity() > 0 {
            self.release_more();
        }
        // A thread that ends keeps nothing.
        let _ = SPARE.try_with(|spare| spare.set(Some(self)));
    }

    #[cold]
    #[inline(never)]
    fn release_more(&mut self) {
        if self.more.capacity() > MORE {
            self.more = Vec::new();
        }
        self.more.clear();
    }
}

#[cold]
#[inline(never)]
fn release(value: &mut AttributeValue) {
    *value = AttributeValue::NULL;
}
