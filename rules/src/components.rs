//! Which components of a document nothing refers to.

use std::collections::HashSet;

use tidings_document::api::Api;
use tidings_document::{Entry, FileId, Node, Object, Text, Value};

use crate::places::{reference, segments};

/// A component: the map it stands in, and its entry there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Component<'a> {
    pub(crate) kind: &'a str,
    pub(crate) entry: &'a Entry,
}

/// The components that are referred to from nowhere but from inside themselves. The official parser looks at the text of
/// the references in the root file; else every file counts, and where its references really lead.
pub(crate) fn unused<'a>(api: &Api<'a>, is_official: bool) -> Vec<Component<'a>> {
    let Some(components) = api.components.and_then(Node::as_object) else {
        return Vec::new();
    };
    let mut used = Used {
        names: HashSet::new(),
        lead: if is_official { by_text } else { by_place },
        api,
    };
    used.collect(api.node, None);
    if !is_official {
        let others = api.document.sources().iter().skip(1);
        for tree in others.filter_map(|file| api.document.tree(file)) {
            used.collect(tree, None);
        }
    }
    let all = components.iter().flat_map(|kind| {
        let entries = kind.value.as_object().into_iter().flatten();
        entries.map(|entry| Component {
            kind: &kind.key,
            entry,
        })
    });
    all.filter(|component| {
        let name = (component.kind.to_owned(), component.entry.key.clone());
        !used.names.contains(&name)
            && !is_chosen_by_discriminator(components, &component.entry.value)
    })
    .collect()
}

type Name = (String, String);

struct Used<'r, 'a> {
    names: HashSet<Name>,
    /// The component that a node with a `$ref` leads to or into.
    lead: fn(&Api<'_>, &Node) -> Option<Name>,
    api: &'r Api<'a>,
}

impl Used<'_, '_> {
    fn collect(&mut self, node: &Node, inside: Option<&Name>) {
        if let Some(name) = (self.lead)(self.api, node)
            && inside != Some(&name)
        {
            self.names.insert(name);
        }
        match &node.value {
            Value::Object(object) => {
                self.mapping(object);
                for entry in object {
                    if inside.is_none() && entry.key == "components" {
                        self.components(&entry.value);
                    } else {
                        self.collect(&entry.value, inside);
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| self.collect(item, inside)),
            _ => {}
        }
    }

    fn components(&mut self, components: &Node) {
        for kind in components.as_object().into_iter().flatten() {
            for entry in kind.value.as_object().into_iter().flatten() {
                let name = (kind.key.clone(), entry.key.clone());
                // Other files have components of their own.
                let is_own = entry.key_span.file == FileId(0);
                self.collect(&entry.value, is_own.then_some(&name));
            }
        }
    }

    /// The schemas that a discriminator names, by pointer or by name.
    fn mapping(&mut self, object: &Object) {
        let discriminator = object.get("discriminator");
        let mapping = discriminator.and_then(|discriminator| discriminator.get("mapping"));
        for entry in mapping.and_then(Node::as_object).into_iter().flatten() {
            let Some(target) = entry.value.as_str() else {
                continue;
            };
            let name = component(target).unwrap_or(("schemas".to_owned(), target.to_owned()));
            self.names.insert(name);
        }
    }
}

fn by_text(_: &Api<'_>, node: &Node) -> Option<Name> {
    reference(node).and_then(|target| component(target.value))
}

fn by_place(api: &Api<'_>, node: &Node) -> Option<Name> {
    let target = reference(node)?;
    if is_plain(target) {
        return component(target.value);
    }
    let (file, pointer) = api.document.place_of(node)?;
    if file != FileId(0) {
        return None;
    }
    let mut steps = segments(&pointer);
    let is_component = steps.next().is_some_and(|step| step == "components");
    is_component.then(|| Some((steps.next()?, steps.next()?)))?
}

/// A reference of the root file to one of its own components, as nearly all are.
fn is_plain(target: Text<'_>) -> bool {
    target.span.file == FileId(0)
        && target.value.starts_with("#/components/")
        && !target.value.contains('%')
}

/// The component that a reference names by its text. The file before the `#` is the document itself or one that has none.
fn component(target: &str) -> Option<Name> {
    let (_, pointer) = target.split_once('#')?;
    let pointer = pointer
        .replace("%7B", "{")
        .replace("%7D", "}")
        .replace("%20", " ");
    let mut steps = segments(&pointer)
        .skip_while(|step| step != "components")
        .skip(1);
    Some((steps.next()?, steps.next()?))
}

/// A schema built on one with a `discriminator` is chosen by its name, without a reference.
fn is_chosen_by_discriminator(components: &Object, schema: &Node) -> bool {
    let schemas = components.get("schemas").and_then(Node::as_object);
    let bases = schema
        .get("allOf")
        .and_then(Node::as_array)
        .unwrap_or_default();
    bases
        .iter()
        .filter_map(reference)
        .filter_map(|target| component(target.value))
        .any(|(_, name)| {
            let base = schemas.and_then(|schemas| schemas.get(&name));
            base.is_some_and(|base| base.get("discriminator").is_some())
        })
}
