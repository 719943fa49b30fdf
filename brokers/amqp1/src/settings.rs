//! How a transport behaves where the document says nothing.
use bytes::Bytes;
use std::time::Duration;

/// Bounds and habits of an [`Amqp1Transport`](crate::Amqp1Transport).
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Amqp1Settings {
    /// How long connecting may take at first, a broker that is not there yet included, and as long waits what subscribes or
    /// ensures while it is away; 10 s.
    pub connect_within: Duration,
    /// How often the broker has to say something; 10 s, and at least 1 s. One that says nothing for twice as long is given up.
    pub heartbeat: Duration,
    /// Largest message, in bytes; 16 MiB. What a broker takes is said by its own settings. One of another sender that is larger by more
    /// than half is rejected.
    pub message_bytes: usize,
    /// Certificates of authorities that are trusted beside those of the system, as PEM.
    pub authorities: Option<Bytes>,
}

impl Default for Amqp1Settings {
    fn default() -> Self {
        Self {
            connect_within: Duration::from_secs(10),
            heartbeat: Duration::from_secs(10),
            message_bytes: 16 << 20,
            authorities: None,
        }
    }
}

impl Amqp1Settings {
    /// Most bytes of a message that comes: of one that was sent, headers that are no texts take a third more.
    pub(crate) fn largest(&self) -> u64 {
        let bytes = self.message_bytes as u64;
        bytes.saturating_add(bytes / 2).saturating_add(64 << 10)
    }
}
