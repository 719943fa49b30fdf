//! A document that was checked, and what is counted of its findings.
use crate::sift::{By, Suppressed};
use std::{path::PathBuf, sync::Arc};
use tidings_document::{Diagnostic, Document, Severity, api::Version};

/// A document and everything that is wrong with it.
pub(crate) struct Checked {
    /// Its name as the user gave it.
    pub(crate) path: PathBuf,
    /// The document, for places and pointers.
    pub(crate) document: Arc<Document>,
    /// Findings in the order of their places.
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// Findings that are known and not shown.
    pub(crate) suppressed: Vec<Suppressed>,
    /// Findings that only the profile `strict` shows.
    pub(crate) left_out: Vec<Diagnostic>,
    /// The least severity that fails.
    pub(crate) fail_on: Severity,
    /// Version of the specification; `None` when too little of the document could be read.
    pub(crate) version: Option<Version>,
    /// What the document holds, in a few words; `None` likewise.
    pub(crate) contents: Option<String>,
}

impl Checked {
    /// How many findings weigh so much.
    pub(crate) fn count(&self, severity: Severity) -> usize {
        self.diagnostics
            .iter()
            .filter(|finding| finding.severity == severity)
            .count()
    }

    /// How many findings can be mended for certain.
    pub(crate) fn fixable(&self) -> usize {
        let sources = self.document.sources();
        let fixes = self
            .diagnostics
            .iter()
            .filter_map(|found| found.fix.as_ref());
        fixes.filter(|fix| fix.edits(sources).is_some()).count()
    }

    /// How many findings the document itself says to leave out.
    pub(crate) fn ignored(&self) -> usize {
        let by_itself = |hidden: &&Suppressed| matches!(hidden.by, By::Ignore(_));
        self.suppressed.iter().filter(by_itself).count()
    }

    /// Whether a finding weighs enough to fail.
    pub(crate) fn fails(&self) -> bool {
        let mut findings = self.diagnostics.iter();
        findings.any(|found| found.severity >= self.fail_on)
    }

    /// Whether there is no error.
    pub(crate) fn is_valid(&self) -> bool {
        self.count(Severity::Error) == 0
    }
}
