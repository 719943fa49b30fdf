//! The JSON Schema that stands for a payload: every keyword in the spelling of the draft it is written in.
use expect_test::{Expect, expect};
use tidings_document::{
    api::{Api, SchemaId},
    read, schema_json_with_map,
};

use super::open_files;

const ASYNCAPI: &str = "application/vnd.aai.asyncapi;version=3.0.0";
const OPENAPI: &str = "application/vnd.oai.openapi;version=3.0.0";
const DRAFT_2020: &str = "application/schema+json;version=draft-2020-12";

/// Hands on the model of a document with named schemas, of which the first is a payload, and that one.
pub(crate) fn with_payload<T>(
    format: &str,
    schemas: &str,
    use_: impl Fn(&Api<'_>, SchemaId) -> T,
) -> T {
    let first = schemas.trim_start().split(':').next().unwrap();
    let schemas = schemas.trim_start().replace('\n', "\n    ");
    let text = format!(
        "asyncapi: 3.0.0\ninfo: {{title: a, version: '1'}}\ncomponents:\n  messages:\n    M: {{payload: {{schemaFormat: '{format}', \
         schema: {{$ref: '#/components/schemas/{first}'}}}}}}\n  schemas:\n    {schemas}\n"
    );
    let (document, found) = open_files(&[("/doc/api.yaml", &text)]);
    assert!(found.is_empty(), "{found:?}");
    let api = read(&document).0.unwrap();
    let payload = api.messages[0].payload.as_ref();
    use_(&api, payload.and_then(|payload| payload.schema).unwrap())
}

/// Compares the draft and the definitions.
#[track_caller]
fn check(format: &str, schemas: &str, expected: Expect) {
    let lines = with_payload(format, schemas, |api, id| {
        let json = schema_json_with_map(api, id).schema;
        let definitions = json["definitions"].as_object().unwrap();
        let lines = definitions
            .iter()
            .map(|(name, schema)| format!("{name}: {schema}"));
        [json["$schema"].to_string()]
            .into_iter()
            .chain(lines)
            .collect::<Vec<_>>()
    });
    expected.assert_eq(&lines.join("\n"));
}

#[test]
fn keywords_without_schemas_stay_as_they_are() {
    check(
        ASYNCAPI,
        "S: {title: t, description: d, type: object, format: f, enum: [1], const: 1, default: 1, minProperties: 1, maxProperties: 2,
  minItems: 1, maxItems: 2, uniqueItems: true, multipleOf: 2, minLength: 1, maxLength: 2, pattern: p, contentEncoding: base64,
  contentMediaType: a/b, required: [a], minimum: 1, maximum: 2, exclusiveMinimum: 0, exclusiveMaximum: 3, examples: [1], readOnly: true}",
        expect![[r#"
            "http://json-schema.org/draft-07/schema#"
            1: {"title":"t","description":"d","type":"object","format":"f","enum":[1],"const":1,"default":1,"minProperties":1,"maxProperties":2,"minItems":1,"maxItems":2,"uniqueItems":true,"multipleOf":2,"minLength":1,"maxLength":2,"pattern":"p","contentEncoding":"base64","contentMediaType":"a/b","required":["a"],"minimum":1,"maximum":2,"exclusiveMinimum":0,"exclusiveMaximum":3}"#]],
    );
}

#[test]
fn each_schema_inside_is_a_definition() {
    check(
        ASYNCAPI,
        "S:
  properties: {a: {type: string}}
  patternProperties: {^b: {type: integer}}
  additionalProperties: false
  propertyNames: {minLength: 1}
  items: {type: number}
  contains: true
  not: {const: 1}
  if: {const: 2}
  then: {const: 3}
  else: {const: 4}
  allOf: [{const: 5}]
  anyOf: [{const: 6}, {const: 7}]
  oneOf: [{const: 8}]
  dependencies: {a: [b], c: {const: 9}}",
        expect![[r##"
            "http://json-schema.org/draft-07/schema#"
            1: {"dependencies":{"a":["b"],"c":{"$ref":"#/definitions/12"}},"additionalProperties":{"$ref":"#/definitions/2"},"propertyNames":{"$ref":"#/definitions/3"},"contains":{"$ref":"#/definitions/4"},"not":{"$ref":"#/definitions/5"},"if":{"$ref":"#/definitions/6"},"then":{"$ref":"#/definitions/7"},"else":{"$ref":"#/definitions/8"},"properties":{"a":{"$ref":"#/definitions/9"}},"patternProperties":{"^b":{"$ref":"#/definitions/10"}},"items":{"$ref":"#/definitions/11"},"allOf":[{"$ref":"#/definitions/13"}],"anyOf":[{"$ref":"#/definitions/14"},{"$ref":"#/definitions/15"}],"oneOf":[{"$ref":"#/definitions/16"}]}
            2: false
            3: {"minLength":1}
            4: true
            5: {"const":1}
            6: {"const":2}
            7: {"const":3}
            8: {"const":4}
            9: {"type":"string"}
            10: {"type":"integer"}
            11: {"type":"number"}
            12: {"const":9}
            13: {"const":5}
            14: {"const":6}
            15: {"const":7}
            16: {"const":8}"##]],
    );
    check(
        ASYNCAPI,
        "S: {items: [{const: 1}, {const: 2}], additionalItems: {const: 3}}",
        expect![[r##"
            "http://json-schema.org/draft-07/schema#"
            1: {"additionalItems":{"$ref":"#/definitions/2"},"items":[{"$ref":"#/definitions/3"},{"$ref":"#/definitions/4"}]}
            2: {"const":3}
            3: {"const":1}
            4: {"const":2}"##]],
    );
}

#[test]
fn later_keywords_are_written_in_a_later_draft() {
    check(
        DRAFT_2020,
        "S:
  prefixItems: [{const: 1}]
  items: {const: 2}
  contains: {const: 3}
  minContains: 2
  maxContains: 4
  dependentRequired: {a: [b]}
  dependentSchemas: {c: {const: 5}}
  unevaluatedProperties: false",
        expect![[r##"
            "https://json-schema.org/draft/2020-12/schema"
            1: {"maxContains":4,"unevaluatedProperties":{"$ref":"#/definitions/3"},"contains":{"$ref":"#/definitions/4"},"minContains":2,"items":{"$ref":"#/definitions/2"},"prefixItems":[{"$ref":"#/definitions/5"}],"dependentSchemas":{"c":{"$ref":"#/definitions/6"}},"dependentRequired":{"a":["b"]}}
            2: {"const":2}
            3: false
            4: {"const":3}
            5: {"const":1}
            6: {"const":5}"##]],
    );
    check(
        DRAFT_2020,
        "S: {unevaluatedItems: {const: 1}}",
        expect![[r##"
            "https://json-schema.org/draft/2020-12/schema"
            1: {"unevaluatedItems":{"$ref":"#/definitions/2"}}
            2: {"const":1}"##]],
    );
    check(
        DRAFT_2020,
        "S: {prefixItems: [{const: 1}], items: false, dependentRequired: {a: [b], c: [d]}, dependentSchemas: {a: {const: 5}}}",
        expect![[r##"
            "http://json-schema.org/draft-07/schema#"
            1: {"additionalItems":{"$ref":"#/definitions/2"},"items":[{"$ref":"#/definitions/3"}],"dependencies":{"a":{"required":["b"],"allOf":[{"$ref":"#/definitions/4"}]},"c":["d"]}}
            2: false
            3: {"const":1}
            4: {"const":5}"##]],
    );
    check(
        DRAFT_2020,
        "S: {dependentRequired: {a: [b]}, dependencies: {a: [c]}}",
        expect![[r#"
            "http://json-schema.org/draft-07/schema#"
            1: {"dependencies":{"a":["c","b"]}}"#]],
    );
    check(
        ASYNCAPI,
        "S: {dependentRequired: {a: [b]}}",
        expect![[r#"
            "http://json-schema.org/draft-07/schema#"
            1: {}"#]],
    );
}

#[test]
fn null_is_allowed_beside_all_that_is_said() {
    check(
        OPENAPI,
        "S: {nullable: true}",
        expect![[r#"
                "http://json-schema.org/draft-07/schema#"
                1: {"anyOf":[{"type":"null"},{}]}"#]],
    );
    check(
        OPENAPI,
        "S: {nullable: true, type: string, maxLength: 2}",
        expect![[r#"
                "http://json-schema.org/draft-07/schema#"
                1: {"type":["string","null"],"maxLength":2}"#]],
    );
    check(
        OPENAPI,
        "S: {nullable: true, type: string, enum: [a]}",
        expect![[r#"
                "http://json-schema.org/draft-07/schema#"
                1: {"anyOf":[{"type":"null"},{"type":"string","enum":["a"]}]}"#]],
    );
    check(
        OPENAPI,
        "S: {nullable: false, type: string}",
        expect![[r#"
                "http://json-schema.org/draft-07/schema#"
                1: {"type":"string"}"#]],
    );
    check(
        OPENAPI,
        "S: {type: number, minimum: 1, exclusiveMinimum: true, maximum: 2, exclusiveMaximum: false}",
        expect![[r#"
            "http://json-schema.org/draft-07/schema#"
            1: {"type":"number","maximum":2,"exclusiveMinimum":1}"#]],
    );
}

#[test]
fn numbers_that_would_be_rounded_keep_their_text() {
    check(
        ASYNCAPI,
        "S: {multipleOf: 0.1000000000000000000001, minimum: 123456789012345678901234567890, maximum: 1,
  const: {a: [123456789012345678901234567890, x, null], b: {}}, enum: [[], 123456789012345678901234567891, true]}",
        expect![[r#"
            "http://json-schema.org/draft-07/schema#"
            1: {"multipleOf":0.1,"x-tidings-literals":{"multipleOf":"0.1000000000000000000001","const":"{\"a\":[123456789012345678901234567890,\"x\",null],\"b\":{}}","enum":"[[],123456789012345678901234567891,true]","minimum":"123456789012345678901234567890"},"const":{"a":[1.2345678901234568e+29,"x",null],"b":{}},"enum":[[],1.2345678901234568e+29,true],"minimum":1.2345678901234568e+29,"maximum":1}"#]],
    );
}

#[test]
fn alternatives_hold_where_the_discriminator_says_so() {
    check(
        OPENAPI,
        "S: {discriminator: {propertyName: kind, mapping: {c: Cat}}, oneOf: [{$ref: '#/components/schemas/Cat'}, {$ref: '#/components/schemas/Dog'}]}
Cat: {required: [kind], properties: {kind: {type: string}}}
Dog: {required: [kind], properties: {kind: {type: string}}}",
        expect![[r##"
            "http://json-schema.org/draft-07/schema#"
            1: {"oneOf":[{"$comment":"discriminator","required":["kind"],"properties":{"kind":{"enum":["c"]}},"allOf":[{"$ref":"#/definitions/2"}]},{"$comment":"discriminator","required":["kind"],"properties":{"kind":{"enum":["Dog"]}},"allOf":[{"$ref":"#/definitions/3"}]}]}
            2: {"required":["kind"],"properties":{"kind":{"$ref":"#/definitions/4"}}}
            3: {"required":["kind"],"properties":{"kind":{"$ref":"#/definitions/5"}}}
            4: {"type":"string"}
            5: {"type":"string"}"##]],
    );
}

#[test]
fn a_base_stands_for_all_that_build_on_it() {
    check(
        ASYNCAPI,
        "S: {discriminator: kind, required: [kind], properties: {kind: {type: string}}}
Cat: {allOf: [{$ref: '#/components/schemas/S'}]}",
        expect![[r##"
            "http://json-schema.org/draft-07/schema#"
            1: {"oneOf":[{"$comment":"discriminator","required":["kind"],"properties":{"kind":{"enum":["Cat"]}},"allOf":[{"$ref":"#/definitions/2"}]},{"$comment":"discriminator","required":["kind"],"properties":{"kind":{"enum":["S"]}},"allOf":[{"$ref":"#/definitions/3"}]}]}
            2: {"allOf":[{"$ref":"#/definitions/3"}]}
            3: {"required":["kind"],"properties":{"kind":{"$ref":"#/definitions/4"}}}
            4: {"type":"string"}"##]],
    );
}

#[test]
fn alternatives_see_what_they_build_on_without_the_alternatives() {
    check(
        ASYNCAPI,
        "S: {discriminator: kind, required: [kind], oneOf: [{$ref: '#/components/schemas/Cat'}, {$ref: '#/components/schemas/Dog'}]}
Cat: {allOf: [{$ref: '#/components/schemas/S'}]}
Dog: {allOf: [{$ref: '#/components/schemas/S'}]}",
        expect![[r##"
            "http://json-schema.org/draft-07/schema#"
            1: {"required":["kind"],"oneOf":[{"$comment":"discriminator","required":["kind"],"properties":{"kind":{"enum":["Cat"]}},"allOf":[{"$ref":"#/definitions/2"}]},{"$comment":"discriminator","required":["kind"],"properties":{"kind":{"enum":["Dog"]}},"allOf":[{"$ref":"#/definitions/3"}]}]}
            2: {"allOf":[{"$ref":"#/definitions/4"}]}
            3: {"allOf":[{"$ref":"#/definitions/4"}]}
            4: {"required":["kind"]}"##]],
    );
}

#[test]
fn places_lead_back_to_the_document() {
    let schemas = "S: {discriminator: kind, oneOf: [{$ref: '#/components/schemas/Cat'}, {$ref: '#/components/schemas/Dog'}], properties: {a/b~c: {items: [{minimum: 1}]}}}
Cat: {required: [kind], maxProperties: 1}
Dog: {required: [kind]}";
    with_payload(ASYNCAPI, schemas, |api, id| {
        let json = schema_json_with_map(api, id);
        let schemas: Vec<_> = json
            .schemas()
            .iter()
            .map(|id| api[*id].pointer.as_str())
            .collect();
        assert_eq!(schemas.len(), 5, "{schemas:?}");
        let origin = |pointer: &str| {
            json.origin(pointer)
                .map(|(id, rest)| format!("{} {rest}", api[id].pointer))
        };
        let name = |name: &str| json.defined(name).map(|id| api[id].pointer.as_str());
        assert_eq!(name("1"), Some("/components/schemas/S"));
        assert_eq!((name("0"), name("9"), name("x")), (None, None, None));
        let found = [
            "",
            "#",
            "/allOf/0/maxLength",
            "/definitions/1/oneOf/0/required/0",
            "/definitions/1/oneOf/1/properties/kind/enum",
            "/definitions/1/oneOf/0/allOf/0/maxProperties",
            "/definitions/1/properties/a~1b~0c/items/0/minimum",
            "/definitions/9/a",
            "/definitions",
            "/none",
        ];
        let lines: Vec<_> = found
            .iter()
            .map(|pointer| format!("{pointer} => {}", origin(pointer).unwrap_or_default()))
            .collect();
        expect![[r#"
             => /components/schemas/S 
            # => /components/schemas/S 
            /allOf/0/maxLength => /components/schemas/S /maxLength
            /definitions/1/oneOf/0/required/0 => /components/schemas/S /discriminator
            /definitions/1/oneOf/1/properties/kind/enum => /components/schemas/S /discriminator
            /definitions/1/oneOf/0/allOf/0/maxProperties => /components/schemas/Cat /maxProperties
            /definitions/1/properties/a~1b~0c/items/0/minimum => /components/schemas/S/properties/a~1b~0c /items/0/minimum
            /definitions/9/a => /components/schemas/S /definitions/9/a
            /definitions => /components/schemas/S /definitions
            /none => /components/schemas/S /none"#]].assert_eq(&lines.join("\n"));
    });
}
