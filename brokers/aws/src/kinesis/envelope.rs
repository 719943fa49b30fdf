//! How a message travels by Kinesis. A record is bytes and a partition key, so that all else is around the body: a CloudEvent in one
//! piece, as JSON. What is no such event is a body alone.
use crate::{
    names::hash,
    packing::{Header, Value, largest, ordered},
};
use aws_sdk_kinesis::primitives::{DateTime, DateTimeFormat};
use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use serde_json::{Map, value::RawValue};
use std::{collections::BTreeMap, time::SystemTime};
use tidings::{Error, ErrorKind, Message, MessageId, Result};

/// Most bytes of a record, its partition key among them.
pub(crate) const WIRE: usize = 1 << 20;
/// The largest message that has room in them, whatever its own are.
pub(crate) const LARGEST: usize = largest(WIRE);

const VERSION: &str = "1.0";
/// Whom an event is from, which no attribute of ours says better.
const SOURCE: &str = "/tidings";
/// The type of what has no name.
const NAMELESS: &str = "tidings.nameless";
/// Longest partition key, in letters.
const LONGEST_KEY: usize = 256;
/// Longest name of an attribute.
const LONGEST_NAME: usize = 20;

/// Attributes that no header may be.
const OURS: [&str; 13] = [
    "specversion",
    "id",
    "source",
    "type",
    "datacontenttype",
    "time",
    "correlationid",
    "replyto",
    "expirytime",
    "keyless",
    "keybase64",
    "headers",
    "data",
];
const BASE64: &str = "data_base64";

/// A message as it travels.
#[derive(Debug)]
pub(crate) struct Packed {
    pub(crate) data: Vec<u8>,
    pub(crate) key: String,
}

/// A record that came.
#[derive(Debug, Default)]
pub(crate) struct Came {
    pub(crate) data: Bytes,
    pub(crate) key: String,
    /// What identifies it at the broker.
    pub(crate) place: String,
    pub(crate) arrived: Option<SystemTime>,
}

pub(crate) fn pack(message: &Message) -> Result<Packed> {
    // No work for what has no room.
    if message.body.len() > WIRE {
        return Err(too_large());
    }
    // An event has an id and a type, and a record a key.
    let id = match message.id.to_text() {
        id if id.is_empty() => MessageId::fresh().to_text(),
        id => id,
    };
    let name = message.name.as_deref().filter(|name| !name.is_empty());
    let mut event = Map::new();
    let mut set = |name: &str, value: &str| event.insert(name.to_owned(), value.into());
    set("specversion", VERSION);
    set("id", &id);
    set("source", SOURCE);
    set("type", name.unwrap_or(NAMELESS));
    for (name, text) in [
        ("datacontenttype", &message.content_type),
        ("correlationid", &message.correlation_id),
        ("replyto", &message.reply_to),
    ] {
        if let Some(text) = text {
            set(name, text);
        }
    }
    for (name, time) in [("time", message.created), ("expirytime", message.expires)] {
        if let Some(text) = time.and_then(written) {
            set(name, &text);
        }
    }
    let key = match &message.key {
        Some(key) => match as_it_is(key) {
            Some(text) => text.to_owned(),
            None => {
                set("keybase64", &BASE64_STANDARD.encode(key));
                hash(key)
            }
        },
        None => id.chars().take(LONGEST_KEY).collect(),
    };
    for (name, value) in headers(message)? {
        set(&name, &value);
    }
    if message.key.is_none() {
        event.insert("keyless".to_owned(), true.into());
    }
    let (is_plain, data) = write(&event, message)?;
    // A text is as large as others may send it, so that what came can be given up.
    if !is_plain && message.size() > LARGEST {
        return Err(too_large());
    }
    match data.len() + key.len() > WIRE {
        true => Err(too_large()),
        false => Ok(Packed { data, key }),
    }
}

fn too_large() -> Error {
    let reason =
        format!("a message has at most {LARGEST} bytes, and {WIRE} with what is around it");
    Error::new(ErrorKind::TooLarge, "publish", reason)
}

/// The attributes, with the body behind them, and whether that is as it is.
fn write(event: &Map<String, serde_json::Value>, message: &Message) -> Result<(bool, Vec<u8>)> {
    let unwritten = |error| {
        let error = fault(error);
        Error::new(ErrorKind::Invalid, "publish", error)
    };
    let mut text = serde_json::to_string(event).map_err(unwritten)?;
    text.pop();
    let plain = |text: &str| serde_json::to_string(text);
    let body = str::from_utf8(&message.body).ok();
    let (name, data) = match (is_json(message.content_type.as_deref()), body) {
        (true, Some(body)) if is_value(body) => ("data", body.to_owned()),
        (false, Some(body)) if message.content_type.is_some() => {
            let quoted = plain(body).map_err(unwritten)?;
            match quoted.len() > message.body.len() / 3 * 4 + 8 {
                true => (BASE64, encoded(&message.body)),
                false => ("data", quoted),
            }
        }
        _ => (BASE64, encoded(&message.body)),
    };
    text.push_str(&format!(r#","{name}":{data}}}"#));
    Ok((name != BASE64, text.into_bytes()))
}

fn fault(error: serde_json::Error) -> String {
    format!("its properties cannot be written: {error}")
}

fn encoded(body: &[u8]) -> String {
    format!(r#""{}""#, BASE64_STANDARD.encode(body))
}

/// Whether `data` of that type is JSON, as of an event without a type.
fn is_json(content_type: Option<&str>) -> bool {
    let Some(text) = content_type else {
        return true;
    };
    let essence = text.split(';').next().unwrap_or(text).trim();
    let essence = essence.to_ascii_lowercase();
    essence.ends_with("/json") || essence.ends_with("+json")
}

/// Whether it is one value of JSON, and nothing around it.
fn is_value(text: &str) -> bool {
    serde_json::from_str::<&RawValue>(text).is_ok_and(|value| value.get().len() == text.len())
}

/// A key that may be a partition key.
fn as_it_is(key: &[u8]) -> Option<&str> {
    let text = str::from_utf8(key).ok()?;
    (1..=LONGEST_KEY)
        .contains(&text.chars().count())
        .then_some(text)
}

/// Those that may be attributes are; where some may not, or the order says something, all are told by `headers` besides.
fn headers(message: &Message) -> Result<BTreeMap<String, String>> {
    let mut attributes = BTreeMap::new();
    let mut all = Vec::new();
    for (name, value) in &message.headers {
        let count = message.headers.iter();
        let is_alone = count.filter(|(other, _)| other == name).count() == 1;
        let text = str::from_utf8(value).ok();
        let text = text.filter(|text| !text.is_empty() && !text.chars().any(char::is_control));
        match text {
            Some(text) if is_alone && is_name(name) => {
                attributes.insert(name.to_string(), text.to_owned());
                all.push(Header::Attribute(name.to_string()));
            }
            _ => all.push(Header::Packed(name.to_string(), Value::of(value))),
        }
    }
    let is_plain = attributes.len() == message.headers.len()
        && message.headers.iter().map(|(name, _)| name).is_sorted();
    if !is_plain {
        let told = serde_json::to_string(&all);
        let told = told.map_err(|error| Error::new(ErrorKind::Invalid, "publish", fault(error)))?;
        attributes.insert("headers".to_owned(), told);
    }
    Ok(attributes)
}

/// Whether an attribute may be called that.
fn is_name(name: &str) -> bool {
    let letters = |letter: u8| letter.is_ascii_lowercase() || letter.is_ascii_digit();
    (1..=LONGEST_NAME).contains(&name.len()) && name.bytes().all(letters) && !OURS.contains(&name)
}

fn written(time: SystemTime) -> Option<String> {
    DateTime::from(time).fmt(DateTimeFormat::DateTime).ok()
}

fn read_time(text: &str) -> Option<SystemTime> {
    let time = DateTime::from_str(text, DateTimeFormat::DateTimeWithOffset).ok()?;
    SystemTime::try_from(time).ok()
}

/// Reads what came, of us or of others.
pub(crate) fn unpack(came: Came) -> Message {
    match event(&came) {
        Some(message) => message,
        None => {
            let mut message = Message::new(came.data);
            message.id = MessageId::from(&*came.place);
            message.key = Some(came.key.into());
            message.created = came.arrived;
            message
        }
    }
}

/// The same of an event; nothing where it is none.
fn event(came: &Came) -> Option<Message> {
    // Most of what is no event is told from one without being read.
    if !came.data.starts_with(b"{") {
        return None;
    }
    let mut all: BTreeMap<String, &RawValue> = serde_json::from_slice(&came.data).ok()?;
    let mut take = |name: &str| all.remove(name).map(text);
    let is_event = take("specversion")? == VERSION;
    let (id, source, name) = (take("id")?, take("source")?, take("type")?);
    if !is_event || [&id, &source, &name].iter().any(|text| text.is_empty()) {
        return None;
    }
    let content_type = take("datacontenttype");
    let mut message = Message::default();
    message.id = MessageId::from(&*id);
    message.name = Some(name).filter(|name| name != NAMELESS).map(Into::into);
    message.correlation_id = take("correlationid").map(Into::into);
    message.reply_to = take("replyto").map(Into::into);
    // Of others it is known when it came.
    let arrived = came.arrived.filter(|_| source != SOURCE);
    let time = take("time").and_then(|text| read_time(&text));
    message.created = time.or(arrived);
    message.expires = take("expirytime").and_then(|text| read_time(&text));
    let key = take("keybase64").and_then(|text| BASE64_STANDARD.decode(text).ok());
    let is_keyless = take("keyless").is_some_and(|text| text == "true");
    let own = (!is_keyless).then(|| Bytes::from(came.key.clone()));
    message.key = key.map(Bytes::from).or(own);
    let told = take("headers").and_then(|text| serde_json::from_str(&text).ok());
    message.body = match all.remove(BASE64) {
        Some(value) => BASE64_STANDARD.decode(text(value)).ok()?.into(),
        None => body(all.remove("data"), content_type.as_deref()),
    };
    message.content_type = content_type.map(Into::into);
    let attributes = all.into_iter();
    let attributes = attributes.map(|(name, value)| (name, text(value).into()));
    message.headers = ordered(attributes.collect(), told.unwrap_or_default());
    Some(message)
}

fn body(data: Option<&RawValue>, content_type: Option<&str>) -> Bytes {
    let Some(data) = data else {
        return Bytes::new();
    };
    match is_json(content_type) {
        true => data.get().to_owned().into(),
        false => text(data).into(),
    }
}

/// A text, or whatever else it is, as it is written.
fn text(value: &RawValue) -> String {
    serde_json::from_str(value.get()).unwrap_or_else(|_| value.get().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::time::{Duration, UNIX_EPOCH};

    fn came(packed: Packed) -> Message {
        unpack(Came {
            data: packed.data.into(),
            key: packed.key,
            place: "stream/shard/1".to_owned(),
            arrived: Some(UNIX_EPOCH),
        })
    }

    fn back(message: &Message) -> Message {
        came(pack(message).expect("it has room"))
    }

    fn json(message: &Message) -> serde_json::Value {
        let packed = pack(message).expect("it has room");
        serde_json::from_slice(&packed.data).expect("it is JSON")
    }

    #[test]
    fn everything_comes_back_whatever_it_is() {
        for headers in [
            &[("a", &b"1"[..]), ("b2", b"2")][..],
            &[("b", b"1"), ("a", b"2")],
            &[
                ("a", b"1"),
                ("a", b"2"),
                ("", b""),
                ("id", b"x"),
                ("headers", b"y"),
            ],
            &[
                ("bytes", &[0, 255]),
                ("ctrl", b"\x01"),
                ("X-Space ü", b"\""),
            ],
        ] {
            let mut message = Message::named("Order/ü", "application/json", "{ \"a\" : 1.50 }");
            let headers = headers.iter();
            let header =
                |(name, value): &(&str, &[u8])| ((*name).into(), Bytes::copy_from_slice(value));
            message.headers = headers.map(header).collect();
            message.reply_to = Some("replies".into());
            message.correlation_id = Some("7".into());
            message.created = Some(UNIX_EPOCH + Duration::from_millis(1_700_000_000_123));
            message.expires = Some(UNIX_EPOCH + Duration::from_secs(1_800_000_000));
            for key in [&b"O-1"[..], b"", b"\xff", "ü".repeat(300).as_bytes()] {
                message.key = Some(Bytes::copy_from_slice(key));
                assert_eq!(back(&message), message);
            }
            message.key = None;
            assert_eq!(back(&message), message);
        }
        let types = [
            None,
            Some("application/json"),
            Some("text/plain"),
            Some("image/png"),
        ];
        for content_type in types {
            for body in [
                &b""[..],
                b"\x00\xff",
                b"text",
                b"{\"a\":[1]}",
                b" {} ",
                b"null",
                b"\"a\"",
            ] {
                let mut message = Message::new(Bytes::copy_from_slice(body));
                message.content_type = content_type.map(Into::into);
                assert_eq!(back(&message), message, "{content_type:?}");
            }
        }
    }

    #[test]
    fn a_body_of_json_is_the_data_of_an_event() {
        let mut message = Message::named("OrderPlaced", "application/json", r#"{"orderId":"O-1"}"#);
        message.key = Some("O-1".into());
        message.set_header("tenant", "acme");
        let mut event = json(&message);
        let id = event["id"].take();
        assert_eq!(id, *message.id.to_text());
        let expected = json!({
            "specversion": "1.0", "id": null, "source": "/tidings", "type": "OrderPlaced",
            "datacontenttype": "application/json", "tenant": "acme", "data": { "orderId": "O-1" },
        });
        assert_eq!(event, expected);
        assert_eq!(pack(&message).expect("it has room").key, "O-1");
        let text = Message::named("Note", "text/plain", "a \"note\"");
        assert_eq!(json(&text)["data"], "a \"note\"");
        assert_eq!(json(&Message::new("a"))["data_base64"], "YQ==");
        assert_eq!(json(&Message::new("a"))["keyless"], true);
    }

    #[test]
    fn what_has_no_id_is_given_one() {
        for key in [None, Some("k".into())] {
            let mut message = Message::new("text");
            message.id = MessageId::from("");
            message.name = Some("".into());
            message.correlation_id = Some("7".into());
            message.key = key.clone();
            assert!(!pack(&message).expect("it has room").key.is_empty());
            let back = back(&message);
            assert!(!back.id.to_text().is_empty());
            assert_eq!((back.name, back.key), (None, key));
            assert_eq!(back.correlation_id.as_deref(), Some("7"));
            assert_eq!(back.body, "text");
        }
    }

    #[test]
    fn what_is_no_event_is_a_body() {
        for data in [
            "{}",
            "text",
            "",
            r#"{"specversion":"0.3","id":"1","source":"a","type":"b"}"#,
        ] {
            let message = unpack(Came {
                data: data.into(),
                key: "k".to_owned(),
                place: "s/shard/7".to_owned(),
                arrived: Some(UNIX_EPOCH),
            });
            assert_eq!(message.body, data);
            assert_eq!(*message.id.to_text(), *"s/shard/7");
            assert_eq!(message.key.as_deref(), Some(&b"k"[..]));
            assert_eq!((message.name, message.created), (None, Some(UNIX_EPOCH)));
        }
    }

    #[test]
    fn events_of_others_are_read() {
        let event = json!({
            "specversion": "1.0", "id": "7", "source": "https://example.com", "type": "OrderPlaced",
            "time": "2026-11-29T12:00:00+01:00", "subject": "O-1", "count": 3,
            "headers": r#"[["X-Tenant","acme"],"subject"]"#, "data": { "orderId": "O-1" },
        });
        let message = unpack(Came {
            data: event.to_string().into(),
            key: "O-1".to_owned(),
            ..Came::default()
        });
        assert_eq!(message.body, r#"{"orderId":"O-1"}"#);
        assert_eq!(message.key.as_deref(), Some(&b"O-1"[..]));
        let at = UNIX_EPOCH + Duration::from_secs(1_795_950_000);
        assert_eq!(message.created, Some(at));
        let mut later = event;
        later["time"].take();
        let later = unpack(Came {
            data: later.to_string().replace("null", "\"-\"").into(),
            arrived: Some(UNIX_EPOCH),
            ..Came::default()
        });
        assert_eq!(later.created, Some(UNIX_EPOCH), "it is not said, but known");
        let headers = message.headers.iter().map(|(name, _)| &**name);
        assert_eq!(
            headers.collect::<Vec<_>>(),
            ["X-Tenant", "subject", "count"]
        );
    }

    #[test]
    fn what_has_no_room_is_told() {
        let mut message = Message::new(vec![0; LARGEST]);
        assert!(pack(&message).is_ok());
        message.body = vec![0; LARGEST + 1].into();
        assert!(pack(&message).is_err());
        message.content_type = Some("text/plain".into());
        message.body = vec![b'"'; WIRE / 4 * 3].into();
        assert!(pack(&message).is_err());
        message.body = vec![b'a'; WIRE - 1000].into();
        assert!(
            pack(&message).is_ok(),
            "others may send it, and it is to be given up"
        );
        message.body = vec![b'a'; WIRE].into();
        let error = pack(&message).expect_err("it is too large");
        assert_eq!(error.kind(), ErrorKind::TooLarge);
    }
}
