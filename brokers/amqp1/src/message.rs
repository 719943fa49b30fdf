//! A message and its sections at the broker, both ways; the table is in the crate's documentation.
use crate::{
    bindings::Headers,
    body,
    dialect::Dialect,
    headers::{self, CREATED, KEY, NOT_BEFORE, Properties as Application, bytes},
    ids,
    place::ReplyKind,
};
use base64::{Engine, prelude::BASE64_STANDARD as BASE64};
use bytes::Bytes;
use fe2o3_amqp::types::{
    messaging::{
        ApplicationProperties, Body, Data, Header, Message as Wire, MessageAnnotations, Properties,
        annotations::OwnedKey,
    },
    primitives::{SimpleValue, Symbol, Timestamp, Value},
};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tidings::{Message, MessageId};

/// For how long the broker holds a message back, in milliseconds.
pub(crate) const DELAY: &str = "x-opt-delivery-delay";
/// Tells clients in Java what a reply address is.
const REPLY_KIND: &str = "x-opt-jms-reply-to";

/// The sections of a message.
pub(crate) fn write(
    message: &Message,
    address: &str,
    dialect: Dialect,
    told: Headers,
) -> Wire<Data> {
    let now = SystemTime::now();
    let created = message.created.or_else(|| told.stamped.then_some(now));
    let mut application = Application::new();
    headers::write(&mut application, &message.headers);
    note(
        &mut application,
        CREATED,
        created.map_or_else(String::new, |time| milliseconds(time).to_string()),
    );
    if let Some(time) = message.not_before {
        note(&mut application, NOT_BEFORE, milliseconds(time).to_string());
    }
    let group = message
        .key
        .as_ref()
        .map(|key| match std::str::from_utf8(key) {
            Ok(text) if !text.is_empty() => text.to_owned(),
            _ => {
                let text = BASE64.encode(key);
                note(&mut application, KEY, text.clone());
                format!("{KEY}:{text}")
            }
        });
    let mut properties = Properties::new();
    properties.message_id = Some(ids::wire(&message.id.to_text()));
    properties.to = Some(address.to_owned());
    properties.subject = message.name.as_deref().map(str::to_owned);
    properties.reply_to = message
        .reply_to
        .as_deref()
        .map(|name| dialect.reply_address(name));
    properties.correlation_id = message.correlation_id.as_deref().map(ids::wire);
    properties.content_type = message.content_type.as_deref().map(Symbol::from);
    properties.absolute_expiry_time = message.expires.map(timestamp);
    properties.creation_time = created.map(timestamp);
    properties.group_id = group;
    let left = message
        .expires
        .map(|expires| short(expires.duration_since(now).unwrap_or_default()));
    let header = Header {
        durable: true,
        ttl: left,
        ..Header::default()
    };
    Wire {
        header: Some(header),
        delivery_annotations: None,
        message_annotations: annotations(message, now),
        properties: Some(properties),
        application_properties: Some(ApplicationProperties(application)),
        body: Data(message.body.to_vec().into()),
        footer: None,
    }
}

fn note(application: &mut Application, name: &str, value: String) {
    application.insert(name.to_owned(), SimpleValue::String(value));
}

fn annotations(message: &Message, now: SystemTime) -> Option<MessageAnnotations> {
    let mut annotations = MessageAnnotations::default();
    if let Some(name) = &message.reply_to {
        let kind = match ReplyKind::of(name) {
            ReplyKind::Queue => 0,
            ReplyKind::Topic => 1,
            ReplyKind::TemporaryQueue => 2,
            ReplyKind::TemporaryTopic => 3,
        };
        annotations.0.insert(REPLY_KIND.into(), Value::Byte(kind));
    }
    if let Some(wait) = message
        .not_before
        .and_then(|time| time.duration_since(now).ok())
    {
        // What is left of a millisecond is waited for, too.
        let wait = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX - 1) + 1;
        annotations.0.insert(DELAY.into(), Value::Long(wait));
    }
    (!annotations.0.is_empty()).then_some(annotations)
}

/// Milliseconds that fit into 32 bits, 49 days; what lasts longer ends by its time.
fn short(time: Duration) -> u32 {
    u32::try_from(time.as_millis()).unwrap_or(u32::MAX)
}

fn milliseconds(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

fn timestamp(time: SystemTime) -> Timestamp {
    Timestamp::from(milliseconds(time))
}

fn after_1970(milliseconds: i64) -> Option<SystemTime> {
    UNIX_EPOCH.checked_add(Duration::from_millis(u64::try_from(milliseconds).ok()?))
}

/// A message that came.
pub(crate) struct Came {
    pub(crate) message: Message,
    pub(crate) attempt: u32,
    /// The address that it was sent to.
    pub(crate) address: Option<String>,
}

/// The message of sections. One without an id gets a fresh one: nothing at the broker tells two of them apart.
pub(crate) fn read(wire: Wire<Body<Value>>, dialect: Dialect) -> Came {
    let application = wire
        .application_properties
        .map(|told| told.0)
        .unwrap_or_default();
    let properties = wire.properties.unwrap_or_default();
    let mut message = Message::new(body::bytes(wire.body));
    if let Some(id) = &properties.message_id {
        message.id = MessageId::from(ids::text(id).as_str());
    }
    message.name = properties.subject.as_deref().map(Into::into);
    message.content_type = properties.content_type.map(|kind| kind.0.as_str().into());
    let annotations = wire.message_annotations.unwrap_or_default();
    let kind = match annotations.0.get(&OwnedKey::from(REPLY_KIND)) {
        Some(Value::Byte(1 | 3)) => ReplyKind::Topic,
        _ => ReplyKind::Queue,
    };
    message.reply_to = properties
        .reply_to
        .as_deref()
        .map(|address| dialect.reply_name(address, kind).into());
    message.correlation_id = properties
        .correlation_id
        .as_ref()
        .map(|id| ids::text(id).as_str().into());
    message.expires = properties
        .absolute_expiry_time
        .and_then(|time| after_1970(time.into_inner()));
    let noted = |name: &str| application.get(name).map(bytes);
    let time = |text: Bytes| {
        std::str::from_utf8(&text)
            .ok()
            .and_then(|text| after_1970(text.parse().ok()?))
    };
    message.created = match noted(CREATED) {
        Some(created) => time(created),
        None => properties
            .creation_time
            .and_then(|time| after_1970(time.into_inner())),
    };
    message.not_before = noted(NOT_BEFORE).and_then(time);
    message.key = match noted(KEY).and_then(|key| BASE64.decode(key).ok()) {
        Some(key) => Some(key.into()),
        None => properties.group_id.map(Into::into),
    };
    message.headers = headers::read(&application);
    let earlier = wire.header.map_or(0, |header| header.delivery_count);
    Came {
        message,
        attempt: earlier.saturating_add(1),
        address: properties.to,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fe2o3_amqp::types::messaging::Batch;

    fn travelled(message: &Message, dialect: Dialect) -> Message {
        let wire = write(message, "orders", dialect, Headers::default());
        let wire = Wire {
            header: wire.header,
            delivery_annotations: None,
            message_annotations: wire.message_annotations,
            properties: wire.properties,
            application_properties: wire.application_properties,
            body: Body::Data(Batch::from(vec![wire.body])),
            footer: None,
        };
        read(wire, dialect).message
    }

    #[test]
    fn a_message_comes_as_it_was_sent() {
        let now = after_1970(milliseconds(SystemTime::now())).unwrap();
        let mut message = Message::named("Order", "application/json", "{}");
        message.reply_to = Some("replies".into());
        message.correlation_id = Some("1".into());
        message.expires = Some(now + Duration::from_secs(60));
        message.not_before = Some(now);
        for key in [None, Some("k"), Some("")] {
            message.key = key.map(Into::into);
            message.created = key.map(|_| now);
            for dialect in [Dialect::Artemis, Dialect::Classic] {
                assert_eq!(travelled(&message, dialect), message);
            }
        }
        message.key = Some(vec![0, 255].into());
        assert_eq!(travelled(&message, Dialect::Classic), message);
    }

    #[test]
    fn clients_in_java_are_told_what_a_reply_address_is() {
        let mut message = Message::new("a");
        message.reply_to = Some("replies".into());
        let wire = write(&message, "a", Dialect::Classic, Headers::default());
        assert_eq!(
            wire.properties.unwrap().reply_to.as_deref(),
            Some("queue://replies")
        );
        assert_eq!(
            wire.message_annotations
                .unwrap()
                .0
                .get(&OwnedKey::from(REPLY_KIND)),
            Some(&Value::Byte(0))
        );
        message.reply_to = Some("topic://replies".into());
        for dialect in [Dialect::Artemis, Dialect::Classic] {
            let wire = write(&message, "a", dialect, Headers::default());
            let annotations = wire.message_annotations.unwrap().0;
            let kind = annotations.get(&OwnedKey::from(REPLY_KIND));
            assert_eq!(kind, Some(&Value::Byte(1)));
            assert_eq!(travelled(&message, dialect), message);
        }
    }

    #[test]
    fn what_is_for_later_says_how_long() {
        let mut message = Message::new("a");
        message.not_before = Some(SystemTime::now() + Duration::from_secs(60));
        let wire = write(&message, "a", Dialect::Artemis, Headers::default());
        let annotations = wire.message_annotations.unwrap().0;
        let Some(Value::Long(wait)) = annotations.get(&OwnedKey::from(DELAY)) else {
            panic!("it says nothing");
        };
        assert!((59_000..=60_001).contains(wait), "{wait}");
        message.not_before = Some(SystemTime::now() - Duration::from_secs(1));
        assert!(
            write(&message, "a", Dialect::Artemis, Headers::default())
                .message_annotations
                .is_none()
        );
    }

    #[test]
    fn what_has_expired_says_that_nothing_is_left() {
        let mut message = Message::new("a");
        let past = SystemTime::now() - Duration::from_secs(60);
        message.expires = Some(past);
        let wire = write(&message, "a", Dialect::Artemis, Headers::default());
        assert_eq!(wire.header.unwrap().ttl, Some(0));
        let properties = wire.properties.unwrap();
        assert_eq!(properties.absolute_expiry_time, Some(timestamp(past)));
    }

    #[test]
    fn a_stamp_is_set_where_it_is_asked_for() {
        let message = Message::new("a");
        let wire = write(&message, "a", Dialect::Artemis, Headers { stamped: true });
        assert!(wire.properties.unwrap().creation_time.is_some());
        assert_eq!(travelled(&message, Dialect::Artemis).created, None);
    }
}
