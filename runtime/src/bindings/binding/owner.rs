//! Whose a binding is, as errors tell.
use crate::{Channel, Error, ErrorKind, Server};

#[derive(Debug, Clone, Copy)]
pub(super) enum Owner<'a> {
    Server(&'a Server),
    Channel(&'a Channel),
    Operation(&'a Channel, &'a str),
    Message(&'a Channel, &'a str),
}

impl Owner<'_> {
    /// What its binding is called.
    pub(super) fn binding(&self, protocol: &str) -> String {
        match self {
            Self::Server(_) | Self::Channel(_) => format!("the `{protocol}` binding"),
            Self::Operation(_, name) => format!("the `{protocol}` binding of operation `{name}`"),
            Self::Message(_, name) => format!("the `{protocol}` binding of message `{name}`"),
        }
    }

    pub(super) fn error(&self, kind: ErrorKind, reason: String) -> Error {
        match self {
            Self::Server(server) => {
                Error::new(kind, "connect", reason).with("server", server.shown())
            }
            Self::Channel(channel) | Self::Operation(channel, _) | Self::Message(channel, _) => {
                Error::new(kind, "bind", reason).with("channel", &channel.address)
            }
        }
    }
}
