//! One line a finding, as editors and `grep` like it: `path:line:column: severity[rule] message`.
use super::report::{Finding, Report};
use std::fmt::Write;

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
    visible(&format!(
        "{}: {}[{}] {}",
        found.place(),
        found.severity,
        found.rule,
        found.message
    ))
}

/// The text with control characters made visible: it must neither break lines nor steer terminals.
pub(super) fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for part in text.chars() {
        if part.is_control() {
            let _ = write!(out, "{}", part.escape_default());
        } else {
            out.push(part);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::visible;

    #[test]
    fn control_characters_stay_in_the_line() {
        assert_eq!(visible("ü\n\u{1b}[1m"), "ü\\n\\u{1b}[1m");
    }
}
