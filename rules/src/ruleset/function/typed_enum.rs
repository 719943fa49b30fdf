//! `typedEnum`: the values of a schema's `enum` are of its `type`.
use tidings_document::{Node, Value};

use super::{Check, shown};

pub(super) fn check(check: &mut Check<'_, '_>) {
    let Some(node) = check.node() else { return };
    let follow = |key| node.get(key).map(|node| check.walk.follow_only(node));
    let Some(values) = follow("enum").and_then(|node| node.as_array()) else {
        return;
    };
    let Some(types) = follow("type").and_then(types) else {
        return;
    };
    let wrong: Vec<_> = values
        .iter()
        .enumerate()
        .filter(|(_, value)| !types.contains(&kind(value, &types)))
        .map(|(at, value)| {
            (
                at,
                format!("`{}` is not of type `{}`", shown(value), types.join("`, `")),
            )
        })
        .collect();
    let list = check.walk.child(check.target.frame, "enum");
    for (at, message) in wrong {
        let item = list.and_then(|list| check.walk.child(list, &at.to_string()));
        if let Some(item) = item {
            check.report_at(item, message);
        }
    }
}

fn types(node: &Node) -> Option<Vec<&str>> {
    match &node.value {
        Value::String(name) => Some(vec![name]),
        Value::Array(names) => names.iter().map(Node::as_str).collect(),
        _ => None,
    }
}

/// The type of a value; a whole number is an integer only where integers are asked for.
fn kind(value: &Node, types: &[&str]) -> &'static str {
    match &value.value {
        Value::Number(number)
            if types.contains(&"integer")
                && number.as_f64().is_some_and(|value| value.fract() == 0.0) =>
        {
            "integer"
        }
        _ => value.kind(),
    }
}
