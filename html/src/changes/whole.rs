//! All that a schema says, with those below it, as one word: what two states of it are compared by where no row tells a difference.
use std::collections::HashMap;

use sha2::{Digest, Sha256};
use tidings_document::{
    Node, Value,
    api::{Api, SchemaId},
};

use crate::{
    plan::{Child, children},
    view::common::is_for_tools,
};

/// What a word is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    /// Texts for people, and examples.
    Texts,
    /// All else.
    Keywords,
}

const TEXTS: [&str; 6] = [
    "title",
    "description",
    "examples",
    "example",
    "externalDocs",
    "$comment",
];

/// Keywords whose schemas are all among the children, and those that hold schemas for others.
const FOLLOWED: [&str; 18] = [
    "properties",
    "patternProperties",
    "additionalProperties",
    "propertyNames",
    "items",
    "prefixItems",
    "additionalItems",
    "contains",
    "allOf",
    "oneOf",
    "anyOf",
    "not",
    "if",
    "then",
    "else",
    "definitions",
    "$defs",
    "$ref",
];

/// A schema whose children are being looked through.
struct Open<'a> {
    schema: SchemaId,
    children: std::vec::IntoIter<Child<'a>>,
    hash: Sha256,
}

impl<'a> Open<'a> {
    fn new(api: &'a Api<'_>, schema: SchemaId, of: Of) -> Self {
        let found = &api[schema];
        let mut own = String::new();
        write_own(found.node, of, &mut own);
        let mut children = children(found);
        children.sort_by_cached_key(|child| format!("{:?}", child.role));
        Self {
            schema,
            children: children.into_iter(),
            hash: Sha256::new_with_prefix(own),
        }
    }
}

/// The word. It is the same whether a schema stands in its place or is referred to, and in whatever order its keywords are. Each schema
/// is looked through once, by a stack of its own, since schemas may lie deep in each other.
pub(super) fn word(api: &Api<'_>, root: SchemaId, of: Of) -> String {
    let mut known: HashMap<SchemaId, [u8; 32]> = HashMap::new();
    let mut depths = HashMap::from([(root, 0)]);
    let mut path = vec![Open::new(api, root, of)];
    let mut last = [0; 32];
    while let Some(open) = path.last_mut() {
        let Some(child) = open.children.next() else {
            if let Some(done) = path.pop() {
                last = done.hash.finalize().into();
                depths.remove(&done.schema);
                known.insert(done.schema, last);
            }
            if let Some(parent) = path.last_mut() {
                parent.hash.update(last);
            }
            continue;
        };
        open.hash.update(format!("\n{:?} ", child.role));
        if let Some(word) = known.get(&child.schema) {
            open.hash.update(word);
        } else if let Some(depth) = depths.get(&child.schema) {
            let up = path.len() - depth;
            if let Some(open) = path.last_mut() {
                open.hash.update(format!("{up} up"));
            }
        } else {
            depths.insert(child.schema, path.len());
            path.push(Open::new(api, child.schema, of));
        }
    }
    last.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What a schema says by itself.
fn write_own(node: &Node, of: Of, out: &mut String) {
    let Value::Object(object) = &node.value else {
        if of == Of::Keywords {
            write(node, out);
        }
        return;
    };
    let is_wanted = |key: &str| {
        let is_text = TEXTS.contains(&key);
        !FOLLOWED.contains(&key) && !is_for_tools(key) && is_text == (of == Of::Texts)
    };
    let entries = object.iter();
    let mut own: Vec<_> = entries.filter(|entry| is_wanted(&entry.key)).collect();
    own.sort_by_key(|entry| &entry.key);
    for entry in own {
        out.push_str(&serde_json::Value::from(&*entry.key).to_string());
        write(&entry.value, out);
        out.push('\n');
    }
}

/// A value with its objects in the order of their keys, and every digit of its numbers.
fn write(node: &Node, out: &mut String) {
    match &node.value {
        Value::Array(items) => {
            out.push('[');
            for item in items {
                write(item, out);
                out.push(',');
            }
            out.push(']');
        }
        Value::Object(object) => {
            let mut entries: Vec<_> = object.iter().collect();
            entries.sort_by_key(|entry| &entry.key);
            out.push('{');
            for entry in entries {
                out.push_str(&serde_json::Value::from(&*entry.key).to_string());
                out.push(':');
                write(&entry.value, out);
                out.push(',');
            }
            out.push('}');
        }
        _ => match node.exact_text() {
            Some(text) => out.push_str(&text),
            None => out.push_str(&node.to_json().to_string()),
        },
    }
}
