//! The document as compact bytes, for embedding into a program.

use crate::Document;
use std::fmt;

/// Written first, so that bytes of another layout are refused instead of misread.
const LAYOUT: u8 = 1;

/// Why bytes are no document, or a document no bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EmbedError {
    /// Written by a version with another layout.
    Layout,
    /// Cut short or damaged.
    Damaged(String),
}

impl fmt::Display for EmbedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Layout => {
                f.write_str("the embedded document was written by another version of `flags-schema`")
            }
            Self::Damaged(why) => write!(f, "the embedded document is damaged: {why}"),
        }
    }
}

impl std::error::Error for EmbedError {}

impl Document {
    /// The document as bytes for [`from_bytes`](Self::from_bytes).
    ///
    /// ```
    /// # fn main() -> Result<(), flags_schema::EmbedError> {
    /// use flags_schema::Document;
    ///
    /// let document = Document::default();
    /// assert_eq!(Document::from_bytes(&document.to_bytes()?)?, document);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the document cannot be serialised, which no document that was read does.
    pub fn to_bytes(&self) -> Result<Vec<u8>, EmbedError> {
        postcard::to_extend(self, vec![LAYOUT]).map_err(|error| EmbedError::Damaged(error.to_string()))
    }

    /// The document of bytes made by [`to_bytes`](Self::to_bytes), by the same version of this crate.
    ///
    /// Meant for bytes of one's own, not for those of strangers: the nesting is not bounded.
    ///
    /// # Errors
    /// When the bytes have another layout, or are cut short or damaged.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, EmbedError> {
        let rest = bytes.strip_prefix(&[LAYOUT]).ok_or(EmbedError::Layout)?;
        match postcard::take_from_bytes::<Self>(rest) {
            Ok((mut document, [])) => {
                // Read from untold lengths, the longest list has room for as much again.
                document.flags.shrink_to_fit();
                Ok(document)
            }
            Ok((_, rest)) => Err(EmbedError::Damaged(format!("{} bytes too many", rest.len()))),
            Err(error) => Err(EmbedError::Damaged(error.to_string())),
        }
    }
}
