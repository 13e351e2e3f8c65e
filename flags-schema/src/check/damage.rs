//! What could not be read, so that its consequences are not reported as mistakes of their own.

use crate::{Code, Diagnostic, Document, FileId, Position, Severity};
use std::collections::{BTreeSet, HashSet};

/// The flags, attributes and segments in which reading found errors, by where they begin.
#[derive(Default)]
pub(super) struct Damage {
    /// Where the damaged ones begin.
    beginnings: HashSet<Position>,
    /// Where each thing begins: what stands there, up to the next one.
    all: BTreeSet<Position>,
}

impl Damage {
    pub(super) fn of(document: &Document, problems: &[Diagnostic]) -> Self {
        let errors: Vec<Position> = problems
            .iter()
            .filter(|problem| problem.severity == Severity::Error)
            .filter_map(|problem| problem.position)
            .collect();
        if errors.is_empty() {
            return Self::default();
        }
        let flags = document.flags.iter().map(|flag| flag.key.position);
        let attributes = document.context.iter().flatten().map(|attribute| attribute.name.position);
        let segments = document.segments.iter().map(|segment| segment.name.position);
        let overlaid = document.overlays.iter().flat_map(|overlay| {
            let segments = overlay.segments.iter().map(|segment| segment.name.position);
            overlay.flags.iter().map(|(key, _)| key.position).chain(segments)
        });
        let all: BTreeSet<Position> = flags.chain(attributes).chain(segments).chain(overlaid).collect();
        let mut damage = Self { beginnings: HashSet::new(), all };
        damage.beginnings = errors.into_iter().filter_map(|error| damage.beginning(error)).collect();
        damage
    }

    /// Whether reading found an error in what begins there.
    pub(super) fn is_at(&self, beginning: Position) -> bool {
        self.beginnings.contains(&beginning)
    }

    /// Whether `diagnostic` says that something is missing where something could not be read.
    pub(super) fn explains(&self, diagnostic: &Diagnostic) -> bool {
        let absence = matches!(diagnostic.code, Code::MissingRollout | Code::RequiredKey);
        absence
            && diagnostic
                .position
                .and_then(|position| self.beginning(position))
                .is_some_and(|beginning| self.is_at(beginning))
    }

    /// Where that begins in which `position` lies.
    fn beginning(&self, position: Position) -> Option<Position> {
        let first = Position::new(FileId(position.file.0), 0, 0);
        self.all.range(first..=position).next_back().copied()
    }
}
