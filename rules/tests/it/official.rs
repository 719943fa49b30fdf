//! What the profile `official` finds in a file, in the words of the official parser; and how agreement is counted.
use std::{collections::BTreeSet, io::Write, path::Path};

use libtest_mimic::Failed;
use tidings_document::{Settings, Severity, open, read};
use tidings_rules::{Official, OfficialView, Profile, check};

/// The findings of a file.
pub(crate) struct Findings {
    pub(crate) all: BTreeSet<Official>,
    /// Rules and messages, for people.
    pub(crate) shown: Vec<String>,
    /// Whether a file that it refers to was not there.
    pub(crate) incomplete: bool,
}

impl Findings {
    pub(crate) fn is_valid(&self) -> bool {
        !self
            .all
            .iter()
            .any(|found| found.severity == Severity::Error)
    }

    pub(crate) fn error_codes(&self) -> BTreeSet<&str> {
        let errors = self
            .all
            .iter()
            .filter(|found| found.severity == Severity::Error);
        errors.map(|found| found.code).collect()
    }
}

pub(crate) fn findings(
    file: &Path,
    settings: &Settings,
    profile: Profile,
) -> Result<Findings, Failed> {
    let (document, mut diagnostics) = open(file, settings)?;
    let (api, more) = read(&document);
    diagnostics.extend(more);
    if let Some(api) = &api {
        diagnostics.extend(check(api, profile));
    }
    let view = OfficialView::new(&document, api.as_ref().map(|api| api.version));
    let shown = diagnostics.iter().map(|found| {
        let at = document.sources().range(found.span).start;
        let (rule, severity) = (found.rule.id, found.severity.as_str());
        format!(
            "{}:{} {severity} {rule}: {}",
            at.line, at.column, found.message
        )
    });
    Ok(Findings {
        all: diagnostics
            .iter()
            .flat_map(|found| view.report(found))
            .collect(),
        shown: shown.collect(),
        incomplete: diagnostics
            .iter()
            .any(|found| found.message.ends_with("does not exist")),
    })
}

/// Settings that let references lead anywhere in a folder.
pub(crate) fn within(folder: &Path) -> Settings {
    Settings {
        roots: vec![folder.to_owned()],
        ..Settings::default()
    }
}

/// How many cases agree, and what is to be said of the others.
#[derive(Default)]
pub(crate) struct Count {
    passed: usize,
    total: usize,
    report: String,
}

impl Count {
    /// Counts a case that agrees, or one that does not, with what it says instead.
    pub(crate) fn case(&mut self, agrees: bool, report: impl FnOnce() -> String) {
        self.total += 1;
        if agrees {
            self.passed += 1;
        } else {
            self.report.push_str(&report());
            self.report.push('\n');
        }
    }

    /// Prints the one line, and what disagrees where `TIDINGS_SHOW` is set; fails below the bar.
    pub(crate) fn finish(self, name: &str, bar: f64) -> Result<(), Failed> {
        let percent = self.passed as f64 * 100.0 / self.total.max(1) as f64;
        let line = format!("{name}: {}/{} ({percent:.1} %)", self.passed, self.total);
        let show = std::env::var_os("TIDINGS_SHOW").is_some();
        let report = if show { self.report.as_str() } else { "" };
        writeln!(std::io::stderr(), "{report}{line}")?;
        if percent < bar {
            return Err(format!("{line} is below {bar} %").into());
        }
        Ok(())
    }
}
