//! One binding as a transport reads it: its fields are known by name, and what is wrong with it says where.
mod owner;
mod refusing;
#[cfg(test)]
mod tests;
mod values;

use crate::{Channel, ErrorKind, Result, Server};
use owner::Owner;
use serde_json::{Map, Value};
use std::fmt::Display;

/// What a document says for one protocol of a server, of a channel, or of an operation or a message on it, for whoever writes a
/// transport. A transport honours each field, or refuses it by its name; `bindingVersion` and extensions (`x-…`) say nothing.
#[derive(Debug, Clone)]
pub struct Binding<'a> {
    protocol: &'static str,
    owner: Owner<'a>,
    fields: Option<&'a Map<String, Value>>,
    /// Where its fields stand in it, with a dot behind: `queue.redrivePolicy.`.
    place: String,
}

impl<'a> Binding<'a> {
    /// That of a server; where there is none, it has no fields.
    ///
    /// # Errors
    /// When it is no object.
    pub fn of_server(server: &'a Server, protocol: &'static str) -> Result<Self> {
        Self::of(
            protocol,
            Owner::Server(server),
            server.bindings.of(protocol),
        )
    }

    /// That of a channel itself; where there is none, it has no fields.
    ///
    /// # Errors
    /// When it is no object.
    pub fn of_channel(channel: &'a Channel, protocol: &'static str) -> Result<Self> {
        let told = channel.bindings.of(protocol);
        Self::of(protocol, Owner::Channel(channel), told)
    }

    /// Those of a channel's operations; an error for each that is no object.
    pub fn of_operations(
        channel: &'a Channel,
        protocol: &'static str,
    ) -> impl Iterator<Item = Result<Self>> {
        let all = channel.bindings.operations(protocol);
        all.map(move |(name, told)| Self::of(protocol, Owner::Operation(channel, name), Some(told)))
    }

    /// Those of a channel's messages; an error for each that is no object.
    pub fn of_messages(
        channel: &'a Channel,
        protocol: &'static str,
    ) -> impl Iterator<Item = Result<Self>> {
        let all = channel.bindings.messages(protocol);
        all.map(move |(name, told)| Self::of(protocol, Owner::Message(channel, name), Some(told)))
    }

    /// That of one message of a channel; where there is none, it has no fields.
    ///
    /// # Errors
    /// When it is no object.
    pub fn of_message(channel: &'a Channel, protocol: &'static str, name: &'a str) -> Result<Self> {
        let told = channel.bindings.message(protocol, name);
        Self::of(protocol, Owner::Message(channel, name), told)
    }

    fn of(protocol: &'static str, owner: Owner<'a>, told: Option<&'a Value>) -> Result<Self> {
        let mut binding = Self {
            protocol,
            owner,
            fields: None,
            place: String::new(),
        };
        match told {
            Some(Value::Object(fields)) => binding.fields = Some(fields),
            None | Some(Value::Null) => {}
            Some(_) => {
                let reason = format!("{} is no object", owner.binding(protocol));
                return Err(owner.error(ErrorKind::Invalid, reason));
            }
        }
        Ok(binding)
    }

    /// The operation or the message that it is of.
    #[must_use]
    pub fn name(&self) -> Option<&'a str> {
        match self.owner {
            Owner::Operation(_, name) | Owner::Message(_, name) => Some(name),
            _ => None,
        }
    }

    /// An object in it, which stands there.
    ///
    /// # Errors
    /// When it is no object.
    pub fn at(&self, place: impl Display, value: &'a Value) -> Result<Self> {
        let Some(fields) = value.as_object() else {
            return Err(self.wrong(&place.to_string(), "is no object"));
        };
        Ok(Self {
            fields: Some(fields),
            place: format!("{}{place}.", self.place),
            ..*self
        })
    }

    /// The object that is in a field; without fields where there is none.
    ///
    /// # Errors
    /// When it is no object.
    pub fn part(&self, field: &str) -> Result<Self> {
        match self.get(field) {
            Some(value) if !value.is_null() => self.at(field, value),
            _ => Ok(Self {
                fields: None,
                place: format!("{}{field}.", self.place),
                ..*self
            }),
        }
    }

    /// What a field says.
    #[must_use]
    pub fn get(&self, field: &str) -> Option<&'a Value> {
        self.fields?.get(field)
    }

    /// Its fields, but for those that say nothing to a transport.
    pub fn fields(&self) -> impl Iterator<Item = (&'a str, &'a Value)> + use<'a> {
        self.all_fields().filter(|(name, _)| !is_silent(name))
    }

    /// Its fields, where all names are the document's own.
    pub fn all_fields(&self) -> impl Iterator<Item = (&'a str, &'a Value)> + use<'a> {
        let fields = self.fields.into_iter().flatten();
        fields.map(|(name, value)| (&**name, value))
    }
}

fn is_silent(field: &str) -> bool {
    field == "bindingVersion" || field.starts_with("x-")
}
