//! The context: who a flag is asked for.

mod attribute;
mod json;
mod redact;
mod text;

pub(crate) use attribute::{Attribute, AttributeId, timestamp};
pub use attribute::{AttributeValue, attribute_hash};
pub(crate) use redact::{is_private, mark_private};
pub(crate) use text::{FastHasher, Short, Text, TextSet};

use crate::bucket::Digest;
use std::borrow::Cow;
use std::fmt;
use std::sync::OnceLock;

/// The name that means the targeting key in conditions and in `by`.
pub(crate) const USER: &str = "user";

/// Who a flag is asked for: a targeting key (usually the user), and attributes.
///
/// It is cheap to make (one allocation for up to eight attributes whose texts are short) and to
/// clone, and can be shared between threads. Values of attributes declared `private` do not appear
/// in its `Debug` form.
///
/// ```
/// use flags_runtime::Context;
/// let ctx = Context::new("user-123").with("plan", "premium").with("age", 25);
/// assert_eq!(ctx.key(), Some("user-123"));
/// assert_eq!(Context::anonymous().key(), None);
/// ```
#[derive(Clone)]
pub struct Context {
    key: AttributeValue,
    attributes: Vec<Entry>,
    digest: OnceLock<Digest>,
    /// The digest of the attribute that a rollout was last `by`.
    by: OnceLock<(AttributeId, Digest)>,
}

#[derive(Clone)]
struct Entry {
    id: AttributeId,
    name: Cow<'static, str>,
    value: AttributeValue,
}

/// Attributes that the first allocation has room for.
const ROOM: usize = 8;

impl Context {
    /// A context with that targeting key.
    #[inline]
    #[must_use]
    pub fn new(key: impl AsRef<str>) -> Self {
        Self::keyed(AttributeValue(Attribute::Text(Text::new(key.as_ref()))))
    }

    /// A context without a targeting key: percentages between 0 and 100 do not match it.
    #[inline]
    #[must_use]
    pub const fn anonymous() -> Self {
        Self::keyed(AttributeValue::NULL)
    }

    #[inline]
    const fn keyed(key: AttributeValue) -> Self {
        Self { key, attributes: Vec::new(), digest: OnceLock::new(), by: OnceLock::new() }
    }

    /// The same context with an attribute more, or with another value of it. `user` is the
    /// targeting key.
    #[inline]
    #[must_use]
    pub fn with(mut self, name: impl Into<Cow<'static, str>>, value: impl Into<AttributeValue>) -> Self {
        self.set(name, value);
        self
    }

    /// Sets an attribute. `user` is the targeting key.
    pub fn set(&mut self, name: impl Into<Cow<'static, str>>, value: impl Into<AttributeValue>) {
        let name = name.into();
        if name == USER {
            self.key = match value.into().0 {
                // A key is text, in lists of users too: a number is its decimal form.
                number @ (Attribute::Integer(_) | Attribute::Float(_)) => number.to_string().into(),
                other => AttributeValue(other),
            };
            self.digest = OnceLock::new();
            return;
        }
        let id = AttributeId::of(&name);
        self.put(id, name, value.into());
    }

    /// [`Context::set`] for generated code, which knows the name's hash and that it is not `user`.
    #[doc(hidden)]
    #[inline]
    pub fn __set(&mut self, name: &'static str, hash: u64, value: impl Into<AttributeValue>) {
        self.put(AttributeId(hash), Cow::Borrowed(name), value.into());
    }

    #[inline]
    fn put(&mut self, id: AttributeId, name: Cow<'static, str>, value: AttributeValue) {
        if self.by.get().is_some() {
            self.by = OnceLock::new();
        }
        if let Some(entry) = self.attributes.iter_mut().find(|entry| entry.id == id) {
            entry.value = value;
            return;
        }
        if self.attributes.capacity() == 0 {
            self.attributes.reserve_exact(ROOM);
        }
        self.attributes.push(Entry { id, name, value });
    }

    /// The targeting key, or `None` when the context is anonymous or its key is no text.
    #[must_use]
    pub fn key(&self) -> Option<&str> {
        match &self.key.0 {
            Attribute::Text(text) => Some(text.as_str()),
            _ => None,
        }
    }

    /// The value of an attribute, or `None` when it is absent. `user` is the targeting key.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&AttributeValue> {
        let value = if name == USER { &self.key } else { self.entry(AttributeId::of(name), 0)? };
        (!value.0.is_null()).then_some(value)
    }

    /// Names of the attributes in the order they were set.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.attributes.iter().map(|entry| &*entry.name)
    }

    #[inline]
    pub(crate) const fn key_value(&self) -> &Attribute {
        &self.key.0
    }

    /// The attribute's value. `hint` is where a context that sets declared attributes in their
    /// order has it.
    #[inline]
    pub(crate) fn find(&self, id: AttributeId, hint: usize) -> Option<&Attribute> {
        self.entry(id, hint).map(|value| &value.0)
    }

    #[inline]
    fn entry(&self, id: AttributeId, hint: usize) -> Option<&AttributeValue> {
        match self.attributes.get(hint) {
            Some(entry) if entry.id == id => Some(&entry.value),
            _ => self.attributes.iter().find(|entry| entry.id == id).map(|entry| &entry.value),
        }
    }

    /// The digest of the targeting key, computed once.
    #[inline]
    pub(crate) fn digest(&self) -> Option<&Digest> {
        match self.digest.get() {
            Some(digest) => Some(digest),
            None => self.first_digest(),
        }
    }

    #[cold]
    fn first_digest(&self) -> Option<&Digest> {
        Digest::of(&self.key.0).map(|digest| self.digest.get_or_init(|| digest))
    }

    /// The digest of an attribute; that of the first one asked for is kept.
    #[inline]
    pub(crate) fn digest_by(&self, id: AttributeId, hint: usize) -> Option<Digest> {
        match self.by.get() {
            Some((kept, digest)) if *kept == id => Some(*digest),
            _ => self.first_digest_by(id, hint),
        }
    }

    #[cold]
    fn first_digest_by(&self, id: AttributeId, hint: usize) -> Option<Digest> {
        let digest = Digest::of(self.find(id, hint)?)?;
        // Another thread, or another attribute, may have been first: then it is not kept.
        let _ = self.by.set((id, digest));
        Some(digest)
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
        self.key == other.key
            && self.attributes.len() == other.attributes.len()
            && self.attributes.iter().all(|entry| other.entry(entry.id, 0) == Some(&entry.value))
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut map = f.debug_map();
        let shown = |name: &str, value: &AttributeValue| {
            if is_private(name) { "<private>".to_owned() } else { value.to_string() }
        };
        map.entry(&format_args!("{USER}"), &format_args!("{}", shown(USER, &self.key)));
        for entry in &self.attributes {
            map.entry(&format_args!("{}", entry.name), &format_args!("{}", shown(&entry.name, &entry.value)));
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
    fn debug_shows_names_and_values() {
        let ctx = Context::new("u").with("age", 7).with("groups", ["a", "b"]);
        assert_eq!(format!("{ctx:?}"), r#"{user: "u", age: 7, groups: ["a", "b"]}"#);
    }
}
