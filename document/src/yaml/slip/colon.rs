//! Colons that are missing, and those that are too many.
use super::line::{Line, colons, in_quotes, lines_before};
use crate::slip::{Slip, character};

/// A colon where no key can end: the value before holds it, or the lines above are no entries.
pub(super) fn unexpected(text: &str, at: usize) -> Option<Slip> {
    let line = Line::at(text, at);
    let inside = at - line.start;
    let entry = line.entry();
    if colons(&line.text[entry..]).any(|colon| entry + colon < inside) {
        let (_, value) = line.value()?;
        let message = "`: ` stands inside of a value that has no quotes";
        return Some(Slip::new(character(text, at), message, in_quotes(value)));
    }
    let above = lines_before(text, line.start).next()?;
    if above.key().is_none() && !above.is_item() {
        return Some(missing(&above));
    }
    let (indent, own) = (above.entry(), line.entry());
    let message = format!(
        "`{}` is indented deeper than `{}` above, which has a value already",
        line.name(),
        above.name()
    );
    let help = format!(
        "indent it by {indent} as `{}` is, or put the value above in quotes if it goes on here",
        above.name()
    );
    let range = line.start + own..at.max(line.start + own);
    Some(Slip::new(range, message, help).related(above.range(), "the value stands here"))
}

/// A line that should have a key, before the place where the parser missed it.
pub(super) fn expected(text: &str, at: usize) -> Option<Slip> {
    let line = Line::at(text, at);
    let own = Some(line).filter(|line| line.key().is_none() && !line.content().is_empty());
    let above = lines_before(text, line.start);
    let bare = own
        .into_iter()
        .chain(above.take_while(|line| line.key().is_none()));
    let first = bare.last()?;
    let before = lines_before(text, first.start).next();
    match before.filter(begins_text) {
        Some(before) => Some(text_not_indented(&first, &before)),
        None => Some(missing(&first)),
    }
}

/// Whether the lines below are text.
pub(super) fn begins_text(line: &Line<'_>) -> bool {
    let mut words = line.content().rsplit(' ');
    words.next().is_some_and(|last| {
        last.starts_with(['|', '>']) && last[1..].chars().all(|part| "+-123456789".contains(part))
    })
}

/// A line of text that is not indented as the lines of a text are.
pub(super) fn text_not_indented(line: &Line<'_>, key: &Line<'_>) -> Slip {
    let message = format!(
        "this line is indented too little to belong to the text of `{}`",
        key.name()
    );
    let help = "indent all lines of the text by the same number of spaces, deeper than the key";
    Slip::new(line.range(), message, help).related(key.range(), "the text begins here")
}

/// A line that has no key.
fn missing(line: &Line<'_>) -> Slip {
    let written = &line.text[line.entry()..];
    let range = line.range();
    if let Some((key, value)) = written
        .split_once(':')
        .filter(|(key, _)| !key.contains(' '))
    {
        let message = format!("there is no space behind `{key}:`");
        return Slip::new(range, message, format!("write `{key}: {}`", value.trim()));
    }
    let (key, value) = written.split_once(' ').unwrap_or((written, "…"));
    let message = format!("there is no `:` behind `{}`", key.trim());
    let help = format!(
        "write `{}: {}`, or indent the line if it belongs to the text above",
        key.trim(),
        value.trim()
    );
    Slip::new(range, message, help)
}
