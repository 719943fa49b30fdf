//! Scalars by the core schema of YAML 1.2, which is JSON's data model with a few more spellings.
use std::borrow::Cow;

use saphyr_parser::{ScalarStyle, Tag};
use serde_json::Number;

use crate::Value;

/// The value of a scalar: quoted text is text, plain text is what it looks like, a tag of YAML's own decides.
pub(super) fn value(text: Cow<'_, str>, style: ScalarStyle, tag: Option<&Tag>) -> Value {
    match tag {
        Some(tag) if tag.is_yaml_core_schema() => match tag.suffix.as_str() {
            "int" | "float" | "bool" | "null" => plain(&text).unwrap_or_else(|| string(text)),
            _ => string(text),
        },
        Some(Tag { handle, suffix }) if handle.len() + suffix.len() == 1 => string(text),
        _ if style == ScalarStyle::Plain => plain(&text).unwrap_or_else(|| string(text)),
        _ => string(text),
    }
}

fn string(text: Cow<'_, str>) -> Value {
    Value::String(text.into_owned())
}

/// The value of a plain scalar that is not text.
fn plain(text: &str) -> Option<Value> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Some(Value::Null),
        "true" | "True" | "TRUE" => return Some(Value::Bool(true)),
        "false" | "False" | "FALSE" => return Some(Value::Bool(false)),
        _ => {}
    }
    match text.as_bytes()[0] {
        b'0'..=b'9' | b'-' | b'+' | b'.' => {
            number(text).map(|nearest| Value::Number(crate::Number::new(nearest, text)))
        }
        _ => None,
    }
}

fn number(text: &str) -> Option<Number> {
    if let Some(digits) = text.strip_prefix("0x") {
        return u64::from_str_radix(digits, 16).ok().map(Number::from);
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return u64::from_str_radix(digits, 8).ok().map(Number::from);
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if unsigned.bytes().all(|byte| byte.is_ascii_digit()) && !unsigned.is_empty() {
        let signed = text.strip_prefix('+').unwrap_or(text);
        if let Ok(small) = signed.parse::<i64>() {
            return Some(small.into());
        }
        if let Ok(large) = signed.parse::<u64>() {
            return Some(large.into());
        }
    } else if !is_float(unsigned) {
        return None;
    }
    text.parse::<f64>().ok().and_then(Number::from_f64)
}

/// `(\.[0-9]+ | [0-9]+(\.[0-9]*)?) ([eE][-+]?[0-9]+)?`
fn is_float(text: &str) -> bool {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let exponent_fits = exponent.is_none_or(|exponent| {
        let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        !exponent.is_empty() && digits(exponent)
    });
    !(whole.is_empty() && fraction.is_empty()) && digits(whole) && digits(fraction) && exponent_fits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_scalars_follow_the_core_schema() {
        for (text, expected) in [
            ("12", "12"),
            ("+12", "12"),
            ("-0", "0"),
            ("012", "12"),
            ("0x1F", "31"),
            ("0o17", "15"),
            ("1.0", "1.0"),
            (".5", "0.5"),
            ("1.", "1.0"),
            ("1e3", "1000.0"),
            ("18446744073709551615", "18446744073709551615"),
            ("18446744073709551616", "18446744073709551616"),
        ] {
            let Some(Value::Number(number)) = plain(text) else {
                panic!("`{text}` is a number");
            };
            assert_eq!(number.to_string(), expected, "{text}");
        }
        for text in [
            "1.0.0",
            "yes",
            "no",
            "on",
            "-",
            ".",
            "1e",
            "0x",
            "1_000",
            "2020-01-01",
            ".inf",
            ".nan",
            "e3",
            "inf",
            "nan",
        ] {
            assert_eq!(plain(text), None, "{text}");
        }
        assert_eq!(plain("~"), Some(Value::Null));
    }
}
