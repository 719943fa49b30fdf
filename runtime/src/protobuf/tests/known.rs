//! Google's own messages.
use super::*;
use serde_json::json;

#[test]
fn instants_and_durations_have_all_that_protobuf_has() {
    let at = |text: &str| text.parse::<Timestamp>();
    for (text, seconds, nanos, shown) in [
        ("1970-01-01T00:00:00Z", 0, 0, None),
        ("1969-12-31T23:59:59.999999999Z", -1, 999_999_999, None),
        ("0001-01-01T00:00:00Z", -62_135_596_800, 0, None),
        (
            "9999-12-31T23:59:59.999999999Z",
            253_402_300_799,
            999_999_999,
            None,
        ),
        (
            "2024-02-29T12:00:00.5+01:30",
            1_709_202_600,
            500_000_000,
            Some("2024-02-29T10:30:00.500Z"),
        ),
        (
            "2024-02-29t10:30:00.000001-00:00",
            1_709_202_600,
            1_000,
            Some("2024-02-29T10:30:00.000001Z"),
        ),
    ] {
        let read = at(text).unwrap();
        assert_eq!(read, Timestamp::new(seconds, nanos).unwrap(), "{text}");
        assert_eq!(read.to_string(), shown.unwrap_or(text));
    }
    for text in [
        "2023-02-29T00:00:00Z",
        "2024-01-01T00:00:00",
        "2024-01-01",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+00:01",
        "2024-01-01T00:00:60Z",
        "2024-01-01T24:00:00Z",
        "2024-1-01T00:00:00Z",
        "2024-01-01T00:00:00.Z",
        "2024-01-01T00:00:00.1234567890Z",
        "2024-01-01T00:00:00+24:00",
        "2024-01-01T00:00:00+1:00",
        "2024-01-01T00:00:00Zz",
        "-024-01-01T00:00:00Z",
        "2024-01-01T00:00:00.5é",
    ] {
        assert!(at(text).is_err(), "{text}");
    }
    let last = at("9999-12-31T23:59:59Z").unwrap();
    assert!(jiff::Timestamp::try_from(last).is_err());
    for text in ["1969-12-31T23:59:59.5Z", "2024-02-29T12:00:00Z"] {
        let instant: jiff::Timestamp = text.parse().unwrap();
        assert_eq!(Timestamp::try_from(instant).unwrap(), at(text).unwrap());
        assert_eq!(
            jiff::Timestamp::try_from(at(text).unwrap()).unwrap(),
            instant
        );
    }
    let span = |text: &str| text.parse::<Duration>();
    for (text, seconds, nanos, shown) in [
        ("0s", 0, 0, None),
        ("-0.500s", 0, -500_000_000, None),
        ("-1.000001s", -1, -1_000, None),
        (
            "315576000000.999999999s",
            315_576_000_000,
            999_999_999,
            None,
        ),
        ("1.5s", 1, 500_000_000, Some("1.500s")),
    ] {
        let read = span(text).unwrap();
        assert_eq!(read, Duration::new(seconds, nanos).unwrap(), "{text}");
        assert_eq!(read.to_string(), shown.unwrap_or(text));
    }
    for text in [
        "1",
        "s",
        "-s",
        "--1s",
        "+1s",
        "1.s",
        ".5s",
        "1.1234567890s",
        "315576000001s",
        "1e3s",
        "1.-5s",
    ] {
        assert!(span(text).is_err(), "{text}");
    }
    let second = std::time::Duration::from_millis(1500);
    assert_eq!(Duration::try_from(second).unwrap(), span("1.5s").unwrap());
    assert_eq!(
        std::time::Duration::try_from(span("1.5s").unwrap()).unwrap(),
        second
    );
    assert!(std::time::Duration::try_from(span("-1s").unwrap()).is_err());
    assert!(Timestamp::new(0, -1).is_err() && Duration::new(1, -1).is_err());
}

#[test]
fn they_have_the_bytes_of_their_fields() {
    let optional = |of| one(Kind::Message(of), Shape::Optional);
    let at = Timestamp::new(-1, 5).unwrap();
    let bytes = [&[0x0a, 13, 0x08][..], &[255; 9], &[1, 0x10, 5]].concat();
    keeps(optional(&TIMESTAMP), &Maybe { v: Some(at) }, &bytes);
    let span = Duration::new(0, 0).unwrap();
    keeps(optional(&DURATION), &Maybe { v: Some(span) }, &[0x0a, 0]);
    keeps(optional(&EMPTY), &Maybe { v: Some(()) }, &[0x0a, 0]);
    keeps(optional(&INT32_VALUE), &Maybe { v: Some(0) }, &[0x0a, 0]);
    keeps(
        optional(&INT32_VALUE),
        &Maybe { v: Some(5) },
        &[0x0a, 2, 0x08, 5],
    );
    keeps(optional(&INT32_VALUE), &Maybe::<i32> { v: None }, &[]);
    keeps(
        optional(&FLOAT_VALUE),
        &Maybe { v: Some(1.0_f32) },
        &[0x0a, 5, 0x0d, 0, 0, 0x80, 0x3f],
    );
    keeps(
        optional(&BYTES_VALUE),
        &Maybe {
            v: Some(Bytes::from_static(b"x")),
        },
        b"\x0a\x03\x0a\x01x",
    );
    let paths = vec!["a".to_owned(), "b.c_d".to_owned()];
    keeps(
        optional(&FIELD_MASK),
        &Maybe { v: Some(paths) },
        b"\x0a\x0a\x0a\x01a\x0a\x05b.c_d",
    );
    let any = Any {
        type_url: "x/y.Z".to_owned(),
        value: Bytes::from_static(&[1]),
    };
    keeps(
        optional(&ANY),
        &Maybe { v: Some(any) },
        b"\x0a\x0a\x0a\x05x/y.Z\x12\x01\x01",
    );
    let lists = one(Kind::Message(&STRING_VALUE), Shape::Repeated);
    keeps(
        lists,
        &One {
            v: vec![String::new(), "a".to_owned()],
        },
        b"\x0a\x00\x0a\x03\x0a\x01a",
    );
    keeps_one(Kind::Null, Shape::Implicit, (), &[]);
}

#[test]
fn json_values_are_values_of_their_own() {
    let optional = one(Kind::Message(&VALUE), Shape::Optional);
    for (value, bytes) in [
        (json!(null), &b"\x0a\x02\x08\x00"[..]),
        (json!(1), b"\x0a\x09\x11\x00\x00\x00\x00\x00\x00\xf0\x3f"),
        (json!(0.5), b"\x0a\x09\x11\x00\x00\x00\x00\x00\x00\xe0\x3f"),
        (json!(""), b"\x0a\x02\x1a\x00"),
        (json!(false), b"\x0a\x02\x20\x00"),
        (json!({}), b"\x0a\x02\x2a\x00"),
        (json!([]), b"\x0a\x02\x32\x00"),
        (
            json!([[true]]),
            b"\x0a\x0a\x32\x08\x0a\x06\x32\x04\x0a\x02\x20\x01",
        ),
        (
            json!({ "a": null }),
            b"\x0a\x0b\x2a\x09\x0a\x07\x0a\x01a\x12\x02\x08\x00",
        ),
    ] {
        keeps(optional, &Maybe { v: Some(value) }, bytes);
    }
    let object = one(Kind::Message(&STRUCT), Shape::Optional);
    let map = BTreeMap::from([("a".to_owned(), json!("b"))]);
    keeps(
        object,
        &Maybe { v: Some(map) },
        b"\x0a\x0a\x0a\x08\x0a\x01a\x12\x03\x1a\x01b",
    );
    let list = one(Kind::Message(&LIST_VALUE), Shape::Optional);
    keeps(
        list,
        &Maybe {
            v: Some(vec![json!(true)]),
        },
        b"\x0a\x04\x0a\x02\x20\x01",
    );
    for large in [
        json!(9_007_199_254_740_993_u64),
        json!(u64::MAX),
        json!(i64::MIN),
    ] {
        assert!(unwritten(optional, &Maybe { v: Some(large) }).contains("more digits"));
    }
    let nan = [&[0x0a, 9, 0x11][..], &f64::NAN.to_le_bytes()].concat();
    assert!(
        refused::<Maybe<serde_json::Value>>(optional, &nan).contains("is no number that JSON has")
    );
    assert_eq!(
        refused::<Maybe<serde_json::Value>>(optional, &[0x0a, 0]),
        "/payload/v: has no value"
    );
}

#[test]
fn what_they_have_not_is_refused() {
    let optional = |of| one(Kind::Message(of), Shape::Optional);
    let unknown = [0x0a, 2, 0x50, 1];
    for told in [
        refused::<Maybe<Timestamp>>(optional(&TIMESTAMP), &unknown),
        refused::<Maybe<i32>>(optional(&INT32_VALUE), &unknown),
        refused::<Maybe<()>>(optional(&EMPTY), &unknown),
    ] {
        assert!(
            told.starts_with("/payload/v: has fields that `google.protobuf."),
            "{told}"
        );
    }
    let nanos = [&[0x0a, 6, 0x10][..], &[0x80, 0x94, 0xeb, 0xdc, 0x03]].concat();
    assert!(refused::<Maybe<Timestamp>>(optional(&TIMESTAMP), &nanos).contains("is no instant"));
    assert!(refused::<Maybe<Duration>>(optional(&DURATION), &nanos).contains("is no duration"));
}
