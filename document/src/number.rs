//! Numbers as JSON has them, with their text where 64 bits and the fifteen digits of a float do not hold it.
use std::{fmt, ops::Deref};

/// How many digits a float holds, whichever they are.
const HELD: usize = 15;

/// A number; it behaves as the nearest that 64 bits hold, and is shown with all its digits.
#[derive(Debug, Clone, PartialEq)]
pub struct Number {
    nearest: serde_json::Number,
    literal: Option<Box<str>>,
}

impl Number {
    /// The nearest to a text of JSON or of YAML, and the text where that says more.
    pub(crate) fn new(nearest: serde_json::Number, text: &str) -> Self {
        let mantissa = text.split(['e', 'E']).next().unwrap_or(text);
        let digits = mantissa.trim_start_matches(['-', '+', '0', '.']).bytes();
        let digits = digits.filter(u8::is_ascii_digit).count();
        // Nearer to 0 floats have fewer digits, and then none.
        let is_small = nearest
            .as_f64()
            .is_some_and(|it| it.abs() < f64::MIN_POSITIVE);
        let is_held = digits <= HELD && (!is_small || digits == 0);
        let literal = (nearest.is_f64() && !is_held).then(|| as_json(text).into());
        Self { nearest, literal }
    }

    /// The number as JSON writes it, where the nearest is another.
    #[must_use]
    pub fn literal(&self) -> Option<&str> {
        self.literal.as_deref()
    }
}

impl From<serde_json::Number> for Number {
    fn from(nearest: serde_json::Number) -> Self {
        Self {
            nearest,
            literal: None,
        }
    }
}

impl Deref for Number {
    type Target = serde_json::Number;

    fn deref(&self) -> &serde_json::Number {
        &self.nearest
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.literal {
            Some(text) => f.write_str(text),
            None => self.nearest.fmt(f),
        }
    }
}

/// YAML writes a plus, zeros in front, and points without digits on both sides of them.
fn as_json(text: &str) -> String {
    let sign = if text.starts_with('-') { "-" } else { "" };
    let text = text.trim_start_matches(['-', '+']);
    let end = text.find(['e', 'E']).unwrap_or(text.len());
    let (mantissa, exponent) = text.split_at(end);
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let whole = match whole.trim_start_matches('0') {
        "" => "0",
        whole => whole,
    };
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{sign}{whole}{point}{fraction}{exponent}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_numbers_that_would_be_rounded_keep_their_text() {
        let literal = |text: &str, nearest: f64| {
            let nearest = serde_json::Number::from_f64(nearest).unwrap();
            Number::new(nearest, text).literal().map(str::to_owned)
        };
        assert_eq!(literal("0.000000000000000000012", 1.2e-20), None);
        assert_eq!(literal("123456789012345e9", 1e23), None);
        let kept = |text| literal(text, 1.5).unwrap();
        assert_eq!(kept("+0012345678901234567.8"), "12345678901234567.8");
        assert_eq!(kept("-.12345678901234567E-3"), "-0.12345678901234567E-3");
        assert_eq!(kept("1234567890123456789012."), "1234567890123456789012");
        assert_eq!(literal("1e-400", 0.0).unwrap(), "1e-400");
        assert_eq!(literal("-5.E-324", -5e-324).unwrap(), "-5E-324");
        assert_eq!(literal("0.0e-400", 0.0), None);
        let whole = serde_json::Number::from(u64::MAX);
        assert_eq!(Number::new(whole, "18446744073709551615").literal(), None);
    }
}
