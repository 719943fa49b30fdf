//! Examples of a JSON Schema: values are made from what it says, and kept when the validator finds that they keep it.
mod make;
mod merge;
mod random;
mod text;

use std::collections::{HashMap, HashSet, VecDeque};

use serde_json::Value;

use crate::prepare::prepare;
use crate::{Schema, SchemaError, Validator};
use make::{Choices, Maker};
pub(crate) use random::Random;
#[cfg(any(feature = "avro", feature = "protobuf"))]
pub(crate) use text::{in_format, word};

/// How many examples are made at most.
const MAX_EXAMPLES: usize = 100;
/// For how many alternatives examples are sought.
const MAX_SEARCHES: u64 = 400;
/// How often it is tried to make one example.
const ATTEMPTS: u64 = 24;

/// Examples of a schema.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Examples {
    /// Values that keep the schema, each another one.
    pub values: Vec<Value>,
    /// JSON pointers of alternatives of `oneOf` for which no example was found, or sought among very many; that of the schema itself where there is
    /// none at all.
    pub missing: Vec<String>,
}

/// Makes examples of a schema, one for each alternative of each `oneOf` that is met. The same seed gives the same ones.
///
/// # Errors
/// When the schema cannot be used: every reason with its place.
pub fn examples(schema: &Schema, seed: u64) -> Result<Examples, Vec<SchemaError>> {
    let validator = Validator::compile(schema)?;
    let root = prepare(schema)?;
    Ok(search(&root, &validator, seed, MAX_EXAMPLES, MAX_SEARCHES))
}

/// Some examples of a schema whose validator there is already, and no long search for them.
///
/// # Errors
/// When the schema cannot be used: every reason with its place.
pub fn few_examples(
    schema: &Schema,
    validator: &Validator,
    seed: u64,
    most: usize,
) -> Result<Vec<Value>, Vec<SchemaError>> {
    let root = prepare(schema)?;
    let searches = u64::try_from(most)
        .unwrap_or(MAX_SEARCHES)
        .min(MAX_SEARCHES);
    Ok(search(&root, validator, seed, most, searches).values)
}

fn search(root: &Value, validator: &Validator, seed: u64, most: usize, searches: u64) -> Examples {
    let mut search = Search {
        root,
        validator,
        seed,
        known: HashSet::new(),
        waiting: VecDeque::from([Choices::default()]),
        examples: Examples::default(),
    };
    for number in 0..searches {
        if search.examples.values.len() == most {
            break;
        }
        let Some(choices) = search.waiting.pop_front() else {
            break;
        };
        search.one(&choices, number);
    }
    while let Some(choices) = search.waiting.pop_front() {
        search.give_up(&choices);
    }
    search.examples
}

struct Search<'s> {
    root: &'s Value,
    validator: &'s Validator,
    seed: u64,
    /// Alternatives that have an example, or wait for one: by the address of their list, and position.
    known: HashSet<(usize, usize)>,
    waiting: VecDeque<Choices>,
    examples: Examples,
}

impl Search<'_> {
    /// Makes one example in which some alternatives are given.
    fn one(&mut self, choices: &Choices, number: u64) {
        for attempt in 0..ATTEMPTS {
            let random = Random::new(self.seed, number, attempt);
            let mut maker = Maker::new(self.root, random, attempt, choices);
            let made = maker.make();
            let met = maker.into_met();
            let is_wanted = |(list, chosen)| {
                met.iter()
                    .any(|met| met.list == list && met.chosen == chosen)
            };
            let made = made.filter(|_| choices.last.is_none_or(is_wanted));
            let Some(value) = made.filter(|value| self.validator.is_valid(value)) else {
                if attempt == 0 {
                    self.note(choices, &met);
                }
                continue;
            };
            self.known
                .extend(met.iter().map(|met| (met.list, met.chosen)));
            self.note(choices, &met);
            if !self.examples.values.contains(&value) {
                self.examples.values.push(value);
            }
            return;
        }
        self.give_up(choices);
    }

    fn give_up(&mut self, choices: &Choices) {
        let pointer = choices.last.map(|(list, position)| {
            let list = pointer_of(self.root, list).unwrap_or_default();
            format!("{list}/{position}")
        });
        self.examples.missing.push(pointer.unwrap_or_default());
    }

    /// Lets the other alternatives of what was met wait for their examples.
    fn note(&mut self, choices: &Choices, met: &[make::Met]) {
        for met in met {
            for position in 0..met.count {
                if self.known.insert((met.list, position)) {
                    let mut given: HashMap<_, _> = choices.given.clone();
                    given.insert(met.list, position);
                    let last = Some((met.list, position));
                    self.waiting.push_back(Choices { given, last });
                }
            }
        }
    }
}

/// Where the list with an address stands.
fn pointer_of(value: &Value, list: usize) -> Option<String> {
    if make::address(value) == list {
        return Some(String::new());
    }
    match value {
        Value::Object(map) => map.iter().find_map(|(key, value)| {
            let rest = pointer_of(value, list)?;
            Some(crate::pointer::join("", key) + &rest)
        }),
        Value::Array(items) => items.iter().enumerate().find_map(|(at, value)| {
            let rest = pointer_of(value, list)?;
            Some(format!("/{at}{rest}"))
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
