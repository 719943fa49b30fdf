//! The wire format: numbers of any length, and fields, each behind a tag.
use crate::fault::Fault;

/// A value, as far as the wire tells what it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Raw<'b> {
    Varint(u64),
    Eight([u8; 8]),
    Bytes(&'b [u8]),
    Four([u8; 4]),
    /// All between two tags, which no field of ours is.
    Group,
}

/// The forms of values, as tags have them.
const VARINT: u64 = 0;
const EIGHT: u64 = 1;
const BYTES: u64 = 2;
const GROUP: u64 = 3;
const GROUP_END: u64 = 4;
const FOUR: u64 = 5;

/// Messages, or groups, that lie within each other at most.
pub(super) const DEPTH: usize = 100;

/// The largest field number.
const MAX_NUMBER: u64 = (1 << 29) - 1;

/// Bytes, from where reading goes on.
#[derive(Debug, Clone)]
pub(super) struct Cursor<'b> {
    bytes: &'b [u8],
}

impl<'b> Cursor<'b> {
    pub(super) fn new(bytes: &'b [u8]) -> Self {
        Self { bytes }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// What is left.
    pub(super) fn rest(&self) -> &'b [u8] {
        self.bytes
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        let (array, rest) = self
            .bytes
            .split_first_chunk()
            .ok_or_else(|| short(N as u64, self.bytes))?;
        self.bytes = rest;
        Ok(*array)
    }

    fn sized(&mut self) -> Result<&'b [u8], Fault> {
        let length = self.varint()?;
        let taken = usize::try_from(length).ok();
        let taken = taken.and_then(|length| self.bytes.split_at_checked(length));
        let (taken, rest) = taken.ok_or_else(|| short(length, self.bytes))?;
        self.bytes = rest;
        Ok(taken)
    }

    /// A number in up to ten bytes of seven bits, the lowest first.
    pub(super) fn varint(&mut self) -> Result<u64, Fault> {
        let mut bits = 0;
        for shift in (0..64).step_by(7) {
            let [byte] = self.array()?;
            if shift == 63 && byte > 1 {
                break;
            }
            bits |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(bits);
            }
        }
        Err(Fault::new("a number has more than 64 bits"))
    }

    /// The number of the next field, and its value.
    pub(super) fn field(&mut self) -> Result<(u32, Raw<'b>), Fault> {
        let (number, form) = self.tag()?;
        let raw = match form {
            GROUP => {
                self.group(number)?;
                Raw::Group
            }
            form => self.plain(number, form)?,
        };
        Ok((number, raw))
    }

    fn tag(&mut self) -> Result<(u32, u64), Fault> {
        let tag = self.varint()?;
        let number = Some(tag >> 3).filter(|number| (1..=MAX_NUMBER).contains(number));
        let number = number.and_then(|number| u32::try_from(number).ok());
        let number =
            number.ok_or_else(|| Fault::new(format!("{} is no field number", tag >> 3)))?;
        Ok((number, tag & 7))
    }

    fn plain(&mut self, number: u32, form: u64) -> Result<Raw<'b>, Fault> {
        Ok(match form {
            VARINT => Raw::Varint(self.varint()?),
            EIGHT => Raw::Eight(self.array()?),
            BYTES => Raw::Bytes(self.sized()?),
            FOUR => Raw::Four(self.array()?),
            form => {
                let reason = format!("field number {number} has the unknown form {form}");
                return Err(Fault::new(reason));
            }
        })
    }

    /// Passes over a group, and those in it.
    fn group(&mut self, first: u32) -> Result<(), Fault> {
        let mut open = vec![first];
        while let Some(innermost) = open.last() {
            match self.tag()? {
                (number, GROUP_END) if number == *innermost => {
                    open.pop();
                }
                (number, GROUP) if open.len() < DEPTH => open.push(number),
                (number, GROUP) => {
                    let reason = format!("group {number} is nested too deeply");
                    return Err(Fault::new(reason));
                }
                (number, form) => {
                    self.plain(number, form)?;
                }
            }
        }
        Ok(())
    }
}

fn short(needed: u64, left: &[u8]) -> Fault {
    let left = left.len();
    Fault::new(format!(
        "the bytes end too early: {needed} are needed, {left} are left"
    ))
}

pub(super) fn put_varint(out: &mut Vec<u8>, mut bits: u64) {
    while bits > 0x7f {
        out.push((bits & 0x7f) as u8 | 0x80);
        bits >>= 7;
    }
    out.push(bits as u8);
}

/// Adds the tag of a value; none where there is no number, as in a list that stands together.
pub(super) fn put_tag(out: &mut Vec<u8>, number: u32, raw: Raw<'_>) {
    let form = match raw {
        Raw::Varint(_) => VARINT,
        Raw::Eight(_) => EIGHT,
        Raw::Bytes(_) => BYTES,
        Raw::Four(_) => FOUR,
        Raw::Group => GROUP,
    };
    if number > 0 {
        put_varint(out, u64::from(number) << 3 | form);
    }
}

/// Begins what has its length in front of it; gives where that is put.
pub(super) fn open(out: &mut Vec<u8>, number: u32) -> usize {
    put_tag(out, number, Raw::Bytes(&[]));
    out.push(0);
    out.len()
}

/// Ends what was begun there.
pub(super) fn close(out: &mut Vec<u8>, start: usize) {
    let length = out.len() - start;
    if let Ok(length @ ..=0x7f) = u8::try_from(length) {
        out[start - 1] = length;
        return;
    }
    let mut written = Vec::with_capacity(10);
    put_varint(&mut written, length as u64);
    out.splice(start - 1..start, written);
}

/// Numbers near zero, whatever their sign, as small ones.
pub(super) fn zigzag(whole: i64) -> u64 {
    ((whole << 1) ^ (whole >> 63)).cast_unsigned()
}

pub(super) fn unzigzag(bits: u64) -> i64 {
    let half = (bits >> 1).cast_signed();
    if bits & 1 == 1 { !half } else { half }
}
