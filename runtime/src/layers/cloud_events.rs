//! CloudEvents 1.0 (<https://github.com/cloudevents/spec>) around messages: who says it, what it is, and when.
use crate::{
    Channel, Error, ErrorKind, HandlerError, InvalidMessage, Layer, Message, MessageId, Result,
    SendError, Str, clock,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use jiff::Timestamp;
use serde_json::{Map, Value, value::RawValue};
use std::{collections::HashMap, sync::Arc, time::SystemTime};

/// Media type of an event in one piece.
const STRUCTURED: &str = "application/cloudevents+json";
/// The version that is written, and read.
const VERSION: &str = "1.0";

/// Sends messages as CloudEvents, and reads those that come. The id of an event is that of its message, its type the name of
/// the message, its `partitionkey` the key, its time when the message was made.
///
/// Messages that are no events are read as they are. What a foreign producer sends by `partitionkey` alone, without the key of the
/// broker, has its key once it is read: its order is that of the broker, and a service that handles several at once keeps no other.
#[derive(Debug, Clone)]
pub struct CloudEvents {
    source: String,
    mode: Mode,
    type_prefix: String,
    header_prefix: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Binary,
    Structured,
}

impl CloudEvents {
    /// Attributes as headers, named as Kafka's binding has them (`ce_id`), the payload as it is. The source is a URI reference
    /// of whoever sends, such as `/orders` or `https://example.com/orders`.
    ///
    /// # Errors
    /// When the source is empty or has white space.
    pub fn binary(source: &str) -> Result<Self> {
        Self::new(source, Mode::Binary)
    }

    /// One JSON document of attributes and payload, for transports that have no headers.
    ///
    /// # Errors
    /// When the source is empty or has white space.
    pub fn structured(source: &str) -> Result<Self> {
        Self::new(source, Mode::Structured)
    }

    fn new(source: &str, mode: Mode) -> Result<Self> {
        if source.is_empty() || source.contains(char::is_whitespace) {
            let reason = format!("`{source}` is no source; write a URI reference as `/orders`");
            return Err(Error::new(ErrorKind::Invalid, "cloud events", reason));
        }
        Ok(Self {
            source: source.to_owned(),
            mode,
            type_prefix: String::new(),
            header_prefix: "ce_".to_owned(),
        })
    }

    /// The same, with that before the name of every message: `com.example.` makes `com.example.OrderPlaced`.
    #[must_use]
    pub fn with_type_prefix(self, prefix: &str) -> Self {
        Self {
            type_prefix: prefix.to_owned(),
            ..self
        }
    }

    /// The same, with that before every header: `ce-` for NATS, `cloudEvents:` for AMQP, nothing for MQTT.
    #[must_use]
    pub fn with_header_prefix(self, prefix: &str) -> Self {
        Self {
            header_prefix: prefix.to_owned(),
            ..self
        }
    }

    /// The attributes of a message but for its media type.
    fn attributes(&self, message: &Message) -> Vec<(&'static str, String)> {
        let name = message.name.as_deref().unwrap_or("message");
        let mut attributes = vec![
            ("specversion", VERSION.to_owned()),
            ("id", message.id.to_string()),
            ("source", self.source.clone()),
            ("type", format!("{}{name}", self.type_prefix)),
        ];
        let made = message.created.unwrap_or_else(clock::now);
        if let Ok(time) = Timestamp::try_from(made) {
            attributes.push(("time", time.to_string()));
        }
        let key = message
            .key
            .as_ref()
            .and_then(|key| std::str::from_utf8(key).ok());
        attributes.extend(key.map(|key| ("partitionkey", key.to_owned())));
        attributes
    }

    fn write_headers(&self, message: &mut Message) {
        // A message that is sent on may have that of its last journey.
        let key = format!("{}partitionkey", self.header_prefix);
        message.headers.retain(|(name, _)| **name != *key);
        for (name, value) in self.attributes(message) {
            let name = format!("{}{name}", self.header_prefix);
            message.set_header(&name, value);
        }
    }

    fn write_document(&self, message: &mut Message) {
        let attributes = self.attributes(message);
        let mut event: Map<String, Value> = attributes
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.into()))
            .collect();
        if let Some(content_type) = &message.content_type {
            event.insert("datacontenttype".to_owned(), (**content_type).into());
        }
        message.body = document(event, message).into();
        message.content_type = Some(STRUCTURED.into());
    }

    /// Reads the headers of an event, where it is one.
    fn read_headers(&self, message: &mut Arc<Message>) {
        let header = |name: &str| {
            let value = message.header(&format!("{}{name}", self.header_prefix))?;
            std::str::from_utf8(value).ok().map(str::to_owned)
        };
        if header("specversion").as_deref() != Some(VERSION) {
            return;
        }
        let names = ["id", "type", "time", "partitionkey"];
        let values = names.map(header);
        self.apply(Arc::make_mut(message), values);
    }

    /// Reads an event in one piece.
    fn read_document(&self, message: &mut Arc<Message>) -> Result<(), InvalidMessage> {
        let invalid = |reason: String| InvalidMessage::at("CloudEvents", "/payload", reason);
        let event: HashMap<String, &RawValue> =
            serde_json::from_slice(&message.body).map_err(|error| invalid(error.to_string()))?;
        let text = |name: &str| event.get(name).and_then(|value| text(value));
        if text("specversion").as_deref() != Some(VERSION) {
            return Err(invalid(format!("`specversion` must be `{VERSION}`")));
        }
        let names = ["id", "type", "time", "partitionkey"];
        let values = names.map(text);
        let content_type = text("datacontenttype");
        let body = match (text("data_base64"), event.get("data")) {
            (Some(coded), _) => {
                let decoded = STANDARD.decode(&coded);
                decoded.map_err(|error| invalid(error.to_string()))?.into()
            }
            (None, Some(data)) => read_data(&message.body, data, content_type.as_deref()),
            (None, None) => Bytes::new(),
        };
        let message = Arc::make_mut(message);
        message.body = body;
        message.content_type =
            Some(content_type.map_or_else(|| "application/json".into(), Str::from));
        self.apply(message, values);
        Ok(())
    }

    fn apply(&self, message: &mut Message, [id, kind, time, key]: [Option<String>; 4]) {
        if let Some(id) = id {
            message.id = MessageId::from(&*id);
        }
        if let Some(kind) = kind {
            let name = kind.strip_prefix(&self.type_prefix).unwrap_or(&kind);
            message.name = Some(name.into());
        }
        let time = time.and_then(|time| time.parse::<Timestamp>().ok());
        if let Some(time) = time {
            message.created = Some(SystemTime::from(time));
        }
        if let Some(key) = key.filter(|_| message.key.is_none()) {
            message.key = Some(key.into());
        }
    }
}

impl Layer for CloudEvents {
    fn outgoing(&self, _: &Channel, message: &mut Message) -> Result<(), SendError> {
        match self.mode {
            Mode::Binary => self.write_headers(message),
            // Made ready before, and kept until now.
            Mode::Structured if message.content_type.as_deref() == Some(STRUCTURED) => {}
            Mode::Structured => self.write_document(message),
        }
        Ok(())
    }

    fn incoming(&self, _: &Channel, message: &mut Arc<Message>) -> Result<(), HandlerError> {
        let is_document = message
            .content_type
            .as_deref()
            .is_some_and(|text| text.to_ascii_lowercase().starts_with(STRUCTURED));
        if is_document {
            self.read_document(message)?;
        } else {
            self.read_headers(message);
        }
        Ok(())
    }
}

fn is_json(content_type: Option<&str>) -> bool {
    let plain = content_type.map(|text| text.split(';').next().unwrap_or(text).trim());
    plain.is_none_or(|text| text.ends_with("/json") || text.ends_with("+json"))
}

/// An event in one piece: its attributes, and the payload; JSON as it is written, so that no number is rounded.
fn document(mut event: Map<String, Value>, message: &Message) -> String {
    let data = serde_json::from_slice::<&RawValue>(&message.body).ok();
    let Some(data) = data.filter(|_| is_json(message.content_type.as_deref())) else {
        event.insert(
            "data_base64".to_owned(),
            STANDARD.encode(&message.body).into(),
        );
        return Value::Object(event).to_string();
    };
    let mut document = Value::Object(event).to_string();
    document.pop();
    document + ",\"data\":" + data.get() + "}"
}

fn text(value: &RawValue) -> Option<String> {
    serde_json::from_str(value.get()).ok()
}

/// The payload, which is part of the event. Text is itself where the media type is not JSON's.
fn read_data(event: &Bytes, data: &RawValue, content_type: Option<&str>) -> Bytes {
    match text(data).filter(|_| !is_json(content_type)) {
        Some(text) => text.into(),
        None => event.slice_ref(data.get().as_bytes()),
    }
}
