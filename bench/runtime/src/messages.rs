//! The messages that are measured with, as generated code would write them.
use serde::{Deserialize, Serialize};
use tidings::{InvalidMessage, Message, TypedMessage, codegen};

#[derive(Serialize, Deserialize)]
pub(crate) struct Number {
    pub(crate) key: u32,
    pub(crate) seq: u32,
}

impl TypedMessage for Number {
    const NAMES: &'static [&'static str] = &["Number"];

    fn encode(&self) -> Result<Message, InvalidMessage> {
        let body = codegen::json("Number", self)?;
        Ok(Message::named("Number", "application/json", body))
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
