//! Workflow commands of GitHub Actions: an annotation a finding.
use super::{
    cause::causes,
    plain,
    report::{Finding, Range, Report},
};
use tidings_document::Severity;

/// One command a finding. GitHub shows but the first ten of a severity, so that one of each cause comes before the other places.
pub(super) fn render(report: &Report<'_>) -> String {
    let causes = causes(&report.diagnostics, |found| {
        (found.level, found.rule, &found.message)
    });
    let first = causes.iter().map(|cause| cause.first);
    let others = causes.iter().flat_map(|cause| cause.others.iter().copied());
    first.chain(others).map(command).collect()
}

/// The log of a job shows only the message, so that it tells the place too.
fn command(found: &Finding<'_>) -> String {
    let name = match found.level {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "notice",
    };
    format!(
        "::{name} file={},{},title={}::{}\n",
        property(&found.location),
        lines(&found.range),
        property(&format!("tidings: {}", found.rule)),
        data(&plain::line(&format!(
            "{}: {}",
            found.place(),
            found.advice()
        )))
    )
}

/// GitHub takes columns only within one line.
fn lines(range: &Range) -> String {
    let Range { start, end } = range;
    if start.line == end.line {
        format!(
            "line={},col={},endLine={},endColumn={}",
            start.line, start.column, end.line, end.column
        )
    } else {
        format!("line={},endLine={}", start.line, end.line)
    }
}

fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(&plain::line(text))
        .replace(':', "%3A")
        .replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::{Range, data, lines, property};
    use crate::output::report::Position;

    #[test]
    fn what_would_end_a_command_is_escaped() {
        assert_eq!(data("50%\r\n::a,b"), "50%25%0D%0A::a,b");
        assert_eq!(property("a:b,c%"), "a%3Ab%2Cc%25");
    }

    #[test]
    fn columns_are_left_out_of_several_lines() {
        let at = |line| Position {
            line,
            column: 3,
            offset: 0,
            utf16: 2,
        };
        let range = |start, end| Range {
            start: at(start),
            end: at(end),
        };
        assert_eq!(lines(&range(1, 1)), "line=1,col=3,endLine=1,endColumn=3");
        assert_eq!(lines(&range(1, 2)), "line=1,endLine=2");
    }
}
