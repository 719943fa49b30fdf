//! What becomes of Avro schemas: which types, and which stay bytes.
use super::{code, files, notes};
use tidings_codegen::Layout;

/// A document whose messages have these Avro schemas.
fn document(schemas: &[&str]) -> String {
    let messages = schemas.iter().enumerate().map(|(index, schema)| {
        format!(
            "      m{index}: {{ payload: {{ schemaFormat: application/vnd.apache.avro;version=1.9.0, schema: {schema} }} }}\n"
        )
    });
    let messages: String = messages.collect();
    format!(
        "asyncapi: 3.0.0\ninfo: {{ title: T, version: 1.0.0 }}\nchannels:\n  c:\n    address: c\n    messages:\n{messages}"
    )
}

#[test]
fn what_is_no_schema_stays_bytes_and_is_told() {
    let field =
        |kind: &str| format!("{{ type: record, name: R, fields: [{{ name: a, type: {kind} }}] }}");
    let deep = (0..30).fold("int".to_owned(), |item, _| {
        format!("{{ type: array, items: {item} }}")
    });
    for (schema, reason) in [
        ("7", "its schema is no type"),
        ("{ items: int }", "its schema has no `type`"),
        ("{ type: array }", "its schema has no `items`"),
        ("[]", "its schema is a union of nothing"),
        ("[int, [string]]", "`/1` is a union within a union"),
        ("[int, int]", "`/1` is in the union twice"),
        (
            &field("Other"),
            "`/fields/0/type` names `Other`, which nothing defines",
        ),
        (
            "{ type: record, name: R, fields: [{ name: a, type: int }, { name: a, type: int }] }",
            "`/fields/1` has no name of its own that a field can have",
        ),
        (
            "{ type: record, name: R, fields: [{ name: a-b, type: int }] }",
            "`/fields/0` has no name of its own that a field can have",
        ),
        (
            "{ type: record, name: R, fields: [{ name: a }] }",
            "`/fields/0` has no `type`",
        ),
        ("{ type: record, name: R }", "`/fields` is no list"),
        (
            "{ type: record, name: 1R, fields: [] }",
            "its schema has no name that a type can have",
        ),
        (
            "{ type: enum, name: E, symbols: [A, A] }",
            "`/symbols` has no names, or one of them twice",
        ),
        (
            "{ type: enum, name: E, symbols: [] }",
            "`/symbols` has no names, or one of them twice",
        ),
        (
            "{ type: enum, name: E, symbols: [1] }",
            "its schema has no list of `symbols`",
        ),
        ("{ type: fixed, name: F }", "its schema has no `size`"),
        (
            &field("{ type: fixed, name: R, size: 1 }"),
            "`/fields/0/type` has the name of another type",
        ),
        (&deep, "is nested too deeply"),
    ] {
        let text = document(&[schema]);
        let told = notes(&text, "type-opaque");
        let [(_, message)] = &told[..] else {
            panic!("{schema}: {told:?}")
        };
        assert!(
            message.starts_with("an Avro payload stays bytes: "),
            "{message}"
        );
        assert!(message.ends_with(reason), "{schema}: {message}");
        assert!(
            code(&text).contains("pub payload: codegen::Bytes"),
            "{schema}"
        );
    }
}

#[test]
fn a_name_that_means_two_things_is_two_types() {
    let record = |kind: &str| {
        format!(
            "{{ type: record, name: Order, namespace: a, fields: [{{ name: of, type: {{ type: record, name: Line, fields: [{{ name: b, type: {kind} }}] }} }}] }}"
        )
    };
    let same = code(&document(&[&record("int"), &record("int")]));
    assert_eq!(same.matches("pub struct Line").count(), 1, "{same}");
    assert_eq!(same.matches("pub struct Order").count(), 1, "{same}");
    let other = code(&document(&[&record("int"), &record("string")]));
    for name in [
        "pub struct Line ",
        "pub struct LineValue ",
        "pub struct Order ",
        "pub struct OrderPayload ",
    ] {
        assert!(other.contains(name), "{name}: {other}");
    }
}

#[test]
fn defaults_that_are_not_plain_are_asked_for() {
    let text = document(&["{ type: record, name: R, fields: [{ name: a, type: [int, string], default: 1 }, { name: b, type: { type: array, items: int }, default: [1] },
        { name: c, type: { type: int, logicalType: date }, default: 0 }, { name: d, type: int, default: 4294967296 }, { name: e, type: long, default: -7 },
        { name: f, type: { type: map, values: int }, default: {} }, { name: g, type: [string, 'null'], default: x }] }"]);
    let code = code(&text);
    let expected = "R() = |a: RA, b: Vec<i32>, c: codegen::jiff::civil::Date, d: i32| { \
        e = -7; f = ::std::collections::BTreeMap::new(); g = Some(\"x\".to_owned()); };";
    assert!(code.contains(expected), "{code}");
}

#[test]
fn logical_types_beyond_what_the_runtime_knows_are_what_they_stand_beside() {
    let text = document(&["{ type: record, name: R, fields: [{ name: a, type: { type: bytes, logicalType: decimal, precision: 39 } },
        { name: b, type: { type: string, logicalType: date } }, { name: c, type: { type: fixed, name: F, size: 11, logicalType: duration } },
        { name: d, type: { type: fixed, name: U, size: 16, logicalType: uuid } }] }"]);
    let code = code(&text);
    for field in [
        "pub a: codegen::Bytes",
        "pub b: String",
        "pub c: F",
        "pub d: codegen::uuid::Uuid",
    ] {
        assert!(code.contains(field), "{field}: {code}");
    }
}

#[test]
fn the_schema_keeps_all_but_its_descriptions() {
    let text = document(&[
        "{ type: record, name: R, doc: x, aliases: [Q], fields: [{ name: doc, doc: y, order: ignore, type: { type: map, values: int }, default: { doc: 1 } }] }",
    ]);
    let schema = r##"r#"{"type":"record","name":"R","aliases":["Q"],"fields":[{"name":"doc","order":"ignore","type":{"type":"map","values":"int"},"default":{"doc":1}}]}"#"##;
    let code = code(&text);
    assert!(code.contains(schema), "{code}");
    assert!(code.contains("codegen::avro::Framing::Datum"), "{code}");
}

#[test]
fn crates_turn_on_what_their_code_needs() {
    let manifest = |text: &str| files(text, Layout::Crate).remove(0).text;
    assert!(manifest(&document(&["int"])).contains(r#", features = ["avro"] }"#));
    assert!(!manifest(&document(&["7"])).contains("features"));
}
