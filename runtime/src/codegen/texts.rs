//! Texts that a document lists, read as texts and as nothing else.
use serde::de::{Deserializer, Error, Visitor};
use std::fmt;

/// One of the texts that are listed, or another.
///
/// # Errors
/// When it is no text.
pub fn listed_text<'de, T: Clone, D: Deserializer<'de>>(
    reader: D,
    all: &[T],
    as_str: fn(&T) -> &str,
    other: fn(String) -> T,
) -> Result<T, D::Error> {
    let listed = |text: &str| all.iter().find(|value| as_str(value) == text).cloned();
    reader.deserialize_str(Text(|text: &str| {
        Ok(listed(text).unwrap_or_else(|| other(text.to_owned())))
    }))
}

/// The only text that there may be.
///
/// # Errors
/// When it is another, or no text.
pub fn constant_text<'de, T, D: Deserializer<'de>>(
    reader: D,
    only: &str,
    value: T,
) -> Result<T, D::Error> {
    reader.deserialize_str(Text(|text: &str| match text == only {
        true => Ok(value),
        false => Err(format!("is `{text}`, and not `{only}`")),
    }))
}

/// Hands a text on.
struct Text<F>(F);

impl<T, F: FnOnce(&str) -> Result<T, String>> Visitor<'_> for Text<F> {
    type Value = T;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a text")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        (self.0)(text).map_err(E::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn light(value: Value) -> Result<String, serde_json::Error> {
        let all = ["red".to_owned(), "green".to_owned()];
        listed_text(value, &all, |text| text, |other| format!("other {other}"))
    }

    #[test]
    fn texts_are_taken_and_nothing_else() {
        assert_eq!(light(json!("green")).unwrap(), "green");
        assert_eq!(light(json!("blue")).unwrap(), "other blue");
        for other in [
            json!({ "red": null }),
            json!(["red"]),
            json!(1),
            json!(null),
        ] {
            assert!(light(other.clone()).is_err(), "{other}");
            assert!(constant_text(other, "red", ()).is_err());
        }
        assert!(constant_text(json!("red"), "red", ()).is_ok());
        let error = constant_text(json!("blue"), "red", ()).unwrap_err();
        assert_eq!(error.to_string(), "is `blue`, and not `red`");
    }
}
