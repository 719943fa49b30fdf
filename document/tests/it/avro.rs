//! Avro schemas whose types stand in several files and several places.
use super::open_files;
use tidings_document::{AvroTypes, read};

/// The schemas of all messages, as one tree each.
fn schemas(files: &[(&str, &str)]) -> Vec<String> {
    let (document, _) = open_files(files);
    let (api, _) = read(&document);
    let api = api.unwrap();
    let types = AvroTypes::new(&api);
    let payloads = api
        .messages
        .iter()
        .filter_map(|message| message.payload.as_ref());
    payloads
        .map(|payload| types.schema(payload).to_json().to_string())
        .collect()
}

/// A document whose messages have these schemas.
fn document(schemas: &[&str]) -> String {
    let mut text =
        "asyncapi: 3.0.0\ninfo: { title: t, version: '1' }\ncomponents:\n  messages:\n".to_owned();
    for (at, schema) in schemas.iter().enumerate() {
        text += &format!(
            "    M{at}: {{ payload: {{ schemaFormat: application/vnd.apache.avro;version=1.9.0, schema: {schema} }} }}\n"
        );
    }
    text
}

const MONEY: &str = r#"{"type":"record","name":"Money","namespace":"shop","fields":[{"name":"unit","type":{"$ref":"unit.avsc"}}]}"#;
const UNIT: &str = r#"{"type":"enum","name":"Unit","symbols":["EUR"]}"#;

#[test]
fn references_are_followed_once_and_named_after_that() {
    let api = document(&[
        "{ type: record, name: A, fields: [{ name: a, type: { $ref: money.avsc } }, { name: b, type: ['null', { $ref: money.avsc }] }, { name: c, type: shop.Unit }] }",
    ]);
    let files = [
        ("/doc/api.yaml", &*api),
        ("/doc/money.avsc", MONEY),
        ("/doc/unit.avsc", UNIT),
    ];
    assert_eq!(
        schemas(&files),
        [
            r#"{"type":"record","name":"A","fields":[{"name":"a","type":{"type":"record","name":"Money","namespace":"shop","fields":[{"name":"unit","type":{"type":"enum","name":"Unit","symbols":["EUR"]}}]}},{"name":"b","type":["null","shop.Money"]},{"name":"c","type":"shop.Unit"}]}"#
        ]
    );
}

#[test]
fn names_lead_to_what_another_schema_defines() {
    let api = document(&[
        "{ type: record, name: A, namespace: x, fields: [{ name: a, type: shop.Inner }, { name: b, type: shop.Inner }, { name: c, type: Lost }] }",
        "{ type: record, name: B, namespace: shop, fields: [{ name: a, type: { type: record, name: Inner, fields: [{ name: up, type: ['null', B] }] } }] }",
    ]);
    let found = schemas(&[("/doc/api.yaml", &*api)]);
    assert_eq!(
        found[0],
        r#"{"type":"record","name":"A","namespace":"x","fields":[{"name":"a","type":{"type":"record","name":"Inner","fields":[{"name":"up","type":["null",{"type":"record","name":"B","namespace":"shop","fields":[{"name":"a","type":"shop.Inner"}]}]}],"namespace":"shop"}},{"name":"b","type":"shop.Inner"},{"name":"c","type":"Lost"}]}"#
    );
    assert!(found[1].contains(r#"["null","B"]"#), "{}", found[1]);
}

#[test]
fn what_is_defined_further_down_stays_unknown_and_circles_end() {
    let api = document(&[
        "{ type: record, name: A, fields: [{ name: a, type: B }, { name: b, type: { type: record, name: B, fields: [] } }] }",
        "{ $ref: list.avsc }",
        "{ type: record, name: C, fields: [{ name: a, type: { $ref: none.avsc } }] }",
    ]);
    let list = r#"{"type":"array","items":{"$ref":"list.avsc"}}"#;
    let found = schemas(&[("/doc/api.yaml", &*api), ("/doc/list.avsc", list)]);
    assert!(
        found[0].contains(r#"{"name":"a","type":"B"}"#),
        "{}",
        found[0]
    );
    assert_eq!(found[1].matches("$ref").count(), 1, "{}", found[1]);
    assert!(found[2].contains(r#"{"$ref":"none.avsc"}"#), "{}", found[2]);
}

#[test]
fn references_that_double_at_each_level_are_followed_within_bounds() {
    let mut files = vec![];
    for at in 0..40 {
        let next = format!("{{\"$ref\":\"f{}.avsc\"}}", at + 1);
        files.push((
            format!("/doc/f{at}.avsc"),
            format!("[{next},{{\"type\":\"map\",\"values\":{next}}}]"),
        ));
    }
    files.push(("/doc/f40.avsc".to_owned(), "\"int\"".to_owned()));
    let api = document(&["{ $ref: f0.avsc }"]);
    let mut all = vec![("/doc/api.yaml", &*api)];
    all.extend(files.iter().map(|(name, text)| (&**name, &**text)));
    assert!(schemas(&all)[0].len() < 100_000_000);
}
