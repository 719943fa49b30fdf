//! Messages, with their traits already merged.
use super::{About, Place, ProtoId, SchemaFormat, SchemaId};
use crate::{Node, Text};

/// A message.
#[derive(Debug, Clone)]
pub struct Message<'a> {
    /// The object, before its traits are merged.
    pub node: &'a Node,
    /// Key in the map that defines it; for an inline message of version 2 its name or a made-up text.
    pub key: Text<'a>,
    /// Where it is defined.
    pub place: Place,
    /// JSON pointer of its definition in its file, such as `/components/messages/OrderPlaced`.
    pub pointer: String,
    /// `messageId` of version 2.
    pub message_id: Option<Text<'a>>,
    /// Machine-friendly name.
    pub name: Option<Text<'a>>,
    /// Content type of the payload.
    pub content_type: Option<Text<'a>>,
    /// Schema of the headers.
    pub headers: Option<SchemaId>,
    /// The payload.
    pub payload: Option<Payload<'a>>,
    /// Where the correlation id stands.
    pub correlation_id: Option<CorrelationId<'a>>,
    /// Examples.
    pub examples: Vec<Example<'a>>,
    /// Title, summary, description, tags, bindings, extensions.
    pub about: About<'a>,
}

impl<'a> Message<'a> {
    /// What people call it: its `name`, else its key.
    #[must_use]
    pub fn display_name(&self) -> &'a str {
        self.name.unwrap_or(self.key).value
    }

    /// All its names: where a Protobuf text has several messages, one of them says which is meant.
    #[must_use]
    pub fn names(&self) -> Vec<&'a str> {
        let names = [Some(self.key), self.name, self.message_id];
        names.iter().flatten().map(|name| name.value).collect()
    }
}

/// The payload of a message.
#[derive(Debug, Clone)]
pub struct Payload<'a> {
    /// The schema as it stands in the document, reference followed.
    pub node: &'a Node,
    /// The language it is written in.
    pub format: SchemaFormat,
    /// `schemaFormat` as written.
    pub format_text: Option<Text<'a>>,
    /// The schema, where the language is JSON Schema or a relative of it.
    pub schema: Option<SchemaId>,
    /// The list of Avro types that the schema is one of, in a file of its own.
    pub avro_types: Option<&'a Node>,
    /// The text, where the language is Protobuf.
    pub proto: Option<ProtoId>,
}

/// `correlationId`.
#[derive(Debug, Clone)]
pub struct CorrelationId<'a> {
    /// The object.
    pub node: &'a Node,
    /// Runtime expression that says where a message holds it.
    pub location: Text<'a>,
    /// Description, Markdown.
    pub description: Option<Text<'a>>,
}

/// An example of a message.
#[derive(Debug, Clone)]
pub struct Example<'a> {
    /// The object.
    pub node: &'a Node,
    /// Name.
    pub name: Option<Text<'a>>,
    /// One line.
    pub summary: Option<Text<'a>>,
    /// Headers.
    pub headers: Option<&'a Node>,
    /// Payload.
    pub payload: Option<&'a Node>,
}
