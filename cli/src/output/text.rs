//! Findings for people: the lines around the place, a caret below it, and how to mend it.
use crate::input::{Checked, Unreadable};
use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use std::io::Write;
use tidings_document::{Diagnostic, Severity, Sources, Span};

/// Every finding of every document, then one line a document.
pub(super) fn render(checked: &[Result<Checked, Unreadable>]) -> String {
    let mut out = String::new();
    for checked in checked.iter().flatten() {
        for found in &checked.diagnostics {
            out += &frame(checked.document.sources(), found);
            out += "\n\n";
        }
    }
    for result in checked {
        out += &match result {
            Ok(checked) => summary(checked),
            Err(unreadable) => format!("{}: unreadable", unreadable.path.display()),
        };
        out += "\n";
    }
    out
}

/// Prints findings on standard error, for commands whose result is something else.
pub(crate) fn print_talk(checked: &Checked) -> anyhow::Result<()> {
    let mut out = anstream::stderr().lock();
    for found in &checked.diagnostics {
        writeln!(out, "{}\n", frame(checked.document.sources(), found))?;
    }
    Ok(())
}

/// One line: whether it is valid, and what it holds or what is wrong.
pub(crate) fn summary(checked: &Checked) -> String {
    let counts: Vec<_> = [
        (Severity::Error, "error"),
        (Severity::Warning, "warning"),
        (Severity::Info, "note"),
    ]
    .into_iter()
    .map(|(severity, name)| (checked.count(severity), name))
    .filter(|(count, _)| *count > 0)
    .map(|(count, name)| format!("{count} {name}{}", if count == 1 { "" } else { "s" }))
    .collect();
    let verdict = if checked.is_valid() {
        "valid"
    } else {
        "invalid"
    };
    let contents = checked
        .contents
        .iter()
        .map(|contents| format!(" ({contents})"));
    let counts = if counts.is_empty() {
        String::new()
    } else {
        format!(": {}", counts.join(", "))
    };
    format!(
        "{}: {verdict}{}{counts}",
        checked.path.display(),
        contents.collect::<String>()
    )
}

/// A finding with the source around it.
pub(crate) fn frame(sources: &Sources, found: &Diagnostic) -> String {
    let level = match found.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Info => Level::INFO,
    };
    let mut group = level
        .primary_title(found.message.as_str())
        .id(found.rule.id)
        .element(snippet(sources, found.span, AnnotationKind::Primary, ""));
    for related in &found.related {
        group = group.element(snippet(
            sources,
            related.span,
            AnnotationKind::Context,
            &related.message,
        ));
    }
    if let Some(help) = &found.help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    Renderer::styled().render(&[group])
}

/// The lines of a span, cut so that neither a span of many lines nor a very long line fills the screen.
fn snippet<'a>(
    sources: &'a Sources,
    span: Span,
    kind: AnnotationKind,
    label: &'a str,
) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
    let text = sources.text(span.file);
    let window = Window::around(text, span.start as usize, span.end as usize);
    let annotation = kind
        .span(window.marked)
        .label((!label.is_empty()).then_some(label));
    Snippet::source(&text[window.shown])
        .path(sources.path(span.file).display().to_string())
        .line_start(sources.range(span).start.line as usize)
        .annotation(annotation)
}

/// The first line of a span: the bytes to show, and within them those to mark.
struct Window {
    shown: std::ops::Range<usize>,
    marked: std::ops::Range<usize>,
}

impl Window {
    fn around(text: &str, start: usize, end: usize) -> Self {
        // A place inside a character, such as a byte that is not UTF-8, marks the whole character.
        let start = text.floor_char_boundary(start);
        let end = text.ceil_char_boundary(end);
        let first = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let last = text[start..].find('\n').map_or(text.len(), |at| start + at);
        let last = first + text[first..last].trim_end_matches('\r').len();
        let start = start.min(last);
        Self {
            shown: first..last,
            marked: start - first..end.clamp(start, last) - first,
        }
    }
}
