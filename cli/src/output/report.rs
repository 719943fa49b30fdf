//! What `validate` found, ready to print: the border that all formats for programs share, and as JSON a contract.
//!
//! Lines and columns count from 1, columns in characters; offsets count bytes from 0. What JSON leaves out serves the other formats.
use super::{
    link,
    place::{Base, Places},
};
use crate::{
    input::{Checked, FILE_UNREADABLE, Unreadable},
    sift::By,
};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::{collections::HashMap, fmt::Write, path::Path};
use tidings_document::{Diagnostic, Document, Node, Severity, Span, masked};
use tidings_rules::{Official, OfficialView, Rule};

/// All documents and all findings.
#[derive(Debug, Serialize)]
pub(crate) struct Report<'a> {
    tool: Tool,
    pub(crate) documents: Vec<DocumentReport<'a>>,
    pub(crate) diagnostics: Vec<Finding<'a>>,
    /// Findings that are known and not shown, with what keeps them from it.
    #[serde(skip)]
    pub(crate) suppressed: Vec<(Finding<'a>, &'a By)>,
}

/// Who made a report.
#[derive(Debug, Serialize)]
pub(crate) struct Tool {
    pub(crate) name: &'static str,
    pub(crate) version: &'static str,
}

impl Tool {
    /// This program.
    pub(crate) const THIS: Self = Self {
        name: "tidings",
        version: env!("CARGO_PKG_VERSION"),
    };
}

/// One document as a whole.
#[derive(Debug, Serialize)]
pub(crate) struct DocumentReport<'a> {
    /// Its name as the user gave it.
    pub(crate) path: String,
    version: Option<&'a str>,
    valid: bool,
    errors: usize,
    warnings: usize,
    infos: usize,
    /// Findings that it says to leave out.
    ignored: usize,
    /// Findings that the baseline knows.
    baselined: usize,
    /// The least severity that fails.
    #[serde(skip)]
    fail_on: Severity,
    /// Whether it could be read at all.
    #[serde(skip)]
    pub(crate) readable: bool,
}

/// One finding.
#[derive(Debug, Serialize)]
pub(crate) struct Finding<'a> {
    pub(crate) rule: &'static str,
    pub(crate) severity: &'static str,
    pub(crate) message: String,
    /// The file that it is in, as people know it.
    pub(crate) path: String,
    /// Its place in that file as JSON pointer.
    pub(crate) pointer: String,
    pub(crate) range: Range,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) help: Option<&'a str>,
    pub(crate) related: Vec<Related<'a>>,
    /// Codes of the official tool for this version and place.
    pub(crate) codes: Vec<&'static str>,
    /// Where the rule is documented, from the root of the repository of Tidings.
    docs: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) fix: Option<FixReport>,
    /// The rule itself.
    #[serde(skip)]
    pub(crate) about: &'static Rule,
    /// The severity, to compare.
    #[serde(skip)]
    pub(crate) level: Severity,
    /// Which of the documents it belongs to, even when it is in a file that this one refers to.
    #[serde(skip)]
    pub(crate) document: usize,
    /// The file from the root of the repository, with `/` between its parts.
    #[serde(skip)]
    pub(crate) location: String,
    /// Stays the same while the finding moves through its file; no two findings of a report share one.
    #[serde(skip)]
    pub(crate) fingerprint: String,
    /// As the official tool reports it: not at all where it looks for no such thing in this version.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) official: Vec<OfficialFinding>,
    /// The tree that the pointer leads through, when it is the document's own.
    #[serde(skip)]
    pub(crate) tree: Option<&'a Node>,
}

/// How a finding is mended for certain.
#[derive(Debug, Serialize)]
pub(crate) struct FixReport {
    pub(crate) title: String,
    pub(crate) edits: Vec<EditReport>,
}

/// A change of a file: other text in the place of a range.
#[derive(Debug, Serialize)]
pub(crate) struct EditReport {
    path: String,
    pub(crate) range: Range,
    pub(crate) text: String,
    #[serde(skip)]
    pub(crate) location: String,
}

/// A finding as the official tool names and places it.
#[derive(Debug, Serialize)]
pub(crate) struct OfficialFinding {
    pub(crate) code: &'static str,
    /// JSON pointer.
    pub(crate) pointer: String,
}

/// A place that explains a finding.
#[derive(Debug, Serialize)]
pub(crate) struct Related<'a> {
    path: String,
    pub(crate) range: Range,
    pub(crate) message: &'a str,
    #[serde(skip)]
    pub(crate) location: String,
}

/// From the first character to the one behind the last.
#[derive(Debug, Serialize)]
pub(crate) struct Range {
    pub(crate) start: Position,
    pub(crate) end: Position,
}

/// A place in a file.
#[derive(Debug, Serialize)]
pub(crate) struct Position {
    pub(crate) line: u32,
    pub(crate) column: u32,
    pub(crate) offset: u32,
    /// Column from 0 in UTF-16 units, as editors and the official tool count.
    #[serde(skip)]
    pub(crate) utf16: u32,
}

impl<'a> Report<'a> {
    /// One report on all documents, those that could not be read among them.
    pub(crate) fn new(checked: &'a [Result<Checked, Unreadable>]) -> Self {
        let base = Base::find();
        let mut diagnostics: Vec<_> = checked
            .iter()
            .enumerate()
            .flat_map(|(at, result)| findings(result, at, &base))
            .collect();
        let documents = checked.iter().enumerate();
        let readable = documents.filter_map(|(at, result)| Some((at, result.as_ref().ok()?)));
        let mut suppressed: Vec<_> = readable
            .flat_map(|(at, checked)| known(checked, at, &base))
            .collect();
        let hidden = suppressed.iter_mut().map(|(found, _)| found);
        number(diagnostics.iter_mut().chain(hidden));
        Self {
            tool: Tool::THIS,
            documents: checked.iter().map(document_report).collect(),
            diagnostics,
            suppressed,
        }
    }

    /// The findings of one document, by its number.
    pub(crate) fn of(&self, document: usize) -> impl Iterator<Item = &Finding<'a>> {
        let all = &self.diagnostics;
        let start = all.partition_point(|found| found.document < document);
        all[start..]
            .iter()
            .take_while(move |found| found.document == document)
    }

    /// Whether a finding weighs enough to fail.
    pub(crate) fn fails(&self, found: &Finding<'_>) -> bool {
        found.level >= self.documents[found.document].fail_on
    }
}

impl Finding<'_> {
    /// The message and, in parentheses, how to mend it.
    pub(crate) fn advice(&self) -> String {
        match self.help {
            Some(help) => format!("{} ({help})", self.message),
            None => self.message.clone(),
        }
    }

    /// The file, line and column.
    pub(crate) fn place(&self) -> String {
        let start = &self.range.start;
        format!("{}:{}:{}", self.path, start.line, start.column)
    }
}

/// A file as people know it.
fn shown(path: &Path) -> String {
    masked(&path.display().to_string()).into_owned()
}

fn document_report(result: &Result<Checked, Unreadable>) -> DocumentReport<'_> {
    match result {
        Ok(checked) => DocumentReport {
            path: shown(&checked.path),
            version: checked.version.map(tidings_document::api::Version::as_str),
            valid: checked.is_valid(),
            errors: checked.count(Severity::Error),
            warnings: checked.count(Severity::Warning),
            infos: checked.count(Severity::Info),
            ignored: checked.ignored(),
            baselined: checked.suppressed.len() - checked.ignored(),
            fail_on: checked.fail_on,
            readable: true,
        },
        Err(unreadable) => DocumentReport {
            path: shown(&unreadable.path),
            version: None,
            valid: false,
            errors: 1,
            warnings: 0,
            infos: 0,
            ignored: 0,
            baselined: 0,
            fail_on: Severity::Error,
            readable: false,
        },
    }
}

fn findings<'a>(
    result: &'a Result<Checked, Unreadable>,
    document: usize,
    base: &Base,
) -> Vec<Finding<'a>> {
    match result {
        Ok(checked) => {
            let places = Places::new(checked.document.sources());
            let official = OfficialView::new(&checked.document, checked.version);
            checked
                .diagnostics
                .iter()
                .map(|found| finding(checked, found, document, (&places, &official), base))
                .collect()
        }
        Err(unreadable) => vec![unread(unreadable, document, base)],
    }
}

/// The findings of a document that are known and not shown.
fn known<'a>(checked: &'a Checked, document: usize, base: &Base) -> Vec<(Finding<'a>, &'a By)> {
    if checked.suppressed.is_empty() {
        return Vec::new();
    }
    let places = Places::new(checked.document.sources());
    let official = OfficialView::new(&checked.document, checked.version);
    let hidden = checked.suppressed.iter();
    hidden
        .map(|hidden| {
            let places = (&places, &official);
            let found = finding(checked, &hidden.finding, document, places, base);
            (found, &hidden.by)
        })
        .collect()
}

fn fix(
    checked: &Checked,
    found: &Diagnostic,
    places: &Places<'_>,
    base: &Base,
) -> Option<FixReport> {
    let sources = checked.document.sources();
    let fix = found.fix.as_ref().filter(|fix| !fix.has_credentials())?;
    let edits = fix.edits(sources)?.into_iter().map(|edit| {
        let path = sources.path(edit.span.file);
        EditReport {
            path: shown(path),
            range: places.range(edit.span),
            text: edit.text,
            location: base.location(path),
        }
    });
    Some(FixReport {
        title: fix.title.clone(),
        edits: edits.collect(),
    })
}

fn finding<'a>(
    checked: &'a Checked,
    found: &'a Diagnostic,
    document: usize,
    (places, official): (&Places<'_>, &OfficialView<'_>),
    base: &Base,
) -> Finding<'a> {
    let sources = checked.document.sources();
    // Keys of a file are of its text.
    let pointer = match sources.shows(found.span.file) {
        true => checked.document.pointer_at(found.span),
        false => String::new(),
    };
    let official = official.report_at(found, pointer.clone());
    Finding {
        rule: found.rule.id,
        severity: found.severity.as_str(),
        message: found.message.clone(),
        path: shown(sources.path(found.span.file)),
        range: places.range(found.span),
        help: found.help.as_deref(),
        related: found
            .related
            .iter()
            .map(|related| Related {
                path: shown(sources.path(related.span.file)),
                range: places.range(related.span),
                message: &related.message,
                location: base.location(sources.path(related.span.file)),
            })
            .collect(),
        codes: codes(&official),
        docs: link::page(found.rule),
        fix: fix(checked, found, places, base),
        about: found.rule,
        level: found.severity,
        document,
        location: base.location(sources.path(found.span.file)),
        fingerprint: String::new(),
        official: official.into_iter().map(official_finding).collect(),
        tree: tree(&checked.document, found.span),
        pointer: masked(&pointer).into_owned(),
    }
}

/// The codes of some findings, each once.
fn codes(official: &[Official]) -> Vec<&'static str> {
    let mut codes: Vec<_> = official.iter().map(|found| found.code).collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}

fn official_finding(found: Official) -> OfficialFinding {
    OfficialFinding {
        code: found.code,
        pointer: masked(&found.pointer).into_owned(),
    }
}

/// The tree that a place is in, when it is the document's own.
fn tree(document: &Document, span: Span) -> Option<&Node> {
    document.root().filter(|root| root.span.file == span.file)
}

fn unread<'a>(unreadable: &Unreadable, document: usize, base: &Base) -> Finding<'a> {
    Finding {
        rule: FILE_UNREADABLE.id,
        severity: FILE_UNREADABLE.severity.as_str(),
        message: masked(&unreadable.error.to_string()).into_owned(),
        path: shown(&unreadable.path),
        pointer: String::new(),
        range: Range {
            start: Position::START,
            end: Position::START,
        },
        help: None,
        related: Vec::new(),
        codes: Vec::new(),
        docs: link::page(&FILE_UNREADABLE),
        fix: None,
        about: &FILE_UNREADABLE,
        level: FILE_UNREADABLE.severity,
        document,
        location: base.location(&unreadable.path),
        fingerprint: String::new(),
        official: Vec::new(),
        tree: None,
    }
}

/// Fingerprints leave lines out, so that a finding stays the same one when text is added above it. Findings that are alike are counted.
fn number<'f, 'a: 'f>(findings: impl Iterator<Item = &'f mut Finding<'a>>) {
    let mut seen: HashMap<String, u32> = HashMap::new();
    for found in findings {
        let identity = [
            found.rule,
            &found.location,
            &found.pointer,
            found.message.as_str(),
        ]
        .join("\0");
        let count = seen.entry(identity.clone()).or_default();
        found.fingerprint = hash(&format!("{identity}\0{count}"));
        *count += 1;
    }
}

fn hash(text: &str) -> String {
    let mut out = String::new();
    for byte in &Sha256::digest(text)[..16] {
        let _ = write!(out, "{byte:02x}");
    }
    out
}

impl Position {
    const START: Self = Self {
        line: 1,
        column: 1,
        offset: 0,
        utf16: 0,
    };
}
