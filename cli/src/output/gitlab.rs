//! A Code Quality report of GitLab.
use super::{
    link,
    report::{Finding, Report},
};
use serde_json::{Value, json};
use tidings_document::Severity;

/// One issue a finding.
pub(super) fn issues(report: &Report<'_>) -> Vec<Value> {
    report.diagnostics.iter().map(issue).collect()
}

fn issue(found: &Finding<'_>) -> Value {
    json!({
        "description": found.advice(),
        "check_name": found.rule,
        "content": { "body": format!("see `{}`", link::command(found.about)) },
        "fingerprint": found.fingerprint,
        "severity": match found.level {
            Severity::Error => "major",
            Severity::Warning => "minor",
            Severity::Info => "info",
        },
        "location": {
            "path": found.location,
            "lines": { "begin": found.range.start.line, "end": found.range.end.line },
        },
    })
}
