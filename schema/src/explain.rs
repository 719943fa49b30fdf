//! Why a value does not keep a schema, worked out only once it is known that it does not.
//!
//! The library gives the reasons of every alternative of every union, which is exponential where unions are recursive. Here a
//! schema is walked along the value: unions are entered by the alternative that a discriminator means, or else by their closest only, and what that is found by is
//! remembered for each schema and value. Single keywords are left to the library.

mod closest;
mod distance;
mod evaluated;
mod leaf;
mod place;
mod steps;
mod tag;

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, OnceLock};

use jsonschema::json::{Json, Node, SerdeJson};
use serde_json::Value;

use crate::library::{Options, Settings};
use crate::violation::LIMIT;
use crate::{Part, Violation, wording};
pub use distance::Distance;
use leaf::Leaves;
use place::{Pair, Place};
use steps::Step;
use tag::Tagged;

/// How many violations of one value are told.
pub(crate) const MAX_VIOLATIONS: usize = 200;
/// How many places are looked at to tell alternatives apart.
const MAX_COMPARED: usize = 300_000;
/// How many schemas may lead on to each other for that: what half of 2 MiB hold without optimisation.
const MAX_NESTED: usize = 600;
/// How many places are looked at in all.
const MAX_STEPS: usize = 4_000_000;

/// A schema by which values can be explained.
pub(crate) struct Explainer<F: Json> {
    schema: Arc<Value>,
    leaves: Leaves<F>,
    /// The same for names of properties.
    names: OnceLock<Box<Explainer<SerdeJson>>>,
}

impl<F: Json> Explainer<F> {
    pub(crate) fn new(
        schema: Arc<Value>,
        settings: Settings,
        options: fn(Settings) -> Options<F>,
    ) -> Self {
        Self {
            schema,
            leaves: Leaves::new(settings, options),
            names: OnceLock::new(),
        }
    }

    fn names(&self) -> &Explainer<SerdeJson> {
        self.names.get_or_init(|| {
            let settings = self.leaves.settings;
            Box::new(Explainer::new(
                self.schema.clone(),
                settings,
                Settings::options,
            ))
        })
    }

    pub(crate) fn distance<'v>(&'v self, value: F::Node<'v>) -> Distance {
        let whole = Place::root(&self.schema, value);
        Work::new(self, Part::Value).distance(&whole)
    }

    /// Every way in which a value that does not keep the schema breaks it, up to [`MAX_VIOLATIONS`].
    pub(crate) fn explain<'v>(&'v self, value: F::Node<'v>, part: Part) -> Vec<Violation> {
        let whole = Place::root(&self.schema, value.clone());
        let mut work = Work::new(self, part);
        let mut found = work.tell(whole);
        if found.len() > MAX_VIOLATIONS {
            found.truncate(MAX_VIOLATIONS);
            let message = format!("more is wrong than the `{MAX_VIOLATIONS}` ways that are told");
            found.push(Violation::whole(part, LIMIT, message));
        }
        if found.is_empty() {
            let message = wording::costly(&value.to_value());
            found.push(Violation::whole(part, LIMIT, message));
        }
        found
    }
}

/// The explanation of one value.
struct Work<'e, F: Json> {
    explainer: &'e Explainer<F>,
    part: Part,
    /// How far values are from schemas; nothing while that is being worked out, which is what a circle adds.
    distances: HashMap<Pair, Distance>,
    told: HashSet<Pair>,
    /// What is wrong with properties that tell alternatives apart.
    tags: Vec<Violation>,
    compared: usize,
    /// Whether something was too costly to compare.
    is_costly: bool,
    /// How many schemas that lead on to each other are being compared.
    nested: usize,
    steps: usize,
}

/// What is still to be told, the next last.
enum Todo<'v, F: Json> {
    Place(Place<'v, F>),
    Places(Box<dyn Iterator<Item = Place<'v, F>> + 'v>),
}

impl<'e, F: Json> Work<'e, F> {
    fn new(explainer: &'e Explainer<F>, part: Part) -> Self {
        Self {
            explainer,
            part,
            distances: HashMap::new(),
            told: HashSet::new(),
            tags: Vec::new(),
            compared: 0,
            is_costly: false,
            nested: 0,
            steps: 0,
        }
    }

    fn tell<'v>(&mut self, place: Place<'v, F>) -> Vec<Violation>
    where
        'e: 'v,
    {
        let mut found = Vec::new();
        let mut causes = HashMap::new();
        let mut todo = vec![Todo::Place(place)];
        while let Some(next) = todo.pop() {
            let place = match next {
                Todo::Place(place) => place,
                Todo::Places(mut places) => {
                    let Some(place) = places.next() else { continue };
                    todo.push(Todo::Places(places));
                    place
                }
            };
            if self.steps == MAX_STEPS || found.len() > MAX_VIOLATIONS {
                break;
            }
            self.steps += 1;
            let is_new = place.pair().is_none_or(|pair| self.told.insert(pair));
            if is_new {
                let first = found.len();
                self.tell_one(&place, &mut found, &mut todo);
                let new = found.split_off(first);
                for one in new {
                    add(one, &mut found, &mut causes);
                }
            }
        }
        let is_told = |one: &Violation| self.tags.iter().any(|tag| tag::says_all(tag, one));
        found.retain(|one| self.tags.contains(one) || !is_told(one));
        found
    }

    fn tell_one<'v>(
        &mut self,
        place: &Place<'v, F>,
        found: &mut Vec<Violation>,
        todo: &mut Vec<Todo<'v, F>>,
    ) where
        'e: 'v,
    {
        self.explainer.leaves.tell(place, self.part, found);
        let first = todo.len();
        for step in self.explainer.steps(place) {
            self.take(place, step, found, todo);
        }
        // The last is taken up first.
        todo[first..].reverse();
    }

    /// What the verdict on other schemas says, if that could be reached.
    fn surely<'v, T>(
        &mut self,
        place: &Place<'v, F>,
        keyword: &'static str,
        ask: impl FnOnce(&mut Self) -> T,
    ) -> Result<T, Violation>
    where
        'e: 'v,
    {
        self.is_costly = false;
        let answer = ask(self);
        match self.is_costly {
            false => Ok(answer),
            true => Err(Violation {
                keyword: LIMIT.to_owned(),
                ..place.violation(self.part, keyword, wording::costly(&place.value.to_value()))
            }),
        }
    }

    fn take<'v>(
        &mut self,
        place: &Place<'v, F>,
        step: Step<'v, F>,
        found: &mut Vec<Violation>,
        todo: &mut Vec<Todo<'v, F>>,
    ) where
        'e: 'v,
    {
        match step {
            Step::InPlace(place) => todo.push(Todo::Place(place)),
            Step::Inside(places) => todo.push(Todo::Places(places)),
            Step::If(condition, branches) => {
                match self.surely(place, "if", |work| work.branch(&condition, branches)) {
                    Ok(branch) => todo.extend(branch.map(Todo::Place)),
                    Err(costly) => found.push(costly),
                }
            }
            Step::Union(keyword, branches) => match self.tagged(&branches) {
                Some(Tagged::Meant(meant)) => todo.push(Todo::Place(meant)),
                Some(Tagged::None(violation)) => {
                    self.tags.push(violation.clone());
                    found.push(violation);
                }
                None => match self.closest(keyword, branches) {
                    Ok(closest) => todo.extend(closest.map(Todo::Place)),
                    Err(message) => found.push(place.violation(self.part, keyword, message)),
                },
            },
            Step::Names(names) => found.extend(self.wrong_names(&names)),
            Step::Not(_) | Step::Contains(_) | Step::Unevaluated(..) => {
                let keyword = match &step {
                    Step::Contains(_) => "contains",
                    Step::Unevaluated(keyword, _) => keyword,
                    _ => "not",
                };
                match self.surely(place, keyword, |work| work.complaints(place, step)) {
                    Ok(complaints) => found.extend(complaints),
                    Err(costly) => found.push(costly),
                }
            }
        }
    }
}

/// Adds a violation, once for each cause; what is known for sure comes before what is only closest.
fn add(one: Violation, found: &mut Vec<Violation>, causes: &mut HashMap<(String, String), usize>) {
    match causes.entry(cause(&one)) {
        Entry::Vacant(place) => {
            place.insert(found.len());
            found.push(one);
        }
        Entry::Occupied(known) => {
            let known = &mut found[*known.get()];
            if one.message.len() < known.message.len() {
                *known = one;
            }
        }
    }
}

/// What one violation is enough for: what is wrong with a part of the value, by whatever ways its schema is reached, or what is too
/// costly to check anywhere.
fn cause(violation: &Violation) -> (String, String) {
    match violation.keyword == LIMIT {
        true => (LIMIT.to_owned(), violation.schema.clone()),
        false => {
            let message = wording::without_alternatives(&violation.message);
            (violation.instance.clone(), message.to_owned())
        }
    }
}

#[cfg(test)]
mod tests;
