//! Frames as bytes. The format is told in the crate's documentation; nothing here trusts a length it reads.
mod read;
#[cfg(test)]
mod tests;
mod write;

use bytes::{BufMut, Bytes, BytesMut};
use read::Reader;
use std::{borrow::Cow, sync::Arc, time::Duration};
use tidings::{
    Channel, Error, ErrorKind, Message, Str, Verdict,
    transport::{Ensure, PerKey, Wanted},
};
use uuid::Uuid;

/// What a connection begins with.
pub(crate) const MAGIC: [u8; 8] = *b"TIDINGS\n";
/// The version of the protocol that this crate speaks.
pub(crate) const VERSION: u16 = 5;
/// Largest frame, without its length.
pub(crate) const MAX_FRAME: usize = 16 << 20;
/// Largest frame of a greeting and its answer.
pub(crate) const MAX_GREETING: usize = 64 << 10;
/// Largest message; the rest of a frame is for addresses and the framing itself.
pub(crate) const MAX_MESSAGE: usize = MAX_FRAME - (64 << 10);
/// Longest address and group name.
pub(crate) const MAX_NAME: usize = 4096;
/// Longest reason of an error or a verdict.
pub(crate) const MAX_REASON: usize = 1024;
/// About how large frames of several messages become.
pub(crate) const CHUNK: usize = 1 << 20;

/// Shares of all publishes of a connection that the connecting end has under way at a time.
pub(crate) const WINDOW: usize = 128 << 20;
/// Least share of a publish.
const LEAST: usize = 64 << 10;

/// What a publish of so many [bytes] counts for where those under way are bounded: never nothing.
pub(crate) fn share(bytes: usize) -> u32 {
    u32::try_from(bytes.clamp(LEAST, WINDOW)).unwrap_or(u32::MAX)
}

/// About how many bytes messages take.
pub(crate) fn bytes(messages: &[Message]) -> usize {
    messages.iter().map(encoded_size).sum()
}

/// A delivery as it travels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Delivery {
    pub(crate) position: u64,
    pub(crate) attempt: u32,
    /// The address that it came by, of a channel that is a wildcard.
    pub(crate) address: Option<Str>,
    pub(crate) message: Arc<Message>,
}

/// An error as it travels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) kind: ErrorKind,
    pub(crate) retryable: bool,
    pub(crate) ambiguous: bool,
    pub(crate) reason: String,
}

impl From<&Error> for Fault {
    fn from(error: &Error) -> Self {
        Self {
            kind: error.kind(),
            retryable: error.is_retryable(),
            ambiguous: error.is_ambiguous(),
            reason: in_short(error.reason()).into_owned(),
        }
    }
}

/// A reason that fits into a frame with many others.
pub(crate) fn in_short(reason: &str) -> Cow<'_, str> {
    if reason.len() <= MAX_REASON {
        return Cow::Borrowed(reason);
    }
    let end = reason.floor_char_boundary(MAX_REASON - ELLIPSIS.len_utf8());
    Cow::Owned(format!("{}{ELLIPSIS}", &reason[..end]))
}

const ELLIPSIS: char = '…';

impl Fault {
    pub(crate) fn into_error(self, operation: &'static str) -> Error {
        let error = Error::new(self.kind, operation, self.reason).retryable(self.retryable);
        if self.ambiguous {
            error.ambiguous()
        } else {
            error
        }
    }
}

/// What the two ends say to each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Frame {
    // From the connecting end.
    Hello {
        version: u16,
        /// The end that connects, the same over all its connections.
        session: Uuid,
        /// How many frames of the session have come; none for a session that begins.
        received: Option<u64>,
        token: Option<Str>,
    },
    Publish {
        request: u64,
        /// How long it may take.
        within: Duration,
        /// Whether its confirmation waits until the receivers have settled the messages.
        settled: bool,
        channel: Channel,
        messages: Vec<Message>,
    },
    Subscribe {
        subscription: u64,
        channel: Channel,
        group: Option<Str>,
        prefetch: u32,
        prefetch_bytes: u64,
        per_key: Option<PerKey>,
        private: bool,
    },
    Demand {
        subscription: u64,
        /// How many may be delivered, of all since the session began.
        deliveries: u64,
    },
    Settle {
        subscription: u64,
        verdicts: Vec<(u64, Verdict)>,
    },
    Unsubscribe {
        subscription: u64,
    },
    Ensure {
        request: u64,
        how: Ensure,
        wanted: Vec<Wanted>,
    },
    Goodbye,
    /// Stands for a frame that nobody needs any more.
    Void,
    Ping {
        /// How many frames of the session have come.
        received: u64,
    },
    // From the listening end.
    Welcome {
        version: u16,
        /// How many frames of the session have come; none where it begins.
        received: Option<u64>,
    },
    Outcomes {
        request: u64,
        outcomes: Vec<Result<(), Fault>>,
    },
    Subscribed {
        subscription: u64,
        outcome: Result<(), Fault>,
    },
    Deliver {
        subscription: u64,
        deliveries: Vec<Delivery>,
    },
    Ended {
        subscription: u64,
        fault: Fault,
    },
    Lost {
        subscription: u64,
        count: Option<u64>,
    },
    Refused {
        fault: Fault,
    },
    Farewell,
    Pong {
        /// How many frames of the session have come.
        received: u64,
    },
}

/// Bytes that are no frame, and what is wrong with them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Malformed(pub(crate) &'static str);

/// At most how many bytes a message takes in a frame.
pub(crate) fn encoded_size(message: &Message) -> usize {
    message
        .size()
        .saturating_add(96)
        .saturating_add(message.headers.len().saturating_mul(8))
}

/// Why a message cannot travel.
pub(crate) fn too_large(message: &Message) -> Option<Error> {
    let size = message.size();
    let fits = size <= MAX_MESSAGE && encoded_size(message) <= MAX_FRAME - (4 * MAX_NAME);
    (!fits).then(|| {
        Error::new(
            ErrorKind::TooLarge,
            "publish",
            format!("{size} bytes are more than {MAX_MESSAGE}"),
        )
    })
}

/// Codes of the kinds of errors; what is not here is unexpected.
const KINDS: [(ErrorKind, u8); 13] = [
    (ErrorKind::Unsupported, 1),
    (ErrorKind::NotFound, 2),
    (ErrorKind::InUse, 3),
    (ErrorKind::PermissionDenied, 4),
    (ErrorKind::TooLarge, 5),
    (ErrorKind::Timeout, 6),
    (ErrorKind::ConnectionLost, 7),
    (ErrorKind::Invalid, 8),
    (ErrorKind::Closed, 9),
    (ErrorKind::Conflict, 10),
    (ErrorKind::Busy, 11),
    (ErrorKind::Skipped, 12),
    (ErrorKind::Rejected, 13),
];

impl Frame {
    /// Whether it belongs to the session: counted at both ends, and sent again over the next connection where it was lost.
    pub(crate) fn is_counted(&self) -> bool {
        !matches!(
            self,
            Self::Hello { .. }
                | Self::Welcome { .. }
                | Self::Refused { .. }
                | Self::Ping { .. }
                | Self::Pong { .. }
        )
    }

    /// The frame with its length in front.
    pub(crate) fn encode(&self) -> Bytes {
        let mut out = BytesMut::with_capacity(self.room());
        out.put_u32(0);
        self.put(&mut out);
        // Senders keep frames below the bound; should one slip through, the other end refuses it.
        let length = u32::try_from(out.len() - 4).unwrap_or(u32::MAX);
        out[..4].copy_from_slice(&length.to_be_bytes());
        out.freeze()
    }

    /// About how many bytes it takes.
    fn room(&self) -> usize {
        let messages: usize = match self {
            Self::Publish { messages, .. } => messages.iter().map(encoded_size).sum(),
            Self::Deliver { deliveries, .. } => {
                let sizes = deliveries.iter().map(|one| encoded_size(&one.message) + 32);
                sizes.sum()
            }
            Self::Outcomes { outcomes, .. } => outcomes.len(),
            Self::Settle { verdicts, .. } => verdicts.len() * 9,
            _ => 0,
        };
        messages + 64
    }

    /// Reads a frame without its length.
    pub(crate) fn decode(bytes: Bytes) -> Result<Self, Malformed> {
        let mut reader = Reader {
            total: bytes.len(),
            rest: bytes,
        };
        let frame = reader.frame()?;
        if reader.rest.is_empty() {
            Ok(frame)
        } else {
            Err(Malformed("bytes after the end of the frame"))
        }
    }
}
