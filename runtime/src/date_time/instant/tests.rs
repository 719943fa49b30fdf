//! Each type reads what `DateTime` reads, or says that it cannot, and writes the same instant.
use super::*;
use ::chrono::FixedOffset;
use ::time::OffsetDateTime;

type Chrono = ::chrono::DateTime<FixedOffset>;

/// How a text is written again; nothing where it is not read.
fn again<T: Instant + fmt::Display>(text: &str) -> Option<String> {
    let read: Rfc3339<T> = text.parse().ok()?;
    let json = serde_json::to_string(&read).unwrap();
    assert_eq!(json, format!("\"{read}\""));
    let reread: Rfc3339<T> = serde_json::from_str(&json).unwrap();
    assert_eq!(reread.to_string(), read.to_string());
    Some(read.to_string())
}

fn all(text: &str) -> [Option<String>; 3] {
    [
        again::<Timestamp>(text),
        again::<Chrono>(text),
        again::<OffsetDateTime>(text),
    ]
}

#[test]
fn what_is_read_is_written_in_the_shortest_way() {
    for (text, written) in [
        (
            "2024-02-29T12:30:00.50+02:00",
            [
                "2024-02-29T10:30:00.5Z",
                "2024-02-29T12:30:00.5+02:00",
                "2024-02-29T12:30:00.5+02:00",
            ],
        ),
        (
            "2024-02-29t12:30:00.123456789z",
            ["2024-02-29T12:30:00.123456789Z"; 3],
        ),
        ("2024-02-29T12:30:00.0-00:00", ["2024-02-29T12:30:00Z"; 3]),
        (
            "1998-12-31T15:59:60.25-08:00",
            [
                "1998-12-31T23:59:59.25Z",
                "1998-12-31T15:59:60.25-08:00",
                "1998-12-31T15:59:59.25-08:00",
            ],
        ),
        (
            "0001-01-01T00:00:00+23:59",
            [
                "0000-12-31T00:01:00Z",
                "0001-01-01T00:00:00+23:59",
                "0001-01-01T00:00:00+23:59",
            ],
        ),
    ] {
        assert_eq!(all(text), written.map(|it| Some(it.to_owned())), "{text}");
    }
}

#[test]
fn what_is_beyond_a_type_is_no_other_instant() {
    let last = "9999-12-31T23:59:59.999999999-23:59";
    assert_eq!(last.parse::<Rfc3339<Timestamp>>(), Err(NotDateTime::Beyond));
    assert_eq!(again::<Chrono>(last).as_deref(), Some(last));
    assert_eq!(again::<OffsetDateTime>(last).as_deref(), Some(last));
    let first = "0000-01-01T00:00:00+23:59";
    let early: Rfc3339<Timestamp> = first.parse().unwrap();
    assert!(serde_json::to_string(&early).is_err() && early.to_string().starts_with('-'));
    assert_eq!(again::<Chrono>(first).as_deref(), Some(first));
    assert_eq!(again::<OffsetDateTime>(first).as_deref(), Some(first));
    for text in [
        "2024-02-29 12:30:00Z",
        "2024-02-29T12:30:00.1234567890Z",
        "2024-02-29T12:30Z",
    ] {
        assert_eq!(all(text), [None, None, None], "{text}");
    }
}

#[test]
fn what_rfc_3339_has_no_form_of_is_not_written() {
    let refused = |written: Option<DateTime>| assert_eq!(written, None);
    refused(Timestamp::MIN.written());
    refused(Chrono::MAX_UTC.fixed_offset().written());
    refused(Chrono::MIN_UTC.fixed_offset().written());
    let utc = ::time::UtcOffset::UTC;
    refused(::time::PrimitiveDateTime::MIN.assume_offset(utc).written());
    // A second that is none of those that are added.
    let noon = ::chrono::NaiveTime::from_hms_nano_opt(12, 0, 59, 1_500_000_000);
    let day = ::chrono::NaiveDate::from_ymd_opt(2024, 2, 29).unwrap();
    refused(
        day.and_time(noon.unwrap())
            .and_utc()
            .fixed_offset()
            .written(),
    );
    let text = "2024-02-29T11:59:43Z";
    let odd = FixedOffset::east_opt(17).unwrap();
    let at: Rfc3339<Chrono> = text.parse().unwrap();
    assert_eq!(Rfc3339(at.with_timezone(&odd)).to_string(), text);
    let odd = ::time::UtcOffset::from_whole_seconds(-17).unwrap();
    let at: Rfc3339<OffsetDateTime> = text.parse().unwrap();
    assert_eq!(Rfc3339(at.to_offset(odd)).to_string(), text);
}

#[test]
fn values_go_to_and_from_the_library() {
    let at: Rfc3339<Chrono> = ::chrono::DateTime::UNIX_EPOCH.into();
    assert_eq!(at.to_string(), "1970-01-01T00:00:00Z");
    assert_eq!(Chrono::from(at), at.0);
    let mut at = Rfc3339::from(OffsetDateTime::UNIX_EPOCH);
    *at += ::time::Duration::HOUR;
    assert_eq!(OffsetDateTime::from(at).unix_timestamp(), 3600);
    assert_eq!(Timestamp::from(Rfc3339(Timestamp::MAX)), Timestamp::MAX);
}
