//! Decimal numbers: digits, and how many of them stand behind the point.
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use std::{
    fmt,
    hash::{Hash, Hasher},
    str::FromStr,
};

/// A decimal number of at most 38 digits, as Avro's `decimal`. `1.5` and `1.50` are equal.
///
/// ```
/// use tidings::avro::Decimal;
///
/// let price: Decimal = "12.50".parse()?;
/// assert_eq!(price, Decimal::new(1250, 2));
/// assert_eq!(price.to_string(), "12.50");
/// # Ok::<(), tidings::avro::NotDecimal>(())
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct Decimal {
    unscaled: i128,
    scale: u8,
}

/// A text that is no decimal number of at most 38 digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is no decimal number of at most 38 digits")]
#[non_exhaustive]
pub struct NotDecimal;

/// Most digits.
const DIGITS: usize = 38;

impl Decimal {
    /// All digits as one number, and how many of them stand behind the point.
    #[must_use]
    pub const fn new(unscaled: i128, scale: u8) -> Self {
        Self { unscaled, scale }
    }

    /// All digits as one number.
    #[must_use]
    pub const fn unscaled(self) -> i128 {
        self.unscaled
    }

    /// How many digits stand behind the point.
    #[must_use]
    pub const fn scale(self) -> u8 {
        self.scale
    }

    /// The same number with so many digits behind the point, where that takes none away.
    pub(super) fn rescaled(self, scale: u8) -> Option<i128> {
        let by = |digits: u8| 10_i128.checked_pow(digits.into());
        match scale.checked_sub(self.scale) {
            Some(more) => self.unscaled.checked_mul(by(more)?),
            None => {
                let factor = by(self.scale - scale)?;
                (self.unscaled % factor == 0).then(|| self.unscaled / factor)
            }
        }
    }

    /// Without zeros at its end.
    fn shortest(mut self) -> (i128, u8) {
        while self.scale > 0 && self.unscaled % 10 == 0 {
            self.unscaled /= 10;
            self.scale -= 1;
        }
        (self.unscaled, self.scale)
    }
}

impl PartialEq for Decimal {
    fn eq(&self, other: &Self) -> bool {
        self.shortest() == other.shortest()
    }
}

impl Eq for Decimal {}

impl Hash for Decimal {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.shortest().hash(state);
    }
}

impl From<i64> for Decimal {
    fn from(whole: i64) -> Self {
        Self::new(whole.into(), 0)
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scale = usize::from(self.scale);
        let digits = format!("{:0>1$}", self.unscaled.unsigned_abs(), scale + 1);
        let (whole, fraction) = digits.split_at(digits.len() - scale);
        let point = if fraction.is_empty() { "" } else { "." };
        f.pad_integral(self.unscaled >= 0, "", &format!("{whole}{point}{fraction}"))
    }
}

impl FromStr for Decimal {
    type Err = NotDecimal;

    fn from_str(text: &str) -> Result<Self, NotDecimal> {
        let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let has_point = digits.contains('.');
        let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if !is_number(whole) || (has_point && !is_number(fraction)) || fraction.len() > DIGITS {
            return Err(NotDecimal);
        }
        let sign = if text.starts_with('-') { "-" } else { "" };
        let unscaled: i128 = format!("{sign}{whole}{fraction}")
            .parse()
            .map_err(|_| NotDecimal)?;
        let most = 10_u128.pow(38);
        let scale = u8::try_from(fraction.len()).map_err(|_| NotDecimal)?;
        (unscaled.unsigned_abs() < most)
            .then(|| Self::new(unscaled, scale))
            .ok_or(NotDecimal)
    }
}

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, writer: S) -> Result<S::Ok, S::Error> {
        writer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        let text = String::deserialize(reader)?;
        text.parse()
            .map_err(|error| D::Error::custom(format_args!("`{text}` {error}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back_as_they_were_written() {
        for text in [
            "0",
            "-1",
            "0.05",
            "-0.50",
            "12345678901234567890.123456789012345678",
        ] {
            let number: Decimal = text.parse().unwrap();
            assert_eq!(number.to_string(), text);
            let json = serde_json::to_string(&number).unwrap();
            assert_eq!(serde_json::from_str::<Decimal>(&json).unwrap(), number);
        }
        assert_eq!("+7".parse(), Ok(Decimal::from(7)));
    }

    #[test]
    fn other_texts_are_none() {
        let long = "1".repeat(39);
        let fraction = format!("0.{}", "0".repeat(39));
        for text in [
            "", "-", ".5", "5.", "1e3", "1_000", "--1", "0x1", " 1", &long, &fraction,
        ] {
            assert_eq!(text.parse::<Decimal>(), Err(NotDecimal), "{text}");
        }
    }

    #[test]
    fn zeros_behind_the_point_change_nothing_but_the_text() {
        assert_eq!(Decimal::new(150, 2), Decimal::new(15, 1));
        assert_ne!(Decimal::new(150, 2), Decimal::new(15, 2));
        assert_eq!(Decimal::new(15, 1).rescaled(3), Some(1500));
        assert_eq!(Decimal::new(1500, 3).rescaled(1), Some(15));
        assert_eq!(Decimal::new(1501, 3).rescaled(1), None);
        assert_eq!(Decimal::new(i128::MAX, 0).rescaled(1), None);
        assert_eq!(Decimal::new(1, 255).rescaled(0), None);
    }
}
