//! The identity of a message: ours, or whatever a foreign producer gave it.
use crate::Str;
use std::fmt;
use uuid::Uuid;

/// Identity of a message, the same on every redelivery.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum MessageId {
    /// As this runtime makes them (version 7, which grows with time), and many others do.
    Uuid(Uuid),
    /// Any other text, as it came.
    Text(Str),
}

impl MessageId {
    /// A fresh one.
    #[must_use]
    pub fn fresh() -> Self {
        Self::Uuid(Uuid::now_v7())
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Uuid(id) => id.fmt(f),
            Self::Text(id) => f.write_str(id),
        }
    }
}

impl From<Uuid> for MessageId {
    fn from(id: Uuid) -> Self {
        Self::Uuid(id)
    }
}

impl From<&str> for MessageId {
    /// A text that is a UUID in its usual form becomes one, so that an id which travelled as text is equal to itself.
    fn from(id: &str) -> Self {
        match Uuid::try_parse(id) {
            Ok(uuid) if uuid.hyphenated().encode_lower(&mut Uuid::encode_buffer()) == id => {
                Self::Uuid(uuid)
            }
            _ => Self::Text(id.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_that_travelled_as_text_is_equal_to_itself() {
        let fresh = MessageId::fresh();
        assert_eq!(MessageId::from(&*fresh.to_string()), fresh);
        for foreign in [
            "",
            "42",
            "{0190a0a0-0000-7000-8000-000000000000}",
            "0190A0A0-0000-7000-8000-000000000000",
        ] {
            let id = MessageId::from(foreign);
            assert_eq!(id, MessageId::Text(foreign.into()));
            assert_eq!(id.to_string(), foreign);
        }
    }
}
