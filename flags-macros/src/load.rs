//! Reading the document and its overlays from the disk.

use crate::args::Origin;
use crate::host::Host;
use crate::locate::{self, Location};
use flags_schema::{DocumentFiles, FileText, Loaded, Options, SourceFile};
use std::path::PathBuf;

/// A document that was read, with its location and the files that it came from.
pub(crate) struct LoadedDocument {
    /// The document and what is wrong with it.
    pub(crate) loaded: Loaded,
    /// Where it is.
    pub(crate) location: Location,
    /// The files that the expansion depends on.
    pub(crate) files: Vec<PathBuf>,
}

/// Reads the document of `flags!(…)`. `Err` is the fact and the help when there is no document at all.
pub(crate) fn read(origin: &Origin, host: &Host) -> Result<LoadedDocument, (String, String)> {
    let location = locate::locate(origin, host).map_err(|tried| tried.message())?;
    let mut files = Vec::new();
    let mut reader = DocumentFiles::new(location.path.as_path());
    let name = locate::display(&location.path, &location.root);
    let base = match origin {
        Origin::Inline(text) => SourceFile::new("inline", text.as_str()),
        Origin::Search | Origin::Path(_) => {
            let base = reader.read_base().map_err(|why| {
                (
                    format!("`{name}` cannot be read: {why}"),
                    "make it a readable text file in UTF-8".to_owned(),
                )
            })?;
            files.push(location.path.clone());
            SourceFile::new(name, base.text)
        }
    };
    files.extend(location.manifest.clone());
    let mut overlay = |name: &str| -> Result<SourceFile, String> {
        let FileText { path, text } = reader.read_overlay(name).map_err(|why| why.to_string())?;
        let shown = locate::display(&path, &location.root);
        files.push(path);
        Ok(SourceFile::new(shown, text))
    };
    let loaded = flags_schema::load(base, &mut overlay, &Options { today: host.today });
    Ok(LoadedDocument { loaded, location, files })
}
