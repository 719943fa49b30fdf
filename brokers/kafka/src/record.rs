//! Messages as records: what maps where, both ways.
//!
//! A record has a key, a value, a time and headers, and nothing else; so the other properties of a message are headers of their
//! own, which stand before the document's and begin with the id. Its time is when it was sent, since that is what a topic goes by to
//! keep it: when a message was made is a header too. What a producer wrote that knows nothing of that begins with
//! another header: it keeps all of its headers, and those of our names are read besides.
use bytes::Bytes;
use rdkafka::message::{BorrowedMessage, Header, Headers, Message as _, OwnedHeaders, Timestamp};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use tidings::{Message, MessageId, Str};
use uuid::Uuid;

const ID: &str = "message-id";
const NAME: &str = "message-name";
const CONTENT_TYPE: &str = "content-type";
const CORRELATION_ID: &str = "correlation-id";
const REPLY_TO: &str = "reply-to";
const CREATED: &str = "created";
const EXPIRES: &str = "expires";
/// Parts our headers from those of the document, where these begin with one of our names.
const PART: &str = "message-headers";

const OURS: [&str; 8] = [
    ID,
    NAME,
    CONTENT_TYPE,
    CORRELATION_ID,
    REPLY_TO,
    CREATED,
    EXPIRES,
    PART,
];

/// The headers of a message's record.
pub(crate) fn headers(message: &Message) -> OwnedHeaders {
    let text = |value: &Option<Str>| value.clone();
    let time = |value: Option<SystemTime>| Some(milliseconds(value?).to_string().into());
    let ours = [
        (NAME, text(&message.name)),
        (CONTENT_TYPE, text(&message.content_type)),
        (CORRELATION_ID, text(&message.correlation_id)),
        (REPLY_TO, text(&message.reply_to)),
        (CREATED, time(message.created)),
        (EXPIRES, time(message.expires)),
    ];
    let mut all = OwnedHeaders::new_with_capacity(ours.len() + 2 + message.headers.len());
    all = match &message.id {
        MessageId::Uuid(id) => {
            let id = id.hyphenated();
            with(
                all,
                ID,
                id.encode_lower(&mut Uuid::encode_buffer()).as_bytes(),
            )
        }
        id => with(all, ID, id.to_text().as_bytes()),
    };
    for (name, value) in ours {
        if let Some(value) = value {
            all = with(all, name, value.as_bytes());
        }
    }
    if let Some((first, _)) = message.headers.first()
        && OURS.contains(&&**first)
    {
        all = with(all, PART, b"");
    }
    let theirs = message.headers.iter();
    theirs.fold(all, |all, (name, value)| with(all, name, value))
}

fn with(headers: OwnedHeaders, key: &str, value: &[u8]) -> OwnedHeaders {
    let value = Some(value);
    headers.insert(Header { key, value })
}

fn milliseconds(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

fn time(milliseconds: &str) -> Option<SystemTime> {
    UNIX_EPOCH.checked_add(Duration::from_millis(milliseconds.parse().ok()?))
}

/// What the message before said, which most say too.
#[derive(Default)]
pub(crate) struct Words {
    name: Option<Str>,
    content_type: Option<Str>,
}

/// A text, which is the one before where that is the same.
fn same(last: &mut Option<Str>, text: &str) -> Option<Str> {
    if last.as_deref() != Some(text) {
        *last = Some(text.into());
    }
    last.clone()
}

/// The message of a record. One without an id is named by where it stands, which is the same on every redelivery.
pub(crate) fn message(record: &BorrowedMessage<'_>, words: &mut Words) -> Message {
    let body = copied(record.payload()).unwrap_or_default();
    let mut placing = Placing::new(body, words);
    if let Some(headers) = record.headers() {
        read(headers, &mut placing);
    }
    let is_ours = placing.is_ours;
    let mut message = placing.end(|| stands(record).into());
    message.key = copied(record.key());
    if !is_ours && let Timestamp::CreateTime(created) = record.timestamp() {
        message.created = time(&created.to_string());
    }
    message
}

fn copied(bytes: Option<&[u8]>) -> Option<Bytes> {
    bytes.map(Bytes::copy_from_slice)
}

fn stands(record: &BorrowedMessage<'_>) -> String {
    format!(
        "{}/{}/{}",
        record.topic(),
        record.partition(),
        record.offset()
    )
}

/// Places the headers in their order. The library panics where a name is no UTF-8, which only a foreign producer can write, and has no
/// other way to a name: such a header is left out, since nothing could ask for it.
fn read(headers: &impl Headers, placing: &mut Placing<'_>) {
    for at in 0..headers.count() {
        match catch_unwind(AssertUnwindSafe(|| headers.try_get(at))) {
            Ok(Some(header)) => placing.place(header.key, header.value.unwrap_or_default()),
            Ok(None) => {}
            Err(_) => tracing::debug!(at, "a header whose name is no text is left out"),
        }
    }
}

/// A message whose headers are read one by one: ours go where they belong, and the document's beside them.
struct Placing<'a> {
    words: &'a mut Words,
    message: Message,
    id: Option<MessageId>,
    /// Whether it begins as we begin one.
    is_ours: bool,
    /// Which of our names have been, by their place among [`OURS`].
    seen: u8,
    /// Whether what comes is the document's, whatever its name.
    is_behind: bool,
}

impl<'a> Placing<'a> {
    fn new(body: Bytes, words: &'a mut Words) -> Self {
        Self {
            words,
            message: Message::new(body),
            id: None,
            is_ours: false,
            seen: 0,
            is_behind: false,
        }
    }

    fn place(&mut self, name: &str, value: &[u8]) {
        if self.seen == 0 && self.message.headers.is_empty() {
            self.is_ours = name == ID;
        }
        let known = OURS.iter().position(|known| *known == name);
        let fresh = known.map(|at| 1 << at).filter(|bit| self.seen & bit == 0);
        if let Some(bit) = fresh.filter(|_| !self.is_behind) {
            self.seen |= bit;
            self.set(name, value);
            if self.is_ours {
                self.is_behind = name == PART;
                return;
            }
        }
        self.is_behind |= self.is_ours;
        let value = Bytes::copy_from_slice(value);
        self.message.headers.push((name.into(), value));
    }

    /// Sets the property of one of our headers; what makes no sense there says nothing.
    fn set(&mut self, name: &str, value: &[u8]) {
        let Ok(text) = str::from_utf8(value) else {
            return;
        };
        let message = &mut self.message;
        match name {
            ID => self.id = Some(id(text)),
            NAME => message.name = same(&mut self.words.name, text),
            CONTENT_TYPE => message.content_type = same(&mut self.words.content_type, text),
            CORRELATION_ID => message.correlation_id = Some(text.into()),
            REPLY_TO => message.reply_to = Some(text.into()),
            CREATED => message.created = time(text),
            EXPIRES => message.expires = time(text),
            _ => {}
        }
    }

    /// The message, with that id where it has none.
    fn end(mut self, otherwise: impl FnOnce() -> Str) -> Message {
        let is_told = |id: &MessageId| !matches!(id, MessageId::Text(text) if text.is_empty());
        let id = self.id.filter(is_told);
        self.message.id = id.unwrap_or_else(|| MessageId::Text(otherwise()));
        self.message
    }
}

/// An id as text, which is a UUID only where it is written as one is by us.
fn id(text: &str) -> MessageId {
    match Uuid::try_parse(text) {
        Ok(id) if id.hyphenated().encode_lower(&mut Uuid::encode_buffer()) == text => {
            MessageId::Uuid(id)
        }
        _ => MessageId::Text(text.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The message whose headers these are.
    fn came(headers: &OwnedHeaders) -> Message {
        let mut words = Words::default();
        let mut placing = Placing::new(Bytes::new(), &mut words);
        read(headers, &mut placing);
        placing.end(|| "stands".into())
    }

    fn full() -> Message {
        let mut message = Message::named("Order", "application/json", "");
        message.correlation_id = Some("c".into());
        message.reply_to = Some("replies".into());
        message.created = Some(UNIX_EPOCH + Duration::from_millis(1_700_000_000_123));
        message.expires = message.created;
        message
    }

    #[test]
    fn everything_comes_back_whatever_the_headers_are_called() {
        let names = ["tenant", ID, "tenant", CORRELATION_ID, PART, "", "ü"];
        for first in 0..names.len() {
            for mut message in [full(), Message::new("")] {
                let headers = names[first..].iter();
                message.headers = headers.map(|name| ((*name).into(), "x".into())).collect();
                assert_eq!(came(&headers_of(&message)), message);
            }
        }
    }

    fn headers_of(message: &Message) -> OwnedHeaders {
        headers(message)
    }

    #[test]
    fn ids_are_the_same_text_again() {
        for text in [
            "1",
            "",
            "01890A5D-AC96-774B-BCCE-B302099A8057",
            "01890a5dac96774bbcceb302099a8057",
        ] {
            assert_eq!(id(text), MessageId::Text(text.into()));
        }
        let fresh = MessageId::fresh();
        assert_eq!(id(&fresh.to_text()), fresh);
    }

    #[test]
    fn a_foreign_producers_headers_are_kept_and_read_besides() {
        let pairs: [(&str, &[u8]); 4] = [
            ("tenant", b"acme"),
            (CORRELATION_ID, b"7"),
            (CONTENT_TYPE, &[0xff]),
            (CORRELATION_ID, b"8"),
        ];
        let foreign = pairs
            .iter()
            .fold(OwnedHeaders::new(), |all, (name, value)| {
                with(all, name, value)
            });
        let message = came(&foreign);
        assert_eq!(message.correlation_id.as_deref(), Some("7"));
        assert_eq!(message.content_type, None);
        assert_eq!(message.headers.len(), 4);
    }
}
