//! What the two ends are told once, when they begin.
use crate::{Token, wire::MAX_MESSAGE};
use std::time::Duration;
use tidings::memory::MemorySettings;

/// How patient the two ends are, and how much the listening end holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SocketSettings {
    /// How long connecting waits for the listening end to be there; 30 seconds unless told.
    pub connect_wait: Duration,
    /// How long a subscription waits for its confirmation; 30 seconds unless told.
    pub answer_wait: Duration,
    /// How long the listening end keeps reply addresses and subscriptions without a group after their session was over;
    /// 60 seconds unless told.
    pub linger: Duration,
    /// How long a session outlives its connection, the same at both ends: an end that comes back within that time goes on where
    /// it was; after that what it had not settled goes to others. 2 seconds unless told.
    pub resume: Duration,
    /// How often the connecting end shows that it is there, the same at both ends; 10 seconds unless told.
    pub heartbeat: Duration,
    /// What connecting ends have to know, the same at both ends; nothing unless told.
    pub token: Token,
    /// Bounds of the queues at the listening end.
    pub memory: MemorySettings,
}

impl Default for SocketSettings {
    fn default() -> Self {
        let mut memory = MemorySettings::default();
        memory.message_bytes = MAX_MESSAGE;
        Self {
            connect_wait: Duration::from_secs(30),
            answer_wait: Duration::from_secs(30),
            linger: Duration::from_secs(60),
            resume: Duration::from_secs(2),
            heartbeat: Duration::from_secs(10),
            token: Token::none(),
            memory,
        }
    }
}

impl SocketSettings {
    /// A heartbeat that leaves time for something else.
    pub(crate) fn sane(self) -> Self {
        Self {
            heartbeat: self.heartbeat.max(Duration::from_millis(10)),
            ..self
        }
    }

    /// How long an end waits for a sign of life from the other.
    pub(crate) fn patience(&self) -> Duration {
        self.heartbeat.saturating_mul(3)
    }
}
