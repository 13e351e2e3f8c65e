//! The context: who a flag is asked for.

mod attribute;
mod json;
mod redact;
mod set;
mod storage;
mod text;

pub(crate) use attribute::{Attribute, AttributeId};
pub use attribute::{AttributeValue, attribute_hash};
pub(crate) use redact::{is_private, mark_private};
pub(crate) use set::{NameHasher, TextSet};
pub(crate) use text::{Short, Text};

use crate::bucket::Digest;
use std::borrow::Cow;
use std::fmt;
use std::sync::OnceLock;
use storage::{Placed, Storage};

/// The name that means the targeting key in conditions and in `by`.
pub(crate) const USER: &str = "user";

/// Who a flag is asked for: a targeting key (usually the user), and attributes.
///
/// It is cheap to make, to move and to clone, and can be shared between threads. A thread keeps the
/// storage of the last context that it dropped, so that its next one allocates nothing when it has up
/// to six attributes whose texts have at most 24 bytes. Values of attributes declared `private` do
/// not appear in its `Debug` form.
///
/// ```
/// use flags_runtime::Context;
/// let ctx = Context::new("user-123").with("plan", "premium").with("age", 25);
/// assert_eq!(ctx.key(), Some("user-123"));
/// assert_eq!(Context::anonymous().key(), None);
/// ```
pub struct Context {
    /// Nothing for one that never held anything.
    storage: Option<Box<Storage>>,
    /// A bit for each attribute, by its identity: most are known to be new without a search.
    present: u64,
    /// How many attributes are in place.
    taken: u32,
    /// Whether some are not: then those after them are not either, and the order stays.
    full: bool,
}

impl Context {
    /// A context with that targeting key.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "as `put`")]
    #[must_use]
    pub fn new(key: impl AsRef<str>) -> Self {
        Self { storage: Some(Storage::keyed(key.as_ref())), present: 0, taken: 0, full: false }
    }

    /// A context without a targeting key: percentages between 0 and 100 do not match it.
    #[inline]
    #[must_use]
    pub const fn anonymous() -> Self {
        Self { storage: None, present: 0, taken: 0, full: false }
    }

    /// The same context with an attribute more, or with another value of it. `user` is the
    /// targeting key.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "as `put`")]
    #[must_use]
    pub fn with(mut self, name: impl Into<Cow<'static, str>>, value: impl Into<AttributeValue>) -> Self {
        self.set(name, value);
        self
    }

    /// Sets an attribute. `user` is the targeting key.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "as `put`")]
    pub fn set(&mut self, name: impl Into<Cow<'static, str>>, value: impl Into<AttributeValue>) {
        match name.into() {
            Cow::Borrowed(USER) => self.set_key(value.into()),
            Cow::Borrowed(name) => self.put(AttributeId::of(name), name, value),
            Cow::Owned(name) if name == USER => self.set_key(value.into()),
            Cow::Owned(name) => self.put_more(AttributeId::of(&name), name.into(), value),
        }
    }

    fn set_key(&mut self, value: AttributeValue) {
        let storage = self.storage.get_or_insert_with(Storage::empty);
        storage.key = match value.0 {
            // A key is text, in lists of users too: a number is its decimal form.
            number @ (Attribute::Integer(_) | Attribute::Float(_)) => number.to_string().into(),
            other => AttributeValue(other),
        };
        storage.digest = OnceLock::new();
    }

    /// [`Context::set`] for generated code, which knows the name's hash and that it is not `user`.
    #[doc(hidden)]
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "as `put`")]
    pub fn __set(&mut self, name: &'static str, hash: u64, value: impl Into<AttributeValue>) {
        self.put(AttributeId(hash), name, value);
    }

    // The value is made where it is kept, and no call is given the context itself or the value: what
    // calls are given lies in memory also where they are not made, and is copied from there to here,
    // in words of another size than it was written in, which takes ten times as long as all the rest.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "so that a chain of these is one run of writes")]
    fn put<T: Into<AttributeValue>>(&mut self, id: AttributeId, name: &'static str, value: T) {
        let storage = self.storage.get_or_insert_with(Storage::empty);
        if self.present & id.bit() == 0
            && !self.full
            && let Some(free) = storage.first.get_mut(self.taken as usize)
        {
            free.fill(id, name, value.into());
            self.present |= id.bit();
            self.taken += 1;
        } else {
            self.put_more(id, Cow::Borrowed(name), value);
        }
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "as `put`")]
    fn put_more<T: Into<AttributeValue>>(&mut self, id: AttributeId, name: Cow<'static, str>, value: T) {
        let storage = self.storage.get_or_insert_with(Storage::empty);
        match storage.put(id, name, value, self.taken, self.full) {
            Placed::Replaced => {}
            Placed::First => self.taken += 1,
            Placed::More => self.full = true,
        }
        self.present |= id.bit();
    }

    /// The targeting key, or `None` when the context is anonymous or its key is no text.
    #[must_use]
    pub fn key(&self) -> Option<&str> {
        match self.key_value() {
            Attribute::Text(text) => Some(text.as_str()),
            _ => None,
        }
    }

    /// The value of an attribute, or `None` when it is absent. `user` is the targeting key.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&AttributeValue> {
        let value = match name {
            USER => &self.storage.as_ref()?.key,
            _ => self.entry(AttributeId::of(name), 0)?,
        };
        (!value.0.is_null()).then_some(value)
    }

    /// Names of the attributes in the order they were set.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.entries().map(|(name, _)| name)
    }

    /// Names and values in the order they were set.
    fn entries(&self) -> impl Iterator<Item = (&str, &AttributeValue)> {
        self.storage.iter().flat_map(|storage| storage.entries(self.taken))
    }

    #[inline]
    pub(crate) fn key_value(&self) -> &Attribute {
        match &self.storage {
            Some(storage) => &storage.key.0,
            None => &Attribute::Null,
        }
    }

    /// The attribute's value. `hint` is where a context that sets declared attributes in their
    /// order has it.
    #[inline]
    pub(crate) fn find(&self, id: AttributeId, hint: usize) -> Option<&Attribute> {
        self.entry(id, hint).map(|value| &value.0)
    }

    #[inline]
    fn entry(&self, id: AttributeId, hint: usize) -> Option<&AttributeValue> {
        match self.storage.as_ref()?.first.get(hint) {
            Some(entry) if entry.id == id && hint < self.taken as usize => Some(&entry.value),
            _ => self.entry_elsewhere(id),
        }
    }

    // Not in every place that has looked where it is most often.
    #[inline(never)]
    fn entry_elsewhere(&self, id: AttributeId) -> Option<&AttributeValue> {
        if self.present & id.bit() == 0 {
            return None;
        }
        self.storage.as_ref()?.entry(id, self.taken)
    }

    /// The digest of the targeting key, computed once.
    #[inline]
    pub(crate) fn digest(&self) -> Option<&Digest> {
        let storage = self.storage.as_ref()?;
        match storage.digest.get() {
            Some(digest) => Some(digest),
            None => storage.first_digest(),
        }
    }

    /// The digest of an attribute; that of the first one asked for is kept.
    #[inline]
    pub(crate) fn digest_by(&self, id: AttributeId, hint: usize) -> Option<Digest> {
        match self.storage.as_ref()?.by.get() {
            Some((kept, digest)) if *kept == id => Some(*digest),
            _ => self.first_digest_by(id, hint),
        }
    }

    #[cold]
    fn first_digest_by(&self, id: AttributeId, hint: usize) -> Option<Digest> {
        let digest = Digest::of(self.find(id, hint)?)?;
        // Another thread, or another attribute, may have been first: then it is not kept.
        let _ = self.storage.as_ref()?.by.set((id, digest));
        Some(digest)
    }
}

impl Drop for Context {
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "as `put`")]
    fn drop(&mut self) {
        if let Some(storage) = self.storage.take() {
            storage.keep(self.taken);
        }
    }
}

impl Clone for Context {
    fn clone(&self) -> Self {
        let storage = self.storage.as_ref().map(|storage| storage.copy(self.taken));
        Self { storage, present: self.present, taken: self.taken, full: self.full }
    }
}

impl Default for Context {
    /// An anonymous context.
    fn default() -> Self {
        Self::anonymous()
    }
}

impl PartialEq for Context {
    /// Whether key and attributes are the same, in whatever order they were set.
    fn eq(&self, other: &Self) -> bool {
        self.key_value() == other.key_value()
            && self.entries().count() == other.entries().count()
            && self.entries().all(|(name, value)| other.entry(AttributeId::of(name), 0) == Some(value))
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut map = f.debug_map();
        let shown = |name: &str, value: &Attribute| {
            if is_private(name) { "<private>".to_owned() } else { value.to_string() }
        };
        map.entry(&format_args!("{USER}"), &format_args!("{}", shown(USER, self.key_value())));
        for (name, value) in self.entries() {
            map.entry(&format_args!("{name}"), &format_args!("{}", shown(name, &value.0)));
        }
        map.finish()
    }
}

/// Something that is, or holds, a [`Context`]: what flags are asked with.
pub trait AsContext {
    /// The context.
    fn as_context(&self) -> &Context;
}

impl AsContext for Context {
    #[inline]
    fn as_context(&self) -> &Context {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::Context;

    #[test]
    fn setting_twice_replaces() {
        let ctx = Context::new("a").with("plan", "free").with("plan", "premium").with("user", "b");
        assert_eq!(ctx, Context::new("b").with("plan", "premium"));
        assert_eq!(ctx.names().collect::<Vec<_>>(), ["plan"]);
    }

    #[test]
    fn many_are_kept_in_their_order() {
        const NAMES: [&str; 9] = ["a", "b", "c", "d", "e", "f", "g", "h", "i"];
        // Owned names from each place on, as JSON has them.
        for owned in 0..=NAMES.len() {
            let mut ctx = Context::new("u");
            for round in 0..2 {
                for (i, name) in NAMES.into_iter().enumerate() {
                    let value = format!("{name} {round}");
                    if i >= owned { ctx.set(name.to_owned(), value) } else { ctx.set(name, value) }
                }
            }
            assert_eq!(ctx.names().collect::<Vec<_>>(), NAMES);
            let same = NAMES.into_iter().rev().fold(Context::new("u"), |ctx, name| {
                assert_ne!(ctx, NAMES.into_iter().fold(Context::new("u"), |c, n| c.with(n, 0)));
                ctx.with(name, format!("{name} 1"))
            });
            assert_eq!(ctx, same);
            assert_eq!(ctx.clone(), same.clone());
            assert_ne!(ctx, same.with("j", 1));
        }
    }

    #[test]
    fn debug_shows_names_and_values() {
        let ctx = Context::new("u").with("age", 7).with("groups", ["a", "b"]);
        assert_eq!(format!("{ctx:?}"), r#"{user: "u", age: 7, groups: ["a", "b"]}"#);
    }
}
