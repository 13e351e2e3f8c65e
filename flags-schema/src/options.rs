//! What checking depends on beside the document.

use crate::Timestamp;

/// What checking depends on beside the document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The moment after which `expires` warns; `None` for no such warning.
    pub today: Option<Timestamp>,
}
