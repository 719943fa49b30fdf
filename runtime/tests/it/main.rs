//! The runtime as its users see it, over the in-process transport.
#![expect(
    clippy::unwrap_used,
    reason = "a test fails by panicking, in its helpers too"
)]
mod asking;
mod bounds;
mod client;
mod cloud_events;
mod competing;
mod cumulative;
mod dead_letters;
mod debug;
mod events;
mod fair;
mod features;
mod formats;
mod full;
mod given;
mod layers;
mod memory;
mod numbers;
mod once;
mod panics;
mod poison;
mod rejected;
mod room;
mod running;
mod schedules;
mod sending;
mod service;
mod settled;
mod stopping;
mod stores;
mod subscription;
mod testing;
mod unseen;
mod wildcards;
mod wrap;

use std::{sync::Arc, time::Duration};
use tidings::{
    Channel, DynTransport, InvalidMessage, Memory, Message, SubscribeSpec, TypedMessage, Verdict,
    dead_letter::REASON,
    transport::{DynSubscription, Event, Incoming},
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
    published(transport, channel, &[message])
        .await
        .remove(0)
        .unwrap();
}

/// The outcomes of a batch that may take 5 seconds.
async fn published(
    transport: &dyn DynTransport,
    channel: &Channel,
    batch: &[Message],
) -> Vec<Result<(), tidings::Error>> {
    let deadline = tokio::time::Instant::now() + Duration::from_secs(5);
    transport.publish(channel, batch, deadline).await
}

async fn listen(transport: &dyn DynTransport, channel: &Channel) -> Box<dyn DynSubscription> {
    let spec = SubscribeSpec::new(channel.clone()).prefetch(10);
    transport.subscribe(&spec).await.unwrap()
}

/// The next deliveries, at most that many.
async fn deliveries(subscription: &mut dyn DynSubscription, max: usize) -> Vec<Incoming> {
    match tokio::time::timeout(PATIENCE, subscription.next(max))
        .await
        .unwrap()
        .unwrap()
    {
        Event::Deliveries(deliveries) => deliveries,
        other => panic!("{other:?} instead of deliveries"),
    }
}

async fn settle(subscription: &mut dyn DynSubscription, incoming: &Incoming, verdict: Verdict) {
    let settler = subscription.settler();
    let failed = settler.settle(&[(incoming.token, verdict)]).await;
    assert!(failed.is_empty(), "{failed:?}");
}

/// The next message, acknowledged.
async fn next(subscription: &mut dyn DynSubscription) -> Message {
    let incoming = deliveries(subscription, 1).await.remove(0);
    settle(subscription, &incoming, Verdict::Ack).await;
    (*incoming.message).clone()
}

async fn nothing_comes(subscription: &mut dyn DynSubscription) -> bool {
    tokio::time::timeout(Duration::from_millis(200), subscription.next(1))
        .await
        .is_err()
}

/// The bodies of the dead letters of a channel, with their reasons.
async fn dead_letters(transport: &dyn DynTransport, channel: &Channel) -> Vec<(String, String)> {
    let address = format!("{}.dead-letters", channel.address);
    let mut subscription = listen(transport, &Channel::point_to_point(address)).await;
    let mut found = Vec::new();
    while let Ok(Ok(Event::Deliveries(letters))) =
        tokio::time::timeout(Duration::from_millis(200), subscription.next(10)).await
    {
        for letter in letters {
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            let reason = letter.message.header(REASON).map(|reason| text(reason));
            found.push((text(&letter.message.body), reason.unwrap_or_default()));
            settle(&mut *subscription, &letter, Verdict::Ack).await;
        }
    }
    found
}
