//! The runtime as its users see it, over the in-process transport.
#![expect(
    clippy::unwrap_used,
    reason = "a test fails by panicking, in its helpers too"
)]
mod client;
mod memory;
mod service;
mod subscription;

use std::{sync::Arc, time::Duration};
use tidings::{
    Channel, DynTransport, InvalidMessage, Memory, Message, SubscribeSpec, TypedMessage, Verdict,
    transport::DynSubscription,
};

/// A message with a text of at least one character.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Text(String);

fn text(text: &str) -> Text {
    Text(text.to_owned())
}

impl TypedMessage for Text {
    const NAMES: &'static [&'static str] = &["Text"];

    fn encode(&self) -> Result<Message, InvalidMessage> {
        let message = Message::named("Text", "text/plain", self.0.clone());
        Self::decode(&message).map(|_| message)
    }

    fn decode(message: &Message) -> Result<Self, InvalidMessage> {
        match str::from_utf8(&message.body) {
            Ok("") => Err(InvalidMessage::at("Text", "/payload", "is empty")),
            Ok(text) => Ok(Self(text.to_owned())),
            Err(_) => Err(InvalidMessage::at("Text", "/payload", "is not UTF-8")),
        }
    }
}

/// A message that keeps correlation id and reply address in headers of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Stamped;

impl TypedMessage for Stamped {
    const NAMES: &'static [&'static str] = &["Stamped"];

    fn encode(&self) -> Result<Message, InvalidMessage> {
        Ok(Message::named("Stamped", "text/plain", ""))
    }

    fn decode(_: &Message) -> Result<Self, InvalidMessage> {
        Ok(Self)
    }

    fn stamp(message: &mut Message) {
        for (header, value) in [
            ("correlation", message.correlation_id.take()),
            ("reply", message.reply_to.take()),
        ] {
            if let Some(value) = value {
                message.set_header(header, value.as_bytes().to_vec());
            }
        }
    }

    fn correlation(message: &Message) -> Option<tidings::Str> {
        let header = message.header("correlation")?;
        Some(String::from_utf8_lossy(header).as_ref().into())
    }

    fn reply_address(message: &Message) -> Option<tidings::Str> {
        let header = message.header("reply")?;
        Some(String::from_utf8_lossy(header).as_ref().into())
    }
}

const PATIENCE: Duration = Duration::from_secs(10);

fn memory() -> Arc<dyn DynTransport> {
    Arc::new(Memory::new())
}

async fn publish(transport: &dyn DynTransport, channel: &Channel, message: Message) {
    transport
        .publish(channel, vec![message])
        .await
        .pop()
        .unwrap()
        .unwrap();
}

async fn listen(transport: &dyn DynTransport, channel: &Channel) -> Box<dyn DynSubscription> {
    transport
        .subscribe(SubscribeSpec {
            channel: channel.clone(),
            group: None,
            prefetch: 10,
        })
        .await
        .unwrap()
}

/// The next message, acknowledged.
async fn next(subscription: &mut dyn DynSubscription) -> Message {
    let incoming = tokio::time::timeout(PATIENCE, subscription.next(1))
        .await
        .unwrap()
        .unwrap()
        .remove(0);
    subscription
        .settle(&[(incoming.token, Verdict::Ack)])
        .await
        .unwrap();
    incoming.message
}

async fn nothing_comes(subscription: &mut dyn DynSubscription) -> bool {
    tokio::time::timeout(Duration::from_millis(200), subscription.next(1))
        .await
        .is_err()
}
