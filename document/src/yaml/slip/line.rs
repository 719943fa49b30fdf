//! Lines as an author sees them: how far they are indented, their key, what is behind it.
use std::ops::Range;

/// A line of a text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line<'t> {
    /// Where it begins in the text.
    pub(super) start: usize,
    /// What is written in it, without its end.
    pub(super) text: &'t str,
}

impl<'t> Line<'t> {
    /// The line in which a place is.
    pub(super) fn at(text: &'t str, at: usize) -> Self {
        let start = text[..at].rfind('\n').map_or(0, |at| at + 1);
        let end = text[start..].find('\n').map_or(text.len(), |at| start + at);
        let text = text[start..end].trim_end_matches('\r');
        Self { start, text }
    }

    /// White space before its first word.
    pub(super) fn indent(&self) -> usize {
        self.text.len() - self.text.trim_start().len()
    }

    /// What is written, without the space around.
    pub(super) fn content(&self) -> &'t str {
        self.text.trim()
    }

    /// The place of what is written.
    pub(super) fn range(&self) -> Range<usize> {
        let start = self.start + self.indent();
        start..start + self.content().len()
    }

    /// Whether it is an item of a list.
    pub(super) fn is_item(&self) -> bool {
        self.content() == "-" || self.content().starts_with("- ")
    }

    /// Where its entry begins: behind the dashes of list items.
    pub(super) fn entry(&self) -> usize {
        let mut at = self.indent();
        while self.text[at..].starts_with("- ") {
            at += self.text[at..].len() - self.text[at + 1..].trim_start().len();
        }
        at
    }

    /// The key of its entry, as it is written.
    pub(super) fn key(&self) -> Option<&'t str> {
        let entry = &self.text[self.entry()..];
        colons(entry).next().map(|at| entry[..at].trim_end())
    }

    /// The value behind the key, or behind the dash, with its place in the text.
    pub(super) fn value(&self) -> Option<(usize, &'t str)> {
        let entry = &self.text[self.entry()..];
        let from = colons(entry).next().map_or(0, |at| at + 1);
        let value = entry[from..].trim();
        let start = self.start + self.text.len() - entry[from..].trim_start().len();
        (!value.is_empty()).then_some((start, value))
    }

    /// What to call it: what is written, up to the end of its key.
    pub(super) fn name(&self) -> &'t str {
        let name = match self.key() {
            Some(key) => &self.text[self.indent()..self.entry() + key.len()],
            None => self.content(),
        };
        &name[..name.floor_char_boundary(60)]
    }
}

/// Where colons end a key: those before space or the end, outside of quotes.
pub(super) fn colons(entry: &str) -> impl Iterator<Item = usize> {
    let bytes = entry.as_bytes();
    let mut quote = None;
    (0..bytes.len()).filter(move |at| {
        let opens = *at == 0 || matches!(bytes[at - 1], b' ' | b'{' | b'[' | b',');
        match (quote, bytes[*at]) {
            (Some(open), byte) if open == byte => quote = None,
            (None, byte @ (b'"' | b'\'')) if opens => quote = Some(byte),
            (None, b':') => return matches!(bytes.get(at + 1), None | Some(b' ' | b'\t')),
            _ => {}
        }
        false
    })
}

/// The lines before a place that hold more than a comment, the nearest first.
pub(super) fn lines_before(text: &str, start: usize) -> impl Iterator<Item = Line<'_>> {
    let mut rest = &text[..start];
    std::iter::from_fn(move || {
        let whole = rest.strip_suffix('\n').filter(|_| !rest.is_empty())?;
        let line = Line::at(whole, whole.len());
        rest = &rest[..line.start];
        Some(line)
    })
    .filter(|line| !matches!(line.content().as_bytes().first(), None | Some(b'#')))
}

/// Quotes of printed text.
const TYPOGRAPHIC: [char; 8] = ['‘', '’', '‚', '“', '”', '„', '«', '»'];

/// A text in the quotes that YAML needs for it, where it is short enough to show.
pub(super) fn in_quotes(text: &str) -> String {
    if text.chars().count() > 80 || text.contains('`') {
        return "put the value in quotes".to_owned();
    }
    let straight = text.trim_matches(TYPOGRAPHIC);
    if straight.len() < text.len() {
        let written = straight.replace('\'', "''");
        return format!("typographic quotes mean nothing in YAML: write `'{written}'`");
    }
    format!("put it in quotes: `'{}'`", text.replace('\'', "''"))
}
