//! One document to check, with what the command line and its configuration say about it.
use super::Args;
use crate::{
    baseline::Baseline,
    config::{self, Config, Problem},
    input::{self, Checked, Reading, Unreadable},
    sift::{Checks, Sieve},
};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    rc::Rc,
    sync::Arc,
};
use tidings_document::{Loader, Severity};
use tidings_rules::Profile;

/// A document and how to check it.
pub(super) struct Job {
    path: PathBuf,
    reading: Reading,
    config: Rc<Config>,
    profile: Profile,
    fail_on: Severity,
    baseline: Option<PathBuf>,
}

/// Documents in the order of the arguments; those that are not there stay with the reason.
pub(super) type Jobs = Vec<Result<Job, Unreadable>>;

/// What to do with each document, and what is worth telling about the configurations.
pub(super) fn jobs(args: &Args) -> Result<(Jobs, Vec<String>), Vec<Problem>> {
    let documents = input::documents(&args.files);
    let paths: Vec<&Path> = documents.iter().flatten().map(PathBuf::as_path).collect();
    let configs = config::find(&args.config, &paths)?;
    let notes = config::notes(&configs);
    let mut configs = configs.into_iter();
    let mut config = || configs.next().unwrap_or_default();
    let jobs = documents
        .into_iter()
        .map(|path| Ok(job(args, path?, config())))
        .collect();
    Ok((jobs, notes))
}

/// Options win over the configuration.
fn job(args: &Args, path: PathBuf, config: Rc<Config>) -> Job {
    let mut reading = args.reading.clone();
    reading.roots.extend(config.roots.iter().cloned());
    let profile = args.profile.map(Profile::from).or(config.profile);
    let fail_on = args.fail_on.map(Severity::from).or(config.fail_on);
    Job {
        path,
        reading,
        profile: profile.unwrap_or(Profile::Recommended),
        fail_on: fail_on.unwrap_or(Severity::Error),
        baseline: args.baseline.clone().or_else(|| config.baseline.clone()),
        config,
    }
}

impl Job {
    /// Reads the document and looks for what is wrong with it.
    pub(super) fn check(
        &self,
        loader: Option<Arc<dyn Loader>>,
    ) -> Result<(Checked, Sieve), Unreadable> {
        let mut reading = self.reading.clone();
        reading.loader = loader;
        let checks = Checks {
            profile: self.profile,
            config: Some(&self.config),
        };
        let (mut checked, sieve) = input::check(&self.path, &reading, checks)?;
        checked.fail_on = self.fail_on;
        Ok((checked, sieve))
    }

    /// Whether it is standard input, which can be read only once.
    pub(super) fn is_stdin(&self) -> bool {
        self.path == Path::new("-")
    }
}

/// The baselines of all documents, each read once.
#[derive(Clone)]
pub(super) struct Baselines(BTreeMap<PathBuf, Baseline>);

impl Baselines {
    pub(super) fn read(jobs: &Jobs) -> anyhow::Result<Self> {
        let mut read = BTreeMap::new();
        for path in jobs
            .iter()
            .flatten()
            .filter_map(|job| job.baseline.as_ref())
        {
            if !read.contains_key(path) {
                read.insert(path.clone(), Baseline::read(path)?);
            }
        }
        Ok(Self(read))
    }

    /// None at all: for writing one.
    pub(super) fn none() -> Self {
        Self(BTreeMap::new())
    }

    /// Takes out of a document's findings what its baseline knows.
    pub(super) fn apply(&mut self, job: &Job, checked: &mut Checked, sieve: &Sieve) {
        let path = job.baseline.as_ref();
        if let Some(baseline) = path.and_then(|path| self.0.get_mut(path)) {
            baseline.apply(checked, sieve);
        }
    }

    /// What to tell of entries that are needed no longer.
    pub(super) fn stale(&self) -> impl Iterator<Item = String> {
        let stale = self.0.values().map(|baseline| (baseline, baseline.stale()));
        stale.filter(|(_, count)| *count > 0).map(|(baseline, count)| {
            let path = baseline.path().display();
            let entries = if count == 1 { "entry is" } else { "entries are" };
            format!("{path}: {count} {entries} needed no longer; `--write-baseline {path}` drops what is not")
        })
    }
}
