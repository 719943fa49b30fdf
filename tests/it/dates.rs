//! Dates in types of libraries are read as those of RFC 3339 are, wherever they stand, and written as such.
use serde_json::{Value, json};
use tidings::{
    Instant, InvalidMessage, Message, Rfc3339, TypedMessage,
    codegen::{ChronoDateTime, JiffTimestamp, TimeOffsetDateTime, chrono, time},
};

/// A message with that date in every place.
fn visit(at: &str) -> Message {
    let body = json!({
        "from": at, "until": at, "stops": [at, null], "between": [at, 5], "seen": { "a": at },
        "when": at, "paid": { "kind": "card", "at": at, "again": at }, "day": "2024-02-29", "more": at,
    });
    let mut message = Message::new(body.to_string());
    message.set_header("told", at.to_owned());
    message.set_header("due", at.to_owned());
    message
}

fn body(message: &Message) -> Value {
    serde_json::from_slice(&message.body).unwrap()
}

/// How a message comes out that was read; what is wrong with it, else.
fn again<M: TypedMessage>(message: &Message) -> Result<Message, InvalidMessage> {
    M::decode(message).and_then(|read| read.encode())
}

/// Dates come out of every place in that way.
#[track_caller]
fn writes<V: TypedMessage, C: TypedMessage>(at: &str, written: &str) {
    let sent = again::<V>(&visit(at)).unwrap();
    let mut meant = body(&visit(written));
    // What has no type is as it came.
    meant["more"] = at.into();
    assert_eq!(body(&sent), meant);
    for header in ["told", "due"] {
        assert_eq!(sent.header(header).unwrap(), written);
    }
    assert_eq!(sent.key.as_deref(), Some(written.as_bytes()));
    let clock = again::<C>(&Message::new(at.to_owned())).unwrap();
    assert_eq!(clock.body, written);
}

/// The places where a date is refused, if it is the only one that is.
fn refused<V: TypedMessage>(at: &str) -> Vec<&'static str> {
    let right = "2024-02-29T12:30:00Z";
    let places = [
        ("/payload/from", "from"),
        ("/payload/until", "until"),
        ("/payload/stops/0", "stops"),
        ("/payload/between/0", "between"),
        ("/payload/seen/a", "seen"),
        ("/payload/when", "when"),
        ("/payload/paid", "paid"),
    ];
    let wrong = body(&visit(at));
    let broken = places.into_iter().filter(|(place, name)| {
        let mut one = body(&visit(right));
        one[*name] = wrong[*name].clone();
        let mut message = visit(right);
        message.body = one.to_string().into();
        let told = V::decode(&message).err();
        told.is_some_and(|told| told.violations()[0].pointer.starts_with(*place))
    });
    let mut found: Vec<_> = broken.map(|(place, _)| place).collect();
    for header in ["told", "due"] {
        let mut message = visit(right);
        message.set_header(header, at.to_owned());
        found.extend(V::decode(&message).is_err().then_some(header));
    }
    found
}

const PLACES: usize = 9;

#[test]
fn the_instant_comes_back_from_every_place() {
    use {dates_chrono as c, dates_jiff as j, dates_time as t};
    for (at, utc, kept) in [
        (
            "2024-02-29t12:30:00.120000000+02:00",
            "2024-02-29T10:30:00.12Z",
            "2024-02-29T12:30:00.12+02:00",
        ),
        (
            "2024-02-29T12:30:00-00:00",
            "2024-02-29T12:30:00Z",
            "2024-02-29T12:30:00Z",
        ),
        (
            "0000-01-01T00:00:00z",
            "0000-01-01T00:00:00Z",
            "0000-01-01T00:00:00Z",
        ),
    ] {
        writes::<j::Visit, j::Clock>(at, utc);
        writes::<c::Visit, c::Clock>(at, kept);
        writes::<t::Visit, t::Clock>(at, kept);
    }
    let leap = "1998-12-31T15:59:60.5-08:00";
    writes::<j::Visit, j::Clock>(leap, "1998-12-31T23:59:59.5Z");
    writes::<c::Visit, c::Clock>(leap, leap);
    writes::<t::Visit, t::Clock>(leap, "1998-12-31T15:59:59.5-08:00");
}

#[test]
fn texts_that_rfc_3339_has_not_are_refused_everywhere() {
    for at in [
        "2024-02-30T12:30:00Z",
        "2024-02-29 12:30:00Z",
        "2024-02-29T12:30Z",
        "2024-02-29T12:30:00",
        "2024-02-29T12:30:00+0200",
        "2024-02-29T12:30:60Z",
        "2024-02-29T12:30:00+02:00[Europe/Paris]",
        "Thu, 29 Feb 2024 12:30:00 +0000",
        "2024-02-29T12:30:00.1234567890Z",
    ] {
        for found in [
            refused::<dates_jiff::Visit>(at),
            refused::<dates_chrono::Visit>(at),
            refused::<dates_time::Visit>(at),
        ] {
            assert_eq!(found.len(), PLACES, "{at}: {found:?}");
        }
    }
}

#[test]
fn what_a_type_has_no_instant_for_is_told() {
    let late = "9999-12-31T23:59:59Z";
    assert_eq!(refused::<dates_jiff::Visit>(late).len(), PLACES);
    writes::<dates_chrono::Visit, dates_chrono::Clock>(late, late);
    writes::<dates_time::Visit, dates_time::Clock>(late, late);
    let error = dates_jiff::Visit::decode(&visit(late)).err().unwrap();
    let told = &error.violations()[0].reason;
    assert!(
        told.contains("is beyond the instants that its type has"),
        "{told}"
    );
}

/// Whether a message is sent with that as its payload and as its header.
fn is_sent<T: Instant + Clone>(
    at: T,
    payload: fn(Rfc3339<T>) -> bool,
    header: fn(Rfc3339<T>) -> bool,
) -> bool {
    payload(at.clone().into()) && header(at.into())
}

#[test]
fn what_rfc_3339_has_no_form_of_is_not_sent() {
    macro_rules! is_sent {
        ($of:ident, $at:expr) => {
            is_sent(
                $at,
                |at| $of::Clock { payload: at }.encode().is_ok(),
                |at| {
                    let mut message = $of::Visit::decode(&visit("2024-02-29T12:30:00Z")).unwrap();
                    message.headers.told = at;
                    message.encode().is_ok()
                },
            )
        };
    }
    assert!(is_sent!(
        dates_jiff,
        tidings::codegen::jiff::Timestamp::UNIX_EPOCH
    ));
    assert!(!is_sent!(
        dates_jiff,
        tidings::codegen::jiff::Timestamp::MIN
    ));
    assert!(is_sent!(
        dates_chrono,
        chrono::DateTime::UNIX_EPOCH.fixed_offset()
    ));
    assert!(!is_sent!(
        dates_chrono,
        chrono::DateTime::<chrono::Utc>::MAX_UTC.fixed_offset()
    ));
    assert!(is_sent!(dates_time, time::OffsetDateTime::UNIX_EPOCH));
    assert!(!is_sent!(
        dates_time,
        time::PrimitiveDateTime::MIN.assume_utc()
    ));
}

#[test]
fn fields_are_types_of_the_library_and_made_of_them() {
    let now = chrono::DateTime::<chrono::Utc>::UNIX_EPOCH;
    let paid = dates_chrono::Cash::new();
    let visit = dates_chrono::VisitPayload::new(now, paid.into()).with_until(now.into());
    let from: ChronoDateTime = visit.from;
    let hour = chrono::TimeDelta::hours(1);
    assert_eq!((*from + hour).timestamp(), 3600);
    let visit = dates_time::VisitPayload::new(
        time::OffsetDateTime::UNIX_EPOCH,
        dates_time::Cash::new().into(),
    );
    let from: TimeOffsetDateTime = visit.from;
    assert_eq!(from.unix_timestamp(), 0);
    let at = tidings::codegen::jiff::Timestamp::UNIX_EPOCH;
    let visit = dates_jiff::VisitPayload::new(at, dates_jiff::Cash::new().into());
    let from: JiffTimestamp = visit.from;
    assert_eq!(from.as_second(), 0);
}

#[test]
fn the_same_instant_written_twice_is_no_two() {
    let mut message = visit("2024-02-29T12:30:00Z");
    let mut twice = body(&message);
    twice["stops"] = json!(["2024-02-29T12:30:00Z", "2024-02-29T12:30:00.0Z"]);
    message.body = twice.to_string().into();
    let error = dates_chrono::Visit::decode(&message).err().unwrap();
    assert_eq!(error.violations()[0].pointer, "/payload/stops/1");
}
