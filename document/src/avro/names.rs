//! Which names a schema defines, and which it uses.
use std::collections::{HashMap, HashSet};

use crate::{Document, Node, Value, document::address};

use super::{DEEPEST, is_keyword};

/// The names of some schemas.
#[derive(Default)]
pub(super) struct Names<'a> {
    /// Types by their full names, the first of each.
    pub(super) defined: HashMap<String, &'a Node>,
    /// Full names of the types that are used.
    pub(super) used: Vec<String>,
    pub(super) has_reference: bool,
    /// What references led to.
    seen: HashSet<usize>,
}

impl<'a> Names<'a> {
    /// Adds those of a type; with a document, references are followed.
    pub(super) fn visit(
        &mut self,
        document: Option<&'a Document>,
        node: &'a Node,
        namespace: &str,
        depth: usize,
    ) {
        if depth > DEEPEST {
            return;
        }
        if node.reference().is_some() {
            self.has_reference = true;
            let target = document.and_then(|document| document.follow(node));
            if let Some(target) = target.filter(|target| self.seen.insert(address(target))) {
                self.visit(document, target, namespace, depth + 1);
            }
            return;
        }
        match &node.value {
            Value::String(name) if !is_primitive(name) => {
                self.used.push(avro_full_name(name, namespace));
            }
            Value::Array(branches) => {
                for branch in branches {
                    self.visit(document, branch, namespace, depth + 1);
                }
            }
            Value::Object(_) => self.object(document, node, namespace, depth),
            _ => {}
        }
    }

    fn object(
        &mut self,
        document: Option<&'a Document>,
        node: &'a Node,
        namespace: &str,
        depth: usize,
    ) {
        let (full, inside) = avro_place(node, namespace);
        if let Some(full) = full {
            self.defined.entry(full).or_insert(node);
        }
        for key in ["type", "items", "values"] {
            if let Some(inner) = node.get(key).filter(|inner| !is_keyword(inner)) {
                self.visit(document, inner, &inside, depth + 1);
            }
        }
        let fields = node.get("fields");
        self.has_reference |= fields.is_some_and(|fields| fields.reference().is_some());
        for field in fields.and_then(Node::as_array).unwrap_or_default() {
            match field.get("type") {
                Some(kind) => self.visit(document, kind, &inside, depth + 1),
                None => self.has_reference |= field.reference().is_some(),
            }
        }
    }
}

/// The full name of the Avro type that an object defines, if it does, and the namespace inside of it.
#[must_use]
pub fn avro_place(node: &Node, namespace: &str) -> (Option<String>, String) {
    let text = |key| node.get(key).and_then(Node::as_str);
    let name = text("name").filter(|_| text("type").is_some_and(is_definition));
    let Some(name) = name else {
        return (None, namespace.to_owned());
    };
    let full = avro_full_name(name, text("namespace").unwrap_or(namespace));
    let inside = full
        .rsplit_once('.')
        .map_or("", |(space, _)| space)
        .to_owned();
    (Some(full), inside)
}

/// The name of an Avro type with the namespace that it is used in, unless it has one of its own.
#[must_use]
pub fn avro_full_name(name: &str, namespace: &str) -> String {
    if name.contains('.') || namespace.is_empty() {
        return name.trim_start_matches('.').to_owned();
    }
    format!("{namespace}.{name}")
}

/// Whether a `type` defines a name.
pub(super) fn is_definition(word: &str) -> bool {
    matches!(word, "record" | "error" | "enum" | "fixed")
}

/// Whether a name is one of the language's own.
pub(super) fn is_primitive(word: &str) -> bool {
    matches!(
        word,
        "null" | "boolean" | "int" | "long" | "float" | "double" | "bytes" | "string"
    )
}
