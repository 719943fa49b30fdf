//! Instants as Protobuf has them: some more than other libraries have.
use jiff::{SignedDuration, civil};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// An instant of the years 1 to 9999, to the nanosecond: Google's `Timestamp`. As text it is what RFC 3339 has.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(try_from = "Parts")]
pub struct Timestamp {
    seconds: i64,
    nanos: i32,
}

#[derive(Deserialize)]
struct Parts {
    seconds: i64,
    nanos: i32,
}

/// What is no [`Timestamp`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is no instant such as `2025-01-31T12:00:00Z`, of the years 1 to 9999")]
pub struct NotTimestamp;

const EPOCH: civil::DateTime = civil::DateTime::constant(1970, 1, 1, 0, 0, 0, 0);
const FIRST: i64 = -62_135_596_800;
const LAST: i64 = 253_402_300_799;
const BILLION: i32 = 1_000_000_000;

impl Timestamp {
    /// The instant so many seconds, and then so many nanoseconds, after the beginning of 1970.
    ///
    /// # Errors
    /// When it lies beyond the years, or the nanoseconds make more than a second.
    pub fn new(seconds: i64, nanos: i32) -> Result<Self, NotTimestamp> {
        match (FIRST..=LAST).contains(&seconds) && (0..BILLION).contains(&nanos) {
            true => Ok(Self { seconds, nanos }),
            false => Err(NotTimestamp),
        }
    }

    /// Whole seconds since the beginning of 1970.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.seconds
    }

    /// The nanoseconds behind these.
    #[must_use]
    pub const fn nanos(self) -> i32 {
        self.nanos
    }
}

impl TryFrom<Parts> for Timestamp {
    type Error = NotTimestamp;

    fn try_from(parts: Parts) -> Result<Self, NotTimestamp> {
        Self::new(parts.seconds, parts.nanos)
    }
}

impl TryFrom<jiff::Timestamp> for Timestamp {
    type Error = NotTimestamp;

    fn try_from(at: jiff::Timestamp) -> Result<Self, NotTimestamp> {
        let since = at.as_duration();
        // Nanoseconds count forward, before 1970 too.
        let back = i64::from(since.subsec_nanos() < 0);
        let nanos = since.subsec_nanos() + if back == 1 { BILLION } else { 0 };
        Self::new(since.as_secs() - back, nanos)
    }
}

impl TryFrom<Timestamp> for jiff::Timestamp {
    type Error = jiff::Error;

    /// Fails for the last hours of the year 9999.
    fn try_from(at: Timestamp) -> Result<Self, jiff::Error> {
        Self::new(at.seconds, at.nanos)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = EPOCH
            .checked_add(SignedDuration::new(self.seconds, self.nanos))
            .map_err(|_| fmt::Error)?;
        let (date, time) = (at.date(), at.time());
        let (hour, minute, second) = (time.hour(), time.minute(), time.second());
        write!(f, "{date}T{hour:02}:{minute:02}:{second:02}")?;
        f.write_str(&super::duration::fraction(self.nanos.unsigned_abs()))?;
        f.write_str("Z")
    }
}

impl FromStr for Timestamp {
    type Err = NotTimestamp;

    fn from_str(text: &str) -> Result<Self, NotTimestamp> {
        parsed(text).ok_or(NotTimestamp)
    }
}

fn parsed(text: &str) -> Option<Timestamp> {
    let (date, time) = text.split_once(['T', 't'])?;
    let zone = time.find(['Z', 'z', '+', '-'])?;
    let (time, zone) = time.split_at(zone);
    let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let [year, month, day] = numbers(date, '-', [4, 2, 2])?;
    let [hour, minute, second] = numbers(time, ':', [2, 2, 2])?;
    let nanos = super::duration::nanos(fraction)?;
    let small = |number: i16| i8::try_from(number).ok();
    let at = civil::DateTime::new(
        year,
        small(month)?,
        small(day)?,
        small(hour)?,
        small(minute)?,
        small(second)?,
        0,
    );
    let since = at.ok()?.duration_since(EPOCH).as_secs();
    Timestamp::new(since.checked_sub(offset(zone)?)?, nanos).ok()
}

/// Seconds that a zone is ahead.
fn offset(zone: &str) -> Option<i64> {
    if zone.eq_ignore_ascii_case("Z") {
        return Some(0);
    }
    let (sign, ahead) = zone.split_at_checked(1)?;
    let [hours, minutes] = numbers(ahead, ':', [2, 2])?;
    let seconds = i64::from(hours) * 3600 + i64::from(minutes) * 60;
    let fits = hours < 24 && minutes < 60;
    fits.then_some(if sign == "-" { -seconds } else { seconds })
}

/// Numbers of exactly so many digits.
fn numbers<const N: usize>(text: &str, separator: char, widths: [usize; N]) -> Option<[i16; N]> {
    let mut out = [0; N];
    let mut parts = text.split(separator);
    for (number, width) in out.iter_mut().zip(widths) {
        let part = parts.next()?;
        let fits = part.len() == width && part.bytes().all(|byte| byte.is_ascii_digit());
        *number = part.parse().ok().filter(|_| fits)?;
    }
    parts.next().is_none().then_some(out)
}
