//! The contract: what a program is compiled for, apart from the answers that may change.

mod affected;
mod compare;

use crate::fingerprint::Fingerprint;
use crate::{
    Attribute, AttributeType, Document, EmbedError, EmbeddedDocument, Flag, FlagState, Mutability, Shape,
    ValueType,
};
use serde::{Deserialize, Serialize};

pub use compare::{ContractReport, KeptFlag};

/// What a program is compiled for: flags with their types, variants and values' shapes, and the
/// declared attributes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contract {
    /// The flags, in the document's order.
    pub flags: Vec<FlagContract>,
    /// The declared attributes; `None` when any may be used.
    pub attributes: Option<Vec<AttributeContract>>,
    /// The prefix of environment variables that override flags.
    pub env_prefix: String,
}

/// What a program is compiled for of one flag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlagContract {
    /// Its key.
    pub key: String,
    /// What it answers with.
    pub answers: Answers,
    /// What may change its answer.
    pub mutability: Mutability,
    /// The answer of a `fixed` flag, which is a literal in the binary.
    pub fixed: Option<bool>,
    /// Whether an environment variable may override it.
    pub env_override: bool,
}

/// What a flag answers with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answers {
    /// On or off.
    Switch,
    /// One of its variants.
    Variants {
        /// Their names, in the order declared.
        names: Vec<String>,
        /// The shape of their values, when they have values.
        value: Option<Shape>,
    },
    /// A typed value.
    Value {
        /// Its type.
        value_type: ValueType,
        /// Its shape; `None` only when the document's values do not agree on one.
        shape: Option<Shape>,
    },
}

impl Answers {
    /// What a flag answers with; `shape` is that of its values.
    fn of(flag: &Flag, shape: impl FnOnce() -> Option<Shape>) -> Self {
        match &flag.value_type {
            Some(value_type) => Self::Value { value_type: value_type.value, shape: shape() },
            None if flag.variants.is_empty() => Self::Switch,
            None => Self::Variants {
                names: flag.variants.iter().map(|variant| variant.name.value.clone()).collect(),
                value: shape(),
            },
        }
    }

    /// What it is, for messages: `a switch`, …
    #[must_use]
    pub fn describe(&self) -> String {
        match self {
            Self::Switch => "a switch".into(),
            Self::Variants { .. } => "a flag with variants".into(),
            Self::Value { value_type, .. } => format!("a value of type `{}`", value_type.as_str()),
        }
    }
}

/// What a program is compiled for of one attribute.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttributeContract {
    /// Its name.
    pub name: String,
    /// Its type.
    pub kind: AttributeType,
    /// The only values it may have, when given.
    pub values: Vec<String>,
    /// Whether every context has one.
    pub required: bool,
}

impl Contract {
    /// The contract of a document. Values without a common shape, an error of the document, have none.
    #[must_use]
    pub fn of(document: &Document) -> Self {
        Self {
            flags: document.flags.iter().map(FlagContract::of).collect(),
            attributes: document
                .context
                .as_ref()
                .map(|attributes| attributes.iter().map(AttributeContract::of).collect()),
            env_prefix: document.settings.env_prefix().to_owned(),
        }
    }

    /// The contract of an embedded document, of which one flag after the other is decoded.
    ///
    /// # Errors
    /// When a flag is damaged.
    pub fn of_embedded(embedded: &EmbeddedDocument) -> Result<Self, EmbedError> {
        let mut contract = Self::of(embedded.document());
        contract.flags.reserve_exact(embedded.len());
        let mut spare = None;
        for index in 0..embedded.len() {
            let flag = embedded.evaluated_flag(index, None, spare.take())?;
            contract.flags.push(FlagContract::of(&flag));
            spare = Some(flag);
        }
        Ok(contract)
    }

    /// Fingerprint of the contract. The order of flags and of attributes does not count.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        let mut canonical = self.clone();
        canonical.flags.sort_by(|a, b| a.key.cmp(&b.key));
        if let Some(attributes) = &mut canonical.attributes {
            attributes.sort_by(|a, b| a.name.cmp(&b.name));
        }
        Fingerprint::of(&canonical)
    }
}

impl FlagContract {
    fn of(flag: &Flag) -> Self {
        let fixed = flag.mutability.value == Mutability::Fixed;
        Self {
            key: flag.key.value.clone(),
            answers: Answers::of(flag, || flag.shape().ok().flatten()),
            mutability: flag.mutability.value,
            fixed: fixed.then_some(flag.answer.state.value == FlagState::On),
            env_override: flag.env_override,
        }
    }
}

impl AttributeContract {
    fn of(attribute: &Attribute) -> Self {
        Self {
            name: attribute.name.value.clone(),
            kind: attribute.kind.value,
            values: attribute.values.iter().map(|value| value.value.clone()).collect(),
            required: attribute.required,
        }
    }
}

impl Document {
    /// Fingerprint of everything that has a meaning: neither comments nor layout nor the names of the
    /// files change it.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of_document(self)
    }
}
