//! Documents as an engine keeps them, for people: one that is embedded or reloaded is kept as bytes, and a
//! flag of it is decoded when somebody first asks how it was written.

#[cfg(feature = "reload")]
use flags_schema::{Baseline, Options, Overlay, Revision, SourceFile};
use flags_schema::{Document, EmbedError, EmbeddedDocument, Flag};
use once_cell::sync::OnceCell;
#[cfg(feature = "reload")]
use std::collections::{BTreeSet, HashMap};
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

/// A document as it was compiled in or read: every environment's answers. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(crate) struct StoredDocument {
    form: Form,
    /// Computed when somebody first asks, and shared by all clones.
    fingerprint: Arc<OnceLock<Arc<str>>>,
    /// By which the next document may be read in part.
    #[cfg(feature = "reload")]
    baseline: Option<Arc<Baseline>>,
}

#[derive(Clone, Debug)]
enum Form {
    Parsed(Arc<Document>),
    Embedded(Arc<EmbeddedDocument>),
}

impl Default for Form {
    fn default() -> Self {
        Self::Parsed(Arc::default())
    }
}

impl From<Document> for StoredDocument {
    fn from(document: Document) -> Self {
        Self { form: Form::Parsed(Arc::new(document)), ..Self::default() }
    }
}

#[cfg(feature = "reload")]
impl From<Revision> for StoredDocument {
    fn from(Revision { document, baseline, .. }: Revision) -> Self {
        Self {
            form: Form::Embedded(Arc::new(document)),
            baseline: Some(Arc::new(baseline)),
            ..Self::default()
        }
    }
}

impl From<EmbeddedDocument> for StoredDocument {
    fn from(embedded: EmbeddedDocument) -> Self {
        Self { form: Form::Embedded(Arc::new(embedded)), ..Self::default() }
    }
}

impl StoredDocument {
    /// What is not a flag; of some documents it has the flags too.
    pub(crate) fn document(&self) -> &Document {
        match &self.form {
            Form::Parsed(document) => document,
            Form::Embedded(embedded) => embedded.document(),
        }
    }

    /// The document as bytes, which take a fifth of the memory.
    ///
    /// # Errors
    /// When it has no form as bytes, which no document that was read has.
    #[cfg(feature = "reload")]
    pub(crate) fn compact(document: Document, baseline: Option<Baseline>) -> Result<Self, EmbedError> {
        let bytes = document.to_bytes()?;
        // What follows needs memory of its own.
        drop(document);
        let form = Form::Embedded(Arc::new(EmbeddedDocument::new(bytes)?));
        Ok(Self { form, baseline: baseline.map(Arc::new), ..Self::default() })
    }

    /// What is different in a text, when nothing else has to be read of it.
    #[cfg(feature = "reload")]
    pub(crate) fn revise(&self, source: &SourceFile, options: &Options) -> Option<Revision> {
        // What is damaged is read as a whole.
        self.baseline.as_ref()?.revise(self.embedded()?, source, options).ok()?
    }

    /// The document's bytes, if it is kept as such.
    pub(crate) fn embedded(&self) -> Option<&EmbeddedDocument> {
        match &self.form {
            Form::Parsed(_) => None,
            Form::Embedded(embedded) => Some(embedded),
        }
    }

    /// Whether both are the same copy.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.fingerprint, &other.fingerprint)
    }

    /// A document of these flags alone. What is not a flag stays, and so do the positions.
    #[cfg(feature = "reload")]
    pub(crate) fn only(&self, keys: &BTreeSet<&str>) -> Self {
        let document = self.document();
        let named = |key: &str| keys.contains(key);
        let flags = match &self.form {
            Form::Parsed(document) => {
                document.flags.iter().filter(|flag| named(&flag.key)).cloned().collect()
            }
            Form::Embedded(embedded) => {
                let indices = (0..embedded.len()).filter(|index| embedded.key(*index).is_some_and(named));
                indices.filter_map(|index| Some(*embedded.flag(index, None).ok()?)).collect()
            }
        };
        let overlays = document.overlays.iter().map(|overlay| Overlay {
            environment: overlay.environment.clone(),
            file: overlay.file,
            settings: overlay.settings.clone(),
            segments: overlay.segments.clone(),
            flags: overlay.flags.iter().filter(|(key, _)| named(key)).cloned().collect(),
        });
        let only = Document {
            files: document.files.clone(),
            settings: document.settings.clone(),
            environments: document.environments.clone(),
            context: document.context.clone(),
            segments: document.segments.clone(),
            layers: document.layers.clone(),
            flags,
            ended: document.ended.clone(),
            overlays: overlays.collect(),
        };
        only.into()
    }

    /// Its fingerprint as text. Computed once for each document.
    pub(crate) fn fingerprint(&self) -> &Arc<str> {
        self.fingerprint.get_or_init(|| {
            let fingerprint = match &self.form {
                Form::Parsed(document) => Ok(document.fingerprint()),
                Form::Embedded(embedded) => embedded.fingerprint(),
            };
            // Its flags were read once when it was put in force: they are not damaged.
            fingerprint.map(|fingerprint| fingerprint.to_string()).unwrap_or_default().into()
        })
    }

    /// The document as that environment has it.
    pub(crate) fn effective(&self, environment: Option<&Arc<str>>) -> EffectiveDocument {
        let name = environment.map(|name| &**name);
        match &self.form {
            Form::Parsed(document) if document.has_environments() => {
                EffectiveDocument::Parsed(Arc::new(document.effective(name)))
            }
            Form::Parsed(document) => EffectiveDocument::Parsed(document.clone()),
            Form::Embedded(embedded) => EffectiveDocument::Embedded(Box::new(EmbeddedInEnvironment {
                document: embedded.document().has_environments().then(|| embedded.document().effective(name)),
                flags: (0..embedded.len()).map(|_| OnceCell::new()).collect(),
                environment: environment.cloned(),
                whole: embedded.clone(),
            })),
        }
    }
}

/// A document with the environment's changes applied.
#[derive(Debug)]
pub(crate) enum EffectiveDocument {
    Parsed(Arc<Document>),
    Embedded(Box<EmbeddedInEnvironment>),
}

#[derive(Debug)]
pub(crate) struct EmbeddedInEnvironment {
    whole: Arc<EmbeddedDocument>,
    environment: Option<Arc<str>>,
    /// Where the environment changes what is not a flag.
    document: Option<Document>,
    /// Those that were asked for.
    flags: Box<[OnceCell<Box<Flag>>]>,
}

impl EffectiveDocument {
    /// What is not a flag; of some documents it has the flags too.
    pub(crate) fn document(&self) -> &Document {
        match self {
            Self::Parsed(document) => document,
            Self::Embedded(embedded) => {
                embedded.document.as_ref().unwrap_or_else(|| embedded.whole.document())
            }
        }
    }

    /// How many flags there are.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Parsed(document) => document.flags.len(),
            Self::Embedded(embedded) => embedded.flags.len(),
        }
    }

    /// The key of the flag at that index. Allocates nothing.
    pub(crate) fn key(&self, index: u32) -> Option<&str> {
        match self {
            Self::Parsed(document) => document.flags.get(index as usize).map(|flag| flag.key.as_str()),
            Self::Embedded(embedded) => embedded.whole.key(index as usize),
        }
    }

    /// The flag at that index. The first to ask for it decodes it.
    pub(crate) fn flag(&self, index: u32) -> Option<&Flag> {
        match self {
            Self::Parsed(document) => document.flags.get(index as usize),
            Self::Embedded(embedded) => {
                let decode = || embedded.whole.flag(index as usize, embedded.environment.as_deref());
                embedded.flags.get(index as usize)?.get_or_try_init(decode).ok().map(|flag| &**flag)
            }
        }
    }

    /// The flag at that index for a moment: it is not kept.
    pub(crate) fn view(&self, index: u32) -> Option<FlagView<'_>> {
        match self {
            Self::Parsed(document) => document.flags.get(index as usize).map(FlagView::Kept),
            Self::Embedded(embedded) => {
                let flag = embedded.whole.flag(index as usize, embedded.environment.as_deref());
                flag.ok().map(FlagView::Decoded)
            }
        }
    }

    /// Where the flag of that key is; `likely` is where it may be.
    #[cfg(feature = "reload")]
    pub(crate) fn find(&self, key: &str, likely: u32) -> Option<u32> {
        if self.key(likely) == Some(key) {
            return Some(likely);
        }
        (0..self.count()).find(|index| self.key(*index) == Some(key))
    }

    /// Where each flag is.
    #[cfg(feature = "reload")]
    pub(crate) fn indices(&self) -> HashMap<&str, u32> {
        (0..self.count()).filter_map(|index| Some((self.key(index)?, index))).collect()
    }

    /// How many flags there are, as indices count them.
    #[cfg(feature = "reload")]
    fn count(&self) -> u32 {
        u32::try_from(self.len()).unwrap_or(u32::MAX)
    }

    /// Whether a flag of another document of the same environment says the same; positions do not count.
    #[cfg(feature = "reload")]
    pub(crate) fn says_the_same(&self, index: u32, (other, other_index): (&Self, u32)) -> bool {
        if let (Self::Embedded(own), Self::Embedded(others)) = (self, other)
            && own.environment == others.environment
        {
            let environment = own.environment.as_deref();
            let others = (&*others.whole, other_index as usize);
            return own.whole.says_the_same(index as usize, others, environment).unwrap_or(false);
        }
        match (self.view(index), other.view(other_index)) {
            (Some(own), Some(other)) => *own == *other,
            _ => false,
        }
    }

    /// The flag at that index for a moment: without what only people read, and not kept. `spare` is
    /// one of before, to be written over.
    ///
    /// # Errors
    /// When it is damaged, or there is none.
    pub(crate) fn evaluated(&self, index: u32, spare: Option<Box<Flag>>) -> Result<FlagView<'_>, EmbedError> {
        match self {
            Self::Parsed(document) => match document.flags.get(index as usize) {
                Some(flag) => Ok(FlagView::Kept(flag)),
                None => Err(EmbedError::Damaged(format!("no flag {index}"))),
            },
            Self::Embedded(embedded) => embedded
                .whole
                .evaluated_flag(index as usize, embedded.environment.as_deref(), spare)
                .map(FlagView::Decoded),
        }
    }
}

/// A flag that is looked at for a moment.
pub(crate) enum FlagView<'a> {
    Kept(&'a Flag),
    Decoded(Box<Flag>),
}

impl FlagView<'_> {
    /// What may be written over.
    pub(crate) fn spare(self) -> Option<Box<Flag>> {
        match self {
            Self::Kept(_) => None,
            Self::Decoded(flag) => Some(flag),
        }
    }
}

impl Deref for FlagView<'_> {
    type Target = Flag;
    fn deref(&self) -> &Flag {
        match self {
            Self::Kept(flag) => flag,
            Self::Decoded(flag) => flag,
        }
    }
}
