//! Avro schemas whose types stand in several places: one tree, each type in it where it is used first.
mod names;

use std::{
    borrow::Cow,
    cell::{Cell, OnceCell},
    collections::{HashMap, HashSet},
};

use crate::{
    Document, Entry, Node, Object, Value,
    api::{Api, Payload, SchemaFormat},
    document::address,
    read::described,
};

use names::{Names, is_definition, is_primitive};
pub use names::{avro_full_name, avro_place};

/// Levels that a schema may have.
const DEEPEST: usize = 100;
/// Bytes of text that may be put in the places of references and names.
const MOST: u32 = 8_000_000;

/// The Avro types of a document, wherever they stand.
pub struct AvroTypes<'x, 'a> {
    api: &'x Api<'a>,
    /// The types that schemas may name although others define them.
    library: OnceCell<HashMap<String, &'a Node>>,
    left: Cell<u32>,
}

impl<'x, 'a> AvroTypes<'x, 'a> {
    /// Those of a document; they are looked for when a schema needs them.
    #[must_use]
    pub fn new(api: &'x Api<'a>) -> Self {
        Self {
            api,
            library: OnceCell::new(),
            left: Cell::new(MOST),
        }
    }

    /// The schema of a payload.
    #[must_use]
    pub fn schema(&self, payload: &Payload<'a>) -> Cow<'a, Node> {
        self.tree(payload.node)
    }

    /// A schema with what its references lead to, and the types that only another schema of the document defines, in the places
    /// where they are used first. Each node keeps its place in the text.
    #[must_use]
    pub fn tree(&self, schema: &'a Node) -> Cow<'a, Node> {
        let mut own = Names::default();
        own.visit(None, schema, "", 0);
        if !own.has_reference && own.used.iter().all(|name| own.defined.contains_key(name)) {
            return Cow::Borrowed(schema);
        }
        let mut tree = Tree {
            document: self.api.document,
            library: self.library.get_or_init(|| library(self.api)),
            own: own.defined.into_values().map(address).collect(),
            defined: HashMap::new(),
            open: Vec::new(),
            left: self.left.get(),
        };
        let node = tree.kind(schema, "", 0);
        self.left.set(tree.left);
        Cow::Owned(node)
    }
}

/// The types that the schemas of a document define, the first of each name.
fn library<'a>(api: &Api<'a>) -> HashMap<String, &'a Node> {
    let mut names = Names::default();
    let payloads = api
        .messages
        .iter()
        .filter_map(|message| message.payload.as_ref());
    for payload in payloads.chain(&api.other_schemas) {
        if payload.format == SchemaFormat::Avro {
            let nodes = [Some(payload.node), payload.avro_types];
            for node in nodes.into_iter().flatten() {
                names.visit(Some(api.document), node, "", 0);
            }
        }
    }
    names.defined
}

/// Builds the tree.
struct Tree<'l, 'a> {
    document: &'a Document,
    library: &'l HashMap<String, &'a Node>,
    /// The types that the schema itself defines: before their place they are unknown.
    own: HashSet<usize>,
    /// Full names of the types that the tree has so far, and which they are.
    defined: HashMap<String, usize>,
    /// What references led to and is not done.
    open: Vec<usize>,
    left: u32,
}

impl<'a> Tree<'_, 'a> {
    /// A type.
    fn kind(&mut self, node: &'a Node, namespace: &str, depth: usize) -> Node {
        if depth > DEEPEST {
            return node.clone();
        }
        if node.reference().is_some() {
            return self.referred(node, namespace, depth);
        }
        let value = match &node.value {
            Value::String(name) => return self.named(node, name, namespace, depth),
            Value::Array(branches) => {
                let branches = branches.iter();
                Value::Array(
                    branches
                        .map(|branch| self.kind(branch, namespace, depth + 1))
                        .collect(),
                )
            }
            Value::Object(object) => {
                let (full, inside) = avro_place(node, namespace);
                if let Some(full) = full {
                    if self.defined.get(&full) == Some(&address(node)) {
                        return name(full, node);
                    }
                    self.defined.entry(full).or_insert(address(node));
                }
                self.object(object, &inside, depth)
            }
            other => other.clone(),
        };
        Node {
            value,
            span: node.span,
        }
    }

    fn object(&mut self, object: &'a Object, namespace: &str, depth: usize) -> Value {
        let entries = object.iter().map(|entry| {
            let value = match entry.key.as_str() {
                "type" | "items" | "values" if !is_keyword(&entry.value) => {
                    self.kind(&entry.value, namespace, depth + 1)
                }
                "fields" => self.fields(&entry.value, namespace, depth),
                _ => entry.value.clone(),
            };
            Entry {
                value,
                ..entry.clone()
            }
        });
        Value::Object(Object::new(entries.collect()).0)
    }

    fn fields(&mut self, node: &'a Node, namespace: &str, depth: usize) -> Node {
        let node = self.document.follow(node).unwrap_or(node);
        let Some(fields) = node.as_array() else {
            return node.clone();
        };
        let fields = fields.iter().map(|field| {
            let field = self.document.follow(field).unwrap_or(field);
            match &field.value {
                Value::Object(object) => Node {
                    value: self.object(object, namespace, depth + 1),
                    span: field.span,
                },
                _ => field.clone(),
            }
        });
        Node {
            value: Value::Array(fields.collect()),
            span: node.span,
        }
    }

    /// What a reference leads to; the name of a type that stands in the tree already.
    fn referred(&mut self, node: &'a Node, namespace: &str, depth: usize) -> Node {
        let Some(target) = self.document.follow(node) else {
            return node.clone();
        };
        // A reference that leads to more than the schema is told by its form.
        let target = described(target).unwrap_or(target);
        let (full, _) = avro_place(target, namespace);
        if let Some(full) = full.filter(|full| self.defined.get(full) == Some(&address(target))) {
            return name(full, node);
        }
        if self.open.contains(&address(target)) {
            return node.clone();
        }
        self.open.push(address(target));
        let found = self.copied(target, namespace, depth);
        self.open.pop();
        found.unwrap_or_else(|| node.clone())
    }

    /// What stands elsewhere, as long as there is room.
    fn copied(&mut self, node: &'a Node, namespace: &str, depth: usize) -> Option<Node> {
        let length = node.span.end.saturating_sub(node.span.start);
        self.left = self.left.checked_sub(length.max(1))?;
        Some(self.kind(node, namespace, depth + 1))
    }

    /// A name, or the type of that name where only another schema defines it.
    fn named(&mut self, node: &'a Node, name: &str, namespace: &str, depth: usize) -> Node {
        let full = avro_full_name(name, namespace);
        if is_primitive(name) || self.defined.contains_key(&full) {
            return node.clone();
        }
        let is_other = |other: &&&Node| !self.own.contains(&address(other));
        let other = self.library.get(&full).filter(is_other);
        // Files without a namespace are used in that of others.
        let Some(other) = other.or_else(|| self.library.get(name).filter(is_other)) else {
            return node.clone();
        };
        let space = full.rsplit_once('.').map_or("", |(space, _)| space);
        let Some(found) = self.copied(other, space, depth) else {
            return node.clone();
        };
        match avro_place(other, namespace).0 == avro_place(other, space).0 {
            true => found,
            false => in_namespace(found, space),
        }
    }
}

/// The name of a type that stands in the tree already.
fn name(full: String, node: &Node) -> Node {
    Node {
        value: Value::String(full),
        span: node.span,
    }
}

/// A definition that says its namespace, which it had from what was around it.
fn in_namespace(node: Node, namespace: &str) -> Node {
    let span = node.span;
    let Value::Object(object) = node.value else {
        return node;
    };
    let mut entries = object.into_entries();
    entries.push(Entry {
        key: "namespace".to_owned(),
        key_span: span,
        value: Node {
            value: Value::String(namespace.to_owned()),
            span,
        },
    });
    Node {
        value: Value::Object(Object::new(entries).0),
        span,
    }
}

/// Whether the value of `type` says of which sort the object is, and names no type.
fn is_keyword(node: &Node) -> bool {
    let word = node.as_str();
    word.is_some_and(|word| is_definition(word) || matches!(word, "array" | "map"))
}
