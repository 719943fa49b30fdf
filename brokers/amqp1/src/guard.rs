//! Looks at each frame before the client has it, which ends the process at some that an honest broker passes on: of a message that is not
//! to be read the rest is cut off, so that the client says that it cannot, and it is rejected.
use crate::scan::{Fault, Scan};
use bytes::{Buf, BytesMut};
use std::{
    collections::HashMap,
    io::{Error, ErrorKind, Result},
};

/// Largest frame that is taken.
pub(crate) const FRAME: u32 = 256 << 10;
/// What begins a frame.
const HEAD: usize = 8;
/// What frames are that are looked into.
const TRANSFER: u64 = 0x14;
const DETACH: u64 = 0x16;
const END: u64 = 0x17;

/// The channel of a session, and the number of a link of it.
type Link = (u16, u32);

/// What came of a connection.
#[derive(Debug)]
pub(crate) struct Guard {
    /// Not a whole frame yet.
    came: BytesMut,
    /// What the client may have.
    passed: BytesMut,
    is_begun: bool,
    /// Messages of several frames that are not whole; none for what is not to be read.
    begun: HashMap<Link, Option<Scan>>,
    /// Most bytes of a message.
    most: u64,
}

impl Guard {
    pub(crate) fn new(most: u64) -> Self {
        Self {
            came: BytesMut::new(),
            passed: BytesMut::new(),
            is_begun: false,
            begun: HashMap::new(),
            most,
        }
    }

    /// What the client may have by now.
    pub(crate) fn passed(&mut self) -> &mut BytesMut {
        &mut self.passed
    }

    /// Takes in what came.
    pub(crate) fn see(&mut self, bytes: &[u8]) -> Result<()> {
        self.came.extend_from_slice(bytes);
        while let Some(head) = self.came.first_chunk::<HEAD>().copied() {
            // Of what is no broker, the client says so.
            if head.starts_with(b"AMQP") || !self.is_begun {
                self.is_begun = true;
                self.passed.unsplit(self.came.split_to(HEAD));
                continue;
            }
            let size = u32::from_be_bytes([head[0], head[1], head[2], head[3]]);
            if size > FRAME {
                return Err(odd("it is larger than what is taken"));
            }
            let size = usize::try_from(size).unwrap_or(usize::MAX);
            if size < HEAD {
                return Err(odd("it is shorter than what begins one"));
            }
            if self.came.len() < size {
                return Ok(());
            }
            let mut frame = self.came.split_to(size);
            self.frame(&mut frame).map_err(odd)?;
            self.passed.unsplit(frame);
        }
        Ok(())
    }

    fn frame(&mut self, frame: &mut BytesMut) -> std::result::Result<(), &'static str> {
        let from = usize::from(frame[4]) * 4;
        let body = frame.get(from.max(HEAD)..).unwrap_or_default();
        let (is_sasl, channel) = (frame[5] != 0, u16::from_be_bytes([frame[6], frame[7]]));
        if body.is_empty() {
            return Ok(());
        }
        let size = Scan::one(body)?.ok_or("it ends amid what it says")?;
        let (said, behind) = (Said::read(&body[..size]), frame.len() - body.len() + size);
        match said.what {
            Some(TRANSFER) if !is_sasl => self.transfer(channel, &said, frame, behind),
            Some(DETACH) => drop(self.begun.remove(&(channel, said.link))),
            Some(END) => self.begun.retain(|(of, _), _| *of != channel),
            _ => {}
        }
        Ok(())
    }

    /// Looks at what a frame has of a message, from there on.
    fn transfer(&mut self, channel: u16, said: &Said, frame: &mut BytesMut, from: usize) {
        let link = (channel, said.link);
        let scan = self.begun.remove(&link);
        let mut scan = scan.unwrap_or_else(|| Some(Scan::all(self.most)));
        match scan.as_mut().map(|scan| scan.read(&frame[from..])) {
            None => cut(frame, from, false),
            Some(Ok(_)) => {}
            Some(Err(Fault {
                at,
                reason,
                is_at_value,
            })) => {
                tracing::warn!(reason, "a message is not read");
                cut(frame, from + at, is_at_value);
                scan = None;
            }
        }
        if said.goes_on {
            self.begun.insert(link, scan);
        }
    }
}

/// Ends a frame there; where a value was to begin, amid one.
fn cut(frame: &mut BytesMut, at: usize, is_at_value: bool) {
    frame.truncate(at);
    if is_at_value {
        frame.extend_from_slice(&[0]);
    }
    // It is no longer than it was.
    let size = u32::try_from(frame.len()).unwrap_or(u32::MAX);
    frame[..4].copy_from_slice(&size.to_be_bytes());
}

fn odd(reason: &'static str) -> Error {
    let reason = format!("the broker sent a frame that is none: {reason}");
    Error::new(ErrorKind::InvalidData, reason)
}

/// What a frame says, as far as that matters here.
#[derive(Debug, Default, PartialEq, Eq)]
struct Said {
    what: Option<u64>,
    link: u32,
    /// The rest of the message is in others.
    goes_on: bool,
}

impl Said {
    /// Reads a value that is whole.
    fn read(value: &[u8]) -> Self {
        let Some((0, mut rest)) = value.split_first().map(|(code, rest)| (*code, rest)) else {
            return Self::default();
        };
        let Some(what) = take(&mut rest) else {
            return Self::default();
        };
        let mut said = Self {
            what: match text(what) {
                Some(b"amqp:transfer:list") => Some(TRANSFER),
                Some(b"amqp:detach:list") => Some(DETACH),
                Some(b"amqp:end:list") => Some(END),
                Some(_) => None,
                None => Some(number(what)),
            },
            ..Self::default()
        };
        let mut fields = match rest.first().map(|code| code >> 4) {
            Some(0xc) => rest.get(3..).unwrap_or_default(),
            Some(0xd) => rest.get(9..).unwrap_or_default(),
            _ => return said,
        };
        let (mut more, mut aborted, mut at) = (false, false, 0);
        while let Some(field) = take(&mut fields) {
            match at {
                0 => said.link = u32::try_from(number(field)).unwrap_or(u32::MAX),
                5 => more = is_true(field),
                9 => aborted = is_true(field),
                _ => {}
            }
            at += 1;
        }
        said.goes_on = more && !aborted;
        said
    }
}

/// The first of several whole values.
fn take<'a>(values: &mut &'a [u8]) -> Option<&'a [u8]> {
    let size = Scan::one(values).ok().flatten()?;
    let (first, rest) = values.split_at_checked(size)?;
    *values = rest;
    Some(first)
}

/// A number that says how long it is, or nothing.
fn number(value: &[u8]) -> u64 {
    let mut bytes = value.get(1..).unwrap_or_default();
    let mut number = 0;
    while bytes.has_remaining() {
        number = number << 8 | u64::from(bytes.get_u8());
    }
    number
}

fn is_true(value: &[u8]) -> bool {
    value == [0x41] || value == [0x56, 1]
}

fn text(value: &[u8]) -> Option<&[u8]> {
    match value.first()? {
        0xa3 => value.get(2..),
        0xb3 => value.get(5..),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scan::client::Dice;
    use fe2o3_amqp::types::{
        messaging::{
            AmqpValue, Body, Data, Message, Properties,
            message::__private::{Deserializable, Serializable},
        },
        performatives::Transfer,
        primitives::Value,
    };
    use serde::Deserialize;
    use serde_amqp::{
        de::Deserializer,
        read::{IoReader, Read, SliceReader},
    };

    fn frame(kind: u8, body: &[u8]) -> Vec<u8> {
        let size = u32::try_from(body.len() + HEAD).unwrap().to_be_bytes();
        [&size[..], &[2, kind, 0, 7], body].concat()
    }

    fn transfer(handle: u32, more: bool, payload: &[u8]) -> Vec<u8> {
        let said = Transfer {
            handle: handle.into(),
            delivery_id: Some(1),
            delivery_tag: Some(vec![1].into()),
            message_format: Some(0),
            settled: None,
            more,
            rcv_settle_mode: None,
            state: None,
            resume: false,
            aborted: false,
            batchable: false,
        };
        let said = serde_amqp::to_vec(&said).unwrap();
        frame(0, &[&said[..], payload].concat())
    }

    /// What the client gets of messages of at most 1,000 bytes.
    fn passed(frames: &[Vec<u8>]) -> Vec<u8> {
        let mut guard = Guard::new(1000);
        guard.see(b"AMQP\x00\x01\x00\x00").unwrap();
        for byte in frames.concat() {
            guard.see(&[byte]).unwrap();
        }
        guard.passed().split_off(HEAD).to_vec()
    }

    fn payload_of(frame: &[u8]) -> &[u8] {
        let body = &frame[HEAD..];
        assert_eq!(
            u32::from_be_bytes(frame[..4].try_into().unwrap()) as usize,
            frame.len()
        );
        &body[Scan::one(body).unwrap().unwrap()..]
    }

    fn good() -> Vec<u8> {
        let message = Message::builder()
            .properties(Properties::builder().subject("a").build())
            .data(Data(vec![7; 300].into()))
            .build();
        serde_amqp::to_vec(&Serializable(message)).unwrap()
    }

    /// What the client makes of a message.
    fn client<'a>(
        reader: impl Read<'a>,
    ) -> std::result::Result<Message<Body<Value>>, serde_amqp::Error> {
        let read = Deserializable::deserialize(&mut Deserializer::new(reader));
        read.map(|read| read.0)
    }

    fn value(value: &[u8]) -> Vec<u8> {
        [&[0x00, 0x53, 0x77], value].concat()
    }

    #[test]
    fn what_is_sound_passes_as_it_is() {
        let value =
            serde_amqp::to_vec(&Serializable(Message::from(AmqpValue(Value::Long(7))))).unwrap();
        let (first, rest) = (&good()[..100], &good()[100..]);
        let all = [
            frame(1, b"\x00\x53\x44\xc0\x03\x01\x50\x00"),
            frame(0, b""),
            transfer(0, true, first),
            transfer(1, false, &value),
            transfer(0, false, rest),
        ];
        assert_eq!(passed(&all), all.concat());
    }

    #[test]
    fn of_what_is_not_to_be_read_the_client_says_that_it_cannot() {
        let deep = [0x00, 0x53, 0x01].repeat(200);
        let header = [0x00, 0x53, 0x70, 0x45];
        for payload in [
            value(&[0xb1, 0xff, 0xff, 0xff, 0xff]),
            value(&[0xf0, 0, 0, 0, 5, 0x01, 0, 0, 0, 0x40]),
            value(&[0xc0, 0x00, 0x05]),
            value(&deep),
            [&header[..], &value(&deep)].concat(),
            [
                &[0x00, 0x53, 0x72, 0xc1, 0xff, 0x02, 0xa3, 1, 97][..],
                &deep,
            ]
            .concat(),
            [&good()[..], &[0x00, 0x53, 0x78], &deep].concat(),
            [&good()[..], &[0x10]].concat(),
            [0x00, 0x53, 0x75, 0xa0, 0].repeat(300),
            vec![0x10],
        ] {
            let whole = passed(&[transfer(0, false, &payload)]);
            let left = payload_of(&whole);
            assert!(left.len() < 1100, "{}", left.len());
            let read = client(SliceReader::new(left));
            assert!(read.is_err(), "{payload:x?}: {read:?}");
            // In two frames, however it is parted.
            for at in 0..payload.len() {
                let frames = [
                    transfer(0, true, &payload[..at]),
                    transfer(0, false, &payload[at..]),
                ];
                let parted = passed(&frames);
                let size = u32::from_be_bytes(parted[..4].try_into().unwrap()) as usize;
                let (first, last) = parted.split_at(size);
                let left = [payload_of(first), payload_of(last)].concat();
                let read = client(IoReader::new(&left[..]));
                assert!(read.is_err(), "{payload:x?} at {at}: {read:?}");
            }
        }
    }

    #[test]
    fn whatever_comes_the_client_has_an_answer() {
        let (mut dice, mut read) = (Dice(11), 0);
        for _ in 0..20_000 {
            let mut payload = Vec::new();
            for _ in 0..=dice.below(3) {
                payload.extend([0x00, 0x53, 0x70 + dice.below(9)]);
                dice.value(4, &mut payload);
            }
            let whole = passed(&[transfer(0, false, &payload)]);
            let left = payload_of(&whole);
            read += u32::from(client(SliceReader::new(left)).is_ok());
            client(IoReader::new(left)).ok();
        }
        assert!(read > 100, "{read}");
    }

    #[test]
    fn of_an_array_of_maps_and_of_half_a_pair_the_client_has_nothing() {
        let map = [
            0xf0, 0, 0, 0, 16, 0, 0, 0, 1, 0xd1, 0, 0, 0, 7, 0, 0, 0, 2, 0xa0, 0, 0x40,
        ];
        for payload in [
            value(&map),
            value(&[0xe0, 8, 2, 0xc0, 2, 1, 0x40, 2, 1, 0x40]),
            value(&[0xe0, 2, 0, 0xc1]),
            value(&[0xf0, 0, 0, 0, 5, 0, 0, 0, 0, 0xa1]),
            value(&[0xc1, 2, 1, 0x40]),
            [0x00, 0x53, 0x74, 0xc1, 4, 1, 0xa1, 1, b'a'].to_vec(),
            [&[0x00, 0x53, 0x72, 0xc1, 2, 1, 0x40][..], &good()].concat(),
        ] {
            let whole = passed(&[transfer(0, false, &payload)]);
            let read = client(SliceReader::new(payload_of(&whole)));
            assert!(read.is_err(), "{payload:x?}: {read:?}");
        }
    }

    #[test]
    fn one_that_is_too_large_is_not_kept() {
        let section = [&[0x00, 0x53, 0x75, 0xb0, 0, 0, 0x10, 0][..], &[7; 0x1000]].concat();
        let mut frames: Vec<_> = section
            .chunks(100)
            .map(|part| transfer(0, true, part))
            .collect();
        frames.push(transfer(0, false, &[]));
        frames.push(transfer(0, false, &good()));
        let passed = passed(&frames);
        assert!(passed.len() < frames.concat().len() - 0x1000);
        // The next is another.
        assert!(passed.ends_with(&transfer(0, false, &good())));
    }

    #[test]
    fn a_frame_that_is_none_ends_the_connection() {
        let deep = [0x00, 0x53, 0x01].repeat(200);
        for bytes in [
            frame(
                0,
                &[&[0x00, 0x53, 0x12, 0xc0, 0xff, 0x01][..], &deep].concat(),
            ),
            frame(0, &[0x00, 0x53, 0x10, 0xc0, 0x00, 0x05]),
            frame(1, &[0xb1, 0xff, 0xff, 0xff, 0xff]),
            frame(0, &[0x00]),
            vec![0, 0, 0, 7, 2, 0, 0, 0],
            vec![0xff; 8],
        ] {
            let mut guard = Guard::new(1000);
            guard.see(b"AMQP\x00\x01\x00\x00").unwrap();
            let error = guard.see(&bytes).expect_err("it passed");
            assert!(
                error.to_string().contains("a frame that is none"),
                "{error}"
            );
        }
    }

    #[test]
    fn what_is_no_broker_is_for_the_client_to_tell() {
        let mut guard = Guard::new(1000);
        assert!(guard.see(b"HTTP/1.1 400 Bad Request").is_err());
        assert_eq!(&guard.passed()[..], b"HTTP/1.1");
    }
}
