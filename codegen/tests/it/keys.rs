//! Keys that cannot be set are told, each with its place.
use super::notes;

/// What is told of a message whose key is said so, as the text at its place and the reason.
fn told(about: &str) -> Vec<(String, String)> {
    let text = format!(
        "
asyncapi: 3.0.0
info: {{ title: T, version: '1' }}
channels:
  c:
    address: 'c/{{region}}'
    parameters: {{ region: {{}} }}
    messages:
      m:
{about}
        headers: {{ type: object, properties: {{ tenant: {{ type: string }}, tags: {{ type: array }} }} }}
        payload:
          type: object
          properties:
            orderId: {{ $ref: '#/components/schemas/Id' }}
            other: {{ $ref: '#/components/schemas/Twice' }}
            another: {{ $ref: '#/components/schemas/Twice' }}
            lines: {{ type: array, items: {{ type: string }} }}
            customer: {{ type: object, properties: {{ name: {{ type: string }} }} }}
            free: {{ type: object, additionalProperties: true }}
            open: {{ type: object, properties: {{ name: {{ type: string }} }}, additionalProperties: true }}
            matched: {{ type: object, properties: {{ name: {{ type: string }} }}, patternProperties: {{ '^x': {{ type: string }} }} }}
      bytes: {{ payload: {{ schemaFormat: 'application/x-other', schema: {{}} }} }}
      empty: {{}}
operations: {{ o: {{ action: receive, channel: {{ $ref: '#/channels/c' }}, messages: [{{ $ref: '#/channels/c/messages/m' }}] }} }}
components: {{ schemas: {{ Id: {{ type: string }}, Twice: {{ type: string }}, Elsewhere: {{ type: string }} }} }}
"
    );
    notes(&text, "key-unusable")
}

#[track_caller]
fn check(key: &str, reason: &str) {
    let found = told(&format!("        x-tidings-key: {key}"));
    let [(place, message)] = &found[..] else {
        panic!("{key}: {found:?}")
    };
    assert!(key.contains(&**place), "{key}: {place}");
    assert!(message.contains(reason), "{key}: {message}");
}

#[test]
fn places_that_are_no_key_are_told() {
    check(
        "$message.payload#/orderID",
        "has no property `orderID`; did you mean `orderId`?",
    );
    check("$message.payload#/orderId/x", "has no property `x`");
    check("$message.payload#/customer/x", "has no property `x`");
    check("$message.payload#/lines", "a list or an object");
    check("$message.payload#/customer", "a list or an object");
    check(
        "$message.header#/tenent",
        "has no header `tenent`; did you mean `tenant`?",
    );
    check("$message.header#/tags", "a list or an object");
    check(
        "$channel.parameters.regoin",
        "has no parameter `regoin`; did you mean `region`?",
    );
    check("$message.payload", "names no place of a key");
    check("orderId", "names no place of a key");
    check("7", "names no place of a key");
    check(
        "[$message.payload#/orderId, $message.payload#/no]",
        "has no property `no`",
    );
}

#[test]
fn places_that_may_hold_a_key_are_not() {
    for key in [
        "$message.payload#/orderId",
        "$message.payload#/customer/name",
        "$message.payload#/free/anything",
        "$message.payload#/open/anything",
        "$message.payload#/matched/x",
        "$message.header#/tenant",
        "[$channel.parameters.region, $message.payload#/orderId]",
        "false",
    ] {
        assert_eq!(told(&format!("        x-tidings-key: {key}")), [], "{key}");
    }
}

#[test]
fn a_kafka_key_must_be_found_in_the_message() {
    let kafka = |schema: &str| {
        told(&format!(
            "        bindings: {{ kafka: {{ key: {schema} }} }}"
        ))
    };
    for found in [
        "{ $ref: '#/components/schemas/Id' }",
        "{ const: all }",
        "{ enum: [all] }",
    ] {
        assert_eq!(kafka(found), [], "{found}");
    }
    for lost in [
        "{ $ref: '#/components/schemas/Twice' }",
        "{ $ref: '#/components/schemas/Elsewhere' }",
        "{ type: string }",
    ] {
        let found = kafka(lost);
        assert!(
            matches!(&found[..], [(_, why)] if why.contains("add `x-tidings-key")),
            "{found:?}"
        );
    }
}
