//! An operation says where it takes place, and how one gets there.
use crate::markup::{Page, page};

fn with(server: &str, channel: &str, operation: &str) -> Page {
    page(&format!(
        "asyncapi: 3.0.0
info: {{title: App, version: 1.0.0}}
servers: {{ main: {server} }}
channels: {{ c: {channel} }}
operations: {{ op: {{ channel: {{ $ref: '#/channels/c' }}, {operation} }} }}
components: {{ securitySchemes: {{ login: {{ type: userPassword }} }} }}
"
    ))
}

#[test]
fn channel_parameters_server_and_security_stand_in_the_operation() {
    let page = with(
        "{ host: 'h:1', protocol: amqp, security: [ { $ref: '#/components/securitySchemes/login' } ] }",
        "{ address: 'a.{region}', description: What it is for., parameters: { region: { enum: [eu, us] } }, bindings: { amqp: { is: queue } }, x-tidings-key: $message.payload#/id }",
        "action: send",
    );
    let card = page.html.split("id=\"operation-op\"").nth(1).unwrap();
    let card = Page::parse(&format!("<p>{}", card.split("</article>").next().unwrap()));
    for text in [
        "Channel a.{region} point-to-point What it is for.",
        "Server main amqp://h:1",
        "Security login (userPassword)",
        "region one of eu us",
        "amqp binding of the channel is queue",
    ] {
        card.has(text);
    }
    page.has("In order by $message.payload#/id");
    assert!(!page.html.contains("x-tidings-key"));
}

#[track_caller]
fn check(protocol: &str, action: &str, command: &str) {
    let page = with(
        &format!("{{ host: 'broker.local:99', protocol: {protocol} }}"),
        "{ address: 'a.{region}', parameters: { region: { description: d } } }",
        &format!("action: {action}"),
    );
    page.has(command);
}

#[test]
fn tools_are_told_by_protocol_and_side() {
    check(
        "kafka",
        "receive",
        "kcat -P -b broker.local:99 -t 'a.{region}' message.json",
    );
    check(
        "kafka",
        "send",
        "kcat -C -b broker.local:99 -t 'a.{region}' -o end",
    );
    check(
        "amqp",
        "receive",
        "amqp-publish -u amqp://broker.local:99 -r 'a.{region}' < message.json",
    );
    check(
        "amqp",
        "send",
        "amqp-consume -u amqp://broker.local:99 -q 'a.{region}' cat",
    );
    check(
        "mqtt",
        "receive",
        "mosquitto_pub -h broker.local -p 99 -t 'a.{region}' -f message.json",
    );
    check(
        "mqtt",
        "send",
        "mosquitto_sub -h broker.local -p 99 -t a.+ -v",
    );
    check("nats", "send", "nats -s nats://broker.local:99 sub 'a.*'");
    check(
        "redis",
        "send",
        "redis-cli -u redis://broker.local:99 PSUBSCRIBE 'a.*'",
    );
    check(
        "redis",
        "receive",
        "redis-cli -u redis://broker.local:99 -x PUBLISH 'a.{region}' < message.json",
    );
    check("sqs", "send", "aws sqs receive-message --queue-url");
    check(
        "kinesis",
        "receive",
        "aws kinesis put-record --stream-name 'a.{region}'",
    );
    check("ws", "send", "websocat 'ws://broker.local:99/a.{region}'");
}

#[test]
fn a_tool_is_told_what_the_server_asks_for() {
    let server = "{ host: h, protocol: kafka-secure, security: [ { $ref: '#/components/securitySchemes/login' } ] }";
    let page = with(server, "{ address: a }", "action: send");
    page.has("kcat -C -b h -X security.protocol=SASL_SSL -X sasl.mechanisms=PLAIN -X sasl.username=USER -X sasl.password=PASSWORD -t a -o end");
}

#[test]
fn no_command_holds_what_a_shell_may_take_for_more() {
    for (protocol, channel) in [
        ("kafka", r#"{ address: "a'; touch x; '" }"#),
        ("kafka", r#"{ address: "a\\'; touch x #" }"#),
        ("kafka", r#"{ address: "a & touch x" }"#),
        ("kafka", r#"{ address: "a\nb" }"#),
        (
            "kafka",
            r#"{ address: a, bindings: { kafka: { topic: "a'b" } } }"#,
        ),
        (
            "amqp",
            r#"{ address: a, bindings: { amqp: { queue: { name: "a'b" } } } }"#,
        ),
    ] {
        let server = format!("{{ host: h, protocol: {protocol} }}");
        let page = with(&server, channel, "action: send");
        assert!(!page.text.contains("From a terminal"), "{channel}");
    }
    for server in [
        "{ host: \"h' x\", protocol: kafka }",
        "{ host: h, pathname: \"/h' x\", protocol: amqp }",
        "{ host: 'me:secret@-X', protocol: kafka }",
    ] {
        let page = with(server, "{ address: a }", "action: send");
        assert!(!page.text.contains("From a terminal"), "{server}");
    }
}

#[test]
fn no_command_has_an_option_or_a_file_of_a_document() {
    let parameter = "parameters: { a: { default: '' } }";
    for (protocol, address) in [
        ("nats", "'{a}-rf'"),
        ("sqs", "'file:///root/.aws/credentials'"),
        ("sqs", "'{a}fileb://x'"),
        ("sns", "'http://a.example/'"),
        ("kinesis", "'file://x'"),
    ] {
        let server = format!("{{ host: h, protocol: {protocol} }}");
        let channel = format!("{{ address: {address}, {parameter} }}");
        let page = with(&server, &channel, "action: receive");
        assert!(
            !page.text.contains("From a terminal"),
            "{protocol} {address}"
        );
    }
}
