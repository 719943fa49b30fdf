//! Which findings of a document are shown, and how much each weighs: the profile, rulesets, the configuration and the document's own ignores.
use crate::config::{Config, Level, Levels};
use std::collections::BTreeMap;
use tidings_document::{Diagnostic, Document, Severity, Span, api::Version};
use tidings_rules::{
    Profile, Rule, is_essential, is_governance, looks_for,
    ruleset::{Applied, Ruleset},
};

/// What to look for in a document.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Checks<'c> {
    pub(crate) profile: Profile,
    pub(crate) config: &'c Config,
    pub(crate) rulesets: &'c [Ruleset],
}

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

/// The findings of a document, sorted by what becomes of them.
pub(crate) struct Sifted {
    /// In the order of their places.
    pub(crate) shown: Vec<Diagnostic>,
    pub(crate) suppressed: Vec<Suppressed>,
    /// What only the profile `strict` shows.
    pub(crate) left_out: Vec<Diagnostic>,
}

/// What becomes of a finding, ignores aside.
enum Fate {
    Shown(Diagnostic),
    LeftOut(Diagnostic),
    Off,
}

/// What of a document's findings is shown.
pub(crate) struct Sieve {
    profile: Profile,
    /// The weights of the rules in each file.
    levels: Vec<Levels>,
    /// What rulesets say about our rules: a weight, or nothing for off.
    said: BTreeMap<&'static str, Option<Severity>>,
    /// The rules of rulesets, and whether they are looked for.
    theirs: BTreeMap<String, bool>,
}

impl Sieve {
    /// Of several rulesets the later ones win, over all of them the configuration.
    pub(crate) fn new(document: &Document, checks: Checks<'_>, rulesets: &[Applied<'_>]) -> Self {
        let sources = document.sources();
        let levels = sources
            .iter()
            .map(|file| checks.config.levels(sources.path(file)));
        Self {
            profile: checks.profile,
            levels: levels.collect(),
            said: rulesets.iter().flat_map(Applied::severities).collect(),
            theirs: rulesets
                .iter()
                .flat_map(Applied::own_rules)
                .map(|(name, is_on)| (name.to_owned(), is_on))
                .collect(),
        }
    }

    /// Whether to look for all that a rule knows, whatever the profile: it is given a weight somewhere in the document, or what is
    /// left out is counted.
    pub(crate) fn names(&self, rule: &Rule) -> bool {
        let weighs = |levels: &Levels| matches!(levels.of(rule), Some(Level::Weighs(_)));
        self.counts(rule)
            || self.said.get(rule.id).is_some_and(Option::is_some)
            || self.levels.iter().any(weighs)
    }

    /// Whether findings of a rule are counted though the profile leaves them out: of the default one, which says what `strict` has besides.
    fn counts(&self, rule: &Rule) -> bool {
        self.profile == Profile::Recommended && !self.holds(rule)
    }

    /// Whether the profile shows the findings of a rule.
    fn holds(&self, rule: &Rule) -> bool {
        let is_left_out = self.profile == Profile::Recommended && is_governance(rule);
        rule.profile <= self.profile && !is_left_out
    }

    /// Whether a finding of a rule in the document would be shown; nothing where no rule has this name.
    pub(crate) fn looks_for_named(&self, id: &str, version: Option<Version>) -> Option<bool> {
        match tidings_rules::find(id) {
            Some(rule) => Some(self.looks_for(rule, version)),
            None => self.theirs.get(id).copied(),
        }
    }

    fn looks_for(&self, rule: &Rule, version: Option<Version>) -> bool {
        match self.levels.first().and_then(|levels| levels.of(rule)) {
            Some(Level::Off) => false,
            Some(Level::Weighs(_)) => true,
            None => match self.said.get(rule.id) {
                Some(said) => said.is_some(),
                None => version.is_none_or(|version| looks_for(rule, self.profile, version)),
            },
        }
    }

    /// What is shown, what the document ignores, and what the profile leaves out.
    pub(crate) fn sift(
        &self,
        document: &Document,
        rulesets: &[Applied<'_>],
        findings: Vec<Diagnostic>,
        version: Option<Version>,
    ) -> Sifted {
        let (mut weighed, mut left_out) = (Vec::new(), Vec::new());
        for found in findings {
            match self.weigh(found, rulesets) {
                Fate::Shown(found) => weighed.push(found),
                Fate::LeftOut(found) => left_out.push(found),
                Fate::Off => {}
            }
        }
        let state = |id: &str| self.looks_for_named(id, version);
        let sifted = tidings_rules::sift(document, weighed, &state);
        let mut shown = sifted.kept;
        for found in sifted.about {
            if let Fate::Shown(found) = self.weigh(found, rulesets) {
                shown.push(found);
            }
        }
        shown.sort_by(|a, b| place(a).cmp(&place(b)));
        let ignored = sifted.ignored.into_iter().map(|ignored| Suppressed {
            finding: ignored.finding,
            by: By::Ignore(ignored.reason),
        });
        if !left_out.is_empty() {
            left_out = tidings_rules::sift(document, left_out, &|_| Some(false)).kept;
        }
        Sifted {
            shown,
            suppressed: ignored.collect(),
            left_out,
        }
    }

    /// The finding as heavy as it is in its file, unless it is not to be shown.
    fn weigh(&self, mut found: Diagnostic, rulesets: &[Applied<'_>]) -> Fate {
        if is_essential(found.rule) {
            return Fate::Shown(found);
        }
        let levels = self.levels.get(found.span.file.0 as usize);
        let configured = levels.and_then(|levels| levels.of(found.rule));
        let there = || {
            rulesets
                .iter()
                .rev()
                .find_map(|set| set.severity_there(&found))
        };
        let severity = match configured {
            Some(Level::Off) => None,
            Some(Level::Weighs(severity)) => Some(severity),
            None => match there().or_else(|| self.said.get(found.rule.id).copied()) {
                Some(said) => said,
                None if self.holds(found.rule) => return Fate::Shown(found),
                None if self.counts(found.rule) => return Fate::LeftOut(found),
                None => None,
            },
        };
        match severity {
            Some(severity) => found.severity = severity,
            None => return Fate::Off,
        }
        Fate::Shown(found)
    }
}

fn place(found: &Diagnostic) -> (Span, &'static str) {
    (found.span, found.rule.id)
}
