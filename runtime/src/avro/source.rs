//! Bytes as Avro has them: numbers of variable length, what is as long as a number before it says.
use crate::fault::Fault;

/// How many values without bytes of their own, such as nulls in a list, one message may have.
const EMPTY: usize = 65_536;

/// Bytes that are read from their beginning, each once.
pub(super) struct Source<'de> {
    bytes: &'de [u8],
    empty: usize,
}

impl<'de> Source<'de> {
    pub(super) fn new(bytes: &'de [u8]) -> Self {
        Self {
            bytes,
            empty: EMPTY,
        }
    }

    /// How many bytes there are still.
    pub(super) fn left(&self) -> usize {
        self.bytes.len()
    }

    /// Notes that a value had no bytes: nothing else bounds how many of them a list claims to have.
    pub(super) fn was_empty(&mut self) -> Result<(), Fault> {
        let left = self.empty.checked_sub(1);
        self.empty = left.ok_or_else(|| {
            Fault::new(format!("has more than {EMPTY} values that take no bytes"))
        })?;
        Ok(())
    }

    pub(super) fn take(&mut self, count: usize) -> Result<&'de [u8], Fault> {
        let Some((taken, rest)) = self.bytes.split_at_checked(count) else {
            let left = self.left();
            return Err(Fault::new(format!(
                "the bytes end too early: {count} are needed, {left} are left"
            )));
        };
        self.bytes = rest;
        Ok(taken)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    /// A number in up to ten bytes of seven bits, the lowest first, its sign in the lowest bit.
    pub(super) fn long(&mut self) -> Result<i64, Fault> {
        let mut bits = 0_u64;
        for shift in (0..64).step_by(7) {
            let [byte] = self.array()?;
            let part = u64::from(byte & 0x7f);
            if shift == 63 && byte > 1 {
                break;
            }
            bits |= part << shift;
            if byte & 0x80 == 0 {
                let half = (bits >> 1).cast_signed();
                return Ok(if bits & 1 == 1 { !half } else { half });
            }
        }
        Err(Fault::new("a number has more than 64 bits"))
    }

    pub(super) fn int(&mut self) -> Result<i32, Fault> {
        let whole = self.long()?;
        i32::try_from(whole)
            .map_err(|_| Fault::new(format!("{whole} does not fit in the 32 bits of an `int`")))
    }

    pub(super) fn boolean(&mut self) -> Result<bool, Fault> {
        match self.array()? {
            [0] => Ok(false),
            [1] => Ok(true),
            [other] => Err(Fault::new(format!("byte {other} is no truth value"))),
        }
    }

    /// A number that is the position of something in a list of so many.
    pub(super) fn index(&mut self, of: usize) -> Result<usize, Fault> {
        let index = self.long()?;
        let within = usize::try_from(index).ok().filter(|index| *index < of);
        within.ok_or_else(|| Fault::new(format!("{index} is none of the {of} that there are")))
    }

    pub(super) fn sized(&mut self) -> Result<&'de [u8], Fault> {
        let length = self.long()?;
        let length =
            usize::try_from(length).map_err(|_| Fault::new(format!("{length} is no length")))?;
        self.take(length)
    }

    pub(super) fn text(&mut self) -> Result<&'de str, Fault> {
        str::from_utf8(self.sized()?).map_err(|_| Fault::new("the text is not UTF-8"))
    }

    /// How many items the next block has; none where the list ends. The size of a block serves those who pass over it.
    pub(super) fn block(&mut self) -> Result<u64, Fault> {
        let count = self.long()?;
        if count < 0 {
            self.long()?;
        }
        Ok(count.unsigned_abs())
    }
}

/// Adds a number.
pub(super) fn put_long(out: &mut Vec<u8>, whole: i64) {
    let mut bits = ((whole << 1) ^ (whole >> 63)).cast_unsigned();
    while bits > 0x7f {
        out.push((bits & 0x7f) as u8 | 0x80);
        bits >>= 7;
    }
    out.push(bits as u8);
}

/// Adds the number of something that is in memory.
pub(super) fn put_count(out: &mut Vec<u8>, count: usize) {
    put_long(out, i64::try_from(count).unwrap_or(i64::MAX));
}

/// Adds bytes behind their number.
pub(super) fn put_sized(out: &mut Vec<u8>, bytes: &[u8]) {
    put_count(out, bytes.len());
    out.extend_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back_in_as_many_bytes_as_the_specification_has() {
        for (whole, bytes) in [
            (0, &[0][..]),
            (-1, &[1]),
            (1, &[2]),
            (-64, &[0x7f]),
            (64, &[0x80, 0x01]),
            (
                i64::MAX,
                &[0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
            ),
            (
                i64::MIN,
                &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
            ),
        ] {
            let mut out = Vec::new();
            put_long(&mut out, whole);
            assert_eq!(out, bytes, "{whole}");
            assert_eq!(Source::new(&out).long().unwrap(), whole);
        }
    }

    #[test]
    fn numbers_beyond_64_bits_are_refused() {
        let nine = [0xff; 9];
        for last in [&[0x02][..], &[0x81], &[0x7f], &[0xff, 0x01]] {
            let bytes = [&nine[..], last].concat();
            assert!(Source::new(&bytes).long().is_err(), "{last:?}");
        }
    }
}
