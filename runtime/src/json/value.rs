//! Any value of JSON, with its numbers as they are written.
use crate::Decimal;
use serde::{Serialize, Serializer};
use std::{collections::BTreeMap, fmt, str::FromStr};

/// Any value of JSON. Its numbers are [`Decimal`]s, which lose no digit.
///
/// ```
/// use tidings::Json;
///
/// let order: Json = r#"{"total": 1.10}"#.parse()?;
/// assert_eq!(order.get("total").map(Json::to_string), Some("1.10".to_owned()));
/// assert_eq!(order, serde_json::json!({ "total": 1.1 }).into());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub enum Json {
    /// `null`
    #[default]
    Null,
    /// A truth value.
    Bool(bool),
    /// A number.
    Number(Decimal),
    /// A text.
    String(String),
    /// A list.
    Array(Vec<Self>),
    /// An object.
    Object(BTreeMap<String, Self>),
}

impl Json {
    /// A value as it is written.
    pub(crate) fn of(value: &(impl Serialize + ?Sized)) -> serde_json::Result<Self> {
        serde_json::to_string(value)?.parse()
    }

    /// The property of that name, where the value is an object that has it.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(entries) => entries.get(name),
            _ => None,
        }
    }

    /// The text, where the value is one.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The number, where the value is one.
    #[must_use]
    pub const fn as_number(&self) -> Option<&Decimal> {
        match self {
            Self::Number(number) => Some(number),
            _ => None,
        }
    }

    /// The same text for equal values.
    pub(crate) fn canonical(&self) -> String {
        match self {
            Self::Number(number) => number.canonical(),
            Self::Array(items) => {
                let items: Vec<_> = items.iter().map(Self::canonical).collect();
                format!("[{}]", items.join(","))
            }
            Self::Object(entries) => {
                let entry = |(name, value): (&String, &Self)| {
                    format!("{}:{}", serde_json::Value::from(&**name), value.canonical())
                };
                let entries: Vec<_> = entries.iter().map(entry).collect();
                format!("{{{}}}", entries.join(","))
            }
            other => other.to_string(),
        }
    }
}

impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = serde_json::to_string(self).map_err(|_| fmt::Error)?;
        f.write_str(&text)
    }
}

impl fmt::Debug for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Json {
    type Err = serde_json::Error;

    fn from_str(text: &str) -> serde_json::Result<Self> {
        serde_json::from_str(text)
    }
}

impl From<serde_json::Value> for Json {
    fn from(value: serde_json::Value) -> Self {
        use serde_json::Value;
        match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(value),
            // What it writes is a number.
            Value::Number(number) => Self::Number(number.to_string().parse().unwrap_or_default()),
            Value::String(text) => Self::String(text),
            Value::Array(items) => items.into_iter().collect(),
            Value::Object(entries) => {
                let entries = entries.into_iter();
                Self::Object(entries.map(|(name, value)| (name, value.into())).collect())
            }
        }
    }
}

impl<T: Into<Self>> FromIterator<T> for Json {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Self::Array(items.into_iter().map(Into::into).collect())
    }
}

macro_rules! from {
    ($($type:ty => $variant:ident),* $(,)?) => {$(
        impl From<$type> for Json {
            fn from(value: $type) -> Self {
                Self::$variant(value.into())
            }
        }
    )*};
}
from! {
    bool => Bool, &str => String, String => String, Decimal => Number, i32 => Number, i64 => Number, u32 => Number, u64 => Number,
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, writer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => writer.serialize_unit(),
            Self::Bool(value) => writer.serialize_bool(*value),
            Self::Number(number) => number.serialize(writer),
            Self::String(text) => writer.serialize_str(text),
            Self::Array(items) => writer.collect_seq(items),
            Self::Object(entries) => writer.collect_map(entries),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::meant;
    use serde::Deserialize;
    use serde_json::json;

    fn read<T: serde::de::DeserializeOwned>(text: &str) -> serde_json::Result<T> {
        let value: Json = text.parse()?;
        T::deserialize(meant(value))
    }

    #[test]
    fn values_come_back_as_they_are_written() {
        for text in [
            "null",
            "1.10",
            r#""a\"ü""#,
            r#"[true,1e400,{"a":[-0,[]],"b\\":{}}]"#,
        ] {
            let value: Json = text.parse().unwrap();
            assert_eq!(value.to_string(), text);
            let again: Json = read(text).unwrap();
            assert_eq!((&again, again.to_string()), (&value, text.to_owned()));
        }
        let spaced: Json = " { \"a\" : [ 1.0 , 2 ] ,\n\t\"a\":3.00 } ".parse().unwrap();
        assert_eq!(spaced.to_string(), r#"{"a":3.00}"#);
    }

    #[test]
    fn equal_values_are_equal_however_their_numbers_are_written() {
        let [one, other]: [Json; 2] =
            [r#"{"a":[1.0,{"b":0}]}"#, r#"{"a":[1,{"b":-0.0}]}"#].map(|text| text.parse().unwrap());
        assert_eq!(one, other);
        assert_eq!(one.canonical(), other.canonical());
        assert_eq!(one, json!({ "a": [1, { "b": 0 }] }).into());
        let text: Json = "\"1\"".parse().unwrap();
        assert_ne!(text.canonical(), Json::from(1).canonical());
        assert_eq!((text.as_str(), text.as_number()), (Some("1"), None));
    }

    #[test]
    fn types_are_read_from_values_by_every_digit() {
        type Places = (u8, i64, u128, Option<f64>, BTreeMap<String, Decimal>);
        let wide = "340282366920938463463374607431768211455";
        let text = format!(r#"[1.0,9007199254740993.0,{wide},null,{{"a":1.10}}]"#);
        let places: Places = read(&text).unwrap();
        assert_eq!(
            (places.0, places.1, places.2),
            (1, 9_007_199_254_740_993, u128::MAX)
        );
        assert_eq!(places.4["a"].as_str(), "1.10");
        assert_eq!(read::<f64>("0.10").unwrap().to_bits(), 0.1_f64.to_bits());
        assert_eq!(
            read::<serde_json::Value>("[1,-2,2.50]").unwrap(),
            json!([1, -2, 2.5])
        );
        assert_eq!(
            read::<i128>("-170141183460469231731687303715884105728").unwrap(),
            i128::MIN
        );
        assert!(read::<u8>("256").is_err() && read::<i64>("1.5").is_err());
        assert!(read::<f64>("1e400").is_err() && read::<(u8,)>("[1,2]").is_err());
        assert!(read::<Decimal>("\"1\"").is_err() && read::<String>("1").is_err());
    }

    #[test]
    fn variants_are_told_by_their_names() {
        #[derive(Debug, PartialEq, Deserialize)]
        enum Either {
            One,
            Other(Decimal),
        }
        assert_eq!(read::<Either>("\"One\"").unwrap(), Either::One);
        let other: Either = read(r#"{"Other":2.0}"#).unwrap();
        assert_eq!(other, Either::Other(2.into()));
        assert!(read::<Either>("1").is_err());
    }

    #[test]
    fn what_is_too_deep_or_named_so_is_refused() {
        let deep = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert!(deep(128).parse::<Json>().is_ok());
        for depth in [129, 1_000_000] {
            assert!(deep(depth).parse::<Json>().is_err());
        }
        for text in [
            r#"{"$serde_json::private::RawValue":"[1]"}"#,
            r#"[{"\u0024serde_json::private::Number":"1"}]"#,
            "[1,]",
            "{\"a\" 1}",
            "[1] 2",
            "\"\\ud800\"",
            "",
        ] {
            assert!(text.parse::<Json>().is_err(), "{text}");
        }
    }

    #[test]
    fn readers_that_have_no_texts_give_the_nearest() {
        let value: Json = serde_json::from_value(json!({ "a": [0.1, null, "b", true] })).unwrap();
        assert_eq!(value.to_string(), r#"{"a":[0.1,null,"b",true]}"#);
        let number = serde::de::value::F64Deserializer::<serde_json::Error>::new(f64::NAN);
        assert!(Json::deserialize(number).is_err());
    }
}
