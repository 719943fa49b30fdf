//! Turns a given schema into what the validation library takes: one draft, no base addresses, our own keywords.
//!
//! Every change keeps the place of what it changes, so that pointers into the result are pointers into the original.

use serde_json::{Map, Value};

use crate::keywords::{self, NUMBER_FORMAT};
use crate::pattern::{Usable, is_too_large, usable};
use crate::pointer::{MAX_DEPTH, join, too_deep};
use crate::{Dialect, Schema, SchemaError};

/// Keywords whose value is a schema, or an array of them.
const SCHEMAS: &[&str] = &[
    "additionalItems",
    "additionalProperties",
    "allOf",
    "anyOf",
    "contains",
    "contentSchema",
    "else",
    "if",
    "items",
    "not",
    "oneOf",
    "prefixItems",
    "propertyNames",
    "then",
    "unevaluatedItems",
    "unevaluatedProperties",
];

/// Keywords whose value is a map of schemas.
const NAMED: &[&str] = &[
    "$defs",
    "definitions",
    "dependencies",
    "dependentSchemas",
    "patternProperties",
    "properties",
];

/// The schema to compile, or every reason why there is none.
pub(crate) fn prepare(schema: &Schema) -> Result<Value, Vec<SchemaError>> {
    if let Some(pointer) = too_deep(&schema.value, MAX_DEPTH) {
        let message = format!("schema is nested deeper than `{MAX_DEPTH}` levels");
        return Err(vec![SchemaError::new(pointer, message)]);
    }
    let mut value = schema.value.clone();
    let mut pass = Pass {
        dialect: schema.dialect,
        formats: schema.formats,
        errors: Vec::new(),
    };
    pass.schema(&mut value, "");
    if pass.errors.is_empty() {
        Ok(value)
    } else {
        Err(pass.errors)
    }
}

struct Pass {
    dialect: Dialect,
    formats: bool,
    errors: Vec<SchemaError>,
}

impl Pass {
    fn schema(&mut self, node: &mut Value, at: &str) {
        let Value::Object(map) = node else { return };
        self.drop_addresses(map);
        if self.dialect == Dialect::OpenApi30 {
            admit_null(map);
        }
        if self.formats {
            mark_number_format(map);
        }
        self.pattern(map, at);
        for (keyword, value) in map.iter_mut() {
            if SCHEMAS.contains(&keyword.as_str()) {
                self.one_or_many(value, &join(at, keyword));
            } else if NAMED.contains(&keyword.as_str()) {
                self.named(keyword, value, at);
            }
        }
    }

    fn one_or_many(&mut self, value: &mut Value, at: &str) {
        let Value::Array(items) = value else {
            return self.schema(value, at);
        };
        for (index, item) in items.iter_mut().enumerate() {
            self.schema(item, &join(at, &index.to_string()));
        }
    }

    fn named(&mut self, keyword: &str, value: &mut Value, at: &str) {
        let Value::Object(map) = value else { return };
        let at = join(at, keyword);
        for (name, schema) in map {
            let at = join(&at, name);
            if keyword == "patternProperties" && usable(name) != Usable::AsIs {
                self.errors.push(SchemaError::new(
                    &at,
                    format!("`{name}` is not a usable regular expression"),
                ));
            }
            self.schema(schema, &at);
        }
    }

    fn drop_addresses(&self, map: &mut Map<String, Value>) {
        map.shift_remove("$schema");
        if self.dialect.ignores_ids() {
            map.shift_remove("$id");
            map.shift_remove("id");
        }
    }

    fn pattern(&mut self, map: &mut Map<String, Value>, at: &str) {
        let Some(pattern) = map.get("pattern").and_then(Value::as_str) else {
            return;
        };
        match usable(pattern) {
            Usable::AsIs => {}
            Usable::Rewritten(pattern) => {
                map.insert("pattern".to_owned(), Value::from(pattern));
            }
            Usable::Never => {
                let why = match is_too_large(pattern) {
                    true => "too large for the engine that checks patterns",
                    false => "not a regular expression",
                };
                let message = format!("`{pattern}` is {why}");
                self.errors
                    .push(SchemaError::new(join(at, "pattern"), message));
            }
        }
    }
}

/// `nullable` adds `null` to an explicit `type`, and only there (clarified in OpenAPI 3.0.3).
fn admit_null(map: &mut Map<String, Value>) {
    if map.get("nullable") == Some(&Value::Bool(true))
        && let Some(Value::String(name)) = map.get("type")
        && name != "null"
    {
        let types = vec![Value::from(name.clone()), Value::from("null")];
        map.insert("type".to_owned(), Value::Array(types));
    }
}

fn mark_number_format(map: &mut Map<String, Value>) {
    if let Some(Value::String(format)) = map.get("format")
        && keywords::is_number_format(format)
    {
        let format = Value::from(format.clone());
        map.insert(NUMBER_FORMAT.to_owned(), format);
    }
}
