//! What the page says of operations, messages and schemas.
use crate::markup::{Page, page};

const HEAD: &str = "asyncapi: 3.0.0\ninfo: {title: App, version: 1.0.0}\n";

fn with(rest: &str) -> Page {
    page(&format!("{HEAD}{rest}"))
}

const EXCHANGE: &str = "
channels:
  in: { address: ask.me, messages: { ask: { title: Ask, payload: { type: string } } } }
  out: { address: null, messages: { answer: { title: Answer, payload: { type: integer } }, refuse: { title: Refuse } } }
operations:
  op:
    action: ACTION
    channel: { $ref: '#/channels/in' }
    reply:
      address: { location: '$message.header#/replyTo' }
      channel: { $ref: '#/channels/out' }
";

#[test]
fn a_request_that_is_answered_is_told_from_both_sides() {
    let page = with(&EXCHANGE.replace("ACTION", "receive"));
    page.has("Requests it answers");
    page.has("App receives Ask on ask.me and replies with Answer or Refuse at the address in $message.header#/replyTo. To use it, you send the request and receive the reply.");
}

#[test]
fn a_request_that_is_made_is_told_from_both_sides() {
    let page = with(&EXCHANGE.replace("ACTION", "send"));
    page.has("Requests it makes");
    page.has("App sends Ask on ask.me and waits for the reply, Answer or Refuse at the address in $message.header#/replyTo. To serve it, you receive the request and send the reply.");
}

#[test]
fn request_and_reply_stand_in_one_article() {
    let page = with(&EXCHANGE.replace("ACTION", "receive"));
    let articles: Vec<&str> = page.html.split("<article").collect();
    let own = articles
        .iter()
        .find(|text| text.contains("id=\"operation-op\""))
        .unwrap();
    let own = own.split("</article>").next().unwrap();
    for id in [
        "id=\"message-ask\"",
        "id=\"message-answer\"",
        "id=\"message-refuse\"",
        "replyTo",
    ] {
        assert!(own.contains(id), "{id}");
    }
    assert!(own.contains("class=\"picture sequence\""));
}

const ONE_WAY: &str = "
channels:
  c: { address: an.address, KIND, messages: { m: { payload: { type: string } } } }
operations:
  op: { action: ACTION, channel: { $ref: '#/channels/c' } }
";

#[track_caller]
fn check_one_way(action: &str, kind: &str, heading: &str, sentence: &str) {
    let page = with(&ONE_WAY.replace("ACTION", action).replace("KIND", kind));
    page.has(heading);
    page.has(sentence);
}

#[test]
fn one_way_messages_are_grouped_by_direction_and_delivery() {
    let received = "App receives m on an.address. To use it, you send it there.";
    let sent = "App sends m on an.address. To use it, you receive it from there.";
    let none = "description: d";
    let queue = "bindings: { amqp: { is: queue } }";
    let topic = "x-tidings-channel: publish-subscribe";
    check_one_way("receive", none, "Messages it takes in", received);
    check_one_way("receive", queue, "Messages it takes in", received);
    check_one_way("receive", topic, "Events it listens to", received);
    check_one_way("send", none, "Events it publishes", sent);
    check_one_way("send", topic, "Events it publishes", sent);
    check_one_way("send", queue, "Messages it sends to one receiver", sent);
    check_one_way(
        "send",
        none,
        "Publish / subscribe: whoever subscribes gets every message.",
        sent,
    );
}

#[test]
fn version_2_is_told_in_the_words_of_version_3() {
    let page = page(
        "asyncapi: 2.6.0
info: {title: App, version: 1.0.0}
channels:
  a/b:
    publish: { message: { name: M, payload: { type: string } } }
    subscribe: { operationId: tell, message: { name: N, payload: { type: string } } }
",
    );
    page.has("App receives M on a/b. To use it, you send it there.");
    page.has("App sends N on a/b. To use it, you receive it from there.");
    page.has("AsyncAPI 2, which words it the other way round");
    assert!(page.attribute("id").contains(&"operation-a~2Fb.publish"));
}

#[test]
fn a_message_is_shown_whole_wherever_that_is_short_and_else_once() {
    let of = |uses: usize, properties: usize| {
        let list: String = (0..properties)
            .map(|n| format!("p{n}: {{ type: string }}, "))
            .collect();
        let operations: String = (0..uses)
            .map(|n| format!("  op{n}: {{ action: send, channel: {{ $ref: '#/channels/c' }} }}\n"))
            .collect();
        let page = with(&format!(
            "
channels:
  c: {{ address: a, messages: {{ m: {{ payload: {{ type: object, properties: {{ {list} }} }} }} }} }}
operations:
{operations}"
        ));
        assert_eq!(page.html.matches("id=\"message-m/p0\"").count(), 1);
        let names = page.html.matches("<dfn>p0</dfn>").count();
        (names, page.text.matches("Shown at m.").count())
    };
    assert_eq!(of(2, 3), (2, 0));
    assert_eq!(of(4, 3), (4, 0));
    assert_eq!(of(5, 3), (1, 4));
    assert_eq!(of(2, 40), (1, 1));
}

#[test]
fn limits_defaults_and_values_are_shown() {
    let page = with(
        "
components:
  schemas:
    S:
      type: object
      required: [a]
      additionalProperties: false
      properties:
        a: { type: [string, 'null'], minLength: 1, maxLength: 9, pattern: '^x$', format: email, default: x }
        b: { type: number, minimum: 0, exclusiveMaximum: 10, multipleOf: 0.5 }
        c: { enum: [red, '1', 2, null], deprecated: true }
        d: { type: array, items: { type: string }, minItems: 2, uniqueItems: true }
        e: { const: fixed, readOnly: true }
",
    );
    for text in [
        "a string or null required",
        "characters 1–9",
        "matches ^x$",
        "format email",
        "default x",
        "≥ 0",
        "< 10",
        "multiple of 0.5",
        "one of red \"1\" 2 null",
        "deprecated",
        "d array of string",
        "items ≥ 2",
        "no item twice",
        "always fixed",
        "read only",
        "no other properties",
    ] {
        page.has(text);
    }
}

#[test]
fn cycles_are_links() {
    let page = with(
        "
components:
  schemas:
    Tree:
      type: object
      properties:
        children: { type: array, items: { $ref: '#/components/schemas/Tree' } }
        other: { $ref: '#/components/schemas/Other' }
    Other:
      type: object
      properties:
        tree: { $ref: '#/components/schemas/Tree' }
",
    );
    page.has("children array of ↻ recursive: Tree");
    page.has("tree object ↻ recursive: Tree");
}

#[test]
fn deep_schemas_go_on_elsewhere() {
    let mut schema = "{ type: string, description: the innermost }".to_owned();
    for level in (0..40).rev() {
        schema = format!("{{ type: object, properties: {{ level{level}: {schema} }} }}");
    }
    let page = with(&format!("components: {{ schemas: {{ Deep: {schema} }} }}"));
    page.has("the innermost");
    let deepest = page
        .html
        .split("<details")
        .fold((0_i32, 0_i32), |(depth, most), part| {
            let depth = depth + 1 - i32::try_from(part.matches("</details>").count()).unwrap();
            (depth, most.max(depth))
        });
    assert!(deepest.1 <= 14, "{}", deepest.1);
}

#[test]
fn examples_are_shown_or_made() {
    let page = with(
        "
channels:
  c:
    address: a
    messages:
      given: { payload: { type: object }, examples: [ { name: first, payload: { key: 7 } } ] }
      made: { payload: { type: object, required: [id], properties: { id: { type: string, format: uuid }, n: { type: integer, minimum: 5 } } } }
      hard: { payload: { type: string, pattern: '^[a-z]{99}$' } }
",
    );
    page.has("first");
    page.has("{ \"key\": 7 }");
    page.has("Example made from the schema");
    page.has("\"n\": 5");
    assert_eq!(
        page.html
            .matches("<details class=\"example\" open>")
            .count(),
        3
    );
}

#[test]
fn bindings_and_extensions_are_tables() {
    let page = with(
        "
x-tidings-root: yes it is
channels:
  c:
    address: a
    x-tidings-channel: point-to-point
    bindings: { amqp: { is: queue, queue: { name: q1, durable: true } } }
",
    );
    for text in [
        "amqp binding",
        "queue.name q1",
        "queue.durable true",
        "x-tidings-root yes it is",
        "point-to-point",
    ] {
        page.has(text);
    }
}

#[test]
fn a_picture_shows_the_channels_on_both_sides() {
    let page = with(&EXCHANGE.replace("ACTION", "receive"));
    let picture = page
        .html
        .split("<svg class=\"picture wide\"")
        .nth(1)
        .unwrap();
    let picture = picture.split("</svg>").next().unwrap();
    assert!(picture.contains(">ask.me</text>") && picture.contains(">App</text>"));
    assert!(
        picture.contains("<a href=\"#operation-op\">") && picture.contains("class=\"line back\"")
    );
}

#[test]
fn schemas_of_parameters_are_trees() {
    let page = page(
        "asyncapi: 2.6.0
info: {title: App, version: 1.0.0}
channels:
  'a/{p}':
    parameters:
      p: { schema: { type: object, properties: { inner: { type: integer, maximum: 3 } } } }
",
    );
    page.has("inner integer ≤ 3");
}

#[test]
fn avro_schemas_are_trees() {
    let page = with(
        "
channels:
  c:
    address: a
    messages:
      m:
        payload:
          schemaFormat: application/vnd.apache.avro;version=1.9.0
          schema:
            type: record
            name: Order
            doc: What is <ordered>.
            fields:
              - { name: id, type: { type: string, logicalType: uuid } }
              - { name: state, type: { type: enum, name: State, symbols: [NEW, DONE] }, default: NEW }
              - { name: lines, doc: The lines., type: { type: array, items: { type: record, name: Line, fields: [ { name: sku, type: [ 'null', string ] } ] } } }
              - { name: next, type: [ 'null', Order ], default: null }
",
    );
    for text in [
        "record Order What is <ordered>.",
        "id string required meaning uuid",
        "state enum State default NEW one of NEW DONE",
        "lines array of record Line required The lines.",
        "sku null or string required",
        "next null or ↻ recursive: Order default null",
        "Schema as written",
    ] {
        page.has(text);
    }
}

#[test]
fn named_types_of_avro_are_linked_where_they_are_used_again() {
    let page = with(
        "
channels:
  c:
    address: a
    messages:
      m:
        payload:
          schemaFormat: application/vnd.apache.avro;version=1.9.0
          schema:
            type: record
            name: Ev
            namespace: shop.events
            fields:
              - name: first
                type: {type: record, name: Money, namespace: shop.types, fields: [{name: cents, type: long}, {name: unit, type: {type: enum, name: Unit, symbols: [EUR]}}]}
              - {name: second, type: shop.types.Money}
              - {name: more, type: {type: array, items: shop.types.Money}}
              - {name: by, type: {type: map, values: shop.types.Unit}}
              - {name: parent, type: ['null', Ev], default: null}
              - {name: other, type: shop.Other}
              - {name: lost, type: shop.Lost}
      n:
        payload:
          schemaFormat: application/vnd.apache.avro;version=1.9.0
          schema: { type: record, name: shop.Other, fields: [{ name: far, type: int }] }
",
    );
    for text in [
        "second shop.types.Money required",
        "more array of shop.types.Money required",
        "by map of shop.types.Unit required",
        "parent null or ↻ recursive: Ev default null",
        "other record shop.Other required",
        "far int required",
        "lost shop.Lost required",
    ] {
        page.has(text);
    }
    for id in ["shop.types.Money", "shop.types.Unit", "shop.events.Ev"] {
        let id = format!("message-m~.{id}");
        assert_eq!(
            page.html.matches(&format!("id=\"{id}\"")).count(),
            1,
            "{id}"
        );
        assert!(page.html.contains(&format!("href=\"#{id}\"")), "{id}");
    }
}

#[test]
fn a_type_is_looked_for_in_parts_and_items_so_deep() {
    let of = |depth: usize, open: &str, close: &str| {
        let schema = format!(
            "{}{{ type: string }}{}",
            open.repeat(depth),
            close.repeat(depth)
        );
        with(&format!(
            "channels: {{ c: {{ address: a, messages: {{ m: {{ payload: {{ properties: {{ it: {schema} }} }} }} }} }} }}\n"
        ))
    };
    let parts = |depth| of(depth, "{ allOf: [ ", " ] }");
    parts(4).has("it string");
    parts(5).has("it any");
    let items = |depth| of(depth, "{ type: array, items: ", " }");
    items(4).has("it array of array of array of array of string");
    items(5).has("it array of array of array of array of array each item");
}
