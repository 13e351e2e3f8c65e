//! Text kept for comparing: short ones in place, longer ones shared.

use std::fmt;
use std::hash::{BuildHasherDefault, Hash, Hasher};
use std::sync::Arc;

/// Bytes of the longest text that is kept in place.
pub(crate) const SHORT: usize = 30;

/// Text of an attribute, or of an operand that is compared with one.
///
/// Two short ones compare as 31 bytes of fixed length, which is a handful of instructions.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Text {
    Short(Short),
    Long(Arc<str>),
}

/// Up to [`SHORT`] bytes of UTF-8, padded with zeros, its length in the first byte.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Short([u8; SHORT + 1]);

impl Short {
    #[inline]
    pub(crate) fn new(text: &str) -> Option<Self> {
        let source = text.as_bytes();
        let mut bytes = [0; SHORT + 1];
        let (first, rest) = bytes.split_first_mut()?;
        let rest = rest.get_mut(..source.len())?;
        // Two copies of a fixed length that overlap in the middle: no call, unlike one of any length.
        match source.len() {
            16.. => overlapping::<16>(rest, source),
            8.. => overlapping::<8>(rest, source),
            4.. => overlapping::<4>(rest, source),
            _ => rest.iter_mut().zip(source).for_each(|(to, from)| *to = *from),
        }
        *first = u8::try_from(source.len()).ok()?;
        Some(Self(bytes))
    }

    #[inline]
    pub(crate) fn as_bytes(&self) -> &[u8] {
        let [length, bytes @ ..] = &self.0;
        bytes.get(..usize::from(*length)).unwrap_or_default()
    }

    #[inline]
    fn as_str(&self) -> &str {
        // Made from a `str` only, so that this never falls back.
        std::str::from_utf8(self.as_bytes()).unwrap_or_default()
    }
}

/// Copies the first `N` bytes and the last `N` bytes, of slices of one length between `N` and `2 N`.
#[inline]
fn overlapping<const N: usize>(to: &mut [u8], from: &[u8]) {
    if let (Some(to), Some(from)) = (to.first_chunk_mut::<N>(), from.first_chunk::<N>()) {
        *to = *from;
    }
    if let (Some(to), Some(from)) = (to.last_chunk_mut::<N>(), from.last_chunk::<N>()) {
        *to = *from;
    }
}

impl Text {
    #[inline]
    pub(crate) fn new(text: &str) -> Self {
        Short::new(text).map_or_else(|| Self::Long(text.into()), Self::Short)
    }

    #[inline]
    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::Short(short) => short.as_str(),
            Self::Long(long) => long,
        }
    }

    #[inline]
    pub(crate) fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Short(short) => short.as_bytes(),
            Self::Long(long) => long.as_bytes(),
        }
    }
}

impl fmt::Debug for Short {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

impl Hash for Text {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self {
            // All of it at a fixed length, its own length included.
            Self::Short(Short(bytes)) => {
                let words = [
                    bytes.first_chunk().map(|word| u64::from_le_bytes(*word)),
                    bytes.get(8..16).and_then(<[u8]>::first_chunk).map(|word| u64::from_le_bytes(*word)),
                    bytes.get(16..24).and_then(<[u8]>::first_chunk).map(|word| u64::from_le_bytes(*word)),
                    bytes.last_chunk().map(|word| u64::from_le_bytes(*word)),
                ];
                words.into_iter().flatten().for_each(|word| state.write_u64(word));
            }
            Self::Long(long) => state.write(long.as_bytes()),
        }
    }
}

/// A set of texts.
pub(crate) type TextSet = std::collections::HashSet<Text, BuildHasherDefault<FastHasher>>;

/// A multiplicative hasher for [`TextSet`].
///
/// Who could choose colliding members writes the flags already, and a look-up adds nothing to the
/// set, so that it needs no defence against chosen keys.
#[derive(Clone, Copy, Default)]
pub(crate) struct FastHasher(u64);

const MIX: u64 = 0x9e37_79b9_7f4a_7c15;

impl FastHasher {
    #[inline]
    fn mix(&mut self, word: u64) {
        let product = u128::from(self.0 ^ word).wrapping_mul(u128::from(MIX));
        #[expect(clippy::cast_possible_truncation, reason = "both halves are folded")]
        let folded = (product as u64) ^ (product >> 64) as u64;
        self.0 = folded.wrapping_add(MIX);
    }
}

impl Hasher for FastHasher {
    #[inline]
    fn finish(&self) -> u64 {
        self.0
    }

    #[inline]
    fn write_u64(&mut self, word: u64) {
        self.mix(word);
    }

    #[inline]
    fn write(&mut self, bytes: &[u8]) {
        self.mix(bytes.len() as u64);
        let mut words = bytes.chunks_exact(8);
        for word in &mut words {
            let mut eight = [0; 8];
            eight.copy_from_slice(word);
            self.mix(u64::from_le_bytes(eight));
        }
        let mut last = [0; 8];
        for (to, from) in last.iter_mut().zip(words.remainder()) {
            *to = *from;
        }
        self.mix(u64::from_le_bytes(last));
    }
}

#[cfg(test)]
mod tests {
    use super::{SHORT, Text};

    #[test]
    fn keeps_every_text() {
        for length in [0, 1, 7, 8, 15, 16, SHORT - 1, SHORT, SHORT + 1, 300] {
            let text = "é".repeat(length / 2) + &"x".repeat(length % 2);
            assert_eq!(Text::new(&text).as_str(), text);
            assert_eq!(Text::new(&text), Text::new(&text));
            assert_ne!(Text::new(&text), Text::new(&format!("{text}y")));
        }
        assert_ne!(Text::new("a"), Text::new("a\0"));
        assert_eq!(std::mem::size_of::<Text>(), 32);
    }
}
