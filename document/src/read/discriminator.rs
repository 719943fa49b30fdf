//! Where discriminators lead: the schema that a value of a `mapping` names, and the schemas of a file that build on another.
use std::collections::HashMap;

use super::{
    described::described,
    home::{HOMES, map, may_name},
};
use crate::{Document, FileId, Node, Text, document::address, pointer::push_token};

/// A schema and where it stands.
#[derive(Debug, Clone)]
pub(super) struct Found<'a> {
    pub(super) node: &'a Node,
    /// Its key among the schemas of its file.
    pub(super) key: Option<Text<'a>>,
    pub(super) pointer: String,
}

/// Schemas of one file by the address of one that they have in their `allOf`.
pub(super) type Heirs<'a> = HashMap<usize, Vec<Found<'a>>>;

/// What a value of a `mapping` names: a schema by its name in the file where the value stands, or by a reference.
pub(super) fn mapped<'a>(document: &'a Document, value: Text<'a>) -> Option<Found<'a>> {
    let by_name = || {
        let home = |home| entry(document, value.span.file, home, value.value);
        HOMES.into_iter().find_map(home)
    };
    let by_reference = || {
        let (target, pointer) = document.target_with_pointer_of(value)?;
        let node = document.follow(target.node)?;
        Some(inner(node, target.key, pointer))
    };
    by_name().or_else(by_reference)
}

/// The schemas of a file that have others in their `allOf`.
pub(super) fn heirs(document: &Document, file: FileId) -> Heirs<'_> {
    let mut heirs = Heirs::new();
    for home in HOMES {
        let object = map(document, file, home).and_then(Node::as_object);
        for name in object.into_iter().flatten().map(|entry| &entry.key) {
            let Some(heir) = entry(document, file, home, name) else {
                continue;
            };
            let all = heir.node.get("allOf").and_then(Node::as_array);
            for base in all
                .into_iter()
                .flatten()
                .filter(|base| base.reference().is_some())
            {
                if let Some(base) = document.follow(base) {
                    heirs.entry(address(base)).or_default().push(heir.clone());
                }
            }
        }
    }
    heirs
}

fn entry<'a>(document: &'a Document, file: FileId, home: &[&str], name: &str) -> Option<Found<'a>> {
    let map = map(document, file, home).filter(|_| may_name(home, name))?;
    let entry = map.as_object()?.entry(name)?;
    let mut pointer = String::new();
    home.iter().for_each(|step| push_token(&mut pointer, step));
    push_token(&mut pointer, name);
    let node = document.follow(&entry.value)?;
    Some(inner(node, Some(entry.name()), pointer))
}

/// The schema itself, where its language stands beside it.
fn inner<'a>(node: &'a Node, key: Option<Text<'a>>, mut pointer: String) -> Found<'a> {
    let schema = described(node);
    if schema.is_some() {
        push_token(&mut pointer, "schema");
    }
    let node = schema.unwrap_or(node);
    Found { node, key, pointer }
}
