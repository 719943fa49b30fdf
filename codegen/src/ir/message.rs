//! Messages, with their headers and what their bodies are written by.
use super::{
    DefId, HeadersIdx,
    definition::Field,
    protobuf,
    slot::{Slot, Traits},
};
use crate::docs::Docs;

/// The typed headers of a message.
#[derive(Debug)]
pub(crate) struct Headers {
    pub(crate) hint: String,
    pub(crate) ident: String,
    pub(crate) docs: Docs,
    pub(crate) fields: Vec<Field>,
    pub(crate) traits: Traits,
    pub(crate) validates: bool,
}

#[derive(Debug)]
pub(crate) struct Message {
    /// Name on the wire.
    pub(crate) wire: String,
    pub(crate) hint: String,
    pub(crate) ident: String,
    pub(crate) docs: Docs,
    pub(crate) content_type: String,
    pub(crate) headers: Option<HeadersIdx>,
    pub(crate) payload: Option<Slot>,
    /// How the payload is written.
    pub(crate) codec: Codec,
    /// What it is held to as a whole.
    pub(crate) whole: Whole,
    /// Header that holds the correlation id.
    pub(crate) correlation: Option<String>,
    /// Property of the payload that holds it, by its name on the wire.
    pub(crate) correlation_property: Option<String>,
    /// Header that holds the address of the reply.
    pub(crate) reply_to: Option<String>,
    /// Whether it is an event and nothing else, so that values of a newer document are read.
    pub(crate) event: bool,
    /// What its key is made of, wherever it is sent.
    pub(crate) key: Key,
    /// Whether the document asks for it, rather than a correlation id implies it.
    pub(crate) key_is_stated: bool,
    pub(crate) traits: Traits,
    pub(crate) examples: Vec<Example>,
    /// What its examples are called, and their test.
    pub(crate) examples_ident: String,
    pub(crate) test: String,
}

/// An example of a message that is whole.
#[derive(Debug)]
pub(crate) struct Example {
    pub(crate) name: String,
    /// As JSON, and so is the payload.
    pub(crate) headers: String,
    pub(crate) payload: Option<String>,
}

/// Schemas of a message, where it is held to the whole of them.
#[derive(Debug, Default)]
pub(crate) struct Whole {
    pub(crate) payload: Option<serde_json::Value>,
    pub(crate) headers: Option<serde_json::Value>,
}

impl Whole {
    pub(crate) fn is_empty(&self) -> bool {
        self.payload.is_none() && self.headers.is_none()
    }
}

/// An encoding of payloads.
#[derive(Debug)]
pub(crate) enum Codec {
    Json,
    MessagePack,
    Cbor,
    Text,
    Avro(Avro),
    Protobuf(protobuf::Payload),
    /// None: the payload is the body.
    Bytes,
}

/// An Avro schema, and how values are framed.
#[derive(Debug)]
pub(crate) struct Avro {
    pub(crate) schema: serde_json::Value,
    pub(crate) framing: Framing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    Datum,
    SingleObject,
    Registry,
}

/// What a key is made of; nothing where there is none.
pub(crate) type Key = Vec<KeyPart>;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum KeyPart {
    /// A value in the payload that fields lead to.
    Payload {
        /// How many options lie around the payload itself.
        options: usize,
        steps: Vec<Step>,
    },
    /// A value in the payload that no field leads to, by its JSON pointer.
    Within(String),
    /// A header, by the number of its field.
    Header(usize),
    /// A parameter of the channel's address, by its number.
    Parameter(usize),
    /// Always the same.
    Literal(String),
}

/// A field of a struct, and how many options lie around its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) def: DefId,
    pub(crate) field: usize,
    pub(crate) options: usize,
}
