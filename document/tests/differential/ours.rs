//! Our judgement: the errors of reading, and none of meaning.
use std::{path::Path, sync::Arc};

use serde_json::Value;
use tidings_document::{MemoryLoader, Settings, Severity, open, read};

use crate::Finding;

pub(crate) fn judge(text: String, extension: &str) -> Vec<Finding> {
    let name = format!("/api.{extension}");
    let settings = Settings {
        loader: Arc::new(MemoryLoader::new([(&name, text)])),
        ..Settings::default()
    };
    let (document, mut found) = match open(Path::new(&name), &settings) {
        Ok(opened) => opened,
        Err(error) => return vec![Finding::new("", &error.to_string())],
    };
    found.extend(read(&document).1);
    found
        .iter()
        .filter(|found| found.severity == Severity::Error)
        .map(|found| {
            let said = format!("{}: {}", found.rule.id, found.message);
            Finding::new(&document.pointer_at(found.span), &said)
        })
        .collect()
}

/// A document as YAML in block style; texts stand in quotes.
pub(crate) fn yaml(value: &Value) -> String {
    let mut text = String::new();
    write_yaml(value, 0, &mut text);
    text
}

fn write_yaml(value: &Value, depth: usize, text: &mut String) {
    let indent = "  ".repeat(depth);
    match value {
        Value::Object(object) if !object.is_empty() => {
            for (key, value) in object {
                text.push_str(&format!("\n{indent}{}:", Value::from(key.as_str())));
                write_yaml(value, depth + 1, text);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for item in items {
                text.push_str(&format!("\n{indent}-"));
                write_yaml(item, depth + 1, text);
            }
        }
        scalar => text.push_str(&format!(" {scalar}")),
    }
}
