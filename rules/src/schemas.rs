//! Questions that several rules ask about schemas.

use std::collections::HashSet;

use tidings_document::api::{Api, Items, Message, SchemaId, SchemaKind, SchemaObject};

use crate::expression::{Expression, Source};

/// The schemas whose defaults and examples the official parser looks at: outermost ones only.
pub(crate) fn outermost(api: &Api<'_>) -> HashSet<SchemaId> {
    let payloads = api
        .messages
        .iter()
        .filter_map(|message| message.payload.as_ref());
    let payloads = payloads
        .filter(|payload| payload.format_text.is_none())
        .filter_map(|payload| payload.schema);
    let parameters = api.channels.iter().flat_map(|channel| &channel.parameters);
    let components = (0..).map(SchemaId).zip(&api.schemas);
    let is_component = |pointer: &str| {
        matches!(
            pointer.split('/').collect::<Vec<_>>()[..],
            ["", "components", "schemas", _]
                | ["", "components", "parameters", _, "schema"]
                | ["", "components", "messageTraits", _, "payload"]
        )
    };
    let components = components
        .filter(|(_, schema)| is_component(&schema.pointer))
        .map(|(id, _)| id);
    payloads
        .chain(parameters.filter_map(|parameter| parameter.schema))
        .chain(components)
        .collect()
}

/// The schemas that say more about the very value this one is about.
pub(crate) fn in_place(object: &SchemaObject<'_>) -> Vec<SchemaId> {
    let lists = object
        .all_of
        .iter()
        .chain(&object.any_of)
        .chain(&object.one_of)
        .copied();
    let single = [object.not, object.if_, object.then, object.else_];
    let dependencies = object.dependencies.iter().map(|property| property.schema);
    lists
        .chain(single.into_iter().flatten())
        .chain(dependencies)
        .collect()
}

/// Whether a message's schemas say nothing of the value that an expression looks for, though they say what there is.
pub(crate) fn lacks(api: &Api<'_>, message: &Message<'_>, expression: &Expression) -> bool {
    let schema = match expression.source {
        Source::Header => message.headers,
        Source::Payload => message.payload.as_ref().and_then(|payload| payload.schema),
    };
    schema.is_some_and(|id| !may_hold(api, id, &expression.path, &mut HashSet::new()))
}

/// How many schemas are looked at before a question counts as too tangled to be answered.
pub(crate) const TANGLED: usize = 1_000;

/// Whether a value of this schema may have something at `path`, going by what the schema describes.
///
/// What was looked at once is not looked at again: it has nothing, or the search would be over.
fn may_hold(
    api: &Api<'_>,
    id: SchemaId,
    path: &[String],
    seen: &mut HashSet<(SchemaId, usize)>,
) -> bool {
    let Some((first, rest)) = path.split_first() else {
        return true;
    };
    let object = match &api[id].kind {
        SchemaKind::Object(object) => object,
        SchemaKind::Bool(open) => return *open,
        SchemaKind::Unresolved => return true,
    };
    if seen.len() >= TANGLED {
        return true;
    }
    seen.insert((id, path.len()))
        && (describes_nothing(object)
            || inside(object, first)
                .into_iter()
                .any(|inner| may_hold(api, inner, rest, seen))
            || in_place(object)
                .into_iter()
                .any(|other| may_hold(api, other, path, seen)))
}

/// A schema that names no inner values says nothing about which there are.
fn describes_nothing(object: &SchemaObject<'_>) -> bool {
    let names_none = object.properties.is_empty() && object.pattern_properties.is_empty();
    names_none
        && object.additional_properties.is_none()
        && object.items.is_none()
        && in_place(object).is_empty()
}

fn inside(object: &SchemaObject<'_>, name: &str) -> Vec<SchemaId> {
    let own = object
        .properties
        .iter()
        .filter(|property| property.name.value == name);
    let mut found: Vec<SchemaId> = own.map(|property| property.schema).collect();
    if found.is_empty() {
        found.extend(
            object
                .pattern_properties
                .iter()
                .map(|property| property.schema),
        );
        found.extend(object.additional_properties);
    }
    match &object.items {
        Some(Items::All(id)) => found.push(*id),
        Some(Items::Each(ids)) => {
            found.extend(name.parse().ok().and_then(|index: usize| ids.get(index)))
        }
        None => {}
    }
    found
}
