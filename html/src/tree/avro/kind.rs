//! What a type of Avro is called, and which type a line is about.
use tidings_document::{Node, Value};

use crate::plan::DEPTH;

/// `record Order`, `array of string`, `null or long` …
pub(super) fn type_name(node: &Node, depth: usize) -> String {
    if depth > DEPTH {
        return "…".to_owned();
    }
    match &node.value {
        Value::String(name) => name.clone(),
        Value::Array(branches) => branches
            .iter()
            .map(|branch| type_name(branch, depth + 1))
            .collect::<Vec<_>>()
            .join(" or "),
        Value::Object(_) => object_name(node, depth),
        _ => "any".to_owned(),
    }
}

fn object_name(node: &Node, depth: usize) -> String {
    let Some(kind) = node.get("type") else {
        return "any".to_owned();
    };
    let of = |key: &str| node.get(key).map(|inner| type_name(inner, depth + 1));
    match (kind.as_str(), node.get("name").and_then(Node::as_str)) {
        (Some("array"), _) => format!("array of {}", of("items").unwrap_or_default()),
        (Some("map"), _) => format!("map of {}", of("values").unwrap_or_default()),
        (Some(kind @ ("record" | "enum" | "fixed" | "error")), Some(name)) => {
            format!("{kind} {name}")
        }
        (Some(kind), _) => kind.to_owned(),
        (None, _) => type_name(kind, depth + 1),
    }
}

/// The one type that a line is about, behind lists, maps and what may be null.
pub(super) struct Only<'n> {
    pub(super) node: &'n Node,
    /// What stands in front of its name: `array of`.
    pub(super) before: String,
    /// What stands behind it: `or null`.
    pub(super) after: String,
}

pub(super) fn only_type(node: &Node) -> Only<'_> {
    let mut only = Only {
        node,
        before: String::new(),
        after: String::new(),
    };
    for _ in 0..=DEPTH {
        let Some((inner, before, after)) = inside(only.node) else {
            break;
        };
        only.node = inner;
        only.before += before;
        only.after = format!("{after}{}", only.after);
    }
    only
}

/// The next type on the way, with the words around it.
fn inside(node: &Node) -> Option<(&Node, &'static str, &'static str)> {
    match &node.value {
        Value::Array(branches) => {
            let is_null = |branch: &Node| branch.as_str() == Some("null");
            match &branches[..] {
                [only] => Some((only, "", "")),
                [null, other] if is_null(null) && !is_null(other) => Some((other, "null or ", "")),
                [other, null] if is_null(null) && !is_null(other) => Some((other, "", " or null")),
                _ => None,
            }
        }
        Value::Object(_) => match node.get("type").map(|kind| (kind, kind.as_str())) {
            Some((_, Some("array"))) => Some((node.get("items")?, "array of ", "")),
            Some((_, Some("map"))) => Some((node.get("values")?, "map of ", "")),
            Some((kind, None)) => Some((kind, "", "")),
            _ => None,
        },
        _ => None,
    }
}
