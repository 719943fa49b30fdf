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
pub(super) fn field(name: &str, value: &Node) -> Vec<Pair> {
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
