//! Where messages go: an address and how its messages are shared among receivers.
use crate::Str;

/// How messages of a channel reach its receivers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChannelKind {
    /// Each message goes to one receiver.
    PointToPoint,
    /// Each message goes to every group, and to every subscriber without a group.
    PublishSubscribe,
}

/// A concrete channel: its address has all parameters filled in.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Channel {
    /// The address at the broker.
    pub address: Str,
    /// How its messages are shared.
    pub kind: ChannelKind,
    /// Number of shards where the broker splits a channel (partitions, shards, hashed queues).
    pub shards: u16,
}

impl Channel {
    /// A channel whose messages each go to one receiver.
    #[must_use]
    pub fn point_to_point(address: impl Into<Str>) -> Self {
        Self {
            address: address.into(),
            kind: ChannelKind::PointToPoint,
            shards: 1,
        }
    }

    /// A channel whose messages each go to every group of subscribers.
    #[must_use]
    pub fn publish_subscribe(address: impl Into<Str>) -> Self {
        Self {
            address: address.into(),
            kind: ChannelKind::PublishSubscribe,
            shards: 1,
        }
    }
}
