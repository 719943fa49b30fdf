//! One document to check, with what the command line and its configuration say about it.
use super::Args;
use crate::{
    baseline::Baseline,
    config::{self, Config, Problem},
    input::{self, Checked, Reading, Source, Texts, Unreadable},
    rulesets::Rulesets,
    sift::{Checks, Sieve},
};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    rc::Rc,
};
use tidings_document::Severity;
use tidings_rules::{Profile, ruleset::Ruleset};

/// A document and how to check it.
pub(super) struct Job {
    path: PathBuf,
    config: Rc<Config>,
    profile: Profile,
    fail_on: Severity,
    baseline: Option<PathBuf>,
    rulesets: Vec<Ruleset>,
}

/// Documents in the order of the arguments; those that are not there stay with the reason.
pub(super) type Jobs = Vec<Result<Job, Unreadable>>;

/// What to do with each document.
pub(super) fn jobs(
    args: &Args,
    documents: Vec<Result<PathBuf, Unreadable>>,
    rulesets: &mut Rulesets,
) -> Result<Jobs, Vec<String>> {
    let paths: Vec<&Path> = documents.iter().flatten().map(PathBuf::as_path).collect();
    let found = config::find(&args.reading.config, &paths, &|path| {
        args.reading.ask_for(path)
    });
    let told = |problems: Vec<Problem>| problems.iter().map(Problem::to_string).collect::<Vec<_>>();
    let configs = found.map_err(told)?;
    for config in &configs {
        // What stands in the way of all documents is told once, before any of them is read.
        let ready = args.reading.settings(&config.more);
        ready.map_err(|error| vec![error.to_string()])?;
    }
    let mut configs = configs.into_iter();
    let mut config = || configs.next().unwrap_or_default();
    let jobs = documents.into_iter();
    Ok(jobs
        .map(|path| Ok(job(args, path?, config(), rulesets)))
        .collect())
}

/// Options win over the configuration.
fn job(args: &Args, path: PathBuf, config: Rc<Config>, rulesets: &mut Rulesets) -> Job {
    let profile = args.profile.map(Profile::from).or(config.profile);
    let fail_on = args.fail_on.map(Severity::from).or(config.fail_on);
    let named = match args.rulesets.is_empty() {
        true => &config.rulesets,
        false => &args.rulesets,
    };
    Job {
        path,
        rulesets: rulesets.read(named, &config.more),
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
        reading: &Reading,
        texts: Option<Texts>,
    ) -> Result<(Checked, Sieve), Unreadable> {
        let source = Source {
            reading,
            config: self.config.clone(),
            texts,
        };
        let checks = Checks {
            profile: self.profile,
            config: &self.config,
            rulesets: &self.rulesets,
        };
        let (mut checked, sieve) = input::check(&self.path, &source, checks)?;
        checked.fail_on = self.fail_on;
        Ok((checked, sieve))
    }

    /// Its name as the user gave it.
    pub(super) fn name(&self) -> std::path::Display<'_> {
        self.path.display()
    }
}

/// The baselines of all documents, each read once.
#[derive(Clone)]
pub(super) struct Baselines(BTreeMap<PathBuf, Baseline>);

impl Baselines {
    /// Those that are named; none where one is to be written.
    pub(super) fn read(args: &Args, jobs: &Jobs) -> anyhow::Result<Self> {
        let mut read = BTreeMap::new();
        let jobs = jobs
            .iter()
            .flatten()
            .filter(|_| args.write_baseline.is_none());
        for path in jobs.filter_map(|job| job.baseline.as_ref()) {
            if !read.contains_key(path) {
                args.reading.ask_for(path);
                read.insert(path.clone(), Baseline::read(path)?);
            }
        }
        Ok(Self(read))
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
