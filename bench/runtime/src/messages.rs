//! The messages that are measured with, as generated code would write them.
use serde::{Deserialize, Serialize};
use tidings::{InvalidMessage, Message, TypedMessage, codegen};

#[derive(Serialize, Deserialize)]
pub(crate) struct Number {
    pub(crate) key: u32,
    pub(crate) seq: u32,
    /// Whether messages have the key as theirs.
    #[serde(skip)]
    pub(crate) is_keyed: bool,
}

impl TypedMessage for Number {
    const NAMES: &'static [&'static str] = &["Number"];

    fn encode(&self) -> Result<Message, InvalidMessage> {
        let body = codegen::json("Number", self)?;
        let mut message = Message::named("Number", "application/json", body);
        if self.is_keyed {
            message.key = Some(self.key.to_string().into());
        }
        Ok(message)
    }

    fn decode(message: &Message) -> Result<Self, InvalidMessage> {
        codegen::from_json("Number", message)
    }
}

#[derive(Serialize, Deserialize)]
pub(crate) struct Answer {
    pub(crate) seq: u32,
}

impl TypedMessage for Answer {
    const NAMES: &'static [&'static str] = &["Answer"];

    fn encode(&self) -> Result<Message, InvalidMessage> {
        let body = codegen::json("Answer", self)?;
        Ok(Message::named("Answer", "application/json", body))
    }

    fn decode(message: &Message) -> Result<Self, InvalidMessage> {
        codegen::from_json("Answer", message)
    }
}
