//! What numbers and bytes stand for, and the texts by which types of others are made of that. Where a value says more than the unit of
//! its schema holds, the rest is cut off.
use super::{
    decimal::Decimal,
    kind::{Logical, Unit},
};
use crate::fault::Fault;
use jiff::{
    Span, Timestamp,
    civil::{Date, DateTime, Time},
    tz::TimeZone,
};

const EPOCH: Date = Date::constant(1970, 1, 1);
const DAY: i64 = 86_400_000_000_000;

/// The text of what a number stands for; none where it is just a number.
pub(super) fn shown(logical: Logical, number: i64) -> Option<Result<String, Fault>> {
    let shown = match logical {
        Logical::Date => date(number).map(|date| date.to_string()),
        Logical::Time(unit) => time(unit, number).map(|time| time.to_string()),
        Logical::Timestamp(unit) => timestamp(unit, number).map(|at| at.to_string()),
        Logical::Local(unit) => {
            timestamp(unit, number).map(|at| TimeZone::UTC.to_datetime(at).to_string())
        }
        Logical::Uuid | Logical::Decimal { .. } | Logical::Duration => return None,
    };
    let fault = || Fault::new(format!("{number} is beyond what dates and times can be"));
    Some(shown.ok_or_else(fault))
}

/// The number that a text stands for.
pub(super) fn counted(logical: Logical, text: &str) -> Result<i64, Fault> {
    let counted = match logical {
        Logical::Date => text.parse().ok().and_then(days),
        Logical::Time(unit) => text.parse().ok().map(|time| since_midnight(time, unit)),
        Logical::Timestamp(unit) => text.parse().ok().and_then(|at| since_epoch(at, unit)),
        Logical::Local(unit) => {
            let at = text.parse::<DateTime>().ok();
            let at = at.and_then(|at| TimeZone::UTC.to_timestamp(at).ok());
            at.and_then(|at| since_epoch(at, unit))
        }
        Logical::Uuid | Logical::Decimal { .. } | Logical::Duration => None,
    };
    counted.ok_or_else(|| Fault::new(format!("`{text}` is no date or time that the schema takes")))
}

fn date(days: i64) -> Option<Date> {
    let span = Span::new().try_days(days).ok()?;
    EPOCH.checked_add(span).ok()
}

fn days(date: Date) -> Option<i64> {
    EPOCH.until(date).ok().map(|span| span.get_days().into())
}

fn time(unit: Unit, number: i64) -> Option<Time> {
    let nanoseconds = number.checked_mul(unit.nanoseconds())?;
    let within = (0..DAY).contains(&nanoseconds);
    let span = Span::new().try_nanoseconds(nanoseconds).ok()?;
    within.then(|| Time::midnight().wrapping_add(span))
}

fn since_midnight(time: Time, unit: Unit) -> i64 {
    let seconds =
        i64::from(time.hour()) * 3600 + i64::from(time.minute()) * 60 + i64::from(time.second());
    (seconds * 1_000_000_000 + i64::from(time.subsec_nanosecond())) / unit.nanoseconds()
}

fn timestamp(unit: Unit, number: i64) -> Option<Timestamp> {
    let nanoseconds = i128::from(number) * i128::from(unit.nanoseconds());
    Timestamp::from_nanosecond(nanoseconds).ok()
}

fn since_epoch(at: Timestamp, unit: Unit) -> Option<i64> {
    let whole = at.as_nanosecond().div_euclid(unit.nanoseconds().into());
    whole.try_into().ok()
}

/// The decimal number that bytes stand for: two's complement, the highest first.
pub(super) fn decimal(bytes: &[u8], precision: u32, scale: u8) -> Result<Decimal, Fault> {
    let negative = bytes.first().is_some_and(|first| first & 0x80 != 0);
    let filler = if negative { 0xff } else { 0 };
    let (more, last) = bytes.split_at(bytes.len().saturating_sub(16));
    let mut digits = [filler; 16];
    digits[16 - last.len()..].copy_from_slice(last);
    let unscaled = i128::from_be_bytes(digits);
    let is_whole =
        !bytes.is_empty() && more.iter().all(|byte| *byte == filler) && (unscaled < 0) == negative;
    let fits = is_whole && is_within(unscaled, precision);
    fits.then(|| Decimal::new(unscaled, scale))
        .ok_or_else(|| Fault::new(format!("is no decimal number of {precision} digits")))
}

/// The bytes that stand for a decimal number, as many as it needs.
pub(super) fn unscaled(text: &str, precision: u32, scale: u8) -> Result<Vec<u8>, Fault> {
    let number: Decimal = text
        .parse()
        .map_err(|error| Fault::new(format!("`{text}` {error}")))?;
    let unscaled = number
        .rescaled(scale)
        .filter(|unscaled| is_within(*unscaled, precision));
    let unscaled = unscaled.ok_or_else(|| {
        Fault::new(format!(
            "`{text}` has more than {precision} digits, or more than {scale} behind the point"
        ))
    })?;
    let bytes = unscaled.to_be_bytes();
    let filler = bytes[0] & 0x80 != 0;
    let needless = bytes.windows(2).take_while(|pair| {
        let (byte, next) = (pair[0], pair[1] & 0x80 != 0);
        byte == if filler { 0xff } else { 0 } && next == filler
    });
    let needless = needless.count();
    Ok(bytes[needless..].to_vec())
}

fn is_within(unscaled: i128, precision: u32) -> bool {
    let end = 10_u128.checked_pow(precision);
    end.is_some_and(|end| unscaled.unsigned_abs() < end)
}

/// Two's complement in as many bytes as are asked for.
pub(super) fn extended(bytes: &[u8], size: usize) -> Option<Vec<u8>> {
    let negative = bytes.first().is_some_and(|first| first & 0x80 != 0);
    let more = size.checked_sub(bytes.len())?;
    let mut all = vec![if negative { 0xff } else { 0 }; more];
    all.extend_from_slice(bytes);
    Some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_times_come_back() {
        let milli = Unit::Milli;
        for (logical, number, text) in [
            (Logical::Date, 0, "1970-01-01"),
            (Logical::Date, -719_162, "0001-01-01"),
            (Logical::Time(milli), 86_399_999, "23:59:59.999"),
            (Logical::Time(Unit::Micro), 1, "00:00:00.000001"),
            (Logical::Timestamp(milli), -1, "1969-12-31T23:59:59.999Z"),
            (
                Logical::Timestamp(Unit::Nano),
                1,
                "1970-01-01T00:00:00.000000001Z",
            ),
            (
                Logical::Local(Unit::Micro),
                1_700_000_000_000_000,
                "2023-11-14T22:13:20",
            ),
        ] {
            assert_eq!(shown(logical, number).unwrap().unwrap(), text);
            assert_eq!(counted(logical, text).unwrap(), number, "{text}");
        }
    }

    #[test]
    fn what_is_finer_than_the_unit_is_cut_off() {
        let milli = Unit::Milli;
        for (logical, text, number) in [
            (Logical::Timestamp(milli), "1970-01-01T00:00:00.0019Z", 1),
            (Logical::Timestamp(milli), "1969-12-31T23:59:59.9999Z", -1),
            (Logical::Timestamp(milli), "1970-01-01T01:00:00+01:00", 0),
            (Logical::Time(milli), "00:00:00.0019", 1),
        ] {
            assert_eq!(counted(logical, text).unwrap(), number, "{text}");
        }
    }

    #[test]
    fn numbers_beyond_the_calendar_are_refused() {
        for (logical, number) in [
            (Logical::Date, i64::from(i32::MAX)),
            (Logical::Date, i64::MIN),
            (Logical::Time(Unit::Milli), -1),
            (Logical::Time(Unit::Micro), DAY / 1_000),
            (Logical::Time(Unit::Micro), i64::MAX),
            (Logical::Timestamp(Unit::Milli), i64::MIN),
            (Logical::Local(Unit::Micro), i64::MAX),
        ] {
            assert!(
                shown(logical, number).unwrap().is_err(),
                "{logical:?} {number}"
            );
        }
        assert!(counted(Logical::Timestamp(Unit::Nano), "9999-01-01T00:00:00Z").is_err());
        assert!(counted(Logical::Date, "yesterday").is_err());
    }

    #[test]
    fn decimals_have_as_many_bytes_as_they_need() {
        for (text, bytes) in [
            ("0.00", &[0][..]),
            ("1.27", &[0x7f]),
            ("1.28", &[0, 0x80]),
            ("-1.28", &[0x80]),
            ("-1.29", &[0xff, 0x7f]),
            ("-0.01", &[0xff]),
        ] {
            assert_eq!(unscaled(text, 10, 2).unwrap(), bytes, "{text}");
            let number = decimal(bytes, 10, 2).unwrap();
            assert_eq!(number.to_string(), text);
            let long = extended(bytes, 20).unwrap();
            assert_eq!(decimal(&long, 10, 2).unwrap(), number, "{text}");
        }
    }

    #[test]
    fn what_has_more_digits_is_no_decimal() {
        for text in ["1.001", "100", "x"] {
            assert!(unscaled(text, 4, 2).is_err(), "{text}");
        }
        let large = [&[1][..], &[0; 16]].concat();
        let negative = [&[0][..], &[0xff; 16]].concat();
        for bytes in [&[][..], &[0x27, 0x10], &large, &negative] {
            assert!(decimal(bytes, 4, 2).is_err(), "{bytes:?}");
        }
        assert_eq!(extended(&[1, 2], 1), None);
    }
}
