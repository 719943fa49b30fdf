//! What to subscribe to, what to make sure of, and how a transport is doing.
use crate::{Channel, Str};
use tokio::time::Instant;

/// Who shares the messages of a publish-subscribe channel.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Group {
    /// Consumers of one name compete; each name gets every message.
    Shared(Str),
    /// This subscription alone gets every message, while it is there.
    Alone,
}

impl Group {
    /// The group of that name, or none to share with.
    #[must_use]
    pub fn named(name: Option<&str>) -> Self {
        name.map_or(Self::Alone, |name| Self::Shared(name.into()))
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> Option<&Str> {
        match self {
            Self::Shared(name) => Some(name),
            Self::Alone => None,
        }
    }
}

/// Where a new subscription begins, on transports that keep what was published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Start {
    /// With what is published from now on.
    New,
    /// With the oldest that is still there.
    Oldest,
}

/// What to subscribe to.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SubscribeSpec {
    /// Which channel.
    pub channel: Channel,
    /// Who shares its messages. On a point-to-point channel all consumers compete anyway.
    pub group: Group,
    /// Where a group that is new begins.
    pub start: Start,
    /// Most deliveries that may be unsettled at a time; at least 1.
    pub prefetch: usize,
    /// Most bytes that may be unsettled at a time; one message always may.
    pub prefetch_bytes: usize,
    /// Most deliveries, of those, that may be unsettled before [`next`](super::Subscription::next) asks for more of them; as many as
    /// `prefetch` unless told. Who asks for all that there is room for says 0, and leaves the rest to others, on transports that
    /// can tell their broker.
    pub ahead: usize,
    /// Most of one key that may be unsettled at a time, on transports that [hold keys](super::Affinity::Keys). A key counts once
    /// in `prefetch` then, so that what waits behind a slow one counts against no other.
    pub per_key: Option<PerKey>,
}

/// How much of one key may be unsettled at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct PerKey {
    /// Messages, at least 1.
    pub messages: usize,
    /// Bytes; one message always may.
    pub bytes: usize,
}

impl PerKey {
    /// So many messages, 0 is 1, and bytes.
    #[must_use]
    pub fn new(messages: usize, bytes: usize) -> Self {
        let messages = messages.max(1);
        Self { messages, bytes }
    }
}

impl SubscribeSpec {
    /// A subscription alone, from now on, with at most 256 messages of 64 MiB together unsettled.
    #[must_use]
    pub fn new(channel: Channel) -> Self {
        Self {
            channel,
            group: Group::Alone,
            start: Start::New,
            prefetch: 256,
            prefetch_bytes: 64 << 20,
            ahead: usize::MAX,
            per_key: None,
        }
    }

    /// Who shares the messages.
    #[must_use]
    pub fn group(self, group: Group) -> Self {
        Self { group, ..self }
    }

    /// Where a group that is new begins.
    #[must_use]
    pub fn start(self, start: Start) -> Self {
        Self { start, ..self }
    }

    /// Most deliveries that may be unsettled at a time; 0 is 1.
    #[must_use]
    pub fn prefetch(self, prefetch: usize) -> Self {
        Self {
            prefetch: prefetch.max(1),
            ..self
        }
    }

    /// Most bytes that may be unsettled at a time.
    #[must_use]
    pub fn prefetch_bytes(self, prefetch_bytes: usize) -> Self {
        Self {
            prefetch_bytes,
            ..self
        }
    }

    /// Most deliveries that may be unsettled before more are asked for.
    #[must_use]
    pub fn ahead(self, ahead: usize) -> Self {
        Self { ahead, ..self }
    }

    /// Most of one key that may be unsettled at a time.
    #[must_use]
    pub fn per_key(self, per_key: impl Into<Option<PerKey>>) -> Self {
        let per_key = per_key.into();
        Self { per_key, ..self }
    }
}

/// What has to be at the broker.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Wanted {
    /// The queue, topic or stream of this channel.
    pub channel: Channel,
    /// And what a group of consumers needs of its own.
    pub group: Option<Str>,
}

impl Wanted {
    /// What a channel needs to be published to.
    #[must_use]
    pub fn channel(channel: Channel) -> Self {
        Self {
            channel,
            group: None,
        }
    }

    /// And what a group needs to receive from it.
    #[must_use]
    pub fn group(self, group: impl Into<Str>) -> Self {
        Self {
            group: Some(group.into()),
            ..self
        }
    }
}

/// What to do about what is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ensure {
    /// Say what is missing or different.
    Check,
    /// Create what is missing; what is there and different is a [`Conflict`](crate::ErrorKind::Conflict).
    Create,
}

/// How a transport is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum State {
    /// It reaches its broker.
    Connected,
    /// It does not, and tries to.
    Reconnecting {
        /// Since when.
        since: Instant,
        /// Why, in a short phrase.
        reason: Str,
    },
    /// It was closed, or failed for good.
    Closed,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_begins_where_it_is_told() {
        let spec = SubscribeSpec::new(Channel::publish_subscribe("events"));
        assert_eq!(spec.start, Start::New);
        assert_eq!(spec.start(Start::Oldest).start, Start::Oldest);
    }
}
