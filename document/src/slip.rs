//! What an author did where a text can't be read: the place of the slip, its name, and how to mend it.
use std::ops::Range;

use crate::{Diagnostic, FileId, Span, rules};

/// A slip in a text; places are bytes of that text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Slip {
    pub(crate) range: Range<usize>,
    pub(crate) message: String,
    pub(crate) help: String,
    /// A place that has to do with it, and what.
    pub(crate) related: Option<(Range<usize>, String)>,
}

impl Slip {
    pub(crate) fn new(
        range: Range<usize>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Self {
            range,
            message: message.into(),
            help: help.into(),
            related: None,
        }
    }

    pub(crate) fn related(self, range: Range<usize>, message: impl Into<String>) -> Self {
        Self {
            related: Some((range, message.into())),
            ..self
        }
    }

    /// The finding about it in a file whose text begins at `base`.
    pub(crate) fn report(self, file: FileId, base: u32) -> Diagnostic {
        let offset = |at| base + u32::try_from(at).unwrap_or(u32::MAX - base);
        let span = |range: Range<usize>| Span {
            file,
            start: offset(range.start),
            end: offset(range.end),
        };
        let found = Diagnostic::new(&rules::SYNTAX_ERROR, span(self.range), self.message);
        let found = found.help(self.help);
        match self.related {
            Some((range, message)) => found.related(span(range), message),
            None => found,
        }
    }
}

/// The first mark of a merge conflict before the place where reading ended.
pub(crate) fn merge_marker(text: &str, stopped: usize) -> Option<Slip> {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        if start > stopped {
            return None;
        }
        let marker = line.trim_end();
        if is_marker(marker) {
            let message = format!("this is a mark of a merge conflict: `{}`", &marker[..7]);
            let help = "keep one of the two versions, and remove the lines `<<<<<<<`, `=======` and `>>>>>>>`";
            return Some(Slip::new(start..start + marker.len(), message, help));
        }
        start += line.len();
    }
    None
}

fn is_marker(line: &str) -> bool {
    let named = ["<<<<<<<", ">>>>>>>", "|||||||"];
    let rest = named.iter().find_map(|mark| line.strip_prefix(mark));
    line == "=======" || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
}

/// The character at a place.
pub(crate) fn character(text: &str, at: usize) -> Range<usize> {
    let next = text.get(at..).and_then(|rest| rest.chars().next());
    let width = next
        .filter(|next| !matches!(next, '\n' | '\r'))
        .map_or(0, char::len_utf8);
    at..at + width
}
