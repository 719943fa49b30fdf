//! What no type says is checked when a message is read and when it is sent, each with its place.
use checks::{Sample, Target, Transfer};
use serde_json::{Value, json};
use tidings::{Message, TypedMessage};

/// What is wrong with a payload, which is written back as it was where nothing is.
fn wrong(payload: &Value) -> Vec<String> {
    match Sample::decode(&Message::new(payload.to_string())) {
        Ok(sample) => {
            let body = sample.encode().unwrap().body;
            assert_eq!(serde_json::from_slice::<Value>(&body).unwrap(), *payload);
            Vec::new()
        }
        Err(error) => {
            let violations = error.violations().iter();
            violations
                .map(|it| format!("{}: {}", it.pointer, it.reason))
                .collect()
        }
    }
}

/// A property beside one that makes the payload long enough.
#[track_caller]
fn check(property: &str, valid: &[Value], invalid: &[(Value, &str)]) {
    let payload = |value: &Value| json!({ "kind": "bank", property: value });
    for value in valid {
        assert_eq!(wrong(&payload(value)), [""; 0], "{value}");
    }
    for (value, expected) in invalid {
        assert_eq!(wrong(&payload(value)), [*expected], "{value}");
    }
}

#[test]
fn objects_are_counted_and_properties_need_others() {
    let few = "/payload: 1 properties are fewer than 2";
    assert_eq!(wrong(&json!({ "kind": "bank" })), [few]);
    assert_eq!(
        wrong(&json!({ "amount": 5, "word": "a" })),
        ["/payload/kind: is required"]
    );
}

#[test]
fn conditions_have_fields_and_hold() {
    let card = Transfer::new().with_number("1").with_iban("DE");
    assert_eq!(
        (card.number.as_deref(), card.iban.as_deref()),
        (Some("1"), Some("DE"))
    );
    assert_eq!(wrong(&json!({ "kind": "card", "number": "1" })), [""; 0]);
    assert_eq!(
        wrong(&json!({ "kind": "card", "word": "a" })),
        ["/payload/number: is required"]
    );
    check("iban", &[json!("DE")], &[]);
}

#[test]
fn items_and_names_are_looked_at() {
    let none = "/payload/steps: has 0 of the items that it must contain";
    check(
        "steps",
        &[json!([1, 5])],
        &[(json!([]), none), (json!([1]), none)],
    );
    check(
        "place",
        &[json!([]), json!([1.5]), json!([1.5, "a"])],
        &[
            (json!(["a"]), "/payload/place/0: is not a number"),
            (json!([1, "a", 2]), "/payload/place/2: is not allowed here"),
        ],
    );
    let long = "/payload/labels/long: as a name: longer than 3 characters";
    check(
        "labels",
        &[json!({ "a": "b" })],
        &[(json!({ "long": "b" }), long)],
    );
    check(
        "fixed",
        &[json!({ "x-a": "b" })],
        &[(json!({ "y": "b" }), "/payload/fixed/y: is not allowed here")],
    );
    check(
        "open",
        &[json!({ "x-a": "b", "other": 5 })],
        &[(json!({ "x-a": 5 }), "/payload/open/x-a: is not a text")],
    );
}

#[test]
fn values_are_excluded_listed_and_of_a_format() {
    check(
        "word",
        &[json!("some")],
        &[(
            json!("none"),
            "/payload/word: is what the document excludes",
        )],
    );
    check(
        "mail",
        &[json!("a@b.c")],
        &[(json!("a.b.c"), "/payload/mail: is not a valid `email`")],
    );
    let other = r#"/payload/level: is none of ["low",1,null]"#;
    check(
        "level",
        &[json!("low"), json!(1), json!(null)],
        &[(json!(2), other)],
    );
}

#[test]
fn what_has_no_type_is_of_any() {
    check(
        "loose",
        &[json!("ab"), json!(5), json!(null), json!([1])],
        &[(json!("a"), "/payload/loose: shorter than 2 characters")],
    );
}

#[test]
fn branches_that_nothing_tells_apart_are_one_struct() {
    let target = Target::new("x").with_street("y").with_box(5);
    assert_eq!(target.id, "x");
    let none = "/payload/to: is none of the alternatives of the document";
    check(
        "to",
        &[
            json!({ "id": "x", "street": "y" }),
            json!({ "id": "x", "box": 5 }),
        ],
        &[(json!({ "id": "x" }), none)],
    );
}

#[test]
fn checks_go_all_the_way_down() {
    let wrong = "/payload/tree: is none of the alternatives of the document";
    let two = "/payload/tree: is 2 of the alternatives of the document";
    check(
        "tree",
        &[json!(7), json!(2.5), json!([7, [2.5, []]])],
        &[
            (json!(7.5), wrong),
            (json!([[7.5]]), wrong),
            (json!(2), two),
        ],
    );
}

#[test]
fn one_may_be_many() {
    check(
        "many",
        &[json!("a"), json!({ "a": "b" }), json!(["a", { "a": "b" }])],
        &[],
    );
    let wrong = wrong(&json!({ "kind": "bank", "many": [5] }));
    let reason = "/payload/many/0: has none of the types that the document allows";
    assert!(wrong[0].starts_with(reason), "{wrong:?}");
}

#[test]
fn closed_parts_forbid_what_others_have() {
    check(
        "both",
        &[json!({}), json!({ "a": "xy" })],
        &[
            (json!({ "b": "x" }), "/payload/both/b: is not allowed here"),
            (
                json!({ "a": "xyz" }),
                "/payload/both/a: longer than 2 characters",
            ),
        ],
    );
}

#[test]
fn what_is_sent_is_checked_too() {
    let sent = Sample::new(Transfer::new().with_word("none")).encode();
    let violations = sent.unwrap_err().violations().len();
    assert_eq!(violations, 2);
}
