//! What other languages call the types of JSON Schema.
use crate::{Node, Value};

/// How a schema says what another language has a word for.
pub(super) fn meant(word: &str) -> Option<&'static str> {
    let word = word.to_ascii_lowercase();
    let found = WORDS.iter().find(|(words, _)| words.contains(&&word[..]));
    found.map(|(_, meant)| *meant)
}

/// The schema that is meant where just the name of a type stands, or a list of one.
pub(super) fn schema(node: &Node) -> Option<String> {
    match &node.value {
        Value::String(word) => {
            let known = KNOWN.contains(&&word[..]);
            let plain = known.then(|| format!("type: {word}"));
            let written = plain.or_else(|| meant(word).map(ToOwned::to_owned))?;
            Some(format!("{{{written}}}"))
        }
        Value::Array(items) => match &items[..] {
            [item] if item.as_str().is_some() => {
                Some(format!("{{type: array, items: {}}}", schema(item)?))
            }
            _ => None,
        },
        _ => None,
    }
}

/// The types.
const KNOWN: &[&str] = &["array", "boolean", "integer", "number", "object", "string"];

/// Words of other languages, and what to write.
static WORDS: &[(&[&str], &str)] = &[
    (
        &["int", "short", "uint", "bigint", "smallint"],
        "type: integer",
    ),
    (&["int32"], "type: integer, format: int32"),
    (&["int64", "long"], "type: integer, format: int64"),
    (&["float"], "type: number, format: float"),
    (&["double"], "type: number, format: double"),
    (&["decimal", "numeric", "real"], "type: number"),
    (&["bool"], "type: boolean"),
    (&["str", "text", "char", "varchar"], "type: string"),
    (&["date"], "type: string, format: date"),
    (&["time"], "type: string, format: time"),
    (
        &["datetime", "date-time", "timestamp"],
        "type: string, format: date-time",
    ),
    (&["uuid", "guid"], "type: string, format: uuid"),
    (&["email"], "type: string, format: email"),
    (&["uri", "url"], "type: string, format: uri"),
    (
        &["bytes", "binary", "file"],
        "type: string, contentEncoding: base64",
    ),
    (&["list", "set", "tuple"], "type: array"),
    (&["dict", "hash", "json", "struct"], "type: object"),
    (&["none", "nil", "undefined"], "type: 'null'"),
];
