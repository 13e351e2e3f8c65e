//! What flags and conditions ask of other flags.

use crate::Spanned;
use serde::{Deserialize, Serialize};

/// A flag that another one, or a condition, depends on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Requirement {
    /// The flag.
    pub flag: Spanned<String>,
    /// The variants of which it must serve one; any, when empty.
    pub variants: Vec<Spanned<String>>,
}
