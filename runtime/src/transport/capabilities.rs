//! What a broker can do with a channel.
use crate::ChannelKind;
use std::time::Duration;

/// What a transport can do with one channel. Compared with what is asked of it before anything is sent, and what the
/// conformance suite chooses its cases by.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Capabilities {
    /// Carries point-to-point channels.
    pub point_to_point: bool,
    /// Carries publish-subscribe channels.
    pub publish_subscribe: bool,
    /// Knows consumer groups of publish-subscribe channels.
    pub groups: bool,
    /// Takes subscriptions to [every channel of a template](crate::Channel::wildcard).
    pub wildcards: bool,
    /// New subscribers can have what was published before they came.
    pub replay: bool,
    /// What was confirmed outlives the broker's process.
    pub durable: bool,
    /// What keeps the order when several consumers compete.
    pub affinity: Affinity,
    /// Which order a single consumer sees.
    pub order: Order,
    /// How deliveries are settled.
    pub settle: Settle,
    /// What a successful publish means.
    pub confirm: Confirm,
    /// How attempts are counted.
    pub attempts: Attempts,
    /// Makes reply addresses of its own: see [`Transport::inbox`](super::Transport::inbox).
    pub native_reply: bool,
    /// Keeps rejected messages itself, with the reason.
    pub native_dead_letter: bool,
    /// Publishes and settles all or nothing: see [`Settler::commit`](super::Settler::commit).
    pub transactions: bool,
    /// Longest time that the broker itself holds a message back for, whether published for later or retried.
    pub delay: Option<Duration>,
    /// Holds back the key of a retried message with it: none of the key is on its way to the consumer, so that the later ones,
    /// released, come behind it.
    pub delays_keys: bool,
    /// How headers travel.
    pub headers: HeaderSupport,
    /// Largest [`Message::size`](crate::Message::size) that can be sent.
    pub max_bytes: usize,
    /// What carries channels of the kind that it does not, and how to have it: a phrase for errors.
    pub instead: Option<&'static str>,
}

impl Capabilities {
    /// A transport that can do nothing yet but carry messages of up to that size; what it can do is set field by field.
    #[must_use]
    pub fn none(max_bytes: usize) -> Self {
        Self {
            point_to_point: false,
            publish_subscribe: false,
            groups: false,
            wildcards: false,
            replay: false,
            durable: false,
            affinity: Affinity::None,
            order: Order::None,
            settle: Settle::Auto,
            confirm: Confirm::None,
            attempts: Attempts::Uncounted,
            native_reply: false,
            native_dead_letter: false,
            transactions: false,
            delay: None,
            delays_keys: false,
            headers: HeaderSupport::Framed,
            max_bytes,
            instead: None,
        }
    }

    /// Why a channel of that kind cannot be had, which needs what is missing.
    pub(crate) fn lack(&self, kind: ChannelKind, missing: &str) -> String {
        let is_carried = match kind {
            ChannelKind::PointToPoint => self.point_to_point,
            ChannelKind::PublishSubscribe => self.publish_subscribe,
        };
        let instead = self.instead.filter(|_| !is_carried);
        let instead = instead.unwrap_or("choose another transport");
        format!("the transport has no {missing}; {instead}")
    }
}

/// What keeps the order of a key when several consumers compete for a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Affinity {
    /// Nothing: two consumers may have messages of one key at the same time.
    None,
    /// One consumer at a time has the channel; another takes over when it goes.
    Channel,
    /// Each shard is read by one consumer at a time, and a key stays in its shard.
    Shards,
    /// A key stays with the consumer that first got one of its messages, until that goes.
    Consumers,
    /// A key is held by the consumer that has messages of it unsettled.
    Keys,
}

/// Which order of messages a single consumer sees; a later one includes the earlier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Order {
    /// None.
    None,
    /// Messages of one key.
    Key,
    /// All messages of a channel.
    Channel,
}

/// How deliveries are settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Settle {
    /// Each delivery on its own.
    Individual,
    /// Everything of a part up to a position.
    Cumulative,
    /// There is nothing to settle.
    Auto,
}

/// What a successful publish means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Confirm {
    /// The receivers have settled the message: one of a queue, every present group of a topic.
    Settled,
    /// The broker has the message.
    Broker,
    /// The operating system has the message.
    Socket,
    /// Nothing.
    None,
}

/// How attempts are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Attempts {
    /// Not at all: every delivery says 1.
    Uncounted,
    /// Every delivery counts, one that was released or lost with a connection too.
    Deliveries,
    /// What came back by [`Verdict::Retry`](super::Verdict::Retry) or was lost counts; what was released does not.
    Failures,
}

/// How headers travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum HeaderSupport {
    /// As the broker's own headers.
    Native {
        /// Most bytes of all headers together.
        max_bytes: Option<usize>,
    },
    /// In a frame that the transport documents.
    Framed,
}
