//! Edits of the file and its overlays: shown, checked, and written whole or not at all.

use crate::args::Mode;
use crate::failure::Failure;
use crate::file::{self, File};
use crate::lock::Lock;
use crate::outcome::Outcome;
use crate::output;
use crate::write::{self, Replacement};
use flags_edit::{Edit, EditedFile, EnvironmentAnswer, Refusal, SourceSet};
use flags_schema::Diagnostic;
use flags_schema::printable::escaped;
use similar::{ChangeTag, TextDiff};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// A file and its overlays while they are edited, locked against others who edit them.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) file: File,
    before: SourceSet,
    sources: SourceSet,
    answers: Vec<EnvironmentAnswer>,
    warnings: Vec<Diagnostic>,
    /// Given back while somebody is asked: nobody else shall wait for an answer.
    lock: Option<Lock>,
}

impl Session {
    /// Edits of a file that has no errors: locked, then read.
    pub(crate) fn open(path: Option<&Path>) -> Result<Self, Failure> {
        let path = match path {
            Some(path) => path.to_owned(),
            None => file::find()?,
        };
        let lock = Lock::of(&path)?;
        let file = File::sound(Some(&path))?;
        let before = sources(&file);
        let sources = before.clone();
        Ok(Self { file, before, sources, answers: Vec::new(), warnings: Vec::new(), lock: Some(lock) })
    }

    /// Makes an edit, and tells what a person should know of it.
    pub(crate) fn apply(&mut self, edit: &Edit) -> Result<(), Refusal> {
        let edited = edit.apply(&self.sources)?;
        for note in &edited.notes {
            match note.split_once("\n  help: ") {
                Some((text, help)) => output::note(text, help),
                None => output::tell(&format!("note: {note}")),
            }
        }
        self.sources = edited.sources;
        self.answers = edited.answers;
        self.warnings.extend(edited.diagnostics);
        Ok(())
    }

    /// Shows the difference, and writes the result when that is wanted.
    pub(crate) fn finish(mut self, mode: Mode) -> Result<Outcome, Failure> {
        let files = self.changed();
        if files.is_empty() {
            output::tell("there is nothing to change");
            return Ok(Outcome::Clean);
        }
        for file in &files {
            output::print_styled(&difference(file))?;
        }
        // Of a new flag, or one that is gone, the difference says it all.
        if self
            .answers
            .iter()
            .any(|answer| answer.changes() && answer.before.is_some() && answer.after.is_some())
        {
            output::print(&table(&self.answers))?;
        }
        for warning in &self.warnings {
            output::tell(&format!("note: the result has a warning: {}", warning.message));
        }
        if mode.dry_run {
            output::tell("nothing is written: this is a dry run");
            return Ok(Outcome::Clean);
        }
        if !mode.yes {
            if !output::can_ask() {
                return Err(Failure::usage("nothing is written: there is no terminal to ask")
                    .help("pass `--yes` to write, or `--dry-run` to look only"));
            }
            if !self.ask("write this?")? {
                output::tell("nothing is written");
                return Ok(Outcome::Findings);
            }
        }
        self.write(&files)?;
        Ok(Outcome::Clean)
    }

    /// Asks a question. What others write while it is answered is noticed before anything is written.
    pub(crate) fn ask(&mut self, question: &str) -> Result<bool, Failure> {
        self.lock = None;
        let answer = output::ask(question);
        self.lock = Some(Lock::of(&self.file.path)?);
        Ok(answer)
    }

    fn changed(&self) -> Vec<EditedFile> {
        EditedFile::between(&self.before, &self.sources)
    }

    fn write(&self, files: &[EditedFile]) -> Result<(), Failure> {
        let path = |name: &str| -> PathBuf {
            if *name == self.before.base().file {
                self.file.path.clone()
            } else {
                file::beside(self.file.directory(), name)
            }
        };
        for source in self.before.iter() {
            // Editors know nothing of the lock; and what the checks have read must still be so.
            let path = path(&source.file);
            if fs::read(&path).ok().as_deref() != Some(source.text.as_bytes()) {
                return Err(Failure::new(format!("`{}` has changed meanwhile", path.display()))
                    .help("run the command again"));
            }
        }
        // An overlay must not name what the base file does not have: the base file comes last.
        let paths: Vec<PathBuf> = files.iter().rev().map(|file| path(&file.file)).collect();
        if self.lock.as_ref().is_some_and(Lock::is_held) {
            for path in &paths {
                write::clean(path);
            }
        }
        let texts: Vec<Replacement<'_>> = (files.iter().rev().zip(&paths))
            .map(|(file, path)| Replacement { path, before: &file.before, after: &file.after })
            .collect();
        write::all(&texts)
    }
}

/// The texts of a file that was read.
fn sources(file: &File) -> SourceSet {
    let text = |path: &Path| {
        let shown = file::shown(path);
        let source = file.loaded.sources.iter().find(|source| source.name == shown)?;
        Some((shown, source.text.clone()))
    };
    let (name, base) = text(&file.path).unwrap_or_default();
    let overlays = file.document().environments.iter().filter_map(|it| it.overlay.as_ref());
    overlays.fold(SourceSet::new(name, base), |sources, overlay| {
        match text(&file::beside(file.directory(), overlay)) {
            Some((name, text)) => sources.with_overlay_named(overlay.as_str(), name, text),
            None => sources,
        }
    })
}

/// What each environment answers before and after: nothing where there are no environments.
pub(crate) fn table(answers: &[EnvironmentAnswer]) -> String {
    let rows: Vec<Vec<String>> = answers
        .iter()
        .filter_map(|answer| {
            let shown = |state: &Option<String>| state.clone().unwrap_or_else(|| "-".to_owned());
            Some(vec![answer.environment.clone()?, shown(&answer.before), shown(&answer.after)])
        })
        .collect();
    if rows.is_empty() { String::new() } else { output::table(&["environment", "before", "after"], rows) }
}

/// A unified diff with colours.
fn difference(file: &EditedFile) -> String {
    use clap::builder::styling::{AnsiColor, Style};
    const GONE: Style = AnsiColor::Red.on_default();
    const NEW: Style = AnsiColor::Green.on_default();
    const HUNK: Style = AnsiColor::Cyan.on_default();
    let diff = TextDiff::from_lines(&file.before, &file.after);
    let mut out = format!("--- {name}\n+++ {name}\n", name = escaped(&file.name));
    for hunk in diff.unified_diff().context_radius(2).iter_hunks() {
        // Writing to a string cannot fail.
        let _ = writeln!(out, "{HUNK}{}{HUNK:#}", hunk.header());
        for change in hunk.iter_changes() {
            let (sign, style) = match change.tag() {
                ChangeTag::Delete => ('-', GONE),
                ChangeTag::Insert => ('+', NEW),
                ChangeTag::Equal => (' ', Style::new()),
            };
            let line = change.value().trim_end_matches(['\n', '\r']);
            let line = escaped(line);
            let _ = writeln!(out, "{style}{sign}{line}{style:#}");
        }
    }
    out
}
