//! Whether a value is an Avro schema, as far as the place where bindings allow one asks.
use crate::{Node, Value, read::format};

const PRIMITIVES: &[&str] = &[
    "null", "boolean", "int", "long", "float", "double", "bytes", "string",
];

/// Whether a node has the form of an Avro schema. What a reference leads to is taken for one.
pub(super) fn is_avro(node: &Node) -> bool {
    match &node.value {
        Value::String(name) => format::is_avro_full_name(name),
        Value::Array(branches) => !branches.is_empty() && branches.iter().all(is_avro),
        Value::Object(_) => node.reference().is_some() || is_object(node),
        _ => false,
    }
}

fn is_object(node: &Node) -> bool {
    let Some(kind) = node.get("type").and_then(Node::as_str) else {
        return false;
    };
    let named = || {
        node.get("name")
            .and_then(Node::as_str)
            .is_some_and(format::is_avro_name)
    };
    let list = |field: &str| node.get(field).and_then(Node::as_array);
    match kind {
        "record" => named() && list("fields").is_some_and(|fields| fields.iter().all(is_field)),
        "enum" => {
            let symbol = |symbol: &Node| symbol.as_str().is_some_and(format::is_avro_name);
            named() && list("symbols").is_some_and(|symbols| symbols.iter().all(symbol))
        }
        "fixed" => {
            let size = node.get("size").map(|size| &size.value);
            named() && matches!(size, Some(Value::Number(_)))
        }
        "array" => node.get("items").is_some_and(is_avro),
        "map" => node.get("values").is_some_and(is_avro),
        _ => PRIMITIVES.contains(&kind),
    }
}

fn is_field(field: &Node) -> bool {
    let name = field.get("name").and_then(Node::as_str);
    name.is_some_and(format::is_avro_name) && field.get("type").is_some_and(is_avro)
}
