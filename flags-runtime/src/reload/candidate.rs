//! Documents that were read and checked: as a whole, or what is different from the one in force.

use super::FetchedDocument;
use crate::document::StoredDocument;
use crate::engine::{Engine, EngineState};
use flags_schema::{Code, ContractReport, Loaded, Options, SourceFile, Sources, load};
use sha2::{Digest, Sha256};

/// A document that was read and checked, sound or not.
pub(super) struct Candidate {
    pub(super) name: String,
    pub(super) read: Read,
}

pub(super) enum Read {
    Whole(Loaded),
    /// Sound, and one whose answers the program can give.
    Revised(Revised),
}

pub(super) struct Revised {
    pub(super) document: StoredDocument,
    /// What the contract says of it: as of the one before.
    pub(super) report: ContractReport,
    source: SourceFile,
}

impl Engine {
    /// Reads and checks what was fetched.
    pub(super) fn candidate(
        &self,
        FetchedDocument { base, mut overlays, .. }: FetchedDocument<'_>,
    ) -> Candidate {
        let name = base.name.clone();
        let state = self.state();
        let options = Options { today: state.clock.now() };
        let read = match self.revised(&state, base, &options) {
            Ok(revised) => Read::Revised(revised),
            Err(base) => Read::Whole(load(base, &mut overlays, &options)),
        };
        Candidate { name, read }
    }

    /// Reads what is different from the document in force, when that is all that has to be read; else returns the
    /// text.
    fn revised(
        &self,
        state: &EngineState,
        source: SourceFile,
        options: &Options,
    ) -> Result<Revised, SourceFile> {
        let progress = &state.reload;
        // What is kept or ignored is worked out from the whole document.
        if !state.kept.is_empty() || !progress.kept.is_empty() || !progress.ignored.is_empty() {
            return Err(source);
        }
        let revision = state.reloaded.as_ref().and_then(|document| document.revise(&source, options));
        let Some(revision) = revision.filter(|revision| self.compiled_contract().takes(&revision.changed))
        else {
            return Err(source);
        };
        let (missing, added) = (progress.missing.to_vec(), progress.added.to_vec());
        let report = ContractReport { missing, added, ..ContractReport::default() };
        Ok(Revised { document: revision.into(), report, source })
    }
}

impl Candidate {
    /// Tells whether two were read from the same texts.
    pub(super) fn digest(&self) -> [u8; 32] {
        let (sources, diagnostics) = match &self.read {
            Read::Whole(loaded) => (loaded.sources.iter().as_slice(), loaded.diagnostics.as_slice()),
            Read::Revised(revised) => (std::slice::from_ref(&revised.source), &[][..]),
        };
        let texts = sources.iter().flat_map(|source| [&source.name, &source.text]);
        // What could not be read is part of what was read.
        let unread = diagnostics.iter().filter(|it| it.code == Code::Unreadable);
        let mut digest = Sha256::new();
        for part in texts.chain(unread.map(|it| &it.message)) {
            digest.update((part.len() as u64).to_le_bytes());
            digest.update(part);
        }
        digest.finalize().into()
    }
}

impl Revised {
    /// The text, for showing diagnostics.
    pub(super) fn into_sources(self) -> Sources {
        let mut sources = Sources::default();
        sources.add(self.source);
        sources
    }
}
