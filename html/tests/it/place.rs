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
        "mosquitto_sub -h broker.local -p 99 -t + -v",
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

#[test]
fn addresses_of_servers_are_filled_in_where_a_value_is_known() {
    for (protocol, command) in [
        ("mqtt", "mosquitto_sub -h eu.b.example -p 1883 -t a -v"),
        ("kafka", "kcat -C -b eu.b.example:1883 -t a -o end"),
        ("ws", "websocat 'ws://eu.b.example:1883/v1/{left}/a'"),
    ] {
        let server = format!(
            "{{ host: '{{region}}.b.example:{{port}}', pathname: '/{{v}}/{{left}}', protocol: {protocol}, variables: {{ region: {{ enum: [eu, us] }}, port: {{ default: '1883' }}, v: {{ examples: [v1] }}, left: {{ description: d }} }} }}"
        );
        with(&server, "{ address: a }", "action: send").has(command);
    }
}

/// What many operations of a channel would repeat makes a page larger than its document by far.
#[test]
fn what_is_long_stands_at_the_channel_where_many_operations_use_it() {
    let names: Vec<String> = (0..100).map(|n| format!("p{n}")).collect();
    let map = |value: &str| {
        let entries = names.iter().map(|name| format!("{name}: {value}"));
        entries.collect::<Vec<_>>().join(", ")
    };
    let channels = [
        format!("description: '{}'", "word ".repeat(1000)),
        format!("bindings: {{ kafka: {{ {} }} }}", map("1")),
        format!("parameters: {{ {} }}", map("{ description: some }")),
    ];
    for channel in channels {
        let many = |count: usize| {
            let operations = (0..count).map(|n| {
                format!("  o{n}: {{ action: send, channel: {{ $ref: '#/channels/c' }} }}\n")
            });
            let operations: String = operations.collect();
            page(&format!(
                "asyncapi: 3.0.0\ninfo: {{title: App, version: 1.0.0}}\nchannels: {{ c: {{ address: a, {channel} }} }}\noperations:\n{operations}"
            ))
        };
        let (few, all) = (many(4), many(100));
        assert!(!few.text.contains("told at the channel"));
        all.has("More of it is told at the channel.");
        assert!(all.html.len() < 400_000, "{}", all.html.len());
    }
}

#[test]
fn a_card_names_few_properties() {
    let properties: String = (0..40).map(|n| format!("p{n}: {{}}, ")).collect();
    let operations: String = (0..6)
        .map(|n| format!("  o{n}: {{ action: send, channel: {{ $ref: '#/channels/c' }} }}\n"))
        .collect();
    let page = page(&format!(
        "asyncapi: 3.0.0\ninfo: {{title: App, version: 1.0.0}}\nchannels: {{ c: {{ address: a, messages: {{ m: {{ payload: {{ type: object, properties: {{ {properties} }} }} }} }} }} }}\noperations:\n{operations}"
    ));
    page.has("p10, p11 and 28 more");
    assert_eq!(page.html.matches("<code>p12</code>").count(), 0);
}
