//! JUnit XML: a test suite a document, a failed test a finding that fails; the others stand in the suite's output.
//!
//! The attributes are those that both Ant's and Jenkins' schema ask for. Time and host are constants, so that equal runs give equal bytes.
use super::{
    concise, plain,
    report::{DocumentReport, Finding, Report},
};
use std::fmt::Write;

const SUITE: &str =
    r#"package="asyncapi" timestamp="1970-01-01T00:00:00" hostname="localhost" time="0""#;

/// The whole report.
pub(super) fn render(report: &Report<'_>) -> String {
    let suites: String = report
        .documents
        .iter()
        .enumerate()
        .map(|(id, document)| suite(report, id, document))
        .collect();
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n{suites}</testsuites>\n")
}

fn suite(report: &Report<'_>, id: usize, document: &DocumentReport<'_>) -> String {
    let (failing, others): (Vec<_>, Vec<_>) = report.of(id).partition(|found| report.fails(found));
    let errors = usize::from(!document.readable);
    let mut out = format!(
        "  <testsuite name=\"{}\" id=\"{id}\" {SUITE} tests=\"{}\" failures=\"{}\" errors=\"{errors}\">\n    <properties>\n      <property name=\"tool\" value=\"tidings {}\"/>\n    </properties>\n",
        escape(&document.path),
        failing.len().max(1),
        failing.len() - errors,
        env!("CARGO_PKG_VERSION"),
    );
    for found in &failing {
        out.push_str(&case(document, found));
    }
    if failing.is_empty() {
        let _ = writeln!(
            out,
            "    <testcase name=\"validate\" classname=\"{}\" time=\"0\"/>",
            escape(&document.path)
        );
    }
    let lines: Vec<_> = others.into_iter().map(concise::line).collect();
    let _ = writeln!(
        out,
        "    <system-out>{}</system-out>\n    <system-err/>\n  </testsuite>",
        escape(&lines.join("\n"))
    );
    out
}

fn case(document: &DocumentReport<'_>, found: &Finding<'_>) -> String {
    let tag = if document.readable {
        "failure"
    } else {
        "error"
    };
    format!(
        "    <testcase name=\"{}\" classname=\"{}\" time=\"0\">\n      <{tag} type=\"{}\" message=\"{}\">{}</{tag}>\n    </testcase>\n",
        escape(&format!("{} at {}", found.rule, found.place())),
        escape(&document.path),
        escape(found.rule),
        escape(&found.advice()),
        escape(&concise::line(found)),
    )
}

/// Text for an element or an attribute. XML cannot hold most control characters at all.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for part in text.chars() {
        match part {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' => out.push(part),
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            _ => out.push(plain::visible(part)),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn markup_and_control_characters_are_escaped() {
        assert_eq!(
            escape("<a b=\"&\">\u{1b}\u{0}\u{202e}"),
            "&lt;a b=&quot;&amp;&quot;&gt;␛␀\u{fffd}"
        );
    }
}
