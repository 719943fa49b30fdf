//! A message and its properties at the broker, both ways; the table is in the crate's documentation.
use crate::{
    bindings::{OfMessage, Sending},
    headers::{self, short, text},
    later::{self, Wait},
};
use bytes::Bytes;
use lapin::{
    BasicProperties,
    message::Delivery,
    types::{AMQPValue, FieldTable, ShortString},
};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tidings::{Error, ErrorKind, Message, MessageId, Result, Str};

/// The key of a message.
pub(crate) const KEY: &str = "tidings-key";
/// When a message was made, in milliseconds; the name that RabbitMQ itself gives it.
const CREATED: &str = "timestamp_in_ms";
/// When a message expires, in milliseconds since 1970: the broker keeps only for how long.
const EXPIRES: &str = "tidings-expires";
/// From when on a message is to be delivered, in milliseconds since 1970.
const NOT_BEFORE: &str = "tidings-not-before";
/// More queues that a message goes to.
const CC: &str = "CC";
/// The same, unseen.
const BCC: &str = "BCC";
const OWN: [&str; 6] = [KEY, CREATED, EXPIRES, NOT_BEFORE, CC, BCC];

fn is_own(name: &str) -> bool {
    OWN.contains(&name) || name.starts_with(later::HEADER)
}

/// The properties of a message, which may have to wait; what its headers take together is at most `most` bytes.
pub(crate) fn write(
    message: &Message,
    sending: &Sending,
    told: &OfMessage,
    wait: Option<Wait>,
    most: usize,
) -> Result<BasicProperties> {
    let mut table = FieldTable::default();
    headers::write(&mut table, &message.headers, is_own)?;
    if let Some(key) = &message.key {
        table.insert(KEY.into(), text(key));
    }
    let created = message
        .created
        .or_else(|| sending.timestamp.then(SystemTime::now));
    if let Some(created) = created {
        table.insert(CREATED.into(), since_1970(created));
    }
    if let Some(expires) = message.expires {
        table.insert(EXPIRES.into(), since_1970(expires));
    }
    if let Some(not_before) = message.not_before {
        table.insert(NOT_BEFORE.into(), since_1970(not_before));
    }
    for (name, all) in [(CC, &sending.cc), (BCC, &sending.bcc)] {
        if !all.is_empty() {
            let all: Vec<_> = all.iter().map(|one| text(one.as_bytes())).collect();
            table.insert(name.into(), AMQPValue::FieldArray(all.into()));
        }
    }
    if let Some(wait) = wait {
        wait.note(&mut table);
    }
    fits(&table, most)?;
    let mut properties = BasicProperties::default()
        .with_message_id(short("message id", &message.id.to_text())?)
        .with_delivery_mode(sending.delivery_mode);
    let name = told.message_type.as_deref().or(message.name.as_deref());
    if let Some(name) = name {
        properties = properties.with_type(short("message name", name)?);
    }
    if let Some(encoding) = &told.content_encoding {
        properties = properties.with_content_encoding(short("content encoding", encoding)?);
    }
    if let Some(content_type) = &message.content_type {
        properties = properties.with_content_type(short("content type", content_type)?);
    }
    if let Some(reply_to) = &message.reply_to {
        properties = properties.with_reply_to(short("reply address", reply_to)?);
    }
    if let Some(id) = &message.correlation_id {
        properties = properties.with_correlation_id(short("correlation id", id)?);
    }
    if let Some(created) = created {
        properties = properties.with_timestamp(milliseconds(created) / 1000);
    }
    // It would not wait for longer than that, and come before its time.
    if wait.is_none()
        && let Some(expiration) = expiration(message, sending)
    {
        properties = properties.with_expiration(expiration);
    }
    if let Some(priority) = sending.priority {
        properties = properties.with_priority(priority);
    }
    if let Some(user) = &sending.user_id {
        properties = properties.with_user_id(short("user id", user)?);
    }
    if !table.inner().is_empty() {
        properties = properties.with_headers(table);
    }
    Ok(properties)
}

/// A frame holds all headers; what is too much for it would end the connection.
fn fits(table: &FieldTable, most: usize) -> Result<()> {
    let size = headers::size(table);
    if size <= most {
        return Ok(());
    }
    let reason =
        format!("its headers take {size} bytes, of {most} that one frame of the broker holds");
    Err(Error::new(ErrorKind::TooLarge, "publish", reason))
}

/// How long the broker keeps it, in milliseconds: until it expires, or as the document says.
fn expiration(message: &Message, sending: &Sending) -> Option<ShortString> {
    let own = message.expires.map(|expires| {
        let left = expires
            .duration_since(SystemTime::now())
            .unwrap_or_default();
        u64::try_from(left.as_millis()).unwrap_or(u64::MAX)
    });
    // The broker takes no more than 32 bits, 49 days: what lasts longer it keeps, rather than to lose it early.
    let left = own.or(sending.expiration)?;
    u32::try_from(left).ok().map(|left| left.to_string().into())
}

fn milliseconds(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

fn since_1970(time: SystemTime) -> AMQPValue {
    AMQPValue::LongLongInt(i64::try_from(milliseconds(time)).unwrap_or(i64::MAX))
}

/// The message of a delivery. One without an id gets a fresh one: nothing at the broker tells two of them apart.
pub(crate) fn read(delivery: Delivery) -> Message {
    let properties = &delivery.properties;
    let table = properties.headers();
    let shared = |text: &Option<ShortString>| text.as_ref().map(|text| Str::from(text.as_str()));
    let mut message = Message::new(Bytes::from(delivery.data));
    if let Some(id) = properties.message_id() {
        message.id = MessageId::from(id.as_str());
    }
    message.name = shared(properties.kind());
    message.content_type = shared(properties.content_type());
    message.reply_to = shared(properties.reply_to());
    message.correlation_id = shared(properties.correlation_id());
    message.created = properties
        .timestamp()
        .and_then(|seconds| after_1970(seconds.checked_mul(1000)?));
    if let Some(table) = table {
        let time = |name| match table.inner().get(name) {
            Some(AMQPValue::LongLongInt(since)) => after_1970(u64::try_from(*since).ok()?),
            _ => None,
        };
        message.created = time(CREATED).or(message.created);
        message.expires = time(EXPIRES);
        message.not_before = time(NOT_BEFORE);
        message.key = match table.inner().get(KEY) {
            Some(AMQPValue::Void) | None => None,
            Some(key) => Some(headers::bytes(key)),
        };
        message.headers = headers::read(table, is_own);
    }
    message
}

fn after_1970(milliseconds: u64) -> Option<SystemTime> {
    UNIX_EPOCH.checked_add(Duration::from_millis(milliseconds))
}

/// How often a delivery was made before, where its queue counts that.
pub(crate) fn earlier(delivery: &Delivery) -> Option<u32> {
    let table = delivery.properties.headers().as_ref()?.inner();
    u32::try_from(headers::count(table.get("x-delivery-count")?)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bindings;
    use tidings::Channel;

    fn sending() -> Sending {
        bindings::sending(&Channel::point_to_point("a")).unwrap()
    }

    fn written(message: &Message) -> BasicProperties {
        write(message, &sending(), &OfMessage::default(), None, 100_000).unwrap()
    }

    fn came(properties: BasicProperties) -> Message {
        let mut delivery = Delivery::mock(1, "".into(), "a".into(), false, Vec::new());
        delivery.properties = properties;
        read(delivery)
    }

    #[test]
    fn headers_with_names_of_the_broker_mean_nothing_to_it() {
        let names = [
            "BCC",
            "CC",
            "tidings-header-a",
            "tidings-key",
            "x-death",
            "z",
        ];
        let mut message = Message::new("");
        for name in names {
            message.set_header(name, name);
        }
        let properties = written(&message);
        let table = properties.headers().as_ref().unwrap().inner();
        for name in &names[..5] {
            assert!(!table.contains_key(*name), "{name}");
        }
        let came = came(properties);
        assert_eq!(came.headers, message.headers);
        assert_eq!(came.key, None);
    }

    #[test]
    fn what_expires_after_all_that_the_broker_counts_is_kept() {
        let expiring = |days: u64| {
            let mut message = Message::new("");
            message.expires = Some(SystemTime::now() + Duration::from_secs(days * 86_400));
            written(&message).expiration().is_some()
        };
        assert!(expiring(49));
        assert!(!expiring(50));
    }

    #[test]
    fn keys_of_foreign_producers_are_read() {
        for (value, key) in [
            (AMQPValue::LongInt(7), Some("7")),
            (text(b"k"), Some("k")),
            (AMQPValue::Void, None),
        ] {
            let mut table = FieldTable::default();
            table.insert(KEY.into(), value);
            let message = came(BasicProperties::default().with_headers(table));
            assert_eq!(message.key.as_deref(), key.map(str::as_bytes));
        }
    }

    #[test]
    fn counts_are_of_whatever_type() {
        for (value, count) in [
            (AMQPValue::LongLongInt(3), Some(3)),
            (AMQPValue::LongUInt(u32::MAX), Some(u32::MAX)),
            (AMQPValue::ShortUInt(3), Some(3)),
            (AMQPValue::ShortShortInt(-1), None),
            (AMQPValue::LongLongInt(1 << 32), None),
            (AMQPValue::Void, None),
        ] {
            let mut table = FieldTable::default();
            table.insert("x-delivery-count".into(), value);
            let mut delivery = Delivery::mock(1, "".into(), "a".into(), false, Vec::new());
            delivery.properties = BasicProperties::default().with_headers(table);
            assert_eq!(earlier(&delivery), count);
        }
    }

    /// Of as many bytes as the frame of the client has.
    #[test]
    fn headers_take_what_they_take_in_a_frame() {
        let mut message = Message::new("");
        message.key = Some("key".into());
        message.created = Some(SystemTime::now());
        for value in ["one", "two"] {
            message.headers.push(("twice".into(), value.into()));
        }
        let properties = written(&message);
        let size = headers::size(properties.headers().as_ref().unwrap());
        // Each: length of the name, name, type; then length and text, or a number.
        let key = 1 + 11 + 1 + 4 + 3;
        let created = 1 + 15 + 1 + 8;
        let twice = 1 + 5 + 1 + 4 + 2 * (1 + 4 + 3);
        assert_eq!(size, 4 + key + created + twice);
        let plain = OfMessage::default();
        let error = write(&message, &sending(), &plain, None, size - 1).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TooLarge);
        assert!(write(&message, &sending(), &plain, None, size).is_ok());
    }
}
