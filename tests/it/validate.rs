//! Generated code holds messages to as much as it was told to.
use serde_json::{Value, json};
use tidings::{InvalidMessage, Message, TypedMessage, Validate};

fn message(body: &Value, plate: &str, axles: &str) -> Message {
    let mut message = Message::new(body.to_string());
    message.set_header("plate", plate.to_owned());
    message.set_header("axles", axles.to_owned());
    message
}

fn places<T>(read: Result<T, InvalidMessage>) -> Vec<String> {
    let error = read.err().map(|error| error.violations().to_vec());
    let violations = error.into_iter().flatten();
    violations.map(|violation| violation.pointer).collect()
}

#[test]
fn the_whole_schema_is_kept_when_reading_and_when_sending() {
    use validate_full::{
        Measured, MeasuredPayload, MeasuredPayloadUnit, Packed, PackedPayload, Plain,
    };

    let read = |body: Value, plate: &str, axles: &str| {
        places(Measured::decode(&message(&body, plate, axles)))
    };
    let right = json!({ "weight": 7, "unit": "kg" });
    assert_eq!(read(right.clone(), "42", "2"), [""; 0]);
    assert_eq!(read(right.clone(), "4", "2"), ["/headers/plate"]);
    assert_eq!(read(right, "42", "1"), ["/headers/axles"]);
    // What no rule of the code is about, and a value of tomorrow, which an event might have.
    assert_eq!(
        read(json!({ "weight": 7, "more": 1 }), "42", "2"),
        ["/payload/more"]
    );
    assert_eq!(
        read(json!({ "weight": 7, "unit": "lb" }), "42", "2"),
        ["/payload/unit"]
    );

    let mut payload = MeasuredPayload::new(7).with_unit(MeasuredPayloadUnit::T);
    let sent = Measured::new(payload.clone(), "42").encode().unwrap();
    assert_eq!(places(Measured::decode(&sent)), [""; 0]);
    payload.extra.insert("more".to_owned(), json!(1));
    assert_eq!(
        places(Measured::new(payload, "42").encode()),
        ["/payload/more"]
    );

    let packed = Packed::new(PackedPayload::new().with_weight(7))
        .encode()
        .unwrap();
    assert_eq!(places(Packed::decode(&packed)), [""; 0]);
    let mut wrong = packed;
    wrong.body = tidings::codegen::message_pack("Packed", &json!({ "weight": 0 })).unwrap();
    assert!(places(Packed::decode(&wrong)).contains(&"/payload/weight".to_owned()));
    assert_eq!(places(Plain::decode(&Message::new("10"))), ["/payload"]);
    assert_eq!(places(Plain::new(10).encode()), ["/payload"]);
}

#[test]
fn nothing_is_checked_where_nothing_shall_be_but_on_request() {
    use validate_off::{Measured, MeasuredPayload, Plain};

    let light = Measured::decode(&message(&json!({ "weight": 0 }), "4", "1")).unwrap();
    assert!(light.encode().is_ok());
    assert_eq!(
        places(Measured::decode(&message(
            &json!({ "weight": "a" }),
            "4",
            "1"
        ))),
        ["/payload/weight"]
    );
    assert!(Plain::new(10).encode().is_ok());
    let told = Measured::new(MeasuredPayload::new(0), "4")
        .validate()
        .unwrap_err();
    let told: Vec<_> = told.list().iter().map(|it| it.pointer.clone()).collect();
    assert_eq!(told, ["/headers/plate", "/payload/weight"]);
}
