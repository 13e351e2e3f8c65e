//! Texts while they are edited.

use crate::change::Change;
use crate::refusal::{Refusal, RefusalKind};
use crate::sources::{SourceSet, SourceText};
use crate::tree::Path;
use flags_schema::{Document, Environments, Flag, Loaded, Options, Severity, Spanned, Value, outline};

/// Where the keys of a flag are set: in a file, at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    /// As in [`SourceText::file`].
    pub(crate) file: String,
    pub(crate) path: Path,
}

/// The texts of a document while they are edited, and the notes about the edit.
#[derive(Debug)]
pub(crate) struct Draft {
    pub(crate) sources: SourceSet,
    pub(crate) document: Document,
    pub(crate) notes: Vec<String>,
}

impl Draft {
    /// A draft of a document without errors.
    pub(crate) fn new(sources: &SourceSet) -> Result<Self, Refusal> {
        let loaded = sources.load(&Options::default());
        if loaded.diagnostics.has_errors() {
            return Err(errors("the document has errors", "correct them first", loaded));
        }
        Ok(Self { sources: sources.clone(), document: loaded.document, notes: Vec::new() })
    }

    /// A draft of a document that may have errors.
    pub(crate) fn lenient(sources: &SourceSet) -> Self {
        let document = sources.load(&Options::default()).document;
        Self { sources: sources.clone(), document, notes: Vec::new() }
    }

    /// Replaces a text; the base file's when none is named.
    pub(crate) fn replace(&mut self, file: Option<&str>, text: &str) -> Result<(), Refusal> {
        let file = file.unwrap_or(&self.sources.base().file).to_owned();
        let Some(source) = self.sources.iter_mut().find(|source| source.file == file) else {
            let known = self.sources.iter().map(|source| source.file.as_str());
            return Err(Refusal::unknown("file", &file, known));
        };
        text.clone_into(&mut source.text);
        Ok(())
    }

    /// Reads the document anew, after changes. It may have errors until the last one is made.
    pub(crate) fn refresh(&mut self) {
        self.document = self.sources.load(&Options::default()).document;
    }

    /// The document as it is now.
    ///
    /// # Errors
    /// When it has errors.
    pub(crate) fn finish(&self) -> Result<Loaded, Refusal> {
        let loaded = self.sources.load(&Options::default());
        if loaded.diagnostics.has_errors() {
            let help = "make the change another way, or in an editor";
            return Err(errors("the result would have errors", help, loaded));
        }
        Ok(loaded)
    }

    pub(crate) fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }

    /// The flag of that key, as the base file has it.
    pub(crate) fn flag(&self, key: &str) -> Result<&Flag, Refusal> {
        let known = || self.document.flags.iter().map(|flag| flag.key.as_str());
        let found = self.document.flags.iter().find(|flag| *flag.key == *key);
        found.ok_or_else(|| Refusal::unknown("flag", key, known()))
    }

    /// The flag as it is in an environment.
    pub(crate) fn effective(&self, key: &str, environment: Option<&str>) -> Result<Flag, Refusal> {
        self.flag(key)?;
        let effective = self.document.effective(environment);
        let found = effective.flags.into_iter().find(|flag| *flag.key == *key);
        found.ok_or_else(|| Refusal::invalid(format!("flag `{key}` does not exist")))
    }

    /// The overlay of an environment that is declared.
    pub(crate) fn overlay(&self, environment: &str) -> Result<Option<&str>, Refusal> {
        let known = || self.document.environments.iter().map(|it| it.name.as_str());
        match self.document.environments.iter().find(|it| *it.name == *environment) {
            Some(found) => Ok(found.overlay.as_ref().map(|overlay| overlay.as_str())),
            None => Err(Refusal::unknown("environment", environment, known())),
        }
    }

    /// Where an answer of a flag is set: in the base file, or for one environment in its overlay, or else in
    /// the flag's own `environments`.
    pub(crate) fn target(&self, flag: &str, environment: Option<&str>) -> Result<Target, Refusal> {
        let path = crate::tree::keys(["flags", flag]);
        let base = self.sources.base().file.clone();
        let declared = self.flag(flag)?;
        let Some(environment) = environment else { return Ok(Target { file: base, path }) };
        if let Some(overlay) = self.overlay(environment)? {
            return Ok(Target { file: overlay.to_owned(), path });
        }
        if let Environments::Only(_) = declared.environments {
            let help = format!("declare one: `{environment}: {{ overlay: flags.{environment}.yaml }}`");
            return Err(Refusal::invalid(format!(
                "environment `{environment}` has no overlay, and `{flag}` lists the environments in which it is on"
            ))
            .help(help));
        }
        let path = crate::tree::keys(["flags", flag, "environments", environment]);
        Ok(Target { file: base, path })
    }

    fn source(&self, file: &str) -> Option<&SourceText> {
        self.sources.iter().find(|source| source.file == file)
    }

    /// The tree of a text as it is now.
    pub(crate) fn tree(&self, file: &str) -> Option<Spanned<Value>> {
        outline(&self.source(file)?.text)
    }

    /// The files, the base file first.
    pub(crate) fn files(&self) -> Vec<String> {
        self.sources.iter().map(|source| source.file.clone()).collect()
    }

    /// Makes a change in a text.
    pub(crate) fn change(&mut self, file: &str, change: &Change) -> Result<(), Refusal> {
        let Some(source) = self.sources.iter_mut().find(|source| source.file == file) else {
            return Err(Refusal::invalid(format!("`{file}` is no file of the document")));
        };
        source.text = change.apply(&source.text).map_err(|reason| {
            Refusal::new(RefusalKind::ByHand, format!("`{}` is not changed: {reason}", source.name))
                .help("change it in an editor, then run `flags check`")
        })?;
        Ok(())
    }
}

fn errors(what: &str, help: &str, loaded: Loaded) -> Refusal {
    let errors = loaded.diagnostics.iter().filter(|it| it.severity == Severity::Error);
    let errors = errors.cloned().collect();
    Refusal::new(RefusalKind::Errors, what).help(help).with_diagnostics(errors, loaded.sources)
}
