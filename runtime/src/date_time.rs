//! `date` and `date-time` of JSON Schema, which are RFC 3339's: read strictly, and written again as they came.
mod date;
mod instant;
mod shape;

pub use date::Date;
pub use instant::{Instant, Rfc3339};

use jiff::{
    Timestamp, civil,
    tz::{self, Offset},
};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser::Error as _};
use shape::Shape;
use std::{cmp::Ordering, fmt, marker::PhantomData, str::FromStr};

/// An instant as it is written: with its offset from UTC, and as many digits of its seconds as there are.
///
/// Two that are written differently are not equal; what they stand for is compared by [`timestamp`](Self::timestamp).
///
/// ```
/// use jiff::Timestamp;
/// use tidings::DateTime;
///
/// let noon: DateTime = "2026-11-30T12:00:00.50+01:00".parse()?;
/// assert_eq!(noon.to_string(), "2026-11-30T12:00:00.50+01:00");
/// let at: Timestamp = "2026-11-30T11:00:00.5Z".parse()?;
/// assert_eq!(noon.timestamp(), at);
/// assert_eq!(DateTime::from(at).to_string(), "2026-11-30T11:00:00.5Z");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct DateTime {
    local: civil::DateTime,
    offset: Offset,
    shape: Shape,
}

/// A text that is no `date-time`, or no `date`, of RFC 3339.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotDateTime {
    /// No `date-time`.
    #[error("is no date-time of RFC 3339 with at most 9 digits behind the second")]
    DateTime,
    /// No `date`.
    #[error("is no date of RFC 3339")]
    Date,
    /// A `date-time` that its type in Rust has no value for.
    #[error("is beyond the instants that its type has")]
    Beyond,
}

/// From what other libraries have.
#[cfg(any(feature = "chrono", feature = "time"))]
impl DateTime {
    /// What a clock shows that is so many seconds ahead of UTC, which is told in UTC where those are no whole minutes; nothing where RFC 3339 has no form of it.
    fn shown(local: civil::DateTime, ahead: i32, leap: bool) -> Option<Self> {
        let (local, ahead) = match ahead % 60 {
            0 => (local, ahead),
            _ => (local.checked_sub(jiff::ToSpan::seconds(ahead)).ok()?, 0),
        };
        let shape = Shape::shortest(local.subsec_nanosecond());
        let shape = if ahead == 0 {
            shape
        } else {
            shape.in_numbers()
        };
        let shape = if leap { shape.leaping() } else { shape };
        let is_written = local.year() >= 0 && ahead.abs() < 24 * 60 * 60;
        let written = Self {
            local,
            offset: Offset::from_seconds(ahead).ok()?,
            shape,
        };
        (is_written && (!leap || written.ends_a_day())).then_some(written)
    }

    /// Whether it is in the last second of a day of UTC, which another may follow.
    fn ends_a_day(self) -> bool {
        const DAY: i32 = 24 * 60 * 60;
        let time = self.local.time();
        let [hour, minute, second] = [time.hour(), time.minute(), time.second()].map(i32::from);
        (hour * 3600 + minute * 60 + second - self.offset.seconds()).rem_euclid(DAY) == DAY - 1
    }
}

impl DateTime {
    /// The instant as a clock shows it that is so far ahead of UTC, in whole minutes and less than a day; else in UTC.
    #[must_use]
    pub fn in_offset(at: Timestamp, offset: Offset) -> Self {
        let ahead = offset.seconds();
        if ahead == 0 || ahead % 60 != 0 || ahead.abs() >= 24 * 60 * 60 {
            return at.into();
        }
        Self {
            local: offset.to_datetime(at),
            offset,
            shape: Self::from(at).shape.in_numbers(),
        }
    }

    /// The instant. Of a leap second it is the second before, and of the last days of the year 9999 the last that there is.
    #[must_use]
    pub fn timestamp(self) -> Timestamp {
        let at = self.offset.to_timestamp(self.local);
        at.unwrap_or(if self.local.year() > 0 {
            Timestamp::MAX
        } else {
            Timestamp::MIN
        })
    }

    /// How far ahead of UTC it is written.
    #[must_use]
    pub const fn offset(self) -> Offset {
        self.offset
    }

    /// The same with its time zone, which is no more than the offset.
    #[must_use]
    pub fn zoned(self) -> jiff::Zoned {
        self.timestamp().to_zoned(tz::TimeZone::fixed(self.offset))
    }
}

impl Ord for DateTime {
    /// By the instant, then by how it is written.
    fn cmp(&self, other: &Self) -> Ordering {
        let key = |it: &Self| (it.timestamp(), it.local, it.offset, it.shape);
        key(self).cmp(&key(other))
    }
}

impl PartialOrd for DateTime {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Default for DateTime {
    /// The beginning of 1970.
    fn default() -> Self {
        Timestamp::UNIX_EPOCH.into()
    }
}

impl From<Timestamp> for DateTime {
    /// In UTC, with as many digits as it needs.
    fn from(at: Timestamp) -> Self {
        let local = Offset::UTC.to_datetime(at);
        Self {
            local,
            offset: Offset::UTC,
            shape: Shape::shortest(local.subsec_nanosecond()),
        }
    }
}

impl From<DateTime> for Timestamp {
    fn from(written: DateTime) -> Self {
        written.timestamp()
    }
}

impl FromStr for DateTime {
    type Err = NotDateTime;

    fn from_str(text: &str) -> Result<Self, NotDateTime> {
        let read = || {
            let (date, time) = text.split_at_checked(10)?;
            let date: Date = date.parse().ok()?;
            let (shape, time, offset) = shape::read(time)?;
            let offset = Offset::from_seconds(offset).ok()?;
            Some(Self {
                local: civil::DateTime::from_parts(*date, time),
                offset,
                shape,
            })
        };
        read().ok_or(NotDateTime::DateTime)
    }
}

impl fmt::Display for DateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let date = Date::from(self.local.date());
        write!(f, "{date}")?;
        self.shape
            .write(f, self.local.time(), self.offset.seconds())
    }
}

impl fmt::Debug for DateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for DateTime {
    fn serialize<S: Serializer>(&self, writer: S) -> Result<S::Ok, S::Error> {
        written(self, self.local.year(), writer)
    }
}

impl<'de> Deserialize<'de> for DateTime {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        reader.deserialize_str(Parsed(PhantomData))
    }
}

/// Writes what is of that year, but for years that RFC 3339 has not.
fn written<S: Serializer>(it: &impl fmt::Display, year: i16, writer: S) -> Result<S::Ok, S::Error> {
    match year {
        0.. => writer.collect_str(it),
        _ => Err(S::Error::custom("RFC 3339 has no years before 0")),
    }
}

/// Reads a text as what it stands for.
struct Parsed<T>(PhantomData<T>);

impl<T: FromStr<Err = NotDateTime>> de::Visitor<'_> for Parsed<T> {
    type Value = T;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a text")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        text.parse()
            .map_err(|error| E::custom(format_args!("`{text}` {error}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_written_again() {
        for text in [
            "1990-02-15T15:53:38.00-20:42",
            "2024-02-29T12:30:00+02:00",
            "2024-02-29t12:30:00.123456789z",
            "2024-02-29T00:00:00.0Z",
            "2024-02-29T12:30:00+00:00",
            "2024-02-29T12:30:00-00:00",
            "1969-12-31T23:59:59.9Z",
            "0001-01-01T00:00:00Z",
            "1998-12-31T23:59:60Z",
            "1998-12-31T15:59:60.123-08:00",
            "9999-12-31T23:59:59.999999999-23:59",
            "0000-01-01T00:00:00+23:59",
        ] {
            let read: DateTime = text.parse().unwrap();
            assert_eq!(read.to_string(), text);
            let json = serde_json::to_string(&read).unwrap();
            assert_eq!(serde_json::from_str::<DateTime>(&json).unwrap(), read);
        }
    }

    #[test]
    fn other_texts_are_none() {
        for text in [
            "",
            "2024-02-29",
            "2024-02-29 12:30:00Z",
            "2023-02-29T12:30:00Z",
            "2024-02-29T12:30:00",
            "2024-02-29T12:30Z",
            "2024-02-29T24:00:00Z",
            "2024-02-29T12:60:00Z",
            "2024-02-29T12:30:61Z",
            "2024-02-29T12:30:60Z",
            "2024-02-29T12:30:00.Z",
            "2024-02-29T12:30:00,5Z",
            "2024-02-29T12:30:00.1234567890Z",
            "2024-02-29T12:30:00+2:00",
            "2024-02-29T12:30:00+0200",
            "2024-02-29T12:30:00+24:00",
            "2024-02-29T12:30:00-01:60",
            "2024-02-29T12:30:00+02:00[Europe/Paris]",
            "2024-02-29T12:30:00Z ",
            "2024-02-29T1\u{661}:30:00Z",
            "20240229T123000Z",
            "-002024-02-29T12:30:00Z",
            "ääääää",
        ] {
            assert_eq!(
                text.parse::<DateTime>(),
                Err(NotDateTime::DateTime),
                "{text}"
            );
        }
    }

    #[test]
    fn instants_are_what_they_stand_for() {
        let at = |text: &str| text.parse::<DateTime>().unwrap();
        let (here, there) = (at("2024-02-29T12:30:00+02:00"), at("2024-02-29T10:30:00Z"));
        assert_ne!(here, there);
        assert_eq!(here.timestamp(), there.timestamp());
        assert_eq!(DateTime::from(here.timestamp()), there);
        assert_eq!(DateTime::in_offset(there.timestamp(), here.offset()), here);
        assert_eq!(DateTime::in_offset(there.timestamp(), Offset::UTC), there);
        let odd = Offset::from_seconds(61).unwrap();
        assert_eq!(DateTime::in_offset(there.timestamp(), odd), there);
        for minutes in -1559..=1559 {
            let offset = Offset::from_seconds(minutes * 60).unwrap();
            let here = DateTime::in_offset(there.timestamp(), offset);
            assert_eq!(here.to_string().parse(), Ok(here), "{minutes}");
        }
        assert_eq!(here.zoned().timestamp(), there.timestamp());
        assert_eq!(
            at("1998-12-31T23:59:60Z").timestamp(),
            at("1998-12-31T23:59:59Z").timestamp()
        );
        for early in [
            DateTime::from(Timestamp::MIN),
            DateTime::from(Timestamp::UNIX_EPOCH),
        ] {
            let is_written = serde_json::to_string(&early).is_ok();
            assert_eq!(is_written, early.timestamp() == Timestamp::UNIX_EPOCH);
        }
        assert_eq!(DateTime::default().to_string(), "1970-01-01T00:00:00Z");
        let last = at("9999-12-31T23:59:59Z");
        assert_eq!(last.timestamp(), Timestamp::MAX);
        assert!(here < last && last < at("9999-12-31T23:59:59.5Z"));
        assert!(here < at("2024-02-29T10:30:00.1Z"));
    }
}
