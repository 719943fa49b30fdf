//! Avro schemas: what is wrong with them is told at once, and types may stand in several files.
use crate::support::Place;
use expect_test::expect;

/// A document of one message whose schema is this text.
fn document(version: &str, schema: &str) -> String {
    format!(
        "asyncapi: 3.0.0\ninfo: {{ title: T, version: '1' }}\nchannels:\n  a:\n    address: a\n    messages:\n      M:\n        payload:\n          \
         schemaFormat: application/vnd.apache.avro;version={version}\n          schema: {schema}\n"
    )
}

/// What rules on Avro, and on references, say.
fn findings(place: &Place) -> String {
    let run = place.run(&["validate", "api.yaml", "--format", "concise"]);
    let lines = run.out.lines();
    let about = lines.filter(|line| line.contains("[avro-") || line.contains("[reference-"));
    about.map(|line| format!("{line}\n")).collect()
}

const BREWED: &str = "{ type: record, name: Brewed, fields: [\n            { name: cup, type: notathing },\n            { name: at, type: long, logicalType: timestamp-millis },\n            \
    { name: size, type: [string, 'null'], default: null },\n            { name: note, type: ['null', { type: string }], default: '' } ] }";

#[test]
fn unknown_types_hide_nothing_else() {
    let place = Place::new();
    place.write("api.yaml", document("1.9.0", BREWED));
    expect![[r#"
        api.yaml:11:32: error[avro-schema-invalid] type `notathing` is not known
        api.yaml:12:50: warning[avro-logical-type-misplaced] `logicalType` beside the type of field `at` has no effect
        api.yaml:13:60: error[avro-schema-invalid] default `null` of field `size` is of type `null`, but the union begins with `string`
        api.yaml:14:70: error[avro-schema-invalid] default `""` of field `note` is of type `string`, but the union begins with `null`
    "#]].assert_eq(&findings(&place));
    place.write(
        "api.yaml",
        document("1.12.0", &BREWED.replace("notathing", "int")),
    );
    expect![[r#"
        api.yaml:12:50: warning[avro-logical-type-misplaced] `logicalType` beside the type of field `at` has no effect
        api.yaml:13:60: warning[avro-schema-invalid] default `null` of field `size` is of type `null`, but the union begins with `string`
        api.yaml:14:70: warning[avro-schema-invalid] default `""` of field `note` is of type `string`, but the union begins with `null`
    "#]].assert_eq(&findings(&place));
    let lost = BREWED.replace("notathing", "{ $ref: lost.avsc }");
    place.write("api.yaml", document("1.9.0", &lost));
    expect![[r#"
        api.yaml:11:40: error[reference-unresolved] `lost.avsc` does not exist
        api.yaml:12:50: warning[avro-logical-type-misplaced] `logicalType` beside the type of field `at` has no effect
        api.yaml:13:60: error[avro-schema-invalid] default `null` of field `size` is of type `null`, but the union begins with `string`
        api.yaml:14:70: error[avro-schema-invalid] default `""` of field `note` is of type `string`, but the union begins with `null`
    "#]].assert_eq(&findings(&place));
}

#[test]
fn types_of_other_files_are_found_by_reference_and_by_name() {
    let place = Place::new();
    let api = document("1.9.0", "{ $ref: order.avsc }")
        + "      Other:\n        payload:\n          schemaFormat: application/vnd.apache.avro;version=1.9.0\n          schema: { $ref: money.avsc }\n";
    place.write("api.yaml", api);
    place.write(
        "order.avsc",
        r#"{ "type": "record", "name": "Order", "namespace": "shop", "fields": [
            { "name": "a", "type": { "$ref": "unit.avsc" } }, { "name": "b", "type": "shop.types.Money" },
            { "name": "c", "type": ["null", "shop.types.Money"], "default": null } ] }"#,
    );
    place.write(
        "unit.avsc",
        r#"{ "type": "enum", "name": "Unit", "symbols": ["EUR"] }"#,
    );
    place.write(
        "money.avsc",
        r#"{ "type": "record", "name": "Money", "namespace": "shop.types", "fields": [{ "name": "cents", "type": "long" }] }"#,
    );
    expect![[""]].assert_eq(&findings(&place));
    place.write("value.json", r#"{ "a": "USD", "b": { "cents": "x" } }"#);
    let check = [
        "message",
        "check",
        "api.yaml",
        "--message",
        "M",
        "--encoding",
        "plain",
        "value.json",
    ];
    expect![[r#"
        value.json: invalid M
          payload /a: `"USD"` is not one of `EUR`
            schema (whole)
          payload /b/cents: `"x"` is not of type `long`
            schema /fields/0/type
    "#]]
    .assert_eq(&place.run(&check).out);
    let run = place.run(&[
        "message",
        "example",
        "api.yaml",
        "--message",
        "M",
        "--stream",
    ]);
    assert_eq!(run.code, 0, "{}", run.err);
    place.write("money.avsc", r#"{ "type": "record", "name": "Money", "namespace": "shop.types", "fields": [{ "name": "cents", "type": "lng" }] }"#);
    expect![[r#"
        money.avsc:1:103: error[avro-schema-invalid] type `lng` is not known
    "#]]
    .assert_eq(&findings(&place));
}
