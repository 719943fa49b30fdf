//! `oneOf` and `anyOf`: a union only where something in the value tells which branch it is.
use super::{
    Ctx,
    class::{Branch, Choices, Plan},
    flat::{Choice, Flat, Key, Part, flatten, is_null},
};
use crate::ir::{JsonType, Kind, Tag, TagValue, Union, UnionVariant};
use std::collections::HashSet;
use tidings_document::{
    Node,
    api::{SchemaId, SchemaKind, Type},
    union_of,
};

/// A branch with all that holds of it.
pub(super) struct View<'a> {
    id: SchemaId,
    key: Key,
    pub(super) flat: Flat<'a>,
}

impl<'a> Ctx<'a> {
    pub(crate) fn choices(&self, flat: &Flat<'a>) -> Choices {
        let groups: Vec<&Choice<'a>> = flat
            .choices
            .iter()
            .filter(|choice| !self.only_limits(choice))
            .collect();
        let found = match groups[..] {
            [] => Choices::None,
            [choice] => self.choice(flat, choice),
            _ => Choices::Unknown("several `oneOf` or `anyOf` hold together"),
        };
        match found {
            Choices::Unknown(_) => self.merged(flat, &groups).unwrap_or(found),
            found => found,
        }
    }

    /// One struct for all branches, where they are objects.
    fn merged(&self, flat: &Flat<'a>, groups: &[&Choice<'a>]) -> Option<Choices> {
        let (mut nullable, mut objects) = (false, false);
        for choice in groups {
            for id in &choice.branches {
                let view = self.view(flat, choice, *id);
                let (kinds, null) = self.kinds(&view.flat).unwrap_or_default();
                let is_object = match kinds[..] {
                    [JsonType::Object] => true,
                    [] => view.flat.never || null || flat.types() == [Type::Object],
                    _ => false,
                };
                if !is_object {
                    return None;
                }
                nullable |= null;
                objects |= !view.flat.is_null() && !view.flat.never;
            }
        }
        objects.then_some(Choices::Merged(nullable && groups.len() == 1))
    }

    /// Whether the branches only say which properties must be there, which changes no type.
    pub(crate) fn only_limits(&self, choice: &Choice<'a>) -> bool {
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

    fn choice(&self, flat: &Flat<'a>, choice: &Choice<'a>) -> Choices {
        let views: Vec<View<'a>> = choice
            .branches
            .iter()
            .map(|id| self.view(flat, choice, *id))
            .collect();
        let null = |view: &View<'a>| self.kinds(&view.flat).is_some_and(|(_, null)| null);
        let nullable = views.iter().any(null);
        let mut seen = HashSet::new();
        let mut views = views;
        views.retain(|view| !view.flat.is_null() && !view.flat.never && seen.insert(view.id));
        if let [only] = &views[..] {
            return Choices::Same(only.key.clone(), nullable);
        }
        if let Some((texts, open)) = texts(&views) {
            return Choices::Texts(texts, open);
        }
        let union = choice
            .union
            .clone()
            .or_else(|| union_of(self.api, &flat.members, &choice.branches));
        let tag = union
            .and_then(|union| by_property(&union, &views))
            .or_else(|| self.by_types(&views));
        // Branches of `anyOf` may hold together, so that one property does not exclude the others.
        let tag = tag.or_else(|| {
            if choice.exclusive {
                by_key(&views)
            } else {
                None
            }
        });
        match tag {
            _ if views.is_empty() => Choices::Unknown("no branch has a value but `null`"),
            Some(tag) => Choices::Union(Plan {
                branches: self.branches(&views, &tag),
                tag,
                nullable,
            }),
            None => Choices::Unknown("nothing tells the branches of `oneOf` or `anyOf` apart"),
        }
    }

    /// A branch with what the schema around it says to all branches.
    pub(super) fn view(&self, flat: &Flat<'a>, choice: &Choice<'a>, id: SchemaId) -> View<'a> {
        let alone = flatten(self.api, &[Part::whole(id)]);
        let covered = flat
            .members
            .iter()
            .all(|member| alone.members.contains(member));
        let is_base = id == choice.owner.id;
        if !is_base && (covered || flat.is_plain()) {
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
            .filter(|part| part.bare || part.id != id)
            .chain((!is_base).then(|| Part::whole(id)))
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
            Tag::Type(types) => {
                let names: Vec<_> = types[index].iter().map(|kind| type_name(*kind)).collect();
                names.join(" or ")
            }
            Tag::Key(keys) => format!("with {}", keys[index]),
            Tag::Branch(names) => names[index].clone(),
        }
    }

    /// The types of a schema that allows several, one variant each, and perhaps one for what has none of them.
    pub(crate) fn by_type(&self, flat: &Flat<'a>, kinds: &[Type], open: bool) -> Plan {
        let types = kinds.iter().filter_map(|kind| json_type(*kind));
        let mut types: Vec<_> = types.map(|kind| vec![kind]).collect();
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
        let mut branches: Vec<_> = kinds.iter().map(branch).collect();
        if open {
            types.push(Vec::new());
            branches.push(Branch {
                key: Key::new(),
                name: "other".to_owned(),
                docs: vec!["Any other value, of which the document says nothing.".to_owned()],
            });
        }
        Plan {
            branches,
            tag: Tag::Type(types),
            nullable: false,
        }
    }

    pub(crate) fn union(&mut self, plan: Plan, hint: &str) -> Kind {
        let mut variants = Vec::new();
        for branch in plan.branches {
            // What a base is besides the schemas that build on it.
            let own = if branch.name == hint {
                "base"
            } else {
                &branch.name
            };
            let mut slot = self.slot(&branch.key, &format!("{hint} {own}"));
            slot.nullable = false;
            variants.push(UnionVariant {
                free_tag: None,
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

/// Listed texts, where all branches are texts and at least one lists them; and whether another takes any.
fn texts(views: &[View<'_>]) -> Option<(Vec<String>, bool)> {
    let (mut texts, mut open) = (Vec::new(), false);
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
        open |= listed.is_empty();
        texts.extend(listed.into_iter().map(str::to_owned));
    }
    (!texts.is_empty()).then_some((texts, open))
}

/// The property that tells the branches apart, with the values of each.
fn by_property(union: &tidings_document::Union<'_>, views: &[View<'_>]) -> Option<Tag> {
    let value = |value: &tidings_document::TagValue<'_>| match value {
        tidings_document::TagValue::Text(text) => TagValue::Text((*text).to_owned()),
        tidings_document::TagValue::Integer(number) => TagValue::Integer(*number),
    };
    let values = views.iter().map(|view| {
        let values = union.values_of(view.id)?;
        Some(values.iter().map(value).collect())
    });
    Some(Tag::Property {
        wire: union.property.to_owned(),
        values: values.collect::<Option<_>>()?,
    })
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
        JsonType::Integer => "integer",
        JsonType::Number => "number",
        JsonType::String => "text",
        JsonType::Array => "list",
        JsonType::Object => "object",
    }
}

/// A required property that no other branch knows.
fn by_key(views: &[View<'_>]) -> Option<Tag> {
    let known = |view: &View<'_>, name: &str| {
        view.flat.required.contains(&name) || view.flat.properties.contains_key(name)
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
