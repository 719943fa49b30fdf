//! The fields of an object as readers see them: those of one node, or of several merged.
use crate::{Node, Object, Text, Value};

/// Fields by name.
#[derive(Debug, Clone)]
pub(crate) enum Fields<'a> {
    /// Those of one object; `None` where the node is none.
    One(Option<&'a Object>),
    /// Those of an object and its traits.
    Merged(Vec<(Text<'a>, &'a Node)>),
}

impl<'a> Fields<'a> {
    pub(crate) fn of(node: &'a Node) -> Self {
        Self::One(node.as_object())
    }

    pub(crate) fn get(&self, name: &str) -> Option<&'a Node> {
        match self {
            Self::One(object) => object.and_then(|object| object.get(name)),
            Self::Merged(fields) => fields
                .iter()
                .find(|(key, _)| key.value == name)
                .map(|(_, node)| *node),
        }
    }

    pub(crate) fn all(&self) -> Vec<(Text<'a>, &'a Node)> {
        match self {
            Self::One(object) => object.map(entries).unwrap_or_default(),
            Self::Merged(fields) => fields.clone(),
        }
    }
}

/// Keys and values of an object.
pub(crate) fn entries(object: &Object) -> Vec<(Text<'_>, &Node)> {
    object
        .iter()
        .map(|entry| (entry.name(), &entry.value))
        .collect()
}

/// Keys and values, where a node is an object.
pub(crate) fn entries_of(node: Option<&Node>) -> Vec<(Text<'_>, &Node)> {
    node.and_then(Node::as_object)
        .map(entries)
        .unwrap_or_default()
}

/// Items, where a node is a list.
pub(crate) fn items_of(node: Option<&Node>) -> &[Node] {
    match node.map(|node| &node.value) {
        Some(Value::Array(items)) => items,
        _ => &[],
    }
}
