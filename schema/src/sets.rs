//! Schemas as sets of values: whether any value keeps one. Only what is proved is said.

use jsonschema::canonical::{self, PreparedDocument, Satisfiability, UnsatisfiableReason};
use serde_json::Value;

use crate::exact::has_literals;
use crate::prepare::prepare;
use crate::{Dialect, Schema};

/// Schemas that may lie inside each other: each takes much of the stack.
const MAX_NESTED: usize = 48;

/// What a regular expression costs, in keywords.
const PATTERN: u64 = 100;

/// How much may still be done: what a question costs is known before it is asked.
#[derive(Debug, Clone)]
pub struct Work {
    left: u64,
    most: u64,
}

impl Work {
    /// Enough for all questions about one document.
    #[must_use]
    pub fn of_document() -> Self {
        Self {
            left: 150_000,
            most: 20_000,
        }
    }

    fn take(&mut self, cost: u64) -> bool {
        let fits = cost <= self.left.min(self.most);
        self.left -= if fits { cost } else { 0 };
        fits
    }
}

/// Which values keep a schema.
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    /// None, which is proved; with the keywords that contradict each other, as far as they are known.
    None(Vec<String>),
    /// Maybe some: those of this schema, which says the same in the simplest form that is known.
    Maybe(Value),
    /// Nothing is known: the schema is too large, cannot be used, or says what sets cannot express.
    Unknown,
}

/// Which values keep a schema. It must hold no references: they are not looked into.
#[must_use]
pub fn values(schema: &Schema, work: &mut Work) -> Values {
    let cost = Cost::of(&schema.value, MAX_NESTED);
    if !cost.is_some_and(|cost| work.take(cost.size.saturating_mul(cost.ways))) {
        return Values::Unknown;
    }
    // Of rounded numbers nothing is proved.
    if has_literals(&schema.value) {
        return Values::Unknown;
    }
    // How numbers are formatted is a keyword of our own, which sets know nothing of.
    let plain = Schema {
        formats: false,
        ..schema.clone()
    };
    let Ok(prepared) = prepare(&plain) else {
        return Values::Unknown;
    };
    let options = canonical::options()
        .with_draft(schema.dialect.draft())
        .should_validate_formats(schema.formats)
        .offline();
    let Ok(document) = options.prepare(&prepared) else {
        return Values::Unknown;
    };
    match document.canonicalize() {
        Ok(form) if form.satisfiability() == Satisfiability::No => Values::None(reasons(&document)),
        Ok(form) => Values::Maybe(form.to_json_schema()),
        Err(_) => Values::Unknown,
    }
}

/// A schema whose values keep all of these.
#[must_use]
pub fn all_of(schemas: impl IntoIterator<Item = Value>, dialect: Dialect) -> Schema {
    let all: Vec<Value> = schemas.into_iter().collect();
    Schema::new(serde_json::json!({ "allOf": all }), dialect)
}

/// The keywords because of which the schema has no values.
fn reasons(document: &PreparedDocument<'_>) -> Vec<String> {
    let found = document.unsatisfiable().unwrap_or_default();
    let causes = match found.get("") {
        Some(UnsatisfiableReason::Empty(cause)) => std::slice::from_ref(cause),
        Some(UnsatisfiableReason::Conflict(causes)) => causes,
        _ => &[],
    };
    let mut keywords: Vec<String> = causes
        .iter()
        .flat_map(|cause| cause.keywords.clone())
        .collect();
    keywords.sort();
    keywords.dedup();
    keywords
}

/// What a schema may become while it is taken apart.
#[derive(Debug, Clone, Copy)]
struct Cost {
    /// Values and keywords in all.
    size: u64,
    /// Ways to choose among its alternatives.
    ways: u64,
}

impl Cost {
    /// Nothing where the schema is nested too deeply.
    fn of(schema: &Value, depth: usize) -> Option<Self> {
        let mut cost = Self { size: 1, ways: 1 };
        let depth = depth.checked_sub(1)?;
        match schema {
            Value::Array(items) => {
                for item in items {
                    cost.and(Self::of(item, depth)?);
                }
            }
            Value::Object(map) => {
                for (keyword, value) in map {
                    cost.keyword(keyword, value, depth)?;
                }
            }
            _ => {}
        }
        Some(cost)
    }

    fn and(&mut self, other: Self) {
        self.size = self.size.saturating_add(other.size);
        self.ways = self.ways.saturating_mul(other.ways);
    }

    fn keyword(&mut self, keyword: &str, value: &Value, depth: usize) -> Option<()> {
        let mut inner = Self { size: 1, ways: 0 };
        match (keyword, value) {
            ("anyOf" | "oneOf", Value::Array(branches)) => {
                for branch in branches {
                    let branch = Self::of(branch, depth)?;
                    inner.size = inner.size.saturating_add(branch.size);
                    inner.ways = inner.ways.saturating_add(branch.ways);
                }
                if keyword == "oneOf" {
                    // Each one without all the others.
                    inner.ways = inner.ways.saturating_mul(inner.ways / 4 + 2);
                }
            }
            // The opposite of all is a choice among the opposites.
            ("not" | "if", _) => {
                inner = Self::of(value, depth)?;
                inner.ways = inner.ways.saturating_mul(2).max(inner.size / 4);
            }
            ("pattern", _) => inner.size = PATTERN,
            ("patternProperties", Value::Object(map)) => {
                inner = Self::of(value, depth)?;
                inner.size = inner.size.saturating_add(PATTERN * map.len() as u64);
            }
            ("enum", Value::Array(values)) => {
                inner.size = values.len() as u64;
            }
            _ => inner = Self::of(value, depth)?,
        }
        inner.ways = inner.ways.max(1);
        self.and(inner);
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use serde_json::json;

    use super::*;

    fn of(schema: Value) -> Values {
        values(
            &Schema::new(schema, Dialect::AsyncApi),
            &mut Work::of_document(),
        )
    }

    #[test]
    fn contradictions_are_named() {
        let none = |schema, keywords: &[&str]| {
            let keywords = keywords.iter().map(|keyword| (*keyword).to_owned());
            assert_eq!(of(schema), Values::None(keywords.collect()));
        };
        none(
            json!({ "type": "integer", "minimum": 10, "maximum": 5 }),
            &["maximum", "minimum"],
        );
        none(
            json!({ "minLength": 3, "const": "ab" }),
            &["const", "minLength"],
        );
        let closed =
            json!({ "properties": { "a": {} }, "additionalProperties": false, "type": "object" });
        none(json!({ "allOf": [closed, { "required": ["b"] }] }), &[]);
    }

    #[test]
    fn values_that_there_may_be_have_a_schema() {
        let both = all_of(
            [
                json!({ "minimum": 1, "type": "integer" }),
                json!({ "maximum": 9 }),
            ],
            Dialect::AsyncApi,
        );
        let Values::Maybe(form) = values(&both, &mut Work::of_document()) else {
            panic!("there are such integers");
        };
        assert_eq!((&form["minimum"], &form["maximum"]), (&json!(1), &json!(9)));
    }

    #[test]
    fn what_a_schema_may_become_is_counted_before() {
        let any = |count: usize| vec![json!({}); count];
        for (schema, size, ways) in [
            (json!({}), 1, 1),
            (json!({ "type": "string" }), 2, 1),
            (json!({ "type": ["string", "null"] }), 4, 1),
            (json!({ "enum": [1, 2, 3] }), 4, 1),
            (json!({ "pattern": "^a" }), 1 + PATTERN, 1),
            (
                json!({ "patternProperties": { "^a": {}, "^b": {}, "^c": {} } }),
                5 + 3 * PATTERN,
                1,
            ),
            (json!({ "anyOf": any(3) }), 5, 3),
            (json!({ "oneOf": any(3) }), 5, 6),
            (json!({ "oneOf": any(8) }), 10, 32),
            (
                json!({ "allOf": [{ "anyOf": any(2) }, { "anyOf": any(3) }] }),
                11,
                6,
            ),
            (json!({ "not": { "anyOf": any(3) } }), 6, 6),
            (
                json!({ "if": { "enum": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11] } }),
                13,
                3,
            ),
        ] {
            let cost = Cost::of(&schema, 10).unwrap();
            assert_eq!((cost.size, cost.ways), (size, ways), "{schema}");
        }
        let deep = |levels| (0..levels).fold(json!({}), |inner, _| json!({ "not": inner }));
        assert!(Cost::of(&deep(9), 10).is_some() && Cost::of(&deep(10), 10).is_none());
    }

    #[test]
    fn work_is_taken_from_what_is_left_and_never_too_much_at_once() {
        let mut work = Work { left: 10, most: 6 };
        let taken = [7, 6, 5, 4, 1, 0].map(|cost| work.take(cost));
        assert_eq!(taken, [false, true, false, true, false, true]);
    }

    /// On the small stack of a test's thread.
    #[test]
    fn hostile_schemas_take_a_bearable_time() {
        let many = |count: usize, of: fn(usize) -> Value| (0..count).map(of).collect::<Vec<_>>();
        let hostile = [
            json!({ "allOf": many(40, |at| json!({ "pattern": format!("^(a|b)*a(a|b){{{}}}$", at + 5) })) }),
            json!({ "oneOf": many(100, |at| json!({ "type": "object", "properties": { format!("p{at}"): { "minimum": at } } })) }),
            json!({ "allOf": many(20, |at| json!({ "anyOf": [
                { "type": "object", "required": [format!("p{at}")], "properties": { format!("p{at}"): { "type": "integer" } } },
                { "type": "object", "required": [format!("q{at}")] },
                { "not": { "required": [format!("z{at}")] } },
            ] })) }),
            json!({ "allOf": [{ "enum": many(900, |at| json!(at)) }, { "not": { "enum": many(900, |at| json!(at)) } }] }),
            json!({ "multipleOf": 1e-300, "minimum": 1e300, "maximum": 1e308, "allOf": [{ "multipleOf": 7.3e-200 }] }),
            json!({ "type": "array", "minItems": 1_000_000_000, "uniqueItems": true, "items": { "enum": [1, 2, 3] } }),
            json!({ "type": "string", "minLength": 1_000_000_000, "pattern": "^(a{1000}){1000}$" }),
            json!({ "not": { "oneOf": many(60, |at| json!({ "type": "object", "minProperties": at, "patternProperties": { format!("^a{at}"): { "type": "string" } } })) } }),
            json!({ "oneOf": many(38, |at| json!({ "type": "object", "properties": { format!("p{at}"): { "minimum": at } } })) }),
            json!({ "allOf": many(5, |at| json!({ "anyOf": [
                { "type": "object", "required": [format!("p{at}")], "properties": { format!("p{at}"): { "type": "integer" } } },
                { "type": "object", "required": [format!("q{at}")] },
                { "not": { "required": [format!("z{at}")] } },
            ] })) }),
            json!({ "not": { "oneOf": many(20, |at| json!({ "type": "object", "minProperties": at, "properties": { format!("a{at}"): { "type": "string" } } })) } }),
            json!({ "allOf": many(8, |at| json!({ "oneOf": [{ "required": [format!("p{at}")] }, { "required": [format!("q{at}")] }] })) }),
            (0..200).fold(json!({}), |inner, _| json!({ "not": inner })),
            (0..20).fold(json!({ "type": "string" }), |inner, at| json!({ "type": "object", "required": ["a"], "properties": { "a": inner, format!("b{at}"): {} } })),
            (0..7).fold(json!({ "type": "object" }), |inner, at| json!({ "oneOf": [{ "properties": { format!("a{at}"): inner } }, { "not": inner }] })),
        ];
        let time = |schema: &Value, times: usize| {
            let begin = Instant::now();
            (0..times).for_each(|_| drop(of(schema.clone())));
            begin.elapsed()
        };
        let honest = json!({ "type": "object", "required": ["a"], "properties": { "a": { "enum": [1, 2] } } });
        for schema in hostile {
            // Both on the same machine, and again where others used it meanwhile.
            let is_bearable = (0..3).any(|_| time(&schema, 1) < time(&honest, 200) * 50);
            assert!(is_bearable, "{:?}", schema.to_string().get(..80));
        }
    }
}
