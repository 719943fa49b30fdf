//! What is said of a message beside what it says itself, by whoever sends it.
use crate::{Channel, InvalidMessage, Message, Str, TypedMessage, violations::escape};
use bytes::Bytes;

/// A key and headers of the sender's.
#[derive(Debug, Default)]
pub(crate) struct Beside {
    key: Option<Bytes>,
    headers: Vec<(Str, Bytes)>,
}

impl Beside {
    pub(crate) const fn new(key: Option<Bytes>) -> Self {
        Self {
            key,
            headers: Vec::new(),
        }
    }

    pub(crate) fn set_key(&mut self, key: Bytes) {
        self.key = Some(key);
    }

    pub(crate) fn add(&mut self, header: Str, value: Bytes) {
        self.headers.push((header, value));
    }

    /// The message with it.
    #[inline]
    pub(crate) fn encode<M: TypedMessage>(&self, message: &M) -> Result<Message, InvalidMessage> {
        let wire = message.encode();
        match self.key.is_none() && self.headers.is_empty() {
            // As most are.
            true => wire,
            false => self.put(wire?, M::HEADERS),
        }
    }

    fn put(&self, mut wire: Message, own: &[&str]) -> Result<Message, InvalidMessage> {
        for (header, value) in &self.headers {
            if own.contains(&&**header) {
                return Err(of_the_message(&wire, header));
            }
            wire.set_header(header, value.clone());
        }
        wire.key = self.key.clone().or(wire.key.take());
        Ok(wire)
    }
}

/// What is asked where, and where the answer comes.
pub(crate) struct Question<'a, M> {
    pub(crate) channel: &'a Channel,
    pub(crate) message: &'a M,
    pub(crate) beside: &'a Beside,
    /// A channel of the document; without one, a reply address of the client's own.
    pub(crate) replies: Option<&'a Channel>,
}

impl<'a, M> Question<'a, M> {
    pub(crate) fn new(channel: &'a Channel, message: &'a M) -> Self {
        static NOTHING: Beside = Beside::new(None);
        Self {
            channel,
            message,
            beside: &NOTHING,
            replies: None,
        }
    }
}

impl<M: TypedMessage> Question<'_, M> {
    #[inline]
    pub(crate) fn encode(&self) -> Result<Message, InvalidMessage> {
        self.beside.encode(self.message)
    }
}

/// Its value would be checked by nobody.
fn of_the_message(wire: &Message, header: &str) -> InvalidMessage {
    let pointer = format!("/headers/{}", escape(header));
    let name = wire.name.as_deref().unwrap_or_default();
    InvalidMessage::at(name, pointer, "is the message's own, to be set in it")
}
