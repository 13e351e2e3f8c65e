//! What the program was compiled for: keys, the order of variants, types of values.

use crate::context::NameHasher;
use crate::document::StoredDocument;
use crate::value::Typed;
use flags_schema::{EmbedError, Flag, FlagKind, Mutability, Value, ValueType};
use std::borrow::Cow;
use std::sync::OnceLock;

/// Decodes a value as the type that the program was compiled for.
pub(crate) type Decoder = fn(&Value) -> Option<Typed>;

/// The flags that constants of the program index.
#[derive(Debug, Default)]
pub(crate) struct Contract {
    pub(crate) flags: Box<[ContractFlag]>,
    indices: Indices,
    document: StoredDocument,
}

/// One of them.
#[derive(Debug)]
pub(crate) struct ContractFlag {
    pub(crate) key: Cow<'static, str>,
    pub(crate) kind: FlagKind,
    pub(crate) variants: Box<[Cow<'static, str>]>,
    pub(crate) mutability: Mutability,
    pub(crate) decoder: Option<Decoder>,
    /// Values of the document, which live as long as the program; made when they are first compared.
    known: OnceLock<Box<[(Value, Typed)]>>,
}

impl ContractFlag {
    fn new(
        key: Cow<'static, str>,
        mutability: Mutability,
        value_type: Option<ValueType>,
        variants: Box<[Cow<'static, str>]>,
        decoder: Option<Decoder>,
    ) -> Self {
        let kind = FlagKind::new(value_type, !variants.is_empty());
        Self { key, kind, variants, mutability, decoder, known: OnceLock::new() }
    }

    /// The index that a variant was compiled with; `at` is where it most likely is.
    pub(crate) fn variant(&self, name: &str, at: u32) -> Option<u32> {
        if self.variants.get(at as usize).is_some_and(|known| **known == *name) {
            return Some(at);
        }
        self.variants.iter().position(|known| **known == *name).and_then(|i| u32::try_from(i).ok())
    }

    /// How many things it serves that have names; values of a value flag have none.
    pub(crate) fn served(&self) -> usize {
        match self.kind {
            FlagKind::Switch => 2,
            FlagKind::Variants => self.variants.len(),
            FlagKind::Value(_) => 1,
        }
    }
}

impl Contract {
    /// The contract of a document. `decoders` are by the flag's index in it.
    ///
    /// # Errors
    /// When a flag of it is damaged.
    pub(crate) fn new(document: StoredDocument, decoders: &[(u32, Decoder)]) -> Result<Self, EmbedError> {
        let mut decoders = decoders.to_vec();
        decoders.sort_by_key(|(index, _)| *index);
        let mut decoders = decoders.into_iter().peekable();
        let mut decoder = |index: u32| decoders.next_if(|(at, _)| *at == index).map(|(_, decoder)| decoder);
        let flags: Box<[ContractFlag]> = match document.embedded() {
            Some(embedded) => {
                let mut flags = Vec::with_capacity(embedded.len());
                for (i, flag) in (0..).zip(embedded.contract()) {
                    let flag = flag?;
                    let (key, variants) = (flag.key, flag.variants.into());
                    let decoder = decoder(i);
                    flags.push(ContractFlag::new(key, flag.mutability, flag.value_type, variants, decoder));
                }
                flags.into()
            }
            None => {
                let flags = (0..).zip(&document.document().flags).map(|(i, flag)| {
                    let variants = flag.variants.iter().map(|v| Cow::Owned(v.name.value.clone())).collect();
                    let value_type = flag.value_type.as_ref().map(|value_type| value_type.value);
                    let key = Cow::Owned(flag.key.value.clone());
                    ContractFlag::new(key, *flag.mutability, value_type, variants, decoder(i))
                });
                flags.collect()
            }
        };
        let indices = Indices::of(&flags);
        Ok(Self { flags, indices, document })
    }

    /// The document.
    pub(crate) const fn document(&self) -> &StoredDocument {
        &self.document
    }

    /// The index that a flag was compiled with.
    pub(crate) fn index(&self, key: &str) -> Option<u32> {
        self.indices.find(&self.flags, key)
    }

    /// The value as the type that the flag was compiled for; `None` when it is of another shape, or
    /// the flag has none. One that the program was compiled with is not made anew.
    pub(crate) fn typed(&self, flag: u32, value: &Value) -> Option<Typed> {
        let compiled = self.flags.get(flag as usize)?;
        let decoder = compiled.decoder?;
        let known = compiled.known.get_or_init(|| self.known(flag, decoder));
        match known.iter().find(|(known, _)| known == value) {
            Some((_, typed)) => Some(typed.clone()),
            None => decoder(value),
        }
    }

    fn known(&self, flag: u32, decoder: Decoder) -> Box<[(Value, Typed)]> {
        let of = |flag: &Flag| {
            let variants = flag.variants.iter().filter_map(|variant| variant.value.as_ref());
            let values = variants.chain(&flag.answer.off).chain(&flag.answer.value).map(|value| &value.value);
            values.filter_map(|value| Some((value.clone(), decoder(value)?.leak()))).collect()
        };
        match self.document.embedded() {
            None => self.document.document().flags.get(flag as usize).map(of),
            Some(embedded) => embedded.evaluated_flag(flag as usize, None, None).ok().as_deref().map(of),
        }
        .unwrap_or_default()
    }
}

/// Finds flags by their keys: slots of a hash table, each empty or one above the flag's index.
#[derive(Debug, Default)]
struct Indices {
    slots: Box<[u32]>,
    hasher: NameHasher,
}

impl Indices {
    fn of(flags: &[ContractFlag]) -> Self {
        let slots = vec![0; (flags.len() * 2).next_power_of_two()].into();
        let mut indices = Self { slots, hasher: NameHasher::default() };
        for (number, flag) in (1..).zip(flags) {
            let free = indices.probe(&flag.key).find(|slot| indices.slots.get(*slot) == Some(&0));
            if let Some(slot) = free.and_then(|slot| indices.slots.get_mut(slot)) {
                *slot = number;
            }
        }
        indices
    }

    fn find(&self, flags: &[ContractFlag], key: &str) -> Option<u32> {
        let mut numbers = self.probe(key).map_while(|slot| self.slots.get(slot)?.checked_sub(1));
        numbers.find(|index| flags.get(*index as usize).is_some_and(|flag| flag.key == key))
    }

    /// Every slot, beginning where the key should be. At least half of them are empty.
    fn probe(&self, key: &str) -> impl Iterator<Item = usize> + use<> {
        let (mask, length) = (self.slots.len().wrapping_sub(1), self.slots.len());
        let first = self.hasher.hash(key);
        (0..length).map(move |step| first.wrapping_add(step) & mask)
    }
}
