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
use tokio::sync::oneshot;

pub(super) const MAX_PREFETCH: usize = 1 << 16;
/// Deliveries taken from a queue at a time.
const BATCH: usize = 64;

/// Takes deliveries while there is a connection with room for them, until the subscription ends.
pub(super) async fn pump(
    id: u64,
    mut subscription: MemorySubscription,
    mut ended: oneshot::Receiver<()>,
    outbox: Arc<Outbox>,
) {
    let settler = subscription.settler();
    loop {
        let next = async {
            outbox.has_room().await;
            tokio::select! {
                next = subscription.next(BATCH) => Some(next),
                // What comes now is for others.
                () = outbox.is_lost() => None,
            }
        };
        let next = tokio::select! {
            next = next => next,
            _ = &mut ended => return subscription.end(),
        };
        match next {
            Some(Ok(Event::Deliveries(deliveries))) => {
                deliver(id, &settler, deliveries, &outbox).await;
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

/// Sends deliveries in frames of a fair size.
async fn deliver(id: u64, settler: &MemorySettler, deliveries: Vec<Incoming>, outbox: &Outbox) {
    let mut chunk = Vec::with_capacity(deliveries.len());
    let mut size = 0;
    for incoming in deliveries {
        let Incoming {
            message,
            token,
            attempt,
            ..
        } = incoming;
        let added = encoded_size(&message);
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
        chunk.push(Delivery {
            position: token.position,
            attempt,
            message,
        });
    }
    send_chunk(id, &mut chunk, outbox);
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
