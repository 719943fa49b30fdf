//! JSON types of branches, by which unions tell them apart.
use super::{
    Ctx,
    flat::{Choice, Flat},
    union::View,
};
use crate::ir::{JsonType, Tag};
use tidings_document::{Node, Value, api::Type};

/// JSON types, and whether `null` is one too.
type Kinds = (Vec<JsonType>, bool);

/// How deep branches within branches are looked into.
const DEPTH: usize = 2;

impl<'a> Ctx<'a> {
    /// By JSON type, where no two branches have one in common.
    pub(super) fn by_types(&self, views: &[View<'a>]) -> Option<Tag> {
        let kinds = views.iter().map(|view| Some(self.kinds(&view.flat)?.0));
        let mut types: Vec<Vec<JsonType>> = kinds.collect::<Option<_>>()?;
        let has = |types: &[JsonType], kind| types.contains(&kind);
        let fractions = types.iter().any(|types| has(types, JsonType::Number));
        for types in &mut types {
            let both = has(types, JsonType::Number);
            types.retain(|kind| !both || *kind != JsonType::Integer);
            // Where there are no other numbers, all are those of this branch.
            let number = types
                .iter_mut()
                .find(|kind| **kind == JsonType::Integer && !fractions);
            number.into_iter().for_each(|kind| *kind = JsonType::Number);
        }
        let mut all: Vec<JsonType> = types.iter().flatten().copied().collect();
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        // An integer is a number too: in just one of both it never is, and in any of both it may be that of the number alone.
        let overlaps = has(&all, JsonType::Integer);
        let told = all.len() == count && !overlaps && types.iter().all(|types| !types.is_empty());
        told.then_some(Tag::Type(types))
    }

    /// The JSON types of values, where they are known.
    pub(super) fn kinds(&self, flat: &Flat<'a>) -> Option<Kinds> {
        self.kinds_within(flat, DEPTH)
    }

    fn kinds_within(&self, flat: &Flat<'a>, depth: usize) -> Option<Kinds> {
        let mut null = flat.is_null() || flat.allows_null();
        let listed = flat
            .enumeration
            .iter()
            .flatten()
            .copied()
            .chain(flat.constant);
        let mut kinds: Vec<JsonType> = listed.filter_map(kind_of).collect();
        let is_listed = !kinds.is_empty();
        let choice = flat.choices.iter().find(|choice| !self.only_limits(choice));
        match choice {
            _ if flat.types.is_some() => {
                kinds = flat.types().into_iter().filter_map(kind).collect()
            }
            _ if !kinds.is_empty() => {}
            Some(choice) => {
                let inner = self.kinds_of_branches(flat, choice, depth);
                if let Some((inner, nullable)) = inner {
                    kinds = inner;
                    null |= nullable;
                } else {
                    kinds = flat.types().into_iter().filter_map(kind).collect();
                }
            }
            None => kinds = flat.types().into_iter().filter_map(kind).collect(),
        }
        // Keywords alone leave values of other types as they are.
        let any = flat.types.is_none() && choice.is_none() && !flat.is_meant() && !is_listed;
        kinds.sort_unstable();
        kinds.dedup();
        if any && !null {
            return None;
        }
        (!kinds.is_empty() || null).then_some((kinds, null))
    }

    fn kinds_of_branches(
        &self,
        flat: &Flat<'a>,
        choice: &Choice<'a>,
        depth: usize,
    ) -> Option<Kinds> {
        let depth = depth.checked_sub(1)?;
        let mut all = Kinds::default();
        for id in choice.branches.iter().filter(|id| **id != choice.owner.id) {
            let view = self.view(flat, choice, *id);
            if !view.flat.never {
                let (kinds, null) = self.kinds_within(&view.flat, depth)?;
                all.0.extend(kinds);
                all.1 |= null;
            }
        }
        Some(all)
    }
}

fn kind(kind: Type) -> Option<JsonType> {
    Some(match kind {
        Type::Null => return None,
        Type::Boolean => JsonType::Bool,
        Type::Integer => JsonType::Integer,
        Type::Number => JsonType::Number,
        Type::String => JsonType::String,
        Type::Array => JsonType::Array,
        Type::Object => JsonType::Object,
    })
}

fn kind_of(node: &Node) -> Option<JsonType> {
    Some(match &node.value {
        Value::Null => return None,
        Value::String(_) => JsonType::String,
        Value::Number(number) if number.is_f64() => JsonType::Number,
        Value::Number(_) => JsonType::Integer,
        Value::Bool(_) => JsonType::Bool,
        Value::Array(_) => JsonType::Array,
        Value::Object(_) => JsonType::Object,
    })
}
