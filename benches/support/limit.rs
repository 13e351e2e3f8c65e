//! The limit: a bare engine that does only what a workload requires, with nothing to name, to explain,
//! to override or to be missing. Its answers are ours exactly, bucket for bucket.

use super::document::{Condition, FIVE, Flag, PREMIUM, Payload, User, VARIANTS, Workload, id};
use sha2::{Digest as _, Sha256};
use std::cell::Cell;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};

/// A text of up to 16 bytes, as two words that overlap; of a longer one, only the length.
#[derive(Clone, Copy, PartialEq, Eq)]
struct PackedText {
    words: [u64; 2],
    length: usize,
}

#[inline]
fn pack(text: &str) -> PackedText {
    let bytes = text.as_bytes();
    let length = bytes.len();
    let words = match length {
        0 => [0, 0],
        1..4 => {
            [u64::from(bytes[0]) | u64::from(bytes[length / 2]) << 8 | u64::from(bytes[length - 1]) << 16, 0]
        }
        4..8 => [
            u64::from(u32::from_le_bytes(*bytes.first_chunk().unwrap())),
            u64::from(u32::from_le_bytes(*bytes.last_chunk().unwrap())),
        ],
        8..=16 => [
            u64::from_le_bytes(*bytes.first_chunk().unwrap()),
            u64::from_le_bytes(*bytes.last_chunk().unwrap()),
        ],
        _ => [0, 0],
    };
    PackedText { words, length }
}

const SLOTS: [&str; 4] = ["country", "plan", "email", "app_version"];

/// Borrows its texts.
pub struct Context<'a> {
    key: &'a str,
    /// 0 until a rollout asks for it.
    digest: Cell<u128>,
    texts: [&'a str; SLOTS.len()],
    packed: [PackedText; SLOTS.len()],
    pub age: i64,
}

impl<'a> Context<'a> {
    #[inline]
    pub fn new(user: &'a User) -> Self {
        let texts = [user.country, user.plan, user.email.as_str(), user.app_version];
        Self { key: &user.id, digest: Cell::new(0), texts, packed: texts.map(pack), age: user.age }
    }

    #[inline]
    fn digest(&self) -> u128 {
        match self.digest.get() {
            0 => {
                let [digest, _] = halves(self.key);
                self.digest.set(digest);
                digest
            }
            digest => digest,
        }
    }
}

fn halves(text: &str) -> [u128; 2] {
    let digest = Sha256::digest(text.as_bytes());
    [u128::from_be_bytes(*digest.first_chunk().unwrap()), u128::from_be_bytes(*digest.last_chunk().unwrap())]
}

/// A text of up to 32 bytes, as two runs of 16 that overlap.
struct Kept {
    runs: [u128; 2],
    length: usize,
}

#[inline]
fn keep(text: &str) -> Kept {
    let bytes = text.as_bytes();
    let length = bytes.len();
    let runs = match length {
        0..=16 => {
            let [first, last] = pack(text).words;
            [u128::from(first), u128::from(last)]
        }
        17..=32 => [
            u128::from_le_bytes(*bytes.first_chunk().unwrap()),
            u128::from_le_bytes(*bytes.last_chunk().unwrap()),
        ],
        _ => [0, 0],
    };
    Kept { runs, length }
}

/// A context that owns its texts, in place.
pub struct Owned {
    key: Kept,
    texts: [Kept; SLOTS.len()],
    age: i64,
}

impl Owned {
    #[inline]
    pub fn new(user: &User) -> Self {
        let texts = [user.country, user.plan, user.email.as_str(), user.app_version];
        Self { key: keep(&user.id), texts: texts.map(keep), age: user.age }
    }
}

enum Answer {
    Fixed(u8),
    Rules(Box<Rules>),
}

struct Rules {
    rules: Box<[(Box<[Test]>, u8)]>,
    otherwise: Otherwise,
}

enum Otherwise {
    Index(u8),
    /// The multiplier, and the upper bounds of the ranges.
    Ranges(u128, Box<[(u64, u8)]>),
}

enum Test {
    One(usize, PackedText),
    Few(usize, Box<[PackedText]>),
    Long(usize, Box<[Box<str>]>),
    /// Keys by their digests, in open addressing.
    Keys(Box<[u128]>),
}

/// The flags of a document, by their indices in it.
pub struct Limit {
    /// What a flag answers whoever asks: 0 when that depends on it, else 1 and the index.
    table: Box<[AtomicU8]>,
    /// Behind one atomic read, as what is replaced under its readers must be.
    current: AtomicUsize,
    loaded: [Box<[Answer]>; 1],
}

pub static PAYLOADS: [Payload; 3] = [VARIANTS[0].2, VARIANTS[1].2, VARIANTS[2].2];

impl Limit {
    pub fn new(flags: &[Flag]) -> Self {
        let answers: Box<[Answer]> = flags.iter().map(answer).collect();
        let table = answers.iter().map(|answer| match answer {
            Answer::Fixed(index) => AtomicU8::new(index + 1),
            Answer::Rules(_) => AtomicU8::new(0),
        });
        Self { table: table.collect(), current: AtomicUsize::new(0), loaded: [answers] }
    }

    #[inline]
    fn answers(&self) -> &[Answer] {
        &self.loaded[self.current.load(Ordering::Acquire)]
    }

    #[inline]
    fn index(&self, flag: usize, context: &Context<'_>) -> u8 {
        match self.table[flag].load(Ordering::Relaxed) {
            0 => decide(&self.answers()[flag], context),
            constant => constant - 1,
        }
    }

    #[inline]
    pub fn enabled(&self, flag: usize, context: &Context<'_>) -> bool {
        self.index(flag, context) == 1
    }

    #[inline]
    pub fn value(&self, flag: usize, context: &Context<'_>) -> &'static Payload {
        &PAYLOADS[usize::from(self.index(flag, context))]
    }

    #[inline]
    pub fn all(&self, context: &Context<'_>) -> Vec<u8> {
        self.answers().iter().map(|answer| decide(answer, context)).collect()
    }
}

#[inline]
fn decide(answer: &Answer, context: &Context<'_>) -> u8 {
    match answer {
        Answer::Fixed(index) => *index,
        Answer::Rules(rules) => rules.decide(context),
    }
}

impl Rules {
    #[inline]
    fn decide(&self, context: &Context<'_>) -> u8 {
        for (tests, index) in &self.rules {
            if tests.iter().all(|test| test.holds(context)) {
                return *index;
            }
        }
        match &self.otherwise {
            Otherwise::Index(index) => *index,
            Otherwise::Ranges(multiplier, ranges) => {
                let bucket = (context.digest().wrapping_mul(*multiplier) >> 64) as u64;
                let range = ranges.iter().find(|(bound, _)| bucket < *bound);
                range.or(ranges.last()).map_or(0, |(_, index)| *index)
            }
        }
    }
}

impl Test {
    #[inline]
    fn holds(&self, context: &Context<'_>) -> bool {
        match self {
            Self::One(slot, text) => context.packed[*slot] == *text,
            Self::Few(slot, texts) => texts.iter().any(|text| context.packed[*slot] == *text),
            Self::Long(slot, texts) => texts.iter().any(|text| **text == *context.texts[*slot]),
            Self::Keys(keys) => {
                let digest = context.digest();
                let mut at = digest as usize & (keys.len() - 1);
                loop {
                    match keys[at] {
                        0 => return false,
                        key if key == digest => return true,
                        _ => at = (at + 1) & (keys.len() - 1),
                    }
                }
            }
        }
    }
}

fn answer(Flag { key, kind }: &Flag) -> Answer {
    let [first, last] = halves(key).map(|half| half | 1);
    let rules = |rules: Vec<(Box<[Test]>, u8)>| {
        Answer::Rules(Box::new(Rules { rules: rules.into(), otherwise: Otherwise::Index(0) }))
    };
    let ranges = |multiplier, ranges: &[(u64, u8)]| {
        let otherwise = Otherwise::Ranges(multiplier, ranges.into());
        Answer::Rules(Box::new(Rules { rules: Box::new([]), otherwise }))
    };
    match kind {
        Workload::On => Answer::Fixed(1),
        Workload::Off => Answer::Fixed(0),
        Workload::Users(n) => rules(vec![(Box::new([keys(*n)]), 1)]),
        Workload::Attributes => rules(vec![(tests(PREMIUM), 1)]),
        Workload::Rollout => ranges(first, &[(bound(25), 1), (u64::MAX, 0)]),
        Workload::Variants => {
            let mut sum = 0;
            let bounds = VARIANTS.iter().zip(0..).map(|((_, weight, _), index)| {
                sum += weight;
                (bound(sum), index)
            });
            ranges(last, &bounds.collect::<Vec<_>>())
        }
        Workload::FiveRules => {
            let last = FIVE.len() - 1;
            rules(FIVE.iter().enumerate().map(|(i, rule)| (tests(rule), u8::from(i == last))).collect())
        }
    }
}

fn bound(percent: u32) -> u64 {
    u64::try_from((u128::from(percent) << 64) / 100).unwrap_or(u64::MAX)
}

fn tests(conditions: &[Condition]) -> Box<[Test]> {
    let test = |(attribute, values): &Condition| {
        let slot = SLOTS.iter().position(|slot| slot == attribute).unwrap();
        match values {
            values if values.iter().any(|value| value.len() > 16) => {
                Test::Long(slot, values.iter().map(|value| (*value).into()).collect())
            }
            [value] => Test::One(slot, pack(value)),
            values => Test::Few(slot, values.iter().map(|value| pack(value)).collect()),
        }
    };
    conditions.iter().map(test).collect()
}

fn keys(n: usize) -> Test {
    let mut table = vec![0; (n * 2).next_power_of_two()];
    let mask = table.len() - 1;
    for user in 0..n {
        let [digest, _] = halves(&id(user));
        let mut at = digest as usize & mask;
        while table[at] != 0 {
            at = (at + 1) & mask;
        }
        table[at] = digest;
    }
    Test::Keys(table.into())
}
