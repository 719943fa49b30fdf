//! What is wrong with the values of a binding in version 2, whose meta-schemas leave all bindings open: rules ask for it.
use super::{
    check,
    shape::Kind,
    shapes::bindings::{self, Level},
};
use crate::{
    Diagnostic, Entry, Node,
    api::{Api, Binding, Version},
};

/// What version 3 would say of the values of a binding, by the version that it states, or by the newest where that is not
/// known. Fields that there are not are left to whoever compares the names.
#[must_use]
pub fn binding_structure(api: &Api<'_>, level: Level, binding: Binding<'_>) -> Vec<Diagnostic> {
    let protocol = binding.protocol.value;
    let mut found = Vec::new();
    let Some(kind) = kind(protocol, level, binding.node) else {
        return found;
    };
    let named = (api.document.resolve(binding.node).node, protocol);
    check::check(api.document, Version::V3_1, named, kind, &mut found);
    let keys = binding
        .node
        .as_object()
        .into_iter()
        .flatten()
        .map(Entry::name);
    let keys: Vec<_> = keys.map(|key| key.span).collect();
    found.retain(|found| !keys.contains(&found.span));
    found
}

/// What a binding must look like. What is older than all that is known is taken for the oldest of these.
pub(super) fn kind(protocol: &str, level: Level, node: &Node) -> Option<Kind> {
    let all = bindings::versions(protocol, level);
    let stated = node.get("bindingVersion").and_then(Node::as_str);
    let known = stated.and_then(|stated| all.iter().find(|(version, _)| *version == stated));
    let oldest = all
        .last()
        .filter(|_| stated.is_some_and(|stated| is_older_binding(protocol, level, stated)));
    known.or(oldest).or(all.first()).map(|(_, kind)| *kind)
}

/// Whether a version of a binding is older than all whose fields are known; such there were.
#[must_use]
pub fn is_older_binding(protocol: &str, level: Level, stated: &str) -> bool {
    let oldest = bindings::versions(protocol, level)
        .last()
        .map(|(version, _)| *version);
    oldest
        .and_then(numbers)
        .zip(numbers(stated))
        .is_some_and(|(oldest, stated)| stated < oldest)
}

fn numbers(version: &str) -> Option<Vec<u32>> {
    let parts: Result<Vec<u32>, _> = version.split('.').map(str::parse).collect();
    parts.ok().filter(|parts| parts.len() == 3)
}
