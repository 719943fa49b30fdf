//! Valid documents to the typed model.
use std::fmt::Write;

use expect_test::{Expect, expect};
use tidings_document::{
    Text,
    api::{Api, MessageUse, Payload, SchemaId, SchemaKind},
    read, schema_json, schema_json_with_map,
};

use super::open_files;

/// Compares a short rendering of the model.
#[track_caller]
fn check(text: &str, expected: Expect) {
    let (document, found) = open_files(&[("/doc/api.yaml", text)]);
    assert!(found.is_empty(), "{found:?}");
    let (api, found) = read(&document);
    assert!(found.is_empty(), "{found:?}");
    expected.assert_eq(&render(&api.unwrap()));
}

fn render(api: &Api<'_>) -> String {
    let mut out = String::new();
    let text = |text: Option<Text<'_>>| text.map_or("-".to_owned(), |text| text.value.to_owned());
    writeln!(
        out,
        "{} {} {}",
        api.version.as_str(),
        api.info.title.value,
        api.info.version.value
    )
    .unwrap();
    for server in &api.servers {
        let security: Vec<_> = server
            .security
            .iter()
            .map(|need| (text(need.name), need.scheme, need.scopes.len()))
            .collect();
        writeln!(
            out,
            "server {} {:?} {}://{} {} {security:?}",
            server.key.value,
            server.place,
            server.protocol.value,
            server.host.value,
            text(server.pathname)
        )
        .unwrap();
    }
    for channel in &api.channels {
        let messages: Vec<_> = channel
            .messages
            .iter()
            .map(|use_| format!("{}={}", use_.key.value, use_.message.0))
            .collect();
        let parameters: Vec<_> = channel
            .parameters
            .iter()
            .map(|parameter| (parameter.name.value, parameter.values.len()))
            .collect();
        let servers: Vec<_> = channel
            .servers
            .iter()
            .map(|(_, id)| id.map(|id| id.0))
            .collect();
        writeln!(
            out,
            "channel {} {:?} {} {messages:?} {parameters:?} {servers:?}",
            channel.key.value,
            channel.place,
            text(channel.address)
        )
        .unwrap();
    }
    for operation in &api.operations {
        let reply = operation.reply.as_ref().map(|reply| {
            (
                reply.channel.map(|id| id.0),
                reply.address.as_ref().map(|address| address.location.value),
                uses(&api.messages_of_reply(reply)),
            )
        });
        writeln!(
            out,
            "{:?} {} channel {:?} {} summary {} tags {}",
            operation.action,
            operation.key.value,
            operation.channel.map(|id| id.0),
            uses(&api.messages_of(operation)),
            text(operation.about.summary),
            operation.about.tags.len()
        )
        .unwrap();
        if let Some(reply) = reply {
            writeln!(out, "  reply {reply:?}").unwrap();
        }
    }
    for message in &api.messages {
        let schema = |id: Option<SchemaId>| id.map_or("-".to_owned(), |id| api[id].pointer.clone());
        let payload =
            |payload: &Payload<'_>| format!("{:?} {}", payload.format, schema(payload.schema));
        writeln!(
            out,
            "message {} {:?} {} type {} headers {} payload {} correlation {} bindings {}",
            message.key.value,
            message.place,
            message.pointer,
            api.content_type_of(message).unwrap_or("-"),
            schema(message.headers),
            message.payload.as_ref().map_or("-".to_owned(), payload),
            message
                .correlation_id
                .as_ref()
                .map_or("-", |id| id.location.value),
            message.about.bindings.len(),
        )
        .unwrap();
    }
    for schema in &api.schemas {
        let kind = match &schema.kind {
            SchemaKind::Bool(value) => value.to_string(),
            SchemaKind::Unresolved => "unresolved".to_owned(),
            SchemaKind::Object(object) => format!(
                "{:?} {:?}",
                object
                    .types
                    .map(|types| types.iter().map(|kind| kind.as_str()).collect::<Vec<_>>())
                    .unwrap_or_default(),
                object
                    .properties
                    .iter()
                    .map(|property| (property.name.value, property.schema.0))
                    .collect::<Vec<_>>()
            ),
        };
        writeln!(
            out,
            "schema {} {:?} {} {kind}",
            text(schema.key),
            schema.place,
            schema.pointer
        )
        .unwrap();
    }
    out
}

fn uses(uses: &[MessageUse<'_>]) -> String {
    let uses: Vec<_> = uses
        .iter()
        .map(|use_| format!("{}={:?}", use_.key.value, use_.message.map(|id| id.0)))
        .collect();
    format!("[{}]", uses.join(" "))
}

#[test]
fn version_3_with_reply_and_shared_messages() {
    check(
        "\
asyncapi: 3.0.0
info: {title: Orders, version: 1.2.0}
defaultContentType: application/json
servers:
  main: {host: 'broker:5672', pathname: /v, protocol: amqp, security: [{$ref: '#/components/securitySchemes/user'}, {type: plain}]}
channels:
  commands:
    address: orders
    servers: [{$ref: '#/servers/main'}]
    messages: {create: {$ref: '#/components/messages/Create'}, inline: {payload: {type: string}}}
  replies:
    address:
    messages: {created: {$ref: '#/components/messages/Created'}}
  events: {$ref: '#/components/channels/Events'}
operations:
  create:
    action: receive
    channel: {$ref: '#/channels/commands'}
    messages: [{$ref: '#/channels/commands/messages/create'}]
    reply: {channel: {$ref: '#/channels/replies'}, address: {location: '$message.header#/replyTo'}}
    traits: [{$ref: '#/components/operationTraits/t'}]
  tell: {action: send, channel: {$ref: '#/channels/events'}}
components:
  securitySchemes: {user: {type: userPassword}}
  operationTraits: {t: {summary: of the trait, tags: [{name: a}]}}
  channels:
    Events: {address: 'events.{region}', parameters: {region: {enum: [eu, us]}}, messages: {created: {$ref: '#/components/messages/Created'}}}
  messages:
    Create: {headers: {$ref: '#/components/schemas/Head'}, payload: {$ref: '#/components/schemas/Order'}, correlationId: {location: '$message.header#/id'}}
    Created: {payload: {schemaFormat: application/vnd.apache.avro;version=1.9.0, schema: {type: record, name: Created, fields: []}}, contentType: avro/binary}
  schemas:
    Head: {type: object, properties: {id: {type: string}}}
    Order: {type: object, properties: {items: {type: array, items: {$ref: '#/components/schemas/Item'}}, parent: {$ref: '#/components/schemas/Order'}}}
    Item: {type: [string, 'null']}
    Any: true
",
        expect![[r#"
            3.0.0 Orders 1.2.0
            server main Root amqp://broker:5672 /v [("user", Some(SecuritySchemeId(0)), 0), ("-", Some(SecuritySchemeId(1)), 0)]
            channel commands Root orders ["create=0", "inline=1"] [] [Some(0)]
            channel replies Root - ["created=2"] [] []
            channel events Root events.{region} ["created=2"] [("region", 2)] []
            Receive create channel Some(0) [create=Some(0)] summary of the trait tags 1
              reply (Some(1), Some("$message.header#/replyTo"), "[created=Some(2)]")
            Send tell channel Some(2) [created=Some(2)] summary - tags 0
            message Create Components /components/messages/Create type application/json headers /components/schemas/Head payload AsyncApi /components/schemas/Order correlation $message.header#/id bindings 0
            message inline Inline /channels/commands/messages/inline type application/json headers - payload AsyncApi /channels/commands/messages/inline/payload correlation - bindings 0
            message Created Components /components/messages/Created type avro/binary headers - payload Avro - correlation - bindings 0
            schema Head Components /components/schemas/Head ["object"] [("id", 3)]
            schema Order Components /components/schemas/Order ["object"] [("items", 4), ("parent", 1)]
            schema - Inline /channels/commands/messages/inline/payload ["string"] []
            schema id Inline /components/schemas/Head/properties/id ["string"] []
            schema items Inline /components/schemas/Order/properties/items ["array"] []
            schema Item Components /components/schemas/Item ["null", "string"] []
            schema Any Components /components/schemas/Any true
        "#]],
    );
}

#[test]
fn version_2_in_the_terms_of_version_3() {
    check(
        "\
asyncapi: 2.6.0
info: {title: Lights, version: '1'}
tags: [{name: root}]
servers:
  prod: {url: 'mqtt://broker.example:1883/base/{x}', protocol: mqtt, security: [{oauth: [read]}], variables: {x: {default: a}}}
  bare: {url: localhost, protocol: mqtt}
channels:
  light/{id}/measured:
    servers: [prod, none]
    parameters: {id: {$ref: '#/components/parameters/id'}}
    publish:
      operationId: measure
      summary: own
      traits: [{summary: of the trait}]
      message: {$ref: '#/components/messages/Measured'}
    subscribe:
      message:
        oneOf:
          - {$ref: '#/components/messages/Measured'}
          - {payload: {type: integer}}
          - {name: Named, payload: {type: 'null'}}
components:
  securitySchemes:
    oauth: {type: oauth2, flows: {implicit: {authorizationUrl: 'https://a.b/c', scopes: {read: all}}}}
  parameters: {id: {schema: {type: string, enum: [a, b], default: a}}}
  messageTraits: {h: {headers: {type: object, properties: {of: {type: string}}}, bindings: {mqtt: {}}}}
  messages:
    Measured:
      headers: {type: object, properties: {own: {type: string}}}
      traits: [{$ref: '#/components/messageTraits/h'}]
      payload: {$ref: '#/components/schemas/Measure'}
  schemas:
    Measure: {type: object, properties: {lumens: {type: integer}}}
",
        expect![[r#"
            2.6.0 Lights 1
            server prod Root mqtt://broker.example:1883 /base/{x} [("oauth", Some(SecuritySchemeId(0)), 1)]
            server bare Root mqtt://localhost - []
            channel light/{id}/measured Root light/{id}/measured ["Measured=0", "light/{id}/measured subscribe message 2=1", "Named=2"] [("id", 2)] [Some(0), None]
            Receive measure channel Some(0) [Measured=Some(0)] summary of the trait tags 0
            Send subscribe channel Some(0) [Measured=Some(0) light/{id}/measured subscribe message 2=Some(1) Named=Some(2)] summary - tags 0
            message Measured Components /components/messages/Measured type - headers /components/messages/Measured/headers payload AsyncApi /components/schemas/Measure correlation - bindings 1
            message light/{id}/measured subscribe message 2 Inline /channels/light~1{id}~1measured/subscribe/message/oneOf/1 type - headers - payload AsyncApi /channels/light~1{id}~1measured/subscribe/message/oneOf/1/payload correlation - bindings 0
            message Named Inline /channels/light~1{id}~1measured/subscribe/message/oneOf/2 type - headers - payload AsyncApi /channels/light~1{id}~1measured/subscribe/message/oneOf/2/payload correlation - bindings 0
            schema - Inline /components/parameters/id/schema ["string"] []
            schema - Inline /components/messages/Measured/headers ["object"] [("own", 5), ("of", 6)]
            schema Measure Components /components/schemas/Measure ["object"] [("lumens", 7)]
            schema - Inline /channels/light~1{id}~1measured/subscribe/message/oneOf/1/payload ["integer"] []
            schema - Inline /channels/light~1{id}~1measured/subscribe/message/oneOf/2/payload ["null"] []
            schema own Inline /components/messages/Measured/headers/properties/own ["string"] []
            schema of Inline /components/messages/Measured/headers/properties/of ["string"] []
            schema lumens Inline /components/schemas/Measure/properties/lumens ["integer"] []
        "#]],
    );
}

#[test]
fn channels_of_version_2_are_one_for_each_address() {
    check(
        "\
asyncapi: 2.6.0
info: {title: Lights, version: '1'}
servers:
  main: {$ref: '#/components/servers/Shared'}
channels:
  first: {$ref: '#/components/channels/Shared'}
  second: {$ref: '#/components/channels/Shared'}
components:
  servers:
    Shared: {url: 'mqtt://a', protocol: mqtt}
    Spare: {url: 'mqtt://b', protocol: mqtt}
  channels:
    Shared: {publish: {message: {name: On}}}
    Spare: {subscribe: {message: {name: Off}}}
",
        expect![[r#"
            2.6.0 Lights 1
            server main Root mqtt://a - []
            server Spare Components mqtt://b - []
            channel first Root first ["On=0"] [] []
            channel second Root second ["On=0"] [] []
            channel Spare Components Spare ["Off=1"] [] []
            Receive publish channel Some(0) [On=Some(0)] summary - tags 0
            Receive publish channel Some(1) [On=Some(0)] summary - tags 0
            Send subscribe channel Some(2) [Off=Some(1)] summary - tags 0
            message On Inline /components/channels/Shared/publish/message type - headers - payload - correlation - bindings 0
            message Off Inline /components/channels/Spare/subscribe/message type - headers - payload - correlation - bindings 0
        "#]],
    );
}

#[test]
fn own_fields_win_over_traits_in_version_3() {
    let text = "\
asyncapi: 3.0.0
info: {title: a, version: '1'}
components:
  messageTraits:
    one: {name: one, title: one, headers: {type: object, properties: {a: {type: string}, b: {type: string}}}}
    two: {name: two, title: two, bindings: {kafka: {key: {type: string}}}}
  messages:
    M:
      name: own
      traits: [{$ref: '#/components/messageTraits/one'}, {$ref: '#/components/messageTraits/two'}]
      headers: {properties: {b: {type: integer}}}
";
    let (document, _) = open_files(&[("/doc/api.yaml", text)]);
    let api = read(&document).0.unwrap();
    let message = &api.messages[0];
    assert_eq!(message.name.unwrap().value, "own");
    assert_eq!(message.about.title.unwrap().value, "two");
    assert_eq!(message.about.bindings[0].protocol.value, "kafka");
    let headers = schema_json(&api, message.headers.unwrap());
    expect![[r##"
        {
          "$schema": "http://json-schema.org/draft-07/schema#",
          "allOf": [
            {
              "$ref": "#/definitions/1"
            }
          ],
          "definitions": {
            "1": {
              "type": "object",
              "properties": {
                "a": {
                  "$ref": "#/definitions/2"
                },
                "b": {
                  "$ref": "#/definitions/3"
                }
              }
            },
            "2": {
              "type": "string"
            },
            "3": {
              "type": "integer"
            }
          }
        }"##]]
    .assert_eq(&serde_json::to_string_pretty(&headers).unwrap());
}

#[test]
fn schemas_become_self_contained_json_with_cycles() {
    let text = "\
asyncapi: 3.0.0
info: {title: a, version: '1'}
components:
  messages:
    M: {payload: {schemaFormat: 'application/vnd.oai.openapi;version=3.0.0', schema: {$ref: '#/x-tree'}}}
x-tree: {type: object, nullable: true, required: [v], properties: {v: {type: number, minimum: 0, exclusiveMinimum: true}, next: {$ref: '#/x-tree'}}}
";
    let (document, found) = open_files(&[("/doc/api.yaml", text)]);
    assert!(found.is_empty(), "{found:?}");
    let api = read(&document).0.unwrap();
    let id = api.messages[0]
        .payload
        .as_ref()
        .and_then(|payload| payload.schema)
        .unwrap();
    let json = schema_json_with_map(&api, id);
    expect![[r##"{"$schema":"http://json-schema.org/draft-07/schema#","allOf":[{"$ref":"#/definitions/1"}],"definitions":{"1":{"type":["object","null"],"required":["v"],"properties":{"v":{"$ref":"#/definitions/2"},"next":{"$ref":"#/definitions/1"}}},"2":{"type":"number","exclusiveMinimum":0}}}"##]].assert_eq(&serde_json::to_string(&json.schema).unwrap());
    let at = |pointer: &str| json.schema_at(pointer).map(|id| api[id].pointer.as_str());
    assert_eq!(
        at("/definitions/1/properties/v/type"),
        Some("/x-tree/properties/v")
    );
    assert_eq!(at("/definitions/2/minimum"), Some("/x-tree/properties/v"));
}
