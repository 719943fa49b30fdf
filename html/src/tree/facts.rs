//! What a schema says of its own value: type, limits, default, allowed values.
use serde::Serialize;
use tidings_document::api::{Api, Items, SchemaId, SchemaKind, SchemaObject, Type};
use tidings_document::{Text, heirs_of, union_of};

use crate::{
    json,
    link::Link,
    plan::{Plan, component_name, schema_name},
};

/// One limit or remark.
#[derive(Debug, Serialize)]
pub(crate) struct Fact {
    pub(crate) label: String,
    /// Shown as code.
    pub(crate) value: String,
    pub(crate) link: Option<Link>,
}

pub(super) fn fact(label: impl Into<String>, value: impl Into<String>) -> Fact {
    Fact {
        label: label.into(),
        value: value.into(),
        link: None,
    }
}

/// The type in words: `string`, `array of Order`, `string or null` …
pub(crate) fn type_name(api: &Api<'_>, schema: SchemaId) -> String {
    type_within(api, schema, 0)
}

fn type_within(api: &Api<'_>, schema: SchemaId, depth: usize) -> String {
    let object = match &api[schema].kind {
        SchemaKind::Object(object) => object,
        SchemaKind::Bool(false) => return "nothing".to_owned(),
        SchemaKind::Bool(true) | SchemaKind::Unresolved => return "any".to_owned(),
    };
    let mut names: Vec<String> = match object.types {
        Some(types) => {
            let kinds = types.without(Type::Null).iter().map(Type::as_str);
            let null = types.contains(Type::Null).then_some("null");
            kinds.chain(null).map(str::to_owned).collect()
        }
        None => vec![implied_type(api, object, depth)],
    };
    if let (Some(Items::All(item)), true) = (&object.items, depth < DEEPEST)
        && let Some(array) = names.iter_mut().find(|name| *name == "array")
    {
        *array = match component_name(&api[*item]) {
            Some(name) => format!("array of {name}"),
            None => format!("array of {}", type_within(api, *item, depth + 1)),
        };
    }
    if object.nullable && !names.iter().any(|name| name == "null") {
        names.push("null".to_owned());
    }
    names.join(" or ")
}

/// How many schemas may lead on to each other for one type.
const DEEPEST: usize = 4;

fn implied_type(api: &Api<'_>, object: &SchemaObject<'_>, depth: usize) -> String {
    let values = object.enumeration.unwrap_or_default();
    let kinds = object
        .constant
        .into_iter()
        .chain(values)
        .map(|node| node.kind());
    let mut kinds = kinds.collect::<Vec<_>>();
    kinds.dedup();
    match kinds[..] {
        [kind] => return kind.to_owned(),
        [_, _, ..] => return "any".to_owned(),
        [] => {}
    }
    let kind = if !object.properties.is_empty() || object.additional_properties.is_some() {
        "object"
    } else if object.items.is_some() {
        "array"
    } else if !object.one_of.is_empty() {
        "exactly one of"
    } else if !object.any_of.is_empty() {
        "one or more of"
    } else if depth < DEEPEST {
        let parts = object.all_of.iter();
        let mut parts = parts.map(|part| type_within(api, *part, depth + 1));
        return parts
            .find(|kind| kind != "any")
            .unwrap_or_else(|| "any".to_owned());
    } else {
        "any"
    };
    kind.to_owned()
}

/// One-word remarks.
pub(crate) fn marks(object: &SchemaObject<'_>) -> Vec<&'static str> {
    [
        (object.deprecated, "deprecated"),
        (object.read_only, "read only"),
        (object.write_only, "write only"),
    ]
    .into_iter()
    .filter_map(|(set, name)| set.then_some(name))
    .collect()
}

/// The allowed values.
pub(crate) fn values(object: &SchemaObject<'_>) -> Vec<String> {
    let values = object.enumeration.unwrap_or_default();
    values.iter().map(json::inline).collect()
}

/// Everything else.
pub(crate) fn facts(
    api: &Api<'_>,
    plan: &Plan,
    id: SchemaId,
    object: &SchemaObject<'_>,
) -> Vec<Fact> {
    let mut list = Vec::new();
    let is_name =
        |title: &Text<'_>| component_name(&api[id]).is_none_or(|name| name == title.value);
    let title = object.title.filter(|title| !is_name(title));
    list.extend(title.map(|title| fact("titled", title.value)));
    texts(object, &mut list);
    limits(object, &mut list);
    let closed = |schema: Option<SchemaId>| {
        schema.is_some_and(|id| matches!(api[id].kind, SchemaKind::Bool(false)))
    };
    if closed(object.additional_properties) || closed(object.unevaluated_properties) {
        list.push(fact("no other properties", ""));
    }
    if closed(object.additional_items) || closed(object.unevaluated_items) {
        list.push(fact("no further items", ""));
    }
    if let Some(constant) = object.constant {
        list.push(fact("always", json::inline(constant)));
    }
    if let Some(default) = object.default {
        list.push(fact("default", json::inline(default)));
    }
    let examples = object.examples.iter();
    list.extend(examples.map(|example| fact("example", json::inline(example))));
    discriminator(api, plan, id, object, &mut list);
    documents(object, &mut list);
    list
}

fn texts(object: &SchemaObject<'_>, list: &mut Vec<Fact>) {
    let texts = [
        ("format", object.format),
        ("matches", object.pattern),
        ("encoded as", object.content_encoding),
        ("holds", object.content_media_type),
    ];
    for (label, text) in texts {
        list.extend(text.map(|text| fact(label, text.value)));
    }
}

fn limits(object: &SchemaObject<'_>, list: &mut Vec<Fact>) {
    let numbers = [
        ("≥", &object.minimum),
        (">", &object.exclusive_minimum),
        ("≤", &object.maximum),
        ("<", &object.exclusive_maximum),
        ("multiple of", &object.multiple_of),
    ];
    for (label, number) in numbers {
        list.extend(
            number
                .as_ref()
                .map(|number| fact(label, number.to_string())),
        );
    }
    range(object.min_length, object.max_length, "characters", list);
    range(object.min_items, object.max_items, "items", list);
    range(
        object.min_contains,
        object.max_contains,
        "contained items",
        list,
    );
    range(
        object.min_properties,
        object.max_properties,
        "properties",
        list,
    );
    if object.unique_items {
        list.push(fact("no item twice", ""));
    }
}

fn range(min: Option<u64>, max: Option<u64>, unit: &str, list: &mut Vec<Fact>) {
    let text = match (min, max) {
        (None, None) => return,
        (Some(min), Some(max)) if min == max => format!("{min}"),
        (Some(min), Some(max)) => format!("{min}–{max}"),
        (Some(min), None) => format!("≥ {min}"),
        (None, Some(max)) => format!("≤ {max}"),
    };
    list.push(fact(unit, text));
}

/// What tells alternatives apart: the property; where no rows name them, also which of its values means which schema.
fn discriminator(
    api: &Api<'_>,
    plan: &Plan,
    id: SchemaId,
    object: &SchemaObject<'_>,
    list: &mut Vec<Fact>,
) {
    let lists = [&object.one_of, &object.any_of].into_iter();
    let union = lists
        .filter(|branches| !branches.is_empty())
        .find_map(|branches| union_of(api, &[id], branches));
    let heirs = heirs_of(api, id);
    let named = union
        .as_ref()
        .or(heirs.as_ref())
        .map(|union| union.property);
    let property = named.or(object.discriminator.map(|name| name.value));
    list.extend(property.map(|name| fact("told apart by", name)));
    for branch in heirs.into_iter().flat_map(|union| union.branches) {
        let place = plan.schema_id(branch.schema);
        let name = schema_name(&api[branch.schema]);
        let link = match place {
            "" => Link::none(name),
            place => Link::to(place, name),
        };
        list.extend(branch.values.iter().map(|value| Fact {
            label: "when it is".to_owned(),
            value: value.to_string(),
            link: Some(link.clone()),
        }));
    }
}

fn documents(object: &SchemaObject<'_>, list: &mut Vec<Fact>) {
    if let Some(docs) = &object.external_docs
        && let Some(url) = docs.url
    {
        let text = docs.description.map_or(url.value, |text| text.value);
        list.push(Fact {
            label: "see".to_owned(),
            value: String::new(),
            link: Some(Link::out(url.value, text)),
        });
    }
    for (name, node) in &object.extensions.0 {
        if !name.value.starts_with("x-parser-") {
            list.push(fact(name.value, json::inline(node)));
        }
    }
}
