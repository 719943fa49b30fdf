//! One batch of one channel, and what became of it.
use crate::Stored;
use std::{collections::HashSet, time::Duration};
use tidings::{Channel, Error, ErrorKind, Message, transport::DynTransport};
use tokio::time::Instant;

/// What became of a batch. What is in none of its lists was not tried.
#[derive(Default)]
pub(super) struct Outcome {
    pub(super) channel: String,
    /// Whether it is an address for replies.
    pub(super) for_replies: bool,
    pub(super) published: Vec<i64>,
    /// What can never be published, and why.
    pub(super) parked: Vec<(i64, String)>,
    /// What is to be tried again, by its key.
    pub(super) failed: Vec<(Option<Vec<u8>>, Error)>,
    /// Whose messages went through.
    pub(super) passed: HashSet<Vec<u8>>,
}

/// Publishes rows in their order, up to the first failure of a channel as it is told in the rows.
pub(super) async fn publish(
    transport: &dyn DynTransport,
    channel: String,
    rows: Vec<Stored>,
    timeout: Duration,
) -> Outcome {
    let deadline = Instant::now() + timeout;
    let mut outcome = Outcome {
        channel,
        ..Outcome::default()
    };
    let mut rows = rows.into_iter().peekable();
    while let Some(first) = rows.next() {
        let mut sent = vec![(first.id, first.key)];
        let outgoing = match first.outgoing {
            Ok(outgoing) => outgoing,
            Err(reason) => {
                outcome.parked.push((first.id, reason));
                continue;
            }
        };
        outcome.for_replies = outgoing.channel.for_replies;
        let (channel, mut messages) = (outgoing.channel, vec![outgoing.message]);
        let is_same = |row: &Stored| matches!(&row.outgoing, Ok(next) if next.channel == channel);
        while let Some(Stored {
            id,
            outgoing: Ok(next),
            key,
            ..
        }) = rows.next_if(is_same)
        {
            sent.push((id, key));
            messages.push(next.message);
        }
        let results = transport.publish(&channel, &messages, deadline).await;
        outcome.took(&channel, sent, &messages, results);
        if outcome.is_empty() {
            let reason = "nothing was tried";
            outcome
                .failed
                .push((None, Error::new(ErrorKind::Busy, "publish", reason)));
        }
        if !outcome.failed.is_empty() {
            break;
        }
    }
    outcome
}

impl Outcome {
    fn is_empty(&self) -> bool {
        self.published.is_empty() && self.parked.is_empty() && self.failed.is_empty()
    }

    /// Why nothing can be published any more.
    pub(super) fn closed(&self) -> Option<&Error> {
        let mut errors = self.failed.iter().map(|(_, error)| error);
        errors.find(|error| error.kind() == ErrorKind::Closed)
    }

    fn took(
        &mut self,
        channel: &Channel,
        sent: Vec<(i64, Option<Vec<u8>>)>,
        messages: &[Message],
        results: Vec<tidings::Result<()>>,
    ) {
        for (((id, key), message), result) in sent.into_iter().zip(messages).zip(results) {
            match result {
                Ok(()) => {
                    self.published.push(id);
                    self.passed.extend(key);
                }
                // Its key is held up by one before, which says why.
                Err(error) if error.kind() == ErrorKind::Skipped => {}
                Err(error) if channel.for_replies && error.kind() == ErrorKind::NotFound => {
                    tracing::debug!(id = %message.id, channel = %self.channel, "whoever asked is gone; reply dropped");
                    self.published.push(id);
                }
                Err(error) if is_final(&error) => {
                    tracing::warn!(id = %message.id, channel = %self.channel, %error, "message parked");
                    self.parked.push((id, error.to_string()));
                }
                Err(error) => self.failed.push((key, error)),
            }
        }
    }
}

/// Whether an error is about the message itself, so that trying again cannot help.
fn is_final(error: &Error) -> bool {
    let is_its_own = matches!(
        error.kind(),
        ErrorKind::TooLarge | ErrorKind::Invalid | ErrorKind::Rejected
    );
    is_its_own && !error.is_retryable()
}
