//! Reaching a listening end, by the kind of its address.
use crate::{
    Address, SocketSettings,
    stream::{Input, split_tcp, split_unix},
    tls,
    writer::Output,
};
use std::{io, path::PathBuf};
use tidings::Result;
use tokio::net::{TcpStream, UnixStream};

/// Where to connect to, with all that it takes.
pub(crate) enum Dial {
    Unix(PathBuf),
    Tcp(String),
    Tcps(String, Box<tls::Connecting>),
}

impl Dial {
    pub(crate) fn new(address: &Address, settings: &SocketSettings) -> Result<Self> {
        Ok(match address {
            Address::Unix(path) => Self::Unix(path.clone()),
            Address::Tcp(host) => Self::Tcp(host.clone()),
            Address::Tcps(host) => {
                let tls = tls::Connecting::new(settings, host);
                let tls = tls.map_err(|error| error.with("address", address))?;
                Self::Tcps(host.clone(), Box::new(tls))
            }
        })
    }

    pub(crate) async fn connect(&self) -> io::Result<(Input, Output)> {
        match self {
            Self::Unix(path) => Ok(split_unix(UnixStream::connect(path).await?)),
            Self::Tcp(host) => split_tcp(TcpStream::connect(host).await?),
            Self::Tcps(host, tls) => Box::pin(tls.connect(TcpStream::connect(host).await?)).await,
        }
    }
}
