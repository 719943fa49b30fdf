//! Schemas are read without a jump where they are short, and by their names.
use crate::markup::{Page, page};

fn with(schemas: &str) -> Page {
    page(&format!(
        "asyncapi: 3.0.0\ninfo: {{title: App, version: 1.0.0}}\ncomponents:\n  schemas:\n{schemas}"
    ))
}

#[test]
fn what_is_short_stands_wherever_it_is_used_and_what_is_long_is_linked() {
    let many: String = (0..8)
        .map(|n| format!("f{n}: {{ type: string }}, "))
        .collect();
    let page = with(&format!(
        "    Money: {{ type: object, properties: {{ cents: {{ type: integer }} }} }}
    Large: {{ type: object, properties: {{ {many} }} }}
    A: {{ properties: {{ price: {{ $ref: '#/components/schemas/Money' }}, large: {{ $ref: '#/components/schemas/Large' }} }} }}
    B: {{ properties: {{ fee: {{ $ref: '#/components/schemas/Money' }}, large: {{ $ref: '#/components/schemas/Large' }} }} }}
"
    ));
    page.has("price object Money cents integer");
    page.has("fee object Money cents integer");
    page.has("large object Large B");
    assert_eq!(page.html.matches("<dfn>cents</dfn>").count(), 3);
    assert_eq!(page.html.matches("<dfn>f7</dfn>").count(), 1);
}

#[test]
fn parts_of_an_all_of_are_among_the_rows_below_their_names() {
    let page = with(
        "    Base: { type: object, required: [id], properties: { id: { type: string } } }
    One: { allOf: [ { $ref: '#/components/schemas/Base' } ], properties: { own: { type: integer } } }
    Two: { allOf: [ { $ref: '#/components/schemas/Base' }, { type: object, properties: { other: { type: integer } } } ] }
",
    );
    page.has("object from Base id string required of its own own integer");
    page.has("object from Base id string required of its own other integer");
}

#[test]
fn lists_name_their_items() {
    let page = with(
        "    Line: { type: object, properties: { sku: { type: string } } }
    Order: { properties: { lines: { type: array, items: { $ref: '#/components/schemas/Line' } }, more: { type: [array, 'null'], items: { $ref: '#/components/schemas/Line' } } } }
",
    );
    page.has("lines array of Line");
    page.has("more array of Line or null");
}

#[test]
fn alternatives_are_named_by_the_value_that_means_them() {
    let page = with(
        "    Home: { type: object, required: [kind], properties: { kind: { const: home } } }
    Shop: { type: object, required: [kind], properties: { kind: { const: shop } } }
    Delivery: { discriminator: kind, oneOf: [ { $ref: '#/components/schemas/Home' }, { $ref: '#/components/schemas/Shop' } ] }
",
    );
    page.has("exactly one of told apart by kind when kind is home object Home");
    page.has("when kind is shop object Shop");
    assert_eq!(page.html.matches("exactly one of").count(), 1);
}

#[test]
fn rows_of_properties_can_be_linked_to() {
    let page = page(
        "asyncapi: 3.0.0
info: {title: App, version: 1.0.0}
channels:
  c:
    address: a
    messages:
      m:
        headers: { type: object, properties: { a b: { type: string } } }
        payload: { type: object, properties: { outer: { type: array, items: { type: object, properties: { inner: { type: string } } } }, other: { oneOf: [ { properties: { x: { type: string } } }, { properties: { x: { type: integer } } } ] } } }
",
    );
    let ids = page.attribute("id");
    for id in [
        "message-m:/a~20b",
        "message-m/outer",
        "message-m/outer/inner",
        "message-m/other/:1/x",
        "message-m/other/:2/x",
    ] {
        assert!(ids.contains(&id), "{id}: {ids:?}");
    }
}

#[test]
fn references_that_lead_nowhere_are_told() {
    let page = with(
        "    A: { properties: { lost: { $ref: './nowhere.yaml#/x' } } }
",
    );
    page.has("lost any not resolved: ./nowhere.yaml#/x");
}

#[test]
fn what_a_copy_holds_has_its_id_at_one_place() {
    let page = with(
        "    Inner: { type: object, properties: { x: { type: string } } }
    Money: { type: object, properties: { inner: { $ref: '#/components/schemas/Inner' } } }
    A: { properties: { price: { $ref: '#/components/schemas/Money' } } }
    B: { properties: { fee: { $ref: '#/components/schemas/Money' } } }
",
    );
    assert_eq!(page.html.matches("id=\"schema-Inner\"").count(), 1);
}

#[test]
fn a_summary_holds_no_link() {
    let page = with(
        "    Line: { type: object, externalDocs: { url: 'https://docs.example' }, properties: { sku: { type: string } } }
    A: { properties: { lines: { type: array, items: { $ref: '#/components/schemas/Line' } } } }
    B: { properties: { line: { $ref: '#/components/schemas/Line' } } }
",
    );
    page.has("see https://docs.example");
    for summary in page.html.split("<summary>").skip(1) {
        assert!(
            !summary.split("</summary>").next().unwrap().contains("<a "),
            "{summary}"
        );
    }
}

#[test]
fn names_that_are_empty_make_no_id_twice() {
    let page = page(
        "asyncapi: 3.0.0
info: {title: App, version: 1.0.0}
channels:
  c:
    address: a
    messages:
      m:
        headers: { type: object, properties: { x: { type: string } } }
        payload: { type: object, properties: { '': { type: object, properties: { x: { type: string } } } } }
",
    );
    let ids = page.attribute("id");
    let rows: Vec<_> = ids.into_iter().filter(|id| id.ends_with("/x")).collect();
    assert_eq!(rows, ["message-m//x", "message-m:/x"]);
}

const AVRO: &str = "application/vnd.apache.avro;version=1.9.0";

fn of_format(format: &str, schema: &str) -> Page {
    page(&format!(
        "asyncapi: 3.0.0
info: {{title: App, version: 1.0.0}}
channels:
  c:
    address: a
    messages:
      m: {{ payload: {{ schemaFormat: '{format}', schema: {schema} }} }}
"
    ))
}

#[test]
fn references_of_other_languages_that_lead_nowhere_are_told() {
    for format in [
        AVRO,
        "application/vnd.google.protobuf;version=3",
        "application/raml+yaml;version=1.0",
    ] {
        let page = of_format(format, "{ $ref: './nowhere' }");
        page.has("Payload any not resolved: ./nowhere");
        assert!(!page.text.contains("$ref"), "{format}");
    }
    let page = of_format(
        AVRO,
        "{ type: record, name: R, fields: [ { $ref: './nowhere' }, { name: y, type: int } ] }",
    );
    page.has("record R any not resolved: ./nowhere y int required");
}

#[test]
fn avro_that_is_no_record_is_a_tree_too() {
    let page = of_format(
        AVRO,
        "[ 'null', { type: record, name: R, fields: [ { name: y, type: [ 'null', R ] } ] } ]",
    );
    page.has("Payload null or record R y null or ↻ recursive: R required");
    let page = of_format(
        AVRO,
        "{ type: enum, name: E, symbols: [ A, B ], doc: Of two. }",
    );
    page.has("Payload enum E one of A B Of two.");
    let page = of_format(
        AVRO,
        "[ { type: record, name: R, fields: [ { name: y, type: int } ] }, { type: record, name: S, fields: [ { name: z, type: int } ] } ]",
    );
    page.has("Payload record R or record S record R y int required record S z int required");
    of_format(AVRO, "string").has("Payload string");
}
