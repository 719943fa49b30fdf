//! Documents that meet, and some that do not.
use std::path::Path;

use expect_test::{Expect, expect};
use tidings_document::{Settings, open_text, read};

use super::{Application, Landscape, short};

fn application(text: &str) -> Application {
    let name = Path::new("test.yaml");
    let (document, _) =
        open_text(name, text.as_bytes().to_vec(), &Settings::default()).expect("a text");
    let (api, _) = read(&document);
    Application::new(&api.expect("a model"), None)
}

/// An application that does one thing at an address on a server.
fn one(title: &str, action: &str, address: &str, server: &str) -> String {
    let servers = match server.split_once("://") {
        Some((protocol, host)) => {
            format!("servers: {{ s: {{ host: {host}, protocol: {protocol} }} }}\n")
        }
        None => String::new(),
    };
    format!(
        "asyncapi: 3.0.0
info: {{ title: {title}, version: 1.0.0 }}
{servers}channels:
  c: {{ address: '{address}', messages: {{ m: {{ name: Placed, payload: {{ type: string }} }} }} }}
operations: {{ o: {{ action: {action}, channel: {{ $ref: '#/channels/c' }} }} }}
"
    )
}

/// The places of some documents, each with who does what.
#[track_caller]
fn check(documents: &[String], expected: Expect) {
    let applications: Vec<_> = documents.iter().map(|text| application(text)).collect();
    let landscape = Landscape::new(&applications);
    let places = landscape.places.iter().map(|place| {
        let users = place.users.iter().map(|user| {
            let verb = if user.used.sends { "sends" } else { "receives" };
            let reply = if user.used.is_reply { " a reply" } else { "" };
            format!("{} {verb}{reply}", applications[user.application].title)
        });
        let users: Vec<_> = users.collect();
        format!(
            "{} {:?}: {}\n",
            place.address,
            place.servers,
            users.join(", ")
        )
    });
    expected.assert_eq(&places.collect::<String>());
}

#[test]
fn an_address_on_one_server_is_one_place() {
    check(
        &[
            one(
                "A",
                "send",
                "orders/{id}",
                "kafka-secure://Broker.example:9092",
            ),
            one(
                "B",
                "receive",
                "orders/{order}",
                "kafka://broker.example:9092",
            ),
        ],
        expect![[r#"
            orders/{id} ["kafka://broker.example:9092"]: A sends, B receives
        "#]],
    );
}

/// With or without encryption, and by whatever version of its protocol, a server is the same.
#[test]
fn protocols_of_one_family_are_the_same() {
    for (first, second, places) in [
        ("kafka", "kafka-secure", 1),
        ("mqtt", "secure-mqtt", 1),
        ("mqtt", "mqtts", 1),
        ("mqtt", "mqtt5", 1),
        ("amqp", "amqps", 1),
        ("ws", "wss", 1),
        ("http", "https", 1),
        ("stomp", "stomps", 1),
        ("nats", "NATS", 1),
        ("amqp", "amqp1", 2),
    ] {
        let texts = [("A", "send", first), ("B", "receive", second)];
        let applications = texts.map(|(title, action, protocol)| {
            application(&one(title, action, "a", &format!("{protocol}://h.example")))
        });
        let found = Landscape::new(&applications).places.len();
        assert_eq!(found, places, "{first} {second}");
    }
}

#[test]
fn an_address_on_two_servers_is_two_places() {
    check(
        &[
            one("A", "send", "orders", "kafka://one.example"),
            one("B", "receive", "orders", "kafka://two.example"),
            one("C", "receive", "orders", "mqtt://one.example"),
            one("D", "receive", "orders", ""),
        ],
        expect![[r#"
            orders ["kafka://one.example"]: A sends
            orders ["kafka://two.example"]: B receives
            orders ["mqtt://one.example"]: C receives
            orders []: D receives
        "#]],
    );
}

/// Who is on both servers carries nothing from one to the other.
#[test]
fn who_is_on_two_servers_joins_none() {
    let both = one("C", "send", "orders", "kafka://prod.example").replace(
        "servers: { s: ",
        "servers: { t: { host: test.example, protocol: kafka }, s: ",
    );
    let other = both.replace("title: C", "title: D");
    check(
        &[
            one("A", "send", "orders", "kafka://prod.example"),
            one("B", "receive", "orders", "kafka://test.example"),
            both.clone(),
        ],
        expect![[r#"
            orders ["kafka://prod.example"]: A sends, C sends
            orders ["kafka://test.example"]: B receives, C sends
        "#]],
    );
    check(
        &[
            one("A", "receive", "orders", "kafka://prod.example"),
            both,
            other,
        ],
        expect![[r#"
            orders ["kafka://prod.example", "kafka://test.example"]: A receives, C sends, D sends
        "#]],
    );
}

#[test]
fn who_names_no_server_is_where_the_others_are() {
    check(
        &[
            one("A", "send", "orders", ""),
            one("B", "receive", "orders", "kafka://one.example"),
            one("C", "receive", "other", ""),
        ],
        expect![[r#"
            orders ["kafka://one.example"]: A sends, B receives
            other []: C receives
        "#]],
    );
}

const ASKED: &str = "asyncapi: 3.0.0
info: { title: Shop, version: 1.0.0 }
channels:
  ask: { address: ask, messages: { m: { name: Ask, payload: { type: string } } } }
  answer: { address: answer, messages: { m: { name: Answer, payload: { type: string } } } }
  anywhere: { address: null, messages: { m: { name: Answer, payload: { type: string } } } }
operations:
  fixed: { action: receive, channel: { $ref: '#/channels/ask' }, reply: { channel: { $ref: '#/channels/answer' } } }
  tell: { action: send, channel: { $ref: '#/channels/anywhere' } }
  free: { action: receive, channel: { $ref: '#/channels/ask' }, reply: { address: { location: '$message.header#/replyTo' }, channel: { $ref: '#/channels/anywhere' } } }
";

#[test]
fn replies_are_sent_by_who_is_asked() {
    check(
        &[ASKED.to_owned()],
        expect![[r#"
            ask []: Shop receives, Shop receives, Shop sends a reply
            answer []: Shop sends a reply
            anywhere (address known at run time) []: Shop sends
        "#]],
    );
}

#[test]
fn every_language_tells_every_edge() {
    let texts = [ASKED.to_owned(), one("'\"]]>&<b>'", "send", "ask", "")];
    let applications: Vec<_> = texts.iter().map(|text| application(text)).collect();
    let landscape = Landscape::new(&applications);
    let edges = landscape.places.iter().map(|place| place.users.len());
    let edges: usize = edges.sum();
    assert_eq!(edges, 6);
    let json: serde_json::Value = serde_json::from_str(&landscape.json()).expect("JSON");
    assert_eq!(json["edges"].as_array().map(Vec::len), Some(edges));
    assert_eq!(landscape.mermaid().matches("->").count(), edges);
    assert_eq!(landscape.dot().matches(" -> ").count(), edges);
    let svg = landscape.svg().expect("a picture");
    assert_eq!(svg.matches("<path class=\"line").count(), edges);
    assert!(svg.contains("&lt;b&gt;") && !svg.contains("<b>"), "{svg}");
}

#[test]
fn names_are_all_told_unless_two_and_more_would_be_left() {
    let told = |count: usize| short(&["a", "b", "c", "d", "e"][..count]).join(" ");
    assert_eq!([told(0), told(3)], ["", "a b c"]);
    assert_eq!([told(4), told(5)], ["a b c d", "a b c and 2 more"]);
}
