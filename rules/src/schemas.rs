//! Questions that several rules ask about schemas.

use std::collections::HashSet;

use tidings_document::api::{Api, Items, Message, SchemaId, SchemaKind, SchemaObject, Type, Types};
use tidings_document::{Change, Fix, Node, Text, Value, certain, escaped_token, nearest};

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
    let schema = source(message, expression);
    schema.is_some_and(|id| !may_hold(api, id, &expression.path, &mut HashSet::new()))
}

/// The schema of the part of a message that an expression looks into.
fn source(message: &Message<'_>, expression: &Expression) -> Option<SchemaId> {
    match expression.source {
        Source::Header => message.headers,
        Source::Payload => message.payload.as_ref().and_then(|payload| payload.schema),
    }
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
    let object = match &api[id].kind {
        SchemaKind::Object(object) => object,
        SchemaKind::Bool(open) => return *open,
        SchemaKind::Unresolved => return true,
    };
    let Some((first, rest)) = path.split_first() else {
        return true;
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

/// What to say where a location is in no schema of its message, with the one that is meant if only its last name is misspelt.
pub(crate) fn meant(
    api: &Api<'_>,
    message: &Message<'_>,
    location: Text<'_>,
    expression: &Expression,
) -> (String, Option<Fix>) {
    let describe = || "describe it in the schema, or correct the location".to_owned();
    let Some((last, way)) = expression.path.split_last() else {
        return (describe(), None);
    };
    let mut names = Vec::new();
    let mut seen = HashSet::new();
    if let Some(id) = source(message, expression) {
        names_at(api, id, way, &mut names, &mut seen);
    }
    let names = || names.iter().copied();
    let Some((near, (before, _))) = nearest(last, names()).zip(location.value.rsplit_once('/'))
    else {
        return (describe(), None);
    };
    let written = format!("{before}/{}", escaped_token(near));
    let is_sure = near.eq_ignore_ascii_case(last) || certain(last, names()) == Some(near);
    let title = format!("write `{written}`");
    let fix = is_sure.then(|| Fix::new(title, Change::Scalar(location.span, written.clone())));
    (format!("did you mean `{written}`?"), fix)
}

/// The names of the properties that a schema describes at a path.
fn names_at<'a>(
    api: &'a Api<'a>,
    id: SchemaId,
    path: &[String],
    names: &mut Vec<&'a str>,
    seen: &mut HashSet<(SchemaId, usize)>,
) {
    let SchemaKind::Object(object) = &api[id].kind else {
        return;
    };
    if seen.len() >= TANGLED || !seen.insert((id, path.len())) {
        return;
    }
    match path.split_first() {
        None => names.extend(object.properties.iter().map(|property| property.name.value)),
        Some((first, rest)) => {
            for inner in inside(object, first) {
                names_at(api, inner, rest, names, seen);
            }
        }
    }
    for other in in_place(object) {
        names_at(api, other, path, names, seen);
    }
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

/// Whether a value is of one of some types.
pub(crate) fn is_of(value: &Node, types: Types) -> bool {
    let own = match &value.value {
        Value::Null => Type::Null,
        Value::Bool(_) => Type::Boolean,
        Value::String(_) => Type::String,
        Value::Array(_) => Type::Array,
        Value::Object(_) => Type::Object,
        Value::Number(number) => {
            let is_whole = number.as_f64().is_some_and(|number| number.fract() == 0.0);
            return types.contains(Type::Number) || (is_whole && types.contains(Type::Integer));
        }
    };
    types.contains(own)
}
