//! Makes one value from a schema; whether it is right is judged elsewhere.
use std::collections::HashMap;

use indexmap::IndexSet;
use serde_json::{Map, Number, Value};

use super::merge::Merged;
use super::random::Random;
use super::text;
use crate::keywords::is_tagged;

/// Levels on which properties are shown that need not be there, and items.
const OPTIONAL_LEVELS: usize = 4;
/// Levels of a value.
const MAX_LEVELS: usize = 24;
/// How many schemas are looked at for one value.
const MAX_STEPS: usize = 20_000;
/// How often an item is made until it is none of those before.
const MAX_REPEATS: usize = 17;
/// In each so many attempts, one breaks the alternatives that are not meant.
const AVOIDING: u64 = 4;
/// References that lead on to each other for one value.
const MAX_ROW: usize = 100;

/// Alternatives that are given beforehand: by the address of their list.
#[derive(Debug, Clone, Default)]
pub(super) struct Choices {
    pub(super) given: HashMap<usize, usize>,
    /// The one that was added last.
    pub(super) last: Option<(usize, usize)>,
}

/// A `oneOf` that was met.
#[derive(Debug, Clone, Copy)]
pub(super) struct Met {
    pub(super) list: usize,
    pub(super) count: usize,
    pub(super) chosen: usize,
}

/// Identity of a part of a schema.
pub(super) fn address(value: &Value) -> usize {
    std::ptr::from_ref(value) as usize
}

pub(super) struct Maker<'s> {
    root: &'s Value,
    random: Random,
    /// The first attempt takes what seems best, later ones what chance says.
    attempt: u64,
    given: HashMap<usize, usize>,
    met: Vec<Met>,
    steps: usize,
}

impl<'s> Maker<'s> {
    pub(super) fn new(root: &'s Value, random: Random, attempt: u64, choices: &Choices) -> Self {
        Self {
            root,
            random,
            attempt,
            given: choices.given.clone(),
            met: Vec::new(),
            steps: MAX_STEPS,
        }
    }

    /// The value, unless there can be none.
    pub(super) fn make(&mut self) -> Option<Value> {
        self.value(&[self.root], 0)
    }

    pub(super) fn into_met(self) -> Vec<Met> {
        self.met
    }

    fn value(&mut self, schemas: &[&'s Value], level: usize) -> Option<Value> {
        if level > MAX_LEVELS {
            return None;
        }
        let mut merged = Merged::default();
        for schema in schemas {
            self.merge(schema, &mut merged, level, 0)?;
        }
        if merged.impossible {
            return None;
        }
        if let Some(values) = &merged.values {
            return values
                .get(self.random.index(values.len()))
                .map(|value| (*value).clone());
        }
        if !merged.given.is_empty() && (self.attempt < 2 || self.random.coin()) {
            let index = self.random.index(merged.given.len());
            return Some(merged.given[index].clone());
        }
        match merged.type_of_choice()? {
            "object" => self.object(&merged, level),
            "array" => self.array(&merged, level),
            "boolean" => Some(Value::Bool(self.random.coin())),
            "integer" => self.number(&merged, true),
            "number" => self.number(&merged, false),
            "null" => Some(Value::Null),
            _ => self.string(&merged),
        }
    }

    /// Adds a schema and those that it applies to the same value.
    fn merge(
        &mut self,
        schema: &'s Value,
        into: &mut Merged<'s>,
        level: usize,
        row: usize,
    ) -> Option<()> {
        self.steps = self.steps.checked_sub(1)?;
        if row > MAX_ROW {
            return None;
        }
        let Value::Object(map) = schema else {
            into.impossible |= *schema == Value::Bool(false);
            return Some(());
        };
        if let Some(target) = map
            .get("$ref")
            .and_then(Value::as_str)
            .and_then(|to| self.target(to))
        {
            self.merge(target, into, level, row + 1)?;
        }
        into.add(map);
        for part in map
            .get("allOf")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            self.merge(part, into, level, row)?;
        }
        for name in ["oneOf", "anyOf"] {
            if let Some(list @ Value::Array(branches)) = map.get(name) {
                let exclude = name == "oneOf" || branches.iter().all(is_tagged);
                let chosen = self.choose(list, branches, exclude, level);
                self.merge(branches.get(chosen)?, into, level, row)?;
                if name == "oneOf" && self.attempt % AVOIDING == 1 {
                    let others = branches.iter().enumerate().filter(|(at, _)| *at != chosen);
                    into.avoided.extend(others.map(|(_, branch)| branch));
                }
            }
        }
        if let Some(condition) = map.get("if") {
            if self.attempt.is_multiple_of(2) {
                self.merge(condition, into, level, row)?;
                if let Some(then) = map.get("then") {
                    self.merge(then, into, level, row)?;
                }
            } else if let Some(other) = map.get("else") {
                self.merge(other, into, level, row)?;
            }
        }
        Some(())
    }

    fn target(&self, reference: &str) -> Option<&'s Value> {
        self.root.pointer(reference.strip_prefix('#')?)
    }

    fn choose(
        &mut self,
        list: &'s Value,
        branches: &'s [Value],
        noted: bool,
        level: usize,
    ) -> usize {
        // Once, so that recursion through the same alternatives comes to an end.
        let chosen = self.given.remove(&address(list)).unwrap_or_else(|| {
            let leaf = |branch: &Value| {
                let kind = branch.get("type").and_then(Value::as_str);
                kind.is_some_and(|kind| !matches!(kind, "object" | "array"))
            };
            let leaves = branches
                .iter()
                .position(leaf)
                .filter(|_| level >= OPTIONAL_LEVELS);
            let solid = |branch: &Value| branch.get("type").is_none_or(|kind| kind != "null");
            let first = leaves.or(branches.iter().position(solid)).unwrap_or(0);
            if self.attempt < 4 || leaves.is_some() {
                first
            } else {
                self.random.index(branches.len())
            }
        });
        if noted {
            self.met.push(Met {
                list: address(list),
                count: branches.len(),
                chosen,
            });
        }
        chosen
    }

    fn object(&mut self, merged: &Merged<'s>, level: usize) -> Option<Value> {
        let mut names: IndexSet<&str> = merged.required.iter().copied().collect();
        let room = merged.property_count.max.unwrap_or(usize::MAX);
        for name in merged.properties.keys() {
            // All, then none, then some of those that need not be there.
            let chance = match self.attempt {
                0 | 1 => true,
                2 | 3 => false,
                _ => self.random.coin(),
            };
            let wanted = level < OPTIONAL_LEVELS && chance;
            let few = names.len() < merged.property_count.min;
            if (wanted || few) && names.len() < room {
                names.insert(name);
            }
        }
        let mut at = 0;
        while let Some(name) = names.get_index(at).copied() {
            at += 1;
            let needed = merged.dependencies.iter().filter(|(of, _)| *of == name);
            for needed in needed.filter_map(|(_, list)| list.as_array()).flatten() {
                names.extend(needed.as_str());
            }
        }
        let mut map = Map::new();
        // In the order of the schema, then what it only requires.
        let described = merged.properties.keys().copied();
        let described = described.filter(|name| names.contains(name));
        let undescribed = names
            .iter()
            .copied()
            .filter(|name| !merged.properties.contains_key(name));
        for name in described.chain(undescribed).collect::<Vec<_>>() {
            let schemas = schemas_of(merged, name);
            match self.value(&schemas, level + 1) {
                Some(value) => {
                    map.insert(name.to_owned(), value);
                }
                None if merged.required.contains(&name) => return None,
                None => {}
            }
        }
        self.avoid(merged, &mut map);
        self.fill(merged, &mut map, level);
        Some(Value::Object(map))
    }

    /// Breaks the alternatives that it may not be, by a property that only they describe: one of another type.
    fn avoid(&self, merged: &Merged<'s>, map: &mut Map<String, Value>) {
        for branch in &merged.avoided {
            let branch = self.followed(branch);
            let properties = branch.get("properties").and_then(Value::as_object);
            let breaking = properties.into_iter().flatten().find_map(|(name, schema)| {
                let kind = self.followed(schema).get("type")?.as_str()?;
                let is_free = !merged.properties.contains_key(name.as_str());
                is_free.then(|| (name.clone(), other_than(kind)))
            });
            if let Some((name, value)) = breaking {
                map.entry(name).or_insert(value);
            }
        }
    }

    /// What a reference leads to.
    fn followed(&self, schema: &'s Value) -> &'s Value {
        let reference = schema.get("$ref").and_then(Value::as_str);
        reference.and_then(|to| self.target(to)).unwrap_or(schema)
    }

    /// Adds entries whose names the schema leaves open.
    fn fill(&mut self, merged: &Merged<'s>, map: &mut Map<String, Value>, level: usize) {
        let is_map = merged.properties.is_empty() && level < OPTIONAL_LEVELS;
        let open = merged.others.iter().any(|schema| schema.is_object())
            || !merged.pattern_properties.is_empty();
        let count = merged.property_count.clamp(if is_map && open {
            map.len().max(1)
        } else {
            map.len()
        });
        for _ in 0..count.saturating_sub(map.len()).min(100) {
            let (name, schemas) = match merged.pattern_properties.first() {
                Some((pattern, schema)) => {
                    (text::matching(pattern, &mut self.random, 4), vec![*schema])
                }
                None => (None, merged.others.clone()),
            };
            let name = name.unwrap_or_else(|| text::word(&mut self.random));
            let name = if map.contains_key(&name) {
                format!("{name}{}", map.len())
            } else {
                name
            };
            if let Some(value) = self.value(&schemas, level + 1) {
                map.insert(name, value);
            }
        }
    }

    fn array(&mut self, merged: &Merged<'s>, level: usize) -> Option<Value> {
        let wanted = if level < OPTIONAL_LEVELS {
            merged.first_items.len().max(1)
        } else {
            0
        };
        let wanted = wanted.max(merged.contains.len());
        let count = merged.item_count.clamp(wanted);
        let mut items: Vec<Value> = Vec::new();
        for at in 0..count {
            let mut schemas = match merged.first_items.get(at) {
                Some(first) => first.clone(),
                None => merged.items.clone(),
            };
            if count - at <= merged.contains.len() {
                schemas.push(merged.contains[count - at - 1]);
            }
            let mut item = None;
            for _ in 0..MAX_REPEATS {
                item = self.value(&schemas, level + 1);
                if !merged.unique || item.as_ref().is_none_or(|item| !items.contains(item)) {
                    break;
                }
            }
            match item {
                Some(item) => items.push(item),
                None if items.len() < merged.item_count.min => return None,
                None => break,
            }
        }
        Some(Value::Array(items))
    }

    fn string(&mut self, merged: &Merged<'s>) -> Option<Value> {
        let by_pattern = merged
            .pattern
            .and_then(|pattern| text::matching(pattern, &mut self.random, 3 + 4 * self.attempt));
        let by_format = || {
            merged
                .format
                .and_then(|format| text::in_format(format, &mut self.random))
        };
        let mut made = match by_pattern.or_else(by_format) {
            Some(made) => made,
            None => {
                let mut made = text::word(&mut self.random);
                while made.len() < merged.length.min.min(10_000) {
                    made.push('-');
                    made.push_str(&text::word(&mut self.random));
                }
                made
            }
        };
        if merged.pattern.is_none() && merged.format.is_none() {
            made = made
                .chars()
                .take(merged.length.max.unwrap_or(usize::MAX))
                .collect();
        }
        Some(Value::String(made))
    }

    fn number(&mut self, merged: &Merged<'s>, whole: bool) -> Option<Value> {
        let step = merged
            .multiple_of
            .and_then(Value::as_f64)
            .filter(|step| *step > 0.0);
        let step = step.unwrap_or(if whole { 1.0 } else { 0.25 });
        let (low, high) = match (merged.minimum, merged.maximum) {
            (Some(low), high) => (low, high.unwrap_or(low + 100.0 * step)),
            (None, Some(high)) => (high.min(0.0), high),
            (None, None) => (0.0, 100.0 * step),
        };
        let low = if low == high && merged.minimum.is_none() {
            high - step
        } else {
            low
        };
        let (mut first, mut last) = ((low / step).ceil(), (high / step).floor());
        if merged.above && first * step <= low {
            first += 1.0;
        }
        if merged.below && last * step >= high {
            last -= 1.0;
        }
        if first > last {
            // No multiple fits: something in between, where that will do.
            return (!whole && merged.multiple_of.is_none())
                .then(|| Number::from_f64(f64::midpoint(low, high)))
                .flatten()
                .map(Value::Number);
        }
        let room = (last - first).min(99.0);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "it lies between 0 and 99"
        )]
        let chosen = first + self.random.below(room as u64 + 1) as f64;
        to_number(chosen, step, whole)
    }
}

/// The schemas of one property.
fn schemas_of<'s>(merged: &Merged<'s>, name: &str) -> Vec<&'s Value> {
    let known = merged.properties.get(name);
    known.unwrap_or(&merged.others).clone()
}

/// A value that is not of a type.
fn other_than(kind: &str) -> Value {
    match kind {
        "string" => Value::from(0),
        _ => Value::from("other"),
    }
}

/// So many steps, written with no more digits than the step has.
fn to_number(count: f64, step: f64, whole: bool) -> Option<Value> {
    let digits = step
        .to_string()
        .split_once('.')
        .map_or(0, |(_, digits)| digits.len());
    let text = format!("{:.digits$}", count * step);
    let number: Number = text.parse().ok()?;
    if whole && !number.is_i64() && !number.is_u64() {
        return number
            .as_f64()
            .filter(|float| float.fract() == 0.0)
            .map(|_| Value::Number(number));
    }
    Some(Value::Number(number))
}
