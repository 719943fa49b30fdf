//! Why a text is no YAML, in the words of whoever wrote it: the parser says where it gave up, the lines around say why.
mod colon;
mod flow;
mod indent;
mod line;
mod quote;
mod value;

use crate::slip::{Slip, character, merge_marker};
use line::Line;

/// The slip because of which the parser stopped at a place for a reason of its own, perhaps inside of a bracket.
pub(super) fn find(text: &str, at: usize, info: &str, bracket: Option<usize>) -> Slip {
    let named = merge_marker(text, at)
        .or_else(|| tab(text, at, info))
        .or_else(|| quoted(text, at, info))
        .or_else(|| value::find(text, at).filter(|_| !info.contains("mapping values")));
    if let Some(slip) = named {
        return slip;
    }
    let found = match (info, bracket) {
        ("misplaced bracket", _) => Some(flow::closes_nothing(text, at)),
        (_, Some(open)) => Some(flow::find(text, at, open)),
        _ if info.contains("mapping values") => colon::unexpected(text, at),
        _ if info.starts_with("simple key") => colon::expected(text, at),
        _ if text.starts_with('%') => Some(directive(text)),
        _ if info.starts_with("comment intercepting") => Some(comment(text, at)),
        _ => indent::find(text, at),
    };
    found.unwrap_or_else(|| unknown(text, at))
}

/// Why a key may not be a collection.
pub(super) fn collection_as_key(text: &str, at: usize) -> Slip {
    if text[..at].ends_with('{') {
        return value::template(&Line::at(text, at));
    }
    let message = "a key must be text, not a collection";
    Slip::new(
        character(text, at),
        message,
        "write the key as text, in quotes if need be",
    )
}

/// A tab where YAML takes none: in the line where the parser stopped, or in the lines that it had begun to look at.
fn tab(text: &str, at: usize, info: &str) -> Option<Slip> {
    let line = Line::at(text, at);
    let is_indented = |line: &Line<'_>| line.text[..line.indent()].contains('\t');
    let line = if is_indented(&line) {
        line
    } else if info.contains("tab") {
        let starts = text[at..].match_indices('\n').map(|(end, _)| at + end + 1);
        let mut below = starts.map(|start| Line::at(text, start));
        let with_text = |line: &Line<'_>| is_indented(line) && !line.content().starts_with('#');
        below.find(with_text).unwrap_or(line)
    } else {
        return None;
    };
    let tab = line.start + line.text.find('\t')?;
    let message = "there is a tab in the indentation";
    let help = "indent with spaces: YAML does not allow tabs there";
    Some(Slip::new(tab..tab + 1, message, help))
}

fn quoted(text: &str, at: usize, info: &str) -> Option<Slip> {
    let is_quoted = info.contains("quoted scalar");
    is_quoted.then(|| quote::find(text, at, info)).flatten()
}

fn comment(text: &str, at: usize) -> Slip {
    let message = "a comment stands between the lines of a text";
    let help = "put the text in quotes if the `#` belongs to it, or the comment elsewhere";
    Slip::new(character(text, at), message, help)
}

fn directive(text: &str) -> Slip {
    let message = "a line that begins with `%` is a directive for the reader of YAML";
    let help = "remove it, or write `---` in the line behind the directives";
    Slip::new(Line::at(text, 0).range(), message, help)
}

/// A slip without a name.
fn unknown(text: &str, at: usize) -> Slip {
    let message = "the text is no YAML from here on";
    let help =
        "compare indentation, quotes and brackets of this line with those of the line before";
    Slip::new(character(text, at), message, help)
}
