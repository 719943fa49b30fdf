//! Rulesets that the command line or the configuration names: each read once.
use crate::input::{Checked, Reading, Unreadable};
use std::path::{Path, PathBuf};
use tidings_config::More;
use tidings_document::{Document, Settings, Severity};
use tidings_rules::ruleset::{self, Ruleset};

/// The rulesets of a run.
pub(crate) struct Rulesets<'r> {
    reading: &'r Reading,
    /// Those that were read, by their names and what they may lead into; nothing where that failed.
    read: Vec<(PathBuf, More, Option<Ruleset>)>,
    /// The files of those with which nothing is wrong.
    pub(crate) sources: Vec<Document>,
    /// What is wrong with the rulesets themselves, file by file.
    pub(crate) problems: Vec<Result<Checked, Unreadable>>,
}

impl<'r> Rulesets<'r> {
    pub(crate) fn new(reading: &'r Reading) -> Self {
        Self {
            reading,
            read: Vec::new(),
            sources: Vec::new(),
            problems: Vec::new(),
        }
    }

    /// The rulesets of these files; what is wrong with one leaves the others.
    pub(crate) fn read(&mut self, paths: &[PathBuf], more: &More) -> Vec<Ruleset> {
        let read = paths.iter().filter_map(|path| self.read_one(path, more));
        read.collect()
    }

    fn read_one(&mut self, path: &Path, more: &More) -> Option<Ruleset> {
        let mut known = self.read.iter();
        if let Some((.., known)) = known.find(|(name, other, _)| name == path && other == more) {
            return known.clone();
        }
        // Who names a ruleset trusts it, and rulesets are often hidden files.
        let settings = self.reading.settings(more).map(|settings| Settings {
            hidden: true,
            ..settings
        });
        let loaded = settings.and_then(|settings| ruleset::load(path, &settings));
        let read = match loaded {
            Ok(loaded) => {
                if loaded.problems.is_empty() {
                    self.sources.push(loaded.document);
                } else {
                    self.report(Ok(Checked {
                        path: path.to_owned(),
                        document: loaded.document.into(),
                        diagnostics: loaded.problems,
                        suppressed: Vec::new(),
                        left_out: Vec::new(),
                        fail_on: Severity::Error,
                        version: None,
                        contents: None,
                    }));
                }
                Some(loaded.ruleset)
            }
            Err(error) => {
                self.report(Err(Unreadable {
                    path: path.to_owned(),
                    error,
                }));
                None
            }
        };
        self.read
            .push((path.to_owned(), more.clone(), read.clone()));
        read
    }

    /// Several configurations may lead to one ruleset: what is wrong with it is told once.
    fn report(&mut self, problem: Result<Checked, Unreadable>) {
        let name = |problem: &Result<Checked, Unreadable>| match problem {
            Ok(checked) => checked.path.clone(),
            Err(unreadable) => unreadable.path.clone(),
        };
        let new = name(&problem);
        if !self.problems.iter().any(|known| name(known) == new) {
            self.problems.push(problem);
        }
    }

    /// Whether a ruleset could not be heeded as a whole.
    pub(crate) fn are_broken(&self) -> bool {
        let is_broken = |problem: &Result<Checked, Unreadable>| {
            problem.as_ref().map_or(true, |checked| !checked.is_valid())
        };
        self.problems.iter().any(is_broken)
    }
}
