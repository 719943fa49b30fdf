//! One batch of one channel, and what became of it.
use crate::{Refused, Stored};
use bytes::Bytes;
use futures_util::FutureExt as _;
use std::{
    panic::AssertUnwindSafe,
    sync::Arc,
    time::{Duration, SystemTime},
};
use tidings::{Channel, Error, ErrorKind, Message, MessageId, transport::DynTransport};
use tokio::time::timeout_at;

/// How long after its deadline a transport is given up that should have ended then.
const LATE: Duration = Duration::from_secs(5);

/// What became of a batch. What is in none of its lists was not tried.
#[derive(Default)]
pub(super) struct Outcome {
    pub(super) channel: String,
    /// Whether it is an address for replies.
    pub(super) for_replies: bool,
    pub(super) published: Vec<(i64, MessageId)>,
    /// What was published before, and could not be deleted then.
    pub(super) before: Vec<(i64, MessageId)>,
    /// What can never be published, and why.
    pub(super) parked: Vec<ToPark>,
    /// What is to be tried again.
    pub(super) failed: Vec<Failed>,
    /// Whose messages went through, or are parked.
    pub(super) passed: Vec<Bytes>,
    /// Replies that nobody wants.
    pub(super) dropped: Vec<(i64, MessageId)>,
    /// From when on the first of those can be published which were left for later, and how long the broker holds back itself.
    pub(super) later: Option<(SystemTime, Duration)>,
    pub(super) bytes: usize,
    /// The number of the lead that has read it.
    pub(super) lead: u64,
}

/// What can never be published.
pub(super) struct ToPark {
    pub(super) row: Refused,
    pub(super) key: Option<Bytes>,
}

/// What is to be tried again.
pub(super) struct Failed {
    pub(super) id: i64,
    pub(super) message_id: Option<MessageId>,
    pub(super) key: Option<Bytes>,
    pub(super) error: Error,
    /// From when on nobody wants it.
    pub(super) expires: Option<SystemTime>,
}

/// Rows of one channel as it is told in them.
struct Group {
    channel: Channel,
    sent: Vec<(i64, Option<Bytes>)>,
    messages: Vec<Message>,
}

/// Publishes rows in their order, up to the first failure of a channel as it is told in the rows. A transport that panics has failed.
pub(super) async fn publish(
    transport: Arc<dyn DynTransport>,
    channel: String,
    rows: Vec<Stored>,
    before: Vec<(i64, MessageId)>,
    timeout: Duration,
) -> Outcome {
    let mut outcome = Outcome {
        channel,
        before,
        ..Outcome::default()
    };
    let batch = outcome.publish(&*transport, rows, timeout);
    if AssertUnwindSafe(batch).catch_unwind().await.is_err() {
        let error = Error::new(ErrorKind::Unexpected, "publish", "the transport panicked");
        outcome.failed.push(Failed::of_all(error));
    }
    outcome
}

impl ToPark {
    /// What could not be parked.
    pub(super) fn unparked(self, error: Error) -> Failed {
        Failed {
            id: self.row.id,
            message_id: self.row.message_id,
            key: self.key,
            error,
            expires: None,
        }
    }
}

impl Failed {
    /// What is tried no more.
    pub(super) fn refused(self) -> ToPark {
        let reason = readable(&self.error.to_string());
        ToPark {
            row: Refused::new(self.id, self.message_id, reason),
            key: self.key,
        }
    }

    /// What nobody wants any more.
    pub(super) fn dropped(self) -> Option<(i64, MessageId)> {
        self.message_id.map(|message_id| (self.id, message_id))
    }

    /// The failure of a whole channel.
    pub(super) fn of_all(error: Error) -> Self {
        Self {
            id: 0,
            message_id: None,
            key: None,
            error,
            expires: None,
        }
    }
}

impl Outcome {
    /// The same, of a batch of that size, read by the lead of that number.
    pub(super) fn of(self, bytes: usize, lead: u64) -> Self {
        Self {
            bytes,
            lead,
            ..self
        }
    }

    async fn publish(
        &mut self,
        transport: &dyn DynTransport,
        rows: Vec<Stored>,
        timeout: Duration,
    ) {
        let groups = self.groups(transport, rows);
        for Group {
            channel,
            sent,
            messages,
        } in groups
        {
            self.for_replies = channel.for_replies;
            // Each has the time of a batch, so that none fails for those before it.
            let deadline = super::later(timeout);
            let results = transport.publish(&channel, &messages, deadline);
            let Ok(results) = timeout_at(deadline + LATE, results).await else {
                let reason = "the transport did not end at its deadline";
                let error = Error::new(ErrorKind::Timeout, "publish", reason);
                self.failed.push(Failed::of_all(error));
                break;
            };
            let before = self.settled();
            self.took(sent, messages, results);
            if self.settled() == before && self.failed.is_empty() {
                let error = Error::new(ErrorKind::Busy, "publish", "nothing was tried");
                self.failed.push(Failed::of_all(error));
            }
            if !self.failed.is_empty() {
                break;
            }
        }
    }

    /// Rows with the same settings go together, but for those behind one of their key that goes otherwise.
    fn groups(&mut self, transport: &dyn DynTransport, rows: Vec<Stored>) -> Vec<Group> {
        let now = SystemTime::now();
        let mut groups: Vec<Group> = Vec::new();
        // The last group of a key; none may be put into one before.
        let mut last = std::collections::HashMap::<Bytes, usize>::new();
        for row in rows {
            let Stored { id, key, .. } = row;
            let (channel, mut message) = match row.outgoing {
                Ok(outgoing) => (outgoing.channel, outgoing.message),
                Err(reason) => {
                    let row = Refused::new(id, row.message_id, readable(&reason));
                    self.parked.push(ToPark { row, key });
                    continue;
                }
            };
            if !self.is_due(transport, &channel, &mut message, now) {
                continue;
            }
            let from = key.as_ref().and_then(|key| last.get(key));
            let from = from.copied().unwrap_or_default();
            let mut among = groups.iter().enumerate().skip(from).rev();
            let found = among.find(|(_, group)| group.channel == channel);
            let place = match found {
                Some((place, _)) => place,
                None => {
                    groups.push(Group {
                        channel,
                        sent: Vec::new(),
                        messages: Vec::new(),
                    });
                    groups.len() - 1
                }
            };
            if groups.len() > 1
                && let Some(key) = &key
            {
                last.insert(key.clone(), place);
            }
            groups[place].sent.push((id, key));
            groups[place].messages.push(message);
        }
        groups
    }

    /// Whether a message may go to the broker by now, which holds it back for as long as it can. One that is told without need when it
    /// may be delivered is told so no more.
    fn is_due(
        &mut self,
        transport: &dyn DynTransport,
        channel: &Channel,
        message: &mut Message,
        now: SystemTime,
    ) -> bool {
        let Some(not_before) = message.not_before else {
            return true;
        };
        let delay = transport.capabilities(channel).delay.unwrap_or_default();
        let due = not_before.checked_sub(delay).unwrap_or(now);
        if due > now {
            let first = self.later.map_or(due, |(first, _)| first.min(due));
            self.later = Some((first, delay));
            return false;
        }
        if not_before <= now {
            message.not_before = None;
        }
        true
    }

    fn settled(&self) -> usize {
        self.published.len() + self.parked.len()
    }

    /// Why nothing can be published any more.
    pub(super) fn closed(&self) -> Option<&Error> {
        let mut errors = self.failed.iter().map(|failed| &failed.error);
        errors.find(|error| error.kind() == ErrorKind::Closed)
    }

    fn took(
        &mut self,
        sent: Vec<(i64, Option<Bytes>)>,
        messages: Vec<Message>,
        results: Vec<tidings::Result<()>>,
    ) {
        for (((id, key), message), result) in sent.into_iter().zip(messages).zip(results) {
            match result {
                Ok(()) => {
                    self.published.push((id, message.id));
                    self.passed.extend(key);
                }
                // Its key is held up by one before, which says why.
                Err(error) if error.kind() == ErrorKind::Skipped => {}
                Err(error) if is_final(&error) => {
                    tracing::warn!(id = %message.id, channel = %self.channel, %error, "message parked");
                    let reason = readable(&error.to_string());
                    self.passed.extend(key.clone());
                    let row = Refused::new(id, Some(message.id), reason);
                    self.parked.push(ToPark { row, key });
                }
                Err(error) => self.failed.push(Failed {
                    id,
                    message_id: Some(message.id),
                    key,
                    error,
                    expires: message.expires,
                }),
            }
        }
    }
}

/// Without what no database takes within text, and no terminal shows.
fn readable(reason: &str) -> String {
    let is_plain = |letter: &char| !letter.is_control() || *letter == '\n';
    reason.chars().filter(is_plain).collect()
}

/// Whether an error is about the message itself, so that trying again cannot help.
fn is_final(error: &Error) -> bool {
    let is_its_own = matches!(
        error.kind(),
        ErrorKind::TooLarge | ErrorKind::Invalid | ErrorKind::Rejected | ErrorKind::Unsupported
    );
    is_its_own && !error.is_retryable()
}
