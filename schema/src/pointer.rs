//! JSON pointers, and the bound on how deep a value may nest.

use serde_json::Value;

/// How many arrays and objects may lie inside each other, in a schema and in a value.
pub const MAX_DEPTH: usize = 128;

/// `base` with one more segment, escaped.
pub(crate) fn join(base: &str, segment: &str) -> String {
    format!("{base}/{}", segment.replace('~', "~0").replace('/', "~1"))
}

/// The place where `value` nests deeper than `limit`, if it does.
pub(crate) fn too_deep(value: &Value, limit: usize) -> Option<String> {
    is_deeper(value, limit).then(|| path_beyond(value, limit))
}

fn is_deeper(value: &Value, limit: usize) -> bool {
    match value {
        Value::Array(items) => limit == 0 || items.iter().any(|item| is_deeper(item, limit - 1)),
        Value::Object(map) => limit == 0 || map.values().any(|item| is_deeper(item, limit - 1)),
        _ => false,
    }
}

fn path_beyond(value: &Value, limit: usize) -> String {
    let (mut value, mut path) = (value, String::new());
    for limit in (0..limit).rev() {
        let next = match value {
            Value::Array(items) => items
                .iter()
                .enumerate()
                .find(|(_, item)| is_deeper(item, limit))
                .map(|(index, item)| (join(&path, &index.to_string()), item)),
            Value::Object(map) => map
                .iter()
                .find(|(_, item)| is_deeper(item, limit))
                .map(|(key, item)| (join(&path, key), item)),
            _ => None,
        };
        let Some(step) = next else { break };
        (path, value) = step;
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_counts_containers_and_names_the_place() {
        let nest = |depth| (0..depth).fold(Value::Null, |inner, _| Value::Array(vec![inner]));
        assert_eq!(too_deep(&nest(9), 9), None);
        assert_eq!(too_deep(&nest(10), 9), Some("/0".repeat(9)));
    }
}
