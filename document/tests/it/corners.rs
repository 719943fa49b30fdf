//! Small things of reading that larger documents do not show one by one.
use tidings_document::{binding_schemas, read};

use super::{findings, open_files};

const HEAD: &str = "asyncapi: 3.0.0\ninfo: {title: a, version: '1'}\n";

/// Messages of the errors in a document.
fn errors(text: &str) -> Vec<String> {
    let (_, found) = findings(&[("/doc/api.yaml", text)]);
    found.into_iter().map(|found| found.message).collect()
}

#[test]
fn external_documentation_is_read_wherever_it_stands() {
    let docs =
        |at: &str| format!("externalDocs: {{url: 'https://example.com/{at}', description: {at}}}");
    let text = format!(
        "
asyncapi: 3.0.0
info: {{title: a, version: '1', {}, tags: [{{name: t, {}}}]}}
servers: {{s: {{host: h, protocol: mqtt, {}}}}}
channels: {{c: {{address: c, messages: {{m: {{payload: {{{}}}, {}}}}}, {}}}}}
operations: {{o: {{action: send, channel: {{$ref: '#/channels/c'}}, {}}}}}
",
        docs("info"),
        docs("tag"),
        docs("server"),
        docs("schema"),
        docs("message"),
        docs("channel"),
        docs("operation"),
    );
    let (document, _) = open_files(&[("/doc/api.yaml", &text)]);
    let (api, found) = read(&document);
    assert!(found.is_empty(), "{found:?}");
    let api = api.unwrap();
    let schema = api.schemas.iter().find_map(|schema| schema.object());
    for (docs, name) in [
        (&api.info.external_docs, "info"),
        (&api.info.tags[0].external_docs, "tag"),
        (&api.servers[0].about.external_docs, "server"),
        (&schema.unwrap().external_docs, "schema"),
        (&api.messages[0].about.external_docs, "message"),
        (&api.channels[0].about.external_docs, "channel"),
        (&api.operations[0].about.external_docs, "operation"),
    ] {
        let docs = docs.as_ref().expect(name);
        let url = docs.url.map(|url| url.value.to_owned());
        assert_eq!(url, Some(format!("https://example.com/{name}")));
        assert_eq!(docs.description.map(|text| text.value), Some(name));
    }
}

#[test]
fn a_reference_with_a_scheme_names_no_file_and_a_drive_is_no_scheme() {
    for (reference, scheme) in [
        ("ftp://host/a.yaml", Some("ftp")),
        ("ftp:/a.yaml", Some("ftp")),
        ("a+b-c.2:/a.yaml", Some("a+b-c.2")),
        ("urn:a", None),
        ("C:/a.yaml", None),
        ("a b:/a.yaml", None),
        ("a.yaml", None),
    ] {
        let found = errors(&format!("{HEAD}channels: {{a: {{$ref: '{reference}'}}}}\n"));
        assert_eq!(found.len(), 1, "{found:?}");
        let expected = match scheme {
            Some(scheme) => format!("cannot be read: `{scheme}:` names no file"),
            None => "does not exist".to_owned(),
        };
        assert!(found[0].contains(&expected), "{reference}: {found:?}");
    }
}

#[test]
fn what_has_the_form_of_an_avro_schema_may_be_the_key_of_a_kafka_message() {
    for (key, is_avro) in [
        ("string", true),
        ("['null', string]", true),
        ("[string, 5]", false),
        ("5", false),
        ("{type: record, name: K, fields: []}", true),
        (
            "{type: record, name: K, fields: [{name: a, type: int}]}",
            true,
        ),
        ("{type: record, fields: []}", false),
        ("{type: record, name: K}", false),
        ("{type: record, name: 'a b', fields: []}", false),
        ("{type: record, name: K, fields: [{name: a}]}", false),
        ("{type: record, name: K, fields: [{type: int}]}", false),
        (
            "{type: record, name: K, fields: [{name: a, type: 5}]}",
            false,
        ),
        ("{type: enum, name: E, symbols: [A]}", true),
        ("{type: enum, name: E, symbols: ['a b']}", false),
        ("{type: enum, symbols: [A]}", false),
        ("{type: fixed, name: F, size: 3}", true),
        ("{type: fixed, name: F, size: three}", false),
        ("{type: fixed, name: F}", false),
        ("{type: array, items: string}", true),
        ("{type: array, items: 5}", false),
        ("{type: map, values: long}", true),
        ("{type: map}", false),
        ("{type: long}", true),
        ("{type: longer}", false),
        ("{name: K}", true),
    ] {
        let found = errors(&format!(
            "{HEAD}channels: {{c: {{messages: {{m: {{bindings: {{kafka: {{bindingVersion: 0.4.0, key: {key}}}}}}}}}}}}}\n"
        ));
        assert_eq!(found.is_empty(), is_avro, "{key}: {found:?}");
    }
}

#[test]
fn values_are_the_same_wherever_they_stand_and_in_whatever_order_their_keys_are() {
    let is_same = |one: &str, other: &str| {
        let text = format!("{HEAD}x-one: {one}\nx-other:\n  {other}\n");
        let (document, _) = open_files(&[("/doc/api.yaml", &text)]);
        let value = |key| document.root().and_then(|root| root.get(key)).unwrap();
        value("x-one").is_same(value("x-other"))
    };
    for (one, other, expected) in [
        ("[]", "[]", true),
        ("[1, [a]]", "[1,   [a]]", true),
        ("[1, 2]", "[2, 1]", false),
        ("[1]", "[1, 2]", false),
        ("[1, 2]", "[1]", false),
        ("{a: 1, b: [x]}", "{b: [x], a: 1}", true),
        ("{a: 1}", "{a: 1, b: 2}", false),
        ("{a: 1, b: 2}", "{a: 1}", false),
        ("{a: 1}", "{b: 1}", false),
        ("{a: {b: 1}}", "{a: {b: 2}}", false),
        ("text", "'text'", true),
        ("'1'", "1", false),
        ("null", "~", true),
        ("[]", "{}", false),
    ] {
        assert_eq!(is_same(one, other), expected, "{one} and {other}");
    }
}

#[test]
fn schemas_of_bindings_are_read_apart_from_the_model() {
    let fields = |version: &str, message: &str, server: &str| {
        let text = format!(
            "asyncapi: {version}\ninfo: {{title: T, version: '1'}}\nservers: {{s: {{host: h, url: h, protocol: p, bindings: {{{server}}}}}}}\nchannels: {{}}\n\
             components: {{messages: {{m: {{bindings: {{{message}}}}}}}, schemas: {{S: {{type: string}}}}}}\n"
        );
        let (document, _) = open_files(&[("/doc/api.yaml", &text)]);
        let api = read(&document).0.unwrap();
        let held = binding_schemas(&api);
        let held = held.map(|held| {
            let found = held.found.iter().map(|(node, id)| {
                let types = held.api[*id].object().and_then(|object| object.types);
                let only = types.and_then(|types| types.only());
                let text = document.sources().slice(node.span).to_owned();
                (text, only.map(|kind| kind.as_str().to_owned()))
            });
            let avro = held.avro.iter().map(|(_, schema)| {
                let text = document.sources().slice(schema.span).to_owned();
                (text, Some("avro".to_owned()))
            });
            found.chain(avro).collect::<Vec<_>>()
        });
        (held.unwrap_or_default(), api.schemas.len())
    };
    let of = |text: &str, kind: &str| (text.to_owned(), Some(kind.to_owned()));
    for version in ["2.6.0", "3.0.0"] {
        assert_eq!(fields(version, "", ""), (Vec::new(), 1));
        let (found, own) = fields(
            version,
            "kafka: {key: {type: integer}, schemaIdLocation: header}, http: {headers: {$ref: '#/components/schemas/S'}}, other: {key: {type: string}}",
            "mqtt: {sessionExpiryInterval: {type: object, properties: {a: true}}, maximumPacketSize: 5}",
        );
        let expected = [
            of("{type: object, properties: {a: true}}", "object"),
            of("{type: integer}", "integer"),
            of("{$ref: '#/components/schemas/S'}", "string"),
        ];
        assert_eq!((found, own), (expected.to_vec(), 1));
        for avro in [
            "bindingVersion: 0.4.0, key: {type: record, name: K, fields: []}",
            "key: {type: record, name: K, fields: []}",
            "key: {schemaFormat: application/vnd.apache.avro;version=1.9.0, schema: {type: long}}",
        ] {
            let (found, _) = fields(version, &format!("kafka: {{{avro}}}"), "");
            let [(node, kind)] = &found[..] else {
                panic!("{found:?}")
            };
            let expected = ["{type: record, name: K, fields: []}", "{type: long}"];
            assert!(expected.contains(&&**node) && *kind == Some("avro".to_owned()));
        }
        let other = "kafka: {key: {schemaFormat: application/raml, schema: {type: long}}}";
        assert_eq!(fields(version, other, "").0.len(), 1);
        assert_eq!(fields(version, "kafka: {key: true}", "").0, []);
    }
}
