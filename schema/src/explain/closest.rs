//! Which alternative was meant, and what else takes the verdict on other schemas to say.

use jsonschema::json::{Array, Json, Node, Object, SerdeJson};
use serde_json::Value;

use super::distance::{Distance, Fit};
use super::place::Place;
use super::steps::Step;
use super::{Explainer, MAX_VIOLATIONS, Work};
use crate::violation::LIMIT;
use crate::{Violation, wording};

impl<'e, F: Json> Work<'e, F> {
    /// The alternative to go on with, nothing where one fits, or else what is to be said of them together.
    pub(super) fn closest<'v>(
        &mut self,
        keyword: &str,
        branches: Vec<Place<'v, F>>,
    ) -> Result<Option<Place<'v, F>>, String>
    where
        'e: 'v,
    {
        let mut all: Vec<Distance> = Vec::with_capacity(branches.len());
        for branch in &branches {
            all.push(self.distance(branch));
        }
        let fitting = all.iter().enumerate();
        let fitting = fitting.filter(|(_, distance)| distance.count == 0);
        let fitting: Vec<usize> = fitting.map(|(index, _)| index).collect();
        let shown = || {
            let first = branches.first();
            first.map_or_else(String::new, |place| wording::show(&place.value.to_value()))
        };
        match fitting.as_slice() {
            [] => {}
            [_, _, ..] if keyword == "oneOf" => return Err(wording::several(&shown(), &fitting)),
            _ => return Ok(None),
        }
        let count = |fit| all.iter().filter(|distance| distance.fit == fit).count();
        if count(Fit::Meant) == 0 && count(Fit::OtherConstant) != 1 {
            return Err(wording::none_fits(&shown(), all.len()));
        }
        let alternatives = all.len();
        let closest = branches.into_iter().zip(&all);
        let closest = closest.min_by_key(|(_, distance)| **distance);
        Ok(closest.map(|(mut place, _)| {
            if alternatives > 1 {
                place.alternatives = alternatives;
            }
            place
        }))
    }

    /// The branch of a condition that counts.
    pub(super) fn branch<'v>(
        &mut self,
        condition: &Place<'v, F>,
        [then, otherwise]: [Option<Place<'v, F>>; 2],
    ) -> Option<Place<'v, F>>
    where
        'e: 'v,
    {
        if self.holds(condition) {
            then
        } else {
            otherwise
        }
    }

    /// What a step says of the value by the verdict on other schemas alone.
    pub(super) fn complaints<'v>(
        &mut self,
        place: &Place<'v, F>,
        step: Step<'v, F>,
    ) -> Vec<Violation>
    where
        'e: 'v,
    {
        match step {
            Step::Not(other) => {
                let shown = || wording::show(&place.value.to_value());
                let holds = self.holds(&other);
                let found = holds.then(|| {
                    let message = format!("{} is of a kind that is ruled out", shown());
                    place.violation(self.part, "not", message)
                });
                found.into_iter().collect()
            }
            Step::Contains(item) => self.contains(place, &item).into_iter().collect(),
            Step::Unevaluated(keyword, schema) => self.unevaluated(place, keyword, &schema),
            _ => Vec::new(),
        }
    }

    fn contains<'v>(&mut self, place: &Place<'v, F>, item: &Place<'v, F>) -> Option<Violation>
    where
        'e: 'v,
    {
        let array = place.value.as_array()?;
        let limit = |keyword| {
            let limit = place.schema.get(keyword).and_then(Value::as_f64);
            limit.filter(|_| self.explainer.leaves.settings.is_newer())
        };
        let (least, most) = (limit("minContains"), limit("maxContains"));
        let mut count = 0.0;
        for element in array.elements() {
            let way = place.value_way.clone();
            let element = place.inside(item.schema, item.schema_way.clone(), element, way);
            count += f64::from(u8::from(self.holds(&element)));
        }
        let (keyword, message) = wording::contains(count, least, most)?;
        Some(place.violation(self.part, keyword, message.to_owned()))
    }

    /// What is wrong with the names of an object's properties.
    pub(super) fn wrong_names<'v>(&mut self, names: &Place<'v, F>) -> Vec<Violation>
    where
        'e: 'v,
    {
        let object = names.value.as_object();
        let mut found = Vec::new();
        for (name, _) in object.iter().flat_map(Object::members) {
            if found.len() > MAX_VIOLATIONS {
                break;
            }
            let name = Value::from(name.as_ref());
            let explainer: &Explainer<SerdeJson> = self.explainer.names();
            let mut work = Work::new(explainer, self.part);
            let place = names.of_name(&name);
            found.extend(work.tell(place).into_iter().map(name_violation));
        }
        found
    }
}

fn name_violation(wrong: Violation) -> Violation {
    match wrong.keyword == LIMIT {
        true => wrong,
        false => Violation {
            keyword: "propertyNames".to_owned(),
            message: format!("property name is not allowed: {}", wrong.message),
            ..wrong
        },
    }
}
