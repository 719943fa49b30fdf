//! Which alternative is told of, and in what words each kind of violation is.

use expect_test::{Expect, expect};
use serde_json::{Value, json};

use crate::{Dialect, Schema, validate_value};

fn check(schema: Value, value: Value, expect: Expect) {
    let violations = validate_value(&Schema::new(schema, Dialect::AsyncApi), &value).unwrap();
    let lines: Vec<String> = violations
        .iter()
        .map(|found| format!("{found} ({})", found.schema))
        .collect();
    expect.assert_eq(&lines.join("\n"));
}

fn pets() -> Value {
    let pet = |kind: &str, also: &str| {
        json!({ "type": "object", "required": ["kind", also],
            "properties": { "kind": { "const": kind }, (also): { "type": "integer" } } })
    };
    json!({ "oneOf": [pet("cat", "lives"), pet("dog", "size"), { "type": "null" }] })
}

#[test]
fn the_closest_alternative_is_the_one_whose_constants_fit() {
    check(
        pets(),
        json!({ "kind": "dog", "size": "big", "lives": "9" }),
        expect![[
            r#"`"big"` is not of type `integer` (the closest of 3 alternatives), in the value at `/size` (/oneOf/1/properties/size/type)"#
        ]],
    );
    check(
        pets(),
        json!({ "kind": "dog", "lives": 9 }),
        expect![
            "property `size` is missing (the closest of 3 alternatives), in the value (/oneOf/1/required)"
        ],
    );
}

#[test]
fn a_value_of_another_type_is_reported_once() {
    check(
        pets(),
        json!("dog"),
        expect![[r#"`"dog"` fits none of the 3 alternatives, in the value (/oneOf)"#]],
    );
    check(
        json!({ "anyOf": [{ "type": "string" }, { "minimum": 5 }] }),
        json!(3),
        expect![
            "`3` is less than `5` (the closest of 2 alternatives), in the value (/anyOf/1/minimum)"
        ],
    );
}

#[test]
fn alternatives_that_overlap_are_numbered() {
    let schema =
        json!({ "oneOf": [{ "type": "integer" }, { "type": "string" }, { "minimum": 0 }] });
    check(
        schema,
        json!(3),
        expect![
            "`3` fits several alternatives that should exclude each other: `0`, `2`, in the value (/oneOf)"
        ],
    );
}

#[test]
fn each_property_too_many_is_a_violation_of_its_own() {
    let schema = json!({ "properties": { "a": {} }, "additionalProperties": false });
    check(
        schema,
        json!({ "a": 1, "b~/c": 2, "d": 3 }),
        expect![[r#"
            property `b~/c` is not allowed, in the value at `/b~0~1c` (/additionalProperties)
            property `d` is not allowed, in the value at `/d` (/additionalProperties)"#]],
    );
}

#[test]
fn names_values_and_limits_are_in_the_message() {
    let schema = json!({
        "propertyNames": { "maxLength": 5 },
        "properties": {
            "a": { "enum": ["x", 1, null] },
            "b": { "type": ["string", "null"] },
            "c": { "multipleOf": 0.5, "exclusiveMaximum": 3 },
            "d": { "uniqueItems": true, "contains": { "type": "string" }, "maxItems": 1 },
            "e": false,
            "f": { "not": { "type": "string" } },
            "g": { "if": { "type": "string" }, "then": { "minLength": 200 } },
            "h": { "format": "email" },
        },
    });
    let value = json!({ "a": "y", "b": 1, "c": 3.25, "d": [1, 1], "e": [], "f": "s", "g": "é".repeat(100), "h": "h",
        "toolong": 1 });
    check(
        schema,
        value,
        expect![[r#"
            property name is not allowed: `"toolong"` is longer than `5` characters, in the value (/propertyNames/maxLength)
            `"y"` is not one of `"x"`, `1`, `null`, in the value at `/a` (/properties/a/enum)
            `1` is not of type `null` or `string`, in the value at `/b` (/properties/b/type)
            `3.25` is not less than `3`, in the value at `/c` (/properties/c/exclusiveMaximum)
            `3.25` is not a multiple of `0.5`, in the value at `/c` (/properties/c/multipleOf)
            the array has more than `1` items, in the value at `/d` (/properties/d/maxItems)
            the array has an item twice, in the value at `/d` (/properties/d/uniqueItems)
            the array lacks an item of the kind that it must contain, in the value at `/d` (/properties/d/contains)
            the array is not allowed here, in the value at `/e` (/properties/e)
            `"s"` is of a kind that is ruled out, in the value at `/f` (/properties/f/not)
            `"ééééééééééééééééééééééééééééééééééééééééééééééééééééééééééé…` is shorter than `200` characters, in the value at `/g` (/properties/g/then/minLength)
            `"h"` is not a valid `email`, in the value at `/h` (/properties/h/format)"#]],
    );
}
