//! Whether bytes are values that the client can be given: it takes their lengths and counts as they are said, and follows them as deep
//! as they go. Read as they come, byte by byte, and kept nowhere.

/// Most values that are nested, those of sections included.
const DEPTH: usize = 64;
/// Most values of one message or frame. Each takes some hundred bytes, whatever it was on its way.
const VALUES: u32 = 100_000;

/// What a list is that is told by that byte alone.
const LIST_OF_NONE: u8 = 0x45;

const LONG: &str = "a value is longer than what it is part of";
const SHORT: &str = "a value is shorter than what it is part of";
const LARGE: &str = "it is larger than what is taken";
const DEEP: &str = "its values are nested too deep";
const MANY: &str = "it has too many values";
const UNKNOWN: &str = "it has values of no known type";
const ODD: &str = "it has a key without a value";
const ELEMENTS: &str = "it has an array of what is no plain value";
const EMPTY: &str = "it has an array of nothing that says of what";

/// What stops it: the byte there is the first that is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) at: usize,
    pub(crate) reason: &'static str,
    /// Whether a value was to begin there.
    pub(crate) is_at_value: bool,
}

/// What has been read of a sequence of values.
#[derive(Debug)]
pub(crate) struct Scan {
    at: u64,
    end: u64,
    values: u32,
    open: Vec<Open>,
    next: Next,
    is_one: bool,
}

/// A value of several that is not whole.
#[derive(Debug, Clone, Copy)]
struct Open {
    end: u64,
    left: u32,
    /// What all that are left are, where that was said once.
    code: Option<u8>,
    /// Whether it has to end where it said.
    is_sized: bool,
}

/// What the next byte is.
#[derive(Debug, Clone, Copy)]
enum Next {
    Value,
    Size(u8, Number),
    Count(u8, u64, Number),
    /// What all of an array are.
    Element(u32, u64),
    /// Part of so many bytes that are looked at no further.
    Bytes(u64),
    /// Nothing: the one value is whole.
    End,
}

/// A number of which so many bytes are to come.
#[derive(Debug, Clone, Copy)]
struct Number {
    value: u32,
    left: u8,
}

type Outcome = Result<(), &'static str>;

impl Scan {
    /// Any number of values, of so many bytes at most.
    pub(crate) fn all(most: u64) -> Self {
        Self {
            at: 0,
            end: most,
            values: VALUES,
            open: Vec::new(),
            next: Next::Value,
            is_one: false,
        }
    }

    /// The length of the value that these bytes begin with; none where that is not whole.
    pub(crate) fn one(bytes: &[u8]) -> Result<Option<usize>, &'static str> {
        let mut scan = Self::all(bytes.len() as u64);
        scan.is_one = true;
        let read = scan.read(bytes).map_err(|fault| fault.reason)?;
        Ok(matches!(scan.next, Next::End).then_some(read))
    }

    /// Reads what comes; gives how much of it that is.
    pub(crate) fn read(&mut self, bytes: &[u8]) -> Result<usize, Fault> {
        let mut at = 0;
        while let Some(byte) = bytes.get(at) {
            let is_at_value = matches!(self.next, Next::Value);
            let outcome = match self.next {
                Next::End => return Ok(at),
                Next::Bytes(left) => {
                    let step = left.min((bytes.len() - at) as u64);
                    self.at += step;
                    // It fits, since it is no more than what there is.
                    at += usize::try_from(step).unwrap_or(usize::MAX) - 1;
                    self.passed(left - step)
                }
                next => self.byte(next, *byte),
            };
            if let Err(reason) = outcome {
                return Err(Fault {
                    at,
                    reason,
                    is_at_value,
                });
            }
            at += 1;
        }
        Ok(at)
    }

    fn end(&self) -> u64 {
        self.open.last().map_or(self.end, |open| open.end)
    }

    fn byte(&mut self, next: Next, byte: u8) -> Outcome {
        if self.at >= self.end() {
            return Err(if self.open.is_empty() { LARGE } else { LONG });
        }
        self.at += 1;
        match next {
            Next::Value => self.value(byte),
            Next::Size(code, number) => match number.with(byte) {
                Number { value, left: 0 } => self.sized(code, value.into()),
                number => self.wants(Next::Size(code, number)),
            },
            Next::Count(code, end, number) => match number.with(byte) {
                Number { value, left: 0 } => self.counted(code, end, value),
                number => self.wants(Next::Count(code, end, number)),
            },
            Next::Element(count, end) => self.elements(byte, count, end),
            Next::Bytes(_) | Next::End => Ok(()),
        }
    }

    fn wants(&mut self, next: Next) -> Outcome {
        self.next = next;
        Ok(())
    }

    fn counts(&mut self, values: u32) -> Outcome {
        self.values = self.values.checked_sub(values).ok_or(MANY)?;
        Ok(())
    }

    /// The byte that says what a value is: the upper half says how long it is.
    fn value(&mut self, code: u8) -> Outcome {
        self.counts(1)?;
        if code == 0 {
            let end = self.end();
            let described = Open {
                end,
                left: 2,
                code: None,
                is_sized: false,
            };
            self.next = Next::Value;
            return self.opens(described);
        }
        self.after(code)
    }

    /// What comes behind such a byte.
    fn after(&mut self, code: u8) -> Outcome {
        match (width(code), code >> 4) {
            (Some(0), _) => self.is_whole(),
            (Some(width), _) => self.bytes(width),
            (None, 0xa..=0xf) => self.wants(Next::Size(code, Number::of(code))),
            _ => Err(UNKNOWN),
        }
    }

    fn bytes(&mut self, count: u64) -> Outcome {
        if count > self.end() - self.at {
            return Err(if self.open.is_empty() { LARGE } else { LONG });
        }
        self.passed(count)
    }

    fn passed(&mut self, left: u64) -> Outcome {
        match left {
            0 => self.is_whole(),
            left => self.wants(Next::Bytes(left)),
        }
    }

    fn sized(&mut self, code: u8, size: u64) -> Outcome {
        if size > self.end() - self.at {
            return Err(LONG);
        }
        if code >> 4 <= 0xb {
            return self.bytes(size);
        }
        self.wants(Next::Count(code, self.at + size, Number::of(code)))?;
        match size < u64::from(Number::of(code).left) {
            true => Err(SHORT),
            false => Ok(()),
        }
    }

    fn counted(&mut self, code: u8, end: u64, count: u32) -> Outcome {
        if code >> 4 >= 0xe {
            return match (count, self.at == end) {
                (0, true) => self.is_whole(),
                // The client takes what such an array would be of for the value behind it.
                (0, false) => Err(EMPTY),
                _ => self.wants(Next::Element(count, end)),
            };
        }
        // The client counts down by pairs.
        if is_map(code) && !count.is_multiple_of(2) {
            return Err(ODD);
        }
        if u64::from(count) > end - self.at {
            return Err(LONG);
        }
        self.several(Open {
            end,
            left: count,
            code: None,
            is_sized: true,
        })
    }

    /// An array, of which all are the same. The client reads all that is within one as what was said once, however deep it is, so that
    /// there is nothing in it that has values of its own.
    fn elements(&mut self, code: u8, count: u32, end: u64) -> Outcome {
        if code == LIST_OF_NONE || !matches!(code >> 4, 0x4..=0xb) {
            return Err(ELEMENTS);
        }
        self.counts(count)?;
        let Some(width) = width(code) else {
            return self.several(Open {
                end,
                left: count,
                code: Some(code),
                is_sized: true,
            });
        };
        let size = u64::from(count) * width;
        if self.at + size != end {
            return Err(if self.at + size > end { LONG } else { SHORT });
        }
        self.passed(size)
    }

    fn several(&mut self, open: Open) -> Outcome {
        if open.left == 0 {
            return match self.at == open.end {
                true => self.is_whole(),
                false => Err(SHORT),
            };
        }
        if open.left > self.values && open.code.is_none() {
            return Err(MANY);
        }
        self.opens(open)?;
        self.goes_on(open.code)
    }

    fn opens(&mut self, open: Open) -> Outcome {
        if self.open.len() == DEPTH {
            return Err(DEEP);
        }
        self.open.push(open);
        Ok(())
    }

    /// The next of several values begins.
    fn goes_on(&mut self, code: Option<u8>) -> Outcome {
        match code {
            Some(code) => self.wants(Next::Size(code, Number::of(code))),
            None => self.wants(Next::Value),
        }
    }

    /// A value is whole, and with it perhaps those that it is part of.
    fn is_whole(&mut self) -> Outcome {
        while let Some(open) = self.open.last_mut() {
            open.left -= 1;
            let open = *open;
            if open.left > 0 {
                return self.goes_on(open.code);
            }
            if open.is_sized && self.at != open.end {
                return Err(SHORT);
            }
            self.open.pop();
        }
        self.wants(if self.is_one { Next::End } else { Next::Value })
    }
}

impl Number {
    /// The size or the count of such a value, of which nothing came.
    fn of(code: u8) -> Self {
        let left = if (code >> 4).is_multiple_of(2) { 1 } else { 4 };
        Self { value: 0, left }
    }

    fn with(self, byte: u8) -> Self {
        Self {
            value: self.value << 8 | u32::from(byte),
            left: self.left - 1,
        }
    }
}

fn is_map(code: u8) -> bool {
    matches!(code, 0xc1 | 0xd1)
}

/// How long such a value is, where that is the same for each.
fn width(code: u8) -> Option<u64> {
    match code >> 4 {
        4 => Some(0),
        5 => Some(1),
        6 => Some(2),
        7 => Some(4),
        8 => Some(8),
        9 => Some(16),
        _ => None,
    }
}

#[cfg(test)]
pub(crate) mod client;

#[cfg(test)]
mod tests {
    use super::*;
    use fe2o3_amqp::types::primitives::{Array, OrderedMap, Value};

    fn fault(bytes: &[u8]) -> Option<&'static str> {
        let whole = Scan::all(1000).read(bytes);
        // However it comes.
        let mut scan = Scan::all(1000);
        let steps: Result<Vec<_>, _> = bytes.iter().map(|byte| scan.read(&[*byte])).collect();
        assert_eq!(whole.is_ok(), steps.is_ok());
        whole.err().map(|fault| fault.reason)
    }

    #[test]
    fn values_of_every_type_are_read() {
        let texts = |text: &str| Value::String(text.to_owned());
        let mut map = OrderedMap::new();
        map.insert(texts("a"), Value::List(vec![Value::Null, Value::Long(7)]));
        map.insert(
            texts("b"),
            Value::Array(Array(vec![texts("c"), texts("de")])),
        );
        map.insert(texts("c"), Value::Array(Array(vec![Value::Int(1000); 3])));
        map.insert(texts("d"), Value::List(vec![]));
        map.insert(texts("e"), Value::Binary(vec![0; 300].into()));
        let mut bytes = serde_amqp::to_vec(&Value::Map(map)).unwrap();
        assert_eq!(fault(&bytes), None);
        let whole = bytes.len();
        bytes.push(0x40);
        assert_eq!(Scan::one(&bytes), Ok(Some(whole)));
        assert_eq!(Scan::one(&bytes[..whole - 1]), Err(LONG));
        assert_eq!(Scan::one(&[0]), Ok(None));
    }

    #[test]
    fn what_says_more_than_there_is_is_none() {
        for (bytes, reason) in [
            (&[0xb1, 0xff, 0xff, 0xff, 0xff][..], LONG),
            (&[0xd0, 0xff, 0xff, 0xff, 0xff], LONG),
            (&[0xc0, 0x03, 0x01, 0xa1, 0x05], LONG),
            (&[0xc0, 0x02, 0x05], LONG),
            (&[0xc0, 0x00, 0x05], SHORT),
            (&[0xc0, 0x05, 0x00], SHORT),
            (&[0xc0, 0x05, 0x01, 0x40], SHORT),
            (&[0xe0, 0x00], SHORT),
            (&[0xe0, 0x03, 0x02, 0x50, 0x01], LONG),
            (&[0xf0, 0, 0, 0, 5, 0, 0xff, 0xff, 0xff, 0x40], MANY),
            (&[0xf0, 0, 0, 0, 6, 0, 0, 0, 2, 0x40, 0x40], SHORT),
            (&[0x10], UNKNOWN),
            (&[0xe0, 0x03, 0x01, 0x00, 0x53], ELEMENTS),
            (&[0xe0, 0x04, 0x01, 0xc1, 0x01, 0x00], ELEMENTS),
            (&[0xe0, 0x02, 0x00, 0x50], EMPTY),
            (&[0xc1, 0x02, 0x01, 0x40], ODD),
        ] {
            assert_eq!(fault(bytes), Some(reason), "{bytes:x?}");
        }
        assert_eq!(fault(&[0x40; 1001]), Some(LARGE));
        assert_eq!(fault(&[0x00, 0x53, 0x01].repeat(100)), Some(DEEP));
    }

    #[test]
    fn there_are_so_many_values_and_no_more() {
        let nothing = vec![0x40; 100_001];
        let scan = |bytes: &[u8]| Scan::all(u64::MAX).read(bytes).err();
        assert_eq!(scan(&nothing[1..]), None);
        let fault = scan(&nothing).unwrap();
        assert_eq!((fault.at, fault.reason), (100_000, MANY));
        assert!(fault.is_at_value);
    }
}
