//! Whether a channel is a queue or a topic: bindings and our extension say so, else who sends decides.
use super::code;

/// What a channel is, of which the application does something.
fn kind(action: &str, about: &str) -> &'static str {
    let text = code(&format!(
        "
asyncapi: 3.0.0
info: {{ title: T, version: '1' }}
channels: {{ c: {{ address: c, messages: {{ m: {{ payload: {{ type: string }} }} }}{about} }} }}
operations: {{ o: {{ action: {action}, channel: {{ $ref: '#/channels/c' }} }} }}
"
    ));
    match (
        text.contains("= PublishSubscribe("),
        text.contains("= PointToPoint("),
    ) {
        (true, false) => "topic",
        (false, true) => "queue",
        found => panic!("{found:?}: {text}"),
    }
}

#[test]
fn what_is_only_sent_is_a_topic_unless_something_says_otherwise() {
    assert_eq!(kind("send", ""), "topic");
    assert_eq!(kind("receive", ""), "queue");
}

#[test]
fn bindings_say_what_a_channel_is() {
    for (binding, expected) in [
        ("amqp: { is: queue }", "queue"),
        ("amqp: { is: queue, exchange: { type: topic } }", "queue"),
        (
            "amqp: { is: routingKey, exchange: { type: topic } }",
            "topic",
        ),
        (
            "amqp: { is: routingKey, exchange: { type: fanout } }",
            "topic",
        ),
        (
            "amqp: { is: routingKey, exchange: { type: headers } }",
            "topic",
        ),
        (
            "amqp: { is: routingKey, exchange: { type: direct } }",
            "queue",
        ),
        ("jms: { destination: a, destinationType: queue }", "queue"),
        (
            "jms: { destination: a, destinationType: fifo-queue }",
            "queue",
        ),
        ("ibmmq: { destinationType: topic }", "topic"),
        ("ibmmq: { destinationType: queue }", "queue"),
        ("sqs: { queue: { name: a, fifoQueue: false } }", "queue"),
        ("sns: { name: a }", "topic"),
        ("x-own: {}, sns: { name: a }", "topic"),
    ] {
        // Against what the direction alone would say.
        let action = if expected == "queue" {
            "send"
        } else {
            "receive"
        };
        let about = format!(", bindings: {{ {binding} }}");
        assert_eq!(kind(action, &about), expected, "{binding}");
    }
}

#[test]
fn bindings_that_say_nothing_of_it_leave_it_to_the_direction() {
    for binding in [
        "amqp: { is: routingKey }",
        "amqp: { is: routingKey, exchange: { type: default } }",
        "kafka: { topic: a }",
        "ibmmq: {}",
        "ws: { method: GET }",
    ] {
        let about = format!(", bindings: {{ {binding} }}");
        assert_eq!(kind("send", &about), "topic", "{binding}");
        assert_eq!(kind("receive", &about), "queue", "{binding}");
    }
}

#[test]
fn our_extension_says_it_where_no_binding_does() {
    let stated = |value| format!(", x-tidings-channel: {value}");
    assert_eq!(kind("send", &stated("point-to-point")), "queue");
    assert_eq!(kind("receive", &stated("publish-subscribe")), "topic");
    assert_eq!(kind("receive", &stated("other")), "queue");
    let both = format!(
        "{}, bindings: {{ sns: {{ name: a }} }}",
        stated("point-to-point")
    );
    assert_eq!(kind("receive", &both), "topic");
}
