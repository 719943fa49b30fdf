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
        payload /id: property `id` is not allowed
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
        payload /id: property `id` is not allowed
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
            payload /1: `3` is not `2`
            payload (whole): the array has `1` items too many"#]],
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
            payload /n: `0` is not greater than `0` (the closest of 2 alternatives)
            payload /s: `null` is not of type `string`
            payload /pet: property `bark` is missing (the closest of 2 alternatives)"#]],
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
