//! Layers: lines of which flags take ranges.

use crate::{Percent, Spanned};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// A line on which every context has one position, and of which each flag takes a range: so that no context gets two
/// of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExclusionLayer {
    /// Its name.
    pub name: Spanned<String>,
    /// The attribute that is bucketed; the user when absent.
    pub by: Option<Spanned<String>>,
    /// What decides together with the bucketed value where a context stands; `layer/` and the name when absent.
    pub salt: Option<Spanned<String>>,
}

impl ExclusionLayer {
    /// What decides together with the bucketed value where a context stands.
    #[must_use]
    pub fn salt(&self) -> Cow<'_, str> {
        match &self.salt {
            Some(salt) => Cow::Borrowed(salt.as_str()),
            None => Cow::Owned(format!("layer/{}", self.name.value)),
        }
    }
}

/// The range of a layer that a flag takes: whoever stands elsewhere gets its off variant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LayerRange {
    /// The layer's name.
    pub name: Spanned<String>,
    /// Where the range begins.
    pub from: Spanned<Percent>,
    /// Where it ends, which does not belong to it.
    pub to: Spanned<Percent>,
}
