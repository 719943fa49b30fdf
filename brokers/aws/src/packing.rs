//! How a message travels by SQS and SNS: a text as its body, and at most ten attributes. What of it no attribute can be is in one of
//! ours, as JSON.
use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use tidings::{Error, ErrorKind, Message, MessageId, Result, Str};

/// Our attribute.
pub(crate) const OURS: &str = "tidings";
/// Most attributes of a message.
const ATTRIBUTES: usize = 10;

/// The largest message that has room in so many bytes, whatever its own are: as Base64, with the names of its parts.
pub(crate) const fn largest(wire: usize) -> usize {
    (wire - (16 << 10)) / 4 * 3
}

/// How a body travels that is no text.
const BASE64: &str = "base64";
/// What stands for a body that is empty, which no body may be.
const EMPTY: &str = "-";
/// What an attribute of text is.
pub(crate) const STRING: &str = "String";

/// A message as it travels.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Packed {
    pub(crate) body: String,
    /// Texts, by their names.
    pub(crate) attributes: BTreeMap<String, String>,
}

/// What came, by which a message is read.
#[derive(Debug, Default)]
pub(crate) struct Came {
    pub(crate) body: String,
    pub(crate) attributes: Vec<(String, Bytes)>,
    /// What identifies it at the broker.
    pub(crate) id: String,
    /// The group that it is of.
    pub(crate) group: Option<String>,
    /// When it was sent, in milliseconds since 1970.
    pub(crate) sent: Option<u64>,
}

/// All of a message but its body and those headers that are attributes.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Ours {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reply_to: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    correlation_id: Option<String>,
    /// The key, where the group does not say it.
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<Value>,
    /// The group is none of the document's.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    keyless: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    created: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<u64>,
    /// How the body is to be read: `base64`, `empty`, or as it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    /// All headers in their order, those that are attributes by their names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    headers: Vec<Header>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Header {
    Attribute(String),
    Packed(String, Value),
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Value {
    Text(String),
    Bytes { base64: String },
}

impl Value {
    pub(crate) fn of(bytes: &[u8]) -> Self {
        match str::from_utf8(bytes) {
            Ok(text) if text.chars().all(is_allowed) => Self::Text(text.to_owned()),
            _ => Self::Bytes {
                base64: BASE64_STANDARD.encode(bytes),
            },
        }
    }

    fn bytes(self) -> Option<Bytes> {
        match self {
            Self::Text(text) => Some(text.into()),
            Self::Bytes { base64 } => BASE64_STANDARD.decode(base64).ok().map(Into::into),
        }
    }
}

/// Packs a message into so many bytes, of that group where there are groups.
pub(crate) fn pack(message: &Message, group: Option<&str>, wire: usize) -> Result<Packed> {
    // No work for what has no room.
    if message.body.len() > wire {
        return Err(too_large(wire));
    }
    let (body, told) = body(&message.body);
    // A text is as large as others may send it, so that what came can be given up.
    if told == Some(BASE64) && message.size() > largest(wire) {
        return Err(too_large(wire));
    }
    let (mut attributes, headers) = headers(&message.headers);
    let text = |text: &Option<Str>| text.as_ref().map(ToString::to_string);
    let is_said = |key: &Bytes| group.is_some_and(|group| group.as_bytes() == *key);
    let ours = Ours {
        id: Some(message.id.to_text().to_string()),
        name: text(&message.name),
        content_type: text(&message.content_type),
        reply_to: text(&message.reply_to),
        correlation_id: text(&message.correlation_id),
        key: message
            .key
            .as_ref()
            .filter(|key| !is_said(key))
            .map(|key| Value::of(key)),
        keyless: group.is_some() && message.key.is_none(),
        created: message.created.and_then(milliseconds),
        expires: message.expires.and_then(milliseconds),
        body: told.map(str::to_owned),
        headers,
    };
    attributes.insert(OURS.to_owned(), json(&ours)?);
    let packed = Packed { body, attributes };
    match packed.size() > wire {
        true => Err(too_large(wire)),
        false => Ok(packed),
    }
}

/// As JSON; letters that may not travel are escaped.
fn json(ours: &Ours) -> Result<String> {
    let json = serde_json::to_string(ours).map_err(|error| {
        Error::new(
            ErrorKind::Invalid,
            "publish",
            "its properties cannot be written",
        )
        .because(error)
    })?;
    let escape = |letter: char| match is_allowed(letter) {
        true => letter.to_string(),
        false => {
            let mut units = [0; 2];
            let units = letter.encode_utf16(&mut units).iter();
            units.map(|unit| format!("\\u{unit:04x}")).collect()
        }
    };
    Ok(match json.chars().all(is_allowed) {
        true => json,
        false => json.chars().map(escape).collect(),
    })
}

fn too_large(wire: usize) -> Error {
    let largest = largest(wire);
    let reason = format!("a message has at most {largest} bytes, and {wire} as it travels");
    Error::new(ErrorKind::TooLarge, "publish", reason)
}

impl Packed {
    /// How much of the limit it takes.
    pub(crate) fn size(&self) -> usize {
        let attributes = self.attributes.iter();
        let attributes = attributes.map(|(name, value)| name.len() + STRING.len() + value.len());
        self.body.len() + attributes.sum::<usize>()
    }
}

fn body(body: &[u8]) -> (String, Option<&'static str>) {
    match str::from_utf8(body) {
        Ok("") => (EMPTY.to_owned(), Some("empty")),
        Ok(text) if text.chars().all(is_allowed) => (text.to_owned(), None),
        _ => (BASE64_STANDARD.encode(body), Some(BASE64)),
    }
}

/// Those that attributes can be, and all in their order where that is not the order of their names, or some can be none.
fn headers(headers: &[(Str, Bytes)]) -> (BTreeMap<String, String>, Vec<Header>) {
    let mut attributes = BTreeMap::new();
    let mut all = Vec::new();
    for (name, value) in headers {
        let is_alone = headers.iter().filter(|(other, _)| other == name).count() == 1;
        let text = str::from_utf8(value).ok();
        let text = text.filter(|text| !text.is_empty() && text.chars().all(is_allowed));
        match text {
            Some(text) if is_alone && is_name(name) && attributes.len() < ATTRIBUTES - 1 => {
                attributes.insert(name.to_string(), text.to_owned());
                all.push(Header::Attribute(name.to_string()));
            }
            _ => all.push(Header::Packed(name.to_string(), Value::of(value))),
        }
    }
    let names = headers.iter().map(|(name, _)| name);
    if attributes.len() == headers.len() && names.is_sorted() {
        all.clear();
    }
    (attributes, all)
}

/// Whether an attribute may be called that.
fn is_name(name: &str) -> bool {
    let letters = |letter: char| letter.is_ascii_alphanumeric() || "_-.".contains(letter);
    let lower = name.to_ascii_lowercase();
    let is_theirs = lower.starts_with("aws.") || lower.starts_with("amazon.");
    let dots = name.starts_with('.') || name.ends_with('.') || name.contains("..");
    (1..=256).contains(&name.len())
        && name.chars().all(letters)
        && !is_theirs
        && !dots
        && name != OURS
}

/// Whether a text may have that letter.
fn is_allowed(letter: char) -> bool {
    matches!(letter, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// A group for a key: itself where it may be one, else a hash of it; for a message without a key one of its own.
pub(crate) fn group(message: &Message) -> String {
    let Some(key) = &message.key else {
        return token(message.id.to_text().as_bytes());
    };
    token(key)
}

/// As a group may be: up to 128 letters, digits and marks.
fn token(text: &[u8]) -> String {
    let may_be = (1..=128).contains(&text.len()) && text.iter().all(u8::is_ascii_graphic);
    match str::from_utf8(text) {
        Ok(text) if may_be => text.to_owned(),
        _ => crate::names::hash(text),
    }
}

/// Reads what came, of us or of others.
pub(crate) fn unpack(came: Came) -> Message {
    let told = came.attributes.iter().find(|(name, _)| name == OURS);
    let told = told.and_then(|(_, value)| serde_json::from_slice::<Ours>(value).ok());
    let is_ours = told.is_some();
    let ours = told.unwrap_or_default();
    let bytes = match ours.body.as_deref() {
        Some("empty") => Some(Bytes::new()),
        Some(BASE64) => BASE64_STANDARD.decode(&came.body).ok().map(Into::into),
        _ => None,
    };
    let mut message = Message::new(bytes.unwrap_or_else(|| came.body.into()));
    // Whoever says no id says of no message when it was made.
    let sent = came.sent.filter(|_| ours.id.is_none());
    let id = ours.id.filter(|id| !id.is_empty()).unwrap_or(came.id);
    message.id = MessageId::from(&*id);
    message.name = ours.name.map(Into::into);
    message.content_type = ours.content_type.map(Into::into);
    message.reply_to = ours.reply_to.map(Into::into);
    message.correlation_id = ours.correlation_id.map(Into::into);
    let group = came.group.filter(|_| !ours.keyless).map(Bytes::from);
    message.key = ours.key.and_then(Value::bytes).or(group);
    message.created = ours.created.or(sent).and_then(time);
    message.expires = ours.expires.and_then(time);
    let attributes = came.attributes.into_iter();
    let others = attributes.filter(|(name, _)| !is_ours || name != OURS);
    message.headers = ordered(others.collect(), ours.headers);
    message
}

/// Headers in the order that is told, then all others by their names.
pub(crate) fn ordered(attributes: BTreeMap<String, Bytes>, told: Vec<Header>) -> Vec<(Str, Bytes)> {
    let mut left = attributes;
    let mut all = Vec::new();
    for header in told {
        let header = match header {
            Header::Attribute(name) => left.remove(&name).map(|value| (name, value)),
            Header::Packed(name, value) => value.bytes().map(|value| (name, value)),
        };
        all.extend(header);
    }
    all.extend(left);
    let all = all.into_iter();
    all.map(|(name, value)| (name.into(), value)).collect()
}

fn milliseconds(time: SystemTime) -> Option<u64> {
    let since = time.duration_since(UNIX_EPOCH).ok()?;
    since.as_millis().try_into().ok()
}

fn time(milliseconds: u64) -> Option<SystemTime> {
    UNIX_EPOCH.checked_add(Duration::from_millis(milliseconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIRE: usize = 1 << 20;
    const LARGEST: usize = largest(WIRE);

    fn came(packed: Packed, group: Option<&str>) -> Message {
        let attributes = packed.attributes.into_iter();
        unpack(Came {
            body: packed.body,
            attributes: attributes
                .map(|(name, value)| (name, value.into()))
                .collect(),
            id: "of the broker".to_owned(),
            group: group.map(str::to_owned),
            sent: Some(1),
        })
    }

    fn with(headers: &[(&str, &[u8])]) -> Message {
        let mut message = Message::named("Order/ü", "application/json", "{}");
        let headers = headers.iter();
        let header =
            |(name, value): &(&str, &[u8])| ((*name).into(), Bytes::copy_from_slice(value));
        message.headers = headers.map(header).collect();
        message
    }

    #[test]
    fn everything_comes_back_whatever_it_is() {
        let many: Vec<(String, String)> = (0..20)
            .map(|at| (format!("h{at}"), format!("{at}")))
            .collect();
        let many: Vec<(&str, &[u8])> = many
            .iter()
            .map(|(name, value)| (&**name, value.as_bytes()))
            .collect();
        for headers in [
            &[("a", &b"1"[..]), ("b", b"2")][..],
            &[("b", b"1"), ("a", b"2")],
            &[
                ("a", b"1"),
                ("a", b"2"),
                ("", b""),
                ("tidings", b"x"),
                ("aws.a", b"y"),
            ],
            &[
                ("bytes", &[0, 255]),
                ("ctrl", b"\x01"),
                ("with space/ü", b"\xc3\xbc"),
            ],
            &many,
        ] {
            let mut message = with(headers);
            message.reply_to = Some("replies\u{fffe}".into());
            message.key = Some(Bytes::from_static(b"key\x01"));
            message.created = Some(UNIX_EPOCH + Duration::from_millis(1_700_000_000_123));
            for group in [None, Some(group(&message))] {
                let packed = pack(&message, group.as_deref(), WIRE).expect("it has room");
                assert!(packed.attributes.len() <= ATTRIBUTES);
                let texts = packed.attributes.values();
                assert!(texts.clone().all(|text| text.chars().all(is_allowed)));
                assert_eq!(came(packed, group.as_deref()), message);
            }
        }
        for body in [&b""[..], b"\x00\xff", b"text", b"-", "\u{ffff}".as_bytes()] {
            let message = Message::new(Bytes::copy_from_slice(body));
            let packed = pack(&message, None, WIRE).expect("it has room");
            assert!(!packed.body.is_empty());
            assert_eq!(came(packed, None), message);
        }
    }

    #[test]
    fn headers_are_attributes_where_they_can_be() {
        let packed =
            pack(&with(&[("tenant", b"acme"), ("via", b"")]), None, WIRE).expect("it has room");
        assert_eq!(packed.attributes["tenant"], "acme");
        assert_eq!(packed.attributes.len(), 2);
        let packed = pack(&with(&[("tenant", b"acme")]), None, WIRE).expect("it has room");
        assert!(!packed.attributes[OURS].contains("tenant"), "{packed:?}");
    }

    #[test]
    fn groups_are_keys() {
        let mut message = Message::new("a");
        assert_eq!(group(&message), &*message.id.to_text());
        let packed = pack(&message, Some(&group(&message)), WIRE).expect("it has room");
        assert_eq!(came(packed, Some(&group(&message))).key, None);
        message.key = Some("O-1".into());
        assert_eq!(group(&message), "O-1");
        let packed = pack(&message, Some("O-1"), WIRE).expect("it has room");
        assert!(!packed.attributes[OURS].contains("O-1"), "{packed:?}");
        assert_eq!(came(packed, Some("O-1")), message);
        message.key = Some("with space".into());
        assert_eq!(group(&message).len(), 64);
    }

    #[test]
    fn a_foreign_message_keeps_what_it_has() {
        let foreign = |ours: &'static str| {
            unpack(Came {
                body: "hello".into(),
                attributes: vec![("tenant".into(), "acme".into()), (OURS.into(), ours.into())],
                id: "1".into(),
                group: Some("O-1".into()),
                sent: Some(1),
            })
        };
        let message = foreign(r#"{"name": "Order", "replyTo": "here", "other": 1}"#);
        assert_eq!(message.id, MessageId::from("1"));
        assert_eq!(
            (message.name.as_deref(), message.reply_to.as_deref()),
            (Some("Order"), Some("here"))
        );
        assert_eq!(message.key.as_deref(), Some(&b"O-1"[..]));
        assert_eq!(message.created, time(1));
        assert_eq!(message.headers, [("tenant".into(), "acme".into())]);
        // What is none of ours is a header like others.
        assert_eq!(foreign("no JSON").headers.len(), 2);
    }

    #[test]
    fn a_text_is_as_large_as_it_can_be() {
        let text = Message::new("x".repeat(WIRE - 1000));
        let packed = pack(&text, None, WIRE).expect("it has room as it is");
        assert_eq!(came(packed, None), text);
        let error = pack(&Message::new("x".repeat(WIRE)), None, WIRE).err();
        assert_eq!(error.map(|error| error.kind()), Some(ErrorKind::TooLarge));
    }

    #[test]
    fn what_is_too_large_is_told() {
        let kind = |message: &Message| pack(message, None, WIRE).err().map(|error| error.kind());
        assert_eq!(kind(&Message::new(vec![0; LARGEST])), None);
        assert_eq!(
            kind(&Message::new(vec![0; LARGEST + 1])),
            Some(ErrorKind::TooLarge)
        );
        // No attribute has that name, and JSON escapes each.
        let mut quotes = Message::new("");
        quotes.set_header("", vec![b'"'; LARGEST]);
        assert_eq!(kind(&quotes), Some(ErrorKind::TooLarge));
    }
}
