//! Types read from a value in memory, to the last digit of its numbers.
use super::{Json, read::WHOLE};
use crate::decimal::{Decimal, RAW};
use serde::{
    Deserializer,
    de::{
        Error as _, IntoDeserializer, Unexpected, Visitor,
        value::{MapAccessDeserializer, MapDeserializer, SeqDeserializer},
    },
    forward_to_deserialize_any,
};
use serde_json::{Error, Result};
use std::iter;

impl IntoDeserializer<'_, Error> for Json {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

/// Integers, to the last digit; what is none is told as any number is.
macro_rules! integers {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
            match self.as_number().and_then(Decimal::to_i128) {
                Some(whole) => integer(whole, visitor),
                None => self.deserialize_any(visitor),
            }
        }
    )*};
}

impl<'de> Deserializer<'de> for Json {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self {
            Self::Null => visitor.visit_unit(),
            Self::Bool(value) => visitor.visit_bool(value),
            Self::Number(number) => self::number(&number, visitor),
            Self::String(text) => visitor.visit_string(text),
            Self::Array(items) => {
                let mut items = SeqDeserializer::new(items.into_iter());
                let value = visitor.visit_seq(&mut items)?;
                items.end().map(|()| value)
            }
            Self::Object(entries) => {
                let mut entries = MapDeserializer::new(entries.into_iter());
                let value = visitor.visit_map(&mut entries)?;
                entries.end().map(|()| value)
            }
        }
    }

    integers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64
    }

    fn deserialize_u128<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.as_number().and_then(Decimal::to_u128) {
            Some(whole) => visitor.visit_u128(whole),
            None => self.deserialize_any(visitor),
        }
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match &self {
            Self::Number(number) => float(number, visitor),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self {
            Self::Null => visitor.visit_none(),
            other => visitor.visit_some(other),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value> {
        match (name, &self) {
            (RAW, _) => raw(&self, visitor),
            (WHOLE, Self::Number(_)) => visitor.visit_newtype_struct(self),
            (WHOLE, _) => self.deserialize_any(visitor),
            _ => visitor.visit_newtype_struct(self),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        match self {
            Self::String(name) => visitor.visit_enum(name.into_deserializer()),
            Self::Object(entries) if entries.len() == 1 => {
                let entries = MapDeserializer::new(entries.into_iter());
                visitor.visit_enum(MapAccessDeserializer::new(entries))
            }
            _ => Err(Error::invalid_type(
                Unexpected::Other("another value"),
                &"the name of a variant",
            )),
        }
    }

    forward_to_deserialize_any! {
        bool f32 char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

/// The value by its text, as `serde_json` tells it.
fn raw<'de, V: Visitor<'de>>(value: &Json, visitor: V) -> Result<V::Value> {
    let entry = iter::once((RAW, value.to_string()));
    visitor.visit_map(MapDeserializer::<_, Error>::new(entry))
}

/// A number for whoever takes any: an integer where it is written as one.
fn number<'de, V: Visitor<'de>>(number: &Decimal, visitor: V) -> Result<V::Value> {
    let is_plain = !number.as_str().contains(['.', 'e', 'E']);
    match number.to_i128().filter(|_| is_plain) {
        Some(whole) => integer(whole, visitor),
        None => float(number, visitor),
    }
}

fn integer<'de, V: Visitor<'de>>(whole: i128, visitor: V) -> Result<V::Value> {
    if let Ok(whole) = u64::try_from(whole) {
        return visitor.visit_u64(whole);
    }
    match i64::try_from(whole) {
        Ok(whole) => visitor.visit_i64(whole),
        Err(_) => visitor.visit_i128(whole),
    }
}

fn float<'de, V: Visitor<'de>>(number: &Decimal, visitor: V) -> Result<V::Value> {
    match number.to_f64() {
        float if float.is_finite() => visitor.visit_f64(float),
        _ => Err(Error::custom("number out of range")),
    }
}
