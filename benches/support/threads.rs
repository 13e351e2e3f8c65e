//! Two threads: whether they get in each other's way.

use super::clock::{cpu, median, pin};
use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

/// Medians over the rounds.
pub struct Scaling {
    /// Nanoseconds per evaluation of one thread.
    pub one: f64,
    /// The same of each of two at once.
    pub two: f64,
    /// Evaluations per second of two threads together, over those of one.
    pub throughput: f64,
    /// Rounds in which nobody else took a core; if there are fewer than 10, all count.
    pub clean: usize,
}

struct Took {
    started: f64,
    wall: f64,
    cpu: f64,
}

impl Took {
    /// Whether the thread had its core for itself.
    fn undisturbed(&self) -> bool {
        self.wall < self.cpu * 1.05 + 1000.0
    }
}

/// Both threads go round the same contexts. In each round one runs alone, then both at once.
pub fn scaling<T: Sync>(ring: &[T], ask: impl Fn(&T) -> bool + Sync, rounds: usize) -> Scaling {
    const EACH: usize = 60;
    let epoch = Instant::now();
    let batch = || {
        let (started, before, wall) = (epoch.elapsed().as_nanos() as f64, cpu(), Instant::now());
        for _ in 0..EACH {
            for context in ring {
                black_box(ask(black_box(context)));
            }
        }
        Took { started, wall: wall.elapsed().as_nanos() as f64, cpu: cpu() - before }
    };
    let arrived = AtomicUsize::new(0);
    // Yields while it waits, so that machines with one free core get on as well.
    let meet = |meetings: usize| {
        arrived.fetch_add(1, Ordering::SeqCst);
        let mut spins = 0_u32;
        while arrived.load(Ordering::SeqCst) < meetings * 2 {
            spins += 1;
            if spins.is_multiple_of(10_000) {
                std::thread::yield_now();
            }
            std::hint::spin_loop();
        }
    };
    let (lone, first, second) = std::thread::scope(|scope| {
        let other = scope.spawn(|| {
            pin(0);
            batch();
            let mut took = Vec::new();
            for round in 0..rounds {
                meet(round + 1);
                took.push(batch());
            }
            took
        });
        batch();
        let mut took = (Vec::new(), Vec::new());
        for round in 0..rounds {
            took.0.push(batch());
            meet(round + 1);
            took.1.push(batch());
        }
        (took.0, took.1, other.join().unwrap_or_default())
    });
    let each = (EACH * ring.len()) as f64;
    let rounds: Vec<(&Took, &Took, &Took)> =
        lone.iter().zip(&first).zip(&second).map(|((lone, first), second)| (lone, first, second)).collect();
    let clean: Vec<_> = rounds
        .iter()
        .filter(|(lone, first, second)| {
            let together = (first.started - second.started).abs() < 0.1 * lone.wall;
            together && [lone, first, second].iter().all(|took| took.undisturbed())
        })
        .collect();
    let count = clean.len();
    let rounds: Vec<_> = if count < 10 { rounds.iter().collect() } else { clean };
    Scaling {
        one: median(rounds.iter().map(|(lone, ..)| lone.cpu / each)),
        two: median(rounds.iter().map(|(_, first, second)| first.cpu.midpoint(second.cpu) / each)),
        throughput: median(
            rounds.iter().map(|(lone, first, second)| 2.0 * lone.cpu / first.cpu.max(second.cpu)),
        ),
        clean: count,
    }
}
