//! Weights of variants, whatever way the variants are written.

use crate::change::{Change, New};
use crate::describe;
use crate::draft::{Draft, Target};
use crate::flag::set_key;
use crate::percent;
use crate::reach::targets;
use crate::refusal::Refusal;
use crate::scan::{flow_map, quoted};
use crate::scope::Scope;
use crate::tree::{Path, at, keys};
use flags_schema::{Percent, Value};
use serde::{Deserialize, Serialize};

/// The weight of one variant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VariantWeight {
    /// The variant's name.
    pub variant: String,
    /// Its weight in percent.
    #[serde(with = "percent")]
    pub weight: Percent,
}

/// Gives variants their weights.
pub(crate) fn set_weights(
    draft: &mut Draft,
    flag: &str,
    weights: &[VariantWeight],
    scope: &Scope,
) -> Result<(), Refusal> {
    let declared = draft.flag(flag)?;
    let names: Vec<String> = declared.variants.iter().map(|variant| variant.name.value.clone()).collect();
    for weight in weights {
        if !names.contains(&weight.variant) {
            return Err(Refusal::unknown("variant", &weight.variant, names.iter().map(String::as_str)));
        }
    }
    for target in targets(draft, flag, "variants", scope)? {
        weigh(draft, &target, &names, weights)?;
    }
    Ok(())
}

fn weigh(
    draft: &mut Draft,
    target: &Target,
    names: &[String],
    weights: &[VariantWeight],
) -> Result<(), Refusal> {
    for VariantWeight { variant, weight } in weights {
        let path = |steps: &[&str]| -> Path {
            target.path.iter().cloned().chain(keys(steps.iter().copied())).collect()
        };
        let root = draft.tree(&target.file);
        let written = root.as_ref().and_then(|root| at(root, &path(&["variants"])));
        if let Some(Value::List(_)) = written.map(|variants| &variants.value) {
            // A list of names has no room for weights.
            let entries = names.iter().map(|name| {
                let new = weights.iter().find(|it| it.variant == *name);
                let weight = new.map_or_else(|| "{}".to_owned(), |it| format!("{{ weight: {} }}", it.weight));
                (quoted(name), weight)
            });
            let with = flow_map(&entries.collect::<Vec<_>>());
            return draft.change(&target.file, &Change::Set(path(&["variants"]), New::Flow(with)));
        }
        let written = root.as_ref().and_then(|root| at(root, &path(&["variants", variant.as_str()])));
        let is_full = written.is_none_or(|variant| match &variant.value {
            Value::Map(entries) => entries.iter().any(|(key, _)| matches!(key.as_str(), "weight" | "value")),
            _ => false,
        });
        let weight = weight.to_string();
        if is_full {
            set_key(draft, target, &keys(["variants", variant.as_str(), "weight"]), &weight)?;
            continue;
        }
        // `control: blue` is short for a value.
        let value = written.map_or_else(String::new, |value| describe::flow(value));
        let is_empty = written.is_some_and(|value| {
            matches!(&value.value, Value::Map(it) if it.is_empty()) || value.value == Value::Null
        });
        let mut entries = vec![("weight".to_owned(), weight)];
        if !is_empty {
            entries.push(("value".to_owned(), value));
        }
        set_key(draft, target, &keys(["variants", variant.as_str()]), &flow_map(&entries))?;
    }
    Ok(())
}
