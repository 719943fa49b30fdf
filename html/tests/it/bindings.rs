//! Schemas that bindings hold are trees beside what else they say.
use tidings_html::{Settings, render_markdown};

use crate::markup::{Page, api, document, page};

fn with(level: &str, rest: &str) -> Page {
    let at = |name: &str| if name == level { rest } else { "" };
    page(&format!(
        "asyncapi: 3.0.0
info: {{title: App, version: 1.0.0}}
servers: {{ main: {{ host: h, protocol: p{} }} }}
channels: {{ c: {{ address: a, messages: {{ m: {{ payload: {{ type: string }}{} }} }}{} }} }}
operations: {{ op: {{ action: send, channel: {{ $ref: '#/channels/c' }}{} }} }}
components: {{ schemas: {{ Key: {{ type: object, required: [ region ], properties: {{ region: {{ type: string, enum: [ eu, us ], description: Where. }} }} }} }} }}
",
        at("server"),
        at("message"),
        at("channel"),
        at("operation"),
    ))
}

#[test]
fn each_is_a_tree_at_its_field() {
    for (level, binding, expected) in [
        (
            "message",
            "kafka: { schemaIdLocation: header, key: { type: string, minLength: 3, description: By *it*. } }",
            "kafka binding schemaIdLocation header key string characters ≥ 3 By it.",
        ),
        (
            "message",
            "kafka: { key: { type: record, name: K, namespace: a, fields: [ { name: up, type: [ 'null', K ] }, { name: n, type: long, doc: How many. } ] } }",
            "kafka binding key record K up null or K required n long required How many.",
        ),
        (
            "message",
            "kafka: { key: { schemaFormat: application/vnd.apache.avro, schema: { type: enum, name: E, symbols: [ A, B ] } }, bindingVersion: 0.5.0 }",
            "kafka binding key enum E one of A B bindingVersion 0.5.0",
        ),
        (
            "message",
            "kafka: { key: { $ref: '#/components/schemas/Key' } }",
            "key object Key region string required one of eu us Where.",
        ),
        (
            "message",
            "http: { headers: { type: object, properties: { a: { type: integer } } }, statusCode: 200 }",
            "http binding headers object a integer statusCode 200",
        ),
        (
            "operation",
            "http: { method: GET, query: { type: object, required: [ id ], properties: { id: { type: string } } } }",
            "http binding method GET query object id string required",
        ),
        (
            "operation",
            "kafka: { groupId: { type: string, enum: [ g ] }, bindingVersion: 0.5.0 }",
            "kafka binding groupId string always g bindingVersion 0.5.0",
        ),
        (
            "channel",
            "ws: { method: GET, query: { type: object, properties: { token: { type: string } } }, headers: { type: object, properties: { x: {} } } }",
            "ws binding of the channel method GET query object token string headers object x any",
        ),
        (
            "server",
            "mqtt: { keepAlive: 5, sessionExpiryInterval: { type: integer, maximum: 9 } }",
            "mqtt binding keepAlive 5 sessionExpiryInterval integer ≤ 9",
        ),
    ] {
        let page = with(level, &format!(", bindings: {{ {binding} }}"));
        page.has(expected);
        assert_eq!(page.errors, Vec::<String>::new());
    }
}

#[test]
fn what_is_no_schema_stays_a_row() {
    let page = with(
        "server",
        ", bindings: { mqtt: { sessionExpiryInterval: 5, lastWill: { topic: t } }, ws: {}, other: { key: { type: string } } }",
    );
    page.has("mqtt binding sessionExpiryInterval 5 lastWill.topic t");
    page.has("ws binding nothing more");
    page.has("other binding key.type string");
    let page = with("channel", ", bindings: { ws: { query: true } }");
    page.has("ws binding of the channel query true");
    with(
        "message",
        ", bindings: { kafka: { key: { $ref: './nowhere' } } }",
    )
    .has("kafka binding key any not resolved: ./nowhere");
}

#[test]
fn a_long_one_leads_to_where_the_page_has_it() {
    let many: String = (0..45)
        .map(|n| format!("p{n}: {{ type: string }}, "))
        .collect();
    let page = page(&format!(
        "asyncapi: 3.0.0
info: {{title: App, version: 1.0.0}}
channels: {{ c: {{ address: a, bindings: {{ ws: {{ query: {{ type: object, properties: {{ one: {{ $ref: '#/components/schemas/Long' }}, two: {{ $ref: '#/components/schemas/Long' }}, three: {{ $ref: '#/x-far' }}, four: {{ $ref: '#/x-far' }} }} }} }} }} }} }}
x-far: {{ type: object, properties: {{ {many} }} }}
components: {{ schemas: {{ Long: {{ type: object, properties: {{ {many} }} }} }} }}
"
    ));
    page.has("one object Long two object Long");
    assert!(
        page.html
            .contains("<a href=\"#schema-Long\"><bdi>Long</bdi></a>")
    );
    let ids = page.attribute("id");
    for href in page.attribute("href") {
        let place = href.strip_prefix('#');
        assert!(place.is_none_or(|id| ids.contains(&id)), "{href}");
    }
}

/// The same as Markdown.
#[test]
fn each_is_a_list_in_markdown() {
    let text = |binding: &str| {
        let text = format!(
            "asyncapi: 3.0.0
info: {{title: App, version: 1.0.0}}
channels: {{ c: {{ address: a, messages: {{ m: {{ bindings: {{ {binding} }} }} }} }} }}
components: {{ schemas: {{ Key: {{ type: object, required: [ region ], properties: {{ region: {{ type: string, enum: [ eu, us ], description: Where. }}, up: {{ $ref: '#/components/schemas/Key' }} }} }}, Short: {{ type: string, minLength: 3 }} }} }}
"
        );
        let document = document(&text);
        let text = render_markdown(&api(&document), &Settings::default());
        let start = text.find("binding:").expect("a binding");
        let rest = &text[start + "binding:\n\n".len()..];
        rest[..rest.find("\nThe document").expect("an end")].to_owned()
    };
    assert_eq!(
        text(
            "http: { headers: { type: object, properties: { a: { $ref: '#/components/schemas/Short' }, b: { $ref: '#/components/schemas/Short' } } }, statusCode: 200 }"
        ),
        "- `headers`:\n  - object\n    - `a`: string, characters `≥ 3`\n    - `b`: string, characters `≥ 3`\n- `statusCode`: `200`\n"
    );
    assert_eq!(
        text("kafka: { key: { $ref: '#/components/schemas/Key' }, schemaIdLocation: header }"),
        "- `key`:\n  - object, see schema Key\n- `schemaIdLocation`: `header`\n"
    );
    assert_eq!(
        text(
            "kafka: { key: { schemaFormat: application/vnd.apache.avro, schema: { type: long } } }"
        ),
        "- `key`: Avro\n\n  ```json\n  {\n    \"type\": \"long\"\n  }\n  ```\n"
    );
}
