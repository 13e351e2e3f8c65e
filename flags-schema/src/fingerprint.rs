//! Fingerprints: SHA-256 over a canonical form that knows no positions.

use serde::Serialize;
use serde_json::Value as Json;
use sha2::{Digest, Sha256};
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
        // Nothing in this crate fails to serialise: no map has keys other than strings.
        let json = serde_json::to_value(content).unwrap_or_default();
        let mut digest = Sha256::new();
        write(&json, &mut digest);
        Self(digest.finalize().into())
    }
}

/// Each thing with its kind and length before it, so that no two forms read the same.
fn write(json: &Json, digest: &mut Sha256) {
    match json {
        Json::Null => digest.update(b"n"),
        Json::Bool(value) => digest.update(if *value { b"t" } else { b"f" }),
        Json::Number(number) => text(b'#', &number.to_string(), digest),
        Json::String(string) => text(b's', string, digest),
        Json::Array(elements) => {
            length(b'[', elements.len(), digest);
            for element in elements {
                write(element, digest);
            }
        }
        Json::Object(fields) => {
            // Sorted here: whether the map is sorted depends on another crate's features.
            let mut fields: Vec<_> = fields.iter().filter(|(name, _)| !is_place(name)).collect();
            fields.sort_by_key(|(name, _)| *name);
            length(b'{', fields.len(), digest);
            for (name, value) in fields {
                text(b's', name, digest);
                write(value, digest);
            }
        }
    }
}

/// Keys of user data are never fields here: maps of values are lists of pairs.
fn is_place(field: &str) -> bool {
    matches!(field, "position" | "file" | "files" | "ended")
}

fn text(kind: u8, text: &str, digest: &mut Sha256) {
    length(kind, text.len(), digest);
    digest.update(text.as_bytes());
}

fn length(kind: u8, length: usize, digest: &mut Sha256) {
    digest.update([kind]);
    digest.update((length as u64).to_be_bytes());
}

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
