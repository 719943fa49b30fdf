//! Batches, in which nothing overtakes an earlier message of its key that failed.
use crate::wire::too_large;
use bytes::Bytes;
use std::collections::HashSet;
use tidings::{Channel, Error, ErrorKind, Memory, Message, Result, Transport, transport::Confirm};
use tokio::time::Instant;

/// Publishes what can be delivered to connecting ends.
pub(crate) async fn publish(
    memory: &Memory,
    channel: &Channel,
    batch: &[Message],
    deadline: Instant,
    confirm: Confirm,
) -> Vec<Result<()>> {
    if batch.iter().all(|message| too_large(message).is_none()) {
        return publish_in(memory, channel, batch, deadline, confirm).await;
    }
    // One by one, since none of a key may overtake what cannot be published.
    let mut failed = Failed::default();
    let mut outcomes = Vec::with_capacity(batch.len());
    for message in batch {
        let outcome = match failed
            .skips(message, channel)
            .or_else(|| too_large(message))
        {
            Some(error) => Err(error),
            None => {
                let one = std::slice::from_ref(message);
                let mut outcome = publish_in(memory, channel, one, deadline, confirm).await;
                outcome.pop().unwrap_or(Ok(()))
            }
        };
        failed.note(message, &outcome);
        outcomes.push(outcome);
    }
    outcomes
}

async fn publish_in(
    memory: &Memory,
    channel: &Channel,
    batch: &[Message],
    deadline: Instant,
    confirm: Confirm,
) -> Vec<Result<()>> {
    match confirm {
        Confirm::Settled => memory.publish_settled(channel, batch, deadline).await,
        _ => memory.publish(channel, batch, deadline).await,
    }
}

/// The keys of a batch whose later messages are skipped.
#[derive(Default)]
pub(crate) struct Failed<'a>(HashSet<&'a Bytes>);

impl<'a> Failed<'a> {
    /// Why a message is skipped.
    pub(crate) fn skips(&self, message: &Message, channel: &Channel) -> Option<Error> {
        let key = message.key.as_ref().filter(|key| self.0.contains(*key));
        let reason = "an earlier message of its key failed";
        let error =
            |_| Error::new(ErrorKind::Skipped, "publish", reason).with("channel", &channel.address);
        key.map(error)
    }

    pub(crate) fn note(&mut self, message: &'a Message, outcome: &Result<()>) {
        if outcome.is_err() {
            self.0.extend(message.key.as_ref());
        }
    }
}
