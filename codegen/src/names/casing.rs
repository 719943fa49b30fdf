//! From any text to the words of an identifier.
use heck::{ToShoutySnakeCase, ToSnakeCase, ToUpperCamelCase};
use std::borrow::Cow;

/// Words that are no names, in any edition.
const KEYWORDS: [&str; 52] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn",
    "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let",
    "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return",
    "static", "struct", "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use",
    "virtual", "where", "while", "yield", "self", "Self", "super", "crate",
];

/// Longest name in characters: rustdoc makes a file of each type, and readers are people.
const LONGEST: usize = 100;

/// A type or variant; `fallback` where the text has no letter or digit, or begins with a digit.
pub(crate) fn pascal(text: &str, fallback: &str) -> String {
    let mut name = ascii(text).to_upper_camel_case();
    name.truncate(LONGEST);
    if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
        format!("{fallback}{name}")
    } else {
        name
    }
}

/// Longest name of a type, where that is enough to tell it from others.
const SHORT: usize = 60;
/// How much of the end of a long name is kept, which says most.
const END: usize = 20;

/// A long name without words in its middle.
pub(crate) fn short(name: &str) -> String {
    if name.len() <= SHORT {
        return name.to_owned();
    }
    let is_start = |at: &usize| name.as_bytes()[*at].is_ascii_uppercase();
    let end = (name.len() - END..name.len()).find(is_start);
    let end = end.unwrap_or(name.len());
    let room = SHORT - (name.len() - end);
    let begin = (1..=room).rev().find(is_start);
    let begin = begin.unwrap_or_else(|| name.floor_char_boundary(room));
    name[..begin].to_owned() + &name[end..]
}

/// A listed text as a variant: signs that stand alone have names of their own.
pub(crate) fn variant(text: &str) -> String {
    if text.is_empty() {
        return "Empty".to_owned();
    }
    if !ascii(text).trim().is_empty() {
        return pascal(text, "Value");
    }
    let mut name: String = text.chars().map(sign).collect();
    name.truncate(LONGEST);
    name
}

/// The name of a character that is no letter or digit.
fn sign(c: char) -> Cow<'static, str> {
    Cow::Borrowed(match c {
        '=' => "Eq",
        '<' => "Lt",
        '>' => "Gt",
        '!' => "Not",
        '+' => "Plus",
        '-' => "Minus",
        '*' => "Star",
        '/' => "Slash",
        '\\' => "Backslash",
        '%' => "Percent",
        '&' => "And",
        '|' => "Or",
        '^' => "Caret",
        '~' => "Tilde",
        '#' => "Hash",
        '@' => "At",
        '$' => "Dollar",
        '.' => "Dot",
        ',' => "Comma",
        ':' => "Colon",
        ';' => "Semicolon",
        '?' => "Question",
        '_' => "Underscore",
        ' ' => "Space",
        other => return Cow::Owned(format!("U{:04X}", u32::from(other))),
    })
}

/// A module, a file or part of a name.
pub(crate) fn snake(text: &str, fallback: &str) -> String {
    let mut name = ascii(text).to_snake_case();
    name.truncate(LONGEST);
    name.truncate(name.trim_end_matches('_').len());
    match name.chars().next() {
        None => fallback.to_owned(),
        Some(first) if first.is_ascii_digit() => format!("{fallback}_{name}"),
        Some(_) => name,
    }
}

/// A static, from the name of a type.
pub(crate) fn shouting(name: &str) -> String {
    name.to_shouty_snake_case()
}

/// A field, a function or a variable.
pub(crate) fn field(text: &str, fallback: &str) -> String {
    let name = snake(text, fallback);
    match name.as_str() {
        "self" | "super" | "crate" => format!("{name}_"),
        keyword if is_keyword(keyword) => format!("r#{name}"),
        _ => name,
    }
}

pub(crate) fn is_keyword(name: &str) -> bool {
    KEYWORDS.contains(&name)
}

/// What serde makes of a field under `rename_all = "camelCase"`.
pub(crate) fn serde_camel(field: &str) -> String {
    let mut out = String::new();
    let mut capital = false;
    for c in field.trim_start_matches("r#").chars() {
        match c {
            '_' => capital = true,
            c if capital && !out.is_empty() => {
                out.push(c.to_ascii_uppercase());
                capital = false;
            }
            c => out.push(c),
        }
    }
    out
}

/// The text in ASCII, with spaces for all that is no letter or digit, and words for signs before digits.
fn ascii(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let number = chars.peek().is_some_and(char::is_ascii_digit)
            && !out.ends_with(|c: char| c.is_ascii_alphanumeric());
        match c {
            c if c.is_ascii_alphanumeric() => out.push(c),
            '-' if number => out.push_str(" minus "),
            '+' if number => out.push_str(" plus "),
            _ => out.push_str(plain(c)),
        }
    }
    out
}

/// The usual ASCII spelling of a letter of western European languages.
fn plain(c: char) -> &'static str {
    match c {
        'ä' | 'æ' => "ae",
        'Ä' | 'Æ' => "Ae",
        'ö' | 'ø' | 'œ' => "oe",
        'Ö' | 'Ø' | 'Œ' => "Oe",
        'ü' => "ue",
        'Ü' => "Ue",
        'ß' => "ss",
        'å' | 'à' | 'á' | 'â' | 'ã' => "a",
        'ç' => "c",
        'è' | 'é' | 'ê' | 'ë' => "e",
        'É' => "E",
        'ì' | 'í' | 'î' | 'ï' => "i",
        'ñ' => "n",
        'ò' | 'ó' | 'ô' | 'õ' => "o",
        'ù' | 'ú' | 'û' => "u",
        _ => " ",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_text_becomes_an_identifier() {
        assert_eq!(pascal("order-created.v1", "Type"), "OrderCreatedV1");
        assert_eq!(pascal("größe", "Type"), "Groesse");
        assert_eq!(pascal("-1", "Value"), "Minus1");
        assert_eq!(pascal("10", "Value"), "Value10");
        assert_eq!(pascal("日本", "Value"), "Value");
        assert_eq!(pascal(&"x".repeat(999), "Type").len(), 100);
        assert_eq!(field(&"x ".repeat(999), "field").len(), 99);
        assert_eq!(field("orderID", "field"), "order_id");
        assert_eq!(field("async", "field"), "r#async");
        assert_eq!(field("crate", "field"), "crate_");
    }

    #[test]
    fn long_names_of_types_lose_their_middle() {
        assert_eq!(short("OrderPlaced"), "OrderPlaced");
        let long = "OrderPlaced".repeat(5) + "Payload";
        assert_eq!(
            short(&long),
            "OrderPlaced".repeat(3) + "OrderOrderPlacedPayload"
        );
        assert_eq!(short(&"x".repeat(100)), "x".repeat(60));
        // Letters may be more than a byte.
        assert_eq!(short(&("x".to_owned() + &"ö".repeat(50))).len(), 59);
        assert!(short(&"Größe".repeat(20)).len() <= 60);
        let words = pascal(&"word ".repeat(99), "Type");
        assert!((55..=60).contains(&short(&words).len()));
    }

    #[test]
    fn signs_have_names_that_do_not_depend_on_others() {
        let names = ["<=", "!=", "", " ", "日", "-1", "a-b"].map(variant);
        assert_eq!(
            names,
            ["LtEq", "NotEq", "Empty", "Space", "U65E5", "Minus1", "AB"]
        );
    }

    #[test]
    fn camel_case_is_that_of_serde() {
        assert_eq!(serde_camel("order_id"), "orderId");
        assert_eq!(serde_camel("r#type"), "type");
    }
}
