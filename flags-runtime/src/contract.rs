//! What the program was compiled for: keys, the order of variants, types of values.

use crate::value::Typed;
use flags_schema::{Document, Value};
use std::collections::HashMap;

/// Decodes a value as the type that the program was compiled for.
pub(crate) type Decoder = fn(&Value) -> Option<Typed>;

/// The flags that constants of the program index.
#[derive(Debug, Default)]
pub(crate) struct Contract {
    pub(crate) flags: Box<[ContractFlag]>,
    indices: HashMap<Box<str>, u32>,
}

/// One of them.
#[derive(Debug)]
pub(crate) struct ContractFlag {
    pub(crate) key: Box<str>,
    pub(crate) variants: Box<[Box<str>]>,
    pub(crate) mutability: flags_schema::Mutability,
    pub(crate) decoder: Option<Decoder>,
    /// Values of the embedded document, which live as long as the program.
    known: Vec<(Value, Typed)>,
}

impl ContractFlag {
    /// The index that a variant was compiled with.
    pub(crate) fn variant(&self, name: &str) -> Option<u32> {
        self.variants.iter().position(|known| **known == *name).and_then(|i| u32::try_from(i).ok())
    }

    /// The value as the compiled type; `None` when it is of another shape, or the flag has none.
    pub(crate) fn typed(&self, value: &Value) -> Option<Typed> {
        match self.known.iter().find(|(known, _)| known == value) {
            Some((_, typed)) => Some(typed.clone()),
            None => self.decoder?(value),
        }
    }
}

impl Contract {
    /// The contract of a document. `decoders` are by the flag's place in it.
    pub(crate) fn new(document: &Document, decoders: &[(u32, Decoder)]) -> Self {
        let decoders: HashMap<u32, Decoder> = decoders.iter().copied().collect();
        let flags: Box<[ContractFlag]> = (0_u32..)
            .zip(&document.flags)
            .map(|(i, flag)| {
                let decoder = decoders.get(&i).copied();
                let mut values: Vec<&Value> =
                    flag.variants.iter().filter_map(|v| v.value.as_deref()).collect();
                values.extend([&flag.answer.off, &flag.answer.value].into_iter().flatten().map(|v| &v.value));
                let known = match decoder {
                    Some(decoder) => values
                        .into_iter()
                        .filter_map(|value| Some((value.clone(), decoder(value)?.forever())))
                        .collect(),
                    None => Vec::new(),
                };
                ContractFlag {
                    key: flag.key.as_str().into(),
                    variants: flag.variants.iter().map(|v| v.name.as_str().into()).collect(),
                    mutability: *flag.mutability,
                    decoder,
                    known,
                }
            })
            .collect();
        let indices = (0..).zip(&flags).map(|(i, flag)| (flag.key.clone(), i)).collect();
        Self { flags, indices }
    }

    /// The index that a flag was compiled with.
    pub(crate) fn index(&self, key: &str) -> Option<u32> {
        self.indices.get(key).copied()
    }
}
