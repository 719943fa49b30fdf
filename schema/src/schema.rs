//! A schema as it is handed in, and what is wrong with one that cannot be compiled.

use serde_json::Value;

use crate::{Dialect, Part};

/// One self-contained schema.
#[derive(Debug, Clone, PartialEq)]
pub struct Schema {
    /// The schema itself; references stay inside it.
    pub value: Value,
    /// The dialect it is written in.
    pub dialect: Dialect,
    /// Whether `format` is checked; on unless said otherwise.
    pub formats: bool,
}

impl Schema {
    /// A schema whose formats are checked.
    #[must_use]
    pub fn new(value: Value, dialect: Dialect) -> Self {
        Self {
            value,
            dialect,
            formats: true,
        }
    }

    /// A schema that says in `$schema` whether it is written in 2020-12; else it is one of AsyncAPI.
    #[must_use]
    pub fn self_described(value: Value) -> Self {
        let draft = value.get("$schema").and_then(Value::as_str);
        let dialect = match draft.is_some_and(|draft| draft.contains("2020-12")) {
            true => Dialect::Draft202012,
            false => Dialect::AsyncApi,
        };
        Self::new(value, dialect)
    }
}

/// One reason why a schema cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}, in the schema of the {part} at `{pointer}`")]
pub struct SchemaError {
    /// Which schema of the message it is.
    pub part: Part,
    /// JSON pointer into the schema.
    pub pointer: String,
    /// What is wrong, naming the value.
    pub message: String,
}

impl SchemaError {
    pub(crate) fn new(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            part: Part::Value,
            pointer: pointer.into(),
            message: message.into(),
        }
    }
}
