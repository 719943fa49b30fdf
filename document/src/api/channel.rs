//! Channels and the parameters of their addresses.
use super::{About, MessageId, MessageUse, Place, SchemaId, ServerId};
use crate::{Node, Span, Text};

/// A channel.
#[derive(Debug, Clone)]
pub struct Channel<'a> {
    /// The object.
    pub node: &'a Node,
    /// Key in the map that defines it; in version 2 this is the address too.
    pub key: Text<'a>,
    /// Where it is defined.
    pub place: Place,
    /// Address with its `{placeholders}`; `None` when it is `null` or absent, that is, known only at run time.
    pub address: Option<Text<'a>>,
    /// Messages, in the order of the text. In version 2 those of `publish` and `subscribe`.
    pub messages: Vec<ChannelMessage<'a>>,
    /// Parameters of the address.
    pub parameters: Vec<Parameter<'a>>,
    /// Servers it is on; empty means all.
    pub servers: Vec<(Span, Option<ServerId>)>,
    /// Title, description, tags, bindings, extensions.
    pub about: About<'a>,
}

impl<'a> Channel<'a> {
    /// Its messages as an operation without a list of its own uses them.
    #[must_use]
    pub fn uses(&self) -> Vec<MessageUse<'a>> {
        self.messages
            .iter()
            .map(|entry| MessageUse {
                key: entry.key,
                span: entry.key.span,
                message: Some(entry.message),
            })
            .collect()
    }
}

/// A message of a channel under its key.
#[derive(Debug, Clone, Copy)]
pub struct ChannelMessage<'a> {
    /// Key in the channel's `messages`; in version 2 the message's name or a made-up text at the message's span.
    pub key: Text<'a>,
    /// The message.
    pub message: MessageId,
}

/// A parameter of a channel's address.
#[derive(Debug, Clone)]
pub struct Parameter<'a> {
    /// Name.
    pub name: Text<'a>,
    /// The object.
    pub node: &'a Node,
    /// Allowed values; in version 2 the `enum` of its schema.
    pub values: Vec<Text<'a>>,
    /// Value when none is given.
    pub default: Option<Text<'a>>,
    /// Description, Markdown.
    pub description: Option<Text<'a>>,
    /// Examples.
    pub examples: Vec<Text<'a>>,
    /// Runtime expression that says where a message holds the value.
    pub location: Option<Text<'a>>,
    /// Schema of version 2.
    pub schema: Option<SchemaId>,
}
