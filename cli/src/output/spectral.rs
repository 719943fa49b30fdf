//! The JSON of the official command line: Spectral's results, with the official codes where there are any.
use super::{
    place::{Step, normal, steps},
    report::{Finding, Position, Report},
};
use serde::Serialize;
use std::path::Path;
use tidings_document::{Severity, api::Version};

/// One result; the order of the fields is the official one.
#[derive(Debug, Serialize)]
pub(super) struct Outcome<'a> {
    code: &'a str,
    path: Vec<Step>,
    message: &'a str,
    severity: u8,
    range: Range,
    source: String,
}

#[derive(Debug, Serialize)]
struct Range {
    start: Place,
    end: Place,
}

/// Both from 0, characters in UTF-16 units.
#[derive(Debug, Serialize)]
struct Place {
    line: u32,
    character: u32,
}

/// One result a finding.
pub(super) fn results<'a>(report: &'a Report<'_>) -> Vec<Outcome<'a>> {
    report.diagnostics.iter().map(result).collect()
}

fn result<'a>(found: &'a Finding<'_>) -> Outcome<'a> {
    Outcome {
        code: found.official.unwrap_or(found.rule),
        path: steps(&found.pointer, found.tree),
        message: &found.message,
        severity: match found.level {
            Severity::Error => 0,
            Severity::Warning => 1,
            Severity::Info => 2,
        },
        range: Range {
            start: place(&found.range.start),
            end: place(&found.range.end),
        },
        source: normal(Path::new(&found.path)).display().to_string(),
    }
}

fn place(at: &Position) -> Place {
    Place {
        line: at.line.saturating_sub(1),
        character: at.utf16,
    }
}

/// Which of the official codes of a rule is meant: those of the other major version are not, and where servers have a code of their own
/// it is meant for them alone.
pub(super) fn official_code(
    codes: &[&'static str],
    version: Option<Version>,
    pointer: &str,
) -> Option<&'static str> {
    let other = match version.map(Version::as_str) {
        Some(version) if version.starts_with('2') => "asyncapi3-",
        Some(_) => "asyncapi2-",
        None => "\0",
    };
    let mut fitting = codes.iter().filter(|code| !code.starts_with(other));
    let first = fitting.clone().next().copied();
    let at_server = pointer.contains("/servers/");
    fitting
        .find(|code| code.contains("-server-") == at_server)
        .copied()
        .or(first)
}

#[cfg(test)]
mod tests {
    use super::official_code;
    use tidings_document::api::Version;

    #[test]
    fn codes_are_those_of_the_version_and_the_place() {
        let v2 = Some(Version::V2_6);
        let v3 = Some(Version::V3_0);
        let parameters: &[&'static str] = &[
            "asyncapi2-channel-parameters",
            "asyncapi3-channel-parameters",
        ];
        let security: &[&'static str] =
            &["asyncapi2-server-security", "asyncapi2-operation-security"];
        let code = official_code;
        assert_eq!(code(parameters, v2, ""), Some(parameters[0]));
        assert_eq!(code(parameters, v3, ""), Some(parameters[1]));
        assert_eq!(code(security, v2, "/servers/a/security"), Some(security[0]));
        assert_eq!(code(security, v2, "/channels/a"), Some(security[1]));
        assert_eq!(code(security, v3, ""), None);
        assert_eq!(
            code(&security[..1], v2, "/channels/a"),
            Some("asyncapi2-server-security")
        );
    }
}
