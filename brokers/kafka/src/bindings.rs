//! What a document's Kafka bindings say: kept, or refused by name.
mod channel;
mod operation;
mod registry;
#[cfg(test)]
mod schemas;

pub(crate) use channel::channel;
pub(crate) use operation::{client, group, groups};
pub(crate) use registry::{message, messages, server};

/// What the document calls the protocol.
const KAFKA: &str = "kafka";
