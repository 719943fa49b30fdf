//! The examples of small schemas: the same ones each time, so that pages and replies that show them stay as they are.
mod first;

use expect_test::{Expect, expect};
use serde_json::json;

use super::*;
use crate::Dialect;

fn check(schema: Value, expect: Expect) {
    let schema = Schema::new(schema, Dialect::AsyncApi);
    let made = examples(&schema, 0).unwrap();
    assert_eq!(made, examples(&schema, 0).unwrap());
    let lines: Vec<String> = made.values.iter().map(Value::to_string).collect();
    let missing = made
        .missing
        .iter()
        .map(|pointer| format!("missing: `{pointer}`"));
    expect.assert_eq(
        &lines
            .into_iter()
            .chain(missing)
            .collect::<Vec<_>>()
            .join("\n"),
    );
}

#[test]
fn every_alternative_has_an_example() {
    let kind = |kind: &str, also: &str| {
        json!({ "type": "object", "required": ["kind", also], "properties": {
            "kind": { "const": kind }, (also): { "$ref": "#/definitions/level" } } })
    };
    check(
        json!({ "oneOf": [kind("a", "x"), kind("b", "y"), { "type": "null" }, false],
            "definitions": { "level": { "oneOf": [{ "type": "integer", "minimum": 5, "maximum": 7 }, { "const": "low" }] } } }),
        expect![[r#"
            {"kind":"a","x":7}
            {"kind":"b","y":6}
            null
            {"kind":"a","x":"low"}
            missing: `/oneOf/3`"#]],
    );
}

#[test]
fn limits_formats_and_patterns_are_kept() {
    check(
        json!({ "type": "object", "required": ["id", "more"], "additionalProperties": false, "properties": {
            "id": { "type": "string", "pattern": "^O-[0-9]{6}$" },
            "code": { "type": "string", "minLength": 20, "maxLength": 22 },
            "at": { "type": "string", "format": "date-time" },
            "price": { "type": "number", "exclusiveMinimum": 0, "multipleOf": 0.25, "maximum": 1 },
            "list": { "type": "array", "items": { "enum": ["a", "b", "c"] }, "minItems": 3, "uniqueItems": true },
            "more": { "allOf": [{ "type": "integer", "minimum": 3 }, { "maximum": 3 }] },
        } }),
        expect![[
            r#"{"id":"O-655059","code":"fjord-cedar-fjord-kelp","at":"2025-05-19T09:58:13Z","price":1.0,"list":["c","a","b"],"more":3}"#
        ]],
    );
}

#[test]
fn recursion_ends_where_it_may() {
    check(
        json!({ "type": "object", "required": ["next"], "properties": {
            "next": { "anyOf": [{ "type": "null" }, { "$ref": "#" }] } } }),
        expect![[r#"{"next":{"next":{"next":{"next":null}}}}"#]],
    );
    check(
        json!({ "type": "array", "uniqueItems": true, "items": { "$ref": "#" } }),
        expect!["[[[[[]]]]]"],
    );
    let endless = json!({ "type": "object", "required": ["next"], "properties": { "next": { "$ref": "#" } } });
    check(endless, expect!["missing: ``"]);
    for circle in [
        json!({ "allOf": [{ "$ref": "#" }] }),
        json!({ "anyOf": [{ "$ref": "#" }], "type": "string" }),
    ] {
        let made = examples(&Schema::new(circle.clone(), Dialect::AsyncApi), 0);
        assert!(made.is_err() || made.unwrap().values.is_empty(), "{circle}");
    }
}

#[test]
fn conditions_and_dependencies_are_tried() {
    check(
        json!({ "type": "object", "required": ["a"], "maxProperties": 2,
            "properties": { "a": { "type": "boolean" }, "b": {}, "c": {}, "d": {} },
            "if": { "properties": { "a": { "const": true } } }, "then": { "required": ["d"] } }),
        expect![[r#"{"a":true,"d":"fjord"}"#]],
    );
}

#[test]
fn other_seeds_give_other_examples() {
    let schema = Schema::new(
        json!({ "type": "string", "format": "uuid" }),
        Dialect::AsyncApi,
    );
    assert_ne!(examples(&schema, 1).unwrap(), examples(&schema, 2).unwrap());
}

/// Schemas with the first example of each.
fn check_first(schemas: &[Value], expect: Expect) {
    let first = |schema: &Value| {
        let made = examples(&Schema::new(schema.clone(), Dialect::AsyncApi), 0).unwrap();
        made.values.first().map(Value::to_string)
    };
    let lines = schemas.iter().map(|schema| {
        let example = first(schema).unwrap_or_else(|| "none".to_owned());
        format!("{schema} => {example}")
    });
    expect.assert_eq(&lines.collect::<Vec<_>>().join("\n"));
}

#[test]
fn every_format_has_an_example() {
    let formats = [
        "date-time",
        "date",
        "time",
        "duration",
        "uuid",
        "email",
        "idn-email",
        "uri",
        "url",
        "iri",
        "uri-reference",
        "iri-reference",
        "uri-template",
        "json-pointer",
        "relative-json-pointer",
        "hostname",
        "idn-hostname",
        "ipv4",
        "ipv6",
        "regex",
        "byte",
        "own",
    ];
    let schemas: Vec<Value> = formats
        .iter()
        .map(|format| json!({ "type": "string", "format": format }))
        .collect();
    check_first(
        &schemas,
        expect![[r#"
        {"type":"string","format":"date-time"} => "2025-09-14T08:44:05Z"
        {"type":"string","format":"date"} => "2025-09-14"
        {"type":"string","format":"time"} => "08:44:05Z"
        {"type":"string","format":"duration"} => "PT21M"
        {"type":"string","format":"uuid"} => "ab0ed942-1630-4454-a97b-72ee3dc7ac99"
        {"type":"string","format":"email"} => "inlet@example.com"
        {"type":"string","format":"idn-email"} => "inlet@example.com"
        {"type":"string","format":"uri"} => "https://example.com/inlet"
        {"type":"string","format":"url"} => "https://example.com/inlet"
        {"type":"string","format":"iri"} => "https://example.com/inlet"
        {"type":"string","format":"uri-reference"} => "/inlet"
        {"type":"string","format":"iri-reference"} => "/inlet"
        {"type":"string","format":"uri-template"} => "/inlet"
        {"type":"string","format":"json-pointer"} => "/inlet"
        {"type":"string","format":"relative-json-pointer"} => "0/inlet"
        {"type":"string","format":"hostname"} => "inlet.example.com"
        {"type":"string","format":"idn-hostname"} => "inlet.example.com"
        {"type":"string","format":"ipv4"} => "192.0.2.229"
        {"type":"string","format":"ipv6"} => "2001:db8::de3f"
        {"type":"string","format":"regex"} => "^inlet$"
        {"type":"string","format":"byte"} => "inle"
        {"type":"string","format":"own"} => "inlet""#]],
    );
}

#[test]
fn patterns_are_matched_with_plain_letters() {
    let patterns = [
        "^[ -~]$",
        "^[^a-zA-Z0-9]$",
        "^[ \\t]$",
        "^[é-ü]$",
        "^(ab|cd)+$",
        "^x{2,4}y?z*$",
        "^[A-Z]{3}-\\d{2}$",
        "^$",
        "\\p{Lu}",
        "(?=a)b",
    ];
    let schemas: Vec<Value> = patterns
        .iter()
        .map(|pattern| json!({ "type": "string", "pattern": pattern }))
        .collect();
    check_first(
        &schemas,
        expect![[r#"
        {"type":"string","pattern":"^[ -~]$"} => "5"
        {"type":"string","pattern":"^[^a-zA-Z0-9]$"} => "&"
        {"type":"string","pattern":"^[ \\t]$"} => " "
        {"type":"string","pattern":"^[é-ü]$"} => "î"
        {"type":"string","pattern":"^(ab|cd)+$"} => "cd"
        {"type":"string","pattern":"^x{2,4}y?z*$"} => "xxxxy"
        {"type":"string","pattern":"^[A-Z]{3}-\\d{2}$"} => "MLV-55"
        {"type":"string","pattern":"^$"} => ""
        {"type":"string","pattern":"\\p{Lu}"} => "J"
        {"type":"string","pattern":"(?=a)b"} => none"#]],
    );
}

#[test]
fn numbers_keep_their_limits_and_steps() {
    check_first(
        &[
            json!({ "type": "integer" }),
            json!({ "type": "number" }),
            json!({ "minimum": 5 }),
            json!({ "type": "integer", "maximum": -5 }),
            json!({ "type": "integer", "maximum": 0 }),
            json!({ "type": "integer", "minimum": 7, "maximum": 7 }),
            json!({ "type": "integer", "exclusiveMinimum": 3, "exclusiveMaximum": 5 }),
            json!({ "type": "integer", "exclusiveMinimum": 3, "exclusiveMaximum": 4 }),
            json!({ "type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 0.125 }),
            json!({ "type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 0.25 }),
            json!({ "type": "number", "exclusiveMinimum": 0.25, "maximum": 0.375 }),
            json!({ "type": "number", "multipleOf": 0.01, "minimum": 0.29, "maximum": 0.3 }),
            json!({ "type": "integer", "multipleOf": 1000, "exclusiveMinimum": 1000 }),
            json!({ "type": "number", "multipleOf": 4, "minimum": 5, "maximum": 7 }),
            json!({ "allOf": [{ "exclusiveMinimum": 2 }, { "minimum": 3 }, { "maximum": 3 }] }),
            json!({ "allOf": [{ "exclusiveMaximum": 4 }, { "maximum": 3 }, { "minimum": 3 }] }),
            json!({ "type": "integer", "multipleOf": 1000 }),
            json!({ "exclusiveMinimum": 5, "multipleOf": 4, "maximum": 8 }),
            json!({ "exclusiveMaximum": 0.9, "multipleOf": 0.25, "minimum": 0.6 }),
            json!({ "type": "integer", "minimum": 10_000_000_000_000_000_000_u64 }),
            json!({ "allOf": [{ "minimum": 2 }, { "exclusiveMinimum": 2 }, { "maximum": 3 }, { "type": "integer" }] }),
            json!({ "allOf": [{ "exclusiveMinimum": 2 }, { "minimum": 2 }, { "exclusiveMaximum": 4 }, { "maximum": 4 }, { "type": "integer" }] }),
            json!({ "allOf": [{ "type": "number" }, { "type": "integer", "maximum": 9 }, { "maximum": 8, "minimum": 8 }] }),
        ],
        expect![[r#"
            {"type":"integer"} => 96
            {"type":"number"} => 24.0
            {"minimum":5} => 29.0
            {"type":"integer","maximum":-5} => -6
            {"type":"integer","maximum":0} => -1
            {"type":"integer","minimum":7,"maximum":7} => 7
            {"type":"integer","exclusiveMinimum":3,"exclusiveMaximum":5} => 4
            {"type":"integer","exclusiveMinimum":3,"exclusiveMaximum":4} => none
            {"type":"number","exclusiveMinimum":0,"exclusiveMaximum":0.125} => 0.0625
            {"type":"number","exclusiveMinimum":0,"exclusiveMaximum":0.25} => 0.125
            {"type":"number","exclusiveMinimum":0.25,"maximum":0.375} => 0.3125
            {"type":"number","multipleOf":0.01,"minimum":0.29,"maximum":0.3} => 0.29
            {"type":"integer","multipleOf":1000,"exclusiveMinimum":1000} => 98000
            {"type":"number","multipleOf":4,"minimum":5,"maximum":7} => none
            {"allOf":[{"exclusiveMinimum":2},{"minimum":3},{"maximum":3}]} => 3.0
            {"allOf":[{"exclusiveMaximum":4},{"maximum":3},{"minimum":3}]} => 3.0
            {"type":"integer","multipleOf":1000} => 96000
            {"exclusiveMinimum":5,"multipleOf":4,"maximum":8} => 8
            {"exclusiveMaximum":0.9,"multipleOf":0.25,"minimum":0.6} => 0.75
            {"type":"integer","minimum":10000000000000000000} => 10000000000000000000
            {"allOf":[{"minimum":2},{"exclusiveMinimum":2},{"maximum":3},{"type":"integer"}]} => 3
            {"allOf":[{"exclusiveMinimum":2},{"minimum":2},{"exclusiveMaximum":4},{"maximum":4},{"type":"integer"}]} => 3
            {"allOf":[{"type":"number"},{"type":"integer","maximum":9},{"maximum":8,"minimum":8}]} => 8"#]],
    );
}

#[test]
fn objects_have_what_they_need_and_what_they_may() {
    check_first(
        &[
            json!({ "required": ["a"] }),
            json!({ "properties": { "a": { "const": 1 } }, "minProperties": 3 }),
            json!({ "properties": { "a": { "const": 1 }, "b": { "const": 2 }, "c": { "const": 3 } }, "maxProperties": 2 }),
            json!({ "properties": { "a": { "const": 1 }, "b": { "const": 2 } }, "required": ["b"], "dependencies": { "b": ["c"], "c": ["d"] } }),
            json!({ "properties": { "a": { "const": 1 } }, "dependentRequired": { "a": ["z"] } }),
            json!({ "additionalProperties": { "const": 1 } }),
            json!({ "additionalProperties": { "const": 1 }, "minProperties": 14 }),
            json!({ "type": "object", "additionalProperties": false }),
            json!({ "patternProperties": { "^x-[0-9]$": { "const": 1 } }, "minProperties": 2 }),
            json!({ "patternProperties": { "^x": { "const": 1 } } }),
            json!({ "properties": { "a": false, "b": { "const": 2 } } }),
            json!({ "properties": { "a": { "type": "object", "properties": { "b": { "type": "object", "properties": { "c": { "type": "object",
                "properties": { "d": { "type": "object", "properties": { "e": { "const": 1 } } } } } } } } } } }),
            json!({ "allOf": [{ "properties": { "a": { "minimum": 2 } } }, { "properties": { "a": { "type": "integer", "maximum": 2 } } }] }),
            json!({ "if": { "properties": { "a": { "const": 1 } }, "required": ["a"] }, "then": { "required": ["b"] }, "else": { "required": ["c"] } }),
            json!({ "if": false, "then": { "const": 1 }, "else": { "const": 2 } }),
        ],
        expect![[r#"
            {"required":["a"]} => {"a":"inlet"}
            {"properties":{"a":{"const":1}},"minProperties":3} => {"a":1,"fjord":"inlet","inlet":"fjord"}
            {"properties":{"a":{"const":1},"b":{"const":2},"c":{"const":3}},"maxProperties":2} => {"a":1,"b":2}
            {"properties":{"a":{"const":1},"b":{"const":2}},"required":["b"],"dependencies":{"b":["c"],"c":["d"]}} => {"a":1,"b":2,"c":"inlet","d":"inlet"}
            {"properties":{"a":{"const":1}},"dependentRequired":{"a":["z"]}} => {"a":1,"z":"fjord"}
            {"additionalProperties":{"const":1}} => {"inlet":1}
            {"additionalProperties":{"const":1},"minProperties":14} => {"inlet":1,"inlet1":1,"fjord":1,"jade":1,"ember":1,"birch":1,"fjord6":1,"cedar":1,"kelp":1,"cedar9":1,"kelp10":1,"lotus":1,"grove":1,"cedar13":1}
            {"type":"object","additionalProperties":false} => {}
            {"patternProperties":{"^x-[0-9]$":{"const":1}},"minProperties":2} => {"x-5":1,"x-51":1}
            {"patternProperties":{"^x":{"const":1}}} => {"x":1}
            {"properties":{"a":false,"b":{"const":2}}} => {"b":2}
            {"properties":{"a":{"type":"object","properties":{"b":{"type":"object","properties":{"c":{"type":"object","properties":{"d":{"type":"object","properties":{"e":{"const":1}}}}}}}}}}} => {"a":{"b":{"c":{"d":{}}}}}
            {"allOf":[{"properties":{"a":{"minimum":2}}},{"properties":{"a":{"type":"integer","maximum":2}}}]} => {"a":2}
            {"if":{"properties":{"a":{"const":1}},"required":["a"]},"then":{"required":["b"]},"else":{"required":["c"]}} => {"a":1,"b":"fjord"}
            {"if":false,"then":{"const":1},"else":{"const":2}} => 2"#]],
    );
}

#[test]
fn arrays_have_items_of_each_kind() {
    check_first(
        &[
            json!({ "items": { "const": 1 } }),
            json!({ "items": [{ "const": 1 }, { "const": 2 }] }),
            json!({ "items": [{ "const": 1 }, { "const": 2 }], "additionalItems": { "const": 3 }, "minItems": 4 }),
            json!({ "items": [{ "const": 1 }, { "const": 2 }], "additionalItems": false, "maxItems": 1 }),
            json!({ "type": "array", "contains": { "const": 7 }, "items": { "type": "integer" }, "minItems": 3 }),
            json!({ "type": "array", "items": { "enum": [1, 2, 3] }, "minItems": 3, "uniqueItems": true }),
            json!({ "type": "array", "maxItems": 0 }),
            json!({ "type": "array", "items": false }),
            json!({ "type": "array", "items": false, "minItems": 1 }),
            json!({ "allOf": [{ "items": [{ "minimum": 4 }] }, { "items": [{ "maximum": 4, "type": "integer" }, { "const": 1 }] }] }),
        ],
        expect![[r#"
            {"items":{"const":1}} => [1]
            {"items":[{"const":1},{"const":2}]} => [1,2]
            {"items":[{"const":1},{"const":2}],"additionalItems":{"const":3},"minItems":4} => [1,2,3,3]
            {"items":[{"const":1},{"const":2}],"additionalItems":false,"maxItems":1} => [1]
            {"type":"array","contains":{"const":7},"items":{"type":"integer"},"minItems":3} => [96,85,7]
            {"type":"array","items":{"enum":[1,2,3]},"minItems":3,"uniqueItems":true} => [3,1,2]
            {"type":"array","maxItems":0} => []
            {"type":"array","items":false} => []
            {"type":"array","items":false,"minItems":1} => none
            {"allOf":[{"items":[{"minimum":4}]},{"items":[{"maximum":4,"type":"integer"},{"const":1}]}]} => [4,1]"#]],
    );
}

#[test]
fn types_are_those_that_are_left_or_hinted_at() {
    check_first(
        &[
            json!({}),
            json!(true),
            json!(false),
            json!({ "type": ["null", "boolean"] }),
            json!({ "type": "null" }),
            json!({ "type": ["string", "number"], "minimum": 3 }),
            json!({ "type": ["string", "array"], "items": { "const": 1 } }),
            json!({ "allOf": [{ "type": ["string", "number"] }, { "type": ["boolean", "integer"] }] }),
            json!({ "allOf": [{ "type": ["integer", "string"] }, { "type": ["number", "boolean"] }] }),
            json!({ "allOf": [{ "type": "string" }, { "type": "boolean" }] }),
            json!({ "allOf": [{ "enum": [1, 2, 3] }, { "enum": [3, 4] }] }),
            json!({ "allOf": [{ "enum": [1, 2] }, { "const": 3 }] }),
            json!({ "type": "string", "default": "given" }),
            json!({ "type": "string", "examples": ["shown"], "minLength": 3 }),
            json!({ "type": "object", "examples": [{ "not": "scalar" }], "properties": { "a": { "const": 1 } } }),
            json!({ "type": "string", "maxLength": 2 }),
            json!({ "type": "string", "minLength": 12 }),
            json!({ "type": "string", "minLength": 20_000 }),
            json!({ "anyOf": [{ "type": "null" }, { "const": 1 }] }),
            json!({ "oneOf": [{ "type": "null" }] }),
        ],
        expect![[r#"
            {} => "inlet"
            true => "inlet"
            false => none
            {"type":["null","boolean"]} => true
            {"type":"null"} => null
            {"type":["string","number"],"minimum":3} => 27.0
            {"type":["string","array"],"items":{"const":1}} => [1]
            {"allOf":[{"type":["string","number"]},{"type":["boolean","integer"]}]} => 96
            {"allOf":[{"type":["integer","string"]},{"type":["number","boolean"]}]} => 96
            {"allOf":[{"type":"string"},{"type":"boolean"}]} => none
            {"allOf":[{"enum":[1,2,3]},{"enum":[3,4]}]} => 3
            {"allOf":[{"enum":[1,2]},{"const":3}]} => none
            {"type":"string","default":"given"} => "given"
            {"type":"string","examples":["shown"],"minLength":3} => "shown"
            {"type":"object","examples":[{"not":"scalar"}],"properties":{"a":{"const":1}}} => {"a":1}
            {"type":"string","maxLength":2} => "in"
            {"type":"string","minLength":12} => "inlet-fjord-inlet"
            {"type":"string","minLength":20000} => none
            {"anyOf":[{"type":"null"},{"const":1}]} => 1
            {"oneOf":[{"type":"null"}]} => null"#]],
    );
}

#[test]
fn alternatives_that_overlap_are_kept_apart() {
    let of = |name: &str| json!({ "type": "object", "properties": { name: { "type": "string" } } });
    let schema = json!({ "oneOf": [of("key"), { "$ref": "#/definitions/other" }], "definitions": { "other": of("key2") } });
    check(
        schema,
        expect![[r#"
            {"key":"cedar","key2":0}
            {"key":"birch","key2":0}
            {"key2":"amber","key":0}"#]],
    );
    check(
        json!({ "oneOf": [{ "type": "integer" }, { "type": "number" }] }),
        expect![[r#"
            24.25
            21.25
            missing: `/oneOf/0`"#]],
    );
}

#[test]
fn what_people_write_as_an_example_is_one() {
    let lookahead = "^(?!0)(\\d)\\1-[a-f]$";
    check(
        json!({ "type": "string", "pattern": lookahead, "example": "77-c" }),
        expect![[r#""77-c""#]],
    );
}
