//! How many receive a message, by what the channel says of it, and how operations are grouped by that.
use crate::markup::page;

/// Under which heading an operation stands, and what is said of its channel.
#[track_caller]
fn check(channel: &str, action: &str, heading: &str, delivery: &str) {
    let page = page(&format!(
        "asyncapi: 3.0.0
info: {{title: App, version: 1.0.0}}
channels: {{ c: {{ address: a, {channel} }} }}
operations: {{ op: {{ action: {action}, channel: {{ $ref: '#/channels/c' }} }} }}
"
    ));
    let ids = page.attribute("aria-labelledby");
    assert!(ids.contains(&heading), "{channel}: {ids:?}");
    page.has(format!("Channel a {delivery}").trim_end());
    for other in ["point-to-point", "publish-subscribe"] {
        assert_eq!(page.text.contains(other), other == delivery, "{channel}");
    }
}

#[test]
fn bindings_say_who_receives() {
    for (binding, delivery) in [
        ("amqp: { is: queue }", "point-to-point"),
        (
            "amqp: { is: routingKey, exchange: { type: fanout } }",
            "publish-subscribe",
        ),
        (
            "amqp: { is: routingKey, exchange: { type: topic } }",
            "publish-subscribe",
        ),
        (
            "amqp: { is: routingKey, exchange: { type: headers } }",
            "publish-subscribe",
        ),
        (
            "amqp: { is: routingKey, exchange: { type: Direct } }",
            "point-to-point",
        ),
        ("amqp1: { is: queue }", "point-to-point"),
        ("solace: { destinationType: queue }", "point-to-point"),
        ("amqp: { is: routingKey }", ""),
        ("jms: { destinationType: queue }", "point-to-point"),
        ("jms: { destinationType: fifo-queue }", "point-to-point"),
        ("jms: { destinationType: topic }", "publish-subscribe"),
        ("jms: { destinationType: other }", ""),
        ("ibmmq: { destinationType: queue }", "point-to-point"),
        ("ibmmq: { destinationType: topic }", "publish-subscribe"),
        ("sqs: {}", "point-to-point"),
        ("sns: {}", "publish-subscribe"),
        ("kafka: { is: queue }", ""),
        ("kafka: {}, sns: {}", "publish-subscribe"),
    ] {
        let heading = match delivery {
            "point-to-point" => "sends",
            _ => "publishes",
        };
        check(
            &format!("bindings: {{ {binding} }}"),
            "send",
            heading,
            delivery,
        );
    }
}

#[test]
fn an_extension_says_so_where_no_binding_does() {
    check(
        "x-tidings-channel: publish-subscribe",
        "receive",
        "listens",
        "publish-subscribe",
    );
    check(
        "x-tidings-channel: point-to-point",
        "receive",
        "takes-in",
        "point-to-point",
    );
    check(
        "x-tidings-channel: point-to-point",
        "send",
        "sends",
        "point-to-point",
    );
    check(
        "bindings: { sqs: {} }, x-tidings-channel: publish-subscribe",
        "send",
        "sends",
        "point-to-point",
    );
}

#[test]
fn requests_are_of_one_or_of_many() {
    let heading = |channel: &str, action: &str, more: &str| {
        let page = page(&format!(
            "asyncapi: 3.0.0
info: {{title: App, version: 1.0.0}}
channels: {{ c: {{ address: a, {channel} }} }}
operations: {{ op: {{ action: {action}, channel: {{ $ref: '#/channels/c' }}, reply: {{}}{more} }} }}
"
        ));
        page.attribute("aria-labelledby")[1].to_owned()
    };
    let (one, many) = ("title: T", "x-tidings-channel: publish-subscribe");
    assert_eq!(heading(one, "receive", ""), "answers");
    assert_eq!(heading(many, "receive", ""), "answers");
    assert_eq!(heading(one, "send", ""), "requests");
    assert_eq!(heading(many, "send", ""), "gathers");
    assert_eq!(
        heading(one, "send", ", x-tidings-gather: { until: 1 }"),
        "gathers"
    );
}

#[test]
fn what_an_extension_says_is_not_said_again() {
    for (extension, is_said) in [
        ("x-tidings-channel: point-to-point", true),
        ("x-tidings-channel: something", false),
        ("x-tidings-key: $message.payload#/id", true),
        ("x-tidings-key: [ $message.payload#/id ]", true),
        ("x-tidings-key: 5", false),
        ("x-tidings-gather: { until: 1 }", true),
        ("x-tidings-ignore: [ x ]", true),
        ("x-parser-unique: 1", true),
        ("x-own: 1", false),
    ] {
        let page = page(&format!(
            "asyncapi: 3.0.0\ninfo: {{title: App, version: 1.0.0}}\nchannels: {{ c: {{ address: a, {extension} }} }}\n"
        ));
        assert_eq!(
            !page.html.contains("<caption>Extensions</caption>"),
            is_said,
            "{extension}"
        );
    }
}
