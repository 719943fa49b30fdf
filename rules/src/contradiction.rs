//! What contradicts what in a schema that has no values: two sayings of its parts, each with its place.

use serde_json::Number;
use tidings_document::api::{Api, SchemaId, SchemaKind, SchemaObject, Type, Types};
use tidings_document::{Node, Span};

use crate::places::value_place;
use crate::schemas::is_of;

/// Two sayings that cannot both hold.
pub(crate) struct Contradiction {
    /// What they are about and say, in the words of a message.
    pub(crate) text: String,
    /// Where they stand.
    pub(crate) places: [Span; 2],
}

/// Properties within each other that are looked at.
const DEPTH: u32 = 8;

/// Schemas that are looked at together.
const MOST: usize = 64;

/// The first contradiction between a schema and the parts of its `allOf`, or between those of a property that must be there.
pub(crate) fn contradiction(api: &Api<'_>, id: SchemaId) -> Option<Contradiction> {
    between(api, vec![id], "", DEPTH)
}

/// Pairs of listed values that are compared.
const MOST_COMPARED: usize = 100_000;

/// A part: its node, and what it says.
type Part<'a> = (&'a Node, &'a SchemaObject<'a>);

fn between<'a>(
    api: &'a Api<'a>,
    ids: Vec<SchemaId>,
    path: &str,
    depth: u32,
) -> Option<Contradiction> {
    let parts = parts(api, ids);
    types(&parts, path)
        .or_else(|| kinds(&parts, path))
        .or_else(|| values(&parts, path))
        .or_else(|| bounds(&parts, path))
        .or_else(|| refused(api, &parts, path))
        .or_else(|| properties(api, &parts, path, depth.checked_sub(1)?))
}

fn parts<'a>(api: &'a Api<'a>, mut todo: Vec<SchemaId>) -> Vec<Part<'a>> {
    let (mut seen, mut found) = (Vec::new(), Vec::new());
    todo.reverse();
    while let Some(id) = todo.pop().filter(|_| seen.len() < MOST) {
        if seen.contains(&id) {
            continue;
        }
        seen.push(id);
        if let SchemaKind::Object(object) = &api[id].kind {
            found.push((api[id].node, &**object));
            todo.extend(object.all_of.iter().rev());
        }
    }
    found
}

/// What a saying is about, for a message.
fn about(path: &str, keyword: &str) -> String {
    match path {
        "" => format!("`{keyword}`"),
        path => format!("`{keyword}` of `{path}`"),
    }
}

fn types(parts: &[Part<'_>], path: &str) -> Option<Contradiction> {
    let stated = || {
        parts
            .iter()
            .filter_map(|(node, part)| Some((*node, part.types?)))
    };
    pairs(stated()).find_map(|((one_node, one), (other_node, other))| {
        let shares = one.iter().any(|kind| {
            other.contains(kind)
                || (kind == Type::Integer && other.contains(Type::Number))
                || (kind == Type::Number && other.contains(Type::Integer))
        });
        (!shares).then(|| Contradiction {
            text: format!(
                "{} must be `{}` and `{}`",
                about(path, "type"),
                type_names(one),
                type_names(other)
            ),
            places: [
                value_place(one_node, "type"),
                value_place(other_node, "type"),
            ],
        })
    })
}

/// Listed values of which none is in both lists.
fn values(parts: &[Part<'_>], path: &str) -> Option<Contradiction> {
    let listed = || parts.iter().flat_map(|(node, part)| listed(node, part));
    pairs(listed()).find_map(|((one, place), (other, other_place))| {
        // Of long lists nobody would read the comparison.
        let shares = one.len().saturating_mul(other.len()) > MOST_COMPARED
            || one
                .iter()
                .any(|value| other.iter().any(|other| value.is_same(other)));
        let what = value_at(path);
        (!shares && !one.is_empty() && !other.is_empty()).then(|| Contradiction {
            text: format!("{what} must be {} and {}", list(one), list(other)),
            places: [place, other_place],
        })
    })
}

/// What a part takes by name: its constant, its list.
fn listed<'a>(node: &'a Node, part: &SchemaObject<'a>) -> impl Iterator<Item = (&'a [Node], Span)> {
    let constant = part.constant.map(std::slice::from_ref);
    let constant = constant.map(|all| (all, value_place(node, "const")));
    let all = part.enumeration.map(|all| (all, value_place(node, "enum")));
    constant.into_iter().chain(all)
}

/// The name of a value.
fn value_at(path: &str) -> String {
    match path {
        "" => "the value".to_owned(),
        path => format!("`{path}`"),
    }
}

/// Listed values of which none is of the types that there may be.
fn kinds(parts: &[Part<'_>], path: &str) -> Option<Contradiction> {
    parts.iter().find_map(|(typed, part)| {
        let types = part.types?;
        let mut all = parts.iter().flat_map(|(node, part)| listed(node, part));
        let (values, place) = all.find(|(values, _)| {
            !values.is_empty() && !values.iter().any(|value| is_of(value, types))
        })?;
        Some(Contradiction {
            text: format!(
                "{} must be {}, and of type `{}`",
                value_at(path),
                list(values),
                type_names(types)
            ),
            places: [place, value_place(typed, "type")],
        })
    })
}

/// Types as messages name them.
fn type_names(types: Types) -> String {
    let names: Vec<_> = types.iter().map(Type::as_str).collect();
    names.join("` or `")
}

/// The first of some values as messages name them.
fn list(values: &[Node]) -> String {
    let shown = values.iter().take(3).map(|value| match value.as_str() {
        Some(text) => format!("`{text}`"),
        None => format!("`{}`", value.to_json()),
    });
    let more = if values.len() > 3 { " or another" } else { "" };
    shown.collect::<Vec<_>>().join(" or ") + more
}

/// Bounds of which the lower lies above the upper.
fn bounds(parts: &[Part<'_>], path: &str) -> Option<Contradiction> {
    BOUNDS.iter().find_map(|(least, most, is_open)| {
        let lower = highest(parts, least, |one, other| one > other)?;
        let upper = highest(parts, most, |one, other| one < other)?;
        let crosses = lower.0 > upper.0 || (*is_open && lower.0 == upper.0);
        crosses.then(|| Contradiction {
            text: format!(
                "`{least}: {}` and `{most}: {}`{} contradict each other",
                lower.1,
                upper.1,
                if path.is_empty() {
                    String::new()
                } else {
                    format!(" of `{path}`")
                }
            ),
            places: [lower.2, upper.2],
        })
    })
}

/// Keywords of lower and upper bounds, and whether the two may not even be equal.
const BOUNDS: &[(&str, &str, bool)] = &[
    ("minimum", "maximum", false),
    ("exclusiveMinimum", "maximum", true),
    ("minimum", "exclusiveMaximum", true),
    ("exclusiveMinimum", "exclusiveMaximum", true),
    ("minLength", "maxLength", false),
    ("minItems", "maxItems", false),
    ("minProperties", "maxProperties", false),
];

fn highest<'a>(
    parts: &[Part<'a>],
    keyword: &str,
    is_above: impl Fn(f64, f64) -> bool,
) -> Option<(f64, String, Span)> {
    let all = parts.iter().filter_map(|(node, _)| {
        let value = node.get(keyword)?;
        let tidings_document::Value::Number(number) = &value.value else {
            return None;
        };
        Some((Number::as_f64(number)?, number.to_string(), value.span))
    });
    all.reduce(|one, other| if is_above(other.0, one.0) { other } else { one })
}

/// A property that must be there and that a part refuses: by `false`, or by naming others only.
fn refused<'a>(api: &'a Api<'a>, parts: &[Part<'a>], path: &str) -> Option<Contradiction> {
    let required = parts.iter().flat_map(|(_, part)| &part.required);
    let is_false = |id: SchemaId| matches!(api[id].kind, SchemaKind::Bool(false));
    required.take(MOST).find_map(|name| {
        let refusal = parts.iter().find_map(|(node, part)| {
            let own = part
                .properties
                .iter()
                .find(|own| own.name.value == name.value);
            match own {
                Some(own) => is_false(own.schema).then_some(own.name.span),
                None => {
                    let is_closed = part.additional_properties.is_some_and(is_false);
                    let refuses = is_closed && part.pattern_properties.is_empty();
                    refuses.then(|| value_place(node, "additionalProperties"))
                }
            }
        })?;
        let within = if path.is_empty() {
            String::new()
        } else {
            format!(" of `{path}`")
        };
        Some(Contradiction {
            text: format!("property `{}`{within} is required and refused", name.value),
            places: [name.span, refusal],
        })
    })
}

/// A contradiction within a property that must be there.
fn properties<'a>(
    api: &'a Api<'a>,
    parts: &[Part<'a>],
    path: &str,
    depth: u32,
) -> Option<Contradiction> {
    let required = parts.iter().flat_map(|(_, part)| &part.required);
    required.take(MOST).find_map(|name| {
        let properties = parts.iter().flat_map(|(_, part)| &part.properties);
        let own = properties.filter(|own| own.name.value == name.value);
        let ids: Vec<_> = own.map(|own| own.schema).collect();
        let path = match path {
            "" => name.value.to_owned(),
            path => format!("{path}.{}", name.value),
        };
        (!ids.is_empty()).then(|| between(api, ids, &path, depth))?
    })
}

/// Every two of some things.
fn pairs<T: Clone>(all: impl Iterator<Item = T>) -> impl Iterator<Item = (T, T)> {
    let all: Vec<T> = all.collect();
    let both = |at: usize| {
        let (one, rest) = (all[at].clone(), all[at + 1..].to_vec());
        rest.into_iter().map(move |other| (one.clone(), other))
    };
    (0..all.len())
        .flat_map(both)
        .collect::<Vec<_>>()
        .into_iter()
}
