//! The schemas and their instances, as texts: numbers that no type of this program holds stay as they are.
use libtest_mimic::Failed;
use serde::de::IgnoredAny;
use serde_json::Value;
use std::{fs, path::Path};

/// A schema, with payloads of which each is valid or not.
pub(crate) struct Schema {
    pub(crate) id: String,
    pub(crate) text: String,
    pub(crate) instances: Vec<(String, bool)>,
}

impl Schema {
    /// The text with a word of what it is: files without any sign of a schema are not read.
    pub(crate) fn with_dialect(&self) -> String {
        const DIALECT: &str = r#"{ "$schema": "http://json-schema.org/draft-07/schema#", "#;
        match self.text.strip_prefix('{') {
            Some(rest) if !self.text.contains("\"$schema\"") => format!("{DIALECT}{rest}"),
            _ => self.text.clone(),
        }
    }

    /// Whether it has a discriminator as only OpenAPI has them.
    pub(crate) fn is_of_openapi(&self) -> bool {
        let mut todo: Vec<Value> = serde_json::from_str(&self.text).into_iter().collect();
        while let Some(value) = todo.pop() {
            match value {
                Value::Object(entries) => {
                    let discriminator = entries.get("discriminator");
                    if discriminator.is_some_and(|it| it["propertyName"].is_string()) {
                        return true;
                    }
                    todo.extend(entries.into_iter().map(|(_, value)| value));
                }
                Value::Array(items) => todo.extend(items),
                _ => {}
            }
        }
        false
    }
}

pub(crate) fn schemas(folder: &Path) -> Result<Vec<Schema>, Failed> {
    let text = fs::read_to_string(folder.join("instances.json"))?;
    let mut schemas = Vec::new();
    for entry in parts(&text).chunks_exact(2) {
        let id: String = serde_json::from_str(entry[0])?;
        let text = fs::read_to_string(folder.join(format!("corpus/{id}.json")))?;
        let instances = parts(entry[1]).into_iter().map(|instance| {
            let parts = parts(instance);
            (parts[0].to_owned(), parts[1] == "true")
        });
        schemas.push(Schema {
            id,
            text,
            instances: instances.collect(),
        });
    }
    Ok(schemas)
}

/// The texts of a list's items, or of an object's keys and values.
fn parts(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = &text[1..];
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || ",:".contains(c));
        let mut values = serde_json::Deserializer::from_str(rest).into_iter::<IgnoredAny>();
        let Some(Ok(_)) = values.next() else {
            return found;
        };
        let (value, after) = rest.split_at(values.byte_offset());
        found.push(value);
        rest = after;
    }
}
