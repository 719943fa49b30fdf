//! How the alternatives of a schema are told apart: by one property, whose value says which of them is meant.
//!
//! Every later stage asks here, so that validation, generated code, examples and the page agree.
use std::{
    collections::{HashMap, HashSet},
    fmt,
};

use crate::{
    Node, Value,
    api::{Api, Schema, SchemaId, SchemaObject, Type},
};

/// Alternatives that the value of one property tells apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Union<'a> {
    /// The property.
    pub property: &'a str,
    /// Whether a `discriminator` names the property; else constants alone tell.
    pub is_stated: bool,
    /// Each alternative once, but for `null`.
    pub branches: Vec<UnionBranch<'a>>,
}

/// One alternative.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnionBranch<'a> {
    /// Its schema.
    pub schema: SchemaId,
    /// The values of the property that mean it; no other alternative has one of them.
    pub values: Vec<TagValue<'a>>,
}

/// A value that tells alternatives apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TagValue<'a> {
    /// A text.
    Text(&'a str),
    /// An integer.
    Integer(i64),
}

impl<'a> Union<'a> {
    /// The values that mean a schema.
    #[must_use]
    pub fn values_of(&self, schema: SchemaId) -> Option<&[TagValue<'a>]> {
        let branch = self.branches.iter().find(|branch| branch.schema == schema);
        branch.map(|branch| &branch.values[..])
    }
}

impl fmt::Display for TagValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Integer(number) => write!(f, "{number}"),
        }
    }
}

impl TagValue<'_> {
    /// The value in JSON.
    #[must_use]
    pub fn to_json(self) -> serde_json::Value {
        match self {
            Self::Text(text) => text.into(),
            Self::Integer(number) => number.into(),
        }
    }
}

/// Schemas that are looked at for one alternative.
const MOST_PARTS: usize = 256;

/// How the branches of a `oneOf` or `anyOf` are told apart, where that is sure; `around` are the schemas that hold besides.
///
/// A discriminator of those around or of all branches comes first. A branch then goes by the values of its `mapping`, else
/// by its constants, else by its name. Without a discriminator a property counts that every branch requires.
#[must_use]
pub fn union_of<'r>(
    api: &'r Api<'_>,
    around: &[SchemaId],
    branches: &[SchemaId],
) -> Option<Union<'r>> {
    let mut seen = HashSet::new();
    let is_new = |id: &SchemaId| seen.insert(*id);
    let views: Vec<View<'r>> = branches
        .iter()
        .copied()
        .filter(is_new)
        .map(|id| View::of(api, id, around))
        .filter(|view| !view.is_null(api))
        .collect();
    if views.len() < 2 {
        return None;
    }
    let around = parts(api, around);
    let own = around.iter().find(|part| part.discriminator.is_some());
    let stated = match own {
        Some(own) => views.iter().map(|_| *own).collect(),
        None => shared(&views).unwrap_or_default(),
    };
    stated_union(api, &views, &stated).or_else(|| constant_union(api, &views))
}

/// The schemas that a base with a discriminator stands for: those that have it in their `allOf`, and itself.
#[must_use]
pub fn heirs_of<'r>(api: &'r Api<'_>, base: SchemaId) -> Option<Union<'r>> {
    let object = api[base].object()?;
    object.discriminator?;
    let heirs = api.heirs.get(&base)?;
    if !object.one_of.is_empty() || !object.any_of.is_empty() {
        return None;
    }
    let view = |id: &SchemaId| View::of(api, *id, &[]);
    let mut views: Vec<View<'r>> = heirs.iter().chain([&base]).map(view).collect();
    let stated = vec![object; views.len()];
    stated_union(api, &views, &stated).or_else(|| {
        views.pop();
        stated_union(api, &views, &stated[1..])
    })
}

/// Whether a schema is one of those that a base with a discriminator stands for.
#[must_use]
pub fn is_heir(api: &Api<'_>, id: SchemaId, base: SchemaId) -> bool {
    api.heirs
        .get(&base)
        .is_some_and(|heirs| heirs.contains(&id))
}

/// For each schema with a discriminator, the named ones that build on it.
pub(crate) fn heirs(schemas: &[Schema<'_>]) -> HashMap<SchemaId, Vec<SchemaId>> {
    let object = |id: SchemaId| schemas[id.0 as usize].object();
    let is_base = |id: SchemaId| object(id).is_some_and(|object| object.discriminator.is_some());
    let mut heirs: HashMap<SchemaId, Vec<SchemaId>> = HashMap::new();
    if !(0..).map(SchemaId).zip(schemas).any(|(id, _)| is_base(id)) {
        return heirs;
    }
    for (id, schema) in (0..).map(SchemaId).zip(schemas) {
        if schema.name.is_none() {
            continue;
        }
        let (mut todo, mut seen) = (vec![id], HashSet::from([id]));
        while let Some(next) = todo.pop().filter(|_| seen.len() <= MOST_PARTS) {
            for base in object(next).into_iter().flat_map(|object| &object.all_of) {
                if seen.insert(*base) {
                    todo.push(*base);
                    if is_base(*base) {
                        heirs.entry(*base).or_default().push(id);
                    }
                }
            }
        }
    }
    heirs
}

/// One alternative with all that must hold of its values.
struct View<'r> {
    id: SchemaId,
    /// Its own keywords first, then those of its `allOf` and of the schemas around it.
    parts: Vec<&'r SchemaObject<'r>>,
}

impl<'r> View<'r> {
    fn of(api: &'r Api<'_>, id: SchemaId, around: &[SchemaId]) -> Self {
        let all: Vec<SchemaId> = [id].into_iter().chain(around.iter().copied()).collect();
        let parts = parts(api, &all);
        Self { id, parts }
    }

    fn is_null(&self, api: &Api<'_>) -> bool {
        let Some(object) = api[self.id].object() else {
            return false;
        };
        let is_null = |node: &Node| matches!(node.value, Value::Null);
        let typed = object.types.and_then(|types| types.only()) == Some(Type::Null);
        let listed = object.enumeration.unwrap_or_default();
        typed
            || object.constant.is_some_and(is_null)
            || (!listed.is_empty() && listed.iter().all(is_null))
    }

    fn requires(&self, name: &str) -> bool {
        let mut required = self.parts.iter().flat_map(|part| &part.required);
        required.any(|required| required.value == name)
    }

    /// The values that a property may have, where they are listed.
    fn listed(&self, api: &'r Api<'_>, name: &str) -> Option<Vec<&'r Node>> {
        let properties = self.parts.iter().flat_map(|part| &part.properties);
        let named = properties.filter(|property| property.name.value == name);
        let ids: Vec<SchemaId> = named.map(|property| property.schema).collect();
        let mut left: Option<Vec<&Node>> = None;
        for part in parts(api, &ids) {
            let constant = part.constant.map(|node| vec![node]);
            let listed = part.enumeration.map(|nodes| nodes.iter().collect());
            for values in [constant, listed].into_iter().flatten() {
                left = Some(match left {
                    None => values,
                    Some(left) => both(&left, &values),
                });
            }
        }
        left
    }

    fn constants(&self, api: &'r Api<'_>, name: &str) -> Option<Vec<TagValue<'r>>> {
        let value = |node: &&'r Node| match &node.value {
            Value::String(text) => Some(TagValue::Text(text)),
            Value::Number(number) => number.as_i64().map(TagValue::Integer),
            _ => None,
        };
        self.listed(api, name)?.iter().map(value).collect()
    }

    /// The name of the schema, where the property may have it.
    fn name(&self, api: &'r Api<'_>, property: &str) -> Option<Vec<TagValue<'r>>> {
        let name = api[self.id].name.as_deref()?;
        let listed = self.listed(api, property);
        let may = listed.is_none_or(|nodes| nodes.iter().any(|node| node.as_str() == Some(name)));
        may.then(|| vec![TagValue::Text(name)])
    }

    fn mapped(&self, discriminator: &'r SchemaObject<'_>) -> Option<Vec<TagValue<'r>>> {
        let mapping = discriminator.discriminator_mapping.iter();
        let own = mapping.filter(|(_, id)| *id == Some(self.id));
        let values: Vec<_> = own.map(|(value, _)| TagValue::Text(value.value)).collect();
        (!values.is_empty()).then_some(values)
    }
}

fn both<'r>(some: &[&'r Node], others: &[&'r Node]) -> Vec<&'r Node> {
    let in_others = |value: &&Node| others.iter().any(|other| other.is_same(value));
    some.iter().copied().filter(in_others).collect()
}

/// Some schemas and all in their `allOf`, each once.
fn parts<'r>(api: &'r Api<'_>, ids: &[SchemaId]) -> Vec<&'r SchemaObject<'r>> {
    let mut todo: Vec<SchemaId> = ids.iter().rev().copied().collect();
    let (mut seen, mut found) = (HashSet::new(), Vec::new());
    while let Some(id) = todo.pop().filter(|_| found.len() < MOST_PARTS) {
        if seen.insert(id)
            && let Some(object) = api[id].object()
        {
            found.push(object);
            todo.extend(object.all_of.iter().rev());
        }
    }
    found
}

/// The discriminators of all branches, where they name the same property.
fn shared<'r>(views: &[View<'r>]) -> Option<Vec<&'r SchemaObject<'r>>> {
    let of = |view: &View<'r>| {
        let mut parts = view.parts.iter();
        parts.find(|part| part.discriminator.is_some()).copied()
    };
    let found: Vec<_> = views.iter().map(of).collect::<Option<_>>()?;
    let name = |object: &&SchemaObject<'r>| object.discriminator.map(|text| text.value);
    let first = found.first().and_then(name);
    found
        .iter()
        .all(|object| name(object) == first)
        .then_some(found)
}

/// The union by discriminators: one for each view, of the same property.
fn stated_union<'r>(
    api: &'r Api<'_>,
    views: &[View<'r>],
    stated: &[&'r SchemaObject<'r>],
) -> Option<Union<'r>> {
    let property = stated.first()?.discriminator?.value;
    let values = |others: fn(&View<'r>, &'r Api<'_>, &str) -> Option<Vec<TagValue<'r>>>| {
        let pairs = views.iter().zip(stated);
        let values = pairs.map(|(view, object)| {
            let mapped = view.mapped(object);
            mapped.or_else(|| others(view, api, property))
        });
        union(property, true, views, values.collect::<Option<_>>()?)
    };
    // Where a base lists the values of all its heirs, their names are meant.
    values(|view, api, name| view.constants(api, name).or_else(|| view.name(api, name)))
        .or_else(|| values(|view, api, name| view.name(api, name)))
}

/// The union by the first property that every branch requires, never the same in two.
fn constant_union<'r>(api: &'r Api<'_>, views: &[View<'r>]) -> Option<Union<'r>> {
    let mut required = views.first()?.parts.iter().flat_map(|part| &part.required);
    required.find_map(|name| {
        let of = |view: &View<'r>| {
            let required = view.requires(name.value).then_some(view)?;
            required.constants(api, name.value)
        };
        let values = views.iter().map(of).collect::<Option<_>>()?;
        union(name.value, false, views, values)
    })
}

/// The union, where no value means two branches, and all are of one kind.
fn union<'r>(
    property: &'r str,
    is_stated: bool,
    views: &[View<'r>],
    values: Vec<Vec<TagValue<'r>>>,
) -> Option<Union<'r>> {
    let all: Vec<&TagValue<'_>> = values.iter().flatten().collect();
    let texts = all
        .iter()
        .filter(|value| matches!(value, TagValue::Text(_)))
        .count();
    let mut seen = HashSet::new();
    let is_sure = all.iter().all(|value| seen.insert(**value))
        && (texts == 0 || texts == all.len())
        && values.iter().all(|values| !values.is_empty());
    let branches = views.iter().zip(values).map(|(view, values)| UnionBranch {
        schema: view.id,
        values,
    });
    is_sure.then(|| Union {
        property,
        is_stated,
        branches: branches.collect(),
    })
}
