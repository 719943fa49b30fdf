//! The deliveries of one subscription, on their way to the other end.
use super::fault::fault;
use crate::{
    outbox::Outbox,
    wire::{CHUNK, Delivery, Frame, MAX_FRAME, encoded_size},
};
use std::sync::Arc;
use tidings::{
    ErrorKind, Verdict,
    memory::{MemorySettler, MemorySubscription},
    transport::{Event, Incoming, Settler, Subscription},
};
use tokio::sync::watch;

pub(super) const MAX_PREFETCH: usize = 1 << 16;
/// Deliveries taken from a queue at a time.
const BATCH: usize = 64;

/// Takes as many deliveries as are asked for, of all since it began, while there is a connection with room for them; until
/// nobody can ask any more.
pub(super) async fn pump(
    id: u64,
    mut subscription: MemorySubscription,
    mut asked: watch::Receiver<u64>,
    outbox: Arc<Outbox>,
) {
    let settler = subscription.settler();
    let mut sent = 0;
    loop {
        let wanted = asked.borrow_and_update().saturating_sub(sent);
        let most = usize::try_from(wanted).unwrap_or(BATCH).min(BATCH);
        let next = async {
            outbox.has_room().await;
            tokio::select! {
                next = subscription.next(most) => Some(next),
                // What comes now is for others.
                () = outbox.is_lost() => None,
            }
        };
        let next = tokio::select! {
            next = next => next,
            changed = asked.changed() => match changed {
                Ok(()) => continue,
                Err(_) => return subscription.end(),
            },
        };
        match next {
            Some(Ok(Event::Deliveries(deliveries))) => {
                sent += deliver(id, &settler, deliveries, &outbox).await;
            }
            Some(Ok(Event::Lost { count })) => {
                let lost = Frame::Lost {
                    subscription: id,
                    count,
                };
                outbox.push(lost.encode());
            }
            Some(Ok(_)) | None => {}
            // The connection ends soon, and the other end tries again elsewhere or later.
            Some(Err(error)) if error.kind() == ErrorKind::Closed => return,
            Some(Err(error)) => {
                let ended = Frame::Ended {
                    subscription: id,
                    fault: fault(&error),
                };
                outbox.push(ended.encode());
                return;
            }
        }
    }
}

/// Sends deliveries in frames of a fair size; gives how many.
async fn deliver(
    id: u64,
    settler: &MemorySettler,
    deliveries: Vec<Incoming>,
    outbox: &Outbox,
) -> u64 {
    let mut chunk = Vec::with_capacity(deliveries.len());
    let (mut size, mut count) = (0, 0);
    for incoming in deliveries {
        let Incoming {
            message,
            token,
            attempt,
            address,
            ..
        } = incoming;
        let name = address.as_ref().map_or(0, |address| address.len());
        let added = encoded_size(&message) + name;
        if added > MAX_FRAME - 64 {
            tracing::error!(id = %message.id, bytes = added, "message is too large for the connection, rejected");
            let verdict = Verdict::reject("it is too large for the connection");
            drop(settler.settle(&[(token, verdict)]).await);
            continue;
        }
        if size + added > CHUNK {
            send_chunk(id, &mut chunk, outbox);
            size = 0;
        }
        size += added;
        count += 1;
        chunk.push(Delivery {
            position: token.position,
            attempt,
            address,
            message,
        });
    }
    send_chunk(id, &mut chunk, outbox);
    count
}

fn send_chunk(id: u64, chunk: &mut Vec<Delivery>, outbox: &Outbox) {
    if chunk.is_empty() {
        return;
    }
    let frame = Frame::Deliver {
        subscription: id,
        deliveries: std::mem::take(chunk),
    };
    outbox.push(frame.encode());
}
