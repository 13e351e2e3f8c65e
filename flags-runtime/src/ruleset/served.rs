//! What a flag can serve, and the indices that stand for it.

use super::{OFF, ON};
use crate::contract::ContractFlag;
use flags_schema::{FlagKind, Value, ValueType, Variant};
use std::collections::HashMap;

/// Variants up to which a name is looked for one by one.
const FEW: usize = 8;

/// What a flag can serve, by index.
pub(super) struct Served<'a> {
    pub(super) kind: FlagKind,
    variants: &'a [Variant],
    compiled: Option<&'a ContractFlag>,
    /// Where each variant is, when there are more than a few.
    places: HashMap<&'a str, u32>,
    /// Values of the indices; of variants, those that were compiled, in their order.
    pub(super) values: Vec<&'a Value>,
}

const FALSE: Value = Value::Bool(false);
const TRUE: Value = Value::Bool(true);
const NULL: Value = Value::Null;

impl<'a> Served<'a> {
    /// Variants keep the indices that they were compiled with.
    pub(super) fn new(flag: &'a flags_schema::Flag, compiled: Option<&'a ContractFlag>) -> Self {
        let variants = flag.variants.as_slice();
        let kind = FlagKind::of(flag);
        let values = match kind {
            FlagKind::Value(ValueType::Boolean) => vec![&FALSE, &TRUE],
            FlagKind::Value(_) | FlagKind::Switch => Vec::new(),
            FlagKind::Variants => vec![&NULL; variants.len()],
        };
        let mut served = Self { kind, variants, compiled, places: HashMap::new(), values };
        if kind != FlagKind::Variants {
            return served;
        }
        if variants.len() > FEW {
            served.places = (0..).zip(variants).map(|(i, variant)| (variant.name.as_str(), i)).collect();
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
                let place = if self.variants.len() > FEW {
                    *self.places.get(name)?
                } else {
                    let place = self.variants.iter().position(|variant| *variant.name == *name)?;
                    u32::try_from(place).ok()?
                };
                self.order(name, place)
            }
        }
    }

    /// The index of the variant that is written at that place.
    fn order(&self, name: &str, place: u32) -> Option<u32> {
        match self.compiled {
            Some(compiled) => compiled.variant(name, place),
            None => Some(place),
        }
    }

    /// Whether it is a value flag of booleans, whose indices are those of a switch.
    pub(super) fn booleans(&self) -> bool {
        self.kind == FlagKind::Value(ValueType::Boolean)
    }

    /// The index of a literal; a new one when it was not served before.
    pub(super) fn index(&mut self, value: &'a Value) -> u32 {
        let position = self.values.iter().position(|known| *known == value).unwrap_or_else(|| {
            self.values.push(value);
            self.values.len() - 1
        });
        u32::try_from(position).unwrap_or(OFF)
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
