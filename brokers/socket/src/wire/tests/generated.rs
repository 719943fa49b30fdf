//! Frames of every kind, made by seeds: what holds of samples holds of them.
use super::*;
use tidings::ChannelKind;

const SEEDS: u64 = 300;
/// Kinds of frames.
const FRAMES: u64 = 19;

/// Numbers that are the same for a seed, and what is made of them.
struct Maker(u64);

impl Maker {
    fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn flag(&mut self) -> bool {
        self.below(2) == 1
    }

    /// Often at an edge.
    fn number(&mut self) -> u64 {
        let any = self.next();
        match self.below(4) {
            0 => 0,
            1 => u64::MAX,
            2 => any % 300,
            _ => any,
        }
    }

    fn small(&mut self) -> u32 {
        u32::try_from(self.number() >> 32).unwrap()
    }

    fn some<T>(&mut self, make: impl FnOnce(&mut Self) -> T) -> Option<T> {
        self.flag().then(|| make(self))
    }

    fn list<T>(&mut self, make: impl Fn(&mut Self) -> T) -> Vec<T> {
        (0..self.below(5)).map(|_| make(self)).collect()
    }

    fn text(&mut self) -> Str {
        const SIGNS: [char; 6] = ['a', '\0', 'ß', '…', '𝄞', '\n'];
        let sign = |maker: &mut Self| SIGNS[usize::try_from(maker.below(6)).unwrap()];
        (0..self.below(40))
            .map(|_| sign(self))
            .collect::<String>()
            .into()
    }

    /// Of any length that a name may have.
    fn name(&mut self) -> Str {
        match self.below(8) {
            0 => "x".repeat(MAX_NAME).into(),
            _ => self.text(),
        }
    }

    fn bytes(&mut self) -> Bytes {
        let length = match self.below(8) {
            0 => 5000,
            _ => self.below(30),
        };
        (0..length).map(|_| self.next().to_be_bytes()[0]).collect()
    }

    fn duration(&mut self) -> Duration {
        Duration::from_micros(self.number())
    }

    fn time(&mut self) -> std::time::SystemTime {
        std::time::SystemTime::UNIX_EPOCH + Duration::from_micros(self.number() >> 1)
    }

    fn uuid(&mut self) -> Uuid {
        Uuid::from_u64_pair(self.next(), self.next())
    }

    fn channel(&mut self) -> Channel {
        let kind = match self.flag() {
            true => ChannelKind::PointToPoint,
            false => ChannelKind::PublishSubscribe,
        };
        let make = match self.flag() {
            true => Channel::wildcard,
            false => Channel::new,
        };
        let shards = u16::try_from(self.below(1 << 16)).unwrap();
        make(kind, self.name()).with_shards(shards)
    }

    fn wanted(&mut self) -> Wanted {
        let wanted = Wanted::channel(self.channel());
        match self.flag() {
            true => wanted.group(self.name()),
            false => wanted,
        }
    }

    fn message(&mut self) -> Message {
        let mut message = Message::new(self.bytes());
        message.id = match self.flag() {
            true => MessageId::Uuid(self.uuid()),
            false => MessageId::Text(self.text()),
        };
        message.name = self.some(Self::text);
        message.content_type = self.some(Self::text);
        message.reply_to = self.some(Self::text);
        message.correlation_id = self.some(Self::text);
        message.key = self.some(Self::bytes);
        message.created = self.some(Self::time);
        message.expires = self.some(Self::time);
        message.not_before = self.some(Self::time);
        message.headers = self.list(|maker| (maker.text(), maker.bytes()));
        message
    }

    fn delivery(&mut self) -> Delivery {
        Delivery {
            position: self.number(),
            attempt: self.small(),
            address: self.some(Self::name),
            message: Arc::new(self.message()),
        }
    }

    fn verdict(&mut self) -> Verdict {
        match self.below(4) {
            0 => Verdict::Ack,
            1 => Verdict::Release,
            2 => Verdict::reject(self.text()),
            _ => Verdict::Retry {
                after: self.duration(),
            },
        }
    }

    fn fault(&mut self) -> Fault {
        let known = KINDS.get(usize::try_from(self.below(14)).unwrap());
        Fault {
            kind: known.map_or(ErrorKind::Unexpected, |(kind, _)| *kind),
            retryable: self.flag(),
            ambiguous: self.flag(),
            reason: self.text().to_string(),
        }
    }

    fn outcome(&mut self) -> Result<(), Fault> {
        match self.flag() {
            true => Ok(()),
            false => Err(self.fault()),
        }
    }

    fn frame(&mut self, kind: u64) -> Frame {
        match kind {
            0..9 => self.of_connecting(kind),
            _ => self.of_listening(kind),
        }
    }

    fn of_connecting(&mut self, kind: u64) -> Frame {
        match kind {
            0 => Frame::Hello {
                version: VERSION,
                session: self.uuid(),
                received: self.some(Self::number),
                token: self.some(Self::name),
            },
            1 => Frame::Publish {
                request: self.number(),
                within: self.duration(),
                settled: self.flag(),
                channel: self.channel(),
                messages: self.list(Self::message),
            },
            2 => Frame::Subscribe {
                subscription: self.number(),
                channel: self.channel(),
                group: self.some(Self::name),
                prefetch: self.small(),
                prefetch_bytes: self.number(),
                per_key: self.some(|maker| {
                    let (messages, bytes) = (maker.small(), maker.number());
                    PerKey::new(messages as usize, usize::try_from(bytes).unwrap())
                }),
                private: self.flag(),
            },
            3 => Frame::Demand {
                subscription: self.number(),
                deliveries: self.number(),
            },
            4 => Frame::Settle {
                subscription: self.number(),
                verdicts: self.list(|maker| (maker.number(), maker.verdict())),
            },
            5 => Frame::Unsubscribe {
                subscription: self.number(),
            },
            6 => Frame::Ensure {
                request: self.number(),
                how: match self.flag() {
                    true => Ensure::Create,
                    false => Ensure::Check,
                },
                wanted: self.list(Self::wanted),
            },
            7 => Frame::Ping {
                received: self.number(),
            },
            _ => Frame::Goodbye,
        }
    }

    fn of_listening(&mut self, kind: u64) -> Frame {
        let (number, fault) = (self.number(), self.fault());
        match kind {
            9 => Frame::Void,
            10 => Frame::Welcome {
                version: VERSION,
                received: self.some(Self::number),
            },
            11 => Frame::Outcomes {
                request: number,
                outcomes: self.list(Self::outcome),
            },
            12 => Frame::Subscribed {
                subscription: number,
                outcome: self.outcome(),
            },
            13 => Frame::Deliver {
                subscription: number,
                deliveries: self.list(Self::delivery),
            },
            14 => Frame::Ended {
                subscription: number,
                fault,
            },
            15 => Frame::Lost {
                subscription: number,
                count: self.some(Self::number),
            },
            16 => Frame::Refused { fault },
            17 => Frame::Farewell,
            _ => Frame::Pong { received: number },
        }
    }
}

/// Does that with frames of every kind, by every seed.
fn each(check: impl Fn(&mut Maker, Frame, String)) {
    for seed in 0..SEEDS {
        for kind in 0..FRAMES {
            let mut maker = Maker::new(seed * FRAMES + kind);
            let frame = maker.frame(kind);
            check(&mut maker, frame, format!("seed {seed}, kind {kind}"));
        }
    }
}

#[test]
fn every_frame_comes_back_as_it_was() {
    each(|_, frame, place| {
        let bytes = frame.encode();
        let length = u32::from_be_bytes(bytes[..4].try_into().unwrap());
        assert_eq!(length as usize, bytes.len() - 4, "{place}");
        assert_eq!(Frame::decode(bytes.slice(4..)), Ok(frame), "{place}");
    });
}

#[test]
fn no_part_of_a_frame_is_one_and_none_with_more_behind_it() {
    each(|maker, frame, place| {
        let bytes = frame.encode().slice(4..);
        let end = maker.below(bytes.len() as u64);
        let part = bytes.slice(..usize::try_from(end).unwrap());
        assert!(Frame::decode(part).is_err(), "{place}, up to {end}");
        let longer = [&bytes[..], &[0]].concat();
        assert!(Frame::decode(longer.into()).is_err(), "{place}");
    });
}

#[test]
fn changed_bytes_are_an_error_or_a_frame_that_comes_back() {
    each(|maker, frame, place| {
        let mut bytes = frame.encode().slice(4..).to_vec();
        for _ in 0..=maker.below(3) {
            let at = usize::try_from(maker.below(bytes.len() as u64)).unwrap();
            bytes[at] = maker.next().to_be_bytes()[0];
        }
        let Ok(read) = Frame::decode(bytes.into()) else {
            return;
        };
        let again = Frame::decode(read.encode().slice(4..));
        assert_eq!(again, Ok(read), "{place}");
    });
}

#[test]
fn no_message_takes_more_than_it_is_counted_for() {
    let size = |frame: Frame| frame.encode().len();
    each(|maker, _, place| {
        let message = maker.message();
        let frame = |messages| {
            size(Frame::Publish {
                request: 1,
                within: Duration::ZERO,
                settled: false,
                channel: Channel::point_to_point("a"),
                messages,
            })
        };
        let taken = frame(vec![message.clone()]) - frame(Vec::new());
        assert!(taken <= encoded_size(&message), "{place}: {taken}");
    });
}
