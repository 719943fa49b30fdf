//! Finds the references of a schema that lead nowhere, since the library names no place for them.

use serde_json::Value;

use crate::SchemaError;
use crate::pointer::join;

/// One error for every `$ref` that leads out of the schema or to nothing in it.
pub(crate) fn broken(schema: &Value) -> Vec<SchemaError> {
    let mut errors = Vec::new();
    visit(schema, schema, "", &mut errors);
    errors
}

fn visit(root: &Value, node: &Value, at: &str, errors: &mut Vec<SchemaError>) {
    match node {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                visit(root, item, &join(at, &index.to_string()), errors);
            }
        }
        Value::Object(map) => {
            if let Some(Value::String(target)) = map.get("$ref")
                && let Some(message) = complaint(root, target)
            {
                errors.push(SchemaError::new(join(at, "$ref"), message));
            }
            for (key, value) in map {
                visit(root, value, &join(at, key), errors);
            }
        }
        _ => {}
    }
}

fn complaint(root: &Value, target: &str) -> Option<String> {
    match target.strip_prefix('#') {
        None => Some(format!(
            "`{target}` leads out of the schema; only references inside it are followed"
        )),
        Some(pointer) if pointer.is_empty() || root.pointer(pointer).is_some() => None,
        Some(_) => Some(format!("`{target}` leads to nothing in the schema")),
    }
}
