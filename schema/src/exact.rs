//! JSON with its numbers as they are written, for those values that a float would round.
//!
//! Reading and checking the usual way is faster, and right wherever 64 bits or fifteen digits are enough.
mod json;
mod keywords;
mod read;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};

use serde_json::Value;

use crate::decimal::Decimal;
pub(crate) use json::ExactJson;
pub(crate) use keywords::options;
pub(crate) use read::has_long_number;

/// What a schema says in numbers that a float would round: by keyword, the text of its value. Whoever writes schemas for
/// us puts it beside the keywords.
pub(crate) const LITERALS: &str = "x-tidings-literals";

/// A value with exact numbers.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Exact {
    Null,
    Bool(bool),
    Number(Number),
    String(String),
    Array(Vec<Self>),
    Object(BTreeMap<String, Self>),
}

/// A number, to the bit and to the digit.
#[derive(Debug, Clone)]
pub(crate) struct Number {
    pub(crate) nearest: serde_json::Number,
    pub(crate) text: String,
    pub(crate) decimal: Decimal,
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.decimal == other.decimal
    }
}

impl Eq for Number {}

impl Hash for Number {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.decimal.hash(state);
    }
}

impl Number {
    fn new(nearest: serde_json::Number, text: String) -> Self {
        Self {
            decimal: Decimal::read(&text),
            nearest,
            text,
        }
    }
}

/// Whether a schema has numbers that a float would round.
pub(crate) fn has_literals(schema: &Value) -> bool {
    match schema {
        Value::Object(map) => map.contains_key(LITERALS) || map.values().any(has_literals),
        Value::Array(items) => items.iter().any(has_literals),
        _ => false,
    }
}

impl From<&Value> for Exact {
    fn from(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(*value),
            Value::Number(number) => Self::Number(Number::new(number.clone(), number.to_string())),
            Value::String(text) => Self::String(text.clone()),
            Value::Array(items) => Self::Array(items.iter().map(Self::from).collect()),
            Value::Object(map) => {
                let entries = map.iter();
                let entries = entries.map(|(name, value)| (name.clone(), Self::from(value)));
                Self::Object(entries.collect())
            }
        }
    }
}

impl From<&Exact> for Value {
    fn from(value: &Exact) -> Self {
        match value {
            Exact::Null => Self::Null,
            Exact::Bool(value) => Self::Bool(*value),
            Exact::Number(number) => Self::Number(number.nearest.clone()),
            Exact::String(text) => Self::String(text.clone()),
            Exact::Array(items) => items.iter().map(Self::from).collect(),
            Exact::Object(map) => {
                let entries = map.iter();
                let entries = entries.map(|(name, value)| (name.clone(), Self::from(value)));
                Self::Object(entries.collect())
            }
        }
    }
}
