//! Operations: what the described application does on a channel.
use super::{About, ChannelId, MessageId, Place, SecurityRequirement};
use crate::{Node, Span, Text};

/// An operation.
#[derive(Debug, Clone)]
pub struct Operation<'a> {
    /// The object.
    pub node: &'a Node,
    /// Key in the map that defines it; in version 2 `operationId`, or else the word `publish` or `subscribe`.
    pub key: Text<'a>,
    /// Where it is defined.
    pub place: Place,
    /// `operationId` of version 2.
    pub operation_id: Option<Text<'a>>,
    /// Whether the application sends or receives.
    pub action: Action,
    /// Where `channel` stands.
    pub channel_span: Span,
    /// The channel, when it exists.
    pub channel: Option<ChannelId>,
    /// Its own choice of the channel's messages; `None` means all of them.
    pub messages: Option<Vec<MessageUse<'a>>>,
    /// The reply.
    pub reply: Option<Reply<'a>>,
    /// What a client must prove; any one suffices.
    pub security: Vec<SecurityRequirement<'a>>,
    /// Title, description, tags, bindings, extensions.
    pub about: About<'a>,
}

/// What the described application does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// It sends messages; others receive them.
    Send,
    /// It receives messages; others send them.
    Receive,
}

/// A message as an operation or a reply names it.
#[derive(Debug, Clone, Copy)]
pub struct MessageUse<'a> {
    /// Key of the message in its channel: the last part of the reference.
    pub key: Text<'a>,
    /// Where it is named.
    pub span: Span,
    /// The message, when it exists.
    pub message: Option<MessageId>,
}

/// The reply of an operation.
#[derive(Debug, Clone)]
pub struct Reply<'a> {
    /// The object.
    pub node: &'a Node,
    /// Where the reply goes when that is known only at run time.
    pub address: Option<ReplyAddress<'a>>,
    /// Where `channel` stands.
    pub channel_span: Option<Span>,
    /// The channel, when it exists.
    pub channel: Option<ChannelId>,
    /// Its own choice of the channel's messages; `None` means all of them.
    pub messages: Option<Vec<MessageUse<'a>>>,
}

/// `address` of a reply.
#[derive(Debug, Clone)]
pub struct ReplyAddress<'a> {
    /// The object.
    pub node: &'a Node,
    /// Runtime expression that says where the request holds the address.
    pub location: Text<'a>,
    /// Description, Markdown.
    pub description: Option<Text<'a>>,
}
