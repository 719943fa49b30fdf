//! Avro schemas of a document, compiled: what is wrong with them has its place in the document or in its files.

use serde_json::Value;
use tidings_document::api::{Payload, SchemaFormat};
use tidings_document::{Diagnostic, Node};
use tidings_schema::{AvroValidator, SchemaError};

use crate::lint::AVRO_SCHEMA_INVALID;
use crate::places::{at_pointer, key_place};

/// The schema of a payload that is described in Avro; nothing where it is not. One of a file's list of types may use the
/// others.
///
/// # Errors
/// When it cannot be used: every reason with its place.
pub fn avro(payload: &Payload<'_>) -> Option<Result<AvroValidator, Vec<Diagnostic>>> {
    if payload.format != SchemaFormat::Avro {
        return None;
    }
    let alone = compile(payload.node);
    let (Err(_), Some((list, position))) = (&alone, in_list(payload)) else {
        return Some(alone);
    };
    Some(match compile(list).map(|list| list.branch(position)) {
        Ok(Some(branch)) => Ok(branch),
        Ok(None) => alone,
        Err(found) => Err(found),
    })
}

/// The list of types in the file, and the position of this one.
fn in_list<'a>(payload: &Payload<'a>) -> Option<(&'a Node, usize)> {
    let list = payload.avro_types?;
    let mut types = list.as_array()?.iter();
    let position = types.position(|kind| std::ptr::eq(kind, payload.node))?;
    Some((list, position))
}

/// What is wrong with a schema by itself, whatever other types its file defines: a reference to a part of a file means
/// that part. Behind a reference inside of it anything may be defined, so that nothing more is said.
pub(crate) fn faults(node: &Node) -> Vec<Diagnostic> {
    let schema = node.to_json();
    let errors = AvroValidator::compile(&schema).err().unwrap_or_default();
    let is_reference = |error: &SchemaError| {
        let place = schema.pointer(&error.pointer);
        error.pointer.ends_with("/$ref") || place.is_some_and(|place| place.get("$ref").is_some())
    };
    let end = errors.iter().position(is_reference);
    diagnostics(node, &schema, &errors[..end.unwrap_or(errors.len())])
}

fn compile(node: &Node) -> Result<AvroValidator, Vec<Diagnostic>> {
    let schema = node.to_json();
    AvroValidator::compile(&schema).map_err(|errors| diagnostics(node, &schema, &errors))
}

fn diagnostics(node: &Node, schema: &Value, errors: &[SchemaError]) -> Vec<Diagnostic> {
    let found = errors.iter().map(|error| {
        let span = match error.pointer.as_str() {
            "" => key_place(node, &["name", "type"]),
            pointer => at_pointer(node, pointer, false),
        };
        let found = Diagnostic::new(&AVRO_SCHEMA_INVALID.rule, span, error.message.clone());
        match help(schema, error) {
            Some(help) => found.help(help),
            None => found,
        }
    });
    found.collect()
}

const PRIMITIVES: &[&str] = &[
    "null", "boolean", "int", "long", "float", "double", "bytes", "string",
];

/// What to write for a type that is not known, or for the one that YAML does not take for text.
fn help(schema: &Value, error: &SchemaError) -> Option<String> {
    let wrong = schema.pointer(&error.pointer)?;
    if wrong.is_null() {
        return Some("put it in quotes, for the type of that name: `\"null\"`".to_owned());
    }
    let name = wrong.as_str()?;
    if !error.message.ends_with("is not known") {
        return None;
    }
    let mut names = PRIMITIVES.to_vec();
    let mut waiting = vec![schema];
    while let Some(value) = waiting.pop() {
        match value {
            Value::Object(map) => {
                let is_type = map.contains_key("fields") || map.contains_key("symbols");
                let name = map.get("name").and_then(Value::as_str);
                names.extend(name.filter(|_| is_type || map.contains_key("size")));
                waiting.extend(map.values());
            }
            Value::Array(items) => waiting.extend(items),
            _ => {}
        }
    }
    Some(match tidings_document::nearest(name, names) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "define it in this schema, before it is used".to_owned(),
    })
}
