//! Each way in which a rule may decide, where the examples of its documentation show only some.

use super::*;

/// Whether a rule finds something in a document with these servers and this message.
fn finds(rule: &'static str, servers: &str, message: &str) -> bool {
    let text = format!(
        "asyncapi: 3.1.0\ninfo: {{ title: a, version: '1' }}\nservers: {servers}\n\
         channels: {{ c: {{ address: c, messages: {{ m: {message} }} }} }}\n"
    );
    findings(rule, &text).contains(&rule)
}

/// Whether a rule finds something in the schema of a payload.
fn finds_in(rule: &'static str, schema: &str) -> bool {
    finds(rule, "{}", &format!("{{ payload: {schema} }}"))
}

#[test]
fn integers_are_bounded_by_a_format_by_values_or_from_both_sides() {
    for (schema, expected) in [
        ("{ type: integer }", true),
        ("{ type: [integer, 'null'] }", true),
        ("{ type: integer, minimum: 1 }", true),
        ("{ type: integer, maximum: 1 }", true),
        ("{ type: integer, exclusiveMinimum: 1 }", true),
        ("{ type: integer, exclusiveMaximum: 1 }", true),
        ("{ type: integer, minimum: 1, exclusiveMinimum: 0 }", true),
        ("{ type: integer, format: int32 }", false),
        ("{ type: integer, minimum: 1, maximum: 2 }", false),
        ("{ type: integer, exclusiveMinimum: 1, maximum: 2 }", false),
        ("{ type: integer, minimum: 1, exclusiveMaximum: 2 }", false),
        ("{ type: integer, enum: [1] }", false),
        ("{ type: integer, const: 1 }", false),
        ("{ type: number }", false),
        ("{ type: [integer, string] }", false),
    ] {
        assert_eq!(finds_in("integer-unbounded", schema), expected, "{schema}");
    }
}

#[test]
fn a_discriminator_may_be_required_by_parts_or_by_every_alternative() {
    let with = "{ required: [kind] }";
    let without = "{ properties: { a: {} } }";
    for (rest, expected) in [
        (String::new(), true),
        (", required: [other]".to_owned(), true),
        (format!(", allOf: [{without}, {with}]"), false),
        (format!(", allOf: [{without}]"), true),
        (format!(", allOf: [{{ allOf: [{with}] }}]"), false),
        (format!(", oneOf: [{with}, {with}]"), false),
        (format!(", oneOf: [{with}, {without}]"), true),
        (format!(", anyOf: [{with}, {with}]"), false),
        (format!(", anyOf: [{without}, {with}]"), true),
        (format!(", oneOf: [{{ allOf: [{with}] }}]"), false),
    ] {
        let schema = format!(
            "{{ type: object, discriminator: kind, properties: {{ kind: {{ type: string }} }}{rest} }}"
        );
        let found = finds_in("discriminator-not-required", &schema);
        assert_eq!(found, expected, "{schema}");
    }
}

#[test]
fn servers_speak_a_protocol_by_any_of_its_names() {
    for (server, binding, is_served) in [
        ("kafka", "kafka", true),
        ("kafka-secure", "kafka", true),
        ("mqtt", "mqtt", true),
        ("mqtts", "mqtt", true),
        ("secure-mqtt", "mqtt", true),
        ("mqtt5", "mqtt", true),
        ("amqps", "amqp", true),
        ("AMQP", "amqp", true),
        ("nats", "nats", true),
        ("rediss", "redis", true),
        ("stomps", "stomp", true),
        ("https", "http", true),
        ("wss", "ws", true),
        ("https", "ws", true),
        ("mqtt", "kafka", false),
        ("kafka", "mqtt", false),
        ("mqtt", "amqp", false),
        ("mqtt", "nats", false),
        ("mqtt", "redis", false),
        ("mqtt", "stomp", false),
        ("mqtt", "http", false),
        ("mqtt", "ws", false),
    ] {
        let servers = format!("{{ s: {{ host: example.com, protocol: {server} }} }}");
        let message = format!("{{ bindings: {{ {binding}: {{}} }} }}");
        let found = finds("binding-protocol-unserved", &servers, &message);
        assert_eq!(found, !is_served, "{server} and {binding}");
    }
}

#[test]
fn traits_conflict_within_nested_fields() {
    for (one, other, expected) in [
        (
            "headers: { required: [a] }",
            "headers: { required: [b] }",
            true,
        ),
        (
            "headers: { required: [a] }",
            "headers: { required: [a] }",
            false,
        ),
        (
            "headers: { properties: { a: { type: string } } }",
            "headers: { properties: { a: { type: integer } } }",
            true,
        ),
        (
            "headers: { properties: { a: { type: string } } }",
            "headers: { properties: { b: { type: integer } } }",
            false,
        ),
        (
            "bindings: { mqtt: { payloadFormatIndicator: 0 } }",
            "bindings: { mqtt: { payloadFormatIndicator: 1 } }",
            true,
        ),
        (
            "bindings: { mqtt: { payloadFormatIndicator: 0 } }",
            "bindings: { kafka: {} }",
            false,
        ),
        ("title: A", "title: B", false),
        ("description: A", "description: B", false),
        ("tags: [{ name: a }]", "tags: [{ name: b }]", false),
        ("x-a: 1", "x-a: 2", false),
        ("contentType: a/b", "contentType: a/c", true),
    ] {
        let message = format!("{{ traits: [{{ {one} }}, {{ {other} }}] }}");
        let found = finds("trait-conflict", "{}", &message);
        assert_eq!(found, expected, "{message}");
    }
}

#[test]
fn schemas_have_no_values_where_keywords_contradict() {
    for (schema, expected) in [
        ("{ type: integer, minimum: 2, maximum: 1 }", true),
        ("{ type: integer, minimum: 1, maximum: 1 }", false),
        ("{ type: number, exclusiveMinimum: 1, maximum: 1 }", true),
        ("{ type: number, minimum: 1, exclusiveMaximum: 1 }", true),
        (
            "{ type: number, exclusiveMinimum: 1, exclusiveMaximum: 2 }",
            false,
        ),
        ("{ type: string, minLength: 3, maxLength: 2 }", true),
        ("{ type: string, minLength: 2, maxLength: 2 }", false),
        ("{ type: array, minItems: 3, maxItems: 2 }", true),
        ("{ type: array, minItems: 2, maxItems: 2 }", false),
        ("{ type: object, minProperties: 3, maxProperties: 2 }", true),
        (
            "{ type: object, minProperties: 2, maxProperties: 2 }",
            false,
        ),
        ("{ type: object, required: [a, b], maxProperties: 1 }", true),
        (
            "{ type: object, required: [a, b], maxProperties: 2 }",
            false,
        ),
        (
            "{ type: object, required: [a], properties: { a: false } }",
            true,
        ),
        (
            "{ type: object, required: [b], properties: { a: false } }",
            false,
        ),
        ("{ type: string, const: ab, maxLength: 1 }", true),
        ("{ type: string, const: a, maxLength: 1 }", false),
        ("{ type: integer, enum: [1, 2], minimum: 3 }", true),
        ("{ type: integer, enum: [1, 3], minimum: 3 }", false),
        ("{ type: string, const: 5 }", true),
        ("{ type: integer, const: 5.0 }", false),
        ("{ type: [string, 'null'], const: null }", false),
        ("{ enum: [1, 2], const: 3 }", true),
        ("{ enum: [1, 2], const: 2 }", false),
        (
            "{ type: integer, multipleOf: 5, minimum: 6, maximum: 9 }",
            true,
        ),
        (
            "{ type: integer, multipleOf: 5, minimum: 6, maximum: 10 }",
            false,
        ),
        (
            "{ type: integer, exclusiveMinimum: 5, exclusiveMaximum: 6 }",
            true,
        ),
        ("{ type: integer, exclusiveMinimum: 5, maximum: 6 }", false),
        (
            "{ type: object, additionalProperties: false, required: [a] }",
            true,
        ),
        (
            "{ type: object, additionalProperties: false, patternProperties: { a: {} }, required: [a] }",
            false,
        ),
        (
            "{ type: object, additionalProperties: false, properties: { a: {} }, minProperties: 2 }",
            true,
        ),
        (
            "{ type: object, additionalProperties: false, properties: { a: {} }, minProperties: 1 }",
            false,
        ),
        ("{ type: string, not: { type: string } }", true),
        ("{ type: string, not: { type: integer } }", false),
        (
            "{ type: string, oneOf: [{ type: integer }, { type: boolean }] }",
            true,
        ),
        (
            "{ type: string, oneOf: [{ type: integer }, { type: string }] }",
            false,
        ),
        ("{ allOf: [{ type: string }, { type: integer }] }", true),
        (
            "{ allOf: [{ type: string }, { type: [string, integer] }] }",
            false,
        ),
        (
            "{ allOf: [{ type: string, minLength: 3 }, { type: string, maxLength: 2 }] }",
            true,
        ),
        (
            "{ allOf: [{ type: string, minLength: 2 }, { type: string, maxLength: 3 }] }",
            false,
        ),
        (
            "{ allOf: [{ type: object, required: [a], properties: { a: { const: 1 } } }, { type: object, properties: { a: { const: 2 } } }] }",
            true,
        ),
        (
            "{ allOf: [{ type: object, properties: { a: { const: 1 } } }, { type: object, properties: { a: { const: 2 } } }] }",
            false,
        ),
        (
            "{ type: object, additionalProperties: false, properties: { a: {} }, oneOf: [{ required: [b] }, { required: [c] }] }",
            true,
        ),
        (
            "{ type: object, additionalProperties: false, properties: { b: {} }, oneOf: [{ required: [b] }, { required: [c] }] }",
            false,
        ),
    ] {
        assert_eq!(
            finds_in("schema-unsatisfiable", schema),
            expected,
            "{schema}"
        );
    }
}

#[test]
fn branches_overlap_where_one_value_fits_both() {
    for (branches, expected) in [
        ("{ type: string }, { type: string, maxLength: 3 }", true),
        ("{ type: string }, { type: integer }", false),
        ("{ type: integer }, { type: number }", true),
        (
            "{ type: integer, maximum: 1 }, { type: integer, minimum: 1 }",
            true,
        ),
        (
            "{ type: integer, maximum: 1 }, { type: integer, minimum: 2 }",
            false,
        ),
        ("{ const: a }, { const: b }", false),
        ("{ const: a }, { enum: [a, b] }", true),
        (
            "{ type: string, minLength: 2 }, { type: string, maxLength: 1 }",
            false,
        ),
        (
            "{ type: array, items: { type: string } }, { type: array, items: { type: integer } }",
            true,
        ),
        (
            "{ type: array, minItems: 1, items: { type: string } }, { type: array, minItems: 1, items: { type: integer } }",
            false,
        ),
        (
            "{ type: object, required: [k], properties: { k: { const: a } } }, { type: object, required: [k], properties: { k: { const: b } } }",
            false,
        ),
        (
            "{ type: object, required: [k], properties: { k: { const: a } } }, { type: object, properties: { k: { const: a } } }",
            true,
        ),
    ] {
        let schema = format!("{{ oneOf: [{branches}] }}");
        assert_eq!(finds_in("one-of-overlap", &schema), expected, "{schema}");
    }
}
