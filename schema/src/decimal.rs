//! Numbers as their texts say them: compared and divided digit by digit, so that no digit counts for less than another.
use std::cmp::Ordering;

/// How many digits count; those behind them are taken for zeros.
const MAX_DIGITS: usize = 1_000;

/// A sign, digits without zeros at either end, and the power of ten that they are multiplied by; zero has no digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Decimal {
    negative: bool,
    digits: Vec<u8>,
    exponent: i64,
}

impl Decimal {
    /// Reads a number of JSON.
    pub(crate) fn read(text: &str) -> Self {
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let negative = whole.starts_with('-');
        let digits = whole.trim_start_matches(['-', '+']).bytes();
        let digits: Vec<u8> = digits.chain(fraction.bytes()).collect();
        let first = digits.iter().take_while(|digit| **digit == b'0').count();
        let most = digits.len().min(first + MAX_DIGITS);
        let last = digits[..most].iter().rposition(|digit| *digit != b'0');
        let end = last.map_or(first, |last| last + 1);
        let behind = (digits.len() - end) as i64 - fraction.len() as i64;
        match end == first {
            true => Self::zero(),
            false => Self {
                negative,
                exponent: power(exponent).saturating_add(behind),
                digits: digits[first..end].to_vec(),
            },
        }
    }

    fn zero() -> Self {
        Self {
            negative: false,
            digits: Vec::new(),
            exponent: 0,
        }
    }

    /// Whether it has no fraction.
    pub(crate) fn is_integer(&self) -> bool {
        self.exponent >= 0
    }

    /// Whether it is a whole multiple of the other; never of zero.
    pub(crate) fn is_multiple_of(&self, divisor: &Self) -> bool {
        let zeros = self.exponent.saturating_sub(divisor.exponent);
        if self.digits.is_empty() || divisor.digits.is_empty() || zeros < 0 {
            return self.digits.is_empty() && !divisor.digits.is_empty();
        }
        // More of them divide by nothing that fewer do not: a divisor has at most so many factors 2 or 5.
        let most = divisor.digits.len() * 4;
        let zeros = usize::try_from(zeros).unwrap_or(most).min(most);
        let zeros = std::iter::repeat_n(&b'0', zeros);
        let mut rest = Vec::new();
        for digit in self.digits.iter().chain(zeros) {
            rest.push(*digit);
            reduce(&mut rest, &divisor.digits);
        }
        rest.is_empty()
    }

    fn magnitude(&self, other: &Self) -> Ordering {
        let places = |it: &Self| it.exponent.saturating_add(it.digits.len() as i64);
        let by_places = places(self).cmp(&places(other));
        by_places.then_with(|| self.digits.cmp(&other.digits))
    }

    fn sign(&self) -> i8 {
        match (self.digits.is_empty(), self.negative) {
            (true, _) => 0,
            (_, true) => -1,
            (_, false) => 1,
        }
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_sign = self.sign().cmp(&other.sign());
        by_sign.then_with(|| match self.negative {
            true => other.magnitude(self),
            false => self.magnitude(other),
        })
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// An exponent; one that is beyond all bounds stays so.
fn power(text: &str) -> i64 {
    let beyond = match text.starts_with('-') {
        true => i64::MIN / 2,
        false => i64::MAX / 2,
    };
    let power = text.parse().unwrap_or(beyond);
    power.clamp(i64::MIN / 2, i64::MAX / 2)
}

/// Takes a divisor away from a rest as often as it goes.
fn reduce(rest: &mut Vec<u8>, divisor: &[u8]) {
    trim(rest);
    while (rest.len(), rest.as_slice()) >= (divisor.len(), divisor) {
        let mut borrow = 0;
        let by = divisor.iter().rev().chain(std::iter::repeat(&b'0'));
        for (digit, by) in rest.iter_mut().rev().zip(by) {
            let less = by - b'0' + borrow;
            let have = *digit - b'0';
            borrow = u8::from(have < less);
            *digit = have + borrow * 10 - less + b'0';
        }
        trim(rest);
    }
}

fn trim(digits: &mut Vec<u8>) {
    let zeros = digits.iter().take_while(|digit| **digit == b'0').count();
    digits.drain(..zeros);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_equal_however_they_are_written() {
        for (one, other) in [
            ("1", "1.0"),
            ("1e3", "1000"),
            ("0.5e1", "5"),
            ("-0", "0.00"),
            ("100e-2", "1E+0"),
            ("0e99", "0"),
        ] {
            assert_eq!(Decimal::read(one), Decimal::read(other), "{one} {other}");
        }
    }

    #[test]
    fn numbers_are_in_order_to_the_last_digit() {
        let ordered = [
            "-1e999999999999999999999",
            "-340282366920938463463374607431768211456",
            "-340282366920938463463374607431768211455",
            "-1",
            "-1e-400",
            "0",
            "1e-400",
            "0.1",
            "0.10000000000000000000001",
            "9007199254740992",
            "9007199254740992.5",
            "9007199254740993",
            "340282366920938463463374607431768211455",
            "340282366920938463463374607431768211456",
            "1e400",
        ];
        let ordered: Vec<Decimal> = ordered.iter().map(|text| Decimal::read(text)).collect();
        assert!(ordered.is_sorted_by(|one, next| one < next));
    }

    #[test]
    fn multiples_are_exact() {
        let divides =
            |number, divisor| Decimal::read(number).is_multiple_of(&Decimal::read(divisor));
        for (number, divisor) in [
            ("0.29", "0.01"),
            ("0", "0.01"),
            ("-4.35", "0.01"),
            ("340282366920938463463374607431768211456", "2"),
            ("1e400", "8"),
            (
                "680564733841876926926749214863536422912",
                "340282366920938463463374607431768211456",
            ),
            ("1e9223372036854775807", "1e-9223372036854775807"),
        ] {
            assert!(divides(number, divisor), "{number} {divisor}");
        }
        for (number, divisor) in [
            ("0.295", "0.01"),
            ("340282366920938463463374607431768211455", "2"),
            ("1e400", "3"),
            ("1", "0"),
            ("0", "0"),
            ("12345678901234567890.05", "0.1"),
        ] {
            assert!(!divides(number, divisor), "{number} {divisor}");
        }
    }

    #[test]
    fn integers_have_no_fraction() {
        let is_integer = |text| Decimal::read(text).is_integer();
        assert!(is_integer("1.0") && is_integer("1.5e1") && is_integer("0"));
        assert!(!is_integer("9007199254740993.5") && !is_integer("1e-400"));
    }

    #[test]
    fn endless_numbers_cost_little() {
        let read = Decimal::read(&format!("{}e-999990", "1".repeat(1_000_000)));
        assert!(read.digits.len() == MAX_DIGITS && read > Decimal::read("1e9"));
        let longest = Decimal::read(&"7".repeat(MAX_DIGITS));
        assert!(longest.is_multiple_of(&Decimal::read("7")));
    }
}
