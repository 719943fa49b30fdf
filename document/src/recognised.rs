//! Whether a file that a reference led to holds AsyncAPI, JSON Schema, Avro or Protobuf. A document may refer to any file below its
//! roots: of others neither a text nor what findings say of it is shown.
use crate::{Node, Object, Value};

/// Levels of objects and lists in which the signs of a file are looked for.
const DEEP: usize = 4;

/// Bytes of a text in which they are looked for where it could not be read.
const FAR: usize = 64 << 10;

/// What stands under a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Text,
    Object,
    List,
}

/// Keys that are used for these languages and hardly for anything else, wherever they stand.
const SIGNS: &[(&str, Form)] = &[
    ("asyncapi", Form::Text),
    ("openapi", Form::Text),
    ("$schema", Form::Text),
    ("$ref", Form::Text),
    ("schemaFormat", Form::Text),
    ("contentType", Form::Text),
    ("payload", Form::Object),
    ("headers", Form::Object),
    ("bindings", Form::Object),
    ("publish", Form::Object),
    ("subscribe", Form::Object),
    ("properties", Form::Object),
    ("$defs", Form::Object),
    ("definitions", Form::Object),
    ("allOf", Form::List),
    ("anyOf", Form::List),
    ("oneOf", Form::List),
];

/// Types of schemas that nothing else has.
const TYPES: &[&str] = &["object", "array", "record", "enum", "fixed"];

/// Those that much else has; they count at the root of a file.
const SCALARS: &[&str] = &[
    "string", "number", "integer", "boolean", "null", "bytes", "int", "long", "float", "double",
    "map",
];

/// Names of fields and keywords: an object that has none but these is one of ours, whatever is wrong with it.
const FIELDS: &str = "\
    action additionalItems additionalProperties address aliases channel channels components const contact contains \
    correlationId default defaultContentType dependencies deprecated description discriminator doc else enum example \
    examples exclusiveMaximum exclusiveMinimum externalDocs fields flows format host id if info items license location \
    logicalType maxItems maxLength maxProperties maximum message messageId messages minItems minLength minProperties \
    minimum multipleOf name namespace not nullable operationId operations parameters pathname pattern patternProperties \
    precision propertyNames protocol protocolVersion readOnly reply replyTo required scale schema schemas security server \
    servers size summary symbols tags termsOfService then title traits type uniqueItems url values variables version \
    writeOnly";

/// Words that lines of Protobuf begin with.
const PROTOBUF: &[&str] = &[
    "syntax", "edition", "package", "import", "message", "enum", "service", "option",
];

/// Whether a file is one of ours, by what was read of it, by its text where that failed, and by the ending of its name.
pub(crate) fn is_recognised(root: Option<&Node>, text: &str, extension: Option<&str>) -> bool {
    match root.map(|root| (root, &root.value)) {
        Some((_, Value::String(text))) => extension == Some("proto") && has_protobuf(text),
        Some((root, _)) => has_sign(root, 0),
        None => has_sign_in_text(text),
    }
}

fn has_sign(node: &Node, depth: usize) -> bool {
    let is_inside = |child: &Node| depth < DEEP && has_sign(child, depth + 1);
    match &node.value {
        Value::Object(object) => {
            has_known_fields(object, depth)
                || object.iter().any(|entry| {
                    is_sign(&entry.key, &entry.value, depth) || is_inside(&entry.value)
                })
        }
        Value::Array(items) => items.iter().any(is_inside),
        _ => false,
    }
}

/// Whether all fields have names that we know. Below the root one of them must tell what the object is about.
fn has_known_fields(object: &Object, depth: usize) -> bool {
    let is_known = |name: &str| {
        let is_sign = || SIGNS.iter().any(|(sign, _)| *sign == name);
        FIELDS.split(' ').any(|field| field == name) || is_sign()
    };
    let telling = ["type", "enum", "description"];
    let tells = depth == 0 || telling.iter().any(|name| object.get(name).is_some());
    tells && !object.is_empty() && object.iter().all(|entry| is_known(&entry.key))
}

fn is_sign(key: &str, value: &Node, depth: usize) -> bool {
    if key == "type" {
        return value.as_str().is_some_and(|name| is_type(name, depth == 0));
    }
    let form = match &value.value {
        Value::String(_) => Form::Text,
        Value::Object(_) => Form::Object,
        Value::Array(_) => Form::List,
        _ => return false,
    };
    SIGNS.contains(&(key, form))
}

fn is_type(name: &str, at_the_root: bool) -> bool {
    TYPES.contains(&name) || at_the_root && SCALARS.contains(&name)
}

fn has_protobuf(text: &str) -> bool {
    let begins = |line: &str| {
        let mut words = line.split(|c: char| !c.is_ascii_alphanumeric());
        words.next().is_some_and(|word| PROTOBUF.contains(&word))
    };
    text.lines().map(str::trim_start).any(begins)
}

/// The same by the lines of a text, of YAML or JSON.
fn has_sign_in_text(text: &str) -> bool {
    let text = &text[..text.floor_char_boundary(FAR)];
    text.split(['\n', '\r']).any(|line| {
        let mut entries = line.split([',', '{', '[']);
        let first = entries.next().unwrap_or_default();
        let at_the_root = !first.starts_with([' ', '\t', '-']);
        is_entry_a_sign(first, at_the_root) || entries.any(|entry| is_entry_a_sign(entry, false))
    })
}

fn is_entry_a_sign(entry: &str, at_the_root: bool) -> bool {
    let bare = |text: &str| {
        let around = [' ', '\t', '-', '"', '\'', '}', ']'];
        text.trim_matches(around).to_owned()
    };
    let Some((key, value)) = entry.split_once(':') else {
        return false;
    };
    match bare(key).as_str() {
        "type" => is_type(&bare(value), at_the_root),
        key => SIGNS.iter().any(|(sign, _)| *sign == key),
    }
}

#[cfg(test)]
mod tests {
    use super::has_sign_in_text;

    #[test]
    fn what_cannot_be_read_is_known_by_its_keys() {
        for text in [
            "asyncapi: 3.0.0\n  x: [",
            "a:\n  - \"type\": \"object\", [",
            "{\"a\":{\"properties\":{]",
            "type: string\nx: [",
            "payload:\n\tx",
        ] {
            assert!(has_sign_in_text(text), "{text}");
        }
        for text in [
            "",
            "PASSWORD=hunter2\nURL=postgres://me@db: x",
            "-----BEGIN PRIVATE KEY-----\nabc:",
            "{\"type\": \"service_account\", \"private_key\": \"x",
            "outputs:\n  token: {type: string, value: x",
            "payloads: 1\n[",
        ] {
            assert!(!has_sign_in_text(text), "{text}");
        }
    }
}
