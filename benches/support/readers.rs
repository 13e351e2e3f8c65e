//! Whether a reload gets in the way of those who read.

#![allow(unreachable_pub, clippy::cast_precision_loss, reason = "as in support")]

use super::flags::Flags;
use super::ours::typed;
use super::support::clock::{pin, quantile};
use super::support::document::users;
use flags_runtime::{Context, SourceFile};
use std::hint::black_box;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// Nanoseconds per evaluation at the quantiles 0.5, 0.99 and 0.999 of batches of 32: while nothing
/// else happens, and while another thread reloads.
pub fn readers(yaml: &str, batches: usize) -> [[f64; 3]; 2] {
    let contexts: Vec<Context> = users(0..32).iter().map(typed).collect();
    let quantiles = || {
        let took: Vec<f64> = (0..batches)
            .map(|_| {
                let start = Instant::now();
                for context in &contexts {
                    black_box(Flags::W7_FIVE_RULES.enabled(black_box(context)));
                }
                start.elapsed().as_nanos() as f64 / contexts.len() as f64
            })
            .collect();
        [0.5, 0.99, 0.999].map(|q| quantile(took.iter().copied(), q))
    };
    let idle = quantiles();
    let stop = AtomicBool::new(false);
    let busy = std::thread::scope(|scope| {
        scope.spawn(|| {
            pin(0);
            let texts =
                ["", "# changed\n"].map(|head| SourceFile::new("flags.yaml", format!("{head}{yaml}")));
            for text in texts.iter().cycle() {
                if stop.load(Ordering::Relaxed) || Flags::engine().reload_from(text).is_err() {
                    break;
                }
            }
        });
        let busy = quantiles();
        stop.store(true, Ordering::Relaxed);
        busy
    });
    [idle, busy]
}
