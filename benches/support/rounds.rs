//! Batches in turns: every round times one batch of each case, so that a slow moment of the machine
//! falls on all of a row, and what is reported is the median over the rounds of ratios within one.

use super::clock::{cpu, median};
use std::hint::black_box;

/// Runs something that many times.
pub type Batch<'a> = Box<dyn FnMut(u64) + 'a>;

/// A batch that goes round `ring`.
pub fn round<'a, T, R>(ring: &'a [T], mut ask: impl FnMut(&'a T) -> R + 'a) -> Batch<'a> {
    let mut at = 0;
    Box::new(move |n| {
        for _ in 0..n {
            black_box(ask(black_box(&ring[at])));
            at += 1;
            if at == ring.len() {
                at = 0;
            }
        }
    })
}

/// One workload; the first column is what the others are compared with.
pub struct Row<'a> {
    pub name: &'static str,
    /// Operations in one run of a batch's body.
    pub operations: f64,
    pub columns: Vec<Option<Batch<'a>>>,
}

/// Of each column, the median of nanoseconds per operation, and of its ratio to the first column in
/// the same round. NaN where there is none.
#[derive(Clone, Debug)]
pub struct Measured {
    pub name: &'static str,
    pub nanoseconds: Vec<f64>,
    pub ratios: Vec<f64>,
}

fn time(batch: &mut Batch<'_>, n: u64) -> f64 {
    let start = cpu();
    batch(n);
    cpu() - start
}

/// How many runs take that many nanoseconds. The first run, which may make what later ones find, is not
/// counted.
pub fn calibrate(batch: &mut Batch<'_>, nanoseconds: f64) -> u64 {
    batch(1);
    let mut n = 1;
    loop {
        let took = time(batch, n);
        if took > nanoseconds / 4.0 {
            return ((n as f64 * nanoseconds / took) as u64).max(1);
        }
        n *= 2;
    }
}

pub fn measure(mut rows: Vec<Row<'_>>, rounds: usize, nanoseconds: f64) -> Vec<Measured> {
    let counts: Vec<Vec<u64>> = rows
        .iter_mut()
        .map(|row| {
            let count =
                |batch: &mut Option<Batch<'_>>| batch.as_mut().map_or(0, |b| calibrate(b, nanoseconds));
            row.columns.iter_mut().map(count).collect()
        })
        .collect();
    let mut times: Vec<Vec<Vec<f64>>> = rows.iter().map(|row| vec![Vec::new(); row.columns.len()]).collect();
    for round in 0..rounds {
        for ((row, counts), times) in rows.iter_mut().zip(&counts).zip(&mut times) {
            let width = row.columns.len();
            // Nobody is always first, nor always behind the same neighbour.
            for step in 0..width {
                let column = if round % 2 == 0 {
                    (round / 2 + step) % width
                } else {
                    (round / 2 + width - step) % width
                };
                let took = row.columns[column].as_mut().map_or(f64::NAN, |batch| {
                    time(batch, counts[column]) / (counts[column] as f64 * row.operations)
                });
                times[column].push(took);
            }
        }
    }
    rows.iter()
        .zip(times)
        .map(|(row, times)| Measured {
            name: row.name,
            nanoseconds: times.iter().map(|column| median(column.iter().copied())).collect(),
            ratios: times
                .iter()
                .map(|column| median(column.iter().zip(&times[0]).map(|(a, b)| a / b)))
                .collect(),
        })
        .collect()
}
