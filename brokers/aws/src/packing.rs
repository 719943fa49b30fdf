//! How a message travels by SQS and SNS: a text as its body, and at most ten attributes. What of it no attribute can be is in one of
//! ours, as JSON.
mod attribute;
mod headers;
mod ours;
#[cfg(test)]
mod tests;

pub(crate) use attribute::Attribute;
use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
#[cfg(feature = "kinesis")]
pub(crate) use headers::ordered;
#[cfg(feature = "kinesis")]
pub(crate) use ours::Header;
pub(crate) use ours::Value;
use ours::{Ours, may_travel};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use tidings::{Error, ErrorKind, Message, MessageId, Result, Str};

/// Our attribute.
pub(crate) const OURS: &str = "tidings";

/// The largest message that has room in so many bytes, whatever its own are: as Base64, with the names of its parts.
pub(crate) const fn largest(wire: usize) -> usize {
    (wire - (16 << 10)) / 4 * 3
}

/// How a body travels that is no text.
const BASE64: &str = "base64";
/// What stands for a body that is empty, which no body may be.
const EMPTY: &str = "-";

/// A message as it travels.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Packed {
    pub(crate) body: String,
    /// By their names.
    pub(crate) attributes: BTreeMap<String, Attribute>,
}

/// What came, by which a message is read.
#[derive(Debug, Default)]
pub(crate) struct Came {
    pub(crate) body: String,
    pub(crate) attributes: Vec<(String, Attribute)>,
    /// What identifies it at the broker.
    pub(crate) id: String,
    /// The group that it is of.
    pub(crate) group: Option<String>,
    /// When it was sent, in milliseconds since 1970.
    pub(crate) sent: Option<u64>,
}

/// Packs a message into so many bytes, of that group where there are groups. Headers that filters are about are attributes, or it is
/// not to be sent.
pub(crate) fn pack(
    message: &Message,
    group: Option<&str>,
    wire: usize,
    filtered: &BTreeSet<String>,
) -> Result<Packed> {
    // No work for what has no room.
    if message.body.len() > wire {
        return Err(too_large(wire));
    }
    let (body, told) = body(&message.body);
    // A text is as large as others may send it, so that what came can be given up.
    if told == Some(BASE64) && message.size() > largest(wire) {
        return Err(too_large(wire));
    }
    let (mut attributes, headers) = headers::headers(&message.headers, filtered)?;
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
    attributes.insert(OURS.to_owned(), Attribute::string(ours.json()?));
    let packed = Packed { body, attributes };
    match packed.size() > wire {
        true => Err(too_large(wire)),
        false => Ok(packed),
    }
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
        let attributes = attributes.map(|(name, it)| name.len() + it.kind.len() + it.value.len());
        self.body.len() + attributes.sum::<usize>()
    }
}

fn body(body: &[u8]) -> (String, Option<&'static str>) {
    match str::from_utf8(body) {
        Ok("") => (EMPTY.to_owned(), Some("empty")),
        Ok(text) if may_travel(text) => (text.to_owned(), None),
        _ => (BASE64_STANDARD.encode(body), Some(BASE64)),
    }
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
    let told = told.and_then(|(_, attribute)| Ours::read(&attribute.value));
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
    let others: BTreeMap<String, Attribute> = others.collect();
    let types = attribute::header(others.iter());
    let values = others.into_iter().map(|(name, it)| (name, it.value));
    message.headers = headers::ordered(values.collect(), ours.headers);
    message.headers.extend(types);
    message
}

fn milliseconds(time: SystemTime) -> Option<u64> {
    let since = time.duration_since(UNIX_EPOCH).ok()?;
    since.as_millis().try_into().ok()
}

fn time(milliseconds: u64) -> Option<SystemTime> {
    UNIX_EPOCH.checked_add(Duration::from_millis(milliseconds))
}
