//! What the client makes of values that pass: what they are, and nothing else.
use super::Scan;
use fe2o3_amqp::types::primitives::{Array, OrderedMap, Value};
use serde_amqp::{described::Described, descriptor::Descriptor};

/// A list of a value and of what shows that the client reads no more of it than it is, and no less.
fn followed(value: &[u8]) -> Vec<u8> {
    let size = u32::try_from(value.len() + 6).unwrap().to_be_bytes();
    [&[0xd0], &size[..], &[0, 0, 0, 2], value, &[0x54, 42]].concat()
}

/// What the client makes of a value, where that passes.
fn read(value: &[u8]) -> Option<Result<Value, serde_amqp::Error>> {
    let all = followed(value);
    if Scan::one(&all) != Ok(Some(all.len())) {
        return None;
    }
    let read = serde_amqp::from_slice(&all);
    Some(read.map(|read| match read {
        Value::List(mut two) if two.len() == 2 && two[1] == Value::Int(42) => two.remove(0),
        other => panic!("{value:x?} is read as {other:?}"),
    }))
}

#[test]
fn what_the_client_would_read_otherwise_does_not_pass() {
    for value in [
        // Maps, lists, arrays and described values within an array.
        &[0xe0, 8, 2, 0xc1, 1, 0, 3, 2, 0x40, 0x40][..],
        &[0xe0, 8, 2, 0xc0, 2, 1, 0x40, 2, 1, 0x40],
        &[0xe0, 6, 2, 0xc0, 1, 0, 1, 0],
        &[0xe0, 10, 2, 0xe0, 3, 1, 0x50, 7, 3, 1, 0x50, 7],
        &[0xe0, 4, 2, 0x45],
        &[0xe0, 7, 2, 0x00, 0x53, 1, 0x50, 7, 8],
        &[0xf0, 0, 0, 0, 11, 0, 0, 0, 1, 0xd0, 0, 0, 0, 4, 0, 0, 0, 0],
        // Arrays of nothing that say of what.
        &[0xe0, 2, 0, 0x40],
        &[0xf0, 0, 0, 0, 5, 0, 0, 0, 0, 0xa1],
        &[0xe0, 2, 0, 0xc1],
        // Keys without a value.
        &[0xc1, 2, 1, 0x40],
        &[0xd1, 0, 0, 0, 7, 0, 0, 0, 3, 0x40, 0x40, 0x40],
    ] {
        assert!(read(value).is_none(), "{value:x?}");
    }
}

#[test]
fn what_passes_is_read_as_it_is() {
    let text = |text: &str| Value::String(text.to_owned());
    let list = Value::List;
    let array = |all| Value::Array(Array(all));
    let mut map = OrderedMap::new();
    map.insert(text("a"), list(vec![array(vec![text("b"), text("")])]));
    let described = Described {
        descriptor: Descriptor::Code(1),
        value: list(vec![Value::Null]),
    };
    for (value, is) in [
        (&[0x45][..], list(vec![])),
        (&[0xc0, 1, 0], list(vec![])),
        (&[0xd0, 0, 0, 0, 4, 0, 0, 0, 0], list(vec![])),
        (&[0xc1, 1, 0], Value::Map(OrderedMap::new())),
        (&[0xe0, 1, 0], array(vec![])),
        (&[0xf0, 0, 0, 0, 4, 0, 0, 0, 0], array(vec![])),
        (
            &[0xe0, 4, 2, 0x50, 7, 8],
            array(vec![Value::Ubyte(7), Value::Ubyte(8)]),
        ),
        (&[0xe0, 2, 1, 0x43], array(vec![Value::Uint(0)])),
        (
            &[
                0xc1, 14, 2, 0xa1, 1, b'a', 0xc0, 8, 1, 0xe0, 5, 2, 0xa1, 1, b'b', 0,
            ],
            Value::Map(map),
        ),
        (
            &[0x00, 0x53, 1, 0xc0, 2, 1, 0x40],
            Value::Described(Box::new(described)),
        ),
    ] {
        let read = read(value).unwrap_or_else(|| panic!("{value:x?} does not pass"));
        assert_eq!(read.unwrap(), is, "{value:x?}");
    }
}

#[test]
fn what_the_client_would_follow_without_end_does_not_pass() {
    // One map of bytes and nothing; the client reads the bytes as a map whose key is a map, and so on.
    let size = 0x0003_0000_u32;
    let mut bytes = [&[0, 0, 2][..], &[0, 0, 0, 8, 0, 0, 0, 2].repeat(24_000)].concat();
    bytes.resize(0x0003_0000, 0);
    let array = [
        &[0xf0][..],
        &(size + 19).to_be_bytes(),
        &[0, 0, 0, 1, 0xd1],
        &(size + 10).to_be_bytes(),
        &[0, 0, 0, 2, 0xb0],
        &size.to_be_bytes(),
        &bytes,
        &[0x40],
    ]
    .concat();
    assert!(read(&array).is_none());
}

#[test]
fn whatever_passes_is_read_to_its_end() {
    let (mut dice, mut passed) = (Dice(7), 0);
    for _ in 0..200_000 {
        let mut value = Vec::new();
        dice.value(3, &mut value);
        passed += u32::from(matches!(read(&value), Some(Ok(_))));
    }
    assert!(passed > 20_000, "{passed}");
}

/// Values at random, some of which say what is not so.
pub(crate) struct Dice(pub(crate) u64);

const PLAIN: [u8; 33] = [
    0x40, 0x41, 0x42, 0x43, 0x44, 0x45, 0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x60, 0x61, 0x70,
    0x71, 0x72, 0x73, 0x74, 0x80, 0x81, 0x82, 0x83, 0x84, 0x94, 0x98, 0xa0, 0xa1, 0xa3, 0xb0, 0xb1,
    0xb3,
];
const OTHERS: [u8; 7] = [0x00, 0xc0, 0xc1, 0xd0, 0xd1, 0xe0, 0xf0];

impl Dice {
    pub(crate) fn below(&mut self, most: u8) -> u8 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        u8::try_from(self.0 % u64::from(most)).unwrap()
    }

    fn code(&mut self, depth: u8) -> u8 {
        match depth > 0 && self.below(2) == 0 {
            true => OTHERS[usize::from(self.below(7))],
            false => PLAIN[usize::from(self.below(33))],
        }
    }

    pub(crate) fn value(&mut self, depth: u8, bytes: &mut Vec<u8>) {
        let code = self.code(depth);
        bytes.push(code);
        self.behind(code, depth.saturating_sub(1), bytes);
    }

    fn behind(&mut self, code: u8, depth: u8, bytes: &mut Vec<u8>) {
        let mut part = Vec::new();
        match code >> 4 {
            0 => {
                let what = self.below(128);
                bytes.extend([0x53, what]);
                self.value(depth, bytes);
            }
            upper @ 5..=9 => (0..1 << (upper - 5)).for_each(|_| bytes.push(self.below(2))),
            0xa | 0xb => {
                let count = self.below(4);
                self.header(code, &[], &vec![b'a'; count.into()], bytes);
            }
            0xc | 0xd => {
                let count = self.below(5);
                (0..count).for_each(|_| self.value(depth, &mut part));
                self.header(code, &[count], &part, bytes);
            }
            0xe | 0xf => {
                let (count, of) = (self.below(4), self.code(depth));
                if count > 0 || self.below(2) == 0 {
                    part.push(of);
                }
                (0..count).for_each(|_| self.behind(of, depth.saturating_sub(1), &mut part));
                self.header(code, &[count], &part, bytes);
            }
            _ => {}
        }
    }

    /// The size and the count of such a value, and what it is of.
    fn header(&mut self, code: u8, count: &[u8], part: &[u8], bytes: &mut Vec<u8>) {
        let zeros = usize::from((code >> 4) % 2) * 3;
        let size = part.len() + count.len() * (zeros + 1);
        let mut said = vec![u8::try_from(size % 256).unwrap()];
        said.extend(count);
        for number in said {
            let off = u8::from(self.below(40) == 0);
            bytes.extend(vec![0; zeros]);
            bytes.push(number.wrapping_add(off));
        }
        bytes.extend(part);
    }
}
