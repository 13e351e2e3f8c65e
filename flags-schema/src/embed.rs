//! The document as compact bytes, for embedding into a program: everything but the flags, then each
//! flag by itself, so that one can be read without the others.

mod document;
mod flag;

use crate::Document;
use crate::position::counting_from;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::fmt;

pub use document::{EmbeddedDocument, EmbeddedFlag};

/// Written first, so that bytes of another layout are refused instead of misread.
const LAYOUT: u8 = 4;

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

impl From<postcard::Error> for EmbedError {
    fn from(error: postcard::Error) -> Self {
        Self::Damaged(error.to_string())
    }
}

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
        let mut writer = Writer::of(self, self.flags.len())?;
        let mut flag_writer = flag::FlagWriter::default();
        for flag in &self.flags {
            writer.flag(flag.key.position.line, flag_writer.write(flag)?)?;
        }
        Ok(writer.0)
    }

    /// The document of bytes made by [`to_bytes`](Self::to_bytes), by the same version of this crate.
    /// [`EmbeddedDocument`] reads flags when they are asked for.
    ///
    /// Meant for bytes that the program trusts: the nesting is not bounded.
    ///
    /// # Errors
    /// When the bytes have another layout, or are cut short or damaged.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, EmbedError> {
        let (mut document, flags) = split(bytes)?;
        let flags = flags.into_iter().map(|span| Ok(*span.read(bytes, flag::read)?));
        document.flags = flags.collect::<Result<_, EmbedError>>()?;
        Ok(document)
    }
}

/// A flag's part of the bytes: offsets, half the size of a slice; and the line of its key.
#[derive(Clone, Copy, Debug)]
struct Span {
    start: u32,
    end: u32,
    line: u32,
}

impl Span {
    /// Reads something of the flag that has positions: their lines count from its key.
    fn read<R>(self, bytes: &[u8], read: impl FnOnce(&[u8]) -> R) -> R {
        counting_from(self.line, || read(self.of(bytes).unwrap_or_default()))
    }

    fn of(self, bytes: &[u8]) -> Option<&[u8]> {
        bytes.get(usize::try_from(self.start).ok()?..usize::try_from(self.end).ok()?)
    }
}

/// Everything but the flags, and where the bytes of each flag are.
fn split(bytes: &[u8]) -> Result<(Document, Vec<Span>), EmbedError> {
    let mut reader = Reader(bytes.strip_prefix(&[LAYOUT]).ok_or(EmbedError::Layout)?);
    let (files, settings, environments, context, segments, layers, overlays, ended) = reader.take()?;
    let count: usize = reader.take()?;
    // Each takes a byte at least: a damaged count asks for no memory.
    let mut flags = Vec::with_capacity(count.min(reader.0.len()));
    for _ in 0..count {
        let line = reader.take()?;
        let length = reader.borrow::<&[u8]>()?.len();
        let end = bytes.len() - reader.0.len();
        let offset =
            |offset| u32::try_from(offset).map_err(|_| EmbedError::Damaged("too many bytes".to_owned()));
        flags.push(Span { start: offset(end - length)?, end: offset(end)?, line });
    }
    reader.end()?;
    Ok((
        Document {
            files,
            settings,
            environments,
            context,
            segments,
            layers,
            flags: Vec::new(),
            overlays,
            ended,
        },
        flags,
    ))
}

/// Bytes, which serde takes for a list of numbers otherwise.
struct Bytes<'a>(&'a [u8]);

impl Serialize for Bytes<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0)
    }
}

/// Appends one thing after the other.
#[derive(Default)]
struct Writer(Vec<u8>);

impl Writer {
    /// With everything of the document but the flags, of which there will be so many.
    fn of(document: &Document, count: usize) -> Result<Self, EmbedError> {
        let Document { files, settings, environments, context, segments, layers, flags: _, overlays, ended } =
            document;
        let mut writer = Self(vec![LAYOUT]);
        writer.put(&(files, settings, environments, context, segments, layers, overlays, ended))?;
        writer.put(&count)?;
        Ok(writer)
    }

    /// A flag whose key stands on that line.
    fn flag(&mut self, line: u32, bytes: &[u8]) -> Result<(), EmbedError> {
        self.put(&line)?;
        self.put(&Bytes(bytes))
    }

    fn put(&mut self, value: &impl Serialize) -> Result<(), EmbedError> {
        self.0 = postcard::to_extend(value, std::mem::take(&mut self.0))?;
        Ok(())
    }
}

/// Reads one thing after the other.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take<T: DeserializeOwned>(&mut self) -> Result<T, EmbedError> {
        self.borrow()
    }

    /// Something that borrows from the bytes.
    fn borrow<T: Deserialize<'a>>(&mut self) -> Result<T, EmbedError> {
        let (value, rest) = postcard::take_from_bytes(self.0)?;
        self.0 = rest;
        Ok(value)
    }

    fn end(&self) -> Result<(), EmbedError> {
        match self.0.len() {
            0 => Ok(()),
            left => Err(EmbedError::Damaged(format!("{left} bytes too many"))),
        }
    }
}
