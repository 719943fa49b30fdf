//! What is made at the first attempt keeps its schema, whatever chance says: later attempts would hide that something is wrong.
use serde_json::{Value, json};

use super::super::make::{Choices, Maker};
use super::super::random::Random;
use crate::prepare::prepare;
use crate::{Dialect, Schema, Validator};

/// What chance may say.
const SEEDS: u64 = 40;

/// Values that are made at once and do not keep the schema, `null` for none.
fn wrong(schema: &Value) -> Vec<Value> {
    let schema = Schema::new(schema.clone(), Dialect::AsyncApi);
    let validator = Validator::compile(&schema).unwrap();
    let root = prepare(&schema).unwrap();
    (0..SEEDS)
        .map(|seed| Maker::new(&root, Random::new(seed, 0, 0), 0, &Choices::default()).make())
        .filter(|made| made.as_ref().is_none_or(|value| !validator.is_valid(value)))
        .map(Option::unwrap_or_default)
        .collect()
}

#[track_caller]
fn check(schemas: &[Value]) {
    for schema in schemas {
        assert_eq!(wrong(schema), Vec::<Value>::new(), "{schema}");
    }
}

#[test]
fn numbers_keep_their_limits() {
    check(&[
        json!({ "type": "integer", "minimum": -3, "maximum": 1 }),
        json!({ "type": "integer", "exclusiveMinimum": 3, "exclusiveMaximum": 6 }),
        json!({ "type": "integer", "exclusiveMaximum": -7 }),
        json!({ "type": "integer", "minimum": 2.5, "maximum": 4.5 }),
        json!({ "type": "integer", "multipleOf": 7, "minimum": 8, "maximum": 30 }),
        json!({ "type": "integer", "multipleOf": 1000, "exclusiveMinimum": 1000, "exclusiveMaximum": 4000 }),
        json!({ "type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 0.25 }),
        json!({ "type": "number", "exclusiveMinimum": 0.25, "maximum": 0.375 }),
        json!({ "type": "number", "exclusiveMinimum": -1, "exclusiveMaximum": 0 }),
        json!({ "type": "number", "multipleOf": 0.01, "minimum": 0.29, "exclusiveMaximum": 0.32 }),
        json!({ "type": "number", "minimum": 5 }),
        json!({ "type": "number", "maximum": -5 }),
    ]);
}

#[test]
fn texts_keep_their_limits() {
    check(&[
        json!({ "type": "string", "minLength": 30 }),
        json!({ "type": "string", "maxLength": 2 }),
        json!({ "type": "string", "minLength": 12, "maxLength": 12 }),
        json!({ "type": "string", "pattern": "^[A-Z]{3}-[0-9]{2,4}$" }),
        json!({ "type": "string", "format": "date-time" }),
        json!({ "enum": ["a", "b"] }),
        json!({ "const": { "a": [1] } }),
    ]);
}

#[test]
fn lists_keep_their_limits() {
    check(&[
        json!({ "type": "array", "items": { "type": "integer" }, "minItems": 3, "maxItems": 3 }),
        json!({ "type": "array", "items": { "enum": [1, 2, 3, 4, 5, 6, 7, 8] }, "minItems": 4, "uniqueItems": true }),
        json!({ "items": [{ "type": "null" }, { "type": "boolean" }], "additionalItems": { "type": "string" }, "minItems": 4 }),
        json!({ "items": [{ "const": 1 }, { "const": 2 }], "maxItems": 1 }),
        json!({ "type": "array", "contains": { "const": 7 }, "items": { "type": "integer" }, "minItems": 3 }),
        json!({ "type": "array", "maxItems": 0 }),
    ]);
}

#[test]
fn objects_keep_their_limits() {
    let three = json!({ "a": { "type": "integer" }, "b": { "type": "string" }, "c": {} });
    check(&[
        json!({ "type": "object", "properties": three, "required": ["c", "more"] }),
        json!({ "type": "object", "properties": three, "maxProperties": 2, "required": ["c"] }),
        json!({ "type": "object", "properties": three, "minProperties": 5 }),
        json!({ "type": "object", "additionalProperties": { "type": "integer" }, "minProperties": 3, "maxProperties": 3 }),
        json!({ "type": "object", "patternProperties": { "^x-[a-z]{4,8}$": { "type": "boolean" } }, "additionalProperties": false, "minProperties": 2 }),
        json!({ "type": "object", "properties": three, "dependencies": { "a": ["d"], "d": ["e"] } }),
        json!({ "type": "object", "properties": three, "additionalProperties": false, "allOf": [{ "properties": { "a": { "minimum": 5 } } }] }),
    ]);
}

#[test]
fn parts_are_merged() {
    check(&[
        json!({ "allOf": [{ "minimum": 2 }, { "maximum": 4 }, { "type": "integer" }] }),
        json!({ "allOf": [{ "type": ["string", "integer"] }, { "type": ["integer", "null"] }] }),
        json!({ "allOf": [{ "enum": [1, 2, 3] }, { "enum": [2, 3, 4] }] }),
        json!({ "oneOf": [{ "type": "integer", "minimum": 3 }, { "type": "string" }], "maximum": 4 }),
        json!({ "if": { "properties": { "a": { "const": true } } }, "then": { "required": ["d"] }, "type": "object", "required": ["a"] }),
        json!({ "$ref": "#/definitions/a", "definitions": { "a": { "type": "object", "required": ["n"], "properties": { "n": { "anyOf": [{ "type": "null" }, { "$ref": "#/definitions/a" }] } } } } }),
    ]);
}

#[test]
fn a_list_without_its_items_is_none() {
    let never = json!({ "type": "integer", "minimum": 2, "maximum": 1 });
    for (least, made) in [(0, Some(json!([1]))), (1, Some(json!([1]))), (2, None)] {
        let schema =
            json!({ "type": "array", "items": [{ "const": 1 }, never], "minItems": least });
        let schema = Schema::new(schema, Dialect::AsyncApi);
        let root = prepare(&schema).unwrap();
        for seed in 0..SEEDS {
            let choices = Choices::default();
            let value = Maker::new(&root, Random::new(seed, 0, 0), 0, &choices).make();
            assert!(
                value == made || least == 0 && value == Some(json!([])),
                "{least}: {value:?}"
            );
        }
    }
}

#[test]
fn what_the_schema_gives_as_example_is_taken_first() {
    let given = json!({ "type": "string", "examples": ["given"] });
    let root = prepare(&Schema::new(given, Dialect::AsyncApi)).unwrap();
    let made = |seed, attempt| {
        let random = Random::new(seed, 0, attempt);
        Maker::new(&root, random, attempt, &Choices::default()).make()
    };
    let is_given = |seed, attempt| made(seed, attempt) == Some(json!("given"));
    assert!((0..SEEDS).all(|seed| is_given(seed, 0) && is_given(seed, 1)));
    // An example may be wrong.
    assert!((0..SEEDS).any(|seed| !is_given(seed, 2)));
}

#[test]
fn without_what_is_required_nothing_is_made() {
    let made = |schema| {
        let root = prepare(&Schema::new(schema, Dialect::AsyncApi)).unwrap();
        Maker::new(&root, Random::new(0, 0, 0), 0, &Choices::default()).make()
    };
    let properties = json!({ "a": false, "b": { "const": 1 } });
    let schema = |required: &[&str]| json!({ "type": "object", "required": required, "properties": properties });
    assert_eq!(made(schema(&["b"])), Some(json!({ "b": 1 })));
    assert_eq!(made(schema(&["a", "b"])), None);
}
