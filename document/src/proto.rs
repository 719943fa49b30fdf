//! Protobuf texts: where they import others, and where a part of one stands in its file.
use std::ops::Range;

use crate::{Node, Span};

/// The paths of the imports of a text, each without its quotes.
pub(crate) fn imports(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut tokens = Tokens { text, at: 0 };
    let (mut depth, mut is_start, mut is_import) = (0_usize, true, false);
    while let Some(token) = tokens.next() {
        match (token, &text[tokens.start(&token)..tokens.at]) {
            (Token::Word(_), "import") if is_start && depth == 0 => is_import = true,
            (Token::Word(_), "public" | "weak" | "option") if is_import => {}
            (Token::Text(start), written) if is_import => {
                let end = start + written.len();
                let is_closed = written.len() > 2 && written.ends_with(&written[..1]);
                if is_closed && !written.contains('\\') {
                    found.push(start + 1..end - 1);
                }
                is_import = false;
            }
            (_, mark) => {
                is_import = false;
                match mark {
                    "{" => depth += 1,
                    "}" => depth = depth.saturating_sub(1),
                    _ => {}
                }
                is_start = matches!(mark, ";" | "}");
                continue;
            }
        }
        is_start = false;
    }
    found
}

/// A token, with the place where it begins.
#[derive(Debug, Clone, Copy)]
enum Token {
    Word(usize),
    Text(usize),
    Mark(usize),
}

/// Reads a text without its space and comments.
struct Tokens<'t> {
    text: &'t str,
    at: usize,
}

impl Tokens<'_> {
    fn start(&self, token: &Token) -> usize {
        match token {
            Token::Word(start) | Token::Text(start) | Token::Mark(start) => *start,
        }
    }

    fn next(&mut self) -> Option<Token> {
        loop {
            let rest = self.text.get(self.at..)?;
            let start = self.at;
            let first = rest.chars().next()?;
            if rest.starts_with("//") {
                self.at += rest.find('\n').unwrap_or(rest.len());
            } else if rest.starts_with("/*") {
                self.at += rest.find("*/").map_or(rest.len(), |end| end + 2);
            } else if first == '"' || first == '\'' {
                self.at += length_of_string(rest);
                return Some(Token::Text(start));
            } else if first.is_alphanumeric() || first == '_' {
                let part = |letter: char| letter.is_alphanumeric() || letter == '_';
                self.at += rest.find(|letter| !part(letter)).unwrap_or(rest.len());
                return Some(Token::Word(start));
            } else {
                self.at += first.len_utf8();
                if !first.is_whitespace() {
                    return Some(Token::Mark(start));
                }
            }
        }
    }
}

/// Length of a string with its quotes; it ends with its line at the latest.
fn length_of_string(text: &str) -> usize {
    let quote = text.as_bytes()[0];
    let mut at = 1;
    while let Some(byte) = text.as_bytes().get(at) {
        match byte {
            b'\\' => at += 1,
            b'\n' => return at,
            _ if *byte == quote => return at + 1,
            _ => {}
        }
        at += 1;
    }
    text.len()
}

/// Finds where parts of a node's text stand in the file. Places in a quoted text are counted on from the last, so that many
/// of them in their order take no longer than one.
pub(crate) struct Places<'t> {
    node: &'t Node,
    /// What the node was read from.
    written: &'t str,
    reached: Reached,
}

/// An offset in what is written, and that in the text which comes from it.
#[derive(Debug, Clone, Copy)]
struct Reached {
    written: usize,
    text: usize,
}

impl Reached {
    /// Behind the quote.
    const START: Self = Self {
        written: 1,
        text: 0,
    };
}

impl<'t> Places<'t> {
    pub(crate) fn new(node: &'t Node, written: &'t str) -> Self {
        Self {
            node,
            written,
            reached: Reached::START,
        }
    }

    /// Where a part stands; nothing where lines were folded.
    pub(crate) fn place(&mut self, range: Range<usize>) -> Option<Span> {
        let start = self.written_at(range.start)?;
        let end = match range.is_empty() {
            true => start,
            // Behind the last character: the next may stand on another line.
            false => self.written_at(range.end - 1)? + 1,
        };
        let from = self.node.span.start;
        Some(Span {
            file: self.node.span.file,
            start: from + u32::try_from(start).ok()?,
            end: from + u32::try_from(end).ok()?,
        })
    }

    fn written_at(&mut self, offset: usize) -> Option<usize> {
        written_at(self.node.as_str()?, self.written, offset, &mut self.reached)
    }
}

/// The offset in what is written that an offset in the text comes from.
fn written_at(text: &str, written: &str, offset: usize, reached: &mut Reached) -> Option<usize> {
    let written = written.trim_start_matches('\u{feff}');
    if written == text {
        return Some(offset);
    }
    match written.as_bytes().first()? {
        b'"' | b'\'' => in_quotes(text, written, offset, reached),
        _ => in_block(text, written, offset),
    }
}

/// A quoted text: between double quotes some characters stand behind backslashes, between single ones those are written twice.
fn in_quotes(text: &str, written: &str, offset: usize, reached: &mut Reached) -> Option<usize> {
    if reached.text > offset {
        *reached = Reached::START;
    }
    let is_single = written.starts_with('\'');
    while reached.text < offset {
        let rest = written.get(reached.written..)?;
        let letter = text.get(reached.text..)?.chars().next()?;
        let escape = rest.strip_prefix('\\').filter(|_| !is_single);
        reached.written += match escape {
            None if is_single && rest.starts_with("''") => 2,
            None if rest.starts_with(letter) => letter.len_utf8(),
            None => return None,
            Some(escape) => length_of_escape(escape.chars().next()?, letter)?,
        };
        reached.text += letter.len_utf8();
    }
    Some(reached.written)
}

/// How long the escape of a letter is with its backslash; nothing for that of a line's end, which stands for no letter.
fn length_of_escape(kind: char, letter: char) -> Option<usize> {
    match kind {
        'x' => Some(4),
        // JSON writes what lies beyond 16 bits as two halves.
        'u' => Some(6 * letter.len_utf16()),
        'U' => Some(10),
        '\n' | '\r' => None,
        other => other.is_ascii().then_some(2),
    }
}

/// A block of lines, each behind the same indentation; what was read begins with the first that is not empty.
fn in_block(text: &str, written: &str, offset: usize) -> Option<usize> {
    let empty = text.len() - text.trim_start_matches('\n').len();
    let (text, offset) = (&text[empty..], offset.checked_sub(empty)?);
    let before = text.get(..offset)?;
    let line = before.matches('\n').count();
    let column = before.len() - before.rfind('\n').map_or(0, |at| at + 1);
    let wanted = text.split('\n').nth(line)?;
    let mut lines = written.split('\n');
    let start: usize = lines.by_ref().take(line).map(|line| line.len() + 1).sum();
    let found = lines.next()?;
    let found = found.strip_suffix('\r').unwrap_or(found);
    let indentation = found.strip_suffix(wanted)?;
    let is_space = indentation.bytes().all(|byte| byte == b' ');
    is_space.then_some(start + indentation.len() + column)
}

/// The payload or schema of an object that says it is Protobuf.
pub(crate) fn schema_of(node: &Node) -> Option<&Node> {
    let format = node.get("schemaFormat")?.as_str()?;
    let is_protobuf = format.to_ascii_lowercase().contains("protobuf");
    let inner = node.get("payload").or_else(|| node.get("schema"));
    inner.filter(|_| is_protobuf)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_are_found_outside_of_comments_and_strings() {
        let text = "syntax = \"proto3\"; // import \"a\";\n/* import \"b\"; */ import \"c.proto\";import public 'd/e.proto' ;\n\
            option x = \"import \\\"f\\\";\"; message import { string import = 1; import \"g\"; }\nimport weak\"h\";import i;import \"";
        let found: Vec<&str> = imports(text)
            .into_iter()
            .map(|range| &text[range])
            .collect();
        assert_eq!(found, ["c.proto", "d/e.proto", "h"]);
        for text in [
            "import \"a\\",
            "import \"é",
            "import \"é\n\";",
            "import 'é\\é",
        ] {
            assert!(imports(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn places_are_found_behind_indentation_and_escapes() {
        let at = |text: &str, written: &str, offset| {
            written_at(text, written, offset, &mut Reached::START.clone())
        };
        let block = "a b\r\n\n      c";
        let text = "a b\n\n  c\n";
        assert_eq!(at(text, block, 2), Some(2));
        assert_eq!(at(text, block, 7), Some(12));
        assert_eq!(at(&format!("\n{text}"), block, 8), Some(12));
        let quoted = "\"a\\n\\u0041 b\"";
        assert_eq!(at("a\nA b", quoted, 2), Some(4));
        assert_eq!(at("a\nA b", quoted, 4), Some(11));
        assert_eq!(at("a b", "a\n b", 2), None);
        assert_eq!(at("a'\\b", "'a''\\b'", 3), Some(5));
        for (escape, letter) in [
            (r"\x41", "A"),
            (r"\u00e9", "é"),
            (r"\ud83d\ude00", "😀"),
            (r"\U0001F600", "😀"),
            (r"\t", "\t"),
            ("é", "é"),
        ] {
            let (text, quoted) = (format!("{letter}b"), format!("\"{escape}b\""));
            let expected = Some(1 + escape.len());
            assert_eq!(at(&text, &quoted, letter.len()), expected, "{escape}");
        }
        assert_eq!(at("ab", "\"a\\\n  b\"", 2), None);
        let mut reached = Reached::START;
        let mut next = |offset| written_at("a\nA b", quoted, offset, &mut reached);
        assert_eq!(
            [2, 4, 2, 4].map(&mut next),
            [2, 4, 2, 4].map(|offset| at("a\nA b", quoted, offset))
        );
    }
}
