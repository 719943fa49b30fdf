//! A number taken apart: compared and divided by its digits where they stand, so that no exponent costs more than its text.
use serde::de::Unexpected;
use std::{
    cmp::Ordering,
    fmt,
    hash::{Hash, Hasher},
};

/// A sign, digits without zeros at either end, and the power of ten that they are multiplied by; zero has no digits.
#[derive(Clone, Copy)]
pub(super) struct Digits<'t> {
    negative: bool,
    whole: &'t str,
    fraction: &'t str,
    exponent: i128,
}

impl<'t> Digits<'t> {
    /// Those of a number of JSON.
    pub(super) fn of(text: &'t str) -> Self {
        let (mantissa, power) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let unsigned = mantissa.trim_start_matches('-');
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        let fraction = fraction.trim_end_matches('0');
        let kept = match fraction {
            "" => whole.trim_end_matches('0'),
            _ => whole,
        };
        let zeros = (whole.len() - kept.len()) as i128;
        let digits = Self {
            negative: mantissa.len() != unsigned.len(),
            whole: kept.trim_start_matches('0'),
            fraction,
            exponent: self::power(power) + zeros - fraction.len() as i128,
        };
        match digits.whole {
            "" => digits.without_whole(),
            _ => digits,
        }
    }

    fn without_whole(self) -> Self {
        let fraction = self.fraction.trim_start_matches('0');
        let is_zero = fraction.is_empty();
        Self {
            negative: self.negative && !is_zero,
            exponent: if is_zero { 0 } else { self.exponent },
            fraction,
            ..self
        }
    }

    fn all(self) -> impl Iterator<Item = u8> + use<'t> {
        self.whole.bytes().chain(self.fraction.bytes())
    }

    fn count(self) -> usize {
        self.whole.len() + self.fraction.len()
    }

    fn sign(self) -> i8 {
        match (self.count(), self.negative) {
            (0, _) => 0,
            (_, true) => -1,
            (_, false) => 1,
        }
    }

    fn magnitude(self, other: Self) -> Ordering {
        let places = |it: Self| it.exponent + it.count() as i128;
        let by_places = places(self).cmp(&places(other));
        by_places.then_with(|| self.all().cmp(other.all()))
    }

    pub(super) fn is_integer(self) -> bool {
        self.exponent >= 0
    }

    pub(super) fn to_u128(self) -> Option<u128> {
        (!self.negative).then(|| self.unsigned()).flatten()
    }

    pub(super) fn to_i128(self) -> Option<i128> {
        let unsigned = self.unsigned()?;
        match self.negative {
            true => 0_i128.checked_sub_unsigned(unsigned),
            false => unsigned.try_into().ok(),
        }
    }

    fn unsigned(self) -> Option<u128> {
        let tens = 10_u128.checked_pow(u32::try_from(self.exponent).ok()?);
        let mut all = self.all();
        let digits = all.try_fold(0_u128, |sum, digit| {
            sum.checked_mul(10)?.checked_add(u128::from(digit - b'0'))
        });
        match digits? {
            0 => Some(0),
            digits => digits.checked_mul(tens?),
        }
    }

    pub(super) fn is_multiple_of(self, divisor: Self) -> bool {
        let zeros = self.exponent - divisor.exponent;
        if self.count() == 0 || divisor.count() == 0 || zeros < 0 {
            return self.count() == 0 && divisor.count() > 0;
        }
        // More of them divide by nothing that fewer do not: a divisor has at most so many factors 2 or 5.
        let most = divisor.count() * 4;
        let zeros = usize::try_from(zeros).map_or(most, |zeros| zeros.min(most));
        let all = self.all().chain(std::iter::repeat_n(b'0', zeros));
        match divisor.count() {
            ..=SHORT => rest(all, &divisor),
            _ => long_rest(all, &divisor.all().collect::<Vec<_>>()),
        }
    }
}

/// Most digits of a divisor ten times which 128 bits hold.
const SHORT: usize = 37;

/// Whether nothing is left of a number that is divided.
fn rest(digits: impl Iterator<Item = u8>, divisor: &Digits<'_>) -> bool {
    let value = |sum: u128, digit: u8| sum * 10 + u128::from(digit - b'0');
    let divisor = divisor.all().fold(0, value);
    let rest = |rest, digit| value(rest, digit) % divisor;
    digits.fold(0, rest) == 0
}

/// The same by a divisor of more digits.
fn long_rest(digits: impl Iterator<Item = u8>, divisor: &[u8]) -> bool {
    let mut rest: Vec<u8> = Vec::new();
    for digit in digits {
        rest.push(digit);
        without_zeros(&mut rest);
        while (rest.len(), &rest[..]) >= (divisor.len(), divisor) {
            subtract(&mut rest, divisor);
            without_zeros(&mut rest);
        }
    }
    rest.is_empty()
}

fn subtract(from: &mut [u8], less: &[u8]) {
    let mut borrow = 0;
    let less = less.iter().rev().chain(std::iter::repeat(&b'0'));
    for (digit, less) in from.iter_mut().rev().zip(less) {
        let less = less - b'0' + borrow;
        let have = *digit - b'0';
        borrow = u8::from(have < less);
        *digit = have + borrow * 10 - less + b'0';
    }
}

fn without_zeros(digits: &mut Vec<u8>) {
    let zeros = digits.iter().take_while(|digit| **digit == b'0').count();
    digits.drain(..zeros);
}

/// An exponent; one of more digits than anybody counts is as far as any goes.
fn power(text: &str) -> i128 {
    const MOST: i128 = i128::MAX / 4;
    let beyond = if text.starts_with('-') { -MOST } else { MOST };
    text.parse().unwrap_or(beyond).clamp(-MOST, MOST)
}

impl Ord for Digits<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_sign = self.sign().cmp(&other.sign());
        by_sign.then_with(|| match self.negative {
            true => other.magnitude(*self),
            false => self.magnitude(*other),
        })
    }
}

impl PartialOrd for Digits<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Digits<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Digits<'_> {}

impl Hash for Digits<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.sign(), self.exponent).hash(state);
        self.all().for_each(|digit| digit.hash(state));
    }
}

impl fmt::Display for Digits<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.negative { "-" } else { "" };
        let zero = if self.count() == 0 { "0" } else { "" };
        let Self {
            whole,
            fraction,
            exponent,
            ..
        } = self;
        write!(f, "{sign}{zero}{whole}{fraction}e{exponent}")
    }
}

/// Whether a text is a number of JSON.
pub(super) fn is_number(text: &[u8]) -> bool {
    let unsigned = text.strip_prefix(b"-").unwrap_or(text);
    let (whole, rest) = split(unsigned);
    let is_whole = matches!(whole, [b'0'] | [b'1'..=b'9', ..]);
    let (is_fraction, rest) = match rest {
        [b'.', rest @ ..] => {
            let (fraction, rest) = split(rest);
            (!fraction.is_empty(), rest)
        }
        rest => (true, rest),
    };
    let is_power = match rest {
        [] => true,
        [b'e' | b'E', b'+' | b'-', power @ ..] | [b'e' | b'E', power @ ..] => {
            let (power, rest) = split(power);
            !power.is_empty() && rest.is_empty()
        }
        _ => false,
    };
    is_whole && is_fraction && is_power
}

/// The digits that a text begins with, and what is behind.
fn split(text: &[u8]) -> (&[u8], &[u8]) {
    let count = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    text.split_at(count)
}

/// What stands where a number should, by the text of a value of JSON.
pub(super) fn found(text: &str) -> Unexpected<'static> {
    match text.as_bytes().first() {
        Some(b'"') => Unexpected::Other("string"),
        Some(b'{') => Unexpected::Map,
        Some(b'[') => Unexpected::Seq,
        Some(b't') => Unexpected::Bool(true),
        Some(b'f') => Unexpected::Bool(false),
        _ => Unexpected::Unit,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_in_order_to_the_last_digit() {
        let ordered = [
            "-1e999999999999999999999999",
            "-1e999999999999999999999998",
            "-340282366920938463463374607431768211456",
            "-340282366920938463463374607431768211455",
            "-1",
            "-1e-400",
            "0",
            "1e-400",
            "0.1",
            "0.10000000000000000000001",
            "0.2",
            "1.9",
            "10",
            "9007199254740992",
            "9007199254740992.5",
            "9007199254740993",
            "1e400",
            "1.1e400",
            "1e1000000000",
        ];
        let ordered = ordered.map(Digits::of);
        assert!(ordered.is_sorted_by(|one, next| one < next));
    }

    #[test]
    fn multiples_are_exact() {
        let long = "340282366920938463463374607431768211456";
        let longer = format!("1{}7", "0".repeat(39));
        let (multiple, other) = (format!("{longer}00"), format!("{longer}1"));
        let divides = |number, divisor| Digits::of(number).is_multiple_of(Digits::of(divisor));
        for (number, divisor) in [
            ("0.29", "0.01"),
            ("0", "0.01"),
            ("-4.35", "0.01"),
            ("1.10", "0.05"),
            (long, "2"),
            ("680564733841876926926749214863536422912", long),
            (&*multiple, &*longer),
            ("1e400", "8"),
            ("1e1000000000", "0.01"),
        ] {
            assert!(divides(number, divisor), "{number} {divisor}");
        }
        for (number, divisor) in [
            ("0.295", "0.01"),
            (long, "3"),
            ("680564733841876926926749214863536422911", long),
            (&*other, &*longer),
            ("1e400", "3"),
            ("1e1000000000", "7e-999999999999"),
            ("1", "0"),
            ("0", "0.0"),
        ] {
            assert!(!divides(number, divisor), "{number} {divisor}");
        }
    }

    #[test]
    fn equal_numbers_have_one_text() {
        for (text, canonical) in [
            ("-0.0", "0e0"),
            ("1.10", "11e-1"),
            ("-1200", "-12e2"),
            ("0.0005e2", "5e-2"),
        ] {
            assert_eq!(Digits::of(text).to_string(), canonical);
        }
    }

    #[test]
    fn hostile_numbers_cost_what_their_text_does() {
        let digits = "7".repeat(1_000_000);
        let exponent = format!("1e{}", "9".repeat(1_000_000));
        let (digits, exponent) = (Digits::of(&digits), Digits::of(&exponent));
        assert!(
            digits.is_multiple_of(Digits::of("7")) && !digits.is_multiple_of(Digits::of("3e1"))
        );
        assert!(exponent > digits && exponent.is_multiple_of(Digits::of("0.01")));
        assert_eq!(exponent.to_u128(), None);
    }
}
