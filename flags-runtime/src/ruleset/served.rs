//! What a flag can serve, and the indices that stand for it.

use crate::contract::ContractFlag;
use crate::value::{OFF, ON};
use flags_schema::{FlagKind, Value, ValueType, Variant};
use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, Hasher, RandomState};
use std::sync::OnceLock;

/// Variants up to which a name is looked for one by one.
const FEW: usize = 8;

/// What a flag can serve, by index.
pub(super) struct ServedIndices<'a> {
    pub(super) kind: FlagKind,
    variants: &'a [Variant],
    compiled: Option<&'a ContractFlag>,
    /// The index of each variant, when there are more than a few.
    indices: HashMap<&'a str, u32>,
    /// Values of the indices; of variants, those that were compiled, in their order.
    pub(super) values: Vec<&'a Value>,
    /// Indices of the values by their hashes, when there are more than a few.
    known: HashMap<u64, Vec<u32>>,
    hasher: RandomState,
}

const FALSE: Value = Value::Bool(false);
const TRUE: Value = Value::Bool(true);
const NULL: Value = Value::Null;

impl<'a> ServedIndices<'a> {
    /// Variants keep the indices that they were compiled with.
    pub(super) fn new(flag: &'a flags_schema::Flag, compiled: Option<&'a ContractFlag>) -> Self {
        let variants = flag.variants.as_slice();
        let kind = FlagKind::of(flag);
        let values = match kind {
            FlagKind::Value(ValueType::Boolean) => vec![&FALSE, &TRUE],
            FlagKind::Value(_) | FlagKind::Switch => Vec::new(),
            FlagKind::Variants => vec![&NULL; variants.len()],
        };
        let mut served = Self {
            kind,
            variants,
            compiled,
            indices: HashMap::new(),
            values,
            known: HashMap::new(),
            hasher: RandomState::new(),
        };
        if kind != FlagKind::Variants {
            return served;
        }
        if variants.len() > FEW {
            served.indices = indices(variants, compiled);
        }
        for (i, variant) in (0..).zip(variants) {
            if let (Some(value), Some(index)) = (&variant.value, served.order(&variant.name, i))
                && let Some(slot) = served.values.get_mut(index as usize)
            {
                *slot = value;
            }
        }
        served
    }

    /// The index of a variant, `on` and `off` of a switch.
    pub(super) fn named(&self, name: &str) -> Option<u32> {
        match self.kind {
            FlagKind::Value(_) => None,
            FlagKind::Switch => switched(name),
            FlagKind::Variants => {
                if self.variants.len() > FEW {
                    return self.indices.get(name).copied();
                }
                let written = self.variants.iter().position(|variant| *variant.name == *name)?;
                self.order(name, u32::try_from(written).ok()?)
            }
        }
    }

    /// The index of a variant, by where it is written.
    fn order(&self, name: &str, written: u32) -> Option<u32> {
        match self.compiled {
            _ if self.variants.len() > FEW => self.indices.get(name).copied(),
            Some(compiled) => compiled.variant(name, written),
            None => Some(written),
        }
    }

    /// Whether it is a value flag of booleans, whose indices are those of a switch.
    pub(super) fn booleans(&self) -> bool {
        self.kind == FlagKind::Value(ValueType::Boolean)
    }

    /// The index of a literal; a new one when it was not served before.
    pub(super) fn index(&mut self, value: &'a Value) -> u32 {
        if self.values.len() < FEW {
            let known = self.values.iter().position(|known| *known == value);
            return known.and_then(|index| u32::try_from(index).ok()).unwrap_or_else(|| self.push(value));
        }
        if self.known.is_empty() {
            for (index, value) in (0..).zip(&self.values) {
                self.known.entry(hash(value, &self.hasher)).or_default().push(index);
            }
        }
        let hash = hash(value, &self.hasher);
        let same = |index: &&u32| self.values.get(**index as usize).is_some_and(|known| *known == value);
        if let Some(index) = self.known.get(&hash).and_then(|indices| indices.iter().find(same)) {
            return *index;
        }
        let index = self.push(value);
        self.known.entry(hash).or_default().push(index);
        index
    }

    fn push(&mut self, value: &'a Value) -> u32 {
        let index = u32::try_from(self.values.len()).unwrap_or(OFF);
        self.values.push(value);
        index
    }
}

/// Values of flags with variants, by index, made for each flag when somebody asks for one of them: typed constants
/// have theirs elsewhere.
#[derive(Debug, Default)]
pub(crate) struct VariantValues(OnceLock<Box<[OfFlag]>>);

/// The values of one flag.
type OfFlag = OnceLock<Box<[Value]>>;

impl VariantValues {
    /// The values of the flag, one of `flags`.
    pub(crate) fn of(&self, flag: u32, flags: usize, make: impl FnOnce() -> Box<[Value]>) -> &[Value] {
        let all = self.0.get_or_init(|| (0..flags).map(|_| OnceLock::new()).collect());
        all.get(flag as usize).map_or(&[], |values| values.get_or_init(make))
    }
}

/// The indices of variants by their names; they keep those that they were compiled with.
fn indices<'a>(variants: &'a [Variant], compiled: Option<&'a ContractFlag>) -> HashMap<&'a str, u32> {
    match compiled {
        None => (0..).zip(variants).map(|(index, variant)| (variant.name.as_str(), index)).collect(),
        Some(compiled) => (0..).zip(&compiled.variants).map(|(index, name)| (&**name, index)).collect(),
    }
}

/// Equal values have equal hashes.
fn hash(value: &Value, hasher: &RandomState) -> u64 {
    let mut hasher = hasher.build_hasher();
    feed(value, &mut hasher);
    hasher.finish()
}

fn feed(value: &Value, hasher: &mut impl Hasher) {
    match value {
        Value::Null => hasher.write_u8(0),
        Value::Bool(boolean) => (1_u8, boolean).hash(hasher),
        Value::Integer(number) => (2_u8, number).hash(hasher),
        // Zero has two signs, and is equal to itself.
        Value::Float(number) => (3_u8, (number + 0.0).to_bits()).hash(hasher),
        Value::String(text) => (4_u8, text).hash(hasher),
        Value::List(items) => {
            (5_u8, items.len()).hash(hasher);
            for item in items {
                feed(item, hasher);
            }
        }
        Value::Map(fields) => {
            (6_u8, fields.len()).hash(hasher);
            for (name, value) in fields {
                name.value.hash(hasher);
                feed(value, hasher);
            }
        }
    }
}

/// The index of a switch's word.
pub(super) fn switched(name: &str) -> Option<u32> {
    match name {
        "off" => Some(OFF),
        "on" => Some(ON),
        _ => None,
    }
}
