//! Checks that the validation library lacks: number formats, `uuid` and `byte`.
//!
//! Number formats live under a keyword of our own, put in by `prepare`, since a format of the library sees strings
//! only; reports call it by the keyword it stands for.

use jsonschema::json::{Json, JsonNumber, Node};
use jsonschema::{Keyword, ValidationError, paths::Location};
use serde_json::{Map, Value};

use crate::wording::cut;

/// Stands for `format` where the format is about numbers.
pub(crate) const NUMBER_FORMAT: &str = "x-tidings-format";

/// Whether an alternative says which values of one property mean it: whoever writes schemas for us marks it so.
pub(crate) fn is_tagged(alternative: &Value) -> bool {
    let comment = alternative.get("$comment").and_then(Value::as_str);
    comment == Some("discriminator")
}

/// The keyword that a report names for one of ours.
pub(crate) fn official(keyword: &str) -> &str {
    if keyword == NUMBER_FORMAT {
        "format"
    } else {
        keyword
    }
}

const INTEGERS: &[(&str, i128, i128)] = &[
    ("int8", i8::MIN as i128, i8::MAX as i128),
    ("int16", i16::MIN as i128, i16::MAX as i128),
    ("int32", i32::MIN as i128, i32::MAX as i128),
    ("int64", i64::MIN as i128, i64::MAX as i128),
    ("uint8", 0, u8::MAX as i128),
    ("uint16", 0, u16::MAX as i128),
    ("uint32", 0, u32::MAX as i128),
    ("uint64", 0, u64::MAX as i128),
];

/// The set of numbers that a format admits.
enum Numbers {
    Integers(i128, i128),
    Finite(f64),
}

impl Numbers {
    fn of(format: &str) -> Option<Self> {
        let integers = INTEGERS.iter().find(|(name, ..)| *name == format);
        match format {
            "float" => Some(Self::Finite(f64::from(f32::MAX))),
            "double" => Some(Self::Finite(f64::MAX)),
            _ => integers.map(|(_, min, max)| Self::Integers(*min, *max)),
        }
    }

    fn admits(&self, value: &Value) -> bool {
        let Value::Number(number) = value else {
            return true;
        };
        match *self {
            Self::Finite(max) => number.as_f64().is_some_and(|float| float.abs() <= max),
            Self::Integers(min, max) => match number.as_i128() {
                Some(integer) => (min..=max).contains(&integer),
                // `1.0` is an integer in JSON Schema; the bounds are exact enough for what a float can hold.
                None => number.as_f64().is_some_and(|float| {
                    float.fract() == 0.0 && float >= min as f64 && float < max as f64 + 1.0
                }),
            },
        }
    }
}

/// Whether `format` is one of the number formats.
pub(crate) fn is_number_format(format: &str) -> bool {
    Numbers::of(format).is_some()
}

/// Whether `text` is a UUID in the usual form of five groups of hexadecimal digits.
pub(crate) fn is_uuid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
        && groups
            .iter()
            .all(|group| group.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// Whether `text` is Base64 of RFC 4648, with its padding, which is what the format `byte` says.
pub(crate) fn is_base64(text: &str) -> bool {
    let digits = text.trim_end_matches('=');
    let is_digit = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    text.len().is_multiple_of(4) && text.len() - digits.len() <= 2 && digits.bytes().all(is_digit)
}

type Boxed<F> = Box<dyn for<'i> Keyword<'i, F>>;

/// Makes the check behind [`NUMBER_FORMAT`].
pub(crate) fn number_format<'a, F: Json>(
    _: &'a Map<String, Value>,
    value: &'a Value,
    _: Location,
) -> Result<Boxed<F>, ValidationError<'a>> {
    let name = value.as_str().unwrap_or_default();
    let numbers =
        Numbers::of(name).ok_or_else(|| ValidationError::schema("not a number format"))?;
    Ok(Box::new(NumberFormat {
        name: name.to_owned(),
        numbers,
    }))
}

struct NumberFormat {
    name: String,
    numbers: Numbers,
}

impl<'i, F: Json> Keyword<'i, F> for NumberFormat {
    fn validate(&self, instance: F::Node<'i>) -> Result<(), ValidationError<'i>> {
        if <Self as Keyword<'i, F>>::is_valid(self, instance.clone()) {
            return Ok(());
        }
        let number = instance.as_number();
        let text = number.as_ref().map(JsonNumber::as_str).unwrap_or_default();
        Err(ValidationError::custom(format!(
            "`{}` is not a valid `{}`",
            cut(&text),
            self.name
        )))
    }

    fn is_valid(&self, instance: F::Node<'i>) -> bool {
        !instance.is_number() || self.numbers.admits(&instance.to_value())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn number_formats_admit_exactly_their_range() {
        let admits = |format, value| Numbers::of(format).unwrap().admits(&value);
        assert!(
            admits("int32", json!(2_147_483_647)) && !admits("int32", json!(2_147_483_648_i64))
        );
        assert!(admits("int32", json!(7.0)) && !admits("int32", json!(7.5)));
        assert!(admits("uint64", json!(u64::MAX)) && !admits("uint64", json!(-1)));
        assert!(admits("int64", json!(i64::MIN)) && !admits("int64", json!(u64::MAX)));
        assert!(!admits("int64", json!(9.3e18)));
        assert!(admits("int8", json!(127.0)) && !admits("int8", json!(128.0)));
        assert!(admits("int8", json!(-128.0)) && !admits("int8", json!(-129.0)));
        assert!(
            admits("float", json!(1.5))
                && !admits("float", json!(1e39))
                && admits("double", json!(1e39))
        );
        assert!(admits("float", json!(f32::MAX)) && admits("double", json!(-f64::MAX)));
        assert!(
            admits("int32", json!("seven")),
            "formats of numbers are about numbers only"
        );
    }

    #[test]
    fn uuids_have_five_groups_of_hexadecimal_digits() {
        assert!(is_uuid("2eb8aa08-aa98-11ea-b4aa-73b441d16380"));
        assert!(!is_uuid("2eb8aa08aa9811eab4aa73b441d16380"));
        assert!(!is_uuid("2eb8aa08-aa98-11ea-b4aa-73b441d1638g"));
    }

    #[test]
    fn bytes_are_base64_with_padding() {
        for text in ["", "aGk=", "aA==", "+/9a"] {
            assert!(is_base64(text), "{text}");
        }
        for text in ["***", "aGk", "a===", "aG k", "aGk=aGk=", "-_9a", "===="] {
            assert!(!is_base64(text), "{text}");
        }
    }
}
