//! Sets of texts, made once and asked often.

use super::text::{Short, Text};
use std::collections::HashSet;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;

/// A set of texts.
#[derive(Clone, Debug, Default)]
pub(crate) struct TextSet {
    /// The short ones, in open addressing: a power of two of places, at most half of them taken.
    short: Box<[Short]>,
    long: HashSet<Arc<str>, BuildHasherDefault<FastHasher>>,
}

impl TextSet {
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.short.is_empty() && self.long.is_empty()
    }

    #[inline]
    pub(crate) fn contains(&self, text: &Text) -> bool {
        match text {
            Text::Short(short) => self.contains_short(short),
            Text::Long(long) => self.long.contains(long),
        }
    }

    #[inline]
    fn contains_short(&self, text: &Short) -> bool {
        let mask = self.short.len().wrapping_sub(1);
        let mut at = place(text) & mask;
        while let Some(member) = self.short.get(at) {
            if member == text {
                return true;
            }
            if *member == Short::NONE {
                return false;
            }
            at = (at + 1) & mask;
        }
        false
    }
}

impl FromIterator<Text> for TextSet {
    fn from_iter<I: IntoIterator<Item = Text>>(texts: I) -> Self {
        let (mut short, mut long) = (Vec::new(), HashSet::default());
        for text in texts {
            match text {
                Text::Short(text) => short.push(text),
                Text::Long(text) => {
                    long.insert(text);
                }
            }
        }
        Self { short: table(&short), long }
    }
}

fn table(texts: &[Short]) -> Box<[Short]> {
    if texts.is_empty() {
        return Box::default();
    }
    let mut table = vec![Short::NONE; (texts.len() * 2).next_power_of_two()];
    let mask = table.len() - 1;
    for text in texts {
        let mut at = place(text) & mask;
        while let Some(member) = table.get_mut(at) {
            if *member == Short::NONE {
                *member = *text;
            }
            if *member == *text {
                break;
            }
            at = (at + 1) & mask;
        }
    }
    table.into()
}

/// Where a text belongs in a table of any size: the lower bits of one multiplication, folded.
///
/// Who could choose colliding members writes the flags already, and a look-up adds nothing to the
/// set, so that it needs no defence against chosen keys.
#[inline]
fn place(text: &Short) -> usize {
    let [first, second, third] = text.words();
    #[expect(clippy::cast_possible_truncation, reason = "the lower bits are wanted")]
    {
        folded(first ^ MIX, second ^ third.rotate_left(32) ^ !MIX) as usize
    }
}

const MIX: u64 = 0x9e37_79b9_7f4a_7c15;

#[inline]
fn folded(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    #[expect(clippy::cast_possible_truncation, reason = "both halves are folded")]
    {
        (product as u64) ^ (product >> 64) as u64
    }
}

/// A multiplicative hasher, for texts that authors of documents choose.
#[derive(Clone, Copy, Default)]
pub(crate) struct FastHasher(u64);

impl FastHasher {
    #[inline]
    fn mix(&mut self, word: u64) {
        self.0 = folded(self.0 ^ word, MIX).wrapping_add(MIX);
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
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.mix(u64::from_le_bytes(*word));
        }
        let mut last = [0; 8];
        for (to, from) in last.iter_mut().zip(rest) {
            *to = *from;
        }
        self.mix(u64::from_le_bytes(last));
    }
}

#[cfg(test)]
mod tests {
    use super::{Text, TextSet};

    #[test]
    fn has_its_members_alone() {
        let names = |n: usize| (0..n).map(|i| format!("user-{i:0width$}", width = i % 30));
        for n in [0, 1, 2, 3, 10, 1000] {
            let twice = names(n).chain(names(n));
            let set: TextSet = twice.map(|name| Text::new(&name)).collect();
            assert_eq!(set.is_empty(), n == 0);
            assert!(names(n).all(|name| set.contains(&Text::new(&name))));
            let others = names(2000).skip(n).chain([String::new(), "\0".to_owned(), "user".to_owned()]);
            assert!(others.into_iter().all(|name| !set.contains(&Text::new(&name))), "of {n}");
        }
        let set: TextSet = ["", "a\0"].map(Text::new).into_iter().collect();
        assert!(set.contains(&Text::new("")) && set.contains(&Text::new("a\0")));
        assert!(!set.contains(&Text::new("a")) && !set.contains(&Text::new("\0")));
    }
}
