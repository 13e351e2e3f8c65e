//! Who gets something else, in the form that is shown.

use serde::{Deserialize, Serialize};

/// A share of some contexts that get something else.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Move {
    /// The conditions that they meet, as one expression; `None` for those who meet none that a rule asks for.
    pub whom: Option<String>,
    /// The same conditions, each as an expression.
    pub holds: Vec<String>,
    /// Attributes that they lack and that buckets go by; `user` is the targeting key.
    pub lacks: Vec<String>,
    /// What they got.
    pub old: String,
    /// What they get.
    pub new: String,
    /// How many of them: 0 to 100.
    pub percent: f64,
}

/// A user named individually who gets something else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserMove {
    /// The targeting key.
    pub user: String,
    /// The conditions that the user must meet; without any the user moves in every context.
    pub holds: Vec<String>,
    /// What the user got.
    pub old: String,
    /// What the user gets.
    pub new: String,
}
