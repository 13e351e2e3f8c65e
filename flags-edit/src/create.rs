//! New flags.

use crate::change::{Change, New};
use crate::draft::Draft;
use crate::flag::value_text;
use crate::refusal::{Refusal, RefusalKind};
use crate::scan::{flow_map, quoted};
use crate::tree::keys;
use flags_schema::FlagState;
use serde::{Deserialize, Serialize};

/// What a new flag says. Everything may be left out: then it is off.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NewFlag {
    /// What it is for.
    pub description: Option<String>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// Tags.
    pub tags: Vec<String>,
    /// A ticket in some tracker.
    pub ticket: Option<String>,
    /// What sort of flag it is: `release`, `experiment`, `ops` or `permission`.
    pub kind: Option<String>,
    /// The date past which its uses warn.
    pub expires: Option<String>,
    /// Its state; `off`, or `gradual` with a rollout, when absent.
    pub state: Option<String>,
    /// The percentage of contexts that get it, as it is written.
    pub rollout: Option<String>,
    /// Variants in their order.
    pub variants: Vec<NewVariant>,
}

/// A variant of a new flag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewVariant {
    /// Its name.
    pub name: String,
    /// Its weight in percent, as it is written; all variants have one, or none.
    #[serde(default)]
    pub weight: Option<String>,
}

pub(crate) fn refuse_existing(draft: &Draft, name: &str, help: &str) -> Result<(), Refusal> {
    match draft.document.flags.iter().find(|flag| *flag.key == *name) {
        None => Ok(()),
        Some(existing) => {
            let line = existing.key.position.line;
            let message = format!("flag `{name}` exists already, on line {line}");
            Err(Refusal::new(RefusalKind::Exists, message).help(help))
        }
    }
}

/// Adds a flag.
pub(crate) fn create(draft: &mut Draft, name: &str, definition: &NewFlag) -> Result<(), Refusal> {
    refuse_existing(draft, name, "give the new one another name, or change this one with `flags set`")?;
    let mut entries: Vec<(String, String)> = Vec::new();
    let mut entry = |key: &str, value: Option<String>| {
        entries.extend(value.map(|value| (key.to_owned(), value)));
    };
    let text = |text: &Option<String>| text.as_deref().map(quoted);
    entry("description", text(&definition.description));
    entry("owner", text(&definition.owner));
    if !definition.tags.is_empty() {
        let tags: Vec<String> = definition.tags.iter().map(|tag| quoted(tag)).collect();
        entry("tags", Some(format!("[{}]", tags.join(", "))));
    }
    entry("ticket", text(&definition.ticket));
    entry("kind", text(&definition.kind));
    entry("expires", definition.expires.as_deref().map(value_text).transpose()?);
    let state = match (&definition.state, &definition.rollout) {
        (Some(state), _) => state.as_str(),
        (None, Some(_)) => FlagState::Gradual.as_str(),
        (None, None) => FlagState::Off.as_str(),
    };
    entry("state", Some(quoted(state)));
    entry("rollout", definition.rollout.as_deref().map(value_text).transpose()?);
    entry("variants", variants(&definition.variants)?);
    let new = if entries.len() == 1 { New::Flow(quoted(state)) } else { New::Block(entries) };
    let base = draft.sources.base().file.clone();
    draft.change(&base, &Change::Set(keys(["flags", name]), new))
}

/// Variants as a list of names, or with their weights.
fn variants(variants: &[NewVariant]) -> Result<Option<String>, Refusal> {
    if variants.is_empty() {
        return Ok(None);
    }
    if variants.iter().all(|variant| variant.weight.is_none()) {
        let names: Vec<_> = variants.iter().map(|variant| quoted(&variant.name)).collect();
        return Ok(Some(format!("[{}]", names.join(", "))));
    }
    let entries = variants.iter().map(|variant| {
        let weight = variant.weight.as_deref().ok_or_else(|| {
            Refusal::invalid(format!("variant `{}` has no weight, and others have", variant.name))
                .help("give each a weight, NAME=WEIGHT, or none of them")
        })?;
        let weight = weight.trim_end_matches('%');
        weight
            .parse::<f64>()
            .map_err(|_| Refusal::invalid(format!("`{weight}` is no weight")).help("write a percentage"))?;
        Ok((quoted(&variant.name), format!("{{ weight: {weight} }}")))
    });
    Ok(Some(flow_map(&entries.collect::<Result<Vec<_>, Refusal>>()?)))
}
