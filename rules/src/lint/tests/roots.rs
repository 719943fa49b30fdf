//! What belongs to the root document is judged by where references go, through files and chains.

use super::findings_in;

/// Ids of what is found in a document of version 3, beside a file of channels, servers and operations of others.
#[track_caller]
fn check(rest: &str, expected: &[&str]) {
    let api = format!("asyncapi: 3.1.0\ninfo: {{ title: Orders, version: 1.0.0 }}\n{rest}");
    let other = "channels:
  a: { address: other/a, messages: { m: { payload: { type: object } } } }
  back: { $ref: './api.yaml#/channels/a' }
servers:
  s: { host: other.example, protocol: mqtt }
  back: { $ref: './api.yaml#/servers/s' }
messages:
  back: { $ref: './api.yaml#/channels/a/messages/m' }
operations:
  home: { action: send, channel: { $ref: './api.yaml#/channels/a' } }
  away: { action: send, channel: { $ref: '#/channels/a' } }
components:
  channels: { a: { address: shared } }
  messages: { m: { payload: { type: object } } }
";
    let files = [("/api/api.yaml", &*api), ("/api/other.yaml", other)];
    assert_eq!(findings_in(&files), expected, "{rest}");
}

const A: &str = "channels: { a: { address: a, messages: { m: { payload: { type: object } } } } }\n";

fn operation(channel: &str) -> String {
    format!("operations: {{ o: {{ action: send, channel: {{ $ref: '{channel}' }} }} }}\n")
}

#[test]
fn a_channel_of_an_operation_is_one_of_the_roots_where_the_reference_goes_there() {
    let elsewhere = &["operation-channel-not-in-root"][..];
    for channel in [
        "#/channels/a",
        "./api.yaml#/channels/a",
        "./other.yaml#/channels/back",
    ] {
        check(&format!("{A}{}", operation(channel)), &[]);
    }
    check(
        &format!("{A}{}", operation("./other.yaml#/channels/a")),
        elsewhere,
    );
    // Whatever an entry is in another file is the entry, but for what the specification names: a component.
    let shared = "channels: { a: { $ref: './other.yaml#/channels/a' } }\n";
    check(
        &format!("{shared}{}", operation("./other.yaml#/channels/a")),
        &[],
    );
    let shared = "channels: { a: { $ref: './other.yaml#/components/channels/a' } }\n";
    check(
        &format!(
            "{shared}{}",
            operation("./other.yaml#/components/channels/a")
        ),
        elsewhere,
    );
}

#[test]
fn operations_of_other_files_are_looked_at_where_the_root_has_them() {
    let with =
        |name| format!("{A}operations: {{ o: {{ $ref: './other.yaml#/operations/{name}' }} }}\n");
    check(&with("home"), &[]);
    check(&with("away"), &["operation-channel-not-in-root"]);
}

#[test]
fn a_channel_of_a_reply_is_one_of_the_roots() {
    let with = |channel| {
        format!(
            "{A}operations: {{ o: {{ action: receive, channel: {{ $ref: '#/channels/a' }}, reply: {{ channel: {{ $ref: '{channel}' }} }} }} }}\n"
        )
    };
    check(&with("./other.yaml#/channels/back"), &[]);
    check(
        &with("./other.yaml#/channels/a"),
        &["operation-channel-not-in-root"],
    );
}

#[test]
fn a_server_of_a_channel_is_one_of_the_roots() {
    let with = |server| {
        format!(
            "servers: {{ s: {{ host: a.example, protocol: mqtt }} }}\nchannels: {{ a: {{ address: a, servers: [{{ $ref: '{server}' }}] }} }}\n"
        )
    };
    check(&with("./other.yaml#/servers/back"), &[]);
    check(
        &with("./other.yaml#/servers/s"),
        &["channel-server-not-in-root"],
    );
}

#[test]
fn a_message_of_an_operation_is_one_of_its_channel() {
    let with = |message| {
        format!(
            "{A}operations: {{ o: {{ action: send, channel: {{ $ref: '#/channels/a' }}, messages: [{{ $ref: '{message}' }}] }} }}\n"
        )
    };
    for message in [
        "#/channels/a/messages/m",
        "./api.yaml#/channels/a/messages/m",
        "./other.yaml#/channels/back/messages/m",
        "./other.yaml#/messages/back",
    ] {
        check(&with(message), &[]);
    }
    let elsewhere = &["operation-message-not-on-channel"];
    for message in [
        "./other.yaml#/channels/a/messages/m",
        "./other.yaml#/components/messages/m",
    ] {
        check(&with(message), elsewhere);
    }
}

#[test]
fn servers_of_version_2_are_those_of_the_root() {
    let text = "asyncapi: 2.6.0
info: { title: Orders, version: 1.0.0 }
servers: { s: { url: 'mqtt://a.example', protocol: mqtt } }
channels: { a: { $ref: './channel.yaml' } }
components: { servers: { t: { url: 'mqtt://b.example', protocol: mqtt } } }
";
    let of = |name| format!("servers: [{name}]\n");
    let found = |name| findings_in(&[("/api/api.yaml", text), ("/api/channel.yaml", &of(name))]);
    assert_eq!(found("s"), ["component-unused"]);
    assert_eq!(found("t"), ["channel-server-undefined", "component-unused"]);
}
