//! Edits as data, and what becomes of them.

use crate::answers::{EnvironmentAnswer, answers};
use crate::change::{Change, New};
use crate::draft::Draft;
use crate::flag::{remove_flag, rename_flag, set_key, steps, value_text};
use crate::impact::{Difference, compare};
use crate::refusal::{Refusal, RefusalKind};
use crate::scan::{flow_map, quoted};
use crate::sources::SourceSet;
use crate::switch::{Wanted, switch};
use crate::tree::{at, keys};
use flags_schema::{Diagnostic, Document, Flag, FlagState, Options, Percent, Severity, Timestamp};
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
            | Self::Create { flag, .. }
            | Self::Delete { flag } => Some(flag),
            Self::Rename { to, .. } => Some(to),
            Self::Several { edits } => {
                let mut flags = edits.iter().filter_map(Self::flag);
                let first = flags.next()?;
                flags.all(|flag| flag == first).then_some(first)
            }
            Self::Text { .. } => None,
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
