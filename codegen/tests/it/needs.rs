//! What channels need of a transport, and what is told where a broker has not all of it.
use super::code;
use std::path::Path;
use tidings_codegen::{Broker, Settings, generate};

/// A document of one channel, with what else is said of it, its message and its operation.
fn document(channel: &str, message: &str, operation: &str) -> String {
    format!(
        "
asyncapi: 3.0.0
info: {{ title: T, version: '1' }}
channels:
  c:
    address: c
    messages: {{ m: {{ payload: {{ type: object, properties: {{ a: {{ type: string }} }} }}{message} }} }}
{channel}
operations:
  o:
    action: receive
    channel: {{ $ref: '#/channels/c' }}
{operation}
"
    )
}

/// What the channel needs, as it is said in code.
#[track_caller]
fn check([channel, message, operation]: [&str; 3], needs: &str) {
    let text = code(&document(channel, message, operation));
    let found = text
        .split_once(" needs.")
        .map_or("", |(_, rest)| rest.split_once(';').expect("an end").0);
    assert_eq!(found, needs, "{channel} {message} {operation}");
}

const NOTHING: &str = "";

#[test]
fn a_group_is_needed_at_topics_only() {
    let group = "    bindings: { kafka: { groupId: { type: string } } }";
    let other = "    bindings: { kafka: { clientId: { type: string } } }";
    check([NOTHING, NOTHING, group], NOTHING);
    // What the application only sends is for all who care.
    let topic = |operation| document(NOTHING, NOTHING, operation).replace("receive", "send");
    assert!(code(&topic(group)).contains("needs.with_groups();"));
    assert!(!code(&topic(other)).contains("with_groups"));
}

#[test]
fn delays_and_sizes_are_those_of_bindings() {
    for (binding, needs) in [
        (
            "sqs: { queue: { name: c, deliveryDelay: 7 } }",
            "with_delay(7)",
        ),
        (
            "kafka: { topicConfiguration: { max.message.bytes: 2000 } }",
            "with_message_bytes(2000)",
        ),
        ("ibmmq: { maxMsgLength: 3000 }", "with_message_bytes(3000)"),
        (
            "ibmmq: { maxMsgLength: 3000 }, kafka: { topicConfiguration: { max.message.bytes: 2000 } }",
            "with_message_bytes(3000)",
        ),
        (
            "ibmmq: { maxMsgLength: 2000 }, kafka: { topicConfiguration: { max.message.bytes: 3000 } }",
            "with_message_bytes(3000)",
        ),
    ] {
        let channel = format!("    bindings: {{ {binding} }}");
        check([&channel, NOTHING, NOTHING], needs);
    }
}

#[test]
fn the_least_room_of_the_headers_is_that_of_the_longest_message() {
    let headers = ", headers: { type: object, required: [ab, cde], properties: { ab: { type: string }, cde: { type: string }, f: { type: string } } }";
    check([NOTHING, headers, NOTHING], "with_header_bytes(7)");
    let other =
        "}, n: { headers: { type: object, required: [g], properties: { g: { type: string } } }";
    check(
        [NOTHING, &format!("{headers} {other}"), NOTHING],
        "with_header_bytes(7)",
    );
}

#[test]
fn wildcards_are_needed_to_receive_where_a_parameter_may_be_anything() {
    let open = "    parameters: { p: {} }";
    let listed = "    parameters: { p: { enum: [a] } }";
    let document = |channel| {
        let text = document(channel, NOTHING, NOTHING);
        text.replace("address: c", "address: 'c/{p}'")
    };
    let receives = code(&document(open));
    assert!(receives.contains("needs.with_wildcards();"));
    let sends = code(&document(open).replace("action: receive", "action: send"));
    assert!(!sends.contains("with_wildcards"));
    assert!(!code(&document(listed)).contains("with_wildcards"));
}

#[test]
fn order_is_needed_where_a_key_is_stated() {
    let key = ", x-tidings-key: '$message.payload#/a'";
    check([NOTHING, key, NOTHING], "with_key_order()");
}

#[test]
fn what_a_broker_lacks_is_told_of_each_channel() {
    let text = document("    bindings: { amqp: { is: queue } }", NOTHING, NOTHING);
    let reading = tidings_document::Settings::default();
    let opened = tidings_document::open_text(Path::new("t.yaml"), text.clone().into(), &reading);
    let (document, _) = opened.unwrap();
    let api = tidings_document::read(&document).0.unwrap();
    let told = |name| {
        let settings = Settings {
            broker: Broker::named(name),
            ..Settings::default()
        };
        let notes = generate(&api, &settings).1.into_iter();
        let mut notes = notes.filter(|note| note.rule.id == "broker-unable");
        let note = notes.next();
        assert!(notes.next().is_none());
        note.map(|note| {
            let place = note.span.start as usize..note.span.end as usize;
            (text[place].to_owned(), note.message)
        })
    };
    let (place, message) = told("sns").unwrap();
    assert_eq!(place, "c");
    assert!(
        message.contains("sns has no point-to-point channels, which channel `c` needs"),
        "{message}"
    );
    assert_eq!(told("sqs"), None);
}
