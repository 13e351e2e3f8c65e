//! What a flag can serve, and the indices that stand for it.

use super::{OFF, ON};
use crate::contract::ContractFlag;
use flags_schema::{Value, ValueType};
use std::collections::HashMap;

/// What sort of thing a flag serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Switch,
    Variants,
    Value,
}

/// What a flag can serve, by index.
pub(super) struct Served<'a> {
    pub(super) kind: Kind,
    pub(super) names: HashMap<&'a str, u32>,
    /// Values of the indices; of variants, those that were compiled, in their order.
    pub(super) values: Vec<&'a Value>,
}

const FALSE: Value = Value::Bool(false);
const TRUE: Value = Value::Bool(true);
const NULL: Value = Value::Null;

impl<'a> Served<'a> {
    /// Variants keep the indices that they were compiled with.
    pub(super) fn new(flag: &'a flags_schema::Flag, compiled: Option<&ContractFlag>) -> Self {
        if let Some(kind) = &flag.value_type {
            let booleans = kind.value == ValueType::Boolean;
            let values = if booleans { vec![&FALSE, &TRUE] } else { Vec::new() };
            return Self { kind: Kind::Value, names: HashMap::new(), values };
        }
        if flag.variants.is_empty() {
            let names = [("off", OFF), ("on", ON)].into();
            return Self { kind: Kind::Switch, names, values: Vec::new() };
        }
        let order = |name: &str, written: u32| match compiled {
            Some(compiled) => compiled.variant(name),
            None => Some(written),
        };
        let names: HashMap<&str, u32> = (0..)
            .zip(&flag.variants)
            .filter_map(|(i, variant)| Some((variant.name.as_str(), order(&variant.name, i)?)))
            .collect();
        let mut values = vec![&NULL; flag.variants.len()];
        for variant in &flag.variants {
            if let (Some(value), Some(index)) = (&variant.value, names.get(variant.name.as_str()))
                && let Some(slot) = values.get_mut(*index as usize)
            {
                *slot = value;
            }
        }
        Self { kind: Kind::Variants, names, values }
    }

    /// Whether it is a value flag of booleans, whose indices are those of a switch.
    pub(super) fn booleans(&self) -> bool {
        self.kind == Kind::Value && self.values.first() == Some(&&FALSE)
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
