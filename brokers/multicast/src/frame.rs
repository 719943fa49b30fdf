//! A message as a datagram: see the crate's documentation for how it looks.
use base64::{Engine as _, prelude::BASE64_STANDARD};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use std::{
    borrow::Cow,
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use tidings::{Message, MessageId, Str};
use uuid::Uuid;

/// What a datagram begins with; its last byte is the version.
const MAGIC: &[u8; 8] = b"TIDINGS\x01";
/// Where the parts stand.
const STREAM: usize = MAGIC.len();
const NUMBER: usize = STREAM + 16;
const LENGTH: usize = NUMBER + 8;
const HEAD: usize = LENGTH + 2;

/// The most that one datagram of UDP carries over IPv4.
pub(crate) const LARGEST: usize = 65_507;

/// A datagram that is to be numbered.
pub(crate) struct Datagram(Vec<u8>);

/// What a datagram says.
#[derive(Debug, PartialEq)]
pub(crate) struct Frame {
    pub(crate) stream: Uuid,
    pub(crate) number: u64,
    pub(crate) channel: Str,
    pub(crate) message: Message,
}

/// All of a message but its body.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Head<'a> {
    channel: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_type: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reply_to: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    correlation_id: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<Value<'a>>,
    /// Milliseconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    created: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<u64>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    headers: Vec<(Cow<'a, str>, Value<'a>)>,
}

/// Text, or bytes that are none.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Value<'a> {
    Text(Cow<'a, str>),
    Bytes { base64: Cow<'a, str> },
}

impl<'a> Value<'a> {
    fn of(bytes: &'a [u8]) -> Self {
        match str::from_utf8(bytes) {
            Ok(text) => Self::Text(text.into()),
            Err(_) => Self::Bytes {
                base64: BASE64_STANDARD.encode(bytes).into(),
            },
        }
    }

    fn bytes(self) -> Result<Bytes, &'static str> {
        match self {
            Self::Text(text) => Ok(text.into_owned().into()),
            Self::Bytes { base64 } => match BASE64_STANDARD.decode(&*base64) {
                Ok(bytes) => Ok(bytes.into()),
                Err(_) => Err("its `base64` is none"),
            },
        }
    }
}

impl Datagram {
    /// The datagram of a message, or how many bytes it would have.
    pub(crate) fn of(channel: &str, message: &Message) -> Result<Self, usize> {
        let head = head(channel, message);
        let mut bytes = Vec::with_capacity(HEAD + 256 + message.body.len());
        bytes.extend_from_slice(MAGIC);
        bytes.resize(HEAD, 0);
        // A vector takes all that is written.
        let _ = serde_json::to_writer(&mut bytes, &head);
        let length = u16::try_from(bytes.len() - HEAD);
        bytes.extend_from_slice(&message.body);
        match length {
            Ok(length) if bytes.len() <= LARGEST => {
                bytes[LENGTH..HEAD].copy_from_slice(&length.to_be_bytes());
                Ok(Self(bytes))
            }
            _ => Err(bytes.len()),
        }
    }

    /// The bytes, as the message of that number of a stream.
    pub(crate) fn numbered(&mut self, stream: Uuid, number: u64) -> &[u8] {
        self.0[STREAM..NUMBER].copy_from_slice(stream.as_bytes());
        self.0[NUMBER..LENGTH].copy_from_slice(&number.to_be_bytes());
        &self.0
    }
}

fn head<'a>(channel: &'a str, message: &'a Message) -> Head<'a> {
    let text = |text: &'a Option<Str>| text.as_deref().map(Cow::Borrowed);
    let headers = message.headers.iter();
    Head {
        channel: channel.into(),
        id: Some(message.id.to_string().into()),
        name: text(&message.name),
        content_type: text(&message.content_type),
        reply_to: text(&message.reply_to),
        correlation_id: text(&message.correlation_id),
        key: message.key.as_deref().map(Value::of),
        created: message.created.map(milliseconds),
        expires: message.expires.map(milliseconds),
        headers: headers
            .map(|(name, value)| (Cow::Borrowed(&**name), Value::of(value)))
            .collect(),
    }
}

/// Reads a datagram; says why where it is none of ours.
pub(crate) fn read(bytes: &[u8]) -> Result<Frame, &'static str> {
    let parts = bytes.split_at_checked(HEAD);
    let (fixed, rest) = parts.ok_or("it is too short")?;
    if !fixed.starts_with(MAGIC) {
        return Err("it begins otherwise");
    }
    let array = |from: usize, to: usize| &fixed[from..to];
    let stream = Uuid::from_slice(array(STREAM, NUMBER)).unwrap_or_default();
    let number = array(NUMBER, LENGTH)
        .iter()
        .fold(0, |number, byte| number << 8 | u64::from(*byte));
    let length = array(LENGTH, HEAD)
        .iter()
        .fold(0, |length, byte| length << 8 | usize::from(*byte));
    let parts = rest.split_at_checked(length);
    let (head, body) = parts.ok_or("its head is cut off")?;
    let head: Head<'_> =
        serde_json::from_slice(head).map_err(|_| "its head is not as documented")?;
    let (channel, message) = head.message(Bytes::copy_from_slice(body), stream, number)?;
    Ok(Frame {
        stream,
        number,
        channel,
        message,
    })
}

impl Head<'_> {
    /// The message; one without an id is named by what nobody else has.
    fn message(
        self,
        body: Bytes,
        stream: Uuid,
        number: u64,
    ) -> Result<(Str, Message), &'static str> {
        let text = |text: Option<Cow<'_, str>>| text.map(Str::from);
        let mut message = Message::new(body);
        message.id = match self.id {
            Some(id) if !id.is_empty() => MessageId::from(&*id),
            _ => MessageId::from(&*format!("{stream}/{number}")),
        };
        message.name = text(self.name);
        message.content_type = text(self.content_type);
        message.reply_to = text(self.reply_to);
        message.correlation_id = text(self.correlation_id);
        message.key = self.key.map(Value::bytes).transpose()?;
        message.created = self.created.and_then(time);
        message.expires = self.expires.and_then(time);
        for (name, value) in self.headers {
            message.headers.push((Str::from(name), value.bytes()?));
        }
        Ok((self.channel.into(), message))
    }
}

fn milliseconds(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

fn time(milliseconds: u64) -> Option<SystemTime> {
    UNIX_EPOCH.checked_add(Duration::from_millis(milliseconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn full() -> Message {
        let at = |milliseconds| Some(UNIX_EPOCH + Duration::from_millis(milliseconds));
        let mut message = Message::named("Order", "application/json", "{}");
        message.reply_to = Some("replies".into());
        message.correlation_id = Some("c".into());
        message.key = Some(Bytes::from_static(&[0, 255]));
        (message.created, message.expires) = (at(1), at(1_700_000_000_123));
        message.headers = vec![
            ("a".into(), "text \"\n".into()),
            ("a".into(), Bytes::from_static(&[200])),
            ("".into(), Bytes::new()),
        ];
        message
    }

    #[test]
    fn everything_comes_back_as_it_went() -> Result<(), usize> {
        let stream = Uuid::now_v7();
        let mut named = Message::new(vec![0, 200, 255]);
        named.id = MessageId::from("x");
        for message in [full(), named, Message::new("")] {
            let mut datagram = Datagram::of("orders", &message)?;
            let frame = read(datagram.numbered(stream, u64::MAX - 1));
            let expected = Frame {
                stream,
                number: u64::MAX - 1,
                channel: "orders".into(),
                message,
            };
            assert_eq!(frame, Ok(expected));
        }
        Ok(())
    }

    #[test]
    fn what_no_datagram_takes_is_told_by_its_size() {
        let of = |body: usize| Datagram::of("c", &Message::new(vec![0; body])).err();
        assert_eq!(of(65_000), None);
        assert!(of(65_500).is_some_and(|bytes| bytes > LARGEST));
        let mut message = Message::new("");
        message.set_header("a", vec![b'"'; 40_000]);
        assert!(Datagram::of("c", &message).is_err(), "80,000 bytes of head");
    }

    #[test]
    fn what_a_foreign_program_sends_is_read_with_what_it_says() {
        let head = br#"{"channel":"c","more":[1]}"#;
        let mut bytes = MAGIC.to_vec();
        bytes.extend([7; 16]);
        bytes.extend(3_u64.to_be_bytes());
        bytes.extend(26_u16.to_be_bytes());
        bytes.extend(head);
        bytes.extend(b"body");
        let frame = read(&bytes).expect("it is one");
        let id = "07070707-0707-0707-0707-070707070707/3";
        assert_eq!(frame.message.id.to_string(), id);
        assert_eq!(
            (&*frame.channel, &frame.message.body[..]),
            ("c", &b"body"[..])
        );
    }

    #[test]
    fn nonsense_is_none() {
        let mut whole = Datagram::of("c", &full()).unwrap_or_else(|bytes| panic!("{bytes}"));
        let whole = whole.numbered(Uuid::nil(), 1).to_vec();
        for end in 0..whole.len() - 2 {
            assert!(read(&whole[..end]).is_err(), "{end}");
        }
        for at in 0..whole.len() {
            for bit in 0..8 {
                let mut other = whole.clone();
                other[at] ^= 1 << bit;
                // Nothing of it panics.
                drop(read(&other));
            }
        }
        assert!(read(b"TIDINGS\x02 and all that is needed behind it").is_err());
    }
}
