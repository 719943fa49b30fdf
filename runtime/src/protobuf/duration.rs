//! Spans of time as Protobuf has them, which may be negative.
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr, time};

/// A span of at most ten thousand years, to the nanosecond: Google's `Duration`. As text it is `1.5s`.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(try_from = "Parts")]
pub struct Duration {
    seconds: i64,
    nanos: i32,
}

#[derive(Deserialize)]
struct Parts {
    seconds: i64,
    nanos: i32,
}

/// What is no [`Duration`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is no duration such as `1.5s`, of at most ten thousand years")]
pub struct NotDuration;

const LONGEST: u64 = 315_576_000_000;
const BILLION: u32 = 1_000_000_000;

impl Duration {
    /// So many seconds and nanoseconds, of the same sign.
    ///
    /// # Errors
    /// When that is too long, of both signs, or has more nanoseconds than make a second.
    pub fn new(seconds: i64, nanos: i32) -> Result<Self, NotDuration> {
        let same = seconds == 0 || nanos == 0 || (seconds < 0) == (nanos < 0);
        match same && seconds.unsigned_abs() <= LONGEST && nanos.unsigned_abs() < BILLION {
            true => Ok(Self { seconds, nanos }),
            false => Err(NotDuration),
        }
    }

    /// Whole seconds.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.seconds
    }

    /// The nanoseconds beside these.
    #[must_use]
    pub const fn nanos(self) -> i32 {
        self.nanos
    }
}

impl TryFrom<Parts> for Duration {
    type Error = NotDuration;

    fn try_from(parts: Parts) -> Result<Self, NotDuration> {
        Self::new(parts.seconds, parts.nanos)
    }
}

impl TryFrom<time::Duration> for Duration {
    type Error = NotDuration;

    fn try_from(span: time::Duration) -> Result<Self, NotDuration> {
        let seconds = i64::try_from(span.as_secs()).map_err(|_| NotDuration)?;
        Self::new(seconds, span.subsec_nanos().cast_signed())
    }
}

impl TryFrom<Duration> for time::Duration {
    type Error = std::num::TryFromIntError;

    /// Fails for negative ones.
    fn try_from(span: Duration) -> Result<Self, Self::Error> {
        Ok(Self::new(span.seconds.try_into()?, span.nanos.try_into()?))
    }
}

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.seconds < 0 || self.nanos < 0 {
            "-"
        } else {
            ""
        };
        let seconds = self.seconds.unsigned_abs();
        let fraction = fraction(self.nanos.unsigned_abs());
        write!(f, "{sign}{seconds}{fraction}s")
    }
}

impl FromStr for Duration {
    type Err = NotDuration;

    fn from_str(text: &str) -> Result<Self, NotDuration> {
        parsed(text).ok_or(NotDuration)
    }
}

fn parsed(text: &str) -> Option<Duration> {
    let number = text.strip_suffix('s')?;
    let (sign, number) = match number.strip_prefix('-') {
        Some(number) => (-1, number),
        None => (1, number),
    };
    let (seconds, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let is_plain = seconds.bytes().all(|byte| byte.is_ascii_digit());
    let seconds: i64 = seconds.parse().ok().filter(|_| is_plain)?;
    let sign_of_nanos = i32::try_from(sign).ok()?;
    Duration::new(sign * seconds, sign_of_nanos * nanos(fraction)?).ok()
}

/// Nanoseconds behind a point, in as many groups of three digits as they need.
pub(super) fn fraction(nanos: u32) -> String {
    match nanos {
        0 => String::new(),
        nanos if nanos.is_multiple_of(1_000_000) => format!(".{:03}", nanos / 1_000_000),
        nanos if nanos.is_multiple_of(1_000) => format!(".{:06}", nanos / 1_000),
        nanos => format!(".{nanos:09}"),
    }
}

/// What stands behind a point as nanoseconds.
pub(super) fn nanos(fraction: &str) -> Option<i32> {
    let is_plain = fraction.bytes().all(|byte| byte.is_ascii_digit());
    let fits = is_plain && (1..=9).contains(&fraction.len());
    format!("{fraction:0<9}").parse().ok().filter(|_| fits)
}
