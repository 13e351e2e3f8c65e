//! Documents that were cut off while they were written, and what tells of it.

use crate::{Code, Diagnostic, Document, FileId, Position, Sources};

/// Files that do not end with YAML's end marker `...` although the same files of the document in force do: an
/// error for each, since whoever writes it has not come to its end.
///
/// ```
/// use flags_schema::{Options, SourceFile, cut_off, load};
///
/// let read = |text| {
///     load(SourceFile::new("flags.yaml", text), &mut |_| Err(String::new()), &Options::default())
/// };
/// let whole = read("flags:\n  new-ui: on\n  search: on\n...\n");
/// let half = read("flags:\n  new-ui: on\n");
/// assert_eq!(cut_off(&whole.document, &half.document, &half.sources).len(), 1);
/// assert_eq!(cut_off(&half.document, &whole.document, &whole.sources), []);
/// ```
#[must_use]
pub fn cut_off(in_force: &Document, new: &Document, sources: &Sources) -> Vec<Diagnostic> {
    let marked: Vec<_> = roles(in_force).filter(|(_, file)| in_force.ended.contains(file)).collect();
    let lost = roles(new)
        .filter(|(role, file)| !new.ended.contains(file) && marked.iter().any(|(marked, _)| marked == role));
    let mut lost: Vec<FileId> = lost.map(|(_, file)| file).collect();
    lost.sort();
    lost.dedup();
    lost.into_iter().map(|file| diagnostic(file, sources)).collect()
}

/// Each file by what it is for: the base file, and overlays as the base file calls them.
fn roles(document: &Document) -> impl Iterator<Item = (Option<&str>, FileId)> {
    let overlays = document.overlays.iter().filter_map(|overlay| {
        let mut environments = document.environments.iter();
        let environment = environments.find(|environment| *environment.name == *overlay.environment)?;
        Some((Some(environment.overlay.as_ref()?.as_str()), overlay.file))
    });
    std::iter::once((None, FileId(0))).chain(overlays)
}

fn diagnostic(file: FileId, sources: &Sources) -> Diagnostic {
    let source = sources.get(file);
    let name = source.map_or("", |source| source.name.as_str());
    let lines = source.map_or(1, |source| source.text.lines().count().max(1));
    let position = Position::new(file, u32::try_from(lines).unwrap_or(u32::MAX), 1);
    let message = format!("`{name}` does not end with `...`, but the one in force does: it is cut off");
    Diagnostic::new(Code::CutOff, position, message)
        .help("write the file to its end, which is a line `...`, or rename a whole file over it")
}

/// The warning about flags that a document leaves out and the one before did not; `None` when there are none.
#[must_use]
pub fn left_out(flags: &[String]) -> Option<Diagnostic> {
    const SHOWN: usize = 10;
    let names: Vec<_> = flags.iter().take(SHOWN).map(|flag| format!("`{flag}`")).collect();
    let names = names.join(", ");
    let message = match flags.len() {
        0 => return None,
        1 => format!("the document leaves out {names}, which answers as it was compiled"),
        count if count <= SHOWN => {
            format!("the document leaves out {names}, which answer as they were compiled")
        }
        count => format!(
            "the document leaves out {names} and {} more flags, which answer as they were compiled",
            count - SHOWN
        ),
    };
    Some(
        Diagnostic::new(Code::LeftOut, None, message)
            .help("write it again, unless the program is to do without it"),
    )
}
