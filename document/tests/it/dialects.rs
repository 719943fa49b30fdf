//! What rules ask of schemas in other dialects, of bindings in version 2, and which language a `schemaFormat` means.
use expect_test::{Expect, expect};
use tidings_document::{
    Diagnostic, Document,
    api::{Api, SchemaFormat},
    binding_protocols, binding_structure, binding_versions, is_older_binding, read,
    schema_structure,
};

use super::{json_schema::with_payload, open_files};

/// `place: message (help)`, the place being the text there.
fn lines(document: &Document, found: &[Diagnostic]) -> String {
    let line = |found: &Diagnostic| {
        let help = found.help.as_deref().unwrap_or_default();
        format!(
            "`{}`: {} ({help})",
            document.sources().slice(found.span),
            found.message
        )
    };
    found.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[track_caller]
fn check_schema(version: &str, schema: &str, expected: Expect) {
    let format = format!("application/schema+json;version={version}");
    let text = format!(
        "asyncapi: 3.0.0\ninfo: {{title: a, version: '1'}}\ncomponents:\n  messages:\n    M: {{payload: {{schemaFormat: '{format}', schema: {schema}}}}}\n"
    );
    let (document, _) = open_files(&[("/doc/api.yaml", &text)]);
    let api = read(&document).0.unwrap();
    let found: Vec<_> = api
        .schemas
        .iter()
        .flat_map(|schema| schema_structure(&api, schema))
        .collect();
    expected.assert_eq(&lines(&document, &found));
}

const WRONG: &str = "{id: 1, exclusiveMaximum: 10, exclusiveMinimum: true, enum: [], required: id, definitions: [], properties: {a: true, b: 1},
    additionalProperties: 1, dependencies: {a: 1, b: [1]}, items: [1], allOf: {}, not: [], $id: 1, examples: 1, readOnly: 1, const: 1, contains: 1,
    propertyNames: 1, if: 1, minContains: x, prefixItems: {}, unevaluatedItems: 1, dependentRequired: {a: 1}, minLength: -1, type: strin}";

#[test]
fn each_dialect_has_keywords_of_its_own() {
    check_schema(
        "draft-04",
        WRONG,
        expect![[r#"
        `strin`: `type` may not be `strin` (did you mean `string`?)
        `-1`: `minLength` must be 0 or more (change it, or leave it out)
        `[]`: `not` must be a schema, not a list (write `{}` for none)
        `{}`: `allOf` must be a list, not an object (write a list: each item begins with `- `)
        `1`: `items` must be a schema, not a number (write its entries below it, indented deeper: `KEY: VALUE`)
        `1`: `b` must be text, not a number (put it in quotes: `"1"`)
        `1`: `a` must be a schema, not a number (write its entries below it, indented deeper: `KEY: VALUE`)
        `1`: `additionalProperties` must be a schema, not a number (write its entries below it, indented deeper: `KEY: VALUE`)
        `1`: `b` must be a schema, not a number (write its entries below it, indented deeper: `KEY: VALUE`)
        `true`: `a` must be a schema, not a boolean (write its entries below it, indented deeper: `KEY: VALUE`)
        `[]`: `definitions` must be an object, not a list (write `{}` for none)
        `id`: `required` must be a list, not text (draft-04 takes a list of one name or more: `required: [id]`)
        `[]`: `enum` must have at least one item (add an item, or leave it out)
        `10`: `exclusiveMaximum` must be `true` or `false`, not a number (draft-04 takes `true` beside the number: `maximum: 10`)
        `1`: `id` must be text, not a number (put it in quotes: `"1"`)
        `1`: `0` must be a schema, not a number (write its entries below it, indented deeper: `KEY: VALUE`)"#]],
    );
    check_schema(
        "draft-06",
        WRONG,
        expect![[r#"
        `strin`: `type` may not be `strin` (did you mean `string`?)
        `-1`: `minLength` must be 0 or more (change it, or leave it out)
        `1`: `propertyNames` must be a schema, not a number (write its entries below it, indented deeper: `KEY: VALUE`)
        `1`: `contains` must be a schema, not a number (write its entries below it, indented deeper: `KEY: VALUE`)
        `1`: `examples` must be a list, not a number (write it as a list: `[1]`)
        `1`: `$id` must be text, not a number (put it in quotes: `"1"`)
        `[]`: `not` must be a schema, not a list (write `{}` for none)
        `{}`: `allOf` must be a list, not an object (write a list: each item begins with `- `)
        `1`: `items` must be a schema, not a number (write its entries below it, indented deeper: `KEY: VALUE`)
        `1`: `b` must be text, not a number (put it in quotes: `"1"`)
        `1`: `a` must be a schema, not a number (write its entries below it, indented deeper: `KEY: VALUE`)
        `1`: `additionalProperties` must be a schema, not a number (write its entries below it, indented deeper: `KEY: VALUE`)
        `1`: `b` must be a schema, not a number (write its entries below it, indented deeper: `KEY: VALUE`)
        `[]`: `definitions` must be an object, not a list (write `{}` for none)
        `id`: `required` must be a list, not text (list the names: `required: [id]`)
        `true`: `exclusiveMinimum` must be a number, not a boolean (write the number itself: `exclusiveMinimum: 0`)
        `1`: `0` must be a schema, not a number (write its entries below it, indented deeper: `KEY: VALUE`)"#]],
    );
    check_schema("draft-07", WRONG, expect![[r#""#]]);
    check_schema(
        "2019-09",
        WRONG,
        expect![[r#"
        `strin`: `type` may not be `strin` (did you mean `string`?)
        `-1`: `minLength` must be 0 or more (change it, or leave it out)
        `1`: `a` must be a list, not a number (write it as a list: `[1]`)
        `1`: `unevaluatedItems` must be a schema, not a number (write its entries below it, indented deeper: `KEY: VALUE`)
        `x`: `minContains` must be an integer, not text (write it in digits, such as `10`)
        `1`: `if` must be a schema, not a number (write its entries below it, indented deeper: `KEY: VALUE`)
        `1`: `propertyNames` must be a schema, not a number (write its entries below it, indented deeper: `KEY: VALUE`)
        `1`: `contains` must be a schema, not a number (write its entries below it, indented deeper: `KEY: VALUE`)
        `1`: `readOnly` must be `true` or `false`, not a number (write `true` or `false`)
        `1`: `examples` must be a list, not a number (write it as a list: `[1]`)
        `1`: `$id` must be text, not a number (put it in quotes: `"1"`)
        `[]`: `not` must be a schema, not a list (write `{}` for none)
        `{}`: `allOf` must be a list, not an object (write a list: each item begins with `- `)
        `1`: `items` must be a schema, not a number (write its entries below it, indented deeper: `KEY: VALUE`)
        `1`: `b` must be text, not a number (put it in quotes: `"1"`)
        `1`: `a` must be a schema, not a number (write its entries below it, indented deeper: `KEY: VALUE`)
        `1`: `additionalProperties` must be a schema, not a number (write its entries below it, indented deeper: `KEY: VALUE`)
        `1`: `b` must be a schema, not a number (write its entries below it, indented deeper: `KEY: VALUE`)
        `[]`: `definitions` must be an object, not a list (write `{}` for none)
        `id`: `required` must be a list, not text (list the names: `required: [id]`)
        `true`: `exclusiveMinimum` must be a number, not a boolean (write the number itself: `exclusiveMinimum: 0`)
        `1`: `0` must be a schema, not a number (write its entries below it, indented deeper: `KEY: VALUE`)"#]],
    );
    check_schema(
        "2020-12",
        WRONG,
        expect![[r#"
        `strin`: `type` may not be `strin` (did you mean `string`?)
        `-1`: `minLength` must be 0 or more (change it, or leave it out)
        `1`: `a` must be a list, not a number (write it as a list: `[1]`)
        `1`: `unevaluatedItems` must be a schema, not a number (write its entries below it, indented deeper: `KEY: VALUE`)
        `{}`: `prefixItems` must be a list, not an object (write a list: each item begins with `- `)
        `x`: `minContains` must be an integer, not text (write it in digits, such as `10`)
        `1`: `if` must be a schema, not a number (write its entries below it, indented deeper: `KEY: VALUE`)
        `1`: `propertyNames` must be a schema, not a number (write its entries below it, indented deeper: `KEY: VALUE`)
        `1`: `contains` must be a schema, not a number (write its entries below it, indented deeper: `KEY: VALUE`)
        `1`: `readOnly` must be `true` or `false`, not a number (write `true` or `false`)
        `1`: `examples` must be a list, not a number (write it as a list: `[1]`)
        `1`: `$id` must be text, not a number (put it in quotes: `"1"`)
        `[]`: `not` must be a schema, not a list (write `{}` for none)
        `{}`: `allOf` must be a list, not an object (write a list: each item begins with `- `)
        `[1]`: `items` must be a schema, not a list (schemas by position stand in `prefixItems` since 2020-12)
        `1`: `b` must be text, not a number (put it in quotes: `"1"`)
        `1`: `a` must be a schema, not a number (write its entries below it, indented deeper: `KEY: VALUE`)
        `1`: `additionalProperties` must be a schema, not a number (write its entries below it, indented deeper: `KEY: VALUE`)
        `1`: `b` must be a schema, not a number (write its entries below it, indented deeper: `KEY: VALUE`)
        `[]`: `definitions` must be an object, not a list (write `{}` for none)
        `id`: `required` must be a list, not text (list the names: `required: [id]`)
        `true`: `exclusiveMinimum` must be a number, not a boolean (write the number itself: `exclusiveMinimum: 0`)"#]],
    );
    check_schema(
        "draft-04",
        "{required: []}",
        expect![
            "`[]`: `required` must have at least one item (draft-04 takes a list of one name or more: `required: [id]`)"
        ],
    );
    check_schema(
        "2020-12",
        "{properties: {a: {items: {$defs: 1}}}}",
        expect![
            "`1`: `$defs` must be an object, not a number (write its entries below it, indented deeper: `KEY: VALUE`)"
        ],
    );
}

#[test]
fn a_schema_is_an_object_or_a_truth_value() {
    check_schema(
        "2020-12",
        "1",
        expect![
            "`1`: `schema` must be a schema, not a number (write its entries below it, indented deeper: `KEY: VALUE`)"
        ],
    );
    check_schema("2020-12", "true", expect![[r#""#]]);
    check_schema("draft-04", "true", expect![[r#""#]]);
}

#[test]
fn components_are_not_told_twice_what_reading_told() {
    let told = |format: &str, schemas: &str| {
        with_payload(format, schemas, |api, id| {
            lines(api.document, &schema_structure(api, &api[id]))
        })
    };
    expect!["`1`: `prefixItems` must be a list, not a number (write it as a list: `[1]`)"]
        .assert_eq(&told(
            "application/schema+json;version=2020-12",
            "S: {minLength: -1, prefixItems: 1}",
        ));
    expect![[r#""#]].assert_eq(&told(
        "application/vnd.aai.asyncapi;version=3.0.0",
        "S: {minLength: -1}",
    ));
}

#[test]
fn schema_formats_name_languages() {
    use SchemaFormat::{
        AsyncApi, Avro, JsonSchema, JsonSchema04, JsonSchema06, JsonSchema2019, JsonSchema2020,
        OpenApi30, Other, Protobuf, Raml,
    };
    for (text, expected) in [
        ("application/vnd.aai.asyncapi;version=3.0.0", AsyncApi),
        ("application/vnd.aai.asyncapi+yaml;version=2.6.0", AsyncApi),
        ("application/schema+json;version=draft-07", JsonSchema),
        ("APPLICATION/Schema+JSON", JsonSchema),
        ("application/schema+yaml;version=draft-04", JsonSchema04),
        ("application/schema+json; version=draft-06", JsonSchema06),
        ("application/schema+json;version=2019-09", JsonSchema2019),
        ("application/schema+json;version=2020-12", JsonSchema2020),
        ("application/vnd.oai.openapi;version=3.0.3", OpenApi30),
        (
            "application/vnd.oai.openapi+json;version=3.1.0",
            JsonSchema2020,
        ),
        ("application/vnd.apache.avro+json;version=1.9.0", Avro),
        ("application/vnd.google.protobuf;version=3", Protobuf),
        ("application/x-protobuf", Protobuf),
        ("application/protobuf", Protobuf),
        ("application/raml+yaml;version=1.0", Raml),
        ("application/xml", Other),
    ] {
        let text = format!(
            "asyncapi: 3.0.0\ninfo: {{title: a, version: '1'}}\ncomponents:\n  messages:\n    M: {{payload: {{schemaFormat: '{text}', schema: {{}}}}}}\n"
        );
        let (document, _) = open_files(&[("/doc/api.yaml", &text)]);
        let api = read(&document).0.unwrap();
        let payload = api.messages[0].payload.as_ref().unwrap();
        assert_eq!(payload.format, expected, "{text}");
    }
}

/// What is wrong with the bindings of the first channel's first operation.
#[track_caller]
fn check_binding(protocol: &str, binding: &str, expected: Expect) {
    let text = format!(
        "asyncapi: 2.6.0\ninfo: {{title: a, version: '1'}}\nchannels:\n  c: {{publish: {{bindings: {{{protocol}: {binding}}}}}}}\n"
    );
    let (document, _) = open_files(&[("/doc/api.yaml", &text)]);
    let api: Api<'_> = read(&document).0.unwrap();
    let binding = api.operations[0].about.bindings[0];
    expected.assert_eq(&lines(
        &document,
        &binding_structure(&api, tidings_document::Level::Operation, binding),
    ));
}

#[test]
fn bindings_are_checked_by_the_version_that_they_state() {
    check_binding(
        "mqtt",
        "{qos: 3, retain: 1, bindingVersion: 0.2.0}",
        expect![[r#"
            `1`: `retain` must be `true` or `false`, not a number (write `true` or `false`)
            `3`: `qos` may not be `3` (it may be `0`, `1`, `2`)"#]],
    );
    check_binding(
        "mqtt",
        "{qos: x, bindingVersion: 9.9.9}",
        expect!["`x`: `qos` must be an integer, not text (write it in digits, such as `10`)"],
    );
    check_binding(
        "mqtt",
        "{qos: x}",
        expect!["`x`: `qos` must be an integer, not text (write it in digits, such as `10`)"],
    );
    check_binding("mqtt", "{none: x}", expect![[r#""#]]);
    check_binding(
        "kafka",
        "{groupId: 1, clientId: {type: 1}}",
        expect![[r#"
            `1`: `type` must be text, not a number (put it in quotes: `"1"`)
            `1`: `groupId` must be a schema, not a number (write its entries below it, indented deeper: `KEY: VALUE`)"#]],
    );
    check_binding(
        "amqp",
        "{expiration: -1, bindingVersion: 0.1.0}",
        expect!["`-1`: `expiration` must be 0 or more (change it, or leave it out)"],
    );
    check_binding("mercure", "{a: 1}", expect![[r#""#]]);
    check_binding("own", "{a: 1}", expect![[r#""#]]);
}

#[test]
fn versions_of_bindings_are_known() {
    use tidings_document::Level::{Channel, Message, Operation, Server};
    expect!["amqp amqp1 anypointmq googlepubsub http ibmmq jms kafka mqtt nats pulsar redis ros2 sns solace sqs stomp ws amqp amqp1 anypointmq googlepubsub http ibmmq jms kafka mqtt nats pulsar redis sns solace sqs stomp ws mercure mqtt5"].assert_eq(&binding_protocols().collect::<Vec<_>>().join(" "));
    assert_eq!(binding_versions("mqtt", Operation), ["0.2.0"]);
    assert_eq!(binding_versions("own", Operation), [""; 0]);
    for (version, expected) in [
        ("0.1.9", true),
        ("0.2.0", false),
        ("9.0.0", false),
        ("0.1", false),
        ("x.y.z", false),
    ] {
        assert_eq!(
            is_older_binding("mqtt", Operation, version),
            expected,
            "{version}"
        );
    }
    assert!(!is_older_binding("own", Operation, "0.0.1"));
    let names = [Server, Channel, Operation, Message].map(|level| level.as_str());
    assert_eq!(names, ["server", "channel", "operation", "message"]);
}
