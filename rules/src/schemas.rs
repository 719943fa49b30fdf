//! Questions that several rules ask about schemas.

use std::collections::{HashMap, HashSet};

use tidings_document::api::{Api, Items, Message, SchemaId, SchemaKind, SchemaObject};
use tidings_document::schema_json;
use tidings_schema::{Dialect, MessageSchemas, Schema};

use crate::expression::{Expression, Source};

/// The schemas of a message in a form that can be compiled; that of a payload in another language than JSON Schema is left out.
#[must_use]
pub fn message_schemas(api: &Api<'_>, message: &Message<'_>) -> MessageSchemas {
    let headers = message
        .headers
        .map(|id| Schema::new(schema_json(api, id), Dialect::AsyncApi));
    MessageSchemas {
        payload: payload(api, message),
        headers,
    }
}

/// The schema of a message's payload in a form that can be compiled.
pub(crate) fn payload(api: &Api<'_>, message: &Message<'_>) -> Option<Schema> {
    let payload = message.payload.as_ref()?;
    Some(Schema::new(
        schema_json(api, payload.schema?),
        dialect(payload),
    ))
}

fn dialect(payload: &tidings_document::api::Payload<'_>) -> Dialect {
    let named = payload
        .format_text
        .and_then(|format| Dialect::of_format(format.value));
    named.unwrap_or_default()
}

/// The dialect of every schema that is not written in AsyncAPI's own.
pub(crate) fn dialects(api: &Api<'_>) -> HashMap<SchemaId, Dialect> {
    let mut known = HashMap::new();
    for payload in api
        .messages
        .iter()
        .filter_map(|message| message.payload.as_ref())
    {
        let dialect = dialect(payload);
        let mut open: Vec<SchemaId> = payload
            .schema
            .into_iter()
            .filter(|_| dialect != Dialect::AsyncApi)
            .collect();
        while let Some(id) = open.pop() {
            if known.insert(id, dialect).is_none() {
                open.extend(api[id].object().map(children).unwrap_or_default());
            }
        }
    }
    known
}

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
        pointer
            .strip_prefix("/components/schemas/")
            .is_some_and(|name| !name.contains('/'))
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

/// All schemas directly inside this one.
pub(crate) fn children(object: &SchemaObject<'_>) -> Vec<SchemaId> {
    let named = object
        .properties
        .iter()
        .chain(&object.pattern_properties)
        .map(|property| property.schema);
    let single = [
        object.additional_properties,
        object.property_names,
        object.additional_items,
        object.contains,
    ];
    let mut found = in_place(object);
    found.extend(named.chain(single.into_iter().flatten()));
    match &object.items {
        Some(Items::All(id)) => found.push(*id),
        Some(Items::Each(ids)) => found.extend(ids),
        None => {}
    }
    found
}

/// Whether a message's schemas say nothing of the value that an expression looks for, though they say what there is.
pub(crate) fn lacks(api: &Api<'_>, message: &Message<'_>, expression: &Expression) -> bool {
    let schema = match expression.source {
        Source::Header => message.headers,
        Source::Payload => message.payload.as_ref().and_then(|payload| payload.schema),
    };
    schema.is_some_and(|id| !may_hold(api, id, &expression.path, &mut Vec::new()))
}

/// Whether a value of this schema may have something at `path`, going by what the schema describes.
fn may_hold(
    api: &Api<'_>,
    id: SchemaId,
    path: &[String],
    on_the_way: &mut Vec<(SchemaId, usize)>,
) -> bool {
    let Some((first, rest)) = path.split_first() else {
        return true;
    };
    let object = match &api[id].kind {
        SchemaKind::Object(object) => object,
        SchemaKind::Bool(open) => return *open,
        SchemaKind::Unresolved => return true,
    };
    let here = (id, path.len());
    if on_the_way.contains(&here) {
        return false;
    }
    on_the_way.push(here);
    let found = describes_nothing(object)
        || inside(object, first)
            .into_iter()
            .any(|inner| may_hold(api, inner, rest, on_the_way))
        || in_place(object)
            .into_iter()
            .any(|other| may_hold(api, other, path, on_the_way));
    on_the_way.pop();
    found
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
