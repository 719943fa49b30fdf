//! Publishing: to one queue, or to all groups of a topic; in order within a key, and no longer than it may take.
use super::{
    Lifetime, MemorySettings, Phase, Shared, closed,
    place::{INBOX, Place},
    queue::{Beside, Offered, Queue, overhead, size},
    receipt::{Receipts, gone},
    topology::Route,
};
use crate::{Channel, ChannelKind, Error, ErrorKind, Message, Result, Str};
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
    publish_each(shared, channel, batch, deadline, None).await
}

/// The same, each confirmed once its receivers have settled it.
pub(super) async fn publish_settled(
    shared: &Shared,
    channel: &Channel,
    batch: &[Message],
    deadline: Instant,
) -> Vec<Result<()>> {
    let mut receipts: Vec<_> = batch.iter().map(|_| Receipts::new()).collect();
    let outcomes = publish_each(shared, channel, batch, deadline, Some(&mut receipts)).await;
    let mut phase = shared.phase.subscribe();
    let mut settled = Vec::with_capacity(batch.len());
    for (outcome, receipts) in outcomes.into_iter().zip(receipts) {
        let settled_in_time = async {
            tokio::select! {
                biased;
                settled = receipts.settled(deadline) => settled,
                // The sender is in what is shared.
                _ = phase.wait_for(|phase| *phase == Phase::Closed) => Err(gone()),
            }
        };
        settled.push(match outcome {
            Ok(()) => settled_in_time.await.map_err(|error| match error.kind() {
                ErrorKind::Unexpected if shared.is_closed() => closed("publish").ambiguous(),
                _ => error,
            }),
            failed => failed,
        });
    }
    settled
}

async fn publish_each(
    shared: &Shared,
    channel: &Channel,
    batch: &[Message],
    deadline: Instant,
    receipts: Option<&mut [Receipts]>,
) -> Vec<Result<()>> {
    let mut receipts = receipts.map(|receipts| receipts.iter_mut());
    let mut failed: Option<HashSet<&Bytes>> = None;
    let mut outcomes = Vec::with_capacity(batch.len());
    for message in batch {
        let receipts = receipts.as_mut().and_then(Iterator::next);
        let key = message.key.as_ref();
        let is_behind = key.zip(failed.as_ref());
        if is_behind.is_some_and(|(key, failed)| failed.contains(key)) {
            outcomes.push(Err(skipped(channel)));
            continue;
        }
        let outcome = publish_one(shared, channel, message, deadline, receipts).await;
        if outcome.is_err() {
            failed.get_or_insert_default().extend(key);
        }
        outcomes.push(outcome);
    }
    outcomes
}

/// Takes a message where that needs no waiting, else gives it back.
pub(super) fn offer(
    shared: &Shared,
    channel: &Channel,
    message: Arc<Message>,
) -> Option<Arc<Message>> {
    let bytes = message.size();
    let size = bytes + overhead(&message);
    if channel.kind == ChannelKind::PublishSubscribe
        || channel.wildcard
        || bytes > shared.settings.message_bytes
        || !shared.is_open()
    {
        return Some(message);
    }
    let topology = shared.read();
    let Some(queue) = topology.queue(&channel.address) else {
        return Some(message);
    };
    if !topology.wildcards.is_empty() {
        return Some(message);
    }
    // Nobody listens to a reply address that is about to go, which is said to whoever replies.
    let offered = queue.offer_listened(&message, size, &shared.settings);
    (offered != Offered::Added).then_some(message)
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
    mut receipts: Option<&mut Receipts>,
) -> Result<()> {
    let largest = shared.settings.message_bytes;
    if message.size() > largest {
        let reason = format!("{} bytes are more than {largest}", message.size());
        return Err(
            Error::new(ErrorKind::TooLarge, "publish", reason).with("channel", &channel.address)
        );
    }
    if channel.wildcard {
        let reason = "a wildcard is no channel to publish to; fill in its parameters";
        return Err(
            Error::new(ErrorKind::Invalid, "publish", reason).with("channel", &channel.address)
        );
    }
    let message = Arc::new(message.clone());
    loop {
        let full = match channel.kind {
            ChannelKind::PointToPoint => {
                to_queue(shared, channel, &message, receipts.as_deref_mut())?
            }
            ChannelKind::PublishSubscribe => {
                to_topic(shared, channel, &message, receipts.as_deref_mut())?
            }
        };
        let Some(full) = full else { return Ok(()) };
        let freed = full.queue.freed.notified();
        // Looked at again now that nothing can be missed.
        if full.is_over(size(&message), &shared.settings) {
            continue;
        }
        let until = full.until(deadline);
        if timeout_at(until, freed).await.is_err() && until == deadline {
            let reason = "there was no room in the queue in time";
            return Err(
                Error::new(ErrorKind::Busy, "publish", reason).with("channel", &channel.address)
            );
        }
    }
}

/// A queue without room.
struct Full {
    queue: Arc<Queue>,
    patience: Patience,
}

/// How long it is worth waiting for room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Patience {
    /// As long as may be.
    Any,
    /// The same, while somebody listens.
    Listened,
    Until(Instant),
}

impl Full {
    fn is_over(&self, size: usize, settings: &MemorySettings) -> bool {
        let is_left = self.patience == Patience::Listened && !self.queue.has_listeners();
        is_left || self.queue.has_room(size, settings)
    }

    fn until(&self, deadline: Instant) -> Instant {
        match self.patience {
            Patience::Until(until) => until.min(deadline),
            Patience::Any | Patience::Listened => deadline,
        }
    }
}

fn to_queue(
    shared: &Shared,
    channel: &Channel,
    message: &Arc<Message>,
    mut receipts: Option<&mut Receipts>,
) -> Result<Option<Full>> {
    let address = &channel.address;
    // A handler may still answer while the transport closes.
    let is_reply = address.starts_with(INBOX);
    if shared.is_closed() || (!is_reply && !shared.is_open()) {
        return Err(closed("publish"));
    }
    loop {
        let topology = shared.read();
        // Where wildcards are, what is published meanwhile must not choose the other queue.
        let wildcards = Some(&topology.wildcards).filter(|wildcards| !wildcards.is_empty());
        let order = wildcards.map(|wildcards| wildcards.publishing());
        let (queue, borrows) = match topology.route(address) {
            Route::Own(queue) if is_reply && queue.is_expired() => return Err(nobody(channel)),
            Route::Own(queue) => (queue, false),
            Route::Borrower(queue) => (queue, true),
            Route::Behind => {
                topology.borrow(address);
                continue;
            }
            Route::Nowhere if is_reply => return Err(nobody(channel)),
            Route::Nowhere => {
                drop(order);
                drop(topology);
                shared.open(&Place::Queue(address.clone()), Lifetime::Durable)?;
                continue;
            }
        };
        let by = borrows.then_some(address);
        match put(&queue, message, by, shared, receipts.as_deref_mut()) {
            Offered::Added => return Ok(None),
            Offered::Full => {
                let patience = Patience::Any;
                return Ok(Some(Full { queue, patience }));
            }
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

/// Offers a message, with a receipt where its publisher waits for the receivers.
fn put(
    queue: &Queue,
    message: &Arc<Message>,
    address: Option<&Str>,
    shared: &Shared,
    receipts: Option<&mut Receipts>,
) -> Offered {
    let receipt = receipts.as_ref().map(|receipts| receipts.receipt().clone());
    let beside = Beside { address, receipt };
    let offered = queue.offer(message, size(message), beside, &shared.settings);
    if let (Offered::Added, Some(receipts)) = (offered, receipts) {
        receipts.given();
    }
    offered
}

/// Adds a message to all groups or to none; groups that nobody need wait for lose their oldest.
fn to_topic(
    shared: &Shared,
    channel: &Channel,
    message: &Arc<Message>,
    mut receipts: Option<&mut Receipts>,
) -> Result<Option<Full>> {
    if !shared.is_open() {
        return Err(closed("publish"));
    }
    let topology = shared.read();
    let address = &channel.address;
    let topic = topology.topic(address);
    let wildcards = topology.wildcards.groups(address);
    if topic.is_none() && wildcards.is_empty() {
        return Ok(None);
    }
    let _order = (!wildcards.is_empty()).then(|| topology.wildcards.publishing());
    let _order_here = topic.map(|topic| {
        let publishing = topic.publishing.lock();
        publishing.unwrap_or_else(PoisonError::into_inner)
    });
    let size = size(message);
    let own = topic.into_iter().flat_map(|topic| topic.groups.values());
    let own = own.map(|queue| (queue, None));
    let groups = own.chain(wildcards.iter().map(|queue| (*queue, Some(address))));
    let groups = groups.filter(|(queue, _)| !queue.is_expired());
    let mut neglected = Vec::new();
    for (queue, _) in groups.clone() {
        if queue.has_room(size, &shared.settings) {
            continue;
        }
        // Who is told when it is settled is told so of all that listen, and waits for them.
        let patience = match queue.waits_until(&shared.settings) {
            Some(_) if receipts.is_some() => Some(Patience::Listened),
            Some(until) if until > Instant::now() => Some(Patience::Until(until)),
            _ => None,
        };
        match patience {
            Some(patience) => {
                let queue = (*queue).clone();
                return Ok(Some(Full { queue, patience }));
            }
            None => neglected.push(Arc::as_ptr(queue)),
        }
    }
    for (queue, address) in groups {
        if neglected.contains(&Arc::as_ptr(queue)) {
            queue.force(message, address, &shared.settings);
        } else {
            // Room can only have grown since; a queue that is going needs nothing.
            let receipts = receipts.as_deref_mut().filter(|_| queue.has_listeners());
            put(queue, message, address, shared, receipts);
        }
    }
    Ok(None)
}
