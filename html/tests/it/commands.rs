//! The commands for a terminal, whole, by protocol and side.
use crate::markup::page;

/// The commands of the page of an operation, with the server and the channel as they are told.
fn commands(server: &str, channel: &str, action: &str) -> Vec<String> {
    let page = page(&format!(
        "asyncapi: 3.0.0
info: {{title: App, version: 1.0.0}}
servers: {{ main: {server} }}
channels: {{ c: {channel} }}
operations: {{ op: {{ channel: {{ $ref: '#/channels/c' }}, action: {action} }} }}
components: {{ securitySchemes: {{ plain: {{ type: plain }}, s256: {{ type: scramSha256 }}, s512: {{ type: scramSha512 }}, key: {{ type: X509 }} }} }}
"
    ));
    let told = page.html.split("<summary>From a terminal</summary>").nth(1);
    let told = told.map_or("", |rest| rest.split("</details>").next().unwrap_or(rest));
    let lines = told.split("<pre>").skip(1);
    let lines = lines.filter_map(|line| line.split("</pre>").next());
    let letters = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#x27;", "'"),
        ("&#x3D;", "="),
        ("&amp;", "&"),
    ];
    let plain = |line: &str| {
        letters
            .iter()
            .fold(line.to_owned(), |line, (from, to)| line.replace(from, to))
    };
    lines.map(plain).collect()
}

#[track_caller]
fn check(protocol: &str, channel: &str, receive: &str, send: &str) {
    let server = format!("{{ host: 'h:1', protocol: {protocol} }}");
    for (action, expected) in [("receive", receive), ("send", send)] {
        let expected: Vec<_> = Some(expected)
            .filter(|text| !text.is_empty())
            .into_iter()
            .collect();
        assert_eq!(
            commands(&server, channel, action),
            expected,
            "{protocol} {channel} {action}"
        );
    }
}

const PLAIN: &str = "{ address: a }";

#[test]
fn each_protocol_has_a_tool_for_either_side() {
    check(
        "kafka",
        PLAIN,
        "kcat -P -b h:1 -t a message.json",
        "kcat -C -b h:1 -t a -o end",
    );
    check(
        "kafka-secure",
        PLAIN,
        "kcat -P -b h:1 -X security.protocol=SSL -t a message.json",
        "kcat -C -b h:1 -X security.protocol=SSL -t a -o end",
    );
    check(
        "amqps",
        PLAIN,
        "amqp-publish -u amqps://h:1 -r a < message.json",
        "amqp-consume -u amqps://h:1 -q a cat",
    );
    for protocol in ["mqtt", "mqtt5"] {
        check(
            protocol,
            PLAIN,
            "mosquitto_pub -h h -p 1 -t a -f message.json",
            "mosquitto_sub -h h -p 1 -t a -v",
        );
    }
    for protocol in ["mqtts", "secure-mqtt"] {
        check(
            protocol,
            PLAIN,
            "mosquitto_pub -h h -p 1 --capath /etc/ssl/certs -t a -f message.json",
            "mosquitto_sub -h h -p 1 --capath /etc/ssl/certs -t a -v",
        );
    }
    check(
        "nats",
        PLAIN,
        "nats -s nats://h:1 pub a \"$(cat message.json)\"",
        "nats -s nats://h:1 sub a",
    );
    check(
        "rediss",
        PLAIN,
        "redis-cli -u rediss://h:1 -x PUBLISH a < message.json",
        "redis-cli -u rediss://h:1 SUBSCRIBE a",
    );
    check(
        "wss",
        "{ address: /a/b }",
        "websocat wss://h:1/a/b",
        "websocat wss://h:1/a/b",
    );
    check("pulsar", PLAIN, "", "");
}

#[test]
fn the_tools_of_aws_ask_for_the_full_name_of_a_short_one() {
    let queue = "$(aws sqs get-queue-url --queue-name a --query QueueUrl --output text)";
    check(
        "sqs",
        PLAIN,
        &format!("aws sqs send-message --queue-url \"{queue}\" --message-body file://message.json"),
        &format!("aws sqs receive-message --queue-url \"{queue}\" --wait-time-seconds 20"),
    );
    check(
        "sns",
        PLAIN,
        "aws sns publish --topic-arn \"$(aws sns create-topic --name a --query TopicArn --output text)\" --message file://message.json",
        "",
    );
    check(
        "kinesis",
        PLAIN,
        "aws kinesis put-record --stream-name a --partition-key 1 --data fileb://message.json",
        "",
    );
}

#[test]
fn bindings_name_the_place() {
    check(
        "kafka",
        "{ address: a, bindings: { kafka: { topic: t } } }",
        "kcat -P -b h:1 -t t message.json",
        "kcat -C -b h:1 -t t -o end",
    );
    check(
        "kafka",
        "{ address: a, bindings: { amqp: { queue: { name: q } }, kafka: { topic: '' } } }",
        "kcat -P -b h:1 -t a message.json",
        "kcat -C -b h:1 -t a -o end",
    );
    check(
        "amqp",
        "{ address: a, bindings: { amqp: { queue: { name: q } } } }",
        "amqp-publish -u amqp://h:1 -r q < message.json",
        "amqp-consume -u amqp://h:1 -q q cat",
    );
    check(
        "amqp",
        "{ address: a, bindings: { amqp: { exchange: { name: x } } } }",
        "amqp-publish -u amqp://h:1 -e x -r a < message.json",
        "amqp-consume -u amqp://h:1 -e x -r a cat",
    );
    check(
        "sqs",
        "{ address: a, bindings: { sqs: { queue: { name: q } } } }",
        "aws sqs send-message --queue-url \"$(aws sqs get-queue-url --queue-name q --query QueueUrl --output text)\" --message-body file://message.json",
        "aws sqs receive-message --queue-url \"$(aws sqs get-queue-url --queue-name q --query QueueUrl --output text)\" --wait-time-seconds 20",
    );
    check(
        "sns",
        "{ address: a, bindings: { sns: { name: t } } }",
        "aws sns publish --topic-arn \"$(aws sns create-topic --name t --query TopicArn --output text)\" --message file://message.json",
        "",
    );
}

#[test]
fn kafka_is_told_how_a_client_proves_who_it_is() {
    for (protocol, scheme, expected) in [
        ("kafka", "plain", "SASL_PLAINTEXT -X sasl.mechanisms=PLAIN"),
        (
            "kafka-secure",
            "s256",
            "SASL_SSL -X sasl.mechanisms=SCRAM-SHA-256",
        ),
        (
            "kafka-secure",
            "s512",
            "SASL_SSL -X sasl.mechanisms=SCRAM-SHA-512",
        ),
    ] {
        let server = format!(
            "{{ host: h, protocol: {protocol}, security: [ {{ $ref: '#/components/securitySchemes/key' }}, {{ $ref: '#/components/securitySchemes/{scheme}' }} ] }}"
        );
        assert_eq!(
            commands(&server, PLAIN, "send"),
            [format!(
                "kcat -C -b h -X security.protocol={expected} -X sasl.username=USER -X sasl.password=PASSWORD -t a -o end"
            )]
        );
    }
    let server =
        "{ host: h, protocol: kafka, security: [ { $ref: '#/components/securitySchemes/key' } ] }";
    assert_eq!(
        commands(server, PLAIN, "send"),
        ["kcat -C -b h -t a -o end"]
    );
}

#[test]
fn what_is_open_in_an_address_is_a_wildcard_for_who_listens() {
    for (protocol, address, listens) in [
        ("mqtt", "a/{x}/b/{y}", "mosquitto_sub -h h -t a/+/b/+ -v"),
        (
            "mqtt",
            "a-{x}/b{y}c.{z}/d",
            "mosquitto_sub -h h -t +/+/d -v",
        ),
        ("nats", "a.{x}.b.{y}", "nats -s nats://h sub 'a.*.b.*'"),
        ("nats", "a-{x}.b", "nats -s nats://h sub '*.b'"),
        (
            "redis",
            "a/{x}-{y}.b",
            "redis-cli -u redis://h PSUBSCRIBE 'a/*-*.b'",
        ),
    ] {
        let server = format!("{{ host: h, protocol: {protocol} }}");
        let channel = format!("{{ address: '{address}' }}");
        assert_eq!(commands(&server, &channel, "send"), [listens]);
        let sends = commands(&server, &channel, "receive");
        assert!(sends[0].contains(&format!("'{address}'")), "{sends:?}");
    }
    let open = commands("{ host: h, protocol: mqtt }", "{ address: 'a/{x' }", "send");
    assert_eq!(open, ["mosquitto_sub -h h -t 'a/{x' -v"]);
}

#[test]
fn values_that_are_known_are_filled_in() {
    let values = "parameters: { a: { default: d, enum: [ e ], examples: [ x ] }, b: { enum: [ e, f ], examples: [ x ] }, c: { examples: [ x, y ] }, d: { description: none } }";
    assert_eq!(
        commands(
            "{ host: h, protocol: kafka }",
            &format!("{{ address: '{{a}}.{{b}}.{{c}}.{{d}}', {values} }}"),
            "send"
        ),
        ["kcat -C -b h -t 'd.e.x.{d}' -o end"]
    );
    assert_eq!(
        commands(
            "{ host: 'me:secret@h:port', pathname: /p/, protocol: amqp }",
            PLAIN,
            "send"
        ),
        ["amqp-consume -u amqp://h:port/p -q a cat"]
    );
    assert_eq!(
        commands("{ host: 'h:port', protocol: mqtt }", PLAIN, "send"),
        ["mosquitto_sub -h h:port -t a -v"]
    );
    assert_eq!(
        commands(
            "{ host: h, pathname: p, protocol: ws }",
            "{ address: / }",
            "send"
        ),
        ["websocat ws://h/p"]
    );
}

#[test]
fn each_tool_is_told_once_and_none_where_the_address_is_not_known() {
    let page = page(
        "asyncapi: 3.0.0
info: {title: App, version: 1.0.0}
servers: { one: { host: one, protocol: kafka }, two: { host: two, protocol: kafka-secure }, three: { host: three, protocol: mqtt } }
channels: { c: { address: a } }
operations: { op: { channel: { $ref: '#/channels/c' }, action: send } }
",
    );
    page.has("From a terminal kcat -C -b one -t a -o end mosquitto_sub -h three -t a -v");
    assert!(!page.text.contains("-b two"));
    assert!(commands("{ host: h, protocol: kafka }", "{ address: null }", "send").is_empty());
}
