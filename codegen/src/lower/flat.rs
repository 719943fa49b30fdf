//! One view of a schema with its `allOf`: what all of them say together.
use indexmap::{IndexMap, map::Entry};
use std::collections::HashSet;
use tidings_document::{
    Node, Number, Span, Text, Union, Value,
    api::{Api, Items, SchemaId, SchemaKind, SchemaObject, Type, Types},
    heirs_of, is_heir,
};

/// Schemas that hold together, each once, in the order in which they are met.
pub(crate) type Key = Vec<Part>;

/// A schema, or a part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Part {
    pub(crate) id: SchemaId,
    /// Without its `oneOf` and `anyOf`: what all their branches have in common.
    pub(crate) bare: bool,
    /// Only for values of this type.
    pub(crate) only: Option<Type>,
}

impl Part {
    pub(crate) fn whole(id: SchemaId) -> Self {
        Self {
            id,
            bare: false,
            only: None,
        }
    }
}

/// `oneOf` or `anyOf`, or what a base with a discriminator stands for.
#[derive(Debug, Clone)]
pub(crate) struct Choice<'a> {
    pub(crate) owner: Part,
    /// Whether just one branch may hold: not so for `anyOf`.
    pub(crate) exclusive: bool,
    pub(crate) branches: Vec<SchemaId>,
    /// How the branches are told apart, where that is known already.
    pub(crate) union: Option<Union<'a>>,
}

/// `additionalProperties`.
#[derive(Debug, Clone, Default)]
pub(crate) enum Additional {
    #[default]
    Absent,
    Open,
    Closed,
    Typed(Key),
}

/// What several schemas say together.
#[derive(Debug, Default)]
pub(crate) struct Flat<'a> {
    /// Every schema that took part.
    pub(crate) members: Vec<SchemaId>,
    pub(crate) types: Option<Types>,
    pub(crate) nullable: bool,
    pub(crate) objects: Vec<&'a SchemaObject<'a>>,
    /// The schemas that those are of.
    pub(crate) ids: Vec<SchemaId>,
    pub(crate) properties: IndexMap<&'a str, Key>,
    pub(crate) required: Vec<&'a str>,
    pub(crate) additional: Additional,
    /// Patterns of properties, and their schemas.
    pub(crate) patterned: Vec<(&'a str, SchemaId)>,
    pub(crate) choices: Vec<Choice<'a>>,
    pub(crate) enumeration: Option<Vec<&'a Node>>,
    pub(crate) constant: Option<&'a Node>,
    /// Nothing fits.
    pub(crate) never: bool,
    /// Place of the first schema.
    pub(crate) span: Option<Span>,
}

/// Most schemas that one view may take together.
const MEMBERS: usize = 256;

/// Takes the schemas of a key and all in their `allOf` together.
pub(crate) fn flatten<'a>(api: &'a Api<'a>, key: &[Part]) -> Flat<'a> {
    let mut flat = Flat::default();
    let bare = |id: SchemaId| key.iter().find(|part| part.bare && part.id == id).copied();
    let mut seen = HashSet::new();
    let mut stack: Vec<(Part, bool)> = key.iter().rev().map(|part| (*part, false)).collect();
    while let Some((part, ready)) = stack.pop() {
        let schema = &api[part.id];
        if ready {
            flat.add(schema.object().into_iter().next(), part);
            flat.add_heirs(api, part);
            continue;
        }
        if !seen.insert(part.id) || seen.len() > MEMBERS {
            continue;
        }
        flat.members.push(part.id);
        flat.span.get_or_insert(schema.node.span);
        match &schema.kind {
            SchemaKind::Bool(false) => flat.never = true,
            SchemaKind::Bool(true) | SchemaKind::Unresolved => {}
            SchemaKind::Object(object) => {
                stack.push((part, true));
                stack.extend(
                    object
                        .all_of
                        .iter()
                        .rev()
                        .map(|id| (bare(*id).unwrap_or(Part::whole(*id)), false)),
                );
            }
        }
    }
    // A child that takes its base's properties is not its base's choice among the children.
    let members: HashSet<_> = flat.members.iter().copied().collect();
    flat.choices.retain(|choice| {
        let mut others = choice.branches.iter().filter(|id| **id != choice.owner.id);
        !others.any(|branch| members.contains(branch))
    });
    flat.settle_additional(api);
    flat.settle_values();
    flat.never |= flat
        .types
        .is_some_and(|types| types.iter().next().is_none());
    flat
}

impl<'a> Flat<'a> {
    fn add(&mut self, object: Option<&'a SchemaObject<'a>>, part: Part) {
        let Some(object) = object else { return };
        let types = match (object.types, part.only) {
            (types, Some(only)) if types.is_none_or(|types| types.contains(only)) => {
                let mut set = Types::default();
                set.insert(only);
                Some(set)
            }
            (types, _) => types,
        };
        self.add_types(types);
        self.nullable |= object.nullable && part.only.is_none();
        for property in &object.properties {
            self.add_property(property.name.value, property.schema);
        }
        for name in &object.required {
            if !self.required.contains(&name.value) {
                self.required.push(name.value);
            }
        }
        if let Some(id) = object.additional_properties {
            self.additional = match std::mem::take(&mut self.additional) {
                Additional::Typed(mut key) => {
                    push(&mut key, id);
                    Additional::Typed(key)
                }
                _ => Additional::Typed(vec![Part::whole(id)]),
            };
        }
        self.patterned.extend(
            object
                .pattern_properties
                .iter()
                .map(|property| (property.name.value, property.schema)),
        );
        if !part.bare {
            let choices = [(true, &object.one_of), (false, &object.any_of)]
                .into_iter()
                .filter(|(_, branches)| !branches.is_empty());
            self.choices
                .extend(choices.map(|(exclusive, branches)| Choice {
                    owner: part,
                    exclusive,
                    branches: branches.clone(),
                    union: None,
                }));
        }
        self.add_values(object);
        self.objects.push(object);
        self.ids.push(part.id);
    }

    /// A base with a discriminator stands for the schemas that have it in their `allOf`, but not for one of them that
    /// takes part itself: of many heirs each would ask for all.
    fn add_heirs(&mut self, api: &'a Api<'a>, part: Part) {
        let mut members = self.members.iter();
        if part.bare || members.any(|member| is_heir(api, *member, part.id)) {
            return;
        }
        let union = heirs_of(api, part.id);
        self.choices.extend(union.map(|union| Choice {
            owner: part,
            exclusive: true,
            branches: union.branches.iter().map(|branch| branch.schema).collect(),
            union: Some(union),
        }));
    }

    /// `true` and `false` are no types; `false` beside the properties of other schemas would forbid those, so it is left out.
    fn settle_additional(&mut self, api: &Api<'_>) {
        let Additional::Typed(key) = &mut self.additional else {
            return;
        };
        let closed = key
            .iter()
            .any(|part| matches!(api[part.id].kind, SchemaKind::Bool(false)));
        key.retain(|part| !matches!(api[part.id].kind, SchemaKind::Bool(_)));
        let holders = self
            .objects
            .iter()
            .filter(|object| !object.properties.is_empty())
            .count();
        if closed {
            self.additional = if holders > 1 {
                Additional::Absent
            } else {
                Additional::Closed
            };
        } else if key.is_empty() {
            self.additional = Additional::Open;
        }
    }

    /// Values that are listed, though the types do not have them, are none.
    fn settle_values(&mut self) {
        let Some(types) = self.types else { return };
        let nullable = self.nullable;
        let fits = |node: &Node| has(types, node) || (nullable && is_null(node));
        if let Some(values) = &mut self.enumeration {
            let listed = values.len();
            values.retain(|node| fits(node));
            self.never |= values.is_empty() && listed > 0;
        }
        self.never |= self.constant.is_some_and(|node| !fits(node));
    }

    fn add_types(&mut self, types: Option<Types>) {
        let Some(types) = types else { return };
        let both = match self.types {
            None => types,
            Some(before) => {
                let mut both = Types::default();
                before
                    .iter()
                    .filter(|kind| accepts(types, *kind))
                    .for_each(|kind| both.insert(kind));
                types
                    .iter()
                    .filter(|kind| accepts(before, *kind))
                    .for_each(|kind| both.insert(kind));
                both
            }
        };
        self.types = Some(both);
    }

    fn add_property(&mut self, name: &'a str, id: SchemaId) {
        match self.properties.entry(name) {
            Entry::Occupied(known) => push(known.into_mut(), id),
            Entry::Vacant(place) => {
                place.insert(vec![Part::whole(id)]);
            }
        }
    }

    fn add_values(&mut self, object: &'a SchemaObject<'a>) {
        if let Some(values) = object.enumeration {
            self.enumeration = Some(match self.enumeration.take() {
                None => values.iter().collect(),
                Some(before) => before
                    .into_iter()
                    .filter(|value| values.iter().any(|other| other.is_same(value)))
                    .collect(),
            });
        }
        self.constant = object.constant.or(self.constant);
    }

    /// The first value that any of the schemas has for a keyword; the schema itself comes before its `allOf`.
    pub(crate) fn first<T>(
        &self,
        keyword: impl Fn(&'a SchemaObject<'a>) -> Option<T>,
    ) -> Option<T> {
        self.objects.iter().rev().find_map(|object| keyword(object))
    }

    pub(crate) fn title(&self) -> Option<Text<'a>> {
        self.first(|object| object.title)
    }

    pub(crate) fn format(&self) -> Option<&'a str> {
        self.first(|object| object.format).map(|text| text.value)
    }

    pub(crate) fn items(&self) -> Option<&'a Items> {
        self.first(|object| object.items.as_ref())
    }

    /// Whether `null` is all that fits.
    pub(crate) fn is_null(&self) -> bool {
        let typed = self
            .types
            .is_some_and(|types| types.only() == Some(Type::Null));
        let listed = self
            .enumeration
            .as_ref()
            .is_some_and(|values| !values.is_empty() && values.iter().all(|node| is_null(node)));
        typed || listed || self.constant.is_some_and(is_null)
    }

    /// Whether `null` is allowed besides other values.
    pub(crate) fn allows_null(&self) -> bool {
        let typed = self.types.is_some_and(|types| types.contains(Type::Null));
        let listed = self.enumeration.as_ref();
        let listed = listed.map(|values| values.iter().any(|value| is_null(value)));
        let is_listed = listed.is_some() || self.constant.is_some();
        let fits = listed.unwrap_or(true) && self.constant.is_none_or(is_null);
        self.nullable || if is_listed { fits } else { typed }
    }

    /// The types of its values without `null`; guessed from the other keywords where `type` is missing.
    pub(crate) fn types(&self) -> Vec<Type> {
        let types = match self.types {
            Some(types) => types.iter().filter(|kind| *kind != Type::Null).collect(),
            None => self.implied(),
        };
        if types.contains(&Type::Number) {
            types
                .into_iter()
                .filter(|kind| *kind != Type::Integer)
                .collect()
        } else {
            types
        }
    }

    fn implied(&self) -> Vec<Type> {
        let any = |keyword: fn(&SchemaObject<'_>) -> bool| {
            self.objects.iter().any(|object| keyword(object))
        };
        let object = !self.properties.is_empty()
            || !self.required.is_empty()
            || !self.patterned.is_empty()
            || !matches!(self.additional, Additional::Absent)
            || any(|object| object.min_properties.is_some() || object.max_properties.is_some());
        let array = any(|object| {
            object.items.is_some() || object.min_items.is_some() || object.max_items.is_some()
        });
        let string = any(|object| {
            object.min_length.is_some() || object.max_length.is_some() || object.pattern.is_some()
        });
        let number = any(|object| {
            object.minimum.is_some()
                || object.maximum.is_some()
                || object.multiple_of.is_some()
                || object.exclusive_minimum.is_some()
                || object.exclusive_maximum.is_some()
        });
        [
            (object, Type::Object),
            (array, Type::Array),
            (string, Type::String),
            (number, Type::Number),
        ]
        .into_iter()
        .filter_map(|(implied, kind)| implied.then_some(kind))
        .collect()
    }

    /// Whether the schemas describe an object or a list, whose type then needs no saying.
    pub(crate) fn is_meant(&self) -> bool {
        !self.properties.is_empty()
            || !matches!(self.additional, Additional::Absent)
            || self.items().is_some()
    }

    /// Whether the schemas say nothing about a value but its choices, type and words about it.
    pub(crate) fn is_plain(&self) -> bool {
        self.properties.is_empty()
            && self.required.is_empty()
            && self.patterned.is_empty()
            && !matches!(self.additional, Additional::Closed | Additional::Typed(_))
            && self.enumeration.is_none()
            && self.constant.is_none()
            && self.items().is_none()
    }
}

/// Whether a value of that type fits: an integer is a number too.
fn accepts(types: Types, kind: Type) -> bool {
    types.contains(kind) || (kind == Type::Integer && types.contains(Type::Number))
}

/// Whether a value is of one of the types.
fn has(types: Types, node: &Node) -> bool {
    let kind = match &node.value {
        Value::Null => Type::Null,
        Value::Bool(_) => Type::Boolean,
        Value::Number(number) if is_whole(number) => Type::Integer,
        Value::Number(_) => Type::Number,
        Value::String(_) => Type::String,
        Value::Array(_) => Type::Array,
        Value::Object(_) => Type::Object,
    };
    accepts(types, kind)
}

/// Whether a number has no fraction, to the last digit.
fn is_whole(number: &Number) -> bool {
    let text = number.to_string();
    let (mantissa, power) = text.split_once(['e', 'E']).unwrap_or((&text, "0"));
    let fraction = mantissa
        .split_once('.')
        .map_or("", |(_, fraction)| fraction);
    let fraction = fraction.trim_end_matches('0').len();
    let power: i64 = power.parse().unwrap_or_default();
    i64::try_from(fraction).is_ok_and(|places| places <= power)
}

/// Whether every name fits a pattern.
pub(crate) fn takes_all(pattern: &str) -> bool {
    const ALL: [&str; 6] = ["", ".*", "^.*$", "^.*", ".*$", "^"];
    ALL.contains(&pattern)
}

fn push(key: &mut Key, id: SchemaId) {
    if !key.iter().any(|part| part.id == id) {
        key.push(Part::whole(id));
    }
}

pub(crate) fn is_null(node: &Node) -> bool {
    matches!(node.value, Value::Null)
}
