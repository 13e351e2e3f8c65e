//! An embedded document whose flags are read one by one, when they are asked for.

use super::{EmbedError, Span, flag, split};
#[cfg(feature = "yaml")]
use super::{Writer, flag::FlagWriter};
#[cfg(feature = "yaml")]
use crate::Position;
use crate::{Document, Fingerprint, Flag, Mutability, Patch, ValueType};
use std::borrow::Cow;

/// A document in the bytes of [`Document::to_bytes`], of the program or its own. Only what is not a flag is read
/// at once, so that a flag takes a fifth of the memory that it takes in a [`Document`].
///
/// ```
/// # fn main() -> Result<(), flags_schema::EmbedError> {
/// use flags_schema::{Document, EmbeddedDocument};
///
/// let embedded = EmbeddedDocument::new(Document::default().to_bytes()?)?;
/// assert!(embedded.is_empty());
/// assert_eq!(embedded.to_document()?, Document::default());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct EmbeddedDocument {
    bytes: Cow<'static, [u8]>,
    document: Document,
    /// Where in the bytes each flag is.
    flags: Box<[Span]>,
    /// Overlays and their entries, sorted by the flag's key, then as they are applied.
    patches: Box<[(usize, usize)]>,
}

/// What a program is compiled for of a embedded flag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmbeddedFlag<'a> {
    /// Its key.
    pub key: Cow<'a, str>,
    /// What may change it.
    pub mutability: Mutability,
    /// Set for a flag that is a typed value.
    pub value_type: Option<ValueType>,
    /// The variants' names, in the order declared.
    pub variants: Vec<Cow<'a, str>>,
}

impl EmbeddedFlag<'_> {
    fn into_owned(self) -> EmbeddedFlag<'static> {
        let Self { key, mutability, value_type, variants } = self;
        let owned = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        EmbeddedFlag {
            key: owned(key),
            mutability,
            value_type,
            variants: variants.into_iter().map(owned).collect(),
        }
    }
}

impl EmbeddedDocument {
    /// The document of these bytes, written by the same version of this crate: those of the program, or a `Vec`.
    ///
    /// Meant for bytes that the program trusts: the nesting is not bounded.
    ///
    /// # Errors
    /// When the bytes have another layout, or are cut short or damaged. Damage within a flag is found
    /// when that flag is read.
    pub fn new(bytes: impl Into<Cow<'static, [u8]>>) -> Result<Self, EmbedError> {
        let bytes = bytes.into();
        let (document, flags) = split(&bytes)?;
        let overlays = document.overlays.iter().enumerate();
        let mut patches: Vec<(usize, usize)> = overlays
            .flat_map(|(overlay, of)| (0..of.flags.len()).map(move |entry| (overlay, entry)))
            .collect();
        patches.sort_by_key(|entry| patched(&document, *entry).map(|(_, key, _)| key));
        Ok(Self { patches: patches.into(), document, flags: flags.into(), bytes })
    }

    /// Everything but the flags, which are none in it.
    #[must_use]
    pub const fn document(&self) -> &Document {
        &self.document
    }

    /// How many flags there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.flags.len()
    }

    /// Whether there is no flag.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.flags.is_empty()
    }

    /// The key of the flag at that index. Allocates nothing.
    #[must_use]
    pub fn key(&self, index: usize) -> Option<&str> {
        flag::key(self.flags.get(index)?.of(&self.bytes)?).ok()
    }

    /// What a program is compiled for of each flag.
    ///
    /// # Errors
    /// When a flag is damaged.
    pub fn contract(&self) -> impl Iterator<Item = Result<EmbeddedFlag<'static>, EmbedError>> + '_ {
        self.flags.iter().map(|span| match &self.bytes {
            Cow::Borrowed(bytes) => flag::contract(span.of(bytes).unwrap_or_default()),
            Cow::Owned(bytes) => {
                flag::contract(span.of(bytes).unwrap_or_default()).map(EmbeddedFlag::into_owned)
            }
        })
    }

    /// The flag at that index as `environment` has it, as [`Document::effective`] would.
    ///
    /// # Errors
    /// When it is damaged, or there is none.
    pub fn flag(&self, index: usize, environment: Option<&str>) -> Result<Box<Flag>, EmbedError> {
        self.read(index, environment, flag::read)
    }

    /// The flag at that index without what only people read: description, owner, tags, ticket, metadata, kind and
    /// expiry have their defaults. A flag that was returned before may be given as `spare`: it is overwritten, which
    /// takes half as long as making a new one.
    ///
    /// # Errors
    /// When it is damaged, or there is none.
    pub fn evaluated_flag(
        &self,
        index: usize,
        environment: Option<&str>,
        spare: Option<Box<Flag>>,
    ) -> Result<Box<Flag>, EmbedError> {
        self.read(index, environment, |bytes| flag::read_evaluated(bytes, spare))
    }

    /// Fingerprint of everything that has a meaning, as [`Document::fingerprint`] of the whole document; one flag
    /// after the other is decoded.
    ///
    /// # Errors
    /// When a flag is damaged.
    pub fn fingerprint(&self) -> Result<Fingerprint, EmbedError> {
        let flags = (0..self.len()).map(|index| self.flag(index, None));
        Fingerprint::of_flags(&self.document, self.len(), flags)
    }

    /// Whether a flag of another document says the same in `environment`; positions do not count. Nothing is
    /// decoded where the bytes are the same.
    ///
    /// # Errors
    /// When one of both is damaged, or not there.
    pub fn says_the_same(
        &self,
        index: usize,
        (other, other_index): (&Self, usize),
        environment: Option<&str>,
    ) -> Result<bool, EmbedError> {
        let (own, others) = (self.bytes_of(index)?, other.bytes_of(other_index)?);
        let overlaid = |document: &Self, bytes| {
            let key = flag::key(bytes)?;
            Ok::<_, EmbedError>(environment.is_some_and(|it| document.overlaid(key, it).next().is_some()))
        };
        if own == others && !overlaid(self, own)? && !overlaid(other, others)? {
            return Ok(true);
        }
        Ok(self.flag(index, environment)? == other.flag(other_index, environment)?)
    }

    /// The whole document.
    ///
    /// # Errors
    /// When a flag is damaged.
    pub fn to_document(&self) -> Result<Document, EmbedError> {
        let flags = self.flags.iter().map(|span| Ok(*span.read(&self.bytes, flag::read)?));
        let flags = flags.collect::<Result<_, EmbedError>>()?;
        Ok(Document { flags, ..self.document.clone() })
    }

    /// Where the key of the flag at that index stands.
    #[cfg(feature = "yaml")]
    pub(crate) fn position(&self, index: usize) -> Option<Position> {
        self.flags.get(index)?.read(&self.bytes, flag::position).ok()
    }

    /// How many flags begin on lines above that one.
    #[cfg(feature = "yaml")]
    pub(crate) fn flags_above(&self, line: u32) -> usize {
        self.flags.partition_point(|span| span.line < line)
    }

    /// The document with other flags from an index on; those behind them stand so many lines further down.
    #[cfg(feature = "yaml")]
    pub(crate) fn with(&self, first: usize, flags: &[Flag], lines: i64) -> Result<Self, EmbedError> {
        let mut writer = Writer::of(&self.document, self.len())?;
        let mut flag_writer = FlagWriter::default();
        for (index, span) in self.flags.iter().enumerate() {
            match index.checked_sub(first).map(|at| flags.get(at)) {
                None => writer.flag(span.line, span.of(&self.bytes).unwrap_or_default())?,
                Some(Some(flag)) => writer.flag(flag.key.position.line, flag_writer.write(flag)?)?,
                Some(None) => {
                    let line = u32::try_from(i64::from(span.line) + lines).unwrap_or(u32::MAX);
                    writer.flag(line, span.of(&self.bytes).unwrap_or_default())?;
                }
            }
        }
        Self::new(writer.0)
    }

    fn bytes_of(&self, index: usize) -> Result<&[u8], EmbedError> {
        let bytes = self.flags.get(index).and_then(|span| span.of(&self.bytes));
        bytes.ok_or_else(|| EmbedError::Damaged(format!("no flag {index}")))
    }

    fn read(
        &self,
        index: usize,
        environment: Option<&str>,
        read: impl FnOnce(&[u8]) -> Result<Box<Flag>, EmbedError>,
    ) -> Result<Box<Flag>, EmbedError> {
        let missing = || EmbedError::Damaged(format!("no flag {index}"));
        let mut flag = self.flags.get(index).ok_or_else(missing)?.read(&self.bytes, read)?;
        if let Some(environment) = environment {
            flag.settle(environment);
            for patch in self.overlaid(&flag.key, environment) {
                patch.apply(&mut flag.answer, &mut flag.variants);
            }
        }
        Ok(flag)
    }

    /// What the overlays of the environment change of a flag, in their order.
    fn overlaid(&self, key: &str, environment: &str) -> impl Iterator<Item = &Patch> {
        let before = self.patches.partition_point(|entry| {
            patched(&self.document, *entry).is_some_and(|(_, patched, _)| patched < key)
        });
        let patches = self.patches.iter().skip(before).map_while(|entry| patched(&self.document, *entry));
        patches
            .take_while(move |(_, patched, _)| *patched == key)
            .filter(move |(of, _, _)| *of == environment)
            .map(|(_, _, patch)| patch)
    }
}

/// Environment, key and patch of an overlay's entry.
fn patched(document: &Document, (overlay, entry): (usize, usize)) -> Option<(&str, &str, &Patch)> {
    let overlay = document.overlays.get(overlay)?;
    let (key, patch) = overlay.flags.get(entry)?;
    Some((&overlay.environment, key, patch))
}
