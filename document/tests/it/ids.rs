//! References that mean a schema by its id, `$id`, and what they lead to.
use tidings_document::{Document, Node, Value};

use super::{check, findings};

/// Where each reference leads, in the order of the text; nothing where it leads nowhere.
fn led(files: &[(&str, &str)]) -> Vec<(String, String)> {
    let (document, _) = findings(files);
    let mut found = Vec::new();
    collect(&document, document.root().unwrap(), &mut found);
    found
}

fn collect(document: &Document, node: &Node, found: &mut Vec<(String, String)>) {
    if let Some(reference) = node.reference() {
        let place = document.place_of(node);
        let place = place.map(|(file, pointer)| {
            let path = document.sources().path(file);
            format!("{}#{pointer}", path.display())
        });
        found.push((reference.value.to_owned(), place.unwrap_or_default()));
    }
    match &node.value {
        Value::Array(items) => items.iter().for_each(|it| collect(document, it, found)),
        Value::Object(object) => object
            .iter()
            .for_each(|it| collect(document, &it.value, found)),
        _ => {}
    }
}

const NOWHERE: &str = "nowhere";

/// Compares where the references of a schema lead, by the names of its definitions and properties.
#[track_caller]
fn leads(schema: &str, expected: &[(&str, &str)]) {
    let found = led(&[("/doc/a.json", schema)]);
    let found: Vec<_> = found.iter().map(|(from, to)| (&**from, &**to)).collect();
    let expected: Vec<_> = expected
        .iter()
        .map(|(from, to)| match *to {
            NOWHERE => (*from, String::new()),
            to => (*from, format!("/doc/a.json#{to}")),
        })
        .collect();
    let expected: Vec<_> = expected.iter().map(|(from, to)| (*from, &**to)).collect();
    assert_eq!(found, expected);
}

#[test]
fn references_start_from_the_id_around_them() {
    leads(
        r#"{ "$id": "http://example.com/trees/tree.json", "type": "object",
            "properties": { "nodes": { "items": { "$ref": "node.json" } }, "first": { "$ref": "/leaf.json#/properties/colour" } },
            "definitions": {
                "node": { "$id": "http://example.com/trees/node.json", "properties": { "below": { "$ref": "tree.json" } } },
                "leaf": { "$id": "../leaf.json", "properties": { "colour": { "type": "string" } } } } }"#,
        &[
            ("node.json", "/definitions/node"),
            (
                "/leaf.json#/properties/colour",
                "/definitions/leaf/properties/colour",
            ),
            ("tree.json", ""),
        ],
    );
}

#[test]
fn ids_without_a_place_on_the_web_are_names_too() {
    leads(
        r##"{ "$id": "urn:uuid:deadbeef-1234-ffff-ffff-4321feebdaed", "type": "object", "properties": {
                "a": { "$ref": "urn:uuid:deadbeef-1234-ffff-ffff-4321feebdaed" },
                "b": { "$ref": "urn:uuid:deadbeef-1234-ffff-ffff-4321feebdaed#/definitions/text" },
                "c": { "$ref": "urn:uuid:deadbeef-1234-ffff-ffff-4321feebdaed#named" } },
            "definitions": { "text": { "$id": "#named", "type": "string" } } }"##,
        &[
            ("urn:uuid:deadbeef-1234-ffff-ffff-4321feebdaed", ""),
            (
                "urn:uuid:deadbeef-1234-ffff-ffff-4321feebdaed#/definitions/text",
                "/definitions/text",
            ),
            (
                "urn:uuid:deadbeef-1234-ffff-ffff-4321feebdaed#named",
                "/definitions/text",
            ),
        ],
    );
}

#[test]
fn pointers_start_from_the_root_and_else_from_the_id_around_them() {
    leads(
        r##"{ "type": "object", "definitions": { "one": {} }, "properties": {
            "part": { "$id": "http://example.com/part.json", "definitions": { "one": {}, "two": {} },
                "allOf": [{ "$ref": "#/definitions/one" }, { "$ref": "#/definitions/two" }, { "$ref": "#" }] } } }"##,
        &[
            ("#/definitions/one", "/definitions/one"),
            ("#/definitions/two", "/properties/part/definitions/two"),
            ("#", "/properties/part"),
        ],
    );
}

#[test]
fn an_id_beside_a_reference_or_among_listed_values_is_none() {
    leads(
        r#"{ "$id": "http://example.com/base/", "definitions": {
                "listed": { "enum": [{ "$id": "http://example.com/base/foo.json" }] },
                "far": { "$id": "http://example.com/foo.json" }, "near": { "$id": "foo.json" } },
            "allOf": [{ "$id": "http://example.com/", "$ref": "foo.json" }] }"#,
        &[("foo.json", "/definitions/near")],
    );
}

#[test]
fn an_id_that_is_no_whole_uri_takes_no_file_away() {
    let found = led(&[
        (
            "/doc/a.json",
            r#"{ "type": "object", "definitions": { "b": { "$id": "b.json" } }, "properties": { "b": { "$ref": "b.json" } } }"#,
        ),
        ("/doc/b.json", r#"{ "type": "string" }"#),
    ]);
    assert_eq!(found, [("b.json".to_owned(), "/doc/b.json#".to_owned())]);
}

#[test]
fn documents_know_the_ids_of_their_schemas() {
    check(
        "\
asyncapi: 3.0.0
info: { title: t, version: '1' }
components:
  schemas:
    Order:
      $id: https://example.com/order.json
      type: object
      properties: { line: { $ref: line.json }, customer: { $ref: '#/components/schemas/Customer' }, other: { $ref: none.json } }
      #                                                                                                            ^^^^^^^^^ error[reference-unresolved]: `none.json` does not exist
    Line: { $id: 'https://example.com/line.json', type: object }
    Customer: { type: object, properties: { none: { $ref: '#/none' } } }
    #                                                     ^^^^^^^^ error[reference-unresolved]: there is no `none`
",
    );
}

#[test]
fn anchors_are_those_of_the_schema_with_the_id() {
    leads(
        r##"{ "definitions": {
                "a": { "$id": "http://example.com/a", "definitions": { "one": { "$anchor": "foo" } } },
                "b": { "$id": "http://example.com/b", "$anchor": "top", "definitions": { "one": { "$anchor": "foo" }, "two": { "$anchor": "foo" } },
                    "allOf": [{ "$ref": "#foo" }, { "$ref": "#top" }, { "$ref": "#free" }] },
                "c": { "$anchor": "free" } },
            "allOf": [{ "$ref": "http://example.com/a#foo" }, { "$ref": "http://example.com/b#foo" }, { "$ref": "http://example.com/b#top" },
                { "$ref": "#foo" }, { "$ref": "http://example.com/a#top" }, { "$ref": "http://example.com/b#free" }] }"##,
        &[
            ("#foo", "/definitions/b/definitions/one"),
            ("#top", "/definitions/b"),
            ("#free", "/definitions/c"),
            ("http://example.com/a#foo", "/definitions/a/definitions/one"),
            ("http://example.com/b#foo", "/definitions/b/definitions/one"),
            ("http://example.com/b#top", "/definitions/b"),
            ("#foo", "/definitions/a/definitions/one"),
            ("http://example.com/a#top", NOWHERE),
            ("http://example.com/b#free", NOWHERE),
        ],
    );
}

#[test]
fn values_are_no_schemas_whatever_ids_they_have() {
    for keyword in ["const", "default", "example"] {
        let schema = format!(
            r##"{{ "definitions": {{ "a": {{ "{keyword}": {{ "$id": "http://example.com/a", "$anchor": "foo" }} }},
                "{keyword}": {{ "$id": "http://example.com/a", "$anchor": "foo" }} }},
                "allOf": [{{ "$ref": "http://example.com/a" }}, {{ "$ref": "#foo" }}] }}"##
        );
        let place = format!("/definitions/{keyword}");
        leads(
            &schema,
            &[("http://example.com/a", &place), ("#foo", &place)],
        );
    }
    leads(
        r##"{ "definitions": { "a": { "examples": [{ "in": { "$id": "http://example.com/a", "allOf": [{ "$ref": "http://example.com/a" }] } }] },
                "b": { "properties": { "examples": { "$id": "http://example.com/a" } } } } }"##,
        &[("http://example.com/a", "/definitions/b/properties/examples")],
    );
}
