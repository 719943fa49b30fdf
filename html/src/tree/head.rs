//! What one line says of a schema: its type and its name, and what it says of its values.
use tidings_document::{
    Node,
    api::{Api, Items, SchemaId, SchemaKind, SchemaObject, Type},
};

use super::{Head, facts, facts::marks, type_name, values};
use crate::{
    finding::About,
    link::Link,
    markdown,
    plan::{Plan, children, component_name, schema_name},
};

/// All that a schema says of itself.
pub(super) fn head(api: &Api<'_>, plan: &Plan, schema: SchemaId) -> Head {
    let mut head = brief(api, plan, schema);
    head.findings = plan.findings(About::Schema(schema));
    if let Some(object) = api[schema].object() {
        let description = object.description.map(|text| text.value);
        head.description_html = description
            .map(|text| markdown::render(text, 6, plan.allowed()))
            .unwrap_or_default();
        let facts = facts(api, plan, schema, object).into_iter();
        (head.more, head.facts) = facts.partition(|fact| fact.link.is_some());
        head.values = values(object);
    }
    head
}

/// A line that leads to the place where the schema is shown whole, which has its description and limits.
pub(super) fn linked(api: &Api<'_>, plan: &Plan, schema: SchemaId, from: Option<SchemaId>) -> Head {
    let mut head = match children(&api[schema]).is_empty() {
        true => head(api, plan, schema),
        false => brief(api, plan, schema),
    };
    head.kind = type_name(api, schema);
    head.after = String::new();
    head.link = Some(Link::to(plan.schema_id(schema), schema_name(&api[schema])));
    head.recursive = from.is_some_and(|from| plan.same_cycle(from, schema));
    head.id = String::new();
    head
}

/// What is said of a schema wherever it is met.
pub(super) fn brief(api: &Api<'_>, plan: &Plan, schema: SchemaId) -> Head {
    let found = &api[schema];
    let mut head = Head {
        id: plan.schema_id(schema).to_owned(),
        kind: type_name(api, schema),
        link: named(api, plan, schema),
        ..Head::default()
    };
    match &found.kind {
        SchemaKind::Object(object) => {
            head.marks = marks(object);
            if head.link.is_none() {
                name_items(api, plan, object, &mut head);
            }
        }
        SchemaKind::Unresolved => head.unresolved = unresolved(found.node),
        SchemaKind::Bool(_) => {}
    }
    head
}

/// The reference of a node that leads nowhere, or what else it says.
pub(super) fn unresolved(node: &Node) -> String {
    let reference = node.reference().map(|reference| reference.value.to_owned());
    reference.unwrap_or_else(|| node.to_json().to_string())
}

/// What people call a schema; a link where it is shown by itself elsewhere.
fn named(api: &Api<'_>, plan: &Plan, schema: SchemaId) -> Option<Link> {
    let found = &api[schema];
    match component_name(found) {
        Some(name) if plan.is_shared(schema) => Some(Link::to(plan.schema_id(schema), name)),
        Some(name) => Some(Link::none(name)),
        None => {
            let title = found.object()?.title?.value;
            Some(Link::none(title)).filter(|_| !title.is_empty())
        }
    }
}

/// A list whose items have a name: `array of` and that.
fn name_items(api: &Api<'_>, plan: &Plan, object: &SchemaObject<'_>, head: &mut Head) {
    let Some(Items::All(item)) = &object.items else {
        return;
    };
    let types = object.types.unwrap_or_default();
    if types.without(Type::Array).without(Type::Null) != Default::default() {
        return;
    }
    let shared = || Link::to(plan.schema_id(*item), schema_name(&api[*item]));
    let link = named(api, plan, *item).or_else(|| plan.is_linked(*item).then(shared));
    if link.is_some() {
        head.kind = "array of".to_owned();
        head.link = link;
        let nullable = object.nullable || types.contains(Type::Null);
        head.after = if nullable { "or null" } else { "" }.to_owned();
    }
}
