//! One attribute, of the type that it has there. Those of others that are no plain texts have their types in a header while they are
//! here, so that what is given up goes on as it came.
use super::ours::may_travel;
use bytes::Bytes;
use std::collections::BTreeMap;
use tidings::Str;

/// What an attribute of text is.
const STRING: &str = "String";
/// The header of the types of others.
pub(crate) const TYPES: &str = "tidings-attribute-types";
/// The longest that a type may be.
const LONGEST: usize = 256;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Attribute {
    pub(crate) kind: String,
    pub(crate) value: Bytes,
}

impl Attribute {
    pub(crate) fn string(text: String) -> Self {
        Self {
            kind: STRING.to_owned(),
            value: text.into(),
        }
    }

    /// A header as an attribute of that type, or of text where it is no such; none where it can be neither.
    pub(super) fn of(value: &Bytes, kind: Option<&String>) -> Option<Self> {
        if value.is_empty() {
            return None;
        }
        let kind = kind.filter(|kind| is_type(kind));
        let value = value.clone();
        if let Some(kind) = kind.filter(|kind| is_binary(kind)) {
            let kind = kind.clone();
            return Some(Self { kind, value });
        }
        let text = str::from_utf8(&value).ok()?;
        let is_number = text.parse::<f64>().is_ok_and(f64::is_finite);
        let fits = |kind: &&String| is_a(kind, STRING) || is_a(kind, "Number") && is_number;
        let kind = kind.filter(fits).map_or(STRING, |kind| kind).to_owned();
        may_travel(text).then_some(Self { kind, value })
    }

    /// What it says, where that is a text.
    pub(crate) fn text(&self) -> Option<&str> {
        let text = str::from_utf8(&self.value).ok();
        text.filter(|_| !is_binary(&self.kind))
    }
}

fn is_binary(kind: &str) -> bool {
    is_a(kind, "Binary")
}

/// Whether a type is that one, or a variety of it: `Number.price`.
fn is_a(kind: &str, of: &str) -> bool {
    let rest = kind.strip_prefix(of);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

fn is_type(kind: &str) -> bool {
    let letters = |letter: char| letter.is_ascii_alphanumeric() || "_-.".contains(letter);
    kind.len() <= LONGEST && kind.chars().all(letters)
}

/// The types of attributes by their names, as that header has them.
pub(super) fn types(headers: &[(Str, Bytes)]) -> BTreeMap<String, String> {
    let found = headers.iter().find(|(name, _)| **name == *TYPES);
    let types = found.and_then(|(_, json)| serde_json::from_slice(json).ok());
    types.unwrap_or_default()
}

/// That header, where some are no plain texts.
pub(super) fn header<'a>(
    attributes: impl Iterator<Item = (&'a String, &'a Attribute)>,
) -> Option<(Str, Bytes)> {
    let odd = attributes.filter(|(_, attribute)| attribute.kind != STRING);
    let types: BTreeMap<&String, &String> = odd
        .map(|(name, attribute)| (name, &attribute.kind))
        .collect();
    let json = serde_json::to_string(&types).ok();
    let json = json.filter(|_| !types.is_empty())?;
    Some((TYPES.into(), json.into()))
}
