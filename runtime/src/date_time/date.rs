//! A day as JSON has it.
use super::{NotDateTime, Parsed, written};
use jiff::civil;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{fmt, marker::PhantomData, ops::Deref, str::FromStr};

/// A day, as in `2026-11-30`, and written in no other way.
///
/// ```
/// use tidings::Date;
///
/// let day: Date = "2026-11-30".parse()?;
/// assert_eq!(day.month(), 11);
/// assert!("2026-11-30T12:00:00".parse::<Date>().is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(civil::Date);

impl Deref for Date {
    type Target = civil::Date;

    fn deref(&self) -> &civil::Date {
        &self.0
    }
}

impl From<civil::Date> for Date {
    fn from(date: civil::Date) -> Self {
        Self(date)
    }
}

impl From<Date> for civil::Date {
    fn from(date: Date) -> Self {
        date.0
    }
}

impl FromStr for Date {
    type Err = NotDateTime;

    fn from_str(text: &str) -> Result<Self, NotDateTime> {
        let read = || {
            let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = *text.as_bytes() else {
                return None;
            };
            let year = i16::from(two(y1, y2)?) * 100 + i16::from(two(y3, y4)?);
            civil::Date::new(year, two(m1, m2)?, two(d1, d2)?).ok()
        };
        read().map(Self).ok_or(NotDateTime::Date)
    }
}

/// The number of two digits.
pub(super) fn two(tens: u8, ones: u8) -> Option<i8> {
    let digit = |byte: u8| byte.is_ascii_digit().then(|| (byte - b'0').cast_signed());
    Some(digit(tens)? * 10 + digit(ones)?)
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(date) = self;
        write!(
            f,
            "{:04}-{:02}-{:02}",
            date.year(),
            date.month(),
            date.day()
        )
    }
}

impl fmt::Debug for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Date {
    fn serialize<S: Serializer>(&self, writer: S) -> Result<S::Ok, S::Error> {
        written(self, self.year(), writer)
    }
}

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        reader.deserialize_str(Parsed(PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_written_in_one_way() {
        for text in ["2024-02-29", "0000-01-01", "9999-12-31"] {
            let day: Date = text.parse().unwrap();
            assert_eq!(day.to_string(), text);
            let json = serde_json::to_string(&day).unwrap();
            assert_eq!(serde_json::from_str::<Date>(&json).unwrap(), day);
        }
        assert!(serde_json::to_string(&Date::from(civil::Date::MIN)).is_err());
        for text in [
            "",
            "20240229",
            "2023-02-29",
            "2024-00-01",
            "2024-1-01",
            "2024-02-29T12:30:00",
            "2024-02-29[UTC]",
            "+02024-02-29",
            "2024/02/29",
            "202a-02-29",
        ] {
            assert_eq!(text.parse::<Date>(), Err(NotDateTime::Date), "{text}");
        }
    }
}
