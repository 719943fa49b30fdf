//! Publishing: to one queue, or to all groups of a topic; in order within a key, and no longer than it may take.
use super::{
    Lifetime, Shared, closed,
    queue::{Offered, Queue, overhead, size},
    topology::{INBOX, Place},
};
use crate::{Channel, ChannelKind, Error, ErrorKind, Message, Result};
use bytes::Bytes;
use std::{
    collections::HashSet,
    sync::{Arc, PoisonError},
};
use tokio::time::{Instant, timeout_at};

/// One outcome a message. After a message with a key has failed, those behind it of its key are skipped.
pub(super) async fn publish(
    shared: &Shared,
    channel: &Channel,
    batch: &[Message],
    deadline: Instant,
) -> Vec<Result<()>> {
    let mut failed: Option<HashSet<&Bytes>> = None;
    let mut outcomes = Vec::with_capacity(batch.len());
    for message in batch {
        let key = message.key.as_ref();
        let is_behind = key.zip(failed.as_ref());
        if is_behind.is_some_and(|(key, failed)| failed.contains(key)) {
            outcomes.push(Err(skipped(channel)));
            continue;
        }
        let outcome = publish_one(shared, channel, message, deadline).await;
        if outcome.is_err() {
            failed.get_or_insert_default().extend(key);
        }
        outcomes.push(outcome);
    }
    outcomes
}

/// Takes a message where that needs no waiting, else gives it back.
pub(super) fn offer(shared: &Shared, channel: &Channel, message: Message) -> Option<Message> {
    let bytes = message.size();
    let size = bytes + overhead(&message);
    if channel.kind == ChannelKind::PublishSubscribe
        || bytes > shared.settings.message_bytes
        || !shared.is_open()
    {
        return Some(message);
    }
    let topology = shared.read();
    let Some(queue) = topology.queue(&channel.address) else {
        return Some(message);
    };
    if channel.address.starts_with(INBOX) && queue.is_expired() {
        return Some(message);
    }
    let mut message = Some(message);
    queue.offer_where(size, &shared.settings, || {
        Arc::new(message.take().unwrap_or_default())
    });
    message
}

fn skipped(channel: &Channel) -> Error {
    let reason = "an earlier message of its key failed";
    Error::new(ErrorKind::Skipped, "publish", reason).with("channel", &channel.address)
}

async fn publish_one(
    shared: &Shared,
    channel: &Channel,
    message: &Message,
    deadline: Instant,
) -> Result<()> {
    let largest = shared.settings.message_bytes;
    if message.size() > largest {
        let reason = format!("{} bytes are more than {largest}", message.size());
        return Err(
            Error::new(ErrorKind::TooLarge, "publish", reason).with("channel", &channel.address)
        );
    }
    let message = Arc::new(message.clone());
    loop {
        let full = match channel.kind {
            ChannelKind::PointToPoint => to_queue(shared, channel, &message)?,
            ChannelKind::PublishSubscribe => to_topic(shared, channel, &message)?,
        };
        let Some(full) = full else { return Ok(()) };
        let freed = full.queue.freed.notified();
        // Looked at again now that nothing can be missed.
        if full.queue.has_room(size(&message), &shared.settings) {
            continue;
        }
        let until = full.until.map_or(deadline, |until| until.min(deadline));
        if timeout_at(until, freed).await.is_err() && until == deadline {
            let reason = "there was no room in the queue in time";
            return Err(
                Error::new(ErrorKind::Busy, "publish", reason).with("channel", &channel.address)
            );
        }
    }
}

/// A queue without room, and until when it is worth waiting for it, where that is known.
struct Full {
    queue: Arc<Queue>,
    until: Option<Instant>,
}

fn to_queue(shared: &Shared, channel: &Channel, message: &Arc<Message>) -> Result<Option<Full>> {
    let address = &channel.address;
    // A handler may still answer while the transport closes.
    let is_reply = address.starts_with(INBOX);
    if shared.is_closed() || (!is_reply && !shared.is_open()) {
        return Err(closed("publish"));
    }
    loop {
        let there = shared.read().queue(address).cloned();
        let queue = match there {
            Some(queue) if is_reply && queue.is_expired() => return Err(nobody(channel)),
            Some(queue) => queue,
            None if is_reply => return Err(nobody(channel)),
            None => shared.open(&Place::Queue(address.clone()), Lifetime::Durable)?,
        };
        match queue.offer(message, &shared.settings) {
            Offered::Added => return Ok(None),
            Offered::Full => return Ok(Some(Full { queue, until: None })),
            // It was removed meanwhile.
            Offered::Removed if shared.is_closed() => return Err(closed("publish")),
            Offered::Removed => {}
        }
    }
}

fn nobody(channel: &Channel) -> Error {
    let reason = "nobody listens to this reply address any more";
    Error::new(ErrorKind::NotFound, "publish", reason).with("address", &channel.address)
}

/// Adds a message to all groups or to none; groups that nobody need wait for lose their oldest.
fn to_topic(shared: &Shared, channel: &Channel, message: &Arc<Message>) -> Result<Option<Full>> {
    if !shared.is_open() {
        return Err(closed("publish"));
    }
    let topology = shared.read();
    let Some(topic) = topology.topic(&channel.address) else {
        return Ok(None);
    };
    let _order = topic
        .publishing
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    let size = size(message);
    let groups = topic.groups.values().filter(|queue| !queue.is_expired());
    let mut neglected = Vec::new();
    for queue in groups.clone() {
        if queue.has_room(size, &shared.settings) {
            continue;
        }
        match queue.waits_until(&shared.settings) {
            Some(until) if until > Instant::now() => {
                let queue = queue.clone();
                return Ok(Some(Full {
                    queue,
                    until: Some(until),
                }));
            }
            _ => neglected.push(Arc::as_ptr(queue)),
        }
    }
    for queue in groups {
        if neglected.contains(&Arc::as_ptr(queue)) {
            queue.force(message, &shared.settings);
        } else {
            // Room can only have grown since; a queue that is going needs nothing.
            queue.offer(message, &shared.settings);
        }
    }
    Ok(None)
}
