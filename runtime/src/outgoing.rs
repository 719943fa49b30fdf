//! A message that is to be sent: data, until somebody sends it.
use crate::{Channel, Message};
use bytes::Bytes;

/// A message and the channel that it goes to. Made without sending anything, so that it can be stored, collected, or sent
/// within a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Outgoing {
    /// Where to.
    pub channel: Channel,
    /// What.
    pub message: Message,
}

impl Outgoing {
    /// A message for a channel.
    #[must_use]
    pub fn new(channel: Channel, message: Message) -> Self {
        Self { channel, message }
    }

    /// The same under that key, where there is one; else under the key that the message has.
    #[must_use]
    pub fn with_key(mut self, key: Option<Bytes>) -> Self {
        self.message.key = key.or(self.message.key);
        self
    }
}
