//! Payloads in each dialect of JSON Schema: its own keywords, in `message check` and in examples.
use crate::support::Place;
use expect_test::{Expect, expect};

/// All that is not about schemas.
const HEAD: &str = "\
asyncapi: 3.1.0
id: urn:a
info:
  title: t
  version: 1.0.0
  description: d
  contact: { name: n, url: 'https://example.com', email: n@example.com }
  license: { name: MIT, url: 'https://example.com' }
  tags: [{ name: a }]
defaultContentType: application/json
servers: { s: { host: example.com, protocol: mqtt } }
";

/// Checks valid payloads, invalid ones, and examples; `schema` is a flow mapping of YAML.
#[track_caller]
fn check(format: &str, schema: &str, good: &[&str], bad: &[&str], expect: Expect) {
    let place = Place::new();
    let schema = schema.split_whitespace().collect::<Vec<_>>().join(" ");
    let stated = match format {
        "" => String::new(),
        _ => format!("schemaFormat: {format}\n          schema: "),
    };
    place.write(
        "api.yaml",
        format!(
            "{HEAD}channels:\n  a:\n    address: a\n    messages:\n      M:\n        payload:\n          \
             {stated}{schema}\noperations:\n  o: {{ action: send, channel: {{ $ref: '#/channels/a' }} }}\n"
        ),
    );
    let run = place.run(&[
        "validate",
        "api.yaml",
        "--format",
        "concise",
        "--fail-on",
        "warning",
    ]);
    assert_eq!(run.code, 0, "{}", run.out);
    let stream = [
        "message",
        "check",
        "api.yaml",
        "--message",
        "M",
        "--stream",
        "-",
    ];
    let run = place.run_with_input(&stream, good.join("\n").as_bytes());
    assert_eq!((run.code, run.err.as_str()), (0, ""), "{}", run.out);
    let run = place.run_with_input(&stream, bad.join("\n").as_bytes());
    let lines = run.out.lines().filter(|line| line.starts_with("  payload"));
    let lines: Vec<&str> = lines.map(str::trim_start).collect();
    expect.assert_eq(&lines.join("\n"));
    let counts = format!("{0} messages, 0 valid M, {0} invalid", bad.len());
    assert!(run.out.contains(&counts), "{}", run.out);
    let run = place.run(&[
        "message",
        "example",
        "api.yaml",
        "--message",
        "M",
        "--stream",
    ]);
    assert_eq!(run.code, 0, "{}", run.err);
    let run = place.run_with_input(&stream, run.out.as_bytes());
    assert_eq!(run.code, 0, "{}", run.out);
}

#[test]
fn draft_04_has_boolean_bounds_and_ids() {
    check(
        "application/schema+json;version=draft-04",
        "{ id: 'http://example.com/a', type: object, required: [n, r], definitions: { r: { id: '#r', enum: [x] } }, properties: {
            n: { type: number, minimum: 0, exclusiveMinimum: true, maximum: 9, exclusiveMaximum: true }, r: { $ref: '#r' },
            f: { type: number, maximum: 1, exclusiveMaximum: false } } }",
        &[r#"{"n":1,"r":"x","f":1}"#],
        &[r#"{"n":0,"r":"x"}"#, r#"{"n":9,"r":"y"}"#, r#"{"n":1,"r":"x","f":2}"#],
        expect![[r#"
            payload /n: `0` is not greater than `0`
            payload /n: `9` is not less than `9`
            payload /r: `"y"` is not one of `"x"`
            payload /f: `2` is greater than `1`"#]],
    );
}

#[test]
fn draft_06_has_constants_names_and_contained_items() {
    check(
        "application/schema+json;version=draft-06",
        "{ type: object, required: [c], propertyNames: { maxLength: 3 }, properties: { c: { const: 1 }, n: { exclusiveMinimum: 0, type: integer },
            l: { type: array, contains: { const: 7 } }, e: false, a: true } }",
        &[r#"{"c":1,"n":1,"l":[1,7]}"#],
        &[r#"{"c":2}"#, r#"{"c":1,"n":0}"#, r#"{"c":1,"l":[]}"#, r#"{"c":1,"long":1}"#, r#"{"c":1,"e":1}"#],
        expect![[r#"
            payload /c: `2` is not `1`
            payload /n: `0` is not greater than `0`
            payload /l: the array lacks an item of the kind that it must contain
            payload (whole): property name is not allowed: `"long"` is longer than `3` characters
            payload /e: `1` is not allowed here"#]],
    );
}

#[test]
fn draft_07_has_conditions() {
    let schema = "{ type: object, required: [k], properties: { k: { enum: [a, b] }, v: {} }, if: { properties: { k: { const: a } } },
        then: { required: [v] }, else: { not: { required: [v] } }, dependencies: { x: [v], y: { properties: { k: { const: b } } } } }";
    let good = &[r#"{"k":"a","v":1}"#, r#"{"k":"b"}"#];
    let bad = &[
        r#"{"k":"a"}"#,
        r#"{"k":"b","v":1}"#,
        r#"{"k":"b","x":1}"#,
        r#"{"k":"a","v":1,"y":1}"#,
    ];
    check(
        "",
        schema,
        good,
        bad,
        expect![[r#"
        payload (whole): property `v` is missing
        payload (whole): the object is of a kind that is ruled out
        payload (whole): property `v` is missing
        payload /k: `"a"` is not `"b"`"#]],
    );
    let stated = "application/schema+json;version=draft-07";
    check(
        stated,
        schema,
        good,
        bad,
        expect![[r#"
        payload (whole): property `v` is missing
        payload (whole): the object is of a kind that is ruled out
        payload (whole): property `v` is missing
        payload /k: `"a"` is not `"b"`"#]],
    );
}

const NEWER: &str = "{ $defs: { base: { $anchor: base, type: object, properties: { id: { type: string } } } }, $ref: '#base', required: [id],
    properties: { tags: { type: array, contains: { const: x }, minContains: 2, maxContains: 3 }, card: {}, owner: {}, street: {} },
    dependentRequired: { card: [owner] }, dependentSchemas: { owner: { required: [street], properties: { street: { minLength: 1 } } } },
    unevaluatedProperties: false }";

#[test]
fn draft_2019_09_has_dependencies_counts_and_what_was_not_evaluated() {
    let good = &[
        r#"{"id":"1","tags":["x","x"]}"#,
        r#"{"id":"1","card":1,"owner":1,"street":"a"}"#,
    ];
    let bad = &[
        r#"{"id":1}"#,
        r#"{}"#,
        r#"{"id":"1","tags":["x"]}"#,
        r#"{"id":"1","tags":["x","x","x","x"]}"#,
        r#"{"id":"1","card":1}"#,
        r#"{"id":"1","owner":1,"street":""}"#,
        r#"{"id":"1","more":1}"#,
    ];
    let expected = expect![[r#"
        payload /id: `1` is not of type `string`
        payload (whole): property `id` is missing
        payload /tags: the array has too few items of the kind that it must contain
        payload /tags: the array has too many items of the kind that it may contain
        payload (whole): property `owner` is missing
        payload /street: `""` is shorter than `1` characters
        payload /more: property `more` is not allowed"#]];
    check(
        "application/schema+json;version=2019-09",
        NEWER,
        good,
        bad,
        expected,
    );
    let expected = expect![[r#"
        payload /id: `1` is not of type `string`
        payload (whole): property `id` is missing
        payload /tags: the array has too few items of the kind that it must contain
        payload /tags: the array has too many items of the kind that it may contain
        payload (whole): property `owner` is missing
        payload /street: `""` is shorter than `1` characters
        payload /more: property `more` is not allowed"#]];
    check(
        "application/vnd.oai.openapi+json;version=3.1.0",
        NEWER,
        good,
        bad,
        expected,
    );
    check(
        "application/schema+json;version=2019-09",
        "{ type: array, items: [{ type: string }], additionalItems: { type: integer }, minItems: 2 }",
        &[r#"["a",1]"#],
        &[r#"["a","b"]"#, r#"[1,1]"#],
        expect![[r#"
            payload /1: `"b"` is not of type `integer`
            payload /0: `1` is not of type `string`"#]],
    );
}

#[test]
fn draft_2020_12_has_items_behind_prefixes() {
    check(
        "application/schema+json;version=2020-12",
        "{ type: array, prefixItems: [{ type: string }, { type: [integer, 'null'] }], items: { const: z }, minItems: 3 }",
        &[r#"["a",1,"z","z"]"#, r#"["a",null,"z"]"#],
        &[r#"[1,1,"z"]"#, r#"["a","b","z"]"#, r#"["a",1,"y"]"#],
        expect![[r#"
            payload /0: `1` is not of type `string`
            payload /1: `"b"` is not of type `null` or `integer`
            payload /2: `"y"` is not `"z"`"#]],
    );
    check(
        "application/schema+json;version=2020-12",
        "{ $dynamicAnchor: node, type: array, prefixItems: [{ type: string }], items: false, allOf: [{ minItems: 1 }] }",
        &[r#"["a"]"#],
        &[r#"["a",1]"#, "[]"],
        expect![[r#"
            payload /1: `1` is not allowed here
            payload (whole): the array has fewer than `1` items"#]],
    );
    check(
        "application/schema+json;version=2020-12",
        "{ type: array, minItems: 2, prefixItems: [{ const: 1 }], anyOf: [{ prefixItems: [true, { const: 2 }] }], unevaluatedItems: { const: 9 } }",
        &["[1,2]", "[1,2,9]"],
        &["[1,2,3]", "[1,3]"],
        expect![[r#"
            payload (whole): the array has `1` items too many
            payload (whole): the array has `1` items too many
            payload /1: `3` is not `2`"#]],
    );
}

#[test]
fn references_through_references_keep_what_stands_beside_them() {
    check(
        "application/schema+json;version=2020-12",
        "{ $defs: { c: { type: integer }, b: { $ref: '#/channels/a/messages/M/payload/schema/$defs/c', minimum: 1 },
            a: { $ref: '#/channels/a/messages/M/payload/schema/$defs/b' } },
          $ref: '#/channels/a/messages/M/payload/schema/$defs/a', maximum: 3 }",
        &["1", "3"],
        &["0", "4", "1.5"],
        expect![[r#"
            payload (whole): `0` is less than `1`
            payload (whole): `4` is greater than `3`
            payload (whole): `1.5` is not of type `integer`"#]],
    );
}

#[test]
fn openapi_3_0_has_null_beside_types_and_boolean_bounds() {
    check(
        "application/vnd.oai.openapi+json;version=3.0.0",
        "{ type: object, required: [n, pet], properties: { n: { type: integer, nullable: true, minimum: 0, exclusiveMinimum: true }, s: { type: string },
            pet: { discriminator: { propertyName: kind }, oneOf: [
              { type: object, required: [kind, bark], properties: { kind: { enum: [dog] }, bark: { type: boolean } } },
              { type: object, required: [kind], properties: { kind: { enum: [cat] } } } ] } } }",
        &[r#"{"n":null,"pet":{"kind":"cat"}}"#, r#"{"n":1,"pet":{"kind":"dog","bark":true}}"#],
        &[
            r#"{"n":0,"pet":{"kind":"cat"}}"#,
            r#"{"n":1,"s":null,"pet":{"kind":"cat"}}"#,
            r#"{"n":1,"pet":{"kind":"dog"}}"#,
        ],
        expect![[r#"
            payload /n: `0` is not greater than `0`
            payload /s: `null` is not of type `string`
            payload /pet: property `bark` is missing"#]],
    );
}

#[test]
fn openapi_3_1_has_lists_of_types() {
    check(
        "application/vnd.oai.openapi;version=3.1.0",
        "{ type: [object, 'null'], required: [n], properties: { n: { type: [integer, 'null'], exclusiveMinimum: 0 }, k: { const: x } } }",
        &["null", r#"{"n":null,"k":"x"}"#],
        &["1", r#"{"n":0}"#, r#"{"n":1,"k":"y"}"#],
        expect![[r#"
            payload (whole): `1` is not of type `null` or `object`
            payload /n: `0` is not greater than `0`
            payload /k: `"y"` is not `"x"`"#]],
    );
}

#[test]
fn keywords_that_are_not_checked_are_named() {
    let place = Place::new();
    let api = |format: &str| {
        format!(
            "{HEAD}channels:\n  a:\n    address: a\n    messages:\n      M:\n        payload:\n          \
             schemaFormat: {format}\n          schema: {{ type: array, nullable: true, prefixItems: [{{ $dynamicRef: '#x' }}], minContains: 1, contains: {{ $dynamicAnchor: x }} }}\n"
        )
    };
    for (format, expected) in [
        (
            "application/schema+json;version=draft-07",
            expect![[r#"
                api.yaml:19:34: warning[schema-keyword-ignored] `nullable` is no keyword of the stated dialect of JSON Schema
                api.yaml:19:50: warning[schema-keyword-ignored] `prefixItems` is no keyword of the stated dialect of JSON Schema
                api.yaml:19:88: warning[schema-keyword-ignored] `minContains` is no keyword of the stated dialect of JSON Schema
                -: valid M
                warning: `minContains` is no keyword of the stated dialect of JSON Schema, at api.yaml:19:88
                warning: `prefixItems` is no keyword of the stated dialect of JSON Schema, at api.yaml:19:50
                warning: `nullable` is no keyword of the stated dialect of JSON Schema, at api.yaml:19:34
            "#]],
        ),
        (
            "application/schema+json;version=2020-12",
            expect![[r#"
                api.yaml:19:34: warning[schema-keyword-ignored] `nullable` is no keyword of JSON Schema 2020-12
                api.yaml:19:66: warning[schema-keyword-ignored] `$dynamicRef` is not followed
                -: valid M
                warning: `nullable` is no keyword of JSON Schema 2020-12, at api.yaml:19:34
                warning: `$dynamicRef` is not followed, at api.yaml:19:66
            "#]],
        ),
    ] {
        place.write("api.yaml", api(format));
        let run = place.run(&["validate", "api.yaml", "--format", "concise"]);
        let check = ["message", "check", "api.yaml", "--message", "M", "-"];
        let checked = place.run_with_input(&check, b"[1]");
        expected.assert_eq(&format!("{}{}{}", run.out, checked.out, checked.err));
    }
}

/// What `validate` says of a schema that is wrong; `schema` is a flow mapping of YAML.
#[track_caller]
fn check_form(format: &str, schema: &str, expect: Expect) {
    let place = Place::new();
    place.write(
        "api.yaml",
        format!(
            "{HEAD}channels:\n  a:\n    address: a\n    messages:\n      M:\n        payload:\n          \
             schemaFormat: {format}\n          schema: {schema}\noperations:\n  o: {{ action: send, channel: {{ $ref: '#/channels/a' }} }}\n"
        ),
    );
    let validate = ["validate", "api.yaml", "--format", "concise"];
    let run = place.run(&validate);
    assert_eq!(run.code, 1, "{}", run.out);
    let of_rule = |line: &&str| line.contains("schema-keyword-invalid");
    let lines: Vec<&str> = run.out.lines().filter(of_rule).collect();
    expect.assert_eq(&lines.join("\n"));
    let run = place.run(&[&validate[..], &["--profile", "official"]].concat());
    assert_eq!(run.code, 0, "{}", run.out);
}

#[test]
fn forms_of_draft_04_are_checked() {
    check_form(
        "application/schema+json;version=draft-04",
        "{ id: 1, type: objekt, required: [], properties: { a: { minimum: 0, exclusiveMinimum: 0 }, b: true, c: { enum: [] } }, additionalProperties: false, examples: 1 }",
        expect![[r#"
            api.yaml:19:25: error[schema-keyword-invalid] `id` must be text, not a number
            api.yaml:19:34: error[schema-keyword-invalid] `type` may not be `objekt`
            api.yaml:19:52: error[schema-keyword-invalid] `required` must have at least one item
            api.yaml:19:105: error[schema-keyword-invalid] `exclusiveMinimum` must be `true` or `false`, not a number
            api.yaml:19:113: error[schema-keyword-invalid] `b` must be a schema, not a boolean
            api.yaml:19:130: error[schema-keyword-invalid] `enum` must have at least one item"#]],
    );
}

#[test]
fn forms_of_draft_06_are_checked() {
    check_form(
        "application/schema+json;version=draft-06",
        "{ type: [], required: a, properties: { a: { minimum: 0, exclusiveMinimum: true }, b: true, c: 1 }, propertyNames: { minLength: -1 }, readOnly: 1 }",
        expect![[r#"
            api.yaml:19:27: error[schema-keyword-invalid] `type` must have at least one item
            api.yaml:19:41: error[schema-keyword-invalid] `required` must be a list, not text
            api.yaml:19:93: error[schema-keyword-invalid] `exclusiveMinimum` must be a number, not a boolean
            api.yaml:19:113: error[schema-keyword-invalid] `c` must be a schema, not a number
            api.yaml:19:146: error[schema-keyword-invalid] `minLength` must be 0 or more"#]],
    );
}

#[test]
fn forms_of_2019_09_are_checked() {
    check_form(
        "application/schema+json;version=2019-09",
        "{ $defs: { a: { maxItems: 1.5 } }, $ref: '#/channels/a/messages/M/payload/schema/$defs/a', items: [{ type: strnig }], minContains: x, dependentRequired: { a: b }, unevaluatedItems: [] }",
        expect![[r#"
            api.yaml:19:45: error[schema-keyword-invalid] `maxItems` must be an integer, not a number
            api.yaml:19:126: error[schema-keyword-invalid] `type` may not be `strnig`
            api.yaml:19:150: error[schema-keyword-invalid] `minContains` must be an integer, not text
            api.yaml:19:177: error[schema-keyword-invalid] `a` must be a list, not text
            api.yaml:19:200: error[schema-keyword-invalid] `unevaluatedItems` must be a schema, not a list"#]],
    );
}

#[test]
fn forms_of_2020_12_are_checked() {
    let schema = "{ type: [object, object], properties: [], prefixItems: [], items: [true], allOf: { type: object }, $defs: { a: { pattern: 1, multipleOf: 0, uniqueItems: 'yes' } } }";
    let expected = expect![[r#"
        api.yaml:19:36: error[schema-keyword-invalid] `type` holds this item twice
        api.yaml:19:57: error[schema-keyword-invalid] `properties` must be an object, not a list
        api.yaml:19:74: error[schema-keyword-invalid] `prefixItems` must have at least one item
        api.yaml:19:85: error[schema-keyword-invalid] `items` must be a schema, not a list
        api.yaml:19:100: error[schema-keyword-invalid] `allOf` must be a list, not an object
        api.yaml:19:141: error[schema-keyword-invalid] `pattern` must be text, not a number
        api.yaml:19:156: error[schema-keyword-invalid] `multipleOf` must be above 0
        api.yaml:19:172: error[schema-keyword-invalid] `uniqueItems` must be `true` or `false`, not text"#]];
    check_form("application/schema+json;version=2020-12", schema, expected);
    let schema = "{ type: integr, enum: a, minLength: -1, if: 1 }";
    let expected = expect![[r#"
        api.yaml:19:27: error[schema-keyword-invalid] `type` may not be `integr`
        api.yaml:19:41: error[schema-keyword-invalid] `enum` must be a list, not text
        api.yaml:19:55: error[schema-keyword-invalid] `minLength` must be 0 or more
        api.yaml:19:63: error[schema-keyword-invalid] `if` must be a schema, not a number"#]];
    check_form(
        "application/vnd.oai.openapi+json;version=3.1.0",
        schema,
        expected,
    );
}

#[test]
fn forms_of_openapi_3_0_are_checked_for_the_official_profile_too() {
    let place = Place::new();
    place.write(
        "api.yaml",
        format!(
            "{HEAD}channels:\n  a:\n    address: a\n    messages:\n      M:\n        payload:\n          \
             schemaFormat: application/vnd.oai.openapi;version=3.0.0\n          schema: {{ type: objekt, minLength: -1 }}\n"
        ),
    );
    let run = place.run(&["validate", "api.yaml", "--profile", "official"]);
    assert!(run.out.contains("enum-mismatch"), "{}", run.out);
    assert!(run.out.contains("value-out-of-range"), "{}", run.out);
}

#[test]
fn what_is_wrong_in_a_component_of_no_dialect_is_told_once() {
    let place = Place::new();
    place.write(
        "api.yaml",
        format!(
            "{HEAD}channels:\n  a:\n    address: a\n    messages:\n      M:\n        payload:\n          \
             schemaFormat: application/schema+json;version=2020-12\n          schema: {{ $ref: '#/components/schemas/A' }}\n\
             components:\n  schemas:\n    A: {{ type: objekt, properties: {{ b: {{ minLength: -1, prefixItems: [] }} }} }}\n"
        ),
    );
    let run = place.run(&["validate", "api.yaml", "--format", "concise"]);
    let errors = run.out.lines().filter(|line| line.contains("error"));
    let errors: Vec<&str> = errors.collect();
    expect![[r#"
        api.yaml:22:16: error[enum-mismatch] `type` may not be `objekt`
        api.yaml:22:54: error[value-out-of-range] `minLength` must be 0 or more
        api.yaml:22:71: error[schema-keyword-invalid] `prefixItems` must have at least one item"#]]
    .assert_eq(&errors.join("\n"));
}
