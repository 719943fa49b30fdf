//! Where an ignore applies.
use tidings_document::{FileId, Node, Sources, Span};

use super::{span, walk};

/// Parts of one file, or all of it.
#[derive(Clone)]
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

    /// The line of a place with content, and the entry or item that begins there.
    pub(super) fn entry(sources: &Sources, parts: &Parts, file: FileId, at: usize) -> Self {
        let mut scope = Self::line(sources, file, at);
        let line = scope.parts[0];
        let first = parts.0.partition_point(|part| part.start < line.start);
        let part = parts.0.get(first).filter(|part| part.start < line.end);
        scope.parts.extend(part);
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

/// The entries and items of a tree by their beginnings, the longest of each first.
pub(super) struct Parts(Vec<Span>);

impl Parts {
    pub(super) fn new(tree: &Node) -> Self {
        let mut parts = Vec::new();
        walk(tree, &mut |node, entry| {
            if let Some(entry) = entry {
                parts.push(Span {
                    end: node.span.end.max(entry.key_span.end),
                    ..entry.key_span
                });
            } else if !std::ptr::eq(node, tree) {
                parts.push(node.span);
            }
        });
        parts.sort_by_key(|part| (part.start, u32::MAX - part.end));
        Self(parts)
    }
}

/// Where the next line with content begins behind a line.
pub(super) fn next_content(text: &str, at: usize) -> usize {
    let mut start = at;
    let mut lines = text[at..].split_inclusive('\n');
    start += lines.next().map_or(0, str::len);
    for line in lines {
        let content = line.trim();
        if !content.is_empty() && !content.starts_with('#') {
            break;
        }
        start += line.len();
    }
    start.min(text.len())
}
