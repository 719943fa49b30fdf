//! Payloads in Protobuf have types of their own, and travel as the document says; `tests/protobuf` has what others make of them.
use protobuf::{
    Any, Colour, Everything, EverythingChoice, EverythingInner, EverythingInnerState,
    EverythingPayload, Grouped, Holder, InJson, Mood, Old, OldPayload, OrderLine, Registered,
    RegisteredFirst,
};
use tidings::{Message, TypedMessage, codegen::Bytes};

#[test]
fn payloads_travel_in_binary_or_in_json() {
    let payload = EverythingPayload::new()
        .with_id("a")
        .with_colour(Colour::Red)
        .with_choice(EverythingChoice::Text("t".to_owned()));
    let message = Everything::new(payload.clone()).encode().unwrap();
    assert_eq!(
        message.content_type.as_deref(),
        Some("application/protobuf")
    );
    assert_eq!(
        message.body,
        b"\x0a\x01a\x80\x01\x01\x82\x02\x01t".as_slice()
    );
    assert_eq!(message.key.as_deref(), Some(&b"a"[..]));
    let message = InJson::new(payload).encode().unwrap();
    let shown: serde_json::Value = serde_json::from_slice(&message.body).unwrap();
    let expected = serde_json::json!({ "colour": "COLOUR_RED", "id": "a", "text": "t" });
    assert_eq!(shown, expected);
    assert!(InJson::decode(&message).is_ok());
}

#[test]
fn names_of_numbers_have_no_name_of_their_enum() {
    assert_eq!(Colour::ALL, [Colour::None, Colour::Red, Colour::DarkBlue]);
    assert_eq!(
        (Colour::default(), i32::from(Colour::DarkBlue)),
        (Colour::None, -3)
    );
    assert_eq!(
        [Colour::from(1), Colour::from(7)],
        [Colour::Red, Colour::Unknown(7)]
    );
    let inner = EverythingInner::new().with_state(EverythingInnerState::Closed);
    assert_eq!(i32::from(inner.state), 2);
}

#[test]
fn what_must_be_there_is_asked_for_and_its_absence_told() {
    let payload = OldPayload::new("n").with_mood(Mood::Bad);
    assert_eq!((payload.tries, &payload.each[..]), (None, &[][..]));
    let message = Old::new(payload).encode().unwrap();
    assert_eq!(message.body, b"\x0a\x01n\x20\x02".as_slice());
    let error = Old::decode(&Message::new(&b"\x20\x02"[..])).unwrap_err();
    let violation = &error.violations()[0];
    assert_eq!(
        (&*violation.pointer, &*violation.reason),
        ("/payload/name", "is missing")
    );
}

#[test]
fn a_registry_numbers_the_schema_and_the_message_its_place() {
    let line = Registered::new(OrderLine::new().with_count(150));
    let error = line.encode().unwrap_err().to_string();
    assert!(
        error.contains("cannot be written before `set_id`"),
        "{error}"
    );
    Registered::schema().set_id(258);
    let message = line.encode().unwrap();
    // The second in the second message of the file, behind the entry of its map.
    let header = [0, 0, 0, 1, 2, 4, 2, 2];
    assert_eq!(message.body, [&header[..], &[0x08, 0x96, 0x01]].concat());
    assert_eq!(Registered::decode(&message).unwrap(), line);
    assert!(Registered::schema().text().contains("message Line"));
    let first = RegisteredFirst::new(EverythingPayload::new().with_flag(true));
    RegisteredFirst::schema().set_id(1);
    let message = first.encode().unwrap();
    assert_eq!(message.body, [0, 0, 0, 0, 1, 0, 0x70, 1].as_slice());
    let other: &'static [u8] = &[0, 0, 0, 0, 1, 2, 2, 0x70, 1];
    let error = RegisteredFirst::decode(&Message::new(other)).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("is the message at [1] of its schema"),
        "{error}"
    );
}

#[test]
fn fields_that_the_schema_has_not_are_handed_on() {
    // An extension of `Old`, which has no field.
    let body = b"\x0a\x01n\xa2\x06\x01x".as_slice();
    let old = Old::decode(&Message::new(body)).unwrap();
    assert_eq!(old.payload.unknown_fields.as_bytes(), b"\xa2\x06\x01x");
    assert_eq!(old.encode().unwrap().body, body);
}

#[test]
fn messages_of_any_type_are_told_by_their_url() {
    let held = tidings::protobuf::Any {
        type_url: "x/a.B".to_owned(),
        value: Bytes::from_static(&[8, 1]),
    };
    let any = Any::new(Holder::new().with_held(held));
    let message = any.encode().unwrap();
    assert_eq!(
        message.body,
        b"\x0a\x0b\x0a\x05x/a.B\x12\x02\x08\x01".as_slice()
    );
    assert_eq!(Any::decode(&message).unwrap(), any);
}

#[test]
fn groups_stay_bytes() {
    let body: &Bytes = &Grouped::new(Bytes::from_static(&[0x0b, 0x0c])).payload;
    assert_eq!(body, &[0x0b, 0x0c].as_slice());
}
