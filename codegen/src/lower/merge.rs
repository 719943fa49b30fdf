//! Branches that nothing tells apart, and what holds only on a condition: the struct has the properties of all, and which of
//! them may be there is checked.
use super::{
    Ctx,
    flat::{Additional, Choice, Flat, Key, Part, flatten},
};
use indexmap::map::Entry;
use std::collections::HashSet;
use tidings_document::api::SchemaId;

/// Most schemas that are looked into for one branch.
const MOST: usize = 64;

impl<'a> Ctx<'a> {
    /// Adds the properties of branches and of conditions.
    pub(crate) fn merge(&self, flat: &mut Flat<'a>) {
        if matches!(flat.additional, Additional::Closed) {
            return;
        }
        let own = flat.properties.len();
        let choices: Vec<Choice<'a>> = flat.choices.clone();
        for choice in choices.iter().filter(|choice| choice.union.is_none()) {
            self.merge_choice(flat, choice, own);
        }
        for (id, certain) in conditional(flat) {
            let part = self.with_inner(id, &mut HashSet::new());
            for (name, key) in part.properties {
                // What a condition asks of a property is not what it is.
                let key = if certain { key } else { Key::new() };
                self.add_one(flat, name, key, own);
            }
        }
    }

    fn merge_choice(&self, flat: &mut Flat<'a>, choice: &Choice<'a>, own: usize) {
        let others = choice.branches.iter().filter(|id| **id != choice.owner.id);
        let branches: Vec<Flat<'a>> = others
            .map(|id| self.with_inner(*id, &mut HashSet::new()))
            .collect();
        let possible = || {
            branches
                .iter()
                .filter(|branch| !branch.never && !branch.is_null())
        };
        if let Some(first) = possible().next() {
            for name in &first.required {
                let in_all = possible().all(|branch| branch.required.contains(name));
                if in_all && !flat.required.contains(name) {
                    flat.required.push(name);
                }
            }
        }
        let closed = |branch: &Flat<'_>| matches!(branch.additional, Additional::Closed);
        let all_closed = possible().next().is_some() && possible().all(closed);
        if all_closed && flat.patterned.is_empty() && matches!(flat.additional, Additional::Absent)
        {
            flat.additional = Additional::Closed;
        }
        for branch in &branches {
            for (name, key) in &branch.properties {
                self.add_one(flat, name, key.clone(), own);
            }
        }
    }

    /// A property that the schemas themselves have keeps its type; one that branches see differently has any.
    fn add_one(&self, flat: &mut Flat<'a>, name: &'a str, key: Key, own: usize) {
        let one = flatten(self.api, &key);
        if one.never {
            return;
        }
        let key = if one.constant.is_some() {
            Key::new()
        } else {
            key
        };
        match flat.properties.entry(name) {
            Entry::Vacant(place) => {
                place.insert(key);
            }
            Entry::Occupied(mut known) if known.index() >= own && *known.get() != key => {
                known.insert(Key::new());
            }
            Entry::Occupied(_) => {}
        }
    }

    /// A schema with the properties of its own branches and conditions.
    fn with_inner(&self, id: SchemaId, seen: &mut HashSet<SchemaId>) -> Flat<'a> {
        let mut flat = flatten(self.api, &[Part::whole(id)]);
        seen.insert(id);
        let choices = flat
            .choices
            .iter()
            .flat_map(|choice| choice.branches.clone());
        let branches = choices.map(|branch| (branch, true));
        let inner: Vec<_> = branches.chain(conditional(&flat)).collect();
        for (branch, certain) in inner {
            if seen.contains(&branch) || seen.len() > MOST {
                continue;
            }
            for (name, key) in self.with_inner(branch, seen).properties {
                let key = if certain { key } else { Key::new() };
                flat.properties.entry(name).or_insert(key);
            }
        }
        flat
    }
}

/// What holds of an object on a condition, and whether that says of properties what they are.
fn conditional(flat: &Flat<'_>) -> Vec<(SchemaId, bool)> {
    let parts = flat.objects.iter().flat_map(|object| {
        let dependent = object.dependencies.iter().map(|entry| entry.schema);
        let then = [object.then, object.else_].into_iter().flatten();
        let then = then.chain(dependent).map(|id| (id, true));
        then.chain(object.if_.map(|id| (id, false)))
    });
    parts.collect()
}
