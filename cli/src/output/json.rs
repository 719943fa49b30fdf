//! The JSON form of `validate`: a contract with the programs that read it.
//!
//! Lines and columns count from 1, columns in characters; offsets count bytes from 0.
use crate::input::{Checked, Unreadable};
use serde::Serialize;
use std::io::Write;
use tidings_document::{Diagnostic, Document, Severity, Span};

#[derive(Debug, Serialize)]
struct Report<'a> {
    tool: Tool,
    documents: Vec<DocumentReport<'a>>,
    diagnostics: Vec<Finding<'a>>,
}

/// Who made a report.
#[derive(Debug, Serialize)]
pub(crate) struct Tool {
    name: &'static str,
    version: &'static str,
}

impl Tool {
    /// This program.
    pub(crate) const THIS: Self = Self {
        name: "tidings",
        version: env!("CARGO_PKG_VERSION"),
    };
}

#[derive(Debug, Serialize)]
struct DocumentReport<'a> {
    path: String,
    version: Option<&'a str>,
    valid: bool,
    errors: usize,
    warnings: usize,
    infos: usize,
}

#[derive(Debug, Serialize)]
struct Finding<'a> {
    rule: &'a str,
    severity: &'static str,
    message: String,
    path: String,
    pointer: String,
    range: Range,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<&'a str>,
    related: Vec<Related<'a>>,
    codes: &'a [&'a str],
}

#[derive(Debug, Serialize)]
struct Related<'a> {
    path: String,
    range: Range,
    message: &'a str,
}

#[derive(Debug, Serialize)]
struct Range {
    start: Position,
    end: Position,
}

#[derive(Debug, Serialize)]
struct Position {
    line: u32,
    column: u32,
    offset: u32,
}

/// Prints one report on all documents, those that could not be read among them.
pub(crate) fn print(checked: &[Result<Checked, Unreadable>]) -> anyhow::Result<()> {
    let report = Report {
        tool: Tool::THIS,
        documents: checked.iter().map(document_report).collect(),
        diagnostics: checked.iter().flat_map(findings).collect(),
    };
    let mut out = std::io::stdout().lock();
    serde_json::to_writer_pretty(&mut out, &report).map_err(std::io::Error::from)?;
    writeln!(out)?;
    Ok(())
}

fn document_report(result: &Result<Checked, Unreadable>) -> DocumentReport<'_> {
    match result {
        Ok(checked) => DocumentReport {
            path: checked.path.display().to_string(),
            version: checked.version.map(tidings_document::api::Version::as_str),
            valid: checked.is_valid(),
            errors: checked.count(Severity::Error),
            warnings: checked.count(Severity::Warning),
            infos: checked.count(Severity::Info),
        },
        Err(unreadable) => DocumentReport {
            path: unreadable.path.display().to_string(),
            version: None,
            valid: false,
            errors: 1,
            warnings: 0,
            infos: 0,
        },
    }
}

fn findings(result: &Result<Checked, Unreadable>) -> Vec<Finding<'_>> {
    match result {
        Ok(checked) => checked
            .diagnostics
            .iter()
            .map(|found| finding(&checked.document, found))
            .collect(),
        Err(unreadable) => vec![Finding {
            rule: "file-unreadable",
            severity: Severity::Error.as_str(),
            message: unreadable.error.to_string(),
            path: unreadable.path.display().to_string(),
            pointer: String::new(),
            range: Range {
                start: Position::START,
                end: Position::START,
            },
            help: None,
            related: Vec::new(),
            codes: &[],
        }],
    }
}

fn finding<'a>(document: &Document, found: &'a Diagnostic) -> Finding<'a> {
    Finding {
        rule: found.rule.id,
        severity: found.severity.as_str(),
        message: found.message.clone(),
        path: path(document, found.span),
        pointer: document.pointer_at(found.span),
        range: range(document, found.span),
        help: found.help.as_deref(),
        related: found
            .related
            .iter()
            .map(|related| Related {
                path: path(document, related.span),
                range: range(document, related.span),
                message: &related.message,
            })
            .collect(),
        codes: found.rule.codes,
    }
}

fn path(document: &Document, span: Span) -> String {
    document.sources().path(span.file).display().to_string()
}

fn range(document: &Document, span: Span) -> Range {
    let range = document.sources().range(span);
    Range {
        start: range.start.into(),
        end: range.end.into(),
    }
}

impl Position {
    const START: Self = Self {
        line: 1,
        column: 1,
        offset: 0,
    };
}

impl From<tidings_document::Position> for Position {
    fn from(at: tidings_document::Position) -> Self {
        Self {
            line: at.line,
            column: at.column,
            offset: at.offset,
        }
    }
}
