//! How deep brackets nest in the text of a schema: the compiler's reader of option values knows no bound.
use std::ops::Range;

/// The bracket that opens one level more than `limit`, if there is one.
pub(super) fn beyond(text: &str, limit: usize) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let (mut at, mut depth) = (0, 0_usize);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' | b'\'' => at = end_of_string(bytes, at),
            b'/' if bytes.get(at + 1) == Some(&b'/') => at = end_of_line(bytes, at),
            b'/' if bytes.get(at + 1) == Some(&b'*') => at = end_of_comment(text, at),
            b'{' | b'[' | b'<' | b'(' => {
                depth += 1;
                if depth > limit {
                    return Some(at..at + 1);
                }
            }
            b'}' | b']' | b'>' | b')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        at += 1;
    }
    None
}

/// The closing quote; a string ends at the end of its line at the latest.
fn end_of_string(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 1,
            b'\n' => break,
            _ if *byte == bytes[start] => break,
            _ => {}
        }
        at += 1;
    }
    at
}

fn end_of_line(bytes: &[u8], at: usize) -> usize {
    let rest = bytes[at..].iter();
    at + rest.take_while(|byte| **byte != b'\n').count()
}

fn end_of_comment(text: &str, at: usize) -> usize {
    let end = text.get(at + 2..).and_then(|rest| rest.find("*/"));
    end.map_or(text.len(), |end| at + 2 + end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_in_strings_and_comments_do_not_count() {
        assert_eq!(
            beyond("{ [ ] } // {{{{\n /* {{{ */ \"{{{\\\"{\" {", 2),
            None
        );
        assert_eq!(beyond("a { b { c {", 2), Some(10..11));
        assert_eq!(beyond("/* {", 0), None);
        assert_eq!(beyond("/* \n { */ // {\n '{' \"\\\"{\"", 0), None);
    }

    #[test]
    fn brackets_behind_strings_and_comments_count() {
        for (text, at) in [
            ("/* */{", 5),
            ("/*/ { */{", 8),
            ("/ {", 2),
            ("// {\n{", 5),
            ("'{'{", 3),
            ("\"\\\"\"{", 4),
            ("\"{\n{", 3),
            ("(", 0),
            ("a[", 1),
            ("a<", 1),
        ] {
            assert_eq!(beyond(text, 0), Some(at..at + 1), "{text}");
        }
        assert_eq!(beyond("{}[]<>()", 1), None);
    }
}
