//! Rulesets of the command line: read once, applied to every document.
use crate::input::{Checked, Reading, Unreadable};
use std::{
    collections::{BTreeMap, HashSet},
    path::{Path, PathBuf},
};
use tidings_document::{Diagnostic, Document, Settings, Severity};
use tidings_rules::{
    Profile,
    ruleset::{self, Ruleset},
};

/// The rulesets of a run.
pub(crate) struct Rulesets {
    read: Vec<Ruleset>,
    /// The files of those with which nothing is wrong.
    pub(crate) sources: Vec<Document>,
    /// What is wrong with the rulesets themselves, file by file.
    pub(crate) problems: Vec<Result<Checked, Unreadable>>,
}

impl Rulesets {
    /// Reads them all; what is wrong with one leaves the others.
    pub(crate) fn read(paths: &[PathBuf], reading: &Reading) -> Self {
        let settings = reading.settings();
        let mut rulesets = Self {
            read: Vec::new(),
            sources: Vec::new(),
            problems: Vec::new(),
        };
        for path in paths {
            rulesets.add(path, &settings);
        }
        rulesets
    }

    fn add(&mut self, path: &Path, settings: &Settings) {
        match ruleset::load(path, settings) {
            Ok(loaded) => {
                self.read.push(loaded.ruleset);
                if loaded.problems.is_empty() {
                    self.sources.push(loaded.document);
                } else {
                    self.problems.push(Ok(Checked {
                        path: path.to_owned(),
                        document: loaded.document,
                        diagnostics: loaded.problems,
                        version: None,
                        contents: None,
                    }));
                }
            }
            Err(error) => self.problems.push(Err(Unreadable {
                path: path.to_owned(),
                error,
            })),
        }
    }

    /// Whether a ruleset could not be heeded as a whole.
    pub(crate) fn are_broken(&self) -> bool {
        let is_broken = |problem: &Result<Checked, Unreadable>| {
            problem.as_ref().map_or(true, |checked| !checked.is_valid())
        };
        self.problems.iter().any(is_broken)
    }

    /// Heeds what the rulesets say about a document that was checked by the rules of a profile.
    pub(crate) fn apply(&self, checked: &mut Checked, profile: Profile) {
        for ruleset in &self.read {
            apply(ruleset, checked, profile);
        }
        checked
            .diagnostics
            .sort_by(|a, b| (a.span, a.rule.id).cmp(&(b.span, b.rule.id)));
    }
}

fn apply(ruleset: &Ruleset, checked: &mut Checked, profile: Profile) {
    let applied = ruleset.on(&checked.document);
    let severities = applied.severities();
    let mut found = std::mem::take(&mut checked.diagnostics);
    found.extend(beyond(profile, &severities, checked, &found));
    found.retain_mut(|found| {
        let said = severities.get(found.rule.id).copied();
        match applied.severity_there(found).or(said) {
            Some(Some(severity)) => {
                found.severity = severity;
                true
            }
            Some(None) => false,
            None => true,
        }
    });
    found.extend(applied.check());
    checked.diagnostics = found;
}

/// What rules find that are asked for by name, where the profile has them not, or for other versions only.
fn beyond(
    profile: Profile,
    severities: &BTreeMap<&'static str, Option<Severity>>,
    checked: &Checked,
    known: &[Diagnostic],
) -> Vec<Diagnostic> {
    let is_on = |found: &Diagnostic| severities.get(found.rule.id).is_some_and(Option::is_some);
    if profile == Profile::Strict || severities.values().all(Option::is_none) {
        return Vec::new();
    }
    let (Some(api), _) = tidings_document::read(&checked.document) else {
        return Vec::new();
    };
    let identity = |found: &Diagnostic| (found.rule.id, found.span, found.message.clone());
    let known: HashSet<_> = known.iter().map(identity).collect();
    let mut found = tidings_rules::check(&api, Profile::Strict);
    found.retain(|found| is_on(found) && !known.contains(&identity(found)));
    found
}
