//! Whether a file that a reference led to holds AsyncAPI, JSON Schema, Avro or Protobuf. A document may refer to any file below its
//! roots: of others neither a text nor what findings say of it is shown.
mod objects;

use objects::{ASSERTING, OBJECTS, SCHEMA, TELLING, is_among};

use crate::{Entry, Node, Object, Value, suggest};

/// Levels of objects and lists in which the signs of a file are looked for.
const DEEP: usize = 4;

/// Bytes of a text in which they are looked for where it could not be read.
const FAR: usize = 64 << 10;

/// Whether a value under a key is what it would be in these languages.
type Test = fn(&Node) -> bool;

/// Keys that are used for these languages and hardly for anything else, wherever they stand; in texts that could not be read,
/// those of [`IN_TEXTS`] as well.
const SIGNS: &[(&str, Test)] = &[
    ("$ref", is_text),
    ("$schema", is_meta_schema),
    ("schemaFormat", is_text),
    ("type", is_telling_type),
    ("properties", has_schemas),
    ("definitions", has_schemas),
    ("$defs", is_object),
    ("allOf", is_list),
    ("anyOf", is_list),
    ("oneOf", is_list),
];

/// Keys at the root of a whole document, whose values are versions.
const DOCUMENTS: &[&str] = &["asyncapi", "openapi", "swagger"];

/// Keys that are signs in texts that could not be read: nothing but the text is at stake there.
const IN_TEXTS: &[&str] = &[
    "asyncapi",
    "openapi",
    "contentType",
    "payload",
    "headers",
    "bindings",
    "publish",
    "subscribe",
];

/// Types of schemas that nothing else has.
const TYPES: &[&str] = &["object", "array", "record", "enum", "fixed"];

/// Those that much else has; they count at the root of a file, and in lists of types.
const SCALARS: &[&str] = &[
    "string", "number", "integer", "boolean", "null", "bytes", "int", "long", "float", "double",
    "map",
];

/// Words that lines of Protobuf begin with.
const PROTOBUF: &[&str] = &[
    "syntax", "edition", "package", "import", "message", "enum", "service", "option",
];

/// Whether a file is one of ours, by what was read of it, by its text where that failed, and by the ending of its name.
pub(crate) fn is_recognised(root: Option<&Node>, text: &str, extension: Option<&str>) -> bool {
    match root.map(|root| (root, &root.value)) {
        Some((_, Value::String(text))) => is_text_of_ours(text, extension),
        Some((_, Value::Bool(_))) => true,
        Some((root, _)) => is_document(root) || has_sign(root, 0, true),
        None => has_sign_in_text(text),
    }
}

/// Whether a file of text is one of Protobuf or XML Schema.
fn is_text_of_ours(text: &str, extension: Option<&str>) -> bool {
    let has_syntax = || {
        let mut lines = text.lines().map(str::trim_start);
        lines.any(|line| line.starts_with("syntax") && line.contains("\"proto"))
    };
    match extension {
        Some("proto") => has_protobuf(text) || text.trim().is_empty(),
        Some("xsd") => text.contains("http://www.w3.org/2001/XMLSchema"),
        _ => has_syntax(),
    }
}

/// Whether it is a whole document, or nothing at all.
fn is_document(root: &Node) -> bool {
    let begins = |text: &str| text.starts_with(|first: char| first.is_ascii_digit());
    let states = |name: &&str| {
        root.get(name).is_some_and(|version| match &version.value {
            Value::String(text) => begins(text),
            Value::Number(_) => true,
            _ => false,
        })
    };
    DOCUMENTS.iter().any(states) || root.as_object().is_some_and(Object::is_empty)
}

/// Whether a node, so deep in a file, has a sign. `in_maps` says that it stands in nothing but maps and lists of objects, as
/// schemas do that have names.
fn has_sign(node: &Node, depth: usize, in_maps: bool) -> bool {
    match &node.value {
        Value::Object(object) => {
            let is_sign = |entry: &Entry| {
                let sign = SIGNS.iter().find(|(name, _)| *name == entry.key);
                sign.is_some_and(|(_, fits)| fits(&entry.value))
            };
            let in_maps_below = in_maps && is_map(object);
            let is_inside =
                |entry: &Entry| depth < DEEP && has_sign(&entry.value, depth + 1, in_maps_below);
            object.iter().any(is_sign)
                || in_maps && is_ours(object, depth)
                || object.iter().any(is_inside)
        }
        Value::Array(items) => {
            let is_inside = |item: &Node| depth < DEEP && has_sign(item, depth + 1, in_maps);
            items.iter().any(is_inside)
        }
        _ => false,
    }
}

/// Whether an object has nothing but objects with names, remarks aside.
fn is_map(object: &Object) -> bool {
    let is_remark = |key: &str| {
        key.starts_with("x-")
            || ["$comment", "$id", "$schema", "id", "title", "description"].contains(&key)
    };
    object.iter().all(|entry| {
        is_remark(&entry.key) || matches!(entry.value.value, Value::Object(_) | Value::Bool(_))
    })
}

/// Whether all fields are those of one object that we know. Below the root one of them must tell what the object is about.
fn is_ours(object: &Object, depth: usize) -> bool {
    let has_type = |at_the_root| {
        let name = object.get("type").and_then(Node::as_str);
        name.is_some_and(|name| is_type(name, at_the_root))
    };
    let has = |names: &str| object.iter().any(|entry| is_among(names, &entry.key));
    let is_all = |names: &&str| {
        let is_known = |entry: &Entry| entry.key.starts_with("x-") || is_among(names, &entry.key);
        object.iter().all(is_known)
    };
    let tells = || depth == 0 || has_type(true) || has(TELLING) || has_slipped_type(object);
    let is_known = || !object.is_empty() && tells() && OBJECTS.iter().any(is_all);
    has_type(depth == 0)
        || has_type(true) && has(ASSERTING)
        || is_known() && maps_have_schemas(object)
}

/// Whether its type is one beyond doubt, though misspelt.
fn has_slipped_type(object: &Object) -> bool {
    let name = object.get("type").and_then(Node::as_str);
    let types = || TYPES.iter().chain(SCALARS).copied();
    name.is_some_and(|name| suggest::certain(name, types()).is_some())
}

fn is_type(name: &str, with_scalars: bool) -> bool {
    TYPES.contains(&name) || with_scalars && SCALARS.contains(&name)
}

fn is_text(node: &Node) -> bool {
    node.as_str().is_some()
}

fn is_object(node: &Node) -> bool {
    node.as_object().is_some()
}

fn is_list(node: &Node) -> bool {
    node.as_array().is_some()
}

/// Whether it names a language of schemas; other files name theirs by `$schema` too.
fn is_meta_schema(node: &Node) -> bool {
    let is_known = |name: &&str| {
        let known = ["json-schema.org/", "asyncapi.com/", "spec.openapis.org/"];
        known.iter().any(|host| name.contains(host))
    };
    node.as_str().filter(is_known).is_some()
}

/// Whether it is a type that schemas alone have, or a list of types.
fn is_telling_type(node: &Node) -> bool {
    let is_one = |node: &Node| node.as_str().is_some_and(|name| is_type(name, true));
    match &node.value {
        Value::String(name) => is_type(name, false),
        Value::Array(types) => !types.is_empty() && types.iter().all(is_one),
        _ => false,
    }
}

/// Whether what stands under the keywords for maps of schemas are such maps.
fn maps_have_schemas(object: &Object) -> bool {
    let maps = ["properties", "definitions"].into_iter();
    let mut maps = maps.filter_map(|name| object.get(name));
    maps.all(|map| map.as_object().is_none_or(Object::is_empty) || has_schemas(map))
}

/// Whether it is a map with a schema in it.
fn has_schemas(node: &Node) -> bool {
    let is_schema = |entry: &Entry| {
        let object = entry.value.as_object();
        let is_keyword = |entry: &Entry| is_among(SCHEMA, &entry.key);
        object.is_some_and(|object| object.is_empty() || object.iter().any(is_keyword))
    };
    node.as_object().into_iter().flatten().any(is_schema)
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
        key => IN_TEXTS.contains(&key) || SIGNS.iter().any(|(sign, _)| *sign == key),
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
