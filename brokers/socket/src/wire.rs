//! Frames as bytes. The format is told in the crate's documentation; nothing here trusts a length it reads.
mod read;
mod write;

use bytes::{BufMut, Bytes, BytesMut};
use read::Reader;
use std::{sync::Arc, time::Duration};
use tidings::{
    Channel, Error, ErrorKind, Message, Str, Verdict,
    transport::{Ensure, Wanted},
};
use uuid::Uuid;

/// What a connection begins with.
pub(crate) const MAGIC: [u8; 8] = *b"TIDINGS\n";
/// The version of the protocol that this crate speaks.
pub(crate) const VERSION: u16 = 2;
/// Largest frame, without its length.
pub(crate) const MAX_FRAME: usize = 16 << 20;
/// Largest frame of a greeting and its answer.
pub(crate) const MAX_GREETING: usize = 64 << 10;
/// Largest message; the rest of a frame is for addresses and the framing itself.
pub(crate) const MAX_MESSAGE: usize = MAX_FRAME - (64 << 10);
/// Longest address and group name.
pub(crate) const MAX_NAME: usize = 4096;
/// About how large frames of several messages become.
pub(crate) const CHUNK: usize = 1 << 20;

/// Shares of all publishes of a connection that the connecting end has under way at a time.
pub(crate) const WINDOW: usize = 128 << 20;
/// Least share of a publish.
const LEAST: usize = 64 << 10;

/// What a publish counts for where those under way are bounded: its bytes, and never nothing.
pub(crate) fn share(messages: &[Message]) -> u32 {
    let size: usize = messages.iter().map(encoded_size).sum();
    u32::try_from(size.clamp(LEAST, WINDOW)).unwrap_or(u32::MAX)
}

/// A delivery as it travels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Delivery {
    pub(crate) position: u64,
    pub(crate) attempt: u32,
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
            reason: error.reason().to_owned(),
        }
    }
}

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
        token: Option<Str>,
    },
    Publish {
        request: u64,
        /// How long it may take.
        within: Duration,
        channel: Channel,
        messages: Vec<Message>,
    },
    Subscribe {
        subscription: u64,
        channel: Channel,
        group: Option<Str>,
        prefetch: u32,
        prefetch_bytes: u64,
        private: bool,
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
    Ping,
    // From the listening end.
    Welcome {
        version: u16,
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
    Pong,
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
const KINDS: [(ErrorKind, u8); 12] = [
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
];

impl Frame {
    /// The frame with its length in front.
    pub(crate) fn encode(&self) -> Bytes {
        let mut out = BytesMut::with_capacity(256);
        out.put_u32(0);
        self.put(&mut out);
        // Senders keep frames below the bound; should one slip through, the other end refuses it.
        let length = u32::try_from(out.len() - 4).unwrap_or(u32::MAX);
        out[..4].copy_from_slice(&length.to_be_bytes());
        out.freeze()
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

#[cfg(test)]
mod tests {
    use super::*;
    use tidings::MessageId;

    fn samples() -> Vec<Frame> {
        let mut message = Message::named("Order", "application/json", "{}");
        message.reply_to = Some("replies".into());
        message.correlation_id = Some("1".into());
        message.key = Some("key".into());
        message.headers = vec![("a".into(), "1".into()), ("a".into(), Bytes::new())];
        message.created = Some(std::time::SystemTime::UNIX_EPOCH + Duration::from_secs(1));
        message.expires =
            Some(std::time::SystemTime::UNIX_EPOCH + Duration::from_micros(u64::MAX / 2));
        let mut foreign = Message::new("");
        foreign.id = MessageId::from("a foreign id");
        foreign.not_before = message.created;
        let channel = Channel::publish_subscribe("orders/ü");
        let fault = Fault {
            kind: ErrorKind::TooLarge,
            retryable: true,
            ambiguous: true,
            reason: "too large".into(),
        };
        let after = Duration::from_millis(5);
        let verdicts = [
            Verdict::Ack,
            Verdict::Retry { after },
            Verdict::reject("no"),
            Verdict::Release,
        ];
        let delivery = Delivery {
            position: 1,
            attempt: 2,
            message: Arc::new(message.clone()),
        };
        let group = Some("g".into());
        vec![
            Frame::Hello {
                version: VERSION,
                session: Uuid::now_v7(),
                token: Some("t".into()),
            },
            Frame::Publish {
                request: 7,
                within: after,
                channel: channel.clone(),
                messages: vec![message, foreign],
            },
            Frame::Subscribe {
                subscription: 1,
                channel: channel.clone(),
                group,
                prefetch: 9,
                prefetch_bytes: 1 << 40,
                private: true,
            },
            Frame::Settle {
                subscription: 1,
                verdicts: (1..).zip(verdicts).collect(),
            },
            Frame::Unsubscribe {
                subscription: u64::MAX,
            },
            Frame::Ensure {
                request: 3,
                how: Ensure::Check,
                wanted: vec![
                    Wanted::channel(channel.clone()),
                    Wanted::channel(channel).group("g"),
                ],
            },
            Frame::Goodbye,
            Frame::Ping,
            Frame::Welcome { version: 1 },
            Frame::Outcomes {
                request: 7,
                outcomes: vec![Ok(()), Err(fault.clone())],
            },
            Frame::Subscribed {
                subscription: 1,
                outcome: Err(fault.clone()),
            },
            Frame::Deliver {
                subscription: 1,
                deliveries: vec![delivery],
            },
            Frame::Ended {
                subscription: 1,
                fault: fault.clone(),
            },
            Frame::Lost {
                subscription: 1,
                count: Some(3),
            },
            Frame::Refused { fault },
            Frame::Farewell,
            Frame::Pong,
        ]
    }

    #[test]
    fn frames_come_back_as_they_were() {
        for frame in samples() {
            assert_eq!(Frame::decode(frame.encode().slice(4..)), Ok(frame));
        }
    }

    #[test]
    fn cut_short_or_changed_they_are_errors_or_other_frames_but_never_a_panic() {
        for frame in samples() {
            let bytes = frame.encode().slice(4..);
            for end in 0..bytes.len() {
                assert!(Frame::decode(bytes.slice(..end)).is_err());
            }
            for place in 0..bytes.len() {
                for flip in [1, 0x80, 0xff] {
                    let mut changed = bytes.to_vec();
                    changed[place] ^= flip;
                    drop(Frame::decode(changed.into()));
                }
            }
        }
    }

    #[test]
    fn a_count_that_lies_takes_no_memory() {
        let mut bytes = BytesMut::new();
        bytes.put_u8(130);
        bytes.put_u64(1);
        bytes.put_u32(u32::MAX);
        assert_eq!(
            Frame::decode(bytes.freeze()),
            Err(Malformed("a length reaches beyond the frame"))
        );
    }

    #[test]
    fn the_bound_on_a_message_leaves_room_for_the_frame() {
        assert!(too_large(&Message::new(vec![0; MAX_MESSAGE])).is_none());
        assert!(too_large(&Message::new(vec![0; MAX_MESSAGE + 1])).is_some());
        let mut many = Message::new("");
        many.headers = vec![("".into(), Bytes::new()); MAX_FRAME / 8];
        assert!(too_large(&many).is_some());
        let deliveries = vec![Delivery {
            position: 1,
            attempt: 1,
            message: Arc::new(Message::new(vec![0; MAX_MESSAGE])),
        }];
        assert!(
            Frame::Deliver {
                subscription: 1,
                deliveries
            }
            .encode()
            .len()
                <= MAX_FRAME
        );
    }
}
