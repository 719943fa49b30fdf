//! Values that begin with a character that means something else in YAML.
use super::line::{Line, in_quotes};
use crate::slip::Slip;

/// What is wrong with the value that begins where the parser stopped, or in whose brackets text goes on behind them.
pub(super) fn find(text: &str, at: usize) -> Option<Slip> {
    let line = Line::at(text, at);
    if line.content().contains("{{") || line.content().starts_with("{%") {
        return Some(template(&line));
    }
    let (start, value) = line.value()?;
    let range = start..start + value.len();
    if start < at && value.starts_with(['{', '[']) && !is_bracket(text, at) {
        let message = format!("text stands behind the brackets of `{}`", line.name());
        let before = text[start..at].trim_end();
        let is_closed = before.ends_with(['}', ']']);
        return is_closed.then(|| Slip::new(range, message, in_quotes(value)));
    }
    let value = text.get(at..line.start + line.text.len())?.trim_end();
    let first = value.chars().next()?;
    let is_value = start == at || !matches!(first, ',' | ']' | '}');
    let begins_line = at <= line.start + line.indent();
    let message = meaning(first, value).filter(|_| is_value && !begins_line)?;
    let help = format!("{}{}", in_quotes(value), or_else(first));
    Some(Slip::new(at..at + value.len(), message, help))
}

fn is_bracket(text: &str, at: usize) -> bool {
    text[at..].starts_with([',', '}', ']', ':'])
}

/// A line that is none before a template is filled in.
pub(super) fn template(line: &Line<'_>) -> Slip {
    let message = "this is a template, which is not YAML until it is filled in";
    let help = "give the document that the template makes, or put the value in quotes";
    Slip::new(line.range(), message, help)
}

/// What YAML takes a character at the beginning of a value for.
fn meaning(first: char, value: &str) -> Option<String> {
    let behind = &value[first.len_utf8()..];
    let word = behind.split([' ', ',', ']', '}']).next();
    let word = word.unwrap_or_default();
    Some(match first {
        '`' => "a value in YAML may not begin with a backtick".to_owned(),
        '@' | '%' | ',' | ']' | '}' | '?' => {
            format!("a value in YAML may not begin with `{first}`")
        }
        '*' => format!("`*` stands for the value of an anchor, and there is no `&{word}` before"),
        '&' => "`&` gives a value a name, and there is none".to_owned(),
        '!' => "`!` begins a tag, and this is none".to_owned(),
        '|' | '>' => format!("the text behind `{first}` begins in the line below"),
        '-' => "a list can't begin in the line of its key".to_owned(),
        _ => return None,
    })
}

/// What else may be meant by it.
fn or_else(first: char) -> &'static str {
    match first {
        '|' | '>' => ", or begin the text in the next line, indented deeper",
        '-' => ", or write each item in a line of its own, or the list as `[ … ]`",
        _ => "",
    }
}
