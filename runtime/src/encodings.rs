//! Payloads of JSON Schema in other encodings than JSON's. What they say is a JSON value, and is read and written by the same rules; what
//! JSON has not, such as keys that are no texts, bytes and tags, is refused.
use crate::{
    InvalidMessage, Json, Message,
    json::{from_exact, meant, place},
};
use bytes::Bytes;
#[cfg(any(feature = "cbor", feature = "message-pack"))]
use serde::Deserialize;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

/// Deepest nesting, which is that of JSON.
#[cfg(any(feature = "cbor", feature = "message-pack"))]
const DEPTH: usize = 128;

/// The payload as MessagePack.
///
/// # Errors
/// When it is no JSON value.
#[cfg(feature = "message-pack")]
pub fn message_pack<T: Serialize + ?Sized>(
    name: &str,
    payload: &T,
) -> Result<Bytes, InvalidMessage> {
    let bytes = rmp_serde::to_vec_named(&value(name, payload)?);
    bytes.map(Bytes::from).map_err(|error| invalid(name, error))
}

/// The payload from MessagePack.
///
/// # Errors
/// When it is none or does not fit the type; the pointer names the place.
#[cfg(feature = "message-pack")]
pub fn from_message_pack<T: DeserializeOwned>(
    name: &str,
    message: &Message,
) -> Result<T, InvalidMessage> {
    let mut left = &message.body[..];
    let mut reader = rmp_serde::Deserializer::new(&mut left);
    reader.set_max_depth(DEPTH);
    let read = Kept::deserialize(&mut reader);
    let Kept(value) = read.map_err(|error| invalid(name, error))?;
    is_whole(name, left)?;
    typed(name, value)
}

/// The payload as CBOR.
///
/// # Errors
/// When it is no JSON value.
#[cfg(feature = "cbor")]
pub fn cbor<T: Serialize + ?Sized>(name: &str, payload: &T) -> Result<Bytes, InvalidMessage> {
    let mut bytes = Vec::new();
    let written = ciborium::into_writer(&value(name, payload)?, &mut bytes);
    written.map_err(|error| invalid(name, error))?;
    Ok(bytes.into())
}

/// The payload from CBOR.
///
/// # Errors
/// When it is none or does not fit the type; the pointer names the place.
#[cfg(feature = "cbor")]
pub fn from_cbor<T: DeserializeOwned>(name: &str, message: &Message) -> Result<T, InvalidMessage> {
    let mut left = &message.body[..];
    let read = ciborium::de::from_reader_with_recursion_limit(&mut left, DEPTH);
    let Kept(value) = read.map_err(|error| invalid(name, error))?;
    is_whole(name, left)?;
    typed(name, value)
}

/// The payload as text: a string as it is, all else as JSON.
///
/// # Errors
/// When it is no JSON value.
pub fn text<T: Serialize + ?Sized>(name: &str, payload: &T) -> Result<Bytes, InvalidMessage> {
    let text = serde_json::to_string(payload).map_err(|error| invalid(name, error))?;
    Ok(match text.starts_with('"') {
        true => serde_json::from_str::<String>(&text).map_err(|error| invalid(name, error))?,
        false => text,
    }
    .into())
}

/// The payload from text: as a string, or as JSON where the type has no strings.
///
/// # Errors
/// When it is not UTF-8 or does not fit the type either way.
pub fn from_text<T: DeserializeOwned>(name: &str, message: &Message) -> Result<T, InvalidMessage> {
    let text = str::from_utf8(&message.body);
    let text = text.map_err(|_| invalid(name, "is not UTF-8 text"))?;
    let plain = typed(name, Value::from(text));
    plain.or_else(|plain| {
        let value: Json = text.parse().map_err(|_| plain)?;
        from_exact(value).map_err(|error| invalid(name, error))
    })
}

/// A JSON value, as it was written by whoever sent it.
#[cfg(any(feature = "cbor", feature = "message-pack"))]
struct Kept(Value);

#[cfg(any(feature = "cbor", feature = "message-pack"))]
impl<'de> Deserialize<'de> for Kept {
    fn deserialize<D: serde::Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        Value::deserialize(meant(reader)).map(Self)
    }
}

#[cfg(any(feature = "cbor", feature = "message-pack"))]
fn value<T: Serialize + ?Sized>(name: &str, payload: &T) -> Result<Value, InvalidMessage> {
    serde_json::to_value(payload).map_err(|error| invalid(name, error))
}

fn typed<T: DeserializeOwned>(name: &str, value: Value) -> Result<T, InvalidMessage> {
    if let Ok(typed) = T::deserialize(meant(&value)) {
        return Ok(typed);
    }
    let (read, below) = place::looking(|| serde_path_to_error::deserialize(meant(value)));
    read.map_err(|error: serde_path_to_error::Error<serde_json::Error>| {
        let pointer = format!("/payload{}{below}", place::pointer(error.path()));
        InvalidMessage::at(name, pointer, error.inner().to_string())
    })
}

#[cfg(any(feature = "cbor", feature = "message-pack"))]
fn is_whole(name: &str, left: &[u8]) -> Result<(), InvalidMessage> {
    match left.len() {
        0 => Ok(()),
        left => Err(invalid(
            name,
            format!("{left} bytes are left behind the value"),
        )),
    }
}

fn invalid(name: &str, reason: impl ToString) -> InvalidMessage {
    InvalidMessage::at(name, "/payload", reason.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Line {
        sku: String,
        count: u8,
        share: f64,
        at: Option<uuid::Uuid>,
        more: BTreeMap<String, Vec<Value>>,
    }

    fn line() -> Line {
        Line {
            sku: "é".into(),
            count: 200,
            share: 5.0,
            at: Some(uuid::Uuid::nil()),
            more: BTreeMap::from([("a".into(), vec![Value::Null, true.into(), (-7).into()])]),
        }
    }

    fn fault<T: DeserializeOwned + std::fmt::Debug>(
        read: fn(&str, &Message) -> Result<T, InvalidMessage>,
        bytes: Vec<u8>,
    ) -> (String, String) {
        let error = read("M", &Message::new(bytes)).unwrap_err();
        let violation = error.violations()[0].clone();
        (violation.pointer, violation.reason)
    }

    #[test]
    fn values_come_back_through_each_encoding() {
        let packed = message_pack("M", &line()).unwrap();
        assert_eq!(packed[0], 0x85, "a map of five");
        assert_eq!(
            from_message_pack::<Line>("M", &Message::new(packed)).unwrap(),
            line()
        );
        let cbor = cbor("M", &line()).unwrap();
        assert_eq!(cbor[0], 0xa5, "a map of five");
        assert_eq!(from_cbor::<Line>("M", &Message::new(cbor)).unwrap(), line());
        let json = text("M", &line()).unwrap();
        assert_eq!(from_text::<Line>("M", &Message::new(json)).unwrap(), line());
    }

    #[test]
    fn texts_stand_alone_and_numbers_as_they_are_written() {
        assert_eq!(text("M", "a \"b\"").unwrap(), "a \"b\"");
        assert_eq!(text("M", &5).unwrap(), "5");
        assert_eq!(from_text::<String>("M", &Message::new("5")).unwrap(), "5");
        assert_eq!(from_text::<i64>("M", &Message::new("5")).unwrap(), 5);
        assert_eq!(from_text::<u128>("M", &Message::new("5.0")).unwrap(), 5);
        assert!(
            fault(from_text::<i64>, b"five".to_vec())
                .1
                .starts_with("invalid type: string")
        );
        assert_eq!(
            fault(from_text::<String>, vec![0xff]).1,
            "is not UTF-8 text"
        );
    }

    #[test]
    fn faults_name_their_place() {
        let wrong =
            serde_json::json!({ "sku": "a", "count": 256, "share": 1, "at": null, "more": {} });
        let packed = message_pack("M", &wrong).unwrap().to_vec();
        assert_eq!(fault(from_message_pack::<Line>, packed).0, "/payload/count");
        let written = cbor("M", &wrong).unwrap().to_vec();
        assert_eq!(fault(from_cbor::<Line>, written).0, "/payload/count");
    }

    #[test]
    fn what_json_has_not_is_refused() {
        // A map with a number for a key, bytes, and a tagged text.
        for bytes in [
            &[0x81, 0x01, 0x02][..],
            &[0xc4, 0x01, 0x00],
            &[0xd4, 0x01, 0x00],
        ] {
            fault(from_message_pack::<Value>, bytes.to_vec());
        }
        for bytes in [&[0xa1, 0x01, 0x02][..], &[0x41, 0x00], &[0xc0, 0x61, b'x']] {
            fault(from_cbor::<Value>, bytes.to_vec());
        }
        // Numbers that are none, in 32 and in 64 bits.
        for number in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            let short = number.to_be_bytes();
            let long = f64::from(number).to_be_bytes();
            for bytes in [
                [&[0xca], &short[..]].concat(),
                [&[0xcb], &long[..]].concat(),
            ] {
                fault(from_message_pack::<Option<f64>>, bytes);
            }
            for bytes in [
                [&[0xfa], &short[..]].concat(),
                [&[0xfb], &long[..]].concat(),
            ] {
                fault(from_cbor::<Option<f64>>, bytes);
            }
        }
        let name = "$serde_json::private::RawValue";
        let hidden = message_pack("M", &BTreeMap::from([(name, "[1]")])).unwrap();
        fault(from_message_pack::<Value>, hidden.to_vec());
    }

    #[test]
    fn bytes_of_strangers_end_within_bounds() {
        let nested = |byte: u8| vec![byte; 1_000_000];
        fault(from_message_pack::<Value>, nested(0x91));
        fault(from_cbor::<Value>, nested(0x81));
        // Texts and lists that claim 4 GB.
        for first in [0xdb, 0xdd, 0xc6] {
            fault(
                from_message_pack::<Value>,
                vec![first, 0xff, 0xff, 0xff, 0xff, 0],
            );
        }
        for first in [0x7b, 0x9b, 0x5b] {
            fault(from_cbor::<Value>, [&[first][..], &[0x7f; 8]].concat());
        }
        fault(from_message_pack::<Value>, vec![0x01, 0x01]);
        fault(from_cbor::<Value>, vec![0x01, 0x01]);
        for read in [from_message_pack::<Value>, from_cbor::<Value>] {
            for length in 0..4 {
                let _ = read("M", &Message::new(vec![0xff; length]));
            }
        }
    }
}
