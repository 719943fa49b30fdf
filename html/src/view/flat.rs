//! What is nested, flat: names and their values.
use serde::Serialize;
use tidings_document::{Node, Value, api};

use crate::json;

/// A name and its value, shown as code.
#[derive(Debug, Serialize)]
pub(crate) struct Pair {
    pub(crate) name: String,
    pub(crate) value: String,
}

/// A table of names and values.
#[derive(Debug, Serialize)]
pub(crate) struct Table {
    pub(crate) caption: String,
    pub(crate) rows: Vec<Pair>,
}

/// What the binding of a protocol says, one row a leaf.
pub(crate) fn binding(binding: &api::Binding<'_>) -> Table {
    let mut rows = Vec::new();
    flatten("", binding.node, 0, &mut rows);
    Table {
        caption: format!("{} binding", binding.protocol.value),
        rows,
    }
}

/// The same of one of its fields.
pub(crate) fn field(name: &str, value: &Node) -> Vec<Pair> {
    let mut rows = Vec::new();
    flatten(name, value, 1, &mut rows);
    rows
}

/// Objects become one row a leaf, named by the path to it.
pub(super) fn flatten(name: &str, node: &Node, depth: usize, pairs: &mut Vec<Pair>) {
    match &node.value {
        Value::Object(object) if depth < 6 && !object.is_empty() => {
            for entry in object {
                let path = match name {
                    "" => entry.key.clone(),
                    _ => format!("{name}.{}", entry.key),
                };
                flatten(&path, &entry.value, depth + 1, pairs);
            }
        }
        _ if name.is_empty() && node.as_object().is_some() => {}
        _ => pairs.push(Pair {
            name: name.to_owned(),
            value: json::inline(node),
        }),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use tidings_document::{Settings, open_text};

    use super::*;

    fn rows(name: &str, json: &str) -> String {
        let text = format!("asyncapi: 3.0.0\nx-a: {json}\n").into_bytes();
        let opened = open_text(Path::new("a.yaml"), text, &Settings::default());
        let (document, _) = opened.expect("a text");
        let node = document.root().and_then(|root| root.get("x-a"));
        let mut pairs = Vec::new();
        flatten(name, node.expect("a field"), 0, &mut pairs);
        let lines = pairs.iter();
        let lines = lines.map(|pair| format!("{}={}", pair.name, pair.value));
        lines.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn objects_are_rows_of_their_leaves() {
        for (json, expected) in [
            (
                "{ b: { c: 1, d: [ 2 ] }, e: {} }",
                "a.b.c=1 a.b.d=[2] a.e={}",
            ),
            ("{}", "a={}"),
            (
                "{ b: { c: { d: { e: { f: { g: { h: 1 } } } } } } }",
                "a.b.c.d.e.f.g={\"h\":1}",
            ),
        ] {
            assert_eq!(rows("a", json), expected);
        }
    }

    #[test]
    fn what_has_no_name_and_nothing_in_it_is_no_row() {
        assert_eq!(rows("", "{}"), "");
        assert_eq!([rows("", "1"), rows("", "{ b: 1 }")], ["=1", "b=1"]);
    }
}
