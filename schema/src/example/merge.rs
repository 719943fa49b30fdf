//! All schemas that one value has to keep, put together: what they say about it, as far as examples follow it.
use indexmap::IndexMap;
use serde_json::{Map, Value};

/// What is known about one value.
#[derive(Debug, Default)]
pub(super) struct Merged<'s> {
    /// The types that are left; `None` allows all.
    pub(super) types: Option<Vec<&'s str>>,
    /// `const` and `enum`: what is left.
    pub(super) values: Option<Vec<&'s Value>>,
    /// `default`, `examples` and `example`, where they are scalars.
    pub(super) given: Vec<&'s Value>,
    pub(super) properties: IndexMap<&'s str, Vec<&'s Value>>,
    /// Alternatives of a `oneOf` that it is not.
    pub(super) avoided: Vec<&'s Value>,
    pub(super) required: Vec<&'s str>,
    /// `additionalProperties`
    pub(super) others: Vec<&'s Value>,
    pub(super) pattern_properties: Vec<(&'s str, &'s Value)>,
    /// Names that need other names.
    pub(super) dependencies: Vec<(&'s str, &'s Value)>,
    /// Schemas of all items, of the first ones by position, of one of them.
    pub(super) items: Vec<&'s Value>,
    pub(super) first_items: Vec<Vec<&'s Value>>,
    pub(super) contains: Vec<&'s Value>,
    pub(super) unique: bool,
    pub(super) item_count: Bounds,
    pub(super) property_count: Bounds,
    pub(super) length: Bounds,
    pub(super) minimum: Option<f64>,
    pub(super) maximum: Option<f64>,
    /// The bound itself is ruled out.
    pub(super) above: bool,
    pub(super) below: bool,
    pub(super) multiple_of: Option<&'s Value>,
    pub(super) format: Option<&'s str>,
    pub(super) pattern: Option<&'s str>,
    /// Nothing can be right.
    pub(super) impossible: bool,
}

/// How few and how many.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Bounds {
    pub(super) min: usize,
    pub(super) max: Option<usize>,
}

impl Bounds {
    fn add(&mut self, map: &Map<String, Value>, min: &str, max: &str) {
        let count = |name: &str| {
            let count = map.get(name).and_then(Value::as_u64);
            count.and_then(|count| usize::try_from(count).ok())
        };
        self.min = self.min.max(count(min).unwrap_or(0));
        if let Some(max) = count(max) {
            self.max = Some(self.max.map_or(max, |before| before.min(max)));
        }
    }

    /// The nearest count that is allowed.
    pub(super) fn clamp(self, count: usize) -> usize {
        let most = self.max.unwrap_or(usize::MAX).max(self.min);
        count.clamp(self.min, most)
    }
}

impl<'s> Merged<'s> {
    /// Adds what a schema says itself, without the schemas that it applies to the same value.
    pub(super) fn add(&mut self, map: &'s Map<String, Value>) {
        self.add_values(map);
        self.add_object(map);
        self.add_array(map);
        self.add_number(map);
        self.length.add(map, "minLength", "maxLength");
        let text = |name: &str| map.get(name).and_then(Value::as_str);
        self.format = self.format.or(text("format"));
        self.pattern = self.pattern.or(text("pattern"));
    }

    fn add_values(&mut self, map: &'s Map<String, Value>) {
        if let Some(types) = map.get("type") {
            let types: Vec<&str> = match types {
                Value::Array(types) => types.iter().filter_map(Value::as_str).collect(),
                one => one.as_str().into_iter().collect(),
            };
            let left = match &self.types {
                None => types,
                Some(before) => both(before, &types),
            };
            self.types = Some(left);
        }
        let constant = map.get("const").map(|value| vec![value]);
        let list = map.get("enum").and_then(Value::as_array);
        let list = list.map(|values| values.iter().collect());
        for values in [constant, list].into_iter().flatten() {
            let left = match &self.values {
                None => values,
                Some(before) => before
                    .iter()
                    .copied()
                    .filter(|value| values.contains(value))
                    .collect(),
            };
            self.values = Some(left);
        }
        // Larger ones would hide the alternatives inside them.
        let examples = map.get("examples").and_then(Value::as_array);
        let given = examples.into_iter().flatten().chain(map.get("default"));
        // No keyword, and what most people write.
        let given = given.chain(map.get("example"));
        self.given
            .extend(given.filter(|value| !value.is_object() && !value.is_array()));
    }

    fn add_object(&mut self, map: &'s Map<String, Value>) {
        let entries = |name: &str| {
            map.get(name)
                .and_then(Value::as_object)
                .into_iter()
                .flatten()
        };
        for (name, schema) in entries("properties") {
            self.properties.entry(name).or_default().push(schema);
        }
        for name in map
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            let name = name.as_str().filter(|name| !self.required.contains(name));
            self.required.extend(name);
        }
        self.others.extend(map.get("additionalProperties"));
        let named = |(name, schema): (&'s String, &'s Value)| (name.as_str(), schema);
        self.pattern_properties
            .extend(entries("patternProperties").map(named));
        self.dependencies.extend(entries("dependencies").map(named));
        self.dependencies
            .extend(entries("dependentRequired").map(named));
        self.property_count
            .add(map, "minProperties", "maxProperties");
    }

    fn add_array(&mut self, map: &'s Map<String, Value>) {
        match map.get("items") {
            Some(Value::Array(first)) => {
                self.add_first(first);
                self.items.extend(map.get("additionalItems"));
            }
            items => self.items.extend(items),
        }
        if let Some(Value::Array(first)) = map.get("prefixItems") {
            self.add_first(first);
        }
        let times = map.get("minContains").and_then(Value::as_u64).unwrap_or(1);
        let contained = map.get("contains").into_iter();
        self.contains
            .extend(contained.flat_map(|item| (0..times.min(100)).map(move |_| item)));
        self.unique |= map.get("uniqueItems") == Some(&Value::Bool(true));
        self.item_count.add(map, "minItems", "maxItems");
    }

    fn add_first(&mut self, first: &'s [Value]) {
        let length = self.first_items.len().max(first.len());
        self.first_items.resize_with(length, Vec::new);
        for (known, schema) in self.first_items.iter_mut().zip(first) {
            known.push(schema);
        }
    }

    fn add_number(&mut self, map: &'s Map<String, Value>) {
        let limit = |name: &str| map.get(name).and_then(Value::as_f64);
        let is_true = |name: &str| map.get(name) == Some(&Value::Bool(true));
        let lower = [
            (limit("minimum"), is_true("exclusiveMinimum")),
            (limit("exclusiveMinimum"), true),
        ];
        for (limit, above) in lower {
            if let Some(limit) = limit
                && self.minimum.is_none_or(|before| limit >= before)
            {
                self.above = above || (self.above && self.minimum == Some(limit));
                self.minimum = Some(limit);
            }
        }
        let upper = [
            (limit("maximum"), is_true("exclusiveMaximum")),
            (limit("exclusiveMaximum"), true),
        ];
        for (limit, below) in upper {
            if let Some(limit) = limit
                && self.maximum.is_none_or(|before| limit <= before)
            {
                self.below = below || (self.below && self.maximum == Some(limit));
                self.maximum = Some(limit);
            }
        }
        self.multiple_of = self.multiple_of.or(map.get("multipleOf"));
    }

    /// The type of the example: one that is allowed, or that the keywords speak of.
    pub(super) fn type_of_choice(&self) -> Option<&'s str> {
        let object = !self.properties.is_empty()
            || !self.required.is_empty()
            || !self.pattern_properties.is_empty();
        let hints = [
            (object || !self.others.is_empty(), "object"),
            (
                !self.items.is_empty() || !self.first_items.is_empty(),
                "array",
            ),
            (self.minimum.is_some() || self.maximum.is_some(), "number"),
        ];
        let Some(types) = &self.types else {
            let hinted = hints.iter().find(|(hint, _)| *hint);
            return Some(hinted.map_or("string", |(_, kind)| kind));
        };
        let hinted = hints
            .iter()
            .find(|(hint, kind)| *hint && types.contains(kind));
        let hinted = hinted.map(|(_, kind)| *kind);
        let other = types.iter().copied().find(|kind| *kind != "null");
        hinted.or(other).or(types.first().copied())
    }
}

/// The types in both lists; an integer is a number.
fn both<'s>(a: &[&'s str], b: &[&'s str]) -> Vec<&'s str> {
    let mut left = Vec::new();
    for kind in a {
        if b.contains(kind) || (*kind == "integer" && b.contains(&"number")) {
            left.push(*kind);
        }
    }
    if a.contains(&"number") && !a.contains(&"integer") && b.contains(&"integer") {
        left.push("integer");
    }
    left
}
