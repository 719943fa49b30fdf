//! The names that the schemas of a file give themselves, `$anchor` and `$id`, and which of its references mean those.
use std::collections::{HashMap, hash_map::Entry};

use fluent_uri::Uri;

use crate::{Node, Text, Value, pointer::push_token, url};

/// Longest pointer of a schema that is found by a name of its own, and longest id.
const LONGEST: usize = 512;

/// Pointers of schemas by that of the schema with an id that they stand in, and by their anchors; in the root stand all of a file.
type Anchors = HashMap<(String, String), String>;

/// The names of a file's schemas.
#[derive(Debug, Default)]
pub(crate) struct Named {
    anchors: Anchors,
    /// Pointers of the schemas that references mean, by where the text of each begins: what its file part is the id of, or, where
    /// it has none, the schema with an id that it stands in.
    meant: HashMap<u32, String>,
}

impl Named {
    pub(crate) fn of(root: &Node) -> Self {
        let mut search = Search::default();
        search.run(root);
        let Search {
            anchors,
            bases,
            ids,
            references,
        } = search;
        let pointer_of = |reference| match reference {
            Reference::To(uri) => ids.get(&uri).cloned(),
            Reference::Within(base) => Some(bases[base].1.clone()).filter(|it| !it.is_empty()),
        };
        let meant = references.into_iter();
        let meant = meant.filter_map(|(at, reference)| Some((at, pointer_of(reference)?)));
        Self {
            anchors,
            meant: meant.collect(),
        }
    }

    /// The pointer of the schema that an anchor stands for, in the schema with an id at a pointer; for the root, in any of the file.
    pub(crate) fn anchor(&self, schema: &str, name: &str) -> Option<&str> {
        let key = (schema.to_owned(), name.to_owned());
        self.anchors.get(&key).map(String::as_str)
    }

    /// The pointer of the schema that a reference means by an id, or, without a file part, stands in.
    pub(crate) fn meant(&self, reference: Text<'_>) -> Option<&str> {
        self.meant.get(&reference.span.start).map(String::as_str)
    }
}

/// A reference that ids have something to do with.
enum Reference {
    /// Its file part as a whole URI.
    To(String),
    /// It has no file part, and stands in the schema of that base.
    Within(usize),
}

/// What was found so far.
#[derive(Default)]
struct Search {
    anchors: Anchors,
    /// Ids that references start from, with the pointers of their schemas.
    bases: Vec<(Uri<String>, String)>,
    /// Pointers of the first schemas that have them.
    ids: HashMap<String, String>,
    references: HashMap<u32, Reference>,
}

/// A node whose children are looked at.
struct Open<'a> {
    node: &'a Node,
    next: usize,
    /// Length of its pointer.
    length: usize,
    base: Option<usize>,
    /// Whether it is a value that a schema has, or part of one, which names no schema.
    is_value: bool,
}

impl Search {
    fn run(&mut self, root: &Node) {
        let mut pointer = String::new();
        let begun = |node, length, base, is_value| Open {
            node,
            next: 0,
            length,
            base,
            is_value,
        };
        let mut open = vec![begun(root, 0, None, false)];
        while let Some(at) = open.last_mut() {
            pointer.truncate(at.length);
            if at.next == 0 && pointer.len() <= LONGEST {
                at.base = self.look_at(at, &pointer);
            }
            let child = child(at.node, at.next, &mut pointer);
            at.next += 1;
            let (base, was_value) = (at.base, at.is_value);
            match child {
                Some(child) => {
                    let is_value = was_value || is_value(&pointer);
                    open.push(begun(child, pointer.len(), base, is_value));
                }
                None => drop(open.pop()),
            }
        }
    }

    /// Notes what a node names itself and refers to, and gives the base of what stands in it.
    fn look_at(&mut self, at: &Open<'_>, pointer: &str) -> Option<usize> {
        let (node, mut base) = (at.node, at.base);
        let reference = node.reference();
        if !at.is_value {
            // Beside a reference an id means nothing.
            if reference.is_none() {
                base = self.own_base(node, pointer, base).or(base);
            }
            self.name(node, pointer, base);
        }
        if let Some(reference) = reference {
            self.refers(reference, base);
        }
        base
    }

    fn own_base(&mut self, node: &Node, pointer: &str, base: Option<usize>) -> Option<usize> {
        let id = node.get("$id").and_then(Node::as_str);
        let id = id.filter(|id| !id.starts_with('#') && id.len() <= LONGEST);
        self.add(id?, pointer, base)
    }

    /// Notes the anchors of a schema, first those of the schema with an id that it stands in.
    fn name(&mut self, node: &Node, pointer: &str, base: Option<usize>) {
        let within = base.map_or("", |base| &self.bases[base].1);
        for name in anchors(node) {
            for within in [within, ""] {
                let known = self.anchors.entry((within.to_owned(), name.to_owned()));
                known.or_insert_with(|| pointer.to_owned());
            }
        }
    }

    fn refers(&mut self, reference: Text<'_>, base: Option<usize>) {
        let (file, _) = reference
            .value
            .split_once('#')
            .unwrap_or((reference.value, ""));
        let meant = match base {
            Some(base) if file.is_empty() => Some(Reference::Within(base)),
            _ => {
                let uri = url::id(file, base.map(|base| &self.bases[base].0));
                uri.map(|uri| Reference::To(uri.into_string()))
            }
        };
        if let (Some(meant), Entry::Vacant(place)) =
            (meant, self.references.entry(reference.span.start))
        {
            place.insert(meant);
        }
    }

    /// Adds an id as a base, where it is a whole URI: others are names of files beside this one as well.
    fn add(&mut self, id: &str, pointer: &str, base: Option<usize>) -> Option<usize> {
        let uri = url::id(id, base.map(|base| &self.bases[base].0))?;
        let known = self.ids.entry(uri.as_str().to_owned());
        known.or_insert_with(|| pointer.to_owned());
        self.bases.push((uri, pointer.to_owned()));
        Some(self.bases.len() - 1)
    }
}

/// The child at a position, whose step is added to the pointer.
fn child<'a>(node: &'a Node, next: usize, pointer: &mut String) -> Option<&'a Node> {
    match &node.value {
        Value::Object(object) => object.iter().nth(next).map(|entry| {
            push_token(pointer, &entry.key);
            &entry.value
        }),
        Value::Array(items) => items.get(next).inspect(|_| {
            push_token(pointer, &next.to_string());
        }),
        _ => None,
    }
}

/// Keywords whose values are no schemas.
const VALUES: [&str; 5] = ["const", "default", "enum", "example", "examples"];
/// Those whose members have names that the document chooses, also of these.
const MAPS: [&str; 12] = [
    "$defs",
    "channels",
    "definitions",
    "dependencies",
    "dependentSchemas",
    "messageTraits",
    "messages",
    "operations",
    "parameters",
    "patternProperties",
    "properties",
    "schemas",
];

/// Whether what stands at a pointer is the value of such a keyword.
fn is_value(pointer: &str) -> bool {
    let mut steps = pointer.rsplit('/');
    let is_keyword = steps.next().is_some_and(|step| VALUES.contains(&step));
    is_keyword && !steps.next().is_some_and(|step| MAPS.contains(&step))
}

/// The names that a schema gives itself within its file: `$anchor`, or an id of an older draft.
fn anchors(node: &Node) -> impl Iterator<Item = &str> {
    let text = |key| node.get(key).and_then(Node::as_str);
    let new = ["$anchor", "$dynamicAnchor"].into_iter().filter_map(text);
    let old = ["$id", "id"].into_iter().filter_map(text);
    new.chain(old.filter_map(|id| id.strip_prefix('#')))
        .filter(|name| !name.is_empty() && !name.starts_with('/'))
}
