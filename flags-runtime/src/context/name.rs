//! Names of attributes, in a form that takes a few instructions to compare.

use std::borrow::Cow;
use std::sync::Arc;

/// Bytes of the longest name that is packed whole.
const WHOLE: usize = 15;

/// Marks the packed form of a longer name.
const LONGER: u64 = 1 << 63;

/// Marks a longer name that rules read: its packed form is that of no name in a context.
const SHARED: u64 = 1 << 62;

/// The name of an attribute, with the packed form in which names are compared.
///
/// Two names are equal when their texts are. Of a name of up to 15 bytes the packed form is the text with its
/// length, so that comparing two words compares the names. Of a longer one it is a hash, which only tells most
/// names apart: where it is the same, the texts are compared.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct AttributeName<T = &'static str> {
    packed: [u64; 2],
    text: T,
}

/// A name that rules read.
pub(crate) type SharedName = AttributeName<Arc<str>>;

impl<'a> AttributeName<&'a str> {
    /// The name with its packed form; of a constant, the compiler packs it.
    #[inline]
    #[must_use]
    pub const fn new(text: &'a str) -> Self {
        Self { packed: packed(text.as_bytes()), text }
    }
}

impl AttributeName {
    /// The same name where names may be owned.
    #[inline]
    pub(super) const fn borrowed(self) -> AttributeName<Cow<'static, str>> {
        AttributeName { packed: self.packed, text: Cow::Borrowed(self.text) }
    }
}

impl AttributeName<Cow<'static, str>> {
    /// The same name as one of the program's text, if it is.
    pub(super) const fn constant(&self) -> Option<AttributeName> {
        match self.text {
            Cow::Borrowed(text) => Some(AttributeName { packed: self.packed, text }),
            Cow::Owned(_) => None,
        }
    }

    pub(super) fn owned(text: String) -> Self {
        Self { packed: packed(text.as_bytes()), text: Cow::Owned(text) }
    }
}

impl SharedName {
    pub(crate) fn shared(text: Arc<str>) -> Self {
        let [first, second] = packed(text.as_bytes());
        let shared = if second & LONGER == 0 { 0 } else { SHARED };
        Self { packed: [first, second | shared], text }
    }

    /// Whether the packed forms alone tell that this is the name of a context's attribute. They never do for a longer
    /// name, so that shorter ones need no test of their length: that would be paid by each condition.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "two comparisons of words")]
    pub(super) fn is_packed_as(&self, other: &AttributeName) -> bool {
        self.packed[0] == other.packed[0] && self.packed[1] == other.packed[1]
    }
}

impl<T> AttributeName<T> {
    #[inline]
    const fn is_whole(&self) -> bool {
        self.packed[1] & LONGER == 0
    }

    /// One of 64 bits.
    #[inline]
    pub(super) const fn bit(&self) -> u64 {
        let both = self.packed[0] ^ (self.packed[1] & !SHARED).rotate_left(32);
        1 << (both.wrapping_mul(FACTOR) >> 58)
    }
}

impl<T: AsRef<str>> AttributeName<T> {
    /// The name.
    #[inline]
    pub(crate) fn as_str(&self) -> &str {
        self.text.as_ref()
    }

    /// Whether both are the same name.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "two comparisons of words, most often")]
    pub(crate) fn is<U: AsRef<str>>(&self, other: &AttributeName<U>) -> bool {
        // The first words differ most often: then nothing else is read.
        self.packed[0] == other.packed[0]
            && if self.is_whole() {
                self.packed[1] == other.packed[1]
            } else {
                same(self.as_str(), other.as_str())
            }
    }
}

impl<T: AsRef<str>> PartialEq for AttributeName<T> {
    fn eq(&self, other: &Self) -> bool {
        self.is(other)
    }
}

impl<T: AsRef<str>> Eq for AttributeName<T> {}

// Apart: a call that is hardly ever made, which would take registers where it is not.
#[cold]
#[inline(never)]
fn same(a: &str, b: &str) -> bool {
    a == b
}

#[inline]
const fn packed(bytes: &[u8]) -> [u64; 2] {
    let length = bytes.len();
    let (four, last_four) = (bytes.first_chunk(), bytes.last_chunk());
    let (eight, last_eight) = (bytes.first_chunk(), bytes.last_chunk());
    // The last bytes are read together with some before them, which are then shifted away or written twice.
    let [first, second] = match (bytes, (four, last_four), (eight, last_eight)) {
        ([], ..) => [0, 0],
        ([one], ..) => [*one as u64, 0],
        ([one, two], ..) => [*one as u64 | (*two as u64) << 8, 0],
        ([one, two, three], ..) => [*one as u64 | (*two as u64) << 8 | (*three as u64) << 16, 0],
        (_, (Some(first), Some(last)), _) if length <= 8 => {
            let (first, last) = (u32::from_le_bytes(*first) as u64, u32::from_le_bytes(*last) as u64);
            [first | last << (8 * (length - 4)), 0]
        }
        (_, _, (Some(first), Some(last))) if length <= WHOLE => {
            [u64::from_le_bytes(*first), u64::from_le_bytes(*last) >> (8 * (16 - length))]
        }
        _ => return [hash(bytes), length as u64 | LONGER],
    };
    [first, second | (length as u64) << 56]
}

/// A hash that differs for most names; two names with one hash are easy to construct.
const fn hash(bytes: &[u8]) -> u64 {
    let mut rest = bytes;
    let mut hash = 0;
    while let Some((word, tail)) = rest.split_first_chunk() {
        hash = mixed(hash ^ u64::from_le_bytes(*word));
        rest = tail;
    }
    match bytes.last_chunk() {
        Some(last) => mixed(hash ^ u64::from_le_bytes(*last)),
        None => hash,
    }
}

const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;

const fn mixed(word: u64) -> u64 {
    let word = (word ^ (word >> 31)).wrapping_mul(FACTOR);
    word ^ (word >> 29)
}

#[cfg(test)]
mod tests {
    use super::{AttributeName, SharedName, hash, mixed};

    #[test]
    fn names_are_equal_when_their_texts_are() {
        let texts: Vec<String> = (0..40)
            .flat_map(|length| {
                let text: String = ('a'..='z').cycle().take(length).collect();
                let last = text.get(..length.saturating_sub(1)).unwrap_or_default().to_owned();
                [format!("{last}\0"), format!("{last}!"), format!("\0{last}"), text]
            })
            .collect();
        for a in &texts {
            for b in &texts {
                let (a_name, b_name) = (AttributeName::new(a.as_str()), AttributeName::new(b.as_str()));
                assert_eq!(a_name.is(&b_name), a == b, "{a:?} {b:?}");
                let shared = SharedName::shared(a.as_str().into());
                assert_eq!((shared.is(&b_name), b_name.is(&shared)), (a == b, a == b), "{a:?} {b:?}");
                assert_eq!(shared.bit(), a_name.bit(), "{a:?}");
                let leaked = AttributeName::new(b.clone().leak());
                assert_eq!(shared.is_packed_as(&leaked), a == b && a.len() <= 15, "{a:?} {b:?}");
            }
        }
    }

    /// Another text with the same hash, as an attacker finds it: what the first word changes, the second undoes.
    fn colliding(text: &str) -> Option<String> {
        let (words, rest) = text.as_bytes().as_chunks::<8>();
        let [first, second, third @ ..] = words else { return None };
        let state = mixed(u64::from_le_bytes(*first)) ^ u64::from_le_bytes(*second);
        let tail = [third.as_flattened(), rest].concat();
        (0..100_000).find_map(|number| {
            let first = format!("{number:08}");
            let undone = state ^ mixed(u64::from_le_bytes(*first.as_bytes().first_chunk()?));
            String::from_utf8([first.as_bytes(), &undone.to_le_bytes(), &tail].concat()).ok()
        })
    }

    #[test]
    fn names_of_one_hash_are_two_names() {
        let name = "an.attribute.with.a.long.name";
        let other = colliding(name).unwrap();
        assert_eq!(hash(name.as_bytes()), hash(other.as_bytes()));
        assert!(!AttributeName::new(name).is(&AttributeName::new(&other)));
        let ctx = crate::Context::anonymous().with(other.clone(), 1).with(name, 2);
        assert_eq!(ctx.names().collect::<Vec<_>>(), [&other, name]);
        assert_eq!(ctx.get(name), Some(&2.into()));
        assert_ne!(ctx, crate::Context::anonymous().with(name, 1).with(other, 2));
    }
}
