//! What schemas plainly say of their values, without a look at what follows from it.

use std::collections::{HashMap, HashSet};

use tidings_document::Node;
use tidings_document::api::{Api, SchemaId, SchemaKind, SchemaObject, Type, Types};

use crate::schemas::in_place;

/// Schemas that are looked at to know what one says of its values.
const MOST_PARTS: usize = 64;

/// What a schema plainly says of its values, with all that must hold besides.
pub(crate) struct Plain<'a> {
    types: Option<Types>,
    /// Properties with a few values, and whether they must be there.
    tags: HashMap<&'a str, (Vec<&'a Node>, bool)>,
    required: HashSet<&'a str>,
    /// The properties that it names, where there may be no others.
    described: Option<HashSet<&'a str>>,
}

impl<'a> Plain<'a> {
    pub(crate) fn of(api: &'a Api<'a>, id: SchemaId) -> Self {
        let mut plain = Self {
            types: None,
            tags: HashMap::new(),
            required: HashSet::new(),
            described: described(api, id),
        };
        for part in parts(api, id, |object| object.all_of.clone()) {
            let types = match (part.types, part.constant, part.enumeration) {
                (Some(types), ..) => Some(types),
                (None, Some(constant), _) => Some(types_of(std::slice::from_ref(constant))),
                (None, None, Some(values)) => Some(types_of(values)),
                _ => None,
            };
            plain.types = match (plain.types, types) {
                (Some(one), Some(other)) => Some(both(one, other)),
                (one, other) => one.or(other),
            };
            plain
                .required
                .extend(part.required.iter().map(|name| name.value));
            for property in &part.properties {
                if let Some(values) = few(api, property.schema) {
                    plain.tags.insert(property.name.value, (values, false));
                }
            }
        }
        for (name, (_, is_required)) in &mut plain.tags {
            *is_required = plain.required.contains(name);
        }
        plain
    }

    /// Whether it does not name all that the other requires.
    fn lacks(&self, other: &Self) -> bool {
        let described = self.described.as_ref();
        described.is_some_and(|names| !other.required.is_subset(names))
    }

    /// Whether both list values of a property, and one in common.
    pub(crate) fn shares(&self, other: &Self, property: &str) -> bool {
        let values = |plain: &Self| plain.tags.get(property).map(|(values, _)| values.clone());
        let both = values(self).zip(values(other));
        both.is_some_and(|(some, others)| {
            some.iter()
                .any(|value| others.iter().any(|other| value.is_same(other)))
        })
    }

    /// Whether it is plain that nobody who goes by one of the two would write a value that keeps both. With `usually`, a
    /// property that tells them apart may be absent, though whoever describes one means it to be there.
    pub(crate) fn is_apart(&self, other: &Self, usually: bool) -> bool {
        let types = self.types.zip(other.types);
        if types.is_some_and(|(one, other)| both(one, other) == Types::default()) {
            return true;
        }
        // Who goes by one of them has no reason to write what the other requires.
        if self.lacks(other) && other.lacks(self) {
            return true;
        }
        self.tags.iter().any(|(name, (values, is_required))| {
            other.tags.get(name).is_some_and(|(others, also_required)| {
                (usually || *is_required || *also_required)
                    && !values
                        .iter()
                        .any(|value| others.iter().any(|other| value.is_same(other)))
            })
        })
    }
}

/// The values of a schema that lists them.
fn few<'a>(api: &'a Api<'a>, id: SchemaId) -> Option<Vec<&'a Node>> {
    let parts = parts(api, id, |object| object.all_of.clone());
    parts
        .into_iter()
        .find_map(|part| match (part.constant, part.enumeration) {
            (Some(constant), _) => Some(vec![constant]),
            (None, Some(values)) => Some(values.iter().collect()),
            _ => None,
        })
}

fn types_of(values: &[Node]) -> Types {
    let mut types = Types::default();
    for value in values {
        for (kind, name) in Type::ALL {
            let is_number = value.kind() == "number" && kind == Type::Integer;
            if name == value.kind() || is_number {
                types.insert(kind);
            }
        }
    }
    types
}

fn both(one: Types, other: Types) -> Types {
    let mut types = Types::default();
    let has = |types: Types, kind| {
        types.contains(kind) || (kind == Type::Integer && types.contains(Type::Number))
    };
    for (kind, _) in Type::ALL {
        if has(one, kind) && has(other, kind) {
            types.insert(kind);
        }
    }
    types
}

/// A schema and those that it goes on to for the same value, each once.
pub(crate) fn parts<'a>(
    api: &'a Api<'a>,
    id: SchemaId,
    next: fn(&SchemaObject<'a>) -> Vec<SchemaId>,
) -> Vec<&'a SchemaObject<'a>> {
    let (mut todo, mut seen, mut found) = (vec![id], HashSet::new(), Vec::new());
    while let Some(id) = todo.pop() {
        if seen.len() >= MOST_PARTS || !seen.insert(id) {
            continue;
        }
        if let SchemaKind::Object(object) = &api[id].kind {
            found.push(&**object);
            todo.extend(next(object));
        }
    }
    found
}

/// The properties that a schema names; nothing where it lets others be there too, or names none.
pub(super) fn described<'a>(api: &'a Api<'a>, id: SchemaId) -> Option<HashSet<&'a str>> {
    let mut names = HashSet::new();
    for part in parts(api, id, in_place) {
        let open = part
            .additional_properties
            .is_some_and(|id| !matches!(api[id].kind, SchemaKind::Bool(false)));
        if open || !part.pattern_properties.is_empty() {
            return None;
        }
        names.extend(part.properties.iter().map(|property| property.name.value));
    }
    (!names.is_empty()).then_some(names)
}
