//! What a relay asks of a database. Implemented once a database.
use bytes::Bytes;
use std::time::Duration;
use tidings::{BoxFuture, MessageId, Outgoing, Result};

/// A row of the outbox.
#[derive(Debug)]
#[non_exhaustive]
pub struct Stored {
    /// Its number, in the order of publication.
    pub id: i64,
    /// What it says, or why that makes no sense.
    pub outgoing: Result<Outgoing, String>,
    /// Its key.
    pub key: Option<Bytes>,
    /// The id of its message where that alone makes sense.
    pub message_id: Option<MessageId>,
}

impl Stored {
    /// A row of that number.
    #[must_use]
    pub fn new(id: i64, outgoing: Result<Outgoing, String>, key: Option<Bytes>) -> Self {
        Self {
            id,
            outgoing,
            key,
            message_id: None,
        }
    }

    /// The same with the id of its message where that alone makes sense.
    #[cfg(feature = "sqlx")]
    pub(crate) fn identified(mut self, message_id: impl FnOnce() -> Option<MessageId>) -> Self {
        if self.outgoing.is_err() {
            self.message_id = message_id();
        }
        self
    }

    /// The id of its message, where that makes sense.
    #[cfg(feature = "tailing")]
    pub(crate) fn message_id(&self) -> Option<&MessageId> {
        match &self.outgoing {
            Ok(outgoing) => Some(&outgoing.message.id),
            Err(_) => self.message_id.as_ref(),
        }
    }

    /// About how many bytes it has.
    pub(crate) fn size(&self) -> usize {
        let outgoing = self.outgoing.as_ref();
        outgoing.map_or(0, |outgoing| outgoing.message.size())
    }

    /// Whether it is not to be delivered later than that, in milliseconds since 1970, where that is told.
    #[cfg(feature = "tailing")]
    pub(crate) fn is_due(&self, until_ms: Option<i64>) -> bool {
        let later = self.outgoing.as_ref().ok();
        let later = later.and_then(|outgoing| outgoing.message.not_before);
        let is_due = |until| later.is_none_or(|at| crate::columns::milliseconds(at) <= until);
        until_ms.is_none_or(is_due)
    }
}

/// A row that can never be published, and is to be parked.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refused {
    /// Its number.
    pub id: i64,
    /// The id of its message, where it has one that makes sense.
    pub message_id: Option<MessageId>,
    /// Why it cannot be published.
    pub reason: String,
}

impl Refused {
    /// A row of that number and message, and why it cannot be published.
    #[must_use]
    pub fn new(id: i64, message_id: Option<MessageId>, reason: impl Into<String>) -> Self {
        Self {
            id,
            message_id,
            reason: reason.into(),
        }
    }

    /// No row, to learn whether one could be parked.
    #[cfg(feature = "sqlx")]
    pub(crate) fn nothing() -> Self {
        Self::new(0, None, "")
    }
}

/// A message that can never be published, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Parked {
    /// Its number.
    pub id: i64,
    /// The address that it was for.
    pub channel: String,
    /// Its id.
    pub message_id: String,
    /// Why it cannot be published.
    pub reason: String,
    /// When it was found out, in milliseconds since 1970.
    pub parked_ms: i64,
}

impl Parked {
    /// A message kept for a reason.
    #[must_use]
    pub fn new(id: i64, [channel, message_id, reason]: [String; 3], parked_ms: i64) -> Self {
        Self {
            id,
            channel,
            message_id,
            reason,
            parked_ms,
        }
    }
}

/// How far behind publishing is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Waiting {
    /// How many rows wait, as far as they were counted.
    pub rows: u64,
    /// When the oldest of those that were counted was made, or was due where that is later, in milliseconds since 1970, where that is
    /// told.
    pub oldest_ms: Option<i64>,
    /// How many messages are parked, as far as they were counted.
    pub parked: u64,
}

impl Waiting {
    /// Rows, the oldest of which was made at that time, and parked messages.
    #[must_use]
    pub fn new(rows: u64, oldest_ms: Option<i64>, parked: u64) -> Self {
        Self {
            rows,
            oldest_ms,
            parked,
        }
    }
}

/// What is to be read of a channel.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Read<'a> {
    /// The address.
    pub channel: &'a str,
    /// Messages of these keys are left where they are.
    pub without: &'a [Vec<u8>],
    /// Most rows.
    pub most: usize,
    /// About how many bytes these may have together; one row may have any.
    pub bytes: usize,
    /// Rows that are not to be delivered until later than that, in milliseconds since 1970, are left where they are.
    pub until_ms: Option<i64>,
}

impl<'a> Read<'a> {
    /// That many rows of a channel.
    #[must_use]
    pub fn new(channel: &'a str, most: usize) -> Self {
        Self {
            channel,
            without: &[],
            most,
            bytes: usize::MAX,
            until_ms: None,
        }
    }
}

/// A database that holds an outbox.
pub trait Store: Send + Sync + 'static {
    /// Checks that the tables are there, in the version of this crate, and can be worked with; says what is wrong and how to mend it.
    fn check(&self) -> BoxFuture<'_, Result<()>>;

    /// Takes the lead; none while another relay has it.
    fn lead(&self) -> BoxFuture<'_, Result<Option<Box<dyn Lead>>>>;

    /// The parked messages with the lowest numbers above that one.
    fn parked(&self, above: i64, most: usize) -> BoxFuture<'_, Result<Vec<Parked>>>;

    /// Puts parked messages back, to be published as if they were new, behind what waits; gives how many were there.
    fn replay<'a>(&'a self, ids: &'a [i64]) -> BoxFuture<'a, Result<usize>>;

    /// Deletes parked messages; gives how many were there.
    fn discard<'a>(&'a self, ids: &'a [i64]) -> BoxFuture<'a, Result<usize>>;

    /// How many rows wait.
    fn backlog(&self) -> BoxFuture<'_, Result<u64>>;

    /// How far behind publishing is; counts no further than so many rows, so that it takes no longer than that however many there are.
    fn waiting(&self, most: u64) -> BoxFuture<'_, Result<Waiting>> {
        Box::pin(async move {
            let rows = self.backlog().await?.min(most);
            Ok(Waiting::new(rows, None, 0))
        })
    }

    /// How long the oldest transaction that has written something, here or elsewhere in the database, has been open; none where
    /// there is none, or the database does not tell.
    fn oldest_writer(&self) -> BoxFuture<'_, Result<Option<Duration>>> {
        Box::pin(async { Ok(None) })
    }

    /// Forgets what a consumer received longer than that before the last that it received, which counts rather than the clock: a
    /// consumer that was away for a week knows what came before it. What comes again later than that is new to it. A time beyond that
    /// of the database, by a service whose clock was ahead, does not count. Gives how many were forgotten.
    fn forget<'a>(&'a self, consumer: &'a str, keep: Duration) -> BoxFuture<'a, Result<usize>>;
}

/// The lead: while it lives no other relay publishes. Dropping it gives it up. Any error is its end but those of
/// [`settle`](Self::settle) and [`read`](Self::read) after which [`channels`](Self::channels) still answers: these are about rows.
pub trait Lead: Send {
    /// The channels that have rows, at most so many.
    fn channels(&mut self, most: usize) -> BoxFuture<'_, Result<Vec<String>>>;

    /// The first rows of a channel, in their order.
    fn read<'a>(&'a mut self, what: Read<'a>) -> BoxFuture<'a, Result<Vec<Stored>>>;

    /// Deletes what was published of a channel, and parks what cannot be, with the reason. A row is meant by its number and the id of its
    /// message: where the table was emptied meanwhile, or restored, another may have the number, which is left where it is.
    fn settle<'a>(
        &'a mut self,
        channel: &'a str,
        published: &'a [(i64, MessageId)],
        parked: &'a [Refused],
    ) -> BoxFuture<'a, Result<()>>;

    /// Nothing is to be published before more comes, or what waits is due: whoever commits is to tell from now on, where they can. Says
    /// whether to look once more, since something may have been committed until then of which nobody tells.
    fn rest(&mut self) -> BoxFuture<'_, Result<bool>> {
        Box::pin(async { Ok(false) })
    }

    /// Ends when rows may have come, and after that time at the latest. Cancel-safe.
    fn wait(&mut self, at_most: Duration) -> BoxFuture<'_, ()>;
}
