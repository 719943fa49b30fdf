//! Messages of which only others know what they are.
use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// Google's `Any`: a message in bytes, and which one it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Any {
    /// A URL that ends with the full name of the message.
    pub type_url: String,
    /// The message in Protobuf's binary encoding.
    pub value: Bytes,
}
