//! Sets of texts, made once and asked often.
//!
//! Whoever writes a document chooses the members, and whoever sends a context chooses what is looked for.
//! Neither can make a look-up slow: where a text belongs depends on numbers that each set draws.

use super::text::{Short, Text};
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

/// A set of texts, each with an index below [`TextSet::bound`].
#[derive(Clone, Debug, Default)]
pub(crate) struct TextSet {
    /// The short ones, in open addressing: a power of two of slots, at most half of them taken.
    short: Box<[Short]>,
    key: HashKey,
    long: HashMap<Arc<str>, usize>,
}

impl TextSet {
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.short.is_empty() && self.long.is_empty()
    }

    #[inline]
    pub(crate) fn contains(&self, text: &Text) -> bool {
        match text {
            Text::Short(short) => self.find_short(short).is_some(),
            Text::Long(long) => !self.long.is_empty() && self.long.contains_key(long),
        }
    }

    /// The index of a member.
    pub(crate) fn find(&self, text: &Text) -> Option<usize> {
        match text {
            Text::Short(short) => self.find_short(short),
            Text::Long(long) => self.long.get(long).copied(),
        }
    }

    /// More than every index.
    pub(crate) fn bound(&self) -> usize {
        self.short.len() + self.long.len()
    }

    #[inline]
    fn find_short(&self, text: &Short) -> Option<usize> {
        let mask = self.short.len().wrapping_sub(1);
        let mut at = self.key.hash(text) & mask;
        while let Some(member) = self.short.get(at) {
            if member == text {
                return Some(at);
            }
            if *member == Short::NONE {
                return None;
            }
            at = (at + 1) & mask;
        }
        None
    }
}

impl FromIterator<Text> for TextSet {
    fn from_iter<I: IntoIterator<Item = Text>>(texts: I) -> Self {
        let (mut short, mut long) = (Vec::new(), Vec::new());
        for text in texts {
            match text {
                Text::Short(text) => short.push(text),
                Text::Long(text) => long.push(text),
            }
        }
        let mut set = Self::default();
        if !short.is_empty() {
            set.key = HashKey::random();
            set.short = table(&short, &set.key);
        }
        for text in long {
            let index = set.bound();
            set.long.entry(text).or_insert(index);
        }
        set
    }
}

fn table(texts: &[Short], key: &HashKey) -> Box<[Short]> {
    let mut table = vec![Short::NONE; (texts.len() * 2).next_power_of_two()];
    let mask = table.len() - 1;
    for text in texts {
        let mut at = key.hash(text) & mask;
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

/// Numbers that decide where a set keeps a short text.
///
/// The hash is the upper half of `a + b * first + c * second + d * third`, modulo 2^128: for two different
/// texts every pair of hashes is equally likely (Dietzfelbinger's multiply-add-shift), whatever the texts
/// are, as long as they were chosen without knowing the numbers. A sum moves in equal steps over names that are
/// counted up (`user-1`, `user-2`), which would stand side by side in one table of a hundred: the steps are broken
/// up by an exclusive or and a multiplication, which give different hashes to different sums.
#[derive(Clone, Copy, Default)]
struct HashKey([u128; 4]);

/// 2^64 divided by the golden ratio, and odd: its multiples lie far apart (Knuth, volume 3, 6.4).
const SCATTERING: u64 = 0x9e37_79b9_7f4a_7c15;

impl HashKey {
    /// Numbers that the system draws; on a system that has no randomness, which is so on
    /// `wasm32-unknown-unknown`, they are the same in every program.
    fn random() -> Self {
        let state = RandomState::new();
        let number = |nth: u64| {
            let half = |of: u64| u128::from(state.hash_one(of));
            half(2 * nth) << 64 | half(2 * nth + 1)
        };
        Self([number(0), number(1), number(2), number(3)])
    }

    #[inline]
    fn hash(&self, text: &Short) -> usize {
        let ([first, second, third], [a, b, c, d]) = (text.words(), self.0);
        let sum = a
            .wrapping_add(b.wrapping_mul(u128::from(first)))
            .wrapping_add(c.wrapping_mul(u128::from(second)))
            .wrapping_add(d.wrapping_mul(u128::from(third)));
        // The upper half, which fits `usize` on every target.
        let upper = (sum >> 64) as u64;
        ((upper ^ (upper >> 32)).wrapping_mul(SCATTERING) >> 32) as usize
    }
}

impl std::fmt::Debug for HashKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Who knows the numbers could choose members that collide.
        f.write_str("HashKey(..)")
    }
}

/// Hashes names for a table of its own, keyed like a [`TextSet`].
#[derive(Clone, Debug)]
pub(crate) struct NameHasher {
    short: HashKey,
    long: RandomState,
}

impl Default for NameHasher {
    fn default() -> Self {
        Self { short: HashKey::random(), long: RandomState::new() }
    }
}

impl NameHasher {
    #[inline]
    pub(crate) fn hash(&self, name: &str) -> usize {
        match Short::new(name) {
            Some(short) => self.short.hash(&short),
            None => self.hash_long(name),
        }
    }

    #[cold]
    fn hash_long(&self, name: &str) -> usize {
        #[expect(clippy::cast_possible_truncation, reason = "the low bits are as good as any")]
        {
            self.long.hash_one(name) as usize
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Short, Text, TextSet};

    /// Users whose second and third words cancel out where they are only combined with each other: one hash
    /// for all, were it not keyed.
    fn colliding(n: usize) -> Vec<Text> {
        let text = |i: usize| {
            let (high, low) = (format!("{:04x}", i >> 16), format!("{:04x}", i & 0xffff));
            Text::new(&format!("colluder{high}{low}{low}{high}"))
        };
        (0..n).map(text).collect()
    }

    /// How far the farthest member is from where it belongs.
    fn farthest(set: &TextSet) -> usize {
        let mask = set.short.len() - 1;
        let members = set.short.iter().enumerate().filter(|(_, member)| **member != Short::NONE);
        members.map(|(at, member)| at.wrapping_sub(set.key.hash(member)) & mask).max().unwrap_or(0)
    }

    #[test]
    fn chosen_members_do_not_collide() {
        let texts = colliding(100_000);
        let set: TextSet = texts.iter().cloned().collect();
        assert!(farthest(&set) < 500, "{}", farthest(&set));
        let other: TextSet = texts.iter().cloned().collect();
        assert_ne!(set.key.hash(&Short::NONE), other.key.hash(&Short::NONE), "each set has its own numbers");
    }

    #[test]
    fn members_that_are_counted_up_are_scattered() {
        let names: Vec<Text> = (0..1000).map(|i| Text::new(&format!("user-{i:06}"))).collect();
        for _ in 0..500 {
            let set: TextSet = names.iter().cloned().collect();
            assert!(farthest(&set) < 150, "{}", farthest(&set));
        }
    }

    #[test]
    fn has_its_members_alone() {
        let names = |n: usize| (0..n).map(|i| format!("user-{i:0width$}", width = i % 30));
        for n in [0, 1, 2, 3, 10, 1000] {
            let twice = names(n).chain(names(n));
            let set: TextSet = twice.map(|name| Text::new(&name)).collect();
            assert_eq!(set.is_empty(), n == 0);
            assert!(names(n).all(|name| set.contains(&Text::new(&name))));
            let mut indices: Vec<_> = names(n).map(|name| set.find(&Text::new(&name)).unwrap()).collect();
            indices.sort_unstable();
            indices.dedup();
            assert_eq!(indices.len(), n, "each has an index of its own");
            assert!(indices.last().is_none_or(|last| *last < set.bound()));
            let others = names(2000).skip(n).chain([String::new(), "\0".to_owned(), "user".to_owned()]);
            assert!(others.into_iter().all(|name| !set.contains(&Text::new(&name))), "of {n}");
        }
        let set: TextSet = ["", "a\0"].map(Text::new).into_iter().collect();
        assert!(set.contains(&Text::new("")) && set.contains(&Text::new("a\0")));
        assert!(!set.contains(&Text::new("a")) && !set.contains(&Text::new("\0")));
    }
}
