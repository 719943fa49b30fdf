//! Reading one binding: its fields are known by name, and what is wrong with it says where.
use serde_json::Value;
use tidings::{Channel, Error, ErrorKind, Result};

/// The bindings of the protocol itself, which have no fields yet.
pub(crate) const AMQP1: &str = "amqp1";
/// Those of the interface that clients in Java have.
pub(crate) const JMS: &str = "jms";

/// A binding of a channel, or of what belongs to it.
#[derive(Clone, Copy)]
pub(crate) struct Told<'a> {
    pub(crate) channel: &'a Channel,
    protocol: &'static str,
    /// Whose it is, where that is not the channel, with its name.
    of: Option<(&'static str, &'a str)>,
    pub(crate) value: &'a Value,
}

impl<'a> Told<'a> {
    /// All of a channel for both protocols: its own, those of its operations and those of its messages.
    pub(crate) fn all(channel: &'a Channel) -> impl Iterator<Item = Self> {
        [AMQP1, JMS].into_iter().flat_map(move |protocol| {
            let told = move |of, value| Self {
                channel,
                protocol,
                of,
                value,
            };
            let own = channel.bindings.of(protocol).map(|value| told(None, value));
            let operations = channel.bindings.operations(protocol);
            let operations =
                operations.map(move |(name, value)| told(Some(("operation", name)), value));
            let messages = channel.bindings.messages(protocol);
            let messages = messages.map(move |(name, value)| told(Some(("message", name)), value));
            own.into_iter().chain(operations).chain(messages)
        })
    }

    /// Whose it is: nothing for the channel itself.
    pub(crate) fn owner(&self) -> Option<(&'static str, &'a str)> {
        self.of
    }

    pub(crate) fn is_jms(&self) -> bool {
        self.protocol == JMS
    }

    /// Refuses what has another name.
    pub(crate) fn known(&self, fields: &[&str]) -> Result<()> {
        let told = match self.value {
            Value::Object(told) => Some(told),
            Value::Null => None,
            _ => return Err(self.error(ErrorKind::Invalid, None, "is no object")),
        };
        let mut told = told.into_iter().flatten();
        match told.find(|(field, _)| !is_silent(field) && !fields.contains(&field.as_str())) {
            Some((field, _)) => {
                Err(self.unsupported(&format!("`{field}`"), "is not known; leave it out"))
            }
            None => Ok(()),
        }
    }

    /// Refuses a part of it.
    pub(crate) fn unsupported(&self, what: &str, why: &str) -> Error {
        self.error(ErrorKind::Unsupported, Some(what), why)
    }

    /// Says what of it makes no sense.
    pub(crate) fn invalid(&self, what: &str, why: &str) -> Error {
        self.error(ErrorKind::Invalid, Some(what), why)
    }

    fn error(&self, kind: ErrorKind, what: Option<&str>, why: &str) -> Error {
        let whose = match self.of {
            Some((owner, name)) => format!("the `{}` binding of {owner} `{name}`", self.protocol),
            None => format!("its `{}` binding", self.protocol),
        };
        let reason = match what {
            Some(what) => format!("{what} of {whose} {why}"),
            None => format!("{whose} {why}"),
        };
        Error::new(kind, "bind", reason).with("channel", &self.channel.address)
    }
}

/// Whether a field says nothing to a transport.
pub(crate) fn is_silent(field: &str) -> bool {
    field == "bindingVersion" || field.starts_with("x-")
}
