//! Headers of a message as application properties, which have each name once, and at Classic no order and no bytes.
use base64::{Engine, prelude::BASE64_STANDARD as BASE64};
use bytes::Bytes;
use fe2o3_amqp::types::primitives::{OrderedMap, SimpleValue};
use serde_json::{Value as Json, json};
use tidings::Str;

/// The names of all headers in their order, and the bytes of those that are no properties.
const HEADERS: &str = "tidings-headers";
/// A key that is no text, which groups need to be.
pub(crate) const KEY: &str = "tidings-key";
/// When a message was made, in milliseconds since 1970, or nothing: brokers may say something of their own.
pub(crate) const CREATED: &str = "tidings-created";
/// From when on a message is to be delivered, in milliseconds since 1970.
pub(crate) const NOT_BEFORE: &str = "tidings-not-before";
/// The properties that are no headers.
const OWN: [&str; 4] = [HEADERS, KEY, CREATED, NOT_BEFORE];
/// What begins the names of properties that mean something to a broker, or that it adds.
const OF_BROKERS: [&str; 5] = ["JMS", "_AMQ", "__AMQ", "AMQ_", "_HQ"];

/// The properties of a message.
pub(crate) type Properties = OrderedMap<String, SimpleValue>;

/// Whether a header of that name is a property of the same.
fn is_plain(name: &str) -> bool {
    !name.is_empty() && !OWN.contains(&name) && !OF_BROKERS.iter().any(|of| name.starts_with(of))
}

/// Adds headers; where they are not texts of different names in the order of these, one more property says what they are.
pub(crate) fn write(properties: &mut Properties, headers: &[(Str, Bytes)]) {
    let mut all = Vec::new();
    let mut is_needed = !headers.is_sorted_by(|one, next| one.0 < next.0);
    for (name, value) in headers {
        let is_first = !properties.contains_key(&**name);
        match std::str::from_utf8(value) {
            Ok(text) if is_plain(name) && is_first => {
                properties.insert(name.to_string(), SimpleValue::String(text.to_owned()));
                all.push(json!([&**name]));
            }
            _ => {
                is_needed = true;
                all.push(json!([&**name, BASE64.encode(value)]));
            }
        }
    }
    if is_needed {
        let all = Json::Array(all).to_string();
        properties.insert(HEADERS.to_owned(), SimpleValue::String(all));
    }
}

/// Takes headers out, in the order that is told, or else in that of their names.
pub(crate) fn read(properties: &Properties) -> Vec<(Str, Bytes)> {
    told(properties).unwrap_or_else(|| {
        let plain = properties.iter().filter(|(name, _)| is_plain(name));
        let mut headers: Vec<(Str, Bytes)> = plain
            .map(|(name, value)| (name.as_str().into(), bytes(value)))
            .collect();
        headers.sort_by(|one, other| one.0.cmp(&other.0));
        headers
    })
}

/// As the property says that they are; none where it says nothing that can be understood.
fn told(properties: &Properties) -> Option<Vec<(Str, Bytes)>> {
    let Some(SimpleValue::String(told)) = properties.get(HEADERS) else {
        return None;
    };
    let told: Vec<Vec<String>> = serde_json::from_str(told).ok()?;
    let header = |told: Vec<String>| match &told[..] {
        [name] => Some((name.as_str().into(), bytes(properties.get(name)?))),
        [name, value] => Some((name.as_str().into(), BASE64.decode(value).ok()?.into())),
        _ => None,
    };
    told.into_iter().map(header).collect()
}

/// A value as bytes: texts as they are, others as JSON writes them.
pub(crate) fn bytes(value: &SimpleValue) -> Bytes {
    match value {
        SimpleValue::String(text) => text.clone().into(),
        SimpleValue::Symbol(text) => text.0.clone().into(),
        SimpleValue::Binary(bytes) => bytes.to_vec().into(),
        SimpleValue::Char(sign) => sign.to_string().into(),
        SimpleValue::Null => Bytes::new(),
        SimpleValue::Bool(is) => is.to_string().into(),
        SimpleValue::Ubyte(number) => number.to_string().into(),
        SimpleValue::Ushort(number) => number.to_string().into(),
        SimpleValue::Uint(number) => number.to_string().into(),
        SimpleValue::Ulong(number) => number.to_string().into(),
        SimpleValue::Byte(number) => number.to_string().into(),
        SimpleValue::Short(number) => number.to_string().into(),
        SimpleValue::Int(number) => number.to_string().into(),
        SimpleValue::Long(number) => number.to_string().into(),
        SimpleValue::Float(number) => json!(number.0).to_string().into(),
        SimpleValue::Double(number) => json!(number.0).to_string().into(),
        SimpleValue::Timestamp(time) => time.clone().into_inner().to_string().into(),
        SimpleValue::Uuid(id) => uuid::Uuid::from_bytes(id.clone().into_inner())
            .to_string()
            .into(),
        // Decimals, which nobody in this trade sends.
        other => format!("{other:?}").into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Headers<'a> = &'a [(&'a str, &'a [u8])];

    fn travelled(headers: Headers<'_>) -> (Vec<(String, Vec<u8>)>, Properties) {
        let headers: Vec<(Str, Bytes)> = headers
            .iter()
            .map(|(name, value)| ((*name).into(), value.to_vec().into()))
            .collect();
        let mut properties = Properties::new();
        write(&mut properties, &headers);
        let mut turned: Vec<_> = properties
            .iter()
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        turned.reverse();
        // A broker may keep them in any order.
        let mut shuffled = Properties::new();
        for (name, value) in turned {
            shuffled.insert(name, value);
        }
        let read = read(&shuffled).into_iter();
        (
            read.map(|(name, value)| (name.to_string(), value.to_vec()))
                .collect(),
            properties,
        )
    }

    #[test]
    fn order_repeats_and_odd_bytes_travel() {
        let all: [Headers<'_>; 6] = [
            &[],
            &[("a", b"1"), ("b", b"2")],
            &[("b", b"1"), ("a", b"2")],
            &[
                ("via", b"one"),
                ("tenant", b"x"),
                ("via", b"two"),
                ("via", b"one"),
            ],
            &[
                ("z", b""),
                ("\u{fc}:", &[0, 255, 13]),
                ("Z", b"1"),
                ("z", b"2"),
                ("", b"no name"),
            ],
            &[
                ("AMQ_SCHEDULED_DELAY", b"1"),
                ("JMSXGroupID", b"g"),
                ("tidings-headers", b"x"),
            ],
        ];
        for headers in all {
            let expected: Vec<_> = headers
                .iter()
                .map(|(name, value)| ((*name).to_owned(), value.to_vec()))
                .collect();
            assert_eq!(travelled(headers).0, expected);
        }
    }

    #[test]
    fn names_of_brokers_mean_nothing_to_them() {
        let (_, properties) = travelled(&[
            ("AMQ_SCHEDULED_DELAY", b"1"),
            ("JMSXGroupID", b"g"),
            ("tenant", b"acme"),
        ]);
        let names: Vec<_> = properties.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["tenant", HEADERS]);
    }

    #[test]
    fn what_foreign_producers_send_is_read() {
        let mut properties = Properties::new();
        for (name, value) in [
            ("number", SimpleValue::Int(-7)),
            ("is", SimpleValue::Bool(true)),
            ("JMS_AMQP_HEADER", SimpleValue::Bool(true)),
            ("half", SimpleValue::Double(1.5.into())),
            (HEADERS, SimpleValue::String("[[1]]".into())),
        ] {
            properties.insert(name.to_owned(), value);
        }
        let read: Vec<_> = read(&properties)
            .into_iter()
            .map(|(name, value)| format!("{name}={}", String::from_utf8_lossy(&value)))
            .collect();
        assert_eq!(read, ["half=1.5", "is=true", "number=-7"]);
    }
}
