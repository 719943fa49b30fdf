//! The values of `format` that JSON Schema, OpenAPI and AsyncAPI name, and the types that they are for.

use tidings_document::api::{Type, Types};
use tidings_document::certain;

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

/// Formats of integers.
const OF_INTEGERS: &[&str] = &["int32"];

/// Formats of numbers.
const OF_NUMBERS: &[&str] = &["float", "double"];

/// Formats that may stand for texts or numbers, or that no validator asserts.
const SHARED: &[&str] = &["int64", "byte", "binary", "password"];

/// Every format that a misspelt one may be meant for.
pub(crate) fn known() -> impl Iterator<Item = &'static str> + Clone {
    [OF_TEXTS, OF_INTEGERS, OF_NUMBERS, SHARED]
        .into_iter()
        .flatten()
        .copied()
}

/// Formats of integers that AsyncAPI does not name.
const OF_SMALL_INTEGERS: &[&str] = &["int16", "int8", "uint16", "uint32", "uint8"];

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
    "integer",
    "long",
    "number",
    "short",
    "string",
    "text",
    "time-local",
    "timestamp",
    "uint64",
    "url",
    "urn",
    "base64",
    "base64url",
    "media-range",
];

/// Formats that mean something and are none that a misspelt one is likely meant for.
fn others() -> impl Iterator<Item = &'static str> {
    OF_SMALL_INTEGERS.iter().chain(OTHERS).copied()
}

/// Whether a format means something by this very name.
pub(crate) fn is_known(format: &str) -> bool {
    known().chain(others()).any(|known| known == format)
}

/// The formats that a misspelt one is meant for: one, or two whose number it may be.
pub(crate) fn meant(format: &str) -> Vec<&'static str> {
    let plain = letters_of(format);
    let same = known().find(|known| letters_of(known) == plain);
    // Short names are too likely to be meant.
    let near = same.or_else(|| certain(format, known()).filter(|_| format.len() >= 5));
    match near.or_else(|| abbreviated(&plain)) {
        Some(near) => vec![near],
        None => other_number(format),
    }
}

fn letters_of(name: &str) -> String {
    let letters = name.chars().filter(char::is_ascii_alphanumeric);
    letters.map(|letter| letter.to_ascii_lowercase()).collect()
}

/// The format that is cut off in its last word, as `uri-ref` is.
fn abbreviated(plain: &str) -> Option<&'static str> {
    let words_before = |known: &str| {
        known
            .rfind('-')
            .map_or(0, |end| letters_of(&known[..end]).len())
    };
    let mut all = known().filter(|known| {
        letters_of(known).starts_with(plain) && plain.len() >= words_before(known) + 3
    });
    let first = all.next().filter(|_| plain.len() >= 6)?;
    all.next().is_none().then_some(first)
}

/// The formats of which one digit is another here, two at most.
fn other_number(format: &str) -> Vec<&'static str> {
    let (stem, digits) = number_of(format);
    let is_near = |known: &&str| {
        let (own_stem, own) = number_of(known);
        let other = own
            .bytes()
            .zip(digits.bytes())
            .filter(|(one, other)| one != other);
        own_stem == stem && own.len() == digits.len() && other.count() == 1
    };
    let near: Vec<_> = known().chain(others()).filter(is_near).collect();
    match near.len() {
        1 | 2 => near,
        _ => Vec::new(),
    }
}

fn number_of(format: &str) -> (&str, &str) {
    let stem = format.trim_end_matches(|letter: char| letter.is_ascii_digit());
    format.split_at(stem.len())
}

/// The types that values of a format are of, where one of some types can never be. Formats that stand for numbers as well as
/// for their texts are for both, and so is what nobody knows.
pub(crate) fn cannot_apply(format: &str, types: Types) -> Option<&'static str> {
    let has = |all: &[Type]| all.iter().any(|one| types.contains(*one));
    if OF_TEXTS.contains(&format) && !has(&[Type::String]) {
        return Some("string");
    }
    let is_number = has(&[Type::Number, Type::Integer]);
    let of_integers = || OF_INTEGERS.iter().chain(OF_SMALL_INTEGERS);
    if of_integers().any(|known| *known == format) && !is_number {
        return Some("integer");
    }
    if OF_NUMBERS.contains(&format) && !is_number {
        return Some("number");
    }
    let is_long = format == "int64" && !is_number && !has(&[Type::String]);
    is_long.then_some("integer")
}

#[cfg(test)]
mod tests {
    use super::meant;

    #[test]
    fn only_near_names_are_meant() {
        for (format, expected) in [
            ("datetime", "date-time"),
            ("DateTime", "date-time"),
            ("date_time", "date-time"),
            ("dat-time", "date-time"),
            ("emial", "email"),
            ("UUID", "uuid"),
            ("int-32", "int32"),
            ("uri-ref", "uri-reference"),
            ("iriRef", "iri-reference"),
            ("uri-templ", "uri-template"),
            ("int63", "int64"),
            ("uint31", "uint32"),
            ("ipv5", "ipv4 ipv6"),
            ("int36", "int32 int16"),
            ("shoe-size", ""),
            ("int16x", ""),
            ("int128", ""),
            ("int53", ""),
            ("md5", ""),
            ("urn", ""),
            ("relative", ""),
            ("iso8601", ""),
            ("timestamp-millis", ""),
        ] {
            assert_eq!(meant(format).join(" "), expected, "{format}");
        }
    }
}
