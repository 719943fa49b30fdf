//! How the time of a date-time is written, as far as that does not follow from the instant and the offset.
use super::date::two;
use jiff::civil::Time;
use std::fmt;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Shape {
    /// Digits behind the second.
    digits: u8,
    zone: Zone,
    /// `t` for `T`.
    small: bool,
    /// The 60th second, where the instant is the 59th.
    leap: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Zone {
    /// `Z`
    Utc,
    /// `z`
    SmallUtc,
    /// Hours and minutes.
    Numbers,
    /// `-00:00`, which says that nobody knows.
    Unknown,
}

const MINUTES_A_DAY: i32 = 24 * 60;

/// The time from the text behind the date, how it is written, and its offset in seconds.
pub(super) fn read(text: &str) -> Option<(Shape, Time, i32)> {
    let (&[t @ (b'T' | b't'), h1, h2, b':', m1, m2, b':', s1, s2], rest) =
        text.as_bytes().split_first_chunk()?
    else {
        return None;
    };
    let (hour, minute, second) = (two(h1, h2)?, two(m1, m2)?, two(s1, s2)?);
    let (nanoseconds, digits, rest) = fraction(rest)?;
    let (zone, ahead) = zone(rest)?;
    let minutes = i32::from(hour) * 60 + i32::from(minute) - ahead;
    let may_leap = minutes.rem_euclid(MINUTES_A_DAY) == MINUTES_A_DAY - 1;
    let leap = second == 60 && may_leap;
    let shape = Shape {
        digits,
        zone,
        small: t == b't',
        leap,
    };
    let second = second - i8::from(leap);
    let time = Time::new(hour, minute, second, nanoseconds).ok()?;
    Some((shape, time, ahead * 60))
}

/// Nanoseconds, how many digits say them, and what is behind.
fn fraction(text: &[u8]) -> Option<(i32, u8, &[u8])> {
    let Some(text) = text.strip_prefix(b".") else {
        return Some((0, 0, text));
    };
    let count = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let digits = u8::try_from(count)
        .ok()
        .filter(|digits| (1..=9).contains(digits))?;
    let (fraction, rest) = text.split_at(count);
    let padded = fraction.iter().chain(&[b'0'; 9]).take(9);
    let nanoseconds = padded.fold(0, |sum, byte| sum * 10 + i32::from(byte - b'0'));
    Some((nanoseconds, digits, rest))
}

/// How the offset is written, and how many minutes it is.
fn zone(text: &[u8]) -> Option<(Zone, i32)> {
    let (sign, digits) = match *text {
        [b'Z'] => return Some((Zone::Utc, 0)),
        [b'z'] => return Some((Zone::SmallUtc, 0)),
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => (sign, (two(h1, h2)?, two(m1, m2)?)),
        _ => return None,
    };
    let (hours, minutes) = digits;
    let ahead = i32::from(hours) * 60 + i32::from(minutes);
    let zone = match (sign, ahead) {
        (b'-', 0) => Zone::Unknown,
        _ => Zone::Numbers,
    };
    let ahead = if sign == b'-' { -ahead } else { ahead };
    (hours < 24 && minutes < 60).then_some((zone, ahead))
}

impl Shape {
    /// In UTC, with as few digits as say all.
    pub(super) fn shortest(nanoseconds: i32) -> Self {
        let text = format!("{nanoseconds:09}");
        let digits = text.trim_end_matches('0').len();
        Self {
            digits: u8::try_from(digits).unwrap_or(9),
            zone: Zone::Utc,
            small: false,
            leap: false,
        }
    }

    /// The same with its offset as hours and minutes.
    pub(super) fn in_numbers(self) -> Self {
        Self {
            zone: Zone::Numbers,
            ..self
        }
    }

    /// The same in the second that is there now and then only.
    #[cfg(any(feature = "chrono", feature = "time"))]
    pub(super) fn leaping(self) -> Self {
        Self { leap: true, ..self }
    }

    #[cfg(feature = "chrono")]
    pub(super) fn is_leap(self) -> bool {
        self.leap
    }

    /// Writes what follows the date.
    pub(super) fn write(self, f: &mut fmt::Formatter<'_>, time: Time, offset: i32) -> fmt::Result {
        let t = if self.small { 't' } else { 'T' };
        let second = time.second() + i8::from(self.leap);
        write!(f, "{t}{:02}:{:02}:{second:02}", time.hour(), time.minute())?;
        if self.digits > 0 {
            let unit = 10_i32.pow(9 - u32::from(self.digits));
            let digits = usize::from(self.digits);
            write!(f, ".{:0digits$}", time.subsec_nanosecond() / unit)?;
        }
        let minutes = offset.abs() / 60;
        let sign = if offset < 0 { '-' } else { '+' };
        match self.zone {
            Zone::Utc => f.write_str("Z"),
            Zone::SmallUtc => f.write_str("z"),
            Zone::Unknown => f.write_str("-00:00"),
            Zone::Numbers => write!(f, "{sign}{:02}:{:02}", minutes / 60, minutes % 60),
        }
    }
}
