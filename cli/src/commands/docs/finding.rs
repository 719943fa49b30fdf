//! Findings as pages show them.
use crate::{
    input::Checked,
    relative::{relative, slashes},
};
use std::path::Path;
use tidings_document::{Diagnostic, Severity};
use tidings_html::{Fault, Problem};

/// What is wrong with a document, where that is wanted.
pub(super) fn problems(checked: &Checked, wanted: bool) -> Vec<Problem> {
    let listed = checked.diagnostics.iter().filter(|_| wanted);
    listed
        .filter(|found| found.severity > Severity::Info)
        .map(|found| problem(checked, found))
        .collect()
}

/// What is wrong with examples, in the words for where they stand.
pub(super) fn faults(found: &[Diagnostic]) -> Vec<Fault> {
    let about = |found: &&Diagnostic| found.rule.id == "message-example-invalid";
    let fault = |found: &Diagnostic| {
        let message = found.message.split_once(" breaks its schema");
        let (what, how) = message.unwrap_or(("", &found.message));
        let part = if what.starts_with("headers") {
            "headers"
        } else {
            "payload"
        };
        Fault {
            span: found.span,
            message: format!("{part}{how}"),
        }
    };
    found.iter().filter(about).map(fault).collect()
}

/// A finding as the page shows it: the page says the same wherever it was made, so that it names no folder of this machine.
fn problem(checked: &Checked, found: &Diagnostic) -> Problem {
    let sources = checked.document.sources();
    let start = sources.range(found.span).start;
    let file = name_from(&checked.path, sources.path(found.span.file));
    // Which folder would have to be allowed is nothing to readers.
    let help = found.help.clone();
    let help = help.filter(|_| found.rule.id != "reference-outside-root");
    Problem {
        span: found.span,
        severity: found.severity,
        rule: found.rule.id.to_owned(),
        message: found.message.clone(),
        place: format!("{file}:{}:{}", start.line, start.column),
        help,
    }
}

/// A file seen from the folder of the document.
fn name_from(document: &Path, file: &Path) -> String {
    let folder = document.parent().unwrap_or(Path::new(""));
    let whole = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    match (file.strip_prefix(folder), is_url(file)) {
        (_, true) => file.display().to_string(),
        (Ok(inside), _) => slashes(inside),
        (Err(_), _) => slashes(&relative(&whole(file), &whole(folder))),
    }
}

/// What was fetched goes by its URL.
fn is_url(file: &Path) -> bool {
    file.to_str().is_some_and(|name| name.contains("://"))
}
