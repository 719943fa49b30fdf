//! Whether a value was written again as it came.
use jiff::Timestamp;
use serde_json::Value;
use std::net::IpAddr;
use uuid::Uuid;

/// A header as a value: JSON where it is some, else text.
pub(super) fn read(text: &bytes::Bytes) -> Value {
    let plain = || Value::from(String::from_utf8_lossy(text).into_owned());
    serde_json::from_slice(text).unwrap_or_else(|_| plain())
}

/// Says where what was written is another than what came. Where it need not be whole, properties may have been left out.
pub(super) fn compare(
    came: Option<&Value>,
    written: Option<&Value>,
    is_whole: bool,
    at: &str,
) -> Result<(), String> {
    let (came, written) = match (came, written) {
        (None, None) => return Ok(()),
        (Some(_), None) if !is_whole => return Ok(()),
        (Some(_), None) => return Err(format!("`{at}` is lost when it is written")),
        (None, Some(_)) => return Err(format!("`{at}` is written, and was not there")),
        (Some(came), Some(written)) => (came, written),
    };
    let inner = |came, written, key: &str| compare(came, written, is_whole, &format!("{at}/{key}"));
    match (came, written) {
        (Value::Object(before), Value::Object(after)) => {
            let added = after.keys().filter(|key| !before.contains_key(*key));
            let mut keys = before.keys().chain(added);
            keys.try_for_each(|key| inner(before.get(key), after.get(key), key))
        }
        (Value::Array(before), Value::Array(after)) => {
            let mut places = 0..before.len().max(after.len());
            places.try_for_each(|at| inner(before.get(at), after.get(at), &at.to_string()))
        }
        _ if is_same(came, written) => Ok(()),
        _ => Err(format!(
            "`{at}` is written as `{written}`, and was `{came}`"
        )),
    }
}

/// Whether both say the same, in whatever form.
fn is_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => {
            one == other || one.as_f64() == other.as_f64()
        }
        (Value::String(one), Value::String(other)) => {
            one == other
                || parsed::<Timestamp>(one, other)
                || parsed::<Uuid>(one, other)
                || parsed::<IpAddr>(one, other)
        }
        _ => one == other,
    }
}

fn parsed<T: std::str::FromStr + PartialEq>(one: &str, other: &str) -> bool {
    let [one, other] = [one, other].map(|text| text.parse::<T>().ok());
    one.is_some() && one == other
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn found(came: &Value, written: &Value, is_whole: bool) -> String {
        let found = compare(Some(came), Some(written), is_whole, "");
        found.err().unwrap_or_default()
    }

    #[test]
    fn forms_of_one_value_are_the_same() {
        for (came, written) in [
            (json!({ "a": [1.0] }), json!({ "a": [1] })),
            (
                json!("2026-01-01T02:00:00+02:00"),
                json!("2026-01-01T00:00:00Z"),
            ),
            (
                json!("67E55044-10B1-426F-9247-BB680E5FE0C8"),
                json!("67e55044-10b1-426f-9247-bb680e5fe0c8"),
            ),
            (json!("::0001"), json!("::1")),
        ] {
            assert_eq!(found(&came, &written, true), "", "{came}");
        }
    }

    #[test]
    fn what_is_another_is_told_by_its_place() {
        for (came, written, told) in [
            (
                json!({ "a": [1, 2] }),
                json!({ "a": [1] }),
                "`/a/1` is lost when it is written",
            ),
            (
                json!({}),
                json!({ "a": 1 }),
                "`/a` is written, and was not there",
            ),
            (
                json!({ "a": "x" }),
                json!({ "a": "y" }),
                "`/a` is written as `\"y\"`, and was `\"x\"`",
            ),
            (
                json!(1),
                json!("1"),
                "`` is written as `\"1\"`, and was `1`",
            ),
        ] {
            assert_eq!(found(&came, &written, true), told);
        }
        assert_eq!(found(&json!({ "a": 1 }), &json!({}), false), "");
        assert_ne!(found(&json!({ "a": 1 }), &json!({ "a": 2 }), false), "");
    }
}
