//! Buckets are uniform, independent, and monotonic. Ids and bounds are fixed: nothing here is random, so
//! a failure is a change of the arithmetic.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use flags_runtime::__private::buckets;
use flags_runtime::{Context, Engine, Variables};
use flags_schema::{Options, SourceFile};
use std::fmt::Write as _;

const IDS: u32 = 1_000_000;

/// Sequential ids, as a database hands them out.
fn sequential() -> impl Iterator<Item = String> {
    (0..IDS).map(|n| format!("user-{n}"))
}

/// Ids of the form of a version 4 UUID, from the generator `SplitMix64`.
fn uuids() -> impl Iterator<Item = String> {
    let mut state = 0_u64;
    let mut next = move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    };
    (0..IDS).map(move |_| {
        let (high, low) = (next(), next());
        let version = high & 0x0fff | 0x4000;
        format!(
            "{:08x}-{:04x}-{version:04x}-{:04x}-{:012x}",
            high >> 32,
            high >> 16 & 0xffff,
            low >> 48 & 0x3fff | 0x8000,
            low & 0xffff_ffff_ffff
        )
    })
}

/// How far counts lie from the expected ones, in standard deviations of chi-square.
fn sigmas(counts: &[u32]) -> f64 {
    let cells = f64::from(u32::try_from(counts.len()).unwrap());
    let expected = f64::from(counts.iter().sum::<u32>()) / cells;
    let chi_square: f64 = counts.iter().map(|count| (f64::from(*count) - expected).powi(2) / expected).sum();
    let freedom = cells - 1.0;
    (chi_square - freedom) / (2.0 * freedom).sqrt()
}

/// Which of `cells` equal parts of [0, 1) a bucket falls into.
fn cell(bucket: u64, cells: usize) -> usize {
    usize::try_from((u128::from(bucket) * cells as u128) >> 64).unwrap()
}

#[test]
fn buckets_are_uniform() {
    let ids: [(&str, Box<dyn Iterator<Item = String>>); 2] =
        [("sequential ids", Box::new(sequential())), ("UUIDs", Box::new(uuids()))];
    for (name, ids) in ids {
        let (mut rollout, mut variant) = (vec![0; 10_000], vec![0; 10_000]);
        for id in ids {
            let (r, v) = buckets("community.forums", &id);
            rollout[cell(r, 10_000)] += 1;
            variant[cell(v, 10_000)] += 1;
        }
        for (stream, counts) in [("rollout", rollout), ("variant", variant)] {
            let distance = sigmas(&counts);
            assert!(distance.abs() < 3.0, "{name}, {stream}: {distance:.2} sigma");
        }
    }
}

#[test]
fn streams_and_flags_are_independent() {
    const SIDE: usize = 50;
    let cells = || vec![0; SIDE * SIDE];
    let (mut streams, mut flags, mut rules) = (cells(), cells(), cells());
    for id in sequential() {
        let (rollout, variant) = buckets("community.forums", &id);
        let (other, _) = buckets("community.profiles", &id);
        let (rule, _) = buckets("community.forums/1", &id);
        for (counts, second) in [(&mut streams, variant), (&mut flags, other), (&mut rules, rule)] {
            counts[cell(rollout, SIDE) * SIDE + cell(second, SIDE)] += 1;
        }
    }
    for (name, counts) in
        [("rollout and variant", streams), ("two flags", flags), ("a flag and its rule", rules)]
    {
        let distance = sigmas(&counts);
        assert!(distance.abs() < 3.0, "{name}: {distance:.2} sigma");
    }
}

fn engine(text: &str) -> Engine {
    let mut overlays = |path: &str| {
        std::fs::read_to_string(path).map(|text| SourceFile::new(path, text)).map_err(|e| e.to_string())
    };
    let loaded = flags_schema::load(SourceFile::new("flags.yaml", text), &mut overlays, &Options::default());
    assert!(!loaded.diagnostics.has_errors(), "{:?}", loaded.diagnostics);
    Engine::new(loaded.document, flags_runtime::Options::default().variables(Variables::None)).unwrap()
}

#[test]
fn a_quarter_is_a_quarter_and_stays_in_the_half() {
    let quarter = engine(include_str!("../flags.yaml"));
    let quarter = quarter.flag("community.forums").unwrap();
    let half = engine("version: 1\nflags: { community.forums: { state: gradual, rollout: 50 } }");
    let half = half.flag("community.forums").unwrap();
    let (mut on, mut lost) = (0, 0);
    for id in sequential() {
        let context = Context::new(id);
        if quarter.enabled(&context) {
            on += 1;
            lost += u32::from(!half.enabled(&context));
        }
    }
    assert!((249_000..=251_000).contains(&on), "{on} of a million");
    assert_eq!(lost, 0, "on at 25 %, off at 50 %");
}

#[test]
fn raising_a_percentage_only_adds() {
    let percentages = ["0", "0.001", "0.5", "1", "10", "24.999", "25", "25.001", "50", "99.999", "100"];
    let mut text = "version: 1\nflags:\n".to_owned();
    for (n, p) in percentages.iter().enumerate() {
        writeln!(text, "  step{n}: {{ state: gradual, rollout: {{ percentage: {p}, salt: stairs }} }}")
            .unwrap();
    }
    let engine = engine(&text);
    let steps: Vec<_> = (0..percentages.len()).map(|n| engine.flag(&format!("step{n}")).unwrap()).collect();
    let mut counts = vec![0_u32; steps.len()];
    for id in uuids().take(100_000) {
        let context = Context::new(id);
        let answers: Vec<bool> = steps.iter().map(|step| step.enabled(&context)).collect();
        assert!(answers.is_sorted(), "{context:?} falls out again: {answers:?}");
        counts.iter_mut().zip(answers).for_each(|(count, on)| *count += u32::from(on));
    }
    assert_eq!(counts[0], 0);
    assert_eq!(counts[percentages.len() - 1], 100_000);
    assert!(counts.is_sorted() && counts[1] < counts[4] && counts[4] < counts[8], "{counts:?}");
}

#[test]
fn shares_of_a_split_are_what_they_say() {
    const SHARES: [(&str, f64); 4] =
        [("control", 0.5), ("variant_a", 0.3), ("variant_b", 0.199), ("rare", 0.001)];
    let engine = engine(
        "version: 1
flags:
  new_feature:
    state: on
    variants:
      control: { weight: 50 }
      variant_a: { weight: 30 }
      variant_b: { weight: 19.9 }
      rare: { weight: 0.1 }
",
    );
    let flag = engine.flag("new_feature").unwrap();
    let mut counts = [0_u32; SHARES.len()];
    for id in uuids().take(200_000) {
        let evaluation = flag.evaluate(&Context::new(id));
        let at = SHARES.iter().position(|(name, _)| Some(*name) == evaluation.variant()).unwrap();
        counts[at] += 1;
    }
    for ((name, share), count) in SHARES.iter().zip(counts) {
        let expected = 200_000.0 * share;
        let sigma = (expected * (1.0 - share)).sqrt();
        let distance = (f64::from(count) - expected) / sigma;
        assert!(distance.abs() < 3.0, "{name}: {count} is {distance:.2} sigma from {expected}");
    }
}
