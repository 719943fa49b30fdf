//! A JSON value as YAML in block style, as people write documents.
use serde_json::Value as Json;
use std::fmt::Write;

/// The text of a value.
pub(crate) fn block(value: &Json) -> String {
    let mut out = String::new();
    inside(value, 0, &mut out);
    out
}

/// The lines of a collection; the first one goes on where the text ends.
fn inside(value: &Json, indent: usize, out: &mut String) {
    let line = |out: &mut String, head: &str, first: bool, value: &Json| {
        if !first {
            out.extend(std::iter::repeat_n(' ', indent));
        }
        out.push_str(head);
        match value {
            Json::Object(map) if !map.is_empty() && head == "-" => {
                out.push(' ');
                inside(value, indent + 2, out);
            }
            Json::Object(map) if !map.is_empty() => below(value, indent + 2, out),
            Json::Array(items) if !items.is_empty() => below(value, indent + 2, out),
            _ => {
                out.push(' ');
                scalar(value, out);
                out.push('\n');
            }
        }
    };
    match value {
        Json::Object(map) => {
            for (at, (key, value)) in map.iter().enumerate() {
                line(out, &format!("{key}:"), at == 0, value);
            }
        }
        Json::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                line(out, "-", at == 0, item);
            }
        }
        _ => scalar(value, out),
    }
}

fn below(value: &Json, indent: usize, out: &mut String) {
    out.push('\n');
    out.extend(std::iter::repeat_n(' ', indent));
    inside(value, indent, out);
}

/// Plain where that is text and nothing else, else in the quotes of JSON.
fn scalar(value: &Json, out: &mut String) {
    match value.as_str() {
        Some(text) if is_plain(text) => out.push_str(text),
        _ => write!(out, "{value}").unwrap_or_default(),
    }
}

fn is_plain(text: &str) -> bool {
    let begins = text.starts_with(|first: char| first.is_ascii_alphabetic());
    let words = ["true", "false", "null", "yes", "no", "on", "off"];
    let harmless = |part: char| part.is_ascii_alphanumeric() || " ./{}-".contains(part);
    begins && text.chars().all(harmless) && !words.contains(&text)
}
