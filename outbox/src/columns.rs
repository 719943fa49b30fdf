//! A message and its channel as the columns of a row, the same in every database, so that programs in other languages can write and
//! read them.
use crate::values::{Reader, Values};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tidings::{Bindings, Channel, ChannelKind, Message, Outgoing, Str};

/// The columns of a row but for its id, which the database gives.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Columns {
    /// The address of the channel.
    pub channel: String,
    /// The rest of what is told of the channel, as JSON; none for a plain queue.
    pub channel_settings: Option<String>,
    /// The id of the message as text.
    pub message_id: String,
    /// The name of the message in the document.
    pub name: Option<String>,
    /// Its media type.
    pub content_type: Option<String>,
    /// Where a reply is expected.
    pub reply_to: Option<String>,
    /// What ties a reply to its request.
    pub correlation_id: Option<String>,
    /// Its key.
    pub message_key: Option<Vec<u8>>,
    /// When it was made, in milliseconds since 1970.
    pub created_ms: Option<i64>,
    /// From when on nobody wants it, likewise.
    pub expires_ms: Option<i64>,
    /// When it is to be delivered at the earliest, likewise.
    pub not_before_ms: Option<i64>,
    /// Its headers, as a JSON array of pairs.
    pub headers: Option<String>,
    /// Its payload.
    pub body: Vec<u8>,
}

/// The names of the columns, in their order.
pub const NAMES: [&str; 13] = [
    "channel",
    "channel_settings",
    "message_id",
    "name",
    "content_type",
    "reply_to",
    "correlation_id",
    "message_key",
    "created_ms",
    "expires_ms",
    "not_before_ms",
    "headers",
    "body",
];

impl Columns {
    /// The columns of a message for a channel. Times lose what is less than a millisecond.
    #[must_use]
    pub fn of(outgoing: &Outgoing) -> Self {
        let Outgoing {
            channel, message, ..
        } = outgoing;
        let text = |text: &Option<Str>| text.as_deref().map(str::to_owned);
        Self {
            channel: channel.address.to_string(),
            channel_settings: Settings::of(channel),
            message_id: message.id.to_string(),
            name: text(&message.name),
            content_type: text(&message.content_type),
            reply_to: text(&message.reply_to),
            correlation_id: text(&message.correlation_id),
            message_key: message.key.as_deref().map(<[u8]>::to_vec),
            created_ms: message.created.map(milliseconds),
            expires_ms: message.expires.map(milliseconds),
            not_before_ms: message.not_before.map(milliseconds),
            headers: headers(message),
            body: message.body.to_vec(),
        }
    }

    /// The message, and the channel that it goes to.
    ///
    /// # Errors
    /// Says which column makes no sense, and why.
    pub fn into_outgoing(self) -> Result<Outgoing, String> {
        Reader::default().outgoing(Values {
            channel: &self.channel,
            channel_settings: self.channel_settings.as_deref(),
            message_id: &self.message_id,
            name: self.name.as_deref(),
            content_type: self.content_type.as_deref(),
            reply_to: self.reply_to.as_deref(),
            correlation_id: self.correlation_id.as_deref(),
            message_key: self.message_key.map(Bytes::from),
            created_ms: self.created_ms,
            expires_ms: self.expires_ms,
            not_before_ms: self.not_before_ms,
            headers: self.headers.as_deref(),
            body: self.body.into(),
        })
    }
}

/// What is told of a channel besides its address.
#[derive(Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Settings {
    #[serde(skip_serializing_if = "is_default")]
    publish_subscribe: bool,
    #[serde(skip_serializing_if = "is_default")]
    for_replies: bool,
    #[serde(skip_serializing_if = "is_default")]
    keyed: bool,
    #[serde(skip_serializing_if = "is_default")]
    shards: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    bindings: Option<serde_json::Value>,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl Settings {
    fn of(channel: &Channel) -> Option<String> {
        let settings = Self {
            publish_subscribe: channel.kind == ChannelKind::PublishSubscribe,
            for_replies: channel.for_replies,
            keyed: channel.keyed,
            shards: if channel.shards > 1 {
                channel.shards
            } else {
                0
            },
            bindings: channel.bindings.to_json(),
        };
        let text = (settings != Self::default()).then(|| serde_json::to_string(&settings));
        text.and_then(Result::ok)
    }

    pub(crate) fn read(address: &str, settings: Option<&str>) -> Result<Channel, String> {
        let read = settings.map_or_else(|| Ok(Self::default()), serde_json::from_str);
        let settings: Self = read.map_err(|error| format!("`channel_settings`: {error}"))?;
        let mut channel = match (settings.publish_subscribe, settings.for_replies) {
            (true, true) => return Err("`channel_settings`: a topic is not for replies".to_owned()),
            (true, false) => Channel::publish_subscribe(address),
            (false, true) => Channel::replies(address),
            (false, false) => Channel::point_to_point(address),
        }
        .with_shards(settings.shards);
        channel.keyed = settings.keyed;
        if let Some(bindings) = settings.bindings {
            channel.bindings = Bindings::read(&bindings.to_string());
        }
        Ok(channel)
    }
}

/// A value of a header: text, or bytes that are none.
#[derive(Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum Value {
    Text(String),
    Bytes { base64: String },
}

fn headers(message: &Message) -> Option<String> {
    let value = |bytes: &Bytes| match std::str::from_utf8(bytes) {
        Ok(text) => Value::Text(text.to_owned()),
        Err(_) => Value::Bytes {
            base64: BASE64_STANDARD.encode(bytes),
        },
    };
    let pairs = message.headers.iter();
    let pairs: Vec<_> = pairs.map(|(name, bytes)| (&**name, value(bytes))).collect();
    let text = (!pairs.is_empty()).then(|| serde_json::to_string(&pairs));
    text.and_then(Result::ok)
}

pub(crate) fn read_headers(text: &str) -> Result<Vec<(Str, Bytes)>, String> {
    let wrong = |error: &dyn std::fmt::Display| format!("`headers`: {error}");
    let pairs: Vec<(String, Value)> = serde_json::from_str(text).map_err(|error| wrong(&error))?;
    let pair = |(name, value): (String, Value)| {
        let bytes = match value {
            Value::Text(text) => text.into_bytes(),
            Value::Bytes { base64 } => BASE64_STANDARD
                .decode(base64)
                .map_err(|error| wrong(&error))?,
        };
        Ok((Str::from(name), Bytes::from(bytes)))
    };
    pairs.into_iter().map(pair).collect()
}

/// Milliseconds since 1970; times before are 0, those that no number holds the last that one does.
pub(crate) fn milliseconds(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

pub(crate) fn time(column: &'static str) -> impl Fn(i64) -> Result<SystemTime, String> {
    move |milliseconds| {
        let since = u64::try_from(milliseconds).ok().map(Duration::from_millis);
        let time = since.and_then(|since| UNIX_EPOCH.checked_add(since));
        time.ok_or_else(|| {
            format!("`{column}`: {milliseconds} is no number of milliseconds since 1970")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn full() -> Outgoing {
        let bindings = Bindings::new([("kafka", json!({"partitions": 3}))]);
        let channel = Channel::publish_subscribe("orders.placed")
            .with_shards(7)
            .with_keys()
            .with_bindings(bindings);
        let at = |milliseconds| Some(UNIX_EPOCH + Duration::from_millis(milliseconds));
        let mut message = Message::named("OrderPlaced", "application/json", "{}");
        message.reply_to = Some("replies".into());
        message.correlation_id = Some("c".into());
        message.key = Some(Bytes::from_static(&[0, 255]));
        (message.created, message.expires, message.not_before) = (at(1), at(2), at(3));
        message.headers = vec![
            ("a".into(), "text".into()),
            ("a".into(), Bytes::from_static(&[200])),
        ];
        Outgoing::new(channel, message)
    }

    #[test]
    fn everything_comes_back_as_it_went() {
        for outgoing in [
            full(),
            Outgoing::new(Channel::point_to_point("q"), Message::new("x")),
            Outgoing::new(Channel::replies("r"), Message::new(vec![255])),
        ] {
            assert_eq!(
                Columns::of(&outgoing).into_outgoing(),
                Ok(outgoing.clone()),
                "{outgoing:?}"
            );
        }
    }

    #[test]
    fn a_plain_message_takes_no_json_and_a_full_one_what_others_can_write() {
        let plain = Columns::of(&Outgoing::new(
            Channel::point_to_point("q"),
            Message::new("x"),
        ));
        assert_eq!((plain.channel_settings, plain.headers), (None, None));
        let whole = Channel::point_to_point("q").with_shards(1);
        let whole = Columns::of(&Outgoing::new(whole, Message::new("x")));
        assert_eq!(whole.channel_settings, None, "it is not split");
        let full = Columns::of(&full());
        let settings = r#"{"publishSubscribe":true,"keyed":true,"shards":7,"bindings":{"own":{"kafka":{"partitions":3}}}}"#;
        assert_eq!(full.channel_settings.as_deref(), Some(settings));
        let headers = r#"[["a","text"],["a",{"base64":"yA=="}]]"#;
        assert_eq!(full.headers.as_deref(), Some(headers));
    }

    #[test]
    fn nonsense_is_told_by_its_column() {
        let base = || Columns::of(&full());
        for (columns, start) in [
            (
                Columns {
                    headers: Some("{".into()),
                    ..base()
                },
                "`headers`: ",
            ),
            (
                Columns {
                    headers: Some(r#"[["a",{"base64":"!"}]]"#.into()),
                    ..base()
                },
                "`headers`: ",
            ),
            (
                Columns {
                    channel_settings: Some("[]1".into()),
                    ..base()
                },
                "`channel_settings`: ",
            ),
            (
                Columns {
                    channel_settings: Some(r#"{"shard":1}"#.into()),
                    ..base()
                },
                "`channel_settings`: ",
            ),
            (
                Columns {
                    expires_ms: Some(-1),
                    ..base()
                },
                "`expires_ms`: -1 ",
            ),
        ] {
            let error = columns.into_outgoing().unwrap_err();
            assert!(error.starts_with(start), "{error}");
        }
    }

    #[test]
    fn times_beyond_all_bounds_stay_within_them() {
        assert_eq!(milliseconds(UNIX_EPOCH - Duration::from_secs(1)), 0);
        assert_eq!(milliseconds(UNIX_EPOCH + Duration::from_millis(5)), 5);
    }
}
