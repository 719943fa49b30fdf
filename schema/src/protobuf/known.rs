//! Google's own types that JSON shows in another way than as an object with their fields.
use serde_json::Value;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    Any,
    Duration,
    Empty,
    FieldMask,
    ListValue,
    Struct,
    Timestamp,
    Value,
    /// One field, whose value stands bare.
    Wrapper,
}

impl Known {
    /// What a message of this full name is.
    pub(super) fn of(name: &str) -> Option<Self> {
        Some(match name.strip_prefix("google.protobuf.")? {
            "Any" => Self::Any,
            "Duration" => Self::Duration,
            "Empty" => Self::Empty,
            "FieldMask" => Self::FieldMask,
            "ListValue" => Self::ListValue,
            "Struct" => Self::Struct,
            "Timestamp" => Self::Timestamp,
            "Value" => Self::Value,
            "BoolValue" | "BytesValue" | "DoubleValue" | "FloatValue" | "Int32Value"
            | "Int64Value" | "StringValue" | "UInt32Value" | "UInt64Value" => Self::Wrapper,
            _ => return None,
        })
    }

    /// Why a value is none of these, as a fragment that follows it; not for those that hold others.
    pub(super) fn refusal(self, value: &Value) -> Option<&'static str> {
        let text = value.as_str();
        let (fits, refusal) = match self {
            Self::Duration => (
                text.is_some_and(is_duration),
                "is no duration such as `1.5s`",
            ),
            Self::Timestamp => (
                text.is_some_and(is_timestamp),
                "is no time such as `2025-01-31T12:00:00Z`",
            ),
            Self::FieldMask => (
                text.is_some_and(is_mask),
                "is no list of fields such as `user.name,photo`",
            ),
            Self::Struct => (value.is_object(), "is no object"),
            Self::ListValue => (value.is_array(), "is no list"),
            Self::Empty => (
                value.as_object().is_some_and(serde_json::Map::is_empty),
                "is no empty object",
            ),
            Self::Any | Self::Value | Self::Wrapper => (true, ""),
        };
        (!fits).then_some(refusal)
    }
}

/// Ten thousand years in seconds, as far as durations reach.
const LONGEST: u64 = 315_576_000_000;

fn is_duration(text: &str) -> bool {
    let number = text.strip_suffix('s');
    let Some(number) = number.map(|number| number.strip_prefix('-').unwrap_or(number)) else {
        return false;
    };
    let (seconds, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let long = seconds.parse().is_ok_and(|seconds: u64| seconds <= LONGEST);
    long && is_digits(seconds) && is_fraction(fraction)
}

/// RFC 3339 with upper-case letters, in the years 1 to 9999.
fn is_timestamp(text: &str) -> bool {
    let Some((date, time)) = text.split_once('T') else {
        return false;
    };
    let Some(zone) = time.find(['Z', '+', '-']) else {
        return false;
    };
    let (time, zone) = time.split_at(zone);
    let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
    is_date(date) && is_time(time) && is_fraction(fraction) && is_zone(zone)
}

fn is_date(text: &str) -> bool {
    let Some([year, month, day]) = numbers(text, '-', [4, 2, 2]) else {
        return false;
    };
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return false,
    };
    year > 0 && (1..=days).contains(&day)
}

fn is_time(text: &str) -> bool {
    // A leap second is the sixtieth.
    numbers(text, ':', [2, 2, 2])
        .is_some_and(|[hour, minute, second]| hour < 24 && minute < 60 && second <= 60)
}

fn is_zone(text: &str) -> bool {
    let offset = text.strip_prefix(['+', '-']);
    let fits = |offset| {
        numbers(offset, ':', [2, 2]).is_some_and(|[hour, minute]| hour < 24 && minute < 60)
    };
    text == "Z" || offset.is_some_and(fits)
}

/// Numbers of exactly so many digits.
fn numbers<const N: usize>(text: &str, separator: char, widths: [usize; N]) -> Option<[u32; N]> {
    let mut out = [0; N];
    let mut parts = text.split(separator);
    for (number, width) in out.iter_mut().zip(widths) {
        let part = parts.next()?;
        if part.len() != width || !is_digits(part) {
            return None;
        }
        *number = part.parse().ok()?;
    }
    parts.next().is_none().then_some(out)
}

fn is_fraction(text: &str) -> bool {
    is_digits(text) && text.len() <= 9
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Paths in camel case.
fn is_mask(text: &str) -> bool {
    text.split(',').all(|path| !path.contains(['_', ' ']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_durations_are_as_strict_as_protobuf() {
        for text in [
            "2025-01-31T12:00:00Z",
            "0001-01-01T00:00:00.123456789+23:59",
            "2024-02-29T23:59:60Z",
            "2000-02-29T00:00:00-00:00",
        ] {
            assert!(is_timestamp(text), "{text}");
        }
        for text in [
            "2025-02-29T00:00:00Z",
            "2025-01-31T12:00:00",
            "2025-01-31t12:00:00z",
            "2025-01-31T24:00:00Z",
            "0000-01-01T00:00:00Z",
            "2025-01-31T12:00:00.Z",
            "2025-01-31T12:00:00.1234567890Z",
            "2025-1-31T12:00:00Z",
            "2025-01-31T12:00:00+24:00",
            "2025-01-31T12:00:00+23:60",
            "2025-01-31T12:60:00Z",
            "2025-01-31T12:00:61Z",
            "2025-00-01T12:00:00Z",
            "2025-13-01T12:00:00Z",
            "2025-01-32T12:00:00Z",
            "2025-04-31T12:00:00Z",
            "2025-01-00T12:00:00Z",
            "1900-02-29T12:00:00Z",
            "2025-01-31T12:00:00+00:00:00",
            "2025-01-31T12:00:00 Z",
        ] {
            assert!(!is_timestamp(text), "{text}");
        }
        assert!(is_duration("1.5s") && is_duration("-315576000000.999999999s"));
        for text in ["1.5", "s", "1,5s", "315576000001s", "1.s", "+1s", "--1s"] {
            assert!(!is_duration(text), "{text}");
        }
        assert!(is_duration("0s") && is_duration("315576000000s"));
        assert!(!is_duration("1.1234567890s"));
    }

    #[test]
    fn each_type_refuses_what_is_none_of_it() {
        use serde_json::json;
        for (name, good, bad) in [
            ("Duration", json!("1s"), json!(1)),
            ("Timestamp", json!("2025-01-31T12:00:00Z"), json!("now")),
            ("FieldMask", json!("user.name,photo"), json!("user_name")),
            ("FieldMask", json!(""), json!("a, b")),
            ("Struct", json!({ "a": 1 }), json!([])),
            ("ListValue", json!([1]), json!({})),
            ("Empty", json!({}), json!({ "a": 1 })),
        ] {
            let known = Known::of(&format!("google.protobuf.{name}")).unwrap();
            assert_eq!(known.refusal(&good), None, "{name}");
            assert!(known.refusal(&bad).is_some(), "{name}");
        }
    }
}
