//! Makes an example of a schema where that is so plain that no validator need be asked. It leaves nothing out: where one property is
//! not plain, nothing is.
use serde_json::{Map, Value, json};
use tidings_document::api::{Api, Items, SchemaId, SchemaKind, SchemaObject, Type};
use tidings_document::{Node, Number};

/// Levels on which properties are shown that need not be there.
const OPTIONAL: usize = 3;
/// How many values an example may have.
const VALUES: usize = 60;

/// A value that the schema allows, with all that its first levels may have; nothing when the schema says more than is understood here.
pub(crate) fn sample(api: &Api<'_>, schema: SchemaId) -> Option<Value> {
    value(api, schema, 0, &mut { VALUES })
}

fn value(api: &Api<'_>, schema: SchemaId, depth: usize, left: &mut usize) -> Option<Value> {
    *left = left.checked_sub(1)?;
    let object = match &api[schema].kind {
        SchemaKind::Object(object) => object,
        SchemaKind::Bool(_) | SchemaKind::Unresolved => return None,
    };
    if !is_simple(object) || api[schema].node.get("dependencies").is_some() {
        return None;
    }
    let mut listed = object
        .constant
        .into_iter()
        .chain(object.enumeration.and_then(<[_]>::first));
    if let Some(node) = listed.next() {
        let fits = object
            .types
            .is_none_or(|types| types.only().is_some_and(|kind| is_of(node, kind)));
        return (fits && listed.next().is_none()).then(|| node.to_json());
    }
    match only_type(object)? {
        Type::Object => object_value(api, object, depth, left),
        Type::Array => array_value(api, object, depth, left),
        // What the author gave is trusted only where it has the right type and no limits stand beside it.
        kind => given(object, kind).or_else(|| scalar(object, kind)),
    }
}

/// Whether nothing but the type, the properties and simple limits decides.
fn is_simple(object: &SchemaObject<'_>) -> bool {
    object.all_of.is_empty()
        && object.any_of.is_empty()
        && object.one_of.is_empty()
        && object.not.is_none()
        && object.if_.is_none()
        && object.pattern_properties.is_empty()
        && object.property_names.is_none()
        && object.dependencies.is_empty()
        && object.discriminator.is_none()
        && object.contains.is_none()
}

fn only_type(object: &SchemaObject<'_>) -> Option<Type> {
    match object.types {
        Some(types) => types.without(Type::Null).only().or(types.only()),
        None if !object.properties.is_empty() => Some(Type::Object),
        None => None,
    }
}

fn given(object: &SchemaObject<'_>, kind: Type) -> Option<Value> {
    let node = object.examples.first().copied().or(object.default)?;
    let fits = is_of(node, kind);
    let limited = object.pattern.is_some()
        || object.format.is_some()
        || object.min_length.is_some()
        || object.max_length.is_some()
        || has_number_limits(object);
    (fits && !limited).then(|| node.to_json())
}

fn is_of(node: &Node, kind: Type) -> bool {
    match kind {
        Type::Integer => node.to_json().is_i64() || node.to_json().is_u64(),
        _ => node.kind() == kind.as_str(),
    }
}

fn has_number_limits(object: &SchemaObject<'_>) -> bool {
    object.minimum.is_some()
        || object.maximum.is_some()
        || object.exclusive_minimum.is_some()
        || object.exclusive_maximum.is_some()
        || object.multiple_of.is_some()
}

fn object_value(
    api: &Api<'_>,
    object: &SchemaObject<'_>,
    depth: usize,
    left: &mut usize,
) -> Option<Value> {
    let mut map = Map::new();
    for property in &object.properties {
        let required = object
            .required
            .iter()
            .any(|name| name.value == property.name.value);
        if !required && depth >= OPTIONAL {
            continue;
        }
        let value = value(api, property.schema, depth + 1, left)?;
        map.insert(property.name.value.to_owned(), value);
    }
    let has_required = object
        .required
        .iter()
        .all(|name| map.contains_key(name.value));
    let count = map.len() as u64;
    let fits = object.min_properties.is_none_or(|min| count >= min)
        && object.max_properties.is_none_or(|max| count <= max);
    (has_required && fits).then_some(Value::Object(map))
}

fn array_value(
    api: &Api<'_>,
    object: &SchemaObject<'_>,
    depth: usize,
    left: &mut usize,
) -> Option<Value> {
    let least = object.min_items.unwrap_or(0);
    let item = match &object.items {
        Some(Items::All(item)) if least < 2 && object.max_items != Some(0) => *item,
        None if least == 0 => return Some(json!([])),
        _ => return None,
    };
    value(api, item, depth + 1, left).map(|item| json!([item]))
}

fn scalar(object: &SchemaObject<'_>, kind: Type) -> Option<Value> {
    match kind {
        Type::Null => Some(Value::Null),
        Type::Boolean => Some(json!(true)),
        Type::Integer | Type::Number => number(object, kind),
        Type::String => string(object),
        Type::Array | Type::Object => None,
    }
}

fn number(object: &SchemaObject<'_>, kind: Type) -> Option<Value> {
    if object.exclusive_minimum.is_some() || object.exclusive_maximum.is_some() {
        return None;
    }
    let (min, max) = (object.minimum.as_ref(), object.maximum.as_ref());
    if object.multiple_of.is_some() {
        let above = min.is_none_or(|min| min.as_f64().is_some_and(|min| min <= 0.0));
        let below = max.is_none_or(|max| max.as_f64().is_some_and(|max| max >= 0.0));
        return (above && below).then(|| json!(0));
    }
    let is_held = |limit: &Number| {
        let whole = limit.is_i64() || limit.is_u64();
        whole || (kind == Type::Number && limit.literal().is_none())
    };
    match (min, max) {
        (None, None) => Some(json!(1)),
        (Some(limit), _) | (None, Some(limit)) if is_held(limit) => {
            Some(Value::Number((**limit).clone()))
        }
        _ => None,
    }
}

fn string(object: &SchemaObject<'_>) -> Option<Value> {
    if object.pattern.is_some() || object.content_encoding.is_some() {
        return None;
    }
    let text = match object.format.map(|format| format.value) {
        Some("date-time") => "2025-01-31T12:00:00Z",
        Some("date") => "2025-01-31",
        Some("time") => "12:00:00Z",
        Some("duration") => "PT15M",
        Some("uuid") => "1fa6ef40-8f47-40a8-8cf6-f8607d0066ef",
        Some("email") => "someone@example.com",
        Some("uri" | "url") => "https://example.com/",
        Some("hostname") => "example.com",
        Some("ipv4") => "192.0.2.1",
        Some("ipv6") => "2001:db8::1",
        Some(_) => return None,
        None => return of_length(object),
    };
    let count = text.len() as u64;
    let fits = object.min_length.is_none_or(|min| count >= min)
        && object.max_length.is_none_or(|max| count <= max);
    fits.then(|| json!(text))
}

/// A text without any form.
fn of_length(object: &SchemaObject<'_>) -> Option<Value> {
    const WORD: &str = "string";
    const LONGEST: u64 = 60;
    let least = object.min_length.unwrap_or(0);
    let most = object.max_length.unwrap_or(LONGEST);
    let count = (WORD.len() as u64).max(least).min(most);
    let text: String = WORD.chars().cycle().take(count as usize).collect();
    (least <= most && count <= LONGEST).then(|| json!(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::{Path, PathBuf};
    use tidings_document::{Settings, open, open_text, read, schema_json};

    /// Every schema of a document whose example its own validator refuses; the number of examples made.
    fn refused(document: &tidings_document::Document) -> (Vec<String>, usize) {
        let (Some(api), _) = read(document) else {
            return (Vec::new(), 0);
        };
        let mut refused = Vec::new();
        let mut made = 0;
        for id in (0..).map(SchemaId).take(api.schemas.len()) {
            let Some(value) = sample(&api, id) else {
                continue;
            };
            made += 1;
            let validator = jsonschema::options()
                .with_draft(jsonschema::Draft::Draft7)
                .should_validate_formats(true)
                .build(&schema_json(&api, id));
            if validator.is_ok_and(|validator| !validator.is_valid(&value)) {
                refused.push(format!("{}: {value}", api[id].pointer));
            }
        }
        (refused, made)
    }

    fn files(folder: &Path, list: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            if entry.path().is_dir() {
                files(&entry.path(), list);
            } else {
                list.push(entry.path());
            }
        }
        list.sort();
    }

    #[test]
    fn schemas_allow_the_examples_made_of_them() {
        let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let mut list = Vec::new();
        files(&project.join("specs"), &mut list);
        let mut total = 0;
        for path in list {
            let document = open(&path, &Settings::default()).unwrap().0;
            let (refused, made) = refused(&document);
            assert_eq!(refused, Vec::<String>::new(), "{}", path.display());
            total += made;
        }
        assert!(total > 10);
    }

    /// The example of a schema.
    fn made(schema: &str) -> Option<Value> {
        let text = format!("asyncapi: 3.0.0\ncomponents: {{ schemas: {{ S: {schema} }} }}\n");
        let name = Path::new("a.yaml");
        let document = open_text(name, text.into_bytes(), &Settings::default())
            .unwrap()
            .0;
        let api = read(&document).0.unwrap();
        let id = (0..)
            .map(SchemaId)
            .take(api.schemas.len())
            .find(|id| api[*id].pointer == "/components/schemas/S");
        sample(&api, id.unwrap())
    }

    #[track_caller]
    fn check(cases: &[(&str, Value)]) {
        for (schema, expected) in cases {
            assert_eq!(made(schema).as_ref(), Some(expected), "{schema}");
        }
    }

    #[test]
    fn what_is_not_understood_has_no_example() {
        for schema in [
            "true",
            "{}",
            "{ $ref: '#/nowhere' }",
            "{ type: [string, integer] }",
            "{ type: string, pattern: '^a$' }",
            "{ type: string, default: a, pattern: '^a$' }",
            "{ type: string, format: iban }",
            "{ type: string, contentEncoding: base64 }",
            "{ type: string, minLength: 61 }",
            "{ type: string, minLength: 3, maxLength: 2 }",
            "{ type: string, format: date, minLength: 11 }",
            "{ type: string, format: date, maxLength: 9 }",
            "{ type: string, enum: [1] }",
            "{ type: integer, const: 1.5 }",
            "{ type: [string, integer], enum: [a] }",
            "{ const: a, enum: [a] }",
            "{ type: integer, exclusiveMinimum: 3 }",
            "{ type: integer, exclusiveMaximum: 3 }",
            "{ type: integer, minimum: 0.5 }",
            "{ type: integer, minimum: 1, multipleOf: 2 }",
            "{ type: integer, maximum: -1, multipleOf: 2 }",
            "{ type: array, minItems: 1 }",
            "{ type: array, items: { type: integer }, minItems: 2 }",
            "{ type: array, items: { type: integer }, maxItems: 0 }",
            "{ type: array, items: [ { type: integer } ] }",
            "{ type: object, required: [a] }",
            "{ type: object, minProperties: 1 }",
            "{ type: object, maxProperties: 0, properties: { a: { type: integer } } }",
            "{ type: object, properties: { a: { type: string, pattern: a } } }",
            "{ type: object, required: [a], properties: { a: { $ref: '#/components/schemas/S' } } }",
        ] {
            assert_eq!(made(schema), None, "{schema}");
        }
    }

    #[test]
    fn whatever_else_decides_is_asked_of_the_validator() {
        for keyword in [
            "allOf: [ { type: object } ]",
            "anyOf: [ { type: object } ]",
            "oneOf: [ { type: object } ]",
            "not: { type: string }",
            "if: { type: object }",
            "patternProperties: { a: { type: string } }",
            "propertyNames: { type: string }",
            "dependencies: { a: { type: object } }",
            "dependencies: { a: [ b ] }",
            "discriminator: a",
            "contains: { type: string }",
        ] {
            let schema = format!("{{ type: object, {keyword} }}");
            assert_eq!(made(&schema), None, "{schema}");
        }
        assert_eq!(made("{ type: object }"), Some(json!({})));
    }

    #[test]
    fn values_that_the_document_gives_come_first() {
        check(&[
            ("{ const: 1 }", json!(1)),
            ("{ enum: [b, a] }", json!("b")),
            ("{ type: integer, enum: [2, 1] }", json!(2)),
            ("{ type: string, examples: [x, y], default: d }", json!("x")),
            ("{ type: string, default: d }", json!("d")),
            ("{ type: integer, default: 7 }", json!(7)),
            ("{ type: integer, default: 1.5 }", json!(1)),
            ("{ type: number, default: 1.5 }", json!(1.5)),
            ("{ type: boolean, default: false }", json!(false)),
            ("{ type: string, default: 5 }", json!("string")),
            (
                "{ type: string, default: d, minLength: 8 }",
                json!("stringst"),
            ),
            ("{ type: string, default: d, maxLength: 3 }", json!("str")),
            (
                "{ type: string, default: d, format: date }",
                json!("2025-01-31"),
            ),
            ("{ type: integer, default: 7, minimum: 3 }", json!(3)),
            ("{ type: integer, default: 7, maximum: 3 }", json!(3)),
            ("{ type: integer, default: 7, multipleOf: 2 }", json!(0)),
        ]);
        for limit in ["exclusiveMinimum", "exclusiveMaximum"] {
            assert_eq!(
                made(&format!("{{ type: integer, default: 7, {limit}: 3 }}")),
                None
            );
        }
    }

    #[test]
    fn values_keep_their_limits() {
        check(&[
            ("{ type: 'null' }", Value::Null),
            ("{ type: boolean }", json!(true)),
            ("{ type: ['null', string] }", json!("string")),
            (
                "{ type: string, minLength: 60 }",
                json!("string".repeat(10)),
            ),
            ("{ type: string, maxLength: 0 }", json!("")),
            (
                "{ type: string, format: date, minLength: 10, maxLength: 10 }",
                json!("2025-01-31"),
            ),
            ("{ type: integer }", json!(1)),
            ("{ type: integer, minimum: 2, maximum: 9 }", json!(2)),
            (
                "{ type: integer, minimum: 18446744073709551615 }",
                json!(u64::MAX),
            ),
            ("{ type: number, maximum: 0.5 }", json!(0.5)),
            (
                "{ type: integer, minimum: 0, maximum: 0, multipleOf: 2 }",
                json!(0),
            ),
            (
                "{ type: integer, minimum: -1, maximum: 1, multipleOf: 2 }",
                json!(0),
            ),
            ("{ type: array }", json!([])),
            ("{ type: array, items: { type: integer } }", json!([1])),
            (
                "{ type: array, items: { type: integer }, minItems: 1, maxItems: 1 }",
                json!([1]),
            ),
            (
                "{ properties: { a: { type: integer } } }",
                json!({ "a": 1 }),
            ),
            (
                "{ type: object, required: [a], minProperties: 1, maxProperties: 1, properties: { a: { type: integer } } }",
                json!({ "a": 1 }),
            ),
        ]);
    }

    #[test]
    fn texts_have_their_formats() {
        for (format, expected) in [
            ("date-time", "2025-01-31T12:00:00Z"),
            ("date", "2025-01-31"),
            ("time", "12:00:00Z"),
            ("duration", "PT15M"),
            ("uuid", "1fa6ef40-8f47-40a8-8cf6-f8607d0066ef"),
            ("email", "someone@example.com"),
            ("uri", "https://example.com/"),
            ("url", "https://example.com/"),
            ("hostname", "example.com"),
            ("ipv4", "192.0.2.1"),
            ("ipv6", "2001:db8::1"),
        ] {
            let schema = format!("{{ type: string, format: {format} }}");
            assert_eq!(made(&schema), Some(json!(expected)), "{format}");
        }
    }

    #[test]
    fn what_need_not_be_there_is_shown_on_the_first_levels() {
        let nested = |last: &str| {
            format!(
                "{{ properties: {{ a: {{ properties: {{ b: {{ properties: {{ c: {{ type: object, {last}properties: {{ d: {{ type: integer }} }} }} }} }} }} }} }} }}"
            )
        };
        check(&[
            (&*nested(""), json!({ "a": { "b": { "c": {} } } })),
            (
                &*nested("required: [d], "),
                json!({ "a": { "b": { "c": { "d": 1 } } } }),
            ),
        ]);
    }

    #[test]
    fn few_values_are_plain() {
        let of = |count: usize| {
            let list: String = (0..count)
                .map(|n| format!("p{n}: {{ type: integer }}, "))
                .collect();
            made(&format!("{{ type: object, properties: {{ {list} }} }}"))
        };
        assert!(of(VALUES - 1).is_some());
        assert!(of(VALUES).is_none());
    }
}
