//! The typed model that every later stage works on: one for all versions, in the terms of AsyncAPI 3.
//!
//! It borrows text and values from the [`Document`] it was read from. Objects that references can point
//! to lie in lists and are named by ids, so that a cycle is just an edge. Every object has the span of its node.
mod channel;
mod delivery;
mod message;
mod operation;
mod proto;
mod schema;
mod server;

use std::collections::HashMap;

use crate::{Diagnostic, Document, Node, Span, Text};

pub use channel::{Channel, ChannelMessage, Parameter};
pub use delivery::Delivery;
pub use message::{CorrelationId, Example, Message, Payload};
pub use operation::{Action, MessageUse, Operation, Reply, ReplyAddress};
pub use proto::{NeededProto, Proto, ProtoImport};
pub use schema::{
    Items, MoreKeywords, Property, Schema, SchemaFormat, SchemaKind, SchemaObject, Type, Types,
};
pub use server::{Flow, SecurityRequirement, SecurityScheme, Server, Variable};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident => $list:ident: $of:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub u32);

        impl<'a> std::ops::Index<$name> for Api<'a> {
            type Output = $of<'a>;
            fn index(&self, id: $name) -> &$of<'a> {
                &self.$list[id.0 as usize]
            }
        }
    )*};
}

ids! {
    /// Names a server of [`Api::servers`].
    ServerId => servers: Server,
    /// Names a channel of [`Api::channels`].
    ChannelId => channels: Channel,
    /// Names an operation of [`Api::operations`].
    OperationId => operations: Operation,
    /// Names a message of [`Api::messages`].
    MessageId => messages: Message,
    /// Names a schema of [`Api::schemas`].
    SchemaId => schemas: Schema,
    /// Names a Protobuf text of [`Api::protos`].
    ProtoId => protos: Proto,
    /// Names a security scheme of [`Api::security_schemes`].
    SecuritySchemeId => security_schemes: SecurityScheme,
}

/// A whole document.
#[derive(Debug, Clone)]
pub struct Api<'a> {
    /// Version of the specification.
    pub version: Version,
    /// What it was read from: where references lead, and the other files.
    pub document: &'a Document,
    /// The root object.
    pub node: &'a Node,
    /// `id` of the application.
    pub id: Option<Text<'a>>,
    /// About the API.
    pub info: Info<'a>,
    /// Content type of messages that state none.
    pub default_content_type: Option<Text<'a>>,
    /// Servers: those of the root in its order, then those only defined in components.
    pub servers: Vec<Server<'a>>,
    /// Channels: those of the root in its order, then others.
    pub channels: Vec<Channel<'a>>,
    /// Operations: those of the root in its order, then others. A `publish` of version 2 is a `receive` here, a `subscribe` a `send`.
    pub operations: Vec<Operation<'a>>,
    /// Messages, each once however many references name it, in the order in which they are met.
    pub messages: Vec<Message<'a>>,
    /// Schemas and their subschemas, each once.
    pub schemas: Vec<Schema<'a>>,
    /// For each schema with a discriminator, the named ones that have it in their `allOf`, directly or through others.
    pub(crate) heirs: HashMap<SchemaId, Vec<SchemaId>>,
    /// Schemas of `components` in other languages than JSON Schema.
    pub other_schemas: Vec<Payload<'a>>,
    /// Protobuf texts that payloads are described in, and those that they import, each once.
    pub protos: Vec<Proto<'a>>,
    /// Security schemes.
    pub security_schemes: Vec<SecurityScheme<'a>>,
    /// What the shapes of the version do not allow in schemas of `components`, though the dialect of the payloads that they
    /// are part of does.
    pub right_elsewhere: Vec<Diagnostic>,
    /// `components`, where the document has them.
    pub components: Option<&'a Node>,
    /// `x-` fields of the root.
    pub extensions: Extensions<'a>,
}

impl<'a> Api<'a> {
    /// The messages an operation works with: its own list, or else all of its channel's.
    #[must_use]
    pub fn messages_of(&self, operation: &Operation<'a>) -> Vec<MessageUse<'a>> {
        match (&operation.messages, operation.channel) {
            (Some(messages), _) => messages.clone(),
            (None, Some(channel)) => self[channel].uses(),
            (None, None) => Vec::new(),
        }
    }

    /// The messages a reply may be: its own list, or else all of its channel's.
    #[must_use]
    pub fn messages_of_reply(&self, reply: &Reply<'a>) -> Vec<MessageUse<'a>> {
        match (&reply.messages, reply.channel) {
            (Some(messages), _) => messages.clone(),
            (None, Some(channel)) => self[channel].uses(),
            (None, None) => Vec::new(),
        }
    }

    /// Content type of a message: its own, or the document's default.
    #[must_use]
    pub fn content_type_of(&self, message: &Message<'a>) -> Option<&'a str> {
        message
            .content_type
            .or(self.default_content_type)
            .map(|text| text.value)
    }
}

/// A version of the specification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Version {
    /// 2.0.0
    V2_0,
    /// 2.1.0
    V2_1,
    /// 2.2.0
    V2_2,
    /// 2.3.0
    V2_3,
    /// 2.4.0
    V2_4,
    /// 2.5.0
    V2_5,
    /// 2.6.0
    V2_6,
    /// 3.0.0
    V3_0,
    /// 3.1.0
    V3_1,
}

impl Version {
    /// Every version, oldest first, with the text that names it in a document.
    pub const ALL: [(Self, &'static str); 9] = [
        (Self::V2_0, "2.0.0"),
        (Self::V2_1, "2.1.0"),
        (Self::V2_2, "2.2.0"),
        (Self::V2_3, "2.3.0"),
        (Self::V2_4, "2.4.0"),
        (Self::V2_5, "2.5.0"),
        (Self::V2_6, "2.6.0"),
        (Self::V3_0, "3.0.0"),
        (Self::V3_1, "3.1.0"),
    ];

    /// The text that names it in a document.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::ALL[self as usize].1
    }

    /// Whether this is a version 2.
    #[must_use]
    pub fn is_v2(self) -> bool {
        self < Self::V3_0
    }
}

/// Where an object is defined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    /// In the root object's own map (`channels`, `operations`, `servers`), directly or by a reference from there.
    Root,
    /// Under `components` (of any file).
    Components,
    /// Anywhere else.
    Inline,
}

/// `info`.
#[derive(Debug, Clone)]
pub struct Info<'a> {
    /// The object.
    pub span: Span,
    /// Title; empty when the document has none (which is reported).
    pub title: Text<'a>,
    /// Version of the API; empty when the document has none (which is reported).
    pub version: Text<'a>,
    /// Description, Markdown.
    pub description: Option<Text<'a>>,
    /// Terms of service, a URL.
    pub terms_of_service: Option<Text<'a>>,
    /// Whom to ask.
    pub contact: Option<Contact<'a>>,
    /// Licence.
    pub license: Option<License<'a>>,
    /// Tags; in version 2 those of the root.
    pub tags: Vec<Tag<'a>>,
    /// More to read; in version 2 that of the root.
    pub external_docs: Option<ExternalDocs<'a>>,
    /// `x-` fields.
    pub extensions: Extensions<'a>,
}

/// `contact`.
#[derive(Debug, Clone)]
pub struct Contact<'a> {
    /// The object.
    pub span: Span,
    /// Name.
    pub name: Option<Text<'a>>,
    /// URL.
    pub url: Option<Text<'a>>,
    /// Mail address.
    pub email: Option<Text<'a>>,
}

/// `license`.
#[derive(Debug, Clone)]
pub struct License<'a> {
    /// The object.
    pub span: Span,
    /// Name.
    pub name: Option<Text<'a>>,
    /// URL.
    pub url: Option<Text<'a>>,
}

/// A tag.
#[derive(Debug, Clone)]
pub struct Tag<'a> {
    /// The object.
    pub node: &'a Node,
    /// Name.
    pub name: Text<'a>,
    /// Description, Markdown.
    pub description: Option<Text<'a>>,
    /// More to read.
    pub external_docs: Option<ExternalDocs<'a>>,
}

/// `externalDocs`.
#[derive(Debug, Clone)]
pub struct ExternalDocs<'a> {
    /// The object.
    pub span: Span,
    /// URL.
    pub url: Option<Text<'a>>,
    /// Description, Markdown.
    pub description: Option<Text<'a>>,
}

/// What several kinds of object have in common.
#[derive(Debug, Clone, Default)]
pub struct About<'a> {
    /// Title.
    pub title: Option<Text<'a>>,
    /// One line.
    pub summary: Option<Text<'a>>,
    /// Description, Markdown.
    pub description: Option<Text<'a>>,
    /// Tags.
    pub tags: Vec<Tag<'a>>,
    /// More to read.
    pub external_docs: Option<ExternalDocs<'a>>,
    /// `bindings`: one entry a protocol.
    pub bindings: Vec<Binding<'a>>,
    /// `x-` fields.
    pub extensions: Extensions<'a>,
}

/// What a `bindings` object says for one protocol.
#[derive(Debug, Clone, Copy)]
pub struct Binding<'a> {
    /// Protocol: `amqp`, `kafka` …
    pub protocol: Text<'a>,
    /// The binding's object.
    pub node: &'a Node,
}

/// `x-` fields in the order of the text.
#[derive(Debug, Clone, Default)]
pub struct Extensions<'a>(pub Vec<(Text<'a>, &'a Node)>);

impl<'a> Extensions<'a> {
    /// The value of one field, named with its `x-`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&'a Node> {
        self.0
            .iter()
            .find(|(key, _)| key.value == name)
            .map(|(_, node)| *node)
    }
}
