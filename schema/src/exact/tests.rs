//! What is said of numbers that a float would round.
use expect_test::{Expect, expect};
use serde_json::{Value, json};

use crate::{Dialect, Instance, Schema, Validator};

fn check(schema: Value, value: &str, expect: Expect) {
    let validator = Validator::compile(&Schema::new(schema, Dialect::AsyncApi)).unwrap();
    let instance = Instance::read(value.as_bytes()).unwrap();
    let found = validator.validate(&instance);
    assert_eq!(validator.is_valid(&instance), found.is_empty());
    let line = |found: &crate::Violation| format!("{found} ({} {})", found.keyword, found.schema);
    let lines: Vec<String> = found.iter().map(line).collect();
    expect.assert_eq(&lines.join("\n"));
}

/// 2^128 - 1 as limit.
fn wei(keyword: &str) -> Value {
    json!({ "type": "integer", (keyword): 340282366920938463463374607431768211455.0,
        "x-tidings-literals": { (keyword): "340282366920938463463374607431768211455" } })
}

#[test]
fn bounds_beyond_64_bits_are_exact() {
    check(
        wei("maximum"),
        "340282366920938463463374607431768211455",
        expect![[""]],
    );
    check(
        wei("maximum"),
        "340282366920938463463374607431768211456",
        expect![
            "`340282366920938463463374607431768211456` is greater than `340282366920938463463374607431768211455`, in the value (maximum /maximum)"
        ],
    );
    check(
        wei("exclusiveMaximum"),
        "340282366920938463463374607431768211454",
        expect![[""]],
    );
    check(
        wei("exclusiveMaximum"),
        "340282366920938463463374607431768211455",
        expect![
            "`340282366920938463463374607431768211455` is not less than `340282366920938463463374607431768211455`, in the value (exclusiveMaximum /exclusiveMaximum)"
        ],
    );
    check(
        wei("minimum"),
        "340282366920938463463374607431768211454",
        expect![
            "`340282366920938463463374607431768211454` is less than `340282366920938463463374607431768211455`, in the value (minimum /minimum)"
        ],
    );
    check(
        wei("exclusiveMinimum"),
        "340282366920938463463374607431768211455",
        expect![
            "`340282366920938463463374607431768211455` is not greater than `340282366920938463463374607431768211455`, in the value (exclusiveMinimum /exclusiveMinimum)"
        ],
    );
    check(
        wei("exclusiveMinimum"),
        "340282366920938463463374607431768211456",
        expect![[""]],
    );
    check(
        wei("maximum"),
        "4e38",
        expect![
            "`4e+38` is greater than `340282366920938463463374607431768211455`, in the value (maximum /maximum)"
        ],
    );
    check(wei("maximum"), "7", expect![[""]]);
}

#[test]
fn other_keywords_hold_beside_numbers_beyond_64_bits() {
    let big = "123456789012345678901234567890";
    for (schema, good, bad, keyword) in [
        (json!({ "type": "string" }), r#""a""#, r#"0.5"#, "type"),
        (json!({ "type": "boolean" }), r#"true"#, r#"0.5"#, "type"),
        (json!({ "type": "null" }), r#"null"#, r#"0.5"#, "type"),
        (json!({ "type": "array" }), r#"[]"#, r#"0.5"#, "type"),
        (json!({ "type": "object" }), r#"{}"#, r#"0.5"#, "type"),
        (
            json!({ "type": ["integer", "string"] }),
            r#"1"#,
            r#"0.5"#,
            "type",
        ),
        (json!({ "minLength": 2 }), r#""é!""#, r#""é""#, "minLength"),
        (json!({ "maxLength": 1 }), r#""é""#, r#""éé""#, "maxLength"),
        (json!({ "pattern": "^a$" }), r#""a""#, r#""é""#, "pattern"),
        (
            json!({ "format": "date" }),
            r#""2025-01-31""#,
            r#""2025""#,
            "format",
        ),
        (json!({ "minItems": 1 }), r#"[1]"#, r#"[]"#, "minItems"),
        (json!({ "maxItems": 1 }), r#"[1]"#, r#"[1, 2]"#, "maxItems"),
        (
            json!({ "items": { "type": "integer" } }),
            r#"[1, 2.0]"#,
            r#"[1, "2"]"#,
            "type",
        ),
        (
            json!({ "uniqueItems": true }),
            r#"[1, 2, "1", null, true, {}]"#,
            r#"[1, {"a": [null]}, {"a": [null]}]"#,
            "uniqueItems",
        ),
        (
            json!({ "contains": { "const": 1 } }),
            r#"[0, 1]"#,
            r#"["1", true]"#,
            "contains",
        ),
        (
            json!({ "required": ["a"] }),
            r#"{"a": null}"#,
            r#"{}"#,
            "required",
        ),
        (
            json!({ "properties": { "a": { "type": "null" } } }),
            r#"{"a": null}"#,
            r#"{"a": false}"#,
            "type",
        ),
        (
            json!({ "additionalProperties": { "type": "null" } }),
            r#"{"a": null}"#,
            r#"{"a": false}"#,
            "type",
        ),
        (
            json!({ "propertyNames": { "pattern": "^a$" } }),
            r#"{"a": 1}"#,
            r#"{"b": 1}"#,
            "propertyNames",
        ),
        (
            json!({ "minProperties": 1 }),
            r#"{"a": 1}"#,
            r#"{}"#,
            "minProperties",
        ),
        (
            json!({ "enum": ["a", null, true, [], {}] }),
            r#"null"#,
            r#"0.5"#,
            "enum",
        ),
        (json!({ "enum": [-1, 2] }), "-1", "3", "enum"),
        (json!({ "minimum": -2 }), "-2", "-3", "minimum"),
        (json!({ "maximum": 5 }), "5", "6", "maximum"),
        (json!({ "multipleOf": 2 }), "4", "5", "multipleOf"),
        (json!({ "multipleOf": 0.5 }), "-1.5", "1.2", "multipleOf"),
        (json!({ "const": true }), r#"true"#, r#"false"#, "const"),
        (
            json!({ "anyOf": [{ "type": "null" }, { "minLength": 1, "type": "string" }] }),
            r#""a""#,
            r#"0.5"#,
            "anyOf",
        ),
    ] {
        let schema = json!({ "properties": {
            "big": { "const": 1e29, "x-tidings-literals": { "const": big } }, "value": schema } });
        let validator = Validator::compile(&Schema::new(schema, Dialect::AsyncApi)).unwrap();
        let found = |value: &str| {
            let text = format!("{{\"big\": {big}, \"value\": {value}}}");
            let instance = Instance::read(text.as_bytes()).unwrap();
            let found = validator.validate(&instance);
            assert_eq!(validator.is_valid(&instance), found.is_empty());
            let first = found.first();
            first.map_or(String::new(), |found| found.keyword.clone())
        };
        assert_eq!(found(good), "", "{good}");
        assert_eq!(found(bad), keyword, "{bad}");
    }
}

#[test]
fn values_beyond_64_bits_are_compared_with_any_bound() {
    let half = json!({ "maximum": 9_007_199_254_740_992_i64 });
    check(
        half.clone(),
        "9007199254740992.5",
        expect![
            "`9007199254740992.5` is greater than `9007199254740992`, in the value (maximum /maximum)"
        ],
    );
    check(half, "9007199254740992.0", expect![[""]]);
    check(
        json!({ "type": "integer" }),
        "9007199254740993.5",
        expect!["`9007199254740994.0` is not of type `integer`, in the value (type /type)"],
    );
    check(
        json!({ "type": "integer" }),
        "123456789012345678901234567890",
        expect![[""]],
    );
    let small = json!({ "exclusiveMinimum": 0, "not": { "type": "integer" } });
    check(small, "1e-400", expect![[""]]);
    let cents = json!({ "multipleOf": 0.01 });
    check(cents.clone(), "0.29", expect![[""]]);
    check(cents.clone(), "12345678901234567890.29", expect![[""]]);
    check(
        cents.clone(),
        "1e-400",
        expect!["`1e-400` is not a multiple of `0.01`, in the value (multipleOf /multipleOf)"],
    );
    check(
        cents,
        "12345678901234567890.295",
        expect![
            "`12345678901234567890.295` is not a multiple of `0.01`, in the value (multipleOf /multipleOf)"
        ],
    );
}

#[test]
fn constants_and_listed_values_are_exact_however_deep() {
    let schema = json!({ "properties": {
        "c": { "const": { "n": 1e20 }, "x-tidings-literals": { "const": "{\"n\": 100000000000000000001}" } },
        "e": { "enum": [1, 1e20], "x-tidings-literals": { "enum": "[1, 100000000000000000001]" } },
    } });
    let text = r#"{"c": {"n": 100000000000000000001}, "e": 100000000000000000001.0}"#;
    check(schema.clone(), text, expect![[""]]);
    let text = r#"{"c": {"n": 100000000000000000000}, "e": 100000000000000000002}"#;
    check(
        schema.clone(),
        text,
        expect![[r#"
        the object is not the object, in the value at `/c` (const /properties/c/const)
        `100000000000000000002` is not one of `1`, `100000000000000000001`, in the value at `/e` (enum /properties/e/enum)"#]],
    );
    check(schema, r#"{"e": 1.0}"#, expect![[""]]);
}

#[test]
fn items_that_differ_in_the_last_digit_are_unique() {
    let unique = json!({ "uniqueItems": true });
    check(
        unique.clone(),
        "[100000000000000000000, 100000000000000000001]",
        expect![[""]],
    );
    check(
        unique,
        "[100000000000000000000, 1e20]",
        expect!["the array has an item twice, in the value (uniqueItems /uniqueItems)"],
    );
}

#[test]
fn unions_are_explained_by_their_closest_alternative() {
    let one = |number: &str, key: &str| {
        json!({ "required": [key], "properties": {
            "n": { "const": 1e20, "x-tidings-literals": { "const": number } }, (key): { "minimum": 3 } } })
    };
    let schema =
        json!({ "oneOf": [one("100000000000000000001", "a"), one("100000000000000000002", "b")] });
    check(
        schema,
        r#"{"n": 100000000000000000002, "a": 1, "b": 1}"#,
        expect![
            "`1` is less than `3` (the closest of 2 alternatives), in the value at `/b` (minimum /oneOf/1/properties/b/minimum)"
        ],
    );
}

#[test]
fn exact_bounds_of_older_drafts() {
    let schema = json!({ "minimum": 1e20, "exclusiveMinimum": true,
        "x-tidings-literals": { "minimum": "100000000000000000001" } });
    let validator = Validator::compile(&Schema::new(schema, Dialect::Draft4)).unwrap();
    let keeps = |text: &str| validator.is_valid(&Instance::read(text.as_bytes()).unwrap());
    assert!(!keeps("100000000000000000001") && keeps("100000000000000000002"));
}
