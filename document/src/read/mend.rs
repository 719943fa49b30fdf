//! Which defects of structure can be mended beyond doubt, and how.
use crate::{Change, Document, Fix, Node, Object, Span, Text, Value, api::Version, suggest};

use super::format;

/// A field whose name is one letter off, where the right one is not there yet.
pub(super) fn misspelt_field<'a>(
    name: Text<'_>,
    object: &Object,
    known: impl Iterator<Item = &'a str>,
) -> Option<Fix> {
    let meant = suggest::certain(name.value, known)?;
    let change = Change::Scalar(name.span, meant.to_owned());
    let fix = Fix::new(format!("write `{meant}`"), change);
    object.get(meant).is_none().then_some(fix)
}

/// A word that is one letter off.
pub(super) fn misspelt_word(node: &Node, text: &str, words: &[&str]) -> Option<Fix> {
    let meant = suggest::certain(text, words.iter().copied())?;
    let change = Change::Scalar(node.span, meant.to_owned());
    Some(Fix::new(format!("write `{meant}`"), change))
}

/// An item that is written twice in the very same way.
pub(super) fn repeated_item(list: &Node, earlier: &Node, item: &Node) -> Option<Fix> {
    let is_inside = list.span.file == item.span.file
        && list.span.start <= item.span.start
        && item.span.end <= list.span.end;
    // The text of an alias stands elsewhere, mostly before it.
    let is_later = earlier.span.end <= item.span.start;
    let fix = Fix::new("remove the second item", Change::Item(item.span));
    (is_inside && is_later && earlier.is_same(item)).then_some(fix)
}

/// A number where text is meant, as it is written. What a truth value is meant to say there, nobody knows.
pub(super) fn in_quotes(node: &Node, written: &str) -> Option<Fix> {
    let is_word = |part: char| part.is_ascii_alphanumeric() || "+-.".contains(part);
    let is_whole = !written.is_empty() && written.chars().all(is_word);
    let change = Change::Text(node.span, format!("\"{written}\""));
    is_whole.then(|| Fix::new("put it in quotes", change))
}

/// A discriminator that names its property as OpenAPI has it, and says nothing else.
pub(super) fn plain_discriminator(
    document: &Document,
    node: &Node,
    property: &Node,
) -> Option<Fix> {
    let sources = document.sources();
    let (written, name) = (sources.slice(node.span), sources.slice(property.span));
    let is_alone = node.as_object().is_some_and(|object| object.len() == 1);
    let is_plain = written.starts_with('{') && !written.contains(['#', '&', '*']);
    let change = Change::Text(node.span, name.to_owned());
    (is_alone && is_plain).then(|| Fix::new("name the property itself", change))
}

/// A runtime expression that lacks nothing but its `#`, or has the plural.
pub(super) fn location(node: &Node, text: &str) -> Option<Fix> {
    let rest = text.strip_prefix("$message.")?;
    let (source, rest) = ["headers", "header", "payload"]
        .iter()
        .find_map(|source| Some((*source, rest.strip_prefix(source)?)))?;
    let pointer = rest.strip_prefix('#').unwrap_or(rest);
    let source = source.trim_end_matches('s');
    let meant = format!("$message.{source}#{pointer}");
    let fits = pointer.starts_with('/') && format::is_location(&meant);
    let title = format!("write `{meant}`");
    fits.then(|| Fix::new(title, Change::Scalar(node.span, meant)))
}

/// A security requirement as version 2 writes it, in a document of version 3 that has the scheme.
pub(super) fn named_requirement(
    document: &Document,
    version: Version,
    object: &Object,
) -> Option<Fix> {
    let mut entries = object.iter();
    let (entry, None) = (entries.next()?, entries.next()) else {
        return None;
    };
    let is_empty = matches!(&entry.value.value, Value::Array(scopes) if scopes.is_empty());
    let components = document.root()?.get("components")?;
    let scheme = components.get("securitySchemes")?.get(&entry.key);
    let name = &entry.key;
    if version.is_v2() || !is_empty || scheme.is_none() || !format::is_component_name(name) {
        return None;
    }
    let sources = document.sources();
    let target = format!("#/components/securitySchemes/{name}");
    let text = if sources.slice(entry.key_span).starts_with('"') {
        format!("\"$ref\": \"{target}\"")
    } else {
        format!("$ref: '{target}'")
    };
    let span = Span {
        end: entry.value.span.end,
        ..entry.key_span
    };
    // The scheme is named by the root file, where alone a pointer without a file leads to it.
    let is_root = document
        .root()
        .is_some_and(|root| root.span.file == span.file);
    let follows = entry.value.span.start > entry.key_span.end;
    let title = format!("refer to the scheme `{name}`");
    (is_root && follows).then(|| Fix::new(title, Change::Text(span, text)))
}
