//! The JSON of the official command line: Spectral's results, with the official codes where there are any.
use super::{
    place::{Step, normal, steps},
    range::Position,
    report::{Finding, Report},
};
use serde::Serialize;
use std::path::Path;
use tidings_document::Severity;

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

/// One result a finding, or as many as the official tool gives for it; what it does not look for goes by our own name.
pub(super) fn results<'a>(report: &'a Report<'_>) -> Vec<Outcome<'a>> {
    let results = |found: &'a Finding<'_>| {
        if found.official.is_empty() {
            return vec![result(found, found.rule, &found.pointer)];
        }
        let official = found.official.iter();
        official
            .map(|official| result(found, official.code, &official.pointer))
            .collect()
    };
    report.diagnostics.iter().flat_map(results).collect()
}

fn result<'a>(found: &'a Finding<'_>, code: &'a str, pointer: &str) -> Outcome<'a> {
    Outcome {
        code,
        path: steps(pointer, found.tree),
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
