//! Headers of a message, read one by one.
use super::header_json;
use crate::{InvalidMessage, Message, violations::escape};
use serde::de::DeserializeOwned;

/// Reads headers, and keeps all that is wrong with them.
#[derive(Debug)]
pub struct Headers<'m> {
    name: &'m str,
    message: &'m Message,
    invalid: InvalidMessage,
}

impl<'m> Headers<'m> {
    /// Those of a message that is of that name.
    #[must_use]
    pub fn of(name: &'m str, message: &'m Message) -> Self {
        Self {
            name,
            message,
            invalid: InvalidMessage::new(name),
        }
    }

    /// One that may be left out.
    pub fn optional<T: DeserializeOwned>(&mut self, header: &str) -> Option<T> {
        let read = header_json(self.name, self.message, header);
        self.invalid.take(read).flatten()
    }

    /// One that the document requires; where it is none, that is told in the end.
    pub fn required<T: DeserializeOwned>(&mut self, header: &str) -> Option<T> {
        let read = self
            .invalid
            .take(header_json(self.name, self.message, header))?;
        if read.is_none() {
            let pointer = format!("/headers/{}", escape(header));
            self.invalid.push(pointer, "is required");
        }
        read
    }

    /// All that is wrong with them.
    #[must_use]
    pub fn invalid(self) -> InvalidMessage {
        self.invalid
    }

    /// What was read, where nothing is wrong.
    ///
    /// # Errors
    /// When something is.
    pub fn done<H>(self, read: H) -> Result<H, InvalidMessage> {
        self.invalid.into_result().map(|()| read)
    }
}
