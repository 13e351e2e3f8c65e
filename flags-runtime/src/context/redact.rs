//! Which attributes are private: known to the process, since a context does not know its engine.

use std::collections::BTreeSet;
use std::sync::{PoisonError, RwLock};

static PRIVATE: RwLock<BTreeSet<String>> = RwLock::new(BTreeSet::new());

/// Keeps the attribute's value out of `Debug` and explanations from now on.
pub(crate) fn mark_private(name: &str) {
    PRIVATE.write().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned());
}

/// Whether some document of this process declares the attribute `private`.
pub(crate) fn is_private(name: &str) -> bool {
    PRIVATE.read().unwrap_or_else(PoisonError::into_inner).contains(name)
}
