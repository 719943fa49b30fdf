//! What comes out of a subscription, and what becomes of it.
use crate::{Message, Str};
use std::{sync::Arc, time::Duration};
use tokio::time::Instant;

/// A partition, shard or connection that deliveries come by. Its generation tells one assignment from the next, so that a
/// settlement that comes after a rebalance or a reconnection does nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Part {
    /// Which assignment or connection.
    pub generation: u32,
    /// Which partition or shard.
    pub part: u32,
}

impl Part {
    /// Where there is only one, and never another.
    pub const ONLY: Self = Self {
        generation: 0,
        part: 0,
    };

    /// That part of that assignment.
    #[must_use]
    pub const fn new(generation: u32, part: u32) -> Self {
        Self { generation, part }
    }

    /// The delivery at that position.
    #[must_use]
    pub const fn at(self, position: u64) -> Token {
        Token {
            part: self,
            position,
        }
    }
}

/// Where a delivery stands. Positions of a part grow in the order of delivery, with gaps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Token {
    /// Which part it came by.
    pub part: Part,
    /// Which delivery.
    pub position: u64,
}

/// What became of a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// Done.
    Ack,
    /// Tried in vain: to be delivered again.
    Retry {
        /// Not before this time has passed.
        after: Duration,
    },
    /// Not tried: to be given to somebody else at once, without counting an attempt where the broker can.
    Release,
    /// Never to be delivered again. A transport with a dead letter of its own keeps it there.
    Reject {
        /// Why, in a short phrase.
        reason: Str,
    },
}

impl Verdict {
    /// To be delivered again at once.
    pub const RETRY_NOW: Self = Self::Retry {
        after: Duration::ZERO,
    };

    /// Never to be delivered again.
    pub fn reject(reason: impl Into<Str>) -> Self {
        Self::Reject {
            reason: reason.into(),
        }
    }
}

/// A message handed out, to be settled by its token.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Incoming {
    /// The message; shared, because a queue that may have to deliver it again keeps it too.
    pub message: Arc<Message>,
    /// What to settle it by.
    pub token: Token,
    /// Which attempt at this message it is, from 1; always 1 where the transport does not count.
    pub attempt: u32,
    /// The address that it came by, where the channel is a [wildcard](crate::Channel::wildcard).
    pub address: Option<Str>,
}

impl Incoming {
    /// A first delivery.
    #[must_use]
    pub fn new(message: impl Into<Arc<Message>>, token: Token) -> Self {
        Self {
            message: message.into(),
            token,
            attempt: 1,
            address: None,
        }
    }

    /// The same, as that attempt.
    #[must_use]
    pub fn with_attempt(self, attempt: u32) -> Self {
        Self { attempt, ..self }
    }

    /// The same, come by that address.
    #[must_use]
    pub fn with_address(self, address: impl Into<Str>) -> Self {
        Self {
            address: Some(address.into()),
            ..self
        }
    }
}

/// What happens to a subscription.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event {
    /// Messages came: at least one, in order.
    Deliveries(Vec<Incoming>),
    /// Parts are about to be taken away. What is out should be settled or released; the transport waits for that.
    Leaving {
        /// Which.
        parts: Vec<Part>,
        /// How long it waits.
        until: Instant,
    },
    /// What came by these parts can no longer be settled and comes again, here or elsewhere: what waits is to be dropped,
    /// what runs ends without a settlement.
    Gone {
        /// Which.
        parts: Vec<Part>,
    },
    /// Messages were lost: on the way, which only transports without settlement may do, or removed by the broker before anybody had
    /// them, as by the retention of a log.
    Lost {
        /// How many, where it can be told.
        count: Option<u64>,
    },
}
