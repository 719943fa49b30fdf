//! Why a text is no JSON, in the words of whoever wrote it: `serde_json` says where it gave up, the text around says why.
use std::ops::Range;

use crate::slip::{Slip, character, merge_marker};

/// The slip because of which `serde_json` stopped at a place for a reason of its own.
pub(super) fn find(text: &str, at: usize, info: &str) -> Slip {
    let at = if info.starts_with("EOF") {
        text.len()
    } else {
        at
    };
    let open = Open::before(text, at);
    let missing = || missing(text, at, info);
    merge_marker(text, at)
        .or_else(|| not_closed(text, at, info, &open))
        .or_else(|| escape(text, at, info))
        .or_else(|| comment(text, at))
        .or_else(|| comma_too_many(text, at))
        .or_else(|| wrong_bracket(text, at, &open))
        .or_else(missing)
        .unwrap_or_else(|| word(text, at, info))
}

/// What is open at a place.
#[derive(Default)]
struct Open {
    brackets: Vec<usize>,
    quote: Option<usize>,
}

impl Open {
    fn before(text: &str, end: usize) -> Self {
        let mut open = Self::default();
        let mut bytes = text.bytes().enumerate().take(end);
        while let Some((at, byte)) = bytes.next() {
            match byte {
                b'"' if open.quote.is_some() => open.quote = None,
                b'"' => open.quote = Some(at),
                b'\\' if open.quote.is_some() => drop(bytes.next()),
                b'{' | b'[' if open.quote.is_none() => open.brackets.push(at),
                b'}' | b']' if open.quote.is_none() => drop(open.brackets.pop()),
                _ => {}
            }
        }
        open
    }
}

fn not_closed(text: &str, at: usize, info: &str, open: &Open) -> Option<Slip> {
    let is_end = info.starts_with("EOF");
    if let Some(quote) = open
        .quote
        .filter(|_| is_end || info.starts_with("control character"))
    {
        let control = text[quote..].find(char::is_control);
        let control = control.map_or(at, |within| quote + within);
        if text[control..].starts_with('\t') {
            let message = "there is a tab within a text";
            return Some(Slip::new(
                control..control + 1,
                message,
                "write it as `\\t`",
            ));
        }
        return Some(open_quote(quote));
    }
    if !is_end {
        return None;
    }
    let Some(bracket) = open.brackets.last().copied() else {
        let message = "there is no value in the file";
        return Some(Slip::new(at..at, message, "begin with `{`"));
    };
    let written = &text[bracket..=bracket];
    let message = format!("the bracket `{written}` opens here and is not closed");
    let help = format!("write `{}` where it ends", closing(written));
    Some(Slip::new(bracket..bracket + 1, message, help))
}

fn open_quote(at: usize) -> Slip {
    let message = "the quote opens here and is not closed in its line";
    let help = "close it with `\"`, and write line breaks within a text as `\\n`";
    Slip::new(at..at + 1, message, help)
}

fn closing(bracket: &str) -> &'static str {
    if bracket == "{" { "}" } else { "]" }
}

fn escape(text: &str, at: usize, info: &str) -> Option<Slip> {
    let is_escape = ["escape", "surrogate", "unicode"]
        .iter()
        .any(|word| info.contains(word));
    let start = text[..character(text, at).end]
        .rfind('\\')
        .filter(|_| is_escape)?;
    let next = character(text, start + 1);
    let written = &text[start..next.end];
    let message = format!("`{written}` is no escape of JSON here");
    let help = format!("double the backslash: `\\{written}`");
    Some(Slip::new(start..next.end, message, help))
}

fn comment(text: &str, at: usize) -> Option<Slip> {
    let starts = ["//", "/*", "#"];
    let is_comment = starts.iter().any(|start| text[at..].starts_with(start));
    let end = text[at..].find('\n').map_or(text.len(), |end| at + end);
    let help = "remove it, or say it in a `description`";
    is_comment.then(|| Slip::new(at..end, "JSON has no comments", help))
}

fn comma_too_many(text: &str, at: usize) -> Option<Slip> {
    let before = text[..at].trim_end();
    let comma = before.len().checked_sub(1)?;
    let (follows, rest) = (before.ends_with(','), &text[at..]);
    if follows && rest.starts_with(['}', ']']) {
        let message = "there is a trailing comma: nothing follows before the bracket";
        return Some(Slip::new(comma..comma + 1, message, "remove the comma"));
    }
    let message = "there is a comma where an entry belongs";
    let is_lone = rest.starts_with(',') && before.ends_with([',', '[', '{', ':']);
    is_lone.then(|| {
        Slip::new(
            at..at + 1,
            message,
            "remove the comma, or write what is missing",
        )
    })
}

fn wrong_bracket(text: &str, at: usize, open: &Open) -> Option<Slip> {
    let written = text[at..]
        .chars()
        .next()
        .filter(|next| matches!(next, '}' | ']'))?;
    let Some(bracket) = open.brackets.last().copied() else {
        let message = format!("the bracket `{written}` closes nothing");
        return Some(Slip::new(
            at..at + 1,
            message,
            "remove it, or write the bracket that opens before it",
        ));
    };
    let opening = &text[bracket..=bracket];
    let closing = closing(opening);
    let message = format!("`{written}` does not close the bracket `{opening}`");
    let slip = Slip::new(at..at + 1, message, format!("write `{closing}`"));
    (!closing.starts_with(written)).then(|| slip.related(bracket..bracket + 1, "opened here"))
}

/// A comma or a colon that is missing behind what was written last.
fn missing(text: &str, at: usize, info: &str) -> Option<Slip> {
    let end = text[..at].trim_end().len();
    let last = text[..end].chars().next_back()?;
    let range = end - last.len_utf8()..end;
    let next = text[at..].chars().next()?;
    if info.starts_with("expected `,`") {
        if next == ':' {
            let message = "there is a `:` behind an item of a list";
            return Some(Slip::new(
                at..at + 1,
                message,
                "write entries with keys between `{` and `}`",
            ));
        }
        let quoted = &text[..end - last.len_utf8()];
        if let Some(opens) = quoted
            .rfind('"')
            .filter(|_| last == '"' && begins_next(quoted))
        {
            return Some(open_quote(opens));
        }
        if last == '"' && end == at && next.is_alphanumeric() {
            let message = "text stands behind the quote that closes the value";
            let help = "put a backslash before each quote within the text: `\\\"`";
            return Some(
                Slip::new(character(text, at), message, help).related(range, "closed here"),
            );
        }
        return Some(Slip::new(
            range,
            "there is a comma missing behind this",
            "write `,`",
        ));
    }
    let no_colon = info.starts_with("expected `:`");
    no_colon.then(|| {
        Slip::new(
            range,
            "there is no `:` behind the key",
            "write `: ` and a value",
        )
    })
}

/// Whether what seems to end a text opens the next one: `"a, "b": 1`.
fn begins_next(quoted: &str) -> bool {
    quoted.trim_end_matches(' ').ends_with([',', ':', '[', '{'])
}

/// A word that JSON does not know, or that lacks its quotes.
fn word(text: &str, at: usize, info: &str) -> Slip {
    let range = word_at(text, at);
    let word = &text[range.clone()];
    if info.starts_with("trailing characters") {
        let message = "text stands behind the end of the document";
        let help = "one file holds one value: remove what follows, or a bracket too many above";
        return Slip::new(range, message, help);
    }
    if word.starts_with(['}', ']']) {
        let message = "there is no value before this bracket";
        return Slip::new(range, message, "write the value, or remove its key");
    }
    if word.starts_with(['\'', '‘', '’', '“', '”', '„', '«']) {
        let message = "JSON knows straight double quotes only";
        return Slip::new(range, message, "write `\"` around the text");
    }
    if text[..range.start].trim().is_empty() {
        let help = "begin with `{`, or let the name of the file end in `.yaml`";
        return Slip::new(range, "the file is named as JSON, which this is not", help);
    }
    if info.starts_with("key must be") {
        let message = format!("the key `{word}` has no quotes");
        return Slip::new(range, message, format!("write `\"{word}\"`"));
    }
    let message = format!("`{word}` is no value of JSON");
    Slip::new(range, message, meant(word))
}

fn meant(word: &str) -> String {
    match word.to_ascii_lowercase().as_str() {
        "none" | "nil" | "undefined" | "nan" => "write `null`".to_owned(),
        known @ ("true" | "false" | "null") => format!("write `{known}`"),
        _ => format!(
            "put it in quotes, `\"{word}\"`, if it is text; numbers have no `+` and no zero in front"
        ),
    }
}

/// The word of which a place is part.
fn word_at(text: &str, at: usize) -> Range<usize> {
    let is_part = |part: char| part.is_alphanumeric() || "_-+.$'".contains(part);
    let before = text[..at].chars().rev().take_while(|part| is_part(*part));
    let start = at - before.map(char::len_utf8).sum::<usize>();
    let behind = text[at..].chars().take_while(|part| is_part(*part));
    let end = at + behind.map(char::len_utf8).sum::<usize>();
    if start == end {
        character(text, at)
    } else {
        start..end
    }
}
