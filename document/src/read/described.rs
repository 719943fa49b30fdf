//! Objects that hold a schema and say its language beside it.
use crate::Node;

/// The schema in such an object.
pub(crate) fn described(node: &Node) -> Option<&Node> {
    node.get("schema")
        .filter(|_| node.get("schemaFormat").is_some())
}
