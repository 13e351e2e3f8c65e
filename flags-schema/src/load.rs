//! From texts to a checked [`Document`]. Reading files is the caller's business.

use crate::yaml::{self, Tree};
use crate::{
    Code, Diagnostic, Diagnostics, Document, FileId, LARGEST, Options, Overlay, SourceFile, Sources, Spanned,
    check, decode,
};
use std::collections::{HashMap, HashSet};

/// A document, and everything that is wrong with it.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// What could be read; whole when there are no errors.
    pub document: Document,
    /// Problems of all files, in the order of their positions.
    pub diagnostics: Diagnostics,
    /// The texts, for showing diagnostics.
    pub sources: Sources,
    /// Whether flags of the base file can be read without what stands around them, and nothing stands behind them.
    pub(crate) is_plain: bool,
}

/// Reads and checks a flags.yaml and the overlays that its environments name.
///
/// `read_overlay` gets the name as written in the base file, and returns the overlay's text or why there is
/// none. Takes linear time and memory, and never panics; whatever is wrong becomes a diagnostic.
///
/// # Examples
///
/// ```
/// use flags_schema::{Options, SourceFile, load};
///
/// let base = SourceFile::new("flags.yaml", "flags:\n  new-ui: { state: gradual, rollout: 25 }\n");
/// let loaded = load(base, &mut |_| Err("there are no overlays".to_owned()), &Options::default());
/// assert!(!loaded.diagnostics.has_errors());
/// assert_eq!(loaded.document.flags[0].key.value, "new-ui");
/// ```
#[must_use]
pub fn load(
    base: SourceFile,
    read_overlay: &mut dyn FnMut(&str) -> Result<SourceFile, String>,
    options: &Options,
) -> Loaded {
    let mut found = Vec::new();
    let mut sources = Sources::default();
    let left = LARGEST.saturating_sub(base.text.len());
    let tree = yaml::read(&base.text, FileId(0), &mut found);
    let (readable, is_plain) = (tree.complete, tree.ends_with_plain_block("flags"));
    let mut document = decode::document(&base.name, &tree, &mut found);
    drop(tree);
    document.ended.extend(ends(&base.text).then_some(FileId(0)));
    sources.add(base);
    let mut reader = Overlays {
        read: read_overlay,
        sources: &mut sources,
        found: &mut found,
        read_before: HashMap::new(),
        left,
    };
    let sound = reader.read_all(&mut document);
    let mut diagnostics = Diagnostics::default();
    // What is missing from half a document would be reported as unknown.
    let checked = (readable && sound).then(|| check::check_after(&document, options, &found));
    diagnostics.extend(found);
    diagnostics.extend(checked.into_iter().flat_map(Diagnostics::into_vec));
    Loaded { document, diagnostics: in_order(diagnostics), sources, is_plain }
}

/// Whether the last line that is neither blank nor a comment is YAML's end marker.
fn ends(text: &str) -> bool {
    let mut lines =
        text.lines().rev().filter(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#'));
    lines.next().is_some_and(|line| {
        line.strip_prefix("...").is_some_and(|rest| {
            rest.trim_end().is_empty() || rest.starts_with([' ', '\t']) && rest.trim_start().starts_with('#')
        })
    })
}

/// In the order of their positions, each once: what an alias repeats is no second problem.
fn in_order(diagnostics: Diagnostics) -> Diagnostics {
    let mut all = diagnostics.into_vec();
    let mut seen = HashSet::new();
    all.retain(|it| seen.insert((it.code, it.position, it.message.clone())));
    let mut diagnostics = Diagnostics::default();
    diagnostics.extend(all);
    diagnostics.sort();
    diagnostics
}

struct Overlays<'l> {
    read: &'l mut dyn FnMut(&str) -> Result<SourceFile, String>,
    sources: &'l mut Sources,
    found: &'l mut Vec<Diagnostic>,
    /// Where in the document's overlays a file was read, for environments that share one.
    read_before: HashMap<String, usize>,
    /// Bytes that further overlays may have.
    left: usize,
}

impl Overlays<'_> {
    /// Reads the overlay of each environment; `false` when one of them is no YAML.
    fn read_all(&mut self, document: &mut Document) -> bool {
        let environments: Vec<_> = document
            .environments
            .iter()
            .filter_map(|environment| Some((environment.name.value.clone(), environment.overlay.clone()?)))
            .collect();
        let objects: HashSet<String> = document
            .flags
            .iter()
            .filter(|flag| flag.value_type.is_some_and(|it| it.value.has_maps()))
            .map(|flag| flag.key.value.clone())
            .collect();
        let mut sound = true;
        for (environment, name) in environments {
            if let Some(shared) = self.read_before.get(&name.value).and_then(|at| document.overlays.get(*at))
            {
                let overlay = Overlay { environment, ..shared.clone() };
                document.overlays.push(overlay);
                continue;
            }
            let Some(source) = self.text(&name) else {
                sound = false;
                continue;
            };
            // The same file under another spelling.
            let before = document.overlays.iter();
            if let Some(at) = before.map(|it| it.file).position(|it| self.sources.get(it) == Some(&source))
                && let Some(shared) = document.overlays.get(at)
            {
                let overlay = Overlay { environment, ..shared.clone() };
                self.read_before.insert(name.value, at);
                document.overlays.push(overlay);
                continue;
            }
            match self.one(&environment, &name, source, &objects) {
                Some((overlay, file, complete)) => {
                    sound &= complete;
                    let at = document.overlays.len();
                    self.read_before.insert(name.value, at);
                    let text = self.sources.get(overlay.file).map_or("", |source| source.text.as_str());
                    document.ended.extend(ends(text).then_some(overlay.file));
                    document.overlays.push(overlay);
                    document.files.push(file);
                }
                None => sound = false,
            }
        }
        sound
    }

    /// The file that an overlay is read from, or a diagnostic that says why there is none.
    fn text(&mut self, name: &Spanned<String>) -> Option<SourceFile> {
        (self.read)(&name.value)
            .map_err(|reason| {
                let message =
                    format!("the overlay {} cannot be read: {reason}", crate::printable::quoted(&name.value));
                let help = "write a path that starts at this file's directory, or remove the key";
                self.found.push(Diagnostic::new(Code::Unreadable, name.position, message).help(help));
            })
            .ok()
    }

    fn one(
        &mut self,
        environment: &str,
        name: &Spanned<String>,
        source: SourceFile,
        objects: &HashSet<String>,
    ) -> Option<(Overlay, String, bool)> {
        let position = name.position;
        let shown = source.name.clone();
        let Some(left) = self.left.checked_sub(source.text.len()) else {
            let name = crate::printable::quoted(&name.value);
            let message = format!("with the overlay {name}, the files have more than 16 MiB together");
            let help = "split the flags over several programs, or move long lists of users out of the files";
            self.found.push(Diagnostic::new(Code::TooLarge, position, message).help(help));
            return None;
        };
        self.left = left;
        let Some(file) = self.sources.add(source) else {
            let message = "there are more than 65,536 files";
            self.found
                .push(Diagnostic::new(Code::TooLarge, name.position, message).help("use fewer overlays"));
            return None;
        };
        let text = self.sources.get(file).map_or("", |source| source.text.as_str());
        let tree: Tree<'_> = yaml::read(text, file, self.found);
        let overlay = decode::overlay(environment, &tree, &|flag| objects.contains(flag), self.found);
        Some((overlay, shown, tree.complete))
    }
}
