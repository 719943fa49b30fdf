//! What messages in Protobuf consist of, as the runtime is told of it.

/// Those of all schemas, by number.
#[derive(Debug, Default)]
pub(crate) struct Tables {
    pub(crate) messages: Vec<Descriptor>,
    pub(crate) enums: Vec<Enum>,
}

#[derive(Debug, Default)]
pub(crate) struct Descriptor {
    /// Full name.
    pub(crate) name: String,
    pub(crate) fields: Vec<Field>,
}

#[derive(Debug)]
pub(crate) struct Enum {
    /// Full name.
    pub(crate) name: String,
    pub(crate) values: Vec<(String, i32)>,
}

#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) number: u32,
    pub(crate) name: String,
    /// Name in JSON.
    pub(crate) json: String,
    pub(crate) kind: Kind,
    pub(crate) shape: Shape,
}

#[derive(Debug)]
pub(crate) enum Kind {
    /// By its name in the runtime.
    Plain(&'static str),
    /// One of Google's messages, by its name in the runtime.
    Known(&'static str),
    Enum(usize),
    Message(usize),
    Oneof(Vec<Field>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    Required,
    Optional,
    Implicit,
    Repeated,
    Packed,
    /// By the kind of its keys.
    Map(&'static str),
}

/// A payload: which message it is, and how it is written.
#[derive(Debug, Clone)]
pub(crate) struct Payload {
    pub(crate) message: usize,
    pub(crate) encoding: Encoding,
}

#[derive(Debug, Clone)]
pub(crate) enum Encoding {
    Binary,
    Json,
    /// In binary behind a registry's header, which has the place of the message in this text.
    Registered {
        text: String,
        place: Vec<i32>,
    },
}
