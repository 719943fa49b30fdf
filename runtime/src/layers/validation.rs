//! Messages checked against the whole of their schemas, beyond what types and generated rules say.
use crate::{Channel, HandlerError, InvalidMessage, Layer, Message, Result, SendError};
use serde_json::Value;
use std::{collections::HashMap, fmt, sync::Arc};
use tidings_schema::{Instance, MessageSchemas, MessageValidator};

/// Refuses to send, and rejects, messages whose JSON payload breaks its schema. Messages without a schema pass.
#[derive(Default)]
pub struct Validation {
    validators: HashMap<String, MessageValidator>,
}

impl Validation {
    /// No schemas yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same, with the schemas of the message of that name.
    ///
    /// # Errors
    /// When a schema is none; each error says where.
    pub fn with_message(
        mut self,
        name: &str,
        schemas: &MessageSchemas,
    ) -> Result<Self, Vec<tidings_schema::SchemaError>> {
        let validator = MessageValidator::compile(schemas)?;
        self.validators.insert(name.to_owned(), validator);
        Ok(self)
    }

    fn check(&self, message: &Message) -> Result<(), InvalidMessage> {
        let Some(name) = message.name.as_deref() else {
            return Ok(());
        };
        let Some(validator) = self.validators.get(name) else {
            return Ok(());
        };
        let payload = Instance::read(&message.body)
            .map_err(|error| InvalidMessage::at(name, "/payload", error.to_string()))?;
        let mut invalid = InvalidMessage::new(name);
        for violation in validator.validate_payload(&payload) {
            invalid.push(format!("/payload{}", violation.instance), violation.message);
        }
        for violation in validator.validate_headers(&headers(message)) {
            invalid.push(format!("/headers{}", violation.instance), violation.message);
        }
        invalid.into_result()
    }
}

/// Headers as the document describes them: JSON where they are, else text.
fn headers(message: &Message) -> Value {
    let value = |bytes: &[u8]| {
        serde_json::from_slice(bytes)
            .unwrap_or_else(|_| String::from_utf8_lossy(bytes).into_owned().into())
    };
    let headers = message.headers.iter();
    let headers = headers.map(|(name, bytes)| (name.to_string(), value(bytes)));
    Value::Object(headers.collect())
}

impl Layer for Validation {
    fn outgoing(&self, _: &Channel, message: &mut Message) -> Result<(), SendError> {
        Ok(self.check(message)?)
    }

    fn incoming(&self, _: &Channel, message: &mut Arc<Message>) -> Result<(), HandlerError> {
        Ok(self.check(message)?)
    }
}

impl fmt::Debug for Validation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.validators.keys();
        f.debug_list().entries(names).finish()
    }
}
