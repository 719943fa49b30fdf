//! References into files that are no part of a document: they are told, and nothing behind them is read.
use super::{check_files, findings};
use tidings_document::{
    api::{SchemaId, SchemaKind},
    read,
};

const HEAD: &str = "asyncapi: 3.1.0\ninfo: {title: A, version: 1.0.0}\n";

/// Settings of a program, with keys that schemas have too.
const SETTINGS: (&str, &str) = (
    "/doc/settings.yaml",
    "{title: secret, description: secret, const: secret, default: secret, replicas: 3, on: true,\n\
     db: {title: secret, description: secret, default: secret, enum: [secret], password: secret}}",
);

#[test]
fn a_reference_into_a_foreign_file_is_told_wherever_it_stands() {
    let text = format!(
        "{HEAD}{}",
        "\
servers:
  s: {$ref: 'settings.yaml'}
  #         ^^^^^^^^^^^^^^^ error[reference-foreign]: holds neither AsyncAPI, JSON Schema, Avro nor Protobuf
channels:
  a: {$ref: './settings.yaml#/db'}
  #         ^^^^^^^^^^^^^^^^^^^^^ error[reference-foreign]: `./settings.yaml` holds neither
  b:
    messages:
      m: {$ref: 'settings.yaml'}
      #         ^^^^^^^^^^^^^^^ error[reference-foreign]
      n: {payload: {properties: {a: {items: {$ref: 'settings.yaml#/db'}}}}}
      #                                            ^^^^^^^^^^^^^^^^^^^ error[reference-foreign]
      o: {headers: {$ref: 'settings.yaml'}}
      #                   ^^^^^^^^^^^^^^^ error[reference-foreign]
      p: {payload: {$ref: 'settings.yaml#/on'}}
      #                   ^^^^^^^^^^^^^^^^^^^ error[reference-foreign]
      q: {payload: {$ref: '#/components/schemas/S'}}
      r:
        payload:
          schemaFormat: application/vnd.apache.avro;version=1.9.0
          schema: {type: record, name: R, fields: [{name: a, type: {$ref: 'settings.yaml#/db'}}]}
          #                                                               ^^^^^^^^^^^^^^^^^^^ error[reference-foreign]
      s:
        payload:
          schemaFormat: application/vnd.google.protobuf;version=3
          schema: {$ref: 'notes.txt'}
          #              ^^^^^^^^^^^ error[reference-foreign]
      t:
        payload:
          schemaFormat: application/schema+json;version=draft-2020-12
          schema: {prefixItems: [{$ref: 'settings.yaml#/db'}]}
          #                             ^^^^^^^^^^^^^^^^^^^ error[reference-foreign]
components:
  schemas:
    S: {$ref: 'settings.yaml'}
    #         ^^^^^^^^^^^^^^^ error[reference-foreign]
    T: {$ref: '#/x-more/title'}
x-more: {$ref: 'settings.yaml#/db'}
#              ^^^^^^^^^^^^^^^^^^^ error[reference-foreign]
"
    );
    check_files(&[
        ("/doc/api.yaml", &text),
        SETTINGS,
        ("/doc/notes.txt", "secret"),
    ]);
}

#[test]
fn a_value_from_a_foreign_file_is_a_warning() {
    let text = format!(
        "{HEAD}{}",
        "\
channels:
  a:
    description: {$ref: 'settings.yaml#/title'}
    #                   ^^^^^^^^^^^^^^^^^^^^^^ warning[reference-foreign]
    summary: {$ref: 'summary.md'}
    messages:
      m:
        examples: [{payload: {$ref: 'settings.yaml'}}]
        #                           ^^^^^^^^^^^^^^^ warning[reference-foreign]
        payload: {enum: {$ref: 'settings.yaml#/db/enum'}}
        #                      ^^^^^^^^^^^^^^^^^^^^^^^^ warning[reference-foreign]
"
    );
    let files = [
        ("/doc/api.yaml", &*text),
        SETTINGS,
        ("/doc/summary.md", "All of it"),
    ];
    check_files(&files);
    let (document, _) = findings(&files);
    let api = read(&document).0.unwrap();
    let summary = api.channels[0].about.summary.map(|text| text.value);
    assert_eq!(summary, Some("All of it"));
    assert!(api.channels[0].about.description.is_none());
    assert!(api.messages[0].examples[0].payload.is_none());
}

#[test]
fn nothing_is_read_of_a_foreign_file() {
    let text = format!("{HEAD}components: {{schemas: {{S: {{$ref: 'settings.yaml#/db'}}}}}}\n");
    let (document, _) = findings(&[("/doc/api.yaml", &text), SETTINGS]);
    let api = read(&document).0.unwrap();
    assert_eq!(api.schemas.len(), 1);
    assert!(matches!(api[SchemaId(0)].kind, SchemaKind::Unresolved));
}

fn is_part(name: &str, text: &str) -> bool {
    let refers = format!("{HEAD}components: {{schemas: {{S: {{$ref: './{name}'}}}}}}\n");
    let file = format!("/doc/{}", name.split('#').next().unwrap());
    let (_, found) = findings(&[("/doc/api.yaml", &refers), (&file, text)]);
    found
        .iter()
        .all(|found| found.rule.id != "reference-foreign")
}

#[test]
fn parts_of_documents_are_known_without_saying_what_they_are() {
    for (name, text) in [
        ("a.yaml", "{}"),
        ("a.yaml", "description: anything"),
        ("a.yaml", "{title: A, default: x, x-own: 1}"),
        ("a.yaml", "enum: [red, green]"),
        ("a.yaml", "{type: string, javaType: Money}"),
        ("a.yaml", "type: [string, 'null']"),
        ("a.yaml#/Foo", "Foo: {type: string, minLength: 1}"),
        (
            "a.yaml#/Foo",
            "Foo: {type: string, format: money, javaType: Money}",
        ),
        ("a.yaml#/Foo", "Foo: {title: Foo, minimum: 1}\nBar: true"),
        (
            "a.yaml#/Foo",
            "title: Common\nFoo: {const: 1}\nBar: {pattern: a}",
        ),
        (
            "a.json#/definitions/X",
            r#"{"name": "defs", "definitions": {"X": {"const": 1}}}"#,
        ),
        (
            "a.json#/x/y",
            r#"{"x": {"y": {"type": "integer", "maximum": 3}}}"#,
        ),
        ("a.yaml#/Order", "Order: {type: strin}"),
        ("a.yaml#/Order", "Order: {type: Objekt, title: A}"),
        ("a.yaml", "name: m\npayload: 1"),
        ("a.yaml", "orders: {address: orders, title: Orders}"),
        ("a.yaml", "prod: {host: example.com, protocol: kafka}"),
        ("a.yaml", "kafka: {topic: a, partitions: 3}"),
        ("a.yaml", "region: {description: where, examples: [eu]}"),
        (
            "a.yaml",
            "login: {type: http, scheme: bearer, description: x}",
        ),
        ("a.yaml#/a", "swagger: '2.0'\na: {}"),
        ("a.yaml#/a", "openapi: 3.1.0\na: {}"),
        (
            "a.json#/a",
            r#"{"$schema": "http://json-schema.org/draft-07/schema#", "a": {}}"#,
        ),
        (
            "a.xsd",
            "<schema xmlns=\"http://www.w3.org/2001/XMLSchema\"/>",
        ),
    ] {
        assert!(is_part(name, text), "{text}");
    }
}

#[test]
fn settings_are_no_parts_of_documents_though_they_share_words() {
    for (name, text) in [
        (
            "a.json",
            r#"{"name": "a", "version": "1.0.0", "description": "secret", "license": "MIT"}"#,
        ),
        (
            "a.json",
            r#"{"name": "a", "scripts": {"asyncapi": "x"}, "repository": {"type": "git", "url": "x"}}"#,
        ),
        (
            "a.json",
            r#"{"$schema": "https://example.com/config.json", "key": "x"}"#,
        ),
        ("a.yaml", "title: a\ndescription: b\nreplicas: 3"),
        ("a.yaml", "headers: {X-Token: a}\nroutes: []"),
        (
            "a.yaml",
            "spring: {jpa: {properties: {show_sql: true, hibernate: {dialect: x}}}}",
        ),
        ("a.yaml", "definitions: {services: {docker: {memory: 1}}}"),
        (
            "a.yaml",
            "repository: {type: git}\nvolume: {type: bind, title: a}",
        ),
        ("a.yaml", "password: x\ndb: {description: a, default: b}"),
        ("a.yaml", "redis: {host: a, port: 1, password: b}"),
        (
            "a.yaml",
            "version: '3'\nservices: {web: {image: a, description: b}}",
        ),
        ("a.yaml", "[secret]"),
        ("a.yaml", "secret"),
        ("a.txt", "type: object"),
        ("a.md", "secret"),
    ] {
        assert!(!is_part(name, text), "{text}");
    }
}
