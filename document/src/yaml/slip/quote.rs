//! Slips with quotes: not closed, closed too early, escapes that are none.
use super::line::Line;
use crate::slip::{Slip, character};

/// What is wrong with a quoted text; the parser names where it opens, or what stands behind it.
pub(super) fn find(text: &str, at: usize, info: &str) -> Option<Slip> {
    if info.contains("trailing content") {
        return Some(closed_early(text, at));
    }
    let quote = text[at..]
        .chars()
        .next()
        .filter(|quote| "\"'".contains(*quote))?;
    if info.contains("escape") || info.contains("hexadecimal") {
        return bad_escape(text, at);
    }
    let behind = closing(text, at, quote);
    if let Some(end) = behind.filter(|end| is_whole(&text[at..*end], text, *end)) {
        let message = "a line of this quoted text is indented too little";
        let help = "indent all its lines deeper than the key";
        return Some(Slip::new(at..end, message, help));
    }
    Some(not_closed(at, quote))
}

fn not_closed(at: usize, quote: char) -> Slip {
    let message = format!("the quote `{quote}` opens here and is not closed");
    let help = format!("write `{quote}` where the text ends");
    Slip::new(at..at + 1, message, help)
}

/// Behind the mark that closes the one at a place.
fn closing(text: &str, at: usize, quote: char) -> Option<usize> {
    let mut rest = text[at + 1..].char_indices();
    while let Some((index, next)) = rest.next() {
        if next == '\\' && quote == '"' {
            rest.next();
        } else if next == quote {
            return Some(at + 1 + index + 1);
        }
    }
    None
}

/// Whether a quoted text is one text: none of its lines looks like an entry, and nothing stands behind it.
fn is_whole(quoted: &str, text: &str, end: usize) -> bool {
    let rest = text[end..].lines().next().unwrap_or_default().trim_start();
    let ends = rest.is_empty() || rest.starts_with(['#', ',', '}', ']']);
    let mut later = quoted.lines().skip(1);
    ends && later.all(|text| Line { start: 0, text }.key().is_none())
}

fn closed_early(text: &str, at: usize) -> Slip {
    let before = text[..at].trim_end();
    let quote = if before.ends_with('"') { '"' } else { '\'' };
    let quoted = before.strip_suffix(quote).unwrap_or(before);
    if let Some(opens) = quoted
        .rfind(quote)
        .filter(|_| quoted.trim_end_matches(' ').ends_with([',', ':', '[', '{']))
    {
        // What closes the text looks like the beginning of the next one.
        return not_closed(opens, quote);
    }
    let within = match quote {
        '"' => "put a backslash before each quote within the text: `\\\"`",
        _ => "double each quote within the text: `''`",
    };
    let message = "text stands behind the quote that closes the value";
    let help = format!("{within}, or put a `,` or `:` between two texts");
    let mark = before.len().saturating_sub(1);
    Slip::new(character(text, at), message, help).related(mark..before.len(), "closed here")
}

/// The first escape that YAML does not know.
fn bad_escape(text: &str, at: usize) -> Option<Slip> {
    let mut rest = text[at + 1..].char_indices();
    while let Some((index, next)) = rest.next() {
        if next != '\\' {
            continue;
        }
        let (_, escaped) = rest.next()?;
        let start = at + 1 + index;
        let after = &text[start + 1 + escaped.len_utf8()..];
        if !is_escape(escaped, after) {
            let range = start..start + 1 + escaped.len_utf8();
            let written = &text[range.clone()];
            let message = format!("`{written}` is no escape between double quotes");
            let help =
                format!("double the backslash, `\\{written}`, or put the text in single quotes");
            return Some(Slip::new(range, message, help));
        }
    }
    None
}

fn is_escape(escaped: char, after: &str) -> bool {
    let digits = match escaped {
        'x' => 2,
        'u' => 4,
        'U' => 8,
        _ => return "0abt\tnvfre \"/\\N_LP\n\r".contains(escaped),
    };
    let hex = after.chars().take(digits).filter(char::is_ascii_hexdigit);
    hex.count() == digits
}
