//! Edits of the file and its overlays: checked before they are written, written whole or not at all.

mod change;
mod flag;
mod scan;
mod tree;
mod write;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

pub(crate) use change::{Change, New};
pub(crate) use flag::{Place, key, remove_flag, rename_flag, set_key, set_rollout, steps, value_text};
pub(crate) use scan::{flow_map, quoted};
pub(crate) use tree::{Path, Step, at, keys, scalar, show};
pub(crate) use write::new as write_new;

use crate::args::Mode;
use crate::failure::Failure;
use crate::file::{self, File};
use crate::{Outcome, output};
use flags_schema::{Loaded, Options, Severity, SourceFile, Spanned, Value, load, outline};
use similar::{ChangeTag, TextDiff};
use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

/// The texts of a file and its overlays while they are edited.
#[derive(Debug)]
pub(crate) struct Session {
    base: PathBuf,
    warnings: Vec<String>,
    texts: Vec<Text>,
}

/// One text: as it was read, and as it is now.
#[derive(Debug)]
struct Text {
    path: PathBuf,
    before: String,
    now: String,
}

impl Session {
    /// Edits of a file that has no errors.
    pub(crate) fn new(file: &File) -> Self {
        let directory = file.directory();
        let overlays =
            file.document().environments.iter().filter_map(|environment| environment.overlay.as_ref());
        let mut texts: Vec<Text> = Vec::new();
        let paths =
            std::iter::once(file.path.clone()).chain(overlays.map(|name| file::beside(directory, name)));
        for path in paths {
            let shown = file::shown(&path);
            let source = file.loaded.sources.iter().find(|source| source.name == shown);
            if let Some(source) = source.filter(|_| texts.iter().all(|text| text.path != path)) {
                texts.push(Text { path, before: source.text.clone(), now: source.text.clone() });
            }
        }
        Self { base: file.path.clone(), warnings: warnings(&file.loaded), texts }
    }

    /// The paths of the texts, the base file first.
    pub(crate) fn paths(&self) -> Vec<PathBuf> {
        self.texts.iter().map(|text| text.path.clone()).collect()
    }

    /// The tree of a text as it is now.
    pub(crate) fn tree(&self, path: &PathBuf) -> Option<Spanned<Value>> {
        outline(&self.texts.iter().find(|text| text.path == *path)?.now)
    }

    /// A text as it is now.
    #[cfg(test)]
    fn text(&self, path: &PathBuf) -> &str {
        self.texts.iter().find(|text| text.path == *path).map_or("", |text| text.now.as_str())
    }

    /// Makes a change in a text.
    pub(crate) fn change(&mut self, path: &PathBuf, change: &Change) -> Result<(), Failure> {
        let Some(text) = self.texts.iter_mut().find(|text| text.path == *path) else {
            return Err(Failure::new(format!("`{}` was not read", path.display())));
        };
        text.now = change.apply(&text.now).map_err(|refusal| {
            Failure::new(format!("`{}` is not changed: {refusal}", path.display()))
                .help("change it in an editor, then run `flags check`")
        })?;
        Ok(())
    }

    /// Shows the difference, checks the result, and writes it when that is wanted.
    pub(crate) fn finish(self, mode: Mode) -> Result<Outcome, Failure> {
        if self.texts.iter().all(|text| text.now == text.before) {
            output::tell("there is nothing to change");
            return Ok(Outcome::Clean);
        }
        output::print(&self.difference())?;
        let loaded = self.check();
        if loaded.diagnostics.has_errors() {
            let errors = loaded.diagnostics.iter().filter(|it| it.severity == Severity::Error);
            output::tell(&crate::command::rendered(errors, &loaded.sources));
            return Err(Failure::new("the result would have errors: nothing is written")
                .help("make the change another way, or in an editor"));
        }
        let fresh = warnings(&loaded);
        for warning in fresh.iter().filter(|warning| !self.warnings.contains(warning)) {
            output::tell(&format!("note: the result has a warning: {warning}"));
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
            if !output::ask("write this?") {
                output::tell("nothing is written");
                return Ok(Outcome::Findings);
            }
        }
        self.write()?;
        Ok(Outcome::Clean)
    }

    fn write(&self) -> Result<(), Failure> {
        let changed: Vec<&Text> = self.texts.iter().filter(|text| text.now != text.before).collect();
        for text in &changed {
            if fs::read(&text.path).ok().as_deref() != Some(text.before.as_bytes()) {
                return Err(Failure::new(format!("`{}` has changed meanwhile", text.path.display()))
                    .help("run the command again"));
            }
        }
        let texts: Vec<_> = changed.iter().map(|text| (text.path.as_path(), text.now.as_str())).collect();
        write::all(&texts)
    }

    /// What the texts as they are now would be read as.
    pub(crate) fn check(&self) -> Loaded {
        let directory = file::directory(&self.base).to_owned();
        let texts: HashMap<&PathBuf, &str> =
            self.texts.iter().map(|text| (&text.path, text.now.as_str())).collect();
        let base = texts.get(&self.base).copied().unwrap_or_default();
        let mut read = |name: &str| {
            let path = file::beside(&directory, name);
            match texts.get(&path) {
                Some(text) => Ok(SourceFile::new(file::shown(&path), *text)),
                None => Err("it was not there before".to_owned()),
            }
        };
        load(SourceFile::new(file::shown(&self.base), base), &mut read, &Options::default())
    }

    fn difference(&self) -> String {
        let mut out = String::new();
        for text in self.texts.iter().filter(|text| text.now != text.before) {
            out.push_str(&difference(&file::shown(&text.path), &text.before, &text.now));
        }
        out
    }
}

fn warnings(loaded: &Loaded) -> Vec<String> {
    let warnings = loaded.diagnostics.iter().filter(|it| it.severity == Severity::Warning);
    warnings.map(|warning| warning.message.clone()).collect()
}

/// A unified diff with colours.
fn difference(name: &str, before: &str, now: &str) -> String {
    use clap::builder::styling::{AnsiColor, Style};
    const GONE: Style = AnsiColor::Red.on_default();
    const NEW: Style = AnsiColor::Green.on_default();
    const PLACE: Style = AnsiColor::Cyan.on_default();
    let diff = TextDiff::from_lines(before, now);
    let mut out = format!("--- {name}\n+++ {name}\n");
    for hunk in diff.unified_diff().context_radius(2).iter_hunks() {
        // Writing to a string cannot fail.
        let _ = writeln!(out, "{PLACE}{}{PLACE:#}", hunk.header());
        for change in hunk.iter_changes() {
            let (sign, style) = match change.tag() {
                ChangeTag::Delete => ('-', GONE),
                ChangeTag::Insert => ('+', NEW),
                ChangeTag::Equal => (' ', Style::new()),
            };
            let line = change.value().trim_end_matches(['\n', '\r']);
            let _ = writeln!(out, "{style}{sign}{line}{style:#}");
        }
    }
    out
}
