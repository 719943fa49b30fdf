//! The bytes of a body, whatever sections it has: those of clients in Java that send texts and maps are values.
use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::{Bytes, BytesMut};
use fe2o3_amqp::types::{
    messaging::Body,
    primitives::{OrderedMap, Value},
};
use serde_json::{Map, Value as Json};

/// Data as it is, texts as their bytes, and other values as JSON writes them.
pub(crate) fn bytes(body: Body<Value>) -> Bytes {
    match body {
        Body::Data(sections) => {
            let mut sections = sections.into_iter().map(|data| data.0.into_vec());
            let first = sections.next().unwrap_or_default();
            let mut rest = sections.peekable();
            if rest.peek().is_none() {
                return first.into();
            }
            let mut all = BytesMut::from(&first[..]);
            rest.for_each(|section| all.extend_from_slice(&section));
            all.freeze()
        }
        Body::Value(value) => of_value(value.0),
        Body::Sequence(sections) => {
            let all = sections.into_iter().flat_map(|sequence| sequence.0);
            Json::Array(all.map(json).collect()).to_string().into()
        }
        Body::Empty => Bytes::new(),
    }
}

fn of_value(value: Value) -> Bytes {
    match value {
        Value::String(text) => text.into(),
        Value::Symbol(text) => text.0.into(),
        Value::Binary(bytes) => bytes.into_vec().into(),
        Value::Null => Bytes::new(),
        value => json(value).to_string().into(),
    }
}

fn json(value: Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(is) => is.into(),
        Value::Ubyte(number) => number.into(),
        Value::Ushort(number) => number.into(),
        Value::Uint(number) => number.into(),
        Value::Ulong(number) => number.into(),
        Value::Byte(number) => number.into(),
        Value::Short(number) => number.into(),
        Value::Int(number) => number.into(),
        Value::Long(number) => number.into(),
        Value::Float(number) if number.0.is_finite() => number.0.into(),
        Value::Double(number) if number.0.is_finite() => number.0.into(),
        Value::Float(number) => number.0.to_string().into(),
        Value::Double(number) => number.0.to_string().into(),
        Value::Char(sign) => sign.to_string().into(),
        Value::Timestamp(time) => time.into_inner().into(),
        Value::Uuid(id) => uuid::Uuid::from_bytes(id.into_inner()).to_string().into(),
        Value::Binary(bytes) => String::from_utf8(bytes.into_vec())
            .unwrap_or_else(|failed| BASE64_STANDARD.encode(failed.as_bytes()))
            .into(),
        Value::String(text) => text.into(),
        Value::Symbol(text) => text.0.into(),
        Value::List(all) => all.into_iter().map(json).collect(),
        Value::Array(all) => all.0.into_iter().map(json).collect(),
        Value::Map(all) => object(all),
        Value::Described(described) => json(described.value),
        other => format!("{other:?}").into(),
    }
}

/// A map by the names of its keys; a list of pairs where two of them have one name.
fn object(map: OrderedMap<Value, Value>) -> Json {
    let pairs = map.into_iter().map(|(key, value)| (json(key), json(value)));
    let pairs: Vec<_> = pairs.collect();
    let name = |key: &Json| match key {
        Json::String(name) => name.clone(),
        other => other.to_string(),
    };
    let named = pairs.iter().map(|(key, value)| (name(key), value.clone()));
    let object: Map<_, _> = named.collect();
    match object.len() == pairs.len() {
        true => Json::Object(object),
        false => pairs
            .into_iter()
            .map(|(key, value)| Json::Array(vec![key, value]))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fe2o3_amqp::types::{
        messaging::{AmqpSequence, AmqpValue, Batch, Data},
        primitives::OrderedMap,
    };

    fn shown(body: Body<Value>) -> String {
        String::from_utf8(bytes(body).to_vec()).unwrap()
    }

    #[test]
    fn bodies_of_every_kind_are_read() {
        let data = |text: &str| Data(text.as_bytes().to_vec().into());
        assert_eq!(shown(Body::Data(Batch::from(vec![data("a")]))), "a");
        assert_eq!(
            shown(Body::Data(Batch::from(vec![data("a"), data("b")]))),
            "ab"
        );
        assert_eq!(
            shown(Body::Value(AmqpValue(Value::String("text".into())))),
            "text"
        );
        let mut map = OrderedMap::new();
        map.insert(Value::String("n".into()), Value::Int(1));
        assert_eq!(shown(Body::Value(AmqpValue(Value::Map(map)))), r#"{"n":1}"#);
        let sequence = AmqpSequence(vec![Value::Int(1), Value::Bool(true)]);
        assert_eq!(
            shown(Body::Sequence(Batch::from(vec![sequence]))),
            "[1,true]"
        );
        assert_eq!(shown(Body::Empty), "");
    }

    #[test]
    fn what_json_has_not_is_kept() {
        let list = |all: Vec<Value>| shown(Body::Value(AmqpValue(Value::List(all))));
        let bytes = |bytes: &[u8]| Value::Binary(bytes.to_vec().into());
        assert_eq!(
            list(vec![bytes(b"a"), bytes(&[0xff, 0xfe])]),
            r#"["a","//4="]"#
        );
        let not_a_number = Value::Double(f64::NAN.into());
        let endless = Value::Float(f32::NEG_INFINITY.into());
        assert_eq!(list(vec![not_a_number, endless]), r#"["NaN","-inf"]"#);
        let mut map = OrderedMap::new();
        map.insert(Value::Int(1), Value::Bool(true));
        map.insert(Value::String("1".into()), Value::Bool(false));
        assert_eq!(list(vec![Value::Map(map)]), r#"[[[1,true],["1",false]]]"#);
    }
}
