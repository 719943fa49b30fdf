//! What overlaps, what is told apart, and what has no values: cases beyond the examples of the documentation.

use super::findings;

/// A document with one message of this payload.
fn with_payload(payload: &str) -> String {
    format!(
        "asyncapi: 3.1.0
info: {{ title: Orders, version: 1.0.0 }}
channels: {{ orders: {{ address: orders, messages: {{ placed: {{ payload: {payload} }} }} }} }}
"
    )
}

#[track_caller]
fn check(payload: &str, expected: &[&str]) {
    assert_eq!(findings("", &with_payload(payload)), expected, "{payload}");
}

const OVERLAP: &[&str] = &["one-of-overlap"];
const UNSATISFIABLE: &[&str] = &["schema-unsatisfiable"];

#[test]
fn branches_that_share_a_value_overlap() {
    check("{ oneOf: [{ type: integer }, { type: number }] }", OVERLAP);
    check(
        "{ oneOf: [{ type: integer, maximum: 5 }, { type: integer, minimum: 5 }] }",
        OVERLAP,
    );
    check("{ oneOf: [{ enum: [a, b] }, { enum: [b, c] }] }", OVERLAP);
    check(
        "{ oneOf: [{ type: object }, { type: object, properties: { a: {} } }] }",
        OVERLAP,
    );
    check(
        "{ oneOf: [{ type: string }, { type: string }, { type: string }] }",
        OVERLAP,
    );
}

#[test]
fn branches_without_a_common_value_do_not() {
    check("{ oneOf: [{ type: integer }, { type: string }] }", &[]);
    check(
        "{ oneOf: [{ type: integer, maximum: 4 }, { type: integer, minimum: 5 }] }",
        &[],
    );
    check("{ oneOf: [{ enum: [a, b] }, { enum: [c] }] }", &[]);
    check(
        "{ oneOf: [{ type: string, pattern: '^a' }, { type: string, pattern: '^b' }] }",
        &[],
    );
    let tagged = "{ oneOf: [{ type: object, required: [kind], properties: { kind: { const: a } } },
        { type: object, properties: { kind: { const: b } } }] }";
    check(tagged, &[]);
}

#[test]
fn branches_are_left_alone_where_something_else_tells_them_apart() {
    let chosen = "{ type: object, discriminator: kind, required: [kind], properties: { kind: { type: string } },
        oneOf: [{ properties: { a: {} } }, { properties: { b: {} } }] }";
    check(chosen, &[]);
    let tagged = "{ discriminator: kind, oneOf: [
        { type: object, required: [kind], properties: { kind: { const: a }, a: {} } },
        { type: object, required: [kind], properties: { kind: { enum: [b, c] }, b: {} } }] }";
    check(tagged, &[]);
    check(&tagged.replace("[b, c]", "[b, a]"), OVERLAP);
    let conditions = "{ type: object, properties: { a: {}, b: {} }, oneOf: [{ required: [a] }, { required: [b] }] }";
    check(conditions, &[]);
    // A value that nobody writes who goes by one of the branches.
    let keys = "{ oneOf: [{ type: object, required: [a], properties: { a: {} } }, { type: object, required: [b], properties: { b: {} } }] }";
    check(keys, &[]);
}

#[test]
fn what_the_schema_says_besides_counts() {
    check(
        "{ type: string, oneOf: [{ type: [string, integer] }, { type: [integer, string] }] }",
        OVERLAP,
    );
    check(
        "{ type: string, oneOf: [{ type: [string, integer] }, { type: [integer, boolean] }] }",
        &[],
    );
}

#[test]
fn the_smallest_schema_without_values_is_reported() {
    let inner = "{ type: object, required: [a], properties: { a: { type: string, minLength: 9, maxLength: 1 } } }";
    check(inner, UNSATISFIABLE);
    let around = format!(
        "{{ allOf: [{inner}, {{ type: object, additionalProperties: {{ type: string }} }}] }}"
    );
    check(&around, UNSATISFIABLE);
    check(
        "{ allOf: [{ type: string }, { type: integer }] }",
        UNSATISFIABLE,
    );
    check(
        "{ type: object, required: [a], properties: { a: false } }",
        UNSATISFIABLE,
    );
}

#[test]
fn schemas_that_have_values_are_left_alone() {
    check("{ type: object, properties: { a: false } }", &[]);
    check("{ allOf: [{ type: number }, { type: integer }] }", &[]);
    check("{ type: integer, minimum: 5, maximum: 5 }", &[]);
    check(
        "{ allOf: [{ type: object, properties: { a: { type: string } } }, { properties: { a: { minLength: 2 } } }] }",
        &[],
    );
    check("{ type: string, not: { const: a } }", &[]);
}

/// A document whose operation sends two messages.
fn with_messages(one: &str, other: &str) -> String {
    format!(
        "asyncapi: 3.1.0
info: {{ title: Orders, version: 1.0.0 }}
channels: {{ orders: {{ address: orders, messages: {{ one: {one}, other: {other} }} }} }}
operations: {{ tell: {{ action: send, channel: {{ $ref: '#/channels/orders' }} }} }}
"
    )
}

#[test]
fn messages_are_told_apart_by_what_travels() {
    let check = |one: &str, other: &str, expected: &[&str]| {
        assert_eq!(
            findings("", &with_messages(one, other)),
            expected,
            "{one} {other}"
        );
    };
    let ambiguous = &["messages-ambiguous"][..];
    check(
        "{ payload: { type: string } }",
        "{ payload: { type: string } }",
        ambiguous,
    );
    check(
        "{ payload: { type: string } }",
        "{ payload: { type: integer } }",
        &[],
    );
    check(
        "{ contentType: text/plain, payload: { type: string } }",
        "{ contentType: application/json, payload: { type: string } }",
        &[],
    );
    let with_status = |status: u16| {
        format!(
            "{{ bindings: {{ http: {{ statusCode: {status} }} }}, payload: {{ type: string }} }}"
        )
    };
    check(&with_status(200), &with_status(404), &[]);
    check(&with_status(200), &with_status(200), ambiguous);
    // A tag that is not required is meant to be there.
    check(
        "{ payload: { type: object, properties: { kind: { const: a } } } }",
        "{ payload: { type: object, properties: { kind: { enum: [b, c] } } } }",
        &[],
    );
    // Nothing is known of what is not described.
    check(
        "{ payload: { type: string } }",
        "{ summary: Anything. }",
        &[],
    );
}

#[test]
fn requests_and_replies_go_different_ways() {
    let text = "asyncapi: 3.1.0
info: { title: Orders, version: 1.0.0 }
channels:
  orders:
    address: orders
    messages: { ask: { payload: { type: string } }, answer: { payload: { type: string } } }
operations:
  place:
    action: receive
    channel: { $ref: '#/channels/orders' }
    reply:
      channel: { $ref: '#/channels/orders' }
      messages: [{ $ref: '#/channels/orders/messages/answer' }]
";
    assert_eq!(findings("", text), [""; 0]);
}

#[test]
fn hostile_schemas_take_a_bearable_time() {
    let begin = std::time::Instant::now();
    let branches: Vec<String> = (0..300)
        .map(|at| format!("{{ type: object, properties: {{ a{at}: {{ $ref: '#/components/schemas/S{at}' }} }} }}"))
        .collect();
    let schema = |at: usize| {
        let next = (at + 1) % 300;
        format!(
            "S{at}: {{ allOf: [{{ $ref: '#/components/schemas/S{next}' }}, {{ not: {{ const: {at} }} }}], oneOf: [{{ type: object }}, {{ properties: {{ b: {{ $ref: '#/components/schemas/S{at}' }} }} }}], minLength: 3, enum: [a, b] }}"
        )
    };
    let schemas: Vec<String> = (0..300).map(schema).collect();
    let text = format!(
        "{}components: {{ schemas: {{ {} }} }}\n",
        with_payload(&format!("{{ oneOf: [{}] }}", branches.join(", "))),
        schemas.join(", ")
    );
    // What is found matters less than that it ends.
    let _ = findings("", &text);
    assert!(begin.elapsed().as_secs() < 60, "{:?}", begin.elapsed());
}
