//! What the specification does not allow in objects, and how it is said.
use super::{check, findings, takes_no_square_of_time};

#[test]
fn versions_are_known_by_their_exact_text() {
    check("asyncapi: 3.0.1\n#         ^^^^^ error[version-unsupported]: did you mean `3.0.0`?\n");
    check("asyncapi: 2.0\n#         ^^^ error[not-asyncapi]: write the whole version\n");
    check("openapi: 3.0.0\n#^^^^^^^ error[not-asyncapi]: this is an OpenAPI document\n");
    check("[a]\n#^^ error[not-asyncapi]: must be an object, not a list\n");
}

#[test]
fn objects_of_version_3_are_closed() {
    check(
        "\
asyncapi: 3.0.0
info:
  title: Orders
  version: 1.0
  #        ^^^ error[type-mismatch]: `version` must be text, not a number (put it in quotes: `\"1.0\"`)
  licence: {name: MIT}
# ^^^^^^^ error[field-unknown]: did you mean `license`?
servers:
  main: {host: localhost}
  #     ^^^^^^^^^^^^^^^^^ error[field-missing]: a server must have `protocol`
channels:
  a:
    address:
    parameters: {id: {schema: {type: string}}}
    #                 ^^^^^^ error[field-not-allowed]: in version 3 a parameter is text
    bindings: {mercury: {}, kafka: 1}
    #          ^^^^^^^ error[field-unknown]: `mercury`
    #                              ^ error[type-mismatch]: `kafka` must be a Kafka channel binding, not a number
    messages:
      m:
        correlationId: {location: $message.header}
        #                         ^^^^^^^^^^^^^^^ error[runtime-expression-invalid]: `$message.header`
        examples: [{}, {payload: 1, x-a: 1}]
        #          ^^ error[field-missing]: an example must have `payload` or `headers`
        #                           ^^^ error[field-unknown]: `x-a`
        schemaFormat: text/plain
#       ^^^^^^^^^^^^ error[field-not-allowed]: in version 3 it stands in the payload
operations:
  o: {action: sent, channel: {address: a}, security: [{bearer: []}]}
  #           ^^^^ error[enum-mismatch]: did you mean `send`?
  #                          ^^^^^^^^^^^^ error[type-mismatch]: `channel` must be a reference
  #                                                   ^^^^^^^^^^^^ error[field-missing]: a requirement of version 3 is a reference
x-own: {any: thing}
x own: 1
#^^^^ error[field-unknown]: fields of your own begin with `x-`
",
    );
}

#[test]
fn fields_of_the_other_major_version_are_told_in_the_words_of_this_one() {
    check(
        "\
asyncapi: 3.0.0
info: {title: Lights, version: '1'}
servers:
  main: {url: 'mqtt://localhost', protocol: mqtt}
  #      ^^^ error[field-unknown]: in version 3 write `host`
channels:
  lights:
    publish: {message: {payload: {}}}
#   ^^^^^^^ error[field-unknown]: {action: receive, channel: {$ref: …}}
    subscribe: {}
#   ^^^^^^^^^ error[field-unknown]: {action: send, channel: {$ref: …}}
    messages: {on: {messageId: on}, all: {oneOf: []}}
    #               ^^^^^^^^^ error[field-unknown]: the key of a message is its id
    #                                     ^^^^^ error[field-unknown]: in `messages` of the channel
operations:
  o: {action: send, channel: {$ref: '#/channels/lights'}, operationId: o, message: {}}
  #                                                       ^^^^^^^^^^^ error[field-unknown]: the key of an operation
  #                                                                       ^^^^^^^ error[field-unknown]: `messages`, a list
tags: []
#^^^ error[field-unknown]: in version 3 it stands in `info`
",
    );
    check(
        "\
asyncapi: 2.6.0
info: {title: Lights, version: '1', tags: []}
#                                   ^^^^ error[field-unknown]: in version 2 it stands beside `info`
servers:
  main: {host: localhost, pathname: /a, protocol: mqtt}
  #      ^^^^ error[field-unknown]: in version 2 write `url`
  #                       ^^^^^^^^ error[field-unknown]: part of `url`
  bare: {protocol: mqtt}
  #     ^^^^^^^^^^^^^^^^ error[field-missing]: a server must have `url`
channels:
  lights:
    address: lights/on
#   ^^^^^^^ error[field-unknown]: the key of a channel is its address
    messages: {}
#   ^^^^^^^^ error[field-unknown]: `publish: {message: …}`
operations: {o: {action: send}}
#^^^^^^^^^ error[field-unknown]: `publish` (others send)
",
    );
}

#[test]
fn a_reference_without_text_is_one_finding() {
    check(
        "\
asyncapi: 3.0.0
info: {title: Lights, version: '1'}
servers:
  main:
    $ref: #/components/servers/main
#   ^^^^ error[type-mismatch]: `$ref` must be text, but has no value
channels:
  lights:
    messages:
      on:
        $ref: #/components/messages/On
#       ^^^^ error[type-mismatch]: `$ref` must be text, but has no value
      off: {$ref: 1}
      #           ^ error[type-mismatch]: `$ref` must be text, not a number
components:
  messages: {On: {$ref: []}}
  #                     ^^ error[type-mismatch]: `$ref` must be text, not a list
  schemas: {A: {$ref: 1}}
  #                   ^ error[type-mismatch]: `$ref` must be text, not a number
",
    );
}

#[test]
fn fields_of_version_2_have_their_versions() {
    check(
        "\
asyncapi: 2.1.0
info: {title: Orders, version: '1', contact: {email: nobody, url: example.com}}
#                                                    ^^^^^^ error[format-mismatch]: a mail address
#                                                                 ^^^^^^^^^^^ error[format-mismatch]: a URI
tags: [{name: a}, {name: b}, {name: a}]
#                            ^^^^^^^^^ error[item-duplicate]: `tags` holds this item twice
servers:
  main: {url: localhost, protocol: mqtt, security: [{user: []}]}
channels:
  orders:
    servers: [main]
#   ^^^^^^^ error[field-unknown]: it exists since version 2.2.0
    publish:
      message:
        messageId: x
#       ^^^^^^^^^ error[field-unknown]: it exists since version 2.4.0
        headers: {type: string}
        #               ^^^^^^ error[enum-mismatch]: `type` may not be `string`
    subscribe:
      message: {oneOf: [{payload: {type: strin}}], name: x}
      #                                  ^^^^^ error[enum-mismatch]: did you mean `string`?
      #                                            ^^^^ error[field-unknown]: `name`
  a b: {}
# ^^^ error[format-mismatch]: `a b` is no channel address
components:
  securitySchemes:
    user: {type: userPassword}
    key: {type: apiKey, in: header}
    #                       ^^^^^^ error[enum-mismatch]: it may be `user`, `password`
    web: {type: htp}
    #           ^^^ error[enum-mismatch]: did you mean `http`?
",
    );
}

#[test]
fn version_2_requires_channels() {
    check(
        "asyncapi: 2.6.0\n#^^^^^^^^^^^^^^ error[field-missing]: must have `channels`\ninfo: {title: a, version: '1'}\n",
    );
}

#[test]
fn schemas_are_checked_by_their_dialect() {
    check(
        "\
asyncapi: 3.0.0
info: {title: Orders, version: '1'}
components:
  schemas:
    A:
      type: [string, nul]
      #              ^^^ error[enum-mismatch]: did you mean `null`?
      minLength: -1
      #          ^^ error[value-out-of-range]: `minLength` must be 0 or more
      maxLength: 1.5
      #          ^^^ error[type-mismatch]: an integer
      multipleOf: 0
      #           ^ error[value-out-of-range]: above 0
      exclusiveMinimum: true
      #                 ^^^^ error[type-mismatch]: `exclusiveMinimum` must be a number
      required: [a, b, a]
      #                ^ error[item-duplicate]: `required`
      allOf: []
      #      ^^ error[value-out-of-range]: at least one item
      properties: {a: true, b: 1}
      #                        ^ error[type-mismatch]: `b` must be a schema, not a number
      items: [{type: 5}]
      #              ^ error[type-mismatch]: `type` must be text
      additionalProperties: {typ: string}
      unknownKeyword: 1
    OpenApi:
      schemaFormat: application/vnd.oai.openapi;version=3.0.0
      schema: {type: object, nullable: true, properties: {n: {type: number, minimum: 0, exclusiveMinimum: true}}}
    Avro:
      schemaFormat: application/vnd.apache.avro;version=1.9.0
      schema: {type: record, name: X, fields: []}
    Draft07: {schemaFormat: application/schema+json;version=draft-07, schema: {discriminator: {a: b}, type: strin}}
    #                                                                                                       ^^^^^ error[enum-mismatch]: `strin`
    Own: {schemaFormat: text/own, schema: {type: x}}
    #                   ^^^^^^^^ warning[schema-format-unknown]: `text/own`
",
    );
}

#[test]
fn references_stand_only_where_they_may() {
    check(
        "\
asyncapi: 2.6.0
info: {$ref: '#/x-info'}
#      ^^^^^^^^^^^^^^^^ error[reference-not-allowed]: a reference may not stand for `info`
x-info: {title: Orders, version: '1'}
tags: {$ref: '#/x-tags'}
x-tags: [{name: a}]
channels: {}
",
    );
}

#[test]
fn a_list_of_references_to_itself_is_compared_once() {
    takes_no_square_of_time(3000, |count| {
        let text = format!(
            "asyncapi: 3.0.0\ninfo: {{title: a, version: '1'}}\nx-all: &all [{}]\ncomponents: {{messages: {{m: {{tags: {{$ref: '#/x-all'}}}}}}}}\n",
            "{$ref: '#/x-all'}, ".repeat(count)
        );
        findings(&[("/doc/api.yaml", &text)]);
    });
}

#[test]
fn unknown_fields_of_one_object_are_bounded() {
    let mut text = "asyncapi: 3.0.0\ninfo: {title: a, version: '1'}\n".to_owned();
    for at in 0..20_000 {
        text += &format!("k{at}: 1\n");
    }
    assert_eq!(findings(&[("/doc/api.yaml", &text)]).1.len(), 10_000);
}

#[test]
fn bindings_of_version_3_are_checked_by_their_version() {
    check(
        "\
asyncapi: 3.1.0
info: {title: Orders, version: '1'}
servers:
  main:
    host: localhost
    protocol: kafka
    bindings:
      kafka: {schemaRegistryURL: 'http://localhost'}
      #       ^^^^^^^^^^^^^^^^^ error[field-unknown]: did you mean `schemaRegistryUrl`?
      solace: {clientName: ''}
      #                    ^^ error[value-out-of-range]: `clientName` must be 1 to 160 characters long
      ros2: {domainId: 300, anything: goes}
      #                ^^^ error[value-out-of-range]: `domainId` must be 0 to 231
channels:
  orders:
    bindings:
      kafka: {partitions: 0, topicConfiguration: {cleanup.policy: [shrink]}}
      #                   ^ error[value-out-of-range]: `partitions` must be 1 or more
      #                                                            ^^^^^^ error[enum-mismatch]: it may be `compact`, `delete`
      sqs: {queue: {name: orders}, bindingVersion: 0.3.0}
      #                                            ^^^^^ error[enum-mismatch]: did you mean `0.2.0`?
      #            ^^^^^^^^^^^^^^ error[field-missing]: a queue must have `fifoQueue`
      amqp: {is: queue, exchange: {}, queue: {durable: 1}}
      #                 ^^^^^^^^ error[field-not-allowed]: for an exchange write `is: routingKey`
      #                                                ^ error[type-mismatch]: `durable` must be `true` or `false`
      ros2: {}
#     ^^^^ error[field-unknown]: `bindings` of a channel has no field `ros2`
      redis: {what: ever}
    messages:
      order:
        bindings:
          kafka: {bindingVersion: 0.4.0, key: {type: record, name: Key, fields: []}}
          ibmmq: {expiry: 1}
          #      ^^^^^^^^^^^ error[field-missing]: must have `type`
          http: {statusCode: 200, bindingVersion: 0.2.0}
          #      ^^^^^^^^^^ error[field-unknown]: `statusCode`
operations:
  order:
    action: send
    channel: {$ref: '#/channels/orders'}
    bindings:
      amqp: {deliveryMode: 3, expiration: 1.5}
      #                    ^ error[enum-mismatch]: it may be `1`, `2`
      #                                   ^^^ error[type-mismatch]: `expiration` must be an integer
      mqtt: {$ref: '#/components/operationBindings/mqtt/mqtt'}
      #      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[reference-not-allowed]: an MQTT operation binding
components:
  operationBindings:
    mqtt: {mqtt: {qos: 1, x-own: 1}}
",
    );
}

#[test]
fn bindings_of_version_2_take_anything() {
    check(
        "\
asyncapi: 2.6.0
info: {title: Orders, version: '1'}
channels:
  orders: {bindings: {kafka: {partitions: none, bindingVersion: 7}, mercury: {}}}
",
    );
}

#[test]
fn what_a_mandatory_reference_leads_to_is_compared_too() {
    check(
        "\
asyncapi: 3.0.0
info: {title: Orders, version: '1'}
x-orders: {version: '1'}
#          ^^^^^^^ error[field-unknown]: a channel has no field `version`
operations:
  order: {action: send, channel: {$ref: '#/x-orders'}}
",
    );
}

#[test]
fn avro_schemas_have_their_own_shapes() {
    check(
        "\
asyncapi: 3.1.0
info: {title: Orders, version: '1'}
components:
  messages:
    a:
      payload:
        schemaFormat: application/vnd.apache.avro;version=1.9.0
        schema:
          type: record
          name: Order line
          #     ^^^^^^^^^^ error[format-mismatch]: `name` must be an Avro name
          namespace: com.example
          fields:
          - {name: id, type: string, order: upwards}
          #                                 ^^^^^^^ error[enum-mismatch]: `order` may not be `upwards`
          - {name: kind, type: {type: enum, name: Kind}}
          #                    ^^^^^^^^^^^^^^^^^^^^^^^^ error[field-missing]: an Avro enum must have `symbols`
          - {name: more, type: [null, com.example.More, {type: array, items: []}]}
          #                     ^^^^ error[type-mismatch]: `type` must be an Avro schema, not `null`
          #                                                                  ^^ error[value-out-of-range]: at least one item
          - {name: size}
          # ^^^^^^^^^^^^ error[field-missing]: a field of an Avro record must have `type`
",
    );
    check(
        "\
asyncapi: 2.6.0
info: {title: Orders, version: '1'}
channels: {}
components:
  messages:
    a:
      schemaFormat: application/vnd.apache.avro+yaml;version=1.9.0
      payload: {type: struct}
      #               ^^^^^^ error[enum-mismatch]: `type` may not be `struct`
",
    );
}

#[test]
fn channels_in_components_of_version_2_have_addresses() {
    check(
        "\
asyncapi: 2.6.0
info: {title: Orders, version: '1'}
channels: {}
components: {channels: {'a b': {}}}
#                       ^^^^^ error[format-mismatch]: `a b` is no channel address
",
    );
}

#[test]
fn integers_without_bounds_take_any_size() {
    check(
        "\
asyncapi: 3.0.0
info: {title: Orders, version: '1'}
components: {messageBindings: {a: {ibmmq: {type: string, expiry: 1e19}}}}
",
    );
}

#[test]
fn types_of_avro_in_other_schemas_are_told_of_their_language() {
    check(
        "\
asyncapi: 3.0.0
info: {title: a, version: '1'}
components:
  schemas:
    A:
      type: record
      #     ^^^^^^ error[enum-mismatch]: `type` may not be `record` (Avro needs its `schemaFormat`
    B:
      type: strin
      #     ^^^^^ error[enum-mismatch]: `type` may not be `strin` (did you mean `string`?)
    C:
      type: x
      #     ^ error[enum-mismatch]: `type` may not be `x` (it may be `
",
    );
}

#[test]
fn a_list_that_a_reference_stands_for_is_told_at_the_reference() {
    check(
        "\
asyncapi: 3.0.0
info: {title: Lights, version: '1'}
channels:
  lights: {address: lights, messages: {on: {payload: {type: string}}}}
operations:
  o:
    action: send
    channel: {$ref: '#/channels/lights'}
    messages: {$ref: '#/channels/lights/messages/on'}
    #         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error[type-mismatch]: write each reference as an item: `- $ref: …`
",
    );
}

#[test]
fn words_for_types_are_told_as_schemas_have_them() {
    check(
        "\
asyncapi: 3.0.0
info: {title: Lights, version: '1'}
components:
  schemas:
    A:
      type: object
      properties:
        a: string
        #  ^^^^^^ error[type-mismatch]: write a schema: `{type: string}`
        b: [Int64]
        #  ^^^^^^^ error[type-mismatch]: `{type: array, items: {type: integer, format: int64}}`
        c: {type: int}
        #         ^^^ error[enum-mismatch]: write `type: integer`
        d: {type: [timestamp, 'null']}
        #          ^^^^^^^^^ error[enum-mismatch]: write `type: string, format: date-time`
        e: something
        #  ^^^^^^^^^ error[type-mismatch]: write its entries below it
        f: [string, integer]
        #  ^^^^^^^^^^^^^^^^^ error[type-mismatch]: write each item behind a key of its own
        a/g: {type: string, required: true}
        #                             ^^^^ error[type-mismatch]: `required: [a/g]` beside its `properties`
      not: {required: false}
      #               ^^^^^ error[type-mismatch]: `required: [NAME]`
",
    );
}

#[test]
fn a_list_of_messages_of_version_2_is_told_as_alternatives() {
    check(
        "\
asyncapi: 2.6.0
info: {title: Lights, version: '1'}
channels:
  lights:
    publish: {message: [{payload: {}}]}
    #                  ^^^^^^^^^^^^^^^ error[type-mismatch]: `message: {oneOf: […]}`
    subscribe: {message: {$ref: '#/components/tags/a'}}
    #                           ^^^^^^^^^^^^^^^^^^^^^ error[type-mismatch]: `#/components/messages/NAME`
components: {tags: {a: {a: 1}}}
#            ^^^^ error[field-unknown]: `tags`
",
    );
}

#[test]
fn fields_that_slipped_out_of_an_object_are_told_with_it() {
    check(
        "\
asyncapi: 3.0.0
info: {title: Lights, version: '1'}
description: all about lights
#^^^^^^^^^^ error[field-unknown]: if it belongs to `info`
channels:
  lights:
    messages:
      on:
        payload: {type: object}
        properties: {a: {type: string}}
#       ^^^^^^^^^^ error[field-unknown]: if it belongs to `payload`
      off: {ref: '#/channels/lights/messages/on'}
      #     ^^^ error[field-unknown]: did you mean `$ref`?
      dim: {ref: on, propertys: {}, payload: true}
      #     ^^^ error[field-unknown]: fields of your own begin with `x-`
      #              ^^^^^^^^^ error[field-unknown]: fields of your own begin with `x-`
",
    );
}

#[test]
fn spaces_that_are_none_are_told_where_they_stand() {
    check(
        "\
asyncapi: 3.0.0
info:
  title: Lights
  version: '1'
\u{a0} description: all about lights
#^^^^^^^^^^^^ error[field-unknown]: takes for a letter, U+00A0
",
    );
}

#[test]
fn an_empty_name_is_shown_as_one() {
    check(
        "\
asyncapi: 3.0.0
id: ''
#   ^^ error[format-mismatch]: `id` must be a URI, which `\"\"` is not
info: {title: Lights, version: '1', '': 1}
#                                   ^^ error[field-unknown]: `info` has no field `\"\"`
components:
  schemas:
    A: {type: ''}
    #         ^^ error[enum-mismatch]: `type` may not be `\"\"`
",
    );
}
