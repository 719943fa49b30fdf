//! What the document's AMQP bindings say, read; what cannot be honoured is an error that names it.
mod channel;
mod message;
mod operation;
mod told;

pub(crate) use channel::{Is, Kind, OfChannel, of_channel};
pub(crate) use message::{Names, OfMessage, names, of_message};
pub(crate) use operation::{Sending, check_receiving, sending};
