//! The values of `format` that JSON Schema, OpenAPI and AsyncAPI name, and the types that they are for.

use tidings_document::api::{Type, Types};

/// Formats of texts.
const OF_TEXTS: &[&str] = &[
    "date-time",
    "date",
    "time",
    "duration",
    "email",
    "idn-email",
    "hostname",
    "idn-hostname",
    "ipv4",
    "ipv6",
    "uri",
    "uri-reference",
    "uri-template",
    "iri",
    "iri-reference",
    "uuid",
    "json-pointer",
    "relative-json-pointer",
    "regex",
];

/// Formats of numbers.
const OF_NUMBERS: &[&str] = &["int32", "float", "double"];

/// Formats that may stand for texts or numbers, or that no validator asserts.
const SHARED: &[&str] = &["int64", "byte", "binary", "password"];

/// Every format that a misspelt one may be meant for.
pub(crate) fn known() -> impl Iterator<Item = &'static str> + Clone {
    [OF_TEXTS, OF_NUMBERS, SHARED]
        .into_iter()
        .flatten()
        .copied()
}

/// Formats that registries, other specifications and generators use, however near they are to those.
const OTHERS: &[&str] = &[
    "bytes",
    "char",
    "commonmark",
    "date-time-local",
    "decimal",
    "decimal128",
    "double-int",
    "float32",
    "float64",
    "html",
    "http-date",
    "idn",
    "int",
    "int16",
    "int8",
    "integer",
    "long",
    "number",
    "short",
    "string",
    "text",
    "time-local",
    "timestamp",
    "uint16",
    "uint32",
    "uint64",
    "uint8",
    "uri-ref",
    "url",
    "urn",
    "base64",
    "base64url",
    "media-range",
];

/// Whether a format means something by this very name.
pub(crate) fn is_known(format: &str) -> bool {
    known().any(|known| known == format) || OTHERS.contains(&format)
}

/// The types that values of a format are of, where one of some types can never be. Formats that stand for numbers as well as
/// for their texts are for both, and so is what nobody knows.
pub(crate) fn cannot_apply(format: &str, types: Types) -> Option<&'static str> {
    let has = |all: &[Type]| all.iter().any(|one| types.contains(*one));
    if OF_TEXTS.contains(&format) && !has(&[Type::String]) {
        return Some("string");
    }
    if OF_NUMBERS.contains(&format) && !has(&[Type::Number, Type::Integer]) {
        return Some("number");
    }
    let is_long = format == "int64" && !has(&[Type::Number, Type::Integer, Type::String]);
    is_long.then_some("integer")
}
