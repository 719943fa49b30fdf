//! Payloads in Avro have types of their own, and travel as the document says; `tests/fastavro` has what others make of them.
use avro::{
    Colour, Counted, CountedPayload, Defaulted, DefaultedPayload, Everything, Other, Plain,
    Registered, RegisteredPayloadValue, Shared,
};
use std::collections::BTreeMap;
use tidings::{
    Message, TypedMessage,
    avro::{Fixed, Framing, Schema},
    codegen::Bytes,
};

/// Where a message is wrong, and why.
fn fault<M: TypedMessage>(message: &Message) -> String {
    let error = M::decode(message).err().unwrap();
    let violation = &error.violations()[0];
    format!("{}: {}", violation.pointer, violation.reason)
}

#[test]
fn content_types_and_bindings_say_how_a_value_travels() {
    let framings = [
        Everything::schema(),
        Counted::schema(),
        Registered::schema(),
        Shared::schema(),
        Plain::schema(),
    ]
    .map(Schema::framing);
    let expected = [
        Framing::Datum,
        Framing::SingleObject,
        Framing::Registry,
        Framing::Datum,
        Framing::Datum,
    ];
    assert_eq!(framings, expected);
    let digest = Plain::new(Fixed([1, 2, 3, 4])).encode().unwrap();
    assert_eq!(digest.content_type.as_deref(), Some("avro/binary"));
    assert_eq!(digest.body, [1, 2, 3, 4].as_slice());
    // In an encoding that is none of Avro's it stays bytes.
    let other = Other::new(Bytes::from_static(b"x")).encode().unwrap();
    assert_eq!(other.content_type.as_deref(), Some("text/plain"));
}

#[test]
fn fields_begin_with_what_the_schema_says() {
    let counted = CountedPayload::new("w");
    assert_eq!((counted.count, counted.exact), (1, true));
    assert_eq!(counted.share, Some(0.5));
    assert_eq!(counted.colour, Colour::Green);
    assert_eq!(counted.clone().with_share(2.0).share, Some(2.0));
    let defaulted = DefaultedPayload::new();
    assert_eq!(defaulted, DefaultedPayload::default());
    assert_eq!((defaulted.note, defaulted.tries), (None, 3));
    let written = Defaulted::new(DefaultedPayload::new().with_note("n")).encode();
    assert_eq!(written.unwrap().body, [2, 2, b'n', 6].as_slice());
}

#[test]
fn what_has_another_schema_is_refused_by_name() {
    let mut message = Counted::new(CountedPayload::new("w")).encode().unwrap();
    assert_eq!(Counted::decode(&message).unwrap().word, "w");
    let mut body = message.body.to_vec();
    body[9] ^= 1;
    message.body = body.into();
    let fault = fault::<Counted>(&message);
    assert!(
        fault.starts_with("/payload: was written with schema "),
        "{fault}"
    );
}

#[test]
fn a_registry_numbers_the_schema() {
    let value = RegisteredPayloadValue::Int(1);
    let registered = Registered::new(BTreeMap::from([("a".to_owned(), value)]));
    let error = registered.encode().unwrap_err().to_string();
    assert!(
        error.contains("cannot be written before `set_id`"),
        "{error}"
    );
    Registered::schema().set_id(7);
    let message = registered.encode().unwrap();
    assert_eq!(
        message.body,
        [0, 0, 0, 0, 7, 2, 2, b'a', 0, 2, 0].as_slice()
    );
    assert_eq!(Registered::decode(&message).unwrap(), registered);
    let other = Message::new(&[0, 0, 0, 0, 8, 0][..]);
    assert!(fault::<Registered>(&other).contains("schema 8 and is read by 7 only"));
}

#[test]
fn symbols_that_the_schema_has_not_are_not_sent() {
    let colour = Colour::Unknown("BLUE".to_owned());
    let counted = Counted::new(CountedPayload::new("w").with_colour(colour));
    let error = counted.encode().unwrap_err();
    assert_eq!(error.violations()[0].pointer, "/payload/colour");
}

#[test]
fn shared_schemas_are_one_type() {
    let shared = Shared::new(vec![]);
    let payload: &Vec<avro::EverythingPayload> = &shared.payload;
    assert!(payload.is_empty());
    assert_eq!(shared.encode().unwrap().body, [0].as_slice());
}
