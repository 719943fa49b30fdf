//! Findings for people: the lines around the place, a caret below it, and how to mend it.
use super::{
    cause::{Cause, causes_of},
    link, plain, summary,
};
use crate::input::{Checked, Unreadable};
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use std::{collections::HashSet, io::Write};
use tidings_document::{Diagnostic, Position, Severity, Sources, Span};

/// Every cause of findings of every document, then what was found in one line a document.
pub(super) fn render(checked: &[Result<Checked, Unreadable>]) -> String {
    let findings: String = checked.iter().flatten().map(findings).collect();
    findings + &summary::lines(checked)
}

/// Prints findings on standard error, for commands whose result is something else.
pub(crate) fn print_talk(checked: &Checked) -> anyhow::Result<()> {
    Ok(anstream::stderr()
        .lock()
        .write_all(findings(checked).as_bytes())?)
}

/// Prints what else is to be said of a document, in the same way.
pub(crate) fn print_notes(checked: &Checked, notes: &[Diagnostic]) -> anyhow::Result<()> {
    let text = listed(checked, notes, "");
    Ok(anstream::stderr().lock().write_all(text.as_bytes())?)
}

/// Findings that are shown of one document: nobody reads more, and a document may have as many as it has lines.
const SHOWN: usize = 1000;

/// The findings of a document.
fn findings(checked: &Checked) -> String {
    let all = "; `--format json` of `validate` lists all";
    listed(checked, &checked.diagnostics, all)
}

/// What was found in a document, what has one cause once; of very many the gravest, and in words how to see all.
fn listed(checked: &Checked, found: &[Diagnostic], all: &str) -> String {
    let causes = causes_of(found);
    let sources = checked.document.sources();
    let mut explained = HashSet::new();
    let mut out: String = causes
        .iter()
        .take(SHOWN)
        .map(|cause| {
            // Once is enough to learn of it.
            let is_new = explained.insert(cause.first.rule.id);
            let see = is_new.then(|| link::command(cause.first.rule));
            frame(sources, cause, see) + "\n\n"
        })
        .collect();
    let more = causes.len().saturating_sub(SHOWN);
    if more > 0 {
        let path = plain::line(&checked.path.display().to_string());
        out += &format!("{path}: {more} more findings are not shown{all}\n\n");
    }
    out
}

/// Places besides the first that are named of a cause.
const NAMED: usize = 3;

/// Where else a finding is, in so many words as fit on a line; nothing where there is no other place.
fn also(sources: &Sources, cause: &Cause<'_, Diagnostic>) -> Option<String> {
    let first = cause.first.span.file;
    let place = |found: &&Diagnostic| {
        let start = sources.range(found.span).start;
        let (file, line, column) = (found.span.file, start.line, start.column);
        match file == first {
            true => format!("{line}:{column}"),
            false => {
                let path = plain::line(&sources.path(file).display().to_string());
                format!("{path}:{line}:{column}")
            }
        }
    };
    let named: Vec<String> = cause.others.iter().take(NAMED).map(place).collect();
    let more = match cause.others.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(", and {more} more"),
    };
    (!named.is_empty()).then(|| format!("at {}{more}", named.join(", ")))
}

/// Places that explain a finding which are shown; the rest is counted.
const EXPLAINING: usize = 4;

/// A cause with the source around its first place, its other places and the command to learn more from.
fn frame(sources: &Sources, cause: &Cause<'_, Diagnostic>, see: Option<String>) -> String {
    let found = &cause.first.clone().discreet(sources);
    let title = match cause.places() {
        1 => found.message.clone(),
        places => format!("{} ({places} times)", found.message),
    };
    let level = match found.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Info => Level::INFO,
    };
    let primary = Place::new(sources, found.span);
    let related: Vec<_> = found
        .related
        .iter()
        .take(EXPLAINING)
        .map(|related| {
            (
                Place::new(sources, related.span),
                plain::line(&related.message),
            )
        })
        .collect();
    let title = level.primary_title(plain::line(&title)).id(found.rule.id);
    let mut group = primary.add_to(Group::with_title(title), AnnotationKind::Primary, "");
    for (place, message) in &related {
        group = place.add_to(group, AnnotationKind::Context, message);
    }
    if let Some(help) = &found.help {
        group = group.element(Level::HELP.message(plain::lines(help)));
    }
    let unshown = found.related.len() - related.len();
    let unshown =
        (unshown > 0).then(|| format!("{unshown} more places, which `--format json` names"));
    let elsewhere = also(sources, cause);
    for also in elsewhere.iter().chain(&unshown) {
        group = group.element(Level::NOTE.with_name("also").message(also.as_str()));
    }
    if let Some(see) = &see {
        group = group.element(Level::NOTE.with_name("see").message(see.as_str()));
    }
    let rendered = plain::frame(&Renderer::styled().render(&[group]));
    let places = std::iter::once(&primary).chain(related.iter().map(|(place, _)| place));
    places.fold(rendered, |rendered, place| place.with_column(rendered))
}

/// A place with the part of the text that is shown of it.
struct Place<'a> {
    text: &'a str,
    window: Window,
    path: String,
    start: Position,
    /// Whether the text may be seen.
    shown: bool,
}

impl<'a> Place<'a> {
    fn new(sources: &'a Sources, span: Span) -> Self {
        let text = sources.shown(span.file);
        Self {
            text,
            window: Window::around(text, span.start as usize, span.end as usize),
            path: plain::line(&sources.path(span.file).display().to_string()),
            start: sources.range(span).start,
            shown: sources.shows(span.file),
        }
    }

    /// Adds the place, with the text around it where that may be seen.
    fn add_to<'s>(&'s self, group: Group<'s>, kind: AnnotationKind, label: &'s str) -> Group<'s> {
        if self.shown {
            return group.element(self.snippet(kind, label));
        }
        let origin = Origin::path(self.path.as_str());
        let origin = origin.line(self.start.line as usize);
        group.element(origin.char_column(self.start.column as usize))
    }

    fn snippet<'s>(
        &'s self,
        kind: AnnotationKind,
        label: &'s str,
    ) -> Snippet<'s, annotate_snippets::Annotation<'s>> {
        let annotation = kind
            .span(self.window.marked.clone())
            .label((!label.is_empty()).then_some(label));
        Snippet::source(&self.text[self.window.shown.clone()])
            .path(self.path.as_str())
            .line_start(self.start.line as usize)
            .annotation(annotation)
    }

    /// Corrects the column where the renderer, which counts from the part that it was given, saw no line's start.
    fn with_column(&self, rendered: String) -> String {
        let shown = &self.text[self.window.shown.clone()];
        let counted = shown[..self.window.marked.start].chars().count() + 1;
        if counted == self.start.column as usize {
            return rendered;
        }
        let (path, line) = (&self.path, self.start.line);
        rendered.replacen(
            &format!("{path}:{line}:{counted}\n"),
            &format!("{path}:{line}:{}\n", self.start.column),
            1,
        )
    }
}

/// Bytes of a line that are shown before and behind the start of a mark; the renderer fits them to the screen.
const AROUND: usize = 400;

/// The first line of a span, or as much of it as is near: the bytes to show, and within them those to mark.
struct Window {
    shown: std::ops::Range<usize>,
    marked: std::ops::Range<usize>,
}

impl Window {
    fn around(text: &str, start: usize, end: usize) -> Self {
        // A place inside a character, such as a byte that is not UTF-8, marks the whole character.
        let start = text.floor_char_boundary(start);
        let end = text.ceil_char_boundary(end);
        let from = text.floor_char_boundary(start.saturating_sub(AROUND));
        let to = text.floor_char_boundary((start + AROUND).min(text.len()));
        // A mark at the start of a file stands beside its content.
        let from =
            from + usize::from(text[from..start].starts_with('\u{feff}')) * '\u{feff}'.len_utf8();
        let first = text[from..start]
            .rfind(['\n', '\r'])
            .map_or(from, |at| from + at + 1);
        let last = text[start..to]
            .find(['\n', '\r'])
            .map_or(to, |at| start + at);
        let start = start.min(last);
        Self {
            shown: first..last,
            marked: start - first..end.clamp(start, last) - first,
        }
    }
}
