//! What an edit makes of a document.

use crate::answers::EnvironmentAnswer;
use crate::impact::{Impact, compare};
use crate::refusal::Refusal;
use crate::sources::SourceSet;
use flags_schema::{Diagnostic, Document, Timestamp};

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
    pub fn impact(&self, at: Timestamp) -> Result<Impact, Refusal> {
        compare(&self.before, &self.after, None, at)
    }
}
