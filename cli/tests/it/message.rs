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
          payload /delivery: property `shop` is missing (the closest of 2 alternatives)
            schema /components/schemas/pickup/required
          payload /delivery/kind: `"pigeon"` is not `"pickup"` (the closest of 2 alternatives)
            schema /components/schemas/pickup/properties/kind/const
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
