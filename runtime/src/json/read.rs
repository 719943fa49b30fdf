//! A deserializer around another: asked for an integer it takes `1.0` too, and asked for an object it takes no list.
use super::Text;
use crate::decimal::RAW;
use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error, IntoDeserializer, MapAccess, SeqAccess,
    Visitor, value::BorrowedStrDeserializer,
};
use std::{borrow::Cow, fmt};

/// What any value is asked for as, so that one in memory is handed over as it is.
pub(super) const WHOLE: &str = "$tidings::Json";

/// Around a deserializer, and around whatever serde hands on of it; `ASIDE` where serde has kept that aside before it knew its type.
pub(crate) struct Meant<T, const ASIDE: bool>(T);

pub(crate) fn meant<T>(inner: T) -> Meant<T, false> {
    Meant(inner)
}

pub(crate) fn meant_aside<T>(inner: T) -> Meant<T, true> {
    Meant(inner)
}

/// Hands on what values of its kind never have anything to mend in.
macro_rules! as_it_is {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
            self.0.$method(visitor)
        }
    )*};
}

/// What serde keeps aside gives its numbers as they are to whoever asks for any value alone, which takes longer elsewhere.
macro_rules! whole {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
            if ASIDE {
                self.0.deserialize_any(Whole(visitor))
            } else {
                self.0.$method(Whole(visitor))
            }
        }
    )*};
}

/// Numbers that only those have who are asked for them.
macro_rules! wide {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
            self.0.$method(Whole(visitor))
        }
    )*};
}

macro_rules! inside {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
            self.0.$method(Meant::<_, ASIDE>(visitor))
        }
    )*};
}

impl<'de, D: Deserializer<'de>, const ASIDE: bool> Deserializer<'de> for Meant<D, ASIDE> {
    type Error = D::Error;

    as_it_is! {
        deserialize_bool deserialize_f32 deserialize_f64 deserialize_char deserialize_str deserialize_string
        deserialize_bytes deserialize_byte_buf deserialize_unit deserialize_identifier deserialize_ignored_any
    }
    whole! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64
    }
    wide! { deserialize_i128 deserialize_u128 }
    inside! { deserialize_any deserialize_option deserialize_seq deserialize_map }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_unit_struct(name, visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        // A type asks for its value as a text: that is its own, and nothing that was sent.
        if name == RAW {
            return self.0.deserialize_newtype_struct(name, visitor);
        }
        self.0
            .deserialize_newtype_struct(name, Meant::<_, ASIDE>(visitor))
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_tuple(length, Meant::<_, ASIDE>(visitor))
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0
            .deserialize_tuple_struct(name, length, Meant::<_, ASIDE>(visitor))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_map(Meant::<_, ASIDE>(visitor))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_enum(name, variants, visitor)
    }

    fn is_human_readable(&self) -> bool {
        self.0.is_human_readable()
    }
}

impl<'de, S: DeserializeSeed<'de>, const ASIDE: bool> DeserializeSeed<'de> for Meant<S, ASIDE> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<S::Value, D::Error> {
        self.0.deserialize(Meant::<_, ASIDE>(deserializer))
    }
}

impl<'de, A: SeqAccess<'de>, const ASIDE: bool> SeqAccess<'de> for Meant<A, ASIDE> {
    type Error = A::Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, A::Error> {
        self.0.next_element_seed(Meant::<_, ASIDE>(seed))
    }

    fn size_hint(&self) -> Option<usize> {
        self.0.size_hint()
    }
}

impl<'de, A: MapAccess<'de>, const ASIDE: bool> MapAccess<'de> for Meant<A, ASIDE> {
    type Error = A::Error;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, A::Error> {
        self.0.next_key_seed(Name(seed))
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        self.0.next_value_seed(Meant::<_, ASIDE>(seed))
    }

    fn size_hint(&self) -> Option<usize> {
        self.0.size_hint()
    }
}

/// Around the name of a property. Some names make serde_json read a text as JSON, or as a number, if features are on that any
/// crate of a build may ask for: whoever sends would choose what is read, so that they are refused.
struct Name<S>(S);

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Name<S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<S::Value, D::Error> {
        let Text(name) = Text::deserialize(deserializer)?;
        if is_private(&name) {
            return Err(D::Error::custom(format_args!(
                "`{name}` is no name that a property can have"
            )));
        }
        match name {
            Cow::Borrowed(name) => self.0.deserialize(BorrowedStrDeserializer::new(name)),
            Cow::Owned(name) => self.0.deserialize(name.into_deserializer()),
        }
    }
}

/// Whether `serde_json` may take a property of that name for more.
pub(super) fn is_private(name: &str) -> bool {
    name.starts_with("$serde_json::private::")
}

/// Hands scalars on.
macro_rules! visits {
    ($($method:ident: $type:ty),* $(,)?) => {$(
        fn $method<E: Error>(self, value: $type) -> Result<V::Value, E> {
            self.0.$method(value)
        }
    )*};
}

impl<'de, V: Visitor<'de>, const ASIDE: bool> Visitor<'de> for Meant<V, ASIDE> {
    type Value = V::Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(formatter)
    }

    visits! {
        visit_bool: bool, visit_i64: i64, visit_i128: i128, visit_u64: u64, visit_u128: u128,
        visit_str: &str, visit_borrowed_str: &'de str, visit_string: String,
    }

    /// Other encodings have numbers that JSON has not, which a JSON value would take for null.
    fn visit_f64<E: Error>(self, value: f64) -> Result<V::Value, E> {
        if value.is_finite() {
            self.0.visit_f64(value)
        } else {
            Err(E::custom(format_args!("{value} is no number of JSON")))
        }
    }

    fn visit_none<E: Error>(self) -> Result<V::Value, E> {
        self.0.visit_none()
    }

    fn visit_unit<E: Error>(self) -> Result<V::Value, E> {
        self.0.visit_unit()
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<V::Value, D::Error> {
        self.0.visit_some(Meant::<_, ASIDE>(deserializer))
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(
        self,
        deserializer: D,
    ) -> Result<V::Value, D::Error> {
        self.0.visit_newtype_struct(Meant::<_, ASIDE>(deserializer))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<V::Value, A::Error> {
        self.0.visit_seq(Meant::<_, ASIDE>(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<V::Value, A::Error> {
        self.0.visit_map(Meant::<_, ASIDE>(entries))
    }
}

/// Of a visitor that was asked for an integer.
struct Whole<V>(V);

impl<'de, V: Visitor<'de>> Visitor<'de> for Whole<V> {
    type Value = V::Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(formatter)
    }

    visits! {
        visit_bool: bool, visit_i64: i64, visit_i128: i128, visit_u64: u64, visit_u128: u128,
        visit_str: &str, visit_borrowed_str: &'de str, visit_string: String,
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "the value is whole and within the range"
    )]
    fn visit_f64<E: Error>(self, value: f64) -> Result<V::Value, E> {
        /// From here on several numbers are the same float, so that another may have been written.
        const ROUNDED: f64 = 9_007_199_254_740_992.0;
        if value.fract() == 0.0 && value.abs() < ROUNDED {
            self.0.visit_i64(value as i64)
        } else {
            self.0.visit_f64(value)
        }
    }

    fn visit_unit<E: Error>(self) -> Result<V::Value, E> {
        self.0.visit_unit()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use std::collections::BTreeMap;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Line {
        count: u8,
        #[serde(default)]
        places: Vec<Option<i64>>,
        #[serde(default)]
        by_name: BTreeMap<String, u64>,
        text: Option<String>,
    }

    fn read(text: &str) -> Result<Line, serde_json::Error> {
        Line::deserialize(meant(&mut serde_json::Deserializer::from_str(text)))
    }

    #[test]
    fn whole_numbers_are_integers_however_they_are_written() {
        let line = read(
            r#"{"count": 1.0, "places": [-2.0, null, 3e2], "by_name": {"a": 4.0}, "text": "x"}"#,
        );
        let expected = Line {
            count: 1,
            places: vec![Some(-2), None, Some(300)],
            by_name: BTreeMap::from([("a".to_owned(), 4)]),
            text: Some("x".to_owned()),
        };
        assert_eq!(line.unwrap(), expected);
    }

    #[test]
    fn other_numbers_are_none() {
        for count in ["1.5", "-1.0", "256.0", "1e30", "\"1\"", "null", "true"] {
            assert!(
                read(&format!(r#"{{"count": {count}}}"#)).is_err(),
                "{count}"
            );
        }
    }

    #[test]
    fn floats_that_others_round_to_are_no_integers() {
        let places = |number: &str| read(&format!(r#"{{"count": 1, "places": [{number}]}}"#));
        for number in ["9007199254740991.0", "-9007199254740991.0", "9e15"] {
            assert!(places(number).is_ok(), "{number}");
        }
        for number in ["9007199254740993.0", "-9007199254740993.0", "1e18"] {
            assert!(places(number).is_err(), "{number}");
        }
        assert_eq!(
            places("9007199254740993").unwrap().places,
            [Some(9_007_199_254_740_993)]
        );
    }

    #[test]
    fn names_that_serde_json_takes_for_more_are_refused() {
        type Map = BTreeMap<String, serde_json::Value>;
        for text in [
            r#"{"$serde_json::private::RawValue": "[1,2]"}"#,
            r#"{"a": [{"\u0024serde_json::private::RawValue": "[1,2]"}]}"#,
            r#"{"a": {"$serde_json::private::Number": "1"}}"#,
        ] {
            let read = Map::deserialize(meant(&mut serde_json::Deserializer::from_str(text)));
            assert!(read.is_err(), "{text}");
        }
    }

    #[test]
    fn lists_are_no_objects() {
        assert!(read(r#"[1, [], {}, null]"#).is_err());
        let list = serde_json::json!([1, [], {}, null]);
        assert!(Line::deserialize(meant(list)).is_err());
    }

    #[test]
    fn what_borrows_from_the_text_still_does() {
        let text = String::from(r#"["a", "b"]"#);
        let read: Vec<&str> =
            Vec::deserialize(meant(&mut serde_json::Deserializer::from_str(&text))).unwrap();
        assert_eq!(read, ["a", "b"]);
    }
}
