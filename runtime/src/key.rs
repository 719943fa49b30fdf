//! Keys of messages, made of the values that a document points at.
use bytes::Bytes;
use serde::Serialize;
use serde_json::value::RawValue;
use std::collections::HashMap;

/// The key that a value makes: a text as it is, a number or truth value as JSON writes it. None of what is absent, null, a
/// list or an object.
pub fn key<T: Serialize + ?Sized>(value: &T) -> Option<Bytes> {
    // By its text, since a JSON value has no integers of 128 bits.
    scalar(&serde_json::to_string(value).ok()?)
}

/// The same of what stands at a JSON pointer within the value, for places that no field leads to.
pub fn key_at<T: Serialize + ?Sized>(value: &T, pointer: &str) -> Option<Bytes> {
    let text = serde_json::to_string(value).ok()?;
    let steps = pointer.split('/').skip(1);
    scalar(steps.into_iter().try_fold(&*text, step)?)
}

/// One key of several, parted by `/`; none where one of them is missing. Values that hold a `/` themselves may make the same
/// key as others, which keeps more messages in order than need be.
pub fn keys(parts: impl IntoIterator<Item = Option<Bytes>>) -> Option<Bytes> {
    let parts: Vec<Bytes> = parts.into_iter().collect::<Option<_>>()?;
    Some(parts.join(&b"/"[..]).into())
}

/// The text of what a JSON text holds at one step of a pointer.
fn step<'t>(text: &'t str, step: &str) -> Option<&'t str> {
    if text.starts_with('[') {
        let items: Vec<&RawValue> = serde_json::from_str(text).ok()?;
        return items
            .get(step.parse::<usize>().ok()?)
            .map(|item| item.get());
    }
    let fields: HashMap<String, &RawValue> = serde_json::from_str(text).ok()?;
    let name = step.replace("~1", "/").replace("~0", "~");
    fields.get(&name).map(|field| field.get())
}

fn scalar(text: &str) -> Option<Bytes> {
    match text.as_bytes().first()? {
        b'"' => serde_json::from_str::<String>(text).ok().map(Bytes::from),
        b'n' | b'[' | b'{' => None,
        _ => Some(Bytes::copy_from_slice(text.as_bytes())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn shown(key: Option<Bytes>) -> Option<String> {
        key.map(|key| String::from_utf8_lossy(&key).into_owned())
    }

    #[test]
    fn scalars_make_keys_and_nothing_else_does() {
        for (value, made) in [
            (json!("O-1"), Some("O-1")),
            (json!(""), Some("")),
            (json!(-7), Some("-7")),
            (json!(1.5), Some("1.5")),
            (json!(true), Some("true")),
            (json!(null), None),
            (json!(["a"]), None),
            (json!({ "a": 1 }), None),
        ] {
            assert_eq!(shown(key(&value)).as_deref(), made, "{value}");
        }
        assert_eq!(shown(key(&Some(5))).as_deref(), Some("5"));
        assert_eq!(key(&None::<u8>), None);
    }

    #[test]
    fn integers_of_128_bits_are_keys_and_hide_none_beside_them() {
        let wide = "340282366920938463463374607431768211455";
        assert_eq!(shown(key(&u128::MAX)).as_deref(), Some(wide));
        assert_eq!(shown(key(&Some(-i128::MAX))).unwrap().len(), 40);
        let value = [("wide", vec![u128::MAX]), ("small", vec![7])];
        let value = std::collections::BTreeMap::from(value);
        assert_eq!(shown(key_at(&value, "/small/0")).as_deref(), Some("7"));
        assert_eq!(shown(key_at(&value, "/wide/0")).as_deref(), Some(wide));
    }

    #[test]
    fn keys_are_found_by_pointer_and_put_together() {
        let value = json!({ "order": { "id": 5, "a/b": "x" } });
        assert_eq!(shown(key_at(&value, "/order/id")).as_deref(), Some("5"));
        assert_eq!(shown(key_at(&value, "/order/a~1b")).as_deref(), Some("x"));
        assert_eq!(key_at(&value, "/order"), None);
        assert_eq!(key_at(&value, "/none"), None);
        let parts = [key("eu"), key_at(&value, "/order/id")];
        assert_eq!(shown(keys(parts)).as_deref(), Some("eu/5"));
        assert_eq!(keys([key("eu"), None]), None);
    }
}
