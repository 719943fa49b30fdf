//! Flow collections whose later lines are indented too little, such as a closing `}` below its key. YAML forbids them, other
//! parsers take them, documents have them: they are read from a copy with wider lines.
use std::borrow::Cow;

/// Spaces that stand in the copy and not in the text.
#[derive(Debug, Default)]
pub(super) struct Padding {
    /// Byte of a line's start in the text, and how many spaces stand before it in the copy; in the order of the text.
    lines: Vec<(usize, usize)>,
}

impl Padding {
    pub(super) fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Indents all lines of a flow collection as far as its first bracket. Nothing to do means that this was not the fault.
    pub(super) fn widen(&mut self, text: &str, start: usize) -> bool {
        let line = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let width = text[line..start].chars().count();
        let before = self.lines.len();
        let known = self.lines.last().map_or(0, |(at, _)| *at);
        for at in line_starts_inside(text, start) {
            let indent = text[at..].bytes().take_while(|byte| *byte == b' ').count();
            if indent < width && at > known {
                self.lines.push((at, width - indent));
            }
        }
        self.lines.len() > before
    }

    pub(super) fn apply<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if self.is_empty() {
            return Cow::Borrowed(text);
        }
        let mut copy = String::with_capacity(text.len());
        let mut done = 0;
        for (at, spaces) in &self.lines {
            copy.push_str(&text[done..*at]);
            copy.extend(std::iter::repeat_n(' ', *spaces));
            done = *at;
        }
        copy.push_str(&text[done..]);
        Cow::Owned(copy)
    }

    /// Where each padding begins in the copy, and how long all paddings are up to its end.
    pub(super) fn shifts(&self) -> Vec<(u32, u32)> {
        let mut total = 0;
        let shift = |(at, spaces): &(usize, usize)| {
            let begin = at + total;
            total += spaces;
            (begin as u32, total as u32)
        };
        self.lines.iter().map(shift).collect()
    }
}

/// Starts of the lines of a flow collection after its first, found by its brackets outside of quotes and comments.
fn line_starts_inside(text: &str, start: usize) -> Vec<usize> {
    let bytes = text.as_bytes();
    let mut starts = Vec::new();
    let mut depth = 0_usize;
    let mut quote = None;
    let mut at = start;
    while at < bytes.len() {
        let byte = bytes[at];
        match (quote, byte) {
            (_, b'\n') => starts.push(at + 1),
            (Some(b'"'), b'\\') => {
                // An escaped line break still begins a line.
                at += usize::from(bytes.get(at + 1) != Some(&b'\n'));
            }
            // Two stand for one.
            (Some(b'\''), b'\'') if bytes.get(at + 1) == Some(&b'\'') => at += 1,
            (Some(open), _) if byte == open => quote = None,
            (Some(_), _) => {}
            (None, b'"' | b'\'') if !is_inside_word(bytes, at) => quote = Some(byte),
            (None, b'#') if at > 0 && bytes[at - 1].is_ascii_whitespace() => {
                at += text[at..].find('\n').unwrap_or(text.len() - at);
                continue;
            }
            (None, b'{' | b'[') => depth += 1,
            (None, b'}' | b']') => {
                depth -= 1;
                if depth == 0 {
                    break;
                }
            }
            _ => {}
        }
        at += 1;
    }
    starts.retain(|start| *start < bytes.len());
    starts
}

/// Whether a quotation mark is part of a plain word, as in `it's`.
fn is_inside_word(bytes: &[u8], at: usize) -> bool {
    at > 0 && !bytes[at - 1].is_ascii_whitespace() && !b"{[,:".contains(&bytes[at - 1])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text with the first collection in brackets indented.
    fn widened(text: &str) -> String {
        let mut padding = Padding::default();
        padding.widen(text, text.find(['{', '[']).unwrap_or(0));
        padding.apply(text).into_owned()
    }

    #[test]
    fn lines_of_a_collection_are_indented_as_far_as_it() {
        for (text, expected) in [
            ("a: {\nb: 1\n}\nc: 1\n", "a: {\n   b: 1\n   }\nc: 1\n"),
            ("a: {\n  b: 1\n }\n", "a: {\n   b: 1\n   }\n"),
            ("a: [\n    1\n]", "a: [\n    1\n   ]"),
            ("é: [\n1]", "é: [\n   1]"),
            (
                "x: 1\na: [[\n1],\n2]\nb: 1",
                "x: 1\na: [[\n   1],\n   2]\nb: 1",
            ),
            ("a: {}\nb: 1", "a: {}\nb: 1"),
        ] {
            assert_eq!(widened(text), expected);
        }
    }

    #[test]
    fn brackets_in_quotes_and_comments_end_nothing() {
        for inside in [
            "']'",
            "\"]\"",
            "\"\\\"]\"",
            "# ]",
            "'it''s ]'",
            "a'b",
            "it's",
            "\"\\\\\"",
            "a#b",
            "[], '['",
        ] {
            let text = format!("a: [\n{inside}\n]\nb: 1");
            assert_eq!(widened(&text), format!("a: [\n   {inside}\n   ]\nb: 1"));
        }
        let broken = "a: [\"b\\\nc\"\n]\nd: 1";
        assert_eq!(widened(broken), "a: [\"b\\\n   c\"\n   ]\nd: 1");
    }

    #[test]
    fn paddings_are_counted_up() {
        let mut padding = Padding::default();
        assert!(padding.is_empty() && !padding.widen("a: [1]", 3) && padding.is_empty());
        assert!(padding.widen("a: [\n1,\n 2]", 3));
        assert_eq!(padding.shifts(), [(5, 3), (11, 5)]);
        assert!(!padding.widen("a: [\n1,\n 2]", 3), "nothing is left to do");
    }
}
