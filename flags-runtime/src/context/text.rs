//! Text kept for comparing: short ones in place, longer ones shared.

use std::fmt;
use std::sync::Arc;

/// Bytes of the longest text that is kept in place.
pub(crate) const SHORT: usize = 24;

/// Text of an attribute, or of an operand that is compared with one.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Text {
    Short(Short),
    Long(Arc<str>),
}

/// Up to [`SHORT`] bytes of UTF-8 that do not end with a zero, padded with zeros.
///
/// They are made in registers, written as whole words and compared as such: bytes written one by one
/// and read as words would have to wait for each other.
#[derive(Clone, Copy)]
#[repr(align(8))]
pub(crate) struct Short([[u8; 8]; 3]);

impl Short {
    /// What no text is: in UTF-8 this byte does not occur.
    pub(super) const NONE: Self = Self([[0xff; 8]; 3]);

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "what is made apart goes through memory, twice")]
    pub(crate) fn new(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let length = bytes.len();
        let at = |index: usize| u64::from(bytes.get(index).copied().unwrap_or_default()) << (8 * index);
        let four = |four: Option<&[u8; 4]>| u64::from(four.copied().map_or(0, u32::from_le_bytes));
        let eight = |eight: Option<&[u8; 8]>| eight.copied().map_or(0, u64::from_le_bytes);
        // The last bytes are read together with some before them, which are then shifted or written
        // twice: no loop, and no call as for a copy of any length.
        let words = match length {
            0 => [0; 3],
            1..=3 => [at(0) | at(length / 2) | at(length - 1), 0, 0],
            4..=8 => [four(bytes.first_chunk()) | four(bytes.last_chunk()) << (8 * (length - 4)), 0, 0],
            9..=16 => [eight(bytes.first_chunk()), eight(bytes.last_chunk()) >> (8 * (16 - length)), 0],
            17..=SHORT => [
                eight(bytes.first_chunk()),
                eight(bytes.get(8..).and_then(<[u8]>::first_chunk)),
                eight(bytes.last_chunk()) >> (8 * (SHORT - length)),
            ],
            _ => return None,
        };
        // A zero at the end could not be told from padding.
        if bytes.last() == Some(&0) {
            return None;
        }
        Some(Self(words.map(u64::to_le_bytes)))
    }

    #[inline]
    pub(super) fn words(&self) -> [u64; 3] {
        self.0.map(u64::from_le_bytes)
    }

    #[inline]
    pub(crate) fn as_bytes(&self) -> &[u8] {
        let padding = match self.words() {
            [first, 0, 0] => 16 + first.leading_zeros() / 8,
            [_, second, 0] => 8 + second.leading_zeros() / 8,
            [_, _, third] => third.leading_zeros() / 8,
        };
        let bytes = self.0.as_flattened();
        bytes.get(..SHORT.saturating_sub(padding as usize)).unwrap_or_default()
    }

    #[inline]
    fn as_str(&self) -> &str {
        // Made from a `str` only, so that this never falls back.
        std::str::from_utf8(self.as_bytes()).unwrap_or_default()
    }
}

impl PartialEq for Short {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        let ([first, second, third], others) = (self.words(), other.words());
        (first ^ others[0]) | (second ^ others[1]) | (third ^ others[2]) == 0
    }
}

impl Eq for Short {}

impl Text {
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "as `Short::new`")]
    pub(crate) fn new(text: &str) -> Self {
        match Short::new(text) {
            Some(short) => Self::Short(short),
            None => Self::Long(shared(text)),
        }
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

#[cold]
#[inline(never)]
fn shared(text: &str) -> Arc<str> {
    text.into()
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

#[cfg(test)]
mod tests {
    use super::{SHORT, Short, Text};

    #[test]
    fn keeps_every_text() {
        for length in (0..=SHORT + 1).chain([300]) {
            let letters = "abcdefghijklmnopqrstuvwxyz".chars().cycle().take(length).collect();
            for text in ["é".repeat(length / 2) + &"x".repeat(length % 2), letters] {
                assert_eq!(Text::new(&text).as_str(), text);
                assert_eq!(Text::new(&text), Text::new(&text));
                assert_ne!(Text::new(&text), Text::new(&format!("{text}y")));
                assert_ne!(Text::new(&text), Text::new(&format!("{text}\0")));
                assert_ne!(Text::new(&text), Text::new(&format!("\0{text}y")));
                let zeros = format!("{text}\0\0");
                assert_eq!(Text::new(&zeros).as_str(), zeros);
            }
        }
        assert_eq!(std::mem::size_of::<Text>(), 32);
        assert_eq!(std::mem::size_of::<super::super::Attribute>(), 32);
        assert!(std::str::from_utf8(Short::NONE.as_bytes()).is_err());
    }
}
