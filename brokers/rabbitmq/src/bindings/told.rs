//! Reading one binding: its fields are known by name, and what is wrong with it says where.
use serde::de::DeserializeOwned;
use serde_json::Value;
use tidings::{Channel, Error, ErrorKind, Result};

pub(crate) const PROTOCOL: &str = "amqp";

/// A binding on its way into a value.
pub(crate) struct Told<'a> {
    channel: &'a Channel,
    /// Whose binding it is, where that is not the channel.
    of: String,
    value: &'a Value,
}

impl<'a> Told<'a> {
    pub(crate) fn of_channel(channel: &'a Channel, value: &'a Value) -> Self {
        let of = String::new();
        Self { channel, of, value }
    }

    pub(crate) fn of_operation(channel: &'a Channel, name: &str, value: &'a Value) -> Self {
        let of = format!("operation `{name}`: ");
        Self { channel, of, value }
    }

    pub(crate) fn of_message(channel: &'a Channel, name: &str, value: &'a Value) -> Self {
        let of = format!("message `{name}`: ");
        Self { channel, of, value }
    }

    /// Refuses what has another name.
    pub(crate) fn known(&self, fields: &[&str]) -> Result<()> {
        self.known_in(self.value, "", fields)
    }

    /// The same of a part, where it is there.
    pub(crate) fn known_of(&self, part: &str, fields: &[&str]) -> Result<()> {
        let Some(value) = self.value.get(part) else {
            return Ok(());
        };
        self.known_in(value, &format!("{part}."), fields)
    }

    fn known_in(&self, value: &Value, part: &str, fields: &[&str]) -> Result<()> {
        let mut told = value.as_object().into_iter().flatten();
        let is_known = |field: &str| fields.contains(&field) || field.starts_with("x-");
        match told.find(|(field, _)| !is_known(field)) {
            Some((field, _)) => Err(self.unsupported(&format!(
                "`{part}{field}` of its `amqp` binding is not known; leave it out"
            ))),
            None => Ok(()),
        }
    }

    pub(crate) fn read<T: DeserializeOwned>(&self) -> Result<T> {
        T::deserialize(self.value)
            .map_err(|error| self.invalid(&format!("its `amqp` binding cannot be read: {error}")))
    }

    pub(crate) fn invalid(&self, reason: &str) -> Error {
        invalid(self.channel, &format!("{}{reason}", self.of))
    }

    pub(crate) fn unsupported(&self, reason: &str) -> Error {
        unsupported(self.channel, &format!("{}{reason}", self.of))
    }
}

pub(crate) fn invalid(channel: &Channel, reason: &str) -> Error {
    Error::new(ErrorKind::Invalid, "bind", reason).with("channel", &channel.address)
}

pub(crate) fn unsupported(channel: &Channel, reason: &str) -> Error {
    Error::new(ErrorKind::Unsupported, "bind", reason).with("channel", &channel.address)
}
