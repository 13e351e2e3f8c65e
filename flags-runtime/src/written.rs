//! Documents as an engine keeps them, for people: one that is embedded stays in its bytes, and a
//! flag of it is decoded when somebody first asks how it was written.

use flags_schema::{Document, EmbedError, Flag, Packed};
use once_cell::sync::OnceCell;
use std::borrow::Cow;
use std::ops::Deref;
use std::sync::Arc;

/// A document as it was compiled in or given: every environment's answers.
#[derive(Clone, Debug)]
pub(crate) enum Given {
    Whole(Arc<Document>),
    Packed(Arc<Packed>),
}

impl Default for Given {
    fn default() -> Self {
        Self::Whole(Arc::default())
    }
}

impl Given {
    /// What is not a flag; of some documents it has the flags too.
    pub(crate) fn document(&self) -> &Document {
        match self {
            Self::Whole(document) => document,
            Self::Packed(packed) => packed.document(),
        }
    }

    /// All of it.
    pub(crate) fn whole(&self) -> Cow<'_, Document> {
        match self {
            Self::Whole(document) => Cow::Borrowed(document),
            // It was read once when the engine was made: it is not damaged.
            Self::Packed(packed) => Cow::Owned(packed.unpack().unwrap_or_default()),
        }
    }

    /// Whether both are the same copy.
    pub(crate) fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Whole(one), Self::Whole(other)) => Arc::ptr_eq(one, other),
            (Self::Packed(one), Self::Packed(other)) => Arc::ptr_eq(one, other),
            _ => false,
        }
    }

    /// The document as that environment has it.
    pub(crate) fn written(&self, environment: Option<&Arc<str>>) -> Written {
        let name = environment.map(|name| &**name);
        match self {
            Self::Whole(document) if document.has_environments() => {
                Written::Whole(Arc::new(document.effective(name)))
            }
            Self::Whole(document) => Written::Whole(document.clone()),
            Self::Packed(packed) => Written::Packed(Box::new(Lazy {
                document: packed.document().has_environments().then(|| packed.document().effective(name)),
                flags: (0..packed.len()).map(|_| OnceCell::new()).collect(),
                environment: environment.cloned(),
                packed: packed.clone(),
            })),
        }
    }
}

/// A document with the environment's changes applied.
#[derive(Debug)]
pub(crate) enum Written {
    Whole(Arc<Document>),
    Packed(Box<Lazy>),
}

#[derive(Debug)]
pub(crate) struct Lazy {
    packed: Arc<Packed>,
    environment: Option<Arc<str>>,
    /// Where the environment changes what is not a flag.
    document: Option<Document>,
    /// Those that were asked for.
    flags: Box<[OnceCell<Box<Flag>>]>,
}

impl Written {
    /// What is not a flag; of some documents it has the flags too.
    pub(crate) fn document(&self) -> &Document {
        match self {
            Self::Whole(document) => document,
            Self::Packed(lazy) => lazy.document.as_ref().unwrap_or_else(|| lazy.packed.document()),
        }
    }

    /// How many flags there are.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Whole(document) => document.flags.len(),
            Self::Packed(lazy) => lazy.flags.len(),
        }
    }

    /// The key of the flag at that place. Allocates nothing.
    pub(crate) fn key(&self, index: u32) -> Option<&str> {
        match self {
            Self::Whole(document) => document.flags.get(index as usize).map(|flag| flag.key.as_str()),
            Self::Packed(lazy) => lazy.packed.key(index as usize),
        }
    }

    /// The flag at that place. The first to ask for it decodes it.
    pub(crate) fn flag(&self, index: u32) -> Option<&Flag> {
        match self {
            Self::Whole(document) => document.flags.get(index as usize),
            Self::Packed(lazy) => {
                let decode = || lazy.packed.flag(index as usize, lazy.environment.as_deref());
                lazy.flags.get(index as usize)?.get_or_try_init(decode).ok().map(|flag| &**flag)
            }
        }
    }

    /// The flag at that place for a moment: without what only people read, and not kept. `spare` is
    /// one of before, to be written over.
    ///
    /// # Errors
    /// When it is damaged, or there is none.
    pub(crate) fn evaluated(
        &self,
        index: u32,
        spare: Option<Box<Flag>>,
    ) -> Result<Evaluated<'_>, EmbedError> {
        match self {
            Self::Whole(document) => match document.flags.get(index as usize) {
                Some(flag) => Ok(Evaluated::Kept(flag)),
                None => Err(EmbedError::Damaged(format!("no flag {index}"))),
            },
            Self::Packed(lazy) => lazy
                .packed
                .evaluated_flag(index as usize, lazy.environment.as_deref(), spare)
                .map(Evaluated::Passing),
        }
    }
}

/// A flag that is looked at for a moment.
pub(crate) enum Evaluated<'a> {
    Kept(&'a Flag),
    Passing(Box<Flag>),
}

impl Evaluated<'_> {
    /// What may be written over.
    pub(crate) fn spare(self) -> Option<Box<Flag>> {
        match self {
            Self::Kept(_) => None,
            Self::Passing(flag) => Some(flag),
        }
    }
}

impl Deref for Evaluated<'_> {
    type Target = Flag;
    fn deref(&self) -> &Flag {
        match self {
            Self::Kept(flag) => flag,
            Self::Passing(flag) => flag,
        }
    }
}
