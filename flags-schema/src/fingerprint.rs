//! Fingerprints: SHA-256 over a canonical form that knows no positions.

mod canonical;

use crate::{Document, Flag};
use canonical::Canonical;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::borrow::Borrow;
use std::convert::Infallible;
use std::fmt;

/// SHA-256 of a document or a contract; shown as 64 hexadecimal digits.
///
/// Equal fingerprints mean equal content: comments, layout, file names and the order of a map's
/// keys that carries no meaning do not count.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// The digest.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Of anything serialisable, whose fields `position`, `file` and `files` do not count.
    pub(crate) fn of(content: &impl Serialize) -> Self {
        let mut canonical = Canonical::default();
        canonical.put(content);
        Self(Sha256::digest(&canonical.0).into())
    }

    /// The same of a document, flag by flag: the canonical form of all of them is larger than they are.
    pub(crate) fn of_document(document: &Document) -> Self {
        let flags = document.flags.iter().map(Ok::<_, Infallible>);
        match Self::of_flags(document, document.flags.len(), flags) {
            Ok(fingerprint) => fingerprint,
            Err(never) => match never {},
        }
    }

    /// The same of a document whose flags are elsewhere.
    pub(crate) fn of_flags<F: Borrow<Flag>, E>(
        document: &Document,
        count: usize,
        flags: impl Iterator<Item = Result<F, E>>,
    ) -> Result<Self, E> {
        let Document {
            files: _,
            settings,
            environments,
            context,
            segments,
            layers,
            flags: _,
            overlays,
            ended: _,
        } = document;
        let mut digest = Sha256::new();
        let mut canonical = Canonical::default();
        // A document without layers is the one that it was before there were any.
        canonical.length(b'{', if layers.is_empty() { 6 } else { 7 });
        canonical.field("context", context);
        canonical.field("environments", environments);
        canonical.text("flags");
        canonical.length(b'[', count);
        for flag in flags {
            canonical.put(flag?.borrow());
            if canonical.0.len() > CHUNK {
                digest.update(&canonical.0);
                canonical.0.clear();
            }
        }
        if !layers.is_empty() {
            canonical.field("layers", layers);
        }
        canonical.field("overlays", overlays);
        canonical.field("segments", segments);
        canonical.field("settings", settings);
        digest.update(&canonical.0);
        Ok(Self(digest.finalize().into()))
    }
}

/// Bytes of the canonical form that are hashed at once.
const CHUNK: usize = 16 * 1024;

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}
