//! A value to check: as `serde_json` has it, and with exact numbers where that rounds them.
use serde_json::Value;

use crate::exact::{Exact, has_long_number};

/// A value that was read from text, with every digit of its numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Instance {
    value: Value,
    /// Only where a number may be rounded.
    exact: Option<Exact>,
}

impl Instance {
    /// Reads JSON text.
    ///
    /// # Errors
    /// When it is not JSON.
    pub fn read(text: &[u8]) -> serde_json::Result<Self> {
        let value = serde_json::from_slice(text)?;
        let is_rounded = has_long_number(text) && has_float(&value);
        let text = is_rounded.then(|| std::str::from_utf8(text).ok()).flatten();
        let exact = text.map(Exact::read);
        Ok(Self { value, exact })
    }

    /// The value, with numbers of 64 bits.
    #[must_use]
    pub fn value(&self) -> &Value {
        &self.value
    }
}

/// Integers that are held as such are exact.
fn has_float(value: &Value) -> bool {
    match value {
        Value::Number(number) => number.is_f64(),
        Value::Array(items) => items.iter().any(has_float),
        Value::Object(map) => map.values().any(has_float),
        _ => false,
    }
}

/// A value as it is handed in to be checked.
#[derive(Debug, Clone, Copy)]
pub struct Given<'v> {
    pub(crate) value: &'v Value,
    pub(crate) exact: Option<&'v Exact>,
}

impl<'v> From<&'v Value> for Given<'v> {
    fn from(value: &'v Value) -> Self {
        Self { value, exact: None }
    }
}

impl<'v> From<&'v Instance> for Given<'v> {
    fn from(instance: &'v Instance) -> Self {
        Self {
            value: &instance.value,
            exact: instance.exact.as_ref(),
        }
    }
}
