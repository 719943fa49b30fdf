//! Avro schemas of a document, compiled: what is wrong with them has its place in the document or in its files.

use serde_json::Value;
use tidings_document::api::{Payload, SchemaFormat};
use tidings_document::{Diagnostic, Node, Span};
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
pub(crate) fn faults(node: &Node, reported: &dyn Fn() -> Vec<Diagnostic>) -> Vec<Diagnostic> {
    let schema = node.to_json();
    let mut errors = AvroValidator::compile(&schema).err().unwrap_or_default();
    let is_reference = |error: &SchemaError| {
        let place = schema.pointer(&error.pointer);
        error.pointer.ends_with("/$ref") || place.is_some_and(|place| place.get("$ref").is_some())
    };
    let end = errors.iter().position(is_reference);
    errors.truncate(end.unwrap_or(errors.len()));
    if !errors.is_empty() {
        let mut starts: Vec<Span> = reported().iter().map(|found| found.span).collect();
        starts.sort_unstable();
        errors.retain(|error| !begins_within(&starts, at_pointer(node, &error.pointer, false)));
    }
    diagnostics(node, &schema, &errors)
}

/// Whether one of some sorted places begins in another.
fn begins_within(sorted: &[Span], place: Span) -> bool {
    let at = sorted.partition_point(|span| (span.file, span.start) < (place.file, place.start));
    let next = sorted.get(at);
    let is_within = |start| start == place.start || start < place.end;
    next.is_some_and(|span| span.file == place.file && is_within(span.start))
}

fn compile(node: &Node) -> Result<AvroValidator, Vec<Diagnostic>> {
    let schema = node.to_json();
    AvroValidator::compile(&schema).map_err(|errors| diagnostics(node, &schema, &errors))
}

fn diagnostics(node: &Node, schema: &Value, errors: &[SchemaError]) -> Vec<Diagnostic> {
    let mut names = None;
    let mut comparisons = COMPARISONS;
    let found = errors.iter().map(|error| {
        let span = match error.pointer.as_str() {
            "" => key_place(node, &["name", "type"]),
            pointer => at_pointer(node, pointer, false),
        };
        let found = Diagnostic::new(&AVRO_SCHEMA_INVALID.rule, span, error.message.clone());
        // YAML takes the name of this type for no text.
        if schema.pointer(&error.pointer).is_some_and(Value::is_null) {
            return found.help("put it in quotes, for the type of that name: `\"null\"`");
        }
        let Some(unknown) = unknown_type(schema, error) else {
            return found;
        };
        let names = names.get_or_insert_with(|| type_names(schema));
        let near = tidings_document::nearest(unknown, names.iter().copied().take(comparisons));
        comparisons = comparisons.saturating_sub(names.len());
        found.help(match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => "define it in this schema, before it is used".to_owned(),
        })
    });
    found.collect()
}

/// Names that are compared with unknown ones: in large schemas each comparison takes long.
const COMPARISONS: usize = 200_000;

const PRIMITIVES: &[&str] = &[
    "null", "boolean", "int", "long", "float", "double", "bytes", "string",
];

/// The type that an error does not know.
fn unknown_type<'s>(schema: &'s Value, error: &SchemaError) -> Option<&'s str> {
    let name = schema.pointer(&error.pointer)?.as_str()?;
    error.message.ends_with("is not known").then_some(name)
}

/// The types that a schema may name: those of the language and its own.
fn type_names(schema: &Value) -> Vec<&str> {
    let mut names = PRIMITIVES.to_vec();
    let mut waiting = vec![schema];
    while let Some(value) = waiting.pop() {
        match value {
            Value::Object(map) => {
                let is_type = ["fields", "symbols", "size"]
                    .iter()
                    .any(|key| map.contains_key(*key));
                let name = map.get("name").and_then(Value::as_str);
                names.extend(name.filter(|_| is_type));
                waiting.extend(map.values());
            }
            Value::Array(items) => waiting.extend(items),
            _ => {}
        }
    }
    names
}
