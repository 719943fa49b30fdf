//! A dead letter, and what may become of it.
use super::{ADDRESS, ATTEMPTS, ERROR, GROUP, KIND, REASON, kind, original};
use crate::{ChannelKind, Message};

/// A message that was given up.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct DeadLetter {
    /// Why, in a short phrase.
    pub reason: String,
    /// The last error.
    pub error: String,
    /// The address that it came by.
    pub address: String,
    /// How the channel of that address shares messages, where that is told.
    pub kind: Option<ChannelKind>,
    /// The group that gave it up, where every group has a message of that channel.
    pub group: Option<String>,
    /// How many attempts there were; 0 where that is not told.
    pub attempts: u32,
    /// The message as it was.
    pub message: Message,
}

impl DeadLetter {
    pub(crate) fn of(letter: &Message) -> Self {
        let text = |name| {
            let value = letter.header(name).map(|value| &value[..]);
            String::from_utf8_lossy(value.unwrap_or_default()).into_owned()
        };
        Self {
            reason: text(REASON),
            error: text(ERROR),
            address: text(ADDRESS),
            kind: kind(&text(KIND)),
            group: Some(text(GROUP)).filter(|group| !group.is_empty()),
            attempts: text(ATTEMPTS).parse().unwrap_or(0),
            message: original(letter.clone()),
        }
    }
}

/// What becomes of a dead letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Decision {
    /// It stays where it is.
    Keep,
    /// Its message is sent again, to the address that it came by, or to the queue's channel where it does not say; to the group
    /// that gave it up only, where it says that.
    Replay,
    /// It is gone.
    Drop,
}
