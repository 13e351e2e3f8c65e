//! The problems of one file while it is read.

use crate::Diagnostic;

/// Problems of one file, and how many more there were than anyone would read.
#[derive(Default)]
pub(crate) struct FileDiagnostics {
    list: Vec<Diagnostic>,
    unlisted: usize,
}

impl FileDiagnostics {
    /// A file with more problems than this is no flags.yaml; listing them all would take more memory than it.
    const MOST: usize = 1000;

    pub(crate) fn push(&mut self, diagnostic: Diagnostic) {
        if self.list.len() < Self::MOST {
            self.list.push(diagnostic);
        } else {
            self.unlisted += 1;
        }
    }

    pub(crate) const fn len(&self) -> usize {
        self.list.len()
    }

    /// Hands the problems over; the last one says how many are not listed.
    pub(crate) fn finish(mut self, to: &mut Vec<Diagnostic>) {
        if let (Some(last), 1..) = (self.list.last_mut(), self.unlisted) {
            last.help = Some(format!(
                "mend these first: {} more problems of this file are not listed",
                self.unlisted
            ));
        }
        to.append(&mut self.list);
    }
}
