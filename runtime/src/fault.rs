//! What does not fit a schema, and where: the place is put together on the way out, so that what fits pays nothing for it.
use crate::{InvalidMessage, violations::escape};
use std::fmt;

#[derive(Debug)]
pub(crate) struct Fault {
    pointer: String,
    reason: String,
}

impl Fault {
    pub(crate) fn new(reason: impl Into<String>) -> Self {
        Self {
            pointer: String::new(),
            reason: reason.into(),
        }
    }

    /// The same, seen from what has it under that name.
    pub(crate) fn under(mut self, key: &str) -> Self {
        self.pointer.insert_str(0, &format!("/{}", escape(key)));
        self
    }

    /// The same, seen from the list that has it at that position.
    pub(crate) fn at(mut self, index: usize) -> Self {
        self.pointer.insert_str(0, &format!("/{index}"));
        self
    }

    /// The same, with more words.
    #[cfg(feature = "avro")]
    pub(crate) fn with(mut self, words: fmt::Arguments<'_>) -> Self {
        self.reason += &words.to_string();
        self
    }

    /// As the fault of a message's payload.
    pub(crate) fn of(self, name: &str) -> InvalidMessage {
        InvalidMessage::at(name, format!("/payload{}", self.pointer), self.reason)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for Fault {}

impl serde::ser::Error for Fault {
    fn custom<T: fmt::Display>(reason: T) -> Self {
        Self::new(reason.to_string())
    }
}

impl serde::de::Error for Fault {
    fn custom<T: fmt::Display>(reason: T) -> Self {
        Self::new(reason.to_string())
    }
}
