//! What a document's Kafka bindings say: kept, or refused by name.
mod channel;
mod operation;
mod schemas;

pub(crate) use channel::channel;
pub(crate) use operation::{client, groups};
pub(crate) use schemas::{message, messages, server};

/// What the document calls the protocol.
const KAFKA: &str = "kafka";
