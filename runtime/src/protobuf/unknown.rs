//! Fields that the schema has not, which others may have sent who know a later one.
use bytes::Bytes;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Fields of a message that the schema has not, as they came; they are written again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct UnknownFields(Bytes);

impl UnknownFields {
    /// What they are called among the fields of a message: what no field can be called.
    pub(super) const NAME: &'static str = "unknown fields";

    /// None.
    #[must_use]
    pub const fn new() -> Self {
        Self(Bytes::new())
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// They in Protobuf's binary encoding.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl Serialize for UnknownFields {
    fn serialize<S: Serializer>(&self, writer: S) -> Result<S::Ok, S::Error> {
        writer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for UnknownFields {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        Bytes::deserialize(reader).map(Self)
    }
}
