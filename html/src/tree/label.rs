//! What a subschema is called by the schema that holds it.
use tidings_document::{
    Union,
    api::{Api, SchemaId},
};

use crate::plan::{Child, Role, component_name};

/// The name of a property, or else what the subschema is: one of both is empty, or the label stands before the name.
pub(super) fn label(
    api: &Api<'_>,
    child: &Child<'_>,
    union: Option<&Union<'_>>,
    number: usize,
) -> (String, String) {
    let named = |label: &str, name: &str| (name.to_owned(), label.to_owned());
    let only = |label: &str| (String::new(), label.to_owned());
    match child.role {
        Role::Property(name) => named("", name),
        Role::Pattern(pattern) => named("names like", pattern),
        Role::Dependency(name) => named("together with", name),
        Role::Additional => only("any other property"),
        Role::PropertyNames => only("every name"),
        Role::Item => only("each item"),
        Role::ItemAt(place) => only(&format!("item {place}")),
        Role::AdditionalItem => only("each further item"),
        Role::Contains => only("at least one item"),
        Role::AllOf => only("everything of"),
        Role::Not => only("never"),
        Role::If => only("if it is"),
        Role::Then => only("then also"),
        Role::Else => only("else also"),
        Role::OneOf | Role::AnyOf => match union.and_then(|union| told_by(union, child.schema)) {
            Some((label, value)) => named(&label, &value),
            None if has_name(api, child.schema) => only(""),
            None => only(&format!("option {number}")),
        },
    }
}

/// The property and its values that mean an alternative.
fn told_by(union: &Union<'_>, schema: SchemaId) -> Option<(String, String)> {
    let values = union.values_of(schema)?;
    let values: Vec<String> = values.iter().map(ToString::to_string).collect();
    let label = format!("when {} is", union.property);
    (!values.is_empty()).then(|| (label, values.join(", ")))
}

fn has_name(api: &Api<'_>, schema: SchemaId) -> bool {
    let title = api[schema].object().and_then(|object| object.title);
    component_name(&api[schema]).is_some() || title.is_some_and(|title| !title.is_empty())
}

/// The line above several alternatives.
pub(super) fn group_of(role: Role<'_>) -> Option<&'static str> {
    match role {
        Role::OneOf => Some("exactly one of"),
        Role::AnyOf => Some("one or more of"),
        _ => None,
    }
}
