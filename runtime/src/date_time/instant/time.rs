//! Instants of `time`, which keep their offset; a leap second is the second before.
use super::{DateTime, Instant, Rfc3339};
use ::time::{Date, Month, OffsetDateTime, PrimitiveDateTime, Time, UtcOffset};
use jiff::civil;

impl Instant for OffsetDateTime {
    fn read(written: DateTime) -> Option<Self> {
        let local = written.local;
        let [month, day, hour, minute, second] = [
            local.month(),
            local.day(),
            local.hour(),
            local.minute(),
            local.second(),
        ]
        .map(i8::unsigned_abs);
        let nanoseconds = local.subsec_nanosecond().unsigned_abs();
        let month = Month::try_from(month).ok()?;
        let date = Date::from_calendar_date(local.year().into(), month, day).ok()?;
        let time = Time::from_hms_nano(hour, minute, second, nanoseconds).ok()?;
        let offset = UtcOffset::from_whole_seconds(written.offset.seconds()).ok()?;
        Some(PrimitiveDateTime::new(date, time).assume_offset(offset))
    }

    fn written(&self) -> Option<DateTime> {
        let [month, day, hour, minute, second] = [
            self.month().into(),
            self.day(),
            self.hour(),
            self.minute(),
            self.second(),
        ]
        .map(u8::cast_signed);
        let year = self.year().try_into().ok()?;
        let nanoseconds = self.nanosecond().cast_signed();
        let local = civil::DateTime::new(year, month, day, hour, minute, second, nanoseconds);
        DateTime::shown(local.ok()?, self.offset().whole_seconds(), false)
    }
}

impl From<Rfc3339<Self>> for OffsetDateTime {
    fn from(value: Rfc3339<Self>) -> Self {
        value.0
    }
}
