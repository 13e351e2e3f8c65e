//! Where contexts keep what they hold, and the storage that a thread keeps for its next context.
//!
//! A thread reuses the storage of the last context that it dropped, without clearing what the next one writes over.
//! It stays valid because of these steps:
//!
//! 1. A context counts in `taken` how many of `first` it has filled. Entries from `taken` on may hold attributes of a
//!    context before: whoever reads or compares `first` stops at `taken`, else one user would be asked for with
//!    another's attributes.
//! 2. [`Storage::keep`], called when a context is dropped, releases what owns memory, a long text or a list, in the
//!    entries before `taken` and in `key`. Numbers and short texts own none, and stay.
//! 3. So no entry of kept storage owns memory. [`First::fill`] and [`Storage::keyed`] rely on it: they overwrite
//!    without dropping (`forget`). Without step 2 that would leak, never worse; with a drop in its stead each
//!    attribute that is set would cost a test of what was there.
//! 4. A context that replaces an attribute that it has set itself assigns as usual, and the value before is dropped.
//! 5. `full` says that some attribute is in `more`. From then on none goes to `first` any more, although it may have
//!    room: else the names would not be listed in the order they were set.
//! 6. `digest` and `by` are of the present `key` and of the attribute at a slot. Whoever changes one of these values
//!    clears them: else a context that is changed would stay in the bucket of the value before.

use super::attribute::{Attribute, AttributeValue, Attributed};
use super::name::AttributeName;
use super::overflow::Overflow;
use super::text::Text;
use crate::bucket::Digest;
use std::borrow::Cow;
use std::cell::Cell;
use std::mem::{forget, replace};
use std::sync::OnceLock;

/// Attributes that are kept in place.
const ROOM: usize = 6;

/// What a context holds.
#[derive(Debug)]
#[repr(C)] // What rollouts and lists of users read lies together.
pub(super) struct Storage {
    pub(super) digest: OnceLock<Digest>,
    pub(super) key: AttributeValue,
    pub(super) first: [First; ROOM],
    /// Attributes beyond those, and from the first one on whose name is owned.
    pub(super) more: Option<Box<Overflow>>,
    /// The digest of the attribute that a rollout was last `by`, with its slot.
    pub(super) by: OnceLock<(usize, Digest)>,
}

/// An attribute in place.
#[derive(Clone, Debug)]
pub(super) struct First {
    pub(super) name: AttributeName,
    pub(super) value: AttributeValue,
}

impl First {
    const NONE: Self = Self { name: AttributeName::new(""), value: AttributeValue::NULL };

    /// Sets one that holds nothing, or nothing that must be dropped.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "as `Context::put`")]
    pub(super) fn fill(&mut self, name: AttributeName, value: AttributeValue) {
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
            more: None,
            by: OnceLock::new(),
        })
    }

    /// Sets an attribute that may be there, or may not fit in `first`, of which that many are held, or which is full.
    #[cold]
    #[inline(never)]
    pub(super) fn put<T: Into<AttributeValue>>(
        &mut self,
        name: AttributeName<Cow<'static, str>>,
        value: T,
        taken: u32,
        full: bool,
    ) -> Placed {
        let value = value.into();
        if let Some(before) = self.slot(&name, taken).and_then(|slot| self.value_mut(slot)) {
            *before = value;
            // The kept digest may be of the value before.
            self.by = OnceLock::new();
            return Placed::Replaced;
        }
        match (name.constant(), self.first.get_mut(taken as usize)) {
            (Some(name), Some(free)) if !full => {
                free.fill(name, value);
                Placed::First
            }
            _ => {
                self.more.get_or_insert_default().push(name, value);
                Placed::More
            }
        }
    }

    /// The attributes in the order they were set. Of `first` that many are held.
    pub(super) fn entries(&self, taken: u32) -> impl Iterator<Item = Attributed<'_>> {
        let first = self.first.iter().take(taken as usize);
        let first =
            first.map(|First { name, value }| Attributed { name: name.as_str(), is_constant: true, value });
        first.chain(self.more.iter().flat_map(|more| more.entries()))
    }

    /// The slot of an attribute, of those in place and then of the others. Of `first` that many are held.
    pub(super) fn slot<T: AsRef<str>>(&self, name: &AttributeName<T>, taken: u32) -> Option<usize> {
        let in_place = self.first.iter().take(taken as usize).position(|entry| entry.name.is(name));
        in_place.or_else(|| Some(ROOM + self.more.as_ref()?.position(name)?))
    }

    /// The value of an attribute. Of `first` that many are held.
    #[inline]
    pub(super) fn entry<T: AsRef<str>>(
        &self,
        name: &AttributeName<T>,
        taken: u32,
    ) -> Option<&AttributeValue> {
        for entry in self.first.iter().take(taken as usize) {
            if entry.name.is(name) {
                return Some(&entry.value);
            }
        }
        let more = self.more.as_ref()?;
        more.value(more.position(name)?)
    }

    fn value(&self, slot: usize) -> Option<&AttributeValue> {
        match self.first.get(slot) {
            Some(entry) => Some(&entry.value),
            None => self.more.as_ref()?.value(slot - ROOM),
        }
    }

    fn value_mut(&mut self, slot: usize) -> Option<&mut AttributeValue> {
        match self.first.get_mut(slot) {
            Some(entry) => Some(&mut entry.value),
            None => self.more.as_mut()?.value_mut(slot - ROOM),
        }
    }

    #[cold]
    pub(super) fn first_digest(&self) -> Option<&Digest> {
        self.key.0.digest().map(|digest| self.digest.get_or_init(|| digest))
    }

    #[cold]
    pub(super) fn first_digest_by(&self, slot: usize) -> Option<Digest> {
        let digest = self.value(slot)?.0.digest()?;
        // Another thread, or another attribute, may have been first: then it is not kept.
        let _ = self.by.set((slot, digest));
        Some(digest)
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
        if let Some(more) = &mut self.more {
            more.clear();
        }
        // A thread that ends keeps nothing.
        let _ = SPARE.try_with(|spare| spare.set(Some(self)));
    }
}

#[cold]
#[inline(never)]
fn release(value: &mut AttributeValue) {
    *value = AttributeValue::NULL;
}
