//! Texts that stand for something: moments, durations, versions, requirements, networks, regular
//! expressions. The same functions serve the checks at build time and the evaluation at run time;
//! conditions written as expressions are read in [`expression`](crate::expression).
//!
//! Errors are finished messages: they name the text and say what is wrong with it.

mod duration;
mod network;
mod regex;
mod requirement;
mod timestamp;
mod version;

pub use duration::duration;
pub use network::{address, network};
pub use regex::regex;
pub use requirement::Requirement;
pub use timestamp::{timestamp, timestamp_if};
pub use version::Version;

/// The type of [`network`]'s result.
pub use ipnet::IpNet;
/// The type of [`regex`]'s result.
pub use regex_lite::Regex;
