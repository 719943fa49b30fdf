//! Payloads in the encoding that their content type says.
use payloads::{Compact, Level, Markup, Packed, Reading, ReadingValue, Words};
use tidings::{Message, TypedMessage, codegen::Bytes};

fn reading() -> Reading {
    let sensor = "0193a5b0-0000-7000-8000-000000000001".parse().unwrap();
    let at: tidings::DateTime = "2024-02-29T12:00:00Z".parse().unwrap();
    Reading::new(sensor, at, ReadingValue::Number(21.0)).with_tags(vec!["é".to_owned()])
}

/// A message comes back, and is the same in JSON to whoever knows no types.
#[track_caller]
fn keeps<M: TypedMessage + PartialEq + std::fmt::Debug>(message: &M, content_type: &str) -> Bytes {
    let encoded = message.encode().unwrap();
    assert_eq!(encoded.content_type.as_deref(), Some(content_type));
    assert_eq!(M::decode(&encoded).unwrap(), *message);
    encoded.body
}

/// Where a message is wrong.
#[track_caller]
fn fault<M: TypedMessage>(body: impl Into<Bytes>) -> String {
    let error = M::decode(&Message::new(body)).err().unwrap();
    error.violations()[0].pointer.clone()
}

#[test]
fn message_pack_and_cbor_say_what_json_would() {
    let packed = keeps(&Packed::new(reading()), "application/vnd.example+msgpack");
    assert_eq!(packed[0], 0x84, "a map of four");
    let compact = keeps(&Compact::new(reading()), "application/cbor");
    assert_eq!(compact[0], 0xa4, "a map of four");
    // {"sensor": 1}
    assert_eq!(
        fault::<Packed>(&b"\x81\xa6sensor\x01"[..]),
        "/payload/sensor"
    );
    assert_eq!(
        fault::<Compact>(&b"\xa1\x66sensor\x01"[..]),
        "/payload/sensor"
    );
}

#[test]
fn limits_hold_in_every_encoding() {
    let mut hot = reading();
    hot.value = ReadingValue::Number(101.0);
    for error in [
        Packed::new(hot.clone()).encode().unwrap_err(),
        Compact::new(hot).encode().unwrap_err(),
    ] {
        assert_eq!(error.violations()[0].pointer, "/payload/value");
    }
}

#[test]
fn texts_are_the_body_itself() {
    assert_eq!(
        keeps(&Words::new("\"a\"".to_owned()), "text/plain; charset=utf-8"),
        "\"a\""
    );
    assert_eq!(keeps(&Level::new(7), "text/plain"), "7");
    for body in ["12", "seven", ""] {
        assert_eq!(fault::<Level>(body), "/payload", "{body}");
    }
    assert_eq!(fault::<Words>("too long"), "/payload");
    assert_eq!(fault::<Words>(&[0xff][..]), "/payload");
}

#[test]
fn what_no_encoding_is_known_of_is_the_body() {
    let body = Bytes::from_static(b"<reading/>");
    let markup: Bytes = Markup::new(body.clone()).payload;
    assert_eq!(markup, body);
    assert_eq!(keeps(&Markup::new(body.clone()), "application/xml"), body);
}
