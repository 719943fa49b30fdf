//! Places inside texts and values: a placeholder of an address, the node that a JSON pointer leads to.

use std::ops::Range;

use tidings_document::{Entry, Node, Span, Text, Value, unescaped_token};

/// The names in braces of an address, each with its own place.
pub(crate) fn placeholders(text: Text<'_>) -> Vec<Text<'_>> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(open) = text.value[from..].find('{').map(|at| from + at) {
        let Some(close) = text.value[open..].find('}').map(|at| open + at) else {
            break;
        };
        let name = &text.value[open + 1..close];
        if !name.is_empty() {
            found.push(Text {
                value: name,
                span: within(text, open..close + 1),
            });
        }
        from = close + 1;
    }
    found
}

/// The place of a range of a text; that of the whole text where escapes make it unclear.
pub(crate) fn within(text: Text<'_>, range: Range<usize>) -> Span {
    let written = (text.span.end - text.span.start) as usize;
    let quote = match written.checked_sub(text.value.len()) {
        Some(0) => 0,
        Some(2) => 1,
        _ => return text.span,
    };
    let at = |offset: usize| {
        u32::try_from(offset + quote).map_or(text.span.end, |offset| text.span.start + offset)
    };
    Span {
        file: text.span.file,
        start: at(range.start),
        end: at(range.end),
    }
}

/// The place that a JSON pointer leads to, or the innermost one on the way there. With `key`, the key of the last step.
pub(crate) fn at_pointer(node: &Node, pointer: &str, key: bool) -> Span {
    let (mut node, mut span) = (node, node.span);
    for segment in segments(pointer) {
        let step = match &node.value {
            Value::Object(object) => object
                .entry(&segment)
                .map(|entry| (&entry.value, entry.key_span)),
            Value::Array(items) => segment
                .parse()
                .ok()
                .and_then(|index: usize| items.get(index))
                .map(|item| (item, item.span)),
            _ => None,
        };
        let Some((next, key_span)) = step else {
            return node.span;
        };
        (node, span) = (next, key_span);
    }
    if key { span } else { node.span }
}

/// The place of the first of some keys that an object has, or that of the object.
pub(crate) fn key_place(node: &Node, keys: &[&str]) -> Span {
    let object = node.as_object();
    let mut entries = keys.iter().filter_map(|key| object?.entry(key));
    entries.next().map_or(node.span, |entry| entry.key_span)
}

/// The place of a key of `info`, or that of `info`.
pub(crate) fn info_place(root: &Node, key: &str) -> Span {
    match root.get("info").filter(|info| info.get(key).is_some()) {
        Some(info) => key_place(info, &[key]),
        None => key_place(root, &["info", "asyncapi"]),
    }
}

/// The keys of the map in a field, whether or not what stands under them can be read.
pub(crate) fn keys<'a>(node: &'a Node, field: &str) -> impl Iterator<Item = Text<'a>> {
    let entries = node
        .get(field)
        .and_then(Node::as_object)
        .into_iter()
        .flatten();
    entries.map(Entry::name)
}

/// The place of the value under a key, or that of the object.
pub(crate) fn value_place(node: &Node, key: &str) -> Span {
    node.get(key).map_or(node.span, |value| value.span)
}

/// The steps of a JSON pointer, unescaped.
pub(crate) fn segments(pointer: &str) -> impl Iterator<Item = String> {
    pointer
        .split('/')
        .skip(1)
        .map(|segment| unescaped_token(segment).into_owned())
}

/// Whether a `$ref` stands somewhere in a value, which then is not the value that is meant.
pub(crate) fn holds_reference(node: &Node) -> bool {
    match &node.value {
        Value::Object(object) => {
            object
                .get("$ref")
                .is_some_and(|target| target.as_str().is_some())
                || object.iter().any(|entry| holds_reference(&entry.value))
        }
        Value::Array(items) => items.iter().any(holds_reference),
        _ => false,
    }
}

/// The text of a node's own `$ref`.
pub(crate) fn reference(node: &Node) -> Option<Text<'_>> {
    node.get("$ref").and_then(Node::text)
}

#[cfg(test)]
mod tests {
    use tidings_document::FileId;

    use super::*;

    #[test]
    fn placeholders_have_their_own_places_in_plain_and_quoted_text() {
        let text = |start, end| Text {
            value: "a/{id}/{x",
            span: Span {
                file: FileId(0),
                start,
                end,
            },
        };
        let spans = |text| {
            placeholders(text)
                .iter()
                .map(|name| (name.value, name.span.start, name.span.end))
                .collect::<Vec<_>>()
        };
        assert_eq!(spans(text(10, 19)), [("id", 12, 16)]);
        assert_eq!(spans(text(10, 21)), [("id", 13, 17)]);
        assert_eq!(
            spans(text(10, 30)),
            [("id", 10, 30)],
            "escapes leave the whole text"
        );
    }
}
