//! The context: who a flag is asked for.

mod attribute;
mod json;
mod name;
mod overflow;
mod privacy;
mod set;
mod shown;
mod storage;
mod text;

pub(crate) use attribute::Attribute;
pub use attribute::AttributeValue;
pub use name::AttributeName;
pub(crate) use name::SharedName;
pub(crate) use privacy::Privacy;
pub(crate) use set::{NameHasher, TextSet};
pub(crate) use shown::Shown;
pub(crate) use text::{Short, Text};

use crate::bucket::Digest;
use attribute::Attributed;
use flags_schema::printable::escaped;
use std::borrow::Cow;
use std::fmt;
use std::sync::OnceLock;
use storage::{Placed, Storage};

pub(crate) use flags_schema::names::TARGETING_KEY;

/// Who a flag is asked for: a targeting key (usually the user), and attributes.
///
/// It is cheap to make, to move and to clone, and can be shared between threads. A thread keeps the
/// storage of the last context that it dropped, so that its next one allocates nothing when it has up
/// to six attributes whose texts have at most 24 bytes. Setting an attribute and finding one take the same time
/// however many there are; making, comparing and dropping a context take time in proportion to their number.
///
/// Its `Debug` form has the names of attributes and the types of their values, for a context does not know which
/// attributes are private: that is declared to an engine, whose [`Engine::shown`](crate::Engine::shown) has the
/// values of those that are not.
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

    /// The same context with one more attribute, or with another value of one that it has. `user` is the
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
            Cow::Borrowed(TARGETING_KEY) => self.set_key(value.into()),
            Cow::Borrowed(name) => self.put(AttributeName::new(name), value),
            Cow::Owned(name) if name == TARGETING_KEY => self.set_key(value.into()),
            Cow::Owned(name) => self.put_more(AttributeName::owned(name), value),
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

    /// [`Context::set`] for generated code, which has the name packed and knows that it is not `user`.
    #[doc(hidden)]
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "as `put`")]
    pub fn __set(&mut self, name: AttributeName, value: impl Into<AttributeValue>) {
        self.put(name, value);
    }

    // The value is made where it is kept, and no call is given the context itself or the value: what
    // calls are given lies in memory also where they are not made, and is copied from there to here,
    // in words of another size than it was written in, which takes ten times as long as all the rest.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "so that a chain of these is one run of writes")]
    fn put<T: Into<AttributeValue>>(&mut self, name: AttributeName, value: T) {
        let storage = self.storage.get_or_insert_with(Storage::empty);
        if self.present & name.bit() == 0
            && !self.full
            && let Some(free) = storage.first.get_mut(self.taken as usize)
        {
            free.fill(name, value.into());
            self.present |= name.bit();
            self.taken += 1;
        } else {
            self.put_more(name.borrowed(), value);
        }
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "as `put`")]
    fn put_more<T: Into<AttributeValue>>(&mut self, name: AttributeName<Cow<'static, str>>, value: T) {
        let bit = name.bit();
        let storage = self.storage.get_or_insert_with(Storage::empty);
        match storage.put(name, value, self.taken, self.full) {
            Placed::Replaced => {}
            Placed::First => self.taken += 1,
            Placed::More => self.full = true,
        }
        self.present |= bit;
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
            TARGETING_KEY => &self.storage.as_ref()?.key,
            _ => self.entry(&AttributeName::new(name))?,
        };
        (!value.0.is_null()).then_some(value)
    }

    /// Names of the attributes in the order they were set.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.entries().map(|attribute| attribute.name)
    }

    /// The attributes in the order they were set.
    fn entries(&self) -> impl Iterator<Item = Attributed<'_>> {
        self.storage.iter().flat_map(|storage| storage.entries(self.taken))
    }

    /// How many attributes there are.
    fn count(&self) -> usize {
        let more = self.storage.as_ref().and_then(|storage| storage.more.as_ref());
        self.taken as usize + more.map_or(0, |more| more.len())
    }

    /// Attributes of the JSON that it was made from that it does not have, and why; and how many more there were.
    pub(crate) fn dropped(&self) -> (&[(String, &'static str)], usize) {
        let more = self.storage.as_ref().and_then(|storage| storage.more.as_ref());
        more.map_or((&[], 0), |more| more.dropped())
    }

    /// Notes that a member of an object is left out, and why.
    fn note(&mut self, object: &str, member: &str, why: &'static str) {
        let storage = self.storage.get_or_insert_with(Storage::empty);
        storage.more.get_or_insert_default().note([object, ".", member], why);
    }

    /// Leaves the attribute out of the context, and notes why.
    fn drop_attribute(&mut self, name: String, why: &'static str) {
        let storage = self.storage.get_or_insert_with(Storage::empty);
        storage.more.get_or_insert_default().note([&name, "", ""], why);
        // One of that name that came before is not meant any more.
        if name == TARGETING_KEY || self.get(&name).is_some() {
            self.set(name, AttributeValue::NULL);
        }
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
    pub(crate) fn find(&self, name: &SharedName, hint: usize) -> Option<&Attribute> {
        match self.storage.as_ref()?.first.get(hint) {
            Some(entry) if name.is_packed_as(&entry.name) && hint < self.taken as usize => {
                Some(&entry.value.0)
            }
            _ => self.entry(name).map(|value| &value.0),
        }
    }

    // A function of its own: most callers find the attribute where they look first.
    #[inline(never)]
    fn entry<T: AsRef<str>>(&self, name: &AttributeName<T>) -> Option<&AttributeValue> {
        if self.present & name.bit() == 0 {
            return None;
        }
        self.storage.as_ref()?.entry(name, self.taken)
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
    pub(crate) fn digest_by(&self, name: &SharedName, hint: usize) -> Option<Digest> {
        let storage = self.storage.as_ref()?;
        let slot = match storage.first.get(hint) {
            Some(entry) if name.is(&entry.name) && hint < self.taken as usize => hint,
            _ => storage.slot(name, self.taken)?,
        };
        match storage.by.get() {
            Some((kept, digest)) if *kept == slot => Some(*digest),
            _ => storage.first_digest_by(slot),
        }
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
        let has = |Attributed { name, value, .. }: Attributed<'_>| {
            other.entry(&AttributeName::new(name)) == Some(value)
        };
        self.key_value() == other.key_value() && self.count() == other.count() && self.entries().all(has)
    }
}

impl fmt::Debug for Context {
    /// Names and types: what may be shown in clear is declared to an engine, and not known here. What follows a dot
    /// in a name that the program did not write may be data too, as in `{"email": {"ann@example.com": true}}`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut map = f.debug_map();
        map.entry(&format_args!("{TARGETING_KEY}"), &format_args!("{}", privacy::Hidden(self.key_value())));
        for Attributed { name, is_constant, value } in self.entries() {
            let value = privacy::Hidden(&value.0);
            match name.split_once('.') {
                Some((object, _)) if !is_constant => {
                    map.entry(&format_args!("{}.…", escaped(object)), &format_args!("{value}"));
                }
                _ => {
                    map.entry(&format_args!("{}", escaped(name)), &format_args!("{value}"));
                }
            }
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
        // Owned names from each index on, as JSON has them.
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
    fn debug_shows_names_and_types() {
        let ctx = Context::new("u").with("age", 7).with("groups", ["a", "b"]);
        assert_eq!(format!("{ctx:?}"), "{user: <string>, age: <integer>, groups: <list of 2>}");
    }
}
