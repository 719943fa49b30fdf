//! Avro schemas of a document, compiled: what is wrong with them has its place in the document or in its files.

use std::borrow::Cow;

use serde_json::Value;
use tidings_document::api::{Payload, SchemaFormat};
use tidings_document::{AvroTypes, Diagnostic, Document, Node, Severity, Span};
use tidings_schema::{AvroFault, AvroFaultKind, AvroValidator, SchemaError};

use crate::lint::{AVRO_LOGICAL_TYPE_MISPLACED, AVRO_SCHEMA_INVALID};
use crate::places::{at_pointer, key_place};

/// A compiled schema with all that it is made of.
pub struct AvroSchema<'a> {
    /// What values are compared with.
    pub validator: AvroValidator,
    node: Cow<'a, Node>,
}

impl AvroSchema<'_> {
    /// The pointer in its file of what a pointer into the schema names.
    #[must_use]
    pub fn pointer(&self, document: &Document, pointer: &str) -> String {
        document.pointer_at(at_pointer(&self.node, pointer, false))
    }
}

/// The schema of a payload that is described in Avro; nothing where it is not.
///
/// # Errors
/// When it cannot be used: every reason with its place.
pub fn avro<'a>(
    types: &AvroTypes<'_, 'a>,
    payload: &Payload<'a>,
) -> Option<Result<AvroSchema<'a>, Vec<Diagnostic>>> {
    if payload.format != SchemaFormat::Avro {
        return None;
    }
    let node = types.schema(payload);
    let schema = node.to_json();
    Some(match AvroValidator::compile(&schema) {
        Ok(validator) => Ok(AvroSchema { validator, node }),
        Err(errors) => {
            let faults = errors
                .into_iter()
                .map(|error| (error, AvroFaultKind::Unusable).into());
            let faults: Vec<_> = faults.collect();
            Err(diagnostics(payload, &node, &schema, &faults))
        }
    })
}

/// What is wrong with the schema of a payload. References that lead nowhere are reported elsewhere.
pub(crate) fn faults<'a>(
    document: &Document,
    types: &AvroTypes<'_, 'a>,
    payload: &Payload<'a>,
    reported: &dyn Fn() -> Vec<Diagnostic>,
) -> Vec<Diagnostic> {
    let node = types.schema(payload);
    let schema = node.to_json();
    let mut faults = AvroValidator::faults(&schema);
    faults.retain(|fault| {
        let at = fault.error.pointer.strip_suffix("/$ref");
        at.is_none_or(|at| {
            let reference = place(&node, at);
            reference.is_some_and(|reference| document.place_of(reference).is_some())
        })
    });
    shown(payload, &node, &schema, faults, reported)
}

/// What the official parser finds: it takes a reference to a part of a file for that part alone, and behind a reference
/// inside of it anything may be defined.
pub(crate) fn official_faults(payload: &Payload<'_>) -> Vec<Diagnostic> {
    let node = payload.node;
    let schema = node.to_json();
    let mut faults = AvroValidator::faults(&schema);
    let is_reference = |fault: &AvroFault| {
        let place = schema.pointer(&fault.error.pointer);
        fault.error.pointer.ends_with("/$ref")
            || place.is_some_and(|place| place.get("$ref").is_some())
    };
    let end = faults.iter().position(is_reference);
    faults.truncate(end.unwrap_or(faults.len()));
    faults.retain(|fault| fault.kind != AvroFaultKind::IgnoredLogicalType);
    shown(payload, node, &schema, faults, &Vec::new)
}

/// The node that a JSON pointer leads to.
fn place<'n>(node: &'n Node, pointer: &str) -> Option<&'n Node> {
    crate::places::segments(pointer).try_fold(node, |node, segment| match &node.value {
        tidings_document::Value::Array(items) => items.get(segment.parse::<usize>().ok()?),
        _ => node.get(&segment),
    })
}

/// Findings but for those at places that something was reported of already.
fn shown(
    payload: &Payload<'_>,
    node: &Node,
    schema: &Value,
    mut faults: Vec<AvroFault>,
    reported: &dyn Fn() -> Vec<Diagnostic>,
) -> Vec<Diagnostic> {
    if !faults.is_empty() {
        let mut starts: Vec<Span> = reported().iter().map(|found| found.span).collect();
        starts.sort_unstable();
        faults
            .retain(|fault| !begins_within(&starts, at_pointer(node, &fault.error.pointer, false)));
    }
    diagnostics(payload, node, schema, &faults)
}

/// Whether one of some sorted places begins in another.
fn begins_within(sorted: &[Span], place: Span) -> bool {
    let at = sorted.partition_point(|span| (span.file, span.start) < (place.file, place.start));
    let next = sorted.get(at);
    let is_within = |start| start == place.start || start < place.end;
    next.is_some_and(|span| span.file == place.file && is_within(span.start))
}

fn diagnostics(
    payload: &Payload<'_>,
    node: &Node,
    schema: &Value,
    faults: &[AvroFault],
) -> Vec<Diagnostic> {
    let mut names = None;
    let mut comparisons = COMPARISONS;
    let found = faults.iter().map(|fault| {
        let error = &fault.error;
        let span = match error.pointer.as_str() {
            "" => key_place(node, &["name", "type"]),
            pointer => at_pointer(node, pointer, false),
        };
        match fault.kind {
            AvroFaultKind::IgnoredLogicalType => return misplaced(error, span, schema),
            AvroFaultKind::LaterBranch => return later_branch(payload, error, span),
            AvroFaultKind::Unusable => {}
        }
        let found = Diagnostic::new(&AVRO_SCHEMA_INVALID.rule, span, error.message.clone());
        // YAML takes the name of this type for no text.
        if schema.pointer(&error.pointer).is_some_and(Value::is_null)
            && !error.pointer.ends_with("/default")
        {
            return found.help("put it in quotes, for the type of that name: `\"null\"`");
        }
        let Some(unknown) = unknown_type(schema, error) else {
            return match help(&error.message) {
                Some(help) => found.help(help),
                None => found,
            };
        };
        let names = names.get_or_insert_with(|| type_names(schema));
        let near = tidings_document::nearest(unknown, names.iter().copied().take(comparisons));
        comparisons = comparisons.saturating_sub(names.len());
        found.help(match near {
            // It is not known where it is used, and yet it has the name of a type.
            _ if names.iter().any(|name| *name == last_name(unknown)) => {
                "a type of this name is defined further down or in another namespace: move it up, or write the whole name".to_owned()
            }
            Some(near) => format!("did you mean `{near}`?"),
            None => {
                "define it in this schema, before it is used, or in another one of the document"
                    .to_owned()
            }
        })
    });
    found.collect()
}

/// How to mend what a message says.
fn help(message: &str) -> Option<&'static str> {
    let table = [
        (
            "of no type of the union",
            "write one of the first type of the union",
        ),
        (
            "does not fit its type",
            "write a value of the type of the field",
        ),
        ("none of the symbols", "write one of the symbols"),
        ("is in the union twice", "leave one of them out"),
        (
            "a union may not hold a union",
            "write its types into the outer one",
        ),
        (
            "is defined twice",
            "define it once, and use its name elsewhere",
        ),
        ("is missing", "add it"),
        (
            "is not an Avro type",
            "write the name of a type, an object with `type`, or a list of types",
        ),
    ];
    let mut fitting = table.iter().filter(|(part, _)| message.contains(part));
    fitting.next().map(|(_, help)| *help)
}

/// A default that fits another type of a union than the first: Avro takes it since 1.12.
fn later_branch(payload: &Payload<'_>, error: &SchemaError, span: Span) -> Diagnostic {
    let found = Diagnostic::new(&AVRO_SCHEMA_INVALID.rule, span, error.message.clone());
    if is_since_1_12(payload) {
        let found =
            found.help("readers of Avro before 1.12 refuse it: put the type of the default first");
        return Diagnostic {
            severity: Severity::Warning,
            ..found
        };
    }
    found.help(
        "put the type of the default first in the union; only Avro 1.12 takes any of its types",
    )
}

/// Whether the schema says that it is written for Avro 1.12 or later.
fn is_since_1_12(payload: &Payload<'_>) -> bool {
    let version = payload
        .format_text
        .and_then(|text| text.value.split_once("version="));
    let mut numbers = version.into_iter().flat_map(|(_, version)| {
        version
            .split('.')
            .map(|number| number.trim().parse::<u32>().unwrap_or_default())
    });
    let first = numbers.next().unwrap_or_default();
    (first, numbers.next().unwrap_or_default()) >= (1, 12)
}

fn misplaced(error: &SchemaError, span: Span, schema: &Value) -> Diagnostic {
    let found = Diagnostic::new(
        &AVRO_LOGICAL_TYPE_MISPLACED.rule,
        span,
        error.message.clone(),
    );
    let field = error
        .pointer
        .strip_suffix("/logicalType")
        .and_then(|at| schema.pointer(at));
    let within = field.and_then(within);
    found.help(
        within.unwrap_or_else(|| "put it into the type, beside the `type` of that".to_owned()),
    )
}

/// The type of a field with all that its logical type needs.
fn within(field: &Value) -> Option<String> {
    let own = |key| Some(format!("\"{key}\": {}", field.get(key)?));
    let kind = field.get("type")?.as_str().and(own("type"))?;
    let logical = field.get("logicalType")?.as_str().and(own("logicalType"))?;
    let parts = [Some(kind), Some(logical), own("precision"), own("scale")];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    Some(format!(
        "put it into the type: `\"type\": {{{}}}`",
        parts.join(", ")
    ))
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

/// A name without its namespace.
fn last_name(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
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
