//! Messages checked against the whole of their schemas, beyond what types and generated rules say.
use crate::{Channel, HandlerError, InvalidMessage, Layer, Message, Result, SendError, whole};
use std::{collections::HashMap, fmt, sync::Arc};
use tidings_schema::{Instance, MessageSchemas, MessageValidator};

/// Refuses to send, and rejects, messages whose JSON payload breaks its schema. Messages without a schema pass, and
/// those without a name, unless [the channel](Self::with_channel) says what they are.
#[derive(Default)]
pub struct Validation {
    validators: HashMap<String, MessageValidator>,
    /// The names of the messages of a channel, by its address.
    channels: HashMap<String, Vec<String>>,
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

    /// The same, where messages of a channel with that address that have no name, as others send them, are one of these: each is checked
    /// as the only one, or has to be right as one of them. Where nothing is known of one of these they pass.
    #[must_use]
    pub fn with_channel<'a>(
        mut self,
        address: &str,
        names: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let names = names.into_iter().map(str::to_owned).collect();
        self.channels.insert(address.to_owned(), names);
        self
    }

    fn check(&self, channel: &Channel, message: &Message) -> Result<(), InvalidMessage> {
        if let Some(name) = message.name.as_deref() {
            return self.check_as(name, message);
        }
        let names = self.channels.get(&*channel.address);
        match names.map_or(&[][..], |names| &names[..]) {
            [] => Ok(()),
            [only] => self.check_as(only, message),
            names
                if names
                    .iter()
                    .any(|name| self.check_as(name, message).is_ok()) =>
            {
                Ok(())
            }
            names => {
                let reason = format!("it is none of `{}`", names.join("`, `"));
                Err(InvalidMessage::at(
                    "message without a name",
                    "/payload",
                    reason,
                ))
            }
        }
    }

    fn check_as(&self, name: &str, message: &Message) -> Result<(), InvalidMessage> {
        let Some(validator) = self.validators.get(name) else {
            return Ok(());
        };
        let payload = Instance::read(&message.body)
            .map_err(|error| InvalidMessage::at(name, "/payload", error.to_string()))?;
        let mut invalid = InvalidMessage::new(name);
        whole::payload(validator, &payload, &mut invalid);
        whole::headers(validator, message, |_| true, &mut invalid);
        invalid.into_result()
    }
}

impl Layer for Validation {
    fn outgoing(&self, channel: &Channel, message: &mut Message) -> Result<(), SendError> {
        Ok(self.check(channel, message)?)
    }

    fn incoming(&self, channel: &Channel, message: &mut Arc<Message>) -> Result<(), HandlerError> {
        Ok(self.check(channel, message)?)
    }
}

impl fmt::Debug for Validation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.validators.keys();
        f.debug_list().entries(names).finish()
    }
}
