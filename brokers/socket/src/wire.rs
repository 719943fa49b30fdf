//! Frames as bytes. The format is told in the crate's documentation; nothing here trusts a length it reads.
use bytes::{BufMut, Bytes, BytesMut};
use std::time::Duration;
use tidings::{Channel, ChannelKind, Error, ErrorKind, Message, Str, Verdict};
use uuid::Uuid;

/// What a connection begins with.
pub(crate) const MAGIC: [u8; 8] = *b"TIDINGS\n";
/// The version of the protocol that this crate speaks.
pub(crate) const VERSION: u16 = 1;
/// Largest frame, without its length.
pub(crate) const MAX_FRAME: usize = 16 << 20;
/// Largest message; the rest of a frame is for addresses and the framing itself.
pub(crate) const MAX_MESSAGE: usize = MAX_FRAME - (64 << 10);
/// Longest address and group name.
pub(crate) const MAX_NAME: usize = 4096;
/// About how large frames of several messages become.
pub(crate) const CHUNK: usize = 1 << 20;

/// A delivery as it travels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Delivery {
    pub(crate) position: u64,
    pub(crate) attempt: u32,
    pub(crate) message: Message,
}

/// An error as it travels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) kind: ErrorKind,
    pub(crate) retryable: bool,
    pub(crate) reason: String,
}

impl From<&Error> for Fault {
    fn from(error: &Error) -> Self {
        Self {
            kind: error.kind(),
            retryable: error.is_retryable(),
            reason: error.reason().to_owned(),
        }
    }
}

impl Fault {
    pub(crate) fn into_error(self, operation: &'static str) -> Error {
        Error::new(self.kind, operation, self.reason).retryable(self.retryable)
    }
}

/// What the two ends say to each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Frame {
    // From the connecting end.
    Hello {
        version: u16,
    },
    Publish {
        request: u64,
        channel: Channel,
        messages: Vec<Message>,
    },
    Subscribe {
        subscription: u64,
        channel: Channel,
        group: Option<Str>,
        prefetch: u32,
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
        channels: Vec<Channel>,
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
        .saturating_add(64)
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

    fn put(&self, out: &mut BytesMut) {
        match self {
            Self::Hello { version } => {
                out.put_u8(1);
                out.put_slice(&MAGIC);
                out.put_u16(*version);
            }
            Self::Publish {
                request,
                channel,
                messages,
            } => {
                out.put_u8(2);
                out.put_u64(*request);
                put_channel(out, channel);
                put_list(out, messages, put_message);
            }
            Self::Subscribe {
                subscription,
                channel,
                group,
                prefetch,
                private,
            } => {
                out.put_u8(3);
                out.put_u64(*subscription);
                put_channel(out, channel);
                put_option(out, group.as_ref().map(|group| group.as_bytes()));
                out.put_u32(*prefetch);
                out.put_u8(u8::from(*private));
            }
            Self::Settle {
                subscription,
                verdicts,
            } => {
                out.put_u8(4);
                out.put_u64(*subscription);
                put_list(out, verdicts, |out, (position, verdict)| {
                    out.put_u64(*position);
                    put_verdict(out, *verdict);
                });
            }
            Self::Unsubscribe { subscription } => {
                out.put_u8(5);
                out.put_u64(*subscription);
            }
            Self::Ensure { request, channels } => {
                out.put_u8(6);
                out.put_u64(*request);
                put_list(out, channels, put_channel);
            }
            Self::Goodbye => out.put_u8(7),
            Self::Ping => out.put_u8(8),
            Self::Welcome { version } => {
                out.put_u8(129);
                out.put_u16(*version);
            }
            Self::Outcomes { request, outcomes } => {
                out.put_u8(130);
                out.put_u64(*request);
                put_list(out, outcomes, put_outcome);
            }
            Self::Subscribed {
                subscription,
                outcome,
            } => {
                out.put_u8(131);
                out.put_u64(*subscription);
                put_outcome(out, outcome);
            }
            Self::Deliver {
                subscription,
                deliveries,
            } => {
                out.put_u8(132);
                out.put_u64(*subscription);
                put_list(out, deliveries, |out, delivery| {
                    out.put_u64(delivery.position);
                    out.put_u32(delivery.attempt);
                    put_message(out, &delivery.message);
                });
            }
            Self::Ended {
                subscription,
                fault,
            } => {
                out.put_u8(133);
                out.put_u64(*subscription);
                put_fault(out, fault);
            }
            Self::Refused { fault } => {
                out.put_u8(134);
                put_fault(out, fault);
            }
            Self::Farewell => out.put_u8(135),
            Self::Pong => out.put_u8(136),
        }
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

fn put_bytes(out: &mut BytesMut, bytes: &[u8]) {
    out.put_u32(u32::try_from(bytes.len()).unwrap_or(u32::MAX));
    out.put_slice(bytes);
}

fn put_option(out: &mut BytesMut, bytes: Option<&[u8]>) {
    out.put_u8(u8::from(bytes.is_some()));
    if let Some(bytes) = bytes {
        put_bytes(out, bytes);
    }
}

fn put_list<T>(out: &mut BytesMut, items: &[T], put: impl Fn(&mut BytesMut, &T)) {
    out.put_u32(u32::try_from(items.len()).unwrap_or(u32::MAX));
    items.iter().for_each(|item| put(out, item));
}

fn put_channel(out: &mut BytesMut, channel: &Channel) {
    out.put_u8(match channel.kind {
        ChannelKind::PointToPoint => 0,
        ChannelKind::PublishSubscribe => 1,
    });
    out.put_u16(channel.shards);
    put_bytes(out, channel.address.as_bytes());
}

fn put_message(out: &mut BytesMut, message: &Message) {
    let text = |value: &Option<Str>| {
        value
            .as_ref()
            .map(|value| Bytes::copy_from_slice(value.as_bytes()))
    };
    out.put_slice(message.id.as_bytes());
    for value in [
        &message.name,
        &message.content_type,
        &message.reply_to,
        &message.correlation_id,
    ] {
        put_option(out, text(value).as_deref());
    }
    put_option(out, message.key.as_deref());
    put_list(out, &message.headers, |out, (name, value)| {
        put_bytes(out, name.as_bytes());
        put_bytes(out, value);
    });
    put_bytes(out, &message.body);
}

fn put_verdict(out: &mut BytesMut, verdict: Verdict) {
    match verdict {
        Verdict::Ack => out.put_u8(0),
        Verdict::Retry { after } => {
            out.put_u8(1);
            out.put_u64(u64::try_from(after.as_micros()).unwrap_or(u64::MAX));
        }
        Verdict::Reject => out.put_u8(2),
        Verdict::Extend => out.put_u8(3),
    }
}

fn put_outcome(out: &mut BytesMut, outcome: &Result<(), Fault>) {
    out.put_u8(u8::from(outcome.is_err()));
    if let Err(fault) = outcome {
        put_fault(out, fault);
    }
}

fn put_fault(out: &mut BytesMut, fault: &Fault) {
    let kind = KINDS
        .iter()
        .find(|(kind, _)| *kind == fault.kind)
        .map_or(0, |(_, code)| *code);
    out.put_u8(kind);
    out.put_u8(u8::from(fault.retryable));
    put_bytes(out, fault.reason.as_bytes());
}

/// Codes of the kinds of errors; what is not here is unexpected.
const KINDS: [(ErrorKind, u8); 9] = [
    (ErrorKind::Unsupported, 1),
    (ErrorKind::NotFound, 2),
    (ErrorKind::InUse, 3),
    (ErrorKind::PermissionDenied, 4),
    (ErrorKind::TooLarge, 5),
    (ErrorKind::Timeout, 6),
    (ErrorKind::ConnectionLost, 7),
    (ErrorKind::Invalid, 8),
    (ErrorKind::Closed, 9),
];

struct Reader {
    rest: Bytes,
    total: usize,
}

type Read<T> = Result<T, Malformed>;

impl Reader {
    fn frame(&mut self) -> Read<Frame> {
        Ok(match self.u8()? {
            1 => {
                if self.array::<8>()? != MAGIC {
                    return Err(Malformed("not the tidings protocol"));
                }
                Frame::Hello {
                    version: self.u16()?,
                }
            }
            2 => Frame::Publish {
                request: self.u64()?,
                channel: self.channel()?,
                messages: self.list(Self::message)?,
            },
            3 => Frame::Subscribe {
                subscription: self.u64()?,
                channel: self.channel()?,
                group: self.option(Self::name)?,
                prefetch: self.u32()?,
                private: self.bool()?,
            },
            4 => Frame::Settle {
                subscription: self.u64()?,
                verdicts: self.list(|reader| Ok((reader.u64()?, reader.verdict()?)))?,
            },
            5 => Frame::Unsubscribe {
                subscription: self.u64()?,
            },
            6 => Frame::Ensure {
                request: self.u64()?,
                channels: self.list(Self::channel)?,
            },
            7 => Frame::Goodbye,
            8 => Frame::Ping,
            129 => Frame::Welcome {
                version: self.u16()?,
            },
            130 => Frame::Outcomes {
                request: self.u64()?,
                outcomes: self.list(Self::outcome)?,
            },
            131 => Frame::Subscribed {
                subscription: self.u64()?,
                outcome: self.outcome()?,
            },
            132 => Frame::Deliver {
                subscription: self.u64()?,
                deliveries: self.list(Self::delivery)?,
            },
            133 => Frame::Ended {
                subscription: self.u64()?,
                fault: self.fault()?,
            },
            134 => Frame::Refused {
                fault: self.fault()?,
            },
            135 => Frame::Farewell,
            136 => Frame::Pong,
            _ => return Err(Malformed("unknown kind of frame")),
        })
    }

    fn take(&mut self, length: usize) -> Read<Bytes> {
        if length > self.rest.len() {
            return Err(Malformed("a length reaches beyond the frame"));
        }
        Ok(self.rest.split_to(length))
    }

    fn array<const N: usize>(&mut self) -> Read<[u8; N]> {
        let bytes = self.take(N)?;
        let mut array = [0; N];
        array.copy_from_slice(&bytes);
        Ok(array)
    }

    fn u8(&mut self) -> Read<u8> {
        self.array().map(u8::from_be_bytes)
    }

    fn u16(&mut self) -> Read<u16> {
        self.array().map(u16::from_be_bytes)
    }

    fn u32(&mut self) -> Read<u32> {
        self.array().map(u32::from_be_bytes)
    }

    fn u64(&mut self) -> Read<u64> {
        self.array().map(u64::from_be_bytes)
    }

    fn bool(&mut self) -> Read<bool> {
        match self.u8()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(Malformed("a flag is neither 0 nor 1")),
        }
    }

    fn bytes(&mut self) -> Read<Bytes> {
        let length = self.u32()? as usize;
        let bytes = self.take(length)?;
        // A small part must not keep a large frame in memory.
        Ok(if length >= self.total / 2 {
            bytes
        } else {
            Bytes::copy_from_slice(&bytes)
        })
    }

    fn text(&mut self) -> Read<Str> {
        let length = self.u32()? as usize;
        let bytes = self.take(length)?;
        str::from_utf8(&bytes)
            .map(Str::from)
            .map_err(|_| Malformed("a text is not UTF-8"))
    }

    fn name(&mut self) -> Read<Str> {
        let name = self.text()?;
        if name.len() > MAX_NAME {
            Err(Malformed("a name is longer than 4096 bytes"))
        } else {
            Ok(name)
        }
    }

    fn option<T>(&mut self, read: impl FnOnce(&mut Self) -> Read<T>) -> Read<Option<T>> {
        self.bool()?.then(|| read(self)).transpose()
    }

    fn list<T>(&mut self, read: impl Fn(&mut Self) -> Read<T>) -> Read<Vec<T>> {
        let count = self.u32()?;
        // Grows with what is really there, whatever the count says.
        let mut items = Vec::new();
        for _ in 0..count {
            items.push(read(self)?);
        }
        Ok(items)
    }

    fn channel(&mut self) -> Read<Channel> {
        let kind = if self.bool()? {
            ChannelKind::PublishSubscribe
        } else {
            ChannelKind::PointToPoint
        };
        Ok(Channel {
            kind,
            shards: self.u16()?,
            address: self.name()?,
        })
    }

    fn message(&mut self) -> Read<Message> {
        Ok(Message {
            id: Uuid::from_bytes(self.array()?),
            name: self.option(Self::text)?,
            content_type: self.option(Self::text)?,
            reply_to: self.option(Self::text)?,
            correlation_id: self.option(Self::text)?,
            key: self.option(Self::bytes)?,
            headers: self.list(|reader| Ok((reader.text()?, reader.bytes()?)))?,
            body: self.bytes()?,
        })
    }

    fn delivery(&mut self) -> Read<Delivery> {
        Ok(Delivery {
            position: self.u64()?,
            attempt: self.u32()?,
            message: self.message()?,
        })
    }

    fn verdict(&mut self) -> Read<Verdict> {
        Ok(match self.u8()? {
            0 => Verdict::Ack,
            1 => Verdict::Retry {
                after: Duration::from_micros(self.u64()?),
            },
            2 => Verdict::Reject,
            3 => Verdict::Extend,
            _ => return Err(Malformed("unknown verdict")),
        })
    }

    fn outcome(&mut self) -> Read<Result<(), Fault>> {
        Ok(if self.bool()? {
            Err(self.fault()?)
        } else {
            Ok(())
        })
    }

    fn fault(&mut self) -> Read<Fault> {
        let code = self.u8()?;
        let kind = KINDS
            .iter()
            .find(|(_, known)| *known == code)
            .map_or(ErrorKind::Unexpected, |(kind, _)| *kind);
        Ok(Fault {
            kind,
            retryable: self.bool()?,
            reason: self.text()?.to_string(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples() -> Vec<Frame> {
        let mut message = Message::named("Order", "application/json", "{}");
        message.reply_to = Some("replies".into());
        message.correlation_id = Some("1".into());
        message.key = Some("key".into());
        message.headers = vec![("a".into(), "1".into()), ("a".into(), Bytes::new())];
        let channel = Channel::publish_subscribe("orders/ü");
        let fault = Fault {
            kind: ErrorKind::TooLarge,
            retryable: true,
            reason: "too large".into(),
        };
        let after = Duration::from_millis(5);
        let verdicts = [
            Verdict::Ack,
            Verdict::Retry { after },
            Verdict::Reject,
            Verdict::Extend,
        ];
        let delivery = Delivery {
            position: 1,
            attempt: 2,
            message: message.clone(),
        };
        let group = Some("g".into());
        vec![
            Frame::Hello { version: VERSION },
            Frame::Publish {
                request: 7,
                channel: channel.clone(),
                messages: vec![message, Message::new("")],
            },
            Frame::Subscribe {
                subscription: 1,
                channel: channel.clone(),
                group,
                prefetch: 9,
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
                channels: vec![channel],
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
            message: Message::new(vec![0; MAX_MESSAGE]),
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
