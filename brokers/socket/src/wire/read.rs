//! Reading frames.
use super::{Delivery, Fault, Frame, KINDS, MAGIC, MAX_NAME, Malformed, VERSION};
use bytes::Bytes;
use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};
use tidings::{
    Channel, ChannelKind, ErrorKind, Message, MessageId, Str, Verdict,
    transport::{Ensure, PerKey, Wanted},
};
use uuid::Uuid;

/// What is left of a frame.
pub(super) struct Reader {
    pub(super) rest: Bytes,
    pub(super) total: usize,
}

type Read<T> = Result<T, Malformed>;

impl Reader {
    pub(super) fn frame(&mut self) -> Read<Frame> {
        Ok(match self.u8()? {
            1 => {
                if self.array::<8>()? != MAGIC {
                    return Err(Malformed("not the tidings protocol"));
                }
                self.hello()?
            }
            2 => Frame::Publish {
                request: self.u64()?,
                within: Duration::from_micros(self.u64()?),
                settled: self.bool()?,
                channel: self.channel()?,
                messages: self.list(Self::message)?,
            },
            3 => Frame::Subscribe {
                subscription: self.u64()?,
                channel: self.channel()?,
                group: self.option(Self::name)?,
                prefetch: self.u32()?,
                prefetch_bytes: self.u64()?,
                per_key: self.option(Self::per_key)?,
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
                how: if self.bool()? {
                    Ensure::Create
                } else {
                    Ensure::Check
                },
                wanted: self.list(Self::wanted)?,
            },
            7 => Frame::Goodbye,
            8 => Frame::Ping {
                received: self.u64()?,
            },
            9 => Frame::Void,
            10 => Frame::Demand {
                subscription: self.u64()?,
                deliveries: self.u64()?,
            },
            129 => Frame::Welcome {
                version: self.u16()?,
                received: self.option(Self::u64)?,
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
            137 => Frame::Lost {
                subscription: self.u64()?,
                count: self.option(Self::u64)?,
            },
            134 => Frame::Refused {
                fault: self.fault()?,
            },
            135 => Frame::Farewell,
            136 => Frame::Pong {
                received: self.u64()?,
            },
            _ => return Err(Malformed("unknown kind of frame")),
        })
    }

    /// Of another version only its number is known.
    fn hello(&mut self) -> Read<Frame> {
        let version = self.u16()?;
        if version != VERSION {
            self.rest.clear();
            return Ok(Frame::Hello {
                version,
                session: Uuid::nil(),
                received: None,
                token: None,
            });
        }
        Ok(Frame::Hello {
            version,
            session: Uuid::from_bytes(self.array()?),
            received: self.option(Self::u64)?,
            token: self.option(Self::name)?,
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

    fn per_key(&mut self) -> Read<PerKey> {
        let messages = usize::try_from(self.u32()?).unwrap_or(usize::MAX);
        let bytes = usize::try_from(self.u64()?).unwrap_or(usize::MAX);
        Ok(PerKey::new(messages, bytes))
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
        let (kind, is_wildcard) = match self.u8()? {
            0 => (ChannelKind::PointToPoint, false),
            1 => (ChannelKind::PublishSubscribe, false),
            2 => (ChannelKind::PointToPoint, true),
            3 => (ChannelKind::PublishSubscribe, true),
            _ => return Err(Malformed("unknown kind of channel")),
        };
        let shards = self.u16()?;
        let make = if is_wildcard {
            Channel::wildcard
        } else {
            Channel::new
        };
        Ok(make(kind, self.name()?).with_shards(shards))
    }

    fn wanted(&mut self) -> Read<Wanted> {
        let wanted = Wanted::channel(self.channel()?);
        Ok(match self.option(Self::name)? {
            Some(group) => wanted.group(group),
            None => wanted,
        })
    }

    fn message(&mut self) -> Read<Message> {
        let mut message = Message::new(Bytes::new());
        message.id = match self.bool()? {
            false => MessageId::Uuid(Uuid::from_bytes(self.array()?)),
            true => MessageId::Text(self.text()?),
        };
        message.name = self.option(Self::text)?;
        message.content_type = self.option(Self::text)?;
        message.reply_to = self.option(Self::text)?;
        message.correlation_id = self.option(Self::text)?;
        message.key = self.option(Self::bytes)?;
        message.created = self.option(Self::time)?;
        message.expires = self.option(Self::time)?;
        message.not_before = self.option(Self::time)?;
        message.headers = self.list(|reader| Ok((reader.text()?, reader.bytes()?)))?;
        message.body = self.bytes()?;
        Ok(message)
    }

    fn time(&mut self) -> Read<SystemTime> {
        let since = Duration::from_micros(self.u64()?);
        let time = SystemTime::UNIX_EPOCH.checked_add(since);
        time.ok_or(Malformed("a time is too far away"))
    }

    fn delivery(&mut self) -> Read<Delivery> {
        Ok(Delivery {
            position: self.u64()?,
            attempt: self.u32()?,
            address: self.option(Self::name)?,
            message: Arc::new(self.message()?),
        })
    }

    fn verdict(&mut self) -> Read<Verdict> {
        Ok(match self.u8()? {
            0 => Verdict::Ack,
            1 => Verdict::Retry {
                after: Duration::from_micros(self.u64()?),
            },
            2 => Verdict::Reject {
                reason: self.text()?,
            },
            3 => Verdict::Release,
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
            ambiguous: self.bool()?,
            reason: self.text()?.to_string(),
        })
    }
}
