//! What `unevaluatedProperties` and `unevaluatedItems` are about: what no other keyword speaks of.

use std::collections::HashSet;

use super::place::Place;
use super::steps::Step;
use super::{MAX_NESTED, Work};
use crate::Violation;
use jsonschema::json::{Array, Json, Node, NodeIdentity, Object};

/// Parts of a value.
type Spoken = HashSet<NodeIdentity>;

impl<'e, F: Json> Work<'e, F> {
    /// The parts that nothing speaks of and that are not allowed then.
    pub(super) fn unevaluated<'v>(
        &mut self,
        place: &Place<'v, F>,
        keyword: &'static str,
        schema: &Place<'v, F>,
    ) -> Vec<Violation>
    where
        'e: 'v,
    {
        let mut spoken = Spoken::new();
        self.speak(place, &mut spoken, 0);
        let mut found = Vec::new();
        for part in parts(place, keyword, schema) {
            let is_spoken = part.value.identity();
            let is_spoken = is_spoken.is_none_or(|part| spoken.contains(&part));
            if !is_spoken && !self.holds(&part) {
                found.push(part);
            }
        }
        if keyword == "unevaluatedItems" && !found.is_empty() {
            let message = format!("the array has `{}` items too many", found.len());
            return vec![place.violation(self.part, keyword, message)];
        }
        let not_allowed = |part: &Place<'v, F>| {
            let instance = part.value_way.pointer();
            let name = instance.rsplit('/').next().unwrap_or_default();
            let name = name.replace("~1", "/").replace("~0", "~");
            let message = format!("property `{name}` is not allowed");
            Violation {
                instance,
                ..place.violation(self.part, keyword, message)
            }
        };
        found.iter().map(not_allowed).collect()
    }

    /// Adds the parts that the schema speaks of, but for its own `unevaluated…`.
    fn speak<'v>(&mut self, place: &Place<'v, F>, spoken: &mut Spoken, depth: usize)
    where
        'e: 'v,
    {
        if depth == MAX_NESTED / 8 {
            return;
        }
        for step in self.explainer.steps(place) {
            match step {
                Step::Inside(parts) => {
                    spoken.extend(parts.filter_map(|part| part.value.identity()))
                }
                Step::InPlace(other) => self.speak(&other, spoken, depth + 1),
                Step::Union(_, branches) => {
                    for branch in branches {
                        if self.holds(&branch) {
                            self.speak(&branch, spoken, depth + 1);
                        }
                    }
                }
                Step::If(condition, branches) => {
                    if self.holds(&condition) {
                        self.speak(&condition, spoken, depth + 1);
                    }
                    if let Some(branch) = self.branch(&condition, branches) {
                        self.speak(&branch, spoken, depth + 1);
                    }
                }
                Step::Contains(item) => {
                    for part in parts(place, "unevaluatedItems", &item) {
                        if self.holds(&part) {
                            spoken.extend(part.value.identity());
                        }
                    }
                }
                Step::Unevaluated(keyword, schema) if depth > 0 => {
                    let all = parts(place, keyword, &schema);
                    spoken.extend(all.filter_map(|part| part.value.identity()));
                }
                Step::Not(_) | Step::Names(_) | Step::Unevaluated(..) => {}
            }
        }
    }
}

/// All parts of a value that a keyword about properties, or about items, may be about.
fn parts<'v, F: Json>(
    place: &Place<'v, F>,
    keyword: &str,
    schema: &Place<'v, F>,
) -> Box<dyn Iterator<Item = Place<'v, F>> + 'v> {
    let schema = schema.clone();
    let part =
        move |value, way| schema.inside(schema.schema, schema.schema_way.clone(), value, way);
    let way = place.value_way.clone();
    if keyword == "unevaluatedItems" {
        let items = place.value.as_array();
        let items = items.map(|items| items.elements()).into_iter().flatten();
        return Box::new(
            items
                .enumerate()
                .map(move |(index, item)| part(item, way.index(index))),
        );
    }
    let members = place.value.as_object();
    let members = members.map(|object| object.members()).into_iter().flatten();
    Box::new(members.map(move |(name, value)| part(value, way.name(name))))
}
