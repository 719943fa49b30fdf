//! Why nothing was made of a document, and what else is told of it, in lines that editors know how to open.
use std::{
    fmt::{self, Debug, Display, Formatter},
    path::Path,
};
use tidings_config::Problem;
use tidings_document::{Diagnostic, OpenError, Severity, Sources, plain_line};

/// Why nothing was made.
///
/// It shows itself in the same words wherever it is shown: a `main` that returns it prints it as what is wrong with the document.
#[derive(Clone, PartialEq, Eq)]
pub struct Failure {
    summary: String,
    findings: Vec<String>,
}

impl Failure {
    /// A reason of which nothing more is to be said.
    pub(crate) fn because(reason: impl Into<String>) -> Self {
        Self {
            summary: plain_line(&reason.into()),
            findings: Vec::new(),
        }
    }

    pub(crate) fn unreadable(error: &OpenError) -> Self {
        Self::because(error.to_string())
    }

    pub(crate) fn misconfigured(problems: &[Problem]) -> Self {
        Self {
            findings: problems.iter().map(ToString::to_string).collect(),
            ..Self::because("the configuration cannot be used")
        }
    }

    /// What is wrong with a document, all of it, where there is an error among it.
    pub(crate) fn of(document: &Path, sources: &Sources, found: &[Diagnostic]) -> Option<Self> {
        let is_error = |found: &&Diagnostic| found.severity == Severity::Error;
        let errors = found.iter().filter(is_error).count();
        let several = if errors == 1 { "" } else { "s" };
        let summary = format!("`{}` has {errors} error{several}", document.display());
        (errors > 0).then(|| Self {
            findings: lines(sources, found).collect(),
            ..Self::because(summary)
        })
    }

    /// What is wrong, one line each, with file, line and column; nothing where all is said by the reason.
    #[must_use]
    pub fn findings(&self) -> &[String] {
        &self.findings
    }

    /// The reason in a few words.
    #[must_use]
    pub fn summary(&self) -> &str {
        &self.summary
    }
}

impl Display for Failure {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}; nothing was generated", self.summary)?;
        self.findings
            .iter()
            .try_for_each(|line| write!(f, "\n  {line}"))
    }
}

impl Debug for Failure {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Display::fmt(self, f)
    }
}

impl std::error::Error for Failure {}

/// What is worth telling, one line each.
pub(crate) fn lines(sources: &Sources, found: &[Diagnostic]) -> impl Iterator<Item = String> {
    let told = found.iter().filter(|found| found.severity > Severity::Info);
    told.map(|found| line(sources, found))
}

/// As the command line says it in one line, and how to mend it.
fn line(sources: &Sources, found: &Diagnostic) -> String {
    let start = sources.range(found.span).start;
    let mut text = format!(
        "{}:{}:{}: {}[{}] {}",
        sources.path(found.span.file).display(),
        start.line,
        start.column,
        found.severity.as_str(),
        found.rule.id,
        found.message
    );
    if let Some(help) = &found.help {
        text = text + "; " + help;
    }
    plain_line(&text)
}
