//! What is different between two states of a document, told by what others may depend on.
mod facts;
mod page;
mod whole;

use std::collections::{BTreeMap, BTreeSet};

pub use facts::Facts;
pub use page::{Changes, DocumentChanges, Period};

use serde::Serialize;

/// What became of an object: an operation, a channel, a message …
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Change {
    pub(crate) sign: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) name: String,
    /// What is different within it.
    pub(crate) details: Vec<Detail>,
}

/// A fact that is another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Detail {
    pub(crate) name: String,
    pub(crate) sign: &'static str,
    /// Empty for what was not there.
    pub(crate) was: String,
    /// Empty for what is there no more.
    pub(crate) is: String,
}

/// The differences, in the order of kinds and names. Objects of one name are told apart by where they are defined; one that is
/// defined elsewhere now is the same as long as nothing else could be.
pub(crate) fn changes(before: &Facts, after: &Facts) -> Vec<Change> {
    let names: BTreeSet<_> = before.names().chain(after.names()).collect();
    let changes = names.into_iter().flat_map(|(kind, name)| {
        let (was, is) = (before.of(kind, name), after.of(kind, name));
        let pairs = pairs(&was, &is);
        let is_only = pairs.len() < 2;
        pairs.into_iter().filter_map(move |(place, was, is)| {
            let name = match is_only {
                true => name.to_owned(),
                false => format!("{name} ({place})"),
            };
            change(kind, name, was, is)
        })
    });
    changes.collect()
}

/// Objects of one name with where they are, before and after.
type Pair<'f> = (
    &'f str,
    Option<&'f facts::Object>,
    Option<&'f facts::Object>,
);

fn pairs<'f>(
    was: &BTreeMap<&'f str, &'f facts::Object>,
    is: &BTreeMap<&'f str, &'f facts::Object>,
) -> Vec<Pair<'f>> {
    let mut places: BTreeSet<&str> = was.keys().chain(is.keys()).copied().collect();
    let mut pairs = Vec::new();
    let gone = was.keys().filter(|place| !is.contains_key(*place));
    let come = is.keys().filter(|place| !was.contains_key(*place));
    if let ([from], [to]) = (&gone.collect::<Vec<_>>()[..], &come.collect::<Vec<_>>()[..]) {
        places.remove(**from);
        places.remove(**to);
        pairs.push((**to, was.get(**from).copied(), is.get(**to).copied()));
    }
    let same = places.into_iter();
    pairs.extend(same.map(|place| (place, was.get(place).copied(), is.get(place).copied())));
    pairs
}

fn change(
    kind: facts::Kind,
    name: String,
    was: Option<&facts::Object>,
    is: Option<&facts::Object>,
) -> Option<Change> {
    let (sign, details) = match (was, is) {
        (None, _) => ("added", Vec::new()),
        (_, None) => ("removed", Vec::new()),
        (Some(was), Some(is)) => ("changed", details(was, is)),
    };
    let is_same = sign == "changed" && details.is_empty();
    (!is_same).then(|| Change {
        sign,
        kind: kind.word(),
        name,
        details,
    })
}

fn details(before: &facts::Object, after: &facts::Object) -> Vec<Detail> {
    let names: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    let value = |facts: &facts::Object, name: &str| facts.get(name).cloned().unwrap_or_default();
    let names = names.into_iter();
    let others: Vec<_> = names
        .filter(|name| before.get(*name) != after.get(*name))
        .collect();
    others
        .iter()
        .filter(|name| !is_told(name, &others))
        .map(|name| detail(name, value(before, name), value(after, name)))
        .collect()
}

/// Whether rows of a schema tell already what this says of it as a whole.
fn is_told(name: &str, others: &[&String]) -> bool {
    let of = |kind| Some((name.strip_suffix(kind)?, kind));
    let found = of(facts::REST).or_else(|| of(facts::TEXTS));
    let Some((schema, kind)) = found.filter(|(schema, _)| !schema.contains('›')) else {
        return false;
    };
    let starts = [format!("{schema} ›"), format!("{schema} (")];
    let is_row = |row: &str| row == schema || starts.iter().any(|start| row.starts_with(start));
    match kind {
        facts::REST => others.iter().any(|row| is_row(row)),
        // All else that changed changed the rest.
        facts::TEXTS => others
            .iter()
            .any(|row| row.strip_prefix(schema) == Some(facts::REST)),
        _ => false,
    }
}

/// What is shown of a fact: of texts for people only that they are others, of what is there or not no value, of others so much.
fn detail(name: &str, was: String, is: String) -> Detail {
    const LONGEST: usize = 200;
    let is_text = matches!(name, "title" | "summary" | "description" | "payload schema")
        || name.ends_with(facts::TEXTS)
        || name.ends_with(facts::REST);
    let sign = match (was.is_empty(), is.is_empty()) {
        (true, _) => "added",
        (_, true) => "removed",
        _ => "changed",
    };
    let shown = |value: String| match value.char_indices().nth(LONGEST) {
        _ if is_text || value == facts::YES => String::new(),
        Some((end, _)) => format!("{}…", &value[..end]),
        None => value,
    };
    Detail {
        name: name.to_owned(),
        sign,
        was: shown(was),
        is: shown(is),
    }
}

#[cfg(test)]
mod tests;
