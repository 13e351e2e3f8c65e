//! Edits as data, and what becomes of them.

use crate::answers::{EnvironmentAnswer, answers};
use crate::change::{Change, New};
use crate::draft::Draft;
use crate::flag::{remove_flag, rename_flag, set_key, steps, value_text};
use crate::impact::{Difference, compare};
use crate::members;
use crate::refusal::{Refusal, RefusalKind};
use crate::rule::{self, RuleOrder, RuleText};
use crate::scan::{flow_map, quoted};
use crate::segment::{self, SegmentChange, SegmentText};
use crate::sources::SourceSet;
use crate::switch::{Wanted, switch};
use crate::tree::{Path, at, keys};
use flags_schema::{Diagnostic, Document, Flag, FlagState, Options, Percent, Severity, Timestamp, Value};
use serde::{Deserialize, Serialize};

/// Where an answer changes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// In the base file. Where an environment would answer otherwise, turning a flag on or giving it to a
    /// percentage is refused with [`RefusalKind::Unstated`](crate::RefusalKind::Unstated); turning it off
    /// turns it off there too.
    #[default]
    Unstated,
    /// In the base file, and in each environment that would answer otherwise.
    Everywhere,
    /// In this environment alone: in its overlay, or where it has none in the flag's own `environments`.
    Environment(String),
}

impl Scope {
    /// The environment that it names.
    #[must_use]
    pub fn environment(&self) -> Option<&str> {
        match self {
            Self::Environment(name) => Some(name),
            Self::Unstated | Self::Everywhere => None,
        }
    }

    fn words(&self) -> String {
        match self {
            Self::Unstated => String::new(),
            Self::Everywhere => " everywhere".to_owned(),
            Self::Environment(name) => format!(" in `{name}`"),
        }
    }
}

/// One change of a document.
///
/// As JSON, `edit` names what is done: `{ "edit": "rollout", "flag": "new-ui", "percentage": 25 }`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "edit", rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Edit {
    /// Turns a flag on.
    Enable {
        /// Its key.
        flag: String,
        /// Where.
        #[serde(default)]
        scope: Scope,
    },
    /// Turns a flag off.
    Disable {
        /// Its key.
        flag: String,
        /// Where.
        #[serde(default)]
        scope: Scope,
    },
    /// Gives a flag to a percentage of contexts. Salt and attribute of its rollout stay, so that nobody
    /// changes side who need not.
    Rollout {
        /// Its key.
        flag: String,
        /// The percentage.
        #[serde(with = "percent")]
        percentage: Percent,
        /// Where.
        #[serde(default)]
        scope: Scope,
    },
    /// Names users of a flag, who get it before any rule is asked, or no longer.
    Users {
        /// The flag's key.
        flag: String,
        /// Users who are named from now on.
        #[serde(default)]
        add: Vec<String>,
        /// Users who are named no longer.
        #[serde(default)]
        remove: Vec<String>,
        /// The variant that they get; what the flag serves when it is on, when absent.
        #[serde(default)]
        variant: Option<String>,
        /// Where.
        #[serde(default)]
        scope: Scope,
    },
    /// Gives variants of a flag their weights.
    Weights {
        /// The flag's key.
        flag: String,
        /// The weights; variants that are not among them keep theirs.
        weights: Vec<VariantWeight>,
        /// Where.
        #[serde(default)]
        scope: Scope,
    },
    /// Lists the environments in which a flag is on; it is off everywhere else.
    Environments {
        /// The flag's key.
        flag: String,
        /// The environments; all of them when absent.
        #[serde(default)]
        only: Option<Vec<String>>,
    },
    /// Adds a rule to a flag. Of an environment that has no rules of its own, those of the base file are copied.
    AddRule {
        /// The flag's key.
        flag: String,
        /// What it says.
        rule: RuleText,
        /// Where it stands among the others.
        #[serde(default)]
        order: RuleOrder,
        /// Whose rules change.
        #[serde(default)]
        scope: Scope,
    },
    /// Changes what a rule says.
    SetRule {
        /// The flag's key.
        flag: String,
        /// The rule: its name, or its position, which counts from 1.
        rule: String,
        /// What it says from now on.
        #[serde(default)]
        change: RuleText,
        /// Keys that it says no longer.
        #[serde(default)]
        clear: Vec<String>,
        /// Whose rules change.
        #[serde(default)]
        scope: Scope,
    },
    /// Moves a rule among the others of its flag, with the comments right above it.
    MoveRule {
        /// The flag's key.
        flag: String,
        /// The rule, as in [`SetRule`](Self::SetRule).
        rule: String,
        /// Where it goes.
        order: RuleOrder,
        /// Whose rules change.
        #[serde(default)]
        scope: Scope,
    },
    /// Removes a rule.
    RemoveRule {
        /// The flag's key.
        flag: String,
        /// The rule, as in [`SetRule`](Self::SetRule).
        rule: String,
        /// Whose rules change.
        #[serde(default)]
        scope: Scope,
    },
    /// Adds a segment.
    AddSegment {
        /// Its name.
        segment: String,
        /// What it says.
        definition: SegmentText,
    },
    /// Changes who is in a segment.
    SetSegment {
        /// Its name.
        segment: String,
        /// What changes.
        change: SegmentChange,
        /// In the base file; there and in each overlay that has the segment; or in one overlay.
        #[serde(default)]
        scope: Scope,
    },
    /// Removes a segment, from the overlays too.
    RemoveSegment {
        /// Its name.
        segment: String,
    },
    /// Gives a segment another name, wherever the document names it.
    RenameSegment {
        /// Its name.
        segment: String,
        /// The new one.
        to: String,
    },
    /// Sets one key of a flag.
    Set {
        /// The flag's key.
        flag: String,
        /// The key that is set, or a path of keys with dots: `owner`, `variants.control.weight`.
        path: String,
        /// The value in YAML, on one line; what is no YAML is taken as text.
        value: String,
        /// Where.
        #[serde(default)]
        scope: Scope,
    },
    /// Adds a flag.
    Create {
        /// Its key.
        flag: String,
        /// What it says.
        #[serde(default)]
        definition: NewFlag,
    },
    /// Removes a flag, from the overlays too.
    Delete {
        /// Its key.
        flag: String,
    },
    /// Gives a flag another key, wherever the document names it.
    Rename {
        /// Its key.
        flag: String,
        /// The new one.
        to: String,
    },
    /// Makes several edits one after the other, checked together: one may need the next.
    Several {
        /// The edits.
        edits: Vec<Edit>,
    },
    /// Replaces a whole text.
    Text {
        /// The file, as [`SourceText::file`](crate::SourceText::file) names it; the base file when absent.
        #[serde(default)]
        file: Option<String>,
        /// The new text.
        text: String,
    },
}

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

/// A text that an edit changes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EditedFile {
    /// As [`SourceText::file`](crate::SourceText::file) names it.
    pub file: String,
    /// What messages call it.
    pub name: String,
    /// The text before.
    pub before: String,
    /// The text after.
    pub after: String,
}

impl EditedFile {
    /// The texts of one set that are others in another set of the same files.
    #[must_use]
    pub fn between(before: &SourceSet, after: &SourceSet) -> Vec<Self> {
        let pairs = before.iter().zip(after.iter());
        let changed = pairs.filter(|(before, after)| before.text != after.text);
        let files = changed.map(|(before, after)| Self {
            file: after.file.clone(),
            name: after.name.clone(),
            before: before.text.clone(),
            after: after.text.clone(),
        });
        files.collect()
    }
}

/// What an edit makes of a document: checked, and not yet written anywhere.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Edited {
    /// All texts, as they are after the edit.
    pub sources: SourceSet,
    /// Those that it changes; none when there is nothing to change.
    pub files: Vec<EditedFile>,
    /// What was done, in a few words: a message for a history.
    pub summary: String,
    /// What a person should know besides, in sentences.
    pub notes: Vec<String>,
    /// What each environment answers of the flag that the edit is about, before and after.
    pub answers: Vec<EnvironmentAnswer>,
    /// Warnings that the document did not have before.
    pub diagnostics: Vec<Diagnostic>,
    /// The document before the edit.
    pub before: Document,
    /// The document after it.
    pub after: Document,
}

impl Edited {
    /// Who gets something else, in which environment, at that moment.
    ///
    /// # Errors
    /// When one of the documents cannot be evaluated.
    pub fn impact(&self, at: Timestamp) -> Result<Difference, Refusal> {
        compare(&self.before, &self.after, None, at)
    }
}

impl Edit {
    /// Applies the edit to a document.
    ///
    /// The result reads as the change that was asked for and nothing else, keeps every comment and every line
    /// that the edit does not concern, and has no errors.
    ///
    /// # Errors
    /// With a [`Refusal`] when the document has errors or would have some, when the edit names what is not
    /// there, or when the text is written in a way that cannot be changed like this.
    pub fn apply(&self, sources: &SourceSet) -> Result<Edited, Refusal> {
        // A whole text may mend a document that has errors.
        let mut draft =
            if let Self::Text { .. } = self { Draft::lenient(sources) } else { Draft::new(sources)? };
        let before = draft.document.clone();
        self.change(&mut draft)?;
        self.finish(sources, before, draft)
    }

    fn change(&self, draft: &mut Draft) -> Result<(), Refusal> {
        match self {
            Self::Enable { flag, scope } => switch(draft, flag, Wanted::On, scope),
            Self::Disable { flag, scope } => switch(draft, flag, Wanted::Off, scope),
            Self::Rollout { flag, percentage, scope } => {
                switch(draft, flag, Wanted::Rollout(*percentage), scope)
            }
            Self::Set { flag, path, value, scope } => {
                let target = draft.target(flag, scope.environment())?;
                let value = value_text(value)?;
                let root = draft.tree(&target.file);
                let written = root.as_ref().and_then(|root| at(root, &target.path));
                let path = steps(path, written);
                if path.is_empty() {
                    return Err(Refusal::invalid("an empty key sets nothing").help("name a key of the flag"));
                }
                set_key(draft, &target, &path, &value)
            }
            Self::Users { flag, add, remove, variant, scope } => {
                members::of_flag(draft, flag, (add, remove), variant.as_deref(), scope)
            }
            Self::Weights { flag, weights, scope } => set_weights(draft, flag, weights, scope),
            Self::Environments { flag, only } => rule::set_environments(draft, flag, only.as_deref()),
            Self::AddRule { flag, rule, order, scope } => rule::add(draft, flag, rule, order, scope),
            Self::SetRule { flag, rule, change, clear, scope } => {
                rule::set(draft, flag, rule, change, clear, scope)
            }
            Self::MoveRule { flag, rule, order, scope } => rule::reorder(draft, flag, rule, order, scope),
            Self::RemoveRule { flag, rule, scope } => rule::remove(draft, flag, rule, scope),
            Self::AddSegment { segment, definition } => segment::add(draft, segment, definition),
            Self::SetSegment { segment, change, scope } => segment::set(draft, segment, change, scope),
            Self::RemoveSegment { segment } => segment::remove(draft, segment),
            Self::RenameSegment { segment, to } => segment::rename(draft, segment, to),
            Self::Create { flag, definition } => create(draft, flag, definition),
            Self::Delete { flag } => {
                draft.flag(flag)?;
                remove_flag(draft, flag)
            }
            Self::Rename { flag, to } => {
                if is_bucketed(draft.flag(flag)?) {
                    draft.note(format!(
                        "its buckets go by its key: renaming gives other users the same percentage\n  help: to keep \
                         them, set `salt: {}` in its rollout",
                        quoted(flag)
                    ));
                }
                refuse_existing(draft, to, "choose another name")?;
                rename_flag(draft, flag, to)
            }
            Self::Several { edits } => edits.iter().try_for_each(|edit| {
                edit.change(draft)?;
                draft.refresh();
                Ok(())
            }),
            Self::Text { file, text } => draft.replace(file.as_deref(), text),
        }
    }

    fn finish(&self, sources: &SourceSet, before: Document, draft: Draft) -> Result<Edited, Refusal> {
        let loaded = draft.finish()?;
        let known = sources.load(&Options::default()).diagnostics;
        let is_new = |it: &&Diagnostic| {
            it.severity == Severity::Warning && known.iter().all(|other| other.message != it.message)
        };
        let diagnostics = loaded.diagnostics.iter().filter(is_new).cloned().collect();
        let files = EditedFile::between(sources, &draft.sources);
        let answers = match self.flag() {
            Some(flag) => answers((&before, self.flag_before().unwrap_or(flag)), (&loaded.document, flag)),
            None => Vec::new(),
        };
        let (summary, notes) = (self.summary(), draft.notes);
        Ok(Edited {
            files,
            summary,
            notes,
            answers,
            diagnostics,
            before,
            after: loaded.document,
            sources: draft.sources,
        })
    }

    /// The key of the flag that the edit is about, as it is afterwards.
    #[must_use]
    pub fn flag(&self) -> Option<&str> {
        match self {
            Self::Enable { flag, .. }
            | Self::Disable { flag, .. }
            | Self::Rollout { flag, .. }
            | Self::Set { flag, .. }
            | Self::Users { flag, .. }
            | Self::Weights { flag, .. }
            | Self::Environments { flag, .. }
            | Self::AddRule { flag, .. }
            | Self::SetRule { flag, .. }
            | Self::MoveRule { flag, .. }
            | Self::RemoveRule { flag, .. }
            | Self::Create { flag, .. }
            | Self::Delete { flag } => Some(flag),
            Self::Rename { to, .. } => Some(to),
            Self::Several { edits } => {
                let mut flags = edits.iter().filter_map(Self::flag);
                let first = flags.next()?;
                flags.all(|flag| flag == first).then_some(first)
            }
            Self::AddSegment { .. }
            | Self::SetSegment { .. }
            | Self::RemoveSegment { .. }
            | Self::RenameSegment { .. }
            | Self::Text { .. } => None,
        }
    }

    /// The key that this flag had before the edit.
    fn flag_before(&self) -> Option<&str> {
        match self {
            Self::Rename { flag, .. } => Some(flag),
            _ => self.flag(),
        }
    }

    /// What the edit does, in a few words.
    #[must_use]
    pub fn summary(&self) -> String {
        match self {
            Self::Enable { flag, scope } => format!("enable `{flag}`{}", scope.words()),
            Self::Disable { flag, scope } => format!("disable `{flag}`{}", scope.words()),
            Self::Rollout { flag, percentage, scope } => {
                format!("roll `{flag}` out to {percentage} %{}", scope.words())
            }
            Self::Set { flag, path, value, scope } => {
                format!("set `{path}` of `{flag}` to `{value}`{}", scope.words())
            }
            Self::Users { flag, scope, .. } => format!("change the users of `{flag}`{}", scope.words()),
            Self::Weights { flag, weights, scope } => {
                let weights: Vec<String> =
                    weights.iter().map(|it| format!("`{}` {} %", it.variant, it.weight)).collect();
                format!("weigh `{flag}`: {}{}", weights.join(", "), scope.words())
            }
            Self::Environments { flag, only: None } => format!("allow `{flag}` in every environment"),
            Self::Environments { flag, only: Some(names) } => {
                let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
                format!("allow `{flag}` in {} only", names.join(", "))
            }
            Self::AddRule { flag, rule: RuleText { name: Some(name), .. }, scope, .. } => {
                format!("add the rule `{name}` to `{flag}`{}", scope.words())
            }
            Self::AddRule { flag, scope, .. } => format!("add a rule to `{flag}`{}", scope.words()),
            Self::SetRule { flag, rule, scope, .. } => {
                format!("change the rule `{rule}` of `{flag}`{}", scope.words())
            }
            Self::MoveRule { flag, rule, scope, .. } => {
                format!("move the rule `{rule}` of `{flag}`{}", scope.words())
            }
            Self::RemoveRule { flag, rule, scope } => {
                format!("remove the rule `{rule}` of `{flag}`{}", scope.words())
            }
            Self::AddSegment { segment, .. } => format!("add the segment `{segment}`"),
            Self::SetSegment { segment, scope, .. } => {
                format!("change the segment `{segment}`{}", scope.words())
            }
            Self::RemoveSegment { segment } => format!("remove the segment `{segment}`"),
            Self::RenameSegment { segment, to } => format!("rename the segment `{segment}` to `{to}`"),
            Self::Create { flag, .. } => format!("create `{flag}`"),
            Self::Delete { flag } => format!("delete `{flag}`"),
            Self::Rename { flag, to } => format!("rename `{flag}` to `{to}`"),
            Self::Several { edits } => {
                let summaries: Vec<String> = edits.iter().map(Self::summary).collect();
                summaries.join("; ")
            }
            Self::Text { file: Some(file), .. } => format!("edit `{file}`"),
            Self::Text { file: None, .. } => "edit the file".to_owned(),
        }
    }
}

fn refuse_existing(draft: &Draft, name: &str, help: &str) -> Result<(), Refusal> {
    match draft.document.flags.iter().find(|flag| *flag.key == *name) {
        None => Ok(()),
        Some(existing) => {
            let line = existing.key.position.line;
            let message = format!("flag `{name}` exists already, on line {line}");
            Err(Refusal::new(RefusalKind::Exists, message).help(help))
        }
    }
}

fn create(draft: &mut Draft, name: &str, definition: &NewFlag) -> Result<(), Refusal> {
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
        (None, Some(_)) => "gradual",
        (None, None) => "off",
    };
    entry("state", Some(quoted(state)));
    entry("rollout", definition.rollout.as_deref().map(value_text).transpose()?);
    entry("variants", variants(&definition.variants)?);
    let new = if entries.len() == 1 { New::Flow(quoted(state)) } else { New::Block(entries) };
    let base = draft.sources.base().file.clone();
    draft.change(&base, &Change::Set(keys(["flags", name]), new))
}

/// Gives variants their weights, whatever way the variants are written.
fn set_weights(
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
    let target = draft.target(flag, scope.environment())?;
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
            set_key(draft, &target, &keys(["variants", variant.as_str(), "weight"]), &weight)?;
            continue;
        }
        // `control: blue` is short for a value.
        let value = written.map_or_else(String::new, |value| crate::describe::flow(value));
        let is_empty = written.is_some_and(|value| {
            matches!(&value.value, Value::Map(it) if it.is_empty()) || value.value == Value::Null
        });
        let mut entries = vec![("weight".to_owned(), weight)];
        if !is_empty {
            entries.push(("value".to_owned(), value));
        }
        set_key(draft, &target, &keys(["variants", variant.as_str()]), &flow_map(&entries))?;
    }
    Ok(())
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

/// Whether the flag's key decides who is in: a percentage or a split without a salt of its own.
fn is_bucketed(flag: &Flag) -> bool {
    let salted = flag.answer.rollout.as_ref().is_some_and(|rollout| rollout.salt.is_some());
    let divides = flag.answer.state.value == FlagState::Gradual
        || flag.answer.rollout.is_some()
        || !flag.variants.is_empty()
        || flag.answer.rules.iter().any(|rule| rule.rollout.is_some());
    divides && !salted
}

/// Percentages as numbers of percent.
mod percent {
    use flags_schema::Percent;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
    pub(super) fn serialize<S: Serializer>(percent: &Percent, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(f64::from(percent.thousandths()) / 1000.0)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Percent, D::Error> {
        let number = f64::deserialize(deserializer)?;
        Percent::from_f64(number).map_err(|_| D::Error::custom("a percentage is 0 to 100 in steps of 0.001"))
    }
}
