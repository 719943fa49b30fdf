//! TLS around the frames of a TCP connection, where the crate is built with it.
#[cfg(not(feature = "tls"))]
mod absent;
#[cfg(feature = "tls")]
mod config;
#[cfg(feature = "tls")]
mod handshake;
#[cfg(feature = "tls")]
mod link;
#[cfg(feature = "tls")]
mod refusal;

#[cfg(not(feature = "tls"))]
pub(crate) use absent::{Accepting, Connecting, refusal};
#[cfg(feature = "tls")]
pub(crate) use {
    handshake::{Accepting, Connecting},
    refusal::refusal,
};

use crate::{stream::Input, writer::Output};

/// What a connection at a TLS listener turned out to be.
#[cfg_attr(
    not(feature = "tls"),
    expect(dead_code, reason = "there are no TLS listeners")
)]
pub(crate) enum Greeted {
    Encrypted(Input, Output),
    /// It began with something else, which is not read yet.
    Plain(Input, Output),
}
