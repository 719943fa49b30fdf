//! Where an ignore applies.
use tidings_document::{FileId, Node, Sources, Span};

use super::{span, walk};

/// Parts of one file, or all of it.
pub(super) struct Scope {
    parts: Vec<Span>,
}

impl Scope {
    /// A whole file.
    pub(super) fn file(file: FileId) -> Self {
        Self {
            parts: vec![Span {
                file,
                start: 0,
                end: u32::MAX,
            }],
        }
    }

    /// An object, and the key that it stands under.
    pub(super) fn object(node: &Node, key: Option<Span>) -> Self {
        Self {
            parts: std::iter::once(node.span).chain(key).collect(),
        }
    }

    /// The line that a place is in.
    pub(super) fn line(sources: &Sources, file: FileId, at: usize) -> Self {
        let text = sources.text(file);
        let start = text[..at].rfind('\n').map_or(0, |at| at + 1);
        let end = text[at..].find('\n').map_or(text.len(), |end| at + end);
        Self {
            parts: vec![span(file, start, end)],
        }
    }

    /// The next line with content behind a place, and the entry or item that begins there.
    pub(super) fn below(sources: &Sources, file: FileId, tree: &Node, at: usize) -> Self {
        let text = sources.text(file);
        let mut start = at;
        let mut lines = text[at..].split_inclusive('\n');
        // The first of them is the rest of the comment itself.
        start += lines.next().map_or(0, str::len);
        for line in lines {
            let content = line.trim();
            if !content.is_empty() && !content.starts_with('#') {
                break;
            }
            start += line.len();
        }
        let mut scope = Self::line(sources, file, start.min(text.len()));
        let line = scope.parts[0];
        let mut begins: Option<Span> = None;
        walk(tree, &mut |node, entry| {
            let whole = entry.map_or(node.span, |entry| Span {
                end: node.span.end.max(entry.key_span.end),
                ..entry.key_span
            });
            let is_part = !std::ptr::eq(node, tree);
            let is_nearer = begins.is_none_or(|begins| {
                (whole.start, u32::MAX - whole.end) < (begins.start, u32::MAX - begins.end)
            });
            if is_part && line.start <= whole.start && whole.start < line.end && is_nearer {
                begins = Some(whole);
            }
        });
        scope.parts.extend(begins);
        scope
    }

    /// Whether a finding begins in it.
    pub(super) fn holds(&self, found: Span) -> bool {
        let holds = |part: &Span| {
            part.file == found.file && part.start <= found.start && found.start <= part.end
        };
        self.parts.iter().any(holds)
    }
}
