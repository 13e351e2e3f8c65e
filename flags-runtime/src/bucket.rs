//! Buckets: where a context stands among all contexts, for rollouts and for splits.
//!
//! A bucket is a number in [0, 1): the product of two digests, of the key and of the salt, as
//! 128-bit integers. The key's digest is made once per context and the salt's once per ruleset, so
//! that a percentage costs a multiplication.

use flags_schema::Percent;
use sha2::{Digest as _, Sha256};
use std::fmt::{self, Write as _};

/// The first 16 bytes of the SHA-256 of a key, as a big-endian integer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Digest {
    // Two words: a `u128` would have to lie at a multiple of 16 bytes, in every context.
    high: u64,
    low: u64,
}

impl Digest {
    #[expect(clippy::cast_possible_truncation, reason = "one half is wanted")]
    const fn new(number: u128) -> Self {
        Self { high: (number >> 64) as u64, low: number as u64 }
    }

    #[inline]
    const fn number(self) -> u128 {
        (self.high as u128) << 64 | self.low as u128
    }

    pub(crate) fn of_bytes(bytes: &[u8]) -> Self {
        let [first, _] = halves(bytes);
        Self::new(first)
    }

    /// A hash of both, spread over all bits.
    pub(crate) fn hash_with(self, number: u32) -> u64 {
        let salted =
            self.number() ^ u128::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
        top(salted.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835))
    }

    /// The digest of a number in plain decimal form.
    pub(crate) fn of_display(number: impl std::fmt::Display) -> Option<Self> {
        // `{}` of an f64 has at most 326 characters: it is fed to the hash as it is written.
        struct Hashing(Sha256);
        impl std::fmt::Write for Hashing {
            fn write_str(&mut self, text: &str) -> std::fmt::Result {
                self.0.update(text.as_bytes());
                Ok(())
            }
        }
        let mut hashing = Hashing(Sha256::new());
        write!(hashing, "{number}").ok()?;
        let [first, _] = split(&hashing.0.finalize().into());
        Some(Self::new(first))
    }
}

impl fmt::Display for Digest {
    /// In hexadecimal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.number())
    }
}

fn halves(bytes: &[u8]) -> [u128; 2] {
    split(&Sha256::digest(bytes).into())
}

fn split(digest: &[u8; 32]) -> [u128; 2] {
    let number = |half: Option<&[u8; 16]>| half.map_or(0, |half| u128::from_be_bytes(*half));
    [number(digest.first_chunk()), number(digest.last_chunk())]
}

/// The multipliers of a salt, one for each stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Salt {
    pub(crate) rollout: Multiplier,
    pub(crate) variant: Multiplier,
}

/// One stream of buckets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Multiplier {
    high: u64,
    low: u64,
}

impl Multiplier {
    #[expect(clippy::cast_possible_truncation, reason = "one half is wanted")]
    const fn odd(number: u128) -> Self {
        Self { high: (number >> 64) as u64, low: number as u64 | 1 }
    }

    /// The stream of those halves.
    #[inline]
    pub(crate) const fn of_halves(high: u64, low: u64) -> Self {
        Self { high, low }
    }

    /// Its two halves, which no other stream has.
    pub(crate) const fn halves(self) -> (u64, u64) {
        (self.high, self.low)
    }

    /// The top 64 bits of the key's bucket.
    #[inline]
    pub(crate) fn bucket(self, key: &Digest) -> u64 {
        top(key.number().wrapping_mul(u128::from(self.high) << 64 | u128::from(self.low)))
    }
}

impl Salt {
    pub(crate) fn new(salt: &str) -> Self {
        let [first, last] = halves(salt.as_bytes());
        Self { rollout: Multiplier::odd(first), variant: Multiplier::odd(last) }
    }
}

#[inline]
const fn top(product: u128) -> u64 {
    (product >> 64) as u64
}

/// The bound below which the top 64 bits of a bucket lie for that percentage of all contexts:
/// `floor(percentage / 100 * 2^64)`, and everything for 100.
#[expect(clippy::cast_possible_truncation, reason = "the quotient is below 2^64, or is capped")]
pub(crate) const fn threshold(percent: Percent) -> u64 {
    let bound = ((percent.thousandths() as u128) << 64) / 100_000;
    if bound > u64::MAX as u128 { u64::MAX } else { bound as u64 }
}

/// The position of a bucket in percent, 0 to 100.
#[expect(clippy::cast_precision_loss, reason = "for people; 53 bits are plenty")]
pub(crate) fn position(top: u64) -> f64 {
    top as f64 / 18_446_744_073_709_551_616.0 * 100.0
}

/// Buckets as the golden files pin them.
#[doc(hidden)]
#[must_use]
pub fn buckets(salt: &str, key: &str) -> (u64, u64) {
    let (salt, key) = (Salt::new(salt), Digest::of_bytes(key.as_bytes()));
    (salt.rollout.bucket(&key), salt.variant.bucket(&key))
}

#[cfg(test)]
mod tests {
    use super::{position, threshold};
    use flags_schema::Percent;

    #[test]
    fn thresholds() {
        assert_eq!(threshold(Percent::ZERO), 0);
        assert_eq!(threshold(Percent::HUNDRED), u64::MAX);
        assert_eq!(threshold(Percent::from_thousandths(25_000).unwrap()), 1 << 62);
        assert!((position(1 << 62) - 25.0).abs() < 1e-9);
    }
}
