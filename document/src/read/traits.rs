//! Traits: what an operation or message takes over from others. In version 3 the object's own fields win, in version 2 a
//! trait overrides them, both as JSON Merge Patch goes through nested objects.
use super::{
    fields::{Fields, entries, items_of},
    shape::Shape,
};
use crate::{Document, Entry, Node, Object, Text, Value, api::Version};

/// Nested objects that are merged; deeper ones are taken whole.
const DEPTH: usize = 32;

/// The fields of an object with those of its traits, where the version gives traits to such objects.
pub(crate) fn merged_by<'a>(
    document: &'a Document,
    version: Version,
    shape: &Shape,
    node: &'a Node,
) -> Fields<'a> {
    if shape.has("traits", version) {
        merged(document, version, node)
    } else {
        Fields::of(node)
    }
}

/// The fields of an object with those of its traits.
pub(crate) fn merged<'a>(document: &'a Document, version: Version, node: &'a Node) -> Fields<'a> {
    let Some(own) = node.as_object() else {
        return Fields::of(node);
    };
    let traits: Vec<&Object> = items_of(own.get("traits"))
        .iter()
        .filter_map(|item| document.follow(item)?.as_object())
        .collect();
    if traits.is_empty() {
        return Fields::One(Some(own));
    }
    let mut fields: Vec<(Text<'a>, &'a Node)> = Vec::new();
    let own = std::iter::once(own);
    let layers: Vec<&Object> = if version.is_v2() {
        own.chain(traits).collect()
    } else {
        traits.into_iter().chain(own).collect()
    };
    for layer in layers {
        for (key, value) in entries(layer) {
            match fields
                .iter_mut()
                .find(|(known, _)| known.value == key.value)
            {
                Some((_, below)) => *below = patched(document, below, value),
                None => fields.push((key, value)),
            }
        }
    }
    Fields::Merged(fields)
}

/// A value over another: objects are merged, everything else is replaced.
fn patched<'a>(document: &'a Document, below: &'a Node, above: &'a Node) -> &'a Node {
    let objects = |node| document.follow(node).and_then(Node::as_object).is_some();
    // Twice the same reference is the common case, and needs no new tree.
    let same = document.follow(below).zip(document.follow(above));
    if same.is_some_and(|(below, above)| std::ptr::eq(below, above))
        || !objects(below)
        || !objects(above)
    {
        return above;
    }
    document.keep(patch(document, below, above, DEPTH))
}

fn patch(document: &Document, below: &Node, above: &Node, depth: usize) -> Node {
    let (Some(lower), Some(upper)) = (document.follow(below), document.follow(above)) else {
        return above.clone();
    };
    let (Value::Object(lower), Value::Object(fields)) = (&lower.value, &upper.value) else {
        return above.clone();
    };
    if depth == 0 {
        return above.clone();
    }
    let mut out: Vec<Entry> = Vec::with_capacity(lower.len() + fields.len());
    for entry in lower {
        let over = fields.entry(&entry.key);
        out.push(match over {
            None => entry.clone(),
            Some(over) => Entry {
                key: over.key.clone(),
                key_span: over.key_span,
                value: patch(document, &entry.value, &over.value, depth - 1),
            },
        });
    }
    out.extend(
        fields
            .iter()
            .filter(|entry| lower.get(&entry.key).is_none())
            .cloned(),
    );
    let (object, _) = Object::new(out);
    Node {
        value: Value::Object(object),
        span: upper.span,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::{
        open_text,
        read::{
            check::check,
            shape::{Kind, may},
        },
    };

    static TRAIT: Shape = Shape::new("a trait", &[&[may("title", Kind::Text)]]);

    /// What a version adds is a field of a table: here traits, as if 3.1 had brought them to this object.
    static OBJECT: Shape = Shape::new(
        "an object",
        &[&[
            may("title", Kind::Text),
            may("address", Kind::Text),
            may("traits", Kind::List(&Kind::Ref(&TRAIT))).since(Version::V3_1),
        ]],
    );

    #[test]
    fn a_version_that_brings_traits_to_an_object_is_one_field_of_its_shape() {
        let text = "traits: [{title: Orders}]\naddress: orders\n";
        let opened = open_text(Path::new("object.yaml"), text.into(), &Default::default());
        let (document, _) = opened.unwrap();
        let root = document.root().unwrap();
        let read = |version| {
            let mut found = Vec::new();
            check(
                &document,
                version,
                (root, "object"),
                Kind::Object(&OBJECT),
                &mut found,
            );
            let fields = merged_by(&document, version, &OBJECT, root);
            let title = fields.get("title").and_then(Node::as_str);
            (
                title,
                found
                    .into_iter()
                    .filter_map(|found| found.help)
                    .collect::<Vec<_>>(),
            )
        };
        let too_new = "it exists since version 3.1.0".to_owned();
        assert_eq!(read(Version::V3_0), (None, vec![too_new]));
        assert_eq!(read(Version::V3_1), (Some("Orders"), vec![]));
    }
}
