//! What the document's bindings of AMQP 1.0 and JMS say, read; what cannot be honoured is an error that names it.
mod jms;
mod server;
mod told;

pub(crate) use jms::{Headers, check_message, check_receiving, destination};
pub(crate) use server::server;
