//! What the benches share: the workloads, the limits, the ways of measuring. No results here.

#![allow(dead_code, unreachable_pub, reason = "each bench uses a part")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a bench stops when something is wrong, and its figures need no more than 52 bits"
)]

pub mod alloc;
pub mod clock;
pub mod document;
pub mod limit;
pub mod load;
pub mod rounds;
pub mod threads;
