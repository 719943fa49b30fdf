//! How a transport behaves where the document says nothing.
use crate::outlets::WINDOW_BYTES;
use bytes::Bytes;
use std::time::Duration;

/// Frames that the client keeps for a session, and some to spare.
const FRAMES: usize = 60_000;
/// What of a frame is no part of a message, at most.
const HEAD: usize = 512;

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
    /// Smallest frame that a broker has to take: all that may be on its way to an address is less than the frames that the client has
    /// room for, so that it never stops amid a message, which would be given up at its deadline half sent.
    pub(crate) fn least_frame(&self) -> u32 {
        let bytes = WINDOW_BYTES.saturating_add(self.message_bytes);
        u32::try_from(bytes / FRAMES + HEAD).unwrap_or(u32::MAX)
    }

    /// Most bytes of a message that comes: of one that was sent, headers that are no texts take a third more.
    pub(crate) fn largest(&self) -> u64 {
        let bytes = self.message_bytes as u64;
        bytes.saturating_add(bytes / 2).saturating_add(64 << 10)
    }
}
