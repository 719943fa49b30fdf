//! Days, times of day and spans, as RFC 3339 writes them.
use crate::pattern::Pattern;
use jiff::civil::Date;

pub(super) static DURATION: Pattern = Pattern::new(
    r"^P(?!$)(\d+W|(\d+Y(\d+M(\d+D)?)?|\d+M(\d+D)?|\d+D)?(T(\d+H(\d+M(\d+S)?)?|\d+M(\d+S)?|\d+S))?)$",
);
static DATE: Pattern = Pattern::new(r"^\d{4}-\d{2}-\d{2}$");
static TIME: Pattern = Pattern::new(r"^\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$");

const MINUTES_A_DAY: i32 = 24 * 60;

pub(super) fn is_date(text: &str) -> bool {
    DATE.is_match(text) && text.parse::<Date>().is_ok()
}

pub(super) fn is_date_time(text: &str) -> bool {
    let parts = text.split_at_checked(10);
    parts.is_some_and(|(date, rest)| {
        let time = rest.strip_prefix(['T', 't']);
        is_date(date) && time.is_some_and(is_time)
    })
}

/// With its offset; a leap second is the last one of a day in UTC.
pub(super) fn is_time(text: &str) -> bool {
    if !TIME.is_match(text) {
        return false;
    }
    let number = |at: usize| {
        text.get(at..at + 2)
            .and_then(|digits| digits.parse::<i32>().ok())
    };
    let offset = match text.rfind(['+', '-']) {
        None => Some((0, 0)),
        Some(at) => number(at + 1).zip(number(at + 4)),
    };
    let (Some(hour), Some(minute), Some(second), Some((ahead_hours, ahead_minutes))) =
        (number(0), number(3), number(6), offset)
    else {
        return false;
    };
    let ahead = ahead_hours * 60 + ahead_minutes;
    let ahead = if text.contains('-') { -ahead } else { ahead };
    let last = (hour * 60 + minute - ahead).rem_euclid(MINUTES_A_DAY) == MINUTES_A_DAY - 1;
    let in_range = hour < 24 && minute < 60 && ahead_hours < 24 && ahead_minutes < 60;
    in_range && (second < 60 || (second == 60 && last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(is: impl Fn(&str) -> bool, valid: &[&str], invalid: &[&str]) {
        for text in valid {
            assert!(is(text), "{text:?}");
        }
        for text in invalid {
            assert!(!is(text), "{text:?}");
        }
    }

    #[test]
    fn days_are_those_of_the_calendar() {
        check(
            is_date,
            &["2024-02-29", "0001-12-31"],
            &[
                "2023-02-29",
                "2024-13-01",
                "2024-1-01",
                "20240101",
                "2024-01-01T",
                "2024-001",
            ],
        );
    }

    #[test]
    fn times_have_an_offset() {
        let all = [
            "08:30:06Z",
            "08:30:06.283185z",
            "23:59:60Z",
            "23:29:60+23:30",
            "01:29:60+01:30",
            "15:59:60-08:00",
        ];
        let none = [
            "08:30:06",
            "8:30:06Z",
            "24:00:00Z",
            "00:60:00Z",
            "00:00:61Z",
            "22:59:60Z",
            "23:59:60+01:00",
            "08:30:06+24:00",
            "08:30:06-01:60",
            "08:30:06.Z",
            "08:30:06 Z",
        ];
        check(is_time, &all, &none);
        check(
            is_date_time,
            &["2024-02-29T12:30:00+02:00", "2024-02-29t12:30:00.120z"],
            &[
                "2024-02-29",
                "2024-02-29 12:30:00Z",
                "2023-02-29T12:30:00Z",
                "2024-02-29T12:30:00",
                "äääääT12:30:00Z",
            ],
        );
    }

    #[test]
    fn spans_have_their_parts_in_order() {
        check(
            |text| DURATION.is_match(text),
            &[
                "P4Y",
                "PT0S",
                "P1M",
                "PT1M",
                "P4DT12H30M5S",
                "P2W",
                "P1Y2M3D",
            ],
            &[
                "", "P", "PT", "4DT", "P1D2H", "P2D1Y", "P1YT", "P1Y2W", "PT1D", "PT1H1S", "P1Y1D",
            ],
        );
    }
}
