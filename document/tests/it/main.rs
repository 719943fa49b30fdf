//! Reads small documents and compares what is found with marks in their text.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]
mod avro;
mod corners;
mod credentials;
mod dialects;
mod foreign;
mod hidden;
mod ids;
mod json_schema;
mod mends;
mod model;
mod proto;
mod references;
mod remote;
mod rules;
mod slips;
mod structure;
mod text;
mod unions;

use std::{path::Path, sync::Arc, time::Instant};

use tidings_document::{Diagnostic, Document, MemoryLoader, Settings, open, read};

/// Opens and reads `/doc/api.yaml` among some files in memory.
fn open_files(files: &[(&str, &str)]) -> (Document, Vec<Diagnostic>) {
    let settings = Settings {
        loader: Arc::new(MemoryLoader::new(files.iter().copied())),
        ..Settings::default()
    };
    let (path, _) = files[0];
    open(Path::new(path), &settings).unwrap()
}

/// Compares the time that so much takes with that of a tenth, on whatever machine: the square would be a hundred times. It is
/// measured again when it is too long, since others may use the machine meanwhile.
#[track_caller]
fn takes_no_square_of_time(count: usize, work: impl Fn(usize)) {
    let time = |count| {
        let begin = Instant::now();
        work(count);
        begin.elapsed()
    };
    let mut pairs = (0..3).map(|_| (time(count / 10), time(count)));
    let fits = |(few, many)| many < few * 40;
    assert!(pairs.any(fits), "a tenth takes less than a fortieth");
}

/// Everything that is found in some files.
fn findings(files: &[(&str, &str)]) -> (Document, Vec<Diagnostic>) {
    let (document, mut diagnostics) = open_files(files);
    diagnostics.extend(read(&document).1);
    (document, diagnostics)
}

/// Checks one document against its marks: under the line in which something is wrong stands
/// `# ^^^^ error[rule]: part of the message`, carets below the place. Where the place begins in column 1, so does the `#`.
#[track_caller]
fn check(text: &str) {
    check_files(&[("/doc/api.yaml", text)]);
}

/// Checks several files, the root first.
#[track_caller]
fn check_files(files: &[(&str, &str)]) {
    let (document, diagnostics) = findings(files);
    let mut found: Vec<String> = diagnostics
        .iter()
        .map(|found| shown(&document, found))
        .collect();
    let mut missing = Vec::new();
    for (path, text) in files {
        for mark in marks(path, text) {
            match found
                .iter()
                .position(|found| found.starts_with(&mark.head) && found.contains(&mark.message))
            {
                Some(at) => drop(found.remove(at)),
                None => missing.push(format!("{}{}", mark.head, mark.message)),
            }
        }
    }
    assert!(
        found.is_empty() && missing.is_empty(),
        "not marked:\n  {}\nnot found:\n  {}",
        found.join("\n  "),
        missing.join("\n  ")
    );
}

fn shown(document: &Document, found: &Diagnostic) -> String {
    let sources = document.sources();
    let range = sources.range(found.span);
    let width = range.end.column.saturating_sub(range.start.column);
    format!(
        "{}:{}:{}+{} {}[{}]: {} ({})",
        sources.path(found.span.file).display(),
        range.start.line,
        range.start.column,
        width,
        found.severity.as_str(),
        found.rule.id,
        found.message,
        found.help.as_deref().unwrap_or_default(),
    )
}

struct Mark {
    head: String,
    message: String,
}

fn marks(path: &str, text: &str) -> Vec<Mark> {
    let mut marks = Vec::new();
    let mut line = 0;
    for (at, content) in text.lines().enumerate() {
        let Some((column, width, rest)) = mark(content) else {
            line = at + 1;
            continue;
        };
        let (rule, message) = rest.split_once(": ").unwrap_or((rest, ""));
        marks.push(Mark {
            head: format!("{path}:{line}:{column}+{width} {rule}: "),
            message: message.to_owned(),
        });
    }
    marks
}

fn mark(line: &str) -> Option<(usize, usize, &str)> {
    let hash = line.find('#').filter(|at| line[..*at].trim().is_empty())?;
    let carets = line[hash + 1..].trim_start();
    let width = carets.len() - carets.trim_start_matches('^').len();
    let rest = carets[width..].trim_start();
    if width == 0 || !(rest.starts_with("error[") || rest.starts_with("warning[")) {
        return None;
    }
    let start = line.len() - carets.len();
    if start == hash + 1 {
        Some((hash + 1, width + 1, rest))
    } else {
        Some((start + 1, width, rest))
    }
}
