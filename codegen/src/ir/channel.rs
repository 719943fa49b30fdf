//! Channels with their addresses, and servers.
use super::definition::Variant;
use crate::docs::Docs;
use tidings_document::api::ServerId;

#[derive(Debug)]
pub(crate) struct Channel {
    /// Key in the document.
    pub(crate) key: String,
    pub(crate) ident: String,
    /// Name of the type for some of its channels, where its address has parameters.
    pub(crate) filter: String,
    pub(crate) docs: Docs,
    pub(crate) address: Address,
    pub(crate) publish_subscribe: bool,
    pub(crate) parameters: Vec<Parameter>,
    /// What the bindings say of it, of its operations and of its messages; or null.
    pub(crate) bindings: serde_json::Value,
    /// The servers that have it; none is all.
    pub(crate) servers: Vec<ServerId>,
    pub(crate) needs: Needs,
}

impl Channel {
    /// Whether a server may have both.
    pub(crate) fn meets(&self, other: &Self) -> bool {
        let (ours, theirs) = (&self.servers, &other.servers);
        ours.is_empty() || theirs.is_empty() || ours.iter().any(|server| theirs.contains(server))
    }
}

/// What a channel needs of a transport, beside its kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Needs {
    pub(crate) groups: bool,
    pub(crate) key_order: bool,
    /// Replies that come by an address of the client's.
    pub(crate) replies: bool,
    pub(crate) wildcards: bool,
    pub(crate) delay_seconds: u64,
    pub(crate) header_bytes: usize,
    pub(crate) message_bytes: usize,
}

#[derive(Debug)]
pub(crate) struct Server {
    /// Key in the document.
    pub(crate) key: String,
    pub(crate) ident: String,
    pub(crate) docs: Docs,
    pub(crate) protocol: String,
    /// With its variables.
    pub(crate) url: String,
    pub(crate) variables: Vec<ServerVariable>,
    pub(crate) schemes: Vec<Scheme>,
    /// By protocol; or null.
    pub(crate) bindings: serde_json::Value,
}

#[derive(Debug)]
pub(crate) struct ServerVariable {
    pub(crate) wire: String,
    /// Name of the argument.
    pub(crate) field: String,
    pub(crate) default: Option<String>,
    /// The only values; none means any.
    pub(crate) allowed: Vec<String>,
}

/// A security scheme: its name and its type.
#[derive(Debug)]
pub(crate) struct Scheme {
    pub(crate) name: String,
    pub(crate) kind: String,
}

#[derive(Debug)]
pub(crate) enum Address {
    /// Always the same.
    Fixed(String),
    /// Text and the parameters between it.
    Template {
        text: String,
        parts: Vec<AddressPart>,
    },
    /// Known only at run time.
    Dynamic,
}

#[derive(Debug)]
pub(crate) enum AddressPart {
    Text(String),
    Parameter(usize),
}

#[derive(Debug)]
pub(crate) struct Parameter {
    pub(crate) wire: String,
    pub(crate) field: String,
    pub(crate) ident: String,
    pub(crate) docs: Docs,
    /// Allowed values; none means any.
    pub(crate) values: Vec<Variant>,
    /// Characters that other values must not hold: the address's separator and wildcards.
    pub(crate) forbidden: Vec<char>,
}
