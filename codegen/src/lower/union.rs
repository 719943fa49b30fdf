//! `oneOf` and `anyOf`: a union only where something in the value tells which branch it is.
use super::{
    Ctx,
    flat::{Choice, Flat, Key, Part, flatten, is_null},
    shape::Class,
};
use crate::{
    docs::Docs,
    ir::{JsonType, Kind, Tag, TagValue, Union, UnionVariant},
};
use std::collections::HashSet;
use tidings_document::{
    Node, Value,
    api::{SchemaId, SchemaKind, Type},
};

/// What the choices of a schema come down to.
pub(crate) enum Choices {
    None,
    /// There is only one branch, and `null` perhaps.
    Same(Key, bool),
    /// All branches are texts, some or all of them listed.
    Texts(Vec<String>),
    Union(Plan),
    Unknown(&'static str),
}

/// A union that can be told apart.
pub(crate) struct Plan {
    pub(crate) tag: Tag,
    pub(crate) nullable: bool,
    pub(crate) branches: Vec<Branch>,
}

/// A branch before its type is made.
pub(crate) struct Branch {
    pub(crate) key: Key,
    pub(crate) name: String,
    pub(crate) docs: Docs,
}

struct View<'a> {
    id: SchemaId,
    key: Key,
    flat: Flat<'a>,
}

impl<'a> Ctx<'a> {
    pub(crate) fn choices(&self, flat: &Flat<'a>) -> Choices {
        let groups: Vec<&Choice> = flat
            .choices
            .iter()
            .filter(|choice| !self.only_limits(choice))
            .collect();
        match groups[..] {
            [] => self.children(flat).unwrap_or(Choices::None),
            [choice] => self.choice(flat, choice),
            _ => Choices::Unknown("several `oneOf` or `anyOf` hold together"),
        }
    }

    /// A base with a discriminator stands for the schemas that have it in their `allOf`.
    fn children(&self, flat: &Flat<'a>) -> Option<Choices> {
        let base = *flat.members.first().filter(|_| flat.whole)?;
        self.api[base].object()?.discriminator?;
        let child = |id: &SchemaId| {
            self.api[*id]
                .object()
                .is_some_and(|object| object.all_of.contains(&base))
        };
        let branches: Vec<SchemaId> = (0..self.api.schemas.len())
            .filter_map(|index| u32::try_from(index).ok())
            .map(SchemaId)
            .filter(child)
            .collect();
        if branches.is_empty() {
            return None;
        }
        let views: Vec<View<'a>> = branches
            .into_iter()
            .map(|id| View {
                id,
                key: vec![Part::whole(id)],
                flat: flatten(self.api, &[Part::whole(id)]),
            })
            .collect();
        let tag = discriminator(flat, &views, self)?;
        Some(Choices::Union(Plan {
            branches: self.branches(&views, &tag),
            tag,
            nullable: false,
        }))
    }

    /// Whether the branches only say which properties must be there, which changes no type.
    fn only_limits(&self, choice: &Choice) -> bool {
        choice.branches.iter().all(|id| match &self.api[*id].kind {
            SchemaKind::Object(object) => {
                object.properties.is_empty()
                    && object.types.is_none()
                    && object.enumeration.is_none()
                    && object.constant.is_none()
                    && object.all_of.is_empty()
                    && object.one_of.is_empty()
                    && object.any_of.is_empty()
                    && object.items.is_none()
                    && object.additional_properties.is_none()
            }
            _ => false,
        })
    }

    fn choice(&self, flat: &Flat<'a>, choice: &Choice) -> Choices {
        let views: Vec<View<'a>> = choice
            .branches
            .iter()
            .map(|id| self.view(flat, choice, *id))
            .collect();
        let nullable = views
            .iter()
            .any(|view| only_null(&view.flat) || view.flat.allows_null());
        let mut views: Vec<View<'a>> = views
            .into_iter()
            .filter(|view| !only_null(&view.flat))
            .collect();
        let mut seen = HashSet::new();
        views.retain(|view| seen.insert(view.id));
        if views.iter().any(|view| view.flat.never) {
            return Choices::Unknown("no value fits a branch");
        }
        if let [only] = &views[..] {
            return Choices::Same(only.key.clone(), nullable);
        }
        if let Some(texts) = texts(&views) {
            return Choices::Texts(texts);
        }
        let tag = discriminator(flat, &views, self)
            .or_else(|| by_property(self, &views))
            .or_else(|| by_type(&views));
        // Branches of `anyOf` may hold together, so that one property does not exclude the others.
        let tag = tag.or_else(|| {
            if choice.exclusive {
                by_key(&views)
            } else {
                None
            }
        });
        match tag {
            _ if views.is_empty() => Choices::Unknown("all branches are `null`"),
            Some(tag) => Choices::Union(Plan {
                branches: self.branches(&views, &tag),
                tag,
                nullable,
            }),
            None => Choices::Unknown("nothing tells the branches of `oneOf` or `anyOf` apart"),
        }
    }

    /// A branch with what the schema around it says to all branches.
    fn view(&self, flat: &Flat<'a>, choice: &Choice, id: SchemaId) -> View<'a> {
        let alone = flatten(self.api, &[Part::whole(id)]);
        let covered = flat
            .members
            .iter()
            .all(|member| alone.members.contains(member));
        if covered || flat.is_plain() {
            return View {
                id,
                key: vec![Part::whole(id)],
                flat: alone,
            };
        }
        let around = flat.members.iter().map(|member| Part {
            bare: *member == choice.owner.id,
            ..Part::whole(*member)
        });
        let key: Key = around
            .filter(|part| part.id != id)
            .chain([Part::whole(id)])
            .collect();
        let flat = flatten(self.api, &key);
        View { id, key, flat }
    }

    fn branches(&self, views: &[View<'a>], tag: &Tag) -> Vec<Branch> {
        let branch = |(index, view): (usize, &View<'a>)| Branch {
            key: view.key.clone(),
            name: self.branch_name(view, tag, index),
            docs: self.docs_of(&view.flat, &vec![Part::whole(view.id)]),
        };
        views.iter().enumerate().map(branch).collect()
    }

    fn branch_name(&self, view: &View<'a>, tag: &Tag, index: usize) -> String {
        let schema = self.name_of(&vec![Part::whole(view.id)]);
        let title = || {
            view.flat
                .title()
                .map(|text| text.value)
                .filter(|title| title.split_whitespace().count() <= 3)
        };
        if let Some(name) = schema.or_else(title) {
            return name.to_owned();
        }
        match tag {
            Tag::Property { values, .. } => match &values[index][..] {
                [TagValue::Text(text), ..] => text.clone(),
                [TagValue::Integer(number), ..] => format!("kind {number}"),
                [] => format!("branch {}", index + 1),
            },
            Tag::Type(types) => type_name(types[index]).to_owned(),
            Tag::Key(keys) => format!("with {}", keys[index]),
        }
    }

    /// The types of a schema that allows several, one variant each.
    pub(crate) fn by_type(&self, flat: &Flat<'a>, kinds: &[Type]) -> Class {
        let types: Vec<JsonType> = kinds.iter().filter_map(|kind| json_type(*kind)).collect();
        let branch = |kind: &Type| Branch {
            key: flat
                .members
                .iter()
                .map(|id| Part {
                    id: *id,
                    bare: false,
                    only: Some(*kind),
                })
                .collect(),
            name: json_type(*kind).map_or("value", type_name).to_owned(),
            docs: vec![format!("A value of type `{}`.", kind.as_str())],
        };
        Class::Union(Plan {
            branches: kinds.iter().map(branch).collect(),
            tag: Tag::Type(types),
            nullable: false,
        })
    }

    pub(crate) fn union(&mut self, plan: Plan, hint: &str) -> Kind {
        let mut variants = Vec::new();
        for branch in plan.branches {
            let mut slot = self.slot(&branch.key, &format!("{hint} {}", branch.name));
            slot.nullable = false;
            variants.push(UnionVariant {
                hint: branch.name,
                ident: String::new(),
                docs: branch.docs,
                slot,
            });
        }
        Kind::Union(Union {
            tag: plan.tag,
            variants,
        })
    }
}

fn only_null(flat: &Flat<'_>) -> bool {
    let typed = flat
        .types
        .is_some_and(|types| types.only() == Some(Type::Null));
    let listed = flat
        .enumeration
        .as_ref()
        .is_some_and(|values| !values.is_empty() && values.iter().all(|node| is_null(node)));
    typed || listed || flat.constant.is_some_and(is_null)
}

/// Listed texts, where all branches are texts and at least one lists them: an enum is open anyway.
fn texts(views: &[View<'_>]) -> Option<Vec<String>> {
    let mut texts = Vec::new();
    for View { flat, .. } in views {
        let listed = flat
            .enumeration
            .iter()
            .flatten()
            .copied()
            .chain(flat.constant);
        let listed: Vec<&str> = listed
            .filter(|node| !is_null(node))
            .map(Node::as_str)
            .collect::<Option<_>>()?;
        let any_text = flat.types() == [Type::String] && flat.format().is_none();
        if !flat.choices.is_empty() || (listed.is_empty() && !any_text) {
            return None;
        }
        texts.extend(listed.into_iter().map(str::to_owned));
    }
    (!texts.is_empty()).then_some(texts)
}

fn discriminator<'a>(flat: &Flat<'a>, views: &[View<'a>], ctx: &Ctx<'a>) -> Option<Tag> {
    let object = flat.discriminator.or_else(|| shared_discriminator(views))?;
    let name = object.discriminator?.value;
    // Where a base lists all values for all branches, the names of the branches are meant.
    let by_values = branch_values(views, object, |view| tag_values(ctx, view, name));
    let by_names = || {
        branch_values(views, object, |view| {
            ctx.name_of(&vec![Part::whole(view.id)])
                .map(|name| vec![TagValue::Text(name.to_owned())])
        })
    };
    let values = by_values
        .filter(|values| disjoint(values))
        .or_else(by_names)?;
    disjoint(&values).then(|| Tag::Property {
        wire: name.to_owned(),
        values,
    })
}

/// The values of each branch: those that the discriminator's mapping gives it, or others.
fn branch_values<'a>(
    views: &[View<'a>],
    object: &tidings_document::api::SchemaObject<'a>,
    others: impl Fn(&View<'a>) -> Option<Vec<TagValue>>,
) -> Option<Vec<Vec<TagValue>>> {
    let values = |view: &View<'a>| {
        let mapped = object
            .discriminator_mapping
            .iter()
            .filter(|(_, id)| *id == Some(view.id));
        let mapped: Vec<TagValue> = mapped
            .map(|(value, _)| TagValue::Text(value.value.to_owned()))
            .collect();
        if mapped.is_empty() {
            others(view)
        } else {
            Some(mapped)
        }
    };
    views.iter().map(values).collect()
}

/// The discriminator of the base that all branches have in common.
fn shared_discriminator<'a>(
    views: &[View<'a>],
) -> Option<&'a tidings_document::api::SchemaObject<'a>> {
    let first = views.first()?.flat.discriminator?;
    let same = |view: &View<'a>| {
        view.flat
            .discriminator
            .and_then(|object| object.discriminator)
            .map(|text| text.value)
    };
    views
        .iter()
        .all(|view| same(view) == first.discriminator.map(|text| text.value))
        .then_some(first)
}

/// A property that is required in every branch and never the same in two.
fn by_property(ctx: &Ctx<'_>, views: &[View<'_>]) -> Option<Tag> {
    let first = views.first()?;
    first.flat.required.iter().find_map(|name| {
        let values: Vec<Vec<TagValue>> = views
            .iter()
            .map(|view| {
                if view.flat.required.contains(name) {
                    tag_values(ctx, view, name)
                } else {
                    None
                }
            })
            .collect::<Option<_>>()?;
        disjoint(&values).then(|| Tag::Property {
            wire: (*name).to_owned(),
            values,
        })
    })
}

fn tag_values(ctx: &Ctx<'_>, view: &View<'_>, name: &str) -> Option<Vec<TagValue>> {
    let (_, key) = view
        .flat
        .properties
        .iter()
        .find(|(known, _)| *known == name)?;
    values_of(&flatten(ctx.api, key))
}

/// The texts or integers that are the only values of a schema.
pub(crate) fn values_of(flat: &Flat<'_>) -> Option<Vec<TagValue>> {
    let nodes: Vec<&Node> = match (flat.constant, &flat.enumeration) {
        (Some(node), _) => vec![node],
        (None, Some(nodes)) => nodes.clone(),
        (None, None) => return None,
    };
    let value = |node: &&Node| match &node.value {
        Value::String(text) => Some(TagValue::Text(text.clone())),
        Value::Number(number) => number.as_i64().map(TagValue::Integer),
        _ => None,
    };
    nodes.iter().map(value).collect()
}

/// Whether no value is in two lists, and all are of one kind.
fn disjoint(values: &[Vec<TagValue>]) -> bool {
    let mut seen: Vec<&TagValue> = Vec::new();
    let all: Vec<&TagValue> = values.iter().flatten().collect();
    let texts = all
        .iter()
        .filter(|value| matches!(value, TagValue::Text(_)))
        .count();
    let unique = all.iter().all(|value| {
        let new = !seen.contains(value);
        seen.push(value);
        new
    });
    unique && (texts == 0 || texts == all.len()) && values.iter().all(|values| !values.is_empty())
}

fn by_type(views: &[View<'_>]) -> Option<Tag> {
    let mut types = Vec::new();
    for view in views {
        let kinds = kinds(&view.flat);
        let [kind] = kinds[..] else { return None };
        let kind = json_type(kind)?;
        if types.contains(&kind) {
            return None;
        }
        types.push(kind);
    }
    Some(Tag::Type(types))
}

fn kinds(flat: &Flat<'_>) -> Vec<Type> {
    let value_type = |node: &Node| match node.value {
        Value::String(_) => Type::String,
        Value::Number(_) => Type::Number,
        Value::Bool(_) => Type::Boolean,
        Value::Array(_) => Type::Array,
        Value::Object(_) => Type::Object,
        Value::Null => Type::Null,
    };
    let listed = flat
        .enumeration
        .iter()
        .flatten()
        .copied()
        .chain(flat.constant)
        .map(value_type);
    let mut kinds = if flat.types.is_some() || !flat.choices.is_empty() {
        Vec::new()
    } else {
        listed.collect::<Vec<_>>()
    };
    if kinds.is_empty() {
        kinds = flat.types();
    }
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}

fn json_type(kind: Type) -> Option<JsonType> {
    match kind {
        Type::Null => None,
        Type::Boolean => Some(JsonType::Bool),
        Type::Integer | Type::Number => Some(JsonType::Number),
        Type::String => Some(JsonType::String),
        Type::Array => Some(JsonType::Array),
        Type::Object => Some(JsonType::Object),
    }
}

fn type_name(kind: JsonType) -> &'static str {
    match kind {
        JsonType::Bool => "bool",
        JsonType::Number => "number",
        JsonType::String => "text",
        JsonType::Array => "list",
        JsonType::Object => "object",
    }
}

/// A required property that no other branch knows.
fn by_key(views: &[View<'_>]) -> Option<Tag> {
    let known = |view: &View<'_>, name: &str| {
        view.flat.required.contains(&name)
            || view.flat.properties.iter().any(|(known, _)| *known == name)
    };
    let objects = views
        .iter()
        .all(|view| view.flat.types() == [Type::Object] && view.flat.choices.is_empty());
    let key = |index: usize, view: &View<'_>| {
        let others = || {
            views
                .iter()
                .enumerate()
                .filter(|(other, _)| *other != index)
        };
        view.flat
            .required
            .iter()
            .find(|name| !others().any(|(_, other)| known(other, name)))
            .map(|name| (*name).to_owned())
    };
    let keys: Option<Vec<String>> = views
        .iter()
        .enumerate()
        .map(|(index, view)| key(index, view))
        .collect();
    keys.filter(|_| objects).map(Tag::Key)
}
