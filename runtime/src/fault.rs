//! What does not fit a schema, and where: the place is put together on the way out, so that what fits pays nothing for it.
use crate::{InvalidMessage, violations::escape};
use std::fmt;

#[derive(Debug)]
pub(super) struct Fault {
    pointer: String,
    reason: String,
}

impl Fault {
    pub(super) fn new(reason: impl Into<String>) -> Self {
        Self {
            pointer: String::new(),
            reason: reason.into(),
        }
    }

    /// The same, seen from what has it under that name.
    pub(super) fn under(mut self, key: &str) -> Self {
        self.pointer.insert_str(0, &format!("/{}", escape(key)));
        self
    }

    /// The same, seen from the list that has it at that position.
    pub(super) fn at(mut self, index: usize) -> Self {
        self.pointer.insert_str(0, &format!("/{index}"));
        self
    }

    /// The same, with more words.
    pub(super) fn with(mut self, words: fmt::Arguments<'_>) -> Self {
        self.reason += &words.to_string();
        self
    }

    /// As the fault of a message's payload.
    pub(super) fn of(self, name: &str) -> InvalidMessage {
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
