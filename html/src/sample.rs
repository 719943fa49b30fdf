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

    #[test]
    fn what_is_not_understood_has_no_example() {
        let made = |schema: &str| {
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
        };
        assert_eq!(made("{ type: string, pattern: '^a$' }"), None);
        assert_eq!(made("{ type: string, minLength: 61 }"), None);
        assert_eq!(made("{ type: string, minLength: 3, maxLength: 2 }"), None);
        assert_eq!(made("{ type: string, maxLength: 3 }"), Some(json!("str")));
        assert_eq!(
            made("{ type: string, minLength: 8 }"),
            Some(json!("stringst"))
        );
        assert_eq!(made("{ oneOf: [ { type: string } ] }"), None);
        assert_eq!(made("{ type: object, required: [a] }"), None);
        assert_eq!(
            made(
                "{ type: object, required: [a], properties: { a: { $ref: '#/components/schemas/S' } } }"
            ),
            None
        );
        assert_eq!(made("{ type: integer, minimum: 3 }"), Some(json!(3)));
    }
}
