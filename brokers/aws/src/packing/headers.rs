//! Which headers are attributes, and in which order they were.
use super::{
    OURS,
    attribute::{self, Attribute, TYPES},
    ours::{Header, Value},
};
use bytes::Bytes;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use tidings::{Error, ErrorKind, Result, Str};

/// Most attributes of a message, ours among them.
pub(super) const ATTRIBUTES: usize = 10;

/// Those that attributes can be, the ones that filters name before all others, and all in their order where that is not the order of
/// their names, or some can be none.
pub(super) fn headers(
    headers: &[(Str, Bytes)],
    filtered: &BTreeSet<String>,
) -> Result<(BTreeMap<String, Attribute>, Vec<Header>)> {
    let types = attribute::types(headers);
    // What they are is told by themselves.
    let headers = || headers.iter().filter(|(name, _)| **name != *TYPES);
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for (name, _) in headers() {
        *counts.entry(name).or_default() += 1;
    }
    let attribute = |(name, value): &(Str, Bytes)| {
        let may_be = counts[&**name] == 1 && is_name(name);
        let attribute = Attribute::of(value, types.get(&**name));
        attribute.filter(|_| may_be)
    };
    let mut attributes = BTreeMap::new();
    for named in headers().filter(|(name, _)| filtered.contains(&**name)) {
        let attribute = attribute(named).filter(|_| attributes.len() < ATTRIBUTES - 1);
        let name = named.0.to_string();
        attributes.insert(name, attribute.ok_or_else(|| no_attribute(&named.0))?);
    }
    for header in headers() {
        if attributes.len() == ATTRIBUTES - 1 {
            break;
        }
        if let Some(attribute) = attribute(header) {
            attributes.insert(header.0.to_string(), attribute);
        }
    }
    let names = headers().map(|(name, _)| name);
    if attributes.len() == headers().count() && names.is_sorted() {
        return Ok((attributes, Vec::new()));
    }
    let all = headers().map(|(name, value)| {
        let name = name.to_string();
        match attributes.contains_key(&name) {
            true => Header::Attribute(name),
            false => Header::Packed(name, Value::of(value)),
        }
    });
    let all = all.collect();
    Ok((attributes, all))
}

/// A filter would keep it back from those who are to have it, without a word.
fn no_attribute(name: &str) -> Error {
    let reason = format!(
        "a filter of the document names the header `{name}`, which can be no attribute here: give it once, as a text that is not empty, and let filters name nine headers at most"
    );
    Error::new(ErrorKind::Invalid, "publish", reason)
}

/// Whether an attribute may be called that.
fn is_name(name: &str) -> bool {
    let letters = |letter: char| letter.is_ascii_alphanumeric() || "_-.".contains(letter);
    let lower = name.to_ascii_lowercase();
    let is_theirs = lower.starts_with("aws.") || lower.starts_with("amazon.");
    let dots = name.starts_with('.') || name.ends_with('.') || name.contains("..");
    (1..=256).contains(&name.len())
        && name.chars().all(letters)
        && !is_theirs
        && !dots
        && name != OURS
}

/// Headers in the order that is told, then all others by their names.
pub(crate) fn ordered(attributes: BTreeMap<String, Bytes>, told: Vec<Header>) -> Vec<(Str, Bytes)> {
    let mut left = attributes;
    let mut all = Vec::new();
    for header in told {
        let header = match header {
            Header::Attribute(name) => left.remove(&name).map(|value| (name, value)),
            Header::Packed(name, value) => value.bytes().map(|value| (name, value)),
        };
        all.extend(header);
    }
    all.extend(left);
    let all = all.into_iter();
    all.map(|(name, value)| (name.into(), value)).collect()
}
