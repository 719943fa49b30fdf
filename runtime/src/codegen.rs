//! All that generated code names: the types it builds on, and the helpers that keep it short. Code written by hand uses
//! the crate's root instead.
//!
//! What repeats beside generated types is a macro here, which is told what differs: `object!` gives a struct its constructor and setters,
//! `validate!` its checks, `message!` makes a message of a struct, `listed!` is for enums of texts, `channel!` for addresses.
//!
//! Written by hand, a message implementation writes with [`json_message`] and [`set_header`] or [`set_header_json`], and reads with [`from_json`] and
//! [`Headers`], taking all violations together:
//!
//! ```
//! use tidings::codegen::{self, InvalidMessage, Message, Pointer, TypedMessage, Validate, Violations};
//!
//! #[derive(Debug)]
//! struct Ping { tenant: String, count: u32 }
//!
//! impl Validate for Ping {
//!     fn check(&self, at: &Pointer<'_>, violations: &mut Violations) {
//!         violations.minimum(&at.key("payload"), self.count, 1);
//!     }
//! }
//!
//! impl TypedMessage for Ping {
//!     const NAMES: &'static [&'static str] = &["Ping"];
//!     fn encode(&self) -> Result<Message, InvalidMessage> {
//!         codegen::check(self, Violations::new())?;
//!         let mut message = codegen::json_message::<Self>(&self.count)?;
//!         codegen::set_header(&mut message, "tenant", &self.tenant);
//!         Ok(message)
//!     }
//!     fn decode(message: &Message) -> Result<Self, InvalidMessage> {
//!         let mut headers = codegen::Headers::of("Ping", message);
//!         let tenant = headers.required("tenant");
//!         let tenant = tenant.ok_or_else(|| headers.invalid());
//!         let (tenant, count) = codegen::both(tenant, codegen::from_json("Ping", message))?;
//!         Ok(Self { tenant, count })
//!     }
//! }
//!
//! let message = Message::new("\"many\"");
//! let error = Ping::decode(&message).unwrap_err();
//! assert_eq!(error.violations().len(), 2);
//! assert_eq!(error.violations()[0].pointer, "/headers/tenant");
//! ```
#[cfg(feature = "avro")]
pub use crate::avro;
#[cfg(feature = "cbor")]
pub use crate::encodings::{cbor, from_cbor};
#[cfg(feature = "message-pack")]
pub use crate::encodings::{from_message_pack, message_pack};
pub use crate::encodings::{from_text, text};
pub use crate::json::{Text, from_exact, from_value};
#[cfg(feature = "protobuf")]
pub use crate::protobuf;
pub use crate::{
    __branches as branches, __channel as channel, __channels as channels, __client as client,
    __constant as constant, __handle as handle, __headers as headers, __known as known,
    __listed as listed, __message as message, __object as object, __open as open,
    __parameter as parameter, __pattern as pattern, __set as set, __setters as setters,
    __told_channel as told_channel, __validate as validate, __values as values,
};
pub use crate::{
    Base64, Bindings, BoxError, BoxFuture, Capabilities, Channel, ChannelKind, Client, Context,
    Date, DateTime, Decimal, Delivery, DynTransport, Error, ErrorKind, HandlerError,
    InvalidMessage, InvalidValue, Json, Message, Metadata, Outgoing, Publish, ReceiveError,
    Received, Request, RequestError, Requirement, Responses, Router, SendError, Server, Str,
    Subscription, TypedMessage,
    checks::{Check, Checks, Format, Kind, Listed, Named, Node, Patterned, Seen},
    key::{key, key_at, keys},
    pattern::Pattern,
    recognition::{Candidate, decode_one},
    settings::policy,
    template::{Address, parameter},
    testing::{Example, Examples, Harness, run},
    violations::{Number, Pointer, Validate, Violation, Violations},
};
pub use bytes::{self, Bytes};
#[cfg(feature = "chrono")]
pub use chrono;
pub use futures_core::{self, Stream};
pub use jiff;
pub use serde::{self, Deserialize, Serialize};
pub use serde_json;
#[cfg(feature = "time")]
pub use time;
pub use uuid;

/// A `date-time` as `jiff` has it.
pub type JiffTimestamp = crate::Rfc3339<jiff::Timestamp>;
/// A `date-time` as `chrono` has it.
#[cfg(feature = "chrono")]
pub type ChronoDateTime = crate::Rfc3339<chrono::DateTime<chrono::FixedOffset>>;
/// A `date-time` as `time` has it.
#[cfg(feature = "time")]
pub type TimeOffsetDateTime = crate::Rfc3339<time::OffsetDateTime>;

mod headers;
mod macros;
mod open;
mod texts;
#[cfg(feature = "validation")]
mod whole;

pub use headers::Headers;
pub use open::{Open, read_open};
pub use texts::{constant_text, listed_text};
#[cfg(feature = "validation")]
pub use whole::Whole;

use crate::{
    json::{self, meant, meant_aside, place},
    violations::escape,
};
use serde::{
    Deserializer,
    de::{DeserializeOwned, IntoDeserializer},
};
use std::{cell::Cell, collections::BTreeMap, fmt::Display};

/// What a method of a service gives: in time, what the operation answers. `async fn`s of a service give that.
pub trait Answer<R>: Future<Output = Result<R, HandlerError>> + Send {}

impl<R, F: Future<Output = Result<R, HandlerError>> + Send> Answer<R> for F {}

/// Nothing where a message is what the document says, with what was found before; else the invalid message.
///
/// # Errors
/// When there is a violation.
#[inline]
pub fn check<M: TypedMessage + Validate>(
    message: &M,
    mut found: Violations,
) -> Result<(), InvalidMessage> {
    message.check(&Pointer::ROOT, &mut found);
    if found.is_empty() {
        return Ok(());
    }
    let mut invalid = InvalidMessage::new(M::NAMES[0]);
    invalid.extend(found);
    Err(invalid)
}

/// Nothing where a validation found nothing, else the invalid value of that schema.
///
/// # Errors
/// When there is a violation.
pub fn check_value(schema: &'static str, violations: Violations) -> Result<(), InvalidValue> {
    if violations.is_empty() {
        Ok(())
    } else {
        Err(InvalidValue::new(schema, violations))
    }
}

/// The listed value that is written so.
///
/// # Errors
/// When there is none.
pub fn listed<T: Clone>(
    schema: &'static str,
    all: &[T],
    as_str: fn(&T) -> &str,
    text: &str,
) -> Result<T, InvalidValue> {
    all.iter()
        .find(|value| as_str(value) == text)
        .cloned()
        .ok_or_else(|| {
            let mut violations = Violations::new();
            violations.unlisted(&Pointer::ROOT, text, all.iter().map(as_str));
            InvalidValue::new(schema, violations)
        })
}

/// For `with` of an optional property: what is there is read as it is, so that null is not taken for absent.
pub mod given {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    /// The value that is there.
    ///
    /// # Errors
    /// When it does not fit the type.
    pub fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
        reader: D,
    ) -> Result<Option<T>, D::Error> {
        T::deserialize(reader).map(Some)
    }

    /// The value, where it is there.
    ///
    /// # Errors
    /// When it has no form of the writer's.
    pub fn serialize<T: Serialize, S: Serializer>(
        value: &Option<T>,
        writer: S,
    ) -> Result<S::Ok, S::Error> {
        value.serialize(writer)
    }
}

/// For `deserialize_with` of a required property that may be null: where it is absent, that is an error.
///
/// # Errors
/// When the value does not fit the type.
pub fn nullable<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    reader: D,
) -> Result<Option<T>, D::Error> {
    Option::deserialize(reader)
}

/// For `deserialize_with` of typed further properties: serde keeps them aside before it knows their type, and so as they came.
///
/// # Errors
/// When a value does not fit the type.
pub fn further<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    reader: D,
) -> Result<BTreeMap<String, T>, D::Error> {
    BTreeMap::deserialize(meant_aside(reader))
}

/// A message with a payload that is JSON, without headers.
///
/// # Errors
/// As of [`json`].
#[inline]
pub fn json_message<M: TypedMessage>(
    payload: &(impl Serialize + ?Sized),
) -> Result<Message, InvalidMessage> {
    Ok(bytes_message::<M>(json(M::NAMES[0], payload)?))
}

/// A message with that body, without headers.
#[inline]
#[must_use]
pub fn bytes_message<M: TypedMessage>(body: Bytes) -> Message {
    Message::named(M::NAMES[0], M::CONTENT_TYPE, body)
}

/// Headers and payload, or all that is wrong with either.
///
/// # Errors
/// When something is.
pub fn both<H, P>(
    headers: Result<H, InvalidMessage>,
    payload: Result<P, InvalidMessage>,
) -> Result<(H, P), InvalidMessage> {
    match (headers, payload) {
        (Ok(headers), Ok(payload)) => Ok((headers, payload)),
        (Err(mut invalid), Err(more)) => {
            invalid.take(Err::<(), _>(more));
            Err(invalid)
        }
        (Err(invalid), Ok(_)) | (Ok(_), Err(invalid)) => Err(invalid),
    }
}

/// The payload as JSON text.
///
/// # Errors
/// When it has no JSON form (a map with keys that are not text, say).
#[inline]
pub fn json<T: Serialize + ?Sized>(name: &str, payload: &T) -> Result<Bytes, InvalidMessage> {
    let invalid =
        |error: serde_json::Error| InvalidMessage::at(name, "/payload", error.to_string());
    SCRATCH.with(|scratch| {
        // Taken out, because writing may come back here.
        let mut text = scratch.take();
        text.clear();
        let written = json::to_writer(&mut text, payload);
        let body = written.map(|()| Bytes::copy_from_slice(&text));
        if text.capacity() <= MOST_SCRATCH {
            scratch.set(text);
        }
        body.map_err(invalid)
    })
}

thread_local! {
    /// What texts are written to, before their length is known.
    static SCRATCH: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// Largest text that leaves its memory to the next, in bytes.
const MOST_SCRATCH: usize = 64 << 10;

/// The payload from JSON text.
///
/// # Errors
/// When it is not JSON or does not fit the type; the pointer names the place.
#[inline]
pub fn from_json<T: DeserializeOwned>(name: &str, message: &Message) -> Result<T, InvalidMessage> {
    // The place is looked for only where there is something wrong.
    let text = std::str::from_utf8(&message.body).ok();
    let value = text.and_then(|text| from_str(text).ok());
    value.map_or_else(|| from_json_slowly(name, message), Ok)
}

/// A value from JSON text, with nothing behind it.
#[inline]
fn from_str<T: DeserializeOwned>(text: &str) -> serde_json::Result<T> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = T::deserialize(meant(&mut reader))?;
    reader.end().map(|()| value)
}

/// A number that a document states.
#[must_use]
pub const fn decimal(text: &'static str) -> Decimal {
    Decimal::literal(text)
}

/// The number of a tag, where it is an integer.
#[must_use]
pub fn exact_whole(value: &Json) -> Option<i64> {
    value.as_number()?.to_i128()?.try_into().ok()
}

/// The number of a tag, where it is an integer: `1.0` is one too.
#[must_use]
pub fn whole(value: &serde_json::Value) -> Option<i64> {
    i64::deserialize(meant(value)).ok()
}

#[cold]
fn from_json_slowly<T: DeserializeOwned>(
    name: &str,
    message: &Message,
) -> Result<T, InvalidMessage> {
    let mut reader = serde_json::Deserializer::from_slice(&message.body);
    let (read, below) = place::looking(|| serde_path_to_error::deserialize(meant(&mut reader)));
    let value = read.map_err(|error| {
        let pointer = format!("/payload{}{below}", place::pointer(error.path()));
        InvalidMessage::at(name, pointer, error.inner().to_string())
    })?;
    reader
        .end()
        .map_err(|error| InvalidMessage::at(name, "/payload", error.to_string()))?;
    Ok(value)
}

/// A header's text.
///
/// # Errors
/// When it is not UTF-8.
pub fn header_text<'m>(
    name: &str,
    message: &'m Message,
    header: &str,
) -> Result<Option<&'m str>, InvalidMessage> {
    let Some(value) = message.header(header) else {
        return Ok(None);
    };
    let text = str::from_utf8(value).map_err(|_| at_header(name, header, "is not UTF-8 text"))?;
    Ok(Some(text))
}

/// A header of any type of the document: its text taken as a string, where the type has no strings as JSON.
///
/// # Errors
/// When its text does not fit the type either way.
pub fn header_json<T>(
    name: &str,
    message: &Message,
    header: &str,
) -> Result<Option<T>, InvalidMessage>
where
    T: DeserializeOwned,
{
    let Some(text) = header_text(name, message, header)? else {
        return Ok(None);
    };
    let plain: Result<T, serde::de::value::Error> = T::deserialize(text.into_deserializer());
    let value = plain.or_else(|plain| from_str(text).map_err(|_| plain));
    value
        .map(Some)
        .map_err(|error| at_header(name, header, &error.to_string()))
}

/// Sets a header to a value's text.
pub fn set_header(message: &mut Message, header: &str, value: impl Display) {
    message.set_header(header, value.to_string());
}

/// Sets a header of any type of the document: a string as it is, null not at all, the rest as JSON.
///
/// # Errors
/// When the value has no JSON form.
pub fn set_header_json<T>(
    name: &str,
    message: &mut Message,
    header: &str,
    value: &T,
) -> Result<(), InvalidMessage>
where
    T: Serialize + ?Sized,
{
    match serde_json::to_value(value) {
        Ok(serde_json::Value::Null) => {}
        Ok(serde_json::Value::String(text)) => message.set_header(header, text),
        // By its text, which has all digits of its numbers.
        _ => match serde_json::to_string(value) {
            Ok(text) => message.set_header(header, text),
            Err(error) => return Err(at_header(name, header, &error.to_string())),
        },
    }
    Ok(())
}

fn at_header(name: &str, header: &str, reason: &str) -> InvalidMessage {
    InvalidMessage::at(name, format!("/headers/{}", escape(header)), reason)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    struct Order {
        #[expect(dead_code, reason = "only its reading matters")]
        items: Vec<Item>,
    }

    #[derive(Debug, Deserialize)]
    struct Item {
        #[expect(dead_code, reason = "only its reading matters")]
        sku: String,
    }

    fn with_header(value: &[u8]) -> Message {
        let mut message = Message::new("");
        message.set_header("h", value.to_vec());
        message
    }

    #[test]
    fn points_at_the_failing_place_of_a_payload() {
        let message = Message::new(r#"{"items": [{"sku": "a"}, {"sku": 5}]}"#);
        let error = from_json::<Order>("Order", &message).unwrap_err();
        assert_eq!(error.violations()[0].pointer, "/payload/items/1/sku");
        let error = from_json::<Order>("Order", &Message::new(r#"{"items": []} x"#)).unwrap_err();
        assert_eq!(error.violations()[0].pointer, "/payload");
        assert!(from_json::<Order>("Order", &Message::new("")).is_err());
        assert!(from_json::<Order>("Order", &Message::new("[[]]")).is_err());
    }

    #[test]
    fn points_at_the_failing_place_within_unions_within_unions() {
        #[derive(Debug)]
        struct Either<T>(T);
        impl<'de, T: DeserializeOwned> Deserialize<'de> for Either<T> {
            fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
                let value = serde_json::Value::deserialize(reader)?;
                let branch = from_value(value).map(Self);
                branch.map_err(serde::de::Error::custom)
            }
        }
        type Nested = Vec<Either<Vec<Either<Order>>>>;
        let message = Message::new(r#"[[], [{"items": []}, {"items": [{"sku": 5}]}]]"#);
        let error = from_json::<Nested>("Nested", &message).unwrap_err();
        let violation = &error.violations()[0];
        assert_eq!(violation.pointer, "/payload/1/1/items/0/sku");
        assert!(
            violation.reason.starts_with("invalid type: integer"),
            "{violation:?}"
        );
    }

    #[test]
    fn headers_are_read_as_text_or_as_json() {
        assert_eq!(
            header_json::<String>("M", &with_header(b"42"), "h"),
            Ok(Some("42".into()))
        );
        assert_eq!(
            header_json::<i64>("M", &with_header(b"42"), "h"),
            Ok(Some(42))
        );
        assert_eq!(
            header_json::<Vec<u8>>("M", &with_header(b"[1]"), "h"),
            Ok(Some(vec![1]))
        );
        assert_eq!(
            header_json::<i64>("M", &with_header(b"42"), "other"),
            Ok(None)
        );
        assert_eq!(
            header_json::<i64>("M", &with_header(b"1.0"), "h"),
            Ok(Some(1))
        );
        let list = br#"[[{"sku": "a"}]]"#;
        assert!(header_json::<Order>("M", &with_header(list), "h").is_err());
        let error = header_json::<i64>("M", &with_header(b"x"), "h").unwrap_err();
        assert_eq!(error.violations()[0].pointer, "/headers/h");
        assert!(header_text("M", &with_header(b"\xff"), "h").is_err());
    }

    #[test]
    fn headers_come_back_as_they_were_written() {
        let mut message = Message::new("");
        set_header_json("M", &mut message, "text", "a").unwrap();
        set_header_json("M", &mut message, "number", &1.5).unwrap();
        set_header_json("M", &mut message, "none", &None::<u8>).unwrap();
        assert_eq!(
            header_json::<String>("M", &message, "text"),
            Ok(Some("a".into()))
        );
        assert_eq!(header_json::<f64>("M", &message, "number"), Ok(Some(1.5)));
        assert_eq!(header_json::<u8>("M", &message, "none"), Ok(None));
    }

    #[test]
    fn listed_values_are_found_by_their_text() {
        let all = ["red", "green"];
        assert_eq!(listed("Light", &all, |light| light, "green"), Ok("green"));
        let error = listed("Light", &all, |light| light, "blue").unwrap_err();
        let reason = "`Light`: `blue` is none of `red`, `green`";
        assert_eq!(error.to_string(), reason);
    }

    #[test]
    fn further_properties_are_read_as_json_schema_means_them() {
        #[derive(Debug, Deserialize)]
        #[serde(bound = "T: DeserializeOwned")]
        struct Stock<T> {
            #[expect(dead_code, reason = "only what stands beside it matters")]
            name: String,
            #[serde(flatten, deserialize_with = "further")]
            extra: BTreeMap<String, T>,
        }
        let body = r#"{"name": "a", "apples": 2.0, "pears": 3}"#;
        let stock: Stock<u8> = from_json("Stock", &Message::new(body)).unwrap();
        assert_eq!(stock.extra["apples"], 2);
        let list = r#"{"name": "a", "more": [[{"sku": "b"}]]}"#;
        assert!(from_json::<Stock<Order>>("Stock", &Message::new(list)).is_err());
        let order = r#"{"name": "a", "more": {"items": [{"sku": "b"}]}}"#;
        assert!(from_json::<Stock<Order>>("Stock", &Message::new(order)).is_ok());
    }

    #[test]
    fn null_and_absent_are_kept_apart() {
        #[derive(Debug, PartialEq, Deserialize)]
        struct Both {
            #[serde(default, with = "given")]
            optional: Option<Option<u8>>,
            #[serde(default, with = "given")]
            never_null: Option<u8>,
            #[serde(deserialize_with = "nullable")]
            required: Option<u8>,
        }
        let read = |body: &'static str| from_json::<Both>("Both", &Message::new(body)).ok();
        assert_eq!(
            read(r#"{"required": null}"#),
            Some(Both {
                optional: None,
                never_null: None,
                required: None
            })
        );
        let both = Both {
            optional: Some(None),
            never_null: Some(2),
            required: Some(1),
        };
        let text = r#"{"optional": null, "never_null": 2, "required": 1}"#;
        assert_eq!(read(text), Some(both));
        assert_eq!(read(r#"{"never_null": null, "required": 1}"#), None);
        assert_eq!(read("{}"), None);
    }
}
