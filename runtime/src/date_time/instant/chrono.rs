//! Instants of `chrono`, which keep their offset and leap seconds.
use super::{DateTime, Instant, Rfc3339};
use ::chrono::{
    self, Datelike, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Timelike, Utc,
};
use jiff::civil;

/// How `chrono` has a leap second: as the one before, with that many nanoseconds more.
const SECOND: u32 = 1_000_000_000;

impl Instant for chrono::DateTime<FixedOffset> {
    fn read(written: DateTime) -> Option<Self> {
        let (local, leap) = (written.local, written.shape.is_leap());
        let [month, day, hour, minute, second] = [
            local.month(),
            local.day(),
            local.hour(),
            local.minute(),
            local.second(),
        ]
        .map(|part| u32::from(part.unsigned_abs()));
        let nanoseconds = local.subsec_nanosecond().unsigned_abs() + u32::from(leap) * SECOND;
        let date = NaiveDate::from_ymd_opt(local.year().into(), month, day)?;
        let time = NaiveTime::from_hms_nano_opt(hour, minute, second, nanoseconds)?;
        let offset = FixedOffset::east_opt(written.offset.seconds())?;
        date.and_time(time).and_local_timezone(offset).single()
    }

    fn written(&self) -> Option<DateTime> {
        // Further away there may be no local time, and no year is written.
        let is_near = (-1..=10_000).contains(&self.naive_utc().year());
        let local = is_near.then(|| self.naive_local())?;
        let is_leap = local.nanosecond() >= SECOND;
        DateTime::shown(civil_of(local)?, self.offset().local_minus_utc(), is_leap)
    }
}

fn civil_of(local: NaiveDateTime) -> Option<civil::DateTime> {
    let [month, day, hour, minute, second] = [
        local.month(),
        local.day(),
        local.hour(),
        local.minute(),
        local.second(),
    ]
    .map(|part| i8::try_from(part).unwrap_or_default());
    let year = local.year().try_into().ok()?;
    let nanoseconds = (local.nanosecond() % SECOND).cast_signed();
    civil::DateTime::new(year, month, day, hour, minute, second, nanoseconds).ok()
}

impl From<chrono::DateTime<Utc>> for Rfc3339<chrono::DateTime<FixedOffset>> {
    fn from(at: chrono::DateTime<Utc>) -> Self {
        Self(at.fixed_offset())
    }
}

impl<Z: TimeZone> From<Rfc3339<chrono::DateTime<Z>>> for chrono::DateTime<Z> {
    fn from(value: Rfc3339<Self>) -> Self {
        value.0
    }
}
