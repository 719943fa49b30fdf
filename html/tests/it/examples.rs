//! Every message has an example: the document's, or one of each alternative.
use tidings_document::Span;
use tidings_html::{Fault, Settings, render};

use crate::markup::{Page, api, document, page};

const HEAD: &str = "asyncapi: 3.0.0\ninfo: {title: App, version: 1.0.0}\nchannels:\n  c:\n    address: a\n    messages:\n";

fn with(message: &str) -> Page {
    page(&format!("{HEAD}      m: {message}\n"))
}

/// How many examples there are, of which the first is open.
fn count(page: &Page) -> usize {
    let open = page
        .html
        .matches("<details class=\"example\" open>")
        .count();
    let closed = page
        .html
        .matches("<details class=\"example\"><summary><bdi>")
        .count();
    assert!(open == usize::from(open + closed > 0));
    open + closed
}

#[test]
fn each_alternative_has_an_example() {
    let page = with(
        "{ payload: { oneOf: [ { type: object, required: [k], properties: { k: { const: one } } }, { type: object, required: [k], properties: { k: { const: two } } } ] } }",
    );
    assert_eq!(count(&page), 2);
    page.has("\"k\": \"one\"");
    page.has("\"k\": \"two\"");
    page.has("Example 2 made from the schema");
}

#[test]
fn what_is_not_plain_has_an_example_too() {
    for payload in [
        "{ type: string, pattern: '^[a-z]{3}$' }",
        "{ anyOf: [ { type: string }, { type: integer } ] }",
        "{ type: object, properties: { a: { oneOf: [ { type: integer } ] } } }",
        "{ type: array, minItems: 3, items: { type: integer } }",
        "{ allOf: [ { type: object, required: [a], properties: { a: { type: string } } } ] }",
        "{ schemaFormat: 'application/vnd.apache.avro;version=1.9.0', schema: { type: record, name: R, fields: [ { name: f, type: string } ] } }",
    ] {
        let page = with(&format!("{{ payload: {payload} }}"));
        assert!(count(&page) > 0, "{payload}");
    }
}

#[test]
fn headers_have_an_example_beside_the_payload() {
    let page = with(
        "{ headers: { type: object, properties: { trace: { type: string } } }, payload: { type: integer } }",
    );
    page.has("Headers { \"trace\": \"string\" } Payload 1");
    let page = with("{ headers: { type: object, properties: { trace: { type: string } } } }");
    assert_eq!(count(&page), 1);
}

#[test]
fn examples_stand_beside_the_schema() {
    let page = with(
        "{ payload: { type: object, properties: { inner: { type: integer } } }, examples: [ { name: first, summary: The first., payload: { inner: 1 } }, { name: second, payload: { inner: 2 } } ] }",
    );
    assert_eq!(count(&page), 2);
    let beside = page.html.split("<div class=\"beside\">").nth(1).unwrap();
    let (schema, examples) = beside.split_once("<div class=\"examples\">").unwrap();
    assert!(schema.contains("inner") && examples.contains("The first."));
}

#[test]
fn an_example_that_breaks_its_schema_says_so_where_it_stands() {
    let text = format!(
        "{HEAD}      m: {{ payload: {{ type: integer }}, examples: [ {{ name: good, payload: 1 }}, {{ name: bad, payload: x }} ] }}\n"
    );
    let document = document(&text);
    let api = api(&document);
    let bad = api.messages[0].examples[1].payload.unwrap().span;
    let settings = Settings {
        faults: vec![Fault {
            span: Span { ..bad },
            message: "payload: `\"x\"` is not an <integer>".to_owned(),
        }],
        ..Settings::default()
    };
    let page = Page::parse(&render(&api, &settings).unwrap());
    page.has("bad breaks its schema");
    page.has("payload: `\"x\"` is not an <integer>");
    assert_eq!(page.html.matches("class=\"fault\"").count(), 1);
    assert_eq!(page.html.matches("breaks its schema").count(), 1);
}

#[test]
fn what_has_no_payload_says_so() {
    with("{ title: T }").has("The document says nothing of its payload.");
    let page = with("{ payload: { type: string } }");
    assert!(!page.text.contains("says nothing of its payload"));
}

/// The page of many messages with one payload would have all of it as often.
#[test]
fn what_is_long_is_shown_at_one_of_the_messages_that_have_it() {
    let fields = |one: &dyn Fn(usize) -> String| (0..150).map(one).collect::<Vec<_>>();
    let avro = fields(&|n| format!("{{ name: f{n}, type: string }}")).join(", ");
    let proto = fields(&|n| format!("string f{n} = {};", n + 1)).join(" ");
    let json = fields(&|n| format!("f{n}: {{ type: string, pattern: '^a$' }}")).join(", ");
    for payload in [
        format!(
            "{{ schemaFormat: 'application/vnd.apache.avro;version=1.9.0', schema: {{ type: record, name: R, fields: [ {avro} ] }} }}"
        ),
        format!(
            "{{ schemaFormat: 'application/vnd.google.protobuf;version=3', schema: 'syntax = \"proto3\"; message R {{ {proto} }}' }}"
        ),
        format!("{{ type: object, properties: {{ {json} }} }}"),
    ] {
        let messages = (0..50)
            .map(|n| format!("      m{n}: {{ payload: {{ $ref: '#/components/schemas/S' }} }}\n"));
        let messages: String = messages.collect();
        let page = page(&format!(
            "{HEAD}{messages}components: {{ schemas: {{ S: {payload} }} }}\n"
        ));
        assert_eq!(page.html.matches("<dfn>f7</dfn>").count(), 1, "{payload}");
        assert_eq!(page.html.matches("<b>\"f7\"</b>").count(), 1, "{payload}");
        assert!(page.html.len() < 160_000, "{}", page.html.len());
    }
}

#[test]
fn examples_without_a_name_are_numbered_where_there_are_several() {
    let page = with(
        "{ payload: { type: string }, examples: [ { payload: a }, { name: second, payload: b }, { payload: c } ] }",
    );
    for title in ["Example 1", "second", "Example 3"] {
        page.has(title);
    }
    let page = with("{ payload: { type: string }, examples: [ { payload: a } ] }");
    assert!(!page.text.contains("Example 1"));
}

#[test]
fn what_is_shown_elsewhere_has_its_examples_where_they_are_short() {
    let list: String = (0..9)
        .map(|n| format!("f{n}: {{ type: string }}, "))
        .collect();
    let page = page(&format!(
        "{HEAD}      one: {{ payload: {{ $ref: '#/components/schemas/S' }} }}\n      two: {{ payload: {{ $ref: '#/components/schemas/S' }} }}\ncomponents: {{ schemas: {{ S: {{ type: object, properties: {{ {list} }} }} }} }}\n"
    ));
    assert_eq!(page.html.matches("<dfn>f7</dfn>").count(), 1);
    assert_eq!(page.html.matches("<b>\"f7\"</b>").count(), 2);
}

#[test]
fn at_most_eight_are_made() {
    let list: String = (0..12).map(|n| format!("{{ const: v{n} }}, ")).collect();
    let page = with(&format!("{{ payload: {{ oneOf: [ {list} ] }} }}"));
    assert_eq!(count(&page), 8);
}

#[test]
fn whatever_part_of_an_example_is_wrong_it_says_so() {
    let text = format!(
        "{HEAD}      m: {{ examples: [ {{ name: first, headers: {{ a: 1 }}, payload: {{ b: [ 2 ] }} }}, {{ name: second, payload: 3 }} ] }}\n"
    );
    let document = document(&text);
    let api = api(&document);
    let examples = &api.messages[0].examples;
    let whole = examples[0].node.span;
    let inner = |key: &str, name: &str| {
        examples[0]
            .node
            .get(key)
            .and_then(|node| node.get(name))
            .unwrap()
            .span
    };
    let before = Span {
        start: whole.start - 1,
        ..whole
    };
    let behind = Span {
        end: whole.end + 1,
        ..whole
    };
    for (span, is_told) in [
        (whole, true),
        (inner("headers", "a"), true),
        (inner("payload", "b"), true),
        (before, false),
        (behind, false),
    ] {
        let settings = Settings {
            faults: vec![Fault {
                span,
                message: "wrong".to_owned(),
            }],
            ..Settings::default()
        };
        let page = Page::parse(&render(&api, &settings).unwrap());
        assert_eq!(
            page.text.contains("first breaks its schema"),
            is_told,
            "{span:?}"
        );
        assert_eq!(
            page.text.matches("breaks its schema").count(),
            usize::from(is_told)
        );
    }
}

/// Of some patterns nothing can be made.
#[test]
fn what_a_schema_gives_as_its_examples_is_taken() {
    for given in ["example: 77-c", "examples: [ 77-c ]", "default: 77-c"] {
        let page = with(&format!(
            "{{ payload: {{ allOf: [ {{ type: object, required: [ a ], properties: {{ a: {{ type: string, pattern: '^(\\d)\\1(?=-)-c$', {given} }} }} }} ] }} }}"
        ));
        page.has("\"a\": \"77-c\"");
    }
}
