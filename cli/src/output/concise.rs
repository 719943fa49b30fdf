//! One line a finding, as editors and `grep` like it: `path:line:column: severity[rule] message`.
use super::{
    plain,
    report::{Finding, Report},
};

/// All findings in their order.
pub(super) fn render(report: &Report<'_>) -> String {
    let mut out = String::new();
    for found in &report.diagnostics {
        out.push_str(&line(found));
        out.push('\n');
    }
    out
}

/// One finding in one line, whatever its text holds.
pub(super) fn line(found: &Finding<'_>) -> String {
    plain::line(&format!(
        "{}: {}[{}] {}",
        found.place(),
        found.severity,
        found.rule,
        found.message
    ))
}
