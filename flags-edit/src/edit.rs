//! Edits as data, and what becomes of them.

use crate::answers::answers;
use crate::create::{NewFlag, create, refuse_existing};
use crate::draft::Draft;
use crate::edited::{Edited, EditedFile};
use crate::environments::set_environments;
use crate::flag::{remove_flag, rename_flag, set_key, steps, value_text};
use crate::reach::targets;
use crate::refusal::Refusal;
use crate::rule::{self, RuleOrder, RuleText};
use crate::scan::quoted;
use crate::scope::Scope;
use crate::segment::{self, SegmentChange, SegmentText};
use crate::sources::SourceSet;
use crate::switch::{Wanted, switch};
use crate::tree::at;
use crate::weights::{VariantWeight, set_weights};
use crate::{members, percent};
use flags_schema::{Diagnostic, Document, Flag, FlagState, Options, Percent, Severity};
use serde::{Deserialize, Serialize};

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
            Self::Set { flag, path, value, scope } => set(draft, flag, path, value, scope),
            Self::Users { flag, add, remove, variant, scope } => {
                members::of_flag(draft, flag, (add, remove), variant.as_deref(), scope)
            }
            Self::Weights { flag, weights, scope } => set_weights(draft, flag, weights, scope),
            Self::Environments { flag, only } => set_environments(draft, flag, only.as_deref()),
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

/// Sets one key of a flag.
fn set(draft: &mut Draft, flag: &str, path: &str, value: &str, scope: &Scope) -> Result<(), Refusal> {
    let value = value_text(value)?;
    let first = path.split('.').next().unwrap_or(path);
    for target in targets(draft, flag, first, scope)? {
        let root = draft.tree(&target.file);
        let written = root.as_ref().and_then(|root| at(root, &target.path));
        let path = steps(path, written);
        if path.is_empty() {
            return Err(Refusal::invalid("an empty key sets nothing").help("name a key of the flag"));
        }
        set_key(draft, &target, &path, &value)?;
    }
    Ok(())
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
