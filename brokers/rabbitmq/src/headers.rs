//! Headers of a message as a table of AMQP, which has each name once and no order.
use bytes::Bytes;
use lapin::types::{AMQPValue, FieldArray, FieldTable, LongString, ShortString};
use std::borrow::Cow;
use tidings::{Error, ErrorKind, Result, Str};

/// Header that says in which order the others were, where that is not the order of their names.
const ORDER: &str = "tidings-order";
/// What begins the name of a header whose own would mean something else to the broker or to us.
const NAMED: &str = "tidings-header-";
/// What begins the names of headers that brokers add to a message that comes again or by a detour.
const OF_BROKER: [&str; 4] = [
    "x-death",
    "x-first-death-",
    "x-last-death-",
    "x-delivery-count",
];

/// Adds headers; one that is there more than once becomes an array. Those whose names the transport or the broker has for itself
/// (`is_own`) get others.
pub(crate) fn write(
    table: &mut FieldTable,
    headers: &[(Str, Bytes)],
    is_own: impl Fn(&str) -> bool,
) -> Result<()> {
    let named = |at: usize| {
        let name = &headers[at].0;
        match is_own(name) || is_ours(name) || name.starts_with(NAMED) {
            true => Cow::Owned(format!("{NAMED}{name}")),
            false => Cow::Borrowed(&**name),
        }
    };
    let mut order: Vec<usize> = (0..headers.len()).collect();
    order.sort_by(|one, other| named(*one).cmp(&named(*other)));
    for same in order.chunk_by(|one, other| headers[*one].0 == headers[*other].0) {
        let name = short("header", &named(same[0]))?;
        let mut values = same.iter().map(|at| text(&headers[*at].1));
        let value = match (same.len(), values.next()) {
            (1, Some(value)) => value,
            (_, first) => {
                AMQPValue::FieldArray(first.into_iter().chain(values).collect::<Vec<_>>().into())
            }
        };
        table.insert(name, value);
    }
    if !order.is_sorted() {
        let places: Vec<_> = order.iter().map(ToString::to_string).collect();
        table.insert(ORDER.into(), text(places.join(" ").as_bytes()));
    }
    Ok(())
}

/// Whether a header of that name is read as none of the message's.
fn is_ours(name: &str) -> bool {
    name == ORDER || OF_BROKER.iter().any(|prefix| name.starts_with(prefix))
}

/// Takes headers out: those of brokers, and those that the transport has for itself (`is_own`), are none.
pub(crate) fn read(table: &FieldTable, is_own: impl Fn(&str) -> bool) -> Vec<(Str, Bytes)> {
    let mut headers = Vec::new();
    for (name, value) in table.inner() {
        let name = name.as_str();
        if is_ours(name) || is_own(name) {
            continue;
        }
        let name: Str = name.strip_prefix(NAMED).unwrap_or(name).into();
        match value {
            AMQPValue::FieldArray(all) => {
                headers.extend(
                    all.as_slice()
                        .iter()
                        .map(|value| (name.clone(), bytes(value))),
                );
            }
            one => headers.push((name, bytes(one))),
        }
    }
    ordered(headers, table)
}

/// In the order that the table says, where it says one that fits.
fn ordered(headers: Vec<(Str, Bytes)>, table: &FieldTable) -> Vec<(Str, Bytes)> {
    let Some(AMQPValue::LongString(order)) = table.inner().get(ORDER) else {
        return headers;
    };
    let order = String::from_utf8_lossy(order.as_bytes()).into_owned();
    let places: Vec<usize> = order.split(' ').flat_map(str::parse).collect();
    let mut sorted = places.clone();
    sorted.sort_unstable();
    if !sorted.into_iter().eq(0..headers.len()) {
        return headers;
    }
    let mut placed: Vec<_> = places.into_iter().zip(headers).collect();
    placed.sort_by_key(|(place, _)| *place);
    placed.into_iter().map(|(_, header)| header).collect()
}

/// A text of at most 255 bytes.
pub(crate) fn short(what: &'static str, text: &str) -> Result<ShortString> {
    ShortString::try_new(text).map_err(|_| {
        let reason = format!(
            "is longer than the 255 bytes that AMQP has for it: {} bytes",
            text.len()
        );
        let begin = &text[..text.floor_char_boundary(40)];
        Error::new(ErrorKind::Invalid, "publish", reason).with(what, begin)
    })
}

/// A text, or bytes: AMQP has one type for both.
pub(crate) fn text(bytes: &[u8]) -> AMQPValue {
    AMQPValue::LongString(LongString::from(bytes.to_vec()))
}

/// How many bytes a table takes in a frame.
pub(crate) fn size(table: &FieldTable) -> usize {
    let entries = table.inner().iter();
    let sizes = entries.map(|(name, value)| 1 + name.as_str().len() + size_of_value(value));
    4 + sizes.sum::<usize>()
}

/// With the byte that says of which type it is.
fn size_of_value(value: &AMQPValue) -> usize {
    1 + match value {
        AMQPValue::LongString(text) => 4 + text.as_bytes().len(),
        AMQPValue::FieldArray(all) => 4 + all.as_slice().iter().map(size_of_value).sum::<usize>(),
        // Numbers; nothing else is written.
        _ => 8,
    }
}

/// A value as bytes: texts as they are, others as JSON writes them.
pub(crate) fn bytes(value: &AMQPValue) -> Bytes {
    match value {
        AMQPValue::LongString(text) => text.as_bytes().to_vec().into(),
        AMQPValue::ShortString(text) => text.as_str().to_owned().into(),
        AMQPValue::ByteArray(bytes) => bytes.as_slice().to_vec().into(),
        AMQPValue::Void => Bytes::new(),
        other => json(other).to_string().into(),
    }
}

/// A number of things, of whatever type; none of what is no such number.
pub(crate) fn count(value: &AMQPValue) -> Option<u64> {
    json(value).as_u64()
}

fn json(value: &AMQPValue) -> serde_json::Value {
    match value {
        AMQPValue::Boolean(is) => (*is).into(),
        AMQPValue::ShortShortInt(number) => (*number).into(),
        AMQPValue::ShortShortUInt(number) => (*number).into(),
        AMQPValue::ShortInt(number) => (*number).into(),
        AMQPValue::ShortUInt(number) => (*number).into(),
        AMQPValue::LongInt(number) => (*number).into(),
        AMQPValue::LongUInt(number) => (*number).into(),
        AMQPValue::LongLongInt(number) => (*number).into(),
        AMQPValue::Timestamp(seconds) => (*seconds).into(),
        AMQPValue::Float(number) => (*number).into(),
        AMQPValue::Double(number) => (*number).into(),
        AMQPValue::DecimalValue(decimal) => {
            let scale = 10_f64.powi(decimal.scale.into());
            (f64::from(decimal.value) / scale).into()
        }
        AMQPValue::ShortString(text) => text.as_str().into(),
        AMQPValue::LongString(text) => String::from_utf8_lossy(text.as_bytes()).into(),
        AMQPValue::ByteArray(bytes) => String::from_utf8_lossy(bytes.as_slice()).into(),
        AMQPValue::FieldArray(all) => of_array(all),
        AMQPValue::FieldTable(table) => {
            let entries = table.inner().iter();
            let entries = entries.map(|(name, value)| (name.as_str().to_owned(), json(value)));
            serde_json::Value::Object(entries.collect())
        }
        AMQPValue::Void => serde_json::Value::Null,
    }
}

fn of_array(all: &FieldArray) -> serde_json::Value {
    all.as_slice().iter().map(json).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn travelled(headers: &[(&str, &[u8])]) -> Vec<(String, Vec<u8>)> {
        let headers: Vec<(Str, Bytes)> = headers
            .iter()
            .map(|(name, value)| ((*name).into(), value.to_vec().into()))
            .collect();
        let mut table = FieldTable::default();
        write(&mut table, &headers, |_| false).unwrap();
        let read = read(&table, |_| false).into_iter();
        read.map(|(name, value)| (name.to_string(), value.to_vec()))
            .collect()
    }

    #[test]
    fn order_repeats_and_odd_bytes_travel() {
        type Headers<'a> = &'a [(&'a str, &'a [u8])];
        let all: [Headers<'_>; 5] = [
            &[],
            &[("a", b"1"), ("b", b"2")],
            &[("b", b"1"), ("a", b"2")],
            &[
                ("via", b"one"),
                ("tenant", b"x"),
                ("via", b"two"),
                ("via", b"one"),
            ],
            &[("z", b""), ("ü:", &[0, 255, 13]), ("Z", b"1"), ("z", b"2")],
        ];
        for headers in all {
            let expected = headers
                .iter()
                .map(|(name, value)| ((*name).to_owned(), value.to_vec()));
            assert_eq!(travelled(headers), expected.collect::<Vec<_>>());
        }
    }

    #[test]
    fn what_foreign_producers_send_is_read() {
        let mut table = FieldTable::default();
        let mut inner = FieldTable::default();
        inner.insert("a".into(), AMQPValue::LongInt(1));
        for (name, value) in [
            ("bool", AMQPValue::Boolean(true)),
            ("double", AMQPValue::Double(1.5)),
            ("table", AMQPValue::FieldTable(inner)),
            ("void", AMQPValue::Void),
            ("x-death", AMQPValue::LongInt(1)),
            ("tidings-order", text(b"0 7 7")),
        ] {
            table.insert(name.into(), value);
        }
        let read = read(&table, |_| false).into_iter();
        let read: Vec<_> = read
            .map(|(name, value)| format!("{name}={}", String::from_utf8_lossy(&value)))
            .collect();
        assert_eq!(
            read,
            ["bool=true", "double=1.5", r#"table={"a":1}"#, "void="]
        );
    }

    #[test]
    fn long_names_are_refused() {
        let headers = [("x".repeat(256).as_str().into(), Bytes::new())];
        let error = write(&mut FieldTable::default(), &headers, |_| false).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid);
    }
}
