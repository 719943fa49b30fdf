//! What is wrong with schemas in dialects of JSON Schema that reading takes as they are: rules ask for it.
use std::collections::HashSet;

use super::{
    check,
    shape::Shape,
    shapes::dialect::{DRAFT_07, SCHEMA, shape},
};
use crate::{
    Diagnostic, FileId, Node,
    api::{Api, Schema, SchemaFormat},
    rules::TYPE_MISMATCH,
};

/// What is wrong with the keywords of a schema, in a dialect whose schemas [`read()`](super::read()) does not check; not with
/// those of the schemas in it.
#[must_use]
pub fn schema_structure(api: &Api<'_>, schema: &Schema<'_>) -> Vec<Diagnostic> {
    let Some(shape) = shape(schema.format) else {
        return Vec::new();
    };
    let mut found = own(api, schema.node, shape);
    if schema.node.as_object().is_none() {
        let name = schema.pointer.rsplit('/').next();
        let name = name.filter(|name| !name.is_empty()).unwrap_or("schema");
        let named = (schema.node, name);
        check::check(api.document, api.version, named, SCHEMA, &mut found);
    }
    if !found.is_empty() && is_checked(api, schema) {
        let told = own(api, schema.node, &DRAFT_07);
        let told: HashSet<_> = told.iter().map(|told| told.span).collect();
        found.retain(|found| !told.contains(&found.span));
    }
    found
}

/// Takes out of what is told of components, which state no dialect, what is right in that of the payloads they are part of:
/// a `discriminator` with a `mapping`, and bounds that are `true`.
pub(super) fn set_aside(api: &Api<'_>, diagnostics: &mut Vec<Diagnostic>) -> Vec<Diagnostic> {
    let mut right = HashSet::new();
    for schema in &api.schemas {
        let is_openapi = schema.format == SchemaFormat::OpenApi30;
        if !is_openapi && schema.format != SchemaFormat::JsonSchema04 {
            continue;
        }
        let value = |name: &str| schema.node.get(name);
        let bounds = ["exclusiveMinimum", "exclusiveMaximum"].into_iter();
        let bounds = bounds.filter_map(value);
        right.extend(
            bounds
                .filter(|node| node.kind() == "boolean")
                .map(|node| node.span),
        );
        let discriminator = value("discriminator").filter(|_| is_openapi);
        let is_whole = |node: &&Node| node.get("propertyName").and_then(Node::text).is_some();
        right.extend(discriminator.filter(is_whole).map(|node| node.span));
    }
    if right.is_empty() {
        return Vec::new();
    }
    let is_wrong =
        |found: &Diagnostic| found.rule != &TYPE_MISMATCH || !right.contains(&found.span);
    let (kept, aside) = std::mem::take(diagnostics).into_iter().partition(is_wrong);
    *diagnostics = kept;
    aside
}

/// What is wrong with what an object says itself, with the help of the keyword.
fn own(api: &Api<'_>, node: &Node, shape: &'static Shape) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let Some(object) = node.as_object() else {
        return found;
    };
    let named = (node, object);
    check::check_own(api.document, api.version, named, shape, &mut found);
    for entry in object {
        let Some(help) = shape.field(&entry.key).and_then(|field| field.help) else {
            continue;
        };
        let is_own = |found: &&mut Diagnostic| found.span.start == entry.value.span.start;
        for found in found.iter_mut().filter(is_own) {
            found.help = Some(help.to_owned());
        }
    }
    found
}

/// Whether reading has checked a schema all the same: as that of a component, which states no dialect.
fn is_checked(api: &Api<'_>, schema: &Schema<'_>) -> bool {
    let name = schema.pointer.strip_prefix("/components/schemas/");
    let name = name.and_then(|rest| rest.split('/').next());
    let schemas = api
        .document
        .root()
        .and_then(|root| root.get("components")?.get("schemas"));
    let component = name.and_then(|name| schemas?.get(name));
    schema.node.span.file == FileId(0)
        && component.is_some_and(|node| api.version.is_v2() || node.get("schema").is_none())
}
