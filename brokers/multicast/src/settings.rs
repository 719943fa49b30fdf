//! What a transport is told once, when it begins.

/// The largest message that leaves room for a frame in a datagram.
const LARGEST: usize = 64_000;

/// How large datagrams are, and how much the operating system holds.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MulticastSettings {
    /// Largest message, with all that belongs to it; 60,000 bytes unless told, 64,000 at most. What goes into one packet of the network is lost
    /// least: 1,200 bytes over Ethernet and Wi-Fi.
    pub message_bytes: usize,
    /// How many bytes the operating system is asked to hold for a receiver that is behind; 4 MiB unless told. It gives what it may
    /// (`net.core.rmem_max` on Linux).
    pub receive_bytes: usize,
}

impl Default for MulticastSettings {
    fn default() -> Self {
        Self {
            message_bytes: 60_000,
            receive_bytes: 4 << 20,
        }
    }
}

impl MulticastSettings {
    /// The same with that largest message.
    #[must_use]
    pub fn with_message_bytes(self, message_bytes: usize) -> Self {
        Self {
            message_bytes,
            ..self
        }
    }

    /// The same, where the operating system is asked for that much room.
    #[must_use]
    pub fn with_receive_bytes(self, receive_bytes: usize) -> Self {
        Self {
            receive_bytes,
            ..self
        }
    }

    /// What has a frame's room in a datagram.
    pub(crate) fn sane(self) -> Self {
        Self {
            message_bytes: self.message_bytes.min(LARGEST),
            ..self
        }
    }
}
