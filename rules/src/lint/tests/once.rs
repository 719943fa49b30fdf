//! One defect, one finding: what reading tells of the structure, no rule tells again.

use super::*;

const AVRO: &str = "application/vnd.apache.avro;version=1.9.0";

/// The ids of all that is found, habits aside.
fn all(text: &str, profile: Profile) -> Vec<&'static str> {
    let opened = open_text(Path::new("once.yaml"), text.into(), &Default::default());
    let (document, mut found) = opened.unwrap();
    let (api, more) = read(&document);
    found.extend(more);
    found.extend(run(&api.unwrap(), profile, &|_| false));
    let ids = found.iter().map(|found| found.rule.id);
    ids.filter(|id| !HABITS.contains(id)).collect()
}

fn message(payload: &str) -> String {
    format!(
        "asyncapi: 3.1.0\ninfo: {{title: Orders, version: '1'}}\n\
         channels: {{a: {{address: a, messages: {{m: {payload}}}}}}}\n"
    )
}

fn avro(schema: &str) -> String {
    message(&format!(
        "{{payload: {{schemaFormat: '{AVRO}', schema: {schema}}}}}"
    ))
}

#[test]
fn what_reading_finds_is_not_found_again() {
    let root = |rest: &str| format!("asyncapi: 3.1.0\ninfo: {{title: a, version: '1'}}\n{rest}\n");
    for (text, expected) in [
        (avro("{type: record, fields: []}"), &["field-missing"][..]),
        (avro("{type: record, name: A}"), &["field-missing"]),
        (avro("{type: array}"), &["field-missing"]),
        (avro("{type: object}"), &["enum-mismatch"]),
        (
            avro("{type: enum, name: E, symbols: ['a b']}"),
            &["format-mismatch"],
        ),
        (
            avro("{type: fixed, name: F, size: '3'}"),
            &["type-mismatch"],
        ),
        (
            avro("{type: fixed, name: F, size: -3}"),
            &["avro-schema-invalid"],
        ),
        (
            avro("{type: record, name: A, fields: [{name: a}, {name: b, type: B}]}"),
            &["field-missing", "avro-schema-invalid"],
        ),
        (
            message(
                "{payload: {schemaFormat: application/vnd.google.protobuf, schema: {type: object}}}",
            ),
            &["protobuf-schema-invalid"],
        ),
        (
            message(
                "{payload: {schemaFormat: application/vnd.google.protobuf, schema: {$ref: a.proto}}}",
            ),
            &["reference-unresolved"],
        ),
        (
            message("{bindings: {kafka: {partitions: 3}}}"),
            &["field-unknown"],
        ),
        (
            message("{payload: {type: object, required: [a, a], properties: {b: {}}}}"),
            &["item-duplicate", "required-property-undefined"],
        ),
        (
            message("{payload: {type: string, enum: [1, 1]}}"),
            &["enum-value-duplicate", "enum-value-type-mismatch"],
        ),
        (
            message("{headers: {type: object}, examples: [{headers: 3}]}"),
            &["type-mismatch"],
        ),
        (
            root("channels: {a: {tags: [{name: a}, {name: a}]}}"),
            &["item-duplicate"],
        ),
        (
            root("channels: {a: {tags: [{name: a, description: b}, {description: b, name: a}]}}"),
            &["item-duplicate"],
        ),
        (
            root("channels: {a: {tags: [{name: a}, {name: a, description: b}]}}"),
            &["tag-duplicate"],
        ),
        (
            root("channels: {a: {servers: [{$ref: '#/components/servers/b'}]}}"),
            &["reference-unresolved"],
        ),
        (
            root("operations: {a: {action: send, channel: {$ref: '#/components/channels/b'}}}"),
            &["reference-unresolved"],
        ),
        (
            root(
                "channels: {b: {}}\noperations: {a: {action: send, channel: {$ref: '#/channels/B'}}}",
            ),
            &["reference-unresolved"],
        ),
        (
            root("channels: {b: {}}\noperations: {a: {action: send, channel: b}}"),
            &["type-mismatch"],
        ),
        (
            root(
                "channels: {b: {messages: {m: {}}}}\noperations: {a: {action: send, channel: {$ref: '#/channels/b'}, messages: {-m: 1}}}",
            ),
            &["type-mismatch"],
        ),
        (
            root(
                "channels: {b: {messages: {m: {}}}}\noperations: {a: {action: send, channel: {$ref: '#/channels/b'}, messages: [{$ref: '#/channels/b/messages/n'}]}}",
            ),
            &["reference-unresolved"],
        ),
        (
            root(
                "channels: {b: {}, c: {}}\noperations: {a: {action: send, channel: {$ref: '#/channels/b'}, reply: {channel: c}}}",
            ),
            &["type-mismatch"],
        ),
        (
            root(
                "channels: {b: {messages: {m: {payload: {type: string}}}}}\noperations: {a: {action: send, channel: {$ref: '#/channels/b'}, messages: [{payload: {type: string}}, {$ref: '#/channels/b/messages/m'}]}}",
            ),
            &["type-mismatch"],
        ),
        (
            root(&format!(
                "components: {{messages: {{m: {{payload: {{schemaFormat: '{AVRO}', schema: {{type: array, items: {{$ref: '#/components/schemas/R'}}}}}}}}}}, schemas: {{R: {{schemaFormat: '{AVRO}', schema: {{type: record, name: R, fields: []}}}}}}}}"
            )),
            &["type-mismatch", "component-unused"],
        ),
    ] {
        assert_eq!(all(&text, Profile::Recommended), expected, "{text}");
    }
}

#[test]
fn the_official_parser_finds_some_of_it_twice() {
    let text = "asyncapi: 2.6.0\ninfo: {title: a, version: '1'}\nchannels: {}\ntags: [{name: a}, {name: a}]\n";
    let expected = ["item-duplicate", "tag-duplicate"];
    assert_eq!(all(text, Profile::Official), expected);
}

#[test]
fn a_binding_that_several_objects_share_is_looked_at_once() {
    let text = "asyncapi: 2.6.0\ninfo: {title: a, version: '1'}\n\
        channels:\n  a: {bindings: {$ref: '#/components/channelBindings/b'}}\n  b: {bindings: {kafka: {$ref: '#/components/channelBindings/b/kafka'}}}\n\
        components: {channelBindings: {b: {kafka: {partition: 3}}}}\n";
    assert_eq!(all(text, Profile::Recommended), ["binding-field-unknown"]);
}

#[test]
fn a_shared_binding_is_for_those_of_its_channels_that_are_on_a_server_of_its_protocol() {
    let text = |servers: &str| {
        format!(
            "asyncapi: 2.6.0\ninfo: {{title: a, version: '1'}}\n\
            servers: {{ m: {{ url: 'mqtt://a', protocol: mqtt }}, k: {{ url: 'b:1', protocol: kafka }} }}\n\
            channels:\n  a: {{ servers: [m], bindings: {{ $ref: '#/components/channelBindings/b' }} }}\n  b: {{ servers: [{servers}], bindings: {{ $ref: '#/components/channelBindings/b' }} }}\n\
            components: {{ channelBindings: {{ b: {{ kafka: {{ partitions: 3 }} }} }} }}\n"
        )
    };
    let found = |servers| all(&text(servers), Profile::Recommended);
    assert_eq!(found("m, k"), [""; 0]);
    assert_eq!(found("m"), ["binding-protocol-unserved"; 2]);
}
