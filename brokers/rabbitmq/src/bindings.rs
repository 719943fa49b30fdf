//! What the document's AMQP bindings say, read; what cannot be honoured is an error that names it.
mod channel;
mod exchange;
mod message;
mod operation;

#[cfg(test)]
mod schemas;

pub(crate) use channel::{Is, OfChannel, of_channel};
pub(crate) use exchange::Kind;
pub(crate) use message::{Names, OfMessage, names, of_message};
pub(crate) use operation::{Sending, check_receiving, sending};

use tidings::{Binding, Result, Server};

/// What the document calls the protocol.
const PROTOCOL: &str = "amqp";

/// Refuses whatever the binding of a server says, which has no fields.
pub(crate) fn server(server: &Server) -> Result<()> {
    Binding::of_server(server, PROTOCOL)?.known(&[])
}
