//! Keywords that no type expresses, as checks on the JSON of a value: whole schemas where a value has no type of its own, and
//! what is left of them where it has one.
mod keyword;
mod left;
mod number;

use super::{
    Ctx,
    flat::{Key, Part},
};
use crate::ir::{ANY, Check, Checks, ChecksIdx};
pub(crate) use keyword::exact;
pub(crate) use number::number;
use std::collections::HashSet;
use tidings_document::api::{SchemaId, SchemaKind, SchemaObject};

impl<'a> Ctx<'a> {
    /// All that the schemas of a key ask, where that is anything.
    pub(crate) fn all_checks(&mut self, key: &Key) -> Option<ChecksIdx> {
        let mut list = Vec::new();
        for Part { id, .. } in key {
            match &self.api[*id].kind {
                SchemaKind::Bool(false) => list.push(Check::Bare("Never")),
                SchemaKind::Object(object) => list.extend(self.keywords(*id, object)),
                SchemaKind::Bool(true) | SchemaKind::Unresolved => {}
            }
        }
        self.kept_checks(list)
    }

    /// The checks, where there are any.
    pub(crate) fn kept_checks(&mut self, list: Vec<Check>) -> Option<ChecksIdx> {
        (!list.is_empty()).then(|| self.add_checks(list))
    }

    fn add_checks(&mut self, list: Vec<Check>) -> ChecksIdx {
        self.ir.checks.push(Checks { list, number: None });
        self.ir.checks.len() - 1
    }

    /// All that a schema asks; filled in later, so that no chain of references is too long.
    fn checks_of(&mut self, id: SchemaId) -> ChecksIdx {
        if let Some(index) = self.checked.get(&id) {
            return *index;
        }
        let index = match &self.api[id].kind {
            SchemaKind::Bool(true) | SchemaKind::Unresolved => ANY,
            SchemaKind::Bool(false) => self.add_checks(vec![Check::Bare("Never")]),
            SchemaKind::Object(_) => {
                let index = self.add_checks(Vec::new());
                self.unchecked.push_back((index, id));
                index
            }
        };
        self.checked.insert(id, index);
        index
    }

    /// Fills checks in.
    pub(crate) fn fill_checks(&mut self, index: ChecksIdx, id: SchemaId) {
        if let SchemaKind::Object(object) = &self.api[id].kind {
            self.ir.checks[index].list = self.keywords(id, object);
        }
    }

    /// A schema that is about the same value as the one around it; any value where that would be about itself.
    fn in_place(&mut self, around: SchemaId, id: SchemaId) -> ChecksIdx {
        if self.comes_back(around, id) {
            return ANY;
        }
        self.checks_of(id)
    }

    fn comes_back(&self, around: SchemaId, id: SchemaId) -> bool {
        let (mut todo, mut seen) = (vec![id], HashSet::from([id]));
        while let Some(next) = todo.pop() {
            if next == around {
                return true;
            }
            let inner = self.api[next].object().map(same_place);
            todo.extend(inner.into_iter().flatten().filter(|id| seen.insert(*id)));
        }
        false
    }
}

/// The schemas inside one that are about the same value.
fn same_place(object: &SchemaObject<'_>) -> Vec<SchemaId> {
    let lists = [&object.all_of, &object.any_of, &object.one_of];
    let single = [object.not, object.if_, object.then, object.else_];
    let dependent = object.dependencies.iter().map(|entry| entry.schema);
    let single = single.into_iter().flatten().chain(dependent);
    lists.into_iter().flatten().copied().chain(single).collect()
}
