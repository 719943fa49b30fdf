//! One case while it is judged: which checks hold, what was printed, and whether that is what the lists say.
#![expect(
    clippy::print_stdout,
    reason = "the figures are the result of this test"
)]

use super::{
    pending,
    run::{self, Finding, Run},
};
use libtest_mimic::Failed;
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
};

static PASSED: AtomicUsize = AtomicUsize::new(0);
static TOTAL: AtomicUsize = AtomicUsize::new(0);
static OWED: AtomicUsize = AtomicUsize::new(0);

/// How many of the cases that ran are right in all that is asked of them, and how many checks the generator still owes.
pub(crate) fn print_figures() {
    let total = TOTAL.load(Relaxed);
    if total > 0 {
        let passed = PASSED.load(Relaxed);
        let owed = OWED.load(Relaxed);
        println!("cases: {passed}/{total}, and {owed} checks of generated code that are owed");
    }
}

/// A file or folder, and what judges it.
pub(crate) type Named = (&'static str, fn(&mut Case));

/// A case, and what was seen of it so far.
pub(crate) struct Case {
    name: String,
    /// Folder of all cases.
    folder: PathBuf,
    checks: BTreeSet<String>,
    failed: BTreeSet<String>,
    talk: String,
}

impl Case {
    pub(crate) fn new(name: String, folder: PathBuf) -> Self {
        Self {
            name,
            folder,
            checks: BTreeSet::new(),
            failed: BTreeSet::new(),
            talk: String::new(),
        }
    }

    /// Says whether something that is right holds.
    pub(crate) fn right(&mut self, check: impl Into<String>, holds: bool) {
        let check = check.into();
        if !holds {
            self.failed.insert(check.clone());
        }
        self.checks.insert(check);
    }

    /// The folder of all cases.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The case itself, or a file beside what it has.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        let path = self.folder.join(&self.name);
        if name.is_empty() {
            path
        } else {
            path.join(name)
        }
    }

    /// Line of the first place of a text in a file of the case, from 1; 0 where it is not.
    pub(crate) fn line(&self, name: &str, text: &str) -> u64 {
        let all = std::fs::read_to_string(self.file(name)).unwrap_or_default();
        let at = all.lines().position(|line| line.contains(text));
        at.map_or(0, |at| at as u64 + 1)
    }

    /// Runs the program; what it prints is shown when a check fails.
    pub(crate) fn run(&mut self, arguments: &[&str]) -> Run {
        self.run_with(arguments, "")
    }

    pub(crate) fn run_with(&mut self, arguments: &[&str], input: &str) -> Run {
        let run = run::run(arguments, input, "ulimit -t 20 && ulimit -v 2000000");
        let shown = |text: &str| text.chars().take(2000).collect::<String>();
        self.talk += &format!(
            "$ tidings {}\n{}{}\n",
            arguments.join(" "),
            shown(&run.out),
            shown(&run.err)
        );
        run
    }

    /// What `validate` finds in a file of the case, as JSON has it.
    pub(crate) fn findings(&mut self, name: &str, options: &[&str]) -> (i32, Vec<Finding>) {
        let run = self.validate(name, &[options, &["--format", "json"]].concat());
        (run.code, run::findings(&run.out))
    }

    /// What `validate` prints for people of a file of the case.
    pub(crate) fn text(&mut self, name: &str) -> Run {
        self.validate(name, &["--format", "text"])
    }

    pub(crate) fn validate(&mut self, name: &str, options: &[&str]) -> Run {
        let file = self.file(name).display().to_string();
        self.run(&[&["validate", "--isolated"], options, &[&file]].concat())
    }

    /// The page of a file of the case, or nothing where none is made.
    pub(crate) fn page(&mut self, name: &str) -> String {
        let file = self.file(name).display().to_string();
        let run = self.run(&["docs", "--isolated", &file, "-o", "-"]);
        if run.code == 0 {
            run.out
        } else {
            String::new()
        }
    }

    /// Checks payloads, one a file or in the input, against a message.
    pub(crate) fn check(&mut self, name: &str, options: &[&str], payload: &str) -> Run {
        let file = self.file(name).display().to_string();
        let arguments = ["message", "check", "--isolated", "--format", "json"];
        self.run_with(&[&arguments, options, &[&file, "-"]].concat(), payload)
    }

    /// A file of the case as it is.
    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.file(name)).unwrap_or_default()
    }

    /// Whether all checks came out as the lists say.
    pub(crate) fn end(self) -> Result<(), Failed> {
        let pending = pending::of_case(&self.name);
        let owed = pending::owed_of_case(&self.name);
        TOTAL.fetch_add(1, Relaxed);
        PASSED.fetch_add(usize::from(self.failed.is_subset(&owed)), Relaxed);
        OWED.fetch_add(owed.len(), Relaxed);
        let listed: BTreeSet<_> = pending.union(&owed).cloned().collect();
        let mut wrong = String::new();
        for check in self.failed.difference(&listed) {
            wrong += &format!("fails:     ({:?}, {check:?}),\n", self.name);
        }
        for check in listed.difference(&self.failed) {
            let why = if self.checks.contains(check) {
                "passes now, so remove it from cases/pending.rs"
            } else {
                "is listed in cases/pending.rs, but there is no such check"
            };
            wrong += &format!("{why}:     ({:?}, {check:?}),\n", self.name);
        }
        if wrong.is_empty() {
            Ok(())
        } else {
            Err(format!("{wrong}{}", self.talk).into())
        }
    }
}
