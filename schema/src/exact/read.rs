//! JSON text, known to be right and not too deep, to a value with exact numbers.
use std::collections::BTreeMap;

use super::{Exact, Number};

/// From so many digits in a row on a number may be more than a float can hold.
const LONG: usize = 16;

/// So many digits has the exponent, below 0, of a number that may be nearer to 0 than floats with all their digits are.
const SMALL: usize = 3;

impl Exact {
    /// Reads what `serde_json` has read before without a fault.
    pub(crate) fn read(text: &str) -> Self {
        Reader { text, at: 0 }.value()
    }
}

/// Whether a number of this text may be rounded when it is read as a float: one of many digits, or so small that a float has few.
pub(crate) fn has_long_number(text: &[u8]) -> bool {
    let mut row = 0;
    let is_small = |at: &[u8]| match *at {
        [b'0'..=b'9', b'e' | b'E', b'-', ref power @ ..] => power.iter().all(u8::is_ascii_digit),
        _ => false,
    };
    text.windows(3 + SMALL).any(is_small)
        || text.iter().any(|byte| {
            row = match byte {
                b'0'..=b'9' | b'.' => row + 1,
                _ => 0,
            };
            row >= LONG
        })
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl Reader<'_> {
    fn value(&mut self) -> Exact {
        match self.peek() {
            b'{' => self.object(),
            b'[' => self.array(),
            b'"' => Exact::String(self.string()),
            _ => self.scalar(),
        }
    }

    fn object(&mut self) -> Exact {
        let mut entries = BTreeMap::new();
        while self.goes_on(b'}') {
            let name = self.string();
            self.pass();
            let value = self.value();
            entries.insert(name, value);
        }
        Exact::Object(entries)
    }

    fn array(&mut self) -> Exact {
        let mut items = Vec::new();
        while self.goes_on(b']') {
            items.push(self.value());
        }
        Exact::Array(items)
    }

    /// Passes over an opening bracket or a comma; whether more comes before the end, which is passed over else.
    fn goes_on(&mut self, end: u8) -> bool {
        if self.peek() != end {
            self.pass();
        }
        let next = self.peek();
        if next == end || next == 0 {
            self.pass();
            return false;
        }
        true
    }

    fn string(&mut self) -> String {
        self.peek();
        let start = self.at;
        self.at += 1;
        loop {
            match self.byte() {
                b'\\' => self.at += 2,
                b'"' | 0 => break,
                _ => self.at += 1,
            }
        }
        self.at = (self.at + 1).min(self.text.len());
        let quoted = &self.text[start..self.at];
        serde_json::from_str(quoted).unwrap_or_default()
    }

    fn scalar(&mut self) -> Exact {
        let rest = &self.text[self.at..];
        let end = rest.find([',', ']', '}', ' ', '\n', '\r', '\t']);
        let text = &rest[..end.unwrap_or(rest.len())];
        self.at += text.len();
        match text {
            "true" => Exact::Bool(true),
            "false" => Exact::Bool(false),
            number => match serde_json::from_str(number) {
                Ok(nearest) => Exact::Number(Number::new(nearest, number.to_owned())),
                Err(_) => Exact::Null,
            },
        }
    }

    /// The next byte that is no space; 0 at the end.
    fn peek(&mut self) -> u8 {
        while self.byte().is_ascii_whitespace() {
            self.at += 1;
        }
        self.byte()
    }

    /// Passes over a sign.
    fn pass(&mut self) {
        if self.peek() != 0 {
            self.at += 1;
        }
    }

    fn byte(&self) -> u8 {
        self.text.as_bytes().get(self.at).copied().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn values_are_read_as_by_the_library() {
        for text in [
            "null",
            " [ ] ",
            "{}",
            r#"{"a" : [1, -2.5e3 ,true,false,null, "x"], "b\"}": {"c": {}, "": [[]]}, "ü": "é\u00e9\\"}"#,
            r#"{"a": 1, "a": 2}"#,
            "\t-0.0\n",
        ] {
            let expected: Value = serde_json::from_str(text).unwrap();
            assert_eq!(Value::from(&Exact::read(text)), expected, "{text}");
            assert_eq!(Exact::from(&expected), Exact::read(text), "{text}");
        }
    }

    #[test]
    fn every_digit_is_kept() {
        let text = "340282366920938463463374607431768211455";
        let Exact::Number(number) = Exact::read(text) else {
            panic!("it is a number");
        };
        assert_eq!(number.text, text);
    }

    #[test]
    fn long_numbers_are_found() {
        assert!(has_long_number(b"[1234567890.123456]"));
        assert!(has_long_number(b"{\"a\":12345678901234567}"));
        assert!(!has_long_number(b"[123456789012345,123456789012345]"));
    }

    #[test]
    fn numbers_next_to_0_are_found() {
        for text in ["[1e-400]", "5.5E-324", "-1e-0999", "1e-100"] {
            assert!(has_long_number(text.as_bytes()), "{text}");
        }
        for text in ["[1e-99,300]", "1e300", "{\"e-400\":1}", "1e-99"] {
            assert!(!has_long_number(text.as_bytes()), "{text}");
        }
    }
}
