//! How a transport behaves where the document says nothing.
use bytes::Bytes;
use std::time::Duration;

/// Bounds and habits of a [`RabbitTransport`](crate::RabbitTransport).
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RabbitSettings {
    /// How long connecting may take at first, a broker that is not there yet included, and as long waits what subscribes or
    /// ensures while it is away; 10 s.
    pub connect_within: Duration,
    /// Heartbeats: a broker that says nothing for two of them is given up; 10 s, and at least 1 s.
    pub heartbeat: Duration,
    /// Largest message, in bytes; 16 MiB. The broker has a limit of its own (`max_message_size`), which should not be lower.
    pub message_bytes: usize,
    /// How long reply addresses and queues of subscriptions without a group outlive a lost connection; 60 s.
    pub linger: Duration,
    /// Whether queues and exchanges that are missing are created; true. Without, what is missing is an error, and nobody needs
    /// the permission to configure but for reply addresses and subscriptions without a group.
    pub create: bool,
    /// Which kind of queue is created.
    pub queues: QueueType,
    /// How often a [quorum queue](QueueType::Quorum) delivers a message again before it puts it among the dead letters of its channel,
    /// since all who had it went without settling it; 100. Policies with more attempts than that are cut short.
    pub delivery_limit: u32,
    /// Into how many queues a channel is split whose messages have keys, so that as many consumers work at once; 1. A channel that
    /// [says](tidings::Channel::with_shards) how many has its own number, where this is more than 1. The broker needs its plugin
    /// `rabbitmq_consistent_hash_exchange` for it.
    pub shards: u16,
    /// Certificates of authorities that are trusted beside those of the system, as PEM.
    pub authorities: Option<Bytes>,
}

impl Default for RabbitSettings {
    fn default() -> Self {
        Self {
            connect_within: Duration::from_secs(10),
            heartbeat: Duration::from_secs(10),
            message_bytes: 16 << 20,
            linger: Duration::from_secs(60),
            create: true,
            queues: QueueType::Default,
            delivery_limit: 100,
            shards: 1,
            authorities: None,
        }
    }
}

/// Which kind of queue is created.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum QueueType {
    /// As the virtual host has it: classic, unless it says otherwise. Declared without a type, as most programs do.
    Default,
    /// Replicated, and counting its deliveries, up to a [limit](RabbitSettings::delivery_limit).
    Quorum,
}
