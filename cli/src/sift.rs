//! Which findings of a document are shown, and how much each weighs: the profile, the configuration and the document's own ignores.
use crate::config::{Config, Level, Levels};
use tidings_document::{Diagnostic, Document, Span, api::Version};
use tidings_rules::{Profile, Rule, is_essential, looks_for};

/// A finding that is known and not shown.
#[derive(Debug)]
pub(crate) struct Suppressed {
    pub(crate) finding: Diagnostic,
    pub(crate) by: By,
}

/// What keeps a finding from being shown.
#[derive(Debug)]
pub(crate) enum By {
    /// The document, with this reason.
    Ignore(String),
    /// The baseline.
    Baseline,
}

/// What of a document's findings is shown.
pub(crate) struct Sieve {
    profile: Profile,
    /// The weights of the rules in each file.
    levels: Vec<Levels>,
}

impl Sieve {
    pub(crate) fn new(document: &Document, profile: Profile, config: &Config) -> Self {
        let sources = document.sources();
        let levels = sources.iter().map(|file| config.levels(sources.path(file)));
        Self {
            profile,
            levels: levels.collect(),
        }
    }

    /// Whether a rule is given a weight somewhere in the document.
    pub(crate) fn names(&self, rule: &Rule) -> bool {
        let weighs = |levels: &Levels| matches!(levels.of(rule), Some(Level::Weighs(_)));
        self.levels.iter().any(weighs)
    }

    /// Whether a finding of a rule in the document would be shown.
    pub(crate) fn looks_for(&self, rule: &Rule, version: Option<Version>) -> bool {
        match self.levels.first().and_then(|levels| levels.of(rule)) {
            Some(Level::Off) => false,
            Some(Level::Weighs(_)) => true,
            None => version.is_none_or(|version| looks_for(rule, self.profile, version)),
        }
    }

    /// The findings that are shown, in the order of their places, and those that the document ignores.
    pub(crate) fn sift(
        &self,
        document: &Document,
        findings: Vec<Diagnostic>,
        version: Option<Version>,
    ) -> (Vec<Diagnostic>, Vec<Suppressed>) {
        let weighed = findings.into_iter().filter_map(|found| self.weigh(found));
        let state = |id: &str| Some(self.looks_for(tidings_rules::find(id)?, version));
        let sifted = tidings_rules::sift(document, weighed.collect(), &state);
        let mut shown = sifted.kept;
        shown.extend(
            sifted
                .about
                .into_iter()
                .filter_map(|found| self.weigh(found)),
        );
        shown.sort_by(|a, b| place(a).cmp(&place(b)));
        let ignored = sifted.ignored.into_iter().map(|ignored| Suppressed {
            finding: ignored.finding,
            by: By::Ignore(ignored.reason),
        });
        (shown, ignored.collect())
    }

    /// The finding as heavy as it is in its file, unless it is not to be shown.
    fn weigh(&self, mut found: Diagnostic) -> Option<Diagnostic> {
        if is_essential(found.rule) {
            return Some(found);
        }
        let levels = self.levels.get(found.span.file.0 as usize);
        match levels.and_then(|levels| levels.of(found.rule)) {
            Some(Level::Off) => None,
            Some(Level::Weighs(severity)) => {
                found.severity = severity;
                Some(found)
            }
            None => (found.rule.profile <= self.profile).then_some(found),
        }
    }
}

fn place(found: &Diagnostic) -> (Span, &'static str) {
    (found.span, found.rule.id)
}
