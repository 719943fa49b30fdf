//! `tidings message check`.
use crate::support::Place;
use expect_test::expect;

const DOC: &str = "specs/orders.asyncapi.yaml";
const GOOD: &str = r#"{"customer":"C-1","lines":[{"sku":"a","quantity":1}],"delivery":{"kind":"pickup","shop":"x"}}"#;

fn check(message: &str, payload: &str, more: &[&str]) -> crate::support::Run {
    let place = Place::new();
    place.write("payload.json", payload);
    place.write(
        "headers.json",
        r#"{"correlationId":"not a uuid","tenant":""}"#,
    );
    let mut arguments = vec!["message", "check", DOC, "--message", message];
    arguments.extend(more);
    arguments.push("payload.json");
    place.run(&arguments)
}

#[test]
fn a_message_is_named_by_name_key_or_pointer() {
    for name in [
        "CreateOrder",
        "createOrder",
        "/components/messages/CreateOrder",
        "#/components/messages/CreateOrder",
    ] {
        let run = check(name, GOOD, &[]);
        assert_eq!(
            (run.code, run.out.as_str()),
            (0, "payload.json: valid CreateOrder\n"),
            "{name}: {}",
            run.err
        );
    }
}

#[test]
fn every_violation_is_shown_with_both_pointers() {
    let run = check(
        "CreateOrder",
        r#"{"customer":"C","lines":[{"sku":"a","quantity":0},{"sku":7}],"delivery":{"kind":"pigeon"}}"#,
        &["--headers", "headers.json"],
    );
    assert_eq!(run.code, 1);
    expect![[r#"
        payload.json: invalid CreateOrder
          payload /customer: `"C"` is shorter than `3` characters
            schema /components/schemas/NewOrder/properties/customer/minLength
          payload /lines/0/quantity: `0` is less than `1`
            schema /components/schemas/OrderLine/properties/quantity/minimum
          payload /lines/1: property `quantity` is missing
            schema /components/schemas/OrderLine/required
          payload /lines/1/sku: `7` is not of type `string`
            schema /components/schemas/OrderLine/properties/sku/type
          payload /delivery/kind: `kind` is `"pigeon"`, which is none of `"home"`, `"pickup"`
            schema /components/schemas/Delivery/discriminator
          headers /correlationId: `"not a uuid"` is not a valid `uuid`
            schema /components/messages/CreateOrder/headers/properties/correlationId/format
          headers /tenant: `""` is shorter than `1` characters
            schema /components/messages/CreateOrder/headers/properties/tenant/minLength
    "#]]
    .assert_eq(&run.out);
}

#[test]
fn the_json_form_has_the_same_findings() {
    let run = check("OrderPlaced", r#"{"orderId":"42"}"#, &["--format", "json"]);
    assert_eq!(run.code, 1);
    let file = &run.json()["files"][0];
    assert_eq!(file["valid"], false);
    assert_eq!(
        file["violations"].as_array().expect("a list").len(),
        2,
        "{}",
        run.out
    );
}

#[test]
fn what_is_not_json_is_a_finding_with_its_place() {
    let run = check("OrderPlaced", "{\n  oops\n}", &[]);
    assert_eq!(run.code, 1);
    assert!(run.out.contains("line 2 column 3"), "{}", run.out);
}

#[test]
fn an_unknown_message_gets_a_suggestion() {
    let run = check("CreateOder", GOOD, &[]);
    assert_eq!(run.code, 2);
    assert!(
        run.err.contains("did you mean `CreateOrder`"),
        "{}",
        run.err
    );
}

const SIGNUPS: &str = "\
asyncapi: 3.0.0
info: { title: Signups, version: 1.0.0 }
channels:
  signups:
    address: signups
    messages:
      SignedUp:
        payload:
          schemaFormat: application/vnd.apache.avro;version=1.9.0
          schema:
            type: record
            name: SignedUp
            fields:
              - { name: name, type: string }
              - { name: age, type: ['null', int], default: null }
      ListedUser:
        payload:
          schemaFormat: application/vnd.apache.avro+json;version=1.9.0
          schema: { $ref: 'types.avsc#/1' }
      Broken:
        payload:
          schemaFormat: application/vnd.apache.avro;version=1.9.0
          schema:
            type: record
            name: Broken
            fields:
              - name: at
                type: timestamp_ms
";

const TYPES: &str = r#"[
  { "type": "enum", "name": "Role", "symbols": ["ADMIN", "USER"] },
  { "type": "record", "name": "User", "fields": [{ "name": "role", "type": "Role" }] }
]"#;

fn check_avro(message: &str, payload: &[u8], more: &[&str]) -> crate::support::Run {
    let place = Place::new();
    place.write("signups.yaml", SIGNUPS);
    place.write("types.avsc", TYPES);
    let mut arguments = vec!["message", "check", "signups.yaml", "--message", message];
    arguments.extend(more);
    arguments.push("-");
    place.run_with_input(&arguments, payload)
}

#[test]
fn avro_payloads_are_checked_in_avros_own_json() {
    let good = check_avro("SignedUp", br#"{"name":"A","age":{"int":7}}"#, &[]);
    assert_eq!(
        (good.code, good.out.as_str()),
        (0, "-: valid SignedUp\n"),
        "{}",
        good.err
    );
    let bad = check_avro("SignedUp", br#"{"name":1,"age":7,"more":0}"#, &[]);
    assert_eq!(bad.code, 1);
    expect![[r#"
        -: invalid SignedUp
          payload /name: `1` is not of type `string`
            schema /channels/signups/messages/SignedUp/payload/schema/fields/0/type
          payload /age: `7` is the value of a union and stands under its type: `{"int": …}`
            schema /channels/signups/messages/SignedUp/payload/schema/fields/1/type
          payload /more: field `more` is not known
            schema /channels/signups/messages/SignedUp/payload/schema
    "#]]
    .assert_eq(&bad.out);
}

#[test]
fn avro_payloads_may_be_plain_json_where_asked_for() {
    let plain = ["--encoding", "plain"];
    for payload in [r#"{"name":"A","age":7}"#, r#"{"name":"A"}"#] {
        let run = check_avro("SignedUp", payload.as_bytes(), &plain);
        assert_eq!(run.code, 0, "{payload}: {}", run.out);
    }
    let bad = check_avro("SignedUp", br#"{"name":"A","age":"7"}"#, &plain);
    assert_eq!(bad.code, 1);
    expect![[r#"
        -: invalid SignedUp
          payload /age: `"7"` fits none of `null`, `int`
            schema /channels/signups/messages/SignedUp/payload/schema/fields/1/type
    "#]]
    .assert_eq(&bad.out);
}

#[test]
fn avro_payloads_may_be_binary() {
    let binary = ["--encoding", "binary"];
    let good = check_avro("SignedUp", &[2, b'A', 2, 14], &binary);
    assert_eq!(good.code, 0, "{}{}", good.out, good.err);
    let bad = check_avro("SignedUp", &[2, b'A', 2], &binary);
    assert_eq!(bad.code, 1);
    expect![[r#"
        -: invalid SignedUp
          payload /age: the bytes end inside the `int`: `1` are needed, `0` are left (at byte 3)
            schema /channels/signups/messages/SignedUp/payload/schema/fields/1/type/1
    "#]]
    .assert_eq(&bad.out);
    let json = check("OrderPlaced", "{}", &binary);
    assert_eq!(json.code, 2);
    expect![[r#"
        error: `--encoding binary` is for payloads in Avro or Protobuf, which that of `OrderPlaced` is not
    "#]]
    .assert_eq(&json.err);
}

#[test]
fn an_avro_file_may_hold_a_list_of_types() {
    let run = check_avro("ListedUser", br#"{"role":"GUEST"}"#, &[]);
    assert_eq!(run.code, 1, "{}", run.err);
    expect![[r#"
        -: invalid ListedUser
          payload /role: `"GUEST"` is not one of `ADMIN`, `USER`
            schema /0
    "#]]
    .assert_eq(&run.out);
}

#[test]
fn an_avro_schema_that_cannot_be_used_is_named_with_its_place() {
    let run = check_avro("Broken", b"{}", &[]);
    assert_eq!(run.code, 2);
    expect![[r#"
        error: `Broken` cannot be checked: its Avro schema cannot be used: type `timestamp_ms` is not known, at signups.yaml:28:23 (define it in this schema, before it is used, or in another one of the document)
    "#]].assert_eq(&run.err);
}

const PLACED: &str = r#"{"orderId":"O-000042","placedAt":"2026-03-01T09:30:00Z"}"#;

#[test]
fn a_stream_is_checked_line_by_line() {
    let place = Place::new();
    let long = format!(r#"{{"orderId":"{}"}}"#, "0".repeat(200));
    let text = format!("\u{feff}{PLACED}\r\n\noops\n{{\"orderId\":\"42\"}}\n{long}\n{PLACED}");
    place.write("placed.ndjson", text);
    let mut arguments = vec![
        "message",
        "check",
        DOC,
        "--message",
        "OrderPlaced",
        "--stream",
    ];
    arguments.extend(["--max-line", "100", "placed.ndjson"]);
    let run = place.run(&arguments);
    assert_eq!(run.code, 1, "{}", run.err);
    expect![[r#"
        placed.ndjson:3: invalid OrderPlaced
          not JSON: expected value at column 1
        placed.ndjson:4: invalid OrderPlaced
          payload (whole): property `placedAt` is missing
            schema /components/messages/OrderPlaced/payload/required
          payload /orderId: `"42"` does not match `^O-[0-9]{6}$`
            schema /components/schemas/OrderId/pattern
        placed.ndjson:5: invalid OrderPlaced
          the line has `214` bytes, more than `100`; allow more with `--max-line`
        placed.ndjson: 5 messages, 2 valid OrderPlaced, 3 invalid
    "#]]
    .assert_eq(&run.out);
    arguments.extend(["--format", "json"]);
    let run = place.run(&arguments);
    assert_eq!(run.code, 1);
    let lines: Vec<serde_json::Value> = run
        .out
        .lines()
        .map(|line| serde_json::from_str(line).expect("one object a line"))
        .collect();
    let numbers: Vec<_> = lines.iter().map(|line| line["line"].as_u64()).collect();
    assert_eq!(numbers, [Some(3), Some(4), Some(5), None]);
    assert_eq!(lines[3]["messages"], 5);
    assert_eq!(lines[3]["invalid"], 3);
}

#[test]
fn a_stream_without_faults_is_clean() {
    let place = Place::new();
    let arguments = [
        "message",
        "check",
        DOC,
        "--message",
        "OrderPlaced",
        "--stream",
        "-",
    ];
    let run = place.run_with_input(&arguments, format!("{PLACED}\n").repeat(3).as_bytes());
    assert_eq!(run.code, 0, "{}", run.err);
    expect![[r#"
        -: 3 messages, 3 valid OrderPlaced, 0 invalid
    "#]]
    .assert_eq(&run.out);
}

#[test]
fn a_file_that_is_not_there_hides_no_other() {
    let place = Place::new();
    place.write("good.json", PLACED);
    for more in [&[][..], &["--stream"]] {
        let mut arguments = vec!["message", "check", DOC, "--message", "OrderPlaced"];
        arguments.extend(more);
        arguments.extend(["lost.json", "good.json"]);
        let run = place.run(&arguments);
        assert_eq!(run.code, 2, "{}", run.out);
        assert!(run.out.contains("good.json: "), "{}", run.out);
        assert!(run.err.contains("`lost.json`"), "{}", run.err);
    }
}

#[test]
fn examples_show_every_alternative_and_are_valid() {
    let place = Place::new();
    let arguments = [
        "message",
        "example",
        DOC,
        "--message",
        "CreateOrder",
        "--stream",
    ];
    let made = place.run(&arguments);
    assert_eq!(made.code, 0, "{}", made.err);
    expect![[r#"
        {"customer":"inlet","lines":[{"sku":"fjord","quantity":97}],"delivery":{"kind":"home","street":"fjord","city":"cedar"},"note":"jade"}
        {"customer":"lotus","lines":[{"sku":"ember","quantity":96}],"delivery":{"kind":"pickup","shop":"kelp"},"note":"grove"}
    "#]].assert_eq(&made.out);
    assert_eq!(made.out, place.run(&arguments).out);
    let check = [
        "message",
        "check",
        DOC,
        "--message",
        "CreateOrder",
        "--stream",
        "-",
    ];
    let checked = place.run_with_input(&check, made.out.as_bytes());
    assert_eq!(checked.code, 0, "{}", checked.out);
    let mut other = arguments.to_vec();
    other.extend(["--seed", "7", "--headers"]);
    let other = place.run(&other);
    assert_eq!(other.code, 0, "{}", other.err);
    expect![[r#"
        {"correlationId":"bc3dec92-33db-4da9-ac4b-1747eb3f1ce8","replyTo":"birch","tenant":"jade"}
    "#]]
    .assert_eq(&other.out);
}

#[test]
fn an_alternative_without_example_is_named() {
    let place = Place::new();
    let document = "\
asyncapi: 3.0.0
info: { title: T, version: 1.0.0 }
components:
  messages:
    M: { payload: { oneOf: [{ const: 1 }, { allOf: [{ type: string }, { type: integer }] }] } }
";
    place.write("a.yaml", document);
    let run = place.run(&["message", "example", "a.yaml", "--message", "M"]);
    assert_eq!((run.code, run.out.as_str()), (1, "1\n"), "{}", run.err);
    expect![[r#"
        warning: no example found for `/components/messages/M/payload/oneOf/1`
    "#]]
    .assert_eq(&run.err);
}

#[test]
fn avro_examples_are_made_for_each_type_of_a_union() {
    let place = Place::new();
    place.write("signups.yaml", SIGNUPS);
    place.write("types.avsc", "[]");
    let arguments = [
        "message",
        "example",
        "signups.yaml",
        "--message",
        "SignedUp",
        "--stream",
    ];
    let run = place.run(&arguments);
    assert_eq!(run.code, 0, "{}", run.err);
    expect![[r#"
        {"name":"inlet","age":{"int":385}}
        {"name":"lotus","age":null}
    "#]]
    .assert_eq(&run.out);
    let run = check_avro("SignedUp", run.out.as_bytes(), &["--stream"]);
    assert_eq!(run.code, 0, "{}", run.out);
}

#[test]
fn faults_of_avro_schemas_are_found_in_the_document_and_in_files() {
    let place = Place::new();
    place.write(
        "api.yaml",
        "asyncapi: 3.1.0\nid: urn:a\ninfo: { title: t, version: 1.0.0 }\ncomponents:\n  schemas:\n    A:\n      \
         schemaFormat: application/vnd.apache.avro;version=1.9.0\n      schema: { type: record, name: A, fields: [{ name: n, type: integer }] }\n    B:\n      \
         schemaFormat: application/vnd.apache.avro;version=1.9.0\n      schema: { $ref: ./b.avsc }\n",
    );
    place.write(
        "b.avsc",
        "{\n  \"type\": \"record\", \"name\": \"B\", \"fields\": [\n    { \"name\": \"u\", \"type\": [\"int\", [\"null\"], \"int\"] },\n    \
         { \"name\": \"d\", \"type\": \"int\", \"default\": \"x\" },\n    { \"name\": \"u\", \"type\": { \"type\": \"enum\", \"name\": \"E\", \"symbols\": [\"A\", \"A\"] } }\n  ]\n}\n",
    );
    let run = place.run(&["validate", "api.yaml", "--format", "concise"]);
    expect![[r#"
        api.yaml:6:5: info[component-unused] nothing refers to `#/components/schemas/A`
        api.yaml:8:66: error[avro-schema-invalid] type `integer` is not known
        api.yaml:9:5: info[component-unused] nothing refers to `#/components/schemas/B`
        b.avsc:3:36: error[avro-schema-invalid] a union may not hold a union
        b.avsc:3:46: error[avro-schema-invalid] type `int` is in the union twice
        b.avsc:4:46: error[avro-schema-invalid] default `"x"` of field `d` does not fit its type `int`
        b.avsc:5:15: error[avro-schema-invalid] field `u` is defined twice
        b.avsc:5:76: error[avro-schema-invalid] symbol `A` is defined twice
    "#]]
    .assert_eq(&run.out);
}

#[test]
fn a_schema_that_cannot_be_used_is_named_with_its_place() {
    let place = Place::new();
    place.write(
        "a.yaml",
        "asyncapi: 3.1.0
info: { title: t, version: '1' }
components:
  messages:
    M:
      payload:
        schemaFormat: application/schema+json;version=draft-2020-12
        schema:
          type: object
          properties:
            code: { type: string, pattern: '(' }
",
    );
    for command in [&["check", "a.yaml", "a.yaml"][..], &["example", "a.yaml"]] {
        let run = place.run(&[&["message"], command, &["--message", "M"]].concat());
        let expected = "cannot be used: `(` is not a regular expression, at a.yaml:11:19 \
                        (`/components/messages/M/payload/schema/properties/code/pattern`)\n";
        assert!(run.err.ends_with(expected), "{}", run.err);
        assert_eq!(run.code, 2);
    }
}
